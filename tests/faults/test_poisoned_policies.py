"""A poisoned version that got past analysis and approval: its own gate takes it back, whom it touched is known, and leads are told.

The short form pushes the one that is noticed at the first outcome; `MAITRED_FAULTS=long` adds those that have to be proved by counting.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.desk.poison import escalating, failing, forbidding_nothing
from tests.faults.length import only_long
from tests.faults.outcomes import FaultRow, keep
from tests.faults.poisoned import poisoned_desk

FROM_EVIDENCE_S = 30.0
WITHIN_S = 240.0
TAKEN_OR_TOLD_TO_COME_AGAIN = {200, 202, 429, 503}


@pytest.mark.parametrize(
    ("metric", "poison"),
    [
        pytest.param("forbidden", forbidding_nothing),
        pytest.param("errors", failing, marks=only_long),
        pytest.param("escalations", escalating, marks=only_long),
    ],
)
async def test_a_poisoned_canary_is_taken_back_by_its_gate_and_every_case_it_touched_is_recalled(
    tmp_path: Path, metric: str, poison: Callable[[], str]
) -> None:
    tmp_path.chmod(0o755)
    async with poisoned_desk(tmp_path) as desk:
        outcome = await desk.ends(metric, poison(), WITHIN_S)
    lost = [*outcome.outside, *outcome.late, *outcome.not_recalled]
    keep(FaultRow(f"a poisoned version as a canary ({metric})", outcome.touched, len(lost), 0, [outcome.evidence_to_rollback_s]))
    assert (outcome.outside, outcome.late, outcome.not_recalled) == ([], [], [])
    assert outcome.touched > 0
    assert outcome.actor == "maitred:roller"
    assert outcome.evidence_to_rollback_s <= FROM_EVIDENCE_S, outcome.because
    assert set(outcome.answers) <= TAKEN_OR_TOLD_TO_COME_AGAIN, outcome.answers
