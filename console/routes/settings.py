"""How the service stands: its dependencies, models, sources, workers and policies; and which roles the policies ask for."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from console.rendering import page
from console.visitors import DeskDep, LedgerOrPolicyReader, Page, Visitor
from desk.front import Desk
from domain.errors import NotFound, StoreUnavailable
from domain.policy_views import PolicySummary
from domain.worker_report import ModelState, SourceState, WorkerReport

router = APIRouter(prefix="/settings", route_class=Page)

SHOWN = 50


@router.get("")
async def show(desk: DeskDep, visitor: LedgerOrPolicyReader) -> Response:
    """Everything that runs, as it was a few seconds ago; what one store knows is shown when another does not answer."""
    ready, report = await desk.readiness.report()
    workers, now = await _workers(desk), desk.cases.clock.now()
    heard = [one for one in workers if not one.silent_s(now)]
    return page(
        "settings.html",
        visitor=visitor,
        ready=ready,
        dependencies=report["dependencies"],
        workers=[(one, max(0, int((now - one.told_at).total_seconds())), one.silent_s(now)) for one in workers],
        anew=max((one.started_anew for one in heard), default=0),
        agents=_agents(heard),
        models=together([model for one in heard for model in one.models]),
        sources=_sources(heard),
        policies=await _policies(desk, visitor),
        limit=SHOWN,
    )


@router.get("/roles")
async def roles(desk: DeskDep, visitor: LedgerOrPolicyReader) -> Response:
    """What the policies that decide ask for by name, and who holds it."""
    return page("roles.html", visitor=visitor, found=await desk.roles.all(visitor.key))


async def _workers(desk: Desk) -> list[WorkerReport]:
    try:
        return await desk.workers.all()
    except StoreUnavailable:
        return []


async def _policies(desk: Desk, visitor: Visitor) -> list[PolicySummary]:
    try:
        return await desk.policies.summaries(visitor.key, "", SHOWN)
    except (NotFound, StoreUnavailable):
        return []


def _agents(workers: list[WorkerReport]) -> dict[str, list[str]]:
    """Which models speak, by agent: one, unless workers were started with different settings."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for one in workers:
        for agent, model in one.agents.items():
            if model not in found[agent]:
                found[agent].append(model)
    return dict(found)


def together(states: list[ModelState]) -> list[ModelState]:
    """Each model over all workers: counts added, the newest answer and the newest failure."""
    found: dict[str, ModelState] = {}
    for one in states:
        before = found.get(one.name)
        found[one.name] = one if before is None else _added(before, one)
    return list(found.values())


def _added(one: ModelState, other: ModelState) -> ModelState:
    failings = [failing for failing in (one.failing, other.failing) if failing is not None]
    answered = [at for at in (one.answered_at, other.answered_at) if at is not None]
    changes: dict[str, Any] = {
        "answers": one.answers + other.answers,
        "failures": one.failures + other.failures,
        "answered_at": max(answered, default=None),
        "failing": max(failings, key=lambda failing: failing.at, default=None),
        "priced": one.priced or other.priced,
    }
    return one.model_copy(update=changes)


def _sources(workers: list[WorkerReport]) -> list[tuple[SourceState, int]]:
    """Each source with the number of workers that leave it alone now, and the newest failure of all."""
    found: defaultdict[tuple[str, str], list[SourceState]] = defaultdict(list)
    for worker in workers:
        for one in worker.sources:
            found[one.name, one.place].append(one)
    return [
        (max(states, key=lambda one: one.failing.at.timestamp() if one.failing else 0.0), sum(one.is_open for one in states))
        for states in found.values()
    ]
