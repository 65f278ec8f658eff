"""Where the embedded servers keep their data and sockets, and as which user they run."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.errors import SetupFailed

LONGEST_SOCKET_FOLDER = 80
SHELTER = Path("/var/lib/maitred")


@dataclass(frozen=True)
class Account:
    """The operating-system user that the servers run as."""

    uid: int
    gid: int
    is_root: bool

    @classmethod
    def of(cls, home: Path) -> Account:
        """Ourselves; or, when we are root, which Postgres refuses: the owner of the data in `home`, at first `nobody`."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), is_root=False)
        data = home / "postgres"
        if data.exists() and data.stat().st_uid != 0:
            return cls(data.stat().st_uid, data.stat().st_gid, is_root=True)
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid, is_root=True)

    def own(self, folder: Path) -> None:
        """Make the folder, or take it over with all that is in it, private to the account."""
        folder.mkdir(parents=True, exist_ok=True)
        if self.is_root and folder.stat().st_uid != self.uid:
            for place in (*folder.rglob("*"), folder):
                os.chown(place, self.uid, self.gid, follow_symlinks=False)
        folder.chmod(0o700)

    def popen_options(self) -> dict[str, Any]:
        """What `subprocess` needs to run as the account."""
        options: dict[str, Any] = {"cwd": "/", "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}}
        if self.is_root:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def reaches(self, place: Path) -> bool:
        """Whether the account can enter every folder above `place`."""
        return not self.is_root or all(self._enters(parent) for parent in place.resolve().parents if parent.exists())

    def _enters(self, folder: Path) -> bool:
        found = folder.stat()
        shift = 6 if found.st_uid == self.uid else 3 if found.st_gid == self.gid else 0
        return bool(found.st_mode >> shift & 1)


def socket_folder(home: Path) -> Path:
    """The folder for sockets: `home/run`, or the one that `home/run` points to."""
    wanted = home / "run"
    return wanted.readlink() if wanted.is_symlink() else wanted


def make_socket_folder(home: Path, account: Account) -> Path:
    """Make the folder for sockets: a temporary one when the path of `home/run` is too long for a socket or out of the account's reach.

    The temporary one has a fresh name, so that nobody can have put it there before us. It is below /tmp: TMPDIR may be long or private.
    """
    wanted = home / "run"
    if wanted.is_symlink():
        target = wanted.readlink()
        if target.is_dir() and not target.is_symlink() and target.stat().st_uid == account.uid:
            return target
        wanted.unlink()
    if len(os.fsencode(wanted)) <= LONGEST_SOCKET_FOLDER and account.reaches(wanted):
        account.own(wanted)
        return wanted
    shutil.rmtree(wanted, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix="maitred-", dir="/tmp"))
    account.own(made)
    wanted.symlink_to(made)
    return made


def data_folder(home: Path, name: str, account: Account) -> Path:
    """Where a server keeps its data: `home/name`, or what that links to when the account cannot enter home (root's own, below /root)."""
    wanted = home / name
    if wanted.is_symlink():
        return wanted.readlink()
    if account.reaches(wanted):
        return wanted
    if wanted.exists():
        raise SetupFailed(
            f"The server's user cannot enter the folders above {wanted} any more; give them back their `x` right, or move the folder."
        )
    _open_shelter()
    sheltered = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=SHELTER))
    account.own(sheltered)
    wanted.symlink_to(sheltered)
    return sheltered


def reachable_copy(installed: Path, marker: Path, account: Account) -> Path:
    """`installed`, or a copy of it that the account can enter; `marker` is a file in it whose size and time name the copy."""
    if account.reaches(marker):
        return installed
    stat = marker.stat()
    copied = SHELTER / f"{marker.name}-{stat.st_size}-{int(stat.st_mtime)}"
    if copied.exists():
        return copied
    _open_shelter()
    fresh = Path(tempfile.mkdtemp(dir=SHELTER))
    try:
        shutil.copytree(installed, fresh / "copy")
        (fresh / "copy").chmod(0o755)
        try:
            (fresh / "copy").rename(copied)
        except OSError:
            if not copied.exists():
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return copied


def _open_shelter() -> None:
    SHELTER.mkdir(parents=True, exist_ok=True)
    SHELTER.chmod(0o755)
