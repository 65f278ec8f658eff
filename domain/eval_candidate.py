"""Candidate cases: a ruling that changed what was proposed teaches what would have been right. Nothing personal is in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from pydantic import Field

from domain.case import TurnInput
from domain.client import ClientProfile, Person
from domain.decision import Decision, Frozen
from domain.identifiers import derived_id
from domain.review import Ruling


class CandidateStatus(StrEnum):
    """Where a candidate stands."""

    HELD = "held"
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class ChangedRuling(Frozen):
    """A person's ruling after which the route is not what was proposed, with all that it was made from. It is never kept or logged."""

    review_id: str
    region: str
    ruling: Ruling
    turn: TurnInput
    record: dict[str, Any] = Field(description="Facts, proposal and what the agents brought, as the decision's record has them.")
    decision: Decision
    amendments: int = Field(default=0, description="Messages that came in while it waited, which the person may have read too.")

    @property
    def candidate_id(self) -> str:
        """The id of the candidate that it becomes, whoever collects it and however often."""
        return derived_id("evc", self.turn.case_id, self.turn.turn, "candidate")


class Cleaned(Frozen):
    """What is left of a ruling without anything personal; `left` says why it may not be kept after all."""

    input: dict[str, Any]
    gold: dict[str, Any]
    why: str
    replaced: dict[str, int] = Field(description="How many values of each kind were replaced.")
    left: str = ""


class Label(Frozen):
    """What a person says of a candidate beyond the ruling."""

    gold: dict[str, str] = Field(default_factory=dict, description="Other values of the gold: `mode`, `pool`, `action`.")
    dangerous: str = Field(default="", description="The dangerous error of the case, in a few words.")
    slices: dict[str, str] = Field(default_factory=dict, description="More dimensions to slice by.")
    note: str = ""
    by: str = ""


class Candidate(Frozen):
    """A case that a suite may get."""

    id: str
    case_id: str
    turn: int
    review_id: str
    region: str
    action: str = Field(description="What the lead ruled.")
    ruled_by: str
    ruled_at: datetime
    status: CandidateStatus
    held_because: str = ""
    input: dict[str, Any] = Field(description="Texts, facts and proposal; empty while it is held back.")
    gold: dict[str, Any]
    slices: dict[str, str]
    why: str = Field(description="The lead's reason and note.")
    method: str = Field(description="How it was de-identified: name and version of the method.")
    replaced: dict[str, int]
    label: Label | None = None
    decided_by: str | None = Field(default=None, description="Who accepted or rejected it.")
    reason: str = ""
    decided_at: datetime | None = None
    revision: int = 1
    collected_at: datetime


class CandidateQuery(Frozen):
    """Filters of the list of candidates."""

    status: CandidateStatus | None = None
    since: datetime | None = None
    until: datetime | None = Field(default=None, description="Exclusive, by when it was ruled.")
    region: str | None = Field(default=None, description="Only this region's.")
    limit: int = 100


class Deidentifier(Protocol):
    """Takes out of a ruling whatever tells who it was about."""

    @property
    def method(self) -> str:
        """Name and version: another version may read a candidate that is held back."""
        ...

    def clean(self, changed: ChangedRuling, profile: ClientProfile | None, staff: Sequence[Person], digits: int) -> Cleaned:
        """The ruling without anything personal, amounts with so many significant digits; what it cannot clean it names in `left`."""
        ...

    def left_in(self, text: str, changed: ChangedRuling, profile: ClientProfile | None, staff: Sequence[Person]) -> str:
        """What kind of personal value a text holds; empty when none is known to be in it."""
        ...


@dataclass(frozen=True)
class RulingPage:
    """Some rulings; `last` is the review id to go on from, None at the end. A record in a form that is not read any more is left out."""

    rulings: list[ChangedRuling]
    last: str | None
    unreadable: int = 0


class ChangedRulings(Protocol):
    """Rulings that changed a proposal, found in Postgres."""

    async def uncollected(self, since: datetime | None, after: str, limit: int) -> RulingPage:
        """Those without a candidate, and those whose candidate is held back, by review id, from `after` on."""
        ...

    async def of(self, case_id: str, turn: int) -> ChangedRuling | None:
        """The ruling of a turn."""
        ...


class CandidateViews(Protocol):
    """Candidates as they are read."""

    async def candidates(self, query: CandidateQuery) -> list[Candidate]:
        """Newest ruling first."""
        ...

    async def candidate(self, candidate_id: str) -> Candidate | None:
        """One of them."""
        ...


class Candidates(Protocol):
    """Candidates inside a transaction."""

    async def put(self, candidate: Candidate) -> int | None:
        """Keep a candidate, or what became of one that was held back; its revision. None when nothing is new, and nothing was written."""
        ...

    async def locked(self, candidate_id: str) -> Candidate | None:
        """A candidate, locked until the transaction ends."""
        ...

    async def save(self, candidate: Candidate) -> None:
        """Store label and standing, and move the revision on."""
        ...
