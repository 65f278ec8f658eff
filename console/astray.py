"""Addresses that only a form has: a browser that loads one again, or comes back to it, is led to the page that it belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.routing import BaseRoute, Match
from starlette.types import Scope


def page_above(scope: Scope, routes: Iterable[BaseRoute]) -> str:
    """The nearest address above a form's that is a page: `/cases/case_1` of `/cases/case_1/replay`."""
    path: str = scope["path"]
    known = list(routes)
    while path := path.rpartition("/")[0]:
        asked: dict[str, Any] = {**scope, "path": path, "raw_path": path.encode(), "method": "GET"}
        if any(route.matches(asked)[0] == Match.FULL for route in known):
            return path
    return "/"
