"""The steps of a promise come when their share of its own time is used up: at night and on Sundays no clock of working hours runs."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from domain.decision import EscalationStep, SlaTarget
from domain.sla import step_timers
from policies.engine import CompiledPolicy, compile_policy
from policies.rules import shipped

POLICY: CompiledPolicy = compile_policy(shipped())
FRIDAY = datetime(2026, 11, 27, 16, 30, tzinfo=UTC)
"""Half past five in Berlin, where work ends at six and begins at eight."""
STEPS = [EscalationStep(promise="ack", at_percent=percent, do="notify lead") for percent in (50, 80, 100, 200)]


def due(calendar: str) -> list[str]:
    """When the steps of one hour's promise come."""
    ends = POLICY.passed(calendar, FRIDAY, 3_600)
    sla = SlaTarget(ack_within_s=3_600, resolve_within_s=7_200, calendar=calendar, ack_due_at=ends, resolve_due_at=ends)
    timers = step_timers("case_1", 1, sla, STEPS, partial(POLICY.passed, calendar, FRIDAY))
    assert timers[2].due_at == ends
    return [f"{timer.due_at:%a %H:%M}" for timer in timers]


def test_in_a_calendar_of_working_hours_they_come_within_them() -> None:
    assert due("business-eu") == ["Fri 17:00", "Mon 07:18", "Mon 07:30", "Mon 08:30"]


def test_where_the_clock_always_runs_they_come_at_shares_of_it() -> None:
    assert due("always") == ["Fri 17:00", "Fri 17:18", "Fri 17:30", "Fri 18:30"]


def test_a_calendar_that_the_version_does_not_have_always_runs() -> None:
    assert due("nowhere") == due("always")
