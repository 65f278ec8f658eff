"""The four sources of context: a service over HTTP where the settings name one, the sample company's embedded twin where not."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from pydantic import SecretStr

from agents.context_gatherer import ContextGatherer
from domain.worker_report import SourceState
from runtime.settings import Settings
from tools.case_history import EmbeddedCaseHistory
from tools.crm import EmbeddedCrm
from tools.http_case_history import HttpCaseHistory
from tools.http_crm import HttpCrm
from tools.http_source import HttpSettings, HttpSource
from tools.http_telemetry import HttpTelemetry
from tools.knowledge import EmbeddedKnowledge
from tools.telemetry import EmbeddedTelemetry
from tools.word_vectors import word_vectors
from tools.world.model import World


@asynccontextmanager
async def open_sources(settings: Settings, world: World, watched: list[HttpSource] | None = None) -> AsyncGenerator[ContextGatherer, None]:
    """The sources, connected while inside; services among them are put into `watched`."""
    async with AsyncExitStack() as opened:

        def source(tool: str, url: str, token: SecretStr | None) -> HttpSource:
            made = HttpSource(tool, HttpSettings(url, token))
            opened.push_async_callback(made.close)
            if watched is not None:
                watched.append(made)
            return made

        crm, telemetry, history = settings.crm_url, settings.telemetry_url, settings.case_history_url
        yield ContextGatherer(
            crm=HttpCrm(source("crm", crm, settings.crm_token)) if crm else EmbeddedCrm(world.clients),
            telemetry=HttpTelemetry(source("telemetry", telemetry, settings.telemetry_token))
            if telemetry
            else EmbeddedTelemetry(world.telemetry),
            knowledge=EmbeddedKnowledge(world.articles, word_vectors()),
            history=HttpCaseHistory(source("cases", history, settings.case_history_token)) if history else EmbeddedCaseHistory(world.cases),
        )


async def states_of(services: list[HttpSource]) -> tuple[SourceState, ...]:
    """How each source does; what no service is named for is the embedded twin."""
    named = {state.name: state for state in [await one.state() for one in services]}
    return tuple(named.get(name, SourceState(name=name, place="")) for name in ("crm", "telemetry", "cases", "knowledge"))
