"""Figures in words and with their unit."""

from __future__ import annotations

from evals.statistics.intervals import Figure
from evals.suite import Better, Metric


def value_of(metric: Metric, value: float) -> str:
    """`91.7 %` for a share, `14.83 EUR` for a mean."""
    return f"{value * 100:.1f} %" if metric.kind == "share" else f"{value:,.{_digits(value)}f} {metric.unit}".rstrip()


def interval_of(metric: Metric, figure: Figure) -> str:
    """`84.5 to 95.7`, in the unit of the value."""
    if metric.kind == "share":
        return f"{figure.low * 100:.1f} to {figure.high * 100:.1f}"
    return f"{figure.low:,.{_digits(figure.low)}f} to {figure.high:,.{_digits(figure.high)}f}"


def goal_of(metric: Metric) -> str:
    """`at least 90.0 %`; empty without a goal."""
    if metric.goal is None:
        return ""
    return f"at {'least' if metric.better is Better.HIGHER else 'most'} {value_of(metric, metric.goal)}"


def share(figure: Figure) -> str:
    """`91.7 % [84.5, 95.7]`."""
    return f"{figure.value * 100:.1f} % [{figure.low * 100:.1f}, {figure.high * 100:.1f}]"


def percent(value: float) -> str:
    """`91.7 %`."""
    return f"{value * 100:.1f} %"


def money(value: float) -> str:
    """`1,234.50 EUR`."""
    return f"{value:,.2f} EUR"


def chance(value: float) -> str:
    """`0.0123`, and `< 0.0001` for what is smaller."""
    return f"{value:.4f}" if value >= 0.0001 else "< 0.0001"


def words_of(name: str) -> str:
    """`missed_danger` as `missed danger`."""
    return name.replace("_", " ")


def short(policy: str) -> str:
    """`vip-support@74efcafced72` for a policy with its whole digest."""
    name, _, digest = policy.partition("@")
    return f"{name}@{digest.removeprefix('sha256:')[:12]}" if digest else name


def _digits(value: float) -> int:
    return 0 if abs(value) >= 1000 else 1 if abs(value) >= 100 else 2
