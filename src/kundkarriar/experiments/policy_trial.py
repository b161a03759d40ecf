"""The rows on which a policy is valued: customers whose arms were drawn at random, of the experiment's arms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.customer_ids import ONE_ROW_HINT, unique_ids
from kundkarriar.errors import DataError
from kundkarriar.experiments.campaign import read_outcome, read_propensities
from kundkarriar.experiments.labels import read_labels
from kundkarriar.frames import NarrowFrame, refuse_rows
from kundkarriar.id_kinds import ID
from kundkarriar.numerics.experiments.balance import arms_by_groups

CHOSEN_BELOW = 1e-6
"""Probability below which arms that differ between groups were chosen. Of the many halves of one experiment that are
valued in turn, none should be refused for chance."""


@frozen(kw_only=True, eq=False)
class Trial:
    """Rows of a randomised campaign, (n,) each.

    Attributes:
        outcome: outcome of each customer.
        arm: number of the arm.
        group: number of the group.
        weight: one over the chance of the arm that the customer got.
        groups: how many groups there are.
    """

    outcome: Array
    arm: Whole
    group: Whole
    weight: Array
    groups: int


def read_trial(
    table: NarrowFrame,
    *,
    treatment: str,
    outcome: str,
    outcome_is: str,
    probability: str | tuple[tuple[str, float], ...] | None,
    arms: Sequence[str],
    group: Whole,
    groups: int,
    need: str,
) -> Trial:
    """Read the rows of a campaign.

    Raises:
        DataError: missing values, arms that are not among `arms`, customers twice, arms that differ between groups by
            more than chance explains and have no propensities.
    """
    if ID in table.columns:
        unique_ids(table, need=need, hint=ONE_ROW_HINT)
    hint = f"say what each customer got; for no treatment that is {arms[0]!r}."
    arm = read_labels(table, treatment, need=need, hint=hint).among(arms)
    law = f"{need} knows the arms of the experiment, {list(arms)}, and `{treatment}` holds others"
    refuse_rows(table, arm < 0, law, hint="leave out customers who got another arm.", shown=[ID, treatment])
    values = read_outcome(table, outcome, outcome_is=outcome_is, need=need)
    count = np.bincount(arm, minlength=len(arms))
    if isinstance(probability, str):
        weight = 1.0 / read_propensities(table, probability, need=need)
    elif probability is None:
        weight = (len(arm) / np.maximum(count, 1))[arm]
    else:
        weight = (1.0 / np.array([dict(probability)[each] for each in arms]))[arm]
    if not isinstance(probability, str):
        cells = np.bincount(group * len(arms) + arm, minlength=groups * len(arms)).reshape(groups, len(arms))
        held = cells[cells.sum(axis=1) > 0][:, count > 0]
        if arms_by_groups(count=held.astype(np.float64)) < CHOSEN_BELOW:
            raise DataError.because(
                f"{need} needs arms drawn at random, and here their shares differ between groups by more than chance "
                "explains: groups were treated on purpose.",
                hint="keep a part of the customers whose arms are drawn at random, and value the policy on them.",
            )
    return Trial(outcome=values, arm=arm, group=group, weight=weight, groups=groups)
