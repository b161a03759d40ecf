"""Response and profit of each arm, over all customers and in each group: of prices, the price points of each group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import ndtri

from kundkarriar.arrays import Array
from kundkarriar.experiments.effect_table import arm_variance
from kundkarriar.frames import new_frame, text_column
from kundkarriar.numerics.experiments.arm_sums import ArmSums
from kundkarriar.numerics.experiments.pooled_effects import pooled_effects


def profit_table(
    sums: ArmSums,
    *,
    outcome_is: str,
    margin: Array,
    cost: Array,
    arms: Sequence[str],
    by: Sequence[str],
    groups: Sequence[tuple[str, ...]],
    level: float,
    like: Any,
) -> Any:
    """The profit margin_a y - cost_a of each arm: over all customers, then by group. See `FittedExperiment.profits`.

    `sums` are of the outcome, (C, A); `margin` and `cost` are (A,).
    """
    everyone, width = sums.over_groups(), float(ndtri((1 + level) / 2))
    of_all, of_group = arm_variance(sums, outcome_is=outcome_is)
    rows, mean, error = everyone.rows[None], everyone.mean[None], np.sqrt(of_all)[None]
    if by:
        pooled = pooled_effects(estimate=sums.mean.T, error=np.sqrt(of_group).T)
        of_pooled = np.where(np.isnan(of_group), sums.mean, pooled.mean.T)
        rows, mean, error = (
            np.concatenate(each) for each in ((rows, sums.rows), (mean, of_pooled), (error, pooled.sd.T))
        )
    profit, spread = margin * mean - cost, width * np.abs(margin) * error
    values = [(None,) * len(by), *(groups if by else ())]
    many = len(arms)
    columns: dict[str, Any] = {
        **{name: text_column([value[at] for value in values for _ in arms], like=like) for at, name in enumerate(by)},
        "arm": text_column([*arms] * len(values), like=like),
        "customers": rows.ravel().astype(np.int64),
        "response": mean.ravel(),
        "profit": profit.ravel(),
        "low": (profit - spread).ravel(),
        "high": (profit + spread).ravel(),
        "best": np.arange(many)[None].repeat(len(values), axis=0).ravel() == profit.argmax(axis=1).repeat(many),
    }
    return new_frame(columns, like=like)
