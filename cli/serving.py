"""`maitred run`: light to import, since a start waits for it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from importlib import import_module
from typing import Any

from api.preloading import loading
from cli.console import plain_errors
from runtime.observability import configure_logging
from runtime.settings import load_settings
from runtime.shared_metrics import shared_metrics

APPLICATION = "cli.application"


def run() -> None:
    """Serve the API in the foreground, with the embedded stack unless the settings name servers."""
    with plain_errors():
        settings = load_settings()
        with _several_workers() if settings.workers > 1 else nullcontext():
            configure_logging(settings.log_level)
            serve: Any = import_module("api.server").serve  # only now: what workers serve loads meanwhile
            serve(settings, f"{APPLICATION}:application")


@contextmanager
def _several_workers() -> Generator[None, None, None]:
    with shared_metrics(), loading(APPLICATION, "runtime.preloaded"):  # what is loaded begins to count at once
        yield
