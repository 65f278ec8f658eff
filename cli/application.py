"""What each worker process serves: the API, and the console's pages beside it. Small, since every worker imports it at its start."""

from __future__ import annotations

from starlette.types import ASGIApp

from api.worker import worker_app
from console.site import add_pages
from evals.office import EvalProcesses


def application() -> ASGIApp:
    """The application of one worker."""
    return worker_app(EvalProcesses, add_pages)
