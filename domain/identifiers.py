"""Identifiers: random ones for what comes from outside, derived ones for every effect of a turn.

A node may run twice, so an effect's id is a function of (case, turn, step) and its row is inserted
`ON CONFLICT DO NOTHING`.
"""

from __future__ import annotations

import hashlib
from typing import NewType

from ulid import ULID

CaseId = NewType("CaseId", str)
ClientId = NewType("ClientId", str)
MessageId = NewType("MessageId", str)
ReviewId = NewType("ReviewId", str)
DecisionId = NewType("DecisionId", str)
PoolId = NewType("PoolId", str)

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PAIRS = [first + second for first in CROCKFORD for second in CROCKFORD]
"""Ten bits as two letters: an id takes half the steps."""


def new_id(kind: str) -> str:
    """A fresh, time-ordered id such as `case_01J9…`."""
    return f"{kind}_{ULID()}"


def derived_id(kind: str, case_id: str, turn: int, step: str = "") -> str:
    """The id of one effect of one step of one turn: the same input always gives the same id."""
    number = int.from_bytes(hashlib.sha256(f"{kind}\x1f{case_id}\x1f{turn}\x1f{step}".encode()).digest()[:16])
    return f"{kind}_" + "".join([PAIRS[number >> shift & 1023] for shift in range(120, -10, -10)])
