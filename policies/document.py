"""The typed policy document: what one YAML text says."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from domain.decision import OnExpiry
from domain.facts import Action, Mode, Region
from policies.durations import Duration

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Expression = Annotated[str, Field(min_length=1, max_length=2_000)]
Sentence = Annotated[str, Field(min_length=3, max_length=500)]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS = "always"


class Part(BaseModel):
    """Base of every part of a document: immutable, and unknown keys are faults."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class TierRule(Part):
    """Who belongs to a tier; the first that matches wins."""

    id: Name
    when: Expression
    rank: int = Field(ge=0, le=1000)
    budget_ms: int = Field(ge=50, le=60_000)


def _comparison(text: Any) -> Any:
    if isinstance(text, int) and not isinstance(text, bool):
        return f"== {text}"
    return text


Comparison = Annotated[str, BeforeValidator(_comparison), Field(pattern=r"^(==|>=|<=|>|<)\s*[1-5]$")]


class SlaRow(Part):
    """What is promised; the first row that fits wins, and the last must fit everything."""

    tier: Name | None = None
    severity: Comparison | None = None
    when: Expression | None = None
    ack: Duration
    resolve: Duration
    calendar: Name = ALWAYS


class Pool(Part):
    """People who work cases of one kind in one region."""

    region: Region
    skills: tuple[Name, ...] = ()
    languages: tuple[Annotated[str, Field(pattern="^[a-z]{2,3}$")], ...] = ("en",)
    overflow: tuple[Name, ...] = ()


def _hours(text: Any) -> Any:
    if not isinstance(text, str) or not (found := re.fullmatch(r"(\d\d:\d\d)-(\d\d:\d\d)", text)):
        raise ValueError("must be hours such as 08:00-12:00")
    begins, ends = (time.fromisoformat(part) if part != "24:00" else time.max for part in found.groups())
    if begins >= ends:
        raise ValueError("must end after it begins")
    return begins, ends


Hours = Annotated[tuple[time, time], BeforeValidator(_hours)]


def _day_span(text: str) -> str:
    first, _, last = text.partition("-")
    if first not in DAYS or (last or first) not in DAYS or DAYS.index(first) > DAYS.index(last or first):
        raise ValueError(f"must be a day or a span such as mon-fri, of {', '.join(DAYS)}")
    return text


DaySpan = Annotated[str, AfterValidator(_day_span)]


class CalendarRule(Part):
    """When a promise's time runs."""

    timezone: str
    hours: dict[DaySpan, tuple[Hours, ...]] = Field(min_length=1)
    holidays: tuple[date, ...] = ()


class FallbackRow(Part):
    """Where everything ends that nothing else allows."""

    region: Region | None = None
    mode: Mode = Mode.HUMAN
    pool: Name


class DefaultRow(Part):
    """What is done when there is no usable proposal; the first that fits and is allowed wins."""

    tier: Name | None = None
    region: Region | None = None
    when: Expression | None = None
    mode: Mode
    pool: Name
    skills: tuple[Name, ...] = ()


class ReviewRule(Part):
    """A person must rule before the route takes effect."""

    by: Name = "lead"
    within: Duration
    on_expiry: OnExpiry = OnExpiry.ESCALATE


class OverrideRule(Part):
    """Who may suspend the guard for one decision."""

    role: Name
    second_pair_of_eyes: bool = False


class GuardRule(Part):
    """A rule that narrows what is allowed when its condition holds."""

    id: Name
    owner: Name = "policy"
    when: Expression
    modes: tuple[Mode, ...] | None = None
    pools: tuple[Name, ...] | None = None
    pools_where: Expression | None = None
    model_regions: tuple[Name, ...] | None = None
    forbid_actions: tuple[Action, ...] = ()
    require_skills: tuple[Name, ...] = ()
    priority_floor: int = Field(default=0, ge=0, le=200)
    review: ReviewRule | None = None
    override: OverrideRule | None = None
    because: Sentence

    @model_validator(mode="after")
    def _does_something(self) -> GuardRule:
        narrows = (self.modes, self.pools, self.pools_where, self.model_regions, self.review)
        if all(part is None for part in narrows) and not (self.forbid_actions or self.require_skills or self.priority_floor):
            raise ValueError(
                "narrows nothing: give modes, pools, pools_where, model_regions, forbid_actions, require_skills, priority_floor or review"
            )
        return self


def _moment(text: Any) -> Any:
    if not isinstance(text, str) or not re.fullmatch(r"(ack|resolve) \d{1,4}%", text):
        raise ValueError("must be a share of a promise such as 'ack 80%'")
    return text


class EscalationRule(Part):
    """What a durable timer does."""

    at: Annotated[str, BeforeValidator(_moment)]
    do: Literal["notify assignee", "notify lead", "notify manager", "reassign overflow"]
    raise_by: int = Field(default=0, ge=0, le=200, alias="raise")


class Holds(Part):
    """What an invariant promises of every envelope."""

    modes: tuple[Mode, ...] | None = None
    pools: tuple[Name, ...] | None = None
    pools_where: Expression | None = None
    model_regions: tuple[Name, ...] | None = None
    forbid_actions: tuple[Action, ...] = ()
    review: bool | None = None


class Invariant(Part):
    """Something that must hold for all facts; proved at publish."""

    name: Sentence
    when: Expression
    holds: Holds


class Expectation(Part):
    """What a test expects; `guards` must all fire, `not_guards` must not, and `only_guards` names them all."""

    mode: Mode | None = None
    pool: Name | None = None
    action: Action | None = None
    review: bool | None = None
    guards: tuple[Name, ...] = ()
    not_guards: tuple[Name, ...] = ()
    only_guards: tuple[Name, ...] | None = None
    tier: Name | None = None
    ack: Duration | None = None
    resolve: Duration | None = None
    overruled: bool | None = None
    source: Literal["proposal", "default", "envelope", "fallback"] | None = None
    priority_at_least: int | None = None
    modes: tuple[Mode, ...] | None = None
    skills: tuple[Name, ...] = ()


class PolicyTest(Part):
    """Facts laid over neutral ones, a proposal if there is one, and what must come out."""

    name: Sentence
    given: dict[str, Any] = Field(default_factory=dict[str, Any])
    proposal: dict[str, Any] | None = None
    expect: Expectation


class PolicyDocument(Part):
    """One policy."""

    policy: Name
    description: str = Field(default="", max_length=1_000)
    facts: Literal["v1"]
    tiers: tuple[TierRule, ...] = Field(min_length=1, max_length=32)
    priority: Expression
    sla: tuple[SlaRow, ...] = Field(min_length=1, max_length=200)
    pools: dict[Name, Pool] = Field(min_length=1, max_length=500)
    calendars: dict[Name, CalendarRule] = Field(default_factory=dict[Name, CalendarRule])
    fallback: tuple[FallbackRow, ...] = Field(min_length=1)
    defaults: tuple[DefaultRow, ...] = Field(min_length=1)
    guards: tuple[GuardRule, ...] = Field(default=(), max_length=1_000)
    escalation: tuple[EscalationRule, ...] = ()
    invariants: tuple[Invariant, ...] = ()
    tests: tuple[PolicyTest, ...] = ()
