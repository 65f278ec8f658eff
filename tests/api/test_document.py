"""The OpenAPI document says what is sent: every field, the headers, the types of problems, and examples that are answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from api import errors
from api.app import create_app
from api.client_bodies import ClientProfileOut, ClientsOut
from api.examples import EXAMPLES, PROOF
from api.ledger_bodies import CheckpointOut, EntriesOut, ProofOut
from api.people_bodies import AgentsOut, PoolsOut
from api.policy_bodies import PoliciesOut, PolicyOut, PolicyVersionTextOut
from api.problem import TYPES
from api.release_bodies import RolloutOut
from api.responses import CaseOut, CasesOut, Problem, ReplayOut, VerdictOut
from api.review_bodies import ReviewOut, ReviewsOut
from domain.canonical import digest
from domain.merkle import leaf_hash, root_from
from tests.service import message

LEGAL = "Our attorneys have been told to bring an action against you before the court."
SHOWN: tuple[type[BaseModel], ...] = (
    *(CaseOut, CasesOut, ReviewOut, ReviewsOut, VerdictOut, ReplayOut, PolicyVersionTextOut, RolloutOut),
    *(EntriesOut, CheckpointOut, ProofOut, Problem, ClientsOut, ClientProfileOut, PoolsOut, AgentsOut),
)
MODELS = {model.__name__: model for model in SHOWN}
PAGE = Path(__file__).parents[2] / "docs/reference/problems.md"


def undescribed(value: Any, where: str) -> Iterator[str]:
    """Fields of a parsed body that its model does not have."""
    if isinstance(value, BaseModel):
        yield from (f"{where}.{name}" for name in value.model_extra or ())
        for name in type(value).model_fields:
            yield from undescribed(getattr(value, name), f"{where}.{name}")
    elif isinstance(value, list | tuple):
        for one in value:  # pyright: ignore[reportUnknownVariableType]
            yield from undescribed(one, f"{where}[]")
    elif isinstance(value, dict):
        for one in value.values():  # pyright: ignore[reportUnknownVariableType]
            yield from undescribed(one, f"{where}.*")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    app: Any = create_app(lambda: pytest.fail("no request is sent here"))
    return app.fastapi.openapi()


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_has_the_fields_of_its_schema_and_stands_in_the_document(document: dict[str, Any], name: str) -> None:
    left = [one for one in undescribed(MODELS[name].model_validate(EXAMPLES[name]), name) if one != "Problem.holder"]
    assert left == []
    assert document["components"]["schemas"][name]["examples"] == [EXAMPLES[name]]


def test_every_body_that_is_sent_has_an_example(document: dict[str, Any]) -> None:
    schemas: dict[str, dict[str, Any]] = document["components"]["schemas"]
    bodies = {
        body["schema"]["$ref"].rpartition("/")[2]
        for item in document["paths"].values()
        for operation in item.values()
        for body in operation.get("requestBody", {}).get("content", {}).values()
        if "$ref" in body["schema"]
    }
    assert len(bodies) > 5
    assert [name for name in sorted(bodies) if name != "Bundle" and "examples" not in schemas[name]] == []


def test_the_example_of_a_proof_proves() -> None:
    body = PROOF["body"].encode()
    root = root_from(PROOF["position"], PROOF["size"], leaf_hash(body), [bytes.fromhex(one) for one in PROOF["path"]])
    assert (digest(body), root.hex() if root else None) == (PROOF["digest"], PROOF["checkpoint"]["root"])


def test_every_type_of_problem_is_in_the_document_and_on_its_page(document: dict[str, Any]) -> None:
    told = [
        one for line in PAGE.read_text().splitlines() if line.startswith("| `/problems/") for one in re.findall(r"/problems/[a-z-]+", line)
    ]
    assert sorted(told) == sorted(TYPES) == sorted(set(TYPES))
    assert document["components"]["schemas"]["Problem"]["properties"]["type"]["enum"] == list(TYPES)
    answered = {kind.code for kind in errors.STATUS} | set(errors.HTTP_CODES.values())
    assert {f"/problems/{code}" for code in answered} <= set(TYPES)


def test_headers_that_are_sent_are_described(document: dict[str, Any]) -> None:
    def described(path: str, method: str, status: str) -> set[str]:
        return set(document["paths"][path][method]["responses"][status]["headers"]) - {"X-Request-Id", "Traceresponse"}

    assert described("/v1/messages", "post", "202") == {"ETag", "Location", "Idempotency-Replayed", "Preference-Applied"}
    assert described("/v1/cases/{case_id}", "get", "200") == {"ETag"}
    assert described("/v1/policies/{name}", "get", "200") == {"ETag"}
    assert described("/v1/cases", "get", "200") == set()
    assert described("/v1/policies/{name}/versions", "post", "201") == {"ETag", "Location", "Idempotency-Replayed"}
    assert described("/v1/reviews/{review_id}/ruling", "post", "202") == {"ETag", "Idempotency-Replayed"}


def test_no_field_is_sent_that_the_document_does_not_have(http: httpx.Client) -> None:
    posted = http.post("/v1/messages", json=message(LEGAL), headers={"Prefer": "wait=20"}).json()
    review = http.get(f"/v1/reviews/{posted['review']['id']}")
    ruled = http.post(f"/v1/reviews/{posted['review']['id']}/ruling", json={"action": "approve"}, headers={"If-Match": "*"})
    bodies: list[tuple[type[BaseModel], Any]] = [
        (CaseOut, posted),
        (ReviewOut, review.json()),
        (CaseOut, ruled.json()),
        (CasesOut, http.get("/v1/cases").json()),
        (ReviewsOut, http.get("/v1/reviews").json()),
        (ReplayOut, http.post(f"/v1/cases/{posted['id']}/replay").json()),
        (VerdictOut, http.post("/v1/decide", json={"facts": {"message": {"signals": ["legal"]}}}).json()),
        (PoliciesOut, http.get("/v1/policies").json()),
        (PolicyOut, http.get("/v1/policies/vip-support").json()),
        (PolicyVersionTextOut, http.get("/v1/policies/vip-support/versions/1").json()),
        (RolloutOut, http.get("/v1/policies/vip-support/rollout").json()),
        (ClientsOut, http.get("/v1/clients").json()),
        (ClientProfileOut, http.get("/v1/clients/northwind").json()),
        (PoolsOut, http.get("/v1/pools").json()),
        (AgentsOut, http.get("/v1/agents").json()),
        (EntriesOut, http.get("/v1/ledger/entries").json()),
    ]
    assert [one for model, body in bodies for one in undescribed(model.model_validate(body), model.__name__)] == []
