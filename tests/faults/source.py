"""A message source as bad as real ones: everything comes at least once, some of it thrice, and not in the order in which it was written."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.service import message

TEXTS = (
    ("How do I share a dashboard?", {"email": "stranger@nowhere.example"}),
    ("The invoice of October is wrong, please correct it.", {"email": "cto@northwind.example"}),
    ("Our lawyers will sue you over last week's outage.", {"email": "cto@northwind.example"}),
    ("Unsere Produktion steht, der Export schlägt seit 07:10 fehl!", {"email": "cto@northwind.example"}),
    ("¿Cómo cambio el idioma de la interfaz?", {"email": "alguien@nowhere.example"}),
)
COPIES = (1, 1, 2, 3)
FOLLOW_UPS = (0, 0, 1)
RETRY_S = 0.2
PATIENCE_S = 60.0


@dataclass
class Told:
    """What the source was told about one message."""

    external_id: str
    conversation_id: str
    answers: list[tuple[int, str | None]] = field(default_factory=list[tuple[int, str | None]])
    accepted_at: float | None = None


@dataclass
class History:
    """Every message that was sent, with every answer: what the checker holds the stores against."""

    messages: dict[str, Told] = field(default_factory=dict[str, Told])

    def note(self, body: dict[str, Any], status: int, case_id: str | None) -> None:
        """An answer came."""
        told = self.messages.setdefault(body["external_id"], Told(body["external_id"], body["conversation_id"]))
        told.answers.append((status, case_id))
        if case_id and told.accepted_at is None:
            told.accepted_at = time.time()

    @property
    def accepted(self) -> list[Told]:
        """Messages that the service said it has."""
        return [told for told in self.messages.values() if told.accepted_at is not None]


class Source:
    """Writes messages and delivers them, again and again until somebody takes them."""

    def __init__(self, history: History, seed: int) -> None:
        self.history = history
        self._chance = random.Random(seed)

    def deliveries(self, conversations: int) -> list[dict[str, Any]]:
        """Bodies in the order of delivery: copies of each, all shuffled."""
        bodies: list[dict[str, Any]] = []
        for _ in range(conversations):
            text, sender = self._chance.choice(TEXTS)
            first = message(text, sender=sender)
            bodies.append(first)
            bodies += [
                message("Any news?", sender=sender, conversation_id=first["conversation_id"])
                for _ in range(self._chance.choice(FOLLOW_UPS))
            ]
        copies = [body for body in bodies for _ in range(self._chance.choice(COPIES))]
        self._chance.shuffle(copies)
        return copies

    async def deliver(self, http: httpx.AsyncClient, bodies: Sequence[dict[str, Any]]) -> None:
        """Deliver all of them at once. Raises TimeoutError when one is not taken in time."""
        await asyncio.gather(*(self._until_taken(http, body) for body in bodies))

    async def _until_taken(self, http: httpx.AsyncClient, body: dict[str, Any]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    answer = await http.post("/v1/messages", json=body)
                except httpx.HTTPError:
                    self.history.note(body, 0, None)
                else:
                    taken = answer.status_code in (200, 202)
                    self.history.note(body, answer.status_code, answer.json()["id"] if taken else None)
                    if taken:
                        return
                await asyncio.sleep(RETRY_S)
