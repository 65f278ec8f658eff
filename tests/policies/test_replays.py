"""Replays are bit-exact: every version gives the same bytes in every process, in any order, on every Python that we run on.

The short form stands here; `MAITRED_FAULTS=long` makes a million replays, on each other Python that the machine has.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path

import orjson
import pytest

from policies.rules import STARTER, shipped
from tests.faults.length import IS_LONG
from tests.policies.interpreters import Interpreter, environments
from tests.recorded import varied

SCRIPT = Path(__file__).with_name("replay_digests.py")
Run = tuple[list[str], int]
INPUTS, RUNS = (20_000, 10) if IS_LONG else (2_000, 2)
EDITS = (
    ("20.0 * value.score", "25.5 * value.score"),
    ("client.days_since_contact > 45'", "client.days_since_contact > 30'"),
    ("when: 'message.turn >= 4'", "when: 'message.turn >= 4 || message.confidence * value.score < 0.1'"),
)


def texts() -> list[str]:
    """Versions 1 to 5: the shipped policy, each edit on top of the one before, and the starter policy."""
    made = [shipped()]
    for old, new in EDITS:
        assert made[-1].count(old) == 1, old
        made.append(made[-1].replace(old, new))
    return [*made, shipped(STARTER)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("replays")
    for number, text in enumerate(texts(), 1):
        (made / f"{number}.yaml").write_text(text, encoding="utf-8")
    with (made / "inputs.jsonl").open("wb") as out:
        out.writelines(orjson.dumps(one) + b"\n" for one in varied(INPUTS))
    return made


def run(python: Path, folder: Path, number: int) -> Run:
    """(lines with digests, replays) of one process; each has its own hash seed, and every other one judges from the end."""
    order = "backward" if number % 2 else "forward"
    done = subprocess.run(
        [str(python), str(SCRIPT), str(folder), order],
        env={**os.environ, "PYTHONHASHSEED": str(number * 7919 % 4_294_967_295)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    *lines, last = done.stdout.splitlines()
    _, policies, inputs = last.split()
    return sorted(lines), int(policies) * int(inputs)


def different(runs: list[Run]) -> list[str]:
    """The blocks of which not every run says the same."""
    said = Counter(line for lines, _ in runs for line in lines)
    return [line for line, times in said.items() if times != len(runs)]


def test_no_process_gives_another_byte_for_a_version(folder: Path) -> None:
    others = [other.python for other in environments() if other.python is not None] if IS_LONG else []
    pythons = [*others, *[Path(sys.executable)] * (RUNS - len(others))]
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(run, pythons, repeat(folder), range(len(pythons))))
    assert different(runs) == []
    replays = sum(count for _, count in runs)
    assert replays == INPUTS * len(texts()) * RUNS
    print(f"{replays:,} replays by {len(texts())} versions in {len(runs)} processes, {len(others)} of them other Pythons: 0 different")


@pytest.mark.parametrize("minor", [11, 12, 13])
def test_another_python_gives_the_same_bytes(folder: Path, minor: int, tmp_path: Path) -> None:
    if minor == sys.version_info.minor:
        pytest.skip("this Python is the one that all others are compared with")
    other: Interpreter = next(one for one in environments() if one.minor == minor)
    if other.python is None:
        pytest.skip(other.why_not)
    few = tmp_path / "few"
    shutil.copytree(folder, few)
    inputs = (folder / "inputs.jsonl").read_bytes().splitlines(keepends=True)[:1_000]
    (few / "inputs.jsonl").write_bytes(b"".join(inputs))
    runs = [run(python, few, 0) for python in (Path(sys.executable), other.python)]
    assert different(runs) == []


def test_a_different_byte_is_noticed(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for path in folder.glob("*.yaml"):
        (other / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    inputs = [orjson.loads(line) for line in (folder / "inputs.jsonl").read_bytes().splitlines()[:10]]
    (other / "inputs.jsonl").write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in inputs))
    same = run(Path(sys.executable), other, 0)
    inputs[3]["facts"]["value"]["score"] = min(1.0, inputs[3]["facts"]["value"]["score"] + 0.1)
    (other / "inputs.jsonl").write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in inputs))
    assert different([same, run(Path(sys.executable), other, 1)])
