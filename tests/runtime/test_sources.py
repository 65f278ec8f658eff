"""A source that the settings name is asked over HTTP; one that they leave out is the sample company's."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.case import Sender
from runtime.sample import sample_company
from runtime.settings import load_settings
from runtime.sources import open_sources
from tests.conformance.sample import serving, world_service
from tools.crm import EmbeddedCrm
from tools.telemetry import EmbeddedTelemetry


async def test_what_the_settings_name_is_asked_over_http_and_the_rest_is_embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = sample_company(tmp_path)
    with serving(world_service(world)) as url:
        monkeypatch.setenv("MAITRED_CRM_URL", url)
        async with open_sources(load_settings(home=tmp_path), world) as sources:
            asked = await sources.crm.identify(Sender(email="cto@northwind.example"))
            assert not isinstance(sources.crm, EmbeddedCrm)
            assert isinstance(sources.telemetry, EmbeddedTelemetry)
    assert asked == await EmbeddedCrm(world.clients).identify(Sender(email="cto@northwind.example"))
    assert asked is not None
    assert asked.client_id == "northwind"
