"""What the nodes are given: every agent and port, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field

from agents.context_gatherer import ContextGatherer
from agents.handover import HandoverWriter
from agents.reply import ReplyWriter
from agents.router import RouterAgent
from agents.triage import TriageAgent
from agents.value_estimator import ValueEstimator
from domain.ports import Clock, Roster
from domain.unit_of_work import Store
from graphs.parsed import Parsed
from policies.shelf import PolicyShelf


@dataclass(frozen=True)
class Deps:
    """The run's dependencies; `parsed` is its own, the rest is shared by all runs."""

    store: Store
    policies: PolicyShelf
    roster: Roster
    clock: Clock
    triage: TriageAgent
    stand_in_triage: TriageAgent
    value: ValueEstimator
    gatherer: ContextGatherer
    router: RouterAgent
    stand_in_router: RouterAgent
    reply: ReplyWriter
    handover: HandoverWriter
    parsed: Parsed = field(default_factory=Parsed)
