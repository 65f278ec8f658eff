"""The files that pages need."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from console.rendering import ICON, STYLESHEET, Asset

router = APIRouter()
FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


def _kept(asset: Asset) -> None:
    async def send() -> Response:
        return Response(asset.body, 200, FOR_GOOD, asset.media_type)

    router.add_api_route(asset.path, send, methods=["GET"])


for _asset in (STYLESHEET, ICON):
    _kept(_asset)
