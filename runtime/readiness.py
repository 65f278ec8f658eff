"""Whether each dependency answers, how fast, which models speak, and which policy decides."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

LIMIT_S = 0.8


@dataclass(frozen=True)
class DependencyChecks:
    """Asks every dependency side by side."""

    checks: dict[str, Callable[[], Awaitable[None]]]
    models: dict[str, str]
    policy: Callable[[], dict[str, Any]]

    async def report(self) -> tuple[bool, dict[str, object]]:
        """(ready, what /readyz shows)."""
        answers = await asyncio.gather(*(_timed(check) for check in self.checks.values()))
        dependencies = dict(zip(self.checks, answers, strict=True))
        ready = all(answer["status"] == "up" for answer in answers)
        policy = self.policy()
        shown: dict[str, object] = {
            "status": "ready" if ready else "not ready",
            "dependencies": dependencies,
            "models": self.models,
            "policy": f"{policy['name']}@{policy['active']['version']} {policy['active']['digest']}",
            "release": policy,
        }
        return ready, shown


async def _timed(check: Callable[[], Awaitable[None]]) -> dict[str, object]:
    began = time.perf_counter()
    try:
        await asyncio.wait_for(check(), LIMIT_S)
    except Exception as error:
        return {"status": "down", "reason": type(error).__name__, "latency_ms": round((time.perf_counter() - began) * 1000, 2)}
    return {"status": "up", "latency_ms": round((time.perf_counter() - began) * 1000, 2)}
