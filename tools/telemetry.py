"""Telemetry's embedded twin, over the sample company's daily records."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.client import TelemetryReport
from tools.world.model import Measurements

PERIOD = 28  # days of usage that are compared with as many before
REMEMBERED = timedelta(days=7)  # an incident that ended is still told for this long


class EmbeddedTelemetry:
    """Sums up what was measured, as a telemetry service would."""

    def __init__(self, measurements: Measurements) -> None:
        self._usage = measurements.usage
        self._incidents = {incident.id: incident for incident in measurements.incidents}

    async def report(self, client_id: str, now: datetime) -> TelemetryReport | None:
        """The client's telemetry; incidents that begin after `now` are not known yet."""
        usage = self._usage.get(client_id)
        if usage is None:
            return None
        touching = [self._incidents[name] for name in usage.incidents]
        return TelemetryReport(
            client_id=client_id,
            calls_24h=usage.calls[-1],
            errors_24h=usage.errors[-1],
            top_error=usage.top_error,
            usage_28d=float(sum(usage.calls[-PERIOD:])),
            usage_prior_28d=float(sum(usage.calls[-2 * PERIOD : -PERIOD])),
            seats_active=usage.seats_active,
            incidents=tuple(
                one for one in touching if one.started_at <= now and (one.ended_at is None or one.ended_at >= now - REMEMBERED)
            ),
            measured_at=now - timedelta(minutes=usage.lag_minutes),
        )
