"""Cases that stand among the learnt texts."""

from __future__ import annotations

from evals.case import EvalCase
from evals.comparing.leaks import Learnt, leaks, learnt_texts, shingles
from evals.suites import triage

TEXT = "Since this morning nobody in our warehouse can book a delivery; the screen stays white and the phones do not stop ringing."


def case(text: str, case_id: str = "c1") -> EvalCase:
    return EvalCase(
        id=case_id,
        source="tests",
        licence="Apache-2.0",
        input={"messages": [{"client": "northwind", "text": text}]},
        gold={"intent": "outage"},
    )


def learnt(*texts: str) -> list[Learnt]:
    return [Learnt("training texts en", shingles(text, any_length=True)) for text in texts]


def test_a_copy_is_found_whatever_was_done_to_its_surface() -> None:
    surface = TEXT.upper().replace(";", " --").replace("e", "é")
    longer = f"Hello all. {TEXT} Regards, Ann"
    typo = TEXT.replace("warehouse", "warehuose")
    for text in (TEXT, surface, longer, typo):
        [found] = leaks([case(TEXT)], learnt("Something else entirely is written here.", text))
        assert (found.case_id, found.source, found.share >= 0.8) == ("c1", "training texts en", True)


def test_texts_that_were_written_apart_are_not_found() -> None:
    assert leaks([case(TEXT)], learnt("Since this morning nobody can log in; the page stays white.", TEXT[:60])) == []


def test_a_text_that_anybody_writes_belongs_to_nobody() -> None:
    short = [case("Any news?"), case("👍👍👍", "c2"), case("Chief Technology Officer", "c3")]
    assert leaks(short, learnt("Any news? 👍👍👍", "👍👍👍", "New here as chief technology officer.")) == []


def test_each_case_is_named_once_with_its_worst_place() -> None:
    found = leaks([case(TEXT, "a"), case(TEXT, "b"), case("Nothing of this was ever learnt by anything.", "c")], learnt(TEXT[:-14], TEXT))
    assert [(one.case_id, one.share) for one in found] == [("a", 1.0), ("b", 1.0)]


def test_our_own_test_set_is_not_among_the_training_texts() -> None:
    assert leaks(triage.SUITE.cases(1), learnt_texts(None, None)) == []


def test_what_a_model_is_shown_counts_as_learnt() -> None:
    assert {one.source for one in learnt_texts("openai/x", None)} - {one.source for one in learnt_texts(None, None)} == {
        "prompt handover",
        "prompt reply",
        "prompt router",
        "prompt triage",
    }
