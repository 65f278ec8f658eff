"""Records made of parts that are already what their fields want: validating them once more would cost more than the evaluation."""

from __future__ import annotations

from typing import Any, TypeVar

from domain.decision import Frozen

Record = TypeVar("Record", bound=Frozen)


def made_of(record: type[Record], parts: dict[str, Any]) -> Record:
    """The `record` that validation would make of `parts`, which name every field in the order of the fields."""
    made = record.__new__(record)
    put = object.__setattr__
    put(made, "__dict__", parts)
    put(made, "__pydantic_fields_set__", set(parts))
    put(made, "__pydantic_extra__", None)
    put(made, "__pydantic_private__", None)
    return made
