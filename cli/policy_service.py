"""Speaks to the running service as one person or machine: what changes a policy is done under a key, and a refusal is one sentence."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, cast

import httpx
import typer

from cli.console import err
from domain.errors import MaitredError, PolicyInvalid
from policies.language.document import NAME

LIMIT_S = 180.0
"""The service may have to prove things first, and others may be before us."""
CONNECT_S = 5.0
REFERENCE = re.compile(rf"({NAME.strip('^$')})@v?([1-9]\d{{0,8}})")
REASON = "Say why with --reason; it stands in the ledger."

Url = Annotated[str, typer.Option("--url", envvar="MAITRED_URL", help="Where the service is.", show_envvar=True)]
Key = Annotated[str, typer.Option("--key", envvar="MAITRED_KEY", help="An API key: what is done is done in its name.", show_envvar=True)]
Reason = Annotated[str, typer.Option("--reason", "-m", help="Why; it is kept in the ledger.")]
Version = Annotated[str, typer.Argument(metavar="NAME@VERSION", help="A version, such as vip-support@8.")]
LOCAL = "http://127.0.0.1:8080"


class Refused(MaitredError):
    """The service said no, or nothing that we understand, or nothing at all."""

    code = "refused"


@dataclass(frozen=True)
class Answer:
    """What the service answered."""

    status: int
    data: dict[str, Any]
    etag: str


class PolicyService:
    """The routes of the service, with one key."""

    def __init__(self, url: str, key: str) -> None:
        if not key:
            advice = "maitred keys create --name me --person ME --scope policies:write makes one"
            raise typer.BadParameter(f"give a key, or set MAITRED_KEY; {advice}", param_hint="--key")
        if not url.startswith(("http://", "https://")):
            raise typer.BadParameter("an address begins with http:// or https://", param_hint="--url")
        self._url = url.rstrip("/")
        timeout = httpx.Timeout(LIMIT_S, connect=CONNECT_S)
        self._http = httpx.Client(base_url=self._url, headers={"Authorization": f"Bearer {key}"}, timeout=timeout)

    @property
    def name(self) -> str:
        """The service's address without the scheme."""
        return self._url.partition("://")[2]

    def get(self, path: str, **query: Any) -> Answer:
        """Read. Raises Refused."""
        return self._answer("GET", path, params={name: value for name, value in query.items() if value is not None})

    def post(self, path: str, body: dict[str, Any], *, etag: str = "", waiting: str = "") -> Answer:
        """Change; a line that broke is tried once more, which the key of the request makes safe. Raises Refused, PolicyInvalid."""
        headers = {"Idempotency-Key": uuid.uuid4().hex, **({"If-Match": etag} if etag else {})}
        if not waiting:
            return self._answer("POST", path, json=body, headers=headers)
        with err.status(f"{waiting} ...", spinner="dots"):
            return self._answer("POST", path, json=body, headers=headers)

    def items(self, path: str, most: int = 1_000, **query: Any) -> Iterator[dict[str, Any]]:
        """Every item of a list, page by page."""
        cursor = None
        while most > 0:
            page = self.get(path, limit=min(200, most), cursor=cursor, **query).data
            yield from page["items"][:most]
            most -= len(page["items"])
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def _answer(self, method: str, path: str, **sent: Any) -> Answer:
        response = self._sent(method, path, **sent)
        data = _object(response)
        if data is None:
            raise Refused(
                f"What answers at {self._url} is no maitred ({response.status_code}). Name the service with --url or MAITRED_URL."
            )
        if response.is_error:
            raise refusal(response.status_code, data, response.headers.get("retry-after", ""))
        return Answer(response.status_code, data, response.headers.get("etag", ""))

    def _sent(self, method: str, path: str, **sent: Any) -> httpx.Response:
        for last in (False, True):
            try:
                return self._http.request(method, path, **sent)
            except httpx.TimeoutException as error:
                raise Refused(f"The service at {self._url} did not answer in time. Look at {self._url}/readyz, then try again.") from error
            except httpx.ConnectError as error:
                advice = "Start it with `maitred run`, or name another with --url or MAITRED_URL."
                raise Refused(f"No service answers at {self._url}. {advice}") from error
            except httpx.HTTPError as error:
                if last:
                    raise Refused(f"The line to {self._url} broke: {error or type(error).__name__}. Try again.") from error
        raise AssertionError("either an answer or an error came")


def _object(response: httpx.Response) -> dict[str, Any] | None:
    try:
        found: Any = response.json() if response.content else {}
    except ValueError:
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def refusal(status: int, problem: dict[str, Any], retry_after: str = "") -> MaitredError:
    """The sentence behind a problem document, with what to do about it; faults of a policy text keep their places."""
    detail = str(problem.get("detail") or problem.get("title") or f"The service answered with {status}.")
    errors: list[dict[str, Any]] = problem.get("errors") or []
    if any("line" in error for error in errors):
        return PolicyInvalid(detail, errors)
    reasons = [error["detail"] for error in errors if error.get("detail") and error["detail"] not in detail]
    advice = {
        401: "Give another key with --key or MAITRED_KEY.",
        403: "Ask somebody whose key has it, or make one with `maitred keys create`." if "scope" in detail else "",
        412: "Look at it again with `maitred policy status`, and repeat the command.",
        429: f"Try again in {retry_after or 'some'} seconds.",
        503: f"Try again in {retry_after or 'some'} seconds.",
    }.get(status, "")
    return Refused(" ".join(part for part in (detail, "; ".join(reasons), advice) if part))


def version_of(reference: str) -> tuple[str, int]:
    """(name, number) of `name@8`. Raises BadParameter, which is a mistake in usage."""
    found = REFERENCE.fullmatch(reference)
    if found is None:
        raise typer.BadParameter(f"{reference!r} names no version; write it as vip-support@8", param_hint="NAME@VERSION")
    return found[1], int(found[2])


def is_version(reference: str) -> bool:
    """Whether this names a version and not a file."""
    return REFERENCE.fullmatch(reference) is not None and not Path(reference).exists()


def path_of(name: str, number: int | None = None) -> str:
    """The path of a policy or of one of its versions."""
    return f"/v1/policies/{name}" if number is None else f"/v1/policies/{name}/versions/{number}"


def needs_reason(reason: str) -> str:
    """The reason that was given. Raises BadParameter without one."""
    if not reason.strip():
        raise typer.BadParameter(REASON.removesuffix("."), param_hint="--reason")
    return reason
