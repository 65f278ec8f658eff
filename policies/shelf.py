"""Compiled policies in memory: the active one for new turns, and every version that a running turn may be pinned to."""

from __future__ import annotations

from domain.errors import NotFound
from domain.facts import Region
from policies.engine import CompiledPolicy


class PolicyShelf:
    """The policies of one process."""

    def __init__(self, active: CompiledPolicy, home_region: Region = Region.EU) -> None:
        self.home_region = home_region
        self._active = active
        self._by_digest: dict[str, CompiledPolicy] = {}
        self.put(active)

    def put(self, policy: CompiledPolicy) -> None:
        """Keep a version."""
        self._by_digest[policy.digest] = policy

    def active(self, client_id: str | None = None) -> CompiledPolicy:
        """The version that decides new turns; `client_id` is what rollouts will choose by."""
        del client_id
        return self._active

    def pinned(self, digest: str) -> CompiledPolicy:
        """The version with this digest. Raises NotFound."""
        if digest not in self._by_digest:
            raise NotFound(f"There is no policy version with digest {digest}.")
        return self._by_digest[digest]

    def by_ref(self, reference: str) -> CompiledPolicy:
        """The version behind `name@version`, or the active one behind `name`. Raises NotFound."""
        name, _, version = reference.partition("@")
        if not version and name == self._active.ref.name:
            return self._active
        for policy in self._by_digest.values():
            if policy.ref.name == name and str(policy.ref.version) == version:
                return policy
        raise NotFound(f"There is no policy {reference}.")
