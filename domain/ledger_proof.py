"""What proves that an entry stands in the ledger: its leaf, the path to a root, and the signed checkpoint that holds the root."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from pydantic import Field

from domain.decision import Frozen
from domain.merkle import Place

SIZE = re.compile("0|[1-9][0-9]{0,18}")
HASH_BYTES = 32


class Checkpoint(Frozen):
    """A signed root over all lines of the ledger up to a size, as a note in the form of C2SP's tlog-checkpoint."""

    size: int
    root: bytes
    at: datetime
    note: str = Field(description="Origin, size, root and time, then an empty line, then the signature.")


class Standing(Frozen):
    """The tree as the database has it."""

    size: int = Field(description="Leaves that there are.")
    newest: Checkpoint | None


class Leaf(Frozen):
    """An entry as the tree holds it: its place, the hash that was taken when it was sealed, and its bytes as they are stored now."""

    entry: int
    position: int
    hash: bytes
    body: bytes


class Seals(Protocol):
    """The tree over the ledger. Places never change, so reads need no transaction."""

    async def newest(self) -> Checkpoint | None:
        """The last checkpoint; None before the first."""
        ...

    async def standing(self) -> Standing:
        """How many leaves there are, and the last checkpoint."""
        ...

    async def checkpoints(self, after: int, limit: int) -> list[Checkpoint]:
        """Those that are larger than a size, the smallest first."""
        ...

    async def checkpoint(self, size: int) -> Checkpoint | None:
        """The checkpoint of a size, if one was signed then."""
        ...

    async def leaves(self, entries: Sequence[int]) -> dict[int, Leaf]:
        """The leaves of some entries; those that are not sealed yet are left out."""
        ...

    async def positions(self, entries: Sequence[int]) -> dict[int, int]:
        """Where some entries are among the leaves; those that are not sealed yet are left out."""
        ...

    async def nodes(self, places: Iterable[Place]) -> dict[Place, bytes]:
        """Hashes of complete subtrees."""
        ...


class Notary(Protocol):
    """Signs checkpoints and knows its own signature."""

    @property
    def verifier(self) -> str:
        """Name, key hash and public key, as C2SP's signed-note writes a key that verifies."""
        ...

    @property
    def public_key(self) -> bytes:
        """The Ed25519 key that verifies, 32 bytes."""
        ...

    def sign(self, text: str) -> str:
        """The note of a text."""
        ...

    def signed(self, note: str) -> str | None:
        """The text of a note with a good signature of ours; None for any other."""
        ...


class Sealer(Notary, Protocol):
    """A notary that makes checkpoints."""

    def checkpoint(self, size: int, root: bytes, at: datetime) -> Checkpoint:
        """A signed root."""
        ...


def checkpoint_text(origin: str, size: int, root: bytes, at: datetime) -> str:
    """What is signed (C2SP tlog-checkpoint): origin, size, root, and as an extension line the time."""
    return f"{origin}\n{size}\n{b64encode(root).decode()}\n{at.isoformat(timespec='seconds').replace('+00:00', 'Z')}\n"


def checkpoint_said(text: str) -> tuple[int, bytes] | None:
    """Size and root of a checkpoint's text; None for what is none."""
    lines = text.split("\n")
    if len(lines) < 4 or not SIZE.fullmatch(lines[1]):
        return None
    try:
        root = b64decode(lines[2], validate=True)
    except ValueError:
        return None
    return (int(lines[1]), root) if len(root) == HASH_BYTES else None
