"""Every benchmark by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from domain.errors import NotFound
from evals.benchmarks import banking77, cdnow, clinc150, tau2_banking
from evals.benchmarks.published_set import PublishedSet
from evals.benchmarks.result import BenchmarkResult, Published


@dataclass(frozen=True)
class Benchmark:
    """A set, and what is measured on it: from the set's folder and the models' folder to a result."""

    set: PublishedSet
    asks: str
    run: Callable[[Path, Path], BenchmarkResult]
    published: tuple[Published, ...]


BENCHMARKS = {
    one.set.name: one
    for one in (
        Benchmark(
            banking77.SET,
            "Does triage's pipeline tell 77 fine-grained intents apart, also from ten examples each?",
            banking77.run,
            banking77.PUBLISHED,
        ),
        Benchmark(clinc150.SET, "Does it tell 150 intents apart, and notice what is none of them?", clinc150.run, clinc150.PUBLISHED),
        Benchmark(
            tau2_banking.SET,
            "Does our search find, among 698 documents, those that a task needs?",
            tau2_banking.run,
            tau2_banking.PUBLISHED,
        ),
        Benchmark(cdnow.SET, "Does recency-decayed counting rank customers as BG/NBD does?", cdnow.run, cdnow.PUBLISHED),
    )
}


def benchmark(name: str) -> Benchmark:
    """The benchmark with this name. Raises NotFound, which names them all."""
    if name not in BENCHMARKS:
        raise NotFound(f"There is no benchmark {name}; there are {', '.join(BENCHMARKS)}.")
    return BENCHMARKS[name]
