"""An editor that has our schema draws a line under what the reader would refuse, and under nothing else."""

from __future__ import annotations

from typing import Any, cast

import jsonschema
import orjson
import pytest

from policies.language.document import PolicyDocument
from policies.language.editor_schema import editor_schema
from policies.language.markup import read_markup
from policies.language.starter import starter
from policies.rules import shipped

validator: Any = jsonschema.Draft7Validator(editor_schema())  # its stubs are partial


def data_of(text: str) -> Any:
    """A policy text as an editor sees it."""
    data, _, faults = read_markup(text)
    assert not faults
    return data


def complaints(data: Any) -> list[str]:
    """What an editor would underline."""
    return ["/".join(str(part) for part in error.path) for error in validator.iter_errors(data)]


def test_the_schema_is_itself_a_sound_one() -> None:
    jsonschema.Draft7Validator.check_schema(editor_schema())


@pytest.mark.parametrize("text", [shipped(), starter("my-policy")], ids=["shipped", "starter"])
def test_nothing_in_a_good_policy_is_underlined(text: str) -> None:
    assert complaints(data_of(text)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("guards", 0, "mode"), ["human"]),
        (("guards", 0, "modes"), ["robot"]),
        (("guards", 6, "review", "within"), "15 minutes"),
        (("sla", 0, "severity"), ">= 9"),
        (("sla", 0, "ack"), 5),
        (("escalation", 0, "at"), "ack 50"),
        (("escalation", 0, "raise"), -1),
        (("calendars", "business-eu", "hours", "mon-fri"), ["8-18"]),
        (("tests", 0, "given", "client", "contact"), "x"),
        (("tests", 0, "given", "message", "severity"), 6),
        (("tests", 0, "proposal", "confidence"), "high"),
        (("tests", 0, "expect", "guard"), "x"),
        (("facts",), "v2"),
    ],
    ids=lambda value: "/".join(map(str, cast("tuple[Any, ...]", value))) if isinstance(value, tuple) else "",
)
def test_what_the_reader_refuses_is_underlined_at_its_place(path: tuple[str | int, ...], value: Any) -> None:
    data = data_of(shipped())
    part = data
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    place = "/".join(str(step) for step in path)
    found = complaints(data)
    assert len(found) == 1
    assert place.startswith(found[0]) or found[0].startswith(place)


def test_a_test_that_gives_the_proposal_among_the_facts_is_underlined() -> None:
    data = data_of(shipped())
    data["tests"][0]["given"]["proposal"] = {"present": True}
    assert complaints(data) == ["tests/0/given"]


def test_every_key_says_what_it_means_when_the_mouse_rests_on_it() -> None:
    schema = editor_schema()
    policy_parts = {
        name: schema["$defs"][name] for name in ("GuardRule", "SlaRow", "Invariant", "Expectation", "PolicyTest", "Pool", "Holds")
    }
    silent = [
        f"{name}.{key}"
        for name, part in {"policy": schema, **policy_parts}.items()
        for key, field in part["properties"].items()
        if not field.get("description")
    ]
    assert silent == []


def test_the_hover_of_a_condition_lists_the_facts_with_their_types() -> None:
    hover = editor_schema()["$defs"]["GuardRule"]["properties"]["when"]["markdownDescription"]
    assert "`message.severity` int" in hover
    assert "`load.pools.<pool>.available` int" in hover


def test_keys_are_those_of_the_typed_document_whatever_they_are_called_in_the_code() -> None:
    schema = editor_schema()
    assert list(schema["properties"]) == [field.alias or name for name, field in PolicyDocument.model_fields.items()]
    assert "raise" in schema["$defs"]["EscalationRule"]["properties"]
    assert orjson.dumps(schema) == orjson.dumps(editor_schema())
