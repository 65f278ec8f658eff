"""Rulings become candidate cases once, without anything personal, and people decide what becomes of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest
import pytest_asyncio

from desk.eval_candidates import EvalCandidates, Looker
from domain.access import ApiKey
from domain.client import ClientProfile, Person
from domain.errors import Conflict, InvalidInput, NotFound, StaleObject, ToolFailed
from domain.eval_candidate import CandidateQuery, CandidateStatus, ChangedRuling, Cleaned, Label
from domain.facts import Mode
from domain.review import Ruling, RulingAction
from domain.views import LedgerQuery
from evals.production.deidentification import RulingsCleaner
from stores.eval_candidates import PgCandidateViews, PgChangedRulings
from tests.desk.house import LEAD, LEGAL, House

pytestmark = pytest.mark.asyncio(loop_scope="module")
SIGNED = f"{LEGAL} Write to cto@northwind.example, not to Northwinds lawyers. It cost EUR 123,456."
ROUNDS = 50
RULED = Ruling(action=RulingAction.REJECT, actor=LEAD.actor, reason="Northwind is in court with us.", ruled_at=datetime.now(UTC))


@pytest_asyncio.fixture(loop_scope="module")
async def desk(shared_house: House) -> EvalCandidates:
    return desk_of(shared_house)


def desk_of(house: House) -> EvalCandidates:
    database = house.stores.database
    return EvalCandidates(
        store=database,
        rulings=PgChangedRulings(database),
        views=PgCandidateViews(database),
        crm=house.deps.gatherer.crm,
        policies=house.deps.policies,
        deidentifier=RulingsCleaner(),
        clock=house.clock,
    )


async def ruled(house: House, action: RulingAction = RulingAction.REJECT, text: str = SIGNED) -> ChangedRuling:
    """A message that waits for a lead, and what the lead rules."""
    accepted = await house.post(text)
    row = await house.case(accepted)
    assert row.review is not None
    await house.reviews.rule(row.review["id"], RULED.model_copy(update={"action": action}), LEAD, row.review["revision"], "req")
    found = await PgChangedRulings(house.stores.database).of(accepted.case_id, accepted.turn)
    if found is None:
        pytest.skip("this ruling changed nothing") if action is RulingAction.APPROVE else pytest.fail("no ruling was found")
    return found


async def test_a_ruling_becomes_one_candidate_without_a_name_in_it(shared_house: House, desk: EvalCandidates) -> None:
    changed = await ruled(shared_house)
    await desk.collect()
    candidate = await desk.one(changed.candidate_id)
    assert candidate.status is CandidateStatus.PROPOSED
    kept = orjson.dumps(candidate.model_dump(mode="json", exclude={"case_id", "review_id", "ruled_by"})).decode().casefold()
    assert "northwind" not in kept
    assert "cto@" not in kept
    assert candidate.input["messages"][0]["text"].endswith("Write to {email-1}, not to {client}s lawyers. It cost EUR 120000.")
    assert candidate.why == "{client} is in court with us."
    assert candidate.gold["mode"] == Mode.HUMAN
    assert candidate.slices["ruling"] == "reject"


async def test_collecting_again_and_in_two_desks_at_once_changes_nothing(shared_house: House, desk: EvalCandidates) -> None:
    changed = [await ruled(shared_house), await ruled(shared_house)]
    both = await asyncio.gather(desk.collect(), desk_of(shared_house).collect())
    assert sum(one.new for one in both) == len(changed)
    again = await desk.collect()
    assert (again.new, again.seen) == (0, 0)
    for one in changed:
        assert (await shared_house.kinds(one.turn.case_id)).count("eval.candidate_collected") == 1
        assert await shared_house.count("eval_candidates", one.turn.case_id) == 1


async def test_eight_desks_that_keep_one_candidate_at_once_keep_it_once(shared_house: House, desk: EvalCandidates) -> None:
    changed = await ruled(shared_house)
    await desk.collect()
    known = await desk.one(changed.candidate_id)
    database = shared_house.stores.database

    async def keep(turn: int) -> int | None:
        async with database.transaction() as tx:
            return await tx.candidates.put(known.model_copy(update={"id": f"{known.id}-{turn}", "turn": turn}))

    for turn in range(100, 100 + ROUNDS):
        kept = await asyncio.gather(*(keep(turn) for _ in range(8)))
        assert sorted(kept, key=str) == [1, *[None] * 7]


async def test_an_approval_of_the_proposal_itself_teaches_nothing(shared_house: House, desk: EvalCandidates) -> None:
    accepted = await shared_house.post(LEGAL)
    row = await shared_house.case(accepted)
    assert row.review is not None
    approved = RULED.model_copy(update={"action": RulingAction.APPROVE})
    await shared_house.reviews.rule(row.review["id"], approved, LEAD, row.review["revision"], "req")
    row = await shared_house.case(accepted)
    assert row.decision is not None
    found = await PgChangedRulings(shared_house.stores.database).of(accepted.case_id, accepted.turn)
    assert (found is not None) == row.decision["overruled"]


async def test_what_is_still_personal_is_held_back_and_collected_when_it_is_clean(shared_house: House, desk: EvalCandidates) -> None:
    class Careless(RulingsCleaner):
        def clean(self, changed: ChangedRuling, profile: ClientProfile | None, staff: Sequence[Person], digits: int) -> Cleaned:
            return super().clean(changed, profile, staff, digits).model_copy(update={"left": "contact"})

    changed = await ruled(shared_house)
    careless = replace(desk, deidentifier=Careless())
    first, second = await careless.collect(), await careless.collect()
    assert (first.new, second.new) == (1, 0)
    held = await desk.one(changed.candidate_id)
    assert (held.status, held.input, held.gold, held.why) == (CandidateStatus.HELD, {}, {}, "")
    assert "contact" in held.held_because
    with pytest.raises(Conflict, match="held back"):
        await desk.accept(held.id, "Ada", "It is fine.")
    assert (await desk.collect()).new == 1
    assert (await desk.one(held.id)).status is CandidateStatus.PROPOSED


async def test_a_record_of_another_form_is_counted_and_stops_nothing(shared_house: House, desk: EvalCandidates) -> None:
    old, new = await ruled(shared_house), await ruled(shared_house)
    async with shared_house.stores.database.connection() as connection:
        await connection.execute("update decisions set record = '{}' where case_id = $1", old.turn.case_id)
    done = await desk.collect()
    assert (done.unreadable, done.new) == (1, 1)
    assert (await desk.one(new.candidate_id)).status is CandidateStatus.PROPOSED
    async with shared_house.stores.database.connection() as connection:
        await connection.execute("delete from decisions where case_id = $1", old.turn.case_id)


async def test_without_the_clients_record_nothing_is_stored(shared_house: House, desk: EvalCandidates) -> None:
    class Away:
        async def profile(self, client_id: str) -> ClientProfile | None:
            raise ToolFailed(f"The CRM does not answer for {len(client_id)} letters.")

    changed = await ruled(shared_house)
    crm = desk.crm
    away = replace(desk, crm=type("Crm", (), {"profile": Away().profile, "identify": crm.identify, "clients": crm.clients})())
    await away.collect()
    held = await desk.one(changed.candidate_id)
    assert (held.status, held.input) == (CandidateStatus.HELD, {})
    assert "CRM" in held.held_because
    await desk.collect()
    assert (await desk.one(changed.candidate_id)).input["messages"]


async def test_people_label_accept_and_reject_and_the_ledger_says_who(shared_house: House, desk: EvalCandidates) -> None:
    one, other = await ruled(shared_house), await ruled(shared_house)
    await desk.collect()
    label = Label(gold={"mode": "hybrid"}, slices={"theme": "court"}, note="A lawyer writes.", by="Ada")
    await desk.label(one.candidate_id, label)
    accepted = await desk.accept(one.candidate_id, "Ada", "A lawyer always goes to people.")
    rejected = await desk.reject(other.candidate_id, "Ada", "It is the same as another one.")
    assert (accepted.status, accepted.decided_by, accepted.revision) == (CandidateStatus.ACCEPTED, "person:Ada", 3)
    assert (await desk.one(other.candidate_id)).status is CandidateStatus.REJECTED
    entries = await shared_house.views.entries(LedgerQuery(case_id=one.turn.case_id, limit=100))
    told = [(entry["kind"], entry["actor"]) for entry in entries if entry["kind"].startswith("eval.")]
    assert told == [
        ("eval.candidate_collected", "maitred:collector"),
        ("eval.candidate_labelled", "person:Ada"),
        ("eval.candidate_accepted", "person:Ada"),
    ]
    assert "northwind" not in orjson.dumps([entry["data"] for entry in entries if entry["kind"].startswith("eval.")]).decode().casefold()
    with pytest.raises(Conflict, match="did that already"):
        await desk.reject(rejected.id, "Eve", "Again.")
    assert [found.id for found in await desk.some(CandidateQuery(status=CandidateStatus.REJECTED))] == [rejected.id]


async def test_bad_words_about_a_candidate_are_refused_and_change_nothing(shared_house: House, desk: EvalCandidates) -> None:
    changed = await ruled(shared_house)
    await desk.collect()
    name = changed.candidate_id
    with pytest.raises(InvalidInput, match="names somebody or something"):
        await desk.accept(name, "Ada", "Northwind's lawyers again")
    with pytest.raises(InvalidInput, match="needs a person's name and a reason"):
        await desk.accept(name, "Ada", " ")
    with pytest.raises(InvalidInput, match="There is no pool nowhere"):
        await desk.label(name, Label(gold={"pool": "nowhere"}, by="Ada"))
    with pytest.raises(InvalidInput, match="has no colour"):
        await desk.label(name, Label(gold={"colour": "red"}, by="Ada"))
    with pytest.raises(NotFound):
        await desk.accept("evc_none", "Ada", "It is fine.")
    assert (await desk.one(name)).revision == 1


async def test_who_belongs_to_another_region_finds_no_candidate(shared_house: House, desk: EvalCandidates) -> None:
    changed = await ruled(shared_house)
    await desk.collect()
    elsewhere = Looker(ApiKey(id="k", name="k", scopes=("policies:write",), actor="person:uma", region="us"))
    assert changed.region == "eu"
    for act in (
        desk.one(changed.candidate_id, elsewhere),
        desk.label(changed.candidate_id, Label(by="uma"), elsewhere),
        desk.accept(changed.candidate_id, "uma", "Good.", elsewhere),
        desk.reject(changed.candidate_id, "uma", "Bad.", elsewhere),
    ):
        with pytest.raises(NotFound):
            await act
    assert changed.candidate_id not in {one.id for one in await desk.some(CandidateQuery(region="us"))}
    assert changed.candidate_id in {one.id for one in await desk.some(CandidateQuery(region="eu"))}
    assert (await desk.one(changed.candidate_id)).status is CandidateStatus.PROPOSED


async def test_of_two_people_who_read_the_same_state_one_decides(shared_house: House, desk: EvalCandidates) -> None:
    changed = await ruled(shared_house)
    await desk.collect()
    seen = Looker(revision=(await desk.one(changed.candidate_id)).revision)
    done = await asyncio.gather(
        desk.accept(changed.candidate_id, "ada", "A good case.", seen),
        desk.reject(changed.candidate_id, "bo", "A bad case.", seen),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in done) == ["Candidate", "StaleObject"]
    with pytest.raises(StaleObject):
        await desk.label(changed.candidate_id, Label(by="cy", note="Late."), seen)


async def test_what_is_too_long_to_be_read_is_refused(shared_house: House, desk: EvalCandidates) -> None:
    changed = await ruled(shared_house)
    await desk.collect()
    with pytest.raises(InvalidInput, match="too long"):
        await desk.accept(changed.candidate_id, "ada", "x" * 2001)
    with pytest.raises(InvalidInput, match="too long"):
        await desk.label(changed.candidate_id, Label(by="ada", slices={"theme": "x" * 2001}))
