"""What the service logs: one JSON object a line whatever a client sends, with the ids of request and trace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from tests.raw_http import request
from tests.service import Service, eventually, message, reachable, serving

ANNOUNCED = b"maitred "
FORGED = '\r\n{"event": "forged", "level": "error"}\n\x1b[2K\u2028\u0085'
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture(scope="module")
def talkative(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that logs every request, and cannot reach its CRM: both make lines in the course of a request."""
    home = reachable(tmp_path_factory.mktemp("talkative"))
    with serving(home, MAITRED_LOG_LEVEL="info", MAITRED_CRM_URL="http://127.0.0.1:9") as running:
        yield running


def lines(service: Service) -> list[dict[str, Any]]:
    """Every line that is logged; fails for one that is no JSON object."""
    logged = (service.home / "service.log").read_bytes().split(b"\n")
    return [orjson.loads(line) for line in logged[:-1] if not line.startswith(ANNOUNCED)]


def answered(service: Service, request_id: str) -> list[dict[str, Any]]:
    """The lines of a request, once its last one is there."""
    logged = [line for line in lines(service) if line.get("request_id") == request_id]
    return logged if "request answered" in {line["event"] for line in logged} else []


def test_no_field_of_a_request_can_forge_a_line(talkative: Service) -> None:
    escaped = "".join(f"%{byte:02x}" for byte in FORGED.replace("\r", "").replace("\n", "").replace("\x1b", "").encode())
    body = orjson.dumps({**message(FORGED), "metadata": {FORGED: FORGED}, "sender": {"email": "a@b.example"}})
    for line in (b"POST /v1/messages", f"GET /v1/cases/{escaped}".encode(), f"GET /v1/cases?tier={escaped}".encode(), b"GET /%0a{}"):
        fields = [b"X-Request-Id: a\xc2\x85{}", b"Traceparent: \xc2\x85", b"User-Agent: \xe2\x80\xa8{}", b"Prefer: wait=20"]
        assert request(talkative, line, *fields, body=body if line.startswith(b"POST") else b"").status < 500
    request(talkative, b"GET /\x00 \x1b[2K")
    logged = lines(talkative)
    assert {"request answered", "sender not identified", "Invalid HTTP request received."} <= {line["event"] for line in logged}
    assert "forged" not in {line["event"] for line in logged}
    assert all({"event", "level", "timestamp"} <= set(line) for line in logged)


def test_every_line_of_a_request_carries_its_id_and_its_trace(talkative: Service) -> None:
    fields = [b"X-Request-Id: req-17", f"Traceparent: 00-{TRACE}-{PARENT}-01".encode(), b"Prefer: wait=20"]
    answer = request(talkative, b"POST /v1/messages", *fields, body=orjson.dumps(message("How do I share a dashboard?")))
    assert answer.status == 200
    assert answer.headers["traceresponse"].startswith(f"00-{TRACE}-")
    assert PARENT not in answer.headers["traceresponse"]
    logged = eventually(lambda: answered(talkative, "req-17"))
    assert {"request answered", "sender not identified"} <= {line["event"] for line in logged}
    assert {line["trace_id"] for line in logged} == {TRACE}
    assert {line.get("status") for line in logged} == {200, None}
