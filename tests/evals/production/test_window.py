"""Decisions as the columns that drift compares."""

from __future__ import annotations

import pytest

from domain.seen_decision import SeenDecision
from evals.production.window import sample_of
from tests.evals.production.rulings import NOW

SEEN = SeenDecision(
    id="dec_1",
    case_id="case_1",
    turn=1,
    client_id="northwind",
    region="eu",
    decided_at=NOW,
    policy="sha256:a",
    facts={"message": {"language": "de", "severity": 2, "signals": ["outage", "legal"]}, "value": {"score": 0.5}},
    proposal={"mode": "ai", "pool": "eu-core", "confidence": 0.5},
    verdict={"tier": {"id": "strategic"}, "review": None},
    ruling=None,
    moved=False,
    overruled=False,
)


@pytest.mark.parametrize(
    ("ruling", "overruled", "kept"),
    [("approve", False, True), ("approve", True, None), ("edit", True, False), ("ask", True, None), (None, False, None)],
)
def test_what_a_lead_left_as_it_was_is_told_by_ruling_and_route(ruling: str | None, overruled: bool, kept: bool | None) -> None:
    assert sample_of([SEEN.model_copy(update={"ruling": ruling, "overruled": overruled})]).kept == (kept,)


def test_clients_are_numbers_and_what_is_not_known_stays_unknown() -> None:
    stranger = SEEN.model_copy(update={"client_id": None, "proposal": None, "case_id": "case_2"})
    sample = sample_of([SEEN, stranger, SEEN])
    assert sample.clients == (0, 1, 0)
    assert sample.words["signals"] == ("legal + outage",) * 3
    assert sample.words["proposed mode"] == ("ai", "nothing", "ai")
    assert sample.words["channel"] == (None, None, None)
    assert sample.numbers["value score"] == (0.5, 0.5, 0.5)
    assert sample.confidence == (0.5, None, 0.5)
    assert "northwind" not in sample.model_dump_json()
