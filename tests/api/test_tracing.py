"""`traceparent`, as https://www.w3.org/TR/trace-context/ says."""

from __future__ import annotations

import pytest

from api.tracing import trace_of

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SOUND = f"00-{TRACE}-{PARENT}-01"


def test_a_sound_traceparent_is_carried_on_with_a_span_of_ours() -> None:
    trace = trace_of([SOUND])
    assert (trace.trace_id, trace.parent_id, trace.sampled) == (TRACE, PARENT, True)
    assert trace.span_id != PARENT
    assert trace.header == f"00-{TRACE}-{trace.span_id}-01"


@pytest.mark.parametrize("later", [f"cc-{TRACE}-{PARENT}-01", f"cc-{TRACE}-{PARENT}-01-what-will-be"])
def test_a_later_version_may_say_more(later: str) -> None:
    assert trace_of([later]).trace_id == TRACE


def test_flags_that_are_not_known_are_ignored() -> None:
    assert not trace_of([f"00-{TRACE}-{PARENT}-fe"]).sampled


@pytest.mark.parametrize(
    "given",
    [
        [],
        [SOUND, SOUND],
        [""],
        [SOUND.upper()],
        [f" {SOUND}"],
        [f"{SOUND}\n"],
        [f"{SOUND}-more"],
        [f"ff-{TRACE}-{PARENT}-01"],
        [f"00-{'0' * 32}-{PARENT}-01"],
        [f"00-{TRACE}-{'0' * 16}-01"],
        [f"00-{TRACE[1:]}-{PARENT}-01"],
        [f"00-{TRACE}-{PARENT}-1"],
        [f"00_{TRACE}_{PARENT}_01"],
        ["٠٠" + SOUND[2:]],
    ],
)
def test_anything_else_begins_a_new_trace(given: list[str]) -> None:
    first, second = trace_of(given), trace_of(given)
    assert TRACE not in (first.trace_id, second.trace_id)
    assert first.trace_id != second.trace_id
    assert first.parent_id is None
    assert trace_of([first.header]).trace_id == first.trace_id
