"""What may become the baseline: everything that was accepted before stays, unless somebody says that it is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from domain.errors import Conflict, InvalidInput, SetupFailed
from evals import catalog
from evals.comparing import baseline as baselines
from evals.comparing.baseline import Kept
from evals.comparing.gate import Plan, accept_all, gate_all
from tests.evals.running.small_suite import line, spec, write_suite


def small(folder: Path, name: str) -> str:
    """The small suite under another name, in a folder of its own; its path."""
    suite = Path(write_suite(folder / name, [line(number) for number in range(4)]))
    suite.write_text(suite.read_text().replace('name="doubles"', f'name="{name}"'))
    return str(suite)


def plan(home: Path, *suites: str, gone: tuple[str, ...] = (), **more: Any) -> Plan:
    return Plan(spec(home, **more), home / "baseline.json", suites, gone)


@pytest.fixture
def accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which two suites of the user's own are accepted; of ours there is one that has nothing to ask."""
    monkeypatch.setattr(catalog, "names", lambda: ["rulings"])
    accept_all(plan(tmp_path, small(tmp_path, "one"), small(tmp_path, "two")), "first")
    return tmp_path


def kept(home: Path) -> set[str]:
    return set(baselines.read(home / "baseline.json").suites)


def rewrite(home: Path, **suites: Kept) -> None:
    """The baseline with other entries."""
    found = baselines.read(home / "baseline.json")
    baselines.write(home / "baseline.json", found.model_copy(update={"suites": {**found.suites, **suites}}))


def test_accepting_all_takes_in_suites_of_the_users_own(accepted: Path) -> None:
    done = accept_all(plan(accepted), "again")
    assert (kept(accepted), set(done.suites)) == ({"one", "two"}, {"one", "two"})
    assert [sentence.partition(":")[0] for sentence in done.left_out] == ["rulings"]


def test_a_policy_that_cannot_be_read_is_told_and_the_baseline_stays(accepted: Path) -> None:
    with pytest.raises(SetupFailed, match="Cannot read the policy"):
        accept_all(plan(accepted, policy=accepted / "typo.yaml"), "again")
    assert kept(accepted) == {"one", "two"}


def test_a_suite_that_spends_its_budget_does_not_leave_the_baseline(accepted: Path) -> None:
    with pytest.raises(Conflict, match="The run of one stopped before its end"):
        accept_all(plan(accepted, max_cost=0.01, fresh=True), "again")
    assert kept(accepted) == {"one", "two"}


def test_a_suite_that_cannot_be_found_leaves_the_baseline_only_when_it_is_named_as_gone(accepted: Path) -> None:
    (accepted / "two" / "doubles.py").unlink()
    with pytest.raises(InvalidInput, match=r"two was accepted before.*There is no file.*--gone two"):
        accept_all(plan(accepted), "again")
    assert kept(accepted) == {"one", "two"}
    accept_all(plan(accepted, gone=("two",)), "again")
    assert kept(accepted) == {"one"}


def test_a_suite_that_has_no_cases_any_more_leaves_the_baseline_only_when_it_is_named_as_gone(accepted: Path) -> None:
    rewrite(accepted, rulings=baselines.read(accepted / "baseline.json").suites["two"].model_copy(update={"place": ""}))
    with pytest.raises(InvalidInput, match=r"rulings was accepted before.*MAITRED_EVAL_RULINGS.*--gone rulings"):
        accept_all(plan(accepted), "again")
    assert kept(accepted) == {"one", "two", "rulings"}
    accept_all(plan(accepted, gone=("rulings",)), "again")
    assert kept(accepted) == {"one", "two"}


def test_a_suite_that_goes_by_another_name_now_leaves_the_baseline_only_when_it_is_named_as_gone(accepted: Path) -> None:
    file = accepted / "two" / "doubles.py"
    (accepted / "two" / "renamed.py").write_text(file.read_text().replace('name="two"', 'name="three"'))
    before = baselines.read(accepted / "baseline.json").suites["two"]
    rewrite(accepted, two=before.model_copy(update={"place": str(file.with_name("renamed.py"))}))
    with pytest.raises(InvalidInput, match=r"two was accepted before.*named three.*--gone two"):
        accept_all(plan(accepted), "again")


def test_only_what_is_in_the_baseline_can_be_gone(accepted: Path) -> None:
    with pytest.raises(InvalidInput, match="tow is not in the baseline"):
        accept_all(plan(accepted, gone=("tow",)), "again")


def test_accepting_one_leaves_the_others_as_they_were_accepted(accepted: Path) -> None:
    accept_all(plan(accepted, str(accepted / "one" / "doubles.py")), "again")
    assert kept(accepted) == {"one", "two"}


def test_where_nothing_can_be_asked_nothing_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "names", lambda: ["rulings"])
    with pytest.raises(InvalidInput, match=r"nothing to accept.*MAITRED_EVAL_RULINGS"):
        accept_all(plan(tmp_path), "first")
    assert not (tmp_path / "baseline.json").exists()


def test_a_gate_that_held_nothing_against_the_baseline_does_not_pass(accepted: Path) -> None:
    empty = baselines.read(accepted / "baseline.json").model_copy(update={"suites": {}})
    baselines.write(accepted / "baseline.json", empty)
    report = gate_all(plan(accepted))
    assert (report.suites, report.passed) == ((), False)
