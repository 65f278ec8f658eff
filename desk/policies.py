"""Policies as a governed product: drafts, reviews, approvals. Every change is one transaction with its ledger entry and its event."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from desk.casework import Asked
from desk.policy_catalog import Judged, PolicyCatalog, unknown
from desk.policy_journal import policy_happening
from domain.errors import Conflict, Forbidden, InvalidInput, MaitredError, PreconditionRequired, StaleObject
from domain.events import Kind
from domain.examination import Examination, Examiner, Remark
from domain.facts import Region
from domain.identifiers import new_id
from domain.policy_life import Approval, ApprovalNeeds, PolicyVersion, Stage
from domain.unit_of_work import Store, Tx
from policies.approvals.approval import Act, Answer, Person, Refusal, Standing, expiry, refusals, unmet
from policies.approvals.approval_needs import needs_of
from policies.engine import CompiledPolicy, compile_policy
from policies.language.markup import fault, place_of
from policies.language.reader import invalid

ANSWERS: dict[Answer, type[MaitredError]] = {Answer.FORBIDDEN: Forbidden, Answer.CONFLICT: Conflict}
SERVICE = "maitred:policy"


@dataclass(frozen=True)
class Change:
    """One change of a version in its transaction, the release and the version locked."""

    tx: Tx
    asked: Asked
    standing: Standing
    region: Region

    @property
    def version(self) -> PolicyVersion:
        """The version as it stood."""
        return self.standing.version

    @property
    def at(self) -> datetime:
        """The moment of the change."""
        return self.standing.at

    async def tell(self, kind: Kind, revision: int, facts: dict[str, Any]) -> None:
        """Ledger and event."""
        told = policy_happening(
            kind,
            self.version,
            revision,
            actor=self.asked.key.actor,
            at=self.at,
            region=self.region,
            request_id=self.asked.request_id,
            facts={**facts, "reason": self.asked.note},
        )
        await self.tx.journal.write(told)


@dataclass(frozen=True)
class Policies(PolicyCatalog):
    """Draft, submit, approve, reject.

    Each raises NotFound for what the key does not see. A change of a version needs the revision that the caller read: PreconditionRequired
    without, StaleObject when it moved. What the rules of approval refuse is Forbidden, Conflict or InvalidInput, with a sentence.
    """

    store: Store
    examiner: Examiner

    async def draft(self, name: str, text: str, asked: Asked, origin: dict[str, Any] | None = None) -> tuple[PolicyVersion, bool]:
        """Store a text as a new version; for a known one, that version and False. `origin` says where an imported one comes from.

        Raises PolicyInvalid with every fault.
        """
        self.must_see(asked.key)
        policy = await asyncio.to_thread(compile_policy, text)
        if policy.ref.name != name:
            said = f"the text is of policy `{policy.ref.name}`, and was posted to `{name}`"
            raise invalid([fault(place_of(policy.places, "policy"), said)])
        if (known := await self.views.by_digest(policy.digest)) is not None:
            return known, False
        base = await self.views.active(name)
        found = await self._examined(text, base)
        async with self.store.transaction() as tx:
            version, new = await tx.policies.put(name, policy.digest, text, asked.key.answerable)
            if new:
                change = Change(tx, asked, Standing(version, (), base.digest if base else None, self.clock.now()), self.region)
                told = {"stage": version.stage, "base": base.digest if base else None, "unproved": [one.id for one in found.unproved]}
                kind, more = (Kind.POLICY_IMPORTED, {"origin": origin}) if origin else (Kind.POLICY_DRAFTED, {})
                await change.tell(kind, version.revision, {**told, **more})
        return version, new

    async def submit(self, name: str, number: int, asked: Asked) -> Judged:
        """Put a version in review: what it needs is worked out against the active version, and approvals that it had fall."""
        version, _ = await self.seen(name, number, asked.key)
        _must_be_fresh(version, asked)
        needs = await self._needs(version)
        async with self._change(name, number, asked) as change:
            permit(change.standing, Act.SUBMIT, asked)
            if change.standing.active != needs.base_digest:
                raise Conflict.said("Another version became active meanwhile; submit again.", retry=True)
            fallen = await change.tx.policies.drop_approvals(version.digest, change.at)
            revision = await change.tx.policies.review(version.digest, needs, asked.note, change.at, expected=change.version.stage)
            told = {"stage": Stage.IN_REVIEW, "needs": needs.model_dump(mode="json"), "approvals_fallen": fallen}
            await change.tell(Kind.POLICY_SUBMITTED, revision, told)
        return await self.one(name, number, asked.key)

    async def approve(self, name: str, number: int, accepts: Iterable[str], asked: Asked) -> Judged:
        """One person's yes; with the last that is needed a version in review is approved. What is tried live keeps its stage."""
        async with self._change(name, number, asked) as change:
            accepted = tuple(sorted(set(accepts)))
            person = permit(change.standing, Act.APPROVE, asked, accepted)
            await change.tx.policies.drop_approvals(change.version.digest, change.at, expired_only=True)
            word = _word(change, person, approves=True, accepts=accepted)
            revision = await change.tx.policies.approve(word)
            missing = unmet(replace(change.standing, approvals=(*change.standing.counting, word)))
            concluded = not missing and change.version.stage is Stage.IN_REVIEW
            stage = Stage.APPROVED if concluded else change.version.stage
            if concluded:
                revision = await change.tx.policies.set_stage(word.digest, stage, asked.note, expected=Stage.IN_REVIEW)
            told = {"stage": stage, "roles": sorted(word.roles), "accepts": list(accepted), "missing": list(missing)}
            await change.tell(Kind.POLICY_APPROVED, revision, told)
        return await self.one(name, number, asked.key)

    async def reject(self, name: str, number: int, asked: Asked) -> Judged:
        """One person's no, with its reason: the version is a draft again, and approvals that it had fall."""
        async with self._change(name, number, asked) as change:
            person = permit(change.standing, Act.REJECT, asked)
            await change.tx.policies.approve(_word(change, person, approves=False))
            fallen = await change.tx.policies.drop_approvals(change.version.digest, change.at)
            revision = await change.tx.policies.set_stage(change.version.digest, Stage.DRAFT, asked.note, expected=change.version.stage)
            await change.tell(Kind.POLICY_REJECTED, revision, {"stage": Stage.DRAFT, "approvals_fallen": fallen})
        return await self.one(name, number, asked.key)

    async def lapse(self) -> int:
        """Let fall what does not hold any more: approvals that expired, and reviews that compared with a version no longer active."""
        lapsed = 0
        for name, number in await self.views.lapsing(self.clock.now()):
            async with self.store.transaction() as tx:
                lapsed += await self._lapse(tx, name, number)
        return lapsed

    async def _examined(self, text: str, base: PolicyVersion | None) -> Examination:
        found = await self.examiner.examine(text, base.text if base else None)
        if found.faults:
            raise invalid([_fault(remark) for remark in found.faults])
        return found

    async def _needs(self, version: PolicyVersion) -> ApprovalNeeds:
        base = await self.views.active(version.name)
        if base is not None and base.digest == version.digest:
            raise Conflict.said("Version %(number)s is active already.", {"number": version.version})
        found = await self._examined(version.text, base)
        return await asyncio.to_thread(_needs, base.text if base else None, version.text, found)

    async def _lapse(self, tx: Tx, name: str, number: int) -> bool:
        active = await tx.policies.active(name)
        version = await tx.policies.version(name, number, lock=True)
        if version is None or version.stage not in (Stage.IN_REVIEW, Stage.APPROVED) or version.needs is None:
            return False
        at = self.clock.now()
        compared_anew = version.needs.base_digest == active
        fallen = await tx.policies.drop_approvals(version.digest, at, expired_only=compared_anew)
        standing = Standing(version, tuple(await tx.policies.approvals(version.digest)), active, at)
        stage = Stage.DRAFT if not compared_anew else Stage.IN_REVIEW if unmet(standing) else version.stage
        if not fallen and stage is version.stage:
            return False
        because = "Approvals expired." if compared_anew else "Another version became active; submit it again to be compared with that one."
        revision = await tx.policies.set_stage(version.digest, stage, because, expected=version.stage)
        told = {"stage": stage, "approvals_fallen": fallen, "reason": because}
        happening = policy_happening(
            Kind.POLICY_APPROVALS_LAPSED, version, revision, actor=SERVICE, at=at, region=self.region, request_id="", facts=told
        )
        await tx.journal.write(happening)
        return True

    @asynccontextmanager
    async def _change(self, name: str, number: int, asked: Asked) -> AsyncGenerator[Change, None]:
        self.must_see(asked.key)
        async with self.store.transaction() as tx:
            active = await tx.policies.active(name)  # before the version: who moves a release locks in this order as well
            version = await tx.policies.version(name, number, lock=True)
            if version is None:
                raise unknown(name, number)
            _must_be_fresh(version, asked)
            approvals = tuple(await tx.policies.approvals(version.digest))
            yield Change(tx, asked, Standing(version, approvals, active, self.clock.now()), self.region)


def _needs(before: str | None, after: str, found: Examination) -> ApprovalNeeds:
    base: CompiledPolicy | None = compile_policy(before) if before is not None else None
    return needs_of(base, compile_policy(after), found)


def permit(standing: Standing, act: Act, asked: Asked, accepts: tuple[str, ...] = ()) -> Person:
    """Who asks, when the rules let them. Raises Forbidden, Conflict or InvalidInput, with the rule's sentence."""
    person = Person.behind(asked.key, standing.version.needs)
    refused = refusals(act, standing, person, accepts=accepts, reason=asked.note)
    if refused:
        raise _refused(refused)
    return person


def _refused(refused: tuple[Refusal, ...]) -> MaitredError:
    first = min(refused, key=lambda refusal: list(Answer).index(refusal.answer))
    if first.answer is Answer.INPUT:
        return InvalidInput(first.because, [(first.pointer, first.because)])
    return ANSWERS[first.answer](first.because)


def _word(change: Change, person: Person, *, approves: bool, accepts: tuple[str, ...] = ()) -> Approval:
    return Approval(
        id=new_id("apr"),
        digest=change.version.digest,
        actor=person.actor,
        roles=tuple(sorted(person.roles)),
        approves=approves,
        accepts=accepts,
        reason=change.asked.note,
        at=change.at,
        expires_at=expiry(change.at),
    )


def _must_be_fresh(version: PolicyVersion, asked: Asked) -> None:
    if asked.revision is None:
        raise PreconditionRequired("Changing a version needs If-Match with the version's ETag.")
    if asked.revision != version.revision:
        raise StaleObject.said("The version changed since you read it.")


def _fault(remark: Remark) -> dict[str, Any]:
    found: dict[str, Any] = {"line": remark.line, "column": remark.column, "reason": remark.reason, "code": remark.code}
    return found if remark.example is None else {**found, "example": remark.example}
