"""`maitred eval redteam` and `maitred eval benchmark` as people use them."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from evals.benchmarks.catalog import BENCHMARKS
from tests.cli.conftest import Said, maitred
from tests.evals.benchmarks import tiny
from tests.service import MODELS


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, with the models of the suite, and no published data."""
    monkeypatch.setenv("MAITRED_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MAITRED_MODELS", str(MODELS))
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.delenv("MAITRED_EVAL_DATA", raising=False)
    return tmp_path


def redteam(*arguments: str) -> Said:
    """A red team of few attacks on the obedient model."""
    return maitred("eval", "redteam", "--target", "stub", "--goal", "other_region", "--vehicle", "crm_notes", "--n", "2", *arguments)


def test_policy_holds_against_the_worst_model_and_the_report_is_json_for_scripts() -> None:
    said = redteam("--json")
    found = orjson.loads(said.out)
    assert said.status == 0
    assert (found["attacks"], found["outside_envelope"], found["unanswered"]) == (2, 0, [])
    assert [item["id"] for item in found["items"] if item["rate"]["attacks"]] == ["LLM06"]


def test_the_report_is_markdown_for_people() -> None:
    said = redteam("--markdown")
    assert said.status == 0
    assert said.out.startswith("# Red team\n")
    assert "| LLM06 Excessive agency | other_region, deed, impersonate | 0 of 2" in said.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--goal", "world_peace"), "There is no goal world_peace; there are bot_answer"),
        (("--vehicle", "article", "--disguise", "split"), "Nothing is left"),
        (("--policy", "nowhere.yaml"), "Cannot read the policy nowhere.yaml"),
    ],
)
def test_what_cannot_be_attacked_ends_with_a_sentence_and_status_2(arguments: tuple[str, ...], says: str) -> None:
    said = maitred("eval", "redteam", *arguments)
    assert said.status == 2
    assert says in said.text


def test_absent_sets_are_left_out_with_the_place_where_they_are_published(home: Path) -> None:
    said = maitred("eval", "benchmark", "--write", "--docs", str(home))
    assert said.status == 0
    assert all(one.set.published_at in said.text for one in BENCHMARKS.values())
    assert not (home / "public-benchmarks.md").exists()


def test_a_set_that_is_there_is_measured_and_written(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAITRED_EVAL_DATA", str(home))
    tiny.cdnow(home / "cdnow")
    said = maitred("eval", "benchmark", "cdnow", "--write", "--docs", str(home))
    assert said.status == 0, said.text
    assert "spearman_13_weeks" in said.text
    assert "spearman_13_weeks" in (home / "public-benchmarks.md").read_text(encoding="utf-8")


def test_an_unknown_benchmark_is_told_which_there_are() -> None:
    said = maitred("eval", "benchmark", "imagenet")
    assert said.status == 1
    assert "There is no benchmark imagenet; there are banking77" in said.text
