"""One side of a comparison: a run, or a baseline that was accepted, as what each case came to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean

from pydantic import Field

from domain.decision import Frozen
from evals.comparing.words import RIGHT
from evals.result import CaseResult, RunManifest
from evals.statistics.summary import Judged, observations, unit_of
from evals.suite import Metric

TELLING = 16
"""Hex digits of a case's digest that are kept: two versions of one case will not share them."""
PASSED = Metric(name="passed", says="Cases that pass every rule of the suite.")
"""Compared as a metric beside the suite's own: a case that gets no answer any more shows in it whatever its metrics are."""


class Provenance(Frozen):
    """What a side was made of."""

    label: str = Field(description="A run's id, or `baseline`.")
    suite: str
    suite_version: int
    model: str
    policy: str
    prompts: dict[str, str]
    code_digest: str
    dataset_digest: str
    cases: int
    repeats: int
    seed: int
    made_at: str = Field(description="When it began, or was accepted; RFC 3339.")


class Outcome(Frozen):
    """What one case came to, over all its repeats."""

    digest: str = Field(description="The case's, as far as it tells two cases of one id apart.")
    slices: dict[str, str]
    unit: str = Field(description="What stands and falls together: its group, or itself.")
    values: dict[str, float] = Field(description="Metric name, `passed` among them, to the mean over the repeats.")
    dangerous: bool = Field(description="Its dangerous error was made in some repeat.")
    danger: str = Field(default="", description="Why, in the judge's words, when it was.")
    why: str = Field(default="", description="Why it did not pass; empty when it did, and in a baseline, which holds no texts.")

    @property
    def passed(self) -> bool:
        """In every repeat."""
        return self.values["passed"] >= 1


class Side(Frozen):
    """A run or a baseline, ready to be compared."""

    made: Provenance
    metrics: tuple[Metric, ...] = Field(description="The suite's own.")
    outcomes: dict[str, Outcome] = Field(description="By case id.")


def side_of(run: Judged) -> Side:
    """A run as a side. A case without an answer counts as the worst in every share, as it does in the run's own summary."""
    cases: dict[str, list[CaseResult]] = defaultdict(list)
    for one in sorted(run.results, key=lambda one: (one.case_id, one.repeat)):
        cases[one.case_id].append(one)
    values = _values(run.manifest.metrics, run.results)
    return Side(
        made=provenance_of(run.manifest),
        metrics=run.manifest.metrics,
        outcomes={case_id: _outcome(repeats, values[case_id]) for case_id, repeats in cases.items()},
    )


def provenance_of(manifest: RunManifest) -> Provenance:
    """What a run was made of."""
    shared = Provenance.model_fields.keys() & RunManifest.model_fields.keys()
    return Provenance(label=manifest.id, made_at=manifest.began_at, **{name: getattr(manifest, name) for name in shared})


def _outcome(repeats: Sequence[CaseResult], values: Mapping[str, float]) -> Outcome:
    first = repeats[0]
    bad = next((one for one in repeats if one.error or not one.judgement.passed), None)
    danger = next((one for one in repeats if one.judgement.dangerous), None)
    return Outcome(
        digest=first.case_digest.removeprefix("sha256:")[:TELLING],
        slices={**first.slices, **{f"{RIGHT}{name}": label for name, label in first.judgement.expected.items()}},
        unit=unit_of(first),
        values={**values, "passed": fmean(float(one.judgement.passed and not one.error) for one in repeats)},
        dangerous=danger is not None,
        danger=danger.judgement.why if danger else "",
        why=(bad.error or bad.judgement.why) if bad else "",
    )


def _values(metrics: Sequence[Metric], results: Sequence[CaseResult]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for metric in metrics:
        for one in observations(metric, results):
            found[one.case_id][metric.name].append(one.value)
    return defaultdict(dict, {case_id: {name: fmean(each) for name, each in values.items()} for case_id, values in found.items()})
