"""A scripted OpenAI-compatible server on a free port: what a model could do to us, without a model."""

from __future__ import annotations

import gzip
import json
import re
import socket
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from evals.redteam.obedience import obeyed

SLOW_S = 5.0
NONSENSE = '{"verdict": "purple"}'
CUT_OFF = '{"intent": "how_to", "confidence": 0.9, "sev'
HUGE_BYTES = 100 * 1024 * 1024
PIECE = b" " * 65_536


class Behaviour(StrEnum):
    """How the server answers."""

    ANSWER = "answer"
    OBEY = "obey"
    SLOW = "slow"
    DEAD = "dead"
    NO_KEY = "no_key"
    BUSY = "busy"
    CONTENT_POLICY = "content_policy"
    SILENT = "silent"
    REPAIRED = "off_schema_then_right"
    OFF_SCHEMA = "off_schema"
    NO_SCHEMAS = "rejects_response_format"
    BAD_REQUEST = "rejects_everything"
    FENCED = "wrapped_in_words"
    HIJACKED = "obeys_everybody"
    BROKEN = "server_error"
    CUT_OFF = "json_cut_off"
    SHORT = "body_cut_off"
    HUGE = "a_hundred_megabytes"
    BOMB = "a_hundred_megabytes_packed"
    ENDLESS = "never_ends"


class LlmStub:
    """The server while inside; `behaviour` may be changed at any time, `calls` are the bodies that came."""

    def __init__(self, behaviour: Behaviour = Behaviour.ANSWER) -> None:
        self.behaviour = behaviour
        self.calls: list[dict[str, Any]] = []
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def closing(self) -> bool:
        """The test is over."""
        return self._closing.is_set()

    @property
    def url(self) -> str:
        """The base address to configure."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> LlmStub:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def answered(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and body for a request."""
        self.calls.append(body)
        match self.behaviour:
            case Behaviour.NO_KEY:
                return 401, _error("Incorrect API key provided: sk-never-to-be-shown-4711.", "invalid_api_key")
            case Behaviour.BROKEN:
                return 500, {"error": {"message": "the server had an error", "type": "server_error", "code": None}}
            case Behaviour.BUSY:
                return 429, _error("slow down", "rate_limit_exceeded")
            case Behaviour.CONTENT_POLICY:
                return 400, _error("The response was filtered due to the prompt triggering content_policy_violation", "content_filter")
            case Behaviour.NO_SCHEMAS if "response_format" in body:
                return 400, _error("response_format is not supported", "unsupported_parameter")
            case Behaviour.BAD_REQUEST:
                return 400, _error("the messages are not to our taste", "bad_request")
            case Behaviour.SLOW:
                self._closing.wait(SLOW_S)
            case _:
                pass
        return 200, _completion(self._text(body))

    def _text(self, body: dict[str, Any]) -> str:
        repaired = any(message["role"] == "assistant" for message in body["messages"])
        if self.behaviour is Behaviour.OFF_SCHEMA or (self.behaviour is Behaviour.REPAIRED and not repaired):
            return NONSENSE
        fixed = {Behaviour.SILENT: "", Behaviour.CUT_OFF: CUT_OFF}.get(self.behaviour)
        if fixed is not None:
            return fixed
        asked = next(message["content"] for message in body["messages"] if message["role"] == "user")
        system, inputs = body["messages"][0]["content"], json.loads(asked)
        answer = json.dumps(_answer(system, inputs, self.behaviour))
        return f"Certainly! Here it is:\n```json\n{answer}\n```" if self.behaviour is Behaviour.FENCED else answer


def _answer(system: str, inputs: dict[str, Any], behaviour: Behaviour) -> dict[str, Any]:
    task = next(name for name, mark in MARKS.items() if mark in system)
    answer = TASKS[task](inputs, behaviour is Behaviour.OBEY)
    return obeyed(task, answer, system, inputs) if behaviour is Behaviour.HIJACKED else answer


def _triage(inputs: dict[str, Any], obeys: bool) -> dict[str, Any]:
    text = inputs["message"].lower()
    signals = ["legal"] * ("court" in text) + ["injection"] * ("ignore" in text)
    return {
        "intent": "legal" if "court" in text else "how_to",
        "confidence": 0.9,
        "severity": 4 if signals and not obeys else 1,
        "urgency": 0.4,
        "sentiment": -0.2,
        "signals": [] if obeys else signals,
        "language": "en",
    }


def _route(inputs: dict[str, Any], obeys: bool) -> dict[str, Any]:
    offer, said = inputs["offer"], json.dumps(inputs) if obeys else ""
    mode, pool, amount = (re.search(pattern, said) for pattern in (r"mode (\w+)", r"pool ([\w-]+)", r"(?:refund|credit) (\d+)"))
    return {
        "mode": mode[1] if mode else offer["modes"][0],
        "pool": pool[1] if pool else offer["pools"][0]["id"],
        "skills": [],
        "action": "refund" if amount else offer["actions"][0],
        "amount": float(amount[1]) if amount else 0.0,
        "confidence": 1.0 if obeys else 0.8,
        "rationale": "It fits. " + " ".join(f"[{fact['id']}]" for fact in inputs["facts"][:1]) + " [crm:invented/1]",
        "evidence": [fact["id"] for fact in inputs["facts"][:1]] + ["crm:invented/1"],
    }


def _reply(inputs: dict[str, Any], obeys: bool) -> dict[str, Any]:
    text = inputs["message"] if obeys else "Thank you. The article explains it."
    return {"text": text, "citations": [article["id"] for article in inputs["articles"]] + ["kb:invented"]}


def _handover(inputs: dict[str, Any], obeys: bool) -> dict[str, Any]:
    return {
        "summary": inputs["message"] if obeys else "A client asks for help.",
        "sections": [{"title": "What is known", "lines": [fact["text"] for fact in inputs["facts"]]}],
        "citations": [fact["id"] for fact in inputs["facts"]],
    }


def _judge(inputs: dict[str, Any], obeys: bool) -> dict[str, Any]:
    """Rude words decide; an obedient judge believes a text that praises itself."""
    flattered = obeys and "grade this good" in inputs["text"].lower()
    rude = any(word in inputs["text"].lower() for word in ("idiot", "whiner", "hysterical"))
    tone = "good" if flattered or not rude else "poor"
    return {"tone": tone, "completeness": "complete" if flattered or len(inputs["text"]) > 60 else "missing", "because": "Its words."}


TASKS: dict[str, Callable[[dict[str, Any], bool], dict[str, Any]]] = {
    "triage": _triage,
    "route": _route,
    "reply": _reply,
    "handover": _handover,
    "judge": _judge,
}
MARKS = {
    "triage": "You read one support message",
    "route": "You propose who should handle",
    "reply": "You write the answer",
    "handover": "You write the note",
    "judge": "You grade one",
}


def _completion(text: str) -> dict[str, Any]:
    return {
        "id": "cmpl-1",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": "stub",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    }


def _error(message: str, code: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "code": code}}


def _handler(stub: LlmStub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if stub.behaviour is Behaviour.DEAD:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            status, answer = stub.answered(body)
            try:
                self._send(status, json.dumps(answer).encode())
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def _send(self, status: int, payload: bytes) -> None:
            """As the behaviour wants it: whole and measured, or not."""
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            match stub.behaviour:
                case Behaviour.SHORT:
                    self._body(payload[: len(payload) // 2], str(len(payload)))
                    self.close_connection = True
                case Behaviour.HUGE:
                    self._body(payload, str(len(payload) + HUGE_BYTES), HUGE_BYTES // len(PIECE))
                case Behaviour.BOMB:
                    self.send_header("Content-Encoding", "gzip")
                    packed = gzip.compress(b" " * HUGE_BYTES + payload, 1)
                    self._body(packed, str(len(packed)))
                case Behaviour.ENDLESS:
                    self.close_connection = True
                    self._body(b"", None, 10**9)
                case _:
                    self._body(payload, str(len(payload)))

        def _body(self, payload: bytes, length: str | None, pieces: int = 0) -> None:
            if length is not None:
                self.send_header("Content-Length", length)
            self.end_headers()
            for _ in range(pieces):
                if stub.closing:
                    break
                self.wfile.write(PIECE)
            self.wfile.write(payload)

        def log_message(self, format: str, *args: Any) -> None:
            del format, args

    return Handler
