"""A service with people who may do different things to its policies, and the command line in their hands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from typer.testing import CliRunner

from cli.main import app
from policies.bundle import public_key_of
from tests.service import Service, reachable, serving

US_REGION = bytes([7]) * 32
"""The key of another installation that this one trusts."""


@dataclass
class Said:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Both, with every run of spaces and line ends as one space: a narrow terminal wraps lines."""
        return " ".join(f"{self.out} {self.err}".split())


def maitred(*arguments: str, given: str | None = None, **environment: str) -> Said:
    """Run a command in this process."""
    done = CliRunner().invoke(app, list(arguments), input=given, env=environment)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Said(done.exit_code, done.stdout, done.stderr)


@dataclass
class Governed:
    """A running service, and keys by person."""

    service: Service
    keys: dict[str, str] = field(default_factory=dict[str, str])

    def as_(self, person: str, *arguments: str) -> Said:
        """`maitred policy …` as this person."""
        return maitred("policy", *arguments, MAITRED_URL=self.service.base_url, MAITRED_KEY=self.keys[person])


@pytest.fixture(scope="session")
def governed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Governed]:
    """grace writes and may approve; ada sits on the review board, linus and tess lead the VIP and care desks; eve only reads cases."""
    home = reachable(tmp_path_factory.mktemp("governed"))
    trusted = home / "trusted"
    trusted.write_text(f"{public_key_of(US_REGION)} the US region\n")
    with serving(home, MAITRED_TRUSTED_KEYS=str(trusted)) as running:
        yield Governed(
            running,
            {
                "grace": running.make_key("policies:write", "policies:approve", person="grace"),
                "ada": running.make_key("policies:approve", person="ada", role="review_board"),
                "tess": running.make_key("policies:approve", person="tess", role="care"),
                "linus": running.make_key("policies:approve", person="linus", role="vip-desk"),
                "eve": running.make_key("cases:read", person="eve"),
            },
        )
