"""Alarms of a policy: which stand, and when they end."""

from __future__ import annotations

from typing import Any

from desk.policy_alarms import Alarming, PolicyAlarms
from desk.policy_journal import policy_happening
from desk.roller import ROLLER
from domain.events import Kind
from domain.facts import Region
from domain.policy_life import PolicyVersion
from tests.desk.policy_house import READER, PolicyHouse, worded

QUIET: dict[str, Any] = {"gates": []}
marks = iter(range(1_000))


async def happened(house: PolicyHouse, kind: Kind, version: PolicyVersion, actor: str, reason: str) -> None:
    """Something that the ledger tells of a version."""
    at = house.clock.now()
    told = policy_happening(kind, version, f"t{next(marks)}", actor=actor, at=at, region=Region.EU, request_id="", facts={"reason": reason})
    async with house.database.transaction() as tx:
        await tx.journal.write(told)


def release(active: PolicyVersion, candidate: PolicyVersion | None = None, held: str | None = None) -> dict[str, Any]:
    """As the board shows it."""
    return {
        "active": active.digest,
        "candidate": candidate.digest if candidate else None,
        "versions": {"active": active.version, "previous": None, "candidate": candidate.version if candidate else None},
        "held_because": held,
    }


async def test_a_gate_that_tripped_alarms_until_somebody_begins_anew(policy_house: PolicyHouse) -> None:
    alarms = PolicyAlarms(policy_house.policies)
    version = await policy_house.drafted(worded(1))
    await happened(policy_house, Kind.POLICY_ROLLED_BACK, version, "person:olga", "Enough seen.")
    assert await alarms.of(policy_house.name, READER, release(version), QUIET) == []
    await happened(policy_house, Kind.POLICY_ROLLED_BACK, version, ROLLER.actor, "A route that is forbidden.")
    [alarm] = await alarms.of(policy_house.name, READER, release(version), QUIET)
    assert (alarm.kind, alarm.version, alarm.because) == (Alarming.ROLLED_BACK, version.version, "A route that is forbidden.")
    await happened(policy_house, Kind.POLICY_ROLLOUT_STARTED, version, "person:olga", "Mended.")
    assert await alarms.of(policy_house.name, READER, release(version, version), QUIET) == []


async def test_a_refusing_worker_alarms_once_as_long_as_the_version_is_live(policy_house: PolicyHouse) -> None:
    alarms = PolicyAlarms(policy_house.policies)
    one, other = await policy_house.drafted(worded(1)), await policy_house.drafted(worded(2))
    for reason in ("unknown fact", "unknown fact, as before"):
        await happened(policy_house, Kind.POLICY_REFUSED, other, "maitred:worker", reason)
    [alarm] = await alarms.of(policy_house.name, READER, release(one, other), QUIET)
    assert (alarm.kind, alarm.version, alarm.because) == (Alarming.REFUSED, other.version, "unknown fact, as before")
    assert await alarms.of(policy_house.name, READER, release(one), QUIET) == []


async def test_a_tripped_gate_of_a_shadow_and_a_held_rollout_alarm(policy_house: PolicyHouse) -> None:
    alarms = PolicyAlarms(policy_house.policies)
    version = await policy_house.drafted(worded(1))
    standing = {"gates": [{"reading": "pass", "because": "fine"}, {"reading": "trip", "because": "1 of 9 is forbidden."}]}
    found = await alarms.of(policy_house.name, READER, release(version, version, "Approvals expired."), standing)
    assert [(one.kind, one.because) for one in found] == [
        (Alarming.TRIPPED, "1 of 9 is forbidden."),
        (Alarming.HELD, "Approvals expired."),
    ]
