"""Logs are events with fields, one JSON object a line; metrics of the decisions themselves."""

from __future__ import annotations

import logging
import sys

import structlog


def configure_logging(level: str, *, for_people: bool = False) -> None:
    """Set up structlog; values cannot forge lines, since every line is one JSON object (or escaped by the console renderer)."""
    renderer: structlog.typing.Processor = structlog.dev.ConsoleRenderer() if for_people else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
