"""The sample company's day, posted for whoever opens the console for the first time: an inbox without work teaches nobody how to rule."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from itertools import islice

import structlog

from desk.floor import Floor
from desk.intake import Intake
from domain.case import InboundMessage
from domain.identifiers import new_id

log = structlog.get_logger("maitred.sample")

AT_ONCE, IN_ALL = 40, 160
"""Messages that stand in the inbox when somebody first looks, and all that come while they look on."""
NEXT_AFTER_S = 20.0
ACTOR = "sample"


class SampleDay:
    """Posts messages of the sample company. Each carries an id of its own, so a second day adds nothing."""

    def __init__(self, intake: Intake, floor: Floor, messages: Callable[[], Iterable[InboundMessage]] | None) -> None:
        self._intake, self._floor, self._messages = intake, floor, messages
        self._running: asyncio.Task[None] | None = None

    @property
    def is_offered(self) -> bool:
        """The clients are the sample company's, and its day does not run in this process."""
        return self._messages is not None and self._running is None

    def begin(self) -> bool:
        """Begin to post; False where the clients are a real company's, or the day runs already."""
        if self._messages is None or self._running is not None:
            return False
        self._running = asyncio.create_task(self._post(self._messages()), name="sample day")
        return True

    def end(self) -> None:
        """Stop posting."""
        if self._running is not None:
            self._running.cancel()

    async def _post(self, messages: Iterable[InboundMessage]) -> None:
        for number, message in enumerate(islice(messages, IN_ALL)):
            if self._floor.is_closing:
                return
            await self._take(message)
            if number >= AT_ONCE:
                await asyncio.sleep(NEXT_AFTER_S)

    async def _take(self, message: InboundMessage) -> None:
        """One message that is refused, or breaks, does not end the day."""
        try:
            accepted = await self._intake.accept(message, actor=ACTOR, request_id=new_id("req"))
            await self._intake.settled(accepted, NEXT_AFTER_S)
        except Exception as error:
            log.warning("sample message was not taken", exc_info=error)
