"""Where a published data set lies on this machine, and where others get it: nothing of any of them is part of the project."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from domain.decision import Frozen
from domain.errors import MaitredError

VARIABLE = "MAITRED_EVAL_DATA"


class SetAbsent(MaitredError):
    """A published set is not on this machine, so its benchmark is left out."""

    code = "set-absent"


class PublishedSet(Frozen):
    """A data set that others publish."""

    name: str
    title: str
    folder: str
    published_at: str
    licence: str
    citation: str

    def place(self, environment: Mapping[str, str] = os.environ) -> Path:
        """Its folder. Raises SetAbsent, with the sentence that tells where to get it."""
        root = environment.get(VARIABLE, "")
        found = Path(root) / self.folder
        if root and found.is_dir():
            return found
        where = f"there is no folder {self.folder} in {VARIABLE}" if root else f"{VARIABLE} names no folder"
        raise SetAbsent(
            f"{self.title} is left out: {where}. It is published at {self.published_at} ({self.licence}); "
            f"put it into a folder {self.folder} and let {VARIABLE} name the folder around it."
        )


def text_of(place: Path) -> str:
    """The text of a file of a set. Raises SetAbsent when the file is not there."""
    try:
        return place.read_text(encoding="utf-8")
    except OSError as error:
        raise SetAbsent(f"The set in {place.parent} is not whole: {place.name} cannot be read.") from error


class SetUnreadable(MaitredError):
    """A file of a published set is not in the format that its adapter knows."""

    code = "set-unreadable"
