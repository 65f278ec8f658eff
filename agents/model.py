"""The one LLM seam: litellm for any provider, and the embedded model behind the same port."""

from __future__ import annotations

import asyncio
import importlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from agents.bounded import bound_answers, is_oversized
from agents.spending import spend
from domain.canonical import canonical_json
from domain.errors import ModelUnavailable
from domain.model import LOCAL, ModelAnswer, ModelCall

Answer = TypeVar("Answer", bound=BaseModel)
Task = Callable[[dict[str, Any]], dict[str, Any]]
REASONS = {
    "Timeout": "timeout",
    "APIConnectionError": "unreachable",
    "AuthenticationError": "refused the key",
    "PermissionDeniedError": "refused the key",
    "RateLimitError": "rate limited",
    "ContentPolicyViolationError": "refused",
    "ServiceUnavailableError": "unavailable",
    "InternalServerError": "unavailable",
    "NotFoundError": "unknown model",
    "BadRequestError": "bad request",
}

CLIENTS_WORDS = ("message", "thread")
LONGEST_MESSAGE = 12_000
"""Characters of one message that go out to a provider: it may have 100,000, which costs, and which no small model takes."""
NO_NUL = "a text holds the character NUL, which nothing can store"
SCHEMA_REFUSED = ("BadRequestError", "UnsupportedParamsError", "UnprocessableEntityError")


@dataclass(frozen=True)
class ModelSettings:
    """Which model, and where."""

    model: str
    api_base: str | None = None
    api_key: str | None = None
    region: str = "eu"
    timeout_s: float = 20.0


class LiteLlmModel:
    """Any provider that litellm speaks to. Retries are ours alone: one repair of an answer that does not fit the schema."""

    def __init__(self, settings: ModelSettings) -> None:
        self._settings = settings
        self._takes_schema = True

    @property
    def name(self) -> str:
        """The provider's model."""
        return self._settings.model

    @property
    def region(self) -> str:
        """Where the settings say that it runs."""
        return self._settings.region

    async def ask(self, call: ModelCall, answer: type[Answer]) -> ModelAnswer[Answer]:
        """A schema-checked answer within the call's budget. Raises ModelUnavailable with a reason word."""
        began = time.perf_counter()
        budget_s = min(call.budget_s, self._settings.timeout_s)
        try:
            async with asyncio.timeout(budget_s):
                litellm = await litellm_library()
                value, usage, repaired = await self._answered(litellm, call, answer, budget_s)
        except TimeoutError as error:
            raise ModelUnavailable("timeout", model=self.name) from error
        return ModelAnswer(
            value=value,
            model=self.name,
            model_region=self.region,
            ms=round((time.perf_counter() - began) * 1000, 3),
            repaired=repaired,
            usage=usage,
        )

    async def _answered(self, litellm: Any, call: ModelCall, answer: type[Answer], budget_s: float) -> tuple[Answer, dict[str, int], bool]:
        messages = [{"role": "system", "content": call.system}, {"role": "user", "content": canonical_json(abridged(call.inputs)).decode()}]
        text, usage = await self._complete(litellm, messages, answer, budget_s)
        try:
            return _read(answer, text), usage, False
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()[:5])
        except ValueError as error:
            faults = str(error)
        messages += [
            {"role": "assistant", "content": text[:4000]},
            {"role": "user", "content": f"This does not fit the schema: {faults}. Answer again with one JSON object that fits."},
        ]
        text, more = await self._complete(litellm, messages, answer, budget_s)
        try:
            return _read(answer, text), {key: usage.get(key, 0) + more.get(key, 0) for key in more}, True
        except ValueError as error:
            raise ModelUnavailable("off schema", model=self.name) from error

    async def _complete(
        self, litellm: Any, messages: list[dict[str, str]], answer: type[BaseModel], budget_s: float
    ) -> tuple[str, dict[str, int]]:
        """Asked for a schema's answer; without one where that is what the provider refuses, which only an answer without one shows."""
        if self._takes_schema:
            schema = {"type": "json_schema", "json_schema": {"name": answer.__name__, "schema": answer.model_json_schema()}}
            try:
                return await self._said(litellm, messages, schema, budget_s)
            except ModelUnavailable as error:
                if type(error.__cause__).__name__ not in SCHEMA_REFUSED:
                    raise
        said = await self._said(litellm, messages, None, budget_s)
        self._takes_schema = False
        return said

    async def _said(
        self, litellm: Any, messages: list[dict[str, str]], schema: dict[str, Any] | None, budget_s: float
    ) -> tuple[str, dict[str, int]]:
        try:
            response = await litellm.acompletion(
                model=self._settings.model,
                messages=messages,
                response_format=schema,
                api_base=self._settings.api_base,
                api_key=self._settings.api_key,
                timeout=budget_s,
                num_retries=0,
                max_retries=0,
                temperature=0,
                drop_params=True,
            )
            text = response.choices[0].message.content
        except (asyncio.CancelledError, TimeoutError):
            raise
        except Exception as error:
            reason = "oversized" if is_oversized(error) else REASONS.get(type(error).__name__, "failed")
            raise ModelUnavailable(reason, model=self.name) from error
        told = getattr(response, "usage", None)
        used = {name: int(getattr(told, name, 0) or 0) for name in ("prompt_tokens", "completion_tokens")}
        spend(self.name, used)
        if not isinstance(text, str) or not text.strip():
            raise ModelUnavailable("refused", model=self.name)
        return text, used


class EmbeddedModel:
    """Functions over the inputs of a call: no network, no key, and litellm is not even imported."""

    def __init__(self, name: str, tasks: Mapping[str, Task]) -> None:
        self._name = name
        self._tasks = dict(tasks)

    @property
    def name(self) -> str:
        """Which trained model speaks."""
        return self._name

    @property
    def region(self) -> str:
        """This machine."""
        return LOCAL

    async def ask(self, call: ModelCall, answer: type[Answer]) -> ModelAnswer[Answer]:
        """The answer of the task's function."""
        began = time.perf_counter()
        try:
            value = answer.model_validate(self.run(call.task, call.inputs))
        except (ValidationError, KeyError, ValueError) as error:
            raise ModelUnavailable("off schema", model=self.name) from error
        return ModelAnswer(value=value, model=self.name, model_region=LOCAL, ms=round((time.perf_counter() - began) * 1000, 3))

    def run(self, task: str, inputs: dict[str, Any]) -> dict[str, Any]:
        """The plain answer for a task. Raises KeyError for an unknown one."""
        return self._tasks[task](inputs)


def abridged(inputs: dict[str, Any]) -> dict[str, Any]:
    """The inputs with the beginning and the end of what clients wrote at great length, and how much is between them."""
    return {name: _shortened(value) if name in CLIENTS_WORDS else value for name, value in inputs.items()}


def _shortened(words: Any) -> Any:
    if isinstance(words, list):
        return [_shortened(one) for one in words]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(words, str) or len(words) <= LONGEST_MESSAGE:
        return words
    half = LONGEST_MESSAGE // 2
    return f"{words[:half]}\n[… {len(words) - LONGEST_MESSAGE} characters left out …]\n{words[-half:]}"


def bare_json(text: str) -> str:
    """The JSON object in an answer that wraps it in a code fence or in words."""
    begins, ends = text.find("{"), text.rfind("}")
    return text[begins : ends + 1] if 0 <= begins < ends else text


def _read(answer: type[Answer], text: str) -> Answer:
    """The answer in a model's text. Raises ValueError, and as such ValidationError, when it does not fit."""
    value = answer.model_validate_json(bare_json(text))
    if "\\u0000" in value.model_dump_json():
        raise ValueError(NO_NUL)
    return value


async def litellm_library() -> Any:
    """litellm, imported in a thread: it takes seconds, and would ask the network for prices."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    litellm: Any = await asyncio.to_thread(importlib.import_module, "litellm")
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    bound_answers()
    return litellm
