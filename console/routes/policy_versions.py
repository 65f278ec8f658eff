"""One version of a policy: what it changes, what provers say of it, who must approve it, and the forms to do so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from console.policy_guards import guards_of
from console.policy_requests import Form, Name, Number, asked_of, go_to, need_reason, release_of, told
from console.rendering import HEADERS, page
from console.speech import _
from console.timeline import steps_of
from console.version_texts import Proved, diff_lines, parts_of, proved_of, text_lines
from console.visitors import DeskDep, Page, PolicyApprover, PolicyReader, PolicyWriter, Visitor, form_of, many_of, status_of
from desk.casework import Asked
from desk.front import Desk
from domain.errors import MaitredError, NotFound, TooBusy
from domain.policy_life import PolicyVersion, Stage

router = APIRouter(prefix="/policies", route_class=Page)

STORY = 30
OTHERS = 50
"""Versions that are offered to hold one against; any other by its number in the address."""
Done = Callable[[Asked], Awaitable[object]]
Against = Annotated[int | None, Query(ge=1, le=2**31 - 1)]


@router.get("/{name}/{number}")
async def show(
    name: Name,
    number: Number,
    desk: DeskDep,
    visitor: PolicyReader,
    against: Against = None,
    proofs: bool = False,
    drafted: Annotated[str, Query(max_length=10)] = "",
    known: bool = False,
) -> Response:
    """One version, beside the active one or another; `known` says that a bundle brought what stood here before."""
    return await _shown(desk, visitor, name, number, against=against, proofs=proofs, drafted=drafted, known=known)


@router.get("/{name}/{number}/proofs")
async def proofs(name: Name, number: Number, desk: DeskDep, visitor: PolicyReader) -> Response:
    """What provers find in it, for the page that shows the version already. It may take a minute and a half."""
    judged = await desk.policies.one(name, number, visitor.key)
    return page("version_proofs.html", visitor=visitor, proved=await _proved(desk, visitor, judged.version))


@router.get("/{name}/{number}/bundle")
async def bundle(name: Name, number: Number, desk: DeskDep, visitor: PolicyReader) -> Response:
    """The version as a file that another installation imports, signed by this one."""
    body = orjson.dumps(await desk.bundles.export(name, number, visitor.key), option=orjson.OPT_INDENT_2)
    disposition = f'attachment; filename="{name}-{number}.json"'
    return Response(body, 200, {**HEADERS, "Content-Type": "application/json", "Content-Disposition": disposition})


@router.post("/{name}/{number}/submit")
async def submit(name: Name, number: Number, request: Request, desk: DeskDep, visitor: PolicyWriter) -> Response:
    """Put it in review."""
    return await _done(request, desk, visitor, name, number, lambda asked: desk.policies.submit(name, number, asked))


@router.post("/{name}/{number}/approve")
async def approve(name: Name, number: Number, request: Request, desk: DeskDep, visitor: PolicyApprover) -> Response:
    """Say yes, and to which checks that could not be proved."""
    accepts = await many_of(request, "accepts")
    return await _done(request, desk, visitor, name, number, lambda asked: desk.policies.approve(name, number, accepts, asked))


@router.post("/{name}/{number}/reject")
async def reject(name: Name, number: Number, request: Request, desk: DeskDep, visitor: PolicyApprover) -> Response:
    """Say no, with the reason."""

    async def say_no(asked: Asked) -> object:
        need_reason(asked, _("A no needs a reason: its author has to know what to change."))
        return await desk.policies.reject(name, number, asked)

    return await _done(request, desk, visitor, name, number, say_no)


async def _done(request: Request, desk: Desk, visitor: Visitor, name: str, number: int, do: Done) -> Response:
    """Do it and show how things stand then; what was refused is said on the page that asked for it, with what was typed."""
    form = await form_of(request)
    try:
        await do(asked_of(request, visitor, form))
    except NotFound:
        raise
    except MaitredError as error:
        return await _shown(desk, visitor, name, number, error=error, given=form, accepted=await many_of(request, "accepts"))
    return go_to(f"/policies/{name}/{number}")


async def _shown(
    desk: Desk,
    visitor: Visitor,
    name: str,
    number: int,
    *,
    against: int | None = None,
    proofs: bool = False,
    drafted: str = "",
    known: bool = False,
    error: MaitredError | None = None,
    given: Form | None = None,
    accepted: list[str] | None = None,
) -> Response:
    judged = await desk.policies.one(name, number, visitor.key)
    release = await release_of(desk, visitor, name)
    numbers: dict[str, int | None] = release["versions"] if release else {}
    active = numbers.get("active")
    beside = against or (numbers.get("previous") if active == number else active)
    story = await desk.policies.story(name, visitor.key, None, STORY + 1, number=number)
    others = [one.version for one in await desk.policies.versions(name, visitor.key, None, OTHERS) if one.version != number]
    return page(
        "version.html",
        status_of(error) if error else 200,
        visitor=visitor,
        judged=judged,
        release=release,
        active=active,
        beside=beside,
        others=others,
        **await _difference(desk, visitor, name, number, beside),
        lines=text_lines(judged.version.text),
        guards=guards_of(judged.version.text),
        story=steps_of(story[:STORY]),
        more_story=len(story) > STORY,
        proved=await _proved(desk, visitor, judged.version) if proofs else None,
        drafted=drafted if drafted.isascii() and drafted.isdigit() else "",
        stages=[stage.value for stage in Stage if stage is not Stage.RETIRED],
        known=known,
        error=told(error),
        given=given or {},
        accepted=accepted or [],
    )


async def _difference(desk: Desk, visitor: Visitor, name: str, number: int, beside: int | None) -> dict[str, Any]:
    """What the version changes beside another, part by part and line by line."""
    if beside is None or beside == number:
        return {"diff": None, "parts_shown": [], "changed": []}
    diff = await desk.simulations.diff(name, beside, number, visitor.key)
    return {"diff": diff, "parts_shown": parts_of(diff["structure"]), "changed": diff_lines(diff["text"])}


async def _proved(desk: Desk, visitor: Visitor, version: PolicyVersion) -> Proved:
    try:
        return proved_of(await desk.policy_checks.prove_version(version.name, version.version, visitor.key), version.text)
    except TooBusy as error:
        return Proved(error.message)
