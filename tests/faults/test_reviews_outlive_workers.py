"""kill -9 around a review: between a ruling and the run that goes on with it, and between a later message and its amendment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.service import Service, eventually, message, serving

LEGAL = "Our lawyers will sue you over last week's outage."
WORSE = "Now our whole production is down, nobody can work, and we lose money every minute!"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Two workers with a short lease, and failpoints to be armed."""
    home = tmp_path_factory.mktemp("mortal")
    home.chmod(0o755)
    points = home / "failpoints"
    points.mkdir()
    with serving(home, MAITRED_WORKERS="2", MAITRED_FAILPOINTS=str(points), MAITRED_LEASE_TTL_S="1.5") as running:
        yield running


def arm(service: Service, point: str) -> Path:
    """Let the next worker that comes by die there; the file that then exists."""
    folder = service.home / "failpoints"
    (folder / point).touch()
    return folder / f"{point}.died"


def patient(http: httpx.Client, path: str, **parameters: Any) -> dict[str, Any]:
    """The answer, or nothing while a worker is replaced: then a connection may be refused or cut."""
    try:
        return http.get(path, params=parameters).json()
    except httpx.HTTPError:
        return {}


def kinds(http: httpx.Client, case_id: str) -> list[str]:
    return [entry["kind"] for entry in patient(http, "/v1/ledger/entries", case_id=case_id).get("items", [])]


def test_a_ruling_whose_worker_died_is_carried_out_once_by_another(service: Service) -> None:
    with service.http() as http:
        case = http.post("/v1/messages", json=message(LEGAL), headers={"Prefer": "wait=20"}).json()
        url = f"/v1/reviews/{case['review']['id']}"
        seen = {"If-Match": http.get(url).headers["etag"]}
        died = arm(service, "ruling-stored")
        with pytest.raises(httpx.HTTPError):
            http.post(f"{url}/ruling", json={"action": "approve"}, headers=seen)
        assert died.exists()
        decided = eventually(lambda: (found := patient(http, f"/v1/cases/{case['id']}")).get("handover") and found, 30)
        assert decided["decision"]["decided_by"] == "person:lead-1"
        again = http.post(f"{url}/ruling", json={"action": "reject"}, headers=seen)
        assert (again.status_code, again.json()["ruling"]["action"]) == (409, "approve")
        written = kinds(http, case["id"])
        assert written.count("review.ruled") == written.count("case.decided") == written.count("case.handed_over") == 1


def test_a_later_message_whose_worker_died_is_appended_once_by_another(service: Service) -> None:
    with service.http() as http:
        posted = message(LEGAL)
        case = http.post("/v1/messages", json=posted, headers={"Prefer": "wait=20"}).json()
        died = arm(service, "amendment-read")
        later = {**posted, "external_id": f"{posted['external_id']}-2", "text": WORSE}
        with suppress(httpx.HTTPError):  # the worker that took it may die before it has said so
            assert http.post("/v1/messages", json=later).status_code == 202
        assert eventually(died.exists)
        review = f"/v1/reviews/{case['review']['id']}"
        amended = eventually(lambda: (found := patient(http, review)).get("amendments") and found, 30)
        assert [one["text"] for one in amended["amendments"]] == [WORSE]
        assert eventually(lambda: kinds(http, case["id"]).count("review.amended") == 1)
