"""CEL expressions: compiled once, with the facts that they read known before they ever run."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, get_args, get_origin

import cel
from pydantic import BaseModel

from domain.facts import Facts
from policies.direct import Answer, Direct, answer_of, translated, values_of
from policies.language.cel_words import said_of_syntax
from policies.language.literals import impossible_words

ROOTS = (*Facts.model_fields, "tier", "pool")
TIER_FIELDS = frozenset({"id", "rank"})
POOL_FIELDS = frozenset({"id", "region", "skills", "languages"})
STRING = re.compile(r'r?"(?:[^"\\]|\\.)*"|r?\'(?:[^\'\\]|\\.)*\'')
PATH = re.compile(rf"(?<![\w.\"'])({'|'.join(ROOTS)})\b((?:\s*\.\s*[A-Za-z_]\w*(?!\w*\s*\()|\[\s*\"[^\"]*\"\s*\])*)")
STEP = re.compile(r"\.\s*([A-Za-z_]\w*)|\[\s*\"([^\"]*)\"\s*\]")


class BadExpression(ValueError):
    """An expression that cannot be used; `column` counts from 0 inside it, and is None where the fault has no place of its own."""

    def __init__(self, reason: str, column: int | None = None) -> None:
        super().__init__(reason)
        self.column = column


@dataclass(frozen=True)
class Expression:
    """A compiled expression. `direct` is what plain Python may answer in the engine's place; None: nothing."""

    source: str
    program: cel.Program
    reads: tuple[str, ...]
    direct: Direct | None = field(default=None, compare=False)

    @cached_property
    def answer(self) -> Answer | None:
        """The expression as a function of plain facts; None when only the engine can tell."""
        return None if self.direct is None else answer_of(self.direct)

    @cached_property
    def _values(self) -> Answer | None:
        return None if self.direct is None else values_of(self.reads)

    @cached_property
    def _steps(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return tuple((path, tuple(path.split("."))) for path in self.reads)

    @property
    def reads_proposal(self) -> bool:
        """Whether it belongs to the second pass."""
        return any(path.partition(".")[0] == "proposal" for path in self.reads)

    def holds(self, context: cel.Context) -> bool:
        """Whether the condition holds. Raises BadExpression when it fails or gives no bool."""
        result = self.value(context)
        if result is True or result is False:
            return result
        raise BadExpression(f"gave {type(result).__name__}, not a bool")

    def value(self, context: cel.Context) -> Any:
        """What the expression gives. Raises BadExpression when it fails."""
        try:
            return self.program.execute(context)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # a panic of the native engine is no Exception, and must fire the guard all the same
            raise BadExpression((str(error).splitlines() or [type(error).__name__])[0][:200]) from error

    def values(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The facts that it read, by path; what is absent is left out."""
        if self._values is not None:
            return self._values(facts)
        found: dict[str, Any] = {}
        for path, steps in self._steps:
            current: Any = facts
            try:
                for name in steps:
                    current = current[name]
            except (KeyError, TypeError):
                continue
            if current is not None and not isinstance(current, dict):
                found[path] = current
        return found


def compile_expression(source: str, *, pool: bool = False, tier: bool = True, proposal: bool = True) -> Expression:
    """Compile and look up every fact that it reads. Raises BadExpression with the column of the fault."""
    try:
        program = cel.compile(source)
    except Exception as error:
        reason, column = said_of_syntax(error, source)
        raise BadExpression(f"is no valid CEL: {reason}", column) from error
    blanked = STRING.sub(lambda match: '"' + "_" * (len(match[0]) - 2) + '"', source)
    known = set(ROOTS) - {name for name, allowed in (("pool", pool), ("tier", tier), ("proposal", proposal)) if not allowed}
    _check_roots(program, blanked, known)
    matches = [match for match in PATH.finditer(source) if blanked[match.start()] == source[match.start()]]
    reads = {path: None for match in matches for path in [_checked_path(match, source)] if path}
    return Expression(source, program, (*reads, *_read_whole(program, reads)), translated(source))


def _read_whole(program: cel.Program, reads: Iterable[str]) -> list[str]:
    """Groups that the parser sees and the path pattern does not: read as a whole, so that no reading is ever missed."""
    found = {path.partition(".")[0] for path in reads}
    return sorted(name for name in program.variables() if name in Facts.model_fields and name not in found)


def _check_roots(program: cel.Program, blanked: str, known: set[str]) -> None:
    bound = set(re.findall(r"\.\s*(?:map|filter|all|exists|exists_one)\(\s*([A-Za-z_]\w*)\s*,", blanked))
    for name in program.variables():
        if name in known or name in bound or name.startswith("@"):
            continue
        column = next((match.start() for match in re.finditer(rf"(?<![\w.]){re.escape(name)}\b", blanked)), 0)
        close = difflib.get_close_matches(name, known, 1)
        reason = "cannot be read here" if name in ROOTS else f"did you mean `{close[0]}`?" if close else ""
        raise BadExpression(f"unknown fact `{name}`{f'; {reason}' if reason else ''}", column)


def _checked_path(match: re.Match[str], source: str) -> str:
    root = match[1]
    steps = [dotted or quoted for dotted, quoted in STEP.findall(match[2])]
    if root in ("tier", "pool"):
        _known(steps[:1], TIER_FIELDS if root == "tier" else POOL_FIELDS, f"{root}.", match)
        return "" if root == "pool" else ".".join([root, *steps])
    annotation: Any = Facts.model_fields[root].annotation
    walked = [root]
    for step in steps:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            _known([step], frozenset(annotation.model_fields), ".".join(walked) + ".", match)
            annotation = annotation.model_fields[step].annotation
        elif get_origin(annotation) is dict:
            annotation = get_args(annotation)[1]
        else:
            break
        walked.append(step)
    path = ".".join(walked)
    for column, reason in impossible_words(source, path, match.start(), match.end()):
        raise BadExpression(reason, column)
    return path


def _known(steps: list[str], fields: frozenset[str], prefix: str, match: re.Match[str]) -> None:
    for step in steps:
        if step not in fields:
            close = difflib.get_close_matches(step, fields, 1)
            hint = f"; did you mean `{prefix}{close[0]}`?" if close else f"; there are: {', '.join(sorted(fields))}"
            raise BadExpression(f"unknown fact `{prefix}{step}`{hint}", match.start())
