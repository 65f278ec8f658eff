"""Opaque cursors of lists, and JSON answers that skip a second validation."""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import Query
from pydantic import TypeAdapter
from starlette.responses import Response

from api.responses import Problem
from domain.errors import InvalidInput
from domain.scalars import Moment

Limit = Annotated[int, Query(ge=1, le=200, description="Items a page.")]
Cursor = Annotated[str | None, Query(max_length=512, description="`next_cursor` of the page before.")]

MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)
PROBLEM: dict[str, Any] = {"model": Problem, "content": {"application/problem+json": {}}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers that a route documents; 401 and 403 go without saying, and so do 429 and 503."""
    texts = {
        400: "Not readable",
        401: "No valid key",
        403: "The key lacks the scope",
        404: "There is no such object",
        409: "Not possible in this state",
        412: "Stale `If-Match`",
        413: "Body too large",
        415: "Content type not accepted",
        422: "Not acceptable",
        428: "`If-Match` is missing",
        429: "Overload",
        503: "A store is away",
    }
    always = (400, 401, 403, 422, 503)
    return {status: {**PROBLEM, "description": texts[status]} for status in sorted({*always, *statuses})}


def answer(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """`data` as JSON."""
    return Response(orjson.dumps(data, default=str), status, headers, "application/json")


async def begun(lines: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """The same lines, once the first are there: a store that is away is said in the answer's status, not in a body that is cut."""
    first = await anext(lines, b"")

    async def all_of_them() -> AsyncGenerator[bytes]:
        yield first
        async for more in lines:
            yield more

    return all_of_them()


def cursor_of(*parts: Any) -> str:
    """An opaque cursor."""
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def parts_of(cursor: str | None, *kinds: type) -> tuple[Any, ...] | None:
    """What `cursor_of` put in. Raises InvalidInput for a cursor that this service did not make."""
    if cursor is None:
        return None
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(parts, list) or len(parts) != len(kinds):  # pyright: ignore[reportUnknownArgumentType]
            raise ValueError("has other parts")
        return tuple(_part(part, kind) for part, kind in zip(parts, kinds, strict=True))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    except (ValueError, TypeError, binascii.Error) as error:
        raise InvalidInput("This cursor was not made by this list.", [("/query/cursor", "is not valid")]) from error


def _part(part: Any, kind: type) -> Any:
    if kind is datetime:
        return MOMENT.validate_python(part)
    if kind is float and isinstance(part, int | float) and not isinstance(part, bool):
        return float(part)
    if not isinstance(part, kind) or isinstance(part, bool):
        raise ValueError("has another type")
    if isinstance(part, int) and not 0 <= part < 2**63:
        raise ValueError("is out of range")
    if isinstance(part, str) and not part.isprintable():
        raise ValueError("is no id")
    return part
