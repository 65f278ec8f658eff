"""Pages of policies in states that take a bad day to come about: alarms, no release, a canary with figures, hostile words."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest

from console.policy_guards import guards_of
from console.policy_recalls import by_case
from console.rendering import templates
from console.routes.policies import WORDS
from console.telling import sentence
from console.version_texts import diff_lines, places_of, proved_of
from desk.policy_alarms import Alarm, Alarming
from domain.examination import Examination, Remark
from domain.policy_life import Metric, Release, RolloutGate, Stage
from domain.policy_views import PolicySummary
from domain.rollout_views import Mean
from policies.rollouts.experiment import experiment_report
from policies.rollouts.gates import read_gate
from policies.rollouts.proportions import Share
from policies.rules import shipped

AT = datetime(2026, 11, 26, 8, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\u202e" + "w" * 100_000


def _seen() -> dict[str, Any]:
    return {**recalled(1), "seen_by": "person:ada", "seen_at": AT.isoformat()}


def standing(**changes: Any) -> str:
    """How a rollout stands, as a page; spaces made one."""
    given: dict[str, Any] = {
        "visitor": None,
        "summary": PolicySummary(name="p", versions=2, newest=2, active=1, updated_at=AT),
        "release": None,
        "standing": {"gates": [], "agreement": None, "next": None},
        "alarms": [],
        "recalled": [],
        "measures": [],
        **WORDS,
    }
    return " ".join(templates().get_template("policy_standing.html").render(**{**given, **changes}).split())


def canary(**changes: Any) -> dict[str, Any]:
    """A release with a canary, as the board shows it."""
    release = Release(name="p", active="sha256:a", candidate="sha256:b", stage=Stage.CANARY, percent=25, started_at=AT, updated_at=AT)
    return {**release.model_dump(mode="json"), "versions": {"active": 1, "previous": None, "candidate": 2}, **changes}


def test_a_policy_that_decides_nothing_says_so() -> None:
    assert "No version of this policy decides live traffic." in standing()


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Alarming.REFUSED, "A worker cannot use version 2 and goes on with the one before."),
        (Alarming.ROLLED_BACK, "A gate tripped: version 2 was taken back by itself."),
        (Alarming.TRIPPED, "A gate of version 2 is tripped."),
        (Alarming.HELD, "The rollout of version 2 waits for a person."),
    ],
)
def test_each_alarm_is_one_with_its_reason_whoever_wrote_it(kind: Alarming, said: str) -> None:
    page = standing(release=canary(), alarms=[Alarm(kind, 2, HOSTILE, AT)])
    assert re.search(r'role="alert"> <strong>' + re.escape(said), page)
    assert "<script>" not in page
    assert "[U+202E]" in page


def test_gates_stand_with_what_they_count_and_their_intervals() -> None:
    worse = read_gate(RolloutGate(metric=Metric.REVIEWS, tier="strategic", most_worse=0.1), Share(60, 100), Share(5, 100))
    forbidden = read_gate(RolloutGate(metric=Metric.FORBIDDEN), Share(0, 3), Share())
    nothing = read_gate(RolloutGate(metric=Metric.ERRORS), Share(), Share())
    gates = [{**one.gate.model_dump(mode="json"), **one.model_dump(mode="json", exclude={"gate"})} for one in (worse, forbidden, nothing)]
    next_move = {"move": "roll_back", "percent": None, "because": "It is worse."}
    told = {"gates": gates, "agreement": {"agrees": 3, "compared": 4}, "next": next_move, "counted_since": AT.isoformat()}
    page = unescape(standing(release=canary(), standing=told))
    assert "60 of 100" in page
    assert "+55.0" in page
    assert page.count('<svg class="whisker"') == 1
    assert "the first one trips it" in page
    assert "nothing counted yet" in page
    assert "Both versions agree on 3 of 4 decisions (75 %)." in page
    assert "Next: it is taken back." in page
    assert "for 75 % of clients" in page


def test_both_arms_of_an_experiment_stand_even_before_anything_was_counted() -> None:
    page = standing(release=canary(), measures=experiment_report("sha256:a", "sha256:b", [], []))
    assert page.count("none yet") == 14
    assert "not enough data" in page
    assert "Promises kept" in page
    assert not re.search(r"sla attained|csat|first response s", page)


def test_figures_of_both_arms_are_told_as_people_say_them() -> None:
    arms = [Mean(digest=one, metric="first_response_s", cases=400, mean=mean, deviation=60) for one, mean in (("a", 7_200), ("b", 3_600))]
    page = standing(release=canary(), measures=experiment_report("a", "b", [], arms))
    assert "the candidate is better" in page
    assert "2 h" in page
    assert "−1 h" in page


def recalled(turn: int, *differences: dict[str, Any], case_id: str = "case_a") -> dict[str, Any]:
    """A recalled turn, as the desk shows it."""
    return {
        "case_id": case_id,
        "turn": turn,
        "client_id": "c1",
        "client_name": "Halyard <b>",
        "tier": "strategic",
        "status": "open",
        "waits_for_review": turn == 2,
        "decided": {"route": {"mode": "ai", "pool": "core"}},
        "differences": list(differences),
        "because": "It was rolled back.",
        "recalled_at": AT.isoformat(),
        "seen_by": None,
        "seen_at": None,
    }


def test_a_recalled_case_is_one_row_with_its_turns_and_every_part_that_differs() -> None:
    changes: list[dict[str, Any]] = [
        {"field": "mode", "before": "ai", "after": "human"},
        {"field": "skills", "before": [], "after": ["legal", "privacy"]},
        {"field": "review", "before": None, "after": {"by": "lead", "within_s": 1800, "on_expiry": "default"}},
        {"field": "ack_within_s", "before": 28_800, "after": 3_600},
        {"field": "ack_due_at", "before": "a", "after": "b"},
        {"field": "resolve_due_at", "before": "a", "after": "b"},
        {"field": "envelope", "before": {}, "after": {"modes": []}},
    ]
    found = by_case([recalled(2, *changes), recalled(1, case_id="case_b"), recalled(1)])
    assert [(case.first["case_id"], [turn.shown["turn"] for turn in case.turns]) for case in found] == [("case_a", [1, 2]), ("case_b", [1])]
    assert [(one.part, one.before, one.after) for one in found[0].turns[1].differences] == [
        ("Who answers", "the AI answers", "a person answers"),
        ("Skills asked for", "none", "legal, privacy"),
        ("Review", "none", "a lead within 30 min"),
        ("First answer", "8 h", "1 h"),
        ("Solution: counted in another calendar", "", ""),
        ("What is allowed: otherwise", "", ""),
    ]
    given = {"visitor": None, "name": "p", "found": found, "seen": True, "onward": ""}
    page = templates().get_template("policy_recalls.html").render(**{**given, "found": [replace(found[0], first=_seen())]})
    assert (page.count("Halyard &lt;b&gt;"), page.count('rowspan="2"'), page.count("Message ")) == (1, 3, 2)
    assert "the same" in page


def test_guards_are_told_in_words_with_their_conditions_and_lines() -> None:
    told = {guard.name: guard for guard in guards_of(shipped())}
    residency, threat = told["eu residency"], told["legal threat"]
    assert residency.effects == ("Only in pools of the region eu.", "Only models in eu see it.")
    assert threat.effects[1:] == (
        "Only in pools with the skill legal.",
        "A lead rules first, within 15 min; after that the next one is asked.",
    )
    assert (threat.because, threat.owner, threat.when) == (
        "A legal threat is answered by a person only.",
        "legal",
        '"legal" in message.signals',
    )
    assert "id: legal-threat" in shipped().splitlines()[threat.line - 1]
    assert guards_of("policy: [") == []


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        ("started", {"stage": "canary", "percent": 50.0}, "Version 2 began as a canary for 50 % of clients."),
        ("started", {"stage": "shadow", "percent": 0}, "Version 2 began as a shadow, which decides nothing."),
        ("moved", {"stage": "canary", "percent": 2.5, "reason": "Well."}, "Version 2 went on as a canary for 2.5 % of clients. “Well.”"),
        ("started", {}, "Version 2 began its rollout."),
    ],
)
def test_a_history_says_how_far_a_rollout_goes(kind: str, data: dict[str, Any], said: str) -> None:
    assert sentence(f"policy.rollout_{kind}", {"policy": {"version": 2}, **data}) == said


def test_a_difference_numbers_the_lines_of_both_texts() -> None:
    lines = diff_lines("--- a\n+++ b\n@@ -3,3 +3,3 @@\n same\n-old\n--- older\n+new\n@@ -9 +9,2 @@\n+more\n")
    assert [(line.kind, line.before, line.after, line.text) for line in lines] == [
        ("gap", None, None, ""),
        ("same", 3, 3, "same"),
        ("gone", 4, None, "old"),
        ("gone", 5, None, "-- older"),
        ("added", None, 4, "new"),
        ("gap", None, None, ""),
        ("added", None, 9, "more"),
    ]


def test_a_changed_line_says_which_of_its_words_changed() -> None:
    gone = "when: 'value.at_stake >= 1000000 && x'"
    lines = diff_lines(
        f"--- a\n+++ b\n@@ -3,2 +3,3 @@\n-{gone}\n-owner: ada\n+{gone.replace('1000000', '2000000')}\n+Something else\n+owner: bob\n"
    )
    assert all("".join(text for text, _ in line.pieces) == line.text for line in lines[1:])
    assert [[text for text, changed in line.pieces if changed] for line in lines[1:]] == [["1000000"], ["ada"], ["2000000"], [], ["bob"]]


def test_a_long_difference_is_not_searched_for_partners() -> None:
    block = "".join(f"-one {number}\n" for number in range(5_000)) + "".join(f"+one {number} more\n" for number in range(5_000))
    assert not any(
        changed for line in diff_lines(f"@@ -1 +1 @@\n{block}-{'w ' * 50_000}\n+{'v ' * 50_000}\n") for _, changed in line.pieces
    )


def test_remarks_quote_their_line_and_survive_one_that_is_not_there() -> None:
    remarks = [Remark(id="a", code="c", line=2, reason="x"), Remark(id="b", code="c", line=99, reason="y")]
    assert [place.source for place in places_of(remarks, "one\n  two\n")] == ["two", ""]


def test_what_provers_found_is_told_by_kind_with_examples_that_can_be_pasted() -> None:
    found = Examination(
        unproved=(Remark(id="u", code="unproved", reason=HOSTILE, example={"client": {"region": "eü"}}),), strategic=("Slower.",)
    )
    page = templates().get_template("version_proofs.html").render(visitor=None, proved=proved_of(found, "text"))
    assert "Not proved: somebody answers for it by name" in page
    assert "Faults" not in page
    assert '"region": "eü"' in unescape(page)
    assert "Slower." in page
    assert "<script>" not in page
    quiet = templates().get_template("version_proofs.html").render(visitor=None, proved=proved_of(Examination(), "text"))
    assert "Proved: nothing is wrong with it" in quiet
