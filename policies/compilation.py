"""Turns a document into rules that are ready to run; every fault it meets carries line and column."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cel

from domain.decision import Effect, EscalationStep, Gate, TierGrade
from domain.facts import Facts, Region
from policies.calendars import Calendar
from policies.envelope import in_words
from policies.expressions import BadExpression, Expression, compile_expression
from policies.language.cel_words import said_of_kinds
from policies.language.document import ALWAYS, EscalationRule, GuardRule, PolicyDocument, ReviewRule, SlaRow
from policies.language.inside import place_in
from policies.language.markup import Places, fault, place_of
from policies.language.names import unknown_names
from policies.language.reader import invalid

COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


@dataclass(frozen=True)
class CompiledTier:
    """A tier with its condition."""

    grade: TierGrade
    when: Expression


@dataclass(frozen=True)
class CompiledSla:
    """A row of the SLA table."""

    row: SlaRow
    when: Expression | None
    comparison: str
    bound: int

    def fits(self, tier: str, severity: int) -> bool:
        """Whether tier and severity fit; `when` is asked apart."""
        return self.row.tier in (None, tier) and (not self.comparison or COMPARISONS[self.comparison](severity, self.bound))


@dataclass(frozen=True)
class CompiledDefault:
    """A default with its condition."""

    tier: str | None
    region: Region | None
    when: Expression | None
    index: int


@dataclass(frozen=True)
class CompiledGuard:
    """A guard that is ready to run."""

    rule: GuardRule
    when: Expression
    effect: Effect
    summary: str
    where: Expression | None

    @property
    def second_pass(self) -> bool:
        """Whether it reads the proposal."""
        return self.when.reads_proposal or (self.where is not None and self.where.reads_proposal)

    @cached_property
    def told(self) -> dict[str, Any]:
        """What a verdict says of this guard whatever the facts are: the first fields of FiredGuard."""
        rule = self.rule
        return {"id": rule.id, "because": rule.because, "when": rule.when, "effect": self.effect, "summary": self.summary}


@dataclass(frozen=True)
class Rules:
    """Everything of a policy that is run."""

    tiers: tuple[CompiledTier, ...]
    priority: Expression
    sla: tuple[CompiledSla, ...]
    defaults: tuple[CompiledDefault, ...]
    guards: tuple[CompiledGuard, ...]
    calendars: dict[str, Calendar | None]
    escalation: tuple[EscalationStep, ...]


def compile_rules(document: PolicyDocument, places: Places, text: str = "") -> Rules:
    """Compile every expression and calendar. Raises PolicyInvalid with all faults at once."""
    return _Compiler(document, places, text).rules()


def gate_of(rule: ReviewRule) -> Gate:
    """The gate that a review rule asks for."""
    return Gate(by=rule.by, within_s=rule.within, on_expiry=rule.on_expiry)


class _Compiler:
    def __init__(self, document: PolicyDocument, places: Places, text: str) -> None:
        self._document = document
        self._places = places
        self._text = text
        self._faults: list[dict[str, Any]] = []
        neutral = Facts()
        variables = {**neutral.plain, "now": neutral.now, "tier": {"id": document.tiers[0].id, "rank": document.tiers[0].rank}}
        self._neutral = cel.Context(variables={**variables, "pool": next(iter(pool_variables(document).values()))})

    def rules(self) -> Rules:
        document = self._document
        tiers = tuple(
            CompiledTier(
                TierGrade(id=tier.id, rank=tier.rank, budget_ms=tier.budget_ms), self._promise(tier.when, "tiers", i, "when", tier=False)
            )
            for i, tier in enumerate(document.tiers)
        )
        rules = Rules(
            tiers=tiers,
            priority=self._promise(document.priority, "priority", number=True),
            sla=tuple(self._sla(row, i) for i, row in enumerate(document.sla)),
            defaults=tuple(
                CompiledDefault(row.tier, row.region, self._optional(row.when, "defaults", i, "when"), i)
                for i, row in enumerate(document.defaults)
            ),
            guards=tuple(self._guard(guard, i) for i, guard in enumerate(document.guards)),
            calendars=self._calendars(),
            escalation=tuple(_step(rule) for rule in document.escalation),
        )
        for i, invariant in enumerate(document.invariants):
            self._expression(invariant.when, "invariants", i, "when")
            if invariant.holds.pools_where:
                self._expression(invariant.holds.pools_where, "invariants", i, "holds", "pools_where", pool=True)
        self._faults.extend(unknown_names(document, self._places))
        if self._faults:
            raise invalid(self._faults)
        return rules

    def _expression(
        self, source: str, *path: str | int, pool: bool = False, tier: bool = True, proposal: bool = True, number: bool = False
    ) -> Expression:
        try:
            expression = compile_expression(source, pool=pool, tier=tier, proposal=proposal)
            self._check_kind(expression, number)
            return expression
        except BadExpression as error:
            self._faults.append(self._fault(error, source, path))
            return Expression(source, cel.compile("true"), ())

    def _fault(self, error: BadExpression, source: str, path: tuple[str | int, ...]) -> dict[str, Any]:
        """At the character that is wrong; at the key when that cannot be told."""
        place = None if error.column is None else place_in(self._text, self._places, path, source, error.column)
        known = "" if error.column is None or place else f" (at character {error.column + 1} of the expression)"
        return fault(place or place_of(self._places, *path), f"`{path[-1]}`: {error}{known}")

    def _check_kind(self, expression: Expression, number: bool) -> None:
        """Refuse what gives no bool (or no number) for neutral facts. A fact that is absent there is no fault of the kind."""
        try:
            given = expression.value(self._neutral)
        except BadExpression as error:
            if isinstance(error.__cause__, LookupError | ArithmeticError):
                return
            raise BadExpression(said_of_kinds(str(error.__cause__ or error).partition("\n")[0])) from error
        if number != (not isinstance(given, bool) and isinstance(given, int | float)):
            raise BadExpression(f"gives {type(given).__name__}, not a {'number' if number else 'bool'}")
        if not number and not isinstance(given, bool):
            raise BadExpression(f"gives {type(given).__name__}, not a bool")

    def _promise(self, source: str, *path: str | int, tier: bool = True, number: bool = False) -> Expression:
        """An expression about what a client is promised: that hangs on facts and never on what a model suggests."""
        return self._expression(source, *path, tier=tier, number=number, proposal=False)

    def _optional(self, source: str | None, *path: str | int) -> Expression | None:
        return self._expression(source, *path) if source is not None else None

    def _sla(self, row: SlaRow, index: int) -> CompiledSla:
        found = re.fullmatch(r"(\D+?)\s*(\d)", row.severity) if row.severity else None
        comparison, bound = (found[1], int(found[2])) if found else ("", 0)
        return CompiledSla(row, self._promise(row.when, "sla", index, "when") if row.when else None, comparison, bound)

    def _guard(self, guard: GuardRule, index: int) -> CompiledGuard:
        when = self._expression(guard.when, "guards", index, "when")
        where = self._expression(guard.pools_where, "guards", index, "pools_where", pool=True) if guard.pools_where else None
        pools = set(guard.pools) if guard.pools is not None else None
        if where is not None and not where.reads:
            chosen = self._pools_where(where, index)
            pools, where = (chosen if pools is None else pools & chosen), None
        effect = Effect(
            modes=guard.modes,
            pools=None if pools is None else tuple(sorted(pools)),
            model_regions=guard.model_regions,
            forbid_actions=guard.forbid_actions,
            require_skills=guard.require_skills,
            review=gate_of(guard.review) if guard.review else None,
            priority_floor=guard.priority_floor,
        )
        return CompiledGuard(guard, when, effect, in_words(effect), where)

    def _pools_where(self, where: Expression, index: int) -> set[str]:
        """A condition over the pool alone is answered once, here."""
        try:
            return {
                name
                for name, variables in pool_variables(self._document).items()
                if where.holds(cel.Context(variables={"pool": variables}))
            }
        except BadExpression as error:
            self._faults.append(fault(place_of(self._places, "guards", index, "pools_where"), f"`pools_where`: {error}"))
            return set()

    def _calendars(self) -> dict[str, Calendar | None]:
        calendars: dict[str, Calendar | None] = {ALWAYS: None}
        for name, rule in self._document.calendars.items():
            try:
                calendars[name] = Calendar(rule)
            except ValueError as error:
                self._faults.append(fault(place_of(self._places, "calendars", name), f"calendar `{name}`: {error}"))
        for i, row in enumerate(self._document.sla):
            calendar = calendars.get(row.calendar)
            for name, promised in (("ack", row.ack), ("resolve", row.resolve)):
                if calendar is not None and promised > calendar.longest_s:
                    said = f"`{name}`: `{row.calendar}` is not open for so long in three years"
                    self._faults.append(fault(place_of(self._places, "sla", i, name), said))
        return calendars


def pool_variables(document: PolicyDocument) -> dict[str, dict[str, Any]]:
    """Each pool as `pools_where` sees it."""
    return {
        name: {"id": name, "region": pool.region.value, "skills": list(pool.skills), "languages": list(pool.languages)}
        for name, pool in document.pools.items()
    }


def _step(rule: EscalationRule) -> EscalationStep:
    promise, _, share = rule.at.partition(" ")
    return EscalationStep(
        promise="ack" if promise == "ack" else "resolve", at_percent=int(share.rstrip("%")), do=rule.do, raise_by=rule.raise_by
    )
