"""A suite in a file of its own, small enough to see through: it doubles numbers, and writes down what it was asked."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from evals.running.spec import RunSpec
from tests.service import MODELS

TEXT = """
import asyncio
import os
import signal
from pathlib import Path

from evals.datasets import read
from evals.suite import Answer, Judgement, Metric, Suite
from evals.usage import Usage

HERE = Path(__file__).parent


def cases(seed):
    return read(HERE / "cases.jsonl")


async def answer(house, case):
    with (HERE / "asked").open("a") as asked:
        asked.write(case.id + "\\n")
    await asyncio.sleep(case.input.get("slow", 0))
    if "raises" in case.input:
        raise ValueError(case.input["raises"])
    if case.input.get("dies"):
        os.kill(os.getpid(), signal.SIGKILL)
    print("what a suite prints disturbs nobody")
    usage = Usage(calls=1, prompt_tokens=80, completion_tokens=20, cost=0.01)
    output = {"double": case.input["number"] * 2}
    if "text" in case.input:
        (turn,) = await house.converse([{"text": case.input["text"], "client": "juniper-media"}])
        output["turn"] = turn.as_output()
    return Answer(output=output, models=("abacus",), usage=usage)


async def nought(house, case):
    return Answer(output={"double": 0})


def judge(case, answer):
    right = answer.output["double"] == case.gold["double"]
    return Judgement(passed=right, values={"right": float(right)}, why="" if right else "it is not doubled")


SUITE = Suite(
    name="doubles",
    asks="Is a number doubled?",
    metrics=(Metric(name="right", says="It is doubled.", hard=True),),
    cases=cases,
    answer=answer,
    judge=judge,
    baselines={"nought": nought},
)
"""


def line(number: int, *, gold: int | None = None, **more: Any) -> dict[str, Any]:
    """A case; `gold` says that something else would be right."""
    return {
        "id": f"n-{number:03d}",
        "source": "maitred authors",
        "licence": "Apache-2.0",
        "slices": {"parity": "odd" if number % 2 else "even"},
        "input": {"number": number, **more},
        "gold": {"double": 2 * number if gold is None else gold},
    }


def write_suite(folder: Path, cases: Iterable[dict[str, Any]]) -> str:
    """The suite with these cases in `folder`; its path."""
    folder.mkdir(exist_ok=True)
    (folder / "cases.jsonl").write_bytes(b"".join(orjson.dumps(case) + b"\n" for case in cases))
    (folder / "doubles.py").write_text(TEXT)
    return str(folder / "doubles.py")


def asked(suite: str) -> list[str]:
    """What was asked so far, in order."""
    file = Path(suite).with_name("asked")
    return file.read_text().split() if file.exists() else []


def spec(home: Path, **more: Any) -> RunSpec:
    """In a home of its own, with the models that are trained already."""
    return RunSpec.model_validate({"home": home, "models": MODELS, "processes": 1, **more})
