"""The sample company on disk: generated once per home, then loaded by every worker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from domain.case import InboundMessage
from domain.errors import SetupFailed
from tools.world.generator import generate
from tools.world.model import World


def sample_company(home: Path) -> World:
    """The world of this home; made on the first call, for that day. Raises SetupFailed when it cannot be kept there."""
    folder = home / "world"
    world = World.load(folder)
    if world is None:
        world = generate(today=datetime.now(UTC).date())
        try:
            world.save(folder)
        except OSError as error:
            raise unwritable(home, error) from error
    return world


def unwritable(home: Path, error: OSError) -> SetupFailed:
    """What is said of a home that cannot be used."""
    return SetupFailed(f"Cannot write to {home}: {error.strerror}. Free some disk, or choose another with MAITRED_HOME.")


def sample_messages(home: Path) -> Iterator[InboundMessage]:
    """The stream of the sample company, as if each were sent the moment that it is asked for."""
    for item in sample_company(home).stream:
        if item.kind != "duplicate":
            yield InboundMessage.model_validate({**item.body, "sent_at": datetime.now(UTC)})
