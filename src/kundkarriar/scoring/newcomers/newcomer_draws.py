"""Drawn purchases and spend of newcomers to come, with the parameter draws of the known customers."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.random import Generator

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.forecast.rate_change import draw_changed_purchases
from kundkarriar.scoring.draws.value_draws import ValueDraws
from kundkarriar.scoring.newcomers.latest_newcomers import LatestNewcomers

TILE_DRAWS, TILE_ROWS = 10, 16_384


@frozen(kw_only=True, eq=False)
class NewcomerDraws:
    """Simulation of newcomers month by month: each is one of the latest newcomers, from the first purchase on.

    The level of a draw is that of the known customers: it multiplies the rates of repeat purchases.

    Attributes:
        known: the draws of the known customers, with the models and their S parameter draws.
        latest: the latest newcomers.
        left: periods of the models' time from the middle of each month to the end of the horizon, (m,).
        generator: the random stream.
        first_order_factor: None: first orders are those of the latest newcomers. Else no order of them is known: all
            orders are drawn, and the first is of this scale relative to later ones.
    """

    known: ValueDraws
    latest: LatestNewcomers
    left: Array
    generator: Generator
    first_order_factor: float | None = None

    def totals(self, number: Array) -> tuple[Array, Array]:
        """Total purchases and gross spend in each draw, (S,), of `number` newcomers by month and draw, (m, S)."""
        sums = np.zeros((2, len(self.known)))
        for month in range(len(self.left)):
            for start in range(0, len(self.known), TILE_DRAWS):
                some = slice(start, start + TILE_DRAWS)
                most = int(number[month, some].max())
                for first in range(0, most, TILE_ROWS):
                    at = self.generator.integers(len(self.latest), size=min(TILE_ROWS, most - first))
                    there = (first + np.arange(len(at))[:, None] < number[month, some]).astype(np.float64)
                    repeats = there * self._repeats(at, float(self.left[month]), some)
                    spend = self._spend(at, there, repeats, some)
                    sums[:, some] += (there + repeats).sum(axis=0), spend.sum(axis=0)
        return sums[0], sums[1]

    def _repeats(self, at: Whole, horizon: float, some: slice) -> Array:
        """Drawn repeat purchases of newcomers like those `at`, (n,), within `horizon` periods, (n, draws)."""
        if horizon <= 0:
            return np.zeros((len(at), len(range(len(self.known))[some])))
        given = {
            "posterior": self.known.purchase_posterior.some(some),
            "horizon": horizon,
            "discount_rate": 0.0,
        }
        rows, model, seed = self.latest.rows.at(at), self.known.purchases, self.generator.integers(2**63)
        repeats: Array = model.draw_outcomes(rows, generator=np.random.default_rng(seed), **given).purchases
        if self.known.level.sd > 0:
            # the same latent states: who buys much buys more of what a higher level adds
            expected = model.draw_expectations(rows, generator=np.random.default_rng(seed), **given).purchases
            factor = np.broadcast_to(self.known.levels[some], repeats.shape)
            repeats = draw_changed_purchases(self.generator, repeats, expected=expected, factor=factor)
        return repeats

    def _spend(self, at: Whole, first: Array, repeats: Array, some: slice) -> Array:
        """Drawn gross spend of `first` and `repeats` purchase days, (n, draws) each."""
        if self.first_order_factor is None:
            return first * self.latest.first_order[at][:, None] + self._later_spend(at, repeats, some)
        orders = first + repeats
        # all are of one customer, whose mean order is drawn once; the factor is spread over the orders
        scale = (self.first_order_factor * first + repeats) / np.maximum(orders, 1.0)
        return scale * self._later_spend(at, orders, some)

    def _later_spend(self, at: Whole, purchases: Array, some: slice) -> Array:
        """Drawn gross spend of `purchases` later purchase days, both (n, draws)."""
        return np.asarray(
            self.known.spend.draw_spend(
                self.latest.orders[at],
                self.latest.spent[at],
                purchases=purchases,
                posterior=self.known.spend_posterior.some(some),
                generator=self.generator,
            )
        )
