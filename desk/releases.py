"""Releases: which version decides live traffic.

Each change is one transaction under the release's lock: stages, ledger, event, and a notification to every worker. Whoever dies in the
middle leaves what was before.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from desk.casework import Asked
from desk.policies import permit
from desk.policy_journal import policy_happening
from desk.recalls import recall
from domain.errors import Conflict, InvalidInput, NotFound, PreconditionRequired, StaleObject
from domain.facts import Region
from domain.failpoints import failpoint
from domain.policy_life import PolicyVersion, Release, Stage
from domain.ports import Clock
from domain.unit_of_work import Store, Tx
from policies.approvals.approval import Act, Standing, unmet
from policies.engine import CompiledPolicy
from policies.rollouts.rollout import By, Plan, Transition, begin, hold, move, roll_back, start
from policies.shelf import PolicyShelf

log = structlog.get_logger("maitred.releases")

SERVICE = "maitred:policy"
SALT_BYTES = 8


@dataclass(frozen=True)
class Change:
    """One change of a release in its transaction, the release locked."""

    tx: Tx
    release: Release
    at: datetime
    actor: str
    region: Region
    reason: str = ""
    request_id: str = ""

    async def carry_out(self, transition: Transition, about: PolicyVersion, **told: Any) -> Release:
        """Stages, release, ledger and event, or none of it."""
        for one in transition.moves:
            await self.tx.policies.set_stage(one.digest, one.after, self.reason, expected=one.before)
            failpoint("release-stage-moved")
        stands = await self.tx.releases.put(transition.release)
        if transition.activated:
            await self.tx.releases.activated(stands.name, stands.active, stands.previous, self.at)
        facts = {
            "release": stands.revision,
            "active": stands.active,
            "candidate": stands.candidate,
            "stage": stands.stage,
            "percent": stands.percent,
            "starts_at": stands.starts_at.isoformat() if stands.starts_at else None,
            "moved": {one.digest: [one.before, one.after] for one in transition.moves},
            "reason": self.reason,
            **told,
        }
        happening = policy_happening(
            transition.kind,
            about,
            stands.revision,
            actor=self.actor,
            at=self.at,
            region=self.region,
            request_id=self.request_id,
            facts=facts,
        )
        await self.tx.journal.write(happening)
        failpoint("release-in-transaction")
        return stands


@dataclass(frozen=True)
class Releases:
    """Start a rollout, move it on, activate, roll back.

    Each raises NotFound for a policy that decides no live traffic, and Conflict with a sentence for what cannot be done now. All but a
    rollback need the revision of the release that the caller read: PreconditionRequired without, StaleObject when it moved.
    """

    store: Store
    policies: PolicyShelf
    clock: Clock
    region: Region

    async def roll_out(self, name: str, number: int, plan: Plan, asked: Asked) -> Release:
        """Begin a rollout of a version, or go on with the one that runs. Raises Forbidden, PolicyInvalid, InvalidInput."""
        _know_tiers(plan, await self.policies.find(f"{name}@{number}"))  # what cannot be used here, nobody is asked to serve
        async with self._change(name, asked) as change:
            version = await _version(change, number)
            running = change.release.candidate == version.digest and change.release.started_at is not None
            permit(await _standing(change, version), Act.ROLL_OUT, asked)
            if running:
                transition = move(change.release, plan, change.at)
            else:
                salt = secrets.token_hex(SALT_BYTES)
                transition = start(change.release, version.digest, version.stage, plan, By(change.actor, change.at), salt)
            stands = await change.carry_out(transition, version)
        failpoint("release-committed")
        return stands

    async def move(self, name: str, number: int | None, plan: Plan, asked: Asked) -> Release:
        """Go on with the rollout that runs; `number` says of which version the caller believes that it is."""
        async with self._change(name, asked) as change:
            version = await _candidate(change.tx, change.release)
            if number not in (None, version.version):
                raise Conflict.said(
                    "Version %(running)s is being rolled out, not version %(wanted)s.", {"running": version.version, "wanted": number}
                )
            permit(await _standing(change, version), Act.ROLL_OUT, asked)
            stands = await change.carry_out(move(change.release, plan, change.at), version)
        failpoint("release-committed")
        return stands

    async def activate(self, name: str, asked: Asked) -> Release:
        """Let the candidate that runs decide for everybody."""
        return await self.move(name, None, Plan(stage=Stage.ACTIVE), asked)

    async def roll_back(self, name: str, to: int | None, asked: Asked, *, candidate: int | None = None) -> Release:
        """Drop the candidate; or, when there is none or `to` names a version, let one decide again that was active before.

        `candidate` says which version the caller believes to be rolled out: Conflict when it no longer is.
        """
        async with self._change(name, asked, blind=True) as change:
            before = change.release
            if candidate is not None:
                await _must_run(change, candidate)
            wanted = await _version(change, to) if to is not None else None
            digests = {one for one in (wanted.digest if wanted else None, before.previous) if one is not None}
            found = [await change.tx.policies.by_digest(digest, lock=True) for digest in sorted(digests)]
            stages = {version.digest: version.stage for version in found if version is not None}
            activations = await change.tx.releases.activations(name)
            transition = roll_back(before, activations, stages, wanted.digest if wanted else None)
            left = before.candidate if transition.release.active == before.active else before.active
            about = await change.tx.policies.by_digest(left or before.active)
            if about is None:
                raise NotFound(f"A version of {name} is not in the store.")
            permit(await _standing(change, about), Act.ROLL_BACK, asked)
            if before.candidate is not None and before.started_at is not None and before.stage is Stage.CANARY:
                await recall(change.tx, before, asked.note or "It was rolled back.", change.at, change.actor)
            stands = await change.carry_out(transition, about, left=left, dropped=before.candidate)
        failpoint("release-committed")
        return stands

    async def begin_due(self) -> int:
        """Begin the rollouts whose time has come by the database's clock, and say how many; each begins once, whichever worker looks."""
        async with self.store.transaction() as tx:
            due = await tx.releases.due()
        return sum([await self._begin(name) for name in due])

    async def _begin(self, name: str) -> int:
        async with self.store.transaction() as tx:
            release = await tx.releases.get(name, lock=True)
            if release is None or name not in await tx.releases.due():
                return 0  # another worker was first, or somebody planned anew
            version = await _candidate(tx, release)
            change = Change(tx, release, self.clock.now(), SERVICE, self.region)
            missing = await _missing(change, version)
            transition = hold(release, " ".join(missing)) if missing else begin(release, change.at)
            await change.carry_out(transition, version, planned_by=release.started_by, missing=list(missing))
        failpoint("release-committed")
        log.info("rollout due", policy=name, version=version.version, held=list(missing))
        return 1

    @asynccontextmanager
    async def _change(self, name: str, asked: Asked, *, blind: bool = False) -> AsyncGenerator[Change, None]:
        if not asked.key.sees(self.region, None):
            raise NotFound.said("There are no policies for this key.")
        async with self.store.transaction() as tx:
            release = await tx.releases.get(name, lock=True)
            if release is None:
                raise NotFound.said("Policy %(name)s decides no live traffic here, so there is nothing to roll out.", {"name": name})
            if asked.revision is None and not blind:
                raise PreconditionRequired("A rollout needs If-Match with the ETag of `GET …/rollout`.")
            if asked.revision not in (None, release.revision):
                raise StaleObject.said("The rollout changed since you read it.")
            yield Change(tx, release, self.clock.now(), asked.key.actor, self.region, asked.note, asked.request_id)


def _know_tiers(plan: Plan, policy: CompiledPolicy) -> None:
    tiers = [tier.id for tier in policy.tiers]
    for place, gate in enumerate(plan.gates or ()):
        if gate.tier is not None and gate.tier not in tiers:
            raise InvalidInput.said(
                "A gate names a tier that the version does not have.",
                errors=[(f"/gates/{place}/tier", f"must be one of {', '.join(tiers)}")],
            )


async def _version(change: Change, number: int) -> PolicyVersion:
    version = await change.tx.policies.version(change.release.name, number, lock=True)
    if version is None:
        raise NotFound.said("There is no version %(number)s of policy %(name)s.", {"number": number, "name": change.release.name})
    return version


async def _candidate(tx: Tx, release: Release) -> PolicyVersion:
    version = await tx.policies.by_digest(release.candidate, lock=True) if release.candidate else None
    if version is None:
        raise Conflict.said("No rollout runs.")
    return version


async def _must_run(change: Change, number: int) -> None:
    """Raises Conflict, with what stands instead, when version `number` is not the one that is rolled out: somebody was first."""
    wanted, release = await _version(change, number), change.release
    if release.candidate == wanted.digest:
        return
    active = await change.tx.policies.by_digest(release.active)
    raise Conflict.said(
        "Version %(wanted)s is not being rolled out any more: version %(active)s decides. Nothing was changed.",
        {"wanted": number, "active": active.version if active else "?"},
    )


async def _standing(change: Change, version: PolicyVersion) -> Standing:
    return Standing(version, tuple(await change.tx.policies.approvals(version.digest)), change.release.active, change.at)


async def _missing(change: Change, version: PolicyVersion) -> tuple[str, ...]:
    if version.stage is not Stage.APPROVED:
        return (f"Version {version.version} is {version.stage} by now, not approved.",)
    return unmet(await _standing(change, version))
