"""What sentences say that a message is about."""

from __future__ import annotations

from domain.about import ABOUT
from domain.facts import Intent


def test_every_intent_has_words_that_a_reader_would_use() -> None:
    assert set(ABOUT) == set(Intent)
    assert [words for words in ABOUT.values() if "_" in words or words != words.strip(" .")] == []
