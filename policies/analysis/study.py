"""One policy under study: its expressions, its terms, the prover, and what has been found so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import cel

from domain.decision import Proposal, Verdict
from domain.facts import Facts
from policies.analysis.checking import CheckedSite
from policies.analysis.examples import Example
from policies.analysis.findings import Finding
from policies.analysis.logic import Term
from policies.analysis.prover import Answer, Found, Prover
from policies.analysis.ruling import Ruling
from policies.analysis.sites import Path, Site, place_inside
from policies.analysis.syntax import Node
from policies.compilation import pool_variables
from policies.engine import CompiledPolicy
from policies.expressions import BadExpression, compile_expression
from policies.language.markup import place_of

Outcome = bool | float | None
"""What an expression gives; None when it fails."""


@dataclass
class Study:
    """What the checks share."""

    policy: CompiledPolicy
    sites: list[CheckedSite]
    ruling: Ruling
    prover: Prover
    faults: list[Finding] = field(default_factory=list[Finding])
    unproved: list[Finding] = field(default_factory=list[Finding])
    notes: list[Finding] = field(default_factory=list[Finding])
    widenings: list[Finding] = field(default_factory=list[Finding])
    narrowings: list[Finding] = field(default_factory=list[Finding])

    @cached_property
    def trees(self) -> dict[Path, CheckedSite]:
        """Expressions by their path."""
        return {one.site.path: one for one in self.sites}

    def finding(self, code: str, name: str, path: Path, reason: str, example: Example | None = None, at: Node | None = None) -> Finding:
        """A finding about a part of the document; `at` a part of the expression that stands there."""
        line, column = place_of(self.policy.places, *path)
        if at is not None and path in self.trees:
            line, column = place_inside(self.policy, path, self.trees[path].site.source, min(part.column for part in at.walk()))
        return Finding(code=code, id=name, line=line, column=column, reason=reason, example=example.shown if example is not None else None)

    def not_proved(self, name: str, path: Path, what: str) -> None:
        """Put down that a question stays open: never as if it were answered."""
        why = "the time for it was over" if self.prover.left_s <= 0 else "it is beyond what can be proved"
        self.unproved.append(self.finding("not-proved", name, path, f"{what} is not proved: {why}. Somebody has to answer for it by name."))

    def finds(self, goal: Term, claim: Callable[[Verdict, Facts, Proposal | None], bool], *, plain: bool = True) -> Found:
        """A case in which the policy's verdict is as claimed."""
        judged = self.policy.evaluate
        return self.prover.finds(goal, lambda facts, proposal: claim(judged(facts, proposal), facts, proposal), plain=plain)

    def settle(self, found: Found, name: str, path: Path, what: str) -> bool:
        """Whether a case was found; an open question is put down."""
        if found.answer is Answer.UNKNOWN:
            self.not_proved(name, path, what)
        return found.answer is Answer.POSSIBLE

    def outcome(self, site: Site, facts: Facts, proposal: Proposal | None, pool: str | None = None) -> Outcome:
        """What an expression gives for a case, by the engine that decides; None when it fails."""
        return outcome_of(self.policy, site.source, facts, proposal, pool)


def outcome_of(
    policy: CompiledPolicy, source: str, facts: Facts, proposal: Proposal | None, pool: str | None = None
) -> bool | float | None:
    """What an expression of a policy gives for a case; None when it fails."""
    suggested = facts.with_proposal(proposal.as_facts()) if proposal is not None else facts
    tier = policy.frame(facts).tier
    variables = {**suggested.plain, "now": facts.now, "tier": {"id": tier.id, "rank": tier.rank}}
    if pool is not None:
        variables["pool"] = pool_variables(policy.document)[pool]
    try:
        return compile_expression(source, pool=pool is not None).value(cel.Context(variables=variables))
    except BadExpression:
        return None


def listed(names: list[str]) -> str:
    """Names as a sentence has them: `a`, `b` and `c`."""
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
