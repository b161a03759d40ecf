"""Amounts of drawn purchases, net of returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.random import Generator

from kundkarriar.arrays import Array, Whole
from kundkarriar.models.gamma_gamma import FittedGammaGamma
from kundkarriar.models.interface.dated_purchases import DatedPurchases
from kundkarriar.models.spend.fixed_price import FittedFixedPrice
from kundkarriar.models.spend.own_price import FittedOwnPrice
from kundkarriar.models.uncertainty.posterior import Posterior
from kundkarriar.scoring.customer_base import CustomerBase


@frozen(kw_only=True, eq=False)
class DrawnAmounts:
    """Amounts of the drawn purchases of n buyers: gross order values x (1 - the customer's returned share).

    A purchase at time 0 is the first order of a life that begins there. Orders of kundkarriar's models are drawn one by
    one, given the customer's drawn mean. Of another spend model the totals of customers are drawn, and shared in equal
    parts by the purchases of each.

    Attributes:
        spend: the fitted spend model.
        posterior: its parameter draws.
        base: the buyers.
    """

    spend: Any
    posterior: Posterior
    base: CustomerBase

    def of_worlds(
        self, rows: Whole, draws: slice, worlds: Sequence[DatedPurchases], generator: Generator
    ) -> tuple[Array, ...]:
        """The amounts of each purchase of each world, of the buyers `rows` in some draws.

        A purchase in several worlds has one amount. The amounts of the first world do not depend on the others.
        """
        posterior = self.posterior.some(draws)
        means, *streams = generator.spawn(1 + len(worlds))
        given = {"posterior": posterior, "generator": means}
        seen = (self.base.orders[rows], self.base.spent[rows])
        one_by_one = isinstance(self.spend, FittedGammaGamma | FittedFixedPrice | FittedOwnPrice)
        mean = self.spend.draw_order_value(*seen, **given) if one_by_one else np.empty(0)
        kept = 1.0 - self.base.terms["returned"][rows]
        keys, known = np.empty((2, 0)), np.empty(0)
        amounts = []
        for world, stream in zip(worlds, streams, strict=True):
            own = np.array([world.row * len(posterior) + world.draw, world.time])
            amount = _matched(keys, known, own)
            new = np.isnan(amount)
            row, draw = world.row[new], world.draw[new]
            if one_by_one:
                gross = mean[row, draw] * self._sizes(draw, posterior, stream)
            else:
                count = np.bincount(row * len(posterior) + draw, minlength=len(rows) * len(posterior))
                count = count.reshape(len(rows), -1)
                spent = self.spend.draw_spend(*seen, purchases=count, posterior=posterior, generator=stream)
                gross = (spent / np.maximum(count, 1))[row, draw]
            amount[new] = gross * self._first(world.time[new], draw, posterior) * kept[row]
            keys, known = np.hstack([keys, own[:, new]]), np.concatenate([known, amount[new]])
            amounts.append(amount)
        return tuple(amounts)

    def _first(self, time: Array, draw: Whole, posterior: Posterior) -> Any:
        """The scale of each purchase relative to later orders, (m,): a life begins at time 0 with its first order."""
        first = time == 0
        if not (first.any() and isinstance(self.spend, FittedGammaGamma) and self.spend.params.c is not None):
            return 1.0
        scale = posterior["c"][draw] if "c" in posterior.names else self.spend.params.c
        return np.where(first, scale, 1.0)

    def _sizes(self, draw: Whole, posterior: Posterior, stream: Generator) -> Array:
        """Order values over the mean of their customer: a gamma of mean 1 in Gamma-Gamma, 1 where prices are fixed."""
        if not isinstance(self.spend, FittedGammaGamma):
            return np.ones(len(draw))
        p = posterior["p"][draw]
        return np.asarray(stream.standard_gamma(p) / p)


def _matched(keys: Array, known: Array, wanted: Array) -> Array:
    """The `known` values, (m,), of the columns of `keys`, (2, m), at those that are `wanted`, (w,); NaN at others."""
    found = np.full(wanted.shape[1], np.nan)
    if not len(known):
        return found
    both = np.hstack([keys, wanted])
    order = np.lexsort(both[::-1])  # stable: what is known comes before what is wanted
    same = (np.diff(both[:, order], axis=1) == 0).all(axis=0)
    before, after = order[:-1][same], order[1:][same]
    of_known = before < len(known)
    found[after[of_known] - len(known)] = known[before[of_known]]
    return found
