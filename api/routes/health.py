"""Alive, ready, and what Prometheus reads."""

from __future__ import annotations

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from api.deps import DeskDep
from api.errors import STORE_RETRY_S
from api.pages import answer
from runtime.metrics import exposition

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Alive", response_model=dict)
async def healthz() -> Response:
    """The process answers."""
    return answer({"status": "alive"})


@router.get(
    "/readyz",
    summary="Ready",
    response_model=dict,
    responses={503: {"description": "Not ready", "content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def readyz(desk: DeskDep) -> Response:
    """Each dependency with its latency, and the models that speak."""
    ready, report = await desk.readiness.report()
    return answer(report) if ready else answer(report, 503, {"Retry-After": str(STORE_RETRY_S)})


@router.get(
    "/metrics",
    summary="Prometheus metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics() -> Response:
    """Counters, histograms and gauges of all workers of this service."""
    return Response(exposition(), 200, media_type=CONTENT_TYPE_LATEST)
