"""Every seam of maitred: what the inner packages need, named for the need. `runtime.wiring` says who fills it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from domain.case import Identity, InboundMessage, Sender, TurnInput
from domain.client import ArticleHit, ClientProfile, PastCase, TelemetryReport
from domain.context import Handover, Reply
from domain.decision import Decision
from domain.facts import Facts, LoadFacts
from domain.ledger import Entry
from domain.model import ModelAnswer, ModelCall
from domain.review import Review, Ruling

Answer = TypeVar("Answer", bound=BaseModel)


class Clock(Protocol):
    """The time; replaced in tests."""

    def now(self) -> datetime:
        """The moment, in UTC."""
        ...


class Crm(Protocol):
    """The customer database."""

    async def identify(self, sender: Sender) -> Identity | None:
        """The client and contact behind `sender`, or None when nobody fits."""
        ...

    async def profile(self, client_id: str) -> ClientProfile | None:
        """All that is known of a client; None when the id is unknown. Raises ToolFailed."""
        ...

    async def clients(self, *, text: str = "", tier: str = "", region: str = "", after: str = "", limit: int = 50) -> list[ClientProfile]:
        """Clients by id, those after the id `after`."""
        ...


class Telemetry(Protocol):
    """Usage, errors and incidents of the product."""

    async def report(self, client_id: str, now: datetime) -> TelemetryReport | None:
        """The client's telemetry at `now`; None when nothing is measured. Raises ToolFailed."""
        ...


class Knowledge(Protocol):
    """The knowledge base."""

    async def search(self, query: str, language: str, limit: int = 3) -> list[ArticleHit]:
        """Articles that answer `query`, best first. Raises ToolFailed."""
        ...


class CaseHistory(Protocol):
    """Earlier cases of a client."""

    async def past_cases(self, client_id: str, now: datetime, limit: int = 20) -> list[PastCase]:
        """Latest first. Raises ToolFailed."""
        ...


class Model(Protocol):
    """The one LLM seam."""

    @property
    def name(self) -> str:
        """The model that speaks, such as `embedded/triage@3` or `openai/gpt-5`."""
        ...

    async def ask(self, call: ModelCall, answer: type[Answer]) -> ModelAnswer[Answer]:
        """A schema-checked answer within `call.budget_s`. Raises ModelUnavailable."""
        ...


class Lease(Protocol):
    """The right to work a case, with the fencing token that each write carries."""

    @property
    def token(self) -> str:
        """Grows with every new holder; a write with an older one is refused."""
        ...

    @property
    def lost(self) -> bool:
        """Another worker may hold the case by now."""
        ...


class Leases(Protocol):
    """One worker per case."""

    def hold(self, case_id: str) -> AbstractAsyncContextManager[Lease | None]:
        """Hold the case's lease while inside, renewed in the background; None when another worker holds it."""
        ...


class Roster(Protocol):
    """People and how busy they are."""

    async def load(self) -> LoadFacts:
        """A snapshot that is at most some seconds old."""
        ...


class TurnRecord(Protocol):
    """What a run of the graph writes; each call is one transaction and safe to repeat."""

    async def pin(self, case_id: str, turn: int, policy_digest: str) -> str:
        """The policy digest that this turn began with: the first caller's wins."""
        ...

    async def remember(self, case_id: str, turn: int, record: dict[str, Any]) -> None:
        """Keep facts, proposal and the rest, so that the run can be rebuilt without its checkpoint."""
        ...

    async def open_review(self, review: Review, facts: Facts, entries: Sequence[Entry]) -> Review:
        """Store the review and stop the turn for a person; the stored one when it is there already."""
        ...

    async def decide(self, decision: Decision, entries: Sequence[Entry], timers: Sequence[tuple[str, datetime, dict[str, Any]]]) -> Decision:
        """Decision, ledger, SLA timers, assignment and outbox in one transaction; the stored one when it is there already."""
        ...

    async def deliver(self, case_id: str, turn: int, reply: Reply | None, handover: Handover | None, entries: Sequence[Entry]) -> None:
        """Reply or handover, and the end of the turn."""
        ...


class TurnQueue(Protocol):
    """Turns that wait for a worker, found in Postgres."""

    async def load(self, case_id: str) -> tuple[TurnInput, dict[str, Any] | None, Ruling | None] | None:
        """The oldest unfinished turn of a case with its record and ruling, or None when none is runnable."""
        ...

    async def stranded(self, older_than_s: float, limit: int = 100) -> list[str]:
        """Cases with a runnable turn that nobody finished for that long."""
        ...


class Delivery(Protocol):
    """The way back to the channel."""

    async def send(self, case_id: str, message: InboundMessage, reply: Reply) -> None:
        """Hand a reply to the channel; safe to repeat."""
        ...
