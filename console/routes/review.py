"""One review, beside the list: why it waits, and the forms that a lead rules with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import RedirectResponse, Response

from console.board import is_over, shown_texts
from console.dossier import MOST_PAST, Held, drivers_of, evidence_of, guards_of, past_of, read_of
from console.form_faults import forbidden_said, said
from console.offer import offer_of
from console.queue import Look, LookDep, listed
from console.rendering import HEADERS, page
from console.rulings import Sent, ruling_of, sent_of, written_of
from console.speech import _
from console.visitors import DeskDep, Page, ReviewReader, ReviewRuler, Visitor, revision_of, status_of
from desk.front import Desk
from desk.lead_view import review_view
from desk.rulers import rulers_asked
from domain.errors import Conflict, Forbidden, ForbiddenByPolicy, InvalidInput, MaitredError, NotFound, StaleObject
from domain.review import Ruling
from domain.similar import SimilarCase
from domain.views import ReviewRow, part

router = APIRouter(prefix="/inbox", route_class=Page)

Id = Annotated[str, Path(max_length=64)]


@router.get("/{review_id}")
async def show(review_id: Id, request: Request, desk: DeskDep, visitor: ReviewReader, look: LookDep) -> Response:
    """One review beside the list."""
    return await _shown(request, desk, visitor, review_id, look)


@router.post("/{review_id}/claim")
async def claim(review_id: Id, request: Request, desk: DeskDep, visitor: ReviewRuler, look: LookDep) -> Response:
    """Hold the review for five minutes, or five more."""
    return await _moved(request, desk, visitor, review_id, look, desk.reviews.claim)


@router.post("/{review_id}/release")
async def release(review_id: Id, request: Request, desk: DeskDep, visitor: ReviewRuler, look: LookDep) -> Response:
    """Let somebody else have it."""
    return await _moved(request, desk, visitor, review_id, look, desk.reviews.release)


@router.post("/{review_id}/ruling")
async def rule(review_id: Id, request: Request, desk: DeskDep, visitor: ReviewRuler, look: LookDep) -> Response:
    """Rule. The next page comes when the graph has resumed and the outcome is stored, so what it says is done."""
    sent = await sent_of(request)

    async def stated(row: ReviewRow) -> Ruling:
        offered = await desk.previews.reply(row) if sent.get("reply") else None
        return ruling_of(sent, row, visitor.key.actor, desk.reviews.clock.now(), offered.text if offered else "")

    return await _ruled(request, desk, visitor, review_id, look, sent, stated)


@router.post("/{review_id}/undo")
async def undo(review_id: Id, request: Request, desk: DeskDep, visitor: ReviewRuler, look: LookDep) -> Response:
    """Take one's ruling back while it is held."""
    return await _moved(request, desk, visitor, review_id, look, desk.grace.undo)


@router.post("/{review_id}/confirm")
async def confirm(review_id: Id, request: Request, desk: DeskDep, visitor: ReviewRuler, look: LookDep) -> Response:
    """Second the override that waits on the review, word for word as it was asked for."""
    sent = await sent_of(request)

    async def seconded(row: ReviewRow) -> Ruling:
        if row.review["override"] is None:
            raise StaleObject("No override waits on this review any more.")
        changes = {"actor": visitor.key.actor, "reason": sent.get("reason", "")[:10_000], "ruled_at": desk.reviews.clock.now()}
        return Ruling.model_validate(row.review["override"]).model_copy(update=changes)

    return await _ruled(request, desk, visitor, review_id, look, sent, seconded)


async def _ruled(
    request: Request,
    desk: Desk,
    visitor: Visitor,
    review_id: str,
    look: Look,
    sent: Sent,
    stated: Callable[[ReviewRow], Awaitable[Ruling]],
) -> Response:
    """Rule as `stated`; what was refused is said on the review, with what was written."""
    try:
        ruling = await stated(await _row(desk, visitor, review_id))
        await desk.grace.rule(review_id, ruling, visitor.key, revision_of(sent), request.scope["request_id"])
        if ruling.overrides:
            await _forget_said(desk, visitor, review_id)
    except NotFound:
        raise
    except MaitredError as error:
        return await _shown(request, desk, visitor, review_id, look, error, sent)
    return RedirectResponse(f"/inbox/{review_id}{look.query}", 303, HEADERS)


async def _forget_said(desk: Desk, visitor: Visitor, review_id: str) -> None:
    """A wish that waits for a second person is said, so what was kept while it was written goes."""
    row = await desk.views.review(review_id)
    if row is not None and (wish := row.review["override"]) and wish["actor"] == visitor.key.actor:
        await desk.drafts.discard(review_id, visitor.key)


async def _moved(request: Request, desk: Desk, visitor: Visitor, review_id: str, look: Look, move: Any) -> Response:
    try:
        await move(review_id, visitor.key, request.scope["request_id"])
    except (Conflict, Forbidden) as error:
        return await _shown(request, desk, visitor, review_id, look, error)
    return RedirectResponse(f"/inbox/{review_id}{look.query}", 303, HEADERS)


async def _row(desk: Desk, visitor: Visitor, review_id: str) -> ReviewRow:
    row = await desk.views.review(review_id)
    if row is None or not visitor.key.sees(row.case["region"], row.case["client_id"]):
        raise NotFound("There is no such review.")
    return row


async def _shown(
    request: Request, desk: Desk, visitor: Visitor, review_id: str, look: Look, error: MaitredError | None = None, sent: Sent | None = None
) -> Response:
    """The review with the forms to rule by; after an error with what it was, and with what was written.

    A script that asks for the part that changes gets the review alone.
    """
    row = await _row(desk, visitor, review_id)
    detail = await _detail(desk, visitor, row, sent)
    given = {"visitor": visitor, "look": look, "error": _told(error, detail["guards"]), **detail}
    status = status_of(error) if error else 200
    if request.headers.get("hx-request-type") == "partial":
        return page("review.html", status, **given)
    return page("inbox.html", status, **{**await listed(desk, visitor, look), **given})


async def _detail(desk: Desk, visitor: Visitor, row: ReviewRow, sent: Sent | None) -> dict[str, Any]:
    """All that stands on the page of one review."""
    now, record = desk.reviews.clock.now(), row.record
    review = review_view(row, now)
    over, held_by_other = is_over(review), review["claimed_by"] not in (None, visitor.key.actor)
    held: dict[str, Any] = row.review.get("held") or {}
    waits = bool(held) and not held["dropped"]
    policy = await desk.reviews.policies.have(review["policy"]["digest"])
    roles = rulers_asked(policy, row)
    lacks = [role for role in roles if not visitor.key.holds(role)]
    may_rule = visitor.may("reviews:rule") and not (over or held_by_other or waits or lacks)
    people = await desk.staff.people()
    draft = await desk.drafts.of(row.review["id"]) if may_rule else None
    tried = (sent or {}).get("ruling", "")
    answer = await desk.previews.reply(row) if may_rule or (sent or {}).get("reply") else None
    return {
        "now": now,
        "review": review,
        "case": await desk.cases.one(row.case["id"], visitor.key),
        "texts": shown_texts(review),
        "over": over,
        "held_by_other": held_by_other,
        "mine": review["claimed_by"] == visitor.key.actor,
        "may_rule": may_rule,
        "roles": roles,
        "lacks": lacks,
        "held": held,
        "mine_to_undo": waits and visitor.key.actor in (held["ruling"]["actor"], held["ruling"]["seconded_by"]),
        "offer": offer_of(policy, record, visitor.key, people),
        "names": {one["id"]: one["name"] for one in people},
        "guards": guards_of(record, policy),
        "quiet_guards": len(policy.document.guards) - len(review["guards"]),
        "evidence": evidence_of(review),
        "drivers": drivers_of(review["value"]),
        "read": read_of(record),
        "currency": part(record, "facts", "client", "contract").get("currency", "EUR"),
        "past": past_of(record, await _similar(desk, visitor, row)),
        "preview": None if over else await desk.previews.handover(row),
        "answer": answer if may_rule else None,
        "written": written_of(sent or {}, answer.text if answer else "") if not may_rule else (),
        "undoable": policy.document.undo_within_s > 0,
        "draft": draft,
        "tried": tried,
        "filled": {**(draft.fields if draft else {}), **({tried: sent} if tried else {})},
    }


async def _similar(desk: Desk, visitor: Visitor, row: ReviewRow) -> list[SimilarCase]:
    """Cases of the client in which triage read the same, or else its newest ones."""
    read, client = part(row.record, "triage", "read"), row.case["client_id"]
    if not client:
        return []
    signals: list[str] = read.get("signals") or []
    return await desk.similar.like(client, read.get("intent", ""), row.case["id"], visitor.key.region, MOST_PAST, signals)


def _blamed(guard: Mapping[str, str], held: Iterable[Held]) -> str:
    """A guard that forbids a route: what policy says of it, and what it asks for, which need not be the same to a reader."""
    effect = next((one.effect for one in held if one.id == guard["id"]), "")
    return f"{guard['id']}: {guard['because']}" + (" " + _("This guard asks for: %(effect)s.", effect=effect) if effect else "")


def _told(error: MaitredError | None, guards: Iterable[Held] = ()) -> dict[str, Any] | None:
    """An error as the page says it: one sentence, and the fields or guards that it is about."""
    if error is None:
        return None
    if isinstance(error, StaleObject):
        return {"said": _("The review changed since you opened it. Here it is as it stands now; what you wrote is kept."), "points": []}
    if isinstance(error, ForbiddenByPolicy):
        return {"said": forbidden_said(error), "points": [_blamed(guard, guards) for guard in error.guards]}
    points = [f"{pointer.rsplit('/', 1)[-1]} {detail}" for pointer, detail in error.errors] if isinstance(error, InvalidInput) else []
    return {"said": said(error), "points": points}
