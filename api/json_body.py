"""Which JSON a body may hold: what Postgres, CEL, a digest or a log line would choke on is refused, with a pointer to it.

Everybody may send a body, so each check is linear in its size; the slow look for the place is taken only when a quick one found a reason.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any, cast

import orjson

from api.errors import BadRequest, escaped

DEPTH_LIMIT = 64
STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)  # the last quote may be missing: an unclosed string is not looked for again
LONG_NUMBER = re.compile(rb"\d{19}")
BRACKETS = b"[{]}"
STEPS = bytes.maketrans(BRACKETS, b"\x01\x01\xff\xff")
NOT_BRACKETS = bytes(set(range(256)) - set(BRACKETS))
REPEATED = object()


def check_json(body: bytes) -> None:
    """Raise BadRequest for JSON that is malformed, too deep, or holds what cannot be kept as it was sent."""
    skeleton = STRINGS.sub(b"", body)
    if max(accumulate(array("b", skeleton.translate(STEPS, NOT_BRACKETS))), default=0) > DEPTH_LIMIT:
        raise BadRequest(f"The body nests deeper than {DEPTH_LIMIT} levels.")
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is no valid JSON: {error.msg} at position {error.pos}.") from error
    names, kept = skeleton.count(b":"), STRINGS.sub(b"", orjson.dumps(data)).count(b":")
    if names != kept or b"\\u0000" in body or LONG_NUMBER.search(skeleton):
        _name_the_fault(body)


def _has_nul(value: object) -> bool:
    return isinstance(value, str) and "\x00" in value


def _is_too_long(value: object) -> bool:
    return isinstance(value, int) and not -(2**63) <= value < 2**64


def _is_repeated(value: object) -> bool:
    return value is REPEATED


FAULTS: tuple[tuple[Callable[[object], bool], str], ...] = (
    (_has_nul, "Text must not hold the NUL character."),
    (_is_too_long, "Whole numbers must fit 64 bits; send a larger one as text."),
    (_is_repeated, "A name must not be given twice in one object."),
)


def _name_the_fault(body: bytes) -> None:
    for pointer, value in _places(json.loads(body, object_pairs_hook=_with_repeats)):
        for holds, detail in FAULTS:
            if holds(value):
                raise BadRequest(detail, pointer=pointer)


def _with_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        found[name] = REPEATED if name in found else value
    return found


def _places(data: Any) -> Iterator[tuple[str, object]]:
    """Every value with its pointer (RFC 6901), and every name with the pointer of its object."""
    waiting: list[tuple[str, Any]] = [("", data)]
    while waiting:
        pointer, value = waiting.pop()
        yield pointer, value
        if isinstance(value, dict):
            named = cast(dict[str, Any], value)
            yield from ((pointer, name) for name in named)
            waiting += ((f"{pointer}/{escaped(name)}", inner) for name, inner in named.items())
        elif isinstance(value, list):
            listed = cast(list[Any], value)
            waiting += ((f"{pointer}/{index}", inner) for index, inner in enumerate(listed))
