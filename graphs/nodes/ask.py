"""The stop for a person: one interrupt, and nothing with an effect before it."""

from __future__ import annotations

from typing import Any, Literal

from langgraph.types import Command, interrupt

from graphs.state import CaseState


async def ask(state: CaseState) -> Command[Literal["decide"]]:
    """Wait for a ruling. The ruling is stored in Postgres before the graph resumes with it."""
    turn = state["turn"]
    ruling: dict[str, Any] = interrupt({"case_id": turn["case_id"], "turn": turn["turn"]})
    return Command(update={"ruling": ruling}, goto="decide")
