"""The failpoints of the main job, armed while the service runs."""

from __future__ import annotations

from pathlib import Path

NODES = ("estimate_value", "gather_context", "triage", "route", "ask", "decide", "deliver")
POINTS = (
    "message-accepted",
    "lease-taken",
    *(f"{node}-{when}" for node in NODES for when in ("begun", "done")),
    "decide-in-transaction",
    "decide-committed",
    "interrupted",
    "review-opened",
    "ruling-stored",
)
ROLLER_POINTS = ("roller-judged", "release-stage-moved", "release-in-transaction", "release-committed", "roller-moved")
ROLLBACK_POINTS = ("recalled-in-transaction", *ROLLER_POINTS)


class Failpoints:
    """A folder that a service was given as `MAITRED_FAILPOINTS`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def arm(self, point: str) -> None:
        """The next process that comes by dies there."""
        (self.folder / f"{point}.died").unlink(missing_ok=True)
        (self.folder / point).touch()

    def disarm(self, point: str) -> None:
        """Nobody came by."""
        (self.folder / point).unlink(missing_ok=True)

    def died_at(self, point: str) -> float | None:
        """When a process died there (seconds since 1970); None while none has."""
        try:
            return (self.folder / f"{point}.died").stat().st_ctime
        except FileNotFoundError:
            return None
