"""The ledger as evidence: what was changed behind its back is found, and a proof holds without us."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
import pytest_asyncio

from desk.ledger import Ledger
from domain.access import ApiKey
from domain.errors import Conflict, InvalidInput, NotFound
from domain.events import Happening, Kind
from domain.merkle import is_consistent, leaf_hash, root_from
from domain.views import LedgerQuery
from runtime.clock import shared_clock
from runtime.ledger_key import LedgerKey
from stores.ledger_seals import PgSealer, PgSeals
from stores.postgres import Database
from stores.schema import migrate
from stores.views import PgViews

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
NOTARY = LedgerKey(bytes(range(32)))
READER = ApiKey(id="key_1", name="r", scopes=("ledger:read",), actor="key:r")


@dataclass
class House:
    database: Database
    ledger: Ledger

    async def write(self, *numbers: int) -> None:
        """Entries of no case, sealed."""
        told = [
            Happening(id=f"ent_{one}", kind=Kind.POLICY_DRAFTED, case_id=None, region="eu", actor="key:x", at=NOW, entry={"n": one})
            for one in numbers
        ]
        async with self.database.transaction() as tx:
            await tx.journal.write(*told)

    async def seal(self) -> None:
        while await PgSealer(self.database, NOTARY.checkpoint, lambda: NOW).seal():
            pass

    async def entries(self) -> list[dict[str, Any]]:
        return await self.ledger.views.entries(LedgerQuery())

    async def forge(self, statement: str, table: str = "ledger_entries") -> None:
        """Change rows as somebody would who owns the database."""
        async with self.database.connection() as connection:
            await connection.execute(f"alter table {table} disable trigger all")
            await connection.execute(statement)
            await connection.execute(f"alter table {table} enable trigger all")


@pytest_asyncio.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    await migrate(database_url)
    database = Database(database_url, connections=3)
    await database.open()
    yield House(database, Ledger(PgViews(database), PgSeals(database), NOTARY, await shared_clock(database)))
    await database.close()


async def test_an_entry_that_was_changed_is_found_by_a_look_and_by_the_audit(house: House) -> None:
    await house.write(*range(1, 12))
    await house.seal()
    looked = await house.ledger.check(await house.entries())
    assert (looked.holds, len(looked.proven), looked.unsealed) == (True, 11, ())
    assert (await house.ledger.audit())["holds"] is True
    body = orjson.dumps({**orjson.loads((await house.ledger.proof(4, READER))["body"]), "actor": "key:y"}, option=orjson.OPT_SORT_KEYS)
    digest = "sha256:" + hashlib.sha256(body).hexdigest()
    await house.forge(f"update ledger_entries set actor = 'key:y', digest = '{digest}', body = '\\x{body.hex()}' where index = 4")
    looked = await house.ledger.check(await house.entries())
    assert dict(looked.faults) == {4: "its bytes are other than when it was sealed"}
    audited = await house.ledger.audit()
    assert (audited["holds"], audited["faults"]) == (False, [{"index": 4, "fault": "its bytes are other than when it was sealed"}])
    proof = await house.ledger.proof(4, READER)
    root = root_from(proof["position"], proof["size"], leaf_hash(proof["body"].encode()), [bytes.fromhex(one) for one in proof["path"]])
    assert root is not None
    assert root.hex() != proof["checkpoint"]["root"]


async def test_whoever_mends_the_leaf_as_well_does_not_get_to_the_signed_root(house: House) -> None:
    await house.write(*range(1, 6))
    await house.seal()
    await house.forge("update ledger_entries set body = replace(body::text, '3a33', '3a38')::bytea where index = 3")
    await house.forge("update ledger_entries set digest = 'sha256:' || encode(sha256(body), 'hex') where index = 3")
    await house.forge(
        "update ledger_leaves set hash = (select sha256('\\x00' || body) from ledger_entries where index = 3) where entry = 3",
        "ledger_leaves",
    )
    assert (await house.ledger.check(await house.entries())).faults[3] == "its bytes do not lead to the signed root"
    assert (await house.ledger.audit())["holds"] is False


async def test_a_root_that_we_did_not_sign_is_no_proof(house: House) -> None:
    await house.write(1, 2)
    await house.seal()
    forged = LedgerKey(bytes(32)).checkpoint(2, (await PgSeals(house.database).newest()).root, NOW)  # pyright: ignore[reportOptionalMemberAccess]
    await house.forge(f"update ledger_checkpoints set note = '{forged.note}'", "ledger_checkpoints")
    looked = await house.ledger.check(await house.entries())
    assert (looked.signed, looked.holds) == (False, False)
    assert (await house.ledger.audit())["holds"] is False


async def test_a_row_that_says_other_things_than_its_bytes_is_found_and_a_lost_entry_too(house: House) -> None:
    await house.write(1, 2, 3)
    await house.seal()
    await house.forge("update ledger_entries set actor = 'key:somebody' where index = 2")
    assert (await house.ledger.check(await house.entries())).faults == {2: "its row says other things than its bytes"}
    await house.forge("update ledger_entries set actor = 'key:x' where index = 2")
    await house.forge("delete from ledger_entries where index = 3")
    assert (await house.ledger.audit())["holds"] is False


async def test_what_is_not_sealed_yet_has_no_proof_and_is_no_fault(house: House) -> None:
    with pytest.raises(NotFound, match="Nothing is sealed"):
        await house.ledger.checkpoint()
    await house.write(1)
    with pytest.raises(Conflict, match="Entry 1 is not sealed yet"):
        await house.ledger.proof(1, READER)
    looked = await house.ledger.check(await house.entries())
    assert (looked.holds, looked.unsealed, looked.signed) == (True, (1,), False)
    await house.seal()
    await house.write(2)
    await house.seal()
    with pytest.raises(Conflict, match="in the checkpoint of 1"):
        await house.ledger.proof(2, READER, 1)
    with pytest.raises(NotFound, match="No checkpoint was signed over 7"):
        await house.ledger.proof(2, READER, 7)
    with pytest.raises(NotFound):
        await house.ledger.proof(3, READER)


async def test_a_later_ledger_begins_with_the_earlier_one(house: House) -> None:
    await house.write(1, 2, 3)
    await house.seal()
    before = await house.ledger.checkpoint()
    await house.write(4, 5, 6, 7)
    await house.seal()
    proof = await house.ledger.consistency(3, None)
    assert proof["from"] == {"size": 3, "root": before["root"]}
    roots = bytes.fromhex(before["root"]), bytes.fromhex(proof["to"]["root"])
    assert is_consistent(3, 7, *roots, [bytes.fromhex(one) for one in proof["path"]])
    with pytest.raises(InvalidInput):
        await house.ledger.consistency(8, None)


async def test_an_export_holds_every_entry_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desk.ledger.PAGE", 2)
    await house.write(*range(1, 6))
    lines = b"".join([part async for part in house.ledger.export(LedgerQuery())]).splitlines()
    assert [orjson.loads(line)["data"]["n"] for line in lines] == [1, 2, 3, 4, 5]


async def test_who_belongs_to_a_region_reads_nothing_of_people_and_keys_elsewhere(house: House) -> None:
    told = [
        Happening(id=f"ent_{kind}", kind=kind, case_id=None, region="us", actor="person:ines", at=NOW, entry={"person": "otto"})
        for kind in (Kind.ACCOUNT_CREATED, Kind.KEY_CREATED, Kind.POLICY_DRAFTED)
    ]
    async with house.database.transaction() as tx:
        await tx.journal.write(*told)
    everything = await house.ledger.views.entries(LedgerQuery())
    assert [entry["kind"] for entry in everything] == ["account.created", "key.created", "policy.drafted"]
    there = READER.model_copy(update={"region": "eu"})
    assert [entry["kind"] for entry in await house.ledger.views.entries(LedgerQuery(region="eu"))] == ["policy.drafted"]
    with pytest.raises(NotFound):
        await house.ledger.entry(everything[0]["index"], there)
