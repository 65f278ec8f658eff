"""The tree over the ledger in Postgres: one sealer at a time gives committed entries their leaf, and signs the root.

An entry's index is drawn inside its transaction, so a smaller one may appear after a larger one; leaves are given in the order in which
entries are found, and a late one just gets a later leaf. What was sealed never moves: a tree that is not the one that was signed gets no
signature.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import structlog

from domain.ledger_proof import Checkpoint, Leaf, Sealer, Standing
from domain.ledger_standing import Oblivious, Witness, doubt_of, is_of_another_key, is_ours, places_asked
from domain.merkle import Growth, Place, complete_parts

if TYPE_CHECKING:
    from stores.postgres import Database

log = structlog.get_logger("maitred.ledger")

SEALER_LOCK = 0x6D7365710002
LATE = 1_000
"""Indexes behind the newest leaf that are looked at each time: a transaction that drew its index then may have ended only now."""
SWEEP = 1_000
"""Further indexes behind that are looked at each time, in turn, so that not even the latest is left out for ever."""
BATCH = 100
"""Entries that are sealed at a time: what a statement can do within the patience of a loaded server."""
WORDS = 100_000
"""Letters of an entry whose words can be looked for; Postgres takes a megabyte of words."""
STATE = """
select l.leaves, l.newest, c.size, c.root, c.at, c.note
from (select coalesce(max(position) + 1, 0) as leaves, coalesce(max(entry), 0) as newest from ledger_leaves) l
left join (select size, root, at, note from ledger_checkpoints order by size desc limit 1) c on true
"""
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
AS_STORED = """
select l.hash, sha256('\\x00'::bytea || e.body) as now from ledger_leaves l left join ledger_entries e on e.index = l.entry
where l.position >= $1 and l.position < $2 order by l.position limit $3
"""
CHECKPOINTS = "select size, root, at, note from ledger_checkpoints where size > $1 order by size limit $2"
ADD_NODES = "insert into ledger_nodes (level, position, hash) select * from unnest($1::int[], $2::bigint[], $3::bytea[])"
ADD_CHECKPOINT = "insert into ledger_checkpoints (size, root, at, note) values ($1, $2, $3, $4)"


class Doubted(Exception):
    """The tree is not the one that was signed: more of it is not sealed."""


class PgSealer:
    """Seals what was written since."""

    def __init__(self, database: Database, key: Sealer, now: Callable[[], datetime], witness: Witness | None = None) -> None:
        """`witness` remembers outside of the database what was signed last."""
        self._database = database
        self._key = key
        self._now = now
        self._witness = witness or Oblivious()
        self._swept = 0
        self._doubt = ""
        self._followed_another = False

    async def seal_batch(self) -> bool:
        """Seal the next batch; whether it was full, so that more may wait. A few entries at a time would cost as much as a hundred."""
        return await self.seal() == BATCH

    async def seal(self, limit: int = BATCH) -> int:
        """Seal up to `limit` committed entries; 0 when there are none, another process is at it, or the tree is not the signed one."""
        try:
            sealed, checkpoint = await self._seal(limit)
        except Doubted as doubt:
            if self._doubt != str(doubt):
                log.error("the ledger is not sealed any more", because=str(doubt))
            self._doubt = str(doubt)
            return 0
        if checkpoint is not None:
            self._witness.saw(checkpoint)
        return sealed

    async def _seal(self, limit: int) -> tuple[int, Checkpoint | None]:
        async with self._database.connection() as connection, connection.transaction():
            if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", SEALER_LOCK):
                return 0, None
            state = await connection.fetchrow(STATE)
            if self._doubt:
                await self._edge(connection, _standing(state))
                self._doubt = ""
            floor = max(state["newest"] - LATE, 0)
            sweep = (self._swept, min(self._swept + SWEEP, floor))
            self._swept = sweep[1] if sweep[1] < floor else 0
            sealed = await connection.fetch(SEAL, state["leaves"], floor, *sweep, limit)
            return len(sealed), await self._grow(connection, _standing(state), sealed) if sealed else None

    async def _grow(self, connection: Any, standing: Standing, sealed: list[Any]) -> Checkpoint:
        tree = Growth(standing.size, await self._edge(connection, standing))
        made = tree.add(row["hash"] for row in sorted(sealed, key=lambda row: row["position"]))
        await connection.execute(ADD_NODES, [level for level, _ in made], [place for _, place in made], list(made.values()))
        checkpoint = self._key.checkpoint(tree.size, tree.root, self._now())
        await connection.execute(ADD_CHECKPOINT, checkpoint.size, checkpoint.root, checkpoint.at, checkpoint.note)
        return checkpoint

    async def _edge(self, connection: Any, standing: Standing) -> dict[Place, bytes]:
        """What the signed tree is made of. Raises Doubted for one that is another than was signed."""
        seen, newest = self._witness.last(), standing.newest
        nodes = await nodes_of(connection, places_asked(standing, seen))
        if doubt := doubt_of(standing, nodes, seen):
            raise Doubted(doubt)
        if newest is not None and not is_ours(self._key, newest):
            if not is_of_another_key(newest) or (seen is None and not await _is_whole(connection, newest)):
                raise Doubted(f"The checkpoint over {newest.size} sealed entries does not have our signature, and they are not as it says.")
            if not self._followed_another:
                log.warning("the ledger's checkpoints so far have another key's signature; ours follow", size=newest.size)
            self._followed_another = True
        return {place: nodes[place] for place in complete_parts((0, standing.size))}


class PgSeals:
    """Reads the tree and its checkpoints."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self) -> Checkpoint | None:
        """The last checkpoint; None before the first."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow("select size, root, at, note from ledger_checkpoints order by size desc limit 1")
        return Checkpoint.model_validate(dict(row)) if row else None

    async def standing(self) -> Standing:
        """How many leaves there are, and the last checkpoint."""
        async with self._database.connection() as connection:
            return _standing(await connection.fetchrow(STATE))

    async def checkpoints(self, after: int, limit: int) -> list[Checkpoint]:
        """Those that are larger than a size, the smallest first."""
        async with self._database.connection() as connection:
            return [Checkpoint.model_validate(dict(row)) for row in await connection.fetch(CHECKPOINTS, after, limit)]

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


def _standing(state: Any) -> Standing:
    newest = {name: state[name] for name in ("size", "root", "at", "note")}
    return Standing(size=state["leaves"], newest=Checkpoint.model_validate(newest) if state["note"] is not None else None)


async def _is_whole(connection: Any, checkpoint: Checkpoint) -> bool:
    """Whether every sealed entry's bytes lead to a root whose signature we cannot verify: nothing else speaks for it."""
    tree = Growth(0, {})
    while rows := await connection.fetch(AS_STORED, tree.size, checkpoint.size, SWEEP):
        if any(row["hash"] != row["now"] for row in rows):
            return False
        tree.add(row["hash"] for row in rows)
    return (tree.size, tree.root) == (checkpoint.size, checkpoint.root)
