"""Finished runs in their order, from folders and from a real Postgres."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import Conflict
from evals.comparing import history
from evals.comparing.history import entries, push, push_if_possible
from evals.running.folder import begin
from tests.evals.comparing.runs import MadeRun, made_run, many, result


def in_folder(home: Path, run: MadeRun) -> MadeRun:
    """The run, as a finished run lies in a home."""
    folder = begin(home, run.manifest, {})
    (folder.path / "results.jsonl").write_bytes(b"".join(one.model_dump_json().encode() + b"\n" for one in run.results))
    (folder.path / "times.jsonl").write_bytes(b"")
    return run


def at(minute: int) -> str:
    return f"2026-11-25T09:{minute:02d}:00Z"


async def test_runs_come_newest_first_each_with_what_was_changed(tmp_path: Path) -> None:
    in_folder(tmp_path, made_run("r1", many(8), began_at=at(1)))
    in_folder(tmp_path, made_run("t1", many(8), suite="triage", began_at=at(2)))
    in_folder(tmp_path, made_run("r2", many(9, wrong=[1]), began_at=at(3), dataset_digest="sha256:other", policy="vip-support@sha256:bbbb"))
    found = await entries(tmp_path, None, None, 10)
    assert [one.run.id for one in found] == ["r2", "t1", "r1"]
    assert found[0].changed == ("cases: 8 → 9", "policy: vip-support@aaaaaaaaaaaa → vip-support@bbbb")
    assert (found[1].changed, found[2].changed) == ((), ())
    assert found[0].run.figures["right_route"].value == pytest.approx(8 / 9)
    assert found[0].run.figures["passed"].cases == 9
    assert [one.run.id for one in await entries(tmp_path, None, "routing", 1)] == ["r2"]


async def test_what_is_unfinished_or_unreadable_is_left_out(tmp_path: Path) -> None:
    begin(tmp_path, made_run("half", many(2)).manifest, {})
    in_folder(tmp_path, made_run("whole", many(2)))
    broken = in_folder(tmp_path, made_run("broken", many(2)))
    (tmp_path / "evals" / "runs" / broken.manifest.id / "run.json").write_text("{")
    assert [one.run.id for one in await entries(tmp_path, None, None, 10)] == ["whole"]


async def test_a_run_is_kept_in_postgres_beside_its_folder_and_outlives_it(tmp_path: Path, database_url: str) -> None:
    run = in_folder(tmp_path, made_run("r1", [*many(8, wrong=[3]), result("lost", error="No answer.")], began_at=at(1)))
    assert (await push(run, database_url), await push(run, database_url)) == (True, False)
    [both] = await entries(tmp_path, database_url, None, 10)
    [alone] = await entries(tmp_path / "elsewhere", database_url, "routing", 10)
    assert (both.kept, alone.kept) == (("folder", "postgres"), ("postgres",))
    assert both.run == alone.run == history.past_run(run)
    with pytest.raises(Conflict, match="Another run is kept as r1"):
        await push(made_run("r1", many(8), began_at=at(1)), database_url)


async def test_a_database_that_is_away_costs_a_run_nothing(tmp_path: Path) -> None:
    told = await push_if_possible(made_run("r1", many(2)), f"postgresql://nobody@/none?host={tmp_path}")
    assert told.startswith("The run is in its folder, and was not kept in Postgres: ")
    assert told.endswith("maitred eval history push r1")
