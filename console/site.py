"""All pages, for the application that serves them."""

from __future__ import annotations

from fastapi import FastAPI

from console.routes import assets, audit, cases, go, inbox, live, policies, review, sessions, sign_in


def add_pages(app: FastAPI) -> None:
    """Put the console's pages into an application; they are no part of its OpenAPI document."""
    for module in (assets, go, sign_in, inbox, live, review, cases, audit, policies, sessions):
        app.include_router(module.router, include_in_schema=False)
