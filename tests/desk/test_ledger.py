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
from desk.ledger_export import judged, read_export
from domain.access import ApiKey
from domain.canonical import canonical_json, digest
from domain.errors import Conflict, InvalidInput, NotFound
from domain.events import Happening, Kind
from domain.merkle import is_consistent, leaf_hash, root_from
from domain.views import LedgerQuery
from runtime.clock import shared_clock
from runtime.ledger_key import LedgerKey
from runtime.servers import patient_database
from stores.ledger_seals import PgSealer, PgSeals
from stores.postgres import Database
from stores.schema import migrate
from stores.views import PgViews

NOW, STAMP = datetime(2026, 11, 23, 8, tzinfo=UTC), "2026-11-23T08:00:00Z"
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
        while await PgSealer(self.database, NOTARY, lambda: NOW).seal():
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
    async with patient_database(database_url, 3) as database:
        yield House(database, Ledger(PgViews(database), PgSeals(database), NOTARY, await shared_clock(database)))


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


async def exported(house: House, **chosen: Any) -> list[bytes]:
    return b"".join([part async for part in house.ledger.export(LedgerQuery(**chosen))]).splitlines()


def verdict(lines: list[bytes], checkpoint: dict[str, Any] | None, *, partial: bool = False) -> tuple[bool, str, str]:
    """Whether an export holds, its faults, and what stays open."""
    text = NOTARY.signed(checkpoint["note"]) if checkpoint else None
    found = judged(read_export(lines), text, partial=partial)
    return found.holds, "; ".join(found.faults), "; ".join(found.open)


def other(line: bytes, **fields: Any) -> bytes:
    return orjson.dumps({**orjson.loads(line), **fields})


async def sealed_twice(house: House) -> tuple[dict[str, Any], list[bytes]]:
    """A checkpoint over six entries, and an export of nine of which the last is not sealed; leaves are in another order than indexes."""
    await house.write(1, 2, 3, 4)
    async with house.database.connection() as early, early.transaction():
        late = ("ent_late", "policy.drafted", None, "key:x", NOW, "", {"n": 1.50, "text": "äöü \u2028", "large": 1e21, "none": None})
        body = canonical_json(dict(zip(("id", "kind", "case_id", "actor", "at", "request_id", "data"), late, strict=True)) | {"at": STAMP})
        await early.execute(
            "insert into ledger_entries (id, kind, actor, at, request_id, body, digest) values ($1, $2, $3, $4, $5, $6, $7)",
            *(late[:2] + late[3:6]), body, digest(body),
        )  # fmt: skip
        await house.write(5)
        await house.seal()
    await house.seal()
    checkpoint = await house.ledger.checkpoint()
    await house.write(7, 8)
    await house.seal()
    await house.write(9)
    return checkpoint, await exported(house)


async def test_a_whole_export_is_proven_up_to_the_checkpoint_and_says_what_stays_open(house: House) -> None:
    checkpoint, lines = await sealed_twice(house)
    assert [orjson.loads(line)["position"] for line in lines] == [0, 1, 2, 3, 5, 4, 6, 7, None]
    assert verdict(lines[:6], checkpoint) == (True, "", "")
    holds, faults, open_ = verdict(lines, checkpoint)
    assert (holds, faults) == (True, "")
    assert "among the 3 entries after the checkpoint" in open_
    assert verdict(lines, None)[:2] == (True, "")
    holds, faults, _ = verdict(lines[:6], await house.ledger.checkpoint())
    assert not holds
    assert "is over 8 entries, and the export stops before position 6" in faults


async def test_an_export_that_was_tampered_with_does_not_hold(house: House) -> None:
    checkpoint, lines = await sealed_twice(house)
    changed = [*lines[:2], other(lines[2], actor="key:y"), *lines[3:]]
    assert verdict(changed, checkpoint)[1].startswith("entry 3 was changed: what it says does not have its digest")
    assert not verdict(changed, checkpoint, partial=True)[0]
    body = {name: value for name, value in orjson.loads(changed[2]).items() if name not in ("index", "digest", "position")}
    mended = [*lines[:2], other(changed[2], digest=digest(canonical_json(body))), *lines[3:]]
    assert "changed together with its digest" in verdict(mended, checkpoint)[1]
    assert "missing of the 6 entries under the checkpoint: position 1 of the tree" in verdict([lines[0], *lines[2:]], checkpoint)[1]
    renumbered = [lines[0], *(other(line, position=orjson.loads(line)["position"] - 1) for line in lines[2:6])]
    assert "stops before position 5" in verdict(renumbered, checkpoint)[1]
    swapped = [other(lines[0], position=1), other(lines[1], position=0), *lines[2:]]
    assert "is not the signed one" in verdict(swapped, checkpoint)[1]
    assert "entry 1 stands there twice" in verdict([lines[0], *lines], checkpoint)[1]
    assert "line 2 is no entry of a ledger" in verdict([lines[0], b"{}", *lines[1:]], checkpoint)[1]
    assert "names its position" in verdict([other(line, position=None) for line in lines], checkpoint)[1]
    assert LedgerKey(bytes(32)).signed(checkpoint["note"]) is None


async def test_a_part_of_the_ledger_proves_its_digests_alone(house: House) -> None:
    checkpoint, lines = await sealed_twice(house)
    part = await exported(house, after=2)
    assert part == lines[2:]
    assert "If the export was filtered, say --partial" in verdict(part, checkpoint)[1]
    holds, faults, open_ = verdict(part, checkpoint, partial=True)
    assert (holds, faults) == (True, "")
    assert "does not lead to the signed root" in open_


async def test_an_export_holds_every_entry_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desk.ledger.PAGE", 2)
    await house.write(*range(1, 6))
    assert [orjson.loads(line)["data"]["n"] for line in await exported(house)] == [1, 2, 3, 4, 5]


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
