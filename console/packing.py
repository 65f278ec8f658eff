"""Pages that travel packed where the browser takes that."""

from __future__ import annotations

import gzip

from fastapi import Request
from starlette.responses import Response, StreamingResponse

PACKED_FROM, PACKING = 2_048, 5
"""Bytes of a page that is worth it, and how hard to try: beyond that the time is more than the bytes save."""
AS_IT_IS = "no-store, no-transform"
"""What the Cache-Control of a page says that nobody packs, on the way neither (RFC 9111, 5.2.2.6)."""


def as_it_is(response: Response) -> Response:
    """A page that shows a key or a link. Packed, its length could tell of them: words that stand in a page already make it hardly longer,
    so whoever has words of their own put beside a secret, and counts bytes, can try guesses (BREACH). Other pages show no such secret."""
    response.headers["Cache-Control"] = AS_IT_IS
    return response


def packed(request: Request, response: Response) -> Response:
    """A page, smaller where the browser takes that, unless it is to travel as it is."""
    if (
        "gzip" not in request.headers.get("accept-encoding", "")
        or isinstance(response, StreamingResponse)
        or response.headers.get("cache-control") == AS_IT_IS
        or len(response.body) < PACKED_FROM
    ):
        return response
    response.body = gzip.compress(response.body, PACKING, mtime=0)
    response.headers["Content-Length"] = str(len(response.body))
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding, Cookie"
    return response
