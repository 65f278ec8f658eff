"""Data files: every fault is named with file and line, and a file with a fault gives no case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from evals.datasets import DataFault, digest, read

CASE: dict[str, Any] = {"id": "a", "source": "us", "licence": "Apache-2.0", "input": {"text": "Hello"}, "gold": {"intent": "how_to"}}
YAML = """\
# a comment
- id: a
  source: us
  licence: Apache-2.0
  input: {text: Hello, on: 2026-11-23}
  gold:
    intent: how_to
- id: b
  source: us
  licence: Apache-2.0
  slices: {language: de}
  input: {text: Hallo}
  gold: {intent: how_to}
"""


def written(folder: Path, *lines: Any, name: str = "cases.jsonl") -> Path:
    """A JSONL file; bytes are taken as they are."""
    file = folder / name
    file.write_bytes(b"".join((line if isinstance(line, bytes) else orjson.dumps(line)) + b"\n" for line in lines))
    return file


def test_jsonl_is_read_in_its_order_and_empty_lines_do_not_count(tmp_path: Path) -> None:
    cases = read(written(tmp_path, {**CASE, "id": "b"}, b"", CASE))
    assert [case.id for case in cases] == ["b", "a"]


def test_yaml_is_read_as_json_has_it_so_that_a_date_stays_a_text(tmp_path: Path) -> None:
    (tmp_path / "cases.yaml").write_text(YAML)
    first, second = read(tmp_path / "cases.yaml")
    assert (first.input["on"], second.slices) == ("2026-11-23", {"language": "de"})


def test_the_digest_moves_with_a_word_and_with_the_order(tmp_path: Path) -> None:
    one, other = read(written(tmp_path, CASE, {**CASE, "id": "b"}))
    worded = one.model_copy(update={"gold": {"intent": "billing"}})
    assert len({digest([one, other]), digest([other, one]), digest([worded, other])}) == 3


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{", ":2: is no JSON"),
        (b"[1]", ":2: must be an object"),
        ({**CASE, "id": "b", "golden": {}}, ":2: golden: is no field of a case"),
        ({key: value for key, value in CASE.items() if key != "gold"}, ":2: gold: is missing"),
        ({**CASE, "id": "b", "slices": {"turn": 2}}, ":2: slices.turn: Input should be a valid string"),
        (CASE, ":2: the id a stands in line 1 already; ids are given once"),
    ],
)
def test_a_fault_is_named_with_its_file_and_line(tmp_path: Path, line: Any, says: str) -> None:
    file = written(tmp_path, CASE, line)
    with pytest.raises(DataFault) as caught:
        read(file)
    assert f"{file}{says}" in caught.value.message


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataFault) as caught:
        read(written(tmp_path, b"{", CASE, CASE, b"7"))
    assert [place.rpartition(":")[2] for place, _ in caught.value.errors] == ["1", "3", "4"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (YAML.replace("  licence: Apache-2.0\n  slices", "  slices"), ":8: licence: is missing"),
        (YAML.replace("{language: de}", "{language: no}"), ":8: slices.language: Input should be a valid string"),
        (YAML.replace("- id: b", "- id: b\n  id: c"), ":9: the key `id` stands twice"),
        (YAML + "- 7\n", ":14: must be an object"),
        (YAML + "  - id", ":14: is no valid YAML"),
        ("cases: []", ":1: must be a list of cases"),
        ("# nothing", ":1: holds no case"),
    ],
)
def test_a_fault_in_yaml_is_named_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "cases.yaml").write_text(text)
    with pytest.raises(DataFault) as caught:
        read(tmp_path / "cases.yaml")
    assert f"cases.yaml{says}" in caught.value.message


def test_a_file_that_is_not_there_or_is_no_data_file_is_said_to_be_so(tmp_path: Path) -> None:
    for path, says in ((tmp_path / "none.jsonl", "Cannot read"), (tmp_path / "cases.csv", "is no data file"), ("nowhere", "no data file")):
        with pytest.raises(DataFault, match=says):
            read(path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataFault, match="is no UTF-8"):
        read(written(tmp_path, b"\xff\xfe"))
