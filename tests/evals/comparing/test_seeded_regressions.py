"""Four ways to break the system on purpose: the gate stops each, and names the slice where it sits. What is unchanged passes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from agents.embedded import texts
from domain.eval_report import GateNote
from evals.comparing.gate import GateReport, Plan, accept_all, gate_all
from evals.comparing.verdict import Fault, Finding
from evals.running.spec import RunSpec
from policies.rules import shipped
from tests.llm_stub import LlmStub
from tests.service import MODELS

ROUTING = """
from dataclasses import replace

from evals.datasets import read
from evals.suites import routing

PLAIN = {"how_to", "integration", "access"}


def cases(seed):
    wanted = [case for case in read("routing") if case.slices["intent"] in PLAIN and case.slices["severity"] == "1"]
    return [case for case in wanted if case.slices["route"] == "ai" and case.slices["tier"] != "strategic"]


SUITE = replace(routing.SUITE, name="plain_routing", cases=cases)
"""
TRIAGE = """
from dataclasses import replace

from evals.suites import triage


def cases(seed):
    chosen = [case for case in triage.cases(seed) if case.slices["set"] == "heldback" and case.slices["language"] in ("en", "de")]
    return chosen[:20] + chosen[-20:]


SUITE = replace(triage.SUITE, name="two_languages", cases=cases)
"""


class ReadsItsPrompt(LlmStub):
    """Names the language of a message only if its prompt asks for it, as a model would."""

    def answered(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        status, answer = super().answered(body)
        system, message = body["messages"][0]["content"], body["messages"][-1]["content"]
        german = "`language`" in system and re.search(r"\b(und|ist|wir|die|der|nicht|ich|das|zu|Sie|ein|im|bitte)\b|[äöüß]", message)
        text = answer["choices"][0]["message"]["content"]
        answer["choices"][0]["message"]["content"] = text.replace('"language": "en"', f'"language": "{"de" if german else "en"}"')
        return status, answer


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two suites of its own, routing accepted."""
    home = tmp_path_factory.mktemp("gate")
    (home / "routing.py").write_text(ROUTING)
    (home / "triage.py").write_text(TRIAGE)
    accept_all(plan(home, "routing"), "the shipped policy")
    return home


def plan(home: Path, suite: str, **more: Any) -> Plan:
    spec = RunSpec.model_validate({"home": home, "models": MODELS, "processes": 1, **more})
    return Plan(spec, home / f"{suite}.json", (str(home / f"{suite}.py"),))


def policy(home: Path, name: str, *changes: tuple[str, str]) -> Path:
    """The shipped policy with some of its text exchanged."""
    text = shipped()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file = home / f"{name}.yaml"
    file.write_text(text)
    return file


def finding(report: GateReport, metric: str) -> Finding:
    return next(one for one in report.findings if one.metric == metric)


def test_an_unchanged_system_passes_however_often_it_is_asked_anew(bench: Path) -> None:
    reports = [gate_all(plan(bench, "routing", fresh=True, n=24)) for _ in range(2)]
    assert [one.findings for one in reports] == [(), ()]
    assert [one.suites[0].comparison.flips for one in reports if one.suites[0].comparison] == [(), ()]


def test_two_pools_that_were_swapped_are_caught_in_their_region(bench: Path) -> None:
    swapped = policy(bench, "swapped", ("  eu-core: ", "  EU: "), ("  eu-legal: ", "  eu-core: "), ("  EU: ", "  eu-legal: "))
    report = gate_all(plan(bench, "routing", policy=swapped))
    assert not report.passed
    found = finding(report, "right_desk")
    assert (found.fault, found.place and found.place.slices) == (Fault.WORSE, {"region": "eu"})
    assert {case.slices["region"] for case in found.cases} == {"eu"}
    assert found.cases[0].why.startswith("The desk does not know the matter")
    [run_id] = report.runs.values()
    note = GateNote.model_validate_json((bench / "evals" / "runs" / run_id / "gate.json").read_bytes())
    assert (note.passed, note.accepted_at, len(note.findings)) == (False, report.accepted_at, len(report.findings))


def test_a_threshold_that_was_lowered_is_caught_in_the_tier_that_it_reaches(bench: Path) -> None:
    report = gate_all(plan(bench, "routing", policy=policy(bench, "lowered", ("value.score >= 0.8", "value.score >= 0.1"))))
    assert not report.passed
    found = finding(report, "misroute_cost")
    assert found.place is not None
    assert found.place.sure
    assert found.place.slices["tier"] == "standard"


@pytest.fixture(scope="module")
def model() -> Iterator[ReadsItsPrompt]:
    """A model that does what its prompt says."""
    stub = ReadsItsPrompt()
    with stub:
        yield stub


def test_a_prompt_that_was_broken_is_caught_in_the_language_that_it_lost(bench: Path, model: ReadsItsPrompt) -> None:
    asked = {"model": "openai/stub", "api_base": model.url, "api_key": "sk-test"}
    accept_all(plan(bench, "triage", **asked), "the prompts of the package")
    whole = files("prompts").joinpath("triage.md").read_text(encoding="utf-8")
    folder = bench / "prompts"
    folder.mkdir()
    (folder / "triage.md").write_text(re.sub(r"- `language`.*\n", "", whole))
    report = gate_all(plan(bench, "triage", prompts=folder, **asked))
    assert not report.passed
    found = finding(report, "language_right")
    assert (found.fault, found.place and found.place.slices) == (Fault.WORSE, {"language": "de"})
    [suite] = report.suites
    assert suite.comparison is not None
    assert [line.partition(":")[0] for line in suite.comparison.differs] == ["prompt triage"]


def test_a_test_set_that_leaked_into_the_training_texts_is_caught(bench: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accept_all(plan(bench, "triage", n=16), "nothing leaked")
    folder = bench / "agents"
    shutil.copytree(str(files("agents.embedded") / "texts"), folder / "texts")
    heldback = (folder / "texts" / "heldback.de.psv").read_text(encoding="utf-8")
    with (folder / "texts" / "train.de.psv").open("a", encoding="utf-8") as train:
        train.write("\n" + heldback)
    monkeypatch.setattr(texts, "files", {"agents.embedded": folder}.__getitem__)
    [found] = gate_all(plan(bench, "triage", n=16)).findings
    assert (found.fault, {case.slices["language"] for case in found.cases}) == (Fault.LEAK, {"de"})
    assert "training texts de" in found.sentence
    assert found.place is not None
    assert found.place.slices == {"language": "de"}
