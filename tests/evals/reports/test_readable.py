"""Texts made inert."""

from __future__ import annotations

from typing import Any

from evals.reports.readable import one_line, outline, readable


def test_what_acts_on_a_screen_is_written_out() -> None:
    assert readable("pay \u202eEUR\u202c now\u0007\x1b[31m") == "pay ⟨U+202E⟩EUR⟨U+202C⟩ now⟨U+0007⟩⟨U+001B⟩[31m"
    assert readable("a\u2028b\ud800c\ufeff") == "a⟨U+2028⟩b⟨U+D800⟩c⟨U+FEFF⟩"


def test_writing_of_people_stays_as_it_is() -> None:
    for text in ("Grüße\n\tund Küsse", "می‌خواهم", "👩‍💻 日本語", "10\u00a0000 €"):
        assert readable(text) == text


def test_what_would_drown_the_reader_is_cut_and_said_to_be() -> None:
    shown = readable("x" * 100_000)
    assert len(shown) < 4_100
    assert shown.endswith("… 96,000 more characters")


def test_one_line_is_one_line() -> None:
    assert one_line("a\n\n  b\tc") == "a b c"


def test_an_outline_is_for_people() -> None:
    data: dict[str, Any] = {
        "text": "Hello,\nall is down",
        "client": {"id": "c1", "vip": True, "flags": []},
        "turns": [{"text": "a"}, "b"],
        "gone": None,
    }
    assert outline(data).split("\n") == [
        "text:",
        "  Hello,",
        "  all is down",
        "client:",
        "  id: c1",
        "  vip: true",
        "  flags: none",
        "turns:",
        "  -",
        "    text: a",
        "  - b",
        "gone: none",
    ]
