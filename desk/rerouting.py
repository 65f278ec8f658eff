"""Rerouting: where a decided case stands, and where else policy lets it go. Judged by the same envelope as the decision was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.case import CaseStanding
from domain.decision import Decision, Route, Verdict
from domain.errors import Conflict, ForbiddenByPolicy, InvalidInput
from domain.facts import Facts, Mode
from domain.views import part
from policies.engine import CompiledPolicy
from policies.shelf import PolicyShelf


@dataclass(frozen=True)
class Decided:
    """A case's last decision with the facts it was made from, and the policy that made it."""

    decision: Decision
    facts: dict[str, Any]
    language: str
    policy: CompiledPolicy

    @classmethod
    async def from_record(cls, record: dict[str, Any], policies: PolicyShelf) -> Decided:
        """From a decision record. Raises NotFound when the policy's version is not here."""
        decision = Decision.model_validate(record["decision"])
        language = part(record, "triage", "read").get("language", "en")
        return cls(decision, record["facts"], language, await policies.have(decision.verdict.policy.digest))

    def standing(self, case: CaseStanding) -> Route:
        """Where the case is now: as decided, or as it was moved since."""
        route = case.route or self.decision.route
        return route.model_copy(update={"assignee": case.assignee})

    def transferred(self, case: CaseStanding, wanted: dict[str, Any]) -> Route:
        """The route of a transfer: what it does not name stays, and a person takes it.

        Raises InvalidInput for a pool that the policy does not know, Conflict when nothing would change, and ForbiddenByPolicy for what a
        guard forbids or wants a lead to look at first.
        """
        standing = self.standing(case)
        mode = Mode.HUMAN if standing.mode is Mode.AI else standing.mode
        route = Route.model_validate({**standing.model_dump(), "mode": mode, "assignee": None, **wanted})
        if route.pool not in self.policy.pools:
            known = ", ".join(sorted(self.policy.pools))
            raise InvalidInput.said("The policy knows no such pool.", errors=[("/pool", f"must be one of {known}")])
        if route.mode is Mode.AI:
            raise InvalidInput.said("A transfer gives a case to a person.", errors=[("/mode", "must be hybrid or human")])
        if _same_place(route, standing):
            raise Conflict.said("The case is there already: name another pool or person, or decline it.")
        verdict = self.policy.judge(Facts.model_validate(self.facts), route)
        if refusals := verdict.refusals(route) or self._asking_again(verdict):
            raise ForbiddenByPolicy(f"Policy forbids this route: {' '.join(refusal['because'] for refusal in refusals)}", refusals)
        return route

    def overflow(self, case: CaseStanding) -> Iterator[Route]:
        """The case in the overflow pools of where it stands, the nearest first, as far as policy allows them."""
        standing = self.standing(case)
        seen, waiting = {standing.pool}, list(self.policy.pools[standing.pool].overflow)
        while waiting:
            pool = waiting.pop(0)
            if pool in seen:
                continue
            seen.add(pool)
            with suppress(ForbiddenByPolicy):
                yield self.transferred(case, {"pool": pool})
            waiting.extend(self.policy.pools[pool].overflow)

    def reopened(self, case: CaseStanding, now: datetime) -> tuple[Route, Verdict]:
        """Where a resolved case begins again, with a person, and the verdict whose promises run from `now`."""
        standing = self.standing(case).model_copy(update={"assignee": None})
        mode = Mode.HUMAN if standing.mode is Mode.AI else standing.mode
        verdict = self.policy.judge(
            Facts.model_validate({**self.facts, "now": now.isoformat()}), standing.model_copy(update={"mode": mode})
        )
        return verdict.route, verdict

    def _asking_again(self, verdict: Verdict) -> list[dict[str, str]]:
        """The guards that want a review of this route and did not want one of the decided one."""
        seen = set(self.decision.verdict.envelope.reviews)
        guards = [guard for guard in verdict.guards if guard.effect.review is not None and guard.effect.review not in seen]
        return [{"id": guard.id, "because": guard.because} for guard in guards]


def _same_place(route: Route, standing: Route) -> bool:
    """Whether a transfer would move nothing: a route that names nobody is content with who has the case."""
    there = (route.pool, route.mode, set(route.skills)) == (standing.pool, standing.mode, set(standing.skills))
    return there and route.assignee in (None, standing.assignee)
