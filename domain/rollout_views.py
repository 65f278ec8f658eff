"""What a rollout is judged by: counted outcomes of each arm, decisions judged by the other version, cases to look at again."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

from pydantic import Field

from domain.decision import Frozen
from domain.policy_life import Release


class DecidedTurn(Frozen):
    """A recorded decision that the other version has still to judge."""

    case_id: str
    turn: int
    client_id: str | None
    decision: dict[str, Any]
    record: dict[str, Any]


class Comparison(Frozen):
    """One decision judged by the version that did not make it."""

    case_id: str
    turn: int
    decided_by: str = Field(description="Digest of the version that decided.")
    compared: str = Field(description="Digest of the version that judged it afterwards, without effect.")
    stage: str
    client_id: str | None
    tier: str
    agrees: bool = Field(description="Nobody would notice which of the two decided.")
    forbidden: bool = Field(description="The candidate's route lies outside of the active version's envelope.")
    errors: bool = Field(description="A condition of the candidate failed.")
    differences: tuple[dict[str, Any], ...]


class Count(Frozen):
    """Hits of one metric in one arm, with what tells how much the cases of one client resemble each other."""

    digest: str
    tier: str | None = Field(description="None: every tier.")
    metric: str
    hits: float
    cases: float
    clients: int
    hits2: float = Field(description="Sum over clients of hits².")
    cases2: float
    cross: float = Field(description="Sum over clients of hits x cases.")


class Mean(Frozen):
    """The mean of a measured value in one arm."""

    digest: str
    metric: str
    cases: int
    mean: float
    deviation: float = Field(description="Standard deviation of one case.")


class RecalledCase(Frozen):
    """A case that a withdrawn version touched and that is not over, put before a lead."""

    case_id: str
    turn: int
    name: str
    digest: str = Field(description="The version that was withdrawn.")
    client_id: str | None
    region: str
    tier: str
    because: str
    at: datetime
    seen_by: str | None = None
    seen_at: datetime | None = None


class RecallRow(Frozen):
    """A recalled case with where it stands and what it was decided from."""

    recall: RecalledCase
    client_name: str | None = None
    status: str
    waiting: bool = Field(description="The turn stopped for a lead, who has not ruled: nothing took effect yet.")
    decision: dict[str, Any] | None
    record: dict[str, Any]


class RecallQuery(Frozen):
    """Filters of the list of recalled cases."""

    name: str
    region: str | None = None
    client_id: str | None = None
    seen: bool = False
    after: tuple[datetime, str, int] | None = None
    limit: int = 50


class Comparisons(Protocol):
    """Decisions beside what another version says of them, found in and kept by Postgres."""

    def turn_of(self, chore: str) -> AbstractAsyncContextManager[bool]:
        """Whether this worker may do a chore while inside; no other may at the same time."""
        ...

    async def uncompared(self, decided_by: str, compared: str, since: datetime, limit: int) -> list[DecidedTurn]:
        """Decisions of one version since a moment that the other has not judged, oldest first."""
        ...

    async def put(self, comparisons: list[Comparison]) -> None:
        """Keep; one that is there already is left alone."""
        ...


class RolloutOutcomes(Protocol):
    """Counted outcomes, and the release that they are counted for."""

    def turn_of(self, chore: str) -> AbstractAsyncContextManager[bool]:
        """Whether this worker may do a chore while inside; no other may at the same time."""
        ...

    async def release(self, name: str) -> Release | None:
        """The release of a policy as it is now."""
        ...

    async def counts(self, release: Release, since: datetime) -> list[Count]:
        """What gates compare, of each arm since a moment; what only a comparison tells, of the whole stage."""
        ...

    async def agreement(self, decided_by: str, compared: str, since: datetime) -> tuple[int, int]:
        """(decisions on which both versions agree, decisions compared)."""
        ...

    async def experiment(self, active: str, candidate: str, since: datetime) -> tuple[list[Count], list[Mean]]:
        """What an experiment measures in each arm."""
        ...


class RecallViews(Protocol):
    """Recalled cases, as they are read."""

    async def recalls(self, query: RecallQuery) -> list[RecallRow]:
        """Oldest first."""
        ...

    async def unseen(self, region: str | None) -> dict[str, int]:
        """How many cases of each policy nobody has looked at yet; policies without any are left out."""
        ...


class Recalls(Protocol):
    """Recalled cases, inside a transaction."""

    async def withdraw(self, release: Release, because: str, at: datetime) -> None:
        """Remember that a running candidate was taken back, so that every case it touched is found, also one that still runs."""
        ...

    async def find(self, limit: int) -> list[RecalledCase]:
        """Put touched cases of withdrawn versions that are not over before a lead, and say which are new."""
        ...

    async def see(self, name: str, case_id: str, actor: str, at: datetime) -> list[RecalledCase]:
        """A lead has looked: what was open of the case is not any more. Empty when nothing was."""
        ...

    async def of(self, name: str, case_id: str) -> list[RecalledCase]:
        """What was recalled of a case, seen or not."""
        ...
