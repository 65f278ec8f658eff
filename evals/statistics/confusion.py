"""Which label was taken for which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pydantic import Field

from domain.decision import Frozen
from evals.result import CaseResult
from evals.statistics.intervals import Figure, share_figure

NOTHING = "(nothing)"
"""Stands for a label that was not given."""


class LabelQuality(Frozen):
    """One label of a picture."""

    label: str
    recall: Figure | None = Field(description="Share of its cases that were given it; None when it is never right.")
    precision: Figure | None = Field(description="Share of those given it for which it was right; None when it was never given.")


class Confusion(Frozen):
    """One picture: right label by given label."""

    name: str = Field(description="`mode`, `intent`, …")
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...] = Field(
        description="A row for each right label, a column for each given one, in the order of `labels`."
    )
    qualities: tuple[LabelQuality, ...]

    @property
    def total(self) -> int:
        """Answers in it."""
        return sum(map(sum, self.counts))

    @property
    def right(self) -> int:
        """Answers on its diagonal."""
        return sum(row[at] for at, row in enumerate(self.counts))

    def mistakes(self) -> list[tuple[str, str, int]]:
        """What was taken for what, most often first."""
        found = [(self.labels[i], self.labels[j], n) for i, row in enumerate(self.counts) for j, n in enumerate(row) if n and i != j]
        return sorted(found, key=lambda one: (-one[2], one[0], one[1]))


def confusions_of(results: Sequence[CaseResult]) -> tuple[Confusion, ...]:
    """Every picture that some judgement names, by name, its labels most frequent first, or grades in their order.

    A label that is missing on one side is `(nothing)`.
    """
    names = sorted({name for one in results for name in (*one.judgement.expected, *one.judgement.got)})
    return tuple(_confusion(name, results) for name in names)


def _confusion(name: str, results: Sequence[CaseResult]) -> Confusion:
    pairs = [
        (one.judgement.expected.get(name, NOTHING), one.judgement.got.get(name, NOTHING), one.group or one.case_id)
        for one in results
        if name in one.judgement.expected or name in one.judgement.got
    ]
    often = Counter(expected for expected, _, _ in pairs)
    labels = sorted({label for expected, got, _ in pairs for label in (expected, got)}, key=lambda label: (-often[label], label))
    if all(label == NOTHING or label.isdecimal() for label in labels):
        labels.sort(key=lambda label: (label == NOTHING, int(label) if label.isdecimal() else 0))
    counts = Counter((expected, got) for expected, got, _ in pairs)
    return Confusion(
        name=name,
        labels=tuple(labels),
        counts=tuple(tuple(counts[row, column] for column in labels) for row in labels),
        qualities=tuple(
            LabelQuality(
                label=label,
                recall=_share([(got == label, unit) for expected, got, unit in pairs if expected == label]),
                precision=_share([(expected == label, unit) for expected, got, unit in pairs if got == label]),
            )
            for label in labels
        ),
    )


def _share(hits: Sequence[tuple[bool, str]]) -> Figure | None:
    return share_figure([float(hit) for hit, _ in hits], [unit for _, unit in hits]) if hits else None
