"""The contract page shows what the adapters read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from tools.http_case_history import CasesAnswer
from tools.http_crm import ClientAnswer, IdentityAnswer
from tools.http_telemetry import ReportAnswer

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "connect-a-crm.md"
EXAMPLE = re.compile(r"### `(?:GET|POST) (\w+)`.*?```json\n(.*?)```", re.DOTALL)
READERS: dict[str, type[BaseModel]] = {"identify": IdentityAnswer, "client": ClientAnswer, "telemetry": ReportAnswer, "cases": CasesAnswer}


def test_every_question_has_an_example() -> None:
    assert [name for name, _ in EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))] == list(READERS)


@pytest.mark.parametrize("question", list(READERS))
def test_the_example_is_read_and_shows_every_field(question: str) -> None:
    example = dict(EXAMPLE.findall(PAGE.read_text(encoding="utf-8")))[question]
    read = READERS[question].model_validate_json(example)
    assert read.model_dump(mode="json") == read.model_dump(mode="json", exclude_unset=True)
