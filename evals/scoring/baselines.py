"""What a reader would expect a system to beat: always the commonest answer, keywords, and the tier alone.

They know only what a sieve of a few lines could know, and policy does not bind them: that is what makes them baselines.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from statistics import median_low
from typing import Any

from agents.embedded.calibration import DANGER
from agents.embedded.keywords import keyword_signals
from agents.embedded.normal import normal, without_accents
from agents.embedded.texts import labelled
from domain.client import Article, ClientProfile
from domain.decision import Route
from domain.facts import Action, ContractTier, Intent, Mode, Region, Signal
from evals.scoring.language import likely_language

INTENT_OF = {
    Signal.LEGAL: Intent.LEGAL,
    Signal.SECURITY: Intent.SECURITY,
    Signal.REGULATED_DATA: Intent.PRIVACY,
    Signal.OUTAGE: Intent.OUTAGE,
    Signal.CHURN: Intent.CANCELLATION,
    Signal.MONEY: Intent.REFUND,
    Signal.CONTRACT: Intent.CONTRACT,
    Signal.ABUSE: Intent.COMPLAINT,
}
"""The intent that a signal's keywords suggest, the gravest first."""
ALARMED = 4
WORD = re.compile(r"\w{3,}")
TIER_MODE = {ContractTier.STRATEGIC: Mode.HUMAN, ContractTier.PLATINUM: Mode.HYBRID, ContractTier.GOLD: Mode.HYBRID}


def majority_triage(text: str) -> dict[str, Any]:
    """The commonest label of the training messages, whatever the text says."""
    del text
    return _commonest()


def keyword_triage(text: str) -> dict[str, Any]:
    """Signals by keywords, the intent that the gravest of them suggests, and the language of the function words."""
    signals = signals_of(text)
    intent = next((intent for signal, intent in INTENT_OF.items() if signal in signals), None)
    alarmed = bool(signals & set(DANGER))
    return {
        **_commonest(),
        **({"intent": intent} if intent else {}),
        **({"severity": ALARMED, "sentiment": -0.5} if alarmed else {}),
        "signals": sorted(signals),
        "language": likely_language(text) or "en",
    }


def signals_of(text: str) -> frozenset[Signal]:
    """What keywords see in a text."""
    return keyword_signals(without_accents(normal(text)))


@cache
def _commonest() -> dict[str, Any]:
    learnt = labelled("train")
    return {
        "intent": Counter(one.intent for one in learnt).most_common(1)[0][0],
        "confidence": 0.0,
        "severity": median_low(one.severity for one in learnt),
        "sentiment": median_low(one.sentiment for one in learnt) / 2,
        "signals": [],
        "language": Counter(one.language for one in learnt).most_common(1)[0][0],
    }


def keyword_articles(question: str, articles: Sequence[Article], most: int) -> list[dict[str, Any]]:
    """Articles by the share of the question's words that stand in title and search words."""
    asked = _words(question)
    shares = [(len(asked & _words(f"{one.title} {' '.join(one.keywords)}")) / max(1, len(asked)), one.id) for one in articles]
    return [
        {"id": identifier, "score": round(share, 4)} for share, identifier in sorted(shares, key=lambda pair: (-pair[0], pair[1]))[:most]
    ]


def _words(text: str) -> set[str]:
    return set(WORD.findall(without_accents(normal(text))))


def majority_route(client: ClientProfile | None, messages: Sequence[Mapping[str, Any]]) -> Route:
    """A person with a draft in the region's general pool: what most messages get."""
    del messages
    return _route(client, Mode.HYBRID)


def keyword_route(client: ClientProfile | None, messages: Sequence[Mapping[str, Any]]) -> Route:
    """A person when a keyword alarms, a person with a draft for any other keyword, else the AI alone."""
    signals = frozenset[Signal]().union(*(signals_of(str(one.get("text", ""))) for one in messages))
    return _route(client, Mode.HUMAN if signals & set(DANGER) else Mode.HYBRID if signals else Mode.AI)


def tier_route(client: ClientProfile | None, messages: Sequence[Mapping[str, Any]]) -> Route:
    """What was bought decides alone: a person for strategic clients, a draft for platinum and gold, the AI for all others."""
    del messages
    tier = client.contract.tier if client and client.contract else ContractTier.NONE
    return _route(client, TIER_MODE.get(tier, Mode.AI))


def _route(client: ClientProfile | None, mode: Mode) -> Route:
    region = client.region if client else Region.EU
    return Route(mode=mode, pool=f"{region}-core", action=Action.REPLY)
