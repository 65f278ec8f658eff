"""Evals: what was run, what each run found, and what lies between two of them. Every number was made where suites are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from console import eval_pictures, eval_words
from console.policy_requests import told
from console.rendering import page
from console.visitors import DeskDep, Page, PolicyWriter, status_of
from desk.eval_runs import FAILED_PAGE
from desk.front import Desk
from domain.errors import InvalidInput, MaitredError
from domain.eval_report import RunLine, RunQuery

router = APIRouter(prefix="/evals", route_class=Page)

FLIPS = 30
"""Changed cases of one page."""
SHOWN_ELSEWHERE = 200
RunId = Annotated[str, Path(max_length=200)]
Name = Annotated[str, Query(max_length=200)]
Number = Annotated[int, Query(ge=1, le=100_000)]


@router.get("")
async def listed(
    desk: DeskDep, visitor: PolicyWriter, suite: Name = "", model: Name = "", page_number: Annotated[Number, Query(alias="page")] = 1
) -> Response:
    """Runs, newest first, and how each suite did over time."""
    found = await desk.eval_runs.some(RunQuery(suite=suite, model=model, page=page_number))
    chosen = {"suite": suite, "model": model}
    query = urlencode({name: value for name, value in chosen.items() if value})
    return page("eval_runs.html", visitor=visitor, found=found, look=chosen, query=query, say=eval_words, draw=eval_pictures)


@router.get("/compare")
async def compare(
    desk: DeskDep,
    visitor: PolicyWriter,
    a: Name = "",
    b: Name = "",
    shared: bool = False,
    page_number: Annotated[Number, Query(alias="page")] = 1,
) -> Response:
    """Two runs side by side: what changed, for which cases, why, and whether by more than chance."""
    look = {"a": a, "b": b, "shared": shared}
    found, error = None, None
    if a and b:
        try:
            found = await desk.eval_runs.compare(a, b, shared)
        except MaitredError as raised:
            error = raised
    choices = await _choices(desk, a, b)
    alike = a != b and {a, b} <= {one.head.id for one in choices}
    first = (page_number - 1) * FLIPS
    return page(
        "eval_compare.html",
        status_of(error) if error else 200,
        visitor=visitor,
        look=look,
        found=found,
        error=told(error),
        may_share=isinstance(error, InvalidInput) and alike and not shared,
        choices=choices,
        flips=found.flips[first : first + FLIPS] if found else (),
        paged={"page": page_number, "pages": max(1, -(-len(found.flips) // FLIPS)) if found else 1, "query": urlencode(look)},
        say=eval_words,
        draw=eval_pictures,
    )


@router.get("/{run_id}")
async def show(run_id: RunId, desk: DeskDep, visitor: PolicyWriter, failed: Number = 1) -> Response:
    """One run: its figures, where it is weak, and the cases that failed."""
    view = await desk.eval_runs.one(run_id)
    if view.report is None:
        return page("eval_bare.html", visitor=visitor, view=view, shown=view.judged[:SHOWN_ELSEWHERE], say=eval_words, draw=eval_pictures)
    pages = max(1, -(-view.report.kept // FAILED_PAGE))
    cases = await desk.eval_runs.failed(run_id, min(failed, pages))
    return page(
        "eval_run.html",
        visitor=visitor,
        view=view,
        report=view.report,
        head=(head := view.report.head),
        earlier=[one for one in view.others if (one.head.began_at, one.head.id) < (head.began_at, head.id)],
        failed_cases=cases,
        paged={"page": min(failed, pages), "pages": pages},
        say=eval_words,
        draw=eval_pictures,
    )


async def _choices(desk: Desk, a: str, b: str) -> Sequence[RunLine]:
    """Runs of the suite that is being compared."""
    for run_id in (b, a):
        if run_id and (found := await desk.eval_runs.choices(run_id)):
            return found
    return ()
