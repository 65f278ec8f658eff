"""The committed baseline: small, without texts, and read back as it was written."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import InvalidInput, NotFound
from evals.comparing import baseline as baselines
from evals.comparing.baseline import Baseline, Kept
from evals.comparing.compare import compare
from evals.comparing.side import side_of
from tests.evals.comparing.runs import made_run, many, result

SAID = "A client of the first tier went to a bot."


def accepted(count: int = 20) -> Baseline:
    results = [
        *many(count, wrong=[1], why=SAID),
        result("danger", dangerous=True),
        result("third", cost=1 / 3),
        result("lost", error="No."),
    ]
    side = side_of(made_run("a", results))
    kept = Kept(made=side.made, n=None, overlaps=("c001",), outcomes=side.outcomes)
    return Baseline(model="embedded", accepted_at="2026-11-25T09:00:00Z", reason="first", suites={"routing": kept})


def test_a_baseline_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    file, made = tmp_path / "new" / "embedded.json", accepted()
    assert baselines.write(file, made) == file.stat().st_size
    found = baselines.read(file)
    assert found.model_copy(update={"suites": {}}) == made.model_copy(update={"suites": {}})
    before, after = made.suites["routing"], found.suites["routing"]
    assert (after.made, after.overlaps, after.dangerous) == (before.made, ("c001",), ("danger",))
    assert {case_id: (one.digest, one.values, one.dangerous) for case_id, one in after.outcomes.items()} == {
        case_id: (one.digest, one.values, one.dangerous) for case_id, one in before.outcomes.items()
    }
    assert [one.name for one in file.parent.iterdir()] == ["embedded.json"]


def test_no_text_is_in_it_and_every_case_has_a_line_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "embedded.json"
    baselines.write(file, accepted())
    text = file.read_text()
    assert SAID not in text
    assert sum(line.startswith('"c0') for line in text.splitlines()) == 20


def test_the_run_that_was_accepted_equals_its_baseline(tmp_path: Path) -> None:
    file = tmp_path / "embedded.json"
    run = made_run("a", [*many(30, wrong=[2]), result("third", cost=1 / 3)])
    side = side_of(run)
    kept = Kept(made=side.made, outcomes=side.outcomes)
    baselines.write(file, Baseline(model="embedded", accepted_at="2026-11-25T09:00:00Z", reason="first", suites={"routing": kept}))
    found = compare(baselines.read(file).suites["routing"].side(), side)
    assert (found.flips, found.before.label) == ((), "baseline")


def test_a_missing_baseline_says_how_one_is_made(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="gate --accept --reason"):
        baselines.read(tmp_path / "embedded.json")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "damaged"),
        ("[]", "damaged"),
        ('{"format":1}', "damaged"),
        ('{"format":7,"suites":{}}', "format 7; this version of maitred reads format 1"),
        ('{"format":1,"model":"m","accepted_at":"","reason":"","suites":{"a":{"metrics":["x"],"cases":{"c":["d",0]}}}}', "damaged"),
    ],
)
def test_a_damaged_baseline_is_refused_with_what_to_do(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "embedded.json"
    file.write_text(text)
    with pytest.raises(InvalidInput, match=sentence) as told:
        baselines.read(file)
    assert "version control" in told.value.message


def test_a_baseline_that_is_too_large_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "MOST_BYTES", 500)
    with pytest.raises(InvalidInput, match="fewer cases of each suite with --n"):
        baselines.write(tmp_path / "embedded.json", accepted())
    assert list(tmp_path.iterdir()) == []


def test_every_model_has_a_file_of_its_own() -> None:
    assert str(baselines.path_for(None)) == "evals/baselines/embedded.json"
    assert str(baselines.path_for("openai/Qwen3:8b")) == "evals/baselines/openai-qwen3-8b.json"
