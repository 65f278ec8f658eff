"""What is written of a policy: every change is one ledger entry and one event, which name the version."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from domain.events import Happening, Kind
from domain.facts import Region
from domain.identifiers import derived_id
from domain.policy_life import PolicyVersion


def policy_happening(
    kind: Kind, version: PolicyVersion, mark: str | int, *, actor: str, at: datetime, region: Region, request_id: str, facts: dict[str, Any]
) -> Happening:
    """A happening of a version; `mark` tells it from others of its kind, such as the revision that it led to.

    `GET /v1/policies/{name}/history` finds entries by `policy.name`.
    """
    about = {"policy": {"name": version.name, "version": version.version, "digest": version.digest}, **facts}
    return Happening(
        id=derived_id("ent", f"policy {version.digest}", version.version, f"{kind}-{mark}"),
        kind=kind,
        case_id=None,
        region=region,
        actor=actor,
        at=at,
        request_id=request_id,
        entry=about,
        event={**about, "actor": actor},
    )
