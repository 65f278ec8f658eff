"""The World: everything of the sample company, generated from a seed and kept in one file."""

from __future__ import annotations

import gzip
import os
import zlib
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
from pydantic import Field, ValidationError

from domain.canonical import digest
from domain.client import Article, ClientIncident, ClientProfile, PastCase, Person
from domain.decision import Frozen
from domain.facts import ContractTier, Intent, Mode, Signal

FILE = "world.json.gz"


class Expect(Frozen):
    """What is known to be right for a message, for evals: gold that comes from its author and from the client's record."""

    client_id: str | None = Field(description="The client behind the sender; None when nobody can know.")
    intent: Intent
    signals: tuple[Signal, ...] = ()
    modes: tuple[Mode, ...] = Field(description="Modes that would be acceptable.")
    must_review: bool = Field(default=False, description="A lead has to rule before anything happens.")
    danger: bool = Field(default=False, description="A bot alone would be the dangerous error.")
    trick: str = Field(default="", description="What makes it hostile, such as `base64` or `html`.")


class StreamItem(Frozen):
    """One message as it would be posted to `/v1/messages`, with its gold."""

    body: dict[str, Any]
    kind: str = Field(description="plain, thread, duplicate, stranger, newcomer or hostile.")
    expect: Expect


class ClientUsage(Frozen):
    """Daily calls and failed calls of one client, oldest first, ending on the day before the world's morning."""

    client_id: str
    calls: tuple[int, ...]
    errors: tuple[int, ...]
    top_error: str
    seats_active: int
    incidents: tuple[str, ...] = Field(default=(), description="Ids of the incidents that touch the client.")
    lag_minutes: int = Field(description="How far measuring is behind.")


class Measurements(Frozen):
    """What the product's telemetry has recorded."""

    usage: dict[str, ClientUsage] = Field(description="By client id.")
    incidents: tuple[ClientIncident, ...] = ()


class World(Frozen):
    """The sample company on one day."""

    seed: int
    today: date
    now: datetime
    clients: tuple[ClientProfile, ...]
    telemetry: Measurements
    cases: dict[str, tuple[PastCase, ...]]
    people: tuple[Person, ...]
    articles: tuple[Article, ...]
    stream: tuple[StreamItem, ...]

    def digest(self) -> str:
        """Digest of all of it: the same seed and day give the same one."""
        return digest(orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS))

    def save(self, folder: Path) -> Path:
        """Write it to one file in `folder`, whole or not at all."""
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f"{FILE}.{os.getpid()}"
        fresh.write_bytes(gzip.compress(self.model_dump_json().encode(), 1, mtime=0))
        return fresh.replace(folder / FILE)

    @classmethod
    def load(cls, folder: Path) -> World | None:
        """Read it back; None when there is none, or none that this release can read: it can always be generated again."""
        try:
            return cls.model_validate_json(gzip.decompress((folder / FILE).read_bytes()))
        except (OSError, EOFError, zlib.error, ValidationError):
            return None


def describe(world: World) -> dict[str, int]:
    """How much there is of everything, for a table."""
    tiers = [client.contract.tier if client.contract else ContractTier.NONE for client in world.clients]
    return {
        "clients": len(world.clients),
        **{f"{tier} clients": tiers.count(tier) for tier in ContractTier},
        "contacts": sum(len(client.contacts) for client in world.clients),
        "invoices": sum(len(client.invoices) for client in world.clients),
        "past cases": sum(len(cases) for cases in world.cases.values()),
        "open incidents": sum(incident.ended_at is None for incident in world.telemetry.incidents),
        "people": len(world.people),
        "articles": len(world.articles),
        "messages": len(world.stream),
        "conversations": len({(item.body["channel"], item.body["conversation_id"]) for item in world.stream}),
    }
