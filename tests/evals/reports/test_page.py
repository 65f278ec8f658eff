"""The page of a run, looked at as a browser would."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from evals.case import EvalCase
from evals.comparing.compare import compare
from evals.comparing.side import side_of
from evals.reports.contents import MOST_CASES, contents_of
from evals.reports.page import page
from tests.evals.statistics.made import DANGER, RIGHT, WAIT, MadeRun, result, run_of

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \u202egnp.exe\u202c \x00\x1b[2J ]]>-->{{ 7*7 }}"
VOID = {"meta", "br", "img", "input", "link", "hr"}


class Seen(HTMLParser):
    """Every element with its attributes, every text, and whether all is closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text, self.open, self.faults = "", list[str](), list[str]()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def case(case_id: str, **given: Any) -> EvalCase:
    fields: dict[str, Any] = {"source": "maitred authors", "licence": "Apache-2.0", "input": {}, "gold": {}, **given}
    return EvalCase(id=case_id, **fields)


def full_run(text: str = "All is down.") -> tuple[MadeRun, dict[str, EvalCase]]:
    """A run with everything that a page can show."""
    cases = [case(f"c{at:02d}", input={"text": text}, gold={"mode": text}, dangerous=text) for at in range(60)]
    results = [
        result(
            one.id,
            right=at % 4 > 0,
            slices={"region": "eu" if at % 4 else text, "tier": "gold"},
            values={"right_route": float(at % 4 > 0), "missed_danger": float(at == 0), "wait": 60.0 * at},
            dangerous=at == 0,
            expected={"mode": "human", "intent": text},
            got={"mode": "human" if at % 4 else "ai", "intent": text},
            confidence=0.5 + at / 150,
            was_right=at % 4 > 0,
            cost=0.0 if at % 4 else 100.0,
            output={"mode": "human" if at % 4 else "ai", "said": text, "acknowledged_s": 60.0},
        ).model_copy(update={"case_digest": one.digest})
        for at, one in enumerate(cases)
    ]
    return run_of(results, [RIGHT, DANGER, WAIT]), {one.digest: one for one in cases}


@pytest.fixture(scope="module")
def seen() -> Seen:
    return Seen(page(contents_of(*full_run())))


@pytest.fixture(scope="module")
def hostile() -> Seen:
    run, cases = full_run(HOSTILE)
    why = [one.model_copy(update={"judgement": one.judgement.model_copy(update={"why": HOSTILE})}) for one in run.results]
    return Seen(page(contents_of(MadeRun(run.manifest.model_copy(update={"model": HOSTILE, "suite": HOSTILE}), why), cases)))


def test_the_page_is_whole(seen: Seen) -> None:
    assert (seen.open, seen.faults) == ([], [])


def test_it_asks_nobody_for_anything(seen: Seen) -> None:
    assert not {tag for tag, _ in seen.tags} & {"script", "link", "img", "iframe", "object", "embed", "form", "base"}
    assert not [name for _, attributes in seen.tags for name in attributes if name in {"src", "href", "action"} or name.startswith("on")]
    policies = [one["content"] for tag, one in seen.tags if tag == "meta" and one.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]
    assert "url(" not in seen.text
    assert "@import" not in seen.text


def test_pictures_say_in_words_what_they_show(seen: Seen) -> None:
    """A confusion each for mode and intent, the calibration, and the slices of three metrics."""
    pictures = [attributes for tag, attributes in seen.tags if tag == "svg"]
    ids = [str(attributes["id"]) for tag, attributes in seen.tags if tag in {"title", "desc"} and "id" in attributes]
    assert len(pictures) == 6
    assert [one["aria-labelledby"].split() for one in pictures if one["aria-labelledby"]] == [ids[at : at + 2] for at in range(0, 12, 2)]
    assert len(set(ids)) == 12


def test_what_matters_stands_first(seen: Seen) -> None:
    first = seen.text.split("What to look at first")[1].split("Metrics")[0]
    assert "missed danger is hard and does not hold: c00." in first
    assert "The dangerous error was made in 1 case: c00." in first
    assert "right route is worse where region: All is down.: 0.0 % against 100.0 % elsewhere." in first


def test_a_metric_that_only_describes_raises_no_alarm_by_slice() -> None:
    run, cases = full_run()
    describing = run_of(run.results, [RIGHT.model_copy(update={"goal": None})])
    assert not [said for said in contents_of(describing, cases).first if "is worse where" in said]


def test_a_failed_case_shows_input_expected_got_and_why(seen: Seen) -> None:
    last = seen.text.split("Cases that did not pass")[1]
    for said in (
        "15 answers did not pass",
        "It went to ai, where human was right.",
        "text: All is down.",
        "mode: All is down.",
        "said: All",
    ):
        assert said in last
    assert last.index("c00") < last.index("c04")


def test_hostile_texts_are_inert_and_readable(hostile: Seen) -> None:
    """Only text: no element, no attribute, no control reaches the page; the reader sees what was meant to act."""
    assert (hostile.open, hostile.faults) == ([], [])
    assert not {tag for tag, _ in hostile.tags} & {"script", "img"}
    assert not [value for _, attributes in hostile.tags for value in attributes.values() if value and "alert" in value]
    assert "<script>alert(1)</script>" in hostile.text
    assert "⟨U+202E⟩gnp.exe⟨U+202C⟩ ⟨U+0000⟩⟨U+001B⟩[2J" in hostile.text
    assert "{{ 7*7 }}" in hostile.text
    assert not [one for one in hostile.text if not one.isprintable() and one not in "\n\t"]


def test_a_word_of_100_kilobytes_does_not_blow_the_page_up() -> None:
    run, cases = full_run("x" * 100_000)
    assert len(page(contents_of(run, cases))) < 1_000_000


def test_of_very_many_failed_cases_the_gravest_are_shown() -> None:
    results = [result(f"c{at:03d}", right=False, dangerous=at == 299) for at in range(300)]
    told = Seen(page(contents_of(run_of(results), {}, "The suite is gone.")))
    last = told.text.split("Cases that did not pass")[1]
    assert f"300 answers did not pass; shown are {MOST_CASES}, dangerous ones first, then the dearest. The suite is gone." in last
    assert last.index("c299") < last.index("c000")


def test_cases_that_changed_are_not_passed_off_as_those_that_ran() -> None:
    run, cases = full_run()
    changed = {one.digest: one for one in (case(one.id, input={"text": "another"}) for one in cases.values())}
    told = Seen(page(contents_of(run, changed))).text
    assert "have changed since this run" in told
    assert "another" not in told


def test_the_same_run_gives_the_same_page() -> None:
    assert page(contents_of(*full_run())) == page(contents_of(*full_run()))


def test_a_run_that_passes_says_so() -> None:
    told = Seen(page(contents_of(run_of([result(f"c{at}") for at in range(50)]), {}))).text
    assert "Nothing stands out" in told
    assert "Every case passed." in told


def test_against_an_earlier_run_it_says_what_changed() -> None:
    now, cases = full_run()
    earlier = run_of(
        [one.model_copy(update={"judgement": result("c", values={"right_route": 1.0}).judgement}) for one in now.results], [RIGHT]
    )
    before = run_of(earlier.results, [RIGHT], id="run_before")
    told = Seen(page(contents_of(now, cases, comparison=compare(side_of(before), side_of(now)))))
    assert (told.open, told.faults) == ([], [])
    assert "Against run_before" in told.text
    assert "New dangerous errors: c00" in " ".join(told.text.split())
