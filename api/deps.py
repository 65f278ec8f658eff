"""What routes are given: the desk, and the key of the caller with its scopes checked."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from desk.front import Desk
from domain.access import ApiKey, Scope
from domain.errors import Forbidden, InvalidInput, Unauthenticated

ETAG = re.compile(r'(?:W/)?"?r(?P<revision>[0-9]{1,12})"?|(?:W/)?"[^"]*"')
NO_REVISION = -1


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
    value: Annotated[str | None, Header(alias="If-Match", description="ETag of the object as you read it.")] = None,
) -> int | None:
    """The revision that `If-Match` names; None without the header, and one that no object has for an ETag that is not ours."""
    if value is None:
        return None
    found = ETAG.fullmatch(value.strip())
    if found is None:
        raise InvalidInput("If-Match must hold one ETag, as it was given out.", [("/header/If-Match", "is no ETag")])
    return int(found["revision"]) if found["revision"] else NO_REVISION


def etag(revision: int) -> str:
    """The ETag of a revision."""
    return f'"r{revision}"'


DeskDep = Annotated[Desk, Depends(_desk)]
Revision = Annotated[int | None, Depends(if_match)]
CaseReader = Annotated[ApiKey, Depends(KeyWith(Scope.CASES_READ))]
CaseWriter = Annotated[ApiKey, Depends(KeyWith(Scope.CASES_WRITE))]
ReviewReader = Annotated[ApiKey, Depends(KeyWith(Scope.REVIEWS_READ))]
ReviewRuler = Annotated[ApiKey, Depends(KeyWith(Scope.REVIEWS_RULE))]
LedgerReader = Annotated[ApiKey, Depends(KeyWith(Scope.LEDGER_READ))]
PolicyReader = Annotated[ApiKey, Depends(KeyWith(Scope.CASES_READ, Scope.POLICIES_WRITE, Scope.POLICIES_APPROVE))]
PolicyWriter = Annotated[ApiKey, Depends(KeyWith(Scope.POLICIES_WRITE))]
PolicyApprover = Annotated[ApiKey, Depends(KeyWith(Scope.POLICIES_APPROVE))]
