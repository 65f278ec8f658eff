"""All pages, for the application that serves them."""

from __future__ import annotations

from fastapi import FastAPI

from console.nowhere import or_a_page
from console.refusals import page_of
from console.routes import (
    accounts,
    api_pages,
    assets,
    audit,
    candidates,
    cases,
    casework,
    clients,
    dashboard,
    decisions,
    drafts,
    evals,
    go,
    inbox,
    keys,
    live,
    policies,
    policy_editor,
    policy_release,
    policy_simulations,
    policy_versions,
    review,
    sessions,
    settings,
    sign_in,
    tour,
)


def add_pages(app: FastAPI) -> None:
    """Put the console's pages into an application; they are no part of its OpenAPI document."""
    for module in (
        assets,
        api_pages,
        go,
        sign_in,
        inbox,
        live,
        review,
        drafts,
        cases,
        casework,
        clients,
        dashboard,
        decisions,
        candidates,
        evals,
        audit,
        policies,
        policy_editor,
        policy_release,
        policy_simulations,
        policy_versions,
        sessions,
        settings,
        accounts,
        keys,
        tour,
    ):
        app.include_router(module.router, include_in_schema=False)
    app.router.default = or_a_page(app.router.default)
    app.state.refusal_page = page_of(app)
