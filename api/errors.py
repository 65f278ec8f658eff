"""Every error as problem details: the only place that knows HTTP status codes of domain errors."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.problem import problem
from domain.errors import (
    Conflict,
    Forbidden,
    ForbiddenByPolicy,
    InvalidInput,
    LeaseLost,
    MaitredError,
    NotFound,
    PolicyInvalid,
    PreconditionRequired,
    ReplayFailed,
    StaleObject,
    StoreUnavailable,
    TooBusy,
    ToolFailed,
    Unauthenticated,
)

log = structlog.get_logger("maitred.api")

STATUS: dict[type[MaitredError], int] = {
    NotFound: 404,
    InvalidInput: 422,
    PolicyInvalid: 422,
    ForbiddenByPolicy: 422,
    Conflict: 409,
    StaleObject: 412,
    PreconditionRequired: 428,
    Unauthenticated: 401,
    Forbidden: 403,
    TooBusy: 429,
    StoreUnavailable: 503,
    ToolFailed: 503,
    LeaseLost: 503,
    ReplayFailed: 503,
}
HTTP_CODES = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 415: "unsupported-media-type"}
STORE_RETRY_S = 2
FAULTS_SHOWN = 50


class BadRequest(MaitredError):
    """The request cannot be read: its line, its header, or its body."""

    code = "invalid-body"

    def __init__(self, message: str, status: int = 422, *, code: str = "invalid-body", pointer: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.pointer = pointer


def from_error(request_id: str, path: str, error: MaitredError) -> Response:
    """The answer for an error that was raised on purpose."""
    status = (
        error.status if isinstance(error, BadRequest) else next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
    )
    if status == 500:
        log.error("request failed", code=error.code, exc_info=error)
    return problem(request_id, path, status, error.code, error.message, _extra(error), _headers(error))


def on_our_side(request_id: str, path: str) -> Response:
    """The answer for an error that nobody foresaw."""
    return problem(request_id, path, 500, "internal", "Something broke on our side; it was logged under the request id.")


def from_validation(request_id: str, path: str, error: RequestValidationError) -> Response:
    """The answer for a request that does not fit its route: every fault with its pointer, up to a bound."""
    found: Sequence[Any] = error.errors()
    if any(fault["loc"] == ("body",) and isinstance(fault["input"], bytes) for fault in found):  # left as bytes: not sent as JSON
        detail = "Send JSON with the header `Content-Type: application/json`."
        return problem(request_id, path, 415, "unsupported-media-type", detail, None, {"Accept": "application/json"})
    faults = [{"pointer": pointer_of(fault["loc"]), "detail": fault["msg"].removeprefix("Value error, ")} for fault in found]
    return problem(request_id, path, 422, "invalid-input", "The request does not fit the schema.", _listed(faults))


def _listed(faults: list[dict[str, Any]]) -> dict[str, Any]:
    """The first faults, and how many more there are."""
    left_out = len(faults) - FAULTS_SHOWN
    return {"errors": faults[:FAULTS_SHOWN], **({"errors_left_out": left_out} if left_out > 0 else {})}


def _extra(error: MaitredError) -> dict[str, Any]:
    if isinstance(error, InvalidInput):
        return _listed([{"pointer": pointer, "detail": detail} for pointer, detail in error.errors])
    if isinstance(error, BadRequest):
        return {"errors": [{"pointer": error.pointer, "detail": error.message}]}
    if isinstance(error, PolicyInvalid):
        return _listed([{"pointer": "", "detail": fault.get("reason", ""), **fault} for fault in error.faults])
    if isinstance(error, ForbiddenByPolicy):
        return {
            "guards": error.guards,
            "errors": [{"pointer": "/route", "detail": guard["because"], "guard": guard["id"]} for guard in error.guards],
        }
    if isinstance(error, StaleObject):
        return {"current": error.current}
    return {name: error.fields[name] for name in ("holder", "ruling", "closing") if error.fields.get(name)}


def _headers(error: MaitredError) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": 'Bearer realm="maitred"'}
    if isinstance(error, TooBusy):
        left = f'"desk";r=0;t={error.retry_after_s}'
        policy = f'"desk";q={error.limit};qu="concurrent-requests"'
        return {"Retry-After": str(error.retry_after_s), "RateLimit": left, "RateLimit-Policy": policy}
    if isinstance(error, StoreUnavailable | LeaseLost | ReplayFailed | ToolFailed):
        return {"Retry-After": str(STORE_RETRY_S)}
    return {"Retry-After": "1"} if error.fields.get("retry") else {}


def install_errors(app: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """Turn every error into a problem+json answer; `routes` are asked which methods a path knows."""

    async def on_maitred_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, MaitredError)
        return from_error(request_id_of(request), request.url.path, error)

    async def on_validation_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return from_validation(request_id_of(request), request.url.path, error)

    async def on_http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = HTTP_CODES.get(error.status_code, "http-error")
        headers = dict(error.headers) if error.headers else None
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (methods := _methods_of(routes, request.url.path)):
            headers = {**(headers or {}), "Allow": ", ".join(methods)}
        return problem(request_id_of(request), request.url.path, error.status_code, code, str(error.detail), None, headers)

    async def on_any_error(request: Request, error: Exception) -> Response:
        del error  # goes on to the outermost middleware, which logs it
        return on_our_side(request_id_of(request), request.url.path)

    app.add_exception_handler(MaitredError, on_maitred_error)
    app.add_exception_handler(RequestValidationError, on_validation_error)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(Exception, on_any_error)


def _methods_of(routes: Sequence[BaseRoute], path: str) -> list[str]:
    """The methods that a path knows: several routes may share it, and the router asks only the first."""
    found = [route for route in routes if isinstance(route, Route) and route.path_regex.match(path)]
    nearest = min((route.path for route in found), key=lambda template: template.count("{"), default="")
    return sorted({method for route in found if route.path == nearest for method in route.methods or ()})


def request_id_of(request: Request) -> str:
    """The id that the outermost middleware gave the request."""
    return request.scope.get("request_id", "")


def pointer_of(location: tuple[int | str, ...]) -> str:
    """RFC 6901 pointer of a pydantic location; parameters are named by where they stand."""
    parts = list(location)
    if parts and parts[0] == "body":
        parts = parts[1:]
    return "".join(f"/{escaped(str(part))}" for part in parts)


def escaped(name: str) -> str:
    """One step of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
