"""What a form of a ruling says: a reply counts as the lead's own once it differs from the one that was offered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from console.rulings import ruling_of
from domain.views import ReviewRow

OFFERED = "Hello Ada,\n\nopen the dashboard and choose Share."
NO_ROUTE: Any = None


@pytest.mark.parametrize(
    ("sent", "own"),
    [
        (OFFERED.replace("\n", "\r\n"), ""),
        (f"  {OFFERED}\n", ""),
        ("", ""),
        (f"{OFFERED} It takes a minute.", f"{OFFERED} It takes a minute."),
        ("One line.\r\nAnother.", "One line.\nAnother."),
        ("x" * 9_000, "x" * 8_000),
    ],
)
def test_a_reply_is_the_leads_own_once_it_was_changed(sent: str, own: str) -> None:
    form = {"ruling": "approve", "reply": sent}
    assert ruling_of(form, cast(ReviewRow, NO_ROUTE), "person:lena", datetime.now(UTC), OFFERED).reply == own
