"""The value of a policy and of each arm for everyone, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.errors import DataError
from kundkarriar.experiments.policy_trial import Trial
from kundkarriar.numerics.experiments.arm_sums import fold_sums
from kundkarriar.numerics.experiments.policy_value import cubed_residuals, policy_values


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
    cubes = cubed_residuals(outcome=profit, **rows)
    values = policy_values(sums, cubes=cubes, ways=ways, against=ways[1 + best])
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
    for name, estimate in zip(("value", "ipw", "difference"), values, strict=True):
        prefix = "" if name == "value" else f"{name}_"
        low, high = estimate.bounds(level)
        columns |= {name: estimate.value, f"{prefix}low": low, f"{prefix}high": high}
    return columns


def _role(arm: int, *, best: int) -> str:
    roles = [role for role, holds in (("best single", arm == best), ("do nothing", arm == 0)) if holds]
    return ", ".join(roles) or "other"
