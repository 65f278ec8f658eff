"""Rolling a version out: shadow, a canary for some clients, everybody; now or later; and what must not get worse meanwhile."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from console.policy_requests import Form, Name, Number, asked_of, go_to, release_of, told
from console.rendering import page
from console.rollout_forms import METRICS, form_again, form_for, plan_of
from console.speech import SPOKEN
from console.visitors import DeskDep, Page, PolicyReader, PolicyWriter, Visitor, form_of, status_of
from desk.front import Desk
from domain.errors import MaitredError, NotFound
from domain.policy_life import Release

router = APIRouter(prefix="/policies", route_class=Page)


@router.get("/{name}/{number}/rollout")
async def show(name: Name, number: Number, desk: DeskDep, visitor: PolicyReader) -> Response:
    """The form to begin a rollout with, or to go on with the one that runs."""
    return await _shown(desk, visitor, name, number)


@router.post("/{name}/{number}/rollout")
async def roll_out(name: Name, number: Number, request: Request, desk: DeskDep, visitor: PolicyWriter) -> Response:
    """Begin a rollout, plan one, or move the one that runs."""
    form = await form_of(request)
    try:
        plan = plan_of(form, SPOKEN.get().clock, await _highest_tier(desk, name, number))
        await desk.releases.roll_out(name, number, plan, asked_of(request, visitor, form))
    except NotFound:
        raise
    except MaitredError as error:
        return await _shown(desk, visitor, name, number, error, form)
    return go_to(f"/policies/{name}")


async def _highest_tier(desk: Desk, name: str, number: int) -> str:
    policy = await desk.releases.policies.find(f"{name}@{number}")
    return max(policy.tiers, key=lambda tier: tier.rank).id


async def _shown(
    desk: Desk, visitor: Visitor, name: str, number: int, error: MaitredError | None = None, given: Form | None = None
) -> Response:
    judged = await desk.policies.one(name, number, visitor.key)
    release = await release_of(desk, visitor, name)
    if release is None:
        raise NotFound(f"Policy {name} decides no live traffic here, so there is nothing to roll out.")
    policy = await desk.releases.policies.find(f"{name}@{number}")
    stands = Release.model_validate({field: release[field] for field in Release.model_fields})
    running = release["versions"]["candidate"] == number
    return page(
        "policy_release.html",
        status_of(error) if error else 200,
        visitor=visitor,
        judged=judged,
        release=release,
        running=running,
        form=form_again(given) if given else form_for(stands, running, await _highest_tier(desk, name, number)),
        tiers=[tier.id for tier in policy.tiers],
        metrics=METRICS,
        error=told(error),
        given=given or {},
    )
