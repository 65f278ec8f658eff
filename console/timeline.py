"""A case as a story: its ledger entries in words, oldest first, with the waits, failures and work between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from console.speech import _, mark, ngettext
from console.telling import sentence
from console.words import actor, decimal, plain, role, span
from domain.views import part

ENDS = ("review.ruled", "review.expired", "review.closed")
"""What ends a wait for a person's ruling."""
LATE = ("review.expired", "review.escalated")
MOVED = ("case.transferred", "case.reassigned")
GONE_PERCENT = 100
GOOD = ("case.acknowledged", "case.resolved")
PARTS = {
    "value": mark("Value estimated"),
    "context": mark("Context gathered"),
    "triage": mark("Message read"),
    "route": mark("Route proposed"),
    "policy": mark("Policy asked, twice"),
}
TOOLS = {
    "crm": mark("CRM"),
    "telemetry": mark("Telemetry"),
    "knowledge": mark("Knowledge base"),
    "cases": mark("Earlier cases"),
}


@dataclass(frozen=True)
class Work:
    """One part of a run: what it took and who did it."""

    says: str
    ms: float
    model: str = ""
    prompt: str = ""
    tokens: str = ""
    cost: str = ""
    without: str = ""
    """What it failed at, or had to do without."""
    inner: bool = False
    """A tool of the part above."""


@dataclass(frozen=True)
class Step:
    """One thing that happened, or a wait."""

    says: str
    by: str
    at: datetime
    index: int = 0
    kind: str = ""
    state: str = ""
    """`wait`, `failed`, `degraded`, `late`, `good`, or nothing remarkable."""
    took: str = ""
    turn: int = 0
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    work: tuple[Work, ...] = ()


def steps_of(entries: Iterable[Mapping[str, Any]]) -> list[Step]:
    """Each entry in words."""
    return [_step(entry) for entry in entries]


def story_of(entries: Iterable[Mapping[str, Any]], turns: Mapping[int, Mapping[str, Any]], now: datetime) -> list[Step]:
    """Entries in words, with each turn's work at the entry that ended it, and what was waited for in its place."""
    steps: list[Step] = []
    waits: dict[str, Step] = {}
    worked: set[int] = set()
    for step in steps_of(entries):
        if ended := _ended(step, waits):
            steps.append(replace(ended, at=step.at, took=span((step.at - ended.at).total_seconds())))
        if step.kind in ("review.opened", "case.decided") and step.turn in turns and step.turn not in worked:
            worked.add(step.turn)
            steps += _failures(step, turns[step.turn])
            step = _with_work(step, turns[step.turn])
        steps.append(step)
        _begin(step, waits)
    unfinished = [one for turn, one in sorted(turns.items()) if turn not in worked and one["failures"]]
    steps += [failed for one in unfinished if steps for failed in _failures(steps[-1], one)]
    return steps + [replace(wait, at=now, took=_("%(span)s so far", span=span((now - wait.at).total_seconds()))) for wait in waits.values()]


def work_told(parts: Iterable[Mapping[str, Any]]) -> tuple[Work, ...]:
    """The parts of a turn's work in words."""
    return tuple(told for one in parts for told in _work(one))


def _step(entry: Mapping[str, Any]) -> Step:
    data, kind = part(entry, "data"), entry["kind"]
    missed = kind in LATE or (kind == "sla.step_due" and data.get("at_percent", 0) >= GONE_PERCENT)
    state = "late" if missed else "good" if kind in GOOD else "failed" if kind == "turn.failed" else ""
    if kind == "case.decided" and data.get("degraded"):
        state = "degraded"
    turn = data.get("turn")
    return Step(
        sentence(kind, data),
        actor(entry["actor"]),
        entry["at"],
        entry["index"],
        kind,
        state,
        turn=turn if isinstance(turn, int) else 0,
        data=data,
    )


def _begin(step: Step, waits: dict[str, Step]) -> None:
    """Note what is waited for from a step on."""
    if step.kind == "review.opened":
        by = role(str(step.data.get("by", "person")))
        waits["ruling"] = Step(_("Waited for a %(role)s.", role=by), "", step.at, state="wait")
    elif who := _reserved(step):
        waits["acceptance"] = Step(_("Waited for %(who)s to take it.", who=actor(who)), "", step.at, state="wait")


def _reserved(step: Step) -> str | None:
    """Whom a step reserves the case for."""
    if step.kind == "case.handed_over":
        return step.data.get("assignee")
    if step.kind == "case.declined":
        return step.data.get("assigned")
    return part(step.data, "to").get("person") if step.kind in MOVED else None


def _ended(step: Step, waits: dict[str, Step]) -> Step | None:
    """The wait that a step ends."""
    if step.kind in ENDS:
        return waits.pop("ruling", None)
    if step.kind in ("case.accepted", "case.declined", *MOVED):
        return waits.pop("acceptance", None)
    if step.kind in ("case.resolved", "case.closed", "message.received"):  # nobody waits any more, whoever was waited for
        waits.pop("acceptance", None)
    return None


def _failures(step: Step, turn: Mapping[str, Any]) -> list[Step]:
    """That a turn's run failed, and what was made of it."""
    if not turn["failures"]:
        return []
    times = ngettext("The run failed %(num)s time.", "The run failed %(num)s times.", turn["failures"])
    again = _("It was taken up again.")
    then = _("After the last try policy's fallback sent the case to a person.") if turn["source"] == "fallback" else again
    return [Step(f"{times} {then}", "", step.at, state="failed", turn=turn["turn"])]


def _with_work(step: Step, turn: Mapping[str, Any]) -> Step:
    work = work_told(turn["work"])
    state = step.state or ("degraded" if any(told.without for told in work) else "")
    return replace(step, work=work, state=state, took=milliseconds(turn["total_ms"]))


def _work(one: Mapping[str, Any]) -> Iterable[Work]:
    usage = part(one, "usage")
    tokens: int = usage.get("prompt_tokens", 0) + usage.get("completion_tokens", 0)
    cost: float | None = usage.get("cost_usd")
    yield Work(
        says=_(PARTS[one["part"]]),
        ms=one["ms"],
        model=one["model"] or "",
        prompt=one["prompt"] or "",
        tokens=ngettext("%(num)s token", "%(num)s tokens", tokens) if usage else "",
        cost=f"${cost:.4f}" if cost is not None else "",
        without="" if one.get("tools") else "; ".join(one["degraded"]),
    )
    for tool in one.get("tools", ()):
        name = _(TOOLS[tool["tool"]]) if tool["tool"] in TOOLS else plain(tool["tool"])
        yield Work(name, tool["ms"], without="" if tool["ok"] else _("failed: %(why)s", why=tool["error"]), inner=True)


def milliseconds(ms: float | None) -> str:
    """A run's length: `41 ms`, `2.4 s`, `3 min`."""
    if not ms:
        return ""
    return f"{ms:.0f} ms" if ms < 1000 else f"{decimal(ms / 1000, 1)} s" if ms < 60_000 else span(ms / 1000)
