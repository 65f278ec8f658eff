"""Checks of a policy text that is still being written, and what provers find: nothing is stored, and each has a bound."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from desk.policy_catalog import PolicyCatalog
from domain.access import ApiKey
from domain.canonical import digest_of
from domain.errors import PolicyInvalid, TooBusy
from domain.examination import Examination, Examiner, Remark
from domain.policy_life import PolicyVersion
from policies.analysis.checking import check_sites
from policies.checks import check_policy
from policies.engine import compile_policy
from policies.language.markup import fault, place_of
from policies.suite import run_suite

QUEUE_S = 5.0
PROVED_WITHIN_S = 100.0
"""How long somebody waits for provers, others' texts before it included; the provers' own bound is a minute."""


@dataclass(frozen=True)
class Checked:
    """What is wrong with a text, as far as it is found without a prover."""

    faults: tuple[Remark, ...]
    tests: int = 0
    """Tests that were run; 0 when the text could not be read that far."""
    failing: tuple[str, ...] = ()
    known: PolicyVersion | None = None
    """The version that says the same already."""
    tried: bool = True
    """Whether its tests were asked for at all."""


@dataclass(frozen=True)
class PolicyChecks:
    """Looks at texts for whoever writes them. Each raises NotFound for a key that sees no policies, TooBusy when others are before it."""

    policies: PolicyCatalog
    examiner: Examiner
    queue_s: float = QUEUE_S
    proved_within_s: float = PROVED_WITHIN_S
    one_at_a_time: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    async def check(self, name: str, text: str, key: ApiKey) -> Checked:
        """Compile a text and run its tests: a tenth of a second for a policy of usual length, so while somebody types."""
        self.policies.must_see(key)
        try:
            await asyncio.wait_for(self.one_at_a_time.acquire(), self.queue_s)
        except TimeoutError as error:
            raise TooBusy.said("Texts of others are being checked; yours is at the next change.", retry_after_s=5, limit=1) from error
        try:
            digest, checked = await asyncio.to_thread(_checked, name, text)
        finally:
            self.one_at_a_time.release()
        known = await self.policies.views.by_digest(digest) if digest else None
        return Checked(checked.faults, checked.tests, checked.failing, known)

    async def prove(self, name: str, text: str, key: ApiKey) -> Examination:
        """What provers find in a text, beside the version that is active."""
        self.policies.must_see(key)
        base = await self.policies.views.active(name)
        return await self._examined(text, base)

    async def prove_version(self, name: str, number: int, key: ApiKey) -> Examination:
        """What provers find in a version, beside the one that is active."""
        version, _ = await self.policies.seen(name, number, key)
        base = await self.policies.views.active(name)
        return await self._examined(version.text, None if base and base.digest == version.digest else base)

    async def _examined(self, text: str, base: PolicyVersion | None) -> Examination:
        try:
            async with asyncio.timeout(self.proved_within_s):
                return await self.examiner.examine(text, base.text if base else None)
        except TimeoutError as error:
            raise TooBusy.said("The provers are still at work; ask again for their answer.", retry_after_s=10, limit=1) from error


def _checked(name: str, text: str) -> tuple[str, Checked]:
    try:
        policy = compile_policy(text)
    except PolicyInvalid as error:
        return "", Checked(tuple(_remark(one) for one in error.faults))
    found = check_policy(policy)
    found += [one.model_dump(include={"code", "line", "column", "reason"}) for one in check_sites(policy)[1]]
    if policy.ref.name != name:
        found.insert(0, fault(place_of(policy.places, "policy"), f"the text is of policy `{policy.ref.name}`; it must say `{name}` here"))
    outcomes = run_suite(policy)
    failing = tuple(outcome.name for outcome in outcomes if not outcome.passed)
    return policy.digest, Checked(tuple(_remark(one) for one in found), len(outcomes), failing)


def _remark(found: dict[str, object]) -> Remark:
    code = str(found.get("code", "check"))
    identifier = f"{code}-{digest_of([code, found['reason']]).removeprefix('sha256:')[:8]}"
    return Remark.model_validate({"id": identifier, "code": code, **{name: found[name] for name in ("line", "column", "reason")}})
