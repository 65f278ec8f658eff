"""The ledger's tree in Postgres: every committed entry gets one leaf for ever, in whatever order transactions end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from domain.events import Happening, Kind
from domain.merkle import complete_parts as parts
from domain.merkle import hash_of, inclusion_spans, leaf_hash, root_from, root_of
from domain.views import LedgerQuery
from runtime.ledger_key import LedgerKey
from runtime.servers import patient_database
from stores import ledger_seals
from stores.journal import PgJournal
from stores.ledger_seals import BATCH, PgSealer, PgSeals
from stores.postgres import Database
from stores.schema import migrate
from stores.views import PgViews

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
KEY = LedgerKey(bytes(range(32)))


def told(number: int, **entry: Any) -> Happening:
    return Happening(
        id=f"ent_{number}",
        kind=Kind.CASE_DECIDED,
        case_id=f"case_{number}",
        region="eu",
        actor="person:lena",
        at=NOW,
        entry={"n": number, **entry},
    )


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    await migrate(database_url)
    async with patient_database(database_url, 4) as database:
        yield database


def sealer(database: Database) -> PgSealer:
    return PgSealer(database, KEY, lambda: NOW)


async def write(database: Database, *numbers: int, **entry: Any) -> None:
    async with database.transaction() as tx:
        await tx.journal.write(*(told(number, **entry) for number in numbers))


async def test_every_entry_leads_to_the_signed_root_of_each_size(database: Database) -> None:
    seals = PgSeals(database)
    for batch in ((1, 2, 3), (4,), (5, 6, 7, 8, 9)):
        await write(database, *batch)
        assert await sealer(database).seal() == len(batch)
        checkpoint = await seals.newest()
        assert checkpoint is not None
        assert checkpoint.size == batch[-1]
        text = KEY.signed(checkpoint.note)
        assert text is not None
        assert text.splitlines()[1] == str(checkpoint.size)
    entries = [row["index"] for row in await PgViews(database).entries(LedgerQuery())]
    leaves = sorted((await seals.leaves(entries)).values(), key=lambda leaf: leaf.position)
    for checkpoint in [one for size in (3, 4, 9) if (one := await seals.checkpoint(size))]:
        assert root_of([leaf.body for leaf in leaves[: checkpoint.size]]) == checkpoint.root
        for leaf in leaves[: checkpoint.size]:
            spans = inclusion_spans(leaf.position, checkpoint.size)
            nodes = await seals.nodes(place for span in spans for place in parts(span))
            path = [hash_of(span, nodes) for span in spans]
            assert root_from(leaf.position, checkpoint.size, leaf_hash(leaf.body), path) == checkpoint.root
    assert await sealer(database).seal() == 0


async def test_an_entry_that_is_committed_late_gets_a_later_leaf(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_seals, "LATE", 2)
    await write(database, 1)
    async with database.connection() as connection, connection.transaction():
        await PgJournal(connection).write(told(2), told(3))
        await write(database, *range(4, 10))
        assert await sealer(database).seal() == 7
    one = sealer(database)
    assert [await one.seal() for _ in range(3)].count(2) == 1
    async with database.connection() as connection:
        rows = await connection.fetch("select e.id from ledger_leaves l join ledger_entries e on e.index = l.entry order by l.position")
    assert [row["id"] for row in rows] == [f"ent_{number}" for number in (1, 4, 5, 6, 7, 8, 9, 2, 3)]


async def test_sealers_side_by_side_seal_each_entry_once(database: Database) -> None:
    await write(database, *range(1, 40))
    counts = await asyncio.gather(*(sealer(database).seal(15) for _ in range(3)))
    while counted := await sealer(database).seal(15):
        counts.append(counted)
    assert sum(counts) == 39
    assert (newest := await PgSeals(database).newest()) is not None
    assert newest.size == 39


async def test_what_was_sealed_cannot_be_changed(database: Database) -> None:
    await write(database, 1)
    await sealer(database).seal()
    for table in ("ledger_leaves", "ledger_nodes", "ledger_checkpoints"):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            async with database.connection() as connection:
                await connection.execute(f"delete from {table}")


async def test_entries_are_found_by_their_words(database: Database) -> None:
    views = PgViews(database)
    await write(database, 1, reason="A refund\nof a “goodwill” kind was wrong.")
    await write(database, 2, reason="Nothing to see.", tail="x " * 300_000)
    await sealer(database).seal()

    async def found(q: str) -> list[str]:
        return [row["id"] for row in await views.entries(LedgerQuery(q=q))]

    assert await found("goodwill refund") == ["ent_1"]
    assert await found('"see nothing"') == []
    assert await found("nothing -refund") == ["ent_2"]
    assert await found("case_2") == ["ent_2"]
    assert await found("lena") == ["ent_1", "ent_2"]
    assert await found("of kind & ':* ") == ["ent_1"]
    assert await found("!!") == []


def test_a_note_is_good_only_with_our_signature() -> None:
    note = KEY.checkpoint(3, b"\1" * 32, NOW).note
    assert KEY.signed(note) == "maitred-ledger\n3\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n2026-11-23T08:00:00Z\n"
    assert LedgerKey(bytes(32)).signed(note) is None
    assert KEY.signed(note.replace("\n3\n", "\n4\n")) is None
    assert KEY.signed(note.replace("maitred-ledger D", "maitred-ledger !")) is None
    for broken in ("", "\n\n", note[:-20], "\u2014 maitred-ledger AAAA"):
        assert KEY.signed(broken) is None


async def test_only_a_full_batch_says_that_there_may_be_more(database: Database) -> None:
    """Who writes steadily would otherwise keep the sealer running for an entry or two at a time."""
    await write(database, *range(1, BATCH + 2))
    one = sealer(database)
    assert await one.seal_batch() is True
    assert await one.seal_batch() is False
    assert await one.seal_batch() is False
