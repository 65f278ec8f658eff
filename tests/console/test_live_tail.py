"""The tail of one worker, on events that stand in memory: one reader for all browsers, and none that holds up the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from console import live
from console.live import Live
from console.speech import Speech
from console.visitors import Visitor
from desk.front import Desk
from domain.account import Account, Seat, Session, Visit
from domain.errors import StoreUnavailable
from domain.events import Event, Kind
from domain.inbox import InboxLine

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
LINE = InboxLine(
    "rev_0",
    "case_0",
    1,
    "open",
    None,
    None,
    NOW,
    NOW,
    5.0,
    "EUR",
    "acme",
    "Acme",
    "gold",
    "eu",
    "eu-senior",
    "human",
    0.9,
    False,
    None,
    None,
    None,
    None,
    "Help!",
)


@dataclass
class Events:
    """An event log in memory that may be away."""

    stored: list[Event] = field(default_factory=list[Event])
    away: bool = False
    heard: int = 0
    reads: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def after(
        self, sequence: int, *, case_id: str | None, region: str | None, client_id: str | None, limit: int = 200
    ) -> list[Event]:
        """What came after."""
        self.reads += 1
        await asyncio.sleep(0)
        if self.away:
            raise StoreUnavailable("away")
        return [one for one in self.stored if one.sequence > sequence and region in (None, one.region)][:limit]

    async def newest(self) -> int:
        """The last sequence."""
        return len(self.stored)

    async def wait(self, timeout_s: float, heard: int | None = None) -> None:
        """Until something comes."""
        if heard in (None, self.heard):
            try:
                await asyncio.wait_for(self._news.wait(), timeout_s)
            except TimeoutError:
                return
        self._news.clear()

    def happen(self, *reviews: str, region: str = "eu") -> None:
        """Each of these is claimed."""
        for review in reviews:
            number = len(self.stored) + 1
            data = {"review_id": review}
            self.stored.append(
                Event(sequence=number, id=f"evt_{number}", kind=Kind.REVIEW_CLAIMED, case_id="c", region=region, at=NOW, data=data)
            )
        self.heard += 1
        self._news.set()


@dataclass
class Office:
    """All that the tail asks of a desk."""

    events: Events = field(default_factory=Events)
    floor: Any = field(default_factory=lambda: SimpleNamespace(is_closing=False))
    reviews: Any = field(default_factory=lambda: SimpleNamespace(clock=SimpleNamespace(now=lambda: NOW)))
    lines_read: list[set[str]] = field(default_factory=list[set[str]])
    alive: bool = True

    @property
    def inbox(self) -> Office:
        """It is its own inbox."""
        return self

    async def lines_of(self, review_ids: Collection[str]) -> list[InboxLine]:
        """Each in its region, which stands before its name."""
        self.lines_read.append(set(review_ids))
        return [replace(LINE, id=one, region=one.partition("-")[0] if "-" in one else "eu") for one in review_ids]

    @property
    def sign_in(self) -> Any:
        """Sessions and accounts of one person."""

        async def one(person_id: str) -> Account | None:
            return visitor(person_id).account

        async def of(person_id: str) -> list[Session]:
            return [visitor(person_id).session] if self.alive else []

        return SimpleNamespace(accounts=SimpleNamespace(one=one), sessions=SimpleNamespace(of=of))


def visitor(person: str, region: str | None = None, *seats: Seat) -> Visitor:
    """Somebody who looks."""
    account = Account(id=person, name=person, email=f"{person}@halyard.example", seats=seats or (Seat.LEAD,), region=region)
    session = Session(id=f"s-{person}", person_id=person, began_at=NOW, seen_at=NOW, visit=Visit(agent="", address=""))
    return Visitor(account, session, 1800)


@dataclass
class Reading:
    """Somebody's open stream."""

    stream: AsyncGenerator[bytes, None]
    text: str = ""
    task: asyncio.Task[None] | None = None

    async def read(self) -> None:
        """To its end."""
        async for piece in self.stream:
            self.text += piece.decode()

    async def until(self, said: str) -> None:
        """Wait until something came down."""
        async with asyncio.timeout(5):
            while said not in self.text:
                await asyncio.sleep(0.005)

    async def leave(self) -> None:
        """Close the browser."""
        if self.task:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)


async def reading(tail: Live, who: Visitor, after: int | None = None) -> Reading:
    """A stream that runs."""
    made = Reading(tail.stream(who, Speech(), after))
    made.task = asyncio.create_task(made.read())
    await made.until("event: beat")
    return made


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def tail(office: Office) -> Live:
    return Live(cast(Desk, office))


async def test_one_reader_serves_all_browsers_begins_with_the_first_and_ends_with_the_last(office: Office, tail: Live) -> None:
    assert not tail.is_following
    readers = [await reading(tail, visitor(f"p{number}")) for number in range(5)]
    office.events.happen("rev_1", "rev_2", "rev_1")
    for one in readers:
        await one.until('"id":"rev_1"')
    assert office.lines_read == [{"rev_1", "rev_2"}]
    assert [one.text.count("event: row") for one in readers] == [2] * 5
    assert readers[0].text.index("id: 2\nevent: row") < readers[0].text.index("id: 3\nevent: row")
    for one in readers:
        await one.leave()
    assert tail.watched == 0
    office.events.happen("rev_3")
    async with asyncio.timeout(5):
        while tail.is_following:
            await asyncio.sleep(0.01)
    later = await reading(tail, visitor("late"), after=3)
    await later.until('"id":"rev_3"')
    await later.leave()


async def test_who_sees_a_region_alone_hears_of_no_other(office: Office, tail: Live) -> None:
    here, all_of_it = await reading(tail, visitor("here", "eu")), await reading(tail, visitor("boss"))
    office.events.happen("us-1", region="us")
    office.events.happen("eu-1")
    await here.until("eu-1")
    await all_of_it.until("eu-1")
    assert "us-1" in all_of_it.text
    assert "us-1" not in here.text
    for one in (here, all_of_it):
        await one.leave()


async def test_a_slow_browser_is_cut_off_and_told_what_it_missed_when_it_comes_back(
    office: Office, tail: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "BACKLOG", 3)
    stuck = tail.stream(visitor("slow"), Speech(), None)
    await anext(stuck)
    quick = await reading(tail, visitor("quick"))
    for number in range(1, 9):
        office.events.happen(f"rev_{number}")
        await quick.until(f"rev_{number}")
    left = [piece async for piece in stuck]
    assert b"".join(left).count(b"event: row") <= 3
    back = await reading(tail, visitor("slow"), after=0)
    await back.until("rev_8")
    assert back.text.count("event: row") == 8
    for one in (quick, back):
        await one.leave()


async def test_a_session_that_ended_ends_its_stream(office: Office, tail: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "RECHECK_S", 0.0)
    one = await reading(tail, visitor("gone"))
    office.alive = False
    office.events.happen("rev_1")
    assert one.task is not None
    await asyncio.wait_for(one.task, 5)
    assert tail.watched == 0


async def test_who_was_away_for_too_long_is_told_to_load_anew(office: Office, tail: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "REPLAYED", 3)
    office.events.happen(*(f"rev_{number}" for number in range(5)))
    away = await reading(tail, visitor("away"), after=0)
    await away.until("event: reload")
    assert "event: row" not in away.text
    office.events.happen("rev_9")
    await away.until("rev_9")
    await away.leave()


async def test_what_happens_while_a_browser_reads_what_it_missed_is_told_once_and_in_order(office: Office, tail: Live) -> None:
    office.events.happen("rev_1", "rev_2")
    back = Reading(tail.stream(visitor("back"), Speech(), 0))
    back.text += (await anext(back.stream)).decode()
    office.events.happen("rev_3", "rev_4")
    back.task = asyncio.create_task(back.read())
    await back.until("rev_4")
    ids = [int(line.removeprefix("id: ")) for line in back.text.splitlines() if line.startswith("id: ")]
    assert ids == sorted(ids)
    assert back.text.count("event: row") == 4
    await back.leave()


async def test_what_happens_while_the_store_is_away_is_told_when_it_is_back(
    office: Office, tail: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LOOK_S", 0.01)
    one = await reading(tail, visitor("calm"))
    office.events.away = True
    office.events.happen("rev_1")
    await asyncio.sleep(0.05)
    office.events.away = False
    await one.until("rev_1")
    await one.leave()


async def test_streams_end_when_the_worker_stops(office: Office, tail: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LOOK_S", 0.01)
    one = await reading(tail, visitor("calm"))
    office.floor.is_closing = True
    assert one.task is not None
    await asyncio.wait_for(one.task, 5)
    assert not tail.is_following


async def test_rows_that_look_alike_are_rendered_once() -> None:
    change = live.Change(LINE, NOW, 7)
    alike = [change.piece(visitor(person), Speech()) for person in ("p", "q")]
    assert alike[0] is alike[1]
    held = live.Change(replace(LINE, status="claimed", claimed_by="person:p", claim_expires_at=NOW + timedelta(minutes=5)), NOW, 8)
    assert b"you have it" in held.piece(visitor("p"), Speech())
    assert b"p has it" in held.piece(visitor("q"), Speech())
    assert b"checkbox" not in held.piece(visitor("r", None, Seat.AUDITOR), Speech())
