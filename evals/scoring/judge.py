"""A model that grades what rules cannot: the tone of a text and whether it says all that it should. It is calibrated against people.

Without a judge its metrics are absent; a judge that fails on a case leaves them out there, and the output says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from domain.decision import Frozen
from domain.errors import ModelUnavailable
from domain.model import ModelCall
from domain.ports import Model
from evals.case import EvalCase
from evals.datasets import read
from evals.scoring.agreement import Agreement, agreement
from evals.suite import Metric
from prompts.loader import Prompt, read_prompt

Tone = Literal["good", "acceptable", "poor"]
Completeness = Literal["complete", "partial", "missing"]
GRADES = {"tone": get_args(Tone), "completeness": get_args(Completeness)}
BUDGET_S = 60.0
HOPELESS = 3
"""Texts without a grade from the first one on, after which a judge is not asked any more."""
LONGEST = 8_000
RUBRIC = {
    "reply": (
        "Tone: `good` greets or thanks, is warm and plain; `acceptable` is correct and curt; `poor` blames, mocks, is familiar or rude.\n"
        "Completeness: `complete` answers every part of the message, or says plainly that a person does; `partial` answers some of it;"
        " `missing` answers nothing of it, however friendly it is."
    ),
    "note": (
        "It is for the colleague who takes over. Tone: `good` is sober and respectful, in whole sentences; `acceptable` is terse; `poor`"
        " speaks ill of the client.\n"
        "Completeness: `complete` tells who wants what, what was tried, what is open, promises, and until when; `partial` tells some of it;"
        " `missing` tells nothing that one could work with."
    ),
}
NAMES = {"reply": "reply to a client", "note": "handover note"}

JUDGED_METRICS = (
    Metric(name="tone_judged", says="A judge, calibrated against people, finds the tone good or acceptable. Absent without a judge."),
    Metric(name="completeness_judged", says="A judge, calibrated against people, finds it complete. Absent without a judge."),
)


class JudgeAnswer(BaseModel):
    """What the judge is asked for; anything else is refused by the schema."""

    model_config = ConfigDict(extra="ignore")

    tone: Tone
    completeness: Completeness
    because: str = Field(max_length=2_000)


class Disagreement(Frozen):
    """A text that the judge grades otherwise than a person."""

    case_id: str
    grade: str = Field(description="tone or completeness.")
    person: str
    judge: str
    because: str


class Calibration(Frozen):
    """How far a judge can be believed."""

    model: str
    prompt: str
    tone: Agreement
    completeness: Agreement
    disagreements: tuple[Disagreement, ...]
    failed: tuple[str, ...] = Field(description="Texts that the judge gave no usable grade for; they count in no figure.")


@cache
def judge_prompt() -> Prompt:
    """The fixed rubric."""
    return read_prompt("judge", (Path(__file__).parent / "judge.md").read_text(encoding="utf-8"))


async def graded(judge: Model, kind: str, message: str, text: str) -> JudgeAnswer:
    """The judge's grades of one text. Raises ModelUnavailable, also for grades outside the rubric."""
    prompt = judge_prompt()
    call = ModelCall(
        task="judge",
        prompt_id=prompt.id,
        prompt_hash=prompt.hash,
        system=prompt.render(kind=NAMES[kind], rubric=RUBRIC[kind]),
        inputs={"message": message[:LONGEST], "text": text[:LONGEST]},
        budget_s=BUDGET_S,
    )
    return (await judge.ask(call, JudgeAnswer)).value


async def judged(judge: Model | None, kind: str, message: str, text: str) -> dict[str, Any]:
    """For a suite's output: the grades, why there are none, or nothing without a judge."""
    if judge is None:
        return {}
    try:
        return {"judged": {"model": judge.name, **(await graded(judge, kind, message, text)).model_dump()}}
    except ModelUnavailable as error:
        return {"judged": {"model": judge.name, "failed": error.message}}


def judged_values(output: dict[str, Any]) -> dict[str, float]:
    """The judge's metrics, where it gave grades."""
    grades = output.get("judged")
    if not grades or "failed" in grades:
        return {}
    return {"tone_judged": float(grades["tone"] != "poor"), "completeness_judged": float(grades["completeness"] == "complete")}


async def calibrate(judge: Model, labels: Sequence[EvalCase] | None = None) -> Calibration:
    """Grade every text that people labelled, and compare. Raises ModelUnavailable when the judge grades none of them."""
    pairs: dict[str, list[tuple[str, str]]] = {name: [] for name in GRADES}
    differing: list[Disagreement] = []
    failed: list[str] = []
    for case in read("judge_labels") if labels is None else labels:
        try:
            grades = await graded(judge, case.input["kind"], case.input["message"], case.input["text"])
        except ModelUnavailable as error:
            failed.append(f"{case.id}: {error.message}")
            if len(failed) == HOPELESS and not pairs["tone"]:
                break
            continue
        for name, found in pairs.items():
            person, said = case.gold[name], str(getattr(grades, name))
            found.append((person, said))
            if person != said:
                differing.append(Disagreement(case_id=case.id, grade=name, person=person, judge=said, because=grades.because))
    if not pairs["tone"]:
        raise ModelUnavailable(f"the judge graded no text: {failed[0] if failed else 'there are none'}", model=judge.name)
    return Calibration(
        model=judge.name,
        prompt=judge_prompt().label,
        tone=agreement(pairs["tone"]),
        completeness=agreement(pairs["completeness"]),
        disagreements=tuple(differing),
        failed=tuple(failed),
    )
