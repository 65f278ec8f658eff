"""Where a case goes: the proposal if it lies inside the envelope, else the first default inside, else any member, else the fallback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from domain.decision import Envelope, Gate, OnExpiry, Proposal, Route, TierGrade
from domain.facts import Action, Facts, Mode, Region
from policies.expressions import Expression, compile_expression
from policies.language.document import DefaultRow, PolicyDocument
from policies.records import made_of

LOCAL = "local"
UNSKILLED_GATE = Gate(by="lead", within_s=1800, on_expiry=OnExpiry.ESCALATE)
CORNERED_GATE = UNSKILLED_GATE
"""Nothing but the AI is left, and neither a proposal nor a default asked for it: a lead looks first."""
ConditionalRow = tuple[DefaultRow, Expression | None]
CAREFUL_FIRST = (Mode.HUMAN, Mode.HYBRID, Mode.AI)


@dataclass(frozen=True)
class Choice:
    """A route, where it came from, and a review that it needs in addition."""

    route: Route
    source: str
    review: Gate | None = None


class RouteChooser:
    """Chooses inside the envelope of one policy."""

    def __init__(self, document: PolicyDocument) -> None:
        self._document = document
        conditions = [compile_expression(row.when) if row.when else None for row in document.defaults]
        self._defaults = tuple(zip(document.defaults, conditions, strict=True))
        self._defaults_for: dict[tuple[str, Region], tuple[ConditionalRow, ...]] = {}
        self._skills = {name: frozenset(pool.skills) for name, pool in document.pools.items()}

    def choose(
        self, envelope: Envelope, facts: Facts, tier: TierGrade, proposal: Proposal | None, holds: Callable[[Expression | None], bool]
    ) -> Choice:
        """The route for these facts. It never leaves the envelope unless that is empty."""
        if envelope.empty:
            return Choice(self.fallback(facts.client.region), "fallback", UNSKILLED_GATE)
        skilled = self._skilled(envelope)
        review = UNSKILLED_GATE if envelope.required_skills and not skilled else None
        pools = skilled or set(envelope.pools)
        source, route = next(self._candidates(envelope, facts, tier, proposal, holds, pools))
        if source == "envelope" and route.mode is Mode.AI:
            review = CORNERED_GATE
        return Choice(self._with_capacity(route, facts, pools), source, review)

    def fallback(self, region: Region) -> Route:
        """Where everything ends that nothing else allows."""
        rows = self._document.fallback
        row = next((row for row in rows if row.region in (None, region)), rows[-1])
        return Route(mode=row.mode, pool=row.pool, action=Action.NONE)

    def _skilled(self, envelope: Envelope) -> set[str]:
        """The allowed pools that have every required skill; empty when none has."""
        needed = envelope.required_skills
        return {pool for pool in envelope.pools if self._skills[pool].issuperset(needed)} if needed else set(envelope.pools)

    def _candidates(
        self,
        envelope: Envelope,
        facts: Facts,
        tier: TierGrade,
        proposal: Proposal | None,
        holds: Callable[[Expression | None], bool],
        pools: set[str],
    ) -> Iterator[tuple[str, Route]]:
        """Routes inside the envelope with where they came from, the best first; one that is not empty has at least one."""
        if proposal is not None and _usable(proposal, envelope, pools):
            yield "proposal", _route(envelope, proposal.mode, proposal.pool, proposal.skills, proposal.action, proposal.amount)
        for row, condition in self._rows(tier.id, facts.client.region):
            if row.mode in envelope.modes and row.pool in pools and holds(condition):
                yield "default", _default_route(envelope, row)
        for mode in CAREFUL_FIRST:
            if mode in envelope.modes:
                yield "envelope", _route(envelope, mode, self._nearest(pools, facts.client.region), (), Action.REPLY, 0.0)

    def _rows(self, tier: str, region: Region) -> tuple[ConditionalRow, ...]:
        """The defaults of one tier and region, in their order; there are few of both."""
        rows = self._defaults_for.get((tier, region))
        if rows is None:
            rows = tuple(pair for pair in self._defaults if pair[0].tier in (None, tier) and pair[0].region in (None, region))
            self._defaults_for[tier, region] = rows
        return rows

    def _nearest(self, pools: set[str], region: Region) -> str:
        return min(pools, key=lambda name: (self._document.pools[name].region is not region, name))

    def _with_capacity(self, route: Route, facts: Facts, pools: set[str]) -> Route:
        """Overflow when the pool has nobody free, but only to pools of the envelope."""
        if route.mode is Mode.AI or _has_room(route.pool, facts):
            return route
        seen, waiting = {route.pool}, list(self._document.pools[route.pool].overflow)
        while waiting:
            pool = waiting.pop(0)
            if pool in seen:
                continue
            seen.add(pool)
            if pool in pools and _has_room(pool, facts):
                return route.model_copy(update={"pool": pool})
            waiting.extend(self._document.pools[pool].overflow)
        return route


def _usable(proposal: Proposal, envelope: Envelope, pools: set[str]) -> bool:
    regions = envelope.model_regions
    region_allowed = regions is None or proposal.model_region == LOCAL or proposal.model_region in regions
    return region_allowed and proposal.mode in envelope.modes and proposal.pool in pools and proposal.action in envelope.actions


def _has_room(pool: str, facts: Facts) -> bool:
    load = facts.load.pools.get(pool)
    return load is None or load.available > 0


def _default_route(envelope: Envelope, row: DefaultRow) -> Route:
    return _route(envelope, row.mode, row.pool, row.skills, Action.REPLY, 0.0)


def _route(envelope: Envelope, mode: Mode, pool: str, skills: tuple[str, ...], action: Action, amount: float) -> Route:
    wanted = action if action in envelope.actions else Action.NONE
    needed = tuple(sorted({*skills, *envelope.required_skills}))
    return made_of(Route, {"mode": mode, "pool": pool, "skills": needed, "action": wanted, "amount": amount, "assignee": None})
