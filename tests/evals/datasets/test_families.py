"""Families: the same seed gives the same cases, another seed others, and each is about what its name says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import pytest

from evals.case import EvalCase
from evals.datasets.families import FAMILIES, contradictions, outages, senders, spikes, turns, twins
from evals.datasets.families.company import company
from evals.datasets.families.scene import texts
from evals.house import Changes
from evals.scoring.wanted import DESK_LANGUAGES, LONG

MANY = 96
Family = Callable[[int, int], list[EvalCase]]
ALL: tuple[Family, ...] = (*FAMILIES, senders.cases)


def names(family: Family) -> str:
    return family.__module__.rpartition(".")[2]


@pytest.mark.parametrize("family", ALL, ids=names)
def test_a_seed_decides_everything(family: Family) -> None:
    first, again, other = family(7, MANY), family(7, MANY), family(8, MANY)
    assert [case.digest for case in first] == [case.digest for case in again]
    assert family(7, 10) == first[:10]
    assert len(first) == len({case.id for case in first}) == MANY
    assert sum(one.input == two.input for one, two in zip(first, other, strict=True)) < MANY / 8
    assert not {case.id for case in first} & {case.id for case in other}
    assert {case.source for case in first} == {f"family:{names(family)}@7"}


def kinds(cases: list[EvalCase]) -> Counter[str]:
    return Counter(case.slices["kind"].partition(": ")[2] for case in cases)


def test_spikes_fill_desks_of_the_clients_own_region() -> None:
    cases = spikes.cases(1, MANY)
    assert set(kinds(cases)) == set(spikes.FULL)
    for case in cases:
        pools = Changes.model_validate(case.input["changes"]).load["pools"]
        assert {name.partition("-")[0] for name in pools} == {case.slices["region"]}
        assert all(pool["available"] == 0 < pool["capacity"] < pool["open"] for pool in pools.values())


def test_partial_outages_take_tools_away_or_add_an_incident() -> None:
    cases = outages.cases(1, MANY)
    assert set(kinds(cases)) == {*outages.SILENT, outages.INCIDENT}
    for case in cases:
        changes = Changes.model_validate(case.input["changes"])
        assert bool(changes.tools_down or changes.tools_slow) is not bool(changes.telemetry)
        if "crm" in changes.tools_down:
            assert "tier" not in case.gold["wanted"] or case.gold["wanted"]["tier"] is None


def test_conversations_are_harmless_before_they_turn() -> None:
    cases = turns.cases(1, MANY)
    openings = {words for spoken in turns.OPENINGS.values() for words in spoken}
    for case in cases:
        *before, last = [message["text"] for message in case.input["messages"]]
        kind = case.slices["kind"].partition(": ")[2]
        if kind == turns.CALMS_DOWN:
            assert (len(before), last in turns.AFTERWARDS.values(), "ai" in case.gold["wanted"]["modes"]) == (1, True, False)
        else:
            assert set(before) <= openings
        if kind == turns.TURNS_DANGEROUS:
            assert before
            assert case.dangerous
        if kind == turns.GOES_ON:
            assert len(before) + 1 >= LONG - 1
    assert {len(case.input["messages"]) >= LONG for case in cases if turns.GOES_ON in case.slices["kind"]} == {True, False}


def test_mixed_messages_hold_a_written_message_and_something_else() -> None:
    mixed = next(family for family in FAMILIES if names(family) == "mixed")
    written = {one.text for one in texts()}
    for case in mixed(1, MANY):
        text = case.input["messages"][0]["text"]
        assert any(one in text and len(one) < len(text) for one in written)
        assert set(case.gold["wanted"].get("languages", [])) <= DESK_LANGUAGES


def test_contradictions_take_every_kind_in_turn() -> None:
    cases = contradictions.cases(1, 2 * len(contradictions.KINDS))
    assert set(kinds(cases).values()) == {2}


def test_twins_stand_beside_each_other_on_both_sides() -> None:
    cases = twins.cases(1, 2 * len(twins.LINES))
    pairs = [(one, two) for one, two in pairwise(cases) if one.group == two.group]
    assert len(pairs) == len(twins.LINES)
    for below, above in pairs:
        assert below.input["messages"][-1]["text"] == above.input["messages"][-1]["text"]
        assert (below.slices["kind"].endswith("before"), above.slices["kind"].endswith("beyond")) == (True, True)
        assert len(above.gold["wanted"]["modes"]) < len(below.gold["wanted"]["modes"])


def test_senders_of_every_spelling_come_and_lookalikes_are_nobodys_address() -> None:
    cases = senders.cases(1, 300)
    assert {case.slices["spelling"] for case in cases} >= {*senders.OWN, *senders.NOT_OWN, *senders.STRANGE}
    own = {contact.email.lower() for client in company().world.clients for contact in client.contacts}
    domains = {domain for client in company().world.clients for domain in client.domains}
    for case in cases:
        address = (case.input["sender"].get("email") or "").lower()
        if case.gold["lookalike"]:
            assert address not in own
            assert address.rpartition("@")[2] not in domains
    assert sum(len(case.gold["clients"]) > 1 for case in cases) >= 4
