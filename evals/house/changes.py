"""What a case may change of the sample company for its own sake: records that contradict, tools that are down, load, the clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, cast

from pydantic import Field

from domain.decision import Frozen
from domain.scalars import Moment

Tool = Literal["crm", "profile", "telemetry", "knowledge", "history"]


class Changes(Frozen):
    """Laid over the sample company for one conversation and gone after it."""

    client: dict[str, Any] = Field(
        default_factory=dict,
        description="Fields of the client's CRM profile, laid over what is there; nested ones too, such as `contract: {tier: silver}`.",
    )
    telemetry: dict[str, Any] = Field(default_factory=dict, description="Fields of the client's telemetry report.")
    tools_down: tuple[Tool, ...] = Field(
        default=(), description="Tools that fail at once. `crm` does not even know the sender; `profile` knows who it is and nothing else."
    )
    tools_slow: tuple[Tool, ...] = Field(default=(), description="Tools that no budget waits for: they end as a timeout, without waiting.")
    knowledge: tuple[dict[str, Any], ...] = Field(default=(), description="Articles beside the company's own; an id of its own replaces.")
    past_cases: tuple[dict[str, Any], ...] = Field(default=(), description="Earlier cases of the client beside those on record.")
    load: dict[str, Any] = Field(default_factory=dict, description="Laid over the load: `utilization`, and `pools` by id.")
    now: Moment | None = Field(default=None, description="When the first message comes in; None: mid-morning where the client is.")
    ruling: dict[str, Any] | None = Field(
        default=None, description="What a lead says at every stop for a person, as `POST /v1/reviews/{id}/ruling` takes it; None: nothing."
    )

    def at(self, usual: datetime) -> datetime:
        """When the conversation begins."""
        return self.now or usual


NOTHING = Changes()
"""The sample company as it is."""


def laid_over(base: Any, changes: Any) -> Any:
    """`changes` over `base`: objects key by key, anything else as a whole."""
    if not isinstance(base, dict) or not isinstance(changes, dict):
        return changes
    below, above = cast("dict[str, Any]", base), cast("dict[str, Any]", changes)
    return {**below, **{key: laid_over(below.get(key), value) for key, value in above.items()}}
