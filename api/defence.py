"""The outermost middleware: request ids, and bodies that no route should ever see."""

from __future__ import annotations

import re
from typing import Any

import orjson
import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from ulid import ULID

from api.errors import BadBody, from_error

BODY_LIMIT = 256 * 1024
DEPTH_LIMIT = 64
REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
BODIED = {"POST", "PUT", "PATCH", "DELETE"}
STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


class Defence:
    """Gives every request an id and refuses hostile bodies before they are parsed by anything else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the request, then hand it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else f"req_{ULID()}"
        scope["request_id"] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        try:
            if scope["method"] in BODIED:
                body = await _read(receive, headers)
                if body:
                    check_body(body, headers.get("content-type", ""))
                receive = _replay(body, receive)
            await self._app(scope, receive, answer)
        except BadBody as error:
            await from_error(request_id, scope["path"], error)(scope, receive, answer)
        finally:
            structlog.contextvars.unbind_contextvars("request_id")


async def _read(receive: Receive, headers: Headers) -> bytes:
    if headers.get("content-encoding", "identity") != "identity":
        raise BadBody("Compressed bodies are not accepted; send plain JSON.", 415)
    declared = headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > BODY_LIMIT:
        raise BadBody(f"The body is larger than {BODY_LIMIT} bytes.", 413)
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadBody("The body ended early.", 400)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > BODY_LIMIT:
            raise BadBody(f"The body is larger than {BODY_LIMIT} bytes.", 413)
        more = message.get("more_body", False)
    return b"".join(parts)


def check_body(body: bytes, content_type: str) -> None:
    """Raise BadBody for JSON that Postgres, CEL or a log line would choke on."""
    if content_type.split(";")[0].strip().lower() not in {"application/json", ""}:
        return
    if b"[" in body or body.count(b"{") > DEPTH_LIMIT:
        _check_depth(body)
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadBody(f"The body is no valid JSON: {error.msg} at position {error.pos}.") from error
    if b"\\u0000" in body and (pointer := _find_nul(data, "")) is not None:
        raise BadBody("Text must not hold the NUL character.", pointer=pointer)


def _check_depth(body: bytes) -> None:
    depth = deepest = 0
    for byte in STRINGS.sub(b"", body):
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    if deepest > DEPTH_LIMIT:
        raise BadBody(f"The body nests deeper than {DEPTH_LIMIT} levels.")


def _find_nul(data: Any, pointer: str) -> str | None:
    if isinstance(data, str):
        return pointer if "\x00" in data else None
    pairs: list[tuple[Any, Any]] = []
    if isinstance(data, dict):
        pairs = list(data.items())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    elif isinstance(data, list):
        pairs = list(enumerate(data))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    for key, value in pairs:
        if isinstance(key, str) and "\x00" in key:
            return pointer
        if (found := _find_nul(value, f"{pointer}/{key}")) is not None:
            return found
    return None


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
