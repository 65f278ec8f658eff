"""Sums, relations, a year looked back on, and borders: each can fail, and a broken estimator shows which."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from agents.value_estimator import (
    COVERAGE,
    DECAY_DAYS,
    RENEWAL_WINDOW_DAYS,
    SCORE_MIDDLE,
    SCORE_STEEPNESS,
    SEGMENT_SHARE,
    value_of,
)
from domain.client import ClientProfile
from domain.facts import Segment
from domain.value import ValueEstimate
from evals.case import EvalCase
from evals.house import House
from evals.scoring.value_relations import RELATIONS
from evals.suite import Judgement
from evals.suites.value import answers_with, cases, judge

Estimate = Callable[[ClientProfile, datetime], ValueEstimate]
CASES = cases(7)


def scaled(factor: Callable[[ClientProfile], float], **fields: float) -> Estimate:
    """The right estimate, bent."""

    def broken(profile: ClientProfile, now: datetime) -> ValueEstimate:
        right, by = value_of(profile, now), factor(profile)
        amounts = {name: getattr(right, name) * by for name in ("low", "at_stake", "high")}
        return right.model_copy(update={**amounts, **fields})

    return broken


BROKEN: dict[str, tuple[Estimate, str]] = {
    "revenue counts against a client": (
        scaled(lambda one: 1e9 / max(1.0, one.contract.annual_value if one.contract else 1.0) ** 2),
        "more revenue",
    ),
    "notice ends the value": (scaled(lambda one: 0.1 if one.contract and one.contract.status == "notice" else 1.0), "notice"),
    "credits are counted twice, as income": (scaled(lambda one: 1 + sum(bill.credit for bill in one.invoices)), "credited"),
    "fewer bills, more trust": (
        lambda one, now: value_of(one, now).model_copy(update={"confidence": 1 / (1 + len(one.invoices))}),
        "short history",
    ),
    "names matter": (scaled(lambda one: float(len(one.name))), "other name"),
    "illness lowers the score": (lambda one, now: value_of(one, now).model_copy(update={"score": one.health / 2}), "health drops"),
}


async def judged(house: House, estimate: Estimate, kind: str, name: str = "") -> list[tuple[EvalCase, Judgement]]:
    answer = answers_with(estimate)
    chosen = [one for one in CASES if one.slices["kind"] == kind and one.slices.get("relation", "") == name and "messages" not in one.input]
    return [(one, judge(one, await answer(house, one))) for one in chosen]


async def test_sums_by_hand_agree_with_the_estimator(house: House) -> None:
    found = await judged(house, value_of, "formula")
    assert len(found) >= 20
    assert [(one.input["what"], judgement.why) for one, judgement in found if not judgement.passed] == []


async def test_an_estimator_that_is_one_percent_off_fails_every_sum_with_money_in_it(house: House) -> None:
    found = await judged(house, scaled(lambda one: 1.01), "formula")
    assert all(not judgement.passed for one, judgement in found if one.gold["at_stake"] > 0)


@pytest.mark.parametrize(("estimate", "relation"), BROKEN.values(), ids=list(BROKEN))
async def test_a_broken_estimator_breaks_its_relation(house: House, estimate: Estimate, relation: str) -> None:
    found = await judged(house, estimate, "relation", relation)
    assert [judgement.values["relation_holds"] for _, judgement in found] == [0.0] * len(found)
    assert found


@pytest.mark.parametrize("relation", sorted(set(RELATIONS) - {"ended"}))
async def test_the_shipped_estimator_keeps_each_relation(house: House, relation: str) -> None:
    found = await judged(house, value_of, "relation", relation)
    assert [judgement.why for _, judgement in found if not judgement.values["relation_holds"]] == []


async def test_an_interval_that_is_a_point_covers_nobody_and_one_without_end_everybody(house: House) -> None:
    def point(one: ClientProfile, now: datetime) -> ValueEstimate:
        right = value_of(one, now)
        return right.model_copy(update={"low": right.at_stake, "high": right.at_stake})

    narrow = await judged(house, point, "a year back")
    wide = await judged(house, lambda one, now: value_of(one, now).model_copy(update={"low": 0.0, "high": 1e12}), "a year back")
    assert sum(judgement.values["covered"] for _, judgement in narrow) == 0
    assert all(judgement.values["covered"] for _, judgement in wide)


async def test_drivers_that_are_not_the_score_are_seen(house: House) -> None:
    found = await judged(
        house, lambda one, now: value_of(one, now).model_copy(update={"drivers": value_of(one, now).drivers[1:]}), "formula"
    )
    assert any(not judgement.values["parts_are_score"] for _, judgement in found)


@pytest.mark.parametrize("kind", ["border", "clear of the border"])
async def test_a_person_is_asked_at_the_border_and_only_there(house: House, kind: str) -> None:
    answer = answers_with(value_of)
    for one in [one for one in CASES if one.slices["kind"] == kind][:3]:
        answered = await answer(house, one)
        assert judge(one, answered).passed, judge(one, answered).why
        other = answered.model_copy(
            update={"output": {**answered.output, "guards": [] if kind == "border" else ["value-straddles"], "asks": True}}
        )
        assert not judge(one, other).passed


async def test_a_crm_that_is_down_leaves_the_estimate_less_sure(house: House) -> None:
    (one, *_) = [one for one in CASES if one.input.get("then") == "CRM down"]
    answered = await answers_with(value_of)(house, one)
    assert judge(one, answered).passed
    sure = {**answered.output, "after": answered.output["estimate"]}
    assert not judge(one, answered.model_copy(update={"output": sure})).passed


def test_the_page_on_suites_states_the_formula_as_it_is() -> None:
    page = (Path(__file__).parents[3] / "docs/reference/eval-suites.md").read_text(encoding="utf-8")
    for stated in (
        f"/ {DECAY_DAYS:.0f})",
        f"{SCORE_STEEPNESS} × (ln(at stake) − {SCORE_MIDDLE})",
        f"±{COVERAGE} spread",
        f"at most {RENEWAL_WINDOW_DAYS} days away",
        f"{SEGMENT_SHARE[Segment.ENTERPRISE]} for\n   an enterprise or {SEGMENT_SHARE[Segment.MID_MARKET]} for a mid-market",
    ):
        assert stated in page
