"""Each kind of invention is caught in an otherwise faithful text, and the faithful text passes."""

from __future__ import annotations

import pytest

from evals.scoring.grounding import Sources, ungrounded

SOURCES = Sources(
    given="\n".join(
        (
            "Osprey Foods, mid_market client in retail (US), account manager Odile Marchetti",
            "gold contract, active, 24,600 USD a year, renews on 2027-03-02",
            "Promised and still open: A written report on the outage by 27 November",
            "The link in the mail works for 30 minutes and only once.",
            "Our finance desk confirms within one working day, and you get it back within ten working days.",
            "EXPORT_TIMEOUT: the query took longer than 30 minutes.",
            "severity 3 of 5",
            "First response by 2026-11-23 17:10 UTC, solution by 2026-11-25 20:10 UTC.",
        )
    ),
    own_words="We paid 4,800 EUR on 3 May and nobody has called since.",
    names=("Osprey Foods", "Tessa Gillespie", "Odile Marchetti"),
    strangers=("Northwind Bank",),
    facts={"crm:contract/7": 90_000, "cases:past-1/promise": 345_600},
)
FAITHFUL = (
    "Dear Tessa, the link works for 30 minutes and only once.",
    "Ihr Vertrag über 24.600 USD verlängert sich am 2. März 2027 [crm:contract/7, 1 d old].",
    "Vous avez payé 4 800 EUR le 3 mai.",
    "Su gestora Odile Marchetti lo sabe: EXPORT_TIMEOUT, más de 30 minutos.",
    "First response by 17:10, solution by 25 November.",
    "A written report on the outage by 27 November [cases:past-1/promise, 4 d old].",
    "Our finance desk confirms within one working day.",
    "A colleague looks at it.",
    "1. Open the mail\n2. Press the link",
)
INVENTED = {
    "a made-up amount": ("You get 5,000 EUR.", "amount"),
    "a made-up percentage": ("That is 12 % less.", "amount"),
    "a wrong date": ("It renews on 3 March 2027.", "date"),
    "a wrong date in German": ("Er verlängert sich am 12. März 2027.", "date"),
    "a wrong time": ("First response by 18:10.", "time"),
    "a wrong span": ("The link works for 45 minutes.", "number"),
    "a span in words": ("Le lien dure deux heures.", "number"),
    "another client": ("It is the same at Northwind Bank.", "stranger"),
    "somebody nobody knows": ("Dear Robert, thank you.", "name"),
    "a manager nobody knows": ("Ihre Ansprechpartnerin Petra Lindholm kümmert sich.", "name"),
    "a code nobody gave": ("The run ended with DEST_FULL.", "code"),
    "an incident": ("There is an ongoing incident with exports.", "incident"),
    "an incident in Spanish": ("Hay una incidencia general.", "incident"),
    "a promise": ("We will refund it all.", "promise"),
    "a promise in German": ("Wir erstatten Ihnen den vollen Betrag.", "promise"),
    "a promise in French": ("Nous vous rembourserons tout.", "promise"),
    "a promise in Spanish": ("Le devolveremos todo el dinero.", "promise"),
    "a person with a date": ("A colleague will call you by 24 November.", "promise"),
    "a citation of nothing": ("It is so [crm:contract/8].", "citation"),
    "a citation that was struck": ("It is so [no such fact].", "citation"),
    "a wrong age": ("It is so [crm:contract/7, 3 d old].", "age"),
}


@pytest.mark.parametrize("text", FAITHFUL)
def test_a_text_that_keeps_to_its_sources_has_no_fault(text: str) -> None:
    assert ungrounded(text, SOURCES) == []


@pytest.mark.parametrize(("text", "kind"), INVENTED.values(), ids=list(INVENTED))
@pytest.mark.parametrize("around", ["", f"{FAITHFUL[0]}\n"], ids=["alone", "among true words"])
def test_an_invention_is_caught(text: str, kind: str, around: str) -> None:
    assert kind in {fault.kind for fault in ungrounded(f"{around}{text}", SOURCES)}


def test_what_the_client_claims_may_be_repeated_but_not_promised() -> None:
    assert ungrounded("You write that you paid 4,800 EUR.", SOURCES) == []
    assert [fault.kind for fault in ungrounded("We will pay back the 4,800 EUR.", SOURCES)] == ["promise"]


def test_a_note_may_quote_a_sentence_of_the_client_and_a_reply_may_not_make_it_ours() -> None:
    said = SOURCES.model_copy(update={"own_words": "As you know, you told us: we will refund it all."})
    text = "As you know, you told us: we will refund it all."
    assert ungrounded(text, said, quotes=True) == []
    assert [fault.kind for fault in ungrounded(text, said)] == ["promise"]
    assert [fault.kind for fault in ungrounded("We will refund it twice.", said, quotes=True)] == ["promise"]


def test_an_open_incident_may_be_told_when_telemetry_says_so() -> None:
    open_now = SOURCES.model_copy(update={"given": f"{SOURCES.given}\nOpen incident: Exports are delayed (severity 3, exports)"})
    assert ungrounded("There is an open incident: exports are delayed.", open_now) == []
