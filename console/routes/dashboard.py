"""The dashboard: how the desk does, within a window of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from console import figures
from console.rendering import page
from console.visitors import CaseReader, DeskDep, Page
from desk.dashboard import Span
from domain.facts import Region

router = APIRouter(prefix="/dashboard", route_class=Page)

Choice = Annotated[str, Query(max_length=128)]


@dataclass(frozen=True)
class Look:
    """What an address chooses; an unknown window or region chooses the usual one."""

    window: Span
    tier: str
    region: str


async def look_of(window: Choice = "", tier: Choice = "", region: Choice = "") -> Look:
    """The look that an address names."""
    return Look(Span(window) if window in {*Span} else Span.WEEK, tier, region if region in {*Region} else "")


LookDep = Annotated[Look, Depends(look_of)]


@router.get("")
async def show(desk: DeskDep, visitor: CaseReader, look: LookDep) -> Response:
    """Everything that is counted."""
    found = await desk.dashboard.figures(look.window, look.tier or None, look.region or None, visitor.key)
    return page(
        "dashboard.html",
        visitor=visitor,
        look=look,
        found=found,
        recalled=await desk.recalls.unseen(visitor.key) if visitor.may("reviews:rule") else {},
        say=figures,
        spans=list(Span),
        tiers=[tier.id for tier in desk.reviews.policies.active(None).tiers],
        regions=[] if visitor.key.region else [one.value for one in Region],
    )
