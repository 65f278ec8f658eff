"""What routes are given: the desk, and the key of the caller with its scopes checked."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from desk.front import Desk
from domain.access import ApiKey, Scope
from domain.canonical import digest_of
from domain.errors import Forbidden, InvalidInput, Unauthenticated

ETAG = re.compile(r'(?:W/)?(?:"([^"]*)"|(r[0-9]{1,12}))')
ETAGS = re.compile(rf"[ \t,]*{ETAG.pattern}(?:[ \t]*,[ \t,]*{ETAG.pattern})*[ \t,]*")
REVISION = re.compile(r"r([0-9]{1,12})")
NO_REVISION = -1


@dataclass(frozen=True)
class IfMatch:
    """The states of an object that a change is wanted for (RFC 9110, section 13.1.1): some revisions, or any that it has.

    Weak tags match as well, which RFC 9110 does not have: a proxy that compresses makes them of ours.
    """

    revisions: frozenset[int] | None
    """None for `*`."""

    async def revision(self, now: Callable[[], Awaitable[int]]) -> int:
        """The one that a change is asked with; of several, the one that the object has now, if it is among them."""
        if self.revisions is not None and len(self.revisions) == 1:
            return next(iter(self.revisions))
        standing = await now()
        return standing if self.revisions is None or standing in self.revisions else NO_REVISION


def desk_of(request: Request) -> Desk:
    """The desk that the application was started with."""
    return request.app.state.desk


async def _desk(request: Request) -> Desk:
    """As a dependency: async, since a plain function would cost a trip through a thread."""
    return desk_of(request)


async def caller(request: Request) -> ApiKey:
    """The caller's key. Raises Unauthenticated."""
    known = request.scope.get("api_key")
    if known is not None:
        return known
    key = await _key_of(request)
    if key is None:
        raise Unauthenticated("This API key is unknown or revoked.")
    request.scope["api_key"] = key
    return key


async def is_still(request: Request, key: ApiKey) -> bool:
    """Whether the caller's key is what it was, for an answer that lasts. Raises StoreUnavailable."""
    return await _key_of(request) == key


async def _key_of(request: Request) -> ApiKey | None:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise Unauthenticated("Send an API key as `Authorization: Bearer <key>`.")
    return await desk_of(request).doorkeeper.key_of(secret.strip())


class KeyWith(SecurityBase):
    """A dependency that gives the caller's key when it carries one of some scopes.

    It is the document's security scheme as well: one dependency, since each one more costs every request 0.1 ms.
    """

    def __init__(self, *scopes: Scope) -> None:
        self.scheme_name = "HTTPBearer"
        self.model = HTTPBearer(description="An API key: `maitred keys create`.")
        self._scopes = scopes

    async def __call__(self, request: Request) -> ApiKey:
        """The key. Raises Unauthenticated, or Forbidden when it carries none of the scopes."""
        key = await caller(request)
        if not any(key.may(scope) for scope in self._scopes):
            raise Forbidden(f"This key lacks the scope {' or '.join(self._scopes)}.", scope=self._scopes[0])
        return key


async def if_match(
    value: Annotated[
        str | None, Header(alias="If-Match", description="ETag of the object as you read it; any of several, or `*` for whatever it is.")
    ] = None,
) -> IfMatch | None:
    """What `If-Match` names; None without the header. An ETag that is not ours stands for a revision that no object has."""
    if value is None:
        return None
    if value.strip() == "*":
        return IfMatch(None)
    if ETAGS.fullmatch(value) is None:
        raise InvalidInput("If-Match must hold ETags, as they were given out, or `*`.", [("/header/If-Match", "is no ETag")])
    ours = (REVISION.fullmatch(quoted or bare) for quoted, bare in ETAG.findall(value))
    return IfMatch(frozenset(int(one[1]) if one else NO_REVISION for one in ours))


async def revision_of(wanted: IfMatch | None, now: Callable[[], Awaitable[int]]) -> int | None:
    """The revision that a change is asked with, when the header came; `now` reads the one that the object has."""
    return None if wanted is None else await wanted.revision(now)


def etag(revision: int) -> str:
    """The ETag of a revision."""
    return f'"r{revision}"'


def etag_of(body: Any) -> str:
    """The ETag of what has no revision: made of what it says."""
    return f'"{digest_of(body).removeprefix("sha256:")[:32]}"'


DeskDep = Annotated[Desk, Depends(_desk)]
Matching = Annotated[IfMatch | None, Depends(if_match)]
CaseReader = Annotated[ApiKey, Depends(KeyWith(Scope.CASES_READ))]
CaseWriter = Annotated[ApiKey, Depends(KeyWith(Scope.CASES_WRITE))]
ReviewReader = Annotated[ApiKey, Depends(KeyWith(Scope.REVIEWS_READ))]
ReviewRuler = Annotated[ApiKey, Depends(KeyWith(Scope.REVIEWS_RULE))]
LedgerReader = Annotated[ApiKey, Depends(KeyWith(Scope.LEDGER_READ))]
PolicyReader = Annotated[ApiKey, Depends(KeyWith(Scope.CASES_READ, Scope.POLICIES_WRITE, Scope.POLICIES_APPROVE))]
PolicyWriter = Annotated[ApiKey, Depends(KeyWith(Scope.POLICIES_WRITE))]
PolicyApprover = Annotated[ApiKey, Depends(KeyWith(Scope.POLICIES_APPROVE))]
