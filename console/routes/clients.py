"""Clients: found by name, tier and region, and one of them with all that is known, who says so and how old it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from console import charts, words
from console.client_attributes import groups_of
from console.rendering import page
from console.speech import _
from console.visitors import CaseReader, DeskDep, Page, Visitor
from desk.clients import ClientSearch
from desk.front import Desk
from domain.case import CaseStatus
from domain.errors import ToolFailed
from domain.facts import ContractTier, Region
from domain.views import CaseQuery

router = APIRouter(prefix="/clients", route_class=Page)

SHOWN, CASES_SHOWN = 50, 20
OVER = (CaseStatus.RESOLVED, CaseStatus.CLOSED)
Id = Annotated[str, Path(max_length=128)]
Choice = Annotated[str, Query(max_length=128)]


@dataclass(frozen=True)
class Look:
    """What an address chooses among clients; an unknown tier or region chooses nothing."""

    tier: str
    region: str
    q: str
    cursor: str

    @property
    def narrowed(self) -> bool:
        """Not every client is asked for."""
        return bool(self.tier or self.region or self.q or self.cursor)

    def onward(self, after: str) -> str:
        """The address of the clients after an id."""
        chosen = {name: value for name, value in vars(self).items() if value} | {"cursor": after}
        return f"/clients?{urlencode(chosen)}"


async def look_of(tier: Choice = "", region: Choice = "", q: Annotated[str, Query(max_length=200)] = "", cursor: Choice = "") -> Look:
    """The look that an address names."""
    return Look(tier if tier in {*ContractTier} else "", region if region in {*Region} else "", q.replace("\0", "").strip(), cursor)


LookDep = Annotated[Look, Depends(look_of)]


@router.get("")
async def listed(desk: DeskDep, visitor: CaseReader, look: LookDep) -> Response:
    """Clients by id; those of the newest cases when the CRM does not answer."""
    search = ClientSearch(text=look.q, tier=look.tier, region=look.region, after=look.cursor, limit=SHOWN + 1)
    shown: dict[str, Any] = {"visitor": visitor, "look": look, "tiers": list(ContractTier), "regions": _regions(visitor)}
    try:
        found = await desk.clients.some(search, visitor.key)
    except ToolFailed as error:
        known = await desk.clients.recent(search, visitor.key)
        return page("clients.html", clients=[], known=known[:SHOWN], away=error.message, onward=None, **shown)
    onward = look.onward(found[SHOWN - 1]["id"]) if len(found) > SHOWN else None
    return page("clients.html", clients=found[:SHOWN], known=[], away="", onward=onward, **shown)


@router.get("/{client_id}")
async def show(client_id: Id, desk: DeskDep, visitor: CaseReader) -> Response:
    """One client."""
    client = await desk.clients.one(client_id, visitor.key)
    cases = await _cases(desk, visitor, client_id)
    return page(
        "client.html",
        visitor=visitor,
        client=client,
        groups=groups_of(client["attributes"]),
        away=[one for one in client["sources"] if not one["ok"]],
        drivers=_drivers(client["value"]),
        history=_history(client["value_history"]),
        open_cases=[case for case in cases if case["status"] not in OVER],
        past_cases=[case for case in cases if case["status"] in OVER],
        more=len(cases) > CASES_SHOWN,
    )


async def _cases(desk: Desk, visitor: Visitor, client_id: str) -> list[dict[str, Any]]:
    """The newest, one more than is shown."""
    return await desk.cases.some(CaseQuery(client_id=client_id, region=visitor.key.region, limit=CASES_SHOWN + 1))


def _regions(visitor: Visitor) -> list[str]:
    """What somebody may choose from; who belongs to one region has no choice."""
    return [] if visitor.key.region else [one.value for one in Region]


def _drivers(value: dict[str, Any] | None) -> charts.Chart | None:
    """The reasons of the value now; together they are the score."""
    if not value or not value["drivers"]:
        return None
    found = [charts.Bar(words.plain(one["name"]), one["contribution"]) for one in value["drivers"]]
    first = value["drivers"][0]
    return charts.bars(
        _("What the value comes from"),
        _(
            "Parts of the score of %(score)s; most comes from %(name)s.",
            score=words.decimal(value["score"], 2),
            name=words.plain(first["name"]),
        ),
        found,
        lambda number: words.decimal(number, 3),
        (_("Reason"), _("Part of the score")),
    )


def _history(values: list[dict[str, Any]]) -> charts.Chart | None:
    """What decisions went by, one after the other."""
    if not values:
        return None
    currency = values[-1]["at_stake"]["currency"]
    same = [one for one in values if one["at_stake"]["currency"] == currency]
    points = [charts.Point(words.moment(one["at"]), float(one["at_stake"]["amount"])) for one in same]

    def said(amount: float) -> str:
        return words.money({"amount": f"{amount:.2f}", "currency": currency})

    return charts.line(
        _("Amount at stake that decisions went by"),
        _("From %(first)s to %(last)s over the last decisions.", first=said(points[0].value), last=said(points[-1].value)),
        points,
        said,
        (_("Decided"), _("At stake")),
    )
