"""Results made by hand, for tests of what they add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evals.result import CaseResult, RunManifest
from evals.suite import Better, Judgement, Metric
from evals.usage import Usage

RIGHT = Metric(name="right_route", says="The route is an acceptable one.", goal=0.8)
DANGER = Metric(name="missed_danger", says="The case went below what it needed.", better=Better.LOWER, hard=True)
WAIT = Metric(name="wait", says="Seconds until a first response is promised.", kind="mean", better=Better.LOWER, unit="s")


@dataclass(frozen=True)
class MadeRun:
    """A run that never ran."""

    manifest: RunManifest
    results: Sequence[CaseResult]


def result(case_id: str, *, right: bool = True, repeat: int = 0, **given: Any) -> CaseResult:
    """One result; `given` are fields of the judgement (`was_right` its `right`), and `slices`, `group`, `output`, `error` of the result."""
    own = {name: given.pop(name) for name in ("slices", "group", "output", "error", "usage") if name in given}
    given["right"] = given.pop("was_right", None)
    values = given.pop("values", {"right_route": float(right)})
    judgement = Judgement(passed=right, values=values, why="" if right else "It went to ai, where human was right.", **given)
    fields: dict[str, Any] = {"slices": {}, "group": "", "output": {}, "usage": Usage(), **own}
    return CaseResult(
        case_id=case_id, case_digest=f"sha256:{case_id}", repeat=repeat, judgement=judgement, models=("embedded/test",), **fields
    )


def run_of(results: Sequence[CaseResult], metrics: Sequence[Metric] = (RIGHT,), **given: Any) -> MadeRun:
    """A run of these results; `given` are fields of its manifest."""
    fields: dict[str, Any] = {
        "id": "run_made",
        "suite": "routing",
        "suite_version": 1,
        "asks": "Does every case end where it should?",
        "metrics": tuple(metrics),
        "dataset_digest": "sha256:data",
        "cases": len({one.case_id for one in results}),
        "repeats": max((one.repeat for one in results), default=0) + 1,
        "seed": 1,
        "model": "embedded/test",
        "policy": "vip-support@sha256:1234567890",
        "prompts": {},
        "code_digest": "sha256:code",
        "began_at": "2026-11-25T23:00:00Z",
        "machine": "2 cores, x86_64, Python 3.11",
    }
    return MadeRun(RunManifest(**{**fields, **given}), results)
