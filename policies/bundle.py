"""A policy version as a signed document that another installation can import: the text, who approved it, and where it comes from.

The signature is Ed25519 (RFC 8032) over the canonical JSON (RFC 8785) of everything else, so that spaces and the order of keys say nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.canonical import canonical_json
from domain.errors import BundleRefused, PolicyInvalid
from domain.policy_life import Stage
from policies.engine import compile_policy
from policies.language.document import NAME

Format = Literal["maitred-policy-bundle/1"]
FORMAT: Format = "maitred-policy-bundle/1"
BUNDLE_LIMIT = 256 * 1024
PURPOSE = b"maitred policy bundle 1\n"
"""What is signed begins with this, so that no signature made for another purpose can stand here."""
SCHEME = "ed25519:"
Line = Annotated[str, Field(max_length=500)]
PublicKey = Annotated[str, Field(pattern=r"^ed25519:[A-Za-z0-9+/]{43}=$", description="Ed25519 public key, base64 after `ed25519:`.")]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Time = Annotated[str, Field(max_length=40, pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[0-9.:+Z-]{0,20}$")]


class Bundled(BaseModel):
    """Base of the parts of a bundle: nothing is coerced, left out or added, so that what is read is what was signed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class BundledPolicy(Bundled):
    """The version."""

    name: str = Field(pattern=NAME)
    version: int = Field(ge=1, le=2**31, description="Its number where it comes from.")
    digest: Digest = Field(description="SHA-256 over the canonical JSON of the parsed text.")
    text: str = Field(min_length=1, max_length=BUNDLE_LIMIT)


class BundledApproval(Bundled):
    """One person's word on it. It says what was done elsewhere; here the version is approved anew."""

    actor: Line
    roles: list[Line] = Field(max_length=50)
    accepts: list[Line] = Field(max_length=1_000)
    reason: str = Field(max_length=2_000)
    at: Time


class Provenance(Bundled):
    """Where it comes from."""

    author: Line
    created_at: Time
    submitted_at: Time | None
    stage: str = Field(pattern=f"^({'|'.join(Stage)})$", description="Where the version stood when it was exported.")
    reason: str = Field(max_length=2_000)


class Signature(Bundled):
    """Who vouches for it."""

    algorithm: Literal["Ed25519"]
    public_key: PublicKey
    fingerprint: Digest = Field(description="SHA-256 of the raw public key.")
    value: str = Field(pattern=r"^[A-Za-z0-9+/]{86}==$", description="64 bytes, base64.")


class BundleContent(Bundled):
    """What is signed."""

    format: Format
    policy: BundledPolicy
    approvals: list[BundledApproval] = Field(max_length=100)
    provenance: Provenance
    exported_at: Time
    exported_by: Line


class Bundle(BundleContent):
    """A signed bundle."""

    signature: Signature

    @property
    def message(self) -> bytes:
        """The bytes that are signed."""
        return message_of(self.model_dump(mode="json", exclude={"signature"}))


@dataclass(frozen=True)
class Signer:
    """Who signed, as this installation knows them."""

    name: str
    fingerprint: str


def message_of(content: Mapping[str, Any]) -> bytes:
    """The bytes that are signed for a bundle's content."""
    return PURPOSE + canonical_json(dict(content))


def public_key_of(seed: bytes) -> str:
    """The public key behind a private one of 32 bytes."""
    key: Any = _ed25519().Ed25519PrivateKey.from_private_bytes(seed).public_key()
    return SCHEME + base64.b64encode(key.public_bytes_raw()).decode()


def fingerprint_of(public_key: str) -> str:
    """`sha256:<hex>` of a public key's raw bytes. Raises ValueError for what is no such key."""
    return "sha256:" + hashlib.sha256(_raw(public_key)).hexdigest()


def signed(content: BundleContent, seed: bytes) -> Bundle:
    """The bundle with this installation's signature."""
    plain, public_key = content.model_dump(mode="json"), public_key_of(seed)
    value = _ed25519().Ed25519PrivateKey.from_private_bytes(seed).sign(message_of(plain))
    signature = {
        "algorithm": "Ed25519",
        "public_key": public_key,
        "fingerprint": fingerprint_of(public_key),
        "value": base64.b64encode(value).decode(),
    }
    return Bundle.model_validate({**plain, "signature": signature})


def check_bundle(bundle: Bundle, trusted: Mapping[str, str]) -> Signer:
    """Who signed it. `trusted` maps public keys to names. Raises BundleRefused unless it is whole and from somebody trusted."""
    signature = bundle.signature
    if signature.fingerprint != fingerprint_of(signature.public_key):
        raise _refused("/signature/fingerprint", "The fingerprint in the bundle is not that of its public key.")
    if signature.public_key not in trusted:
        advice = "Compare it with its owner by another way, then add it to the file that MAITRED_TRUSTED_KEYS names."
        raise _refused("/signature/public_key", f"Nobody here trusts the key {signature.fingerprint}. {advice}")
    key: Any = _ed25519().Ed25519PublicKey.from_public_bytes(_raw(signature.public_key))
    try:
        key.verify(base64.b64decode(signature.value), bundle.message)
    except _exceptions().InvalidSignature as error:
        raise _refused("/signature/value", "The bundle was changed after it was signed. Ask for it again.") from error
    _check_text(bundle.policy)
    return Signer(trusted[signature.public_key], signature.fingerprint)


def _check_text(policy: BundledPolicy) -> None:
    try:
        compiled = compile_policy(policy.text)
    except PolicyInvalid as error:
        raise _refused("/policy/text", f"This maitred cannot use the text: {error.message}") from error
    if compiled.digest != policy.digest:
        raise _refused("/policy/digest", f"The text has the digest {compiled.digest}, and the bundle says {policy.digest}.")
    if compiled.ref.name != policy.name:
        raise _refused("/policy/name", f"The text is of policy {compiled.ref.name}, and the bundle says {policy.name}.")


def trusted_of(text: str) -> dict[str, str]:
    """Public keys and the names behind them, of a file with one key and a name a line. Raises ValueError that names the line."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        key, _, name = line.strip().partition(" ")
        if not key or key.startswith("#"):
            continue
        try:
            fingerprint_of(key)
        except ValueError as error:
            raise ValueError(f"line {number} does not begin with a key such as ed25519:…") from error
        found[key] = name.strip() or fingerprint_of(key)
    return found


def _raw(public_key: str) -> bytes:
    if not public_key.startswith(SCHEME):
        raise ValueError("a public key begins with ed25519:")
    try:
        raw = base64.b64decode(public_key.removeprefix(SCHEME), validate=True)
    except binascii.Error as error:
        raise ValueError("a public key is base64") from error
    if len(raw) != 32:
        raise ValueError("a public key has 32 bytes")
    return raw


def _refused(pointer: str, detail: str) -> BundleRefused:
    return BundleRefused(detail, [(pointer, detail)])


def _ed25519() -> Any:
    """The library, imported when something is signed or checked: a worker that does neither has no use for it."""
    return import_module("cryptography.hazmat.primitives.asymmetric.ed25519")


def _exceptions() -> Any:
    return import_module("cryptography.exceptions")
