"""People and pools as the OpenAPI document shows them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from fastapi import Query
from pydantic import ConfigDict, Field

from api.client_bodies import PRINTABLE
from api.responses import PolicyRefOut, Shown
from domain.facts import Region

AGENT: dict[str, Any] = {
    "id": "agent_7",
    "name": "Ida Lindholm",
    "email": "agent_7@halyard.example",
    "regions": ["eu"],
    "pools": ["eu-senior"],
    "skills": ["export", "sso"],
    "languages": ["en", "de"],
    "presence": "on_shift",
    "shift": "08:00-17:00",
    "timezone": "Europe/Berlin",
    "capacity": 6,
    "open": 2,
    "available": True,
    "lead": False,
}
POOL: dict[str, Any] = {
    "id": "eu-senior",
    "region": "eu",
    "skills": ["export", "sso"],
    "languages": ["en", "de"],
    "overflow": ["eu-core"],
    "load": {"available": 1, "open": 2, "capacity": 6},
    "available_agents": ["agent_7"],
    "links": {"agents": "/v1/agents?pool=eu-senior", "cases": "/v1/cases?pool=eu-senior"},
}


class Presence(StrEnum):
    """Whether somebody is there."""

    ON_SHIFT = "on_shift"
    OFF_SHIFT = "off_shift"


PoolQuery = Annotated[str | None, Query(max_length=128, pattern=PRINTABLE, description="Who works in this pool.", examples=["eu-senior"])]
SkillQuery = Annotated[str | None, Query(max_length=128, pattern=PRINTABLE, description="Who has this skill.", examples=["export"])]
LanguageQuery = Annotated[str | None, Query(max_length=16, pattern=PRINTABLE, description="Who answers in it (ISO 639).", examples=["de"])]
PlaceQuery = Annotated[Region | None, Query(description="Where people work.", examples=["eu"])]
PresenceQuery = Annotated[Presence | None, Query(description="Who is there, or who is not.")]


class AgentOut(Shown):
    """Somebody who works cases."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [AGENT]})

    id: str
    name: str
    email: str
    regions: list[str] = Field(description="Where they work.")
    pools: list[str]
    skills: list[str]
    languages: list[str]
    presence: Presence
    shift: str = Field(description="Their hours, in their time zone.")
    timezone: str
    capacity: int = Field(description="Cases that they can hold at once.")
    open: int = Field(description="Cases that they hold now.")
    available: bool = Field(description="On shift, with free capacity.")
    lead: bool


class AgentsOut(Shown):
    """A page of people, by id."""

    items: list[AgentOut]
    next_cursor: str | None


class LoadOut(Shown):
    """How busy a pool is."""

    available: int = Field(description="People on shift with free capacity.")
    open: int = Field(description="Cases assigned now.")
    capacity: int = Field(description="Cases that the people on shift can hold.")


class PoolOut(Shown):
    """A pool as policy has it, with its load."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [POOL]})

    id: str
    region: str
    skills: list[str]
    languages: list[str]
    overflow: list[str] = Field(description="Pools that take over when nobody here is free.")
    load: LoadOut
    available_agents: list[str] = Field(description="Who would be given a case, by id.")
    links: dict[str, str]


class PoolsOut(Shown):
    """A page of pools, by id, and the policy that has them."""

    items: list[PoolOut]
    policy: PolicyRefOut
    next_cursor: str | None
