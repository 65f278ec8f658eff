"""Evaluation: facts and a proposal in, a verdict out. Pure: no clock, no randomness, the same bytes everywhere."""

from __future__ import annotations

from typing import Any

import cel

from domain.canonical import digest_of
from domain.decision import Effect, Envelope, FiredGuard, Gate, OnExpiry, PolicyRef, Proposal, Route, SlaTarget, TierGrade, Verdict
from domain.facts import Facts, ProposalFacts
from policies.calendars import due_at
from policies.compilation import CompiledGuard, Rules, compile_rules, pool_variables
from policies.document import PolicyDocument, Pool, SlaRow
from policies.envelope import in_words, narrowed, strictness, widest
from policies.expressions import BadExpression, Expression
from policies.markup import Places
from policies.raw import first_fault, laid_over_neutral, salvaged, strict_proposal
from policies.reader import read_policy
from policies.routes import RouteChooser

ERROR_GATE = Gate(by="lead", within_s=1800, on_expiry=OnExpiry.ESCALATE)
MOST_PRIORITY = 200
PERSON = "person"


class CompiledPolicy:
    """One version of a policy, ready to decide."""

    def __init__(self, document: PolicyDocument, rules: Rules, text: str, places: Places, version: int, stage: str) -> None:
        self.document = document
        self.text = text
        self.places = places
        self.rules = rules
        self.digest = digest_of(document.model_dump(mode="json", by_alias=True, exclude_defaults=True))
        self.ref = PolicyRef(name=document.policy, version=version, digest=self.digest, stage=stage)
        self._widest = widest(document.pools)
        self._pool_variables = pool_variables(document)
        self._chooser = RouteChooser(document)
        self._fields = _fields_read(rules)

    @property
    def pools(self) -> dict[str, Pool]:
        """Pools by id."""
        return self.document.pools

    @property
    def tiers(self) -> tuple[TierGrade, ...]:
        """Tiers, the first that matches wins."""
        return tuple(tier.grade for tier in self.rules.tiers)

    def frame(self, facts: Facts) -> Verdict:
        """First pass: what facts alone allow. Guards that read the proposal are not asked."""
        return self._verdict(facts, None, second_pass=False)

    def evaluate(self, facts: Facts, proposal: Proposal | None) -> Verdict:
        """Second pass: the verdict that counts. None is a proposal that failed; its `present` is false."""
        return self._verdict(facts, proposal, second_pass=True)

    def judge(self, facts: Facts, route: Route, suspended: frozenset[str] = frozenset()) -> Verdict:
        """The verdict when a person asks for `route`: judged by the same guards, less those that somebody may suspend and did.

        When the envelope forbids the route, the verdict keeps its own and `Verdict.refusals(route)` names the guards.
        """
        asked = Proposal(
            mode=route.mode,
            pool=route.pool,
            skills=route.skills,
            action=route.action,
            amount=route.amount,
            confidence=1.0,
            rationale="A person asked for this route.",
            model=PERSON,
        )
        verdict = self._verdict(facts, asked, second_pass=True, suspended=suspended)
        if not verdict.envelope.allows(route):
            return verdict
        return verdict.model_copy(update={"route": route, "source": PERSON, "overruled": False})

    def refuse(self, facts: Facts, reason: str) -> Verdict:
        """The region's fallback with a review: for what cannot be judged."""
        errors = [reason]
        context = self._context(_seen(facts, ProposalFacts()), facts)
        tier = self._tier(context, errors)
        route = self._chooser.fallback(facts.client.region)
        return Verdict(
            policy=self.ref,
            tier=tier,
            priority=MOST_PRIORITY,
            sla=self._sla(facts, tier, context, errors),
            envelope=Envelope(modes=(route.mode,), pools=(route.pool,), reviews=(ERROR_GATE,)),
            guards=(),
            review=ERROR_GATE,
            route=route,
            source="fallback",
            overruled=False,
            escalation=self.rules.escalation,
            errors=tuple(errors),
            facts_digest=facts.digest,
        )

    def evaluate_raw(self, facts: Any, proposal: Any = None) -> Verdict:
        """Judge unchecked input, laid over neutral facts: what is invalid ends in the fallback, with the reason in `errors`."""
        try:
            checked = laid_over_neutral(facts)
        except (ValueError, RecursionError) as error:
            return self.refuse(salvaged(facts), f"invalid facts: {_reason(error)}")
        try:
            suggested = strict_proposal(proposal) if proposal is not None else None
        except ValueError as error:
            return self.refuse(checked, f"invalid proposal: {_reason(error)}")
        return self.evaluate(checked, suggested)

    def _verdict(self, facts: Facts, proposal: Proposal | None, *, second_pass: bool, suspended: frozenset[str] = frozenset()) -> Verdict:
        errors: list[str] = []
        suggested = proposal.as_facts() if proposal is not None and second_pass else ProposalFacts()
        plain = _seen(facts, suggested)
        context = self._context(plain, facts)
        tier = self._tier(context, errors)
        plain["tier"] = {"id": tier.id, "rank": tier.rank}
        fired = self._all_fired(context, plain, errors, second_pass, suspended)
        sla = self._sla(facts, tier, context, errors)
        priority = self._priority(context, errors)
        broken = [Effect(review=ERROR_GATE)] if errors else []
        envelope = narrowed(self._widest, [guard.effect for guard in fired] + broken)
        choice = self._chooser.choose(envelope, facts, tier, proposal, lambda default: self._holds(default, context, errors))
        gates = [*envelope.reviews, *([choice.review] if choice.review else []), *([ERROR_GATE] if errors else [])]
        return Verdict(
            policy=self.ref,
            tier=tier,
            priority=max(priority, envelope.priority_floor),
            sla=sla,
            envelope=envelope,
            guards=tuple(fired),
            review=min(gates, key=strictness, default=None),
            route=choice.route,
            source=choice.source,
            overruled=proposal is not None and choice.source != "proposal",
            escalation=self.rules.escalation,
            errors=tuple(sorted(set(errors))),
            facts_digest=facts.digest,
        )

    def _all_fired(
        self, context: cel.Context, plain: dict[str, Any], errors: list[str], second_pass: bool, suspended: frozenset[str]
    ) -> list[FiredGuard]:
        asked = (
            guard
            for guard in self.rules.guards
            if (second_pass or not guard.second_pass) and not (guard.rule.override is not None and guard.rule.id in suspended)
        )
        fired = [found for guard in asked if (found := self._fired(guard, context, plain, errors))]
        return sorted(fired, key=lambda guard: guard.id)

    def _context(self, plain: dict[str, Any], facts: Facts) -> cel.Context:
        """One context for the whole evaluation, with the fields that the policy reads: handing over all of them costs twice as much."""
        variables: dict[str, Any] = {"now": facts.now}
        for root, fields in self._fields.items():
            group = plain[root]
            variables[root] = {name: group[name] for name in fields if name in group}
        return cel.Context(variables=variables)

    def _tier(self, context: cel.Context, errors: list[str]) -> TierGrade:
        grade = self._first_tier(context, errors)
        context.add_variable("tier", {"id": grade.id, "rank": grade.rank})
        return grade

    def _first_tier(self, context: cel.Context, errors: list[str]) -> TierGrade:
        for tier in self.rules.tiers:
            try:
                if tier.when.holds(context):
                    return tier.grade
            except BadExpression as error:
                errors.append(f"tier {tier.grade.id}: {error}")
                return tier.grade
        errors.append("no tier matched")
        return self.rules.tiers[-1].grade

    def _fired(self, guard: CompiledGuard, context: cel.Context, plain: dict[str, Any], errors: list[str]) -> FiredGuard | None:
        rule, failure = guard.rule, None
        try:
            if not guard.when.holds(context):
                return None
        except BadExpression as error:
            failure = str(error)
            errors.append(f"guard {rule.id}: {error}")
        effect, summary = guard.effect, guard.summary
        if guard.where is not None:
            effect = self._with_pools(guard, guard.where, context, errors)
            summary = in_words(effect)
        return FiredGuard.model_construct(
            id=rule.id, because=rule.because, when=rule.when, effect=effect, summary=summary, values=guard.when.values(plain), error=failure
        )

    def _with_pools(self, guard: CompiledGuard, where: Expression, context: cel.Context, errors: list[str]) -> Effect:
        """The effect of a `pools_where` that reads facts: a pool stays only when the condition holds for it without fault."""
        allowed = set(self._pool_variables if guard.effect.pools is None else guard.effect.pools)
        for name, variables in self._pool_variables.items():
            context.add_variable("pool", variables)
            try:
                if not where.holds(context):
                    allowed.discard(name)
            except BadExpression as error:
                errors.append(f"guard {guard.rule.id}, pool {name}: {error}")
                allowed.discard(name)
        return guard.effect.model_copy(update={"pools": tuple(sorted(allowed))})

    def _holds(self, default: Expression | None, context: cel.Context, errors: list[str]) -> bool:
        if default is None:
            return True
        try:
            return default.holds(context)
        except BadExpression as error:
            errors.append(f"default: {error}")
            return False

    def _priority(self, context: cel.Context, errors: list[str]) -> int:
        try:
            value = self.rules.priority.value(context)
            if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
                raise BadExpression(f"gave {value!r}, not a number")
            return round(min(float(MOST_PRIORITY), max(0.0, float(value))))
        except BadExpression as error:
            errors.append(f"priority: {error}")
            return MOST_PRIORITY

    def _sla(self, facts: Facts, tier: TierGrade, context: cel.Context, errors: list[str]) -> SlaTarget:
        chosen = self._promised(facts, tier, context, errors)
        calendar = self.rules.calendars[chosen.calendar]
        return SlaTarget(
            ack_within_s=chosen.ack,
            resolve_within_s=chosen.resolve,
            calendar=chosen.calendar,
            ack_due_at=due_at(calendar, facts.now, chosen.ack),
            resolve_due_at=due_at(calendar, facts.now, chosen.resolve),
        )

    def _promised(self, facts: Facts, tier: TierGrade, context: cel.Context, errors: list[str]) -> SlaRow:
        """The first row that fits. One whose condition fails counts as fitting: the promise must not get weaker by an error."""
        for row in self.rules.sla:
            if not row.fits(tier.id, facts.message.severity):
                continue
            try:
                if row.when is None or row.when.holds(context):
                    return row.row
            except BadExpression as error:
                errors.append(f"sla: {error}")
                return row.row
        return self.rules.sla[-1].row


def _seen(facts: Facts, proposal: ProposalFacts) -> dict[str, Any]:
    """The facts as expressions see them, with the proposal of this pass."""
    return {**facts.plain, "proposal": proposal.model_dump(mode="json")}


def _reason(error: ValueError | RecursionError) -> str:
    return first_fault(error) if isinstance(error, ValueError) else "nested too deep"


def compile_policy(text: str, *, version: int = 1, stage: str = "active") -> CompiledPolicy:
    """Read and compile a policy text. Raises PolicyInvalid with line, column and a sentence for each fault."""
    document, places = read_policy(text)
    return CompiledPolicy(document, compile_rules(document, places), text, places, version, stage)


def _fields_read(rules: Rules) -> dict[str, tuple[str, ...]]:
    """Group to fields, of everything that any expression of the policy reads; a whole group when one reads it as such."""
    optional = [
        rules.priority,
        *(row.when for row in rules.sla),
        *(row.when for row in rules.defaults),
        *(guard.where for guard in rules.guards),
    ]
    expressions = [*(tier.when for tier in rules.tiers), *(guard.when for guard in rules.guards), *(one for one in optional if one)]
    groups = {name: field.annotation for name, field in Facts.model_fields.items() if name != "now"}
    read: dict[str, set[str]] = {name: set() for name in groups}
    for path in (path for expression in expressions for path in expression.reads):
        root, _, rest = path.partition(".")
        if root not in groups:  # `now` and `tier` are handed over as they are
            continue
        every = tuple(getattr(groups[root], "model_fields", ()))
        read[root] |= {rest.partition(".")[0]} if rest else set(every)
    return {root: tuple(sorted(fields)) for root, fields in read.items()}
