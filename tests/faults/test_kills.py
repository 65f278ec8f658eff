"""kill -9 of a worker in the middle of a run: another one takes the case up, and every effect is there once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.service import eventually, message, serving


@pytest.mark.parametrize("point", ["route-begun", "decide-in-transaction", "decide-committed"])
def test_a_worker_that_dies_is_replaced_and_nothing_is_lost_or_doubled(tmp_path: Path, point: str) -> None:
    tmp_path.chmod(0o755)
    marker = tmp_path / "died"
    with serving(tmp_path, MAITRED_WORKERS="2", MAITRED_FAILPOINT=f"{point}:{marker}") as service, service.http() as http:
        body = message("How do I share a dashboard?", sender={"email": "stranger@nowhere.example"})
        posted = http.post("/v1/messages", json=body)
        assert posted.status_code == 202
        case_id = posted.json()["id"]

        def ended() -> bool:
            found = http.get(f"/v1/cases/{case_id}")
            return found.status_code == 200 and bool(found.json()["decision"]) and bool(found.json()["reply"] or found.json()["handover"])

        assert eventually(marker.exists)
        assert eventually(lambda: _patient(ended), 20)
        kinds = [entry["kind"] for entry in http.get("/v1/ledger/entries", params={"case_id": case_id}).json()["items"]]
        assert kinds.count("message.received") == kinds.count("case.decided") == 1
        assert len(kinds) == len(set(kinds))
        again = http.post("/v1/messages", json=body)
        assert again.json()["id"] == case_id


def test_a_killed_service_leaves_no_orphan_after_the_next_start_and_loses_nothing(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with serving(tmp_path) as service, service.http() as http:
        case_id = http.post("/v1/messages", json=message("How do I share a dashboard?"), headers={"Prefer": "wait=20"}).json()["id"]
        key = service.key
        service.kill_hard()
    with serving(tmp_path) as service, service.http(key) as http:
        assert http.get(f"/v1/cases/{case_id}").json()["id"] == case_id


def _patient(check: Callable[[], bool]) -> bool:
    """While a worker is replaced a connection may be refused."""
    try:
        return check()
    except httpx.HTTPError:
        return False
