"""The pure policy engine as a service, and the replay of recorded decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from domain.canonical import digest_of
from domain.decision import Proposal, Verdict
from domain.errors import NotFound, PolicyInvalid
from domain.facts import Action, Facts, Mode
from domain.ports import Views
from domain.views import part
from policies.engine import CompiledPolicy
from policies.shelf import PolicyShelf


@dataclass(frozen=True)
class Decisions:
    """Asks policy without any effect."""

    policies: PolicyShelf
    views: Views

    async def decide(self, facts: dict[str, Any], proposal: dict[str, Any] | None, policy: str | None) -> Verdict:
        """What would happen. Facts may be partial: they are laid over neutral ones; invalid ones end in the fallback."""
        return (await self._policy(policy)).evaluate_raw(facts, proposal)

    async def replay(self, case_id: str, policy: str | None, turn: int | None = None) -> dict[str, Any]:
        """Decide a turn (the last by default) again from its recorded facts and proposal; the same version gives the same digest."""
        record = await self.views.record(case_id, turn)
        if record is None:
            raise NotFound(f"Case {case_id} has no decision yet.")
        recorded = Verdict.model_validate(record["decision"]["verdict"])
        engine = await (self._policy(policy) if policy else self.policies.have(recorded.policy.digest))
        facts = Facts.model_validate(record["facts"])
        proposal = Proposal.model_validate(record["proposal"]) if record.get("proposal") else None
        routed = part(record, "routing", "verdict") or record["decision"]["verdict"]
        replayed = in_stage_of(recorded, engine.evaluate(facts, proposal))
        verdict = replayed.model_dump(mode="json")
        return {
            "case_id": case_id,
            "turn": record["decision"]["turn"],
            "policy": replayed.policy.model_dump(mode="json"),
            "facts_digest": facts.digest,
            "recorded_digest": digest_of(routed),
            "digest": digest_of(verdict),
            "identical": digest_of(routed) == digest_of(verdict),
            "verdict": verdict,
            "changes": _changes(routed, verdict),
        }

    async def passes(self, case_id: str, turn: int | None = None) -> dict[str, Any] | None:
        """What the recorded version knows, what its first pass offered the router, and what the second left; None when it cannot be had."""
        record = await self.views.record(case_id, turn)
        if record is None:
            raise NotFound(f"Case {case_id} has no decision yet.")
        decided = record["decision"]["verdict"]
        try:
            engine = await self.policies.have(decided["policy"]["digest"])
            frame = engine.frame(Facts.model_validate(record["facts"]))
        except (NotFound, PolicyInvalid, ValidationError):
            return None
        return {
            "modes": [mode.value for mode in Mode],
            "pools": sorted(engine.pools),
            "actions": [action.value for action in Action],
            "first": frame.envelope.model_dump(mode="json"),
            "second": (part(record, "routing", "verdict") or decided)["envelope"],
            "ruled": decided["envelope"],
        }

    async def _policy(self, reference: str | None) -> CompiledPolicy:
        return await self.policies.find(reference) if reference else self.policies.active(None)


def in_stage_of(recorded: Verdict, replayed: Verdict) -> Verdict:
    """What the recorded version says, said in the stage that it had then: it may have been retired since, and the stage is in the bytes."""
    if replayed.policy.digest != recorded.policy.digest:
        return replayed
    return replayed.model_copy(update={"policy": recorded.policy})


def _changes(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    shown = ("tier", "priority", "sla", "route", "review", "envelope", "overruled")
    return [
        {"field": name, "recorded": before.get(name), "replayed": after.get(name)} for name in shown if before.get(name) != after.get(name)
    ]
