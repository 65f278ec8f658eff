"""Clients over the contract: who they are, and all that is known of one with its source and age."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.conftest import Service
from tests.service import message


def items(http: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    """A page of clients."""
    answer = http.get("/v1/clients", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def test_clients_come_by_id_in_pages_with_their_contacts(http: httpx.Client) -> None:
    first = http.get("/v1/clients", params={"limit": 2}).json()
    second = http.get("/v1/clients", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    ids = [one["id"] for one in first["items"] + second["items"]]
    assert ids == sorted(ids)
    assert len(set(ids)) == 4
    contact = first["items"][0]["contacts"][0]
    assert {"email", "name", "role"} <= contact.keys()
    assert http.get("/v1/clients", params={"limit": 200, "cursor": first["next_cursor"], "q": "northwind"}).json()["next_cursor"] is None


def test_clients_are_narrowed_by_tier_region_and_words(http: httpx.Client) -> None:
    assert {(one["tier"], one["region"]) for one in items(http, tier="strategic", region="us")} == {("strategic", "us")}
    assert [one["id"] for one in items(http, q="NORTHWIND.example")] == ["northwind"]
    assert items(http, q="northwind", region="apac") == []


def test_every_attribute_carries_its_source_and_age(http: httpx.Client) -> None:
    case = http.post("/v1/messages", json=message("How do I share a dashboard?"), headers={"Prefer": "wait=20"}).json()
    found = http.get("/v1/clients/northwind").json()
    attributes = found["attributes"]
    assert all(one["source"] and one["as_of"] and one["age_s"] >= 0 for one in attributes.values())
    sources = {name: attributes[name]["source"].partition(":")[0] for name in ("industry", "product.calls_24h", "cases.total")}
    assert sources == {"industry": "crm", "product.calls_24h": "telemetry", "cases.total": "maitred"}
    assert attributes["contract.tier"]["value"] == found["tier"] == "strategic"
    assert attributes["contract.annual_value"]["value"]["currency"] == "EUR"
    assert all(one["ok"] for one in found["sources"])
    assert found["value"]["score"] == pytest.approx(sum(one["contribution"] for one in found["value"]["drivers"]), abs=1e-4)
    assert found["value_history"][-1]["case_id"] == case["id"]
    assert found["value_history"][-1]["at_stake"] == case["value"]["at_stake"]


def test_a_key_of_one_region_finds_no_client_of_another(service: Service) -> None:
    with service.http(service.make_key("cases:read", region="us")) as other:
        assert {one["region"] for one in items(other, limit=200)} == {"us"}
        assert items(other, region="eu") == []
        answer = other.get("/v1/clients/northwind")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


def test_who_may_not_read_cases_reads_no_clients(service: Service) -> None:
    with service.http(service.make_key("ledger:read")) as other:
        answers = [other.get("/v1/clients"), other.get("/v1/clients/northwind")]
    assert [(one.status_code, one.json()["type"]) for one in answers] == [(403, "/problems/forbidden")] * 2
    stranger = httpx.get(f"{service.base_url}/v1/clients")
    assert (stranger.status_code, stranger.headers["www-authenticate"][:6]) == (401, "Bearer")


@pytest.mark.parametrize("query", ["tier=diamond", "region=moon", "limit=0", "cursor=nonsense", "q=" + "x" * 201, "q=%00"])
def test_a_query_that_nobody_can_mean_is_refused_with_its_place(http: httpx.Client, query: str) -> None:
    answer = http.get(f"/v1/clients?{query}")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-input")
    assert answer.json()["errors"][0]["pointer"] == f"/query/{query.partition('=')[0]}"


def test_a_client_that_nobody_knows_is_not_found(http: httpx.Client) -> None:
    assert http.get("/v1/clients/nobody").status_code == 404
    assert http.get("/v1/clients/%00").status_code in (404, 422)


def test_the_document_describes_both_with_examples(http: httpx.Client) -> None:
    document = http.get("/openapi.json").json()
    listed, one = document["paths"]["/v1/clients"]["get"], document["paths"]["/v1/clients/{client_id}"]["get"]
    assert {"401", "403", "422", "503"} <= listed["responses"].keys() & one["responses"].keys()
    assert "404" in one["responses"]
    for name in ("ClientsOut", "ClientProfileOut"):
        assert document["components"]["schemas"][name]["examples"]
