"""Pages that travel packed where the browser takes that."""

from __future__ import annotations

import gzip

from fastapi import Request
from starlette.responses import Response, StreamingResponse

PACKED_FROM, PACKING = 2_048, 5
"""Bytes of a page that is worth it, and how hard to try: beyond that the time is more than the bytes save."""


def packed(request: Request, response: Response) -> Response:
    """A page, smaller where the browser takes that. Pages hold no secret, so their length tells none."""
    if (
        "gzip" not in request.headers.get("accept-encoding", "")
        or isinstance(response, StreamingResponse)
        or len(response.body) < PACKED_FROM
    ):
        return response
    response.body = gzip.compress(response.body, PACKING, mtime=0)
    response.headers["Content-Length"] = str(len(response.body))
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding, Cookie"
    return response
