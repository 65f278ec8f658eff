"""The OpenAPI document keeps its word: generated requests, sound and unsound, never meet a 5xx or an answer that it does not describe.

`MAITRED_FAULTS=long` asks much more of every operation. Routes are taken from the document, so a new one is tested without a change here.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import checks
from schemathesis.specs.openapi import checks as described

from api.app import create_app
from tests.service import Service

EXAMPLES = 100 if os.environ.get("MAITRED_FAULTS") == "long" else 8
STREAM, TRUE = "/events", {"true", "1", "yes", "on", "t", "y"}
ANY: Any = checks  # its checks are generic in a type that nobody needs here
DESCRIBED: Any = described
PROMISES: list[Any] = [
    ANY.not_a_server_error,
    DESCRIBED.status_code_conformance,
    DESCRIBED.content_type_conformance,
    DESCRIBED.response_schema_conformance,
    DESCRIBED.response_headers_conformance,
    DESCRIBED.negative_data_rejection,
    DESCRIBED.missing_required_header,
    DESCRIBED.unsupported_method,
    DESCRIBED.allow_header_conformance,
    DESCRIBED.ignored_auth,
]


def document() -> dict[str, Any]:
    """The document as the service serves it."""
    app: Any = create_app(lambda: pytest.fail("no request is sent here"))
    return app.fastapi.openapi()


schema: Any = schemathesis.openapi.from_dict(document())


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture],
)
def test_generated_requests_are_answered_as_described(case: Any, service: Service) -> None:
    query: dict[str, Any] = case.query or {}
    if case.operation.path.endswith(STREAM) and str(query.get("follow", True)).lower() in TRUE:
        case.query = {**query, "follow": False}  # a stream that is followed does not end
    key = {"Authorization": f"Bearer {service.key}"}
    answer = case.call(base_url=service.base_url, headers=key, timeout=40)
    case.validate_response(answer, checks=PROMISES, headers=key)
