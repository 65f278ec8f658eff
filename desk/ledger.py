"""The ledger as evidence: proofs that an entry stands in it, what a look at some entries finds, and their export."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from desk.cases import stamp
from domain.access import ApiKey
from domain.canonical import digest
from domain.errors import Conflict, InvalidInput, NotFound
from domain.ledger_proof import Checkpoint, Leaf, Notary, Seals, Standing
from domain.ledger_standing import Oblivious, Signed, Witness, doubt_of, is_of_another_key, is_ours, places_asked
from domain.merkle import Growth, Place, Span, complete_parts, consistency_spans, hash_of, inclusion_spans, leaf_hash, root_from
from domain.ports import Clock, Views
from domain.views import LedgerQuery

PAGE = 500
"""Entries that an export reads at a time."""
COLUMNS = ("id", "kind", "case_id", "actor", "request_id")


@dataclass(frozen=True)
class Checked:
    """What a look at some entries found: each one's bytes hashed anew and led to a root with our signature."""

    at: datetime
    checkpoint: Checkpoint | None
    signed: bool
    proven: tuple[int, ...]
    unsealed: tuple[int, ...]
    faults: Mapping[int, str]
    doubt: str = ""
    """Why the tree is not the one that was signed last."""

    @property
    def holds(self) -> bool:
        """Nothing that was looked at is other than when it was sealed, and the tree is still the one that was signed."""
        return not self.faults and not self.doubt and (self.checkpoint is None or self.signed)


@dataclass(frozen=True)
class Ledger:
    """Reads the ledger and proves it."""

    views: Views
    seals: Seals
    notary: Notary
    clock: Clock
    witness: Witness = field(default_factory=Oblivious)

    async def entry(self, index: int, key: ApiKey) -> dict[str, Any]:
        """One entry. Raises NotFound, also for one about another region's or client's case."""
        query = LedgerQuery(region=key.region, client_id=key.client_id, after=index - 1, before=index + 1, limit=1)
        found = await self.views.entries(query)
        if not found:
            raise NotFound.said("There is no ledger entry %(index)s.", {"index": index})
        return found[0]

    async def checkpoint(self) -> dict[str, Any]:
        """The newest signed root. Raises NotFound before the first."""
        newest = await self.seals.newest()
        if newest is None:
            raise NotFound.said("Nothing is sealed yet. Entries are sealed within seconds after they were written.")
        return self._told(newest)

    async def proof(self, index: int, key: ApiKey, size: int | None = None) -> dict[str, Any]:
        """That an entry stands in the tree of the newest checkpoint, or of the one of `size`. Raises NotFound and Conflict."""
        entry = await self.entry(index, key)
        checkpoint = await self._checkpoint(size)
        leaf = (await self.seals.leaves([index])).get(index)
        if leaf is None or checkpoint is None or leaf.position >= checkpoint.size:
            if not size:
                raise Conflict.said(
                    "Entry %(index)s is not sealed yet. Entries are sealed within seconds after they were written.", {"index": index}
                )
            raise Conflict(
                f"Entry {index} is not sealed in the checkpoint of {size}. Entries are sealed within seconds after they were written."
            )
        spans = inclusion_spans(leaf.position, checkpoint.size)
        return {
            "index": index,
            "kind": entry["kind"],
            "position": leaf.position,
            "size": checkpoint.size,
            "body": leaf.body.decode(),
            "digest": entry["digest"],
            "leaf_hash": leaf.hash.hex(),
            "path": [one.hex() for one in await self._hashes(spans)],
            "checkpoint": self._told(checkpoint),
        }

    async def consistency(self, earlier: int, size: int | None) -> dict[str, Any]:
        """That the tree of `size` begins with the tree of `earlier`. Raises InvalidInput and NotFound."""
        checkpoint = await self._checkpoint(size)
        if checkpoint is None:
            raise NotFound.said("Nothing is sealed yet. Entries are sealed within seconds after they were written.")
        if earlier > checkpoint.size:
            raise InvalidInput("The earlier tree is the smaller one.", [("/query/from", f"is larger than {checkpoint.size}")])
        (before,) = await self._hashes([(0, earlier)])
        return {
            "from": {"size": earlier, "root": before.hex()},
            "to": self._told(checkpoint),
            "path": [one.hex() for one in await self._hashes(consistency_spans(earlier, checkpoint.size))],
        }

    async def check(self, entries: Sequence[Mapping[str, Any]]) -> Checked:
        """Look at some entries: their bytes hashed anew, led to the newest root, and its signature verified."""
        seen = self.witness.last()
        standing = await self.seals.standing()
        newest = standing.newest
        size = newest.size if newest else 0
        leaves = {
            index: leaf for index, leaf in (await self.seals.leaves([one["index"] for one in entries])).items() if leaf.position < size
        }
        spans = {index: inclusion_spans(leaf.position, size) for index, leaf in leaves.items()}
        nodes = await self._nodes([span for some in spans.values() for span in some])
        faults = {one["index"]: fault for one in entries if (fault := _differs(one, leaves.get(one["index"])))}
        for index, leaf in leaves.items():
            root = root_from(leaf.position, size, leaf_hash(leaf.body), [_hash_or_none(span, nodes) for span in spans[index]])
            if newest is not None and root != newest.root:
                faults.setdefault(index, "its bytes do not lead to the signed root")
        return Checked(
            at=self.clock.now(),
            checkpoint=newest,
            signed=newest is not None and is_ours(self.notary, newest),
            proven=tuple(index for index in leaves if index not in faults),
            unsealed=tuple(one["index"] for one in entries if one["index"] not in leaves),
            faults=faults,
            doubt=await self._doubt(standing, seen),
        )

    async def export(self, query: LedgerQuery) -> AsyncGenerator[bytes]:
        """Every entry that a query finds, in the order of its index, as a line of JSON each, with its position in the tree.

        An entry that is not sealed yet has none.
        """
        after = query.after
        while True:
            rows = await self.views.entries(query.model_copy(update={"after": after, "limit": PAGE, "newest_first": False}))
            if rows:
                sealed = await self.seals.positions([row["index"] for row in rows])
                yield b"".join(orjson.dumps({**row, "at": stamp(row["at"]), "position": sealed.get(row["index"])}) + b"\n" for row in rows)
            if len(rows) < PAGE:
                return
            after = rows[-1]["index"]

    async def audit(self) -> dict[str, Any]:
        """The whole tree computed anew from every entry's bytes, beside every root that was signed over it."""
        seen = self.witness.last()
        standing = await self.seals.standing()
        newest = standing.newest
        size = newest.size if newest else 0
        leaves: list[bytes] = []
        faults: dict[int, str] = {}
        unsealed, after = 0, 0
        while rows := await self.views.entries(LedgerQuery(after=after, limit=PAGE)):
            after = rows[-1]["index"]
            sealed = await self.seals.leaves([row["index"] for row in rows])
            faults |= {row["index"]: fault for row in rows if (fault := _differs(row, sealed.get(row["index"])))}
            kept = [leaf for leaf in sealed.values() if leaf.position < size]
            unsealed += len(rows) - len(kept)
            leaves += [leaf.position.to_bytes(8) + leaf_hash(leaf.body) for leaf in kept]
        signed = newest is not None and is_ours(self.notary, newest)
        doubts = [doubt] if (doubt := await self._doubt(standing, seen)) else []
        root, ours, others = await self._signed_roots([leaf[8:] for leaf in sorted(leaves)], size, doubts)
        return {
            "holds": not doubts and not faults and (newest is None or signed),
            "entries": len(leaves) + unsealed,
            "sealed": len(leaves),
            "root": root.hex(),
            "checkpoint": self._told(newest) if newest else None,
            "checkpoints": ours + others,
            "other_keys": others,
            "signed": signed,
            "doubts": doubts,
            "faults": [{"index": index, "fault": fault} for index, fault in faults.items()],
        }

    async def _doubt(self, standing: Standing, seen: Signed | None) -> str:
        """Why the tree is not the one that was signed; what the witness saw is read first, since the tree only grows."""
        return doubt_of(standing, await self.seals.nodes(places_asked(standing, seen)), seen)

    async def _signed_roots(self, leaves: Sequence[bytes], size: int, doubts: list[str]) -> tuple[bytes, int, int]:
        """The root over all leaves, and how many checkpoints were signed on the way there: by our key, and by keys of before.

        One that is not as the entries say is added to `doubts`, and so is one of another key after the first of ours.
        """
        tree, ours, others, after = Growth(0, {}), 0, 0, 0
        while page := [one for one in await self.seals.checkpoints(after, PAGE) if one.size <= size]:
            for one in page:
                tree.add(leaves[tree.size : one.size])
                if (tree.size, tree.root) != (one.size, one.root):
                    doubts.append(f"The checkpoint over {one.size} entries has another root than the entries have now.")
                if is_ours(self.notary, one):
                    ours += 1
                    continue
                others += 1
                if ours or not is_of_another_key(one):
                    doubts.append(f"The checkpoint over {one.size} entries does not have our signature.")
            after = page[-1].size
        tree.add(leaves[tree.size :])
        return tree.root, ours, others

    async def _checkpoint(self, size: int | None) -> Checkpoint | None:
        if size is None:
            return await self.seals.newest()
        found = await self.seals.checkpoint(size)
        if found is None:
            raise NotFound(f"No checkpoint was signed over {size} entries.")
        return found

    async def _nodes(self, spans: Sequence[Span]) -> dict[Place, bytes]:
        return await self.seals.nodes(place for span in spans for place in complete_parts(span))

    async def _hashes(self, spans: Sequence[Span]) -> list[bytes]:
        nodes = await self._nodes(spans)
        return [hash_of(span, nodes) for span in spans]

    def _told(self, checkpoint: Checkpoint) -> dict[str, Any]:
        return {
            "size": checkpoint.size,
            "root": checkpoint.root.hex(),
            "at": stamp(checkpoint.at),
            "note": checkpoint.note,
            "verifier": self.notary.verifier,
            "public_key": self.notary.public_key.hex(),
        }


def _hash_or_none(span: Span, nodes: Mapping[Place, bytes]) -> bytes:
    """A part of the tree that is missing leads to no root."""
    try:
        return hash_of(span, nodes)
    except KeyError:
        return b""


def _differs(entry: Mapping[str, Any], leaf: Leaf | None) -> str:
    """What a row says beside the bytes that were sealed; empty when they agree."""
    if leaf is None:
        return ""
    if digest(leaf.body) != entry["digest"]:
        return "its bytes do not have its digest"
    if leaf_hash(leaf.body) != leaf.hash:
        return "its bytes are other than when it was sealed"
    body = orjson.loads(leaf.body)
    if any(body[name] != entry[name] for name in COLUMNS) or datetime.fromisoformat(body["at"]) != entry["at"]:
        return "its row says other things than its bytes"
    return ""
