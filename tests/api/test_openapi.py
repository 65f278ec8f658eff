"""The OpenAPI document keeps its word: generated requests, sound and unsound, never meet a 5xx or an answer that it does not describe."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import checks
from schemathesis.specs.openapi import checks as described

from api.app import create_app
from tests.service import Service

ANY: Any = checks  # its checks are generic in a type that nobody needs here
DESCRIBED: Any = described
PROMISES: list[Any] = [
    ANY.not_a_server_error,
    DESCRIBED.status_code_conformance,
    DESCRIBED.content_type_conformance,
    DESCRIBED.response_schema_conformance,
]


def document() -> dict[str, Any]:
    """The OpenAPI document, without the endpoints that stream for ever."""
    app: Any = create_app(lambda: pytest.fail("no request is sent here"))
    whole: dict[str, Any] = app.fastapi.openapi()
    return {**whole, "paths": {path: item for path, item in whole["paths"].items() if not path.endswith("/events")}}


schema: Any = schemathesis.openapi.from_dict(document())


@schema.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture],
)
def test_generated_requests_are_answered_as_described(case: Any, service: Service) -> None:
    answer = case.call(base_url=service.base_url, headers={"Authorization": f"Bearer {service.key}"}, timeout=40)
    case.validate_response(answer, checks=PROMISES)
