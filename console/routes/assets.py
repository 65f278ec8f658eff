"""The files that pages need, packed as the browser likes it."""

from __future__ import annotations

from asyncio import to_thread

from fastapi import APIRouter, Request
from starlette.responses import Response

from console.assets import Asset, shelf

router = APIRouter()
FOR_GOOD = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}


def _kept(asset: Asset) -> None:
    async def send(request: Request) -> Response:
        accepted = request.headers.get("accept-encoding", "")
        packed = await to_thread(lambda: asset.packed)
        packing = next((name for name in packed if name in accepted), None)
        if packing is None:
            return Response(asset.body, 200, FOR_GOOD, asset.media_type)
        return Response(packed[packing], 200, {**FOR_GOOD, "Content-Encoding": packing}, asset.media_type)

    router.add_api_route(asset.path, send, methods=["GET"])


for _asset in shelf().values():
    _kept(_asset)
