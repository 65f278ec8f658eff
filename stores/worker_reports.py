"""What workers say of themselves, in Redis: each report ends by itself when its worker falls silent."""

from __future__ import annotations

from pydantic import ValidationError

from domain.worker_report import WorkerReport
from stores.redis import Redis

PREFIX, EVERYBODY = "maitred:worker:", "maitred:workers"
KEPT_S = 30
"""So long somebody who looks can see that a worker fell silent."""


class RedisWorkerReports:
    """Reports of workers."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def tell(self, report: WorkerReport) -> None:
        """Say how a worker is."""
        await self._redis.call("SET", PREFIX + report.id, report.model_dump_json(), "EX", KEPT_S)
        await self._redis.call("SADD", EVERYBODY, report.id)

    async def all(self) -> list[WorkerReport]:
        """Every worker that is heard of, the one that began first, first; who fell silent is forgotten."""
        ids: list[bytes] = await self._redis.call("SMEMBERS", EVERYBODY)
        found: list[WorkerReport] = []
        for one in ids:
            raw: bytes | None = await self._redis.call("GET", PREFIX + one.decode())
            if raw is None:
                await self._redis.call("SREM", EVERYBODY, one)
            elif (report := _read(raw)) is not None:
                found.append(report)
        return sorted(found, key=lambda report: (report.began_at, report.id))


def _read(raw: bytes) -> WorkerReport | None:
    """The report; None for one of a worker whose version says other things, which is there for the time of an upgrade."""
    try:
        return WorkerReport.model_validate_json(raw)
    except ValidationError:
        return None
