"""One HTTP service that answers the context gatherer: time limit, retries, circuit breaker, and one error for all that goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx
import stamina
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState
from pydantic import BaseModel, SecretStr, ValidationError

from domain.errors import ToolFailed
from domain.worker_report import Failing, SourceState

Answer = TypeVar("Answer", bound=BaseModel)
PASSING = frozenset((429, 500, 502, 503, 504))  # statuses that another try may mend


@dataclass(frozen=True)
class HttpSettings:
    """Where a service is and how patient we are with it."""

    base_url: str
    token: SecretStr | None = None
    timeout_s: float = field(default=1.0, metadata={"description": "For one question, all tries together."})
    attempts: int = 2
    pause_s: float = field(default=0.02, metadata={"description": "Before the second try; doubled before each further one."})
    failures_to_open: int = 5
    open_s: float = field(default=10.0, metadata={"description": "How long nothing is asked after that many failures in a row."})


class _Passing(Exception):
    """A failure that says something of the service's health, not of the question."""


class HttpSource:
    """Asks one service and reads its answers strictly."""

    def __init__(self, tool: str, settings: HttpSettings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """`tool` is the name that errors carry."""
        headers = {"Authorization": f"Bearer {settings.token.get_secret_value()}"} if settings.token else {}
        self._tool, self._settings = tool, settings
        self._client = httpx.AsyncClient(base_url=settings.base_url, headers=headers, timeout=settings.timeout_s, transport=transport)
        self._breakers = AsyncCircuitBreakerFactory(default_threshold=settings.failures_to_open, default_ttl=settings.open_s)
        self._failing: Failing | None = None

    async def get(self, path: str, answer: type[Answer], params: Mapping[str, str | int]) -> Answer:
        """The answer to a GET. Raises ToolFailed."""
        with self._noting():
            return _read(self._tool, answer, await self._asked("GET", path, params=params))

    async def post(self, path: str, answer: type[Answer], body: BaseModel) -> Answer:
        """The answer to a POST that changes nothing, so that it may be repeated. Raises ToolFailed."""
        with self._noting():
            return _read(self._tool, answer, await self._asked("POST", path, json=body.model_dump(mode="json")))

    async def state(self) -> SourceState:
        """How the service does, as far as it was asked."""
        breaker = await self._breakers.get_breaker(self._tool)
        place = httpx.URL(self._settings.base_url)
        return SourceState(name=self._tool, place=place.netloc.decode(), is_open=breaker.context.state == "opened", failing=self._failing)

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    @contextmanager
    def _noting(self) -> Generator[None, None, None]:
        """Keep what went wrong last, for whoever looks after the service."""
        try:
            yield
        except ToolFailed as error:
            self._failing = Failing(reason=error.message, at=datetime.now(UTC))
            raise

    async def _asked(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            async with await self._breakers.get_breaker(self._tool):
                response = await self._tried(method, path, request)
        except OpenedState as error:
            error.__traceback__ = None  # purgatory raises one and the same object each time, which would grow with every call
            raise ToolFailed(f"{self._tool} is left alone for a while after failures in a row", tool=self._tool, reason="open") from error
        except TimeoutError as error:
            raise ToolFailed(
                f"{self._tool} did not answer within {self._settings.timeout_s:g} s", tool=self._tool, reason="timeout"
            ) from error
        except _Passing as error:
            raise ToolFailed(f"{self._tool} does not work: {error}", tool=self._tool, reason="unavailable") from error
        if not response.is_success:
            raise ToolFailed(f"{self._tool} refused the question: {response.status_code}", tool=self._tool, reason="refused")
        return response

    async def _tried(self, method: str, path: str, request: dict[str, Any]) -> httpx.Response:
        tries = stamina.retry_context(
            on=_Passing,
            attempts=self._settings.attempts,
            timeout=None,
            wait_initial=self._settings.pause_s,
            wait_jitter=self._settings.pause_s,
        )
        async with asyncio.timeout(self._settings.timeout_s):
            async for attempt in tries:
                with attempt:
                    return await self._once(method, path, request)
        raise AssertionError("stamina tries at least once")

    async def _once(self, method: str, path: str, request: dict[str, Any]) -> httpx.Response:
        try:
            response = await self._client.request(method, path, **request)
        except httpx.HTTPError as error:
            raise _Passing(type(error).__name__) from error
        if response.status_code in PASSING:
            raise _Passing(str(response.status_code))
        return response


def _read(tool: str, answer: type[Answer], response: httpx.Response) -> Answer:
    try:
        return answer.model_validate_json(response.content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ToolFailed(
            f"{tool} answered something else than agreed, at '{where}': {first['msg']}", tool=tool, reason="contract"
        ) from error
