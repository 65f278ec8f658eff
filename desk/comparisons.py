"""Second opinions: in shadow the candidate judges what the active version decided, in canary the active one what the candidate decided.

Decisions are read from the store after they were made, by one worker at a time: a case pays nothing for it, a restart loses nothing, and
what cannot be judged at once waits in the table.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from domain.decision import Proposal, Route, Verdict
from domain.facts import Facts
from domain.policy_life import Stage
from domain.rollout_views import Comparison, Comparisons, DecidedTurn
from domain.views import part
from policies.comparison.behaviour import differences, forbidden, same_outcome
from policies.engine import CompiledPolicy
from policies.shelf import PolicyShelf

log = structlog.get_logger("maitred.comparisons")

BATCH = 25
REST = {Stage.SHADOW: 20.0, Stage.CANARY: 0.0}
"""After each opinion this worker's cases get so many times as long: a shadow takes a twentieth of one core at most and lags behind a rush,
which harms nobody; what a canary decided is judged as soon as can be."""
OVERLAP = timedelta(seconds=30)
"""A decision is stored a moment after the time that it bears, and clocks of workers differ: what was read lately is looked at again."""
PERSON = "person:"


@dataclass(frozen=True)
class Pair:
    """Who decided, and who judges it afterwards."""

    decided_by: CompiledPolicy
    judge: CompiledPolicy
    stage: Stage
    since: datetime


@dataclass(frozen=True)
class SecondOpinions:
    """Judges decisions by the version that did not make them."""

    comparisons: Comparisons
    policies: PolicyShelf
    read_until: dict[tuple[str, str], datetime] = field(default_factory=dict[tuple[str, str], datetime])

    async def judge_new(self) -> bool:
        """Judge the next decisions; whether there may be more. Nothing is asked of the store while no rollout runs."""
        pair = self._pair()
        if pair is None:
            return False
        async with self.comparisons.turn_of("comparisons") as mine:
            return mine and await self._judge_next(pair)

    async def _judge_next(self, pair: Pair) -> bool:
        versions = (pair.decided_by.digest, pair.judge.digest)
        since = max(pair.since, self.read_until.get(versions, pair.since) - OVERLAP)
        turns = await self.comparisons.uncompared(*versions, since, BATCH)
        judged: list[Comparison] = []
        for turn in turns:
            began = time.perf_counter()
            judged.append(opinion(turn, pair))
            await asyncio.sleep((time.perf_counter() - began) * REST[pair.stage])
        if turns:
            await self.comparisons.put(judged)
            self.read_until[versions] = datetime.fromisoformat(turns[-1].decision["decided_at"])
        return len(turns) == BATCH

    def _pair(self) -> Pair | None:
        live, release = self.policies.live, self.policies.release
        if live.candidate is None or live.stage is None or release is None or release.started_at is None:
            return None
        ways = (live.candidate, live.active) if live.stage is Stage.CANARY else (live.active, live.candidate)
        return Pair(*ways, live.stage, release.started_at)


@dataclass(frozen=True)
class Found:
    """What a second opinion came to."""

    agrees: bool = False
    forbidden: bool = False
    errors: bool = False
    differences: tuple[dict[str, Any], ...] = ()


def opinion(turn: DecidedTurn, pair: Pair) -> Comparison:
    """What the judging version says of a decision, from the recorded facts and proposal."""
    recorded = Verdict.model_validate(part(turn.record, "routing", "verdict") or turn.decision["verdict"])
    found = _found(turn, pair, recorded)
    return Comparison(
        case_id=turn.case_id,
        turn=turn.turn,
        decided_by=pair.decided_by.digest,
        compared=pair.judge.digest,
        stage=pair.stage,
        client_id=turn.client_id,
        tier=recorded.tier.id,
        agrees=found.agrees,
        forbidden=found.forbidden,
        errors=found.errors,
        differences=found.differences,
    )


def _found(turn: DecidedTurn, pair: Pair, recorded: Verdict) -> Found:
    canary = pair.stage is Stage.CANARY
    if not turn.record.get("routing"):
        return Found(errors=canary)  # the run failed, and its fallback says nothing of the policy
    try:
        facts, proposal = _given(turn.record)
        judged = pair.judge.evaluate(facts, proposal)
    except Exception as error:
        log.exception("decision not judged", case_id=turn.case_id, turn=turn.turn, by=pair.judge.digest)
        return Found(errors=not canary, differences=({"field": "errors", "before": [], "after": [type(error).__name__]},))
    active, candidate = (judged, recorded) if canary else (recorded, judged)
    return Found(
        agrees=same_outcome(active, candidate),
        forbidden=_taken(turn, pair, facts, judged) if canary else forbidden(active, candidate),
        errors=bool(candidate.errors),
        differences=tuple(differences(active, candidate)),
    )


def _taken(turn: DecidedTurn, pair: Pair, facts: Facts, judged: Verdict) -> bool:
    """Whether the route that took effect is one that the active version forbids; a person's route is judged as a person's."""
    decided = Verdict.model_validate(turn.decision["verdict"])
    route = Route.model_validate(turn.decision["route"])
    active = pair.judge.judge(facts, route) if turn.decision["decided_by"].startswith(PERSON) else judged
    return forbidden(active, decided.model_copy(update={"route": route}))


def _given(record: dict[str, Any]) -> tuple[Facts, Proposal | None]:
    proposal = record.get("proposal")
    return Facts.model_validate(record["facts"]), Proposal.model_validate(proposal) if proposal else None
