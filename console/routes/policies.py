"""Policies: what decides, what is on its way, who must approve it, and the one button that goes back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import RedirectResponse, Response

from console.rendering import HEADERS, page
from console.timeline import steps_of
from console.visitors import DeskDep, Page, PolicyApprover, PolicyReader, PolicyWriter, Visitor, form_of, many_of, revision_of, status_of
from desk.casework import Asked
from desk.front import Desk
from domain.errors import InvalidInput, MaitredError, NotFound
from domain.policy_life import Stage
from policies.rollouts.rollout import Plan

router = APIRouter(prefix="/policies", route_class=Page)

SHOWN = 50
Name = Annotated[str, Path(max_length=64)]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Done = Callable[[Asked], Awaitable[object]]


@router.get("")
async def listed(desk: DeskDep, visitor: PolicyReader) -> Response:
    """Every policy; with one alone, that one."""
    found = await desk.policies.summaries(visitor.key, "", SHOWN)
    if len(found) == 1:
        return RedirectResponse(f"/policies/{found[0].name}", 303, HEADERS)
    return page("policies.html", visitor=visitor, found=found)


@router.get("/{name}")
async def show(name: Name, desk: DeskDep, visitor: PolicyReader) -> Response:
    """What decides now, what is tried beside it and how it does, and every version."""
    return await _shown(desk, visitor, name)


@router.post("/{name}/rollback")
async def roll_back(name: Name, request: Request, desk: DeskDep, visitor: PolicyApprover) -> Response:
    """Go back at once, from what the page showed: a second click does not go back once more."""
    form = await form_of(request)

    async def go_back(asked: Asked) -> object:
        if not asked.note.strip():
            raise InvalidInput("Going back needs a reason.", [("/reason", "is missing")])
        return await desk.releases.roll_back(name, None, asked)

    return await _done(desk, visitor, name, None, go_back, _asked(request, visitor, form))


@router.get("/{name}/{number}")
async def version(name: Name, number: Number, desk: DeskDep, visitor: PolicyReader) -> Response:
    """One version: what it changes, who must approve it, and its text."""
    return await _shown(desk, visitor, name, number)


@router.post("/{name}/{number}/submit")
async def submit(name: Name, number: Number, request: Request, desk: DeskDep, visitor: PolicyWriter) -> Response:
    """Put it in review."""
    form = await form_of(request)
    return await _done(desk, visitor, name, number, lambda asked: desk.policies.submit(name, number, asked), _asked(request, visitor, form))


@router.post("/{name}/{number}/approve")
async def approve(name: Name, number: Number, request: Request, desk: DeskDep, visitor: PolicyApprover) -> Response:
    """Say yes, and to which checks that could not be proved."""
    form, accepts = await form_of(request), await many_of(request, "accepts")

    async def say_yes(asked: Asked) -> object:
        return await desk.policies.approve(name, number, accepts, asked)

    return await _done(desk, visitor, name, number, say_yes, _asked(request, visitor, form))


@router.post("/{name}/{number}/reject")
async def reject(name: Name, number: Number, request: Request, desk: DeskDep, visitor: PolicyApprover) -> Response:
    """Say no, with the reason."""
    form = await form_of(request)
    return await _done(desk, visitor, name, number, lambda asked: desk.policies.reject(name, number, asked), _asked(request, visitor, form))


@router.post("/{name}/{number}/rollout")
async def roll_out(name: Name, number: Number, request: Request, desk: DeskDep, visitor: PolicyWriter) -> Response:
    """Begin a rollout, or move the one that runs: shadow, canary, active."""
    form = await form_of(request)
    try:
        plan = Plan(stage=Stage(form.get("stage", "")), percent=float(form["percent"]) if form.get("percent") else None)
    except ValueError:
        error = InvalidInput("This rollout does not fit.", [("/percent", "is a number from 0 to 100")])
        return await _shown(desk, visitor, name, number, error)
    if plan.stage is not Stage.CANARY:
        plan = Plan(stage=plan.stage)

    async def begin(asked: Asked) -> object:
        return await desk.releases.roll_out(name, number, plan, asked)

    return await _done(desk, visitor, name, number, begin, _asked(request, visitor, form))


def _asked(request: Request, visitor: Visitor, form: dict[str, str]) -> Asked:
    return Asked(visitor.key, revision_of(form), request.scope["request_id"], form.get("reason", "")[:10_000])


async def _done(desk: Desk, visitor: Visitor, name: str, number: int | None, do: Done, asked: Asked) -> Response:
    """Do it and show how things stand then; what was refused is said on the page that asked for it."""
    try:
        await do(asked)
    except NotFound:
        raise
    except MaitredError as error:
        return await _shown(desk, visitor, name, number, error)
    return RedirectResponse(f"/policies/{name}" if number is None else f"/policies/{name}/{number}", 303, HEADERS)


async def _shown(desk: Desk, visitor: Visitor, name: str, number: int | None = None, error: MaitredError | None = None) -> Response:
    status = status_of(error) if error else 200
    release = await _release(desk, visitor, name)
    told = {"visitor": visitor, "release": release, "error": _told(error)}
    if number is not None:
        judged = await desk.policies.one(name, number, visitor.key)
        active = release["versions"]["active"] if release else None
        diff = await desk.simulations.diff(name, active, number, visitor.key) if active and active != number else None
        return page("version.html", status, judged=judged, diff=diff, active=active, **told)
    summary = await desk.policies.summary(name, visitor.key)
    versions = await desk.policies.versions(name, visitor.key, None, SHOWN)
    history = steps_of(reversed(await desk.policies.history(name, visitor.key, 0, 200)))
    return page(
        "policy.html", status, summary=summary, versions=versions, history=history, standing=await desk.roller.standing(name), **told
    )


async def _release(desk: Desk, visitor: Visitor, name: str) -> dict[str, Any] | None:
    """What decides live traffic of this name; None when nothing does."""
    try:
        return await desk.rollouts.shown(name, visitor.key)
    except NotFound:
        return None


def _told(error: MaitredError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    points = [f"{pointer.rsplit('/', 1)[-1]} {detail}" for pointer, detail in error.errors] if isinstance(error, InvalidInput) else []
    return {"said": error.message, "points": points}
