"""Product telemetry: calls, errors, usage, and the incidents that are open today."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from domain.client import ClientIncident, ClientProfile, TelemetryReport
from domain.facts import Region

ERRORS = ["EXPORT_TIMEOUT", "RATE_LIMITED", "SCHEMA_DRIFT", "SSO_ASSERTION_EXPIRED", "WEBHOOK_410", "QUERY_MEMORY"]
INCIDENTS = {
    Region.EU: [("inc-eu-41", "Scheduled exports are delayed", 3, "exports", 4.0)],
    Region.US: [("inc-us-17", "Dashboards load slowly", 2, "dashboards", 9.0)],
    Region.APAC: [("inc-ap-08", "API calls fail now and then", 4, "api", 1.5)],
}
TOUCHED = 0.18


def telemetry_of(rng: random.Random, clients: tuple[ClientProfile, ...], now: datetime) -> dict[str, TelemetryReport]:
    """One report per client with a contract."""
    return {client.id: _report(rng, client, now) for client in clients if client.contract is not None}


def _report(rng: random.Random, client: ClientProfile, now: datetime) -> TelemetryReport:
    annual = client.contract.annual_value if client.contract else 1000.0
    calls = int(annual / 10 * rng.uniform(0.5, 1.6)) + 20
    prior = round(calls * 28 * rng.uniform(0.9, 1.1), 0)
    change = rng.gauss(0.02 + (client.health - 0.7) * 0.6, 0.12)
    incidents = [_incident(one, now) for one in INCIDENTS[client.region] if rng.random() < TOUCHED and client.id != "northwind"]
    rate = rng.choice([0.0005, 0.001, 0.002, 0.004, 0.02]) * (8 if incidents else 1)
    return TelemetryReport(
        client_id=client.id,
        calls_24h=calls,
        errors_24h=min(calls, int(calls * rate)),
        top_error=rng.choice(ERRORS) if rate > 0.001 else "",
        usage_28d=round(max(0.0, prior * (1 + change)), 0),
        usage_prior_28d=prior,
        seats_active=max(1, int(annual / 1500 * rng.uniform(0.5, 1.3))),
        incidents=tuple(incidents),
        measured_at=now - timedelta(minutes=rng.randint(1, 20)),
    )


def _incident(one: tuple[str, str, int, str, float], now: datetime) -> ClientIncident:
    identifier, title, severity, component, hours = one
    return ClientIncident(id=identifier, title=title, severity=severity, component=component, started_at=now - timedelta(hours=hours))
