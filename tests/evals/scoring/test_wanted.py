"""What is right for a message, by example: from its meaning and from who writes it."""

from __future__ import annotations

from typing import Any

from domain.facts import Intent, Mode, Region, Signal
from evals.scoring.wanted import Meaning, Standing, dangerous_error, wanted

ANY, PERSON, ONLY = (Mode.AI, Mode.HYBRID, Mode.HUMAN), (Mode.HYBRID, Mode.HUMAN), (Mode.HUMAN,)


def says(intent: Intent = Intent.HOW_TO, severity: int = 1, *signals: Signal, language: str = "en", answered: bool = True) -> Meaning:
    return Meaning(intent=intent, severity=severity, signals=signals, language=language, answered=answered)


def from_a(tier: str = "standard", **rest: Any) -> Standing:
    return Standing.model_validate({"tier": tier, "region": Region.EU, **rest})


def test_a_bot_may_answer_a_simple_question_of_anybody_but_a_strategic_client() -> None:
    assert [wanted(says(), from_a(tier)).modes for tier in ("standard", "premium", "strategic")] == [ANY, ANY, PERSON]
    assert wanted(says(), from_a()).golden.mode is Mode.AI


def test_what_no_article_answers_wants_a_person_and_thanks_do_not() -> None:
    assert wanted(says(answered=False), from_a()).modes == PERSON
    assert wanted(says(Intent.FEEDBACK, answered=False), from_a()).modes == ANY


def test_dangers_are_for_people_at_a_desk_that_knows_them() -> None:
    legal = wanted(says(Intent.LEGAL, 4, Signal.LEGAL), from_a())
    assert (legal.modes, legal.must_review, legal.skills_all, legal.golden.pool) == (ONLY, True, ("legal",), "eu-legal")
    both = wanted(says(Intent.COMPLAINT, 5, Signal.LEGAL, Signal.VULNERABLE_PERSON), from_a())
    assert (both.skills_all, both.golden.pool) == (("legal", "vulnerable_person"), "eu-senior")
    leak = says(Intent.SECURITY, 4, Signal.SECURITY)
    assert wanted(leak, from_a()).golden.pool == "eu-security"
    assert wanted(leak.model_copy(update={"language": "fr"}), from_a()).golden.pool == "eu-senior"


def test_the_same_outage_is_everybodys_draft_and_a_strategic_clients_person_and_lead() -> None:
    outage = says(Intent.OUTAGE, 4, Signal.OUTAGE)
    standard, strategic = wanted(outage, from_a()), wanted(outage, from_a("strategic"))
    assert (standard.modes, standard.must_review) == (PERSON, False)
    assert (strategic.modes, strategic.must_review, strategic.golden.pool) == (ONLY, True, "eu-senior")
    assert strategic.acknowledged_s < standard.acknowledged_s
    assert dangerous_error(outage, from_a("strategic")) == "a bot alone answers a strategic client's message about outage"
    assert dangerous_error(says(), from_a()) == ""


def test_the_record_alone_can_want_a_person() -> None:
    for standing in (from_a(no_machine=True), from_a(litigation=True), from_a(press=True)):
        assert wanted(says(), standing).modes == ONLY
    for standing in (from_a(let_down=True), from_a(turn=4), from_a(attachments=10), from_a(missing=True, unknown=True)):
        assert wanted(says(), standing).modes == PERSON
    assert wanted(says(), from_a(missing=True)).modes == ANY
    assert wanted(says(), from_a("premium", missing=True)).must_review


def test_a_language_binds_a_desk_only_where_somebody_speaks_it() -> None:
    german = says(language="de")
    assert wanted(german, from_a()).languages == ("de",)
    assert wanted(german, from_a(region=Region.APAC)).languages == ()
    assert wanted(says(language="ja"), from_a()).modes == ONLY


def test_any_desk_can_ring_back() -> None:
    assert wanted(says(Intent.HOW_TO, 1, Signal.HUMAN_REQUEST), from_a()).skills_any == ()
