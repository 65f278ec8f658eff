"""Pictures of what was measured, as SVG. The only place that knows matplotlib."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

COLOURS = ("#3b6ea5", "#8a5fa8", "#c2703d", "#5b8c5a", "#b0893b", "#6b7280")
INK, PAPER = "#1f2937", "white"


def _plots() -> Any:
    matplotlib: Any = importlib.import_module("matplotlib")
    matplotlib.use("svg")
    matplotlib.rcParams.update(
        {"font.family": "sans-serif", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "text.color": INK}
    )
    return importlib.import_module("matplotlib.pyplot")


def draw_trends(samples: Sequence[Mapping[str, float]], units: Mapping[str, str], every_s: float, path: Path) -> None:
    """One small plot a measure over the minutes, each from zero, so that a flat line looks flat."""
    plots = _plots()
    figure, places = plots.subplots(len(units), 1, figsize=(7, 1.25 * len(units)), sharex=True, layout="constrained")
    minutes = [every_s * (number + 1) / 60 for number in range(len(samples))]
    for place, (name, unit), colour in zip(places, units.items(), COLOURS * 2, strict=False):
        values = [sample[name] for sample in samples]
        place.plot(minutes, values, color=colour, linewidth=1.4)
        place.set_ylim(0, max(values) * 1.25 or 1)
        place.set_title(f"{name.replace('_', ' ')}{f' ({unit})' if unit else ''}", loc="left", fontsize=9)
    places[-1].set_xlabel("minutes")
    figure.savefig(path, facecolor=PAPER)
    plots.close(figure)


def draw_shares(parts: Mapping[str, float], title: str, path: Path) -> None:
    """One bar, cut by share (percent)."""
    plots = _plots()
    figure, place = plots.subplots(figsize=(8, 1.7), layout="constrained")
    left = 0.0
    for (name, percent), colour in zip(parts.items(), COLOURS * 2, strict=False):
        place.barh([0], [percent], left=left, color=colour, label=f"{name} {percent:.0f} %")
        left += percent
    place.set_xlim(0, left)
    place.axis("off")
    place.set_title(title, loc="left", fontsize=10)
    place.legend(ncols=3, loc="upper center", bbox_to_anchor=(0.5, 0.05), frameon=False)
    figure.savefig(path, facecolor=PAPER)
    plots.close(figure)
