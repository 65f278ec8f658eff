"""What happens to a case although nobody asked for it, because time has passed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from domain.case import CaseStanding
from domain.events import Happening, Kind
from domain.identifiers import derived_id


def unasked(case: CaseStanding, kind: Kind, step: str, actor: str, at: datetime, told: dict[str, Any], turn: int = 0) -> Happening:
    """A happening of a case that the ledger keeps and the outside hears of in the same words. `step` tells it from others of its turn."""
    return Happening(
        id=derived_id("ent", case.id, turn, step),
        kind=kind,
        case_id=case.id,
        region=case.region,
        client_id=case.client_id,
        actor=actor,
        at=at,
        entry=told,
        event=told,
    )
