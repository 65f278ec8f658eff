"""The sample company's day: it begins once, never beside a real company, and a message that is refused does not end it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from desk.floor import Floor
from desk.intake import Intake
from desk.sample_day import SampleDay
from domain.case import InboundMessage, Sender
from domain.errors import TooBusy


@dataclass
class Counter:
    """An intake that counts, and is full for one message."""

    full_at: int = -1
    taken: list[str] = field(default_factory=list[str])

    async def accept(self, message: InboundMessage, *, actor: str, request_id: str) -> str:
        """Take it in."""
        if len(self.taken) == self.full_at:
            self.full_at = -1
            raise TooBusy("Full.", 1, 1)
        assert actor == "sample"
        self.taken.append(message.external_id)
        return message.external_id

    async def settled(self, accepted: str, within_s: float) -> bool:
        """At once."""
        return True


@dataclass
class Room:
    """A floor that may be closing."""

    is_closing: bool = False


def messages() -> Iterator[InboundMessage]:
    for number in range(40):
        name = f"m-{number}"
        yield InboundMessage(
            channel="email", external_id=name, conversation_id=name, sender=Sender(), text="Hello.", sent_at=datetime.now(UTC)
        )


def day(intake: Counter, floor: Room, stream: Any = messages) -> SampleDay:
    return SampleDay(cast(Intake, intake), cast(Floor, floor), stream)


async def posted(intake: Counter, wanted: int) -> list[str]:
    async with asyncio.timeout(10):
        while len(intake.taken) < wanted:
            await asyncio.sleep(0)
    return intake.taken


async def test_it_begins_once() -> None:
    intake = Counter()
    ours = day(intake, Room())
    assert ours.is_offered
    assert ours.begin()
    assert not ours.begin()
    assert not ours.is_offered
    assert await posted(intake, 40) == [f"m-{number}" for number in range(40)]


async def test_a_real_companys_inbox_gets_no_sample() -> None:
    ours = day(Counter(), Room(), None)
    assert not ours.is_offered
    assert not ours.begin()


async def test_a_message_that_is_refused_does_not_end_the_day() -> None:
    intake = Counter(full_at=3)
    day(intake, Room()).begin()
    assert len(await posted(intake, 39)) == 39


async def test_a_service_that_stops_takes_nothing_more() -> None:
    intake, floor = Counter(), Room(is_closing=True)
    ours = day(intake, floor)
    ours.begin()
    for _ in range(20):
        await asyncio.sleep(0)
    assert intake.taken == []


def test_the_stream_is_only_read_when_the_day_begins() -> None:
    read: list[int] = []

    def watched() -> Iterable[InboundMessage]:
        read.append(1)
        return messages()

    assert day(Counter(), Room(), watched).is_offered
    assert read == []
