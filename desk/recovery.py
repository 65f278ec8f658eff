"""Recovery: turns whose worker died are found in Postgres and taken up again."""

from __future__ import annotations

from dataclasses import dataclass

from desk.floor import Floor
from domain.ports import TurnQueue


@dataclass(frozen=True)
class Recovery:
    """Finds what nobody works on."""

    queue: TurnQueue
    floor: Floor
    older_than_s: float

    async def sweep(self) -> int:
        """Start the runs that were left behind and return how many; a lease decides who really works each."""
        stranded = await self.queue.stranded(self.older_than_s)
        for case_id in stranded:
            self.floor.start(case_id)
        return len(stranded)
