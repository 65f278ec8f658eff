"""What the engine says of an expression that it cannot read or run, as an owner of a policy would be told."""

from __future__ import annotations

import re

SYNTAX = re.compile(r"ERROR: <input>:(\d+):(\d+): Syntax error: (.*)")
END = "<EOF>"
CLOSERS = (")", "]", "}")
WRITTEN = {"and": "&&", "or": "||", "not": "!", "=": "==", "&": "&&", "|": "||"}
"""What is written in other languages, and how it is written here."""
LONGEST = 400
NO_CHANGE = "CEL turns no kind into another by itself; `double(...)`, `int(...)` and `string(...)` do"


def said_of_syntax(error: Exception, source: str) -> tuple[str, int | None]:
    """A sentence, and the character of the expression at which it goes wrong; None where nobody can tell."""
    message = str(error)
    found = SYNTAX.search(message)
    if found is None:
        return cut(message.splitlines()[0] if message else type(error).__name__), None
    line, column, what = int(found[1]), int(found[2]), found[3]
    lines = source.split("\n")
    at = sum(len(one) + 1 for one in lines[: line - 1]) + column - 1
    return _sentence(what, source, at), min(at, len(source))


def said_of_kinds(message: str) -> str:
    """What fails already for neutral facts, in a sentence."""
    if message.startswith("No such overload"):
        return f"it does something that its values do not allow, such as comparing a text with a number; {NO_CHANGE}"
    if found := re.match(r"Unsupported operation: (\w+) (\S+) (\w+)\.", message):
        return f"`{found[2]}` does not go with {_kind(found[1])} and {_kind(found[3])}; {NO_CHANGE}"
    if found := re.match(r"Undefined variable or function: '([^']*)'", message):
        return f"there is no function and no fact `{found[1]}`"
    return cut(message)


def cut(text: str, longest: int = LONGEST) -> str:
    """A text that ends at a word, with a mark where some of it is left out."""
    if len(text) <= longest:
        return text
    kept = text[:longest]
    return (kept[: kept.rindex(" ")] if " " in kept else kept).rstrip() + " …"


def _kind(name: str) -> str:
    return {"int": "a whole number", "float": "a decimal number", "string": "a text", "bool": "a yes or no"}.get(name, f"a {name}")


def _sentence(what: str, source: str, at: int) -> str:
    asked = _asked(what)
    if f"'{END}'" in what:
        return _ends(what, asked, source)
    if unread := re.match(r"token recognition error at: '(.*)'?$", what):
        return _unread(unread[1].removesuffix("'").strip())
    if found := re.match(r"(?:extraneous|mismatched) input '(.*?)' expecting ", what):
        return _unfitting(found[1], asked, source, at)
    if found := re.match(r"missing '(.*?)' at '(.*)'$", what):
        return f"`{found[1]}` is missing before `{found[2]}`"
    if found := re.match(r"no viable alternative at input '(.*)'$", what):
        return f"`{cut(found[1], 60)}` cannot be read"
    return cut(what)


def _asked(what: str) -> list[str]:
    """The marks one of which would fit."""
    _, _, listed = what.partition(" expecting ")
    return [one.strip().strip("'") for one in listed.strip("{}").split(", ")] if listed else []


def _ends(what: str, asked: list[str], source: str) -> str:
    missing = re.match(r"missing '(.*?)'", what)
    closers = [missing[1]] if missing else [one for one in (*CLOSERS, ":") if one in asked]
    if closers:
        return f"it ends too early: `{closers[0]}` is missing"
    last = source.split()[-1] if source.split() else ""
    return f"it ends too early: something is missing after `{cut(last, 60)}`" if last else "it is empty"


def _unread(text: str) -> str:
    if text[:1] in ("'", '"'):
        return "the text that begins here has no quotation mark at its end"
    return f"`{cut(text, 60)}` means nothing here" + (f"; perhaps `{WRITTEN[text]}` is meant" if text in WRITTEN else "")


def _unfitting(input_: str, asked: list[str], source: str, at: int) -> str:
    shown = cut(input_, 60)
    before = source[:at].split()
    word = input_ if input_ in WRITTEN else before[-1] if before and before[-1] == "not" else ""
    if word:
        return f"`{word}` is written `{WRITTEN[word]}`"
    if input_ in CLOSERS:
        return f"`{shown}` closes nothing"
    if END in asked:
        return f"`{shown}` is too much here, or an operator such as `&&` is missing before it"
    return f"`{shown}` cannot stand here: something is missing before it"
