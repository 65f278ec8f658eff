"""What a decision was made from: facts and proposal, out of the record that is kept of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from domain.decision import Proposal
from domain.facts import Facts


@dataclass(frozen=True)
class RecordedCase:
    """What a decision was made from."""

    id: str
    facts: Facts
    proposal: Proposal | None


def case_of(decision_id: str, record: bytes) -> RecordedCase | None:
    """The case of a record; None when it holds no facts that can be read."""
    try:
        data: Any = orjson.loads(record)
        facts = Facts.model_validate(data["facts"])
        proposal = Proposal.model_validate(data["proposal"]) if data.get("proposal") else None
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    _digest_again(facts, data)
    return RecordedCase(decision_id, facts, proposal)


def _digest_again(facts: Facts, data: Any) -> None:
    """Facts that were judged before were digested then; the digest of the record is the one that they have."""
    routing = data.get("routing")
    if isinstance(routing, dict) and isinstance(known := routing.get("verdict", {}).get("facts_digest"), str):  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        vars(facts)["digest"] = known  # where `cached_property` keeps it


def record_of_case(case: RecordedCase) -> bytes:
    """The record of a case that was never decided, so that it can be sent where recorded ones are."""
    proposal = case.proposal.model_dump(mode="json") if case.proposal else None
    return orjson.dumps({"facts": case.facts.plain, "proposal": proposal})
