"""What Prometheus reads: one view of all workers of a service, whichever of them answers.

With several workers each writes what it counts into files of its own (`runtime/shared_metrics.py`), and a scrape adds them up; what a
worker counted stays when it dies.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

from desk.floor import Floor
from domain.figures import CountedWork, Window
from domain.ports import Clock
from runtime.shared_metrics import FOLDER_VARIABLE
from stores.outbox import PgOutbox

EVENTS = Counter("maitred_events_total", "Events, as they are given their place in the stream.", ("kind",))
DECISIONS = Counter("maitred_decisions_total", "Decisions, by the mode that was decided and the client's tier.", ("mode", "tier"))
MODEL_S = Histogram(
    "maitred_model_seconds",
    "Time that a model took to answer or to fail.",
    ("model", "outcome"),
    buckets=(0.001, 0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30),
)
RUNS = Gauge("maitred_runs", "Runs accepted and not yet over.", multiprocess_mode="livesum")
WAITING = Gauge("maitred_reviews_waiting", "Reviews that wait for a person's ruling.", multiprocess_mode="livemostrecent")
OLDEST_S = Gauge("maitred_reviews_oldest_seconds", "How long the oldest of them waits.", multiprocess_mode="livemostrecent")
LIVE_FILE = re.compile(r"gauge_live\w+_(\d+)\.db")


class CountedOutbox:
    """Counts what the sequencer numbers: only what was committed, and each event once however many workers there are."""

    def __init__(self, outbox: PgOutbox) -> None:
        self._outbox = outbox

    async def sequence(self) -> None:
        """Number what waits."""
        for one in await self._outbox.sequence():
            EVENTS.labels(one.kind).inc(one.events)
            if one.mode:
                DECISIONS.labels(one.mode, one.tier or "none").inc(one.events)


class Depths:
    """How much is under way and waits, looked up every few seconds."""

    def __init__(self, floor: Floor, work: CountedWork, clock: Clock) -> None:
        self._floor, self._work, self._clock = floor, work, clock

    async def look(self) -> None:
        """Set the gauges. Raises StoreUnavailable."""
        RUNS.set(self._floor.running)
        now = self._clock.now()
        inbox = await self._work.inbox(Window(since=now, now=now))
        WAITING.set(inbox.waiting)
        OLDEST_S.set((now - inbox.oldest_at) / timedelta(seconds=1) if inbox.oldest_at else 0.0)


def exposition() -> bytes:
    """Everything in Prometheus' text format: of all workers where they share a folder, else of this process."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if not folder:
        return generate_latest()
    for pid in _gone(Path(folder)):
        cast(Any, multiprocess).mark_process_dead(pid, folder)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry, folder)
    return generate_latest(registry)


def _gone(folder: Path) -> Iterator[int]:
    """Processes that left gauges behind."""
    for pid in {int(found[1]) for file in folder.iterdir() if (found := LIVE_FILE.fullmatch(file.name))}:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            yield pid
        except OSError:
            continue
