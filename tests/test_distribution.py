"""Our top-level packages are ours alone, and nothing sneaks in by a `.pth` file."""

from __future__ import annotations

import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
KNOWN_PTH = {"distutils-precedence.pth", "_maitred.pth", "__editable__.maitred.pth"}


def packages() -> list[str]:
    """What the wheel holds."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


def test_no_other_distribution_claims_a_package_name_of_ours() -> None:
    claimed = packages_distributions()
    assert {name: set(claimed.get(name, [])) - {"maitred"} for name in packages() if set(claimed.get(name, [])) - {"maitred"}} == {}


def test_every_package_of_the_wheel_exists() -> None:
    assert all((ROOT / name / "__init__.py").exists() for name in packages())


def test_no_unexpected_pth_file_runs_code_at_start() -> None:
    site = next(Path(entry) for entry in sys.path if entry.endswith("site-packages"))
    running = {path.name for path in site.glob("*.pth") if "import " in path.read_text(errors="replace")}
    assert running <= KNOWN_PTH, running


def test_the_lock_files_have_hashes_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert text.count("--hash=sha256:") > 100
