"""The application: routes, errors, defences and metrics around one desk."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from api.defence import Defence
from api.document import Described
from api.errors import install_errors
from api.metering import Metering
from api.routes import (
    bundles,
    cases,
    casework,
    clients,
    decide,
    events,
    health,
    ledger,
    messages,
    people,
    policies,
    recalls,
    reviews,
    rollouts,
    simulations,
)
from desk.front import Desk

DESCRIPTION = """
Routes support for a company's most valuable clients: a message comes in, agents propose, hard policy guards dispose, a person rules
where policy asks for one, and every decision can be explained, replayed and proven.
"""
AddPages = Callable[[FastAPI], None]
OpenDesk = Callable[[], AbstractAsyncContextManager[Desk]]


def create_app(open_desk: OpenDesk, add_pages: AddPages | None = None) -> ASGIApp:
    """The ASGI application; `open_desk` is entered when the server starts and left when it has stopped.

    `add_pages` puts a console's pages beside the API.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None, None]:
        async with open_desk() as desk:
            app.state.desk = desk
            yield

    app = Described(
        title="maitred",
        version="0.1.0",
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    modules = (
        messages,
        bundles,
        cases,
        casework,
        clients,
        people,
        reviews,
        decide,
        policies,
        rollouts,
        recalls,
        simulations,
        events,
        ledger,
        health,
    )
    for module in modules:
        app.include_router(module.router)
    if add_pages is not None:
        add_pages(app)
    install_errors(app, [route for module in modules for route in module.router.routes])
    return Outermost(app)


class Outermost:
    """Defence and metering around the application; the FastAPI object stays reachable for its OpenAPI document."""

    def __init__(self, app: FastAPI) -> None:
        self.fastapi = app
        self._chain = Metering(Defence(app, getattr(app.state, "refusal_page", None)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request through."""
        if scope["type"] == "lifespan":
            await self.fastapi(scope, receive, send)
        else:
            await self._chain(scope, receive, send)
