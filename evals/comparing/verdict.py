"""Whether what a run came to may go in, held against what was accepted: pure, so that equal runs get equal verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from pydantic import Field

from domain.decision import Frozen
from evals.comparing.baseline import Kept
from evals.comparing.compare import compare
from evals.comparing.comparison import Comparison, MetricChange, Way
from evals.comparing.leaks import Leak
from evals.comparing.places import Place, place_of
from evals.comparing.side import Side, side_of
from evals.comparing.words import amount, counted, named
from evals.statistics.summary import Judged, is_miss, observations


class Fault(StrEnum):
    """Why a change may not go in."""

    WORSE = "worse"
    HARD = "hard"
    DANGER = "danger"
    LEAK = "leak"
    RULES = "rules"
    GONE = "gone"
    NEW = "new"


class NamedCase(Frozen):
    """A case that a finding is about."""

    case_id: str
    slices: dict[str, str]
    why: str = Field(default="", description="The judge's reason now.")


class Finding(Frozen):
    """One reason against a change."""

    suite: str
    fault: Fault
    metric: str = Field(default="", description="Of a metric that got worse, or a hard one that is missed.")
    sentence: str
    place: Place | None = Field(default=None, description="The slice where the cases lie; None if they are spread evenly, or too few.")
    cases: tuple[NamedCase, ...] = ()


class SuiteVerdict(Frozen):
    """One suite, held against its baseline."""

    suite: str
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = Field(description="What should be known and stops nothing: cases added, removed, changed.")
    comparison: Comparison | None = Field(description="None when there was nothing to compare with.")

    @property
    def passed(self) -> bool:
        """Nothing was found against it."""
        return not self.findings


def verdict_on(run: Judged, kept: Kept | None, leaks: Sequence[Leak]) -> SuiteVerdict:
    """Hold a run against its baseline; None: the suite has none yet, so that nothing can be said for the change."""
    side, suite = side_of(run), run.manifest.suite
    findings = list(hard_misses(run, side))
    known = set(kept.overlaps) if kept else set[str]()
    findings += _leak_findings(suite, side, [one for one in leaks if one.case_id not in known])
    if kept is None:
        findings.append(_never_accepted(suite))
        return SuiteVerdict(suite=suite, findings=tuple(findings), notes=(), comparison=None)
    before = kept.side()
    if before.made.suite_version != side.made.suite_version:
        findings.append(_other_rules(before, side))
        return SuiteVerdict(suite=suite, findings=tuple(findings), notes=(), comparison=None)
    if not any(one in side.outcomes and side.outcomes[one].digest == was.digest for one, was in before.outcomes.items()):
        sentence = f"No case of {suite} is the one that was accepted: nothing can be compared. Accept a new baseline if that is meant."
        findings.append(Finding(suite=suite, fault=Fault.GONE, sentence=sentence))
        return SuiteVerdict(suite=suite, findings=tuple(findings), notes=(), comparison=None)
    found = compare(before, side, intersection=True)
    findings += [*_new_dangers(found, side), *_worse(found, side)]
    order = (Fault.DANGER, Fault.HARD, Fault.LEAK, Fault.WORSE)
    findings.sort(key=lambda one: order.index(one.fault))
    return SuiteVerdict(suite=suite, findings=tuple(findings), notes=tuple(_notes(found)), comparison=found)


def gone(suite: str) -> SuiteVerdict:
    """A suite that was accepted and does not exist any more."""
    sentence = f"{suite} is in the baseline, and there is no such suite any more. Accept a new baseline if that is meant."
    return SuiteVerdict(suite=suite, findings=(Finding(suite=suite, fault=Fault.GONE, sentence=sentence),), notes=(), comparison=None)


def hard_misses(run: Judged, side: Side) -> Iterator[Finding]:
    """Hard metrics with a case on the wrong side."""
    for metric in run.manifest.metrics:
        if not metric.hard:
            continue
        missed = sorted({one.case_id for one in observations(metric, run.results) if is_miss(metric, one.value)})
        if missed:
            yield Finding(
                suite=run.manifest.suite,
                fault=Fault.HARD,
                metric=metric.name,
                sentence=f"{metric.name} is hard and missed in {counted(len(missed), 'case')}: {metric.says}",
                place=place_of(missed, side.outcomes),
                cases=_named(missed, side),
            )


def _worse(found: Comparison, side: Side) -> Iterator[Finding]:
    for one in found.metrics:
        if one.way is Way.WORSE:
            yield Finding(
                suite=found.after.suite,
                fault=Fault.WORSE,
                metric=one.metric.name,
                sentence=_told(one),
                place=one.place,
                cases=_named(one.worse, side),
            )


def _told(one: MetricChange) -> str:
    metric = one.metric
    interval = f"[{amount(metric, one.low, signed=True)}, {amount(metric, one.high, signed=True)}]"
    return (
        f"{metric.name} got worse: {amount(metric, one.before)} → {amount(metric, one.after)} "
        f"({amount(metric, one.difference, signed=True)} {interval}, p {one.chance:.4f}); "
        f"{counted(len(one.worse), 'case')} got worse, {len(one.better)} better."
    )


def _new_dangers(found: Comparison, side: Side) -> Iterator[Finding]:
    if found.new_dangers:
        yield Finding(
            suite=found.after.suite,
            fault=Fault.DANGER,
            sentence=f"{counted(len(found.new_dangers), 'new dangerous error')}.",
            place=place_of(found.new_dangers, side.outcomes),
            cases=_named(found.new_dangers, side),
        )


def _leak_findings(suite: str, side: Side, leaks: Sequence[Leak]) -> Iterator[Finding]:
    if leaks:
        ids = [one.case_id for one in leaks if one.case_id in side.outcomes]
        sources = ", ".join(sorted({one.source for one in leaks}))
        yield Finding(
            suite=suite,
            fault=Fault.LEAK,
            sentence=f"The text of {counted(len(leaks), 'case')} stands in {sources}: what is learnt by heart proves nothing. Take it out.",
            place=place_of(ids, side.outcomes),
            cases=_named(ids, side),
        )


def _other_rules(before: Side, side: Side) -> Finding:
    return Finding(
        suite=side.made.suite,
        fault=Fault.RULES,
        sentence=(
            f"Version {side.made.suite_version} of the suite judges, version {before.made.suite_version} was accepted: the rules differ, "
            'so nothing can be compared. Look at the run, then: maitred eval gate --accept --reason "…"'
        ),
    )


def _never_accepted(suite: str) -> Finding:
    sentence = f'{suite} is not in the baseline: accept it first, maitred eval gate --accept --suite … --reason "…"'
    return Finding(suite=suite, fault=Fault.NEW, sentence=sentence)


def _notes(found: Comparison) -> Iterator[str]:
    whats = (
        (found.cases.added, "not in the baseline"),
        (found.cases.removed, "in the baseline and not run"),
        (found.cases.changed, "not the same as in the baseline"),
    )
    for ids, what in whats:
        if ids:
            yield f"not compared, because {what}: {counted(len(ids), 'case')}, {named(ids, 5)}"
    if found.gone_dangers:
        yield f"dangerous errors that are gone: {', '.join(found.gone_dangers)}"


def _named(case_ids: Sequence[str], side: Side) -> tuple[NamedCase, ...]:
    told = ((one, side.outcomes[one]) for one in case_ids if one in side.outcomes)
    return tuple(NamedCase(case_id=one, slices=outcome.slices, why=outcome.danger or outcome.why) for one, outcome in told)
