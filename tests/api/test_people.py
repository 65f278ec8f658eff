"""Pools and people over the contract: who works where, who is there, and how busy they are."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.service import Service, eventually, message

EASY = "How do I share a dashboard with a colleague?"
USER = "frauke.behrens@northwind.example"


def items(http: httpx.Client, path: str, **query: Any) -> list[dict[str, Any]]:
    """A page."""
    answer = http.get(path, params={"limit": 200, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


@pytest.mark.parametrize("path", ["/v1/pools", "/v1/agents"])
def test_they_come_by_id_in_pages(http: httpx.Client, path: str) -> None:
    everything = [one["id"] for one in items(http, path)]
    paged: list[str] = []
    cursor: str | None = None
    while page := http.get(path, params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json():
        paged += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert paged == everything == sorted(set(everything))
    assert len(everything) > 2
    assert http.get(path, params={"cursor": "rubbish"}).status_code == 422
    assert http.get(path, params={"limit": 201}).status_code == 422


def test_a_pool_is_what_policy_says_with_the_load_of_its_people(http: httpx.Client) -> None:
    policy = http.get("/v1/pools").json()["policy"]
    assert (policy["name"], policy["stage"]) == ("vip-support", "active")
    for pool in items(http, "/v1/pools"):
        agents = items(http, "/v1/agents", pool=pool["id"])
        assert all(pool["id"] in one["pools"] for one in agents)
        assert {"region", "skills", "languages", "overflow"} <= pool.keys()
        assert pool["load"]["capacity"] == sum(one["capacity"] for one in agents if one["presence"] == "on_shift")
        assert set(pool["available_agents"]) <= {one["id"] for one in agents}
        assert http.get(pool["links"]["agents"]).json()["items"] == agents


def test_a_case_that_somebody_gets_is_counted(http: httpx.Client) -> None:
    posted = http.post("/v1/messages", json=message(EASY, sender={"email": USER}), headers={"Prefer": "wait=20"}).json()
    case = eventually(lambda: (found := http.get(f"/v1/cases/{posted['id']}").json())["assignment"] and found)
    person, pool = case["assignment"]["person"], case["assignment"]["pool"]
    held = next(one for one in items(http, "/v1/agents", pool=pool) if one["id"] == person)
    assert held["open"] >= 1
    assert next(one for one in items(http, "/v1/pools") if one["id"] == pool)["load"]["open"] >= 1


def test_people_are_narrowed_by_pool_region_skill_language_and_presence(http: httpx.Client) -> None:
    known = items(http, "/v1/agents")
    some = next(one for one in known if one["skills"])
    pool, skill, language = some["pools"][0], some["skills"][0], some["languages"][-1]
    found = items(http, "/v1/agents", pool=pool, skill=skill, language=language, region=some["regions"][0])
    assert some["id"] in {one["id"] for one in found}
    assert all(pool in one["pools"] and skill in one["skills"] and language in one["languages"] for one in found)
    there, away = (items(http, "/v1/agents", presence=presence) for presence in ("on_shift", "off_shift"))
    assert len(there) + len(away) == len(known)
    assert http.get("/v1/agents", params={"presence": "asleep"}).status_code == 422


def test_a_key_sees_its_own_region_and_one_of_a_client_nobody(service: Service) -> None:
    with service.http(service.make_key("cases:read", region="us")) as other:
        assert {one["region"] for one in items(other, "/v1/pools")} == {"us"}
        assert {region for one in items(other, "/v1/agents") for region in one["regions"]} == {"us"}
        assert items(other, "/v1/agents", region="eu") == items(other, "/v1/pools", region="eu") == []
    with service.http(service.make_key("cases:read", client="northwind")) as one:
        assert items(one, "/v1/pools") == items(one, "/v1/agents") == []
    with service.http(service.make_key("ledger:read")) as reader:
        assert {reader.get(path).status_code for path in ("/v1/pools", "/v1/agents")} == {403}
