"""What people do with a case on its page: acknowledge, accept, decline, transfer, resolve, reopen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import RedirectResponse, Response

from console.casework import end_of, note_of, route_of
from console.rendering import HEADERS
from console.routes.cases import Tried, case_page
from console.visitors import DeskDep, Page, Visitor, allowed, form_of, revision_of
from desk.casework import Asked
from desk.moves import Move
from domain.access import Scope
from domain.errors import MaitredError, NotFound

router = APIRouter(prefix="/cases", route_class=Page)

Id = Annotated[str, Path(max_length=64)]
Form = dict[str, str]
CaseWriter = Annotated[Visitor, Depends(allowed(Scope.CASES_WRITE))]


class Mover:
    """Somebody who moves a case, with the form that they sent."""

    def __init__(self, case_id: Id, request: Request, desk: DeskDep, visitor: CaseWriter) -> None:
        self.case_id = case_id
        self.desk = desk
        self._request = request
        self._visitor = visitor

    async def answer(self, move: Move, moved: Callable[[Asked, Form], Awaitable[None]]) -> Response:
        """Do it, and show the case; what was refused is said there, with what was written."""
        form = await form_of(self._request)
        asked = Asked(self._visitor.key, revision_of(form), self._request.scope["request_id"], note_of(form))
        try:
            await moved(asked, form)
        except NotFound:
            raise
        except MaitredError as error:
            return await case_page(self.desk, self._visitor, self.case_id, Tried(move, form, error))
        return RedirectResponse(f"/cases/{self.case_id}", 303, HEADERS)


MoverDep = Annotated[Mover, Depends()]


async def back(case_id: Id) -> Response:
    """A refused move stands under its own address: whoever opens that again, or signs in there, comes to the case."""
    return RedirectResponse(f"/cases/{case_id}", 303, HEADERS)


for one in Move:
    router.add_api_route(f"/{{case_id}}/{one}", back, methods=["GET"])


@router.post("/{case_id}/acknowledge")
async def acknowledge(mover: MoverDep) -> Response:
    """The client heard from us."""
    return await mover.answer(Move.ACKNOWLEDGE, lambda asked, _form: mover.desk.casework.acknowledge(mover.case_id, asked))


@router.post("/{case_id}/accept")
async def accept(mover: MoverDep) -> Response:
    """Whom the case is reserved for takes it on."""
    return await mover.answer(Move.ACCEPT, lambda asked, _form: mover.desk.casework.accept(mover.case_id, asked))


@router.post("/{case_id}/decline")
async def decline(mover: MoverDep) -> Response:
    """The next fitting person gets it."""
    return await mover.answer(Move.DECLINE, lambda asked, _form: mover.desk.casework.decline(mover.case_id, asked))


@router.post("/{case_id}/transfer")
async def transfer(mover: MoverDep) -> Response:
    """Another pool or person gets it, inside the envelope."""

    async def moved(asked: Asked, form: Form) -> None:
        await mover.desk.casework.transfer(mover.case_id, asked, route_of(form))

    return await mover.answer(Move.TRANSFER, moved)


@router.post("/{case_id}/resolve")
async def resolve(mover: MoverDep) -> Response:
    """The end of the case."""

    async def moved(asked: Asked, form: Form) -> None:
        await mover.desk.casework.resolve(mover.case_id, asked, *end_of(form))

    return await mover.answer(Move.RESOLVE, moved)


@router.post("/{case_id}/reopen")
async def reopen(mover: MoverDep) -> Response:
    """The end was none."""
    return await mover.answer(Move.REOPEN, lambda asked, _form: mover.desk.casework.reopen(mover.case_id, asked))
