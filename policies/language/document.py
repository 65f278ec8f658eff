"""The typed policy document: what one YAML text says."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from domain.decision import OnExpiry
from domain.facts import Action, Mode, Region
from policies.language.durations import Duration

NAME = r"^[a-z0-9][a-z0-9_-]{0,63}$"
Name = Annotated[str, Field(pattern=NAME)]
Expression = Annotated[str, Field(min_length=1, max_length=2_000)]
Sentence = Annotated[str, Field(min_length=3, max_length=500)]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS = "always"


class Part(BaseModel):
    """Base of every part of a document: immutable, and unknown keys are faults."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class TierRule(Part):
    """Who belongs to a tier; the first that matches wins."""

    id: Name = Field(description="The tier's name, which expressions read as `tier.id`.")
    when: Expression = Field(description="Who belongs to it. The last tier's is `true`.")
    rank: int = Field(ge=0, le=1000, description="How valuable the tier is, which expressions read as `tier.rank`.")
    budget_ms: int = Field(ge=50, le=60_000, description="Milliseconds that models and tools may take for a case of this tier.")


def _comparison(text: Any) -> Any:
    if isinstance(text, int) and not isinstance(text, bool):
        return f"== {text}"
    return text


SEVERITY = r"^(==|>=|<=|>|<)\s*[1-5]$"
Comparison = Annotated[
    str,
    BeforeValidator(_comparison),
    Field(pattern=SEVERITY),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": SEVERITY}, {"type": "integer", "minimum": 1, "maximum": 5}]}),
]


class SlaRow(Part):
    """What is promised; the first row that fits wins, and the last must fit everything."""

    tier: Name | None = Field(default=None, description="Only cases of this tier.")
    severity: Comparison | None = Field(default=None, description="Only cases of such severity: `'>= 4'`, or `4` for exactly that.")
    when: Expression | None = Field(default=None, description="Only cases for which this holds.")
    ack: Duration = Field(description="Time to the first response.")
    resolve: Duration = Field(description="Time to the solution.")
    calendar: Name = Field(default=ALWAYS, description="When that time runs: a name of `calendars`.")


class Pool(Part):
    """People who work cases of one kind in one region."""

    region: Region = Field(description="Where these people work, and so where data goes.")
    skills: tuple[Name, ...] = Field(default=(), description="What they can do; `pools_where` reads them as `pool.skills`.")
    languages: tuple[Annotated[str, Field(pattern="^[a-z]{2,3}$")], ...] = Field(
        default=("en",), description="Languages that they answer in (ISO 639)."
    )
    overflow: tuple[Name, ...] = Field(default=(), description="Pools that take over when nobody here is free, inside the envelope only.")


def _hours(text: Any) -> Any:
    if not isinstance(text, str) or not (found := re.fullmatch(r"(\d\d:\d\d)-(\d\d:\d\d)", text)):
        raise ValueError("must be hours such as 08:00-12:00")
    begins, ends = (time.fromisoformat(part) if part != "24:00" else time.max for part in found.groups())
    if begins >= ends:
        raise ValueError("must end after it begins")
    return begins, ends


HOURS = r"^[0-2]\d:[0-5]\d-[0-2]\d:[0-5]\d$"
Hours = Annotated[tuple[time, time], BeforeValidator(_hours), WithJsonSchema({"type": "string", "pattern": HOURS})]


def _day_span(text: str) -> str:
    first, _, last = text.partition("-")
    if first not in DAYS or (last or first) not in DAYS or DAYS.index(first) > DAYS.index(last or first):
        raise ValueError(f"must be a day or a span such as mon-fri, of {', '.join(DAYS)}")
    return text


DaySpan = Annotated[str, AfterValidator(_day_span)]


class CalendarRule(Part):
    """When a promise's time runs."""

    timezone: str = Field(description="IANA name, such as `Europe/Berlin`.")
    hours: dict[DaySpan, tuple[Hours, ...]] = Field(
        min_length=1, description="Hours by day or span of days, such as `mon-fri: ['08:00-12:00', '13:00-18:00']`."
    )
    holidays: tuple[date, ...] = Field(default=(), description="Days on which no time runs, such as `2026-12-25`.")


def _a_person(mode: Any) -> Any:
    if mode != Mode.HUMAN:
        raise ValueError("must be `human`: what nothing else allows ends with a person")
    return mode


class FallbackRow(Part):
    """Where everything ends that nothing else allows: with a person."""

    region: Region | None = Field(default=None, description="Only clients of this region; the last row is for all.")
    mode: Annotated[Literal[Mode.HUMAN], BeforeValidator(_a_person)] = Field(default=Mode.HUMAN, description="Who answers.")
    pool: Name = Field(description="Where the case goes.")


class DefaultRow(Part):
    """What is done when there is no usable proposal; the first that fits and is allowed wins."""

    tier: Name | None = Field(default=None, description="Only cases of this tier.")
    region: Region | None = Field(default=None, description="Only clients of this region.")
    when: Expression | None = Field(default=None, description="Only cases for which this holds.")
    mode: Mode = Field(description="Who answers: the AI alone, a person with a draft, or a person alone.")
    pool: Name = Field(description="Where the case goes.")
    skills: tuple[Name, ...] = Field(default=(), description="Skills that whoever takes the case needs.")


class ReviewRule(Part):
    """A person must rule before the route takes effect."""

    by: Name = Field(default="lead", description="The role that rules, and nobody else does; `lead` is whoever may rule at all.")
    within: Duration = Field(description="Time to the ruling.")
    on_expiry: OnExpiry = Field(
        default=OnExpiry.ESCALATE, description="What happens when nobody rules in time: `escalate` to a manager, or the safe `default`."
    )


class RulingRule(Part):
    """How rulings of people take effect."""

    undo_within_s: int = Field(
        default=0,
        ge=0,
        le=60,
        description="Seconds in which whoever ruled in the console can take the ruling back; it takes effect after them. `0`: at once.",
    )


class OverrideRule(Part):
    """Who may suspend the guard for one decision."""

    role: Name = Field(description="The role whose holders may do it, with a reason.")
    second_pair_of_eyes: bool = Field(default=False, description="A second person must agree.")


def _without_none(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    if Action.NONE in actions:
        raise ValueError("must leave `none`: an answer can always do nothing beyond words")
    return actions


class GuardRule(Part):
    """A rule that narrows what is allowed when its condition holds."""

    id: Name = Field(description="The guard's name, which decisions and tests use.")
    owner: Name = Field(default="policy", description="The role whose approval a change of this guard needs.")
    when: Expression = Field(description="When it narrows. A condition that fails counts as holding.")
    modes: tuple[Mode, ...] | None = Field(default=None, description="Only these modes stay allowed.")
    pools: tuple[Name, ...] | None = Field(default=None, description="Only these pools stay allowed.")
    pools_where: Expression | None = Field(default=None, description="Only pools for which this holds stay allowed; it reads `pool` too.")
    model_regions: tuple[Name, ...] | None = Field(default=None, description="Only models in these regions may see the case.")
    forbid_actions: Annotated[tuple[Action, ...], AfterValidator(_without_none)] = Field(
        default=(), description="What the answer must not do. Doing nothing beyond words, `none`, always stays possible."
    )
    require_skills: tuple[Name, ...] = Field(default=(), description="Skills that whoever takes the case needs.")
    priority_floor: int = Field(default=0, ge=0, le=200, description="The least priority.")
    review: ReviewRule | None = Field(default=None, description="A person must rule first.")
    override: OverrideRule | None = Field(default=None, description="Who may suspend the guard for one decision; without it, nobody.")
    because: Sentence = Field(description="The reason in plain words, shown to leads, in decisions and in the ledger.")

    @model_validator(mode="after")
    def _does_something(self) -> GuardRule:
        narrows = (self.modes, self.pools, self.pools_where, self.model_regions, self.review)
        if all(part is None for part in narrows) and not (self.forbid_actions or self.require_skills or self.priority_floor):
            raise ValueError(
                "narrows nothing: give modes, pools, pools_where, model_regions, forbid_actions, require_skills, priority_floor or review"
            )
        return self


MOST_PERCENT = 1_000
MOMENT = r"^(ack|resolve) \d{1,4}%$"


def _moment(text: Any) -> Any:
    if not isinstance(text, str) or not re.fullmatch(MOMENT, text):
        raise ValueError("must be a share of a promise such as 'ack 80%'")
    if not 1 <= int(text.partition(" ")[2].rstrip("%")) <= MOST_PERCENT:
        raise ValueError(f"must be a share from 1% to {MOST_PERCENT}%")
    return text


class EscalationRule(Part):
    """What a durable timer does."""

    at: Annotated[str, BeforeValidator(_moment), WithJsonSchema({"type": "string", "pattern": MOMENT})] = Field(
        description="A share of a promise, such as `'ack 80%'` or `'resolve 100%'`."
    )
    do: Literal["notify assignee", "notify lead", "notify manager", "reassign overflow"] = Field(description="What happens then.")
    raise_by: int = Field(default=0, ge=0, le=200, alias="raise", description="How much the priority rises.")


class Holds(Part):
    """What an invariant promises of every envelope."""

    modes: tuple[Mode, ...] | None = Field(default=None, description="No other mode is ever allowed.")
    pools: tuple[Name, ...] | None = Field(default=None, description="No other pool is ever allowed.")
    pools_where: Expression | None = Field(default=None, description="No pool is ever allowed for which this does not hold.")
    model_regions: tuple[Name, ...] | None = Field(default=None, description="No model of another region ever sees the case.")
    forbid_actions: tuple[Action, ...] = Field(default=(), description="These are always forbidden.")
    review: bool | None = Field(default=None, description="`true`: a person always rules first.")


class Invariant(Part):
    """Something that must hold for all facts; proved at publish."""

    name: Sentence = Field(description="What is promised, in plain words.")
    when: Expression = Field(description="For which cases.")
    holds: Holds = Field(description="What every envelope of such a case keeps to.")


class Expectation(Part):
    """What a test expects; `guards` must all fire, `not_guards` must not, and `only_guards` names them all."""

    mode: Mode | None = Field(default=None, description="Who answers.")
    pool: Name | None = Field(default=None, description="Where the case goes.")
    action: Action | None = Field(default=None, description="What the answer does beyond words.")
    review: bool | None = Field(default=None, description="Whether a person rules first.")
    guards: tuple[Name, ...] = Field(default=(), description="All of these fire.")
    not_guards: tuple[Name, ...] = Field(default=(), description="None of these fires.")
    only_guards: tuple[Name, ...] | None = Field(default=None, description="These fire and no other.")
    tier: Name | None = Field(default=None, description="The client's tier.")
    ack: Duration | None = Field(default=None, description="The promised time to the first response.")
    resolve: Duration | None = Field(default=None, description="The promised time to the solution.")
    overruled: bool | None = Field(default=None, description="Whether the proposal lost.")
    source: Literal["proposal", "default", "envelope", "fallback"] | None = Field(default=None, description="Where the route came from.")
    priority_at_least: int | None = Field(default=None, description="The least priority.")
    modes: tuple[Mode, ...] | None = Field(default=None, description="The modes that stay allowed.")
    skills: tuple[Name, ...] = Field(default=(), description="Skills that the route asks for.")


class PolicyTest(Part):
    """Facts laid over neutral ones, a proposal if there is one, and what must come out."""

    name: Sentence = Field(description="What is tested, in plain words.")
    given: dict[str, Any] = Field(default_factory=dict[str, Any], description="Facts, laid over neutral ones.")
    proposal: dict[str, Any] | None = Field(default=None, description="What the router proposes; left out: nothing usable.")
    expect: Expectation = Field(description="What must come out.")


class PolicyDocument(Part):
    """One policy."""

    policy: Name = Field(description="The policy's name; versions of one name follow each other.")
    description: str = Field(default="", max_length=1_000, description="What it is for.")
    facts: Literal["v1"] = Field(description="The vocabulary that it is written against.")
    tiers: tuple[TierRule, ...] = Field(min_length=1, max_length=32, description="Who is how valuable; the first that matches wins.")
    priority: Expression = Field(description="A number; rounded, and clamped to 0..200.")
    sla: tuple[SlaRow, ...] = Field(min_length=1, max_length=200, description="What is promised; the first row that fits wins.")
    pools: dict[Name, Pool] = Field(min_length=1, max_length=500, description="Groups of people, by name.")
    calendars: dict[Name, CalendarRule] = Field(
        default_factory=dict[Name, CalendarRule], description="When promises run, by name; `always` is built in."
    )
    fallback: tuple[FallbackRow, ...] = Field(min_length=1, description="Where everything ends that nothing else allows.")
    defaults: tuple[DefaultRow, ...] = Field(
        min_length=1, description="What is done without a usable proposal; the first that fits and is allowed wins."
    )
    guards: tuple[GuardRule, ...] = Field(
        default=(), max_length=1_000, description="What must hold; each narrows, and order does not matter."
    )
    escalation: tuple[EscalationRule, ...] = Field(default=(), description="What timers do before a promise is missed, and after.")
    reviews: RulingRule | None = Field(default=None, description="How rulings of people take effect.")
    invariants: tuple[Invariant, ...] = Field(default=(), description="What is proved for all facts before a version is accepted.")
    tests: tuple[PolicyTest, ...] = Field(default=(), description="Examples that every version must pass.")

    @property
    def undo_within_s(self) -> int:
        """Seconds in which a ruling can be taken back."""
        return self.reviews.undo_within_s if self.reviews else 0
