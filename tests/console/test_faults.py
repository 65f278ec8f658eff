"""Pages of errors: what a reader can tell the operator, and how a page that is not theirs says whose it is."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from console.forbidden import NAMES, PURPOSES, forbidden_to
from console.visitors import fault
from domain.access import Scope
from domain.account import Seat


def page(status: int) -> str:
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": "/cases",
        "query_string": b"",
        "headers": [],
        "request_id": "req_4711",
    }
    return bytes(fault(Request(scope), status, "It broke.").body).decode()


def test_a_page_that_broke_names_the_request_that_stands_in_the_log() -> None:
    assert "Request <code>req_4711</code>" in page(500)
    assert "req_4711" in page(503)
    assert "req_4711" not in page(404)


def test_a_page_that_is_not_theirs_names_what_it_is_for_and_whose_seat_opens_it() -> None:
    assert set(PURPOSES) == set(Scope)
    assert set(NAMES) == set(Seat)
    assert forbidden_to(Scope.LEDGER_READ).startswith(
        "This is for whoever reads the ledger and the settings. The seat auditor or admin opens it"
    )
    assert "writes policies or approves policies. The seat policy owner, engineer or admin" in forbidden_to(
        Scope.POLICIES_WRITE, Scope.POLICIES_APPROVE
    )
