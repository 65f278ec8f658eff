"""What a version would change, judged over cases: worst first, with how far it is while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response, StreamingResponse

from console.policy_requests import Name, Number, told
from console.rendering import HEADERS, page, templates
from console.simulated import results_of
from console.speech import SPOKEN, _, mark
from console.visitors import DeskDep, Page, PolicyReader, Visitor, status_of
from desk.front import Desk
from desk.simulations import Question
from domain.errors import InvalidInput, MaitredError, NotFound
from domain.simulation import Source

router = APIRouter(prefix="/policies", route_class=Page)

MOST_CASES, USUAL_CASES = 20_000, 1_000
OFFERED = 50
TOLD_EVERY_S = 0.5
SOURCES = {
    "recorded": mark("decisions that were made"),
    "sample": mark("messages of the sample company"),
    "tests": mark("the tests of both versions"),
}
STREAM = {**HEADERS, "Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
Field = Annotated[str, Query(max_length=40)]


@dataclass(frozen=True)
class Wanted:
    """What an address asks for, as it was typed, so that it can be shown and sent again."""

    against: str = ""
    source: str = Source.RECORDED
    limit: str = str(USUAL_CASES)
    since: str = ""
    until: str = ""

    @property
    def query(self) -> str:
        """The part of an address."""
        given = {"against": self.against, "source": self.source, "limit": self.limit, "from": self.since, "to": self.until}
        return urlencode({name: value for name, value in given.items() if value})

    def question(self) -> Question:
        """What the desk is asked. Raises InvalidInput with the fields that do not fit."""
        faults: list[tuple[str, str]] = []
        limit = int(self.limit) if self.limit.isascii() and self.limit.isdigit() and len(self.limit) < 7 else 0
        if not 1 <= limit <= MOST_CASES:
            faults.append(("/cases at most", _("must be a whole number from 1 to %(most)s", most=MOST_CASES)))
        against = int(self.against) if self.against.isascii() and self.against.isdigit() and len(self.against) < 10 else None
        if self.against and not against:
            faults.append(("/beside version", _("must be the number of a version")))
        if self.source not in set(Source):
            faults.append(("/cases", _("must be recorded, sample or tests")))
        since, until = _moment(self.since, "/from", faults), _moment(self.until, "/to", faults)
        if since and until and since >= until:
            faults.append(("/from", _("must lie before the end")))
        if faults:
            raise InvalidInput(_("This cannot be simulated."), faults)
        bounded = self.source == Source.RECORDED
        return Question(against, Source(self.source), limit, since if bounded else None, until if bounded else None)


async def asked_by(
    against: Field = "",
    source: Field = Source.RECORDED,
    limit: Field = str(USUAL_CASES),
    since: Annotated[str, Query(alias="from", max_length=40)] = "",
    until: Annotated[str, Query(alias="to", max_length=40)] = "",
) -> Wanted:
    """What an address asks for."""
    return Wanted(against.strip(), source.strip(), limit.strip(), since.strip(), until.strip())


WantedDep = Annotated[Wanted, Depends(asked_by)]


@router.get("/{name}/{number}/simulate")
async def show(name: Name, number: Number, desk: DeskDep, visitor: PolicyReader, asked: WantedDep, run: bool = False) -> Response:
    """The form, and with `run` what came of it, after half a minute at most."""
    judged = await desk.policies.one(name, number, visitor.key)
    numbers = [one.version for one in await desk.policies.versions(name, visitor.key, None, OFFERED) if one.version != number]
    given: dict[str, Any] = {
        "visitor": visitor,
        "judged": judged,
        "asked": asked,
        "numbers": numbers,
        "most": MOST_CASES,
        "sources": SOURCES,
    }
    if not run:
        return page("policy_simulation.html", **given, came=None, error=None)
    try:
        came = await _came(desk, visitor, name, number, asked, asked.question())
    except NotFound:
        raise
    except MaitredError as error:
        return page("policy_simulation.html", status_of(error), **given, came=None, error=told(error))
    return page("policy_simulation.html", **given, came=came, error=None)


@router.get("/{name}/{number}/simulate/start")
async def start(name: Name, number: Number, desk: DeskDep, visitor: PolicyReader, asked: WantedDep, stay: bool = False) -> Response:
    """The place where a page that has a script shows how far a simulation is; opening it begins one. With `stay` the address stays."""
    await desk.policies.one(name, number, visitor.key)
    answer = page("simulation_running.html", visitor=visitor, here=f"/policies/{name}/{number}/simulate/run?{asked.query}")
    if not stay:
        answer.headers["HX-Push-Url"] = f"/policies/{name}/{number}/simulate?{asked.query}&run=1"
    return answer


@router.get("/{name}/{number}/simulate/run")
async def follow(name: Name, number: Number, desk: DeskDep, visitor: PolicyReader, asked: WantedDep) -> Response:
    """A simulation as events: how far it is, twice a second, and at the end what came of it. Who hangs up ends it."""
    await desk.policies.one(name, number, visitor.key)
    return StreamingResponse(_events(desk, visitor, name, number, asked), 200, STREAM)


async def _events(desk: Desk, visitor: Visitor, name: str, number: int, asked: Wanted) -> AsyncIterator[str]:
    told_of = [0, 0]

    def progress(judged: int, total: int) -> None:
        told_of[:] = judged, total

    speech = SPOKEN.get()
    running = asyncio.create_task(_outcome(desk, visitor, name, number, asked, progress))
    try:
        while not running.done():
            SPOKEN.set(speech)
            yield _event(_rendered("simulation_progress.html", judged=told_of[0], total=told_of[1]))
            await asyncio.wait((running,), timeout=TOLD_EVERY_S)
        SPOKEN.set(speech)
        yield _event(_rendered("simulation_results.html", visitor=visitor, name=name, number=number, asked=asked, **running.result()))
        yield "event: done\ndata: done\n\n"
    finally:
        running.cancel()


async def _outcome(desk: Desk, visitor: Visitor, name: str, number: int, asked: Wanted, progress: Any) -> dict[str, Any]:
    """What came of it, or why nothing did."""
    try:
        return {"came": await _came(desk, visitor, name, number, asked, asked.question(), progress), "error": None}
    except MaitredError as error:
        return {"came": None, "error": told(error)}


async def _came(desk: Desk, visitor: Visitor, name: str, number: int, asked: Wanted, question: Question, *progress: Any) -> dict[str, Any]:
    found = await desk.simulations.simulate(name, number, question, visitor.key, *progress)
    cases = await desk.simulations.cases_behind(found) if visitor.may("cases:read") else {}
    return results_of(found, cases)


def _rendered(template: str, **given: Any) -> str:
    return templates().get_template(template).render(**given)


def _event(html: str) -> str:
    return "".join(f"data: {line}\n" for line in html.splitlines()) + "\n"


def _moment(text: str, where: str, faults: list[tuple[str, str]]) -> datetime | None:
    """A time on the visitor's clock; None for none."""
    if not text:
        return None
    try:
        given = datetime.fromisoformat(text)
        return (given if given.tzinfo else given.replace(tzinfo=SPOKEN.get().clock)).astimezone(UTC)
    except (ValueError, OverflowError):
        faults.append((where, _("must be a date and a time")))
        return None
