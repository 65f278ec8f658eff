"""Identifiers: random ones for what comes from outside, derived ones for every effect of a turn.

A node may run twice, so an effect's id is a function of (case, turn, step) and its row is inserted
`ON CONFLICT DO NOTHING`.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import NewType

CaseId = NewType("CaseId", str)
ClientId = NewType("ClientId", str)
MessageId = NewType("MessageId", str)
ReviewId = NewType("ReviewId", str)
DecisionId = NewType("DecisionId", str)
PoolId = NewType("PoolId", str)

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PAIRS = [first + second for first in CROCKFORD for second in CROCKFORD]
"""Ten bits as two letters: an id takes half the steps."""
SHIFTS = tuple(range(120, -10, -10))


def new_id(kind: str) -> str:
    """A fresh, time-ordered id such as `case_01J9…`: a ULID, of the time in milliseconds and 80 random bits."""
    return f"{kind}_{_letters(time.time_ns() // 1_000_000 << 80 | secrets.randbits(80))}"


def derived_id(kind: str, case_id: str, turn: int, step: str = "") -> str:
    """The id of one effect of one step of one turn: the same input always gives the same id."""
    number = int.from_bytes(hashlib.sha256(f"{kind}\x1f{case_id}\x1f{turn}\x1f{step}".encode()).digest()[:16])
    return f"{kind}_{_letters(number)}"


def _letters(number: int) -> str:
    """128 bits as the 26 letters of a ULID."""
    return "".join([PAIRS[number >> shift & 1023] for shift in SHIFTS])
