"""An `Idempotency-Key` beside a store that goes away for a moment: what had an effect is answered, and answered again."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from api.routes import casework, reviews
from domain import access
from domain.access import ApiKey
from domain.errors import Conflict, StoreUnavailable
from domain.idempotency import Begun, FirstAnswer

KEY = ApiKey(id="key_1", name="helpdesk", scopes=(access.Scope.CASES_WRITE, access.Scope.REVIEWS_RULE), actor="key:helpdesk")


@dataclass
class Store:
    """Cases, reviews and idempotency keys in memory; a step that is named fails as often as is said."""

    fails: dict[str, int] = field(default_factory=dict[str, int])
    moved: int = 0
    first: dict[str, FirstAnswer] = field(default_factory=dict[str, FirstAnswer])

    def step(self, name: str) -> None:
        """Fail if that is left to do."""
        if self.fails.get(name, 0):
            self.fails[name] -= 1
            raise StoreUnavailable("Postgres does not answer.")

    async def move(self, *_: Any) -> str:
        """Something that can be done once."""
        self.step("move")
        if self.moved:
            raise Conflict("That was done already.")
        self.moved += 1
        return "case_1"

    async def one(self, *_: Any) -> dict[str, Any]:
        """The case."""
        self.step("read")
        return {"id": "case_1", "revision": 1}

    async def review(self, *_: Any) -> Any:
        """The review."""
        return SimpleNamespace(record={})

    async def begin(self, actor: str, key: str, _: str) -> Begun | FirstAnswer:
        """Claim a key."""
        return self.first.get(actor + key, Begun())

    async def finish(self, actor: str, key: str, answer: FirstAnswer) -> None:
        """Keep an answer."""
        self.step("keep")
        self.first[actor + key] = answer

    async def forget(self, *_: Any) -> None:
        """Nothing was kept."""
        self.step("forget")


def client_of(store: Store) -> httpx.AsyncClient:
    """The two routes, called with a key that may."""
    app = FastAPI()
    app.include_router(casework.router)
    app.include_router(reviews.router)
    clock = SimpleNamespace(now=lambda: "2026-11-26T09:00:00Z")
    app.state.desk = SimpleNamespace(
        cases=store,
        views=store,
        idempotency=store,
        casework=SimpleNamespace(accept=store.move),
        reviews=SimpleNamespace(rule=store.move, clock=clock),
    )

    async def known(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "api_key": KEY, "request_id": "req_1"}, receive, send)

    headers = {"Idempotency-Key": "once", "If-Match": '"r1"'}
    return httpx.AsyncClient(transport=httpx.ASGITransport(known), base_url="http://desk", headers=headers)


@pytest.mark.parametrize("path", ["/v1/cases/case_1/accept", "/v1/reviews/rev_1/ruling"])
@pytest.mark.parametrize("fails", ["read", "keep"])
async def test_an_effect_is_answered_though_the_store_goes_away_for_a_moment_after_it(path: str, fails: str) -> None:
    store = Store({fails: 1})
    async with client_of(store) as http:
        first, again = [await http.post(path, json={"action": "approve"} if "ruling" in path else {}) for _ in range(2)]
    assert (first.status_code, again.status_code, again.headers["idempotency-replayed"]) == (200, 200, "true")
    assert (first.content, first.headers["etag"]) == (again.content, again.headers["etag"])
    assert store.moved == 1


async def test_an_answer_that_cannot_be_kept_is_given_all_the_same() -> None:
    store = Store({"keep": 9})
    async with client_of(store) as http:
        assert (await http.post("/v1/cases/case_1/accept", json={})).status_code == 200


async def test_a_key_that_cannot_be_forgotten_hides_no_refusal() -> None:
    store = Store({"forget": 1}, moved=1)
    async with client_of(store) as http:
        with pytest.raises(Conflict, match="done already"):
            await http.post("/v1/cases/case_1/accept", json={})
