"""Similar cases: the client's own, and none of a region that the reader does not belong to."""

from __future__ import annotations

from stores.similar import PgSimilarCases
from tests.desk.house import LEGAL, House


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
