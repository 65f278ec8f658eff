"""What a comparison of two versions tells, for a terminal: counts first, then the worst changes."""

from __future__ import annotations

from typing import Any, cast

from rich.box import SIMPLE_HEAD
from rich.table import Table

from cli.console import out, print_entry
from policies.comparison.behaviour import BehaviouralDiff, ChangedCase, Harm
from policies.comparison.document_words import span

GUARDS_SHOWN = 12
COUNTS = ("tier", "region", "language")
SPANS = {"ack_within_s", "resolve_within_s"}
LABELS = {"ack_within_s": "first response", "resolve_within_s": "solution"}
TOLD_OTHERWISE = {"envelope", "guards", "ack_due_at", "resolve_due_at", "budget_ms"}
"""Guards are told by those that fire now or no longer, due times by the promises that they follow from."""


def tell_behaviour(diff: BehaviouralDiff, over: str, shown: int) -> None:
    """The whole comparison."""
    out.print(f"\n[bold blue]What they do[/bold blue], over {diff.cases:,} {over}")
    if not diff.cases:
        out.print("There is nothing to judge yet.")
        return
    if not diff.changed:
        out.print("[green]✓[/green] Every case gets the same outcome.")
        return
    share = 100 * diff.changed / diff.cases
    out.print(f"{diff.changed:,} {'case gets' if diff.changed == 1 else 'cases get'} another outcome ({share:.3g} %)")
    for said in _weighty(diff):
        out.print(f"  {said}", markup=False)
    out.print(_places(diff))
    if guards := _guards(diff):
        out.print(guards)
    out.print(f"[bold blue]The worst {min(shown, len(diff.worst))}[/bold blue]")
    for case in diff.worst[:shown]:
        tier = case.tier_before if case.tier_before == case.tier_after else f"{case.tier_before} → {case.tier_after}"
        print_entry(case.id, f"{case.harm}; {tier}, {case.region}", *_changes(case), beside=case.client_id)


def _weighty(diff: BehaviouralDiff) -> list[str]:
    """What somebody who approves must not overlook, each only when it happens."""
    harms = [(f"{harm}", diff.count("harm", harm, "changed")) for harm in Harm if harm is not Harm.OTHER]
    numbers = [
        ("would not have been allowed before", diff.count("all", "cases", "forbidden")),
        *harms,
        ("reviews fewer or looser", diff.count("review", "cases", "removed") + diff.count("review", "cases", "looser")),
        ("reviews more", diff.count("review", "cases", "added")),
        ("to people who were not needed before", diff.count("people", "cases", "to")),
        ("away from people", diff.count("people", "cases", "from")),
        ("first response promised later", diff.count("sla", "ack", "slower")),
        ("first response promised sooner", diff.count("sla", "ack", "tighter")),
        ("solution promised later", diff.count("sla", "resolve", "slower")),
        ("solution promised sooner", diff.count("sla", "resolve", "tighter")),
    ]
    return [f"{count:,} {what}" for what, count in numbers if count]


def _places(diff: BehaviouralDiff) -> Table:
    table = Table("where", "cases", "changed", header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for what in COUNTS:
        for name, numbers in diff.counts.get(what, {}).items():
            if numbers.get("changed"):
                table.add_row(f"{what} {name}", f"{numbers['cases']:,}", f"{numbers['changed']:,}")
    return table


def _guards(diff: BehaviouralDiff) -> Table | None:
    moved = sorted(
        ((name, numbers) for name, numbers in diff.counts.get("guard", {}).items() if numbers.get("fires_now") or numbers.get("no_longer")),
        key=lambda item: -(item[1].get("fires_now", 0) + item[1].get("no_longer", 0)),
    )
    if not moved:
        return None
    table = Table("guard", "fires now", "no longer", header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, numbers in moved[:GUARDS_SHOWN]:
        table.add_row(name, f"{numbers.get('fires_now', 0):,}", f"{numbers.get('no_longer', 0):,}")
    return table


def _changes(case: ChangedCase) -> list[str]:
    told = [one for one in case.differences if one["field"] not in TOLD_OTHERWISE]
    lines = [f"{LABELS.get(one['field'], one['field'])}: {_shown(one, 'before')} → {_shown(one, 'after')}" for one in told]
    lines += [f"fires now: {', '.join(case.fires_now)}"] if case.fires_now else []
    return lines + ([f"no longer: {', '.join(case.no_longer)}"] if case.no_longer else [])


def _shown(difference: dict[str, Any], side: str) -> str:
    value: Any = difference[side]
    if isinstance(value, dict) and "by" in value:
        return f"by {value['by']} within {span(int(cast('Any', value)['within_s']))}"
    if isinstance(value, int) and difference["field"] in SPANS:
        return span(value)
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in cast("list[Any]", value)) or "none"
    return "none" if value is None else str(cast("Any", value))
