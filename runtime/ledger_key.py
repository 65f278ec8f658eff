"""The key that signs the ledger's checkpoints: notes in the form of C2SP's signed-note, which others' tools verify as well."""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from domain.errors import InvalidInput
from domain.ledger_proof import Checkpoint, checkpoint_text

NAME = "maitred-ledger"
ED25519 = b"\x01"
KEY_HASH_BYTES, KEY_BYTES = 4, 32
HEX_KEY = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class NoteVerifier:
    """Verifies notes that one key signed; what it takes may be given to anybody."""

    public_key: bytes
    """The Ed25519 key, 32 bytes."""
    name: str = NAME

    @classmethod
    def of(cls, text: str) -> NoteVerifier:
        """From `name+<key hash>+<key>` (C2SP signed-note), or the key alone as 64 hex digits. Raises InvalidInput."""
        if HEX_KEY.fullmatch(text):
            return cls(bytes.fromhex(text))
        name, hashed, encoded = [*text.split("+", 2), "", ""][:3]
        try:
            raw = b64decode(encoded, validate=True)
        except ValueError:
            raw = b""
        found = cls(raw[1:], name)
        if not name or raw[:1] != ED25519 or len(raw) != KEY_BYTES + 1 or found.key_hash.hex() != hashed:
            raise InvalidInput(
                f"This is no key that verifies: give `{NAME}+<key hash>+<key>` as the checkpoint shows it, or 64 hex digits."
            )
        return found

    @cached_property
    def key_hash(self) -> bytes:
        """What a signature says of the key that made it."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public_key).digest()[:KEY_HASH_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_hash.hex()}+{b64encode(ED25519 + self.public_key).decode()}"

    def signed(self, note: str) -> str | None:
        """The text of a note with a good signature of the key; None for any other."""
        text, _, signatures = note.rpartition("\n\n")
        for line in signatures.splitlines():
            mark, _, rest = line.partition(" ")
            name, _, encoded = rest.partition(" ")
            try:
                given = b64decode(encoded, validate=True)
            except ValueError:
                continue
            if (mark, name, given[:KEY_HASH_BYTES]) == ("\u2014", self.name, self.key_hash) and self._verifies(text + "\n", given):
                return text + "\n"
        return None

    def _verifies(self, text: str, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature[KEY_HASH_BYTES:], text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class LedgerKey:
    """Signs and verifies; `seed` is the private key, 32 bytes."""

    seed: bytes

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @cached_property
    def _public(self) -> NoteVerifier:
        return NoteVerifier(self._private.public_key().public_bytes_raw())

    @property
    def public_key(self) -> bytes:
        """The Ed25519 key that verifies, 32 bytes."""
        return self._public.public_key

    @property
    def verifier(self) -> str:
        """What others verify our notes with: `maitred-ledger+<key hash>+<key>`."""
        return str(self._public)

    def sign(self, text: str) -> str:
        """The note of a text that ends with a new line."""
        signature = b64encode(self._public.key_hash + self._private.sign(text.encode())).decode()
        return f"{text}\n\u2014 {NAME} {signature}\n"

    def signed(self, note: str) -> str | None:
        """The text of a note with a good signature of ours; None for any other."""
        return self._public.signed(note)

    def checkpoint(self, size: int, root: bytes, at: datetime) -> Checkpoint:
        """A signed root."""
        return Checkpoint(size=size, root=root, at=at, note=self.sign(checkpoint_text(NAME, size, root, at)))
