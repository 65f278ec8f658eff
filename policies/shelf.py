"""Compiled policies in memory: what decides new turns, and every version that a running turn may be pinned to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from domain.errors import NotFound
from domain.facts import Region
from domain.policy_life import Release, Stage
from policies.engine import CompiledPolicy
from policies.rollouts.release import LiveRelease

MOST_KEPT = 64
"""Versions in memory beside those that decide: at about 2 MB each, enough for every run under way."""


class PolicyLibrary(Protocol):
    """Every version that there is, compiled when it is asked for."""

    async def by_digest(self, digest: str) -> CompiledPolicy | None:
        """The version with this digest, at the stage where it stands."""
        ...

    async def by_number(self, name: str, number: int) -> CompiledPolicy | None:
        """A version of a policy."""
        ...


class PolicyShelf:
    """The policies of one process. What decides is replaced at once: whoever asked before goes on with what they got."""

    def __init__(
        self,
        active: CompiledPolicy,
        home_region: Region = Region.EU,
        *,
        release: Release | None = None,
        library: PolicyLibrary | None = None,
    ) -> None:
        self.home_region = home_region
        self.release = release
        """What the store said last; `live` is what is carried out of it."""
        self._library = library
        self._by_digest: dict[str, CompiledPolicy] = {}
        self._standings: Mapping[str, str] = {}
        self._live = LiveRelease(active.at(Stage.ACTIVE))
        self.put(self._live.active)

    @property
    def live(self) -> LiveRelease:
        """What decides now."""
        return self._live

    def serve(self, live: LiveRelease, release: Release) -> None:
        """From now on this decides. Each version says the stage that it decides in, and says so still when a run ends after its time."""
        active = live.active.at(Stage.ACTIVE)
        candidate = live.candidate.at(live.stage) if live.candidate is not None and live.stage is not None else None
        for policy in (active, candidate):
            if policy is not None:
                self.put(policy)
        self.release = release
        self._live = LiveRelease(active, candidate, live.stage, live.percent, live.salt)

    def put(self, policy: CompiledPolicy) -> None:
        """Keep a version; of those that decide nothing, the one that was asked for longest ago goes when there are too many."""
        self._touch(policy)
        if len(self._by_digest) > MOST_KEPT:
            live = {self._live.active.digest, self._live.candidate.digest if self._live.candidate else None}
            del self._by_digest[next(digest for digest in self._by_digest if digest not in live)]

    def stand(self, standings: Mapping[str, str]) -> None:
        """Where versions stand now, by digest: what is asked for by its number says so."""
        self._standings = standings

    @property
    def digests(self) -> tuple[str, ...]:
        """The versions in memory."""
        return tuple(self._by_digest)

    def active(self, client_id: str | None = None) -> CompiledPolicy:
        """The version that decides a client's new turns: the candidate for the clients of a canary."""
        return self._live.deciding(client_id)

    def candidate(self) -> CompiledPolicy | None:
        """The version in shadow or canary, if there is one and it is to be had here."""
        return self._live.candidate

    def pinned(self, digest: str, stage: str | None = None) -> CompiledPolicy:
        """The version with this digest, at the stage in which it decides or, when one is given, decided. Raises NotFound."""
        policy = self._by_digest.get(digest)
        if policy is None:
            raise NotFound(f"There is no policy version with digest {digest}.")
        self._touch(policy)
        return policy.at(stage) if stage is not None else policy

    async def have(self, digest: str) -> CompiledPolicy:
        """The version with this digest; fetched when another worker was the first to use it. Raises NotFound, StoreUnavailable."""
        if digest not in self._by_digest and self._library is not None:
            fetched = await self._library.by_digest(digest)
            if fetched is not None:
                self.put(fetched)
        return self.pinned(digest)

    def by_ref(self, reference: str) -> CompiledPolicy:
        """The version behind `name@version`, or the active one behind `name`; only those in memory. Raises NotFound."""
        found = self._by_ref(reference)
        if found is None:
            raise NotFound(f"There is no policy {reference}.")
        return found

    async def find(self, reference: str) -> CompiledPolicy:
        """The version behind `name@version`, or the active one behind `name`; of all that there are. Raises NotFound, StoreUnavailable."""
        name, _, version = reference.partition("@")
        if self._by_ref(reference) is None and self._library is not None and _is_number(version):
            fetched = await self._library.by_number(name, int(version))
            if fetched is not None:
                self.put(fetched)
        return self.by_ref(reference)

    def _by_ref(self, reference: str) -> CompiledPolicy | None:
        name, _, version = reference.partition("@")
        if not version:
            return self._live.active if name == self._live.active.ref.name else None
        for policy in self._by_digest.values():
            if (policy.ref.name, str(policy.ref.version)) == (name, version):
                self._touch(policy)
                return policy.at(self._standings.get(policy.digest, policy.ref.stage))
        return None

    def _touch(self, policy: CompiledPolicy) -> None:
        """It was asked for last."""
        self._by_digest.pop(policy.digest, None)
        self._by_digest[policy.digest] = policy


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
