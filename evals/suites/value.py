"""Value: is what a client is worth estimated as documented, does it move the right way, and is a person asked when it is unclear?"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

from agents.value_estimator import UNKNOWN, value_of
from domain.client import ClientProfile, Contract, Invoice
from domain.errors import InvalidInput
from domain.facts import ContractStatus, ContractTier, Mode, Region, Segment
from domain.value import ValueEstimate
from evals.case import EvalCase
from evals.datasets import read
from evals.house import DAY, NOTHING, Changes, House
from evals.scoring.value_relations import RELATIONS, STRANGER, THROUGH_THE_GRAPH
from evals.suite import Answer, Judgement, Metric, Suite
from tools.world.generator import generate
from tools.world.invoices import month_before

CLIENTS_A_RELATION, CLIENTS_COVERED = 8, 60
YEAR = 12
WITHIN, WITHIN_SCORE = 0.001, 0.0011
NOMINAL = 0.8
GUARD = "value-straddles"
Estimate = Callable[[ClientProfile, datetime], ValueEstimate]

METRICS = (
    Metric(name="formula_right", says="The estimate is the one that was computed by hand from the documented formula.", goal=1.0),
    Metric(name="relation_holds", says="A change of the record moves the estimate only the way that it may.", goal=1.0),
    Metric(
        name="covered",
        says="The interval, made from what was known a year ago, holds what was then billed in the year (nominal: 80 %).",
        goal=NOMINAL,
    ),
    Metric(
        name="asks_at_border", says="Where the interval reaches into the strategic tier and work is impaired, a lead is asked.", goal=1.0
    ),
    Metric(
        name="calm_off_border",
        says="Where the interval stays clear of the strategic tier, no lead is asked because of the value.",
        goal=1.0,
    ),
    Metric(name="parts_are_score", says="The drivers that a lead sees add up to the score, and the interval holds the estimate.", goal=1.0),
)


@cache
def _clients() -> tuple[ClientProfile, ...]:
    return tuple(
        one
        for one in generate(DAY).clients
        if one.contract and one.contract.status is ContractStatus.ACTIVE and len(one.invoices) == 2 * YEAR and one.contract.annual_value > 0
    )


def cases(seed: int) -> list[EvalCase]:
    """Sums by hand and borders from the data file; relations and a year looked back on, on clients that the seed draws."""
    chance = random.Random(f"value-{seed}")  # noqa: S311 - repeatable, no secret
    drawn = [(name, one) for name in RELATIONS for one in chance.sample(_clients(), CLIENTS_A_RELATION)]
    looked_back = chance.sample(_clients(), CLIENTS_COVERED)
    return [
        *read("value"),
        *(_case(seed, f"value-relation-{name.replace(' ', '-')}-{one.id}", "relation", one, relation=name) for name, one in drawn),
        *(_case(seed, f"value-year-{one.id}", "a year back", one, hidden=YEAR) for one in looked_back),
    ]


def _case(seed: int, identifier: str, kind: str, client: ClientProfile, **more: Any) -> EvalCase:
    tier = client.contract.tier if client.contract else ContractTier.NONE
    return EvalCase(
        id=identifier,
        source=f"family:value@{seed}",
        licence="Apache-2.0",
        slices={"kind": kind, "tier": tier, "region": client.region, **({"relation": more["relation"]} if "relation" in more else {})},
        input={"client": client.id, **more},
        gold={"holds": RELATIONS[more["relation"]].says} if "relation" in more else {"covers": "what was billed in the hidden months"},
        group=client.id,
    )


def answers_with(estimate: Estimate) -> Callable[[House, EvalCase], Any]:
    """What an estimator says of a case's record, or of the record before and after a change; the graph's route where people matter."""

    async def answer(house: House, case: EvalCase) -> Answer:
        given = case.input
        if "messages" in given:
            return await _routed(house, case)
        if "record" in given:
            profile = profile_of(given["record"], date.fromisoformat(given["today"]))
            return _said({"estimate": estimate(profile, _morning(date.fromisoformat(given["today"])))})
        profile = house.clients.get(given["client"])
        if profile is None:
            raise InvalidInput(
                f"The sample company has no client {given['client']}: the suite's clients are those of its own day and seed."
            )
        if "relation" in given:
            changed = RELATIONS[given["relation"]].change(profile, house.world.now)
            after = UNKNOWN if given["relation"] == STRANGER else estimate(changed, house.world.now)
            return _said({"estimate": estimate(profile, house.world.now), "after": after})
        known, hidden = profile.invoices[: -given["hidden"]], profile.invoices[-given["hidden"] :]
        then = _morning(hidden[0].issued_on - timedelta(days=1))
        billed = round(sum(one.amount - one.credit for one in hidden), 2)
        return _said({"estimate": estimate(profile.model_copy(update={"invoices": known}), then), "billed": billed})

    return answer


def _said(found: dict[str, Any]) -> Answer:
    plain = {name: one.model_dump(mode="json") if isinstance(one, ValueEstimate) else one for name, one in found.items()}
    return Answer(output=plain, models=(found["estimate"].model,))


async def _routed(house: House, case: EvalCase) -> Answer:
    if then := case.input.get("then"):
        (before,), (after,) = [await house.converse(case.input["messages"], one) for one in (NOTHING, THROUGH_THE_GRAPH[then][0])]
        said = _said({"estimate": before.value, "after": after.value})
        return said.model_copy(update={"usage": before.usage + after.usage, "ms": before.ms + after.ms})
    (outcome,) = await house.converse(case.input["messages"], Changes.model_validate(case.input.get("changes", {})))
    output = {
        "estimate": outcome.value.model_dump(mode="json"),
        "severity": outcome.facts.message.severity,
        "mode": outcome.route.mode,
        "asks": outcome.review is not None,
        "guards": [guard.id for guard in outcome.verdict.guards],
    }
    return Answer(output=output, models=outcome.models, usage=outcome.usage, ms=outcome.ms)


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def profile_of(record: dict[str, Any], today: date) -> ClientProfile:
    """A client with only what the formula reads. Invoices are amount and credit, a month apart, the last one this month."""
    bought, last = record.get("contract"), int(record.get("last_months_ago", 0))
    bills = [(float(amount), float(credit)) for amount, credit in record["invoices"]]
    return ClientProfile(
        id="by-hand",
        name="By Hand",
        region=Region.EU,
        country="DE",
        language="en",
        segment=Segment(record["segment"]),
        industry="retail",
        regulated=False,
        health=record["health"],
        account_manager=None,
        contract=Contract(
            id="contract-1",
            tier=ContractTier.GOLD,
            status=ContractStatus(bought["status"]),
            annual_value=bought["annual_value"],
            currency="EUR",
            starts_on=today - timedelta(days=1000),
            renews_on=today + timedelta(days=bought["renews_in_days"]),
        )
        if bought
        else None,
        contacts=(),
        invoices=tuple(_bill(month_before(today, len(bills) - 1 - place + last), *amounts) for place, amounts in enumerate(bills)),
        updated_at=_morning(today),
    )


def _bill(issued: date, amount: float, credit: float) -> Invoice:
    due = issued + timedelta(days=30)
    return Invoice(id=f"bill-{issued:%Y%m}", issued_on=issued, due_on=due, paid_on=due, amount=amount, currency="EUR", credit=credit)


def judge(case: EvalCase, answered: Answer) -> Judgement:
    """By the kind of the case: against a sum, a relation, a year's bills, or a border."""
    output, estimate = answered.output, ValueEstimate.model_validate(answered.output["estimate"])
    fault = _unsound(estimate)
    values = {"parts_are_score": float(not fault)}
    if "record" in case.input:
        name, wrong = "formula_right", _differs(case.gold, estimate)
    elif "relation" in case.input:
        name, wrong = "relation_holds", RELATIONS[case.input["relation"]].fault(estimate, ValueEstimate.model_validate(output["after"]))
    elif "then" in case.input:
        name, wrong = "relation_holds", THROUGH_THE_GRAPH[case.input["then"]][1](estimate, ValueEstimate.model_validate(output["after"]))
    elif "hidden" in case.input:
        inside = estimate.low <= output["billed"] <= estimate.high
        name, wrong = (
            "covered",
            "" if inside else f"{output['billed']:,.0f} was billed, outside {estimate.low:,.0f} to {estimate.high:,.0f}",
        )
    else:
        name, wrong = ("asks_at_border" if case.gold["asks"] else "calm_off_border"), _border_fault(case.gold["asks"], output)
    values[name] = float(not wrong)
    dangerous = name == "asks_at_border" and output["mode"] == Mode.AI
    return Judgement(passed=not wrong and not fault, values=values, dangerous=dangerous, why="; ".join(filter(None, (wrong, fault))))


def _unsound(estimate: ValueEstimate) -> str:
    total = sum(driver.contribution for driver in estimate.drivers)
    if estimate.drivers and abs(total - estimate.score) > WITHIN_SCORE:
        return f"the drivers add up to {total:.4f} and the score is {estimate.score:.4f}"
    return "" if estimate.low <= estimate.at_stake <= estimate.high else "the interval does not hold the estimate"


def _differs(gold: dict[str, Any], estimate: ValueEstimate) -> str:
    wrong = [
        f"{name} is {getattr(estimate, name):,.4f} and should be {gold[name]:,.4f}"
        for name in ("at_stake", "low", "high", "score", "confidence")
        if abs(getattr(estimate, name) - gold[name]) > max(WITHIN * abs(gold[name]), WITHIN_SCORE)
    ]
    return "; ".join(wrong)


def _border_fault(should_ask: bool, output: dict[str, Any]) -> str:
    asked = GUARD in output["guards"] and output["asks"] and output["mode"] != Mode.AI
    if should_ask and not asked:
        return f"nobody was asked: mode {output['mode']}, severity {output['severity']}, at most {output['estimate']['high']:,.0f} at stake"
    return f"a lead was asked although at most {output['estimate']['high']:,.0f} is at stake" if asked and not should_ask else ""


SUITE = Suite(
    name="value",
    asks="Is what a client is worth estimated as documented, does it move the right way, and is a person asked when it is unclear?",
    metrics=METRICS,
    cases=cases,
    answer=answers_with(value_of),
    judge=judge,
)
