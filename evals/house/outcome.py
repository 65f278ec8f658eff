"""What came of one turn."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from agents.router import Offer
from domain.case import TurnInput
from domain.context import Context, Handover, Reply
from domain.decision import Decision, Envelope, Gate, Proposal, Route, Verdict
from domain.facts import Facts
from domain.triage import Triage
from domain.value import ValueEstimate
from domain.views import part
from evals.house.memory import KeptTurn
from evals.usage import Usage
from graphs.nodes.route import offer_of
from policies.engine import CompiledPolicy


@dataclass(frozen=True)
class TurnOutcome:
    """Everything that a turn decided and wrote. `decision`, `reply` and `handover` are None while it waits for a person."""

    turn: TurnInput
    facts: Facts
    triage: Triage
    value: ValueEstimate
    context: Context
    proposal: Proposal | None
    verdict: Verdict
    decision: Decision | None
    review: Gate | None
    """The stop for a person, whether or not somebody ruled."""
    reply: Reply | None
    handover: Handover | None
    models: tuple[str, ...]
    usage: Usage
    degraded: tuple[str, ...]
    policy: CompiledPolicy = field(repr=False)
    ms: float = 0.0
    stages: dict[str, float] = field(default_factory=dict[str, float])
    """Milliseconds by part of the run: context, value, model, policy, total until the decision."""

    @property
    def waits(self) -> bool:
        """It stopped for a person and nobody ruled."""
        return self.decision is None

    @property
    def route(self) -> Route:
        """Where the case goes: as decided, or as it lies before the person who has to rule."""
        return self.decision.route if self.decision else self.verdict.route

    @cached_property
    def framed(self) -> Verdict:
        """The first pass of policy: what the router was bound by."""
        return self.policy.frame(self.facts)

    @property
    def frame(self) -> Envelope:
        """What the first pass allowed."""
        return self.framed.envelope

    @cached_property
    def offer(self) -> Offer:
        """What the router could choose from."""
        return offer_of(self.policy, self.facts, self.framed)

    def as_output(self) -> dict[str, Any]:
        """Plain data without times, the same for every run of the same case on the same system."""
        verdict = self.verdict
        return {
            "facts": self.facts.plain,
            "triage": self.triage.model_dump(mode="json"),
            "value": self.value.model_dump(mode="json"),
            "context": _context(self.context),
            "frame": self.frame.model_dump(mode="json"),
            "proposal": self.proposal.model_dump(mode="json") if self.proposal else None,
            "verdict": verdict.model_dump(mode="json", exclude={"facts_digest": True, "guards": {"__all__": {"effect"}}}),
            "route": self.route.model_dump(mode="json"),
            "decision": self._decision(),
            "review": self.review.model_dump(mode="json") if self.review else None,
            "reply": self.reply.model_dump(mode="json") if self.reply else None,
            "handover": self.handover.model_dump(mode="json") if self.handover else None,
            "models": list(self.models),
            "degraded": list(self.degraded),
        }

    def _decision(self) -> dict[str, Any] | None:
        if self.decision is None:
            return None
        kept = {"id", "overruled", "decided_by", "explanation"}
        return self.decision.model_dump(mode="json", include=kept)


def _context(context: Context) -> dict[str, Any]:
    return {
        "facts": [fact.model_dump(mode="json") for fact in context.facts],
        "articles": [{"id": hit.article.id, "score": hit.score} for hit in context.articles],
        "past_cases": [case.id for case in context.past_cases],
        "tools": {run.tool: run.error for run in context.runs},
    }


def outcome_of(turn: TurnInput, kept: KeptTurn, policy: CompiledPolicy, *, models: set[str], usage: Usage, ms: float) -> TurnOutcome:
    """Put together from what the turn left in the store."""
    record = kept.record or {}
    decision, reply, handover = kept.decision, kept.reply, kept.handover
    proposal = record.get("proposal")
    triage, value = Triage.model_validate(part(record, "triage", "read")), ValueEstimate.model_validate(part(record, "value", "estimate"))
    said = {triage.model, value.model, *models, *(one.model for one in (reply, handover) if one)}
    return TurnOutcome(
        turn=turn,
        facts=Facts.model_validate(record["facts"]),
        triage=triage,
        value=value,
        context=Context.model_validate(part(record, "context", "found")),
        proposal=Proposal.model_validate(proposal) if proposal else None,
        verdict=decision.verdict if decision else Verdict.model_validate(record["routing"]["verdict"]),
        decision=decision,
        review=kept.review.gate if kept.review else Verdict.model_validate(record["routing"]["verdict"]).review,
        reply=reply,
        handover=handover,
        models=tuple(sorted(said - {""})),
        usage=usage,
        degraded=(*_degraded(record), *(reply.degraded if reply else ()), *(handover.degraded if handover else ())),
        policy=policy,
        ms=ms,
        stages=decision.latency_ms if decision else {},
    )


def _degraded(record: dict[str, Any]) -> list[str]:
    return [reason for name in ("value", "context", "triage", "routing") for reason in part(record, name).get("degraded", [])]
