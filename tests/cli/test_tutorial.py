"""Every command of the policy tutorial is run as it stands on the page, in one shell, against a fresh service."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.service import reachable, serving

PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "fix-a-policy.md"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EDIT = """
import re, sys
text, block = open("vip-support.yaml").read(), sys.argv[1]
row = re.match(r"  - \\{id: (\\S+),", block)
text = re.sub(rf"^  - \\{{id: {row[1]},.*\\n", lambda _: block, text, count=1, flags=re.MULTILINE) if row else text + block
open("vip-support.yaml", "w").write(text)
"""
"""What a person does in an editor: a row replaces the one with its id, anything else goes to the end."""


def quoted(text: str) -> str:
    """A word for the shell."""
    return "'" + text.replace("'", "'\\''") + "'"


def script() -> str:
    """The page as one script; after each block, a line with its exit status."""
    parts: list[str] = []
    for language, block in FENCE.findall(PAGE.read_text(encoding="utf-8")):
        parts.append(f"{quoted(sys.executable)} -c {quoted(EDIT)} {quoted(block)}" if language == "yaml" else block.rstrip("\n"))
        parts.append('echo "=== $?"')
    return "\n".join(parts)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What each block printed, with its exit status in the last line."""
    home = reachable(tmp_path_factory.mktemp("tutorial"))
    folder = tmp_path_factory.mktemp("owner")
    with serving(home) as service:
        path = f"{Path(sys.executable).parent}{os.pathsep}{service.environment['PATH']}"
        environment = {**service.environment, "PATH": path, "COLUMNS": "200"}
        command = ["bash", "-c", f"exec 2>&1\n{script()}"]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False)
    return re.findall(r"(.*?=== \d+)\n", done.stdout, re.DOTALL)


def test_every_block_works_but_the_one_that_says_it_is_refused(told: list[str]) -> None:
    blocks = [block for _, block in FENCE.findall(PAGE.read_text(encoding="utf-8"))]
    assert len(told) == len(blocks)
    statuses = {block: told[place].rsplit(" ", 1)[1] for place, block in enumerate(blocks)}
    assert {block: status for block, status in statuses.items() if status != ("1" if "# refused" in block else "0")} == {}


def test_the_bot_answers_before_and_people_after(told: list[str]) -> None:
    asked = [said for said in told if '"tier"' in said]
    assert len(asked) == 2
    assert '"tier": "standard"' in asked[0]
    assert '"mode": "ai"' in asked[0]
    assert '"tier": "strategic"' in asked[1]
    assert '"mode": "ai"' not in asked[1].replace('"mode": "ai", "pool"', "")


def test_the_page_says_what_the_commands_say(told: list[str]) -> None:
    said = "\n".join(told)
    for words in (
        "vip-support: 58 guards, 97 tests, 5 invariants, no fault",
        "is stored as vip-support@2",
        "0 of 2 approvals are there",
        "You wrote version 2; somebody else must approve it.",
        "somebody of the review board must approve",
        "2 approved",
        "@2 in shadow, started by person:grace",
        "vip-support @2 decides",
        "rollout started",
        "vip-support @1 decides",
    ):
        assert words in said, words
