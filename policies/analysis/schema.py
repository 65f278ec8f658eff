"""The vocabulary of facts as protobuf messages: the form in which the type checker of CEL takes a schema."""

from __future__ import annotations

import importlib
from datetime import datetime
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

from domain.facts import Facts

PACKAGE = "maitred"
TIMESTAMP = "google.protobuf.Timestamp"
EXTRA: dict[str, dict[str, type]] = {
    "Tier": {"id": str, "rank": int},
    "PoolView": {"id": str, "region": str, "skills": list, "languages": list},
}
GROUPS = {name: field.annotation for name, field in Facts.model_fields.items() if name != "now"}


@cache
def environment(*, pool: bool) -> Any:
    """The checker's environment; `pool` can be read in `pools_where` alone."""
    cel: Any = importlib.import_module("cel_expr_python.cel")  # big, and only needed when a version is checked
    variables = {name: cel.Type(f"{PACKAGE}.{_name_of(model)}") for name, model in GROUPS.items()}
    variables |= {"now": cel.Type.TIMESTAMP, "tier": cel.Type(f"{PACKAGE}.Tier")}
    if pool:
        variables["pool"] = cel.Type(f"{PACKAGE}.PoolView")
    return cel.NewEnv(descriptor_pool=_descriptors(), variables=variables)


@cache
def _descriptors() -> Any:
    proto: Any = importlib.import_module("google.protobuf.descriptor_pb2")
    pools: Any = importlib.import_module("google.protobuf.descriptor_pool")
    file = proto.FileDescriptorProto(name="facts.proto", package=PACKAGE, syntax="proto3")
    done: set[str] = set()
    for model in GROUPS.values():
        _add_message(file, model, done)
    for name, fields in EXTRA.items():
        message = file.message_type.add(name=name)
        for number, (field, kind) in enumerate(fields.items(), 1):
            message.field.add(name=field, number=number, label=3 if kind is list else 1, type=9 if kind is not int else 3)
    pool = pools.DescriptorPool()
    pool.Add(file)
    return pool


def _add_message(file: Any, model: Any, done: set[str]) -> None:
    """One message per group of facts; numbers and labels are those of descriptor.proto: 1 optional, 3 repeated."""
    if model.__name__ in done:
        return
    done.add(model.__name__)
    message = file.message_type.add(name=_name_of(model))
    for number, (name, field) in enumerate(model.model_fields.items(), 1):
        bare = _bare(field.annotation)
        if isinstance(bare, type) and issubclass(bare, BaseModel):
            _add_message(file, bare, done)
            message.field.add(name=name, number=number, label=1, type=11, type_name=f".{PACKAGE}.{_name_of(bare)}")
        elif get_origin(bare) is dict:
            _add_map(file, message, name, number, get_args(bare)[1], done)
        elif get_origin(bare) is tuple:
            message.field.add(name=name, number=number, label=3, type=_scalar(_bare(get_args(bare)[0])))
        else:
            message.field.add(name=name, number=number, label=1, type=_scalar(bare))


def _add_map(file: Any, message: Any, name: str, number: int, inner: Any, done: set[str]) -> None:
    _add_message(file, inner, done)
    entry = message.nested_type.add(name=f"{name.title()}Entry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, label=1, type=9)
    entry.field.add(name="value", number=2, label=1, type=11, type_name=f".{PACKAGE}.{_name_of(inner)}")
    message.field.add(name=name, number=number, label=3, type=11, type_name=f".{PACKAGE}.{message.name}.{entry.name}")


def _name_of(model: Any) -> str:
    return model.__name__.removesuffix("Facts")


def _bare(annotation: Any) -> Any:
    """The annotation without None and without metadata."""
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(one for one in get_args(annotation) if one is not type(None))
    return get_args(annotation)[0] if hasattr(annotation, "__metadata__") else annotation


def _scalar(kind: Any) -> int:
    """The number of a type in descriptor.proto."""
    numbers = {bool: 8, int: 3, float: 1, str: 9}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return numbers[str]
    if kind is datetime:
        raise TypeError("moments stand alone, as `now` does")
    return numbers[kind]
