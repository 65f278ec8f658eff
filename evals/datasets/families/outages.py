"""Partial outages: tools of ours that are down or too slow, and incidents of the product that telemetry knows of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from domain.facts import Intent
from evals.case import EvalCase
from evals.datasets.families.company import company
from evals.datasets.families.scene import CHANNELS, TIERS, Scene, Writer, numbered, simple, standing_of, texts, writer
from evals.house import Changes
from evals.scoring.wanted import TOUCHED_BY_INCIDENTS
from tools.world.names import chance

SILENT = {
    "the CRM is down": {"tools_down": ["crm"]},
    "the client's record is missing": {"tools_down": ["profile"]},
    "telemetry is down": {"tools_down": ["telemetry"]},
    "knowledge is down": {"tools_down": ["knowledge"]},
    "the case history is too slow": {"tools_slow": ["history"]},
    "telemetry is too slow": {"tools_slow": ["telemetry"]},
    "only the CRM answers": {"tools_down": ["telemetry", "knowledge", "history"]},
}
INCIDENT = "an incident touches the client"
INCIDENTS = (
    ("inc-x-1", "Scheduled exports are delayed", 3, "exports"),
    ("inc-x-2", "Dashboards load slowly", 2, "dashboards"),
    ("inc-x-3", "Some API calls fail", 4, "api"),
)


def cases(seed: int, count: int) -> list[EvalCase]:
    """`count` of them, always the same ones for the same seed."""
    return numbered("outages", seed, _scenes(seed), count)


def _scenes(seed: int) -> Iterator[Scene]:
    rng = chance(f"{seed}-outages")
    kinds = [*SILENT, INCIDENT]
    harmless = simple()
    touched = [one for one in texts() if one.meaning.intent in TOUCHED_BY_INCIDENTS and one.meaning.intent is not Intent.OUTAGE]
    place = 0
    while True:
        kind = kinds[place % len(kinds)]
        # mostly harmless messages: there the missing tool makes the difference
        shelf = touched if kind == INCIDENT else harmless if place % 3 else texts()
        text = rng.choice(shelf)
        one = writer(rng, TIERS[place // len(kinds) % len(TIERS)], text.meaning)
        changes = (
            _incident(one, rng.randrange(len(INCIDENTS)), rng.randint(1, 20)) if kind == INCIDENT else Changes.model_validate(SILENT[kind])
        )
        yield Scene(
            messages=[one.says(text.text, rng.choice(CHANNELS))],
            meaning=text.meaning,
            standing=standing_of(one, changes),
            kind=kind,
            changes=changes,
            group=text.id,
        )
        place += 1


def _incident(one: Writer, which: int, hours: int) -> Changes:
    identifier, title, severity, component = INCIDENTS[which]
    begun = company().moment(one.client) - timedelta(hours=hours)
    incident = {"id": identifier, "title": title, "severity": severity, "component": component, "started_at": begun.isoformat()}
    return Changes(telemetry={"incidents": [incident], "calls_24h": 20_000, "errors_24h": 1_400, "top_error": "UPSTREAM_503"})
