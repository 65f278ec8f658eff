"""Pools and the people who work in them, read only."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api.deps import CaseReader, DeskDep
from api.pages import Cursor, Limit, answer, cursor_of, parts_of, problems
from api.people_bodies import AgentsOut, LanguageQuery, PlaceQuery, PoolQuery, PoolsOut, Presence, PresenceQuery, SkillQuery
from desk.people import AgentSearch, agent_view, pool_view, seen_by

router = APIRouter(prefix="/v1", tags=["people"])


@router.get("/pools", summary="List pools by id", response_model=PoolsOut, responses=problems())
async def list_pools(desk: DeskDep, key: CaseReader, region: PlaceQuery = None, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """The pools of the policy that decides, each with its load and who would be given a case. A key of one client sees none."""
    after = parts_of(cursor, str)
    policy, people = desk.reviews.policies.active(), await desk.staff.people()
    seen = seen_by(key, people)
    found = [
        (name, pool)
        for name, pool in sorted(policy.pools.items())
        if name > (after[0] if after else "") and key.sees(pool.region, None) and region in (None, pool.region)
    ]
    items = [pool_view(name, pool, people, seen) for name, pool in found[:limit]]
    next_cursor = cursor_of(items[-1]["id"]) if len(found) > limit else None
    return answer({"items": items, "policy": policy.ref.model_dump(mode="json"), "next_cursor": next_cursor})


@router.get("/agents", summary="List people by id", response_model=AgentsOut, responses=problems())
async def list_agents(
    desk: DeskDep,
    key: CaseReader,
    pool: PoolQuery = None,
    region: PlaceQuery = None,
    skill: SkillQuery = None,
    language: LanguageQuery = None,
    presence: PresenceQuery = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Who works cases in the key's region, who of them is there, and how many cases each holds. A key of one client sees nobody."""
    after = parts_of(cursor, str)
    on_shift = None if presence is None else presence is Presence.ON_SHIFT
    search = AgentSearch(pool, region, skill, language, on_shift, after[0] if after else "")
    found = [one for one in seen_by(key, await desk.staff.people()) if search.finds(one)]
    next_cursor = cursor_of(found[limit - 1]["id"]) if len(found) > limit else None
    return answer({"items": [agent_view(one) for one in found[:limit]], "next_cursor": next_cursor})
