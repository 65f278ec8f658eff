"""What changes in the inbox, told to every browser that looks at it: one worker follows the events once for all of its browsers.

Each row goes out under the sequence of the last event that changed it, in order. A browser that reads up to a sequence has therefore every
change until then, and one that comes back with it, to whichever worker, is told what it missed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field

import structlog

from console.live_rows import Change, changes_of
from console.speech import Speech
from console.visitors import Visitor
from desk.front import Desk
from domain.errors import StoreUnavailable

log = structlog.get_logger("maitred.console.live")

TICK_S = 0.02
"""Changes within this time are read and told together."""
READ = 500
"""Events that are read at once."""
REPLAYED = 1_000
"""Events that are read again for a browser that was away; past them it is told to load the list anew."""
BACKLOG = 1_000
"""Changes that wait for a slow browser; past them it is cut off, and told what it missed when it comes back."""
BEAT_S = 15.0
LOOK_S = 1.0
RECHECK_S = 10.0
RETRY_MS = 300


@dataclass(eq=False)
class Watcher:
    """One browser."""

    visitor: Visitor
    speech: Speech
    since: int = 0
    """It is handed everything after this sequence; what is older it has to ask for."""
    waiting: asyncio.Queue[Change | None] = field(default_factory=lambda: asyncio.Queue(BACKLOG))
    cut_off: bool = False

    def hand(self, changes: Iterable[Change]) -> None:
        """Queue what it may see; one that reads too slowly is cut off."""
        for change in changes:
            if self.cut_off or not change.is_for(self.visitor):
                continue
            try:
                self.waiting.put_nowait(change)
            except asyncio.QueueFull:
                self.end()

    def end(self) -> None:
        """Nothing more comes; what waits is dropped, and asked for again by whoever comes back."""
        self.cut_off = True
        while not self.waiting.empty():
            self.waiting.get_nowait()
        self.waiting.put_nowait(None)


class Live:
    """The tail of one worker: it begins with the first browser and ends with the last."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._watchers: set[Watcher] = set()
        self._tail: asyncio.Task[None] | None = None
        self._at = 0
        self._begun = asyncio.Event()

    @property
    def watched(self) -> int:
        """Browsers that look."""
        return len(self._watchers)

    @property
    def is_following(self) -> bool:
        """Events are read."""
        return self._tail is not None and not self._tail.done()

    async def stream(self, visitor: Visitor, speech: Speech, after: int | None) -> AsyncGenerator[bytes, None]:
        """What the visitor's browser reads: first what it missed after `after`, then what happens."""
        watcher = Watcher(visitor, speech)
        try:
            await self._join(watcher)
            start = watcher.since if after is None else after
            yield f"retry: {RETRY_MS}\nid: {start}\nevent: beat\ndata: {{}}\n\n".encode()
            if start < watcher.since:
                async for piece in self._missed(watcher, start):
                    yield piece
            async for piece in self._news(watcher):
                yield piece
        except StoreUnavailable:
            return
        finally:
            self._watchers.discard(watcher)

    async def _join(self, watcher: Watcher) -> None:
        """Raises StoreUnavailable when the events cannot be followed now."""
        self._watchers.add(watcher)
        if not self.is_following:
            self._begun.clear()
            self._tail = asyncio.create_task(self._follow(), name="live inbox")
        await self._begun.wait()
        if watcher.cut_off:
            raise StoreUnavailable("The events cannot be followed now.")
        watcher.since = self._at

    async def _missed(self, watcher: Watcher, start: int) -> AsyncGenerator[bytes, None]:
        found = await self._desk.events.after(start, case_id=None, region=watcher.visitor.key.region, client_id=None, limit=REPLAYED + 1)
        events = [one for one in found if one.sequence <= watcher.since]  # what came meanwhile waits for the watcher already
        if len(events) > REPLAYED:
            yield f"id: {watcher.since}\nevent: reload\ndata: {{}}\n\n".encode()
            return
        for change in await changes_of(self._desk, events):
            if change.is_for(watcher.visitor):
                yield change.piece(watcher.visitor, watcher.speech)
        yield f"id: {watcher.since}\nevent: beat\ndata: {{}}\n\n".encode()

    async def _news(self, watcher: Watcher) -> AsyncGenerator[bytes, None]:
        """Until the watcher is cut off, the worker stops or the session ends."""
        now = asyncio.get_running_loop().time
        checked = now()
        while True:
            try:
                async with asyncio.timeout(BEAT_S):
                    changes = [await watcher.waiting.get()]
            except TimeoutError:
                yield b"event: beat\ndata: {}\n\n"
            else:
                while not watcher.waiting.empty():
                    changes.append(watcher.waiting.get_nowait())
                yield b"".join(change.piece(watcher.visitor, watcher.speech) for change in changes if change is not None)
                if None in changes:
                    return
            if now() - checked >= RECHECK_S:
                if not await self._still(watcher.visitor):
                    return
                checked = now()

    async def _still(self, visitor: Visitor) -> bool:
        """Whether the session lives and its person may do what they could. Looking does not keep a session alive."""
        sign_in = self._desk.sign_in
        if await sign_in.accounts.one(visitor.account.id) != visitor.account:
            return False
        return any(one.id == visitor.session.id for one in await sign_in.sessions.of(visitor.account.id))

    async def _follow(self) -> None:
        try:
            await self._desk.events.wait(0)
            self._at = await self._desk.events.newest()
            self._begun.set()
            while self._watchers and not self._desk.floor.is_closing:
                await self._step()
        except Exception:
            log.exception("live inbox broke")
        finally:
            self._begun.set()
            for watcher in self._watchers:
                watcher.end()

    async def _step(self) -> None:
        """Tell what happened; when nothing did, wait until something does."""
        events = self._desk.events
        try:
            heard = events.heard
            found = await events.after(self._at, case_id=None, region=None, client_id=None, limit=READ)
            if not found:
                await events.wait(LOOK_S, heard)
                return
            changes = await changes_of(self._desk, found)
        except StoreUnavailable as error:
            log.warning("live inbox waits", reason=error.code)
            await asyncio.sleep(LOOK_S)
            return
        for watcher in self._watchers:
            watcher.hand(changes)
        self._at = found[-1].sequence
        await asyncio.sleep(TICK_S)
