"""The committed baseline: small, of the suites that are there, and what the system of today is held against on a few cases of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals import catalog
from evals.comparing import baseline as baselines
from evals.comparing import gate_telling
from evals.comparing.gate import Plan, gate_all
from evals.running.spec import RunSpec
from tests.service import MODELS

COMMITTED = Path(__file__).parent.parent.parent / baselines.path_for(None)
FEW = 6
"""Cases of each suite. A change that this misses is found by `maitred eval gate`, which takes them all."""
AGAIN = 'When the change is meant: maitred eval gate --accept --reason "…", and commit the baseline with it.'


def test_the_baseline_is_small_and_says_why_and_when_it_was_accepted() -> None:
    found = baselines.read(COMMITTED)
    assert COMMITTED.stat().st_size <= baselines.MOST_BYTES
    assert (found.model, found.reason != "", found.accepted_at[:2]) == ("embedded", True, "20")
    assert not set(found.suites) - set(catalog.names())


def test_the_system_as_it_is_passes_the_gate(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("gate")
    report = gate_all(Plan(RunSpec(home=home, models=MODELS, processes=1, n=FEW), COMMITTED))
    assert report.passed, "\n".join([*gate_telling.terminal(report, 5), AGAIN])
    assert sum(one.comparison.cases.compared for one in report.suites if one.comparison) >= FEW * len(report.suites) * 0.9
