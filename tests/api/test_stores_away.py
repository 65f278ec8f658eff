"""A store that is away is said by the status of an answer, also of one that streams."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any, cast

import orjson
import pytest
from starlette.responses import StreamingResponse

from api.pages import begun
from api.routes.events import all_events
from api.routes.health import readyz
from api.routes.ledger import export_entries
from desk.front import Desk
from desk.ledger import Ledger
from domain.access import ApiKey
from domain.errors import StoreUnavailable
from domain.views import LedgerQuery

KEY = ApiKey(id="key_1", name="reader", scopes=("all",), actor="key:reader")


async def away(*_: Any, **__: Any) -> Any:
    """What a store says that does not answer."""
    raise StoreUnavailable("Postgres does not answer.")


def desk_of(**parts: Any) -> Desk:
    """All that a route asks of a desk."""
    return cast(Desk, SimpleNamespace(**parts))


async def test_an_export_does_not_begin_without_its_store() -> None:
    nothing: Any = None
    ledger = Ledger(cast(Any, SimpleNamespace(entries=away)), nothing, nothing, nothing)
    with pytest.raises(StoreUnavailable):
        await export_entries(desk_of(ledger=ledger), LedgerQuery())


@pytest.mark.parametrize("after", [None, "5"])
@pytest.mark.parametrize("follow", [True, False])
async def test_a_stream_of_events_does_not_begin_without_its_store(after: str | None, follow: bool) -> None:
    events = SimpleNamespace(newest=away, after=away)
    with pytest.raises(StoreUnavailable):
        await all_events(cast(Any, None), desk_of(events=events), KEY, after, follow)


@pytest.mark.parametrize("pieces", [[], [b"a"], [b"a", b"b", b"c"]])
async def test_lines_that_have_begun_are_the_same_lines(pieces: list[bytes]) -> None:
    async def lines() -> AsyncGenerator[bytes]:
        for piece in pieces:
            yield piece

    answer = StreamingResponse(await begun(lines()))
    assert b"".join([cast(bytes, piece) async for piece in answer.body_iterator]) == b"".join(pieces)


async def test_whoever_is_told_that_it_is_not_ready_is_told_when_to_ask_again() -> None:
    async def report() -> tuple[bool, dict[str, object]]:
        return False, {"status": "not ready"}

    answer = await readyz(desk_of(readiness=SimpleNamespace(report=report)))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert orjson.loads(answer.body) == {"status": "not ready"}
