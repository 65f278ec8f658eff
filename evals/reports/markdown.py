"""A run in a few lines of Markdown, for a pull request: what is wrong or got worse, the cases by name, a table."""

from __future__ import annotations

from collections.abc import Iterator

from evals.comparing import telling
from evals.comparing.words import counted
from evals.reports.contents import Contents
from evals.reports.figures import goal_of, interval_of, percent, share, short, value_of
from evals.reports.readable import one_line
from evals.statistics.summary import MetricSummary

MOST = 10
ESCAPED = str.maketrans({one: f"\\{one}" for one in "\\`*_{}[]()#+!|~@"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"})
GOALS = {"met": "✓ ", "missed": "✗ ", "open": "? ", "none": ""}


def markdown(contents: Contents, most: int = MOST) -> str:
    """GitHub's Markdown. Nothing that a case says can become markup, a link or a mention."""
    found = contents.summary
    lines = [f"### {_plain(found.manifest.suite)}: {contents.verdict}", ""]
    made = f"{_plain(found.manifest.model)}, {_plain(short(found.manifest.policy))}"
    lines += [f"{share(found.passed)} of {counted(found.cases, 'case')} passed; {made}.", ""]
    lines += [f"- {_plain(said)}" for said in contents.first]
    if contents.comparison:
        lines += ["", telling.markdown(contents.comparison, most).rstrip()]
    lines += ["", "| metric | value | 95 % | n | goal |", "|---|--:|--:|--:|---|", *(_row(one) for one in found.metrics if one.figure)]
    lines += ["", *_failed(contents, most)]
    return "\n".join(lines).rstrip() + "\n"


def _row(one: MetricSummary) -> str:
    assert one.figure is not None  # asked for by the caller
    name = f"{_plain(one.metric.name)}{' (hard, broken)' if one.broken else ' (hard)' if one.metric.hard else ''}"
    cells = (name, value_of(one.metric, one.figure.value), interval_of(one.metric, one.figure), str(one.figure.n))
    return f"| {' | '.join(cells)} | {GOALS[one.goal]}{goal_of(one.metric)} |"


def _failed(contents: Contents, most: int) -> Iterator[str]:
    if not contents.failed:
        yield "Every case passed."
        return
    yield f"<details><summary>{counted(contents.failing, 'answer')} did not pass</summary>"
    yield ""
    for one in contents.failed[:most]:
        danger = "**dangerous** " if one.dangerous else ""
        yield f"- {danger}{_plain(one.case_id)}: {_plain(one_line(one.why, 200))}"
    if contents.failing > most:
        yield f"- and {contents.failing - most} more ({percent((contents.failing - most) / contents.summary.answers)} of all answers)"
    yield ""
    yield "</details>"


def _plain(text: str) -> str:
    return one_line(text, 1000).translate(ESCAPED)
