"""The reference of the policy language says what the code does."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from policies.language.language_page import PARTS, language_page
from policies.language.vocabulary import facts_table

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "policy-language.md"


def test_the_committed_page_is_the_one_that_the_code_gives() -> None:
    assert PAGE.read_text(encoding="utf-8") == language_page(), (
        "run: python -m policies.language.language_page > docs/reference/policy-language.md"
    )
    assert facts_table() in language_page()


def test_every_part_of_a_document_is_on_the_page_and_every_key_says_what_it_means() -> None:
    models = {model for _, _, model in PARTS}
    seen: set[type[BaseModel]] = set()
    waiting: list[type[BaseModel]] = [PARTS[0][2]]
    while waiting:
        model = waiting.pop()
        seen.add(model)
        for field in model.model_fields.values():
            assert field.description
            waiting += [inner for inner in models - seen if inner.__name__ in str(field.annotation)]
    assert seen == models
