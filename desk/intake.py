"""Intake: dedupe, identify the client, store message, case, turn, ledger and outbox at once, then run the case."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from desk.floor import Floor
from domain.canonical import digest
from domain.case import Identity, InboundMessage, PendingTurn, TurnInput, TurnStatus
from domain.errors import ToolFailed
from domain.events import Happening, Kind
from domain.facts import Region
from domain.failpoints import failpoint
from domain.identifiers import derived_id, new_id
from domain.ports import Clock, Crm
from domain.unit_of_work import Store
from domain.views import Accepted, CaseOpening
from policies.shelf import PolicyShelf

log = structlog.get_logger("maitred.intake")

IDENTIFY_LIMIT_S = 0.4


@dataclass(frozen=True)
class Intake:
    """Takes messages in."""

    store: Store
    crm: Crm
    policies: PolicyShelf
    clock: Clock
    floor: Floor
    home_region: Region

    async def accept(self, message: InboundMessage, *, actor: str, request_id: str) -> Accepted:
        """Store a message, durably and once, and start its run in the background.

        Raises TooBusy when the desk is full, StoreUnavailable when Postgres is away: then nothing was stored.
        """
        identity, unidentified = await who_writes(self.crm, message)
        self.floor.admit(self._is_vip(identity))
        now = self.clock.now()
        policy = self.policies.active(identity.client_id if identity else None)
        opening = CaseOpening(
            case_id=new_id("case"),
            message_id=new_id("msg"),
            identity=identity,
            unidentified=unidentified,
            region=identity.region if identity else self.home_region,
            policy_digest=policy.digest,
            request_id=request_id,
            at=now,
        )
        async with self.store.transaction() as tx:
            accepted = await tx.cases.open(message, opening, _received(message, opening, Accepted.as_first(opening), actor))
            if accepted is None:
                accepted = await tx.cases.accept(message, opening)
                if not accepted.repeated:
                    await tx.journal.write(_received(message, opening, accepted, actor))
        if not accepted.repeated:
            failpoint("message-accepted")
            self.floor.start(accepted.case_id, self._first_turn(message, opening, accepted) if accepted.opened else None)
        return accepted

    async def settled(self, accepted: Accepted, within_s: float) -> bool:
        """Wait until the turn is decided or stopped for a person; False when that takes longer."""
        return await self.floor.settled(accepted.case_id, accepted.turn, within_s)

    def _is_vip(self, identity: Identity | None) -> bool:
        return identity is not None and identity.vip

    def _first_turn(self, message: InboundMessage, opening: CaseOpening, accepted: Accepted) -> PendingTurn:
        return PendingTurn(
            input=TurnInput(
                case_id=accepted.case_id,
                turn=accepted.turn,
                message_id=accepted.message_id,
                message=message,
                identity=opening.identity,
                received_at=opening.at,
                region=accepted.region,
                client_id=accepted.client_id,
                request_id=opening.request_id,
                unidentified=opening.unidentified,
            ),
            policy_digest=opening.policy_digest,
            status=TurnStatus.PENDING,
        )


async def who_writes(crm: Crm, message: InboundMessage) -> tuple[Identity | None, str]:
    """Who writes, and why the CRM could not be asked: a client whom it would have known is then no mere stranger to policy."""
    try:
        async with asyncio.timeout(IDENTIFY_LIMIT_S):
            return await crm.identify(message.sender), ""
    except TimeoutError:
        unidentified = "timeout"
    except ToolFailed as error:
        unidentified = error.code
    log.warning("sender not identified", reason=unidentified)
    return None, unidentified


def _received(message: InboundMessage, opening: CaseOpening, accepted: Accepted, actor: str) -> Happening:
    facts = {
        "turn": accepted.turn,
        "message_id": accepted.message_id,
        "channel": message.channel,
        "policy_digest": opening.policy_digest,
    }
    return Happening(
        id=derived_id("ent", accepted.case_id, accepted.turn, "received"),
        kind=Kind.MESSAGE_RECEIVED,
        case_id=accepted.case_id,
        region=accepted.region,
        client_id=accepted.client_id,
        actor=actor,
        at=opening.at,
        request_id=opening.request_id,
        entry={
            **facts,
            "text_digest": digest(message.text.encode()),
            "resolved_by": opening.identity.resolved_by if opening.identity else "none",
        },
        event={**facts, "external_id": message.external_id, "conversation_id": message.conversation_id},
    )
