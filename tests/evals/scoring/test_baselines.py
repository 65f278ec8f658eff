"""Baselines are as simple as they say, and simple is not good enough."""

from __future__ import annotations

import pytest

from domain.facts import ContractTier, Mode, Signal
from evals.house import DAY
from evals.scoring.baselines import keyword_articles, keyword_route, keyword_triage, majority_route, majority_triage, signals_of, tier_route
from evals.scoring.language import likely_language
from tools.world.generator import generate

CLIENTS = {one.contract.tier: one for one in reversed(generate(DAY).clients) if one.contract}


def test_the_majority_says_the_same_of_everything() -> None:
    assert majority_triage("We will sue you.") == majority_triage("Danke!")
    assert majority_triage("x")["signals"] == []


def test_keywords_hear_what_is_said_and_nothing_else() -> None:
    said = keyword_triage("We will take you to court, our lawyers are informed.")
    assert said["signals"] == ["legal"]
    assert said["intent"] == "legal"
    assert Signal.OUTAGE not in signals_of("Our whole floor is staring at a spinning wheel.")
    assert "legal" in keyword_triage("Which chart suits the court statistics?")["signals"]


def test_routes_of_baselines_know_only_what_they_say() -> None:
    alarm, calm = [{"text": "We will sue you in court."}], [{"text": "Where is the legend?"}]
    strategic, small = CLIENTS[ContractTier.STRATEGIC], CLIENTS[ContractTier.NONE]
    assert keyword_route(small, alarm).mode is Mode.HUMAN
    assert keyword_route(strategic, calm).mode is Mode.AI
    assert tier_route(strategic, calm).mode is Mode.HUMAN
    assert tier_route(small, alarm).mode is Mode.AI
    assert majority_route(small, alarm) == majority_route(small, calm)
    assert tier_route(strategic, calm).pool == f"{strategic.region}-core"
    assert tier_route(None, calm).pool == "eu-core"


def test_keywords_find_an_article_by_its_title_and_nothing_by_another_wording() -> None:
    articles = generate(DAY).articles
    assert keyword_articles("How do I restore a deleted dashboard?", articles, 3)[0]["id"] == "dashboard-restore"
    oblique = keyword_articles("Somebody saved nonsense over our front page", articles, 3)
    assert "dashboard-restore" not in [one["id"] for one in oblique]
    assert oblique == keyword_articles("Somebody saved nonsense over our front page", articles, 3)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where do I find the invoices of the last year, please?", "en"),
        ("Wo finde ich die Rechnungen und ist das nicht im Profil?", "de"),
        ("Où sont les factures de notre compte, merci pour votre aide ?", "fr"),
        ("¿Dónde están las facturas de la cuenta? Gracias por su ayuda.", "es"),
        ("EXPORT_TIMEOUT 4711", None),
    ],
)
def test_function_words_tell_the_language_or_nothing_does(text: str, language: str | None) -> None:
    assert likely_language(text) == language
