"""The outermost middleware: every request gets an id and a trace, and what no route should ever see is refused."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from urllib.parse import unquote_to_bytes

import structlog
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import BadRequest, escaped, from_error, on_our_side
from api.json_body import check_json
from api.tracing import trace_of
from domain.identifiers import new_id

BODY_LIMIT = 256 * 1024
BODY_WITHIN_S = 20.0
TARGET_LIMIT = 8 * 1024
HEADERS_LIMIT = 32 * 1024
HEADERS_COUNT = 128
REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
CONTROLS = re.compile(rb"[\x00-\x1f\x7f]")
SECRET_PATH = re.compile(r"^(/(?:first-account|join)/).+")
"""What stands behind it opens the console, so it is not written down."""
BODIED = {"POST", "PUT", "PATCH", "DELETE"}
JSON = re.compile(r"\s*application\s*/\s*(?:[^;\s]*\+)?json\s*(?:;|$)", re.IGNORECASE)
CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s;\"]*)", re.IGNORECASE)
UTF_8 = {"utf-8", "utf8", "us-ascii"}
PageOf = Callable[[Scope, int], Awaitable[Response | None]]
"""A console's page for somebody whose request was refused with a status; None where a program asked."""

log = structlog.get_logger("maitred.api")


class Defence:
    """Refuses hostile requests before anything else parses them, and says of every request how it was answered."""

    def __init__(self, app: ASGIApp, page_of: PageOf | None = None) -> None:
        self._app = app
        self._page_of = page_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the request, then hand it on; every log line on the way carries the ids of request and trace."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        scope["request_id"] = given if REQUEST_ID.fullmatch(given) else new_id("req")
        scope["trace"] = trace_of(headers.getlist("traceparent"))
        with structlog.contextvars.bound_contextvars(request_id=scope["request_id"], trace_id=scope["trace"].trace_id):
            answer = _Answer(scope, send)
            try:
                await self._checked(scope, headers, receive, answer)
            except BadRequest as error:
                page = await self._page_of(scope, error.status) if self._page_of else None
                await (page or from_error(scope["request_id"], scope["path"], error))(scope, receive, answer)
            except Exception as error:
                log.error("request broke", path=told(scope["path"]), exc_info=error)
                if not answer.begun:
                    await on_our_side(scope["request_id"], scope["path"])(scope, receive, answer)
            finally:
                answer.note()

    async def _checked(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        _check_head(scope)
        if scope["method"] in BODIED:
            body = await _read(receive, headers)
            if body:
                _check_body(body, headers.get("content-type", ""))
            receive = _replay(body, receive)
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        await self._app(scope, receive, send)


class _Answer:
    """Passes the answer on with our ids in its header, and remembers how it began."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope, self._send = scope, send
        self._began = time.perf_counter()
        self._status = 0
        self._ended = False

    @property
    def begun(self) -> bool:
        return self._status != 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            ids = {b"x-request-id": self._scope["request_id"], b"traceresponse": self._scope["trace"].header}
            message["headers"] = [*message.get("headers", ()), *((name, value.encode()) for name, value in ids.items())]
        elif self._scope["method"] == "HEAD":
            if self._ended:
                return
            self._ended, message = True, {"type": "http.response.body", "body": b""}
        await self._send(message)

    def note(self) -> None:
        took_ms = round((time.perf_counter() - self._began) * 1000, 1)
        path = told(self._scope["path"])
        log.info("request answered", method=self._scope["method"], path=path, status=self._status, took_ms=took_ms)


def told(path: str) -> str:
    """A path as it may stand in the log."""
    return SECRET_PATH.sub(r"\1…", path)


def _check_head(scope: Scope) -> None:
    """The request line and header, as they came; percent-encoded text must be UTF-8 of one line."""
    path, query, headers = scope.get("raw_path") or b"", scope["query_string"], scope["headers"]
    if len(path) + len(query) > TARGET_LIMIT:
        raise BadRequest(f"The path and query are longer than {TARGET_LIMIT} bytes.", 414, code="uri-too-long")
    if len(headers) > HEADERS_COUNT or sum(len(name) + len(value) for name, value in headers) > HEADERS_LIMIT:
        raise BadRequest(f"The header holds more than {HEADERS_COUNT} fields or {HEADERS_LIMIT} bytes.", 431, code="headers-too-large")
    if b"%" in path:
        _text(path, "/path")
    if query:
        _check_query(query)


def _check_query(query: bytes) -> None:
    names: set[str] = set()
    for part in filter(None, query.split(b"&")):
        encoded, _, value = part.partition(b"=")
        name = _text(encoded, "/query")
        pointer = f"/query/{escaped(name)}"
        _text(value, pointer)
        if not name:
            raise BadRequest("A query parameter has a name.", code="invalid-input", pointer=pointer)
        if name in names:  # which one holds would be a matter of taste, and a proxy's may differ
            raise BadRequest("A query parameter is given once.", code="invalid-input", pointer=pointer)
        names.add(name)


def _text(encoded: bytes, pointer: str) -> str:
    """Percent-encoded text, decoded."""
    text = unquote_to_bytes(encoded)
    if CONTROLS.search(text):
        raise BadRequest("Control characters are not accepted in a URL.", code="invalid-input", pointer=pointer)
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise BadRequest("Percent-encoded text must be UTF-8.", code="invalid-input", pointer=pointer) from error


async def _read(receive: Receive, headers: Headers) -> bytes:
    if any(value.lower() not in ("identity", "") for value in headers.getlist("content-encoding")):
        raise BadRequest("Compressed bodies are not accepted; send plain JSON.", 415)
    declared = headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > BODY_LIMIT:
        raise _too_large()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            return await _read_all(receive)
    except TimeoutError as error:
        raise BadRequest(f"The body did not arrive within {BODY_WITHIN_S:g} seconds.", 408, code="too-slow") from error


async def _read_all(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("The body ended early.", 400)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > BODY_LIMIT:
            raise _too_large()
        more = message.get("more_body", False)
    return b"".join(parts)


def _too_large() -> BadRequest:
    return BadRequest(f"The body is larger than {BODY_LIMIT} bytes.", 413)


def _check_body(body: bytes, content_type: str) -> None:
    """Every body is UTF-8 text without NUL; what a route may take for JSON is looked at closely."""
    if any(charset.lower() not in UTF_8 for charset in CHARSET.findall(content_type)):
        raise BadRequest("Bodies are UTF-8; send no other charset.", 415)
    if JSON.match(content_type) or not content_type:
        check_json(body)
        return
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise BadRequest("The body is no UTF-8.") from error
    if b"\x00" in body or b"%00" in body:
        raise BadRequest("Text must not hold the NUL character.")


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
