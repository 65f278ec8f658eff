"""How figures and lists are said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evals.suite import Metric

RIGHT = "right "
"""Before the name of a confusion picture: the right label is a slice as well."""


def amount(metric: Metric, value: float, *, signed: bool = False) -> str:
    """A metric's value with its unit."""
    sign = "+" if signed else ""
    return f"{value * 100:{sign}.1f} %" if metric.kind == "share" else f"{value:{sign}.2f} {metric.unit}".rstrip()


def named(case_ids: Sequence[str], most: int) -> str:
    """`c1, c2 and 3 more`."""
    more = f" and {len(case_ids) - most} more" if len(case_ids) > most else ""
    return ", ".join(case_ids[:most]) + more


def counted(count: int, what: str, many: str = "") -> str:
    """`1 case`, `1,200 cases`."""
    return f"{count:,} {what if count == 1 else many or f'{what}s'}"


def slices_said(slices: Mapping[str, str]) -> str:
    """`tier: strategic, language: de`, without the right answer, which the judge's reason names."""
    return ", ".join(f"{dimension}: {value}" for dimension, value in slices.items() if not dimension.startswith(RIGHT))


def plain(text: str) -> str:
    """Text that Markdown leaves as it is."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")
