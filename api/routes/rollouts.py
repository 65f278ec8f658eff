"""Rollouts: which version decides, for whom, and from when; and the one call that goes back."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.deps import DeskDep, IfMatch, Matching, PolicyApprover, PolicyReader, PolicyWriter, etag, revision_of
from api.idempotent import IdempotentRoute
from api.pages import answer, problems
from api.policy_bodies import PolicyName
from api.release_bodies import RollbackIn, RolloutIn, RolloutOut
from desk.casework import Asked
from desk.front import Desk
from domain.access import ApiKey
from domain.errors import StaleObject

router = APIRouter(prefix="/v1/policies", tags=["policies"], route_class=IdempotentRoute)

MOVED: dict[str, Any] = {"response_model": RolloutOut, "responses": problems(404, 409, 412, 413, 415, 428)}


@router.get("/{name}/rollout", summary="Read what decides", response_model=RolloutOut, responses=problems(404))
async def get_rollout(name: PolicyName, desk: DeskDep, key: PolicyReader) -> Response:
    """The active version, the one that is tried beside it, and the cases that wait under one that decides no more."""
    return await _shown(desk, name, key)


@router.post("/{name}/rollout", summary="Roll a version out", **MOVED)
async def roll_out(name: PolicyName, wanted: RolloutIn, request: Request, desk: DeskDep, key: PolicyWriter, seen: Matching) -> Response:
    """Begin with an approved version, now or at `starts_at`, or go on: shadow, a growing canary, active. Workers follow within 2 s."""
    asked = Asked(key, await _revision(desk, name, key, seen), request.scope["request_id"], wanted.reason)
    try:
        await desk.releases.roll_out(name, wanted.version, wanted.as_plan(), asked)
    except StaleObject as error:
        raise StaleObject(error.message, await desk.rollouts.shown(name, key)) from error
    return await _shown(desk, name, key)


@router.post("/{name}/rollback", summary="Go back at once", **MOVED)
async def roll_back(name: PolicyName, why: RollbackIn, request: Request, desk: DeskDep, key: PolicyApprover, seen: Matching) -> Response:
    """Drop what is tried, or let the version before (or `to`) decide again. It needs no `If-Match`; runs under way finish as they began.

    Name the `candidate`, or send `If-Match`: a call that comes twice, or after the gates were first, then takes nothing more away.
    """
    asked = Asked(key, await _revision(desk, name, key, seen), request.scope["request_id"], why.reason)
    try:
        await desk.releases.roll_back(name, why.to, asked, candidate=why.candidate)
    except StaleObject as error:
        raise StaleObject(error.message, await desk.rollouts.shown(name, key)) from error
    return await _shown(desk, name, key)


async def _revision(desk: Desk, name: str, key: ApiKey, seen: IfMatch | None) -> int | None:
    async def now() -> int:
        return (await desk.rollouts.shown(name, key))["revision"]

    return await revision_of(seen, now)


async def _shown(desk: Desk, name: str, key: ApiKey) -> Response:
    shown = await desk.rollouts.shown(name, key)
    standing = await desk.roller.standing(name)
    return answer({**shown, "standing": standing}, headers={"ETag": etag(shown["revision"])})
