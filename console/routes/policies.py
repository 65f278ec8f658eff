"""Policies at a glance: what decides, what is tried and how it does, what alarms, what was recalled, and the one button that goes back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from console.policy_recalls import by_case
from console.policy_requests import Form, Name, asked_of, go_to, need_reason, release_of, told
from console.rendering import HEADERS, page
from console.rollout_forms import CONCLUSIONS, METRICS, OUTCOMES
from console.speech import _
from console.timeline import steps_of
from console.version_texts import Verbatim
from console.visitors import DeskDep, Page, PolicyApprover, PolicyReader, PolicyWriter, ReviewRuler, Visitor, form_of, status_of
from desk.casework import Asked
from desk.front import Desk
from domain.errors import InvalidInput, MaitredError, NotFound
from domain.rollout_views import RecallQuery
from policies.bundle import Bundle

router = APIRouter(prefix="/policies", route_class=Page)

SHOWN = 50
STORY = 20
"""Entries of the history on the policy's own page."""
RECALLED = 10
WORDS = {"metrics": METRICS, "outcomes": OUTCOMES, "conclusions": CONCLUSIONS}
Before = Annotated[int | None, Query(ge=1, le=2**62)]


@router.get("")
async def listed(desk: DeskDep, visitor: PolicyReader, after: Annotated[str, Query(max_length=64)] = "", every: bool = False) -> Response:
    """Every policy; with one alone, that one, unless the address says that it is the list that is wanted."""
    found = await desk.policies.summaries(visitor.key, after, SHOWN + 1)
    if len(found) == 1 and not after and not every:
        return RedirectResponse(f"/policies/{found[0].name}", 303, HEADERS)
    return await _listed(desk, visitor, after)


@router.post("/import")
async def take_in(request: Request, desk: DeskDep, visitor: PolicyWriter) -> Response:
    """A signed bundle becomes a draft here, whatever it was elsewhere."""
    form = await form_of(request)
    try:
        bundle = Bundle.model_validate_json(form.get("bundle", ""))
        said = _("Imported from a bundle of %(who)s, version %(version)s there.", who=bundle.exported_by, version=bundle.policy.version)
        asked = Asked(visitor.key, None, request.scope["request_id"], said)
        version, new = await desk.bundles.take_in(bundle, asked)
    except ValidationError:
        error = InvalidInput(_("This is no bundle: it is the JSON document that “Download the bundle” of a version gives."))
        return await _listed(desk, visitor, "", error, form)
    except MaitredError as error:
        return await _listed(desk, visitor, "", error, form)
    return go_to(f"/policies/{version.name}/{version.version}{'' if new else '?known=1'}")


@router.get("/{name}")
async def show(name: Name, desk: DeskDep, visitor: PolicyReader, before: Before = None) -> Response:
    """What decides now, what is tried beside it and how it does, and the versions, those before a number."""
    return await _shown(desk, visitor, name, before=before)


@router.get("/{name}/standing")
async def standing(name: Name, desk: DeskDep, visitor: PolicyReader) -> Response:
    """How the rollout stands now, for the page that shows it already."""
    summary = await desk.policies.summary(name, visitor.key)
    return page("policy_standing.html", visitor=visitor, summary=summary, **await _standing(desk, visitor, name))


@router.get("/{name}/history")
async def history(name: Name, desk: DeskDep, visitor: PolicyReader, before: Before = None) -> Response:
    """What was done and why, newest first, page by page to the first entry."""
    found = await desk.policies.story(name, visitor.key, before, SHOWN + 1)
    onward = found[SHOWN - 1]["index"] if len(found) > SHOWN else None
    return page("policy_history.html", visitor=visitor, name=name, steps=steps_of(found[:SHOWN]), before=before, onward=onward)


@router.get("/{name}/recalls")
async def recalls(
    name: Name,
    desk: DeskDep,
    visitor: PolicyReader,
    seen: bool = False,
    after: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Cases that a withdrawn version touched: those that wait for a lead's eye, or those that somebody has looked at."""
    return await _recalled(desk, visitor, name, seen, after)


@router.post("/{name}/recalls/{case_id}/seen")
async def see(name: Name, case_id: str, request: Request, desk: DeskDep, visitor: ReviewRuler) -> Response:
    """Say that one has looked at a recalled case; who said so first stays named."""
    await desk.recalls.see(name, case_id, visitor.key, request.scope["request_id"])
    return go_to(f"/policies/{name}/recalls")


@router.post("/{name}/rollback")
async def roll_back(name: Name, request: Request, desk: DeskDep, visitor: PolicyApprover) -> Response:
    """Go back at once, from what the page showed: a second click does not go back once more."""
    form = await form_of(request)
    try:
        asked = asked_of(request, visitor, form)
        need_reason(asked, _("Going back needs a reason."))
        to = form.get("to", "")
        await desk.releases.roll_back(name, int(to) if to.isascii() and to.isdigit() and len(to) < 10 else None, asked)
    except NotFound:
        raise
    except MaitredError as error:
        return await _shown(desk, visitor, name, error=error, given=form)
    return go_to(f"/policies/{name}")


async def _listed(desk: Desk, visitor: Visitor, after: str, error: MaitredError | None = None, given: Form | None = None) -> Response:
    found = await desk.policies.summaries(visitor.key, after, SHOWN + 1)
    return page(
        "policies.html",
        status_of(error) if error else 200,
        visitor=visitor,
        found=found[:SHOWN],
        onward=found[SHOWN - 1].name if len(found) > SHOWN else "",
        signing=desk.bundles.key(),
        error=told(error),
        bundle=Verbatim((given or {}).get("bundle", "")),
    )


async def _shown(
    desk: Desk, visitor: Visitor, name: str, *, before: int | None = None, error: MaitredError | None = None, given: Form | None = None
) -> Response:
    summary = await desk.policies.summary(name, visitor.key)
    versions = await desk.policies.versions(name, visitor.key, before, SHOWN + 1)
    story = await desk.policies.story(name, visitor.key, None, STORY + 1)
    return page(
        "policy.html",
        status_of(error) if error else 200,
        visitor=visitor,
        summary=summary,
        versions=versions[:SHOWN],
        before=before,
        older=versions[SHOWN - 1].version if len(versions) > SHOWN else None,
        history=steps_of(story[:STORY]),
        more_history=len(story) > STORY,
        error=told(error),
        given=given or {},
        **await _standing(desk, visitor, name),
    )


async def _standing(desk: Desk, visitor: Visitor, name: str) -> dict[str, Any]:
    """The release with all that is known of the rollout that runs."""
    release = await release_of(desk, visitor, name)
    if release is None:
        return {
            "release": None,
            "standing": {"gates": [], "agreement": None, "next": None},
            "alarms": [],
            "recalled": [],
            "measures": [],
            **WORDS,
        }
    stands = await desk.roller.standing(name)
    try:
        measures = (await desk.roller.experiment(name))["metrics"]
    except NotFound:
        measures = []
    return {
        "release": release,
        "standing": stands,
        "alarms": await desk.policy_alarms.of(name, visitor.key, release, stands),
        "recalled": by_case(await desk.recalls.named(RecallQuery(name=name, region=visitor.key.region, limit=RECALLED + 1))),
        "measures": measures,
        **WORDS,
    }


async def _recalled(desk: Desk, visitor: Visitor, name: str, seen: bool, after: str) -> Response:
    await desk.policies.summary(name, visitor.key)
    found = await desk.recalls.named(RecallQuery(name=name, region=visitor.key.region, seen=seen, after=_place(after), limit=SHOWN + 1))
    last = found[SHOWN - 1] if len(found) > SHOWN else None
    onward = f"{last['recalled_at']}|{last['case_id']}|{last['turn']}" if last else ""
    return page("policy_recalls.html", visitor=visitor, name=name, found=by_case(found[:SHOWN]), seen=seen, onward=onward)


def _place(after: str) -> tuple[datetime, str, int] | None:
    """Where a page of recalled cases begins. Raises InvalidInput for what no page of ours links to."""
    if not after:
        return None
    try:
        at, case_id, turn = after.split("|")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError(at)
        return moment, case_id, int(turn[:9])
    except ValueError as error:
        raise InvalidInput(_("This address names no page of the list. Begin with its first one.")) from error
