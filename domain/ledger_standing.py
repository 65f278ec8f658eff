"""Whether the tree over the ledger is still the one that we signed: asked before more of it is signed, and by whoever looks."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Protocol

from domain.decision import Frozen
from domain.ledger_proof import Checkpoint, Notary, Standing, checkpoint_text
from domain.merkle import Place, complete_parts, consistency_spans, hash_of, is_consistent

RESTORED = "If an older backup was restored, or the database is another one, delete <home>/ledger_signed: see docs/how-to/operate.md."


class Signed(Frozen):
    """A root that we signed."""

    size: int
    root: bytes


class Witness(Protocol):
    """Remembers, outside of the database, what was signed last."""

    def last(self) -> Signed | None:
        """The largest tree that was seen; None when none was, or nothing could be remembered."""
        ...

    def saw(self, checkpoint: Checkpoint) -> None:
        """Remember a checkpoint that is stored, as well as it can be."""
        ...


class Oblivious:
    """Remembers nothing."""

    def last(self) -> Signed | None:
        """None."""
        return None

    def saw(self, checkpoint: Checkpoint) -> None:
        """Nothing."""


def is_ours(notary: Notary, checkpoint: Checkpoint) -> bool:
    """Whether the note has our signature and says what the row beside it says."""
    text = notary.signed(checkpoint.note)
    return text is not None and _says_the_same(text, checkpoint)


def is_of_another_key(checkpoint: Checkpoint) -> bool:
    """Whether the note says what the row beside it says, whoever signed it."""
    return _says_the_same(checkpoint.note.rpartition("\n\n")[0] + "\n", checkpoint)


def places_asked(standing: Standing, seen: Signed | None) -> list[Place]:
    """The subtrees whose hashes `doubt_of` looks at."""
    spans = [(0, standing.size), *(consistency_spans(seen.size, standing.size) if seen else ())]
    return [place for span in spans for place in complete_parts(span)]


def doubt_of(standing: Standing, nodes: Mapping[Place, bytes], seen: Signed | None) -> str:
    """Why the tree is not the one that was signed, as a sentence; empty when it is. Whose signature it has is another question."""
    size, newest = standing.size, standing.newest
    if seen is not None and size < seen.size:
        return f"{seen.size} entries were sealed and signed before, and the database has {size} of them. {RESTORED}"
    if newest is None:
        return f"{size} entries are sealed, and no checkpoint is over them." if size else ""
    if newest.size != size:
        return f"{size} entries are sealed, and the newest checkpoint is over {newest.size}."
    try:
        root = hash_of((0, size), nodes)
        path = [hash_of(span, nodes) for span in consistency_spans(seen.size, size)] if seen else []
    except KeyError:
        return f"Parts of the tree over {size} sealed entries are missing."
    if root != newest.root:
        return f"The tree over {size} sealed entries does not have the root of its checkpoint: it was changed since."
    if seen is not None and not is_consistent(seen.size, size, seen.root, root, path):
        return f"The tree over {size} sealed entries does not begin with the one over {seen.size} that was signed before. {RESTORED}"
    return ""


def _says_the_same(text: str, checkpoint: Checkpoint) -> bool:
    origin = text.partition("\n")[0]
    return hmac.compare_digest(text.encode(), checkpoint_text(origin, checkpoint.size, checkpoint.root, checkpoint.at).encode())
