"""The rows of an experiment, read and checked: arm, group, outcome, weight, and what was known before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import evolve, frozen

from kundkarriar.arguments import MOST, Text, refusal
from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.customer_ids import ONE_ROW_HINT, unique_ids
from kundkarriar.errors import DataError
from kundkarriar.experiments.experiment_spec import OUTCOMES, ExperimentSpec
from kundkarriar.experiments.labels import read_groups, read_labels
from kundkarriar.fields import ROUNDING
from kundkarriar.frames import TEXTS, NarrowFrame, narrow, numbers, refuse_rows, require
from kundkarriar.id_kinds import ID
from kundkarriar.rules.values import where_missing

NEED = "Experiment.fit"
MOST_ARMS, MOST_GROUPS = 50, 200
LEAST_ROWS = 2
"""Customers of an arm in a group from which there is a scatter."""
ZERO_HINT = "write 0 for customers who bought nothing: without them, buyers alone would be compared."
BEFORE_HINT = "write 0 for customers who bought nothing then."


@frozen(kw_only=True, eq=False)
class Campaign:
    """One row per customer.

    Attributes:
        arms: names of the arms, the control first.
        groups: values of the columns of `by` in each group; one group with () without columns.
        arm, group: numbers of each row's arm and group, (n,).
        outcome: (n,).
        weight: one over the chance of the arm that the customer got, (n,).
        known: columns known before treatment by name, (n,) each: numbers, or the codes of labels.
        labelled: names of those that are labels.
    """

    arms: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    arm: Whole
    group: Whole
    outcome: Array
    weight: Array
    known: dict[str, Array]
    labelled: frozenset[str]

    @property
    def counts(self) -> Array:
        """Customers by group and arm, (C, A)."""
        shape = (len(self.groups), len(self.arms))
        cells = np.bincount(self.group * shape[1] + self.arm, minlength=shape[0] * shape[1])
        return cells.reshape(shape).astype(np.float64)

    def in_order(self) -> Campaign:
        """The same rows in an order that depends on their numbers only, so that sums do not depend on the frame's."""
        keys = [*self.known.values(), self.outcome, self.weight, self.arm, self.group]
        order = np.lexsort(keys)
        rows = {name: getattr(self, name)[order] for name in ("arm", "group", "outcome", "weight")}
        return evolve(self, **rows, known={name: values[order] for name, values in self.known.items()})


def read_campaign(experiment: ExperimentSpec, campaign: Any) -> Campaign:
    """Read and check the frame of an experiment.

    Raises:
        DataError: columns that are not there; no rows; one arm only, or none that is the control; values that are
            missing, or that no such column can hold; customers twice; groups that lack an arm, or too many of them.
    """
    table = narrow(campaign, need=NEED)
    require(table, experiment.columns, need=NEED)
    if not len(table):
        raise DataError.because(f"{NEED} needs customers, and the frame is empty.", hint="pass a row per customer.")
    if ID in table.columns:
        unique_ids(table, need=NEED, hint=ONE_ROW_HINT)
    arms, arm = _read_arms(experiment, table)
    groups, group = read_groups(table, experiment.by, need=NEED)
    _refuse_groups(experiment, table, groups=groups, group=group, arms=arms, arm=arm)
    outcome = read_outcome(table, experiment.outcome, outcome_is=experiment.outcome_is, need=NEED)
    labelled = frozenset(name for name in experiment.balance if _is_labels(table, name))
    known = {name: _known(table, name, labels=name in labelled) for name in experiment.known_before}
    weight = _weights(experiment, table, arms=arms, arm=arm)
    return Campaign(
        arms=arms, groups=groups, arm=arm, group=group, outcome=outcome, weight=weight, known=known, labelled=labelled
    ).in_order()


def read_outcome(table: NarrowFrame, column: str, *, outcome_is: str, need: str) -> Array:
    """The outcome of each row, (n,).

    Raises:
        DataError: missing values, or values that are not what `outcome_is` says.
    """
    law, hint = OUTCOMES[outcome_is]
    refuse_rows(
        table,
        where_missing(table, column, need=need),
        f"{need} needs an outcome in `{column}` on every row",
        hint=ZERO_HINT,
        shown=[ID, column],
    )
    truths = str(table[column].dtype) == "Boolean"
    values = table[column].to_numpy().astype(np.float64) if truths else numbers(table, column, need=need)
    wrong: Mask = np.abs(values) > MOST
    if outcome_is == "revenue":
        wrong |= values < 0
    elif outcome_is == "response":
        wrong |= (values != 0) & (values != 1)
    refuse_rows(table, wrong, f"{need} needs {law} in `{column}`", hint=hint, shown=[ID, column])
    return values


def read_propensities(table: NarrowFrame, column: str, *, need: str) -> Array:
    """The chance of the arm that each customer got, (n,).

    Raises:
        DataError: missing values, or values that are not above 0 and at most 1.
    """
    chance = numbers(table, column, need=need)
    law = f"{need} needs the chance of the arm that each customer got in `{column}`, above 0 and at most 1"
    hint = "an arm that a customer cannot get has no row there; leave out customers whose arm was never drawn."
    refuse_rows(table, (chance <= 0) | (chance > 1 + ROUNDING), law, hint=hint, shown=[ID, column])
    return np.minimum(chance, 1.0)


def _read_arms(experiment: ExperimentSpec, table: NarrowFrame) -> tuple[tuple[str, ...], Whole]:
    column = experiment.treatment
    hint = f"say what each customer got; for no treatment that is {experiment.control!r}."
    labels = read_labels(table, column, need=NEED, hint=hint)
    if experiment.control not in labels.words:
        nearest = Text(among=labels.words).nearest(experiment.control, "control")
        raise DataError.because(
            f"{NEED} needs customers of the control {experiment.control!r}, and `{column}` holds {_few(labels.words)}.",
            hint=f"write control={nearest!r}, if that is the arm without treatment.",
        )
    if alike := _alike(labels.words):
        raise DataError.because(
            f"{NEED}: arms of `{column}` differ by spaces or capitals alone: {_few(alike)}.",
            hint=f"write one arm in one way: campaign[{column!r}].str.strip().str.lower().",
        )
    arms = (experiment.control, *(word for word in labels.words if word != experiment.control))
    if len(arms) == 1:
        raise DataError.because(
            f"{NEED} compares arms, and all {len(table):,} customers have {arms[0]!r} in `{column}`.",
            hint="keep the customers of all arms in the frame, those without treatment too.",
        )
    if len(arms) > MOST_ARMS:
        raise DataError.because(
            f"{NEED} takes at most {MOST_ARMS} arms, and `{column}` holds {len(arms):,} different values.",
            hint="name the column that says what each customer got.",
        )
    return arms, labels.among(arms)


def _alike(words: Sequence[str]) -> tuple[str, ...]:
    """The arms that are another one but for spaces around them and capitals."""
    folded = [each.strip().casefold() for each in words]
    return tuple(each for each, own in zip(words, folded, strict=True) if folded.count(own) > 1)


def _refuse_groups(
    experiment: ExperimentSpec,
    table: NarrowFrame,
    *,
    groups: tuple[tuple[str, ...], ...],
    group: Whole,
    arms: tuple[str, ...],
    arm: Whole,
) -> None:
    by = " x ".join(experiment.by)
    bin_hint = 'cut numbers first: pd.qcut(column, 5, labels=False, duplicates="drop") in pandas, .qcut(5) in polars.'
    if len(groups) > MOST_GROUPS:
        law = f"{NEED} takes at most {MOST_GROUPS} groups, and {by} makes {len(groups):,} of {len(table):,} customers."
        raise DataError.because(law, hint=bin_hint)
    count = np.bincount(group * len(arms) + arm, minlength=len(groups) * len(arms)).reshape(len(groups), len(arms))
    if len(few := np.argwhere(count < LEAST_ROWS)):
        c, a = few[0]
        where = " and ".join(f"{name}={value!r}" for name, value in zip(experiment.by, groups[c], strict=True))
        found = f"{arms[a]!r} has {count[c, a]}{f' where {where}' if where else ''}"
        more = f", and {len(few) - 1:,} more cases are like it" if len(few) > 1 else ""
        raise DataError.because(
            f"{NEED} needs at least {LEAST_ROWS} customers of each arm in each group: {found}{more}.",
            hint="put rare groups together, or leave a column out of `by`." if by else "leave this arm out.",
        )


def _weights(experiment: ExperimentSpec, table: NarrowFrame, *, arms: tuple[str, ...], arm: Whole) -> Array:
    match experiment.probability:
        case None:
            return (len(arm) / np.bincount(arm))[arm]
        case str(column):
            return 1.0 / read_propensities(table, column, need=NEED)
        case shares:
            by_arm = dict(shares)
            if set(by_arm) != set(arms):
                law = f"the share of each arm that the customers hold, {list(arms)}"
                hint = f"write probability={{{arms[0]!r}: {1 / len(arms):.2g}, ...}}, or leave it out."
                raise refusal(by_arm, "probability", law=law, hint=hint)
            return (1.0 / np.array([by_arm[name] for name in arms]))[arm]


def _is_labels(table: NarrowFrame, column: str) -> bool:
    dtype = table[column].dtype
    return isinstance(dtype, TEXTS) or str(dtype) in {"Boolean", "Object"}


def _known(table: NarrowFrame, column: str, *, labels: bool) -> Array:
    if labels:
        hint = "make them a value of their own, or leave the column out of `balance`."
        return read_labels(table, column, need=NEED, hint=hint).code.astype(np.float64)
    law = f"{NEED} needs a number in `{column}` on every row"
    missing = where_missing(table, column, need=NEED)
    refuse_rows(table, missing, law, hint=BEFORE_HINT, shown=[ID, column])
    values = numbers(table, column, need=NEED)
    law = f"{NEED} needs numbers of at most {MOST:.0e} in `{column}`"
    refuse_rows(table, np.abs(values) > MOST, law, hint="repair them.", shown=[ID, column])
    return values


def _few(words: tuple[str, ...]) -> str:
    return f"{list(words[:5])}" + (f" and {len(words) - 5:,} more values" if len(words) > 5 else "")
