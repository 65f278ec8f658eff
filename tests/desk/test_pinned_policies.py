"""Turns and the version that they are pinned to, on a worker that does not have it: another one was first, or nobody can have it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from domain.case import InboundMessage, Sender
from domain.policy_life import Stage
from policies.engine import compile_policy
from policies.rules import shipped
from policies.shelf import PolicyShelf
from tests.desk.house import House

REWORDED = shipped().replace("description: ", "description: Reworded, ", 1)


def message() -> InboundMessage:
    return InboundMessage(
        channel="email",
        external_id="x-1",
        conversation_id="c-1",
        sender=Sender(email="cto@northwind.example"),
        text="How do I share a dashboard?",
        sent_at=datetime.now(UTC),
    )


async def test_a_turn_that_another_worker_pinned_to_a_newer_version_is_decided_by_that_version(house: House) -> None:
    newer = compile_policy(REWORDED)
    async with house.stores.database.transaction() as tx:
        version, _ = await tx.policies.put(newer.ref.name, newer.digest, REWORDED, "person:ann", Stage.CANARY)
    elsewhere = replace(house.intake, policies=PolicyShelf(newer.at(Stage.CANARY, version.version)))
    accepted = await elsewhere.accept(message(), actor="test", request_id="req_1")
    assert await elsewhere.settled(accepted, 20)
    decision = (await house.case(accepted)).decision
    assert decision is not None
    policy = decision["verdict"]["policy"]
    assert (policy["version"], policy["stage"], policy["digest"]) == (2, "canary", newer.digest)


async def test_a_turn_whose_version_nobody_can_have_ends_with_a_person_by_the_active_version(house: House) -> None:
    elsewhere = replace(house.intake, policies=PolicyShelf(compile_policy(REWORDED)))
    accepted = await elsewhere.accept(message(), actor="test", request_id="req_1")
    async with asyncio.timeout(20):
        while (decision := (await house.case(accepted)).decision) is None:
            await house.runner.work(accepted.case_id)  # as the sweep of stranded turns does
            await asyncio.sleep(0.05)
    assert (decision["route"]["mode"], decision["degraded"]) == ("human", ["run: not-found"])
    assert decision["verdict"]["policy"]["version"] == 1
