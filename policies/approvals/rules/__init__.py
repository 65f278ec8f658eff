"""The rules of approval, in Cedar."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent


def rules() -> tuple[str, str]:
    """(the rules, their schema)."""
    return (HERE / "approval.cedar").read_text(encoding="utf-8"), (HERE / "approval.cedarschema").read_text(encoding="utf-8")
