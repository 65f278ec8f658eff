"""The policies that are shipped."""

from __future__ import annotations

from importlib.resources import files

DEFAULT = "vip-support"
STARTER = "starter"


def shipped(name: str = DEFAULT) -> str:
    """The text of a shipped policy."""
    return files("policies.rules").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
