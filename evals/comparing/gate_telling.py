"""What the gate found, for a terminal and for a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.markup import escape

from evals.comparing.gate import GateReport
from evals.comparing.verdict import Finding, NamedCase, SuiteVerdict
from evals.comparing.words import counted, plain, slices_said


def terminal(report: GateReport, most: int) -> Iterator[str]:
    """A line for each suite, and below it whatever speaks against the change, with at most so many cases each."""
    for suite in report.suites:
        yield f"{'[green]✓[/green]' if suite.passed else '[red]✗[/red]'} {escape(_heading(suite, report))}"
        for finding, cases in _once(suite.findings):
            yield f"  [red]{finding.fault}[/red] {escape(finding.sentence)}"
            yield from (f"    {escape(line)}" for line in _below(finding, cases, most))
        yield from (f"  [dim]{escape(note)}[/dim]" for note in suite.notes)
    yield from (f"[yellow]{escape(note)}[/yellow]" for note in report.notes)
    yield f"{'[green]' if report.passed else '[bold red]'}{escape(_end(report))}[/]"


def markdown(report: GateReport, most: int) -> str:
    """The same in GitHub's Markdown, the cases folded away."""
    lines = [f"### {'✓' if report.passed else '✗'} {plain(_end(report))}", ""]
    for suite in report.suites:
        lines.append(f"- {'✓' if suite.passed else '✗'} {plain(_heading(suite, report))}")
        for finding, cases in _once(suite.findings):
            lines.append(f"  - **{finding.fault}** {plain(finding.sentence)}")
            lines += [f"    - {plain(line)}" for line in _below(finding, cases, most)]
        lines += [f"  - {plain(note)}" for note in suite.notes]
    lines += [f"- {plain(note)}" for note in report.notes]
    return "\n".join(lines) + "\n"


def _heading(suite: SuiteVerdict, report: GateReport) -> str:
    compared = f"{counted(suite.comparison.cases.compared, 'case')} compared" if suite.comparison else "not compared"
    return f"{suite.suite}: {compared}, run {report.runs.get(suite.suite, 'none')}"


def _once(findings: Sequence[Finding]) -> Iterator[tuple[Finding, list[NamedCase]]]:
    """Each finding with those of its cases that no finding before it has named."""
    named: set[str] = set()
    for finding in findings:
        yield finding, [one for one in finding.cases if one.case_id not in named]
        named |= {one.case_id for one in finding.cases}


def _below(finding: Finding, cases: Sequence[NamedCase], most: int) -> Iterator[str]:
    if finding.place:
        yield f"where: {finding.place}"
    for one in cases[:most]:
        why = f": {one.why}" if one.why else ""
        yield f"{one.case_id} ({slices_said(one.slices)}){why}"
    if len(cases) > most:
        yield f"and {counted(len(cases) - most, 'more case')}"
    if len(cases) < len(finding.cases):
        yield f"{'and ' if cases else ''}{counted(len(finding.cases) - len(cases), 'case')} named above"


def _end(report: GateReport) -> str:
    against = f"{report.baseline}, accepted {report.accepted_at[:10]}"
    if not report.suites:
        return f'Nothing can be said of the change: no suite is in {against}. Accept some: maitred eval gate --accept --reason "…"'
    if report.passed:
        held = sum(one.comparison is not None for one in report.suites)
        return f"The change may go in: {counted(held, 'suite')} held against {against}."
    return f"The change must not go in: {counted(len(report.findings), 'finding')} against {against}."
