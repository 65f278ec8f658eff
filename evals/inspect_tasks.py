"""Every suite as a task of inspect-ai, for its log viewer: `inspect eval evals/inspect_tasks.py@routing --model none`.

inspect-ai is installed apart, and nothing else here imports it: docs/decisions/013. Tasks: https://inspect.aisi.org.uk/tasks.html
"""

from __future__ import annotations

import asyncio
import importlib
import math
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

HERE = Path(__file__).resolve().parent
sys.path[:] = [place for place in sys.path if Path(place or ".").resolve() != HERE]
"""inspect-ai puts a task's folder on the path, where `statistics` would be ours and not Python's."""

inspect: Any = importlib.import_module("inspect_ai")
datasets: Any = importlib.import_module("inspect_ai.dataset")
scorers: Any = importlib.import_module("inspect_ai.scorer")
solvers: Any = importlib.import_module("inspect_ai.solver")
catalog: Any = importlib.import_module("evals.catalog")
task: Any = inspect.task


@task
def suite(name: str = "routing", **asked: Any) -> Any:
    """Any suite by its name, or one of your own by its path: `-T name=triage -T n=50 -T policy=draft.yaml`."""
    return task_of(name, asked)


def task_of(name: str, asked: Mapping[str, Any]) -> Any:
    """A suite's cases, its answers and its judgements, in the words of inspect-ai. `asked` are fields of a RunSpec."""
    running: Any = importlib.import_module("evals.running.runner")
    found, spec = catalog.find(name), _spec(asked)
    samples = [
        datasets.Sample(
            id=case.id,
            input="\n\n".join(_texts(case.input)) or orjson.dumps(case.input).decode(),
            target=orjson.dumps(case.gold).decode(),
            metadata={**case.slices, "case": case.model_dump(mode="json")},
        )
        for case in running.cases_of(found, spec)
    ]
    return inspect.Task(
        dataset=datasets.MemoryDataset(samples, name=found.name),
        solver=_solver(found, spec),
        scorer=_scorer(found),
        name=found.name,
        version=found.version,
        fail_on_error=False,
        metadata={"asks": found.asks},
    )


def _spec(asked: Mapping[str, Any]) -> Any:
    settings: Any = importlib.import_module("runtime.settings").load_settings()
    spec: Any = importlib.import_module("evals.running.spec").RunSpec
    home, models = (HERE.parent / place for place in (settings.home, settings.models_folder))  # a task runs in its own folder
    own = {"home": home, "models": models, "api_key": settings.llm.api_key, "region": settings.llm.region}
    return spec.model_validate({**own, **asked})


def _solver(found: Any, spec: Any) -> Any:
    """Asks the suite; the house is opened once, at the first sample."""
    case_of: Any = importlib.import_module("evals.case").EvalCase.model_validate
    house: Any = importlib.import_module("evals.house").House
    lock, opened = asyncio.Lock(), list[Any]()

    @solvers.solver(name=found.name)
    def ask() -> Any:
        async def solve(state: Any, generate: Any) -> Any:
            del generate
            async with lock:
                if not opened:
                    async with house.open(spec.house()) as one:
                        opened.append(one)  # nothing of it ends with its context
            answer = await found.answer(opened[0], case_of(state.metadata["case"]))
            state.metadata["answer"] = answer.model_dump(mode="json")
            state.output.completion = orjson.dumps(answer.output, option=orjson.OPT_INDENT_2).decode()
            return state

        return solve

    return ask()


def _scorer(found: Any) -> Any:
    """Gives the suite's judgement: a value for each metric, and why it did not pass."""
    case_of: Any = importlib.import_module("evals.case").EvalCase.model_validate
    answer_of: Any = importlib.import_module("evals.suite").Answer.model_validate
    names = ["passed", *(metric.name for metric in found.metrics)]

    @scorers.scorer(metrics={name: [_mean()] for name in names}, name=found.name)
    def judge() -> Any:
        async def score(state: Any, target: Any) -> Any:
            del target
            judged = found.judge(case_of(state.metadata["case"]), answer_of(state.metadata["answer"]))
            told = {**judged.values, "passed": float(judged.passed)}
            values = {name: told.get(name, math.nan) for name in names}
            more = judged.model_dump(mode="json", include={"dangerous", "expected", "got", "cost", "confidence"})
            return scorers.Score(value=values, answer=state.output.completion, explanation=judged.why, metadata=more)

        return score

    return judge()


def _mean() -> Any:
    """The mean over the cases that a metric applies to."""

    @scorers.metric(name="mean")
    def made() -> Callable[[Sequence[Any]], float]:
        def mean(scores: Sequence[Any]) -> float:
            values = [float(one.score.value) for one in scores]
            applying = [value for value in values if not math.isnan(value)]
            return statistics.fmean(applying) if applying else math.nan

        return mean

    return made()


def _texts(plain: Any) -> list[str]:
    leaks: Any = importlib.import_module("evals.comparing.leaks")
    return [text for text in leaks.texts_of(plain) if " " in text]


def _registered(name: str) -> Any:
    """A task of the suite's own name. (inspect-ai lists only those that stand literally in the file; `suite` makes it look at all.)"""

    def made(**asked: Any) -> Any:
        return task_of(name, asked)

    return task(name=name)(made)


BY_NAME = {name: _registered(name) for name in catalog.names()}
