"""One base for every error that maitred raises on purpose; HTTP status codes live in `api/errors.py` alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self


class MaitredError(Exception):
    """A fault with a stable `code`, a sentence that says what to do, and fields for logs."""

    code = "internal"
    sentence = ""
    """The message before it was filled in: whoever speaks another language finds their own by it. Empty when it has none."""

    def __init__(self, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.message = message
        self.fields: Mapping[str, Any] = fields
        self.filled: Mapping[str, Any] = {}

    @classmethod
    def said(cls, sentence: str, /, filled: Mapping[str, Any] | None = None, **fields: Any) -> Self:
        """An error that can be said in other languages: `%(name)s` of the sentence is filled in with what `filled` has of the name."""
        told = {name: f"{value:%H:%M:%S} UTC" if isinstance(value, datetime) else value for name, value in (filled or {}).items()}
        error = cls(sentence % told if told else sentence, **fields)
        error.sentence, error.filled = sentence, dict(filled or {})
        return error


class NotFound(MaitredError):
    """The object does not exist, or the caller may not know that it does."""

    code = "not-found"


class InvalidInput(MaitredError):
    """The caller sent something that cannot be accepted; `errors` lists (pointer, detail)."""

    code = "invalid-input"

    def __init__(self, message: str, errors: list[tuple[str, str]] | None = None, **fields: Any) -> None:
        super().__init__(message, **fields)
        self.errors = errors or []


class BundleRefused(InvalidInput):
    """A policy bundle is not what it says it is, or comes from somebody who is not trusted here."""

    code = "bundle-refused"


class Conflict(MaitredError):
    """The object is in a state in which this cannot be done now."""

    code = "conflict"


class AlreadyDecided(MaitredError):
    """A turn gets one decision; another worker, or an earlier try, was first."""

    code = "already-decided"


class AlreadyWritten(MaitredError):
    """The ledger has this entry: another worker, or an earlier try, did first what it tells."""

    code = "already-written"


class TurnEnded(MaitredError):
    """Somebody resolved the case elsewhere, so this turn ends without a decision."""

    code = "turn-ended"


class StaleObject(MaitredError):
    """`If-Match` named an older state; `current` is the fresh object."""

    code = "stale"

    def __init__(self, message: str, current: Any = None) -> None:
        super().__init__(message)
        self.current = current


class PreconditionRequired(MaitredError):
    """A change needs `If-Match`."""

    code = "precondition-required"


class Unauthenticated(MaitredError):
    """No valid key came with the request."""

    code = "unauthenticated"


class Forbidden(MaitredError):
    """The key lacks the scope or the person lacks the role."""

    code = "forbidden"


class ForbiddenByPolicy(MaitredError):
    """A guard forbids the route that a person asked for."""

    code = "forbidden-by-policy"

    def __init__(
        self, message: str, guards: list[dict[str, str]], way_out: str = "", roles: tuple[str, ...] = (), second: bool = False
    ) -> None:
        """`way_out` says who may do what about it, in a sentence that ends the message: a person of these `roles` suspends the guards, and
        a `second` one confirms it."""
        super().__init__(f"{message} {way_out}".rstrip())
        self.guards = guards
        self.way_out = way_out
        self.roles, self.second = roles, second


class TooBusy(MaitredError):
    """The service sheds load; try again after `retry_after_s`. `limit` is how much may run at once."""

    code = "overloaded"

    def __init__(self, message: str, retry_after_s: int = 1, limit: int = 0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.limit = limit


class StoreUnavailable(MaitredError):
    """Postgres or Redis does not answer; nothing was half done."""

    code = "store-unavailable"


class LeaseLost(MaitredError):
    """Another worker holds this case now; this writer was refused by its token."""

    code = "lease-lost"


class ModelUnavailable(MaitredError):
    """The model did not give a usable answer within its budget."""

    code = "model-unavailable"


class ToolFailed(MaitredError):
    """A tool of the context gatherer failed or ran out of time."""

    code = "tool-failed"


class ReplayFailed(MaitredError):
    """A process that judged recorded cases ended before its time."""

    code = "replay-failed"


class PolicyInvalid(MaitredError):
    """A policy text cannot be compiled; `faults` lists line, column and a sentence each."""

    code = "policy-invalid"

    def __init__(self, message: str, faults: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.faults = faults or []


class SetupFailed(MaitredError):
    """maitred cannot start; the message says what to do about it."""

    code = "setup-failed"
