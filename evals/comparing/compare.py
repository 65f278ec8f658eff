"""Two sides compared case by case: metrics with the interval of their difference, cases that flipped and why, and where the change sits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.errors import InvalidInput
from evals.comparing.comparison import Cases, Comparison, Flip, MetricChange, SliceChange, Way
from evals.comparing.paired import Difference, Pair, mean_difference, share_difference
from evals.comparing.places import place_of
from evals.comparing.questions import corrected
from evals.comparing.side import PASSED, Outcome, Provenance, Side
from evals.statistics.chances import LEVEL
from evals.suite import Better, Metric


def compare(before: Side, after: Side, *, intersection: bool = False) -> Comparison:
    """Compare what is comparable. Raises InvalidInput naming what is not: another suite, other rules, or other cases.

    With `intersection` the cases that both have are compared, and the others are named.
    """
    cases = comparable(before, after, intersection=intersection)
    shared = [one for one in before.outcomes if one in after.outcomes and one not in set(cases.changed)]
    was, now = ({case_id: side.outcomes[case_id] for case_id in shared} for side in (before, after))
    flips = [flip for case_id in shared if (flip := _flip(case_id, was[case_id], now[case_id], after.metrics))]
    order = {Way.WORSE: 1, Way.MIXED: 2, Way.BETTER: 3, Way.SAME: 4}
    return Comparison(
        before=before.made,
        after=after.made,
        differs=tuple(differences(before.made, after.made)),
        cases=cases,
        new_dangers=tuple(one for one in shared if now[one].dangerous and not was[one].dangerous),
        gone_dangers=tuple(one for one in shared if was[one].dangerous and not now[one].dangerous),
        metrics=tuple(_metrics((PASSED, *after.metrics), was, now)),
        slices=tuple(_slices(was, now)),
        flips=tuple(sorted(flips, key=lambda one: (0 if one.dangerous == (False, True) else order[one.way], one.case_id))),
    )


def comparable(before: Side, after: Side, *, intersection: bool = False) -> Cases:
    """Which cases can be compared. Raises InvalidInput when nothing can, or when not all can and that was not asked for."""
    was, now = before.made, after.made
    if was.suite != now.suite:
        raise InvalidInput(f"{was.label} is a run of suite {was.suite}, {now.label} of {now.suite}: name two runs of one suite.")
    if was.suite_version != now.suite_version:
        raise InvalidInput(
            f"{was.label} was judged by version {was.suite_version} of suite {was.suite}, {now.label} by version {now.suite_version}: "
            "the rules differ. Run the older side again."
        )
    cases = _cases(before, after)
    if not cases.compared:
        raise InvalidInput(f"{was.label} and {now.label} have no case in common: there is nothing to compare.")
    if (cases.added or cases.removed or cases.changed) and not intersection:
        told = [
            f"{len(ids)} {what}" for what, ids in (("added", cases.added), ("removed", cases.removed), ("changed", cases.changed)) if ids
        ]
        raise InvalidInput(
            f"{was.label} and {now.label} do not have the same cases: {', '.join(told)}. "
            f"Run both on the same ones, or compare the {cases.compared} that both have with --intersection."
        )
    return cases


def differences(was: Provenance, now: Provenance) -> list[str]:
    """What two sides were made of differently, a sentence each."""
    told = [f"{what}: {before} → {after}" for what, before, after in _plain(was, now) if before != after]
    for name in sorted(was.prompts.keys() | now.prompts.keys()):
        if was.prompts.get(name) != now.prompts.get(name):
            told.append(f"prompt {name}: {_short(was.prompts.get(name, 'none'))} → {_short(now.prompts.get(name, 'none'))}")
    return told


def _cases(before: Side, after: Side) -> Cases:
    both = before.outcomes.keys() & after.outcomes.keys()
    changed = {case_id for case_id in both if before.outcomes[case_id].digest != after.outcomes[case_id].digest}
    return Cases(
        compared=len(both) - len(changed),
        added=tuple(sorted(after.outcomes.keys() - both)),
        removed=tuple(sorted(before.outcomes.keys() - both)),
        changed=tuple(sorted(changed)),
    )


def _metrics(metrics: Sequence[Metric], was: Mapping[str, Outcome], now: Mapping[str, Outcome]) -> list[MetricChange]:
    both = {
        one.name: [case_id for case_id in was if one.name in was[case_id].values and one.name in now[case_id].values] for one in metrics
    }
    found: dict[str, Difference] = {}
    for metric in metrics:
        pairs = [Pair(now[one].unit, was[one].values[metric.name], now[one].values[metric.name]) for one in both[metric.name]]
        if pairs:
            found[metric.name] = share_difference(pairs) if metric.kind == "share" else mean_difference(pairs)
    chances = corrected({name: one.chance for name, one in found.items()}, {name: one.least for name, one in found.items()})
    applied = [metric for metric in metrics if metric.name in found]
    return [_metric_change(metric, both[metric.name], was, now, found[metric.name], chances[metric.name]) for metric in applied]


def _metric_change(
    metric: Metric, both: Sequence[str], was: Mapping[str, Outcome], now: Mapping[str, Outcome], found: Difference, chance: float
) -> MetricChange:
    ways = {one: _way(metric, was[one].values[metric.name], now[one].values[metric.name]) for one in both}
    way = Way.SAME
    if chance <= LEVEL and not found.low <= 0 <= found.high:
        way = _way(metric, 0, found.value)
    moved = {wanted: tuple(sorted(one for one, each in ways.items() if each is wanted)) for wanted in (Way.WORSE, Way.BETTER)}
    towards = moved.get(way, ())
    return MetricChange(
        metric=metric,
        cases=len(both),
        before=sum(was[one].values[metric.name] for one in both) / len(both),
        after=sum(now[one].values[metric.name] for one in both) / len(both),
        difference=found.value,
        low=found.low,
        high=found.high,
        chance=chance,
        way=way,
        worse=moved[Way.WORSE],
        better=moved[Way.BETTER],
        place=place_of(towards, {one: now[one] for one in both}) if towards else None,
    )


def _way(metric: Metric, before: float, after: float) -> Way:
    if before == after:
        return Way.SAME
    return Way.BETTER if (after > before) is (metric.better is Better.HIGHER) else Way.WORSE


def _flip(case_id: str, was: Outcome, now: Outcome, metrics: Sequence[Metric]) -> Flip | None:
    values = {
        metric.name: (was.values.get(metric.name), now.values.get(metric.name))
        for metric in metrics
        if was.values.get(metric.name) != now.values.get(metric.name)
    }
    passed, dangerous = (was.values["passed"], now.values["passed"]), (was.dangerous, now.dangerous)
    if not values and passed[0] == passed[1] and dangerous[0] == dangerous[1]:
        return None
    known = {name: (before, after) for name, (before, after) in values.items() if before is not None and after is not None}
    ways = {_way(one, *known[one.name]) for one in metrics if one.name in known}
    if dangerous[0] != dangerous[1]:
        way = Way.WORSE if dangerous[1] else Way.BETTER
    elif passed[0] != passed[1]:
        way = _way(PASSED, *passed)
    else:
        way = ways.pop() if len(ways) == 1 else Way.MIXED
    return Flip(case_id=case_id, way=way, passed=passed, dangerous=dangerous, values=values, why=(was.why, now.why), slices=now.slices)


def _slices(was: Mapping[str, Outcome], now: Mapping[str, Outcome]) -> list[SliceChange]:
    names = sorted({item for one in now.values() for item in one.slices.items()})
    found: list[SliceChange] = []
    for dimension, value in names:
        members = [case_id for case_id, one in now.items() if one.slices.get(dimension) == value]
        passes = [(was[one].values["passed"], now[one].values["passed"]) for one in members]
        worse, better = sum(after < before for before, after in passes), sum(after > before for before, after in passes)
        if worse or better:
            before, after = (sum(side) / len(members) for side in zip(*passes, strict=True))
            found.append(
                SliceChange(dimension=dimension, value=value, cases=len(members), before=before, after=after, worse=worse, better=better)
            )
    return sorted(found, key=lambda one: (one.better - one.worse, one.cases, one.dimension, one.value))


def _plain(was: Provenance, now: Provenance) -> list[tuple[str, str, str]]:
    return [
        ("model", was.model, now.model),
        ("policy", _short(was.policy), _short(now.policy)),
        ("code", _short(was.code_digest), _short(now.code_digest)),
        ("seed", str(was.seed), str(now.seed)),
        ("repeats", str(was.repeats), str(now.repeats)),
    ]


def _short(text: str) -> str:
    """A digest as far as people read it."""
    head, found, tail = text.rpartition("sha256:")
    return f"{head}{tail[:12]}" if found else text
