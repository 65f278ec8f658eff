"""Recovery: turns whose worker died are found in Postgres and taken up again."""

from __future__ import annotations

from dataclasses import dataclass

from desk.floor import Floor
from domain.ports import TurnQueue

PATIENCE_S = 1.0
"""For a lease that is just ending; what somebody else works on is looked at again with the next sweep."""


@dataclass(frozen=True)
class Recovery:
    """Finds what nobody works on."""

    queue: TurnQueue
    floor: Floor
    older_than_s: float

    async def sweep(self) -> int:
        """Start the runs that were left behind and return how many; a lease decides who really works each.

        A turn also looks left behind while its model takes long: what is at work here is left to the run that it has.
        """
        stranded = [case_id for case_id in await self.queue.stranded(self.older_than_s) if not self.floor.works_on(case_id)]
        for case_id in stranded:
            self.floor.start(case_id, patience_s=PATIENCE_S)
        return len(stranded)
