"""The key that signs the ledger's checkpoints: notes in the form of C2SP's signed-note, which others' tools verify as well."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.ledger_proof import Checkpoint, checkpoint_text

NAME = "maitred-ledger"
ED25519 = b"\x01"
KEY_HASH_BYTES = 4


@dataclass(frozen=True)
class LedgerKey:
    """Signs and verifies; `seed` is the private key, 32 bytes."""

    seed: bytes

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @property
    def public_key(self) -> bytes:
        """The Ed25519 key that verifies, 32 bytes."""
        return self._private.public_key().public_bytes_raw()

    @cached_property
    def _key_hash(self) -> bytes:
        return hashlib.sha256(NAME.encode() + b"\n" + ED25519 + self.public_key).digest()[:KEY_HASH_BYTES]

    @property
    def verifier(self) -> str:
        """What others verify our notes with: `maitred-ledger+<key hash>+<key>`."""
        return f"{NAME}+{self._key_hash.hex()}+{b64encode(ED25519 + self.public_key).decode()}"

    def sign(self, text: str) -> str:
        """The note of a text that ends with a new line."""
        signature = b64encode(self._key_hash + self._private.sign(text.encode())).decode()
        return f"{text}\n\u2014 {NAME} {signature}\n"

    def signed(self, note: str) -> str | None:
        """The text of a note with a good signature of ours; None for any other."""
        text, _, signatures = note.rpartition("\n\n")
        for line in signatures.splitlines():
            mark, _, rest = line.partition(" ")
            name, _, encoded = rest.partition(" ")
            try:
                given = b64decode(encoded, validate=True)
            except ValueError:
                continue
            if (mark, name, given[:KEY_HASH_BYTES]) == ("\u2014", NAME, self._key_hash) and self._verifies(text + "\n", given):
                return text + "\n"
        return None

    def checkpoint(self, size: int, root: bytes, at: datetime) -> Checkpoint:
        """A signed root."""
        return Checkpoint(size=size, root=root, at=at, note=self.sign(checkpoint_text(NAME, size, root, at)))

    def _verifies(self, text: str, signature: bytes) -> bool:
        try:
            self._private.public_key().verify(signature[KEY_HASH_BYTES:], text.encode())
        except InvalidSignature:
            return False
        return True
