"""The conventions of the contract: keys, problems, idempotency, paging."""

from __future__ import annotations

import uuid
from typing import Any

import httpx

from tests.service import Service, message

EASY = "How do I share a dashboard with a colleague?"


def test_without_a_key_it_is_401_with_www_authenticate(service: Service) -> None:
    answer = httpx.get(f"{service.base_url}/v1/cases")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_key_without_the_scope_is_403(service: Service) -> None:
    with service.http(service.make_key("cases:read")) as reader:
        assert reader.get("/v1/cases").status_code == 200
        refused = reader.post("/v1/messages", json=message(EASY))
        assert refused.status_code == 403
        assert "cases:write" in refused.json()["detail"]


def test_another_regions_case_is_404(service: Service, http: httpx.Client) -> None:
    case_id = http.post("/v1/messages", json=message(EASY)).json()["id"]
    with service.http(service.make_key("all", region="us")) as other:
        assert other.get(f"/v1/cases/{case_id}").status_code == 404
        assert case_id not in {item["id"] for item in other.get("/v1/cases").json()["items"]}


def test_a_problem_has_every_field_of_the_contract(http: httpx.Client) -> None:
    answer = http.post("/v1/messages", json={"channel": "email"}, headers={"X-Request-Id": "req-42"})
    problem = answer.json()
    assert answer.status_code == 422
    assert {"type", "title", "status", "detail", "instance", "request_id", "errors"} <= set(problem)
    assert problem["request_id"] == "req-42" == answer.headers["x-request-id"]
    assert "/external_id" in {error["pointer"] for error in problem["errors"]}


def test_unknown_fields_are_refused(http: httpx.Client) -> None:
    answer = http.post("/v1/messages", json=message(EASY, txet="typo"))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/txet"


def test_the_same_idempotency_key_and_body_give_the_first_answer_again(http: httpx.Client) -> None:
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    body = message(EASY)
    first = http.post("/v1/messages", json=body, headers=headers)
    again = http.post("/v1/messages", json=body, headers=headers)
    assert again.status_code == first.status_code
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"


def test_the_same_idempotency_key_with_another_body_is_422(http: httpx.Client) -> None:
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    http.post("/v1/messages", json=message(EASY), headers=headers)
    assert http.post("/v1/messages", json=message(EASY), headers=headers).status_code == 422


def test_an_idempotency_key_that_is_too_long_is_422(http: httpx.Client) -> None:
    assert http.post("/v1/messages", json=message(EASY), headers={"Idempotency-Key": "k" * 256}).status_code == 422


def test_cases_have_etags_and_pages(http: httpx.Client) -> None:
    for _ in range(3):
        http.post("/v1/messages", json=message(EASY))
    first = http.get("/v1/cases", params={"limit": 2}).json()
    second = http.get("/v1/cases", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert {item["id"] for item in first["items"]}.isdisjoint(item["id"] for item in second["items"])
    assert http.get(f"/v1/cases/{first['items'][0]['id']}").headers["etag"]
    assert http.get("/v1/cases", params={"limit": 201}).status_code == 422
    assert http.get("/v1/cases", params={"cursor": "rubbish"}).status_code == 422


def test_cases_are_filtered(http: httpx.Client) -> None:
    http.post("/v1/messages", json=message(EASY), headers={"Prefer": "wait=20"})
    items = http.get("/v1/cases", params={"client_id": "northwind", "tier": "strategic"}).json()["items"]
    assert items
    assert {item["client"]["id"] for item in items} == {"northwind"}
    assert http.get("/v1/cases", params={"status": "nonsense"}).status_code == 422


def test_health_readiness_and_metrics(service: Service) -> None:
    assert httpx.get(f"{service.base_url}/healthz").json() == {"status": "alive"}
    ready = httpx.get(f"{service.base_url}/readyz").json()
    assert set(ready["dependencies"]) == {"postgres", "redis"}
    assert ready["models"]["triage"].startswith("embedded/")
    assert "maitred_http_request_seconds_bucket" in httpx.get(f"{service.base_url}/metrics").text


def test_the_openapi_document_names_every_route(service: Service) -> None:
    paths: dict[str, Any] = httpx.get(f"{service.base_url}/openapi.json").json()["paths"]
    assert {
        "/v1/messages",
        "/v1/cases",
        "/v1/cases/{case_id}",
        "/v1/cases/{case_id}/events",
        "/v1/cases/{case_id}/explanation",
        "/v1/cases/{case_id}/replay",
        "/v1/events",
        "/v1/reviews",
        "/v1/reviews/{review_id}/claim",
        "/v1/reviews/{review_id}/ruling",
        "/v1/decide",
        "/healthz",
        "/readyz",
        "/metrics",
    } <= set(paths)


def test_a_revoked_key_ends(service: Service) -> None:
    key = service.make_key("cases:read")
    with service.http(key) as reader:
        assert reader.get("/v1/cases").status_code == 200
        assert reader.get("/v1/cases", headers={"Authorization": "Bearer mk_wrong"}).status_code == 401
