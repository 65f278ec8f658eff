"""What happens when a connected system is slow, broken, gone or says something else than agreed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI, Response
from pydantic import SecretStr

from domain.case import Sender
from domain.client import ClientIncident, TelemetryReport
from domain.errors import ToolFailed
from tests.agents.examples import CASE, NOW, profile
from tests.conformance.sample import serving
from tools.http_case_history import HttpCaseHistory
from tools.http_crm import HttpCrm
from tools.http_source import HttpSettings, HttpSource
from tools.http_telemetry import HttpTelemetry

Answer = Callable[[httpx.Request], httpx.Response]
NOBODY = {"identity": None}


class Service:
    """A service whose answers a test chooses, one per call; the last is given for ever."""

    def __init__(self) -> None:
        self.calls: list[httpx.Request] = []
        self.answers: list[Answer | Exception] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer(request)


def says(status: int, json: object = None) -> Answer:
    return lambda _: httpx.Response(status, json=json)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest_asyncio.fixture
async def crm(service: Service) -> AsyncIterator[HttpCrm]:
    settings = HttpSettings("http://crm.example/api/", SecretStr("s3cret"), timeout_s=1.0, pause_s=0.001, failures_to_open=3, open_s=2.0)
    source = HttpSource("crm", settings, httpx.MockTransport(service))
    yield HttpCrm(source)
    await source.close()


async def failure_of(crm: HttpCrm) -> ToolFailed:
    with pytest.raises(ToolFailed) as caught:
        await crm.identify(Sender(email="a@b.example"))
    return caught.value


async def test_the_key_goes_along_and_the_path_stays_below_the_base(crm: HttpCrm, service: Service) -> None:
    service.answers = [says(200, NOBODY)]
    await crm.identify(Sender(email="a@b.example"))
    assert str(service.calls[0].url) == "http://crm.example/api/identify"
    assert service.calls[0].headers["authorization"] == "Bearer s3cret"


@pytest.mark.parametrize("passing", [says(503), says(429), says(500), httpx.ConnectError("refused"), httpx.ReadError("reset")])
async def test_a_passing_fault_is_tried_again(crm: HttpCrm, service: Service, passing: Answer | Exception) -> None:
    service.answers = [passing, says(200, NOBODY)]
    assert await crm.identify(Sender(email="a@b.example")) is None
    assert len(service.calls) == 2


async def test_a_lasting_fault_ends_as_a_failed_tool(crm: HttpCrm, service: Service) -> None:
    service.answers = [says(503)]
    assert (await failure_of(crm)).fields["reason"] == "unavailable"
    assert len(service.calls) == 2


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404])
async def test_a_refusal_is_not_tried_again(crm: HttpCrm, service: Service, status: int) -> None:
    service.answers = [says(status, {"detail": "no"})]
    assert (await failure_of(crm)).fields["reason"] == "refused"
    assert len(service.calls) == 1


@pytest.mark.parametrize("body", [{}, {"identity": {"client_id": 7}}, {"identity": None, "more": 1}, [], "text", None])
async def test_an_answer_off_the_contract_is_never_guessed_at(crm: HttpCrm, service: Service, body: object) -> None:
    service.answers = [says(200, body)]
    assert (await failure_of(crm)).fields["reason"] == "contract"


async def test_the_message_does_not_carry_what_the_service_said(crm: HttpCrm, service: Service) -> None:
    service.answers = [says(200, {"identity": "private words"})]
    assert "private words" not in (await failure_of(crm)).message


async def test_after_failures_in_a_row_it_is_left_alone_and_then_tried_anew(crm: HttpCrm, service: Service) -> None:
    service.answers = [says(503)]
    for _ in range(3):
        await failure_of(crm)
    asked = len(service.calls)
    assert (await failure_of(crm)).fields["reason"] == "open"
    assert len(service.calls) == asked
    await asyncio.sleep(2.2)
    service.answers = [says(200, NOBODY)]
    assert await crm.identify(Sender(email="a@b.example")) is None


async def test_how_a_service_does_is_told_with_the_last_failure_and_without_its_key(service: Service) -> None:
    settings = HttpSettings("http://crm.example:81/api/", SecretStr("s3cret"), attempts=1, failures_to_open=2, open_s=60)
    source = HttpSource("crm", settings, httpx.MockTransport(service))
    service.answers = [says(503)] * 2
    before = await source.state()
    assert (before.place, before.is_open, before.failing) == ("crm.example:81", False, None)
    for _ in range(2):
        await failure_of(HttpCrm(source))
    after = await source.state()
    assert after.is_open
    assert after.failing is not None
    assert after.failing.reason == "crm does not work: 503"
    await source.close()


async def test_refusals_do_not_open_the_circuit(crm: HttpCrm, service: Service) -> None:
    service.answers = [says(404)]
    for _ in range(5):
        assert (await failure_of(crm)).fields["reason"] == "refused"


async def test_a_slow_service_is_given_up_in_time() -> None:
    slow, given_up = FastAPI(), threading.Event()

    @slow.post("/identify")
    def identify() -> Response:  # pyright: ignore[reportUnusedFunction]
        given_up.wait(60)
        return Response()

    with serving(slow) as url:
        source = HttpSource("crm", HttpSettings(url, timeout_s=0.15))
        try:
            async with asyncio.timeout(20):
                assert (await failure_of(HttpCrm(source))).fields["reason"] == "timeout"
        finally:
            given_up.set()
        await source.close()


async def test_nobody_at_the_address_is_a_failed_tool() -> None:
    source = HttpSource("crm", HttpSettings("http://127.0.0.1:9", timeout_s=1.0, pause_s=0.001))
    assert (await failure_of(HttpCrm(source))).fields["reason"] == "unavailable"
    await source.close()


async def test_a_caller_who_gives_up_takes_the_call_along(crm: HttpCrm, service: Service) -> None:
    service.answers = [says(503)]
    task = asyncio.ensure_future(crm.identify(Sender(email="a@b.example")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


INCIDENT = ClientIncident(id="inc-1", title="Slow exports", severity=3, component="exports", started_at=NOW)
REPORT = TelemetryReport(
    client_id="northwind",
    calls_24h=10,
    errors_24h=1,
    usage_28d=100.0,
    usage_prior_28d=90.0,
    seats_active=3,
    incidents=(INCIDENT,),
    measured_at=NOW,
)
NO_OFFSET = "2026-11-20T08:00:00"
ODD: tuple[tuple[str, tuple[str | int, ...], Any], ...] = (
    ("client", ("health",), 1.2),
    ("client", ("contract", "annual_value"), 2e15),
    ("client", ("contract", "annual_value"), -1.0),
    ("client", ("contract", "currency"), "eur"),
    ("client", ("invoices", 0, "currency"), "Euro"),
    ("client", ("invoices", 0, "amount"), 2e15),
    ("client", ("invoices", 0, "credit"), -1.0),
    ("client", ("updated_at",), NO_OFFSET),
    ("client", ("last_contact_at",), NO_OFFSET),
    ("report", ("calls_24h",), -1),
    ("report", ("errors_24h",), 2**60),
    ("report", ("usage_prior_28d",), -1.0),
    ("report", ("incidents", 0, "severity"), 9),
    ("report", ("incidents", 0, "started_at"), NO_OFFSET),
    ("report", ("measured_at",), NO_OFFSET),
    ("items", (0, "opened_at"), NO_OFFSET),
    ("items", (0, "resolved_at"), NO_OFFSET),
)


async def asked(question: str, source: HttpSource) -> object:
    match question:
        case "client":
            return await HttpCrm(source).profile("northwind")
        case "report":
            return await HttpTelemetry(source).report("northwind", NOW)
        case _:
            return await HttpCaseHistory(source).past_cases("northwind", NOW)


def answers() -> dict[str, Any]:
    """What each question is told where nothing is odd."""
    return {"client": profile().model_dump(mode="json"), "report": REPORT.model_dump(mode="json"), "items": [CASE.model_dump(mode="json")]}


@pytest.mark.parametrize(("question", "path", "value"), ODD, ids=[f"{question} {path[-1]}" for question, path, _ in ODD])
async def test_a_number_or_time_that_is_no_fact_fails_the_tool_and_no_case(
    service: Service, question: str, path: tuple[str | int, ...], value: object
) -> None:
    whole = answers()
    service.answers = [says(200, {question: whole[question]})]
    source = HttpSource("odd", HttpSettings("http://crm.example/"), httpx.MockTransport(service))
    assert await asked(question, source)
    part = whole[question]
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    service.answers = [says(200, {question: whole[question]})]
    with pytest.raises(ToolFailed) as caught:
        await asked(question, source)
    await source.close()
    assert caught.value.fields["reason"] == "contract"


async def test_a_credit_note_is_an_invoice_below_zero(service: Service, crm: HttpCrm) -> None:
    told = answers()["client"]
    told["invoices"][0]["amount"] = -50.0
    service.answers = [says(200, {"client": told})]
    found = await crm.profile("northwind")
    assert found is not None
    assert found.invoices[0].amount == -50.0
