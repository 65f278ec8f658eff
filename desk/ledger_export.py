"""What an export of the ledger proves by itself: each entry's digest made anew, and the root over all of them held against a checkpoint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from domain.canonical import canonical_json, digest
from domain.ledger_proof import checkpoint_said
from domain.merkle import leaf_hash, root_of

HASHED = ("id", "kind", "case_id", "actor", "at", "request_id", "data")
"""What the bytes of an entry hold, in whatever order."""
MOST_NAMED = 20
"""Missing positions that are named one by one."""


@dataclass(frozen=True)
class Export:
    """What was read of an export."""

    entries: int
    leaves: Mapping[int, bytes]
    """By position in the tree: the hash of the entry's bytes."""
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """What an export proves, what it does not, and what is wrong with it."""

    entries: int
    size: int
    """Entries under the checkpoint; 0 without one."""
    proven: tuple[str, ...]
    open: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Nothing is wrong with what could be looked at."""
        return not self.faults


def read_export(lines: Iterable[bytes]) -> Export:
    """The entries of an export, each hashed anew."""
    leaves: dict[int, bytes] = {}
    seen: set[int] = set()
    faults: list[str] = []
    for number, line in enumerate(lines, 1):
        try:
            entry = orjson.loads(line)
            index, position, told = int(entry["index"]), entry.get("position"), str(entry["digest"])
            body = canonical_json({name: entry[name] for name in HASHED})
        except (ValueError, KeyError, TypeError, AttributeError):
            faults.append(f"line {number} is no entry of a ledger")
            continue
        if index in seen:
            faults.append(f"entry {index} stands there twice")
        seen.add(index)
        if digest(body) != told:
            faults.append(f"entry {index} was changed: what it says does not have its digest")
        if isinstance(position, int):
            if position in leaves:
                faults.append(f"entry {index} has the position {position} of another entry")
            leaves[position] = leaf_hash(body)
    return Export(len(seen), leaves, tuple(faults))


def judged(export: Export, checkpoint: str | None, *, partial: bool) -> Verdict:
    """What an export proves beside a checkpoint's text whose signature was verified; `partial` is one that was filtered on purpose."""
    every = f"each of the {export.entries} entries has its digest"
    proven = [every] if export.entries and not export.faults else []
    if checkpoint is None:
        said = "that nothing is missing or was changed together with its digest: that takes a checkpoint (--checkpoint)"
        return Verdict(export.entries, 0, tuple(proven), (said,), export.faults)
    held = checkpoint_said(checkpoint)
    if held is None:
        return Verdict(export.entries, 0, tuple(proven), (), (*export.faults, "the checkpoint's text names no size and root"))
    size, root = held
    if partial:
        said = (
            "that nothing is missing, or was changed together with its digest: a part of the ledger does not lead to the signed root. "
            "An entry by itself does: GET /v1/ledger/entries/{index}/proof"
        )
        return Verdict(export.entries, size, tuple(proven), (said,), export.faults)
    faults = [*export.faults, *_against(export, size, root)]
    later = export.entries - sum(position < size for position in export.leaves)
    if not faults:
        proven.append(f"together they have the signed root over {size} entries: none of those was changed, taken away or put in")
    said = [f"that nothing is missing among the {later} entries after the checkpoint; they have their digests alone"] if later else []
    return Verdict(export.entries, size, tuple(proven), tuple(said), tuple(faults))


def _against(export: Export, size: int, root: bytes) -> list[str]:
    """What keeps an export from being everything under a root."""
    if export.entries and not export.leaves:
        return ["no entry names its position in the tree: it was exported before it was sealed, or by an older maitred. Export it again"]
    missing = [position for position in range(size) if position not in export.leaves]
    if missing and len(missing) == size - missing[0]:
        return [
            f"the end is missing: the checkpoint is over {size} entries, and the export stops before position {missing[0]} of the tree "
            "(0 is the first). If the checkpoint is newer than the export, export again after fetching it"
        ]
    if missing:
        return [
            f"missing of the {size} entries under the checkpoint: {_named(missing)} of the tree (0 is the first). "
            "If the export was filtered, say --partial: then the entries that are there are looked at"
        ]
    if root_of([export.leaves[position] for position in range(size)], hashed=bytes) == root:
        return []
    if any("was changed" in fault for fault in export.faults):
        return ["with it the root over the entries is not the signed one"]
    return [
        f"the root over the first {size} entries is not the signed one: at least one was changed together with its digest. "
        "Ask for the proof of those that matter: GET /v1/ledger/entries/{index}/proof"
    ]


def _named(positions: Sequence[int]) -> str:
    shown = ", ".join(map(str, positions[:MOST_NAMED]))
    rest = len(positions) - MOST_NAMED
    return f"position {shown}" if len(positions) == 1 else f"positions {shown}{f' and {rest} more' if rest > 0 else ''}"


def note_in(text: str) -> tuple[str, str]:
    """The note of a checkpoint's file, and its verifying key if it is the answer of `GET /v1/ledger/checkpoint` and not the note alone."""
    try:
        found: Any = orjson.loads(text)
        return str(found["note"]), str(found.get("verifier") or "")
    except (ValueError, KeyError, TypeError, AttributeError):
        return text, ""
