"""One case in one repeat: asked, and judged. Whatever goes wrong counts against the system and never makes a case disappear."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.canonical import canonical_json
from domain.errors import MaitredError
from evals.case import EvalCase
from evals.house import House
from evals.house.counting import tallied
from evals.result import CaseResult
from evals.running.cache import AnswerCache
from evals.running.identity import source_of
from evals.running.journal import Entry
from evals.suite import Answer, Judgement, Suite
from evals.usage import Usage


@dataclass(frozen=True)
class Task:
    """A case to be answered. `key` is what its answer is known by in the cache."""

    case: EvalCase
    repeat: int
    key: str

    def plain(self) -> dict[str, Any]:
        """For another process."""
        return {"case": self.case.model_dump(mode="json"), "repeat": self.repeat, "key": self.key}

    @classmethod
    def read(cls, plain: dict[str, Any]) -> Task:
        """What was sent."""
        return cls(EvalCase.model_validate(plain["case"]), plain["repeat"], plain["key"])


async def answered(suite: Suite, house: House, task: Task, baseline: str, cache: AnswerCache) -> Entry:
    """Ask the system, or the baseline, and judge what it says; a good answer is kept for later runs."""
    ask = suite.baselines[baseline] if baseline else suite.answer
    began = time.perf_counter()
    with tallied() as tally:
        try:
            answer = await ask(house, task.case)
            canonical_json(answer.output)
        except Exception as error:  # anything: a case that makes the system fail has failed
            return failed(task, _reason(error, suite), models=tuple(sorted(tally.models)), usage=tally.usage)
    ms = answer.ms or round((time.perf_counter() - began) * 1000, 3)
    said = answer.model_copy(
        update={
            "ms": ms,
            "models": answer.models or tuple(sorted(tally.models)),
            "usage": answer.usage if answer.usage.calls else tally.usage,
        }
    )
    cache.put(task.key, said)
    return judged(suite, task, said)


def judged(suite: Suite, task: Task, answer: Answer, *, cached: bool = False) -> Entry:
    """The line of an answer. A judge that raises is named, and its case has failed."""
    try:
        judgement = suite.judge(task.case, answer)
    except Exception as error:  # as above: a case must not disappear because its judge fails
        return failed(task, f"judge, {_reason(error, suite)}", models=answer.models, usage=answer.usage)
    if unknown := sorted(judgement.values.keys() - {metric.name for metric in suite.metrics}):
        known = ", ".join(metric.name for metric in suite.metrics)
        reason = f"judge: {unknown[0]} is no metric of the suite, which has {known}"
        return failed(task, reason, models=answer.models, usage=answer.usage)
    result = _result(task, answer.output, judgement, answer.models, answer.usage)
    return Entry(result=result, ms=answer.ms, stages=answer.stages, cached=cached)


def failed(task: Task, reason: str, *, models: tuple[str, ...] = (), usage: Usage | None = None) -> Entry:
    """The line of a case without an answer."""
    judgement = Judgement(passed=False, values={}, why=f"No answer: {reason}")
    return Entry(result=_result(task, None, judgement, models, usage or Usage(), reason))


def _result(
    task: Task, output: dict[str, Any] | None, judgement: Judgement, models: tuple[str, ...], usage: Usage, error: str = ""
) -> CaseResult:
    case = task.case
    return CaseResult(
        case_id=case.id,
        case_digest=case.digest,
        repeat=task.repeat,
        slices=case.slices,
        group=case.group,
        output=output,
        judgement=judgement,
        models=models,
        usage=usage,
        error=error,
    )


def _reason(error: Exception, suite: Suite) -> str:
    """The error's code, its sentence, and the suite's line that it came from."""
    code = error.code if isinstance(error, MaitredError) else type(error).__name__
    return f"{f'{code}: {str(error)[:500]}'.rstrip(': ')}{_where(error, suite)}"


def _where(error: Exception, suite: Suite) -> str:
    """` (my_suite.py:24)`, the deepest line in the suite's own file, without its folder: the same on every machine. Empty for none."""
    own = {source_of(one) for one in (suite.answer, suite.judge, *suite.baselines.values())}
    lines = [f"{file.name}:{one.lineno}" for one in traceback.extract_tb(error.__traceback__) if (file := Path(one.filename)) in own]
    return f" ({lines[-1]})" if lines else ""
