"""Evaluation: facts and a proposal in, a verdict out. Pure: no clock, no randomness, the same bytes everywhere."""

from __future__ import annotations

from copy import copy
from datetime import datetime
from typing import Any

from domain.canonical import digest_of
from domain.decision import PolicyRef, Proposal, Route, TierGrade, Verdict
from domain.facts import Facts
from policies.calendars import due_at
from policies.compilation import Rules, compile_rules, pool_variables
from policies.envelope import widest
from policies.evaluation import Evaluation, Ground
from policies.language.document import PolicyDocument, Pool
from policies.language.markup import Places
from policies.language.raw import first_fault, laid_over_neutral, salvaged, strict_proposal
from policies.language.reader import read_policy
from policies.routes import RouteChooser

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
        self._ground = Ground(self.ref, rules, widest(document.pools), pool_variables(document), RouteChooser(document))

    def at(self, stage: str, version: int | None = None) -> CompiledPolicy:
        """The same text saying another stage, or number. Neither is a part of it, so nothing is compiled again."""
        number = self.ref.version if version is None else version
        if (stage, number) == (self.ref.stage, self.ref.version):
            return self
        staged = copy(self)
        staged.ref = self.ref.model_copy(update={"stage": str(stage), "version": number})
        staged._ground = _under(self._ground, staged.ref)
        return staged

    @property
    def pools(self) -> dict[str, Pool]:
        """Pools by id."""
        return self.document.pools

    @property
    def tiers(self) -> tuple[TierGrade, ...]:
        """Tiers, the first that matches wins."""
        return tuple(tier.grade for tier in self.rules.tiers)

    def passed(self, calendar: str, since: datetime, seconds: float) -> datetime:
        """When `seconds` of a calendar's open time have passed; one that this version does not have is always open."""
        return due_at(self.rules.calendars.get(calendar), since, seconds)

    def about(self, facts: Facts, suspended: frozenset[str] = frozenset()) -> Evaluation:
        """Both passes over one snapshot; what facts alone say is worked out once. `suspended` names guards that are not asked."""
        return Evaluation(self._ground, facts, suspended)

    def frame(self, facts: Facts) -> Verdict:
        """First pass: what facts alone allow. Guards that read the proposal are not asked."""
        return self.about(facts).frame()

    def evaluate(self, facts: Facts, proposal: Proposal | None) -> Verdict:
        """Second pass: the verdict that counts. None is a proposal that failed; its `present` is false."""
        return self.about(facts).judge(proposal)

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
        verdict = self.about(facts, suspended).judge(asked)
        if not verdict.envelope.allows(route):
            return verdict
        return verdict.model_copy(update={"route": route, "source": PERSON, "overruled": False})

    def refuse(self, facts: Facts, reason: str) -> Verdict:
        """The region's fallback with a review: for what cannot be judged."""
        return self.about(facts).refusal(reason)

    def evaluate_raw(self, facts: Any, proposal: Any = None) -> Verdict:
        """Judge unchecked input, laid over neutral facts; `errors` has what is invalid.

        Invalid facts end in the fallback. An invalid proposal is none that failed: the facts are judged as ever, and a lead looks.
        """
        try:
            checked = laid_over_neutral(facts)
        except (ValueError, RecursionError) as error:
            return self.refuse(salvaged(facts), f"invalid facts: {_reason(error)}")
        try:
            suggested = strict_proposal(proposal) if proposal is not None else None
        except ValueError as error:
            return self.about(checked).judge(None, f"invalid proposal: {_reason(error)}")
        return self.evaluate(checked, suggested)


def _under(ground: Ground, ref: PolicyRef) -> Ground:
    """The same ground under another name: what it has worked out since is shared."""
    copied = copy(ground)
    object.__setattr__(copied, "ref", ref)
    return copied


def _reason(error: ValueError | RecursionError) -> str:
    return first_fault(error) if isinstance(error, ValueError) else "nested too deep"


def compile_policy(text: str, *, version: int = 1, stage: str = "active") -> CompiledPolicy:
    """Read and compile a policy text. Raises PolicyInvalid with line, column and a sentence for each fault."""
    document, places = read_policy(text)
    return CompiledPolicy(document, compile_rules(document, places, text), text, places, version, stage)
