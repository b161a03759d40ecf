"""The columns of `FittedValueScorer.increments`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.errors import CapabilityError
from kundkarriar.models.interface.protocols import HasPosterior, TakesDraw, able
from kundkarriar.scoring.costs import Costs
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.increments.effect_sizes import INCREMENT, EffectSizes
from kundkarriar.scoring.increments.increments import Increments, Sizes, refuse_unforeseen
from kundkarriar.scoring.increments.prospect_increments import ProspectIncrements
from kundkarriar.scoring.increments.time_ahead import TimeAhead
from kundkarriar.scoring.increments.treated_time import TreatedTime
from kundkarriar.scoring.prospects.first_posterior import first_at_draw, first_posterior

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
        first_purchase: the fitted time to the first purchase; None: prospects have no increments.
        yearly_rate: the discount rate as effective rate per year.
    """

    base: CustomerBase
    model: Any
    effects: Mapping[str, EffectSizes]
    treated: TreatedTime
    discount_rate: float
    costs: Costs | None
    money: bool
    first_purchase: Any = None
    yearly_rate: float = 0.0

    def columns(self, *, draws: int | None, entropy: int) -> dict[str, Array]:
        """The increments, with `draws` also their bounds, and the length of the horizon in days, (all customers,)."""
        refuse_unforeseen(
            self.model,
            self.effects,
            money=self.money,
            first_purchase=self.first_purchase,
            prospects=self.base.prospects,
        )
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
        later = self._later
        sets = [(each, each.means) for each in self.effects.values()]
        columns = dict(zip(self.effects, _of_all(own, later, sets), strict=True))
        if draws is not None:
            bounds = self._bounds(own, later, draws=draws, entropy=entropy)
            alone, ordered = [*columns] == [INCREMENT], dict[str, Array]()
            for (name, increment), (low, high) in zip(columns.items(), bounds, strict=True):
                prefix = "" if alone else f"{name}_"
                ordered |= {name: increment, f"{prefix}low": low, f"{prefix}high": high}
            columns = ordered
        spread = {name: self._spread(values) for name, values in columns.items()}
        return spread | {"horizon_days": np.full(len(self.base.summary), self.treated.horizon)}

    @property
    def _later(self) -> ProspectIncrements | None:
        """The increments of the prospects; None where there are none."""
        if self.base.prospects is None or self.first_purchase is None:
            return None
        return ProspectIncrements(
            prospects=self.base.prospects,
            first_purchase=self.first_purchase,
            purchases=self.model,
            treated=self.treated,
            yearly_rate=self.yearly_rate,
            costs=self.costs,
            money=self.money,
        )

    def _spread(self, values: Array) -> Array:
        """Values of the buyers, and of the prospects after them, to all customers, (N,); NaN for the others."""
        if self._later is None:
            return self.base.checked.spread(values)
        whole = np.full(len(self.base.summary), np.nan)
        whole[np.concatenate([self.base.buyers, self._later.prospects.position])] = values
        return whole

    def _bounds(self, own: Increments, later: ProspectIncrements | None, *, draws: int, entropy: int) -> list[Array]:
        """Quantiles of the expected increments over parameters and effects, of each set (2, n)."""
        if not (able(self.model, HasPosterior) and able(self.model, TakesDraw)):
            raise CapabilityError.because(
                f"{type(self.model).__name__} cannot draw its parameters: it lacks HasPosterior or TakesDraw.",
                hint="leave `draws` out, or use kk.MBGNBD, kk.ParetoNBD or kk.ModelAverage.",
            )
        posterior = self.model.posterior(draws=draws, seed=np.random.default_rng([entropy, 1]))
        sizes = [each.draws(draws, entropy=entropy) for each in self.effects.values()]
        first, n = self.first_purchase, len(self.base) + (0 if later is None else len(later.prospects))
        stream = np.random.default_rng([entropy, 4])
        of_first = None if later is None else first_posterior(first, draws=draws, generator=stream)
        drawn = np.empty((len(sizes), draws, n), dtype=np.float32)  # bounds need no more digits
        for s in range(draws):
            sets = list(zip(self.effects.values(), [each[s] for each in sizes], strict=True))
            model = self.model.at_draw(posterior, s)
            then = None if later is None else later.under(model, first_at_draw(first, of_first, s))
            drawn[:, s] = _of_all(own.under(model), then, sets)
        return [np.quantile(each, BOUNDS, axis=0).astype(np.float64) for each in drawn]


def _of_all(
    own: Increments, later: ProspectIncrements | None, sets: Sequence[tuple[EffectSizes, Sizes]]
) -> list[Array]:
    """The increments of buyers by each set of effects, and of prospects after them."""
    if later is None:
        return own.of(sets)
    return [np.concatenate(both) for both in zip(own.of(sets), later.of(sets), strict=True)]
