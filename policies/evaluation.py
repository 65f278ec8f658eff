"""One snapshot of facts under one policy: what facts alone say is worked out once, and each pass adds what reads the proposal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import cel

from domain.decision import Effect, Envelope, FiredGuard, Gate, OnExpiry, PolicyRef, Proposal, SlaTarget, TierGrade, Verdict
from domain.facts import Facts, ProposalFacts
from policies.calendars import due_at
from policies.compilation import CompiledGuard, Rules
from policies.document import SlaRow
from policies.envelope import in_words, narrowed, strictness
from policies.expressions import BadExpression, Expression
from policies.reads import Reads, chosen, reads_of
from policies.routes import RouteChooser

ERROR_GATE = Gate(by="lead", within_s=1800, on_expiry=OnExpiry.ESCALATE)
BROKEN = Effect(review=ERROR_GATE)
MOST_PRIORITY = 200
MOST_REMEMBERED = 1_000
NO_PROPOSAL = ProposalFacts().model_dump(mode="json")


@dataclass(frozen=True)
class Ground:
    """What every evaluation of one policy stands on."""

    ref: PolicyRef
    rules: Rules
    widest: Envelope
    pools: dict[str, dict[str, Any]]
    chooser: RouteChooser
    first: tuple[CompiledGuard, ...] = field(init=False)
    second: tuple[CompiledGuard, ...] = field(init=False)
    reads: dict[str, Reads] = field(init=False)
    pools_by_values: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict[tuple[str, str], tuple[str, ...]])

    def __post_init__(self) -> None:
        for name, second_pass in (("first", False), ("second", True)):
            object.__setattr__(self, name, tuple(guard for guard in self.rules.guards if guard.second_pass is second_pass))
        object.__setattr__(self, "reads", reads_of(self.rules))


class Evaluation:
    """Both passes over one snapshot. No order of calls changes an answer."""

    def __init__(self, ground: Ground, facts: Facts, suspended: frozenset[str]) -> None:
        self._ground = ground
        self._facts = facts
        self._suspended = suspended
        self._errors: list[str] = []
        self._plain: dict[str, Any] = {**facts.plain, "proposal": NO_PROPOSAL}
        self._context = cel.Context(variables={"now": facts.now, **chosen(ground.reads, self._plain)})
        self._tier = self._first_tier()
        self._plain["tier"] = {"id": self._tier.id, "rank": self._tier.rank}
        self._context.add_variable("tier", self._plain["tier"])
        self._sla = self._promise()
        self._priority = self._weight()

    def frame(self) -> Verdict:
        """First pass: what facts alone allow."""
        self._suppose(NO_PROPOSAL)
        return self._verdict(self._framing, list(self._errors), None)

    def judge(self, proposal: Proposal | None) -> Verdict:
        """Second pass: the verdict that counts."""
        framing = self._framing
        errors = list(self._errors)
        self._suppose(proposal.as_facts().model_dump(mode="json") if proposal is not None else NO_PROPOSAL)
        fired = [*framing, *self._fired(self._ground.second, errors)]
        return self._verdict(sorted(fired, key=lambda guard: guard.id), errors, proposal)

    def refusal(self, reason: str) -> Verdict:
        """The region's fallback with a review."""
        route = self._ground.chooser.fallback(self._facts.client.region)
        return Verdict(
            policy=self._ground.ref,
            tier=self._tier,
            priority=MOST_PRIORITY,
            sla=self._sla,
            envelope=Envelope(modes=(route.mode,), pools=(route.pool,), reviews=(ERROR_GATE,)),
            guards=(),
            review=ERROR_GATE,
            route=route,
            source="fallback",
            overruled=False,
            escalation=self._ground.rules.escalation,
            errors=(reason, *self._errors),
            facts_digest=self._facts.digest,
        )

    @cached_property
    def _framing(self) -> list[FiredGuard]:
        """The guards of the first pass that hold; their faults join those of the facts."""
        return sorted(self._fired(self._ground.first, self._errors), key=lambda guard: guard.id)

    def _suppose(self, proposal: dict[str, Any]) -> None:
        """Let expressions see this proposal from now on."""
        if self._plain["proposal"] is not proposal:
            self._plain["proposal"] = proposal
            self._context.add_variable("proposal", chosen(self._ground.reads["proposal"], proposal))

    def _verdict(self, fired: list[FiredGuard], errors: list[str], proposal: Proposal | None) -> Verdict:
        ground = self._ground
        envelope = narrowed(ground.widest, [*(guard.effect for guard in fired), *([BROKEN] if errors else [])])
        choice = ground.chooser.choose(envelope, self._facts, self._tier, proposal, lambda default: self._holds(default, errors))
        gates = [*envelope.reviews, *([choice.review] if choice.review else []), *([ERROR_GATE] if errors else [])]
        return Verdict(
            policy=ground.ref,
            tier=self._tier,
            priority=max(self._priority, envelope.priority_floor),
            sla=self._sla,
            envelope=envelope,
            guards=tuple(fired),
            review=min(gates, key=strictness, default=None),
            route=choice.route,
            source=choice.source,
            overruled=proposal is not None and choice.source != "proposal",
            escalation=ground.rules.escalation,
            errors=tuple(sorted(set(errors))),
            facts_digest=self._facts.digest,
        )

    def _first_tier(self) -> TierGrade:
        for tier in self._ground.rules.tiers:
            try:
                if tier.when.holds(self._context):
                    return tier.grade
            except BadExpression as error:
                self._errors.append(f"tier {tier.grade.id}: {error}")
                return tier.grade
        self._errors.append("no tier matched")
        return self._ground.rules.tiers[-1].grade

    def _fired(self, guards: Iterable[CompiledGuard], errors: list[str]) -> list[FiredGuard]:
        """The guards that hold. One whose condition fails counts as holding."""
        context, fired = self._context, list[FiredGuard]()
        for guard in guards:
            failure = None
            try:
                if not guard.when.holds(context):
                    continue
            except BadExpression as error:
                failure = str(error)
            if guard.rule.override is not None and guard.rule.id in self._suspended:
                continue
            if failure is not None:
                errors.append(f"guard {guard.rule.id}: {failure}")
            fired.append(self._found(guard, failure, errors))
        return fired

    def _found(self, guard: CompiledGuard, failure: str | None, errors: list[str]) -> FiredGuard:
        rule, effect, summary = guard.rule, guard.effect, guard.summary
        if guard.where is not None:
            effect = self._with_pools(guard, guard.where, errors)
            summary = in_words(effect)
        values = guard.when.values(self._plain)
        return FiredGuard(id=rule.id, because=rule.because, when=rule.when, effect=effect, summary=summary, values=values, error=failure)

    def _with_pools(self, guard: CompiledGuard, where: Expression, errors: list[str]) -> Effect:
        """The effect of a `pools_where` that reads facts. The same facts give the same pools, so the answer is remembered."""
        values = where.values(self._plain)
        known, key = self._ground.pools_by_values, (guard.rule.id, str(values))
        pools = known.get(key)
        if pools is None:
            faults = len(errors)
            pools = self._pools_where(guard, where, errors)
            if len(errors) == faults and len(values) == len(where.reads) and len(known) < MOST_REMEMBERED:
                known[key] = pools
        return guard.effect.model_copy(update={"pools": pools})

    def _pools_where(self, guard: CompiledGuard, where: Expression, errors: list[str]) -> tuple[str, ...]:
        """A pool stays only when the condition holds for it without fault."""
        allowed = set(self._ground.pools if guard.effect.pools is None else guard.effect.pools)
        for name, variables in self._ground.pools.items():
            self._context.add_variable("pool", variables)
            try:
                if not where.holds(self._context):
                    allowed.discard(name)
            except BadExpression as error:
                errors.append(f"guard {guard.rule.id}, pool {name}: {error}")
                allowed.discard(name)
        return tuple(sorted(allowed))

    def _holds(self, default: Expression | None, errors: list[str]) -> bool:
        if default is None:
            return True
        try:
            return default.holds(self._context)
        except BadExpression as error:
            errors.append(f"default: {error}")
            return False

    def _weight(self) -> int:
        try:
            value = self._ground.rules.priority.value(self._context)
            if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
                raise BadExpression(f"gave {value!r}, not a number")
            return round(min(float(MOST_PRIORITY), max(0.0, float(value))))
        except BadExpression as error:
            self._errors.append(f"priority: {error}")
            return MOST_PRIORITY

    def _promise(self) -> SlaTarget:
        chosen = self._promised()
        calendar = self._ground.rules.calendars[chosen.calendar]
        return SlaTarget(
            ack_within_s=chosen.ack,
            resolve_within_s=chosen.resolve,
            calendar=chosen.calendar,
            ack_due_at=due_at(calendar, self._facts.now, chosen.ack),
            resolve_due_at=due_at(calendar, self._facts.now, chosen.resolve),
        )

    def _promised(self) -> SlaRow:
        """The first row that fits. One whose condition fails counts as fitting: the promise must not get weaker by an error."""
        rows = self._ground.rules.sla
        for row in rows:
            if not row.fits(self._tier.id, self._facts.message.severity):
                continue
            try:
                if row.when is None or row.when.holds(self._context):
                    return row.row
            except BadExpression as error:
                self._errors.append(f"sla: {error}")
                return row.row
        return rows[-1].row
