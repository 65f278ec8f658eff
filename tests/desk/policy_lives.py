"""Lives of a policy: what people may try in any order, and a judge who knows the rules by heart and reads nothing but the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from desk.casework import Asked
from desk.policies import Policies
from desk.releases import Releases
from domain.access import ApiKey
from domain.errors import MaitredError
from domain.examination import Examination, Remark
from domain.policy_life import Release, Stage
from policies.engine import CompiledPolicy, compile_policy
from policies.rollouts.rollout import Plan
from tests.desk.house import TestClock
from tests.desk.policy_house import APPROVE, WRITE, changed, person

WORDS = ("Who is a VIP, what", "Whoever is a VIP, what")
LEGAL = ("A legal threat is answered by a person only.", "A legal threat is answered by counsel only.")
VIP = ("A strategic client is never left to a bot.", "A strategic client is never left to a machine.")
SLA = ("{tier: strategic,                   ack: 15m,", "{tier: strategic,                   ack: 20m,")
HARD = ("for strategic clients", "for strategic clients ever")
OWNERS: dict[tuple[str, str], str] = {LEGAL: "legal", VIP: "vip-desk"}
VARIANTS: tuple[frozenset[tuple[str, str]], ...] = (
    frozenset(),
    frozenset({WORDS}),
    frozenset({LEGAL}),
    frozenset({SLA}),
    frozenset({WORDS, HARD}),
    frozenset({LEGAL, VIP, SLA}),
)
UNPROVED = "invariant:hard"
DAYS = 7
PEOPLE: tuple[tuple[ApiKey, frozenset[str]], ...] = (
    (person("ann"), frozenset()),
    (person("ole"), frozenset()),
    (person("lea", "legal"), frozenset({"legal"})),
    (person("vic", "vip-desk"), frozenset({"vip-desk"})),
    (person("bea", "review_board"), frozenset({"review_board"})),
    (person("bob", "review_board", "legal"), frozenset({"review_board", "legal"})),
    (person("wim", "legal", scopes=(WRITE,)), frozenset({"legal"})),
    (person("ada", "vip-desk", scopes=(APPROVE,)), frozenset({"vip-desk"})),
    (person("rita", scopes=("cases:read",)), frozenset()),
)
SCOPES = {key.actor: set(key.scopes) for key, _ in PEOPLE}
ROLES = {key.actor: roles for key, roles in PEOPLE}
compiled: Callable[[str], CompiledPolicy] = lru_cache(maxsize=256)(compile_policy)
"""Lives of one policy know a handful of texts; reading them again and again would be most of the time."""


def text_of(variant: int, name: str = "starter") -> str:
    """One of the texts."""
    return changed(("policy: starter", f"policy: {name}"), *sorted(VARIANTS[variant]))


class Told:
    """An examiner who knows the texts: what a prover and a comparison would say of them."""

    async def examine(self, text: str, base: str | None) -> Examination:
        """By the words that differ."""
        hard = HARD[1] in text
        unproved = (Remark(id=UNPROVED, code="invariant", reason="the prover gave up"),) if hard else ()
        differs = base is not None and (SLA[1] in text) != (SLA[1] in base)
        return Examination(unproved=unproved, strategic=("Tier strategic: the first promise changes.",) if differs else ())


@dataclass
class Judge:
    """Follows the ledger entry by entry, and says where a gate was passed that should have been shut."""

    variants: dict[str, frozenset[tuple[str, str]]]
    active: str
    stages: dict[str, str] = field(default_factory=dict[str, str])
    authors: dict[str, str] = field(default_factory=dict[str, str])
    needs: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    words: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict[str, dict[str, dict[str, Any]]])

    def follow(self, entry: dict[str, Any]) -> None:
        """One entry."""
        kind, data, actor = entry["kind"].removeprefix("policy."), entry["data"], entry["actor"]
        at = entry["at"] if isinstance(entry["at"], datetime) else datetime.fromisoformat(entry["at"])
        getattr(self, f"_{kind}", self._rollout)(data["policy"]["digest"], data, actor, at)

    def _drafted(self, digest: str, data: dict[str, Any], actor: str, at: datetime) -> None:
        assert digest not in self.stages
        assert WRITE in SCOPES.get(actor, {WRITE})
        self.stages[digest], self.authors[digest] = data["stage"], actor

    def _submitted(self, digest: str, data: dict[str, Any], actor: str, at: datetime) -> None:
        assert WRITE in SCOPES[actor]
        assert self.stages[digest] in ("draft", "in_review", "approved", "retired")
        needs = data["needs"]
        differ = self.variants[self.active] ^ self.variants[digest]
        board = SLA in differ or HARD in differ  # the second renames an invariant
        assert needs["base_digest"] == self.active
        assert set(needs["owners"]) == {OWNERS[change] for change in differ if change in OWNERS}
        assert (needs["approvals"], needs["board"]) == (2 if board else 1, board)
        assert needs["unproved"] == ([UNPROVED] if HARD in self.variants[digest] else [])
        self.stages[digest], self.needs[digest], self.words[digest] = "in_review", needs, {}

    def _approved(self, digest: str, data: dict[str, Any], actor: str, at: datetime) -> None:
        assert self.stages[digest] in ("in_review", "shadow", "canary")
        assert APPROVE in SCOPES[actor]
        assert actor != self.authors[digest]
        words = self.words[digest]
        for other in [one for one, word in words.items() if word["until"] <= at]:
            del words[other]
        assert actor not in words
        assert self.needs[digest]["base_digest"] == self.active
        assert set(data["roles"]) == ROLES[actor]
        assert set(self.needs[digest]["unproved"]) <= set(data["accepts"])
        words[actor] = {"until": at + timedelta(days=DAYS), "accepts": data["accepts"]}
        concluded = self.stages[digest] == "in_review" and self.enough(digest, at)
        assert data["stage"] == ("approved" if concluded else self.stages[digest])
        self.stages[digest] = data["stage"]

    def _rejected(self, digest: str, data: dict[str, Any], actor: str, at: datetime) -> None:
        assert self.stages[digest] in ("in_review", "approved")
        assert APPROVE in SCOPES[actor]
        assert data["reason"].strip()
        self.stages[digest], self.words[digest] = "draft", {}

    def _approvals_lapsed(self, digest: str, data: dict[str, Any], actor: str, at: datetime) -> None:
        assert self.stages[digest] in ("in_review", "approved")
        words = self.words[digest]
        over = {one for one, word in words.items() if word["until"] <= at}
        if self.needs[digest]["base_digest"] != self.active:
            assert data["stage"] == "draft"
            over = set(words)
        else:
            assert over
        assert set(data["approvals_fallen"]) == over
        self.words[digest] = {one: word for one, word in words.items() if one not in over}
        self.stages[digest] = data["stage"]
        assert data["stage"] != "approved" or self.enough(digest, at)

    def _rollout(self, digest: str, data: dict[str, Any], actor: str, at: datetime) -> None:
        rolled_back = data["release"] and actor in SCOPES and not self._goes_on(data)
        for moved, (before, after) in data["moved"].items():
            assert self.stages[moved] == before
            self.stages[moved] = after
            if after in ("shadow", "canary", "active") and not rolled_back:
                assert WRITE in SCOPES[actor]
                assert self.enough(moved, at)
        if rolled_back:
            assert APPROVE in SCOPES[actor]
        self.active = data["active"]

    def _goes_on(self, data: dict[str, Any]) -> bool:
        return "left" not in data

    def enough(self, digest: str, at: datetime) -> bool:
        """Whether the words that stand, each of another person, are all that is needed."""
        needs = self.needs[digest]
        live = {one: word for one, word in self.words[digest].items() if word["until"] > at}
        roles = {role for one in live for role in ROLES[one]}
        return (
            needs["base_digest"] == self.active
            and self.authors[digest] not in live
            and len(live) >= needs["approvals"]
            and set(needs["owners"]) <= roles
            and (not needs["board"] or "review_board" in roles)
            and all(set(needs["unproved"]) <= set(word["accepts"]) for word in live.values())
        )


@dataclass
class Life:
    """One policy, with people who try things. `done` counts what they were told was done."""

    policies: Policies
    releases: Releases
    clock: TestClock
    name: str
    done: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])

    async def begin(self) -> None:
        """Version 1 is active."""
        version, _ = await self.policies.draft(self.name, text_of(0, self.name), Asked(PEOPLE[0][0], None, "r"))
        self.done["drafted", PEOPLE[0][0].actor] += 1
        async with self.policies.store.transaction() as tx:
            await tx.policies.set_stage(version.digest, Stage.ACTIVE, "the first", expected=Stage.DRAFT)
            await tx.releases.put(Release(name=self.name, active=version.digest, updated_at=self.clock.now()))
            await tx.releases.activated(self.name, version.digest, None, self.clock.now())

    async def attempt(self, kind: str, who: int, what: Coroutine[Any, Any, Any]) -> MaitredError | None:
        """Try it; a refusal is an answer, and anything else breaks the test."""
        try:
            found = await what
        except MaitredError as error:
            return error
        if not (isinstance(found, tuple) and found[1] is False):  # a text that was known
            self.done[kind, PEOPLE[who][0].actor] += 1
        return None

    async def draft(self, variant: int, who: int) -> MaitredError | None:
        """Post a text."""
        asked = Asked(PEOPLE[who][0], None, "r")
        if WRITE not in asked.key.scopes:  # the route lets nobody else in
            return None
        return await self.attempt("drafted", who, self.policies.draft(self.name, text_of(variant, self.name), asked))

    async def submit(self, number: int, who: int, behind: int = 0) -> MaitredError | None:
        """Ask for a review."""
        asked = Asked(PEOPLE[who][0], await self.seen(number, behind), "r", "Please.")
        return await self.attempt("submitted", who, self.policies.submit(self.name, number, asked))

    async def approve(self, number: int, who: int, accepts: bool = True, behind: int = 0) -> MaitredError | None:
        """Say yes."""
        asked = Asked(PEOPLE[who][0], await self.seen(number, behind), "r", "Fine.")
        return await self.attempt("approved", who, self.policies.approve(self.name, number, [UNPROVED] if accepts else [], asked))

    async def reject(self, number: int, who: int, reason: str = "No.", behind: int = 0) -> MaitredError | None:
        """Say no."""
        asked = Asked(PEOPLE[who][0], await self.seen(number, behind), "r", reason)
        return await self.attempt("rejected", who, self.policies.reject(self.name, number, asked))

    async def roll_out(self, number: int, who: int, stage: Stage, behind: int = 0) -> MaitredError | None:
        """Begin a rollout, or go on with it."""
        release = await self.release()
        asked = Asked(PEOPLE[who][0], release.revision - behind, "r", "Go.")
        plan = Plan(stage=stage, percent=10 if stage is Stage.CANARY else None)
        return await self.attempt("rollout", who, self.releases.roll_out(self.name, number, plan, asked))

    async def roll_back(self, who: int) -> MaitredError | None:
        """Take it back."""
        return await self.attempt("rolled_back", who, self.releases.roll_back(self.name, None, Asked(PEOPLE[who][0], None, "r", "Back.")))

    async def seen(self, number: int, behind: int) -> int:
        """The revision that somebody read, or an older one."""
        found = await self.policies.views.version(self.name, number)
        return found[0].revision - behind if found else 1

    async def release(self) -> Release:
        """What decides."""
        async with self.policies.store.transaction() as tx:
            release = await tx.releases.get(self.name)
        assert release is not None
        return release

    async def check(self) -> None:
        """The ledger tells a story in which nobody passed a shut gate, and which ends where the store stands: nothing was lost."""
        entries = await self.policies.views.history(self.name, 0, 100_000)
        versions = await self.policies.views.versions(self.name, None, 1_000)
        first = min(versions, key=lambda one: one.version)
        variants = {compiled(text_of(number, self.name)).digest: words for number, words in enumerate(VARIANTS)}
        judge = Judge(variants, first.digest)
        for entry in entries:
            judge.follow(entry)
            if entry["data"]["policy"]["digest"] == first.digest and judge.stages[first.digest] == "draft" and len(judge.stages) == 1:
                judge.stages[first.digest] = "active"
        assert judge.stages == {one.digest: one.stage for one in versions}
        release = await self.release()
        assert judge.active == release.active
        assert [digest for digest, stage in judge.stages.items() if stage == "active"] == [release.active]
        assert {digest for digest, stage in judge.stages.items() if stage in ("shadow", "canary")} <= {release.candidate}
        for version in versions:
            _, approvals = await self.policies.views.version(self.name, version.version) or (None, [])
            assert {one.actor for one in approvals} == set(judge.words.get(version.digest, {}))
        assert sorted(one.version for one in versions) == list(range(1, len(versions) + 1))
        assert self._told(entries) == self.done

    def _told(self, entries: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
        told: Counter[tuple[str, str]] = Counter()
        for entry in entries:
            kind = entry["kind"].removeprefix("policy.")
            if kind != "approvals_lapsed":
                told[kind if kind in ("drafted", "submitted", "approved", "rejected", "rolled_back") else "rollout", entry["actor"]] += 1
        return told
