"""Similar cases: the client's own, and none of a region that the reader does not belong to."""

from __future__ import annotations

from stores.similar import PgSimilarCases
from tests.desk.house import LEGAL, House

HUMAN = "I want to speak to a human being about how I share a dashboard."


async def test_a_reader_of_a_region_sees_similar_cases_of_that_region_alone(house: House) -> None:
    first, second = await house.post("How do I share a dashboard?"), await house.post(LEGAL)
    found = await house.views.case(first.case_id)
    assert found is not None
    client, region = found.case["client_id"], found.case["region"]
    similar = PgSimilarCases(house.stores.database)
    assert [one.id for one in await similar.like(client, "how_to", second.case_id, None, 5)] == [first.case_id]
    assert [one.id for one in await similar.like(client, "how_to", second.case_id, region, 5)] == [first.case_id]
    elsewhere = "us" if region != "us" else "eu"
    assert await similar.like(client, "how_to", second.case_id, elsewhere, 5) == []


async def test_the_same_intent_comes_first_then_a_signal_in_common_then_what_is_new(house: House) -> None:
    posted = [await house.post(text) for text in (HUMAN, "Our SFTP key expires on Friday, who renews it?", "How do I share a dashboard?")]
    now = await house.post("How do I invite a colleague?")
    found = await house.views.case(now.case_id)
    assert found is not None
    client = found.case["client_id"]
    similar = PgSimilarCases(house.stores.database)

    async def order(intent: str, *signals: str) -> list[int]:
        told = await similar.like(client, intent, now.case_id, None, 5, signals)
        return [[one.case_id for one in posted].index(one.id) for one in told]

    [asked] = await similar.like(client, "", now.case_id, None, 1, ("human_request",))
    assert asked.signals == ("human_request",)
    assert await order("how_to", "human_request") == [0, 2, 1]
    assert await order("no_such_intent", "human_request") == [0, 2, 1]
    assert await order("integration", "human_request") == [1, 0, 2]
    assert await order("no_such_intent") == [2, 1, 0]
