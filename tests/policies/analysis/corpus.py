"""Broken policies: each a small edit of a sound one, with the check that must catch it and the text that stands on its line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
SOUND = (HERE / "sound.yaml").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Broken:
    """`old` becomes `new`; the fault stands on the line that holds `line`, and says `says`; `at` is the text at its column.

    `also` are codes of other faults that come of the same edit.
    """

    name: str
    old: str
    new: str
    by: str
    line: str
    says: str = ""
    at: str = ""
    also: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The broken policy."""
        assert self.old in SOUND, self.old
        return SOUND.replace(self.old, self.new, 1)


def _read() -> list[Broken]:
    entries: list[dict[str, Any]] = yaml.safe_load((HERE / "corpus.yaml").read_text(encoding="utf-8"))
    return [Broken(**entry) for entry in entries]


CORPUS = _read()
