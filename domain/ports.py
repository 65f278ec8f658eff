"""Every seam of maitred: what the inner packages need, named for the need. `runtime.wiring` says who fills it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from domain.access import ApiKey
from domain.case import Identity, PendingTurn, Sender, TurnStatus
from domain.client import ArticleHit, ClientProfile, PastCase, TelemetryReport
from domain.events import Event
from domain.facts import LoadFacts
from domain.idempotency import Begun, FirstAnswer, Mismatch, StillRunning
from domain.model import ModelAnswer, ModelCall
from domain.review import LaterMessage
from domain.views import (
    CaseQuery,
    CaseRow,
    LedgerQuery,
    ReviewQuery,
    ReviewRow,
)

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

    @property
    def region(self) -> str:
        """Where it runs, as policy's `model_regions` name it; `local` is this machine."""
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


class Staff(Protocol):
    """Whom a case can go to."""

    async def people(self) -> list[dict[str, Any]]:
        """Everybody, with pools, skills, languages, presence and open cases."""
        ...


class TurnQueue(Protocol):
    """Turns that wait for a worker, found in Postgres."""

    async def next_turn(self, case_id: str) -> PendingTurn | None:
        """The oldest unfinished turn of a case, or None when there is none or it waits for a person."""
        ...

    async def stranded(self, older_than_s: float, limit: int = 100) -> list[str]:
        """Cases with a runnable turn that nobody moved for that long, or with a message that still has to be appended to a review."""
        ...

    async def hand_back(self, case_ids: list[str]) -> None:
        """Nobody works these cases any more: their turns are stranded from now on."""
        ...

    async def status(self, case_id: str, turn: int) -> TurnStatus | None:
        """Where a turn stands."""
        ...

    async def fail(self, case_id: str, turn: int) -> int:
        """Count a failed run of a turn and return how many there were."""
        ...


class LaterMessages(Protocol):
    """Messages that came in while their cases wait for a person, found in Postgres."""

    async def later_messages(self, case_id: str) -> list[LaterMessage]:
        """What is not in the case's open review yet, oldest first."""
        ...


class Views(Protocol):
    """What is read outside of a transaction; every answer is plain data."""

    async def case(self, case_id: str) -> CaseRow | None:
        """A case with its last decision, review and messages."""
        ...

    async def cases(self, query: CaseQuery) -> list[CaseRow]:
        """Cases, newest first."""
        ...

    async def review(self, review_id: str) -> ReviewRow | None:
        """A review with what stands beside it."""
        ...

    async def reviews(self, query: ReviewQuery) -> list[ReviewRow]:
        """Reviews, most urgent first."""
        ...

    async def record(self, case_id: str, turn: int | None = None) -> dict[str, Any] | None:
        """The whole decision record of a turn (the last by default)."""
        ...

    async def entry(self, entry_id: str) -> dict[str, Any] | None:
        """Index, id, kind and digest of a ledger entry."""
        ...

    async def turns(self, case_id: str, limit: int) -> list[dict[str, Any]]:
        """The last turns of a case, each with its record and decision as far as it has them; the latest first."""
        ...

    async def entries(self, query: LedgerQuery) -> list[dict[str, Any]]:
        """Ledger entries in the order of their index, or the newest first."""
        ...


class EventLog(Protocol):
    """The event stream, in sequence."""

    async def after(
        self, sequence: int, *, case_id: str | None, region: str | None, client_id: str | None, limit: int = 200
    ) -> list[Event]:
        """Events past `sequence`."""
        ...

    async def newest(self) -> int:
        """The last sequence given out."""
        ...

    @property
    def heard(self) -> int:
        """How often there was word of something new."""
        ...

    async def wait(self, timeout_s: float, heard: int | None = None) -> None:
        """Return when there may be something new, or after the timeout; at once when there was more word than `heard` already."""
        ...


class Keys(Protocol):
    """API keys by their HMAC."""

    async def find(self, key_hash: bytes) -> ApiKey | None:
        """The live key with this hash."""
        ...


class Idempotency(Protocol):
    """The first answer to a POST."""

    async def begin(self, actor: str, key: str, fingerprint: str) -> Begun | FirstAnswer | StillRunning | Mismatch:
        """Claim a key for a request, or say what it was used for."""
        ...

    async def finish(self, actor: str, key: str, answer: FirstAnswer) -> None:
        """Keep the first answer."""
        ...

    async def forget(self, actor: str, key: str) -> None:
        """Let the key be used again: the request failed."""
        ...
