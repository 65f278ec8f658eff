"""A journal that was torn is repaired; one that was changed is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import InvalidInput
from evals.result import CaseResult
from evals.running.journal import Entry, Journal, entries
from evals.suite import Judgement
from evals.usage import Usage


def entry(case_id: str, repeat: int = 0) -> Entry:
    """An answered case."""
    result = CaseResult(
        case_id=case_id,
        case_digest="sha256:0",
        repeat=repeat,
        slices={},
        group="",
        output={"text": "two\nlines, and a \u2028 too"},
        judgement=Judgement(passed=True, values={}),
        models=(),
        usage=Usage(),
    )
    return Entry(result=result, ms=1.5)


def written(file: Path, *names: str) -> None:
    """A journal of these cases."""
    journal = Journal(file)
    for name in names:
        journal.append(entry(name).line())
    journal.close()


def test_what_was_appended_is_read_back_in_order(tmp_path: Path) -> None:
    written(tmp_path / "journal.jsonl", "b", "a")
    assert list(entries(tmp_path / "journal.jsonl")) == [entry("b"), entry("a")]


def test_no_journal_is_an_empty_one(tmp_path: Path) -> None:
    assert list(entries(tmp_path / "journal.jsonl")) == []


@pytest.mark.parametrize("kept", [1, 20, -1])
def test_a_torn_last_line_is_ignored_and_then_written_over(tmp_path: Path, kept: int) -> None:
    file = tmp_path / "journal.jsonl"
    written(file, "a")
    file.write_bytes(file.read_bytes() + entry("b").line()[:kept])
    assert list(entries(file)) == [entry("a")]
    written(file, "c")
    assert list(entries(file)) == [entry("a"), entry("c")]


def test_a_last_line_of_noughts_from_a_power_cut_is_torn_as_well(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    written(file, "a")
    file.write_bytes(file.read_bytes() + bytes(40) + b"\n")
    assert list(entries(file)) == [entry("a")]
    written(file, "b")
    assert list(entries(file)) == [entry("a"), entry("b")]


def test_only_the_first_answer_of_a_case_and_repeat_counts(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    for one in (entry("a"), entry("a", 1), entry("a").model_copy(update={"ms": 9.0})):
        journal.append(one.line())
    journal.close()
    assert list(entries(tmp_path / "journal.jsonl")) == [entry("a"), entry("a", 1)]


def test_a_line_that_something_changed_is_named(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    written(file, "a", "b")
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(lines[0] + b'{"result": 1}\n' + lines[1])
    with pytest.raises(InvalidInput, match=r"journal\.jsonl:2 is damaged; begin a new run"):
        list(entries(file))
