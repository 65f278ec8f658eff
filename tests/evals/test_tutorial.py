"""The tutorial on suites is played as it stands on the page: its files are written, its commands are run."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from domain.facts import Intent
from evals.house import TurnOutcome
from tests.service import MODELS

PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "add-a-suite.md"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, int, str]]:
    """Each command block with its exit status and what it printed; blocks of a language are files, named in their first line."""
    folder = tmp_path_factory.mktemp("suite")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "MAITRED_HOME": str(folder / "home"), "MAITRED_MODELS": str(MODELS), "COLUMNS": "200"}
    played: list[tuple[str, int, str]] = []
    for language, block in FENCE.findall(PAGE.read_text(encoding="utf-8")):
        if language:
            (folder / block.partition("\n")[0].removeprefix("# ")).write_text(block)
            continue
        done = subprocess.run(
            ["bash", "-c", f"exec 2>&1\n{block}"], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        played.append((block, done.returncode, done.stdout))
    return played


def test_every_command_works_but_the_one_that_says_it_is_refused(told: list[tuple[str, int, str]]) -> None:
    assert [status for _, status, _ in told] == [2 if "# refused" in block else 0 for block, _, _ in told]
    assert len(told) == 4


def test_the_commands_say_what_the_page_says(told: list[tuple[str, int, str]]) -> None:
    first, failed, refused, again = (said for _, _, said in told)
    assert "71.4%" in first
    assert "The dangerous error was made in 1 case: asks-in-anger" in first
    assert "at least 95.0%: open" in first
    assert "asks-in-anger" in failed
    assert "speaks-of-a-person" in failed
    assert "who: ai instead of person" in failed
    assert "persons.yaml:48: the id asks-plainly stands in line 2 already" in refused
    assert "75.0%" in again
    page = PAGE.read_text(encoding="utf-8")
    assert all(words in page for words in ("71.4%", "75.0%", "persons.yaml:48: the id asks-plainly stands in line 2 already"))


def test_the_page_names_everything_that_an_answer_holds_and_every_intent() -> None:
    page = PAGE.read_text(encoding="utf-8")
    written = inspect.getsource(TurnOutcome.as_output)
    for name in (*re.findall(r'^            "(\w+)":', written, re.MULTILINE), *Intent):
        assert f"`{name}`" in page, name
