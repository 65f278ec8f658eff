"""Recorded decisions under another policy, model or prompt: exactly what would change, and what that would have come to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from pydantic import Field

from domain.decision import Frozen, Proposal, Verdict
from domain.facts import Facts
from domain.seen_decision import RolloutMoment, SeenDecision
from evals.production.counterfactual_features import features_of
from evals.production.off_policy import Logged, OffPolicy, off_policy
from evals.statistics.intervals import Figure, share_figure
from policies.comparison.behavioural_diff import BehaviouralDiff
from policies.comparison.tally import Tally
from policies.engine import CompiledPolicy

Route = tuple[str, str, str, bool]
"""What is done: mode, pool, action, and whether a lead is asked first."""
Target = Callable[[SeenDecision, Facts, Proposal | None], Awaitable[tuple[Verdict, bool]]]
"""What another policy or model does, and whether its proposal is another one."""


@dataclass(frozen=True)
class Outcome:
    """Something that came of decisions, and between which values it lies."""

    name: str
    says: str
    of: Callable[[SeenDecision], float | None]
    least: float = 0.0
    most: float = 1.0


def _flag(value: bool | None) -> float | None:
    return None if value is None else float(value)


OUTCOMES = {
    one.name: one
    for one in (
        Outcome(
            "overruled",
            "a lead ruled otherwise, or a person moved the case later",
            lambda one: float(one.moved or one.ruling in ("edit", "reject", "reassign")),
        ),
        Outcome("sla_broken", "a promise to the client was broken, as it was promised then", lambda one: _flag(one.sla_broken)),
        Outcome("reopened", "the client came back after the case was resolved", lambda one: _flag(one.reopened)),
        Outcome("csat", "the client's satisfaction, of those who gave it", lambda one: one.csat, 1.0, 5.0),
    )
}


class Promises(Frozen):
    """Promises to clients if the same people had answered at the same moments."""

    known: int = Field(description="Decisions whose case was answered or resolved, or whose promise has run out.")
    broken_before: Figure
    broken_after: Figure
    earlier: int = Field(description="Promises that the target makes for an earlier moment.")
    later: int


class Counterfactual(Frozen):
    """What another policy, model or prompt would have done, and come to."""

    decisions: int
    unread: int = Field(description="Decisions that could not be judged again, or whose version is not to be had.")
    inexact: int = Field(description="Decisions whose own version says something else today than was recorded: then facts or code changed.")
    reproposed: int = Field(description="Decisions for which the model proposes otherwise; 0 when only policy differs.")
    changed: int = Field(description="Decisions with another mode, pool or action, or another answer to whether a lead is asked.")
    diff: BehaviouralDiff | None = Field(description="The whole difference of two policies, when no model was asked.")
    promises: Promises | None
    outcomes: tuple[OffPolicy, ...]


@dataclass
class Judged:
    """One decision under the versions that could have decided it, and under the target."""

    seen: SeenDecision
    facts: Facts
    logged: Verdict
    target: Verdict
    chance: float
    changed: bool
    reproposed: bool
    inexact: bool


async def counterfactual(
    seen: Sequence[SeenDecision],
    rollouts: Sequence[RolloutMoment],
    versions: Mapping[str, CompiledPolicy],
    target: Target,
    outcomes: Sequence[Outcome],
    policy: CompiledPolicy | None = None,
) -> Counterfactual:
    """Judge recorded decisions again, exactly, and estimate what would have come of them. With a `policy`, count all that differs."""
    judged, active = list[Judged](), None
    for one in seen:
        if (found := await _judged(one, rollouts, versions, target)) is not None:
            judged.append(found)
            active = active or versions[one.policy]
    return Counterfactual(
        decisions=len(seen),
        unread=len(seen) - len(judged),
        inexact=sum(one.inexact for one in judged),
        reproposed=sum(one.reproposed for one in judged),
        changed=sum(done(one.logged) != done(one.target) for one in judged),
        diff=_diff(judged, active, policy) if policy and active else None,
        promises=_promises(judged),
        outcomes=tuple(_estimated(judged, one) for one in outcomes),
    )


async def _judged(
    one: SeenDecision, rollouts: Sequence[RolloutMoment], versions: Mapping[str, CompiledPolicy], target: Target
) -> Judged | None:
    try:
        facts = Facts.model_validate(one.facts)
        proposal = Proposal.model_validate(one.proposal) if one.proposal else None
        logged = Verdict.model_validate(one.verdict)
    except ValueError:
        return None
    chances = {digest: chance for digest, chance in chances_of(one, rollouts).items() if chance > 0}
    if one.policy not in versions or not chances.keys() <= versions.keys():
        return None
    said, reproposed = await target(one, facts, proposal)
    wanted, mostly = done(said), max(chances, key=lambda digest: chances[digest])
    would = {digest: done(versions[digest].evaluate(facts, proposal)) if digest != one.policy else done(logged) for digest in chances}
    chance = sum(chances[digest] for digest, does in would.items() if does == wanted)
    inexact = done(versions[one.policy].evaluate(facts, proposal)) != done(logged)
    return Judged(one, facts, logged, said, chance, would[mostly] != wanted, reproposed, inexact)


def chances_of(one: SeenDecision, rollouts: Sequence[RolloutMoment]) -> dict[str, float]:
    """How likely each version was to decide this: buckets of a canary are drawn per client, so its share is the chance.

    A client whom nobody knows is never in a canary. A decision whose version the ledger does not name then was certain.
    """
    standing = _standing(one.decided_at, rollouts)
    if standing is None or standing.candidate is None or one.client_id is None:
        return {one.policy: 1.0}
    chances = {standing.active: 1.0 - standing.share, standing.candidate: standing.share}
    return chances if chances.get(one.policy, 0.0) > 0 else {one.policy: 1.0}


def _standing(at: datetime, rollouts: Sequence[RolloutMoment]) -> RolloutMoment | None:
    return next((one for one in reversed(rollouts) if one.at <= at), None)


def done(verdict: Verdict) -> Route:
    """What a verdict does, in the terms that outcomes hang on."""
    route = verdict.route
    return route.mode.value, route.pool, route.action.value, verdict.review is not None


def _estimated(judged: Sequence[Judged], outcome: Outcome) -> OffPolicy:
    known = [(one, value) for one in judged if (value := outcome.of(one.seen)) is not None]
    numbers: dict[str, int] = {}
    clients = [numbers.setdefault(one.seen.client_id or one.seen.case_id, len(numbers)) for one, _ in known]
    logged = Logged(
        clients=np.asarray(clients, dtype=np.intp),
        features=features_of([(one.facts, one.target) for one, _ in known]),
        outcome=np.asarray([value for _, value in known], dtype=float),
        chance=np.asarray([one.chance for one, _ in known], dtype=float),
        followed=np.asarray([done(one.logged) == done(one.target) for one, _ in known], dtype=bool),
        changed=np.asarray([one.changed for one, _ in known], dtype=bool),
    )
    return off_policy(outcome.name, logged, outcome.least, outcome.most)


def _diff(judged: Sequence[Judged], active: CompiledPolicy, policy: CompiledPolicy) -> BehaviouralDiff:
    """Of the decisions of one version, the one that decided last: a difference is between two."""
    tally = Tally(active, policy)
    for one in judged:
        if one.seen.policy == active.digest:
            tally.add(one.seen.id, one.facts, one.logged, one.target)
    return tally.diff()


def _promises(judged: Sequence[Judged]) -> Promises | None:
    """Both promises at the moments at which people answered; None where no end of a case is known."""
    known = [one for one in judged if one.seen.answered_at is not None or one.seen.ended_at is not None]
    if not known:
        return None
    units = [one.seen.client_id or one.seen.case_id for one in known]
    before, after = (
        [float(_broken(one.seen, verdict)) for one, verdict in pairs]
        for pairs in ([(one, one.logged) for one in known], [(one, one.target) for one in known])
    )
    moves = [
        (one.target.sla.ack_due_at - one.logged.sla.ack_due_at) + (one.target.sla.resolve_due_at - one.logged.sla.resolve_due_at)
        for one in known
    ]
    return Promises(
        known=len(known),
        broken_before=share_figure(before, units),
        broken_after=share_figure(after, units),
        earlier=sum(move.total_seconds() < 0 for move in moves),
        later=sum(move.total_seconds() > 0 for move in moves),
    )


def _broken(one: SeenDecision, verdict: Verdict) -> bool:
    """Whether a promise is broken by what is known to have happened."""
    answered, ended = one.answered_at or one.ended_at, one.ended_at
    late = answered is not None and answered > verdict.sla.ack_due_at
    return late or (ended is not None and ended > verdict.sla.resolve_due_at)
