"""Telemetry's embedded twin."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from domain.client import TelemetryReport


class EmbeddedTelemetry:
    """Reports of the sample company."""

    def __init__(self, reports: Mapping[str, TelemetryReport]) -> None:
        self._reports = reports

    async def report(self, client_id: str, now: datetime) -> TelemetryReport | None:
        """The client's telemetry; incidents that begin after `now` are not known yet."""
        found = self._reports.get(client_id)
        if found is None:
            return None
        begun = tuple(incident for incident in found.incidents if incident.started_at <= now)
        return found if len(begun) == len(found.incidents) else found.model_copy(update={"incidents": begun})
