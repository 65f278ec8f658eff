"""BG/NBD: how often a customer buys who may have left for good (Fader, Hardie & Lee, Marketing Science 24(2), 2005)."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Customers:
    """Of each customer: repeat purchases, week of the last one, and weeks watched; all counted from the first purchase."""

    frequency: Floats
    recency: Floats
    age: Floats


@dataclass(frozen=True)
class BgNbd:
    """Purchases come at gamma(r, alpha) distributed rates; after each, a customer leaves with a beta(a, b) distributed chance."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float = float("nan")

    def expected(self, customers: Customers, weeks: float) -> Floats:
        """Purchases to be expected in the next `weeks` (equation 10)."""
        special: Any = importlib.import_module("scipy.special")
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        x, last, age = customers.frequency, customers.recency, customers.age
        shrunk = ((alpha + age) / (alpha + age + weeks)) ** (r + x)
        inner = special.hyp2f1(r + x, b + x, a + b + x - 1, weeks / (alpha + age + weeks))
        left = np.where(x > 0, a / (b + np.maximum(x, 1) - 1) * ((alpha + age) / (alpha + last)) ** (r + x), 0.0)
        return (a + b + x - 1) / (a - 1) * (1 - shrunk * inner) / (1 + left)


def fitted(customers: Customers) -> BgNbd:
    """The parameters of the highest likelihood (equation 7), found over their logarithms."""
    optimize: Any = importlib.import_module("scipy.optimize")

    def loss(logs: Floats) -> float:
        return -_log_likelihood(np.exp(logs), customers)

    found = optimize.minimize(
        loss,
        np.zeros(4),
        method="Nelder-Mead",
        options={"maxiter": 4_000, "xatol": 1e-6, "fatol": 1e-6},
    )
    r, alpha, a, b = (float(one) for one in np.exp(found.x))
    return BgNbd(r, alpha, a, b, log_likelihood=-float(found.fun))


def _log_likelihood(parameters: Floats, customers: Customers) -> float:
    special: Any = importlib.import_module("scipy.special")
    r, alpha, a, b = parameters
    x, last, age = customers.frequency, customers.recency, customers.age
    rates = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha)
    leaving = special.gammaln(a + b) + special.gammaln(b + x) - special.gammaln(b) - special.gammaln(a + b + x)
    stayed = -(r + x) * np.log(alpha + age)
    left = np.where(x > 0, np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + last), -np.inf)
    return float((rates + leaving + np.logaddexp(stayed, left)).sum())
