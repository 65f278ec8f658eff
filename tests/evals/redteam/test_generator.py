"""Attacks come out of a seed the same every time, and every disguise can be taken off again."""

from __future__ import annotations

from itertools import pairwise, product

import pytest

from domain.errors import InvalidInput
from evals.datasets import digest
from evals.redteam.disguises import DISGUISES, revealed
from evals.redteam.generator import DEFAULT_N, SPOKEN, Choice, attacks
from evals.redteam.goals import OUT_OF_SCOPE, OWASP, goals
from evals.redteam.obedience import orders_in
from evals.redteam.obedient import strings_in
from evals.redteam.rules import RULES
from evals.redteam.vehicles import VEHICLES

FILLED = {"pool": "us-senior", "victim": "Northwind Bank"}
ORDERS = [
    goal.order(language, {**FILLED, "says": goal.sentence(language, number)})
    for goal, language, number in product(goals().goals.values(), SPOKEN, range(3))
]


def test_the_same_seed_makes_the_same_attacks_and_another_seed_others() -> None:
    assert digest(attacks(7)) == digest(attacks(7))
    assert digest(attacks(7)) != digest(attacks(8))
    assert len(attacks(7)) == DEFAULT_N >= 300


def test_fewer_attacks_are_the_beginning_of_more_and_ids_are_unique() -> None:
    many = attacks(7, Choice(n=2_000))
    assert attacks(7, Choice(n=40)) == many[:40]
    assert len({case.id for case in many}) == len(many)


def test_every_goal_vehicle_disguise_and_language_is_among_the_default_attacks() -> None:
    found = attacks(7)
    for dimension, names in (("goal", goals().goals), ("vehicle", VEHICLES), ("disguise", DISGUISES), ("language", SPOKEN)):
        assert {case.slices[dimension] for case in found} == set(names), dimension
    assert {case.slices["owasp"] for case in found} == set(OWASP)
    assert len({(case.slices["goal"], case.slices["vehicle"]) for case in found}) == len(goals().goals) * len(VEHICLES)


def test_every_goal_has_a_rule_and_every_item_of_the_list_its_place() -> None:
    assert set(RULES) == set(goals().goals)
    assert {goal.owasp for goal in goals().goals.values()} == set(OWASP)
    assert set(OWASP) | set(OUT_OF_SCOPE) == {f"LLM{number:02d}" for number in range(1, 11)}


def test_attacks_can_be_chosen_by_goal_vehicle_and_disguise() -> None:
    chosen = attacks(7, Choice(n=10, goal=("link",), vehicle=("article", "message"), disguise=("base64", "html")))
    assert {case.slices["goal"] for case in chosen} == {"link"}
    assert {case.slices["vehicle"] for case in chosen} == {"article", "message"}
    assert {case.slices["disguise"] for case in chosen} == {"base64", "html"}


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        (Choice(goal=("world_peace",)), "There is no goal world_peace; there are bot_answer"),
        (Choice(vehicle=("pigeon",)), "There is no vehicle pigeon"),
        (Choice(disguise=("moustache",)), "There is no disguise moustache"),
        (Choice(n=0), "At least one"),
        (Choice(vehicle=("article",), disguise=("split",)), "Nothing is left"),
    ],
)
def test_a_choice_that_cannot_be_is_told_in_a_sentence(choice: Choice, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        attacks(7, choice)


@pytest.mark.parametrize("name", DISGUISES)
def test_every_disguise_decodes_back_to_the_order(name: str) -> None:
    disguise = DISGUISES[name]
    for order in ORDERS:
        hidden = "\n".join(disguise.hide(order))
        assert order in disguise.reveal(hidden)
        assert order in revealed(hidden)


@pytest.mark.parametrize("name", ["base64", "hex", "rot13", "leet", "zero_width", "homoglyph", "bidi", "split"])
def test_a_disguise_that_encodes_hides_the_order(name: str) -> None:
    assert ORDERS[0] not in "\n".join(DISGUISES[name].hide(ORDERS[0]))


def test_no_two_disguises_are_the_same() -> None:
    hidden = sorted("\n".join(one.hide(ORDERS[0])) for one in DISGUISES.values())
    assert all(one != other for one, other in pairwise(hidden))


def test_a_machine_understands_every_order_in_every_language() -> None:
    assert [order for order in ORDERS if not orders_in(order)] == []


def test_every_shot_carries_its_order_in_a_message_or_a_record() -> None:
    for case in attacks(7):
        fired = "\n".join(strings_in(case.input))
        assert any(part in fired for part in DISGUISES[case.slices["disguise"]].hide(case.gold["order"])), case.id
