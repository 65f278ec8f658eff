"""What somebody can do with a case, as the page of the case offers it, and what its forms say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from console.form_faults import told
from console.offer import Offer, Option, Seat, offer_of
from console.speech import _
from console.visitors import Visitor
from desk.front import Desk
from desk.moves import Move, possible_moves
from domain.access import Scope
from domain.case import Outcome
from domain.errors import ForbiddenByPolicy, InvalidInput, MaitredError, NotFound, StaleObject
from domain.facts import Mode
from domain.views import part

LONGEST = 10_000
CSAT = tuple(str(number) for number in range(1, 6))


@dataclass(frozen=True)
class Target:
    """A pool that a case can go to, with its people; `whole` when it can go to whoever is free there."""

    pool: str
    whole: bool
    seats: tuple[Seat, ...]


@dataclass(frozen=True)
class Moves:
    """What the visitor can do with a case now."""

    possible: frozenset[Move]
    mine: bool = False
    """The case is reserved for the visitor."""
    targets: tuple[Target, ...] = ()
    shut: tuple[Option, ...] = ()
    """Pools that policy forbids."""
    modes: tuple[Option, ...] = ()
    outcomes: tuple[str, ...] = tuple(one.value for one in Outcome)
    csat: tuple[str, ...] = CSAT

    def can(self, move: str) -> bool:
        """Whether this can be done now."""
        return move in self.possible


async def moves_of(desk: Desk, visitor: Visitor, case: Mapping[str, Any]) -> Moves:
    """What can be done now, and by policy; nothing for who may not move cases."""
    if not visitor.key.may(Scope.CASES_WRITE):
        return Moves(frozenset())
    reserved = part(case, "assignment").get("person")
    moves = Moves(possible_moves(case), mine=reserved == visitor.account.id)
    if Move.TRANSFER not in moves.possible:
        return moves
    offer = await _offer(desk, visitor, case)
    targets = _targets(offer, case) if offer else ()
    if offer is None or not targets:
        return replace(moves, possible=moves.possible - {Move.TRANSFER})
    modes = tuple(one for one in offer.modes if one.value != Mode.AI and one.allowed)
    return replace(moves, targets=targets, shut=tuple(one for one in offer.pools if not one.allowed), modes=modes)


async def _offer(desk: Desk, visitor: Visitor, case: Mapping[str, Any]) -> Offer | None:
    """What the envelope of the last decision leaves open; None when its policy is not here."""
    record = await desk.views.record(case["id"])
    if record is None:
        return None
    verdict = record["decision"]["verdict"]
    try:
        policy = await desk.casework.policies.have(verdict["policy"]["digest"])
    except NotFound:
        return None
    return offer_of(policy, {**record, "routing": {"verdict": verdict}}, visitor.key, await desk.staff.people())


def _targets(offer: Offer, case: Mapping[str, Any]) -> tuple[Target, ...]:
    """Everywhere but where the case is already. A transfer suspends no guard, whoever asks for it."""
    here = case["decision"]["route"]
    found: list[Target] = []
    for pool in (one for one in offer.pools if one.allowed):
        same = pool.value == here["pool"]
        seats = tuple(seat for seat in offer.seats[pool.value] if not (same and seat.id == here["assignee"]))
        if seats or not same:
            found.append(Target(pool.value, not same, seats))
    return tuple(found)


def note_of(form: Mapping[str, str]) -> str:
    """What somebody wrote beside a move."""
    return form.get("note", "")[:LONGEST]


def route_of(form: Mapping[str, str]) -> dict[str, Any]:
    """Where a transfer goes: a pool, or a pool and a person of it. Raises InvalidInput."""
    pool, _bar, person = form.get("to", "").partition("|")
    if not pool:
        raise InvalidInput(_("Choose whom the case goes to."))
    wanted: dict[str, Any] = {"pool": pool, **({"assignee": person} if person else {})}
    if mode := form.get("mode"):
        if mode not in {*Mode}:
            raise InvalidInput(_("Choose who answers."))
        wanted["mode"] = mode
    return wanted


def end_of(form: Mapping[str, str]) -> tuple[Outcome, int | None]:
    """How a case ended, and how content the client was. Raises InvalidInput."""
    outcome, csat = form.get("outcome", ""), form.get("csat", "")
    if outcome not in {*Outcome}:
        raise InvalidInput(_("Choose how the case ended."))
    if csat and csat not in CSAT:
        raise InvalidInput(_("The client's satisfaction is a number from 1 to 5."))
    return Outcome(outcome), int(csat) if csat else None


def refused(error: MaitredError | None) -> dict[str, Any] | None:
    """Why a move was refused, as the page says it."""
    if isinstance(error, StaleObject):
        said = _("The case changed since you opened it, so nothing was done. Here it is as it stands now; what you wrote is kept.")
        return {"said": said, "points": []}
    if isinstance(error, ForbiddenByPolicy):
        return {"said": _("Policy forbids this route."), "points": [f"{guard['id']}: {guard['because']}" for guard in error.guards]}
    return told(error)
