"""Rulings become candidate cases of a suite: collected once, without anything personal, then labelled, accepted or rejected by people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.access import ApiKey
from domain.client import ClientProfile, Person
from domain.decision import Proposal, Verdict
from domain.errors import Conflict, InvalidInput, MaitredError, NotFound, StaleObject, ToolFailed
from domain.eval_candidate import (
    Candidate,
    CandidateQuery,
    CandidateStatus,
    CandidateViews,
    ChangedRuling,
    ChangedRulings,
    Cleaned,
    Deidentifier,
    Label,
)
from domain.events import Happening, Kind
from domain.facts import Action, Facts, Mode
from domain.identifiers import derived_id
from domain.ports import Clock, Crm
from domain.unit_of_work import Store
from policies.shelf import PolicyShelf

BATCH = 50
PRECISIONS = (2, 3, 4)
"""Significant digits of amounts: the fewest with which policy still says the same."""
COLLECTOR = "maitred:collector"
LABELLED = {"mode": tuple(Mode), "action": tuple(Action)}
DECIDED = {CandidateStatus.ACCEPTED: Kind.EVAL_CANDIDATE_ACCEPTED, CandidateStatus.REJECTED: Kind.EVAL_CANDIDATE_REJECTED}
MOST_WORDS = 2_000
"""Characters of a reason, a note or a tag."""


@dataclass
class Collected:
    """What one collection came to."""

    seen: int = 0
    new: int = 0
    unreadable: int = 0
    """Rulings whose record an older version wrote in a form that is not read any more."""
    held: dict[str, str] = field(default_factory=dict[str, str])
    """Candidate id to why it is held back."""


@dataclass(frozen=True)
class Looker:
    """Who looks, and which state of a candidate they have seen. On the machine itself everything is seen, and what stands is decided."""

    key: ApiKey | None = None
    revision: int | None = None

    def sees(self, candidate: Candidate) -> bool:
        """Whether the candidate exists for them."""
        return self.key is None or self.key.sees(candidate.region, None)


ON_THE_MACHINE = Looker()


@dataclass(frozen=True)
class EvalCandidates:
    """What is done with candidates. Each change is one ledger entry, which names who did it."""

    store: Store
    rulings: ChangedRulings
    views: CandidateViews
    crm: Crm
    policies: PolicyShelf
    deidentifier: Deidentifier
    clock: Clock
    staff: Sequence[Person] = ()

    async def collect(self, since: datetime | None = None) -> Collected:
        """Make a candidate of every ruling that changed a proposal and has none; try again those that are held back.

        Collecting twice, or in two processes at once, changes nothing.
        """
        done, page = Collected(), await self.rulings.uncollected(since, "", BATCH)
        while page.last is not None:
            done.unreadable += page.unreadable
            for one in page.rulings:
                candidate = await self._candidate(one)
                done.seen += 1
                if candidate.status is CandidateStatus.HELD:
                    done.held[candidate.id] = candidate.held_because
                done.new += await self._keep(candidate)
            page = await self.rulings.uncollected(since, page.last, BATCH)
        return done

    async def some(self, query: CandidateQuery) -> list[Candidate]:
        """Candidates, newest ruling first."""
        return await self.views.candidates(query)

    async def one(self, candidate_id: str, looker: Looker = ON_THE_MACHINE) -> Candidate:
        """A candidate. Raises NotFound."""
        found = await self.views.candidate(candidate_id)
        if found is None or not looker.sees(found):
            raise NotFound(f"There is no candidate {candidate_id}; `maitred eval candidates list` shows those there are.")
        return found

    async def label(self, candidate_id: str, label: Label, looker: Looker = ON_THE_MACHINE) -> Candidate:
        """Say more of a candidate than the ruling does. Raises InvalidInput for a route that nobody knows and for personal words."""
        known = await self.one(candidate_id, looker)
        _refuse_unknown(label, known, self.policies)
        _refuse_long(label.note, label.dangerous, *label.slices, *label.slices.values())
        await self._refuse_personal(known, label.note, label.dangerous, *label.slices, *label.slices.values())
        return await self._change(candidate_id, Kind.EVAL_CANDIDATE_LABELLED, label.by, label.note, {"label": label}, looker)

    async def accept(self, candidate_id: str, by: str, reason: str, looker: Looker = ON_THE_MACHINE) -> Candidate:
        """Let a candidate be exported. Raises Conflict for one that is held back, or decided already."""
        return await self._decide(candidate_id, CandidateStatus.ACCEPTED, by, reason, looker)

    async def reject(self, candidate_id: str, by: str, reason: str, looker: Looker = ON_THE_MACHINE) -> Candidate:
        """Keep a candidate out of every suite; the row stays. Raises Conflict."""
        return await self._decide(candidate_id, CandidateStatus.REJECTED, by, reason, looker)

    async def exported(self, version: str, digest: str, cases: int, by: str) -> None:
        """Write down that a version of the dataset was made; the same bytes again are no news."""
        now = self.clock.now()
        told = {"version": version, "digest": digest, "cases": cases}
        entry = _happening(f"eval-dataset {version} {digest}", 0, Kind.EVAL_DATASET_EXPORTED, self._home, None, actor_of(by), now, told)
        async with self.store.transaction() as tx:
            await tx.journal.write(entry)

    @property
    def _home(self) -> str:
        return self.policies.home_region

    async def _decide(self, candidate_id: str, status: CandidateStatus, by: str, reason: str, looker: Looker) -> Candidate:
        known = await self.one(candidate_id, looker)
        if not by.strip() or not reason.strip():
            raise InvalidInput("A decision on a candidate needs a person's name and a reason.", [("/reason", "is missing")])
        _refuse_long(reason)
        await self._refuse_personal(known, reason)
        decided = {"status": status, "decided_by": actor_of(by), "reason": reason, "decided_at": self.clock.now()}
        return await self._change(candidate_id, DECIDED[status], by, reason, decided, looker)

    async def _change(
        self, candidate_id: str, kind: Kind, by: str, reason: str, change: dict[str, Any], looker: Looker = ON_THE_MACHINE
    ) -> Candidate:
        async with self.store.transaction() as tx:
            standing = await tx.candidates.locked(candidate_id)
            if standing is None:
                raise NotFound(f"There is no candidate {candidate_id}.")
            if looker.revision not in (None, standing.revision):
                raise StaleObject("The candidate changed since you read it.")
            _refuse_standing(standing, change.get("status"))
            changed = standing.model_copy(update={**change, "revision": standing.revision + 1})
            await tx.candidates.save(changed)
            await tx.journal.write(_of_candidate(changed, kind, actor_of(by), self.clock.now(), {"reason": reason}))
        return changed

    async def _keep(self, candidate: Candidate) -> bool:
        """Whether it is news. Row and entry are written together or not at all."""
        async with self.store.transaction() as tx:
            revision = await tx.candidates.put(candidate)
            if revision is None:
                return False
            kept = candidate.model_copy(update={"revision": revision})
            told = {"status": kept.status, "method": kept.method, "replaced": kept.replaced, "held_because": kept.held_because}
            await tx.journal.write(_of_candidate(kept, Kind.EVAL_CANDIDATE_COLLECTED, COLLECTOR, kept.collected_at, told))
        return True

    async def _candidate(self, changed: ChangedRuling) -> Candidate:
        cleaned, because = await self._cleaned(changed)
        ruling, verdict = changed.ruling, changed.decision.verdict
        held = cleaned is None or bool(because)
        return Candidate(
            id=changed.candidate_id,
            case_id=changed.turn.case_id,
            turn=changed.turn.turn,
            review_id=changed.review_id,
            region=changed.region,
            action=ruling.action,
            ruled_by=ruling.actor,
            ruled_at=ruling.ruled_at,
            status=CandidateStatus.HELD if held else CandidateStatus.PROPOSED,
            held_because=because,
            input={} if held or cleaned is None else cleaned.input,
            gold={} if held or cleaned is None else cleaned.gold,
            slices=_slices(changed, verdict),
            why="" if held or cleaned is None else cleaned.why,
            method=self.deidentifier.method,
            replaced={} if held or cleaned is None else cleaned.replaced,
            collected_at=self.clock.now(),
        )

    async def _cleaned(self, changed: ChangedRuling) -> tuple[Cleaned | None, str]:
        """The ruling without anything personal, or why there is none."""
        try:
            profile = await self._profile(changed)
            policy = await self.policies.have(changed.decision.verdict.policy.digest)
        except MaitredError as error:
            return None, error.message
        facts = Facts.model_validate(changed.record["facts"])
        proposal = _proposal(changed.record.get("proposal"))
        said = _outcome(policy.evaluate(facts, proposal))
        for digits in PRECISIONS:
            cleaned = self.deidentifier.clean(changed, profile, self.staff, digits)
            if cleaned.left:
                return None, f"After de-identification there is still: {cleaned.left}."
            read = Facts.model_validate(cleaned.input["facts"])
            if _outcome(policy.evaluate(read, _proposal(cleaned.input["proposal"]))) == said:
                return cleaned, ""
        return None, "Policy judges it otherwise without what is personal in it."

    async def _profile(self, changed: ChangedRuling) -> ClientProfile | None:
        identity = changed.turn.identity
        if identity is None:
            return None
        profile = await self.crm.profile(identity.client_id)
        if profile is None:
            raise ToolFailed("The CRM does not know the client any more, so nobody can say which names and numbers are personal.")
        return profile

    async def _refuse_personal(self, candidate: Candidate, *texts: str) -> None:
        """Words about a candidate are kept as well: they must not name whom it is about."""
        changed = await self.rulings.of(candidate.case_id, candidate.turn)
        if changed is None:
            return
        left = self.deidentifier.left_in("\n".join(texts), changed, await self._profile(changed), self.staff)
        if left:
            raise InvalidInput(f"What you wrote names somebody or something of the case ({left}); write it without.")


def actor_of(by: str) -> str:
    """A person by name, as the ledger names actors. Raises InvalidInput for nobody."""
    name = by.strip()
    if not name:
        raise InvalidInput("Say who does this with --by.")
    return name if ":" in name else f"person:{name}"


def _refuse_standing(standing: Candidate, wanted: CandidateStatus | None) -> None:
    if standing.status is CandidateStatus.HELD and wanted is not CandidateStatus.REJECTED:
        raise Conflict(f"This candidate is held back: {standing.held_because} Mend that and collect again.")
    if wanted is not None and standing.status is wanted:
        raise Conflict(f"{standing.decided_by} did that already: {standing.reason}")


def _refuse_unknown(label: Label, candidate: Candidate, policies: PolicyShelf) -> None:
    known = {**{name: set(map(str, values)) for name, values in LABELLED.items()}, "pool": set(policies.active().pools)}
    for name, value in label.gold.items():
        if name not in known:
            raise InvalidInput(f"The gold of a candidate has no {name}: it has {', '.join(known)}.")
        if value not in known[name] and candidate.gold.get(name) != value:
            raise InvalidInput(f"There is no {name} {value}: it is one of {', '.join(sorted(known[name]))}.")


def _refuse_long(*texts: str) -> None:
    if any(len(text) > MOST_WORDS for text in texts):
        raise InvalidInput(f"That is too long: write at most {MOST_WORDS:,} characters in each place.")


def _slices(changed: ChangedRuling, verdict: Verdict) -> dict[str, str]:
    facts = changed.record["facts"]
    message, client = facts.get("message", {}), facts.get("client", {})
    return {
        "tier": verdict.tier.id,
        "region": changed.region,
        "language": str(message.get("language", "")),
        "channel": changed.turn.message.channel,
        "intent": str(message.get("intent", "")),
        "segment": str(client.get("segment", "")),
        "ruling": str(changed.ruling.action),
        "amended": "yes" if changed.amendments else "no",
    }


def _proposal(plain: dict[str, Any] | None) -> Proposal | None:
    return Proposal.model_validate(plain) if plain else None


def _outcome(verdict: Verdict) -> tuple[Any, ...]:
    """What must not change when amounts are made coarser."""
    route = verdict.route.model_copy(update={"amount": 0.0})
    return verdict.tier.id, route, verdict.review, verdict.envelope, tuple(guard.id for guard in verdict.guards)


def _of_candidate(candidate: Candidate, kind: Kind, actor: str, at: datetime, more: dict[str, Any]) -> Happening:
    told = {"candidate": candidate.id, "turn": candidate.turn, **more}
    return _happening(candidate.id, candidate.revision, kind, candidate.region, candidate.case_id, actor, at, told)


def _happening(
    about: str, mark: int, kind: Kind, region: str, case_id: str | None, actor: str, at: datetime, told: dict[str, Any]
) -> Happening:
    """An entry for the ledger alone: nothing outside follows candidates."""
    return Happening(
        id=derived_id("ent", about, mark, kind), kind=kind, case_id=case_id, region=region, actor=actor, at=at, entry=told, event=None
    )
