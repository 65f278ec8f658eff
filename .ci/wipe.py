"""Say what lies in `.maitred`, the home of `make run`; with `--sure`, delete it. Needs no environment, which may be gone already."""

from __future__ import annotations

import fcntl
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO

HOME = Path(".maitred")
KEPT = {
    "postgres": "every case, review, decision, ledger entry, account and API key",
    "pepper": "without it no API key of a backup is worth anything",
    "ledger_key": "without it checkpoints of the ledger are not recognised as ours",
    "bundle_key": "without it partners must trust another public key",
    "evals": "runs of evals and their cache",
    "models": "trained models, which are made anew",
    "world": "the sample company, which is made anew",
    "demo": "what the last demo left",
}
LINKED = {"postgres": "postgres-", "valkey": "valkey-", "run": "maitred-"}
"""What may lie elsewhere, behind a link, and how we begin its name there."""


def main() -> int:
    """Exit status 1 when nothing was deleted although there is something."""
    if not HOME.exists():
        print(f"There is no {HOME}.")
        return 0
    with ExitStack() as locks:
        for home in (HOME, HOME / "demo"):
            if (home / "stack.lock").exists() and not _taken(locks.enter_context((home / "stack.lock").open("rb"))):
                print(f"A process serves {home}: stop it first. Nothing was deleted.")
                return 1
        for place in sorted(HOME.iterdir()):
            print(f"  {place}: {KEPT[place.name]}" if place.name in KEPT else f"  {place}")
        if "--sure" not in sys.argv:
            print("Nothing was deleted. To delete all of this for ever: make wipe SURE=yes")
            return 1
        _delete()
    print("All of this is deleted.")
    return 0


def _taken(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _delete() -> None:
    for home in (HOME, HOME / "demo"):
        for name, begins in LINKED.items():
            link = home / name
            if link.is_symlink() and link.resolve().name.startswith(begins):
                shutil.rmtree(link.resolve(), ignore_errors=True)
    shutil.rmtree(HOME.resolve())
    if HOME.is_symlink():
        HOME.unlink()


if __name__ == "__main__":
    sys.exit(main())
