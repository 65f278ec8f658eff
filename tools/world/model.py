"""The World: everything of the sample company, generated from a seed and kept in one file."""

from __future__ import annotations

import gzip
import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
from pydantic import Field

from domain.canonical import digest
from domain.client import Article, ClientProfile, PastCase, Person, TelemetryReport
from domain.decision import Frozen

FILE = "world.json.gz"


class StreamItem(Frozen):
    """One message as it would be posted, with what is known to be right for it."""

    body: dict[str, Any]
    kind: str = Field(description="plain, thread, duplicate, stranger or hostile.")
    danger: bool = Field(default=False, description="A person must be involved.")


class World(Frozen):
    """The sample company on one day."""

    seed: int
    today: date
    now: datetime
    clients: tuple[ClientProfile, ...]
    telemetry: dict[str, TelemetryReport]
    cases: dict[str, tuple[PastCase, ...]]
    people: tuple[Person, ...]
    articles: tuple[Article, ...]
    stream: tuple[StreamItem, ...]

    def digest(self) -> str:
        """Digest of all of it: the same seed and day give the same one."""
        return digest(orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS))

    def save(self, folder: Path) -> Path:
        """Write it to one file, whole or not at all."""
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f"{FILE}.{os.getpid()}"
        fresh.write_bytes(gzip.compress(self.model_dump_json().encode(), 1, mtime=0))
        fresh.replace(folder / FILE)
        return folder / FILE

    @classmethod
    def load(cls, folder: Path) -> World | None:
        """Read it back; None when there is none."""
        path = folder / FILE
        return cls.model_validate_json(gzip.decompress(path.read_bytes())) if path.exists() else None


def describe(world: World) -> dict[str, int]:
    """How much there is of everything."""
    return {
        "clients": len(world.clients),
        "strategic clients": sum(c.contract is not None and c.contract.tier == "strategic" for c in world.clients),
        "contacts": sum(len(client.contacts) for client in world.clients),
        "invoices": sum(len(client.invoices) for client in world.clients),
        "past cases": sum(len(cases) for cases in world.cases.values()),
        "open incidents": len({i.id for report in world.telemetry.values() for i in report.incidents if i.ended_at is None}),
        "people": len(world.people),
        "articles": len(world.articles),
        "messages": len(world.stream),
        "conversations": len({(item.body["channel"], item.body["conversation_id"]) for item in world.stream}),
    }
