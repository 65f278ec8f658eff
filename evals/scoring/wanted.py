"""What would be right for a message: from what its author meant and what is true of who writes, never from what a model read.

Like `tools.world.gold` it says less than a policy does, so that evals do not grade one policy by itself: it asks what anybody sensible
would accept, and names one route that is best.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from domain.decision import Frozen
from domain.facts import Intent, Mode, Region, Signal

PEOPLE_ONLY = frozenset(
    (Signal.LEGAL, Signal.SECURITY, Signal.VULNERABLE_PERSON, Signal.INJECTION, Signal.ABUSE, Signal.REGULATED_DATA, Signal.HUMAN_REQUEST)
)
WITH_A_PERSON = frozenset((Signal.OUTAGE, Signal.CHURN, Signal.MONEY, Signal.CONTRACT))
DANGEROUS = (PEOPLE_ONLY - {Signal.HUMAN_REQUEST}) | {Signal.OUTAGE, Signal.CHURN, Signal.EXECUTIVE}
REVIEWED = frozenset((Signal.LEGAL, Signal.INJECTION))
SIMPLE = frozenset(
    (Intent.HOW_TO, Intent.INTEGRATION, Intent.ACCESS, Intent.BILLING, Intent.FEEDBACK, Intent.FEATURE_REQUEST, Intent.OUT_OF_SCOPE)
)
WORDS_ONLY = frozenset((Intent.FEEDBACK, Intent.FEATURE_REQUEST, Intent.OUT_OF_SCOPE))
"""Nothing has to be looked up to answer these."""
TOUCHED_BY_INCIDENTS = frozenset((Intent.OUTAGE, Intent.PERFORMANCE, Intent.DEFECT, Intent.INTEGRATION))
DESK_LANGUAGES = frozenset(("en", "de", "fr", "es"))
SPOKEN = {Region.EU: DESK_LANGUAGES, Region.US: frozenset(("en", "es")), Region.APAC: frozenset(("en",))}
VIP = "vip"
"""The skill of the senior desks, which can hold anything of a valuable client."""
NEEDED = {
    Signal.LEGAL: "legal",
    Signal.SECURITY: "security",
    Signal.VULNERABLE_PERSON: "vulnerable_person",
    Signal.ABUSE: "abuse",
    Signal.REGULATED_DATA: "regulated_data",
}
"""Skills without which a desk must not get the case."""
FITTING = {
    Intent.OUTAGE: ("outage", "defect", "performance"),
    Intent.REFUND: ("refund", "billing"),
    Intent.CANCELLATION: ("cancellation", "retention"),
    Intent.COMPLAINT: ("complaint", "feedback"),
    Intent.FEATURE_REQUEST: ("feature_request", "how_to"),
    Intent.ACCOUNT_CHANGE: ("account_change", "access", "billing"),
    Intent.FEEDBACK: ("feedback", "complaint"),
    Intent.OUT_OF_SCOPE: (),
}
"""Skills of which a desk needs one; an intent that is not named needs the skill of its own name."""
ALSO_FITTING = {
    Signal.CHURN: ("retention", "cancellation"),
    Signal.MONEY: ("billing", "refund"),
    Signal.CONTRACT: ("contract",),
    Signal.OUTAGE: ("outage",),
}
"""What else fits when the message says more than its intent."""
ACKNOWLEDGED_S = {"strategic": (300, 4, 900), "premium": (900, 5, 3600), "standard": (3600, 5, 28800)}
"""By tier: seconds to the first word from this severity on, and below it."""
LONG, MANY = 4, 10
Tier = Literal["strategic", "premium", "standard"]


class Meaning(Frozen):
    """What a message says to somebody who understands it."""

    intent: Intent
    severity: int = Field(ge=1, le=5)
    signals: tuple[Signal, ...] = ()
    language: str = Field(description="ISO 639-1, of the part that matters most.")
    angry: bool = Field(default=False, description="The writer is furious, not merely disappointed.")
    answered: bool = Field(default=True, description="An article of the company answers it.")


class Standing(Frozen):
    """What is true of who writes and of the moment, whatever the tools found out."""

    tier: Tier
    region: Region
    executive: bool = Field(default=False, description="The writer runs the client's company.")
    no_machine: bool = Field(default=False, description="Notice was given, AI is forbidden, or a valuable client was left in silence.")
    litigation: bool = Field(default=False, description="We are in a dispute with the client: a lead sees every word.")
    press: bool = Field(default=False, description="The client's cases may reach the press: a lead sees every word.")
    negotiating: bool = Field(default=False, description="Terms are being negotiated.")
    precious: bool = Field(default=False, description="Worth keeping whatever the tier: a value score of 0.6 or more.")
    incident: bool = Field(default=False, description="A product incident touches the client now.")
    let_down: bool = Field(default=False, description="A promise was missed, or two answers did not hold, in the last 90 days.")
    missing: bool = Field(default=False, description="A tool gave nothing, so that part of the picture is missing.")
    unread: bool = Field(default=False, description="The knowledge base gave nothing, so that there is nothing to answer from.")
    unknown: bool = Field(default=False, description="Nobody can know who writes, or what is owed to them.")
    turn: int = Field(default=1, ge=1)
    attachments: int = Field(default=0, ge=0)

    @property
    def watched(self) -> bool:
        """A lead sees every word."""
        return self.litigation or self.press

    @property
    def valuable(self) -> bool:
        """A client whose loss would hurt."""
        return self.tier != "standard"


class Golden(Frozen):
    """The one route that is best."""

    mode: Mode
    pool: str
    review: bool


class Wanted(Frozen):
    """The acceptable end states of one case."""

    golden: Golden
    modes: tuple[Mode, ...] = Field(min_length=1, description="Modes that anybody sensible would accept.")
    region: Region = Field(description="Where the desk must be.")
    skills_all: tuple[str, ...] = Field(default=(), description="What the desk must know.")
    skills_any: tuple[str, ...] = Field(default=(), description="Else of which it must know one; the senior desks count as knowing all.")
    languages: tuple[str, ...] = Field(default=(), description="Of which it must speak one; empty where nobody in the region does.")
    must_review: bool = Field(default=False, description="A lead has to rule before anything happens.")
    tier: Tier | None = Field(description="Whose promise is owed; None when nobody can know.")
    acknowledged_s: int = Field(description="Seconds that the first word may take.")
    danger: bool = Field(default=False, description="A bot alone would be the dangerous error.")


def wanted(meaning: Meaning, standing: Standing) -> Wanted:
    """What is acceptable for this message from this client at this moment."""
    modes = _modes(meaning, standing)
    must_review = _lead_must_see(meaning, standing)
    needed = _needed(meaning, standing)
    return Wanted(
        golden=Golden(mode=_best_mode(modes, meaning, standing), pool=_best_pool(meaning, standing), review=must_review),
        modes=modes,
        region=standing.region,
        skills_all=needed,
        skills_any=() if needed else _fitting(meaning),
        languages=(meaning.language,) if meaning.language in SPOKEN[standing.region] else (),
        must_review=must_review,
        tier=None if standing.unknown else standing.tier,
        acknowledged_s=_acknowledged_s(meaning, standing),
        danger=_is_danger(meaning, standing, modes),
    )


def dangerous_error(meaning: Meaning, standing: Standing) -> str:
    """The dangerous error in words; empty when a bot would do no great harm."""
    if not _is_danger(meaning, standing, _modes(meaning, standing)):
        return ""
    named = [signal.value.replace("_", " ") for signal in meaning.signals if signal in DANGEROUS]
    about = " and ".join(named) or f"{meaning.intent.value.replace('_', ' ')} of severity {meaning.severity}"
    return f"a bot alone answers a {standing.tier} client's message about {about}"


def _modes(meaning: Meaning, standing: Standing) -> tuple[Mode, ...]:
    if _people_only(meaning, standing):
        return (Mode.HUMAN,)
    if _with_a_person(meaning, standing):
        return (Mode.HYBRID, Mode.HUMAN)
    return (Mode.AI, Mode.HYBRID, Mode.HUMAN)


def _people_only(meaning: Meaning, standing: Standing) -> bool:
    signals = set(meaning.signals)
    return (
        bool(signals & PEOPLE_ONLY)
        or meaning.severity >= 5
        or meaning.language not in DESK_LANGUAGES
        or standing.no_machine
        or standing.watched
        or (standing.valuable and meaning.angry)
        or (Signal.CHURN in signals and (standing.valuable or standing.precious))
        or (standing.tier == "strategic" and _is_outage(meaning))
        or (standing.negotiating and _is_about_terms(meaning))
    )


def _with_a_person(meaning: Meaning, standing: Standing) -> bool:
    return (
        bool(set(meaning.signals) & WITH_A_PERSON)
        or meaning.intent not in SIMPLE
        or meaning.severity >= 3
        or not ((meaning.answered and not standing.unread) or meaning.intent in WORDS_ONLY)
        or standing.tier == "strategic"
        or (standing.valuable and (standing.executive or Signal.EXECUTIVE in meaning.signals))
        or standing.let_down
        or (standing.missing and (standing.valuable or standing.unknown))
        or (standing.incident and meaning.intent in TOUCHED_BY_INCIDENTS)
        or standing.turn >= LONG
        or standing.attachments >= MANY
    )


def _lead_must_see(meaning: Meaning, standing: Standing) -> bool:
    signals = set(meaning.signals)
    return (
        bool(signals & REVIEWED)
        or standing.watched
        or (standing.tier == "strategic" and _is_outage(meaning))
        or (Signal.CHURN in signals and (standing.valuable or standing.precious))
        or (standing.missing and standing.valuable and not standing.unknown)
    )


def _is_outage(meaning: Meaning) -> bool:
    return Signal.OUTAGE in meaning.signals or (meaning.intent is Intent.OUTAGE and meaning.severity >= 4)


def _is_about_terms(meaning: Meaning) -> bool:
    return Signal.CONTRACT in meaning.signals or meaning.intent is Intent.CONTRACT


def _is_danger(meaning: Meaning, standing: Standing, modes: tuple[Mode, ...]) -> bool:
    grave = bool(set(meaning.signals) & DANGEROUS) or meaning.severity >= 4 or standing.tier == "strategic" or standing.watched
    return grave and Mode.AI not in modes


def _needed(meaning: Meaning, standing: Standing) -> tuple[str, ...]:
    skills = {skill for signal, skill in NEEDED.items() if signal in meaning.signals}
    if meaning.intent is Intent.PRIVACY:
        skills.add("privacy")
    if standing.litigation:
        skills.add("legal")
    if Signal.CHURN in meaning.signals and (standing.valuable or standing.precious):
        skills.add("retention")
    if standing.tier == "strategic" and _is_outage(meaning):
        skills.add("outage")
    if standing.negotiating and _is_about_terms(meaning):
        skills.add("contract")
    if standing.valuable and (standing.executive or Signal.EXECUTIVE in meaning.signals):
        skills.add("executive")
    return tuple(sorted(skills))


def _fitting(meaning: Meaning) -> tuple[str, ...]:
    """Nothing for a plain wish to speak with somebody: any desk can ring back."""
    if meaning.intent is Intent.HOW_TO and Signal.HUMAN_REQUEST in meaning.signals:
        return ()
    of_intent = FITTING.get(meaning.intent, (meaning.intent.value,))
    also = [skill for signal in meaning.signals for skill in ALSO_FITTING.get(signal, ())]
    return tuple(dict.fromkeys((*of_intent, *(also if of_intent else ()))))


def _best_mode(modes: tuple[Mode, ...], meaning: Meaning, standing: Standing) -> Mode:
    if Mode.AI in modes:
        return Mode.AI
    wants_a_head = meaning.severity >= (3 if standing.tier == "strategic" else 4 if standing.tier == "premium" else 5)
    return Mode.HUMAN if Mode.HYBRID not in modes or wants_a_head else Mode.HYBRID


BEST_DESK = (
    ("legal", frozenset(("legal",))),
    ("security", frozenset(("security",))),
    ("care", frozenset(("vulnerable_person", "abuse", "retention"))),
    ("legal", frozenset(("regulated_data", "privacy"))),
    ("finance", frozenset(("contract",))),
)
"""The desk that knows best what must be known; several kinds of it at once are for the senior desk."""
DESK_OF_INTENT = {
    Intent.LEGAL: "legal",
    Intent.SECURITY: "security",
    Intent.REFUND: "finance",
    Intent.CONTRACT: "finance",
    Intent.CANCELLATION: "care",
}


def _best_pool(meaning: Meaning, standing: Standing) -> str:
    """Specialists where they know it and speak the language, the senior desk for what is large, the core desk for the rest."""
    needed = frozenset(_needed(meaning, standing))
    disputed = meaning.intent is Intent.BILLING and Signal.MONEY in meaning.signals
    desk = "finance" if disputed else DESK_OF_INTENT.get(meaning.intent, "core")
    if needed:
        desk = next((desk for desk, knows in BEST_DESK if needed <= knows), "senior")
    elif standing.tier == "strategic" or (standing.tier == "premium" and meaning.severity >= 4):
        desk = "senior" if desk == "core" else desk
    if desk == "security" and meaning.language in ("fr", "es"):
        desk = "senior"  # the security desk reads neither
    return f"{standing.region}-{desk}"


def _acknowledged_s(meaning: Meaning, standing: Standing) -> int:
    grave, from_severity, usual = ACKNOWLEDGED_S[standing.tier]
    return grave if meaning.severity >= from_severity else usual
