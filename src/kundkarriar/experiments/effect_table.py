"""The effect of each arm, over all customers and in each group, with what the comparison could see at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen
from scipy.special import ndtri

from kundkarriar.arrays import Array
from kundkarriar.experiments.experiment_spec import ExperimentSpec
from kundkarriar.frames import new_frame, text_column
from kundkarriar.numerics.experiments.arm_sums import ArmSums
from kundkarriar.numerics.experiments.pooled_effects import pooled_effects
from kundkarriar.numerics.planning.power import visible_at_error

NO_SCATTER = "how sure that is cannot be told, as all customers of an arm have the same outcome"


@frozen(kw_only=True, eq=False)
class Effects:
    """Differences to the control, (A - 1,) over all customers, and (C, A - 1) in groups.

    Attributes:
        everyone, error: over all customers: difference of means, and its standard error.
        raw, raw_error: the same in each group.
        pooled, pooled_sd: in each group, drawn towards the mean of all groups as far as chance blurs it.
    """

    everyone: Array
    error: Array
    raw: Array
    raw_error: Array
    pooled: Array
    pooled_sd: Array

    @classmethod
    def of(cls, sums: ArmSums, *, outcome_is: str, unit: Array | float = 1.0) -> Effects:
        """The effects of sums by group and arm, (C, A), of which the first is the control.

        The standard error of a difference of means is sqrt(s1^2 / n1 + s0^2 / n0). Customers of an arm who all have the
        same outcome show no scatter: see `arm_variance`.
        """
        everyone = sums.over_groups()
        of_all, of_group = arm_variance(sums, outcome_is=outcome_is, unit=unit)
        raw = sums.mean[:, 1:] - sums.mean[:, :1]
        raw_error = np.sqrt(of_group[:, 1:] + of_group[:, :1])
        pooled = pooled_effects(estimate=raw.T, error=raw_error.T)
        return cls(
            everyone=everyone.mean[1:] - everyone.mean[0],
            error=np.sqrt(of_all[1:] + of_all[0]),
            raw=raw,
            raw_error=raw_error,
            pooled=pooled.mean.T,
            pooled_sd=pooled.sd.T,
        )


def arm_variance(sums: ArmSums, *, outcome_is: str, unit: Array | float = 1.0) -> tuple[Array, Array]:
    """Variances of the mean of each arm, over all customers, (A,), and in each group, (C, A).

    Customers who all have the same outcome show no scatter, which is no sign of certainty. Of responses, 0 or `unit`,
    (A,), the variance is then that with one response and one customer without added. Of amounts nothing tells it: NaN.
    """
    everyone = sums.over_groups()
    alike, of_all, of_group = everyone.alike, everyone.variance, sums.pooled_variance
    if outcome_is != "response":
        return np.where(alike, np.nan, of_all), np.where(alike, np.nan, of_group)
    units = np.broadcast_to(unit, alike.shape)
    of_all, added = (each.with_both(unit=units).variance for each in (everyone, sums))
    return of_all, np.where(alike, added, of_group)


def effect_table(
    sums: ArmSums,
    *,
    outcome_is: str,
    arms: Sequence[str],
    by: Sequence[str],
    groups: Sequence[tuple[str, ...]],
    level: float,
    like: Any,
) -> Any:
    """The effects, arm by arm: over all customers, then by group. See `FittedExperiment.effects`."""
    effects, everyone, width = (
        Effects.of(sums, outcome_is=outcome_is),
        sums.over_groups(),
        float(ndtri((1 + level) / 2)),
    )
    parts = [
        (everyone.rows[None], everyone.mean[None], *(each[None] for each in (effects.everyone, effects.error) * 2)),
    ]
    if by:
        parts.append((sums.rows, sums.mean, effects.raw, effects.raw_error, effects.pooled, effects.pooled_sd))
    rows, mean, raw, error, pooled, sd = (np.concatenate(each) for each in zip(*parts, strict=True))
    values = [*([(None,) * len(by)] * (len(parts[0][0]))), *(groups if by else ())]
    treated = len(arms) - 1
    columns: dict[str, Any] = {
        "arm": text_column([arm for arm in arms[1:] for _ in values], like=like),
        **{
            name: text_column([value[at] for _ in range(treated) for value in values], like=like)
            for at, name in enumerate(by)
        },
        "customers": rows[:, 1:].T.ravel().astype(np.int64),
        "control_customers": np.tile(rows[:, 0], treated).astype(np.int64),
        "mean": mean[:, 1:].T.ravel(),
        "control_mean": np.tile(mean[:, 0], treated),
        "effect": raw.T.ravel(),
        "std_error": error.T.ravel(),
        "shrunk": pooled.T.ravel(),
        "low": (pooled - width * sd).T.ravel(),
        "high": (pooled + width * sd).T.ravel(),
        "smallest_visible": visible_at_error(error).T.ravel(),
    }
    return new_frame(columns, like=like)


def effect_sentences(sums: ArmSums, *, experiment: ExperimentSpec, arms: Sequence[str]) -> tuple[str, ...]:
    """The effect of each arm over all customers, a sentence each. See `FittedExperiment.sentences`."""
    effects, everyone = Effects.of(sums, outcome_is=experiment.outcome_is), sums.over_groups()
    outcome, width = experiment.outcome, float(ndtri((1 + experiment.level) / 2))
    told = []
    for arm, found, error, rows in zip(arms[1:], effects.everyone, effects.error, everyone.rows[1:], strict=True):
        low, high = found - width * error, found + width * error
        says = "" if low > 0 or high < 0 else ", which may be chance"
        if np.isnan(error):
            told.append(f"{arm} adds {found:,.3g} of {outcome} per customer, relative to {arms[0]}: {NO_SCATTER}.")
            continue
        size = f"{found:,.3g} ({low:,.3g} to {high:,.3g}) of {outcome} per customer"
        seen = f"{rows:,.0f} and {everyone.rows[0]:,.0f} customers mostly show {visible_at_error(error):,.3g} or more"
        told.append(f"{arm} adds {size}, relative to {arms[0]}{says}; {seen}.")
    return tuple(told)
