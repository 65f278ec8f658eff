"""HTTP by hand, for requests that no client library would send."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

from tests.service import Service

PATIENCE_S = 30.0


@dataclass
class Answer:
    """What came back: status 0 means that the connection was closed without an answer."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""

    @property
    def problem(self) -> dict[str, Any]:
        """The problem details; fails when the answer holds none."""
        assert self.headers.get("content-type") == "application/problem+json", (self.status, self.headers, self.body[:200])
        return orjson.loads(self.body)

    @property
    def place(self) -> str | None:
        """The pointer of the first fault; None when the answer is no problem."""
        return self.problem["errors"][0]["pointer"] if "problem" in self.headers.get("content-type", "") else None


def request(
    service: Service,
    line: bytes,
    *fields: bytes,
    body: bytes = b"",
    content_type: bytes | None = b"application/json",
    length: bytes | None = None,
) -> Answer:
    """Send a request with the service's key; the length of a body is declared unless `length` says otherwise (empty: not at all)."""
    head = [line + b" HTTP/1.1", b"Host: maitred", b"Connection: close", b"Authorization: Bearer " + service.key.encode(), *fields]
    if content_type is not None:
        head.append(b"Content-Type: " + content_type)
    declared = str(len(body)).encode() if length is None else length
    if declared and (body or length):
        head.append(b"Content-Length: " + declared)
    return exchange(service, b"\r\n".join([*head, b"", body]))


def exchange(service: Service, data: bytes) -> Answer:
    """Send bytes and read the answer."""
    return exchange_parts(service, [data])


def exchange_parts(service: Service, parts: Iterable[bytes]) -> Answer:
    """Send bytes part by part and read the answer, up to the length that it declares or the end of the connection."""
    address = urlsplit(service.base_url)
    with socket.create_connection((address.hostname or "", address.port or 0), PATIENCE_S) as connection:
        received = b""
        try:
            for part in parts:
                connection.sendall(part)
        except ConnectionError:
            pass  # closed before all was sent: what came until then counts
        try:
            while not _is_whole(received) and (part := connection.recv(65536)):
                received += part
        except ConnectionError:
            pass
    return parsed(received)


def _is_whole(received: bytes) -> bool:
    answer = parsed(received)
    return "content-length" in answer.headers and len(answer.body) >= int(answer.headers["content-length"])


def parsed(received: bytes) -> Answer:
    """The last answer in what was received (an earlier one may be `100 Continue`)."""
    head, end, body = received.partition(b"\r\n\r\n")
    if head.startswith(b"HTTP/1.1 100"):
        return parsed(body)
    if not end:
        return Answer()
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(int(first.split(" ")[1]), headers, body)
