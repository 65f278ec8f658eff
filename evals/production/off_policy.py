"""What a policy that did not decide would have come to, from what was decided: three estimators, or bounds where nobody ever tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from domain.decision import Frozen
from evals.statistics.intervals import SEED, Z_95, Floats, accelerated
from policies.rollouts.proportions import Share, wilson

RESAMPLES = 500
FOLDS = 5
RIDGE = 1.0
LEAST_CLIENTS = 10
"""Clients for whom the changed decisions were really tried, below which no point is estimated."""
LEAST_WORTH = 20.0
"""Effective sample size below which none is either."""
Flags = NDArray[np.bool_]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Logged:
    """Decisions with a known outcome, a row each. `chance` is how likely it was that what the target wants would be done."""

    clients: Places
    features: Floats
    outcome: Floats
    chance: Floats
    followed: Flags
    """What was done is what the target wants."""
    changed: Flags
    """The target wants something else than the version that decided most."""

    def taken(self, which: Flags) -> Logged:
        """Only these rows."""
        return Logged(*(getattr(self, name)[which] for name in self.__dataclass_fields__))


class Estimate(Frozen):
    """One estimator's word, with a 95 % interval from a bootstrap that draws clients."""

    method: str
    value: float
    low: float
    high: float


class OffPolicy(Frozen):
    """What can be said of one outcome."""

    outcome: str
    cases: int = Field(description="Decisions whose outcome is known.")
    clients: int
    changed: float = Field(description="Share of them that the target would decide otherwise.")
    tried: float = Field(description="Share of the changed ones for which what the target wants had a chance; 1 when nothing changes.")
    worth: float = Field(description="Effective sample size: (sum of weights)² / sum of squared weights (Kish 1965), of changed decisions.")
    happened: float = Field(description="The outcome as it was.")
    estimates: tuple[Estimate, ...] = Field(description="Of the decisions that had a chance; empty when that would be a guess.")
    effect: Estimate | None = Field(description="Doubly robust: the target minus what happened, over the decisions that had a chance.")
    low: float = Field(description="Lower bound over all decisions (Manski 1990), whatever would have come of those that were never tried.")
    high: float
    says: str


def off_policy(outcome: str, logged: Logged, least: float = 0.0, most: float = 1.0) -> OffPolicy:
    """Estimates and bounds of the mean outcome under the target; outcomes lie between `least` and `most`."""
    had = logged.chance > 0
    changed, tried = logged.changed, logged.changed & had
    share = float(tried.sum() / changed.sum()) if changed.any() else 1.0
    weights = np.where(logged.followed & had, 1.0 / np.where(had, logged.chance, 1.0), 0.0)
    own = weights[tried]
    worth = float(own.sum() ** 2 / (own**2).sum()) if own.any() else 0.0
    refused = _refusal(logged, tried, worth, share)
    overlap = logged.taken(had)
    inner = _estimates(overlap, weights[had]) if had.any() else ()
    inner = _unvaried(overlap, inner, least, most)
    low, high = _bounds(logged, had, inner, refused != "", least, most)
    return OffPolicy(
        outcome=outcome,
        cases=len(logged.outcome),
        clients=len(np.unique(logged.clients)),
        changed=float(changed.mean()) if len(changed) else 0.0,
        tried=share,
        worth=worth,
        happened=float(logged.outcome.mean()) if len(logged.outcome) else float("nan"),
        estimates=() if refused else inner[:4],
        effect=None if refused or not inner else inner[4],
        low=low,
        high=high,
        says=refused or (_said(share) if changed.any() else "The target would decide all of them as they were decided."),
    )


def _refusal(logged: Logged, tried: Flags, worth: float, share: float) -> str:
    """Why no point is estimated; empty when one is."""
    if not len(logged.outcome):
        return "Of no decision is the outcome known."
    clients = len(np.unique(logged.clients))
    if clients < LEAST_CLIENTS:
        return f"These are decisions of {clients} clients; nothing can be said below {LEAST_CLIENTS}."
    if not logged.changed.any():
        return ""
    if not tried.any():
        return "No overlap: none of the changed decisions has ever been tried, so their outcome is not known to anybody; bounds instead."
    followed = len(np.unique(logged.clients[tried & logged.followed]))
    if followed < LEAST_CLIENTS or worth < LEAST_WORTH:
        return (
            f"No overlap to speak of: only {share:.0%} of the changed decisions could have been tried, and were for {followed} clients, "
            f"worth {worth:.0f} decisions ({LEAST_CLIENTS} and {LEAST_WORTH:.0f} are needed); bounds instead."
        )
    return ""


def _said(share: float) -> str:
    if share == 1:
        return "Every changed decision had a chance of being tried."
    return (
        f"Only {share:.0%} of the changed decisions have ever been tried: the estimates speak of the decisions that had a chance, "
        "the bounds of all."
    )


def _estimates(logged: Logged, weights: Floats) -> tuple[Estimate, ...]:
    """Direct method, inverse propensity, self-normalised, doubly robust; and the doubly robust difference to what happened."""
    _, clients = np.unique(logged.clients, return_inverse=True)
    outcome, ones = logged.outcome, np.ones(len(weights))
    design = _design(logged.features)
    modelled = _cross_fitted(design, outcome, weights, clients)
    robust = modelled + weights * (outcome - modelled)
    return (
        _direct(design, outcome, weights, clients),
        _ratio("inverse propensity", weights * outcome, ones, clients),
        _ratio("self-normalised", weights * outcome, weights, clients),
        _ratio("doubly robust", robust, ones, clients),
        _ratio("effect, doubly robust", robust - outcome, ones, clients),
    )


def _unvaried(logged: Logged, found: tuple[Estimate, ...], least: float, most: float) -> tuple[Estimate, ...]:
    """Where the same came of everything, a bootstrap sees no doubt: then each client counts once, in a score interval (Wilson 1927)."""
    known = logged.outcome[logged.followed]
    if not found or known.min(initial=most) != known.max(initial=least):
        return found
    clients, scale = len(np.unique(logged.clients[logged.followed])), most - least
    interval = wilson(Share((float(known[0]) - least) / scale * clients, clients), Z_95)
    low, high = least + interval.low * scale, least + interval.high * scale
    around = [one.model_copy(update={"low": min(one.low, low), "high": max(one.high, high)}) for one in found[:4]]
    value, half = found[4].value, max(abs(low - known[0]), abs(high - known[0]))
    return (*around, found[4].model_copy(update={"low": value - half, "high": value + half}))


def _ratio(method: str, above: Floats, below: Floats, clients: Places) -> Estimate:
    """A ratio of sums over clients with its BCa interval (Efron, JASA 82, 1987)."""
    sums = np.stack([np.bincount(clients, above), np.bincount(clients, below)], axis=1)
    total, of = sums.sum(axis=0), len(sums)
    value = float(total[0] / total[1]) if total[1] else float("nan")
    if of < 2 or not total[1]:
        return Estimate(method=method, value=value, low=value, high=value)
    drawn = sums[np.random.default_rng(SEED).integers(0, of, (RESAMPLES, of))].sum(axis=1)
    kept = drawn[drawn[:, 1] > 0]
    without = total - sums
    whole = without[without[:, 1] > 0]
    low, high = accelerated(value, kept[:, 0] / kept[:, 1], whole[:, 0] / whole[:, 1])
    return Estimate(method=method, value=value, low=low, high=high)


def _direct(design: Floats, outcome: Floats, weights: Floats, clients: Places) -> Estimate:
    """A model of the outcome where the target was followed, read for every decision; it is fitted anew to every draw of clients."""
    of = int(clients.max()) + 1
    squares, products, sums = (
        np.zeros((of, design.shape[1], design.shape[1])),
        np.zeros((of, design.shape[1])),
        np.zeros((of, design.shape[1])),
    )
    np.add.at(squares, clients, (design * weights[:, None])[:, :, None] * design[:, None, :])
    np.add.at(products, clients, design * (weights * outcome)[:, None])
    np.add.at(sums, clients, design)
    counts = np.bincount(clients, minlength=of).astype(float)
    drawn = np.random.default_rng(SEED).multinomial(of, np.full(of, 1 / of), RESAMPLES).astype(float)
    every = np.vstack([np.ones(of), drawn])
    penalty = _penalty(design.shape[1])
    fitted = np.linalg.solve(np.tensordot(every, squares, 1) + penalty, (every @ products)[:, :, None])[:, :, 0]
    values = np.einsum("bp,bp->b", every @ sums, fitted) / (every @ counts)
    low, high = np.quantile(values[1:], (0.025, 0.975))
    return Estimate(method="direct method", value=float(values[0]), low=float(low), high=float(high))


def _cross_fitted(design: Floats, outcome: Floats, weights: Floats, clients: Places) -> Floats:
    """The outcome that a model of the other clients expects under the target (Chernozhukov et al., Econometrics Journal 21, 2018)."""
    fold = np.random.default_rng(SEED).permutation(int(clients.max()) + 1)[clients] % FOLDS
    expected = np.empty(len(outcome))
    for number in range(FOLDS):
        others, own = fold != number, fold == number
        weighted = design[others] * weights[others][:, None]
        fitted = np.linalg.solve(weighted.T @ design[others] + _penalty(design.shape[1]), weighted.T @ outcome[others])
        expected[own] = design[own] @ fitted
    return expected


def _design(features: Floats) -> Floats:
    """Features on one scale, with a constant before them; what does not vary is left out."""
    varies = features[:, features.std(axis=0) > 1e-9]
    scaled = (varies - varies.mean(axis=0)) / varies.std(axis=0) if varies.shape[1] else varies
    return np.hstack([np.ones((len(features), 1)), scaled])


def _penalty(columns: int) -> Floats:
    """A ridge on all but the constant."""
    return np.diag([1e-9, *([RIDGE] * (columns - 1))])


def _bounds(logged: Logged, had: Flags, inner: Sequence[Estimate], refused: bool, least: float, most: float) -> tuple[float, float]:
    """Of the mean over all decisions (Manski, American Economic Review 80, 1990).

    What was never tried may have come to anything; what had a chance is known as well as its doubly robust interval, or, where no point is
    estimated, only where what was done is what the target wants. Both ends hold with their sampling error.
    """
    if not len(logged.outcome):
        return least, most
    if len(np.unique(logged.clients)) < LEAST_CLIENTS:
        return least, most
    if refused or not inner:
        _, clients = np.unique(logged.clients, return_inverse=True)
        ends = [np.where(logged.followed, logged.outcome, unknown) for unknown in (least, most)]
        worst, best = (_ratio("bound", end, np.ones(len(end)), clients) for end in ends)
        return max(least, worst.low), min(most, best.high)
    robust, share = inner[3], float(had.mean())
    low, high = max(least, robust.low), min(most, robust.high)
    return share * low + (1 - share) * least, share * high + (1 - share) * most
