"""A history that was rewritten in the database is never signed: neither a changed one, nor a shorter one, nor another one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from desk.ledger import Ledger
from domain.events import Happening, Kind
from domain.ledger_proof import Checkpoint
from domain.ledger_standing import Oblivious, Witness
from domain.merkle import Growth, node_hash
from domain.views import LedgerQuery
from runtime.clock import shared_clock
from runtime.ledger_key import LedgerKey
from runtime.ledger_witness import HomeWitness
from runtime.servers import patient_database
from stores.ledger_seals import PgSealer, PgSeals
from stores.postgres import Database
from stores.schema import migrate
from stores.views import PgViews

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
OURS, OTHER = LedgerKey(bytes(range(32))), LedgerKey(bytes(32))
TABLES = ("ledger_checkpoints", "ledger_nodes", "ledger_leaves")


@dataclass
class Vault:
    """A ledger, its sealer, and somebody who can write to the database."""

    database: Database
    ledger: Ledger
    witness: Witness
    sealer: PgSealer

    async def write(self, *numbers: int) -> None:
        told = [
            Happening(id=f"ent_{one}", kind=Kind.POLICY_DRAFTED, case_id=None, region="eu", actor="key:x", at=NOW, entry={"n": one})
            for one in numbers
        ]
        async with self.database.transaction() as tx:
            await tx.journal.write(*told)

    async def newest(self) -> Checkpoint:
        found = await PgSeals(self.database).newest()
        assert found is not None
        return found

    async def audit(self) -> tuple[bool, str]:
        """Whether the whole ledger holds, and why not."""
        found = await self.ledger.audit()
        return found["holds"], " ".join([*found["doubts"], *(one["fault"] for one in found["faults"])])

    async def forge(self, *statements: str, values: tuple[Any, ...] = ()) -> None:
        async with self.database.connection() as connection:
            for table in (*TABLES, "ledger_entries"):
                await connection.execute(f"alter table {table} disable trigger all")
            for statement in statements:
                await connection.execute(statement, *values)
            for table in (*TABLES, "ledger_entries"):
                await connection.execute(f"alter table {table} enable trigger all")

    async def rewrite(self, index: int) -> None:
        """Another entry, with its digest, its leaf and every node above it: all but the checkpoints."""
        await self.forge(
            f"update ledger_entries set body = replace(body::text, '3a33', '3a38')::bytea where index = {index}",
            f"update ledger_entries set digest = 'sha256:' || encode(sha256(body), 'hex') where index = {index}",
            "update ledger_leaves l set hash = sha256('\\x00' || e.body) from ledger_entries e where e.index = l.entry",
        )
        async with self.database.connection() as connection:
            leaves = [row["hash"] for row in await connection.fetch("select hash from ledger_leaves order by position")]
        for (level, place), hashed in Growth(0, {}).add(leaves).items():
            await self.forge("update ledger_nodes set hash = $3 where level = $1 and position = $2", values=(level, place, hashed))

    async def sign_as(self, key: LedgerKey) -> None:
        """The newest checkpoint in another's name, over the tree as it is now."""
        async with self.database.connection() as connection:
            leaves = [row["hash"] for row in await connection.fetch("select hash from ledger_leaves order by position")]
        tree = Growth(0, {})
        tree.add(leaves)
        made = key.checkpoint(tree.size, tree.root, NOW)
        await self.forge("update ledger_checkpoints set root = $2, note = $3 where size = $1", values=(made.size, made.root, made.note))

    def under(self, key: LedgerKey) -> Vault:
        """The same after the key was changed."""
        sealer = PgSealer(self.database, key, lambda: NOW, self.witness)
        return replace(self, ledger=replace(self.ledger, notary=key), sealer=sealer)

    def forgetful(self) -> Vault:
        """The same where nothing is remembered outside of the database."""
        sealer = PgSealer(self.database, OURS, lambda: NOW)
        return replace(self, ledger=replace(self.ledger, witness=Oblivious()), witness=Oblivious(), sealer=sealer)


@pytest_asyncio.fixture
async def vault(database_url: str, tmp_path: Path) -> AsyncIterator[Vault]:
    await migrate(database_url)
    async with patient_database(database_url, 3) as database:
        witness = HomeWitness(tmp_path)
        ledger = Ledger(PgViews(database), PgSeals(database), OURS, await shared_clock(database), witness)
        vault = Vault(database, ledger, witness, PgSealer(database, OURS, lambda: NOW, witness))
        await vault.write(1, 2, 3, 4)
        assert await vault.sealer.seal() == 4
        await vault.write(5, 6, 7)
        assert await vault.sealer.seal() == 3
        assert await vault.audit() == (True, "")
        yield vault


@pytest.mark.parametrize("remembers", [True, False])
async def test_a_changed_entry_is_not_signed_with_what_comes_after_it(vault: Vault, remembers: bool) -> None:
    vault = vault if remembers else vault.forgetful()
    await vault.rewrite(3)
    await vault.write(8)
    assert [await vault.sealer.seal() for _ in range(3)] == [0, 0, 0]
    assert (await vault.newest()).size == 7
    said = "does not have the root of its checkpoint"
    holds, why = await vault.audit()
    assert not holds
    assert said in why
    looked = await vault.ledger.check(await vault.ledger.views.entries(LedgerQuery()))
    assert not looked.holds
    assert said in looked.doubt


async def test_what_was_changed_back_is_sealed_again(vault: Vault) -> None:
    await vault.forge("update ledger_nodes set hash = sha256(hash)")
    await vault.write(8)
    assert await vault.sealer.seal() == 0
    async with vault.database.connection() as connection:
        leaves = [row["hash"] for row in await connection.fetch("select hash from ledger_leaves order by position")]
    for (level, place), hashed in Growth(0, {}).add(leaves).items():
        await vault.forge("update ledger_nodes set hash = $3 where level = $1 and position = $2", values=(level, place, hashed))
    assert await vault.sealer.seal() == 1
    assert await vault.audit() == (True, "")


async def test_a_ledger_that_was_emptied_does_not_begin_anew(vault: Vault) -> None:
    await vault.forge(*(f"delete from {table}" for table in TABLES))
    assert await vault.sealer.seal() == 0
    holds, why = await vault.audit()
    assert not holds
    assert "7 entries were sealed and signed before, and the database has 0 of them" in why
    await vault.forge("delete from ledger_entries")
    assert (await vault.ledger.check([])).doubt


async def test_leaves_without_a_checkpoint_get_none(vault: Vault) -> None:
    vault = vault.forgetful()
    await vault.forge("delete from ledger_checkpoints")
    await vault.write(8)
    assert await vault.sealer.seal() == 0
    assert "no checkpoint is over them" in (await vault.audit())[1]


async def test_a_ledger_that_was_cut_back_to_an_earlier_checkpoint_does_not_grow(vault: Vault) -> None:
    await vault.forge(
        "delete from ledger_checkpoints where size > 4",
        "delete from ledger_leaves where position >= 4",
        "delete from ledger_nodes where (position + 1) * (1 << level) > 4",
        "delete from ledger_entries where index > 4",
    )
    assert (await vault.forgetful().audit())[0]
    await vault.write(*range(11, 20))
    assert await vault.sealer.seal() == 0
    assert "the database has 4 of them" in (await vault.audit())[1]


async def test_another_history_that_is_longer_does_not_grow_either(vault: Vault, tmp_path: Path) -> None:
    other = replace(vault.forgetful(), witness=HomeWitness(tmp_path / "nowhere"))
    await vault.forge(
        *(f"delete from {table}" for table in TABLES), "update ledger_entries set body = replace(body::text, '3a33', '3a38')::bytea"
    )
    await other.write(8, 9)
    assert await other.sealer.seal() == 9
    await vault.write(10)
    assert await vault.sealer.seal() == 0
    assert "does not begin with the one over 7 that was signed before" in (await vault.audit())[1]


async def test_an_audit_looks_at_every_checkpoint(vault: Vault) -> None:
    earlier = OURS.checkpoint(4, node_hash(b"", b""), NOW)
    await vault.forge("update ledger_checkpoints set root = $1, note = $2 where size = 4", values=(earlier.root, earlier.note))
    assert await vault.audit() == (False, "The checkpoint over 4 entries has another root than the entries have now.")


async def test_after_another_key_the_ledger_goes_on_and_holds(vault: Vault) -> None:
    changed = vault.under(OTHER)
    assert (await changed.ledger.audit())["signed"] is False
    await vault.write(8)
    assert await changed.sealer.seal() == 1
    found = await changed.ledger.audit()
    assert (found["holds"], found["checkpoints"], found["other_keys"]) == (True, 3, 2)
    assert OTHER.signed((await vault.newest()).note)
    assert not (await vault.audit())[0]


async def test_another_key_that_nothing_remembers_is_followed_when_every_entry_is_as_it_was(vault: Vault) -> None:
    changed = vault.forgetful().under(OTHER)
    await vault.write(8)
    assert await changed.sealer.seal() == 1
    await vault.forge("update ledger_entries set body = replace(body::text, '3a33', '3a38')::bytea where index = 3")
    await vault.write(9)
    assert await vault.forgetful().sealer.seal() == 0


async def test_a_rewritten_history_under_another_key_is_not_signed_with_ours(vault: Vault) -> None:
    await vault.rewrite(3)
    await vault.sign_as(OTHER)
    await vault.write(8)
    assert await vault.sealer.seal() == 0
    assert "does not begin with the one over 7" in (await vault.audit())[1] or not (await vault.audit())[0]
    await vault.forge("update ledger_checkpoints set note = 'x' where size = 7")
    assert await vault.forgetful().sealer.seal() == 0


async def test_what_another_machine_sealed_is_built_upon(vault: Vault, tmp_path: Path) -> None:
    await vault.write(*range(8, 20))
    away = replace(vault, witness=HomeWitness(tmp_path / "away"))
    assert await PgSealer(vault.database, OURS, lambda: NOW, away.witness).seal() == 12
    assert await vault.audit() == (True, "")
    await vault.write(20)
    assert await vault.sealer.seal() == 1
    seen = vault.witness.last()
    assert seen is not None
    assert (seen.size, seen.root) == (20, (await vault.newest()).root)
