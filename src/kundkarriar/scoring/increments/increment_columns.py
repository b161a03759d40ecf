"""The columns of increments of a base of customers: by treatment, with their bounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from attrs import evolve, frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.period import DAYS
from kundkarriar.effects.effect import Effect
from kundkarriar.errors import CapabilityError
from kundkarriar.models.interface.protocols import HasPosterior, TakesDraw, able
from kundkarriar.numerics.money.discount import rate_per_period
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.increments.effect_sizes import INCREMENT, Sizes, drawn_sizes, mean_sizes
from kundkarriar.scoring.increments.increments import Increments, refuse_unforeseen
from kundkarriar.scoring.increments.prospect_increments import ProspectIncrements
from kundkarriar.scoring.increments.treatment_worlds import TreatmentWorlds
from kundkarriar.scoring.prospects.first_posterior import first_at_draw, first_posterior

BOUNDS = (0.05, 0.95)
"""The quantiles of low and high: a central interval of 90 percent, as in scores."""


@frozen(kw_only=True, eq=False, slots=False)
class IncrementColumns:
    """Increments of N customers by several treatments, as columns.

    Attributes:
        base: all customers of the summary.
        size: number of these customers, N.
        buyers: rows of the buyers among them, (n,).
        own: the increments of the buyers.
        prospects: rows of the prospects among them, (m,).
        later: the increments of the prospects; None where first purchases are not foreseen.
        model: the fitted purchase model.
        first_purchase: the fitted time to the first purchase; None: prospects have no increments.
    """

    base: CustomerBase
    size: int
    buyers: Whole
    own: Increments
    prospects: Whole
    later: ProspectIncrements | None
    model: Any
    first_purchase: Any

    @classmethod
    def of(cls, fitted: Any, base: CustomerBase) -> IncrementColumns:
        """The increments of a base by a fitted scorer."""
        money, spec, model = fitted.spend is not None, fitted.scorer, fitted.purchases
        own = Increments.of_base(
            base,
            model=model,
            discount_rate=rate_per_period(spec.discount_rate, days=DAYS[model.period]),
            costs=spec.costs,
            money=money,
        )
        later = None
        if base.prospects is not None and fitted.first_purchase is not None:
            later = ProspectIncrements(
                prospects=base.prospects,
                first_purchase=fitted.first_purchase,
                purchases=model,
                yearly_rate=spec.discount_rate,
                costs=spec.costs,
                money=money,
            )
        return cls(
            base=base,
            size=len(base.summary),
            buyers=base.buyers,
            own=own,
            prospects=np.empty(0, dtype=np.int64) if later is None else later.prospects.position,
            later=later,
            model=model,
            first_purchase=fitted.first_purchase,
        )

    def at(self, rows: Whole) -> IncrementColumns:
        """Those of some of the customers, by row."""
        member, n = self._member[rows], len(self.buyers)
        buyers, prospects = np.flatnonzero((member >= 0) & (member < n)), np.flatnonzero(member >= n)
        return evolve(
            self,
            size=len(rows),
            buyers=buyers,
            own=self.own.at(member[buyers]),
            prospects=prospects,
            later=None if self.later is None else self.later.at(member[prospects] - n),
        )

    @cached_property
    def _member(self) -> Whole:
        """The position of each customer among the buyers, and the prospects after them, (N,); -1 for others."""
        member = np.full(self.size, -1)
        both = np.concatenate([self.buyers, self.prospects])
        member[both] = np.arange(len(both))
        return member

    def refuse_unforeseen(self, effects: Iterable[Effect]) -> None:
        """Refuse effects on what the models do not have, or the scorer does not count."""
        refuse_unforeseen(
            self.model,
            effects,
            money=self.own.money,
            first_purchase=self.first_purchase,
            prospects=self.base.prospects,
        )

    def means(self, treatments: Sequence[TreatmentWorlds]) -> list[Array]:
        """The increments by each treatment at the effects' means, (N,) each; NaN where not known."""
        sets = [(worlds, mean_sizes(worlds.effects)) for worlds in treatments]
        return list(map(self._spread, _of_all(self.own, self.later, sets)))

    def spent(self, treatments: Sequence[TreatmentWorlds], shares: Sequence[Array] | None = None) -> list[Array]:
        """What each treatment costs in shares of the spend that comes under it, (N,) each; NaN where not known.

        `shares` are by its segments, (k,) each; None: those of its own parts, without discounts.
        """
        given = [worlds.shares for worlds in treatments] if shares is None else shares
        sets = [(worlds, mean_sizes(worlds.effects), own) for worlds, own in zip(treatments, given, strict=True)]
        found = self.own.spent(sets)
        if self.later is not None:
            found = [np.concatenate(both) for both in zip(found, self.later.spent(sets), strict=True)]
        return list(map(self._spread, found))

    def margins(self) -> Array:
        """Contribution as a share of spend at the list price, after the cost to handle an order, (N,)."""
        later = [] if self.later is None else [self.later.margins]
        return self._spread(np.concatenate([self.own.margins, *later]))

    def columns(
        self, treatments: Mapping[str, TreatmentWorlds], *, draws: int | None, entropy: int
    ) -> dict[str, Array]:
        """The increments by the name of the treatment, with `draws` also their bounds, (N,) each."""
        columns = dict(zip(treatments, self.means([*treatments.values()]), strict=True))
        if draws is None:
            return columns
        bounds = self._bounds([*treatments.values()], draws=draws, entropy=entropy)
        alone, ordered = [*columns] == [INCREMENT], dict[str, Array]()
        for (name, increment), (low, high) in zip(columns.items(), bounds, strict=True):
            prefix = "" if alone else f"{name}_"
            ordered |= {name: increment, f"{prefix}low": self._spread(low), f"{prefix}high": self._spread(high)}
        return ordered

    def _spread(self, values: Array) -> Array:
        """Values of the buyers, and of the prospects after them, to all customers, (N,); NaN for the others."""
        if len(self.buyers) == self.size:
            return values
        whole = np.full(self.size, np.nan)
        whole[np.concatenate([self.buyers, self.prospects])] = values
        return whole

    def _bounds(self, treatments: Sequence[TreatmentWorlds], *, draws: int, entropy: int) -> list[Array]:
        """Quantiles of the expected increments over parameters and effects, of each treatment (2, n + m)."""
        if not (able(self.model, HasPosterior) and able(self.model, TakesDraw)):
            raise CapabilityError.because(
                f"{type(self.model).__name__} cannot draw its parameters: it lacks HasPosterior or TakesDraw.",
                hint="leave `draws` out, or use kk.MBGNBD, kk.ParetoNBD or kk.ModelAverage.",
            )
        posterior = self.model.posterior(draws=draws, seed=np.random.default_rng([entropy, 1]))
        sizes = drawn_sizes([each for worlds in treatments for each in worlds.effects], draws, entropy=entropy)
        first, stream = self.first_purchase, np.random.default_rng([entropy, 4])
        of_first = None if self.later is None else first_posterior(first, draws=draws, generator=stream)
        n = len(self.buyers) + len(self.prospects)
        drawn = np.empty((len(treatments), draws, n), dtype=np.float32)  # bounds need no more digits
        for s in range(draws):
            model = self.model.at_draw(posterior, s)
            later = None if self.later is None else self.later.under(model, first_at_draw(first, of_first, s))
            drawn[:, s] = _of_all(self.own.under(model), later, [(worlds, sizes[s]) for worlds in treatments])
        return [np.quantile(each, BOUNDS, axis=0).astype(np.float64) for each in drawn]


def _of_all(
    own: Increments, later: ProspectIncrements | None, sets: Sequence[tuple[TreatmentWorlds, Sizes]]
) -> list[Array]:
    """The increments of buyers by each treatment, and of prospects after them."""
    if later is None:
        return own.of(sets)
    return [np.concatenate(both) for both in zip(own.of(sets), later.of(sets), strict=True)]
