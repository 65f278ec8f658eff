"""Evaluation as the design states it, with no thought of speed: the engine is asked for each expression with every fact before it, and
every record is validated. What the fast one must equal, byte by byte."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import cel

from domain.decision import Effect, Envelope, FiredGuard, Gate, OnExpiry, Proposal, Route, SlaTarget, TierGrade, Verdict
from domain.facts import Action, Facts, Mode, ProposalFacts
from policies.calendars import Calendar
from policies.compilation import CompiledGuard
from policies.engine import CompiledPolicy
from policies.envelope import MODE_ORDER, in_words, strictness, widest
from policies.expressions import BadExpression, Expression, compile_expression

GATE = Gate(by="lead", within_s=1800, on_expiry=OnExpiry.ESCALATE)


class Straightforward:
    """One snapshot of facts under one policy."""

    def __init__(self, policy: CompiledPolicy, facts: Facts, suspended: frozenset[str] = frozenset()) -> None:
        self.policy, self.rules, self.facts, self.suspended = policy, policy.rules, facts, suspended
        self.seen: dict[str, Any] = {**facts.model_dump(mode="json", exclude_none=True), "now": facts.now}
        self.seen["proposal"] = ProposalFacts().model_dump(mode="json")
        self.errors: list[str] = []
        self.tier = self.first_tier()
        self.seen["tier"] = {"id": self.tier.id, "rank": self.tier.rank}
        self.sla, self.priority = self.promise(), self.weight()

    def frame(self) -> Verdict:
        return self.verdict(self.fired(second=False, errors=self.errors), list(self.errors), None)

    def judge(self, proposal: Proposal | None, fault: str | None = None) -> Verdict:
        framing = self.fired(second=False, errors=self.errors)
        if proposal is not None:
            self.seen["proposal"] = proposal.as_facts().model_dump(mode="json")
        errors = [*self.errors, *([fault] if fault else [])]
        fired = [*framing, *self.fired(second=True, errors=errors)]
        return self.verdict(fired, errors, proposal, lost=fault is not None)

    def value(self, expression: Expression, **more: Any) -> Any:
        return expression.value(cel.Context(variables={**self.seen, **more}))

    def holds(self, expression: Expression, **more: Any) -> bool:
        return expression.holds(cel.Context(variables={**self.seen, **more}))

    def first_tier(self) -> TierGrade:
        for tier in self.rules.tiers:
            try:
                if self.holds(tier.when):
                    return tier.grade
            except BadExpression as error:
                self.errors.append(f"tier {tier.grade.id}: {error}")
                return tier.grade
        self.errors.append("no tier matched")
        return self.rules.tiers[-1].grade

    def promise(self) -> SlaTarget:
        row = self.promised()
        calendar = self.rules.calendars[row.calendar]
        ack, resolve = (due(calendar, self.facts, seconds) for seconds in (row.ack, row.resolve))
        return SlaTarget(ack_within_s=row.ack, resolve_within_s=row.resolve, calendar=row.calendar, ack_due_at=ack, resolve_due_at=resolve)

    def promised(self) -> Any:
        for row in self.rules.sla:
            try:
                fits = row.fits(self.tier.id, self.facts.message.severity)
                if fits and (row.when is None or self.holds(row.when)):
                    return row.row
            except BadExpression as error:
                self.errors.append(f"sla: {error}")
                return row.row
        return self.rules.sla[-1].row

    def weight(self) -> int:
        try:
            value = self.value(self.rules.priority)
            if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
                raise BadExpression(f"gave {value!r}, not a number")
            return round(min(200.0, max(0.0, float(value))))
        except BadExpression as error:
            self.errors.append(f"priority: {error}")
            return 200

    def fired(self, *, second: bool, errors: list[str]) -> list[FiredGuard]:
        found: list[FiredGuard] = []
        for guard in self.rules.guards:
            if guard.second_pass is not second:
                continue
            failure = None
            try:
                if not self.holds(guard.when):
                    continue
            except BadExpression as error:
                failure = str(error)
            if guard.rule.override is not None and guard.rule.id in self.suspended:
                continue
            if failure is not None:
                errors.append(f"guard {guard.rule.id}: {failure}")
            found.append(self.found(guard, failure, errors))
        return found

    def found(self, guard: CompiledGuard, failure: str | None, errors: list[str]) -> FiredGuard:
        effect = guard.effect
        if guard.where is not None:
            effect = Effect.model_validate({**effect.model_dump(), "pools": self.pools(guard, guard.where, errors)})
        rule, values = guard.rule, {path: value for path in guard.when.reads if (value := self.read(path)) is not None}
        return FiredGuard(
            id=rule.id, because=rule.because, when=rule.when, effect=effect, summary=in_words(effect), values=values, error=failure
        )

    def read(self, path: str) -> Any:
        current: Any = {name: value for name, value in self.seen.items() if name != "now"} | {"now": self.facts.plain["now"]}
        for name in path.split("."):
            current = current.get(name, {})
        return None if isinstance(current, dict) else current

    def pools(self, guard: CompiledGuard, where: Expression, errors: list[str]) -> tuple[str, ...]:
        allowed = set(self.policy.pools if guard.effect.pools is None else guard.effect.pools)
        for name, pool in self.policy.pools.items():
            variables = {"id": name, "region": str(pool.region), "skills": list(pool.skills), "languages": list(pool.languages)}
            try:
                if not self.holds(where, pool=variables):
                    allowed.discard(name)
            except BadExpression as error:
                errors.append(f"guard {guard.rule.id}, pool {name}: {error}")
                allowed.discard(name)
        return tuple(sorted(allowed))

    def verdict(self, fired: list[FiredGuard], errors: list[str], proposal: Proposal | None, *, lost: bool = False) -> Verdict:
        effects = [*(guard.effect for guard in fired), *([Effect(review=GATE)] if errors else [])]
        envelope = meet(widest(self.policy.pools), effects)
        source, route, review = self.choose(envelope, proposal, errors)
        gates = [*envelope.reviews, *([review] if review else []), *([GATE] if errors else [])]
        return Verdict(
            policy=self.policy.ref,
            tier=self.tier,
            priority=max(self.priority, envelope.priority_floor),
            sla=self.sla,
            envelope=envelope,
            guards=tuple(sorted(fired, key=lambda guard: guard.id)),
            review=min(gates, key=strictness, default=None),
            route=route,
            source=source,
            overruled=lost or (proposal is not None and source != "proposal"),
            escalation=self.rules.escalation,
            errors=tuple(sorted(set(errors))),
            facts_digest=self.facts.digest,
        )

    def choose(self, envelope: Envelope, proposal: Proposal | None, errors: list[str]) -> tuple[str, Route, Gate | None]:
        if envelope.empty:
            return "fallback", self.fallback(), GATE
        needed = set(envelope.required_skills)
        skilled = {name for name in envelope.pools if needed <= set(self.policy.pools[name].skills)}
        pools = skilled or set(envelope.pools)
        review = GATE if needed and not skilled else None
        source, route = self.first(envelope, pools, proposal, errors)
        review = GATE if (source, route.mode) == ("envelope", Mode.AI) else review
        return source, self.with_room(route, pools), review

    def first(self, envelope: Envelope, pools: set[str], proposal: Proposal | None, errors: list[str]) -> tuple[str, Route]:
        if proposal is not None:
            regions = envelope.model_regions
            near = regions is None or proposal.model_region == "local" or proposal.model_region in regions
            if near and proposal.mode in envelope.modes and proposal.pool in pools and proposal.action in envelope.actions:
                return "proposal", routed(envelope, proposal.mode, proposal.pool, proposal.skills, proposal.action, proposal.amount)
        region = self.facts.client.region
        for row in self.policy.document.defaults:
            fits = row.tier in (None, self.tier.id) and row.region in (None, region)
            if fits and row.mode in envelope.modes and row.pool in pools and self.default_holds(row.when, errors):
                return "default", routed(envelope, row.mode, row.pool, row.skills, Action.REPLY, 0.0)
        nearest = min(pools, key=lambda name: (self.policy.pools[name].region != region, name))
        mode = next(mode for mode in (Mode.HUMAN, Mode.HYBRID, Mode.AI) if mode in envelope.modes)
        return "envelope", routed(envelope, mode, nearest, (), Action.REPLY, 0.0)

    def default_holds(self, when: str | None, errors: list[str]) -> bool:
        try:
            return when is None or self.holds(compile_expression(when))
        except BadExpression as error:
            errors.append(f"default: {error}")
            return False

    def with_room(self, route: Route, pools: set[str]) -> Route:
        seen: list[str] = []
        waiting = [route.pool]
        while route.mode is not Mode.AI and waiting:
            pool = waiting.pop(0)
            if pool in seen:
                continue
            load = self.facts.load.pools.get(pool)
            if (load is None or load.available > 0) and (pool in pools or not seen):
                return route.model_copy(update={"pool": pool})
            seen.append(pool)
            waiting.extend(self.policy.pools[pool].overflow)
        return route

    def fallback(self) -> Route:
        rows = self.policy.document.fallback
        row = next((row for row in rows if row.region in (None, self.facts.client.region)), rows[-1])
        return Route(mode=row.mode, pool=row.pool, action=Action.NONE)


def due(calendar: Calendar | None, facts: Facts, seconds: int) -> Any:
    """When a promise falls due; calendars have tests of their own."""
    return facts.now + timedelta(seconds=seconds) if calendar is None else calendar.due_at(facts.now, seconds)


def meet(start: Envelope, effects: list[Effect]) -> Envelope:
    """Sets intersect, requirements unite, floors take the maximum."""
    modes, pools, actions, regions = set(start.modes), set(start.pools), set(start.actions), start.model_regions
    gates = [effect.review for effect in effects if effect.review is not None]
    for effect in effects:
        modes &= set(modes if effect.modes is None else effect.modes)
        pools &= set(pools if effect.pools is None else effect.pools)
        actions -= set(effect.forbid_actions)
        if effect.model_regions is not None:
            regions = tuple(sorted(set(effect.model_regions) & set(effect.model_regions if regions is None else regions)))
    return Envelope(
        modes=tuple(mode for mode in MODE_ORDER if mode in modes),
        pools=tuple(sorted(pools)),
        model_regions=regions,
        actions=tuple(action for action in Action if action in actions),
        required_skills=tuple(sorted({skill for effect in effects for skill in effect.require_skills})),
        reviews=tuple(sorted(set(gates), key=strictness)),
        priority_floor=max((effect.priority_floor for effect in effects), default=0),
    )


def routed(envelope: Envelope, mode: Mode, pool: str, skills: tuple[str, ...], action: Action, amount: float) -> Route:
    wanted = action if action in envelope.actions else Action.NONE
    return Route(mode=mode, pool=pool, skills=tuple(sorted({*skills, *envelope.required_skills})), action=wanted, amount=amount)
