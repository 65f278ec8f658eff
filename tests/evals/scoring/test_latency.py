"""Times by stage."""

from __future__ import annotations

from evals.running.folder import CaseTimes
from evals.scoring.latency import stage_times


def test_the_whole_comes_first_and_the_slow_stages_before_the_quick() -> None:
    times = [
        CaseTimes(case_id=f"c-{n}", repeat=0, ms=10.0 * n, stages={"policy": 1.0, "model": 5.0 * n, "value": 1.0}) for n in range(1, 12)
    ]
    found = stage_times(times)
    assert [one.stage for one in found] == ["whole", "model", "policy", "value"]
    assert (found[0].answers, found[0].p50, found[0].p95, found[0].slowest) == (11, 60.0, 105.0, 110.0)


def test_answers_from_the_cache_took_another_runs_time() -> None:
    times = [CaseTimes(case_id="a", repeat=0, ms=7.0), CaseTimes(case_id="b", repeat=0, ms=9_000.0, cached=True)]
    [whole] = stage_times(times)
    assert (whole.answers, whole.p50, whole.p95) == (1, 7.0, 7.0)
    assert stage_times([]) == []
