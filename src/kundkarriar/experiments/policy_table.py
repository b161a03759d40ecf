"""The value of a policy and of each arm for everyone, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.errors import DataError, warn
from kundkarriar.experiments.policy_trial import Trial
from kundkarriar.numerics.experiments.arm_sums import fold_sums
from kundkarriar.numerics.experiments.policy_value import cubed_residuals, outcome_sums, policy_values

LEAST_OUTCOMES = 5.0
"""Effective number of outcomes other than 0 below which an interval is not relied on."""


def value_table(
    trial: Trial, *, margin: Array, cost: Array, actions: Whole, arms: Sequence[str], level: float, seed: int
) -> dict[str, Any]:
    """The columns of `Policy.value`.

    Args:
        trial: the rows.
        margin: profit per unit of outcome of each arm, (A,).
        cost: money per customer of each arm, (A,).
        actions: number of the arm of each group in the policy, (C,); the last is the best single action, which groups
            unknown to the policy get.
        arms: names of the arms, the control first.
        level: level of the intervals.
        seed: of the folds.

    Raises:
        DataError: too few customers got an arm of the policy, or the best single action.
    """
    best = int(actions[-1])
    ways = np.vstack([actions, *(np.full(len(actions), arm) for arm in range(len(arms)))])
    rows: dict[str, Any] = {
        "arm": trial.arm,
        "group": trial.group,
        "weight": trial.weight,
        "arms": len(arms),
        "groups": trial.groups,
    }
    profit = margin[trial.arm] * trial.outcome - cost[trial.arm]
    sums = fold_sums(outcome=profit, **rows, seed=seed)
    values = policy_values(
        sums,
        cubes=cubed_residuals(outcome=profit, **rows),
        outcomes=outcome_sums(outcome=trial.outcome, **rows),
        ways=ways,
        against=ways[1 + best],
    )
    if np.isnan(values.difference.value[0]):
        used = [arms[arm] for arm in sorted({*actions.tolist()})]
        count = np.bincount(trial.arm, minlength=len(arms))
        found = ", ".join(f"{count[arms.index(arm)]:,} got {arm!r}" for arm in used)
        raise DataError.because(
            f"Policy.value needs customers who got the arms of the policy, {used}, in its groups: of "
            f"{len(trial.arm):,} customers {found}.",
            hint="pass rows of an experiment in which these arms were drawn at random.",
        )
    columns: dict[str, Any] = {
        "way": ["policy", *arms],
        "role": ["policy", *(_role(arm, best=best) for arm in range(len(arms)))],
        "customers": (ways[:, trial.group] == trial.arm).sum(axis=1),
    }
    _tell_few(values.effective, ways=columns["way"], customers=columns["customers"], among=(0, 1 + best))
    for name, estimate in zip(("value", "ipw", "difference"), values[:3], strict=True):
        prefix = "" if name == "value" else f"{name}_"
        low, high = estimate.bounds(level)
        columns |= {name: estimate.value, f"{prefix}low": low, f"{prefix}high": high}
    return columns


def _tell_few(effective: Array, *, ways: Sequence[str], customers: Whole, among: Sequence[int]) -> None:
    """Tell of ways `among` all whose value rests on few outcomes."""
    if few := [at for at in among if effective[at] < LEAST_OUTCOMES]:
        told = " and ".join(f"{ways[at]!r} on {effective[at]:.2g} (of {customers[at]:,} customers)" for at in few)
        warn(
            f"Policy.value: values rest on fewer than {LEAST_OUTCOMES:g} outcomes other than 0, counted as outcomes of "
            f"one size and weight: {told}. Their intervals are rough, and missing where there is no outcome, as none "
            "shows how much they scatter: value the policy on more customers, or on arms with larger chances."
        )


def _role(arm: int, *, best: int) -> str:
    roles = [role for role, holds in (("best single", arm == best), ("do nothing", arm == 0)) if holds]
    return ", ".join(roles) or "other"
