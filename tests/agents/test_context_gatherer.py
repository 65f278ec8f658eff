"""Four tools side by side; what is missing is named, what is found has source and age."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest

from agents.context_gatherer import CASES_ASKED, ContextGatherer
from domain.errors import ToolFailed
from tests.agents.examples import ARTICLE, CASE, CONTEXT, NOW, profile, turn
from tools.case_history import EmbeddedCaseHistory

WHO = turn("Hello").identity


class Tool:
    """Answers every call with one thing, after a while."""

    def __init__(self, answer: Any, after_s: float = 0.0) -> None:
        self._answer, self._after_s = answer, after_s

    def __getattr__(self, name: str) -> Any:
        async def call(*_: Any) -> Any:
            await asyncio.sleep(self._after_s)
            if isinstance(self._answer, Exception):
                raise self._answer
            return self._answer

        return call


def gatherer(**instead: Any) -> ContextGatherer:
    """Tools that all answer, less those that are given."""
    tools: dict[str, Any] = {
        "crm": Tool(profile()),
        "telemetry": Tool(None),
        "knowledge": Tool(list(CONTEXT.articles)),
        "history": Tool([CASE]),
    }
    return ContextGatherer(**(tools | instead))


async def test_every_fact_has_an_id_a_source_and_an_age() -> None:
    context = await gatherer().gather(WHO, "The export failed.", "en", NOW, 1.0)
    facts = {fact.id: fact for fact in context.facts}
    assert facts["crm:contract/778"].source == "crm"
    assert facts["crm:contract/778"].age_s == 7_200
    assert facts["cases:case_0"].age_s == 9 * 86_400
    assert "A fix by the end of November" in facts["cases:case_0/promise"].text
    assert facts[f"kb:{ARTICLE.id}"].source == "knowledge"
    assert not context.missing


async def test_overdue_invoices_are_added_by_currency() -> None:
    overdue = {"due_on": NOW.date() - timedelta(days=3), "paid_on": None}
    euro, yen = (profile(monthly=monthly, currency=code).invoices[-2:] for monthly, code in ((500.0, "EUR"), (700_000.0, "JPY")))
    bills = tuple(one.model_copy(update=overdue) for one in (*yen, *euro))
    for invoices, text in (
        (bills[2:3], "1 overdue invoice, 500.00 EUR"),
        (bills, "4 overdue invoices, 1,000.00 EUR and 1,400,000.00 JPY"),
    ):
        context = await gatherer(crm=Tool(profile(invoices=invoices))).gather(WHO, "Hello", "en", NOW, 1.0)
        assert [fact.text for fact in context.facts if fact.id == "crm:invoices/northwind"] == [text]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [(Tool(None, after_s=5.0), "timeout"), (Tool(ToolFailed("down")), ToolFailed.code), (Tool(ValueError("bug")), "ValueError")],
    ids=["slow", "down", "buggy"],
)
async def test_one_bad_tool_is_named_and_costs_nothing_but_itself(broken: Tool, reason: str) -> None:
    began = time.monotonic()
    context = await gatherer(crm=broken).gather(WHO, "The export failed.", "en", NOW, 0.4)
    assert time.monotonic() - began < 2.0
    assert context.missing == ("crm",)
    assert [run.error for run in context.runs if not run.ok] == [reason]
    assert context.profile is None
    assert context.articles
    assert context.past_cases


async def test_tools_are_asked_side_by_side() -> None:
    slow = {name: Tool(answer, after_s=0.3) for name, answer in (("crm", profile()), ("telemetry", None), ("history", [CASE]))}
    began = time.monotonic()
    context = await gatherer(**slow, knowledge=Tool(list(CONTEXT.articles), after_s=0.3)).gather(WHO, "Hello", "en", NOW, 2.0)
    assert time.monotonic() - began < 0.9
    assert not context.missing


async def test_who_could_not_be_looked_up_is_no_mere_stranger() -> None:
    context = await gatherer().gather(None, "The export failed.", "en", NOW, 1.0, unidentified="timeout")
    assert context.missing == ("crm",)
    assert [(run.tool, run.error) for run in context.runs if not run.ok] == [("crm", "timeout")]


async def test_a_client_whom_the_crm_does_not_know_is_no_harmless_one() -> None:
    context = await gatherer(crm=Tool(None)).gather(WHO, "The export failed.", "en", NOW, 1.0)
    assert context.missing == ("crm",)
    assert [run.error for run in context.runs if not run.ok] == ["unknown client"]


async def test_what_is_counted_is_asked_for_whole_and_said_to_be_cut_when_it_is() -> None:
    cases = [CASE.model_copy(update={"id": f"case_{number}"}) for number in range(CASES_ASKED + 5)]
    history = EmbeddedCaseHistory({WHO.client_id if WHO else "": cases})
    cut = await gatherer(history=history).gather(WHO, "The export failed.", "en", NOW, 10.0)
    assert (cut.missing, len(cut.past_cases)) == (("cases",), CASES_ASKED)
    assert [run.error for run in cut.runs if not run.ok] == ["incomplete"]
    whole = EmbeddedCaseHistory({WHO.client_id if WHO else "": cases[: CASES_ASKED - 1]})
    assert not (await gatherer(history=whole).gather(WHO, "The export failed.", "en", NOW, 10.0)).missing


async def test_a_credit_note_is_no_overdue_invoice() -> None:
    bill = profile(monthly=500.0).invoices[-1].model_copy(update={"due_on": NOW.date() - timedelta(days=3), "paid_on": None})
    note = bill.model_copy(update={"amount": -500.0})
    context = await gatherer(crm=Tool(profile(invoices=(bill, note)))).gather(WHO, "Hello", "en", NOW, 1.0)
    assert [fact.text for fact in context.facts if fact.id == "crm:invoices/northwind"] == ["1 overdue invoice, 500.00 EUR"]


async def test_for_a_stranger_only_knowledge_is_asked() -> None:
    context = await gatherer().gather(None, "The export failed.", "en", NOW, 1.0)
    assert [run.tool for run in context.runs] == ["knowledge"]
