"""One snapshot of facts under one policy: what facts alone say is worked out once, and each pass adds what reads the proposal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from functools import cached_property
from itertools import compress
from typing import Any

import cel

from domain.decision import Effect, Envelope, FiredGuard, Gate, OnExpiry, PolicyRef, Proposal, SlaTarget, TierGrade, Verdict
from domain.facts import Facts, ProposalFacts
from policies.calendars import due_at
from policies.compilation import CompiledGuard, Rules
from policies.direct import Answer, answers_of
from policies.envelope import in_words, narrowed, strictness
from policies.expressions import BadExpression, Expression
from policies.language.document import SlaRow
from policies.reads import Reads, chosen, reads_of
from policies.records import made_of
from policies.routes import RouteChooser

ERROR_GATE = Gate(by="lead", within_s=1800, on_expiry=OnExpiry.ESCALATE)
BROKEN = Effect(review=ERROR_GATE)
MOST_PRIORITY = 200
MOST_REMEMBERED = 1_000
NO_PROPOSAL = ProposalFacts().model_dump(mode="json")


def as_read(proposal: Proposal) -> dict[str, Any]:
    """A proposal as expressions read it: what `proposal.as_facts()` is as plain data, less the time to validate it twice."""
    words = {"mode": proposal.mode.value, "pool": proposal.pool, "skills": list(proposal.skills), "action": proposal.action.value}
    numbers = {"amount": proposal.amount, "confidence": proposal.confidence}
    return {"present": True, **words, **numbers, "model": proposal.model, "model_region": proposal.model_region}


class GuardPass:
    """The guards of one pass: those that plain Python answers, all in one call, and those that the engine is asked for."""

    def __init__(self, guards: Sequence[CompiledGuard]) -> None:
        self._direct = [guard for guard in guards if guard.when.direct is not None]
        self.others = [guard for guard in guards if guard.when.direct is None]

    @cached_property
    def _answers(self) -> Answer:
        return answers_of([guard.when.direct for guard in self._direct if guard.when.direct is not None])

    def held(self, facts: dict[str, Any]) -> Iterator[CompiledGuard]:
        """Those that hold, of those that cannot fail."""
        return compress(self._direct, self._answers(facts))


@dataclass(frozen=True)
class Ground:
    """What every evaluation of one policy stands on."""

    ref: PolicyRef
    rules: Rules
    widest: Envelope
    pools: dict[str, dict[str, Any]]
    chooser: RouteChooser
    first: GuardPass = field(init=False)
    second: GuardPass = field(init=False)
    reads: dict[str, Reads] = field(init=False)
    effects_by_values: dict[tuple[str, str], tuple[Effect, str]] = field(default_factory=dict[tuple[str, str], tuple[Effect, str]])

    def __post_init__(self) -> None:
        for name, second_pass in (("first", False), ("second", True)):
            object.__setattr__(self, name, GuardPass([guard for guard in self.rules.guards if guard.second_pass is second_pass]))
        object.__setattr__(self, "reads", reads_of(self.rules))


class Evaluation:
    """Both passes over one snapshot. No order of calls changes an answer."""

    def __init__(self, ground: Ground, facts: Facts, suspended: frozenset[str]) -> None:
        self._ground = ground
        self._facts = facts
        self._suspended = suspended
        self._errors: list[str] = []
        self._plain: dict[str, Any] = {**facts.plain, "proposal": NO_PROPOSAL}
        self._engine: cel.Context | None = None
        self._tier = self._first_tier()
        self._plain["tier"] = {"id": self._tier.id, "rank": self._tier.rank}
        if self._engine is not None:
            self._engine.add_variable("tier", self._plain["tier"])
        self._sla = self._promise()
        self._priority = self._weight()

    def frame(self) -> Verdict:
        """First pass: what facts alone allow."""
        self._suppose(NO_PROPOSAL)
        return self._verdict(self._framing, list(self._errors), None, proposed=False)

    def judge(self, proposal: Proposal | None, fault: str | None = None) -> Verdict:
        """Second pass: the verdict that counts. `fault` says what was wrong with a proposal that nobody could read, and that lost."""
        framing = self._framing
        errors = [*self._errors, *([fault] if fault is not None else [])]
        self._suppose(as_read(proposal) if proposal is not None else NO_PROPOSAL)
        fired = [*framing, *self._fired(self._ground.second, errors)]
        fired.sort(key=lambda guard: guard.id)
        return self._verdict(fired, errors, proposal, proposed=proposal is not None or fault is not None)

    def refusal(self, reason: str) -> Verdict:
        """The region's fallback with a review. Nobody knows what the guards would say: nothing is done beyond it, and no model sees it."""
        route = self._ground.chooser.fallback(self._facts.client.region)
        return Verdict(
            policy=self._ground.ref,
            tier=self._tier,
            priority=MOST_PRIORITY,
            sla=self._sla,
            envelope=Envelope(modes=(route.mode,), pools=(route.pool,), model_regions=(), actions=(route.action,), reviews=(ERROR_GATE,)),
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
            if self._engine is not None:
                self._engine.add_variable("proposal", chosen(self._ground.reads["proposal"], proposal))

    def _context(self) -> cel.Context:
        """The facts as the engine sees them, made when it is first asked: plain Python answers most expressions."""
        if self._engine is None:
            known = {"tier": self._plain["tier"]} if "tier" in self._plain else {}
            self._engine = cel.Context(variables={"now": self._facts.now, **known, **chosen(self._ground.reads, self._plain)})
        return self._engine

    def _holds(self, condition: Expression) -> bool:
        """Whether a condition holds. Raises BadExpression."""
        answer = condition.answer
        return condition.holds(self._context()) if answer is None else answer(self._plain)

    def _verdict(self, fired: list[FiredGuard], errors: list[str], proposal: Proposal | None, *, proposed: bool) -> Verdict:
        ground = self._ground
        envelope = narrowed(ground.widest, [*(guard.effect for guard in fired), *([BROKEN] if errors else [])])
        choice = ground.chooser.choose(envelope, self._facts, self._tier, proposal, lambda default: self._default_holds(default, errors))
        gates = [*envelope.reviews, *([choice.review] if choice.review else []), *([ERROR_GATE] if errors else [])]
        verdict = {
            "policy": ground.ref,
            "tier": self._tier,
            "priority": max(self._priority, envelope.priority_floor),
            "sla": self._sla,
            "envelope": envelope,
            "guards": tuple(fired),
            "review": min(gates, key=strictness, default=None),
            "route": choice.route,
            "source": choice.source,
            "overruled": proposed and choice.source != "proposal",
            "escalation": ground.rules.escalation,
            "errors": tuple(sorted(set(errors))),
            "facts_digest": self._facts.digest,
        }
        return made_of(Verdict, verdict)

    def _first_tier(self) -> TierGrade:
        for tier in self._ground.rules.tiers:
            try:
                if self._holds(tier.when):
                    return tier.grade
            except BadExpression as error:
                self._errors.append(f"tier {tier.grade.id}: {error}")
                return tier.grade
        self._errors.append("no tier matched")
        return self._ground.rules.tiers[-1].grade

    def _fired(self, guards: GuardPass, errors: list[str]) -> list[FiredGuard]:
        """The guards that hold. One whose condition fails counts as holding."""
        held = guards.held(self._plain)
        if self._suspended:
            held = (guard for guard in held if not self._is_suspended(guard))
        fired = [self._found(guard, None, errors) for guard in held]
        for guard in guards.others:
            failure = None
            try:
                if not guard.when.holds(self._context()):
                    continue
            except BadExpression as error:
                failure = str(error)
            if self._is_suspended(guard):
                continue
            if failure is not None:
                errors.append(f"guard {guard.rule.id}: {failure}")
            fired.append(self._found(guard, failure, errors))
        return fired

    def _is_suspended(self, guard: CompiledGuard) -> bool:
        return guard.rule.id in self._suspended and guard.rule.override is not None

    def _found(self, guard: CompiledGuard, failure: str | None, errors: list[str]) -> FiredGuard:
        parts: dict[str, Any] = {**guard.told, "values": guard.when.values(self._plain), "error": failure}
        if guard.where is not None:
            parts["effect"], parts["summary"] = self._with_pools(guard, guard.where, errors)
        return made_of(FiredGuard, parts)

    def _with_pools(self, guard: CompiledGuard, where: Expression, errors: list[str]) -> tuple[Effect, str]:
        """The effect of a `pools_where` that reads facts, and in words. The same facts give the same pools, so it is remembered."""
        values = where.values(self._plain)
        remembered, key = self._ground.effects_by_values, (guard.rule.id, str(values))
        known = remembered.get(key)
        if known is None:
            faults = len(errors)
            effect = guard.effect.model_copy(update={"pools": self._pools_where(guard, where, errors)})
            known = effect, in_words(effect)
            if len(errors) == faults and len(values) == len(where.reads) and len(remembered) < MOST_REMEMBERED:
                remembered[key] = known
        return known

    def _pools_where(self, guard: CompiledGuard, where: Expression, errors: list[str]) -> tuple[str, ...]:
        """A pool stays only when the condition holds for it without fault."""
        allowed = set(self._ground.pools if guard.effect.pools is None else guard.effect.pools)
        for name, variables in self._ground.pools.items():
            try:
                if not self._holds_for(where, variables):
                    allowed.discard(name)
            except BadExpression as error:
                errors.append(f"guard {guard.rule.id}, pool {name}: {error}")
                allowed.discard(name)
        return tuple(sorted(allowed))

    def _holds_for(self, where: Expression, pool: dict[str, Any]) -> bool:
        if where.answer is not None:
            return where.answer({**self._plain, "pool": pool})
        self._context().add_variable("pool", pool)
        return where.holds(self._context())

    def _default_holds(self, default: Expression | None, errors: list[str]) -> bool:
        if default is None:
            return True
        try:
            return self._holds(default)
        except BadExpression as error:
            errors.append(f"default: {error}")
            return False

    def _weight(self) -> int:
        try:
            rule = self._ground.rules.priority
            value = rule.value(self._context()) if rule.answer is None else rule.answer(self._plain)
            if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
                raise BadExpression(f"gave {value!r}, not a number")
            return round(min(float(MOST_PRIORITY), max(0.0, float(value))))
        except BadExpression as error:
            self._errors.append(f"priority: {error}")
            return MOST_PRIORITY

    def _promise(self) -> SlaTarget:
        chosen = self._promised()
        calendar = self._ground.rules.calendars[chosen.calendar]
        ack_due, resolve_due = (due_at(calendar, self._facts.now, seconds).astimezone(UTC) for seconds in (chosen.ack, chosen.resolve))
        within = {"ack_within_s": chosen.ack, "resolve_within_s": chosen.resolve, "calendar": chosen.calendar}
        return made_of(SlaTarget, {**within, "ack_due_at": ack_due, "resolve_due_at": resolve_due})

    def _promised(self) -> SlaRow:
        """The first row that fits. One whose condition fails counts as fitting: the promise must not get weaker by an error."""
        rows = self._ground.rules.sla
        for row in rows:
            if not row.fits(self._tier.id, self._facts.message.severity):
                continue
            try:
                if row.when is None or self._holds(row.when):
                    return row.row
            except BadExpression as error:
                self._errors.append(f"sla: {error}")
                return row.row
        return rows[-1].row
