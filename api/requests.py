"""Request bodies: the OpenAPI document and the border checks are made from these."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from domain.case import InboundMessage, Outcome, Sender
from domain.facts import Action, Mode
from domain.review import RulingAction
from domain.scalars import UtcTime

METADATA_LIMIT = 8 * 1024
RFC_3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,12})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})")
ONE_LINE = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$"
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class Closed(BaseModel):
    """Base of request bodies: unknown fields are refused, so that a typo is noticed."""

    model_config = ConfigDict(extra="forbid")


def _small(metadata: dict[str, Any]) -> dict[str, Any]:
    if len(orjson.dumps(metadata)) > METADATA_LIMIT:
        raise ValueError(f"must not be larger than {METADATA_LIMIT} bytes")
    return metadata


def plausible(moment: datetime) -> datetime:
    """A moment that somebody can mean."""
    if not EARLIEST <= moment <= LATEST:
        raise ValueError("must lie between 1990 and 2200")
    return moment


def _written_out(moment: object) -> object:
    if not isinstance(moment, str) or not RFC_3339.fullmatch(moment):
        raise ValueError("must be a time as RFC 3339 writes it, such as 2026-11-23T08:00:00Z")
    return moment


def _a_number(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError("must be a number")
    return value


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text


Word = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
ExternalId = Annotated[str, Field(min_length=1, max_length=255, pattern=ONE_LINE)]
Optional255 = Annotated[str | None, Field(max_length=255, pattern=ONE_LINE)]
Number = BeforeValidator(_a_number)
Time = Annotated[UtcTime, BeforeValidator(_written_out)]


class SenderIn(Closed):
    """Who wrote, as the channel says it; at least one field helps to find the client."""

    client_id: Optional255 = None
    email: Optional255 = None
    name: Optional255 = None
    handle: Optional255 = None
    phone: Optional255 = None


class AttachmentIn(Closed):
    """A file that stays with the channel; maitred keeps the reference."""

    name: Annotated[str, Field(max_length=255, pattern=ONE_LINE)]
    content_type: Optional255 = None
    size: Annotated[int | None, Field(ge=0, le=2**40), Number] = None
    url: Annotated[str | None, Field(max_length=2048, pattern=ONE_LINE)] = None


class MessageIn(Closed):
    """One inbound message."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "channel": "slack",
                    "external_id": "1716.42",
                    "conversation_id": "C1-99",
                    "sender": {"email": "cto@northwind.example", "name": "Ada Lindqvist"},
                    "text": "Our production export has failed since 07:10, our board meets at noon.",
                    "sent_at": "2026-11-23T08:00:00Z",
                }
            ]
        },
    )

    channel: Word
    external_id: ExternalId
    conversation_id: ExternalId
    sender: SenderIn = Field(default_factory=lambda: SenderIn())
    text: Annotated[str, Field(min_length=1, max_length=100_000), AfterValidator(_not_blank)]
    sent_at: Annotated[Time, AfterValidator(plausible)]
    language: Annotated[str | None, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=16)] = None
    attachments: Annotated[list[AttachmentIn], Field(max_length=50)] = []
    metadata: Annotated[dict[str, Any], AfterValidator(_small)] = Field(default_factory=dict)

    def as_message(self) -> InboundMessage:
        """The message in the words of the domain."""
        return InboundMessage(
            channel=self.channel,
            external_id=self.external_id,
            conversation_id=self.conversation_id,
            sender=Sender(**self.sender.model_dump()),
            text=self.text,
            sent_at=self.sent_at,
            language=self.language.split("-")[0].lower() if self.language else None,
            attachments=tuple(attachment.model_dump() for attachment in self.attachments),
            metadata=self.metadata,
        )


class RouteIn(Closed):
    """The route that a lead wants; what is left out stays as it stands."""

    mode: Mode | None = None
    pool: Annotated[str | None, Field(max_length=64, pattern=ONE_LINE)] = None
    skills: Annotated[list[Annotated[str, Field(max_length=64, pattern=ONE_LINE)]] | None, Field(max_length=32)] = None
    action: Action | None = None
    amount: Annotated[float | None, Field(ge=0, le=1e15, allow_inf_nan=False), Number] = None
    assignee: Annotated[str | None, Field(max_length=128, pattern=ONE_LINE)] = None


class RulingIn(Closed):
    """A lead's answer."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"action": "edit", "route": {"mode": "human", "pool": "eu-senior"}, "reason": "Their board meets at noon."}]
        },
    )

    action: RulingAction
    route: RouteIn | None = None
    note: Annotated[str, Field(max_length=10_000)] = ""
    reply: Annotated[
        str,
        Field(
            max_length=8_000,
            description="What the client is to read, in place of a model's words: `ai` sends it, `hybrid` hands it over as the draft.",
        ),
    ] = ""
    question: Annotated[str, Field(max_length=10_000)] = ""
    reason: Annotated[str, Field(max_length=10_000)] = ""
    overrides: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=64, pattern=ONE_LINE)]],
        Field(max_length=20, description="Guards to suspend for this decision: only those with an `override`, by a person of its role."),
    ] = []


class MoveIn(Closed):
    """Why a case is moved, for whoever reads its events."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"note": "Called back at 09:12."}]})

    note: Annotated[str, Field(max_length=10_000)] = ""


class TransferIn(Closed):
    """Where a case goes; what is left out stays as it stands."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"pool": "eu-senior", "note": "They know this client."}]})

    pool: Annotated[str | None, Field(max_length=64, pattern=ONE_LINE)] = None
    assignee: Annotated[str | None, Field(max_length=128, pattern=ONE_LINE)] = None
    mode: Annotated[Mode | None, Field(description="`hybrid` or `human`: a transfer gives a case to a person.")] = None
    skills: Annotated[list[Annotated[str, Field(max_length=64, pattern=ONE_LINE)]] | None, Field(max_length=32)] = None
    note: Annotated[str, Field(max_length=10_000)] = ""


class ResolveIn(Closed):
    """How a case ended."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"outcome": "solved", "csat": 5, "notes": "The export runs again."}]}
    )

    outcome: Outcome
    csat: Annotated[int | None, Field(ge=1, le=5, strict=True, description="The client's satisfaction, 5 is best.")] = None
    notes: Annotated[str, Field(max_length=10_000)] = ""


class DecideIn(Closed):
    """Facts (laid over neutral ones) and a proposal to be judged."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "facts": {
                        "client": {"region": "eu", "contract": {"tier": "strategic"}},
                        "message": {"signals": ["legal"], "severity": 4},
                    },
                    "proposal": {"mode": "ai", "pool": "eu-core", "confidence": 0.9, "rationale": "An article answers it."},
                    "policy": None,
                }
            ]
        },
    )

    facts: dict[str, Any]
    proposal: dict[str, Any] | None = None
    policy: Annotated[str | None, Field(max_length=128)] = None


class ReplayIn(Closed):
    """Which policy decides again; without one, the version that decided."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"policy": "vip-support@7"}]})

    policy: Annotated[str | None, Field(max_length=128)] = None
