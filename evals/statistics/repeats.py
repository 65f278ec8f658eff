"""What can be relied on when the same case is answered again and again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from math import comb

from pydantic import Field

from domain.decision import Frozen
from evals.result import CaseResult
from evals.statistics.intervals import Figure, share_figure


class PassHat(Frozen):
    """The chance that a case passes k times in a row."""

    k: int
    figure: Figure = Field(description="Mean over cases.")


class PassAt(Frozen):
    """The chance that a case passes at least once in k tries."""

    k: int
    figure: Figure = Field(description="Mean over cases.")


def pass_hats(results: Sequence[CaseResult]) -> tuple[PassHat, ...]:
    """pass^k for each k up to the repeats that every case has: the mean over cases of C(passed, k) / C(repeats, k).

    Yao, Shinn, Razavi & Narasimhan, tau-bench, 2024, section 3: unbiased, unlike the k-th power of the share that passed.
    Score intervals, since a bootstrap of cases that all passed would claim to be certain; a little wide for values between 0 and 1.
    """
    return tuple(PassHat(k=k, figure=figure) for k, figure in _over_cases(results, lambda passed, of, k: comb(passed, k) / comb(of, k)))


def pass_ats(results: Sequence[CaseResult]) -> tuple[PassAt, ...]:
    """pass@k for each k up to the repeats that every case has: the mean over cases of 1 - C(failed, k) / C(repeats, k).

    Chen and others, Evaluating Large Language Models Trained on Code, 2021, section 2.1. Intervals as for pass^k.
    """
    return tuple(
        PassAt(k=k, figure=figure) for k, figure in _over_cases(results, lambda passed, of, k: 1 - comb(of - passed, k) / comb(of, k))
    )


def _over_cases(results: Sequence[CaseResult], chance: Callable[[int, int, int], float]) -> list[tuple[int, Figure]]:
    """For each k the mean over cases of `chance(passed, repeats, k)`; nothing without repeats."""
    cases: dict[str, list[bool]] = defaultdict(list)
    units: dict[str, str] = {}
    for one in results:
        cases[one.case_id].append(one.judgement.passed and not one.error)
        units[one.case_id] = one.group or one.case_id
    repeats = min(map(len, cases.values()), default=0)
    if repeats < 2:
        return []
    groups = [units[case] for case in cases]
    return [(k, share_figure([chance(sum(passed), len(passed), k) for passed in cases.values()], groups)) for k in range(1, repeats + 1)]
