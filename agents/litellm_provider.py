"""The embedded model as a provider of litellm, `maitred/embedded`, for tools that speak litellm only."""

from __future__ import annotations

import importlib
import json
import os
from typing import Any

from agents.model import EmbeddedModel

PROVIDER = "maitred"


def register_litellm_provider(model: EmbeddedModel) -> None:
    """Make `litellm.completion(model="maitred/embedded", …)` answer. The first word of the system prompt's metadata names the task."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    litellm: Any = importlib.import_module("litellm")

    class Embedded(litellm.CustomLLM):
        def completion(self, *args: Any, **kwargs: Any) -> Any:
            messages: list[dict[str, Any]] = kwargs.get("messages") or (args[1] if len(args) > 1 else [])
            options: dict[str, Any] = kwargs.get("optional_params") or {}
            task = str(options.get("task") or "triage")
            answer = json.dumps(model.run(task, json.loads(messages[-1]["content"])))
            sizes = {"prompt_tokens": sum(len(one["content"]) // 4 for one in messages), "completion_tokens": len(answer) // 4}
            return litellm.ModelResponse(
                model="embedded",
                choices=[{"message": {"role": "assistant", "content": answer}, "finish_reason": "stop", "index": 0}],
                usage={**sizes, "total_tokens": sum(sizes.values())},
            )

        async def acompletion(self, *args: Any, **kwargs: Any) -> Any:
            return self.completion(*args, **kwargs)

    others = [entry for entry in litellm.custom_provider_map if entry["provider"] != PROVIDER]
    litellm.custom_provider_map = [*others, {"provider": PROVIDER, "custom_handler": Embedded()}]
    litellm.utils.custom_llm_setup()
