"""One case of a suite: what goes in, what would be right, and which error would be the dangerous one."""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import Field

from domain.canonical import digest
from domain.decision import Frozen
from domain.scalars import Text


class EvalCase(Frozen):
    """A line of a data file, or one of a generated family. `input` and `gold` are the suite's own; the rest is the same everywhere."""

    id: Text = Field(description="Unique in its suite and never used again for another case.")
    source: Text = Field(description="Who wrote it: `maitred authors`, `family:spikes@7`, `ruling:2026-11`, or a published set.")
    licence: Text = Field(description="SPDX id, such as `Apache-2.0` or `CC-BY-4.0`.")
    slices: dict[str, str] = Field(default_factory=dict, description="Dimension to value: tier, region, language, channel, attack, …")
    input: dict[str, Any]
    gold: dict[str, Any]
    dangerous: str = Field(default="", description="The dangerous error of this case in a few words; empty when it has none.")
    group: str = Field(default="", description="Cases that stand and fall together (one text, many clients): the unit that intervals draw.")

    @property
    def digest(self) -> str:
        """Digest of all of it: another word anywhere makes it another case to every cache and comparison."""
        return digest(orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS))
