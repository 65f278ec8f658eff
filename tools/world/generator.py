"""Generates the sample company: the same seed and day give the same bytes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from tools.world.articles import articles
from tools.world.cases import cases_of
from tools.world.clients import clients_of
from tools.world.model import World
from tools.world.names import chance
from tools.world.people import people_of
from tools.world.stream import stream_of
from tools.world.telemetry import telemetry_of

SEED = 7


def generate(today: date | None = None, seed: int = SEED) -> World:
    """The company at the first minute (UTC) of `today`, so that nothing in it lies in the future of whoever uses it that day.

    Each part has a stream of chance of its own, so that a change of one does not move the others.
    """
    today = today or datetime.now(UTC).date()
    now = datetime.combine(today, time(), UTC)
    clients = clients_of(chance(f"{seed}-clients"), now)
    return World(
        seed=seed,
        today=today,
        now=now,
        clients=clients,
        telemetry=telemetry_of(chance(f"{seed}-telemetry"), clients, now),
        cases=cases_of(chance(f"{seed}-cases"), clients, now),
        people=people_of(chance(f"{seed}-people")),
        articles=articles(),
        stream=stream_of(chance(f"{seed}-stream"), clients, now),
    )
