"""A case as a story: what took how long, what was waited for, and what failed, in its place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from console.record import fact_rows, passes_told
from console.speech import SPOKEN, Speech
from console.telling import SAYS
from console.timeline import milliseconds, steps_of, story_of
from domain.events import Kind

BEGAN = datetime(2026, 11, 23, 8, tzinfo=UTC)
NOW = BEGAN + timedelta(hours=2)


def entry(kind: str, minute: float, **data: Any) -> dict[str, Any]:
    at = BEGAN + timedelta(minutes=minute)
    return {"index": int(minute) + 1, "kind": kind, "actor": "person:lena", "at": at, "data": {"turn": 1, **data}}


def part(name: str, **more: Any) -> dict[str, Any]:
    return {"part": name, "ms": 12.0, "model": None, "prompt": None, "usage": None, "degraded": [], **more}


def turn(*work: dict[str, Any], failures: int = 0, source: str = "proposal") -> dict[int, dict[str, Any]]:
    return {1: {"turn": 1, "status": "done", "failures": failures, "source": source, "total_ms": 2410.0, "work": list(work)}}


ROUTE = {"mode": "human", "pool": "eu-senior"}
WAITED = [
    entry("message.received", 0, channel="email"),
    entry("review.opened", 1, by="lead", guards=["legal-threat"]),
    entry("review.claimed", 20),
    entry("review.ruled", 31, action="approve"),
    entry("case.decided", 31, route=ROUTE),
    entry("case.handed_over", 32, assignee="agent_7"),
]


def test_a_wait_stands_where_it_ended_and_one_that_goes_on_at_the_end() -> None:
    steps = story_of(WAITED, {}, NOW)
    assert [(step.says, step.took) for step in steps if step.state == "wait"] == [
        ("Waited for a lead.", "30 min"),
        ("Waited for agent_7 to take it.", "1 h 28 min so far"),
    ]
    assert [step.kind for step in steps][3:5] == ["", "review.ruled"]
    ended = story_of([*WAITED, entry("case.accepted", 40), entry("case.resolved", 50)], {}, NOW)
    assert [step.took for step in ended if step.state == "wait"] == ["30 min", "8 min"]


def test_whoever_gets_a_case_that_was_declined_or_transferred_is_waited_for() -> None:
    declined = entry("case.declined", 40, person="agent_7", pool="eu-senior", assigned="agent_8")
    moved = entry("case.transferred", 50, **{"from": ROUTE, "to": {"pool": "eu-core", "person": "agent_9", "mode": "human"}})
    steps = story_of([*WAITED, declined, moved], {}, NOW)
    assert [(step.says, step.took) for step in steps if step.state == "wait"][1:] == [
        ("Waited for agent_7 to take it.", "8 min"),
        ("Waited for agent_8 to take it.", "10 min"),
        ("Waited for agent_9 to take it.", "1 h 10 min so far"),
    ]
    assert [step.says for step in steps if step.kind in ("case.declined", "case.transferred")] == [
        "agent_7 does not take the case; it goes to agent_8.",
        "Transferred to eu-core, agent_9.",
    ]


def test_nobody_is_waited_for_any_more_once_the_case_is_over() -> None:
    steps = story_of([*WAITED, entry("case.resolved", 50, outcome="solved")], {}, NOW)
    assert [step.took for step in steps if step.state == "wait"] == ["30 min"]


def test_the_work_of_a_turn_stands_at_the_entry_that_ended_it_with_model_tokens_and_cost() -> None:
    usage = {"calls": 1, "prompt_tokens": 900, "completion_tokens": 100, "cost_usd": 0.0123}
    tools = [{"tool": "crm", "ok": False, "ms": 700.0, "error": "timeout"}, {"tool": "own_tool", "ok": True, "ms": 1.0, "error": ""}]
    work = turn(
        part("context", tools=tools, degraded=["context: crm timeout"]), part("triage", model="openai/x", prompt="triage@1#a", usage=usage)
    )
    steps = story_of(WAITED, work, NOW)
    opened = next(step for step in steps if step.kind == "review.opened")
    assert (opened.took, opened.state) == ("2.4 s", "degraded")
    assert [(one.says, one.without) for one in opened.work] == [
        ("Context gathered", ""),
        ("CRM", "failed: timeout"),
        ("own tool", ""),
        ("Message read", ""),
    ]
    assert (opened.work[3].tokens, opened.work[3].cost, opened.work[3].model) == ("1000 tokens", "$0.0123", "openai/x")
    assert not next(step for step in steps if step.kind == "case.decided").work


def test_a_run_that_failed_is_told_before_what_came_of_it() -> None:
    decided = [WAITED[0], entry("case.decided", 1, route=ROUTE, degraded=["run: ToolFailed"])]
    steps = story_of(decided, turn(failures=3, source="fallback"), NOW)
    assert [(step.state, step.kind) for step in steps] == [("", "message.received"), ("failed", ""), ("degraded", "case.decided")]
    assert steps[1].says == "The run failed 3 times. After the last try policy's fallback sent the case to a person."
    waiting = story_of(decided[:1], turn(failures=1), NOW)
    assert waiting[-1].says == "The run failed 1 time. It was taken up again."


def test_only_a_promise_that_ran_out_is_late() -> None:
    steps = steps_of([entry("sla.step_due", 3, at_percent=80, promise="ack"), entry("sla.step_due", 5, at_percent=100, promise="ack")])
    assert [step.state for step in steps] == ["", "late"]
    assert steps[1].says == "100 % of the time for the first answer is gone."


def test_every_kind_is_told_in_words() -> None:
    for kind in Kind:
        (step,) = steps_of([entry(kind, 1, action="approve", route=ROUTE)])
        assert step.says
        assert kind in SAYS or not kind.startswith(("case.", "review.", "turn.", "message.", "sla.")), kind


def test_the_story_is_told_in_the_visitors_language() -> None:
    before = SPOKEN.set(Speech("de"))
    try:
        assert next(step.took for step in story_of(WAITED, {}, NOW) if step.state == "wait") == "30 min"
    finally:
        SPOKEN.reset(before)


def test_durations_are_short() -> None:
    assert [milliseconds(ms) for ms in (None, 0, 41.4, 2410, 200_000)] == ["", "", "41 ms", "2.4 s", "3 min"]


def test_facts_are_lines_and_ones_are_no_truths() -> None:
    facts: dict[str, Any] = {
        "client": {"known": True, "open_invoices": 1, "flags": [], "contract": {"tier": "gold"}},
        "now": "2026-11-23T08:00:00Z",
    }
    load = {"pools": {"eu-core": {"available": 2, "open": 0}}}
    told = fact_rows({**facts, "load": load})
    assert told["client"] == [("known", "true"), ("open_invoices", "1"), ("flags", "–"), ("contract.tier", "gold")]
    assert told["load"] == [("pools.eu-core", "available 2, open 0")]
    assert told["now"] == [("", "2026-11-23T08:00:00Z")]


def test_what_was_offered_stands_beside_what_was_left() -> None:
    envelope = {
        "modes": ["human"],
        "pools": ["a"],
        "actions": ["none"],
        "model_regions": None,
        "required_skills": [],
        "reviews": [],
        "priority_floor": 3,
    }
    known = {"modes": ["ai", "human"], "pools": [*"abcdefghij"], "actions": ["none"]}
    passes = {**known, "first": {**envelope, "modes": ["ai", "human"]}, "second": envelope, "ruled": envelope}
    told = passes_told(passes, {"envelope": envelope})
    assert told.columns == ("Offered to the router", "Left when it was decided")
    says, (offered, left) = told.rows[0]
    assert (says, offered.gone, left.gone) == ("Who answers", (), ("ai",))
    assert told.rows[1][1][1].others == 9
    assert passes_told(None, {"envelope": envelope}).columns == ("Left when it was decided",)


def test_only_the_guards_that_asked_for_a_review_are_blamed_for_the_stop() -> None:
    held = ["legal-threat", "eu-data"]
    asked: tuple[dict[str, list[str]], ...] = ({"asking": held[:1]}, {}, {"asking": []})
    said = [SAYS["review.opened"]({"by": "lead", "guards": held, **more}) for more in asked]
    assert said == [
        "Stopped for a lead, because of legal-threat.",
        "Stopped for a lead, because of legal-threat, eu-data.",
        "Stopped for a lead.",
    ]
