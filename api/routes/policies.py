"""Policies: their versions, who approves them, and their history."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.responses import Response

from api.deps import DeskDep, Matching, PolicyApprover, PolicyReader, PolicyWriter, etag, etag_of, revision_of
from api.errors import BadRequest
from api.idempotent import IdempotentRoute
from api.pages import Cursor, Limit, answer, cursor_of, parts_of, problems
from api.policy_bodies import (
    ApprovalIn,
    DraftIn,
    HistoryOut,
    PoliciesOut,
    PolicyName,
    PolicyOut,
    PolicyVersionsOut,
    PolicyVersionTextOut,
    RejectionIn,
    VersionNumber,
    WhyIn,
)
from desk.casework import Asked
from desk.front import Desk
from desk.policy_catalog import Judged
from domain.access import ApiKey
from domain.errors import StaleObject
from domain.policy_life import PolicyVersion
from domain.policy_views import PolicySummary

router = APIRouter(prefix="/v1/policies", tags=["policies"], route_class=IdempotentRoute)

YAML_TYPES = ("application/yaml", "application/x-yaml", "text/yaml", "text/plain")
TEXT_IN: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": DraftIn.model_json_schema()},
            **{kind: {"schema": {"type": "string", "minLength": 1}} for kind in YAML_TYPES},
        },
    }
}
MOVED: dict[str, Any] = {"response_model": PolicyVersionTextOut, "responses": problems(404, 409, 412, 413, 415, 428)}
EXAMINED: dict[str, Any] = {**MOVED, "responses": problems(404, 409, 412, 413, 415, 428, 429)}


@router.get("", summary="List policies", response_model=PoliciesOut, responses=problems(404))
async def list_policies(desk: DeskDep, key: PolicyReader, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Every policy name that has a version, and which version of it decides."""
    after = parts_of(cursor, str)
    found = await desk.policies.summaries(key, after[0] if after else "", limit + 1)
    next_cursor = cursor_of(found[limit - 1].name) if len(found) > limit else None
    return answer({"items": [_summary(one) for one in found[:limit]], "next_cursor": next_cursor})


@router.get("/{name}", summary="Read a policy", response_model=PolicyOut, responses=problems(404))
async def get_policy(name: PolicyName, desk: DeskDep, key: PolicyReader) -> Response:
    """How many versions it has, and which of them decides."""
    shown = _summary(await desk.policies.summary(name, key))
    return answer(shown, headers={"ETag": etag_of(shown)})


@router.get("/{name}/versions", summary="List versions, newest first", response_model=PolicyVersionsOut, responses=problems(404))
async def list_policy_versions(name: PolicyName, desk: DeskDep, key: PolicyReader, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Where each version of a policy stands; their texts are read one by one."""
    before = parts_of(cursor, int)
    found = await desk.policies.versions(name, key, before[0] if before else None, limit + 1)
    next_cursor = cursor_of(found[limit - 1].version) if len(found) > limit else None
    return answer({"items": [_standing(one) for one in found[:limit]], "next_cursor": next_cursor})


@router.post(
    "/{name}/versions",
    summary="Draft a version",
    status_code=201,
    response_model=PolicyVersionTextOut,
    responses={
        200: {"model": PolicyVersionTextOut, "description": "A text that is known: its version"},
        **problems(404, 409, 413, 415, 429),
    },
    openapi_extra=TEXT_IN,
)
async def draft_policy(name: PolicyName, request: Request, desk: DeskDep, key: PolicyWriter) -> Response:
    """Store a text as the next version. It is compiled, its tests run, and provers look for what can go wrong; faults have a place."""
    draft = await _draft_in(request)
    version, new = await desk.policies.draft(name, draft.text, Asked(key, None, request.scope["request_id"], draft.reason))
    judged = await desk.policies.one(name, version.version, key)
    shown = shown_version(judged)
    return answer(shown, 201 if new else 200, {"ETag": etag(judged.version.revision), "Location": shown["links"]["self"]})


@router.get("/{name}/versions/{version}", summary="Read a version", response_model=PolicyVersionTextOut, responses=problems(404))
async def get_policy_version(name: PolicyName, version: VersionNumber, desk: DeskDep, key: PolicyReader) -> Response:
    """Its text, where it stands, who approved it, and what it still needs."""
    judged = await desk.policies.one(name, version, key)
    return answer(shown_version(judged), headers={"ETag": etag(judged.version.revision)})


class Moving:
    """A request that moves a version on, with what its answers have in common."""

    def __init__(self, name: PolicyName, version: VersionNumber, request: Request, desk: DeskDep, wanted: Matching) -> None:
        self.name = name
        self.version = version
        self.desk: Desk = desk
        self._wanted = wanted
        self._request_id: str = request.scope["request_id"]

    @asynccontextmanager
    async def asking(self, key: ApiKey, reason: str) -> AsyncGenerator[Asked, None]:
        """What the desk is asked with; a stale `If-Match` is answered with the fresh version."""

        async def now() -> int:
            return (await self.desk.policies.one(self.name, self.version, key)).version.revision

        revision = await revision_of(self._wanted, now)
        try:
            yield Asked(key, revision, self._request_id, reason)
        except StaleObject as error:
            raise StaleObject(error.message, shown_version(await self.desk.policies.one(self.name, self.version, key))) from error


MovingDep = Annotated[Moving, Depends()]


@router.post("/{name}/versions/{version}/submit", summary="Put a version in review", **EXAMINED)
async def submit_policy(moving: MovingDep, key: PolicyWriter, why: WhyIn | None = None) -> Response:
    """Work out who must approve, by what would change beside the active version. Approvals that it had fall."""
    async with moving.asking(key, why.reason if why else "") as asked:
        judged = await moving.desk.policies.submit(moving.name, moving.version, asked)
    return _moved(judged)


@router.post("/{name}/versions/{version}/approve", summary="Approve a version", **MOVED)
async def approve_policy(moving: MovingDep, key: PolicyApprover, yes: ApprovalIn | None = None) -> Response:
    """One person's yes, never the author's. With the last one that is needed the version is approved."""
    yes = yes or ApprovalIn()
    async with moving.asking(key, yes.reason) as asked:
        judged = await moving.desk.policies.approve(moving.name, moving.version, yes.accepts, asked)
    return _moved(judged)


@router.post("/{name}/versions/{version}/reject", summary="Reject a version", **MOVED)
async def reject_policy(moving: MovingDep, key: PolicyApprover, no: RejectionIn) -> Response:
    """It is a draft again, with the reason; approvals that it had fall."""
    async with moving.asking(key, no.reason) as asked:
        judged = await moving.desk.policies.reject(moving.name, moving.version, asked)
    return _moved(judged)


@router.get("/{name}/history", summary="Read a policy's history", response_model=HistoryOut, responses=problems(404))
async def get_policy_history(name: PolicyName, desk: DeskDep, key: PolicyReader, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Who did what and why, oldest first, from the ledger."""
    after = parts_of(cursor, int)
    found = await desk.policies.history(name, key, after[0] if after else 0, limit + 1)
    next_cursor = cursor_of(found[limit - 1]["index"]) if len(found) > limit else None
    return answer({"items": found[:limit], "next_cursor": next_cursor})


async def _draft_in(request: Request) -> DraftIn:
    """The text, from JSON or from YAML as it is."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    body = await request.body()
    try:
        if kind in YAML_TYPES:
            return DraftIn(text=body.decode())
        if kind == "application/json":
            return DraftIn.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError([{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()]) from error
    detail = f'Send the policy as JSON, {{"text": …}}, or as it is with the header `Content-Type: {YAML_TYPES[0]}`.'
    raise BadRequest(detail, 415, code="unsupported-media-type")


def _summary(policy: PolicySummary) -> dict[str, Any]:
    here = f"/v1/policies/{policy.name}"
    links = {"self": here, "versions": f"{here}/versions", "history": f"{here}/history"}
    return {**policy.model_dump(mode="json", exclude={"canary", "percent"}), "links": links}


def _standing(version: PolicyVersion) -> dict[str, Any]:
    here = f"/v1/policies/{version.name}/versions/{version.version}"
    return {
        **version.model_dump(mode="json", exclude={"text", "revision"}),
        "links": {"self": here, "policy": f"/v1/policies/{version.name}"},
    }


def shown_version(judged: Judged) -> dict[str, Any]:
    """A version with its text, its approvals and what it still needs."""
    approvals = [one.model_dump(mode="json", exclude={"id", "digest", "approves"}) for one in judged.approvals]
    waiting = {"missing": list(judged.missing), "unheld_roles": list(judged.unheld_roles)}
    return {**_standing(judged.version), "text": judged.version.text, "approvals": approvals, **waiting}


def _moved(judged: Judged) -> Response:
    return answer(shown_version(judged), headers={"ETag": etag(judged.version.revision)})
