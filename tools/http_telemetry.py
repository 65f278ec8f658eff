"""A telemetry service behind the HTTP contract of docs/how-to/connect-a-crm.md."""

from __future__ import annotations

from datetime import datetime

from domain.client import TelemetryReport
from domain.decision import Frozen
from tools.http_source import HttpSource


class ReportAnswer(Frozen):
    """`null` says that nothing is measured."""

    report: TelemetryReport | None


class HttpTelemetry:
    """The company's own product telemetry."""

    def __init__(self, source: HttpSource) -> None:
        self._source = source

    async def report(self, client_id: str, now: datetime) -> TelemetryReport | None:
        """The client's telemetry at `now`."""
        return (await self._source.get("telemetry", ReportAnswer, {"client_id": client_id, "at": now.isoformat()})).report
