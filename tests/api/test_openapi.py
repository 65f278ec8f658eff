"""The OpenAPI document keeps its word: generated requests, sound and unsound, never meet a 5xx or an answer that it does not describe.

`MAITRED_FAULTS=long` asks much more of every operation. Routes are taken from the document, so a new one is tested without a change here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import GenerationMode, checks
from schemathesis.specs.openapi import checks as described

from api.app import create_app
from tests.service import Service, reachable, serving

EXAMPLES = 100 if os.environ.get("MAITRED_FAULTS") == "long" else 8
STREAM, TRUE = "/events", {"true", "1", "yes", "on", "t", "y"}
ANY: Any = checks  # its checks are generic in a type that nobody needs here
DESCRIBED: Any = described
REFUSALS = [str(status) for status in (400, 401, 403, 404, 405, 408, 409, 412, 413, 414, 415, 422, 428, 429, 431)]
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


def described_requests(*modes: GenerationMode) -> Any:
    """Requests of the document; keys are not generated, since one is sent with every request."""
    found: Any = schemathesis.openapi.from_dict(document())
    found.config.generation.update(modes=list(modes), with_security_parameters=False)
    found.config.checks.negative_data_rejection.expected_statuses = REFUSALS
    return found


schema = described_requests(GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


HEALTH_CHECKS = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture]


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service of its own: what is generated keeps every person busy."""
    with serving(reachable(tmp_path_factory.mktemp("subject"))) as running:
        yield running


def let_it_end(case: Any) -> None:
    """A stream that is followed does not end: ask for what is there instead."""
    query: dict[str, Any] = case.query or {}
    if case.operation.path.endswith(STREAM) and str(query.get("follow", True)).lower() in TRUE:
        case.query = {**query, "follow": False}


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=HEALTH_CHECKS)
def test_generated_requests_are_answered_as_described(case: Any, subject: Service) -> None:
    let_it_end(case)
    key = {"Authorization": f"Bearer {subject.key}"}
    answer = case.call(base_url=subject.base_url, headers=key, timeout=40)
    case.validate_response(answer, checks=PROMISES, headers=key)


def test_generated_chains_of_requests_are_answered_as_described(subject: Service) -> None:
    key = {"Authorization": f"Bearer {subject.key}"}
    machine: Any = described_requests(GenerationMode.POSITIVE).as_state_machine()

    class Chain(machine):
        """Goes from answer to request along the document's links: the ids, and the ETags, are real ones."""

        def before_call(self, case: Any) -> None:
            let_it_end(case)

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            del case
            return {"base_url": subject.base_url, "headers": key, "timeout": 40}

        def validate_response(self, response: Any, case: Any, additional_checks: Any = None, **kwargs: Any) -> None:
            del additional_checks, kwargs
            case.validate_response(response, checks=PROMISES, headers=key)

    Chain.run(
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=8, deadline=None, derandomize=True, suppress_health_check=HEALTH_CHECKS
        )
    )
