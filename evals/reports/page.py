"""The page of a run: one HTML file that asks nobody for anything."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from evals.comparing import telling
from evals.comparing.words import counted
from evals.reports import figures, pictures
from evals.reports.contents import MOST_CASES, Contents, marked
from evals.reports.readable import one_line

HERE = Path(__file__).parent / "templates"


def page(contents: Contents) -> str:
    """The whole file. The same run gives the same bytes."""
    found = contents.summary
    drawn = {
        "slices": {one.metric.name: pictures.slices(one) for one in found.metrics},
        "confusions": {one.name: pictures.confusion(one) for one in found.confusions},
        "calibration": pictures.calibration(found.calibration) if found.calibration else Markup(),
    }
    return (
        _environment()
        .get_template("report.html")
        .render(
            it=contents,
            found=found,
            made=found.manifest,
            drawn=drawn,
            marked=marked(found),
            value_of=figures.value_of,
            interval_of=figures.interval_of,
            goal_of=figures.goal_of,
            most_cases=MOST_CASES,
            telling=telling,
            counted=counted,
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    filters = {
        "percent": figures.percent,
        "share": figures.share,
        "money": figures.money,
        "words": figures.words_of,
        "short": figures.short,
        "chance": figures.chance,
        "line": one_line,
    }
    environment.filters.update(filters)
    return environment
