"""Families of cases that are generated from the sample company: the same seed gives the same cases."""

from collections.abc import Callable

from evals.case import EvalCase
from evals.datasets.families import contradictions, mixed, outages, spikes, turns, twins

FAMILIES: tuple[Callable[[int, int], list[EvalCase]], ...] = (
    spikes.cases,
    outages.cases,
    turns.cases,
    mixed.cases,
    contradictions.cases,
    twins.cases,
)
"""Each takes a seed and how many cases are wanted."""
