"""What can be relied on when the same case is answered again and again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from math import comb

from pydantic import Field

from domain.decision import Frozen
from evals.result import CaseResult
from evals.statistics.intervals import Figure, share_figure


class PassHat(Frozen):
    """The chance that a case passes k times in a row."""

    k: int
    figure: Figure = Field(description="Mean over cases.")


def pass_hats(results: Sequence[CaseResult]) -> tuple[PassHat, ...]:
    """pass^k for each k up to the repeats that every case has: the mean over cases of C(passed, k) / C(repeats, k).

    Yao, Shinn, Razavi & Narasimhan, tau-bench, 2024, section 3: unbiased, unlike the k-th power of the share that passed.
    Score intervals, since a bootstrap of cases that all passed would claim to be certain; a little wide for values between 0 and 1.
    """
    cases: dict[str, list[bool]] = defaultdict(list)
    units: dict[str, str] = {}
    for one in results:
        cases[one.case_id].append(one.judgement.passed and not one.error)
        units[one.case_id] = one.group or one.case_id
    repeats = min(map(len, cases.values()), default=0)
    if repeats < 2:
        return ()
    return tuple(
        PassHat(
            k=k,
            figure=share_figure(
                [comb(sum(passed), k) / comb(len(passed), k) for passed in cases.values()], [units[case] for case in cases]
            ),
        )
        for k in range(1, repeats + 1)
    )
