"""`maitred eval calibrate-judge`: what it prints, and how it ends when a judge cannot be asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from tests.llm_stub import Behaviour, LlmStub


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAITRED_HOME", str(tmp_path))
    monkeypatch.setenv("MAITRED_LLM__API_KEY", "sk-never-to-be-shown-4711")
    monkeypatch.setenv("COLUMNS", "160")


def calibrated(stub: LlmStub, *more: str) -> Result:
    return CliRunner().invoke(app, ["eval", "calibrate-judge", "--judge", "openai/stub", "--api-base", stub.url, *more])


def test_agreement_and_every_difference_are_printed_with_a_word_of_caution() -> None:
    with LlmStub() as stub:
        done = calibrated(stub)
    assert done.exit_code == 0
    assert "kappa" in done.output
    assert "Where they differ" in done.output
    assert "never in their place" in done.output
    assert len(stub.calls) >= 60


def test_a_judge_that_refuses_the_key_ends_with_a_sentence_that_does_not_show_it() -> None:
    with LlmStub(Behaviour.NO_KEY) as stub:
        done = calibrated(stub)
    assert done.exit_code == 1
    assert "refused the key" in done.output
    assert "4711" not in done.output
    assert len(stub.calls) < 10
