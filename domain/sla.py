"""The SLA clock of a case: derived from timestamps, so that it is always right when it is read."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum


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
