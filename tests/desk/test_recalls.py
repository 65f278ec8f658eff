"""Recalled cases on a real desk: listed with both versions until a lead has looked, and told once."""

from __future__ import annotations

import pytest

from desk.recalls import Recalls, recall
from domain.access import ApiKey
from domain.errors import NotFound
from domain.policy_life import Release, Stage
from domain.rollout_views import RecallQuery
from stores.recalls import PgRecallViews
from tests.desk.house import LEAD, LEGAL, House
from tests.desk.poison import forbidding_nothing, harmless
from tests.desk.rollouts import roll_out

HOW_TO = "How do I share a dashboard?"
BECAUSE = "Routes that the active version forbids: 1 of 1 (100.0 %) of the candidate; the first one is one too many."


def recalls(house: House) -> Recalls:
    return Recalls(house.deps.store, PgRecallViews(house.stores.database), house.deps.policies, house.clock)


async def taken_back(house: House, release: Release) -> None:
    """As a rollback does it."""
    house.deps.policies.serve(
        type(house.deps.policies.live)(house.deps.policies.live.active), release.model_copy(update={"candidate": None})
    )
    async with house.deps.store.transaction() as tx:
        await recall(tx, release, BECAUSE, house.clock.now(), LEAD.actor)


async def test_a_recalled_case_shows_what_was_decided_beside_what_the_active_version_would_do(house: House) -> None:
    candidate, release = await roll_out(house, forbidding_nothing(), Stage.CANARY)
    accepted = await house.post(HOW_TO)
    await taken_back(house, release)
    [shown] = await recalls(house).some(RecallQuery(name=release.name))
    assert (shown["case_id"], shown["turn"], shown["because"], shown["tier"]) == (accepted.case_id, 1, BECAUSE, "strategic")
    assert (shown["decided"]["route"]["mode"], shown["decided"]["policy"]["digest"]) == ("ai", candidate.digest)
    assert shown["active"]["route"]["mode"] in ("hybrid", "human")
    assert "mode" in {one["field"] for one in shown["differences"]}
    assert (shown["waits_for_review"], shown["seen_by"]) == (False, None)
    assert (await house.kinds(accepted.case_id)).count("policy.case_recalled") == 1


async def test_what_waits_for_a_lead_is_shown_with_both_versions_and_stays_pinned(house: House) -> None:
    candidate, release = await roll_out(house, harmless(), Stage.CANARY)
    accepted = await house.post(LEGAL)
    await taken_back(house, release)
    [shown] = await recalls(house).some(RecallQuery(name=release.name))
    assert (shown["waits_for_review"], shown["status"]) == (True, "awaiting_review")
    assert shown["decided"]["policy"]["digest"] == candidate.digest != shown["active"]["policy"]["digest"]
    assert (await house.case(accepted)).decision is None


async def test_a_lead_who_has_looked_is_named_and_the_second_changes_nothing(house: House) -> None:
    _, release = await roll_out(house, forbidding_nothing(), Stage.CANARY)
    accepted = await house.post(HOW_TO)
    await taken_back(house, release)
    other = LEAD.model_copy(update={"actor": "person:lead-2"})
    assert await recalls(house).unseen(LEAD) == {release.name: 1}
    assert await recalls(house).unseen(LEAD.model_copy(update={"region": "us"})) == {}
    for lead in (LEAD, other):
        assert [one.seen_by for one in await recalls(house).see(release.name, accepted.case_id, lead, "req_1")] == ["person:lead-1"]
    assert await recalls(house).some(RecallQuery(name=release.name)) == []
    assert await recalls(house).unseen(LEAD) == {}
    assert (await house.kinds(accepted.case_id)).count("policy.case_seen") == 1


async def test_a_key_of_another_region_or_client_does_not_learn_of_a_recall(house: House) -> None:
    _, release = await roll_out(house, forbidding_nothing(), Stage.CANARY)
    accepted = await house.post(HOW_TO)
    await taken_back(house, release)
    elsewhere: list[ApiKey] = [LEAD.model_copy(update={"region": "us"}), LEAD.model_copy(update={"client_id": "somebody-else"})]
    for key in elsewhere:
        with pytest.raises(NotFound):
            await recalls(house).see(release.name, accepted.case_id, key, "req_1")
    with pytest.raises(NotFound):
        await recalls(house).see("another-policy", accepted.case_id, LEAD, "req_1")
    assert len(await recalls(house).some(RecallQuery(name=release.name))) == 1


async def test_a_run_that_was_pinned_before_and_ends_later_is_swept_up(house: House) -> None:
    candidate, release = await roll_out(house, harmless(), Stage.CANARY)
    accepted = await house.post(LEGAL)
    async with house.stores.database.connection() as connection:
        await connection.execute("update turns set status = 'pending' where case_id = $1", accepted.case_id)
    await taken_back(house, release)
    assert await recalls(house).some(RecallQuery(name=release.name)) == []
    async with house.stores.database.connection() as connection:
        await connection.execute("update turns set status = 'waiting' where case_id = $1", accepted.case_id)
    assert await recalls(house).sweep() is False
    assert [one["case_id"] for one in await recalls(house).some(RecallQuery(name=release.name))] == [accepted.case_id]
    await recalls(house).sweep()
    assert (await house.kinds(accepted.case_id)).count("policy.case_recalled") == 1
    assert candidate.digest in house.deps.policies.digests
