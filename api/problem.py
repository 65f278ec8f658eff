"""Problem details (RFC 9457): the body of every answer that is an error. Apart from the rest, since who serves needs it before FastAPI."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import Response

TYPES = tuple(
    f"/problems/{code}"
    for code in (
        "invalid-input",
        "invalid-body",
        "unsupported-media-type",
        "too-large",
        "uri-too-long",
        "headers-too-large",
        "too-slow",
        "malformed-request",
        "http-error",
        "unauthenticated",
        "forbidden",
        "not-found",
        "conflict",
        "stale",
        "precondition-required",
        "policy-invalid",
        "forbidden-by-policy",
        "bundle-refused",
        "overloaded",
        "method-not-allowed",
        "internal",
        "replay-failed",
        "tool-failed",
        "lease-lost",
        "store-unavailable",
    )
)
"""Every type of problem; docs/reference/problems.md has a line for each, which a test holds against this."""
TITLES = {422: "The input cannot be accepted"}


def problem(
    request_id: str,
    path: str,
    status: int,
    code: str,
    detail: str,
    extra: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """A problem+json response; `type` is a stable URI path that docs/reference/problems.md explains."""
    body = {
        "type": f"/problems/{code}",
        "title": TITLES.get(status) or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": path,
        "request_id": request_id,
        **(extra or {}),
    }
    return Response(orjson.dumps(body, default=str), status, headers, "application/problem+json")
