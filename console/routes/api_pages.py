"""The API's own pages: its OpenAPI document, to read and to try, with Swagger UI from this service alone."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from console.rendering import HEADERS, page

router = APIRouter()
POLICY = HEADERS["Content-Security-Policy"].replace("img-src 'self'", "img-src 'self' data:")
"""Its style sheet holds its icons."""


@router.get("/docs")
async def api_pages() -> Response:
    """Every operation of the API."""
    answer = page("api_pages.html")
    answer.headers["Content-Security-Policy"] = POLICY
    return answer
