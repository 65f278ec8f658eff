"""Canonical JSON (RFC 8785) and digests: the exact bytes that are hashed are the bytes that are stored."""

from __future__ import annotations

import hashlib
from typing import Any

import rfc8785


def canonical_json(value: Any) -> bytes:
    """Bytes of `value` (plain JSON data) in the one form that RFC 8785 allows."""
    return rfc8785.dumps(value)


def digest(data: bytes) -> str:
    """`sha256:<hex>` of `data`."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def digest_of(value: Any) -> str:
    """Digest of the canonical JSON of `value`."""
    return digest(canonical_json(value))
