"""Request lines, headers and bytes on the wire that want to break something: each ends in a 4xx problem, or is harmlessly answered."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import orjson
import pytest

from tests.raw_http import exchange, request
from tests.service import Service, message

EASY = "How do I share a dashboard?"


def cursor(*parts: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


TARGETS: dict[str, tuple[int, str]] = {
    **{f"/v1/cases?{name}=a%00b": (422, f"/query/{name}") for name in ("status", "tier", "client_id", "pool", "limit", "cursor", "new")},
    **{f"/v1/ledger/entries?{name}=%00": (422, f"/query/{name}") for name in ("case_id", "actor", "kind", "from", "to", "cursor")},
    **{f"/v1/cases?tier={bad}": (422, "/query/tier") for bad in ("%0d%0aX-Evil:1", "%1b[31m", "%7f", "%ff", "%ed%a0%80", "%c0%80")},
    **{f"/v1/cases?limit={bad}": (422, "/query/limit") for bad in ("0", "-1", "201", "1e2", "", "9" * 30, "9" * 5000, "%D9%A3")},
    **{
        f"/v1/cases?cursor={bad}": (422, "/query/cursor")
        for bad in (
            "x" * 513,
            "%E2%82%AC",
            "[[[[",
            cursor(),
            cursor("2026-01-01T00:00:00Z"),
            cursor("2026-01-01T00:00:00Z", "a\x00"),
            cursor("2026-01-01T00:00:00", "a"),
            cursor("0001-01-01T00:00:00+14:00", "a"),
            cursor("9999-12-31T23:59:59-14:00", "a"),
            cursor(1, 2),
            base64.urlsafe_b64encode(b"[" * 300).decode(),
        )
    },
    **{f"/v1/ledger/entries?cursor={cursor(bad)}": (422, "/query/cursor") for bad in (2**63, -1, True, 1.5, [1], None)},
    f"/v1/reviews?cursor={cursor('2026-01-01T00:00:00Z', 1.5, chr(0))}": (422, "/query/cursor"),
    "/v1/ledger/entries?from=0000-01-01T00:00:00Z": (422, "/query/from"),
    "/v1/ledger/entries?from=0001-01-01T00:00:00%2B14:00": (422, "/query/from"),
    "/v1/ledger/entries?to=9999-12-31T23:59:59-14:00": (422, "/query/to"),
    "/v1/ledger/entries?to=99999999999999": (422, "/query/to"),
    "/v1/cases/case_none/explanation?turn=99999999999": (422, "/query/turn"),
    "/v1/cases?limit=1&%6cimit=2": (422, "/query/limit"),
    "/v1/cases?=1": (422, "/query/"),
    "/v1/cases/%00": (422, "/path"),
    "/v1/cases/%ff/explanation": (422, "/path"),
    "/v1/cases/a%0d%0ab/events?follow=false": (422, "/path"),
    "/v1/reviews/%00": (422, "/path"),
    "/v1/cases/" + "a" * 65: (422, "/path/case_id"),
    "/v1/cases?tier=" + "a" * 9000: (414, ""),
    "/" + "a" * 9000: (414, ""),
}
UNKNOWN = ("/v1/cases/..%2f..%2fetc%2fpasswd", "/v1/cases/%2e%2e", "/v1//cases", "/v1/cases/", "/v1/cases/%e2%80%ae", "/.env", "*")


def test_a_hostile_path_or_query_is_refused_with_its_place(service: Service) -> None:
    answers = {target: request(service, b"GET " + target.encode()) for target in TARGETS}
    found = {target: (answer.status, answer.place) for target, answer in answers.items()}
    assert found == TARGETS


def test_what_is_no_path_of_ours_is_404(service: Service) -> None:
    answers = {target: request(service, b"GET " + target.encode()) for target in UNKNOWN}
    assert {target: (answer.status, answer.problem["type"]) for target, answer in answers.items()} == dict.fromkeys(
        UNKNOWN, (404, "/problems/not-found")
    )


POSTED: dict[str, tuple[tuple[bytes, ...], int]] = {
    "an empty Idempotency-Key": ((b"Idempotency-Key: ",), 422),
    "a long Idempotency-Key": ((b"Idempotency-Key: " + b"k" * 256,), 422),
    "a tab in an Idempotency-Key": ((b"Idempotency-Key: a\tb",), 422),
    "an Idempotency-Key in other letters": (("Idempotency-Key: schlüssel".encode(),), 422),
    "two Idempotency-Keys": ((b"Idempotency-Key: a", b"Idempotency-Key: b"), 422),
    "a hundred and thirty headers": (tuple(b"X-%d: v" % number for number in range(130)), 431),
    "40 KB of headers": (tuple(b"X-%d: " % number + b"v" * 1000 for number in range(40)), 431),
    "one header of 200 KB": ((b"X-Big: " + b"v" * 200_000,), 431),
    "a control character in a header": ((b"X-Request-Id: a\x01b",), 400),
    "NUL in a header": ((b"X-Request-Id: a\x00b",), 400),
    "a folded header": ((b"X-A: a\r\n b",), 400),
    "a space before the colon": ((b"X-A : a",), 400),
    "gzip as a transfer coding": ((b"Transfer-Encoding: gzip, chunked",), 400),
    "a second length": ((b"Content-Length: 5",), 400),
    "a length beside chunks": ((b"Transfer-Encoding: chunked",), 400),
}
HARMLESS: dict[str, tuple[bytes, ...]] = {
    "no request id": (b"X-Request-Id: ",),
    "a long request id": (b"X-Request-Id: " + b"x" * 129,),
    "a request id with an escape": (b"X-Request-Id: a\xff%0d%0ab",),
    "no number to wait": (b"Prefer: wait=-1",),
    "a number to wait that is none": ("Prefer: wait=٣".encode(),),
    "too long a wait": (b"Prefer: wait=1e9",),
    "a long traceparent": (b"Traceparent: 00-" + b"a" * 9000,),
    "an upgrade": (b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQAAP__"),
    "another host": (b"X-Forwarded-Host: evil.example", b"Forwarded: host=evil.example"),
    "another method": (b"X-HTTP-Method-Override: DELETE",),
    "a large cookie": (b"Cookie: a=" + b"b" * 20_000,),
    "identity": (b"Content-Encoding: Identity",),
}


def test_a_hostile_header_is_refused(service: Service) -> None:
    body = orjson.dumps(message(EASY))
    answers = {name: request(service, b"POST /v1/messages", *fields, body=body) for name, (fields, _) in POSTED.items()}
    assert {name: answer.status for name, answer in answers.items()} == {name: status for name, (_, status) in POSTED.items()}
    assert all(answer.problem["type"].startswith("/problems/") for answer in answers.values())


def test_a_header_that_is_strange_but_harmless_changes_nothing(service: Service) -> None:
    answers = {name: request(service, b"POST /v1/messages", *HARMLESS[name], body=orjson.dumps(message(EASY))) for name in HARMLESS}
    assert {name: answer.status for name, answer in answers.items()} == dict.fromkeys(HARMLESS, 202)
    assert all(answer.headers["x-request-id"].isprintable() for answer in answers.values())
    assert all(answer.headers["location"].startswith("/v1/cases/case_") for answer in answers.values())


def test_a_wait_that_is_too_long_is_cut_to_thirty_seconds(service: Service) -> None:
    answer = request(service, b"POST /v1/messages", b"Prefer: respond-async, wait=99999", body=orjson.dumps(message(EASY)))
    assert (answer.status, answer.headers["preference-applied"]) == (200, "wait=30")


IF_MATCH = {
    **dict.fromkeys((b"", b"abc", b'"r1', b'"r1" "r2"', b'*, "r1"', b"**", b"\xff"), 422),
    **dict.fromkeys((b'"abc"', b'"r999999999999999999"', b'W/"x"', b'"r98", "r99"', b'"a,b", W/"r97",'), 412),
}


def test_if_match_that_is_no_etag_is_422_and_an_etag_of_nothing_is_412(service: Service, http: httpx.Client) -> None:
    threat = message("Our solicitors will sue you in court.")
    review = http.post("/v1/messages", json=threat, headers={"Prefer": "wait=30"}).json()["review"]
    line, body = f"POST /v1/reviews/{review['id']}/ruling".encode(), b'{"action":"approve"}'
    assert {tag: request(service, line, b"If-Match: " + tag, body=body).status for tag in IF_MATCH} == IF_MATCH


LENGTHS = (b"+9", b"-1", b"0x10", b"1" * 40, "٣".encode(), b"9, 9", b"9;")
WIRE = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "an unknown version": b"GET /healthz HTTP/9.9\r\n\r\n",
    "an unknown method": b"FOO /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    "a method in small letters": b"get /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    "a path in other letters": "GET /é HTTP/1.1\r\nHost: a\r\n\r\n".encode(),
    "NUL in the path": b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
    "a bare return in a header": b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: a\rb\r\n\r\n",
    "bare line feeds": b"POST /v1/messages HTTP/1.1\nHost: a\nContent-Length: 5\n\nabcde",
    "an unknown coding": b"POST /v1/messages HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "two codings": b"POST /v1/messages HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    **{f"the length {bad!r}": b"POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: " + bad + b"\r\n\r\n" for bad in LENGTHS},
}


def test_bytes_that_are_no_request_are_400_with_a_problem(service: Service) -> None:
    answers = {name: exchange(service, data) for name, data in WIRE.items()}
    assert {name: (answer.status, answer.problem["type"]) for name, answer in answers.items()} == dict.fromkeys(
        WIRE, (400, "/problems/malformed-request")
    )


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "QUERY"])
def test_a_method_that_a_path_does_not_know_is_405_and_says_which_it_knows(service: Service, method: str) -> None:
    answer = request(service, f"{method} /v1/messages".encode())
    assert (answer.status, answer.problem["type"], answer.headers["allow"]) == (405, "/problems/method-not-allowed", "POST")


@pytest.mark.parametrize("path", ["/healthz", "/v1/cases", "/v1/events"])
def test_head_is_get_without_a_body(service: Service, path: str) -> None:
    answer = request(service, f"HEAD {path}".encode())
    assert (answer.status, answer.body) == (200, b"")


def test_an_old_client_and_a_get_with_a_body_are_served(service: Service) -> None:
    assert exchange(service, b"GET /healthz HTTP/1.0\r\n\r\n").status == 200
    assert request(service, b"GET /v1/cases", body=b"\x00{").status == 200
