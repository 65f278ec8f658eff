"""What helpdesks and people do with a case: acknowledge, accept, decline, transfer, resolve, reopen."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.deps import CaseWriter, DeskDep, Matching, etag, revision_of
from api.idempotent import IdempotentRoute, after_effect
from api.pages import answer, problems
from api.requests import MoveIn, ResolveIn, TransferIn
from api.responses import CaseOut
from api.routes.cases import CaseIdPath
from desk.casework import Asked
from desk.front import Desk
from domain.access import ApiKey
from domain.errors import StaleObject

router = APIRouter(prefix="/v1/cases", tags=["cases"], route_class=IdempotentRoute)

MOVED: dict[str, Any] = {"response_model": CaseOut, "responses": problems(404, 409, 412, 413, 415, 428)}


class Mover:
    """The caller of a move, with what its answers have in common."""

    def __init__(self, case_id: CaseIdPath, request: Request, desk: DeskDep, key: CaseWriter, wanted: Matching) -> None:
        self.case_id = case_id
        self.desk: Desk = desk
        self._key: ApiKey = key
        self._wanted = wanted
        self._request_id: str = request.scope["request_id"]

    @asynccontextmanager
    async def asking(self, note: str = "") -> AsyncGenerator[Asked, None]:
        """What the desk is asked with; a stale `If-Match` is answered with the fresh case."""
        revision = await revision_of(self._wanted, self._now)
        try:
            yield Asked(self._key, revision, self._request_id, note)
        except StaleObject as error:
            raise StaleObject(error.message, await self.desk.cases.one(self.case_id, self._key)) from error

    async def _now(self) -> int:
        return (await self.desk.cases.one(self.case_id, self._key))["revision"]

    async def shown(self) -> Response:
        """The case as it is now."""
        case = await after_effect(lambda: self.desk.cases.one(self.case_id, self._key))
        return answer(case, headers={"ETag": etag(case["revision"])})


MoverDep = Annotated[Mover, Depends()]


@router.post("/{case_id}/acknowledge", summary="The client heard from us", **MOVED)
async def acknowledge(mover: MoverDep, why: MoveIn | None = None) -> Response:
    """The clock of the first promise stops."""
    async with mover.asking(why.note if why else "") as asked:
        await mover.desk.casework.acknowledge(mover.case_id, asked)
    return await mover.shown()


@router.post("/{case_id}/accept", summary="Accept a reservation", **MOVED)
async def accept(mover: MoverDep, why: MoveIn | None = None) -> Response:
    """Whom the case is reserved for takes it on; the clock of the first promise stops."""
    async with mover.asking(why.note if why else "") as asked:
        await mover.desk.casework.accept(mover.case_id, asked)
    return await mover.shown()


@router.post("/{case_id}/decline", summary="Decline a reservation", **MOVED)
async def decline(mover: MoverDep, why: MoveIn | None = None) -> Response:
    """The next fitting person of the pool gets the case, never one who declined it; `assignment` is null when nobody is free."""
    async with mover.asking(why.note if why else "") as asked:
        await mover.desk.casework.decline(mover.case_id, asked)
    return await mover.shown()


@router.post("/{case_id}/transfer", summary="Give a case to another pool or person", **MOVED)
async def transfer(mover: MoverDep, wanted: TransferIn) -> Response:
    """Inside the envelope of the decision only: what a guard forbids is 422 with the guard's id and reason."""
    async with mover.asking(wanted.note) as asked:
        route = wanted.model_dump(exclude_none=True, exclude={"note"})
        await mover.desk.casework.transfer(mover.case_id, asked, route)
    return await mover.shown()


@router.post("/{case_id}/resolve", summary="End a case", **MOVED)
async def resolve(mover: MoverDep, end: ResolveIn) -> Response:
    """Its clocks stop. A review that is open ends, and nothing that still runs decides the case any more."""
    async with mover.asking(end.notes) as asked:
        await mover.desk.casework.resolve(mover.case_id, asked, end.outcome, end.csat)
    return await mover.shown()


@router.post("/{case_id}/reopen", summary="Reopen a resolved case", **MOVED)
async def reopen(mover: MoverDep, why: MoveIn | None = None) -> Response:
    """Its promises begin again, with a person; a message that was never decided is routed after all."""
    async with mover.asking(why.note if why else "") as asked:
        await mover.desk.casework.reopen(mover.case_id, asked)
    return await mover.shown()
