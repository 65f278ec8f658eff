"""Candidate cases: rulings that changed a proposal, without anything personal, read by people before a suite gets them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from console.board import cut, one_line
from console.policy_requests import go_to, told
from console.rendering import page
from console.speech import _
from console.visitors import DeskDep, Page, PolicyWriter, Visitor, form_of, revision_of, status_of
from desk.eval_candidates import LABELLED, MOST_WORDS, Looker
from desk.front import Desk
from domain.errors import InvalidInput, MaitredError, NotFound
from domain.eval_candidate import Candidate, CandidateQuery, CandidateStatus, Label

router = APIRouter(prefix="/evals/candidates", route_class=Page)

SHOWN = 100
MOST_TAGS = 10
Id = Annotated[str, Path(max_length=64)]
Choice = Annotated[str, Query(max_length=20)]
Form = dict[str, str]
Done = Callable[[Looker, Form], Awaitable[object]]


@router.get("")
async def listed(desk: DeskDep, visitor: PolicyWriter, status: Choice = "") -> Response:
    """Candidates, newest ruling first; an unknown state chooses nothing."""
    known = CandidateStatus(status) if status in set(CandidateStatus) else None
    found = await desk.candidates.some(CandidateQuery(status=known, region=visitor.key.region, limit=SHOWN + 1))
    rows = [{"one": one, "asks": _first_words(one), "proposed": one.input.get("proposal")} for one in found[:SHOWN]]
    return page(
        "eval_candidates.html",
        visitor=visitor,
        standing=known,
        statuses=list(CandidateStatus),
        rows=rows,
        more=len(found) > SHOWN,
        shown=SHOWN,
    )


@router.get("/{candidate_id}")
async def show(candidate_id: Id, desk: DeskDep, visitor: PolicyWriter) -> Response:
    """All of a candidate: read it before you accept it."""
    return await _shown(desk, visitor, candidate_id)


@router.post("/{candidate_id}/label")
async def label(candidate_id: Id, request: Request, desk: DeskDep, visitor: PolicyWriter) -> Response:
    """Say more of it than the ruling does."""

    async def say(looker: Looker, form: Form) -> object:
        return await desk.candidates.label(candidate_id, _label_of(form, visitor.key.actor), looker)

    return await _done(desk, visitor, candidate_id, await form_of(request), say)


@router.post("/{candidate_id}/accept")
async def accept(candidate_id: Id, request: Request, desk: DeskDep, visitor: PolicyWriter) -> Response:
    """Let it into the next export."""

    async def say(looker: Looker, form: Form) -> object:
        return await desk.candidates.accept(candidate_id, visitor.key.actor, form.get("reason", ""), looker)

    return await _done(desk, visitor, candidate_id, await form_of(request), say)


@router.post("/{candidate_id}/reject")
async def reject(candidate_id: Id, request: Request, desk: DeskDep, visitor: PolicyWriter) -> Response:
    """Keep it out; it stays in the list."""

    async def say(looker: Looker, form: Form) -> object:
        return await desk.candidates.reject(candidate_id, visitor.key.actor, form.get("reason", ""), looker)

    return await _done(desk, visitor, candidate_id, await form_of(request), say)


async def _done(desk: Desk, visitor: Visitor, candidate_id: str, form: Form, do: Done) -> Response:
    """Do it and show how it stands then; what was refused is said beside what was written."""
    try:
        await do(Looker(visitor.key, revision_of(form)), form)
    except NotFound:
        raise
    except MaitredError as error:
        return await _shown(desk, visitor, candidate_id, error, form)
    return go_to(f"/evals/candidates/{candidate_id}")


async def _shown(desk: Desk, visitor: Visitor, candidate_id: str, error: MaitredError | None = None, given: Form | None = None) -> Response:
    one = await desk.candidates.one(candidate_id, Looker(visitor.key))
    texts = [str(said.get("text", "")) for said in one.input.get("messages", ())]
    return page(
        "eval_candidate.html",
        status_of(error) if error else 200,
        visitor=visitor,
        one=one,
        texts=[{"text": cut(text), "cut": len(text) > len(cut(text))} for text in texts],
        proposed=one.input.get("proposal"),
        facts=_flat(one.input.get("facts", {})),
        given={**_written(one.label), **(given or {})},
        offers={**{name: list(values) for name, values in LABELLED.items()}, "pool": sorted(desk.candidates.policies.active().pools)},
        held=one.status is CandidateStatus.HELD,
        longest=MOST_WORDS,
        error=told(error),
    )


def _label_of(form: Form, by: str) -> Label:
    """What the form says; a field that is left as it was ruled says nothing."""
    gold = {name: form[name] for name in ("mode", "pool", "action") if form.get(name)}
    return Label(
        gold=gold, slices=_tags(form.get("tags", "")), dangerous=form.get("dangerous", "").strip(), note=form.get("note", ""), by=by
    )


def _tags(text: str) -> dict[str, str]:
    """`theme=export`, a line each. Raises InvalidInput."""
    pairs = [line.partition("=") for line in text.splitlines() if line.strip()]
    if any(not (name.strip() and value.strip()) for name, _equals, value in pairs) or len(pairs) > MOST_TAGS:
        raise InvalidInput(_("Write tags as name=value, a line each, at most %(most)s.", most=MOST_TAGS), [("/tags", _("do not fit"))])
    return {name.strip(): value.strip() for name, _equals, value in pairs}


def _written(label: Label | None) -> Form:
    """The form's fields as somebody filled them in before."""
    said = label or Label()
    tags = "\n".join(f"{name}={value}" for name, value in said.slices.items())
    return {"mode": "", "pool": "", "action": "", "reason": "", **said.gold, "dangerous": said.dangerous, "note": said.note, "tags": tags}


def _first_words(one: Candidate) -> str:
    messages = one.input.get("messages", ())
    return one_line(str(messages[-1]["text"])) if messages else ""


def _flat(facts: dict[str, Any], before: str = "") -> list[tuple[str, str]]:
    """`client.tier` and its value, a line each."""
    found: list[tuple[str, str]] = []
    for name, value in facts.items():
        if isinstance(value, dict):
            found += _flat(value, f"{before}{name}.")  # pyright: ignore[reportUnknownArgumentType]
        elif value not in (None, "", [], 0, 0.0, False):
            found.append((f"{before}{name}", cut(str(value))))
    return found
