"""What newcomers bring by channel, beside what they cost: value, payback, and the same in draws."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen
from numpy.random import Generator

from kundkarriar.arrays import Array, Mask
from kundkarriar.career.worth.given_costs import AcquisitionCosts
from kundkarriar.career.worth.newcomer_value import NewcomerValue
from kundkarriar.numerics.money.payback import payback_month

ALL = "all"
FEW = 20
"""Newcomers of a channel below which the value of all newcomers is shown."""
MONTHS = 120
"""Months within which an acquisition pays, or counts as one that does not."""


@frozen(kw_only=True, eq=False)
class Acquired:
    """The latest newcomers in groups: each channel, and at the end all.

    Attributes:
        value: their expected net value.
        names: names of the groups, (g,).
        customers: number of newcomers of each, (g,).
        pooled: whether so few that the value of all stands for theirs, (g,).
        weights: share of each newcomer in the mean of a group, (g, m).
        cost: mean cost of a newcomer, (g,); NaN where it is not known.
    """

    value: NewcomerValue
    names: tuple[str, ...]
    customers: Array
    pooled: Mask
    weights: Array
    cost: Array

    @classmethod
    def of(cls, value: NewcomerValue, costs: AcquisitionCosts) -> Acquired:
        """The groups of newcomers whose channels and costs are `costs`."""
        own = np.vstack([costs.channel == code for code in range(len(costs.channels))] + [costs.channel > -2])
        customers, known = own.sum(axis=1), own & np.isfinite(costs.cost)
        pooled = (customers < FEW) & (np.arange(len(own)) < len(costs.channels))
        weights = (own | pooled[:, None]).astype(np.float64)
        with np.errstate(invalid="ignore"):  # of a channel without newcomers
            mean = np.where(known, costs.cost, 0.0).sum(axis=1) / known.sum(axis=1)
        given = np.append(costs.by_channel, np.nan)
        return cls(
            value=value,
            names=(*costs.channels, ALL),
            customers=customers.astype(np.float64),
            pooled=pooled,
            weights=weights / weights.sum(axis=1, keepdims=True),
            cost=np.where(np.isfinite(given), given, mean),
        )

    def expected(self) -> dict[str, Array]:
        """Value within the horizon and lifelong, the share beyond the data, and the payback in months, (g,) each."""
        lifelong, beyond = self.value.lifelong()
        mean = self.weights.T
        return {
            "value": self.value.within(self.value.horizon) @ mean,
            "value_lifelong": lifelong @ mean,
            "share_beyond_data": beyond @ mean,
            "payback_months": payback_month((each @ mean for each in self.value.by_month(MONTHS)), cost=self.cost),
        }

    def drawn(self, model: Any, *, order_value: Array, level: float, generator: Generator) -> Array:
        """Value within the horizon in one draw, (g,): of the models, and of newcomers to come who are like these.

        The latter by the Bayesian bootstrap: each newcomer has a random weight (Rubin 1981, Annals of Statistics 9).
        """
        weights = self.weights * generator.standard_exponential(len(order_value))
        value = self.value.at_draw(model, order_value=order_value, level=level).within(self.value.horizon)
        return np.asarray(weights @ value / weights.sum(axis=1))
