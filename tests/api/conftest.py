"""One service for all black-box tests of the contract."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.service import Service, reachable, serving


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = reachable(tmp_path_factory.mktemp("service"))
    with serving(home, MAITRED_WORKERS="2") as running:
        yield running


@pytest.fixture
def http(service: Service) -> Iterator[httpx.Client]:
    with service.http() as client:
        yield client
