"""The embedded model on messages that it never learnt from, beside a keyword baseline."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from agents.embedded.calibration import DANGER
from agents.embedded.classifier import Reading, TriageClassifier
from agents.embedded.keywords import keyword_signals
from agents.embedded.normal import normal, without_accents
from agents.embedded.texts import LANGUAGES, Labelled, labelled
from agents.embedded.training import ensure_trained
from domain.facts import Intent, Signal
from evals.statistics.intervals import wilson

CALIBRATION_BINS = 10
TITLES = {"heldback": "held-back messages", "blind": "messages of other authors"}


@dataclass(frozen=True)
class Share:
    """`hits` of `total`, with its 95 % interval."""

    hits: int
    total: int

    @property
    def value(self) -> float:
        """The share; 0 without data."""
        return self.hits / self.total if self.total else 0.0

    def __str__(self) -> str:
        low, high = wilson(self.hits, self.total)
        return f"{self.value:.1%} [{low * 100:.1f}, {high * 100:.1f}] of {self.total}"


@dataclass(frozen=True)
class Slice:
    """Quality on some of the messages; missed danger and needless escalation also for the keyword baseline."""

    name: str
    missed_danger: Share
    needless: Share
    intent: Share
    keyword_missed: Share
    keyword_needless: Share


@dataclass(frozen=True)
class SignalQuality:
    """Recall and precision of one signal."""

    signal: str
    recall: Share
    precision: Share
    keyword_recall: Share
    keyword_precision: Share


@dataclass(frozen=True)
class TriageReport:
    """All of it, for one split of the messages."""

    model: str
    split: str
    slices: tuple[Slice, ...]
    signals: tuple[SignalQuality, ...]
    calibration_error: float
    out_of_scope: Share
    median_ms: float

    @property
    def overall(self) -> Slice:
        """Every language together."""
        return self.slices[-1]


@dataclass(frozen=True)
class _Read:
    truth: Labelled
    reading: Reading
    keywords: frozenset[Signal]

    @property
    def raised(self) -> frozenset[Signal]:
        return frozenset(Signal(name) for name in self.reading.raised)


def report(models: Path, split: str) -> TriageReport:
    """Read every message of a split that is never learnt from, once."""
    classifier = TriageClassifier(ensure_trained(models))
    reads: list[_Read] = []
    times: list[float] = []
    for truth in labelled(split):
        began = time.perf_counter()
        reading = classifier.read(truth.text)
        times.append((time.perf_counter() - began) * 1000)
        reads.append(_Read(truth, reading, keyword_signals(without_accents(normal(truth.text)))))
    slices = [_slice(language, [read for read in reads if read.truth.language == language]) for language in LANGUAGES]
    strange = [read for read in reads if read.truth.intent is Intent.OUT_OF_SCOPE]
    return TriageReport(
        model=classifier.name,
        split=split,
        slices=(*slices, _slice("all", reads)),
        signals=tuple(_signal(signal, reads) for signal in Signal),
        calibration_error=_calibration_error(reads),
        out_of_scope=Share(sum(read.reading.intent is Intent.OUT_OF_SCOPE for read in strange), len(strange)),
        median_ms=statistics.median(times),
    )


def _slice(name: str, reads: Sequence[_Read]) -> Slice:
    danger = [read for read in reads if read.truth.signals & set(DANGER)]
    calm = [read for read in reads if not read.truth.signals & set(DANGER)]
    return Slice(
        name=name,
        missed_danger=Share(sum(not read.raised & set(DANGER) for read in danger), len(danger)),
        needless=Share(sum(bool(read.raised & set(DANGER)) for read in calm), len(calm)),
        intent=Share(sum(read.reading.intent is read.truth.intent for read in reads), len(reads)),
        keyword_missed=Share(sum(not read.keywords & set(DANGER) for read in danger), len(danger)),
        keyword_needless=Share(sum(bool(read.keywords & set(DANGER)) for read in calm), len(calm)),
    )


def _signal(signal: Signal, reads: Sequence[_Read]) -> SignalQuality:
    true = [read for read in reads if signal in read.truth.signals]
    raised, found = [read for read in reads if signal in read.raised], [read for read in reads if signal in read.keywords]
    return SignalQuality(
        signal=signal,
        recall=Share(sum(signal in read.raised for read in true), len(true)),
        precision=Share(sum(signal in read.truth.signals for read in raised), len(raised)),
        keyword_recall=Share(sum(signal in read.keywords for read in true), len(true)),
        keyword_precision=Share(sum(signal in read.truth.signals for read in found), len(found)),
    )


def _calibration_error(reads: Sequence[_Read]) -> float:
    """Expected calibration error of the intent's confidence over ten equal bins."""
    bins: dict[int, list[_Read]] = {}
    for read in reads:
        bins.setdefault(min(CALIBRATION_BINS - 1, int(read.reading.intent_confidence * CALIBRATION_BINS)), []).append(read)
    error = 0.0
    for members in bins.values():
        confidence = statistics.fmean(read.reading.intent_confidence for read in members)
        right = statistics.fmean(read.reading.intent is read.truth.intent for read in members)
        error += len(members) / len(reads) * abs(confidence - right)
    return error


def render(found: TriageReport) -> Iterator[Table | str]:
    """Tables for a terminal."""
    title = f"{found.model}, {TITLES[found.split]}"
    table = Table("language", "missed danger", "needless escalation", "intent right", title=title, show_lines=True)
    for one in found.slices:
        table.add_row(
            one.name, _beside(one.missed_danger, one.keyword_missed), _beside(one.needless, one.keyword_needless), str(one.intent)
        )
    yield table
    signals = Table("signal", "recall", "precision", show_lines=True)
    for quality in found.signals:
        signals.add_row(
            quality.signal, _beside(quality.recall, quality.keyword_recall), _beside(quality.precision, quality.keyword_precision)
        )
    yield signals
    yield (
        f"Calibration error of the intent {found.calibration_error:.3f}; out-of-scope found {found.out_of_scope}; "
        f"median {found.median_ms:.2f} ms a message.\n"
        f"All figures are on {TITLES[found.split]}, which were never trained on, with 95 % intervals. "
        "Goals: missed danger at most 5 %, needless escalation at most 15 %."
    )


def _beside(model: Share, keywords: Share) -> str:
    """The model's share, and below it that of the keyword baseline."""
    return f"{model}\n[dim]keywords {keywords.value:.1%}[/dim]"
