"""ValueEstimate: what the client is worth and what is at stake now."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from domain.client import ClientProfile
from domain.decision import Frozen
from domain.facts import Amount, Fraction


class Money(Frozen):
    """An amount as a decimal string, so that no cent is lost on the way."""

    amount: str = Field(pattern=r"^-?\d+\.\d{2}$")
    currency: str = Field(pattern="^[A-Z]{3}$")

    @classmethod
    def of(cls, amount: float | Decimal, currency: str) -> Money:
        """`amount` rounded to cents."""
        return cls(amount=f"{Decimal(str(amount)):.2f}", currency=currency)


class Rates(Frozen):
    """Exchange rates into the currency in which clients are compared; without any, each amount stays in its own."""

    currency: str = Field(default="EUR", pattern="^[A-Z]{3}$", description="ISO 4217 code of the currency of comparison.")
    worth: dict[str, Annotated[float, Field(gt=0, allow_inf_nan=False)]] = Field(
        default_factory=dict, description="What one unit of another currency is worth in `currency`, by its ISO 4217 code."
    )

    def of(self, currency: str) -> float | None:
        """What one unit of a currency is worth; None when that is not known."""
        return 1.0 if currency == self.currency else self.worth.get(currency)

    def between(self, source: str, target: str) -> float | None:
        """What one unit of `source` is worth in `target`; None when either rate is not known."""
        worth, price = self.of(source), self.of(target)
        if source == target:
            return 1.0
        return worth / price if worth and price else None


def currency_of(profile: ClientProfile, house: str = Rates().currency) -> str:
    """The currency in which a client's invoices are added: the contract's, without one that of the latest invoice, and else the house's."""
    if profile.contract:
        return profile.contract.currency
    return profile.invoices[-1].currency if profile.invoices else house


class Driver(Frozen):
    """One reason of the estimate."""

    name: str
    contribution: float = Field(description="Share of the score that this reason brings; may be negative.")
    evidence: str = Field(description="Id of the fact, such as crm:contract/778.")


class ValueEstimate(Frozen):
    """Amount at stake in the next twelve months, with an interval, and a score among all clients."""

    score: Fraction
    at_stake: Amount
    low: Amount
    high: Amount
    currency: str
    confidence: Fraction
    drivers: tuple[Driver, ...]
    model: str
