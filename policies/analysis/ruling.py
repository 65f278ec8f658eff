"""A whole policy as terms: which tier, which guards, what they leave, and whether a person is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from domain.decision import Effect, Gate
from domain.facts import Action, Mode, Region
from policies.analysis.checking import CheckedSite
from policies.analysis.logic import Term, both, choose, conj, disj, either, neg
from policies.analysis.space import Space
from policies.analysis.syntax import Node
from policies.analysis.terms import Terms
from policies.analysis.values import Value, compared
from policies.compilation import CompiledGuard, pool_variables
from policies.engine import CompiledPolicy
from policies.routes import LOCAL

ANYWHERE = "*"
"""A model region that no policy names."""
WORKED_OUT = ("modes", "pools", "actions", "skills", "usable_pools", "unskilled", "empty", "cornered", "_proposal_wins", "failed", "review")


@dataclass(frozen=True)
class GuardTerms:
    """One guard: when it fires, and what it then keeps out."""

    guard: CompiledGuard
    fires: Term
    failed: Term
    pools: dict[str, Term]
    """Pool to whether the guard, when it fires, leaves it; pools that it always leaves are not listed."""

    @property
    def effect(self) -> Effect:
        """What it does, apart from `pools_where` that reads facts."""
        return self.guard.effect

    def bars_mode(self, mode: Mode) -> bool:
        """Whether it keeps a mode out."""
        return self.effect.modes is not None and mode not in self.effect.modes

    def bars_region(self, region: str) -> bool:
        """Whether it keeps models of a region out."""
        return self.effect.model_regions is not None and region not in self.effect.model_regions

    def bars_pool(self, pool: str) -> Term:
        """Whether it keeps a pool out, when it fires."""
        return neg(self.pools.get(pool, True))


class Ruling:
    """The terms of one policy over a space of facts."""

    def __init__(self, policy: CompiledPolicy, sites: Iterable[CheckedSite], space: Space, tag: str = "") -> None:
        self.policy = policy
        self.space = space
        self._terms = Terms(space, tag)
        self._trees: dict[tuple[str | int, ...], Node] = {one.site.path: one.tree for one in sites}
        self.pool_facts = {name: self._pool_values(values) for name, values in pool_variables(policy.document).items()}
        self._tier_conditions = [self.condition(("tiers", i, "when"), {}) for i in range(len(policy.document.tiers))]
        self.tiers = self._first_of([either(one.term, one.failed) for one in self._tier_conditions])
        self.names: dict[str, Any] = {"tier": self._tier_values()}
        self.guards = [self._guard(i, guard) for i, guard in enumerate(policy.rules.guards)]

    def condition(self, path: tuple[str | int, ...], names: Mapping[str, Any]) -> Value:
        """An expression of the document, by its path."""
        return self._terms.of(self._trees[path], names)

    def without(self, guard: str) -> Ruling:
        """The same policy with one guard suspended."""
        other = copy(self)
        for name in WORKED_OUT:
            other.__dict__.pop(name, None)
        other.guards = [one for one in self.guards if one.guard.rule.id != guard]
        return other

    def of(self, tree: Node) -> Value:
        """A part of a guard's condition."""
        return self._terms.of(tree, self.names)

    @cached_property
    def modes(self) -> dict[Mode, Term]:
        """Mode to whether it is allowed."""
        return {mode: self._allowed(guard.fires for guard in self.guards if guard.bars_mode(mode)) for mode in Mode}

    @cached_property
    def pools(self) -> dict[str, Term]:
        """Pool to whether it is allowed."""
        return {name: self._allowed(both(guard.fires, guard.bars_pool(name)) for guard in self.guards) for name in self.policy.pools}

    @cached_property
    def actions(self) -> dict[Action, Term]:
        """Action to whether it is allowed."""
        barring = {action: [one.fires for one in self.guards if action in one.effect.forbid_actions] for action in Action}
        return {action: self._allowed(fires) for action, fires in barring.items()}

    def region(self, region: str) -> Term:
        """Whether a model of this region may speak."""
        return self._allowed(one.fires for one in self.guards if one.bars_region(region))

    @cached_property
    def skills(self) -> dict[str, Term]:
        """Skill to whether it is required."""
        named = {skill for one in self.guards for skill in one.effect.require_skills}
        return {skill: disj(one.fires for one in self.guards if skill in one.effect.require_skills) for skill in sorted(named)}

    @cached_property
    def usable_pools(self) -> dict[str, Term]:
        """Allowed pools with the required skills; all allowed ones when none has them."""
        skilled = {name: both(allowed, self._has_skills(name)) for name, allowed in self.pools.items()}
        anyone = disj(skilled.values())
        return {name: choose(anyone, skilled[name], allowed) for name, allowed in self.pools.items()}

    @cached_property
    def unskilled(self) -> Term:
        """Skills are required that no allowed pool has: a person is asked."""
        return conj((disj(self.skills.values()), *(neg(both(self.pools[name], self._has_skills(name))) for name in self.pools)))

    @cached_property
    def empty(self) -> Term:
        """Nothing is left that a case could go to."""
        return either(neg(disj(self.modes.values())), neg(disj(self.pools.values())))

    @cached_property
    def cornered(self) -> Term:
        """Nothing but the AI is left, and neither the proposal nor a default asks for it: a person is asked."""
        alone = conj((neg(self.empty), neg(self.modes[Mode.HUMAN]), neg(self.modes[Mode.HYBRID])))
        if alone is False:
            return False
        rows = zip(self.policy.document.defaults, self.defaults, strict=True)
        inside = (conj((fits.holds, self.modes[row.mode], self.usable_pools[row.pool])) for row, fits in rows)
        return conj((alone, neg(self._proposal_wins), neg(disj(inside))))

    @cached_property
    def _proposal_wins(self) -> Term:
        """There is a proposal, and it lies inside."""

        def among(name: str, allowed: Mapping[Any, Term]) -> Term:
            fact, code = self.space.fact(f"proposal.{name}"), self.space.words.code
            return disj(both(fact == code(word), term) for word, term in allowed.items())

        region, code = self.space.fact("proposal.model_region"), self.space.words.code
        named = sorted({name for one in self.guards for name in one.effect.model_regions or ()})
        elsewhere = both(conj(region != code(name) for name in named), self.region(ANYWHERE))
        near = disj((region == code(LOCAL), *(both(region == code(name), self.region(name)) for name in named), elsewhere))
        words = (among("mode", self.modes), among("pool", self.usable_pools), among("action", self.actions))
        return conj((self.space.fact("proposal.present"), near, *words))

    @cached_property
    def failed(self) -> Term:
        """Some condition fails, apart from those of the defaults: a person is asked."""
        return disj((*(one.failed for one in self._tier_conditions), self.promises_fail, *(one.failed for one in self.guards)))

    @cached_property
    def review(self) -> Term:
        """A person is asked."""
        asked = [one.fires for one in self.guards if one.effect.review is not None]
        return disj((*asked, self.failed, self.empty, self.unskilled, self.cornered))

    def reviewed_by(self, gate: Gate) -> Term:
        """A guard asks for this review."""
        return disj(one.fires for one in self.guards if one.effect.review == gate)

    def ruled_by(self, role: str) -> Term:
        """A guard asks for a review by somebody of this role."""
        return disj(one.fires for one in self.guards if one.effect.review is not None and one.effect.review.by == role)

    def floor_is_at_least(self, floor: int) -> Term:
        """Some guard lifts the priority to `floor` or higher."""
        return floor <= 0 or disj(one.fires for one in self.guards if one.effect.priority_floor >= floor)

    @cached_property
    def rows(self) -> list[Term]:
        """Row of `sla` to whether it is the one that is promised."""
        return self._first_of([either(one.term, one.failed) for one in self._row_conditions])

    @cached_property
    def promises_fail(self) -> Term:
        """The condition of a row of `sla` that counts fails, or the formula of the priority does."""
        tried = [both(chosen, one.failed) for chosen, one in zip(self.rows, self._row_conditions, strict=True)]
        return disj((*tried, self.condition(("priority",), self.names).failed))

    @cached_property
    def defaults(self) -> list[Value]:
        """Row of `defaults` to whether it fits the case."""
        found: list[Value] = []
        for i, row in enumerate(self.policy.document.defaults):
            region = self.space.fact("client.region") == self.space.words.code(row.region) if row.region is not None else True
            when = self.condition(("defaults", i, "when"), self.names) if row.when is not None else Value("bool", True)
            found.append(Value("bool", conj((self.tier_is(row.tier), region, when.term)), when.failed))
        return found

    def tier_is(self, tier: str | None) -> Term:
        """The case is of this tier; None is any."""
        if tier is None:
            return True
        return disj(term for rule, term in zip(self.policy.document.tiers, self.tiers, strict=True) if rule.id == tier)

    @cached_property
    def _row_conditions(self) -> list[Value]:
        severity = self.space.fact("message.severity")
        found: list[Value] = []
        for i, row in enumerate(self.policy.rules.sla):
            fits: Term = True
            if row.comparison:
                fits = severity == row.bound if row.comparison == "==" else compared(f"_{row.comparison}_", severity, row.bound)
            when = self.condition(("sla", i, "when"), self.names) if row.when is not None else Value("bool", True)
            applies = both(self.tier_is(row.row.tier), fits)
            found.append(Value("bool", both(applies, when.term), both(applies, when.failed)))
        return found

    def _guard(self, index: int, guard: CompiledGuard) -> GuardTerms:
        when = self.condition(("guards", index, "when"), self.names)
        fires, failed = either(when.term, when.failed), when.failed
        static = guard.effect.pools
        left: dict[str, Term] = {} if static is None else {name: name in static for name in self.policy.pools}
        if guard.where is not None:
            for name in self.policy.pools:
                asked = self.condition(("guards", index, "pools_where"), {**self.names, "pool": self.pool_facts[name]})
                left[name] = both(left.get(name, True), asked.holds)
                failed = either(failed, both(fires, asked.failed))
        return GuardTerms(guard, fires, failed, left)

    def _allowed(self, barring: Iterable[Term]) -> Term:
        return neg(disj(barring))

    def _has_skills(self, pool: str) -> Term:
        has = self.policy.pools[pool].skills
        return conj(neg(required) for skill, required in self.skills.items() if skill not in has)

    def _first_of(self, conditions: list[Term]) -> list[Term]:
        """The first that holds is the one; when none does, the last is."""
        chosen: list[Term] = []
        for i, condition in enumerate(conditions):
            holds = True if i == len(conditions) - 1 else condition
            chosen.append(conj((holds, *(neg(earlier) for earlier in conditions[:i]))))
        return chosen

    def _tier_values(self) -> dict[str, Value]:
        tiers = self.policy.document.tiers
        code, rank = self.space.words.code(tiers[-1].id), tiers[-1].rank
        for rule, chosen in list(zip(tiers, self.tiers, strict=True))[-2::-1]:
            code, rank = choose(chosen, self.space.words.code(rule.id), code), choose(chosen, rule.rank, rank)
        return {"id": Value("string", code), "rank": Value("int", rank)}

    def _pool_values(self, values: dict[str, Any]) -> dict[str, Value]:
        def text(word: Any) -> Value:
            return Value("string", self.space.words.code(str(word)))

        lists = {name: Value("list", items=tuple(text(word) for word in values[name])) for name in ("skills", "languages")}
        return {**lists, "id": text(values["id"]), "region": text(values["region"])}


def model_regions(*policies: CompiledPolicy) -> list[str]:
    """Every model region that these policies name, the regions of clients, and one that stands for all others."""
    named = {region for policy in policies for guard in policy.document.guards for region in guard.model_regions or ()}
    held = {region for policy in policies for one in policy.document.invariants for region in one.holds.model_regions or ()}
    return [*sorted(named | held | {region.value for region in Region}), ANYWHERE]
