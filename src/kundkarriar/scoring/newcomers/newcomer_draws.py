"""Drawn purchases and spend of newcomers to come, with the parameter draws of the known customers."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen
from numpy.random import Generator

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.forecast.rate_change import draw_changed_purchases
from kundkarriar.scoring.draws.value_draws import ValueDraws
from kundkarriar.scoring.newcomers.latest_newcomers import LatestNewcomers
from kundkarriar.scoring.residual.expected_outcomes import draw_both
from kundkarriar.threads import in_threads

TILE_DRAWS = 100
MOST_DRAWN = 8192
"""Newcomers of a month that are drawn. Of more these stand for all: the chance that it adds to a year's total is that
of a hundred thousand customers, 1 % where their spend has three times their mean as its standard deviation."""
FEW = 4096
"""Newcomers times draws of a month up to which threads would only wait for each other."""


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
        tiles = [(month, start) for month in range(len(self.left)) for start in range(0, len(self.known), TILE_DRAWS)]
        seeds = self.generator.integers(2**63, size=len(tiles))
        sums = np.zeros((2, len(self.known)))

        def drawn(tile: tuple[int, int, int]) -> tuple[slice, Array]:
            month, start, seed = tile
            some = slice(start, start + TILE_DRAWS)
            return some, self._tile(number[month, some], float(self.left[month]), some, np.random.default_rng(seed))

        many = number.max(initial=0) * len(self.known) > FEW
        for some, part in in_threads(
            drawn, [(*tile, int(seed)) for tile, seed in zip(tiles, seeds, strict=True)], many=many
        ):
            sums[:, some] += part
        return sums[0], sums[1]

    def _tile(self, number: Array, horizon: float, some: slice, generator: Generator) -> Array:
        """Purchases and spend within `horizon` periods of `number` newcomers in some draws, (s,): (2, s)."""
        drawn = np.minimum(number, MOST_DRAWN)
        if not drawn.any():
            return np.zeros((2, len(number)))
        at = generator.integers(len(self.latest), size=int(drawn.max()))
        there = (np.arange(len(at))[:, None] < drawn).astype(np.float64)
        repeats = there * self._repeats(at, horizon, some, generator)
        spend = self._spend(at, there, repeats, some, generator)
        all_for_drawn = np.divide(number, drawn, out=np.ones(len(number)), where=drawn > 0)
        return np.stack([(there + repeats).sum(axis=0), spend.sum(axis=0)]) * all_for_drawn

    def _repeats(self, at: Whole, horizon: float, some: slice, generator: Generator) -> Array:
        """Drawn repeat purchases of newcomers like those `at`, (n,), within `horizon` periods, (n, draws)."""
        if horizon <= 0:
            return np.zeros((len(at), len(range(len(self.known))[some])))
        given: dict[str, Any] = {
            "posterior": self.known.purchase_posterior.some(some),
            "horizon": horizon,
            "discount_rate": 0.0,
        }
        rows, model, seed = self.latest.rows.at(at), self.known.purchases, generator.integers(2**63)
        if self.known.level.sd == 0:
            repeats: Array = model.draw_outcomes(rows, generator=np.random.default_rng(seed), **given).purchases
            return repeats
        # the same latent states: who buys much buys more of what a higher level adds
        one, again = np.random.default_rng(seed), np.random.default_rng(seed)
        outcomes, expected = draw_both(model, rows, generator=one, again=again, **given)
        factor = np.broadcast_to(self.known.levels[some], outcomes.purchases.shape)
        return draw_changed_purchases(generator, outcomes.purchases, expected=expected.purchases, factor=factor)

    def _spend(self, at: Whole, first: Array, repeats: Array, some: slice, generator: Generator) -> Array:
        """Drawn gross spend of `first` and `repeats` purchase days, (n, draws) each."""
        if self.first_order_factor is None:
            return first * self.latest.first_order[at][:, None] + self._later_spend(at, repeats, some, generator)
        orders = first + repeats
        # all are of one customer, whose mean order is drawn once; the factor is spread over the orders
        scale = (self.first_order_factor * first + repeats) / np.maximum(orders, 1.0)
        return scale * self._later_spend(at, orders, some, generator)

    def _later_spend(self, at: Whole, purchases: Array, some: slice, generator: Generator) -> Array:
        """Drawn gross spend of `purchases` later purchase days, both (n, draws)."""
        return np.asarray(
            self.known.spend.draw_spend(
                self.latest.orders[at],
                self.latest.spent[at],
                purchases=purchases,
                posterior=self.known.spend_posterior.some(some),
                generator=generator,
            )
        )
