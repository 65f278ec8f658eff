"""One way to write a policy: spaces, indentation and the columns of tables; comments and meaning stay as they are."""

from __future__ import annotations

from importlib import import_module
from io import StringIO
from typing import Any

from domain.errors import SetupFailed
from policies.language.columns import in_columns
from policies.language.markup import fault
from policies.language.reader import TEXT_LIMIT, invalid, read_policy
from policies.language.remarks import inside_scalars, remarks_of, with_remarks, without_remarks

PASSES = 4
"""The second pass finds nothing to do; were one ever to find something, it would be done here and not at the next call."""


def format_policy(text: str) -> str:
    """The text in its one form: formatting it again changes nothing. Raises PolicyInvalid for what cannot be read."""
    meant, written = read_policy(text)[0], text.replace("\r\n", "\n")
    comments = _comments(written)
    for _ in range(PASSES):
        before, written = written, _formatted(written)
        if written == before:
            break
    if meant.model_dump(mode="json") != read_policy(written)[0].model_dump(mode="json") or comments != _comments(written):
        raise SetupFailed("The formatted text would not say the same, so nothing was changed. Please report this text.")
    return written


def _comments(text: str) -> list[str]:
    return sorted(remark.text for remark in remarks_of(text) if remark.text)


def _formatted(text: str) -> str:
    return with_remarks(in_columns(_round_trip(without_remarks(text))), remarks_of(text))


def _round_trip(text: str) -> str:
    """Block parts indented by two, flow parts on one line with single spaces."""
    library: Any = import_module("ruamel.yaml")
    writer: Any = library.YAML()
    writer.preserve_quotes, writer.allow_unicode, writer.width = True, True, 2 * TEXT_LIMIT
    writer.indent(mapping=2, sequence=4, offset=2)
    out = StringIO()
    try:
        writer.dump(writer.load(text), out)
    except library.error.YAMLError as error:
        raise invalid([fault((1, 1), f"cannot be formatted: {getattr(error, 'problem', None) or error}")]) from error
    kept = inside_scalars(out.getvalue())
    return "\n".join(line if number in kept else line.rstrip() for number, line in enumerate(out.getvalue().split("\n")))
