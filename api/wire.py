"""HTTP/1.1 as it comes from the wire: a request's head is bounded in size and time, and what cannot be read is answered with a problem.

uvicorn bounds neither: a client could send one header without end, or hold a connection by sending a byte now and then.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.problem import problem
from domain.identifiers import new_id

HEAD_LIMIT = 64 * 1024
HEAD_WITHIN_S = 15.0
LINGER_LIMIT = 64 * 1024 * 1024
"""Bytes of a body that are still read after its request was refused, so that a client that reads late gets to see why."""


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's protocol, with those bounds."""

    _head_size: int | None = None  # None while no head is being read
    _too_slow: asyncio.TimerHandle | None = None
    _lingered = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as the base does
        """The first head is waited for."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._head_is_read()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head has grown too large."""
        super().data_received(data)
        if self._head_size is not None:
            self._head_size += len(data)
            if self._head_size > HEAD_LIMIT:
                self._refuse(431, "headers-too-large", f"The header is larger than {HEAD_LIMIT} bytes.")

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._await_head()
        self._head_size = 0

    def on_headers_complete(self) -> None:
        """The head is there; the application answers."""
        self._head_is_read()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """More of the body; of one that was refused, not for ever."""
        super().on_body(body)
        if self.cycle.response_complete:
            self._lingered += len(body)
            if self._lingered > LINGER_LIMIT:
                self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """What uvicorn says of a request that it cannot parse."""
        self._refuse(400, "malformed-request", msg)

    def _await_head(self) -> None:
        self._head_is_read()
        self._too_slow = asyncio.get_running_loop().call_later(HEAD_WITHIN_S, self._give_up)

    def _head_is_read(self) -> None:
        self._head_size = None
        if self._too_slow is not None:
            self._too_slow.cancel()
            self._too_slow = None

    def _give_up(self) -> None:
        if self._head_size is None:
            self.transport.close()
        else:
            self._refuse(408, "too-slow", f"The header did not arrive within {HEAD_WITHIN_S:g} seconds.")

    def _refuse(self, status: int, code: str, detail: str) -> None:
        self._head_is_read()
        if self.transport.is_closing():
            return
        answer = problem(new_id("req"), "", status, code, detail)
        head = [
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode(),
            *(b": ".join(field) for field in answer.raw_headers),
            b"connection: close",
        ]
        self.transport.write(b"\r\n".join([*head, b"", bytes(answer.body)]))
        self.transport.close()
