"""W3C trace context: the trace that a request belongs to (https://www.w3.org/TR/trace-context/)."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

TRACEPARENT = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace_id>[0-9a-f]{32})-(?P<parent_id>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?"
)
SAMPLED = 1


@dataclass(frozen=True)
class Trace:
    """Where a request stands in its trace: `span_id` is ours, `parent_id` the caller's (None when the trace begins here)."""

    trace_id: str
    span_id: str
    parent_id: str | None = None
    sampled: bool = False

    @property
    def header(self) -> str:
        """What goes to whoever is called, or answered, within this trace."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"


def trace_of(headers: list[str]) -> Trace:
    """The trace that the `traceparent` headers of a request name; a new one when there is none, several, or one that is not valid."""
    found = TRACEPARENT.fullmatch(headers[0]) if len(headers) == 1 else None
    if found is None or not _is_valid(found):
        return Trace(secrets.token_hex(16), secrets.token_hex(8))
    sampled = bool(int(found["flags"], 16) & SAMPLED)
    return Trace(found["trace_id"], secrets.token_hex(8), found["parent_id"], sampled)


def _is_valid(found: re.Match[str]) -> bool:
    """Version ff is forbidden, ids of zeros are none, and only later versions may say more."""
    later = found["version"] != "00"
    return (
        found["version"] != "ff"
        and found["trace_id"].strip("0") != ""
        and found["parent_id"].strip("0") != ""
        and (later or not found["more"])
    )
