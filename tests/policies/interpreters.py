"""Other Pythons of this machine, each with the few libraries that the policy engine needs, at the versions that are locked.

They are looked for on the PATH and in `MAITRED_PYTHONS` (paths, separated like PATH). The long form makes their environments in
`.maitred/pythons`, where they are kept; that needs the network, and where there is none the tests are skipped with that reason.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution, requires
from pathlib import Path

from tests.faults.length import IS_LONG

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".maitred" / "pythons"
MINORS = (11, 12, 13)
ENGINE = ("common-expression-language", "orjson", "pydantic", "pyyaml", "rfc8785", "tzdata")
NAME = re.compile(r"[A-Za-z0-9._-]+")
VERSION = "import sys; print(sys.version_info[0], sys.version_info[1])"
MAY_TAKE_S = 180


@dataclass(frozen=True)
class Interpreter:
    """Python 3.`minor` with the engine's libraries, or why there is none."""

    minor: int
    python: Path | None
    why_not: str = ""


@cache
def environments() -> tuple[Interpreter, ...]:
    """One for each Python that we run on, other than this one."""
    return tuple(_environment(minor) for minor in MINORS if minor != sys.version_info.minor)


def _environment(minor: int) -> Interpreter:
    folder = KEPT / f"3.{minor}"
    python = folder / "bin" / "python"
    if _version(python) == minor and _has_engine(python):
        return Interpreter(minor, python)
    base = next((found for found in _candidates(minor) if _version(found) == minor), None)
    if base is None:
        return Interpreter(minor, None, f"There is no Python 3.{minor} on this machine.")
    if not IS_LONG:
        return Interpreter(minor, None, f"The engine's libraries are not installed for Python 3.{minor} yet: the long form does that.")
    shutil.rmtree(folder, ignore_errors=True)
    locked = KEPT / f"engine-3.{minor}.lock"
    KEPT.mkdir(parents=True, exist_ok=True)
    locked.write_text(_locked_lines(), encoding="utf-8")
    for command in (
        [str(base), "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", "-r", str(locked)],
    ):
        if _run(command).returncode != 0:
            return Interpreter(minor, None, f"Python 3.{minor} is here, and the engine's libraries could not be installed for it.")
    return Interpreter(minor, python)


def _candidates(minor: int) -> list[Path]:
    """Where that Python may be."""
    given = [Path(path) for path in os.environ.get("MAITRED_PYTHONS", "").split(os.pathsep) if path]
    on_path = shutil.which(f"python3.{minor}")
    return [*given, *([Path(on_path)] if on_path else [])]


def _version(python: Path) -> int | None:
    if not python.exists():
        return None
    done = _run([str(python), "-c", VERSION])
    major, _, found = done.stdout.strip().partition(" ")
    return int(found) if done.returncode == 0 and major == "3" else None


def _has_engine(python: Path) -> bool:
    return _run([str(python), "-c", "import cel, orjson, pydantic, rfc8785, yaml"]).returncode == 0


def _locked_lines() -> str:
    """The engine's part of the lock file, hashes included."""
    wanted = _closure()
    blocks = re.split(r"^(?=\S)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return "".join(block for block in blocks if block.partition("==")[0] in wanted)


def _closure() -> set[str]:
    """The engine's libraries and what they need in turn."""
    found, waiting = set[str](), list(ENGINE)
    while waiting:
        name = canonicalized(waiting.pop())
        if name not in found:
            found.add(name)
            needs = [one for one in requires(name) or () if "extra ==" not in one] if _is_here(name) else []
            waiting += [match[0] for one in needs if (match := NAME.match(one))]
    return found


def _is_here(name: str) -> bool:
    try:
        return bool(distribution(name))
    except PackageNotFoundError:
        return False


def canonicalized(name: str) -> str:
    """A distribution's name as lock files write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=MAY_TAKE_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 1, "", str(error))
