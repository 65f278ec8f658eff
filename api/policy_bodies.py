"""Bodies of the policy routes, as they come in and as the OpenAPI document shows what goes out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from pydantic import ConfigDict, Field

from api.requests import Closed
from api.responses import Shown
from domain.policy_life import Stage

PolicyName = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", description="The policy's name.", examples=["vip-support"])]
VersionNumber = Annotated[int, Path(ge=1, le=2**31 - 1, description="The version's number.")]
Reason = Annotated[str, Field(max_length=10_000, description="For whoever reads the history.")]
CheckId = Annotated[str, Field(max_length=1_000)]


class DraftIn(Closed):
    """A policy text; posted as YAML it needs no JSON around it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "policy: vip-support\nfacts: v1\n…", "reason": "Outages of strategic clients."}]},
    )

    text: Annotated[str, Field(min_length=1)]
    reason: Reason = ""


class WhyIn(Closed):
    """Why a version is moved on."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "A strategic client reached a bot."}]})

    reason: Reason = ""


class ApprovalIn(Closed):
    """A yes; `accepts` names each check that could not be proved, as the version's `needs.unproved` lists them."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "Read, and simulated over last week.", "accepts": []}]}
    )

    reason: Reason = ""
    accepts: Annotated[tuple[CheckId, ...], Field(max_length=1_000)] = ()


class RejectionIn(Closed):
    """A no, and what the author should change."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "The refund limit is too high."}]})

    reason: Annotated[str, Field(min_length=1, max_length=10_000)]


class NeedsOut(Shown):
    """What must be approved before the version may decide anything, and why."""

    base_digest: str | None
    approvals: int
    owners: list[str]
    board: bool
    unproved: list[str]
    why: list[str]


class ApprovalOut(Shown):
    """An approval that stands."""

    actor: str
    roles: list[str]
    accepts: list[str]
    reason: str
    at: str
    expires_at: str


class PolicyVersionOut(Shown):
    """A version and where it stands."""

    name: str
    version: int
    digest: str
    stage: Stage
    author: str
    created_at: str
    submitted_at: str | None
    reason: str
    needs: NeedsOut | None
    links: dict[str, str]


class PolicyVersionTextOut(PolicyVersionOut):
    """A version with its text and its approvals; `missing` says what it still needs while it is in review."""

    text: str
    approvals: list[ApprovalOut]
    missing: list[str]
    unheld_roles: list[str] = Field(description="Roles that must approve and that nobody holds; until one does, `admin` answers for them.")


class PolicyVersionsOut(Shown):
    """A page of versions, newest first, without their texts."""

    items: list[PolicyVersionOut]
    next_cursor: str | None


class PolicyOut(Shown):
    """A policy: how many versions it has, and which of them decides; null while none does."""

    name: str
    versions: int
    newest: int
    active: int | None
    updated_at: str
    links: dict[str, str]


class PoliciesOut(Shown):
    """A page of policies, by name."""

    items: list[PolicyOut]
    next_cursor: str | None


class HistoryEntryOut(Shown):
    """One change: a line of the ledger."""

    index: int
    id: str
    kind: str
    actor: str
    at: str
    request_id: str
    digest: str
    data: dict[str, Any]


class HistoryOut(Shown):
    """A page of changes, oldest first."""

    items: list[HistoryEntryOut]
    next_cursor: str | None
