"""Generates the sample company: the same seed and day give the same bytes."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time

from tools.world.articles import articles
from tools.world.cases import cases_of
from tools.world.clients import clients_of
from tools.world.model import World
from tools.world.people import people_of
from tools.world.stream import stream_of
from tools.world.telemetry import telemetry_of

SEED = 7
OPENING = time(8, 0)


def generate(today: date, seed: int = SEED) -> World:
    """The company on the morning of `today`. Each part has a stream of chance of its own, so that one does not move the others."""
    now = datetime.combine(today, OPENING, UTC)
    clients = clients_of(random.Random(f"{seed}-clients"), now)
    return World(
        seed=seed,
        today=today,
        now=now,
        clients=clients,
        telemetry=telemetry_of(random.Random(f"{seed}-telemetry"), clients, now),
        cases=cases_of(random.Random(f"{seed}-cases"), clients, now),
        people=people_of(random.Random(f"{seed}-people")),
        articles=articles(),
        stream=stream_of(random.Random(f"{seed}-stream"), clients, now),
    )
