"""`CountsIncrements`, the base class of fitted scorers that says what effects add to customers' value."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from kundkarriar.arguments import WholeNumber, read_seed
from kundkarriar.frames import FrameT
from kundkarriar.scoring.increments.effect_sizes import read_effects
from kundkarriar.scoring.increments.increment_columns import IncrementColumns
from kundkarriar.scoring.increments.treated_time import TreatedTime
from kundkarriar.scoring.increments.treatment_worlds import TimedEffects, TreatmentWorlds

SEVERAL = WholeNumber(least=2, most=100_000, example=200)
"""The law of a number of draws: two or more have a spread."""


class CountsIncrements:
    """A fitted scorer: the models and terms that its final class has as fields."""

    __slots__ = ()
    scorer: Any
    purchases: Any
    spend: Any
    base: Any
    first_purchase: Any

    def increments(
        self,
        summary: FrameT,
        *,
        effects: Any,
        treated: Any,
        customers: Any = None,
        leads: Any = None,
        horizon: str | None = None,
        previous: Any = (),
        draws: int | None = None,
        seed: int | np.integer[Any] | Generator = 1,
    ) -> FrameT:
        """What effects add to the expected value of each customer: E[value | treated] - E[value | usual].

        Both are expectations of the same fitted process, discounted and net of the costs to handle and to serve that
        the scorer counts, alive now or not; with the effects in it while customers are treated. So a shorter leaving
        counts all that a customer kept buys until the end of the horizon. Additional purchases of an effect on
        purchases carry no additional chance to leave.

        Effects on different quantities act together. Of several on one quantity the factor farther from 1 holds where
        they point the same way, the product where they oppose. Increments of several sets do not add.

        Args:
            summary: one row per customer, from `kk.summarize`; prospects get missing values, but see `leads`.
            effects: `kk.Effect`s on leaving, returning, purchases, spend, cost, marketing, first purchase or value; or
                sets of them by name.
            treated: spans of treated time after the summary, (first day, last day) each; for a summary without dates
                (from, to) in periods of the model. Where they overlap, time is treated once.
            customers: as in `score`.
            leads: from `kk.leads`, as in `score`, for effects on the first purchase: while a prospect is treated the
                rate of first purchases is multiplied, and each brings a newcomer's value from then on. Of prospects
                nothing else counts but stated money: sets without an effect on either are missing. Buyers get 0.
            horizon: until when value counts: text. None: the scorer's horizon, or the last treated day if it is later.
            previous: spans that are treated in any case, by the same effects: what is left of an earlier plan.
            draws: number of draws of parameters and effects, of which low and high are the central 90 percent.
            seed: of the draws. Each effect has one value a draw, for all customers.

        Returns:
            customer_id; `increment`, with draws `low` and `high` (for sets the names, and e.g. call_low, call_high);
            `horizon_days`, the length of the horizon. In the currency of the purchases; where the scorer has no spend
            model, in purchases, undiscounted.

        Raises:
            CapabilityError: an effect on what the purchase model does not have, or on what no increment is known of.
            DataError: an effect on the first purchase without `leads`; treated time before the summary ends, or a
                horizon that ends before it.

        >>> import kundkarriar as kk
        >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30")
        >>> scorer = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.10, horizon="12M").fit(summary)
        >>> call = kk.Effect(on="leaving", mean=0.8, low=0.7, high=1, evidence="assumed", relative_to="no call")
        >>> quarter = (("1997-10-01", "1997-12-31"),)
        >>> scorer.increments(summary, effects=call, treated=quarter).round(3).head(2)
           customer_id  increment  horizon_days
        0            4      0.197        365.25
        1           21      0.033        365.25
        """
        sets, base = read_effects(effects), self.base(summary, customers=customers, leads=leads)
        usual, unit = self.scorer.horizon, self.purchases.period
        time = TreatedTime.read(base.summary, treated, previous=previous, horizon=horizon, usual=usual, unit=unit)
        worlds: dict[str, TreatmentWorlds] = {
            name: TreatmentWorlds(
                parts=(TimedEffects(effects=effects_of, treated=time.treated, usual=time.usual),), horizon=time.horizon
            )
            for name, effects_of in sets.items()
        }
        counted = IncrementColumns.of(self, base)
        counted.refuse_unforeseen([effect for each in sets.values() for effect in each])
        several = None if draws is None else SEVERAL.read(draws, "draws")
        columns = counted.columns(worlds, draws=several, entropy=read_seed(seed))
        frame: FrameT = base.frame_of(columns | {"horizon_days": np.full(len(base.summary), time.horizon)})
        return frame
