"""The whole front desk: every use case that the API, the console and the CLI offer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from desk.accounts import AccountOffice
from desk.bundles import Bundles
from desk.cases import Cases
from desk.casework import Casework
from desk.clients import Clients
from desk.dashboard import Dashboard
from desk.decisions import Decisions
from desk.drafts import DraftDesk
from desk.eval_candidates import EvalCandidates
from desk.eval_runs import EvalRuns
from desk.floor import Floor
from desk.grace import Grace
from desk.inbox import Inbox
from desk.intake import Intake
from desk.keys import KeyOffice
from desk.ledger import Ledger
from desk.policies import Policies
from desk.policy_alarms import PolicyAlarms
from desk.policy_checks import PolicyChecks
from desk.previews import Previews
from desk.recalls import Recalls
from desk.releases import Releases
from desk.reviews import Reviews
from desk.roles import RoleBoard
from desk.roller import Roller
from desk.rollout_board import RolloutBoard
from desk.sample_day import SampleDay
from desk.sign_in import SignIn
from desk.simulations import Simulations
from desk.stories import Stories
from domain.access import ApiKey
from domain.ports import EventLog, Idempotency, Staff, Views
from domain.similar import SimilarCases
from domain.worker_report import WorkerReports


class Doorkeeper(Protocol):
    """Knows the keys."""

    async def key_of(self, secret: str) -> ApiKey | None:
        """The live key behind a bearer token."""
        ...


class Readiness(Protocol):
    """Knows whether each dependency answers."""

    async def report(self) -> tuple[bool, dict[str, object]]:
        """(ready, what /readyz shows)."""
        ...


@dataclass(frozen=True)
class Desk:
    """Every use case, put together."""

    intake: Intake
    sample_day: SampleDay
    cases: Cases
    stories: Stories
    casework: Casework
    clients: Clients
    dashboard: Dashboard
    reviews: Reviews
    inbox: Inbox
    grace: Grace
    drafts: DraftDesk
    previews: Previews
    similar: SimilarCases
    staff: Staff
    policies: Policies
    policy_checks: PolicyChecks
    policy_alarms: PolicyAlarms
    bundles: Bundles
    simulations: Simulations
    releases: Releases
    rollouts: RolloutBoard
    recalls: Recalls
    roller: Roller
    decisions: Decisions
    ledger: Ledger
    eval_runs: EvalRuns
    candidates: EvalCandidates
    sign_in: SignIn
    accounts: AccountOffice
    keys: KeyOffice
    roles: RoleBoard
    workers: WorkerReports
    views: Views
    events: EventLog
    floor: Floor
    doorkeeper: Doorkeeper
    idempotency: Idempotency
    readiness: Readiness
