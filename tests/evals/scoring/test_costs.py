"""The misroute-cost matrix stands once, in the code; the documentation shows it."""

from __future__ import annotations

from pathlib import Path

from evals.scoring.costs import COSTS, MEANS, Fault, table

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "eval-suites.md"


def test_every_error_has_a_price_and_a_sentence() -> None:
    assert set(COSTS) == set(MEANS) == set(Fault)


def test_the_page_shows_the_table_as_it_is() -> None:
    page = PAGE.read_text(encoding="utf-8")
    begin, end = "<!-- misroute costs: begin -->", "<!-- misroute costs: end -->"
    assert page.partition(begin)[2].partition(end)[0].strip() == table()
