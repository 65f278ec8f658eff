"""The context gatherer: CRM, telemetry, knowledge and earlier cases side by side, each with a limit, every fact with source and age."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import time as clock
from typing import Any

from domain.case import Identity
from domain.client import ArticleHit, ClientProfile, PastCase, TelemetryReport
from domain.context import CitedFact, Context, ToolRun
from domain.errors import MaitredError
from domain.ports import CaseHistory, Crm, Knowledge, Telemetry

TOOL_SHARE = 0.9
SHOWN_CASES = 3
RELEVANT = 0.35
CASES_ASKED = 500
"""Earlier cases that facts are counted over: those of ninety days, and all that are open."""


@dataclass(frozen=True)
class ContextGatherer:
    """Asks the four tools."""

    crm: Crm
    telemetry: Telemetry
    knowledge: Knowledge
    history: CaseHistory

    async def gather(
        self, identity: Identity | None, text: str, language: str, now: datetime, budget_s: float, unidentified: str = ""
    ) -> Context:
        """What the tools say. A tool that fails or is late is named in `runs`; nothing is raised.

        `unidentified` says why the CRM could not be asked who writes: it is missing then, and not merely silent about a stranger.
        """
        limit_s = budget_s * TOOL_SHARE
        spoken = language or (identity.language if identity and identity.language else "en")
        wanted: dict[str, Awaitable[Any]] = {"knowledge": self.knowledge.search(text, spoken)}
        if identity is not None:
            wanted |= {
                "crm": self.crm.profile(identity.client_id),
                "telemetry": self.telemetry.report(identity.client_id, now),
                "cases": self.history.past_cases(identity.client_id, now, CASES_ASKED),
            }
        answers = await asyncio.gather(*(timed(tool, call, limit_s) for tool, call in wanted.items()))
        if unidentified:
            answers.append((None, ToolRun(tool="crm", ok=False, ms=0.0, error=unidentified)))
        answers = [(answer, _doubted(answer, run)) for answer, run in answers]
        found = {run.tool: answer for answer, run in answers}
        context = Context(
            profile=found.get("crm"),
            telemetry=found.get("telemetry"),
            articles=tuple(found.get("knowledge") or ()),
            past_cases=tuple(found.get("cases") or ()),
            runs=tuple(run for _, run in sorted(answers, key=lambda pair: pair[1].tool)),
        )
        return context.model_copy(update={"facts": tuple(_facts(context, now))})


async def timed(tool: str, call: Awaitable[Any], limit_s: float) -> tuple[Any, ToolRun]:
    """A tool's answer, or None, and how it went; whatever goes wrong is named and not raised."""
    began = time.perf_counter()
    answer, error = None, ""
    try:
        async with asyncio.timeout(limit_s):
            answer = await call
    except TimeoutError:
        error = "timeout"
    except MaitredError as failure:
        error = failure.code
    except Exception as failure:  # a tool's bug must not fail the run; it is named instead
        error = type(failure).__name__
    return answer, ToolRun(tool=tool, ok=not error, ms=round((time.perf_counter() - began) * 1000, 3), error=error)


def _doubted(answer: Any, run: ToolRun) -> ToolRun:
    """The run, as failed where the tool answered what facts cannot rest on: a client that it does not know, or only some of the cases."""
    if run.ok and run.tool == "crm" and answer is None:
        return run.model_copy(update={"ok": False, "error": "unknown client"})
    if run.ok and run.tool == "cases" and len(answer) >= CASES_ASKED:
        return run.model_copy(update={"ok": False, "error": "incomplete"})
    return run


def _facts(context: Context, now: datetime) -> Iterator[CitedFact]:
    if context.profile:
        yield from _client_facts(context.profile, now)
    if context.telemetry:
        yield from _telemetry_facts(context.telemetry, now)
    for case in context.past_cases[:SHOWN_CASES]:
        yield from _case_facts(case, now)
    for hit in context.articles:
        if hit.score >= RELEVANT:
            yield _article_fact(hit, now)


def _client_facts(profile: ClientProfile, now: datetime) -> Iterator[CitedFact]:
    as_of = profile.updated_at
    manager = f", account manager {profile.account_manager.name}" if profile.account_manager else ""
    yield _fact(
        f"crm:client/{profile.id}",
        f"{profile.name}, {profile.segment} client in {profile.industry} ({profile.country}){manager}",
        "crm",
        as_of,
        now,
    )
    if contract := profile.contract:
        renewal = f", renews on {contract.renews_on}" if contract.renews_on else ""
        terms = f"{contract.tier} contract, {contract.status}, {contract.annual_value:,.0f} {contract.currency} a year{renewal}"
        yield _fact(f"crm:contract/{contract.id}", terms, "crm", as_of, now)
    overdue = [one for one in profile.invoices if one.paid_on is None and one.due_on < now.date() and one.amount > 0]
    if overdue:
        amounts = {code: sum(one.amount for one in overdue if one.currency == code) for code in sorted({one.currency for one in overdue})}
        total = " and ".join(f"{amount:,.2f} {code}" for code, amount in amounts.items())
        late = "1 overdue invoice" if len(overdue) == 1 else f"{len(overdue)} overdue invoices"
        yield _fact(f"crm:invoices/{profile.id}", f"{late}, {total}", "crm", as_of, now)


def _telemetry_facts(report: TelemetryReport, now: datetime) -> Iterator[CitedFact]:
    top = f", most often {report.top_error}" if report.top_error else ""
    errors = f"{report.errors_24h:,} of {report.calls_24h:,} API calls failed in 24 hours{top}"
    yield _fact(f"telemetry:{report.client_id}/errors", errors, "telemetry", report.measured_at, now)
    for incident in report.incidents:
        if incident.ended_at is None:
            text = f"Open incident: {incident.title} (severity {incident.severity}, {incident.component})"
            yield _fact(f"telemetry:incident/{incident.id}", text, "telemetry", incident.started_at, now)


def _case_facts(case: PastCase, now: datetime) -> Iterator[CitedFact]:
    state = f"resolved: {case.outcome}" if case.resolved_at else "still open"
    yield _fact(f"cases:{case.id}", f"{case.subject} ({case.opened_at:%Y-%m-%d}, {state})", "cases", case.opened_at, now)
    for promise in case.promises:
        yield _fact(f"cases:{case.id}/promise", f"Promised and still open: {promise}", "cases", case.opened_at, now)


def _article_fact(hit: ArticleHit, now: datetime) -> CitedFact:
    updated = datetime.combine(hit.article.updated_on, clock(), UTC)
    return _fact(f"kb:{hit.article.id}", hit.article.title, "knowledge", updated, now)


def _fact(identifier: str, text: str, source: str, as_of: datetime, now: datetime) -> CitedFact:
    return CitedFact(id=identifier, text=text, source=source, as_of=as_of, age_s=max(0, int((now - as_of).total_seconds())))
