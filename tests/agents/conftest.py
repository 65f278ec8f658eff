"""The embedded model, trained once, and a scripted provider behind the seam."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import pytest_asyncio

from agents.embedded.model import embedded_model
from agents.model import EmbeddedModel, LiteLlmModel, ModelSettings, litellm_library
from tests.llm_stub import LlmStub
from tests.service import MODELS

SECRET = "sk-never-to-be-shown-4711"


@pytest.fixture(scope="session")
def embedded() -> EmbeddedModel:
    """The model that speaks without a key."""
    return embedded_model(MODELS)


@pytest.fixture
def stub() -> Iterator[LlmStub]:
    """A provider on a free port."""
    with LlmStub() as server:
        yield server


@pytest_asyncio.fixture
async def provider(stub: LlmStub) -> LiteLlmModel:
    """The seam, pointed at the stub, with the library loaded: its import would use up a test's budget."""
    await litellm_library()
    return LiteLlmModel(ModelSettings("openai/stub", stub.url, SECRET, "eu", 20.0))
