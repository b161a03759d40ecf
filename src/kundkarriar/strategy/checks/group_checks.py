"""Checks of the sizes and purchasing power of the groups exclusive, recurring and moving.

There are more moving than exclusive accounts, and purchasing power has the reverse order. Purchasing power may mean
value per account or in total, so both are checked, and each check says which: value per account rises from moving to
recurring to exclusive, and the exclusive group does not have the lowest total.

Accounts are customers who have bought: prospects count in no group. The checks are about groups of these three names;
groups of other names are not compared.
"""

from itertools import pairwise

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, new_frame
from kundkarriar.ladder.groups.customer_groups import NAMES as GROUPS
from kundkarriar.ladder.groups.customer_groups import PROBABILITIES
from kundkarriar.numerics.special.mixture_labels import expected_size_labels
from kundkarriar.strategy.amount_text import amount, quantity
from kundkarriar.strategy.checks.check import Check, as_frame
from kundkarriar.strategy.plan.customer_table import CustomerTable

NEED = "group_checks"
PROSPECT = "prospect"
"""The rung of `CustomerLadder.groups` below the groups."""
NO_GROUP = "there is no column `group` (see kk.CustomerGroups and kk.CustomerLadder.groups())"
ONE_RUNG = "true by definition: the groups are the rungs of one ladder, which places everyone once"
ONE_LABEL = "true by definition: each customer has one label, by the probabilities of kk.CustomerGroups"
NO_AMOUNTS = "the purchases have no amounts"
MONEY = {"value_12M", "total_value", "clv", "net_value"}
COUNTS = {"purchase_days", "expected_purchases"}
"""Columns of purchases, which a frame has with or without money."""
NOBODY = 0.5
"""Expected accounts below which a group counts as empty."""


def group_checks(customers: FrameT) -> FrameT:
    """Check sizes and purchasing power of the exclusive, recurring and moving groups.

    With the columns p_moving, p_recurring and p_exclusive (from `kk.CustomerGroups`) each account is weighted by its
    group probabilities: sizes are expected sizes, means are weighted means. Else each account counts in its `group`.
    Without an exclusive account there is not enough to say: such checks are not informative.

    Args:
        customers: customer_id; group or the three probabilities; value_12M or total_value (past value); net_value or
            clv (expected value); purchase_days or days_since_purchase: customers without a purchase are prospects, and
            count in no group. Checks of missing columns are not informative.

    Returns:
        check, passed, informative, severity, value, limit, customers (ids that cause a failure), message.

    Raises:
        DataError: probabilities that do not sum to 1.

    >>> import pandas as pd
    >>> base = pd.DataFrame({"customer_id": [1, 2, 3], "group": ["moving", "moving", "exclusive"],
    ...                      "value_12M": [10.0, 20.0, 5.0]})
    >>> print(group_checks(base).loc[1, "message"])
    value_12M per account: exclusive 5.00, moving 15.00; exclusive accounts do not bring more than moving ones
    """
    table = CustomerTable.read(customers, need=NEED)
    return as_frame(all_group_checks(table), ids=table.ids, like=customers)


def group_breaks(customers: FrameT) -> FrameT:
    """The accounts that cause a failed check of `group_checks`, one row per check and account.

    Args:
        customers: as `group_checks`.

    Returns:
        check, customer_id, group, value (past or expected value of the account), limit (mean of the group it is
        compared with); value and limit are missing where the check counts accounts. Empty where every check holds.

    >>> import pandas as pd
    >>> base = pd.DataFrame({"customer_id": [1, 2, 3], "group": ["moving", "moving", "exclusive"],
    ...                      "value_12M": [10.0, 20.0, 5.0]})
    >>> group_breaks(base)[["customer_id", "group", "value", "limit"]].head(1)
       customer_id      group  value  limit
    0            3  exclusive    5.0   15.0
    """
    table = CustomerTable.read(customers, need="group_breaks")
    label = _labels(table)
    rows = [
        (each.check, table.ids[row], GROUPS[label[row]], float(value), float(limit))
        for each in all_group_checks(table)
        for row, value, limit in np.broadcast(each.broken, each.own_value, each.own_limit)
    ]
    names = ("check", "customer_id", "group", "value", "limit")
    return new_frame({name: [row[at] for row in rows] for at, name in enumerate(names)}, like=customers)


def all_group_checks(table: CustomerTable) -> list[Check]:
    """All checks of groups, in the order of `group_checks`."""
    _refuse_wrong_probabilities(table)
    last = "value_12M" if "value_12M" in table.numbers else "total_value"
    columns = {"brought": last, "will bring": table.value_ahead}
    return [
        _more_moving_than_exclusive(table),
        *(_value_per_account_rises(table, column, verb=verb) for verb, column in columns.items()),
        *(_exclusive_total_not_lowest(table, column, verb=verb) for verb, column in columns.items()),
    ]


def one_group_each(table: CustomerTable) -> Check:
    """Check that every customer is in a group."""
    check = "every customer is in exactly one group"
    if "group" not in table.words:
        return Check.impossible(check, why=NO_GROUP)
    own = _own_names(table)
    known = (*(own or GROUPS), PROSPECT)
    outside = np.array([word not in known for word in table.words["group"]], dtype=bool) & ~table.prospects
    count = int(outside.sum())
    return Check(
        check=check,
        passed=not count,
        informative=False,
        severity="error",
        value=float(count),
        limit=0.0,
        broken=outside,
        message=f"{quantity(count, 'customer')} in none of {', '.join(own or GROUPS)}"
        if count
        else ONE_RUNG
        if _has_labels_only(table)
        else ONE_LABEL,
    )


def _more_moving_than_exclusive(table: CustomerTable) -> Check:
    """Check that the moving group has more accounts than the exclusive group."""
    check = "more moving than exclusive accounts"
    if why := _not_comparable(table):
        return Check.impossible(check, why=why)
    moving, _, exclusive = _weights(table).sum(axis=0)
    passed = bool(moving > exclusive)
    sized = "" if _has_labels_only(table) else ", as the probabilities expect"
    why = "" if passed else ": too few new accounts come in, or the bar for exclusive is low"
    return Check(
        check=check,
        passed=passed,
        value=float(moving),
        limit=float(exclusive),
        broken=None if passed else _labels(table) == GROUPS.index("exclusive"),
        message=f"{moving:,.0f} moving and {exclusive:,.0f} exclusive accounts{sized}{why}",
    )


def _value_per_account_rises(table: CustomerTable, column: str, *, verb: str) -> Check:
    """Check that mean value per account is exclusive > recurring > moving, over groups with members."""
    check = f"exclusive accounts {verb} more than recurring, recurring than moving"
    sums = _sums(table, column)
    if isinstance(sums, str):
        return Check.impossible(check, why=sums)
    means = {name: total / size for name, (total, size) in sums.items()}
    values, label = table.numbers[column], _labels(table)
    falls = [(low, high) for low, high in pairwise(means) if not means[high] > means[low]]
    limit = np.full(len(table), np.nan)
    for low, high in falls:
        limit[(label == GROUPS.index(high)) & (values <= means[low])] = means[low]
    broken = ~np.isnan(limit)
    shown = ", ".join(f"{name} {amount(mean, table.currency)}" for name, mean in reversed(means.items()))
    wrong = "".join(f"; {high} accounts do not bring more than {low} ones" for low, high in falls)
    lower, higher = falls[0] if falls else list(means)[-2:]
    return Check(
        check=check,
        passed=not falls,
        value=means[higher],
        limit=means[lower],
        broken=broken,
        own_value=values[broken],
        own_limit=limit[broken],
        message=f"{column} per account: {shown}{wrong}",
    )


def _exclusive_total_not_lowest(table: CustomerTable, column: str, *, verb: str) -> Check:
    """Check that the exclusive group's total exceeds the lowest total of the other groups."""
    check = f"exclusive accounts together {verb} more than the lowest other group"
    sums = _sums(table, column)
    if isinstance(sums, str):
        return Check.impossible(check, why=sums)
    own, accounts = sums.pop("exclusive")
    lowest = min(sums, key=lambda name: sums[name][0])
    limit, size = sums[lowest]
    mean, passed = limit / size, own > limit
    values, exclusive = table.numbers[column], _labels(table) == GROUPS.index("exclusive")
    few_accounts = own / accounts > mean  # each is worth more, but there are too few
    broken = exclusive & (few_accounts | (values <= mean)) & (not passed)
    others = ", ".join(f"{name} {amount(total, table.currency)}" for name, (total, _) in reversed(sums.items()))
    reason = "there are few of them" if few_accounts else "nor does one account"
    why = "" if passed else f"; exclusive accounts bring no more than {lowest} ones: {reason}"
    return Check(
        check=check,
        passed=passed,
        value=own,
        limit=limit,
        broken=broken,
        own_value=values[broken],
        own_limit=mean,
        message=f"{column} in total: exclusive {amount(own, table.currency)}, {others}{why}",
    )


def _refuse_wrong_probabilities(table: CustomerTable) -> None:
    if _has_labels_only(table):
        return
    given = np.stack([table.numbers[name] for name in PROBABILITIES], axis=1)
    unknown = np.isnan(given).all(axis=1)
    wrong = ~unknown & ~((given >= 0).all(axis=1) & np.isclose(given.sum(axis=1), 1.0, atol=1e-6))
    if wrong.any():
        at = np.flatnonzero(wrong)
        shown = {"row": at.tolist(), "customer_id": [table.ids[row] for row in at]}
        raise DataError.at_rows(
            f"{NEED}: {', '.join(PROBABILITIES)} are probabilities that sum to 1, or all missing",
            shown | {name: given[at, column].tolist() for column, name in enumerate(PROBABILITIES)},
            of=len(table),
            hint="take them as groups.assign(summary) gave them, or leave the three columns out.",
        )


def _sums(table: CustomerTable, column: str) -> dict[str, tuple[float, float]] | str:
    """Total value and number of accounts of each group with members; or the reason why they cannot be compared."""
    if why := _not_comparable(table):
        return why
    if column not in table.numbers:
        unpriced = not MONEY & set(table.numbers) and COUNTS & set(table.numbers)
        return NO_AMOUNTS if unpriced else f"there is no column `{column}`"
    values, weights = table.numbers[column], _weights(table)
    known = ~np.isnan(values)
    total, size = values[known] @ weights[known], weights[known].sum(axis=0)
    sums = {name: (float(total[at]), float(size[at])) for at, name in enumerate(GROUPS) if size[at] >= NOBODY}
    if "exclusive" not in sums:
        return f"not enough to say: no exclusive account has a known `{column}`"
    return sums if len(sums) > 1 else f"not enough to say: only exclusive accounts have a known `{column}`"


def _not_comparable(table: CustomerTable) -> str:
    """Why the groups cannot be compared, whatever their value; "" where they can."""
    if "group" not in table.words and _has_labels_only(table):
        return NO_GROUP
    if own := _own_names(table):
        return f"the groups are {', '.join(own)}, and the laws are about {', '.join(GROUPS)}"
    if _weights(table)[:, GROUPS.index("exclusive")].sum() < NOBODY:
        return "not enough to say: there is no exclusive account"
    return ""


def _own_names(table: CustomerTable) -> tuple[str, ...]:
    """The names of the groups, where none of them is one of the three; else none."""
    if not _has_labels_only(table):
        return ()
    names = {word for word in table.word("group") if word is not None}
    return () if names & set(GROUPS) else tuple(sorted(names - {PROSPECT}))


def _weights(table: CustomerTable) -> Array:
    """Weight of each account in each group, (n, 3); 0 for prospects, and without groups."""
    if not _has_labels_only(table):
        weights = np.nan_to_num(np.stack([table.numbers[name] for name in PROBABILITIES], axis=1))
    else:
        weights = np.stack([table.word("group") == name for name in GROUPS], axis=1).astype(np.float64)
    return np.where(table.prospects[:, None], 0.0, weights)


def _has_labels_only(table: CustomerTable) -> bool:
    """Whether a column of group probabilities is missing, so that accounts count by their label."""
    return not all(name in table.numbers for name in PROBABILITIES)


def _labels(table: CustomerTable) -> Whole:
    """Each account's group, (n,): its label, else the one that probabilities give it; -1 where there is none."""
    weights = _weights(table)
    if "group" in table.words:
        own = np.stack([table.word("group") == name for name in GROUPS], axis=1) & ~table.prospects[:, None]
        return np.where(own.any(axis=1), own.argmax(axis=1), -1)
    known = weights.any(axis=1)
    label = np.full(len(table), -1)
    label[known] = len(GROUPS) - 1 - expected_size_labels(weights[known, ::-1], np.ones(known.sum()))
    return label
