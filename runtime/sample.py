"""The sample company on disk: generated once per home, then loaded by every worker."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tools.world.generator import generate
from tools.world.model import World


def sample_company(home: Path) -> World:
    """The world of this home; made on the first call, for that day."""
    folder = home / "world"
    world = World.load(folder)
    if world is None:
        world = generate(today=datetime.now(UTC).date())
        world.save(folder)
    return world
