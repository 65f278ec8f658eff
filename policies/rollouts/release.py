"""Which of two versions decides for whom: the active one, or, for a steady share of clients, the candidate of a canary."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from domain.policy_life import Release, Stage
from policies.engine import CompiledPolicy

BUCKETS = 10_000
"""A share of clients is counted in hundredths of a percent."""
EXACT = 6


@lru_cache(maxsize=4_096)
def bucket(name: str, salt: str, client_id: str) -> int:
    """Where a client falls, 0 to 9,999: eight bytes of SHA-256(policy name, NUL, salt, NUL, client id), big-endian, modulo 10,000."""
    drawn = hashlib.sha256(f"{name}\x00{salt}\x00{client_id}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(drawn[:8]) % BUCKETS


def in_share(name: str, salt: str, client_id: str | None, percent: float) -> bool:
    """Whether a client is among `percent` of all. Who is in stays in while the share grows; an unknown client never is."""
    return client_id is not None and bucket(name, salt, client_id) < round(percent * BUCKETS / 100, EXACT)


@dataclass(frozen=True)
class LiveRelease:
    """A release with its texts compiled; immutable, so that a process replaces it at once."""

    active: CompiledPolicy
    candidate: CompiledPolicy | None = None
    stage: Stage | None = None
    percent: float = 0.0
    salt: str = ""

    @classmethod
    def of(cls, release: Release, active: CompiledPolicy, candidate: CompiledPolicy | None) -> LiveRelease:
        """The release as it is carried out; a candidate whose time has not come, or that is not to be had here, decides nothing."""
        if candidate is None or release.started_at is None or release.stage not in (Stage.SHADOW, Stage.CANARY):
            return cls(active)
        return cls(active, candidate, release.stage, release.percent, release.salt)

    def deciding(self, client_id: str | None) -> CompiledPolicy:
        """The version that decides a client's new turns."""
        if self.candidate is None or self.stage is not Stage.CANARY:
            return self.active
        return self.candidate if in_share(self.active.ref.name, self.salt, client_id, self.percent) else self.active
