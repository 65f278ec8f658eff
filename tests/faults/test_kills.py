"""kill -9 of workers in the middle of runs: another one takes each case up, and every effect is there once."""

from __future__ import annotations

from pathlib import Path

from tests.faults.kill_loop import kill_loop
from tests.faults.points import POINTS
from tests.service import message, serving

SHORT_LEASE = {"MAITRED_LEASE_TTL_S": "1.5"}


async def test_a_worker_killed_at_any_point_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    async with kill_loop(tmp_path, seed=7, **SHORT_LEASE) as loop:
        report = await loop.run(POINTS)
    assert report.not_reached == []
    assert report.kills == len(POINTS)
    assert report.findings.none, report.findings


def test_a_killed_service_leaves_no_orphan_after_the_next_start_and_loses_nothing(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with serving(tmp_path) as service, service.http() as http:
        case_id = http.post("/v1/messages", json=message("How do I share a dashboard?"), headers={"Prefer": "wait=20"}).json()["id"]
        key = service.key
        service.kill_hard()
    with serving(tmp_path) as service, service.http(key) as http:
        assert http.get(f"/v1/cases/{case_id}").json()["id"] == case_id
