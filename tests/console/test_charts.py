"""Charts: sound SVG that says what it shows, with every number in a table beside it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from console import charts
from console.charts import Bar, Chart, Point, milliseconds, whole
from console.speech import SPOKEN, Speech

SVG = "{http://www.w3.org/2000/svg}"


def drawn(chart: Chart) -> ElementTree.Element:
    """The picture, parsed."""
    found = re.search(r"<svg.*?</svg>", chart.__html__(), re.DOTALL)
    assert found is not None
    return ElementTree.fromstring(found[0])


def widths(chart: Chart, kind: str) -> list[float]:
    return [float(one.attrib["width"]) for one in drawn(chart).iter("rect") if kind in one.attrib.get("class", "").split()]


def both(half: float, slow: float) -> str:
    return f"{half:.0f} then {slow:.0f}"


def test_a_picture_names_itself_and_has_its_table() -> None:
    chart = charts.bars("Guards", "vip fired most.", [Bar("vip", 1_204)], whole, ("Guard", "Decisions"))
    picture = drawn(chart)
    ids = picture.attrib["aria-labelledby"].split()
    assert picture.attrib["role"] == "img"
    assert {one.attrib["id"]: one.text for one in picture if "id" in one.attrib} == dict(
        zip(ids, ("Guards", "vip fired most."), strict=True)
    )
    assert '<th scope="row">vip</th><td class="n">1,204</td>' in chart.__html__()


def test_bars_are_as_long_as_their_values_and_go_to_the_left_for_what_takes_away() -> None:
    chart = charts.bars("t", "s", [Bar("a", 10), Bar("b", 5), Bar("c", 0), Bar("d", -3)], whole, ("", ""))
    found = widths(chart, "c1")
    assert [one / found[0] for one in found] == pytest.approx([1, 0.5, 0, 0.3], abs=0.01)
    first, *_others, lessens = [float(one.attrib["x"]) for one in drawn(chart).iter("rect")]
    assert lessens == charts.LABELS
    assert lessens + found[3] == pytest.approx(first, abs=0.2)


def test_parts_fill_the_bar_and_carry_a_pattern_each() -> None:
    parts = [Bar("kept", 3, "c1"), Bar("missed", 1, "c2"), Bar("running", 0, "c3")]
    chart = charts.shares("t", "s", [("gold", parts), ("silver", [])], whole, ("Tier", "kept", "missed", "running"))
    [kept], [missed] = widths(chart, "c1"), widths(chart, "c2")
    assert kept / missed == pytest.approx(3)
    assert widths(chart, "c3") == []
    assert {one.attrib["fill"] for one in drawn(chart).iter("rect") if "fill" in one.attrib} == {"url(#pattern-c1)", "url(#pattern-c2)"}
    assert ("gold", "3", "1", "0") in chart.rows


def test_a_spread_goes_to_the_middle_and_on_to_the_end() -> None:
    chart = charts.spread("t", "s", [("total", 10.0, 40.0)], milliseconds, both, ("", "", ""))
    [bar], [along, _end] = widths(chart, "c1"), list(drawn(chart).iter("line"))
    begin, end = float(along.attrib["x1"]), float(along.attrib["x2"])
    assert (end - charts.NAMES) / bar == pytest.approx(4, rel=1e-2)
    assert begin == pytest.approx(charts.NAMES + bar, abs=0.1)
    assert chart.rows == (("total", "10 ms", "40 ms"),)
    assert [one.text for one in drawn(chart).iter("text")] == ["total", "10 then 40"]


@pytest.mark.parametrize(
    ("most", "marks"), [(0, ["0", "1", "2", "3", "4"]), (5, ["0", "2", "4", "6", "8"]), (33, ["0", "10", "20", "30", "40"])]
)
def test_an_axis_is_marked_at_round_numbers(most: float, marks: list[str]) -> None:
    picture = drawn(charts.line("t", "s", [Point("then", 0), Point("now", most)], whole, ("", "")))
    assert [one.text for one in picture.iter("text")][:5] == marks


def test_a_line_passes_through_its_points() -> None:
    picture = drawn(charts.line("t", "s", [Point("a", 0), Point("b", 4), Point("c", 2)], whole, ("", "")))
    heights = [float(one.attrib["cy"]) for one in picture.iter("circle")]
    assert heights[1] < heights[2] < heights[0]
    assert (heights[0] - heights[2]) * 2 == pytest.approx(heights[0] - heights[1])
    assert len([one for one in picture.iter("line") if one.attrib["class"] == "path"]) == 2


def test_pieces_of_time_stand_between_the_ends_of_the_axis() -> None:
    picture = drawn(charts.line("t", "s", [Point("6:00", 1), Point("7:00", 2)], whole, ("", ""), ("6:00", "8:00")))
    places = [float(one.attrib["cx"]) for one in picture.iter("circle")]
    room = charts.WIDTH - charts.LEFT - charts.RIGHT
    assert places == pytest.approx([charts.LEFT + room / 4, charts.LEFT + room * 3 / 4], abs=0.1)
    assert [one.text for one in picture.iter("text")][-2:] == ["6:00", "8:00"]


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_show_is_drawn_all_the_same(count: int) -> None:
    for chart in (
        charts.line("t", "s", [Point("now", 3)] * count, whole, ("", "")),
        charts.bars("t", "s", [Bar("a", 0)] * count, whole, ("", "")),
        charts.spread("t", "s", [("a", 0, 0)] * count, whole, both, ("", "", "")),
        charts.shares("t", "s", [("a", [Bar("b", 0)])] * count, whole, ("",)),
    ):
        assert "NaN" not in ElementTree.tostring(drawn(chart), encoding="unicode")


def test_what_others_wrote_is_text_and_nothing_else() -> None:
    hostile = '"><script>alert(1)</script>' + "x" * 100_000
    chart = charts.bars(hostile, hostile, [Bar(hostile, 1)], whole, ("Guard", "Decisions"))
    assert list(drawn(chart).iter(f"{SVG}script")) == list(drawn(chart).iter("script")) == []
    assert "<script>" not in chart.__html__()
    assert max(len(one.text or "") for one in drawn(chart).iter("text")) <= charts.NARROW_LABEL


def test_numbers_are_written_as_the_visitor_writes_them() -> None:
    token = SPOKEN.set(Speech(locale="de"))
    try:
        assert (whole(1204.4), milliseconds(12.34)) == ("1.204", "12,3 ms")
    finally:
        SPOKEN.reset(token)
    assert (whole(1204.4), milliseconds(12.34), milliseconds(1234.5)) == ("1,204", "12.3 ms", "1,234 ms")
