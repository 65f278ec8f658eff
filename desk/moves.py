"""Moves: what can be done with a case as it stands, so that nobody is offered what would be refused."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from desk.casework import UNTRANSFERABLE
from domain.case import CaseStatus


class Move(StrEnum):
    """What people do with a case."""

    ACKNOWLEDGE = "acknowledge"
    ACCEPT = "accept"
    DECLINE = "decline"
    TRANSFER = "transfer"
    RESOLVE = "resolve"
    REOPEN = "reopen"


def possible_moves(case: Mapping[str, Any]) -> frozenset[Move]:
    """What `Casework` would do with a case in the words of the public contract; whether policy allows a transfer is not asked here."""
    status = CaseStatus(case["status"])
    if status is CaseStatus.CLOSED:
        return frozenset()
    if status is CaseStatus.RESOLVED:
        return frozenset({Move.REOPEN})
    found: set[Move] = set()
    if not case["acknowledged_at"] and status is not CaseStatus.ANSWERED:  # whom the AI answered has heard from us
        found.add(Move.ACKNOWLEDGE)
    if case["assignment"] and not case["assignment"]["accepted_at"] and case["decision"]:
        found |= {Move.ACCEPT, Move.DECLINE}
    if case["decision"] and status not in UNTRANSFERABLE:
        found.add(Move.TRANSFER)
    if status is not CaseStatus.ROUTING:
        found.add(Move.RESOLVE)
    return frozenset(found)
