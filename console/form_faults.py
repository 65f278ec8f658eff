"""What was wrong with a form, as pages show it: one sentence at the top, and one beside each field."""

from __future__ import annotations

from typing import Any

from domain.errors import InvalidInput, MaitredError


def faults_of(error: MaitredError | None) -> dict[str, str]:
    """What is wrong, by field."""
    return {pointer.strip("/"): detail for pointer, detail in error.errors} if isinstance(error, InvalidInput) else {}


def told(error: MaitredError | None) -> dict[str, Any] | None:
    """A fault for the top of a form; None without one."""
    return None if error is None else {"said": error.message, "points": [], "faults": faults_of(error)}
