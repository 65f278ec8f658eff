"""What every `Telemetry` does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.ports import Telemetry
from tools.http_source import HttpSource
from tools.http_telemetry import HttpTelemetry
from tools.telemetry import EmbeddedTelemetry
from tools.world.model import World


@pytest.fixture(params=["embedded", "http"])
def telemetry(request: pytest.FixtureRequest, world: World) -> Telemetry:
    if request.param == "embedded":
        return EmbeddedTelemetry(world.telemetry)
    source: HttpSource = request.getfixturevalue("source")
    return HttpTelemetry(source)


async def test_a_report_says_what_was_measured_and_when(telemetry: Telemetry, world: World) -> None:
    report = await telemetry.report("northwind", world.now)
    assert report is not None
    assert 0 <= report.errors_24h <= report.calls_24h
    assert report.usage_28d > 0
    assert timedelta() <= world.now - report.measured_at <= timedelta(minutes=30)


async def test_nothing_is_measured_for_an_unknown_client(telemetry: Telemetry, world: World) -> None:
    assert await telemetry.report("nobody", world.now) is None
    assert await telemetry.report("..", world.now) is None


async def test_an_incident_is_not_known_before_it_begins(telemetry: Telemetry, world: World) -> None:
    open_now = {one.id: one for one in world.telemetry.incidents if one.ended_at is None}
    client, incident = next(
        (usage.client_id, open_now[name]) for usage in world.telemetry.usage.values() for name in usage.incidents if name in open_now
    )
    during = await telemetry.report(client, world.now)
    before = await telemetry.report(client, incident.started_at - timedelta(minutes=1))
    assert during is not None
    assert incident in during.incidents
    assert before is not None
    assert incident not in before.incidents
