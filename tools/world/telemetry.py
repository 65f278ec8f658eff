"""Product telemetry: 60 days of calls and errors, and the incidents of the product."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from domain.client import ClientIncident, ClientProfile
from domain.facts import Region
from tools.world.model import ClientUsage, Measurements

DAYS = 60
ERRORS = ("EXPORT_TIMEOUT", "RATE_LIMITED", "SCHEMA_DRIFT", "SSO_ASSERTION_EXPIRED", "WEBHOOK_410", "QUERY_MEMORY", "DEST_DENIED")
COMPONENT_ERROR = {
    "exports": "EXPORT_TIMEOUT",
    "dashboards": "QUERY_MEMORY",
    "api": "UPSTREAM_503",
    "sign-in": "SSO_CERT",
    "webhooks": "WEBHOOK_TIMEOUT",
}
INCIDENTS = {  # id, title, severity, component, hours since it began, hours that it lasted (None: it is open)
    Region.EU: [
        ("inc-eu-41", "Scheduled exports are delayed", 3, "exports", 14.0, None),
        ("inc-eu-42", "Webhooks arrive late", 2, "webhooks", 5.0, None),
        ("inc-eu-38", "Sign-in through SSO failed", 4, "sign-in", 122.0, 1.5),
    ],
    Region.US: [
        ("inc-us-17", "Dashboards load slowly", 2, "dashboards", 9.0, None),
        ("inc-us-18", "Some API calls fail", 3, "api", 3.0, None),
    ],
    Region.APAC: [
        ("inc-ap-08", "API calls fail now and then", 4, "api", 2.5, None),
        ("inc-ap-09", "Scheduled exports are delayed", 3, "exports", 20.0, None),
        ("inc-ap-05", "Dashboards showed old numbers", 2, "dashboards", 80.0, 6.0),
    ],
}
TOUCHED = 0.16
UNTOUCHED = "northwind"  # the documentation's examples do not depend on an incident
WEEKEND = 0.35


def telemetry_of(rng: random.Random, clients: tuple[ClientProfile, ...], now: datetime) -> Measurements:
    """A record per client with a contract, and the open and lately ended incidents of all regions."""
    incidents = {row[0]: _incident(row, now) for rows in INCIDENTS.values() for row in rows}
    usage = {client.id: _usage(rng, client, incidents, now) for client in clients if client.contract is not None}
    return Measurements(usage=usage, incidents=tuple(incidents.values()))


def _incident(row: tuple[str, str, int, str, float, float | None], now: datetime) -> ClientIncident:
    identifier, title, severity, component, since, lasted = row
    begun = now - timedelta(hours=since)
    ended = begun + timedelta(hours=lasted) if lasted is not None else None
    return ClientIncident(id=identifier, title=title, severity=severity, component=component, started_at=begun, ended_at=ended)


def _usage(rng: random.Random, client: ClientProfile, incidents: dict[str, ClientIncident], now: datetime) -> ClientUsage:
    annual = client.contract.annual_value if client.contract else 0.0
    level = annual / 10 * rng.uniform(0.5, 1.6) + 20
    growth = rng.gauss(0.02 + (client.health - 0.7) * 0.6, 0.12)  # from one 28 days to the next
    touched = [row[0] for row in INCIDENTS[client.region] if rng.random() < TOUCHED and client.id != UNTOUCHED]
    open_now = [incidents[name] for name in touched if incidents[name].ended_at is None]
    rate = rng.choice((0.0005, 0.001, 0.002, 0.004, 0.02))
    calls: list[int] = []
    errors: list[int] = []
    for back in range(DAYS, 0, -1):
        weekend = (now - timedelta(days=back)).weekday() >= 5
        count = int(level * max(0.05, 1 + growth) ** (-back / 28) * (WEEKEND if weekend else 1.0) * rng.uniform(0.9, 1.1))
        calls.append(count)
        errors.append(min(count, round(count * rate * (rng.uniform(6, 12) if back == 1 and open_now else rng.uniform(0.6, 1.4)))))
    return ClientUsage(
        client_id=client.id,
        calls=tuple(calls),
        errors=tuple(errors),
        top_error=COMPONENT_ERROR[open_now[0].component] if open_now else rng.choice(ERRORS) if errors[-1] else "",
        seats_active=max(1, int(annual / 1500 * rng.uniform(0.5, 1.3))),
        incidents=tuple(touched),
        lag_minutes=rng.randint(1, 20),
    )
