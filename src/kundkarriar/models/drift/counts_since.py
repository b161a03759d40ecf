"""What customers bought in a span, beside the distributions that a purchase model had forecast for them."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.customer_ids import unique_ids
from kundkarriar.frames import NarrowFrame, narrow, numbers
from kundkarriar.models.interface.predictions import predictions
from kundkarriar.numerics.forecast.poisson_deviance import poisson_deviance
from kundkarriar.numerics.forecast.randomised_pit import randomised_pit
from kundkarriar.numerics.forecast.total_error import total_error
from kundkarriar.numerics.sampling.stable_hash import random_numbers, stable_hash

MOST_CUSTOMERS = 20_000
"""Distributions of so many customers, a random choice, say what those of a million say."""
MOST_CELLS = 500_000
"""Probabilities held in memory at once."""
LARGEST_COUNT = 10_000
"""Counts above it share one probability."""
HASHES = 2.0**64
OCCASION = "drift check"
"""Names the random numbers, so that other uses of a seed have others."""


@frozen(kw_only=True)
class CountsSince:
    """Forecasts and counts of n customers over one span.

    Attributes:
        customers: n.
        expected, actual: purchases of all.
        variance: of the actual total under right forecasts, from the customers alone.
        deviance, expected_deviance: mean Poisson deviance of customers' counts, and its expectation under the forecast
            distributions.
        deviance_error: standard error of `deviance`.
        pit: randomised PIT of each customer chosen, (m,).
    """

    customers: int
    expected: float
    actual: float
    variance: float
    deviance: float
    expected_deviance: float
    deviance_error: float
    pit: Array

    @classmethod
    def of(
        cls, model: Any, then: Any, *, counts: Whole, horizon: float, given: dict[str, Any], seed: int, need: str
    ) -> CountsSince:
        """The forecasts of a model for the customers of a summary `then`, (n,), beside the `counts` that came.

        Args:
            model: a fitted purchase model with `purchase_counts`.
            then: the customers at the beginning of the span.
            counts: their purchases in it, (n,).
            horizon: its length in the model's periods.
            given: further arguments of the model's methods.
            seed: of the random choice of customers and of the randomised PIT; row order changes neither.
            need: the caller's name.
        """
        frame = narrow(then, need=need)
        ids = unique_ids(frame, need=need).to_numpy()
        hashes = stable_hash(ids=ids)
        (mean,) = predictions(model, then, ["expected_purchases"], ids=ids.tolist(), horizon=horizon, **given)
        total = total_error(predicted=mean, actual=counts.astype(np.float64))
        chosen = chosen_customers(frame, seed=seed, need=need)
        chosen = chosen[np.argsort(np.maximum(mean, counts)[chosen], kind="stable")]
        uniform = random_numbers(hashes=hashes, seed=seed, occasion=f"{OCCASION}, PIT") / HASHES
        parts = []
        for at, most in _blocks(chosen, size=np.maximum(np.ceil(mean), counts)[chosen]):
            p = _probabilities(model, frame[at], horizon=horizon, up_to=most, given=given, need=need)
            y = np.minimum(counts[at], most + 1)
            each = poisson_deviance(predicted=mean[at, None], actual=np.arange(most + 2.0)[None, :])
            by_model = np.sum(p * each, axis=1)
            spread = np.sum(p * each**2, axis=1) - by_model**2
            deviance = poisson_deviance(predicted=mean[at], actual=counts[at].astype(np.float64))
            pit = randomised_pit(p, actual=y, uniform=uniform[at])
            parts.append(np.column_stack([deviance, by_model, spread, pit]))
        deviance, by_model, spread, pit = np.concatenate(parts).T
        return cls(
            customers=len(mean),
            expected=total.predicted,
            actual=total.actual,
            # chance is no smaller than that of a Poisson count of either size, so that one purchase is no finding
            variance=max(total.process_variance, total.actual, total.predicted),
            deviance=float(deviance.mean()),
            expected_deviance=float(by_model.mean()),
            # as of totals, the larger of what the model says and the outcomes show: one rare purchase is no finding
            deviance_error=float(np.sqrt(max(spread.sum(), _squares(deviance), 0.0)) / len(spread)),
            pit=pit,
        )

    @property
    def level(self) -> float:
        """Actual over expected purchases."""
        return self.actual / self.expected if self.expected > 0 else np.inf if self.actual else 1.0

    @property
    def scatter(self) -> float:
        """The deviance over its expectation; 1 where it expects none."""
        return self.deviance / self.expected_deviance if self.expected_deviance > 0 else 1.0

    @property
    def scatter_error(self) -> float:
        """Standard error of `scatter`."""
        return self.deviance_error / self.expected_deviance if self.expected_deviance > 0 else 0.0


def _squares(values: Array) -> float:
    """Sum of squares about the mean, for one degree of freedom less."""
    n = len(values)
    return float(((values - values.mean()) ** 2).sum()) * n / (n - 1) if n > 1 else 0.0


def chosen_customers(frame: NarrowFrame, *, seed: int, need: str) -> Whole:
    """Positions of at most `MOST_CUSTOMERS` customers of a frame, a random choice of them, ascending."""
    hashes = stable_hash(ids=unique_ids(frame, need=need).to_numpy())
    number = random_numbers(hashes=hashes, seed=seed, occasion=OCCASION)
    return np.sort(np.argsort(number, kind="stable")[:MOST_CUSTOMERS])


def _blocks(chosen: Whole, *, size: Array) -> list[tuple[Whole, int]]:
    """Customers in blocks, with the largest count that has a probability of its own; `size` ascends, (m,)."""
    up_to = np.minimum(2 * size + 20, LARGEST_COUNT).astype(np.int64)
    blocks, start = [], 0
    while start < len(chosen):
        end = start + int(np.searchsorted((np.arange(len(chosen) - start) + 1) * (up_to[start:] + 2), MOST_CELLS))
        end = min(max(end, start + 1), len(chosen))
        blocks.append((chosen[start:end], int(up_to[end - 1])))
        start = end
    return blocks


def _probabilities(
    model: Any, frame: NarrowFrame, *, horizon: float, up_to: int, given: dict[str, Any], need: str
) -> Array:
    """The probability of each count and of more than `up_to`, (n, up_to + 2)."""
    counted = model.purchase_counts(frame.to_native(), horizon=horizon, up_to=up_to, **given)
    table = narrow(counted, need=need)
    names = [*(f"p_{count}" for count in range(up_to + 1)), "p_more"]
    return np.column_stack([numbers(table, name, need=need) for name in names])
