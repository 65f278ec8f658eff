"""The reference of the policy language is up to date."""

from __future__ import annotations

from pathlib import Path

from policies.language.vocabulary import facts_table

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "policy-language.md"


def test_the_table_of_facts_in_the_reference_is_the_one_that_the_code_gives() -> None:
    assert facts_table() in PAGE.read_text(encoding="utf-8")
