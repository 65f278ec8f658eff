"""The tree over the ledger in Postgres: one sealer at a time gives committed entries their leaf, and signs the root.

An entry's index is drawn inside its transaction, so a smaller one may appear after a larger one; leaves are given in the order in which
entries are found, and a late one just gets a later leaf. What was sealed never moves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain.ledger_proof import Checkpoint, Leaf, Sealing
from domain.merkle import Growth, Place, complete_parts

if TYPE_CHECKING:
    from stores.postgres import Database

SEALER_LOCK = 0x6D7365710002
LATE = 1_000
"""Indexes behind the newest leaf that are looked at each time: a transaction that drew its index then may have ended only now."""
SWEEP = 1_000
"""Further indexes behind that are looked at each time, in turn, so that not even the latest is left out for ever."""
BATCH = 100
"""Entries that are sealed at a time: what a statement can do within the patience of a loaded server."""
WORDS = 100_000
"""Letters of an entry whose words can be looked for; Postgres takes a megabyte of words."""
STATE = "select coalesce(max(position) + 1, 0) as size, coalesce(max(entry), 0) as newest from ledger_leaves"
SEAL = f"""
with looked_at as (
    (select index from ledger_entries where index > $2 order by index limit $5 + {LATE})
    union all
    (select index from ledger_entries where index > $3 and index <= $4)
), unsealed as (
    select e.index, e.kind, e.body from ledger_entries e
    where e.index in (
        select w.index from looked_at w where not exists (select from ledger_leaves l where l.entry = w.index) order by w.index limit $5
    )
)
insert into ledger_leaves (position, entry, hash, words)
select $1 + row_number() over (order by index) - 1, index, sha256('\\x00'::bytea || body),
       to_tsvector('simple', replace(kind, '.', ' ') || ' '
                             || left(replace(replace(convert_from(body, 'UTF8'), '\\n', ' '), '\\"', ' '), {WORDS}))
from unsealed
returning position, hash
"""  # noqa: S608 - built from the constants above only
NODES = """
select w.level, w.position, coalesce(n.hash, l.hash) as hash
from unnest($1::int[], $2::bigint[]) as w(level, position)
left join ledger_nodes n on w.level > 0 and n.level = w.level and n.position = w.position
left join ledger_leaves l on w.level = 0 and l.position = w.position
where coalesce(n.hash, l.hash) is not null
"""
LEAVES = """
select l.entry, l.position, l.hash, e.body from ledger_leaves l join ledger_entries e on e.index = l.entry where l.entry = any($1::bigint[])
"""
ADD_NODES = "insert into ledger_nodes (level, position, hash) select * from unnest($1::int[], $2::bigint[], $3::bytea[])"
ADD_CHECKPOINT = "insert into ledger_checkpoints (size, root, at, note) values ($1, $2, $3, $4)"


class PgSealer:
    """Seals what was written since."""

    def __init__(self, database: Database, sealing: Sealing, now: Callable[[], datetime]) -> None:
        self._database = database
        self._sealing = sealing
        self._now = now
        self._swept = 0

    async def seal_batch(self) -> bool:
        """Seal the next batch; whether it was full, so that more may wait. A few entries at a time would cost as much as a hundred."""
        return await self.seal() == BATCH

    async def seal(self, limit: int = BATCH) -> int:
        """Seal up to `limit` committed entries; 0 when there are none or another process is at it."""
        async with self._database.connection() as connection, connection.transaction():
            if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", SEALER_LOCK):
                return 0
            state = await connection.fetchrow(STATE)
            floor = max(state["newest"] - LATE, 0)
            sweep = (self._swept, min(self._swept + SWEEP, floor))
            self._swept = sweep[1] if sweep[1] < floor else 0
            sealed = await connection.fetch(SEAL, state["size"], floor, *sweep, limit)
            if sealed:
                await self._grow(connection, state["size"], sealed)
            return len(sealed)

    async def _grow(self, connection: Any, size: int, sealed: list[Any]) -> None:
        edge = await nodes_of(connection, complete_parts((0, size)))
        tree = Growth(size, edge)
        made = tree.add(row["hash"] for row in sorted(sealed, key=lambda row: row["position"]))
        await connection.execute(ADD_NODES, [level for level, _ in made], [place for _, place in made], list(made.values()))
        checkpoint = self._sealing(tree.size, tree.root, self._now())
        await connection.execute(ADD_CHECKPOINT, checkpoint.size, checkpoint.root, checkpoint.at, checkpoint.note)


class PgSeals:
    """Reads the tree and its checkpoints."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self) -> Checkpoint | None:
        """The last checkpoint; None before the first."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow("select size, root, at, note from ledger_checkpoints order by size desc limit 1")
        return Checkpoint.model_validate(dict(row)) if row else None

    async def checkpoint(self, size: int) -> Checkpoint | None:
        """The checkpoint of a size, if one was signed then."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow("select size, root, at, note from ledger_checkpoints where size = $1", size)
        return Checkpoint.model_validate(dict(row)) if row else None

    async def leaves(self, entries: Sequence[int]) -> dict[int, Leaf]:
        """The leaves of some entries; those that are not sealed yet are left out."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(LEAVES, list(entries))
        return {row["entry"]: Leaf.model_validate(dict(row)) for row in rows}

    async def positions(self, entries: Sequence[int]) -> dict[int, int]:
        """Where some entries are among the leaves; those that are not sealed yet are left out."""
        async with self._database.connection() as connection:
            rows = await connection.fetch("select entry, position from ledger_leaves where entry = any($1::bigint[])", list(entries))
        return {row["entry"]: row["position"] for row in rows}

    async def nodes(self, places: Iterable[Place]) -> dict[Place, bytes]:
        """Hashes of complete subtrees."""
        async with self._database.connection() as connection:
            return await nodes_of(connection, places)


async def nodes_of(connection: Any, places: Iterable[Place]) -> dict[Place, bytes]:
    """Hashes of complete subtrees, leaves among them, on a connection."""
    wanted = sorted(set(places))
    rows = await connection.fetch(NODES, [level for level, _ in wanted], [place for _, place in wanted])
    return {(row["level"], row["position"]): row["hash"] for row in rows}
