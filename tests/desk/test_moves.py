"""Moves: what is offered is what `Casework` would do."""

from __future__ import annotations

from typing import Any

import pytest

from desk.moves import Move, possible_moves

RESERVED = {"person": "agent_7", "accepted_at": None}
ANSWERING = {Move.ACKNOWLEDGE, Move.RESOLVE}


@pytest.mark.parametrize(
    ("changes", "moves"),
    [
        ({}, {*ANSWERING, Move.ACCEPT, Move.DECLINE, Move.TRANSFER}),
        ({"assignment": {**RESERVED, "accepted_at": "2026-11-26T08:00:00Z"}}, {*ANSWERING, Move.TRANSFER}),
        ({"assignment": None}, {*ANSWERING, Move.TRANSFER}),
        ({"acknowledged_at": "2026-11-26T08:00:00Z", "assignment": None}, {Move.RESOLVE, Move.TRANSFER}),
        ({"status": "received", "decision": None, "assignment": None}, ANSWERING),
        ({"status": "routing", "decision": None, "assignment": None}, {Move.ACKNOWLEDGE}),
        ({"status": "awaiting_review", "decision": None, "assignment": None}, ANSWERING),
        ({"status": "answered", "assignment": None}, {Move.RESOLVE, Move.TRANSFER}),
        ({"status": "failed", "decision": None, "assignment": None}, ANSWERING),
        ({"status": "resolved", "assignment": None}, {Move.REOPEN}),
        ({"status": "closed", "assignment": None}, set[Move]()),
    ],
)
def test_what_can_be_done_follows_from_where_the_case_stands(changes: dict[str, Any], moves: set[Move]) -> None:
    case = {"status": "assigned", "acknowledged_at": None, "assignment": RESERVED, "decision": {"id": "dec_1"}, **changes}
    assert possible_moves(case) == moves
