"""What was signed last, kept in the home: whoever can write to the database alone cannot make the ledger shorter, or another one."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from domain.ledger_proof import Checkpoint, checkpoint_said
from domain.ledger_standing import Signed

NAME = "ledger_signed"


@dataclass(frozen=True)
class HomeWitness:
    """Keeps the note of the largest checkpoint in a file; where none can be written, nothing is remembered."""

    home: Path

    def last(self) -> Signed | None:
        """Size and root of the note; None without a file that can be read."""
        try:
            note = (self.home / NAME).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        said = checkpoint_said(note.partition("\n\n")[0] + "\n")
        return Signed(size=said[0], root=said[1]) if said and said[0] else None

    def saw(self, checkpoint: Checkpoint) -> None:
        """Write a larger checkpoint in place of the one before: all processes of a machine share the file, and it only grows."""
        last = self.last()
        if last is not None and last.size >= checkpoint.size:
            return
        fresh = self.home / f"{NAME}.{os.getpid()}"
        with suppress(OSError):
            fresh.write_text(checkpoint.note, encoding="utf-8")
            fresh.replace(self.home / NAME)

    def set_aside(self) -> None:
        """Begin anew, as a database does that was just made in this home; the note of the one before stays beside it."""
        with suppress(FileNotFoundError):
            (self.home / NAME).replace(self.home / f"{NAME}.before")
