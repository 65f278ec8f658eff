"""The least and the greatest value of every number among the facts, as the models state them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from domain.facts import Facts
from domain.scalars import FIRST_YEAR, LAST_YEAR

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
Bounds = tuple[float, float]


def moment_code(moment: datetime) -> int:
    """A moment as a number of microseconds."""
    return (moment - EPOCH) // MICROSECOND


def moment_of(code: int) -> datetime:
    """The moment of a number."""
    return EPOCH + code * MICROSECOND


@cache
def bounds() -> dict[str, Bounds]:
    """(least, greatest) by path; below `load.pools` the pool's id is `*`."""
    first, last = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    return {**dict(_bounds_of(Facts, "")), "now": (moment_code(first), moment_code(last))}


def _bounds_of(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, Bounds]]:
    for name, field in model.model_fields.items():
        for inner in (field.annotation, *get_args(field.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                star = ".*" if get_origin(field.annotation) is dict else ""
                yield from _bounds_of(inner, f"{prefix}{name}{star}.")
        limits = list(_limits(field.metadata)) + list(_limits(_metadata(field.annotation)))
        low = max((limit.ge for limit in limits if hasattr(limit, "ge")), default=None)
        high = min((limit.le for limit in limits if hasattr(limit, "le")), default=None)
        if low is not None and high is not None:
            yield f"{prefix}{name}", (low, high)


def _metadata(annotation: Any) -> Iterator[Any]:
    """What is annotated on a type, or on the type beside None."""
    yield from getattr(annotation, "__metadata__", ())
    for inner in get_args(annotation):
        yield from getattr(inner, "__metadata__", ())


def _limits(metadata: Any) -> Iterator[Any]:
    for item in metadata:
        yield item
        yield from getattr(item, "metadata", ())
