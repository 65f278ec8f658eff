"""Single values with their bounds, so that whatever was accepted can be evaluated, digested and stored."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, Field

FIRST_YEAR, LAST_YEAR = 2000, 2999
TEXT_MOST = 500
AMOUNT_MOST = 1e15
LARGEST_INT = 2**53 - 1  # past it, canonical JSON (RFC 8785) has no exact integers


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("time needs a UTC offset")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("time lies outside the calendar") from error


def _plausible(moment: datetime) -> datetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"time lies before {FIRST_YEAR} or after {LAST_YEAR}")
    return moment


UtcTime = Annotated[datetime, AfterValidator(_in_utc)]
Moment = Annotated[UtcTime, AfterValidator(_plausible)]  # due times are counted from it, and must not leave the calendar
Fraction = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Signed = Annotated[float, Field(ge=-1.0, le=1.0, allow_inf_nan=False)]
Amount = Annotated[float, Field(ge=0.0, le=AMOUNT_MOST, allow_inf_nan=False)]
Balance = Annotated[float, Field(ge=-AMOUNT_MOST, le=AMOUNT_MOST, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=LARGEST_INT)]
Whole = Annotated[int, Field(ge=-LARGEST_INT, le=LARGEST_INT)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
Text = Annotated[str, Field(max_length=TEXT_MOST)]  # a bound also refuses lone surrogates, which neither JSON nor CEL can carry
