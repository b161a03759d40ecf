"""The columns of `FittedValueScorer.increments`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.errors import CapabilityError
from kundkarriar.models.interface.protocols import HasPosterior, TakesDraw, able
from kundkarriar.scoring.costs import Costs
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.increments.effect_sizes import INCREMENT, EffectSizes
from kundkarriar.scoring.increments.increments import Increments, refuse_unforeseen
from kundkarriar.scoring.increments.time_ahead import TimeAhead
from kundkarriar.scoring.increments.treated_time import TreatedTime

BOUNDS = (0.05, 0.95)
"""The quantiles of low and high: a central interval of 90 percent, as in scores."""


@frozen(kw_only=True, eq=False)
class IncrementColumns:
    """Increments of a base by several sets of effects, as columns of a frame.

    Attributes:
        base: the buyers.
        model: the fitted purchase model.
        effects: the sets of effects by the name of their column.
        treated: when customers are treated.
        discount_rate: continuous, per calendar period of the model.
        costs: costs of customers, or None.
        money: whether value is counted in money; else in purchases, undiscounted.
    """

    base: CustomerBase
    model: Any
    effects: Mapping[str, EffectSizes]
    treated: TreatedTime
    discount_rate: float
    costs: Costs | None
    money: bool

    def columns(self, *, draws: int | None, entropy: int) -> dict[str, Array]:
        """The increments, with `draws` also their bounds, and the length of the horizon in days, (all customers,)."""
        refuse_unforeseen(self.model, self.effects, money=self.money)
        distinct, rate = self.base.rows.distinct(period=self.model.period), self.discount_rate if self.money else 0.0
        ahead = TimeAhead.of(
            self.treated, distinct.rows, unit=self.model.period, discount_rate=rate, clock=self.base.clock
        )
        own = Increments(
            base=self.base,
            model=self.model,
            rows=distinct.rows,
            each=distinct.inverse,
            ahead=ahead,
            discount_rate=rate,
            costs=self.costs,
            money=self.money,
        )
        sets = [(each, each.means) for each in self.effects.values()]
        columns = dict(zip(self.effects, own.of(sets), strict=True))
        if draws is not None:
            bounds = self._bounds(own, draws=draws, entropy=entropy)
            alone, ordered = [*columns] == [INCREMENT], dict[str, Array]()
            for (name, increment), (low, high) in zip(columns.items(), bounds, strict=True):
                prefix = "" if alone else f"{name}_"
                ordered |= {name: increment, f"{prefix}low": low, f"{prefix}high": high}
            columns = ordered
        spread = {name: self.base.checked.spread(values) for name, values in columns.items()}
        return spread | {"horizon_days": np.full(len(self.base.summary), self.treated.horizon)}

    def _bounds(self, own: Increments, *, draws: int, entropy: int) -> list[Array]:
        """Quantiles of the expected increments over parameters and effects, of each set (2, n)."""
        if not (able(self.model, HasPosterior) and able(self.model, TakesDraw)):
            raise CapabilityError.because(
                f"{type(self.model).__name__} cannot draw its parameters: it lacks HasPosterior or TakesDraw.",
                hint="leave `draws` out, or use kk.MBGNBD, kk.ParetoNBD or kk.ModelAverage.",
            )
        posterior = self.model.posterior(draws=draws, seed=np.random.default_rng([entropy, 1]))
        sizes = [each.draws(draws, entropy=entropy) for each in self.effects.values()]
        drawn = np.empty((len(sizes), draws, len(self.base)), dtype=np.float32)  # bounds need no more digits
        for s in range(draws):
            sets = list(zip(self.effects.values(), [each[s] for each in sizes], strict=True))
            drawn[:, s] = own.under(self.model.at_draw(posterior, s)).of(sets)
        return [np.quantile(each, BOUNDS, axis=0).astype(np.float64) for each in drawn]
