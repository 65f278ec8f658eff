"""What this process says of itself every few seconds, for whoever looks after the service."""

from __future__ import annotations

import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from typing import Any

from agents.value_estimator import MODEL as VALUE_MODEL
from desk.floor import Floor
from domain.ports import Clock
from domain.worker_report import STARTED_ANEW, SourceState, WorkerReport, WorkerReports
from runtime.model_watch import WatchedModels

SPEAKING = ("triage", "router", "reply", "handover")
"""The agents that ask a model; what a client is worth is reckoned by a model of its own."""


@dataclass(frozen=True)
class Heartbeat:
    """Puts the report together, and hands it in."""

    reports: WorkerReports
    floor: Floor
    models: WatchedModels
    sources: Callable[[], Awaitable[tuple[SourceState, ...]]]
    policy: Callable[[], dict[str, Any]]
    clock: Clock
    began_at: datetime = field(init=False)
    version: str = field(default_factory=lambda: version("maitred"))

    def __post_init__(self) -> None:
        object.__setattr__(self, "began_at", self.clock.now())

    async def beat(self) -> None:
        """Say how this worker is. Raises StoreUnavailable."""
        host, pid, policy = socket.gethostname(), os.getpid(), self.policy()
        candidate = policy["candidate"]
        await self.reports.tell(
            WorkerReport(
                id=f"{host}-{pid}",
                host=host,
                pid=pid,
                version=self.version,
                began_at=self.began_at,
                told_at=self.clock.now(),
                running=self.floor.running,
                started_anew=int(os.environ.get(STARTED_ANEW) or 0),
                closing=self.floor.is_closing,
                policy=f"{policy['name']}@{policy['active']['version']} {policy['active']['digest']}",
                candidate=f"{candidate['version']} {candidate['stage']}" if candidate else "",
                agents=dict.fromkeys(SPEAKING, self.models.speaking.name) | {"value": VALUE_MODEL},
                models=self.models.states(),
                sources=await self.sources(),
            )
        )
