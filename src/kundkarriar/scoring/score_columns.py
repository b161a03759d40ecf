"""The columns of scores: of buyers by their residual expectation, of prospects by their first purchase."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.dates.period import DAYS, Period
from kundkarriar.numerics.money.discount import rate_per_period
from kundkarriar.numerics.money.equal_amounts import ranks_from_the_top
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.expected_value import COST_COLUMNS, PURCHASE_COLUMNS, expected_value
from kundkarriar.scoring.prospects.prospect_value import with_prospects
from kundkarriar.scoring.residual.residual_expectation import residual_expectation_by_horizon


def score_columns(scorer: Any, base: CustomerBase, *, futures: Any = None, rank: bool = True) -> dict[str, Array]:
    """The columns of `score`, (all customers,) each, of the customers of a fitted scorer, without intervals.

    `futures` is asked for residual expectations in place of the scorer's purchase model. The rank is among these
    customers; without `rank` there is none.
    """
    spec, period = scorer.scorer, scorer.purchases.period
    horizon = Period.of(spec.horizon).in_units(period)
    observed = base.clock.calendar(scorer.observed) if base.clock else scorer.observed
    lifelong = spec.discount_rate > 0
    costs = None if scorer.spend is None else spec.costs
    columns = expected_value(
        base,
        residual_expectation_by_horizon(
            futures or scorer.purchases,
            base.rows,
            discount_rate=rate_per_period(spec.discount_rate, days=DAYS[period]),
            costs=costs,
            clock=base.clock,
            horizons=[horizon, *([np.inf] if lifelong else []), *([observed] if lifelong and observed > 0 else [])],
        ),
        horizon=horizon,
        observed=observed,
        yearly_rate=spec.discount_rate,
        years_per_period=DAYS[period] / DAYS["Y"],
    )
    if scorer.spend is None:
        columns = {name: columns[name] for name in PURCHASE_COLUMNS}
    whole = {name: base.checked.spread(values) for name, values in columns.items() if costs or name not in COST_COLUMNS}
    if scorer.first_purchase is not None:
        whole = with_prospects(whole, scorer, base)
    if not rank:
        return whole
    valued = base.buyers if base.prospects is None else np.concatenate([base.buyers, base.prospects.position])
    by = ranked_by(scorer)
    whole["rank"] = np.full(len(base.summary), np.nan)
    whole["rank"][valued] = ranks_from_the_top(whole[by][valued])
    return whole


def ranked_by(scorer: Any) -> str:
    """The column that customers are ranked by: the net value, without costs the clv, without a spend model purchases.

    >>> import kundkarriar as kk
    >>> nbd = kk.FittedNBD(params=kk.NBDParams(r=1.0, alpha=8.0), period="W")
    >>> scorer = kk.ValueScorer(purchases=nbd, spend=None, margin=0.3, discount_rate=0.1, horizon="12M")
    >>> ranked_by(scorer.fit(nbd.simulate([52.0] * 10, seed=1)))
    'expected_purchases'
    """
    if scorer.spend is None:
        return "expected_purchases"
    return "clv" if scorer.scorer.costs is None else "net_value"
