"""A measured effect as `kk.Effect`: a ratio of means, or money per treated customer, with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import ndtri

from kundkarriar.arguments import refusal
from kundkarriar.arrays import Array
from kundkarriar.effects.effect import Effect
from kundkarriar.errors import CapabilityError
from kundkarriar.experiments.effect_table import NO_SCATTER, Effects, arm_variance
from kundkarriar.experiments.experiment_spec import ExperimentSpec
from kundkarriar.experiments.labels import label_of
from kundkarriar.foreign_objects import values_from
from kundkarriar.numerics.experiments.arm_sums import ArmSums
from kundkarriar.numerics.experiments.pooled_effects import pooled_effects

ON = {"revenue": ("spend", "value"), "response": ("purchases", "value"), "profit": ("value",)}
"""The quantities that an effect on an outcome may be stated on, the usual one first."""


def read_arm(arm: Any, *, arms: Sequence[str]) -> int:
    """The number of an arm that is not the control."""
    label = label_of(arm)
    if not isinstance(label, str) or label not in arms[1:]:
        law = f"an arm other than the control {arms[0]!r}: {', '.join(map(repr, arms[1:]))}"
        raise refusal(arm, "arm", law=law, hint=f"write {arms[1]!r}.")
    return arms.index(label)


def read_group(group: Any, *, by: Sequence[str], groups: Sequence[tuple[str, ...]]) -> int | None:
    """The number of a group given by its values, or by a mapping from column to value; None: everyone."""
    if group is None:
        return None
    if isinstance(group, Mapping):
        given = [group[name] for name in by] if set(group) == set(by) else []
    else:
        several = values_from(group)
        given = [group] if several is None else list(several)
    labels = tuple(map(label_of, given))
    if not by or not all(isinstance(label, str) for label in labels) or labels not in groups:
        example = dict(zip(by, groups[0], strict=True))
        law = f"a value of each of {list(by)}, with customers in the experiment" if by else "None: there are no groups"
        raise refusal(group, "group", law=law, hint=f"write group={example!r}." if by else "leave group out.")
    return groups.index(labels)


def read_on(on: Any, *, outcome_is: str) -> str:
    """The quantity that the effect is stated on."""
    allowed = ON[outcome_is]
    if on is None:
        return allowed[0]
    if not isinstance(on, str) or on not in allowed:
        law = f"one of {', '.join(map(repr, allowed))}, as the outcome is {outcome_is}"
        raise refusal(on, "on", law=law, hint=f"write on={allowed[0]!r}, or leave it out.")
    return on


def measured_effect(
    sums: ArmSums,
    *,
    experiment: ExperimentSpec,
    arms: Sequence[str],
    at: int,
    group: int | None,
    on: str,
    lasts: str | None,
    evidence: str,
    unit: Array,
) -> Effect:
    """The effect of arm `at` on everyone, or on a group by its number; of a value `sums`, (C, A), are of money.

    `unit` is what a response is in `sums`, (A,): 1, or money.

    Raises:
        CapabilityError: a ratio of means of which one is not above 0; an arm whose amounts are all the same.
    """
    if on != "value":
        mean, error = _ratio(sums, outcome_is=experiment.outcome_is, arms=arms, at=at, group=group)
    else:
        effects = Effects.of(sums, outcome_is=experiment.outcome_is, unit=unit)
        mean, error = _difference(effects, at=at, group=group)
    if np.isnan(error):
        law = f"the effect of {arms[at]!r} on {on} has no interval: {NO_SCATTER}."
        raise CapabilityError.because(law, hint="pass more customers, or state an assumed effect: kk.Effect(...).")
    ends = np.array([mean, *(mean + side * float(ndtri((1 + experiment.level) / 2)) * error for side in (-1, 1))])
    size, low, high = (np.exp(ends) if on != "value" else ends).tolist()
    span = experiment.window if lasts is None else lasts
    return Effect(
        on=on,
        mean=size,
        low=low,
        high=high,
        level=experiment.level,
        window=experiment.window,
        evidence=evidence,
        relative_to=arms[0],
        **({} if span is None else {"lasts": span}),
    )


def _difference(effects: Effects, *, at: int, group: int | None) -> tuple[float, float]:
    if group is None:
        return float(effects.everyone[at - 1]), float(effects.error[at - 1])
    return float(effects.pooled[group, at - 1]), float(effects.pooled_sd[group, at - 1])


def _ratio(sums: ArmSums, *, outcome_is: str, arms: Sequence[str], at: int, group: int | None) -> tuple[float, float]:
    """Logarithm of the ratio of means, and its standard error by the delta method; of a group drawn towards the others.

    The variance of log m is var(m) / m^2. A group of which an arm brought nothing has no ratio; it tells nothing of the
    others, and gets theirs.
    """
    of_all, of_group = arm_variance(sums, outcome_is=outcome_is)
    if group is None:
        log, variance = _log_ratio(sums.over_groups().mean, of_all, at)
    else:
        log, variance = _log_ratio(sums.mean, of_group, at)
        pooled = pooled_effects(estimate=log, error=np.sqrt(variance))
        log, variance = pooled.mean[group], pooled.sd[group] ** 2
        if not np.isnan(of_all[[0, at]]).any():  # no group has a ratio, though the arms show how they scatter
            variance = np.nan_to_num(variance)
    means = sums.over_groups().mean[[0, at]]
    if (means <= 0).any() or not (np.isfinite(log) or np.isnan(variance)):
        law = f"the effect of {arms[at]!r} is a ratio of means, and one of them is not above 0."
        raise CapabilityError.because(law, hint='state it in money: on="value", with a margin of revenue or responses.')
    return float(log), float(np.sqrt(variance))


def _log_ratio(mean: Array, variance: Array, at: int) -> tuple[Array, Array]:
    one, other = mean[..., at], mean[..., 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.where((one > 0) & (other > 0), np.log(one) - np.log(other), np.nan)
        return log, variance[..., at] / one**2 + variance[..., 0] / other**2
