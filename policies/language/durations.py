"""Durations as policy owners write them: `5m`, `1h30m`, `3d`."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, JsonValue

UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
FORM = re.compile(r"(?:\d{1,6}[smhdw])+")
WRITTEN: dict[str, JsonValue] = {"type": "string", "pattern": f"^{FORM.pattern}$"}
PART = re.compile(r"(\d+)([smhdw])")
LONGEST_S = 366 * 86_400


def seconds_of(text: Any) -> int:
    """Seconds of a duration. Raises ValueError for another form."""
    if not isinstance(text, str) or not FORM.fullmatch(text):
        raise ValueError("must be a duration such as 5m, 1h30m or 3d")
    return sum(int(count) * UNITS[unit] for count, unit in PART.findall(text))


Duration = Annotated[int, BeforeValidator(seconds_of), Field(gt=0, le=LONGEST_S, json_schema_extra=WRITTEN)]
