"""Facts come out of whatever a customer database holds."""

from __future__ import annotations

from domain.facts import Region
from domain.scalars import TEXT_MOST
from graphs.snapshot import client_facts
from tests.agents.examples import NOW, profile, turn


def test_a_text_of_the_record_that_is_longer_than_a_fact_is_cut_and_fails_no_case() -> None:
    record = profile(industry="x" * 5_000, country="y" * 5_000, language="z" * 5_000, flags=("press", "w" * 5_000))
    facts = client_facts(turn("Hello").identity, record, Region.EU, NOW)
    assert (len(facts.industry), len(facts.country), len(facts.language)) == (TEXT_MOST, TEXT_MOST, TEXT_MOST)
    assert facts.flags == ("press", "w" * TEXT_MOST)
