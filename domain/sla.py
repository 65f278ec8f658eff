"""The SLA clock of a case: derived from timestamps, so that it is always right when it is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum

from domain.decision import EscalationStep, SlaTarget
from domain.identifiers import derived_id
from domain.views import Timer

SLA_STEP = "sla-step"


class SlaState(StrEnum):
    """Where a promise stands."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"


def sla_state(ack_due: datetime, resolve_due: datetime, acked: datetime | None, resolved: datetime | None, now: datetime) -> SlaState:
    """State of both promises together: breached as soon as either is missed, met when the case ended in time."""
    if (acked or now) > ack_due or (resolved or now) > resolve_due:
        return SlaState.BREACHED
    return SlaState.MET if resolved else SlaState.RUNNING


def ack_state(ack_due: datetime, acked: datetime | None, now: datetime) -> SlaState:
    """State of the first promise alone: it is settled by the first word, however long the case goes on."""
    if (acked or now) > ack_due:
        return SlaState.BREACHED
    return SlaState.MET if acked else SlaState.RUNNING


def step_timers(
    case_id: str, turn: int, sla: SlaTarget, steps: Sequence[EscalationStep], passed: Callable[[float], datetime], mark: str = ""
) -> list[Timer]:
    """The durable timers of a promise, each at its share of the promised time.

    `passed` tells when so many seconds of the promise's calendar have passed since it began; `mark` tells a later promise of the same turn
    from the first.
    """
    within_s = {"ack": sla.ack_within_s, "resolve": sla.resolve_within_s}
    return [
        Timer(
            id=derived_id("tmr", case_id, turn, f"{SLA_STEP}-{number}{mark}"),
            case_id=case_id,
            kind=SLA_STEP,
            due_at=passed(within_s[step.promise] * step.at_percent / 100),
            data={"turn": turn, "promise": step.promise, "at_percent": step.at_percent, "do": step.do, "raise": step.raise_by},
        )
        for number, step in enumerate(steps)
    ]
