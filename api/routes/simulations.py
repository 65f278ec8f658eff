"""Versions of a policy side by side: what differs in their texts, and what they would do differently."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.deps import DeskDep, PolicyReader
from api.idempotent import IdempotentRoute
from api.pages import answer, problems
from api.policy_bodies import PolicyName, VersionNumber
from api.simulation_bodies import PolicyDiffOut, SimulationIn, SimulationOut
from desk.simulations import Question

router = APIRouter(prefix="/v1/policies", tags=["policies"], route_class=IdempotentRoute)

OtherVersion = Annotated[int, Path(ge=1, le=2**31 - 1, description="The number of the version that it is compared with.")]
Widenings = Annotated[
    bool,
    Query(description="Look for where the other version allows more; 429 when that takes over half a minute: ask again."),
]


@router.get(
    "/{name}/diff/{version}/{other}", summary="What changed between versions", response_model=PolicyDiffOut, responses=problems(404, 429)
)
async def diff_policy(
    name: PolicyName, version: VersionNumber, other: OtherVersion, desk: DeskDep, key: PolicyReader, widenings: Widenings = False
) -> Response:
    """From the first version to the other: the textual diff, and each changed part in a sentence with its line in both texts."""
    return answer(await desk.simulations.diff(name, version, other, key, widenings=widenings))


@router.post(
    "/{name}/versions/{version}/simulate",
    summary="What a version would change",
    response_model=SimulationOut,
    responses=problems(404, 409, 413, 415, 429),
)
async def simulate_policy(
    name: PolicyName, version: VersionNumber, desk: DeskDep, key: PolicyReader, wanted: SimulationIn | None = None
) -> Response:
    """Judge cases again by this version and by another one, without any effect: which outcomes change, worst first."""
    asked = wanted or SimulationIn()
    question = Question(against=asked.against, source=asked.source, limit=asked.limit, since=asked.since, until=asked.until)
    return answer(await desk.simulations.simulate(name, version, question, key))
