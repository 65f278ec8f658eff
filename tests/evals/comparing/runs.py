"""Small runs written by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evals.result import CaseResult, RunManifest
from evals.suite import Better, Judgement, Metric, Usage

RIGHT = Metric(name="right_route", says="Routes that are right.")
SAFE = Metric(name="missed_danger", says="Dangers that were missed.", better=Better.LOWER, hard=True)
COST = Metric(name="cost", says="What wrong routes cost.", kind="mean", better=Better.LOWER, unit="EUR")


@dataclass(frozen=True)
class MadeRun:
    """A run as the summary and the comparison take it."""

    manifest: RunManifest
    results: Sequence[CaseResult]


def made_run(run_id: str, results: Sequence[CaseResult], **changes: Any) -> MadeRun:
    told: dict[str, Any] = {
        "id": run_id,
        "suite": "routing",
        "suite_version": 1,
        "metrics": (RIGHT, SAFE, COST),
        "dataset_digest": "sha256:data",
        "cases": len({one.case_id for one in results}),
        "repeats": max((one.repeat for one in results), default=0) + 1,
        "seed": 1,
        "model": "embedded",
        "policy": "vip-support@sha256:aaaaaaaaaaaaaaaaaaaa",
        "prompts": {"router": "sha256:1111"},
        "code_digest": "sha256:cccc",
        "began_at": "2026-11-25T09:00:00+00:00",
        "machine": "2 cores",
    }
    return MadeRun(RunManifest.model_validate({**told, **changes}), results)


def result(case_id: str, *, right: bool = True, dangerous: bool = False, repeat: int = 0, **changes: Any) -> CaseResult:
    """One answer; `group`, `slices`, `error`, `text`, `cost` and `why` as changes."""
    cost = changes.pop("cost", 0.0 if right else 100.0)
    why = changes.pop("why", "" if right else f"{case_id} went to the wrong desk.")
    text = changes.pop("text", case_id)
    error = changes.get("error", "")
    values = {"right_route": float(right), "missed_danger": float(dangerous), "cost": cost}
    told: dict[str, Any] = {
        "case_id": case_id,
        "case_digest": "sha256:" + hashlib.sha256(text.encode()).hexdigest(),
        "repeat": repeat,
        "slices": {"tier": "standard"},
        "group": "",
        "output": None if error else {},
        "judgement": Judgement(passed=right and not dangerous and not error, values={} if error else values, dangerous=dangerous, why=why),
        "models": (),
        "usage": Usage(),
    }
    return CaseResult.model_validate({**told, **changes})


def many(count: int, *, wrong: Sequence[int] = (), **changes: Any) -> list[CaseResult]:
    """`count` answers; every fourth case is of a strategic client, every second one in German."""
    return [
        result(
            f"c{number:03}",
            right=number not in wrong,
            slices={"tier": "standard" if number % 4 else "strategic", "language": "en" if number % 2 else "de"},
            **changes,
        )
        for number in range(count)
    ]
