"""The files that pages need: each under a name that changes with its bytes, so that browsers keep it for good."""

from __future__ import annotations

import gzip
import hashlib
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable

import brotli

LARGE = 200_000
"""Bytes from which on the last tenth of packing would take seconds."""
brotlied: Callable[..., bytes] = brotli.compress  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - it has no types

MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True)
class Asset:
    """A file of `static/`."""

    name: str
    body: bytes

    @cached_property
    def path(self) -> str:
        """Where it is served."""
        stem, _, ending = self.name.rpartition(".")
        return f"/static/{stem}.{hashlib.sha256(self.body).hexdigest()[:12]}.{ending}"

    @property
    def media_type(self) -> str:
        """What it is."""
        return MEDIA_TYPES[self.name.rpartition(".")[2]]

    @cached_property
    def integrity(self) -> str:
        """What a browser compares it with before it uses it (W3C Subresource Integrity)."""
        return f"sha384-{b64encode(hashlib.sha384(self.body).digest()).decode()}"

    @cached_property
    def packed(self) -> dict[str, bytes]:
        """The same bytes, smaller, by the name of the encoding; the smallest first."""
        return {"br": brotlied(self.body, quality=11 if len(self.body) < LARGE else 9), "gzip": gzip.compress(self.body, 9, mtime=0)}


@cache
def shelf() -> dict[str, Asset]:
    """Every file by its name. Those of `vendor/` come with the installation; where they are missing, pages do without a script."""
    found = [one for folder in (files("console") / "static", files("console") / "static" / "vendor") for one in _files(folder)]
    return {one.name: Asset(one.name, one.read_bytes()) for one in found}


def _files(folder: Traversable) -> list[Traversable]:
    if not folder.is_dir():
        return []
    return [one for one in folder.iterdir() if one.is_file() and one.name.rpartition(".")[2] in MEDIA_TYPES]


def asset(name: str) -> Asset | None:
    """A file of the shelf; None for one that is not there."""
    return shelf().get(name)
