"""Segmentations of customers judged by how well they separate later value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from attrs import frozen

from kundkarriar.arguments import COLUMN, LEVEL, WholeNumber, read_seed
from kundkarriar.arrays import Array, Whole
from kundkarriar.classes.segment_schemes import NEED, Scheme, read_schemes
from kundkarriar.classes.value_column import LARGEST
from kundkarriar.customer_ids import ONE_ROW_HINT, positions, unique_ids
from kundkarriar.errors import warn
from kundkarriar.frames import FrameT, NarrowFrame, narrow, new_frame, numbers, refuse_rows, require, text_column
from kundkarriar.numerics.sampling.stable_hash import stable_hash
from kundkarriar.numerics.segments.adjusted_rand import adjusted_rand
from kundkarriar.numerics.segments.separation import Separation, eta_squared, separations, standardised

VALUE, PURCHASES = "value", "purchases"
"""The columns of later value in `kk.holdout_table`, and of a table without amounts."""
HOLDOUT_HINT = "kk.holdout_table(summary, holdout, until=...) has a row for each customer of the summary."
REPEATS = WholeNumber(least=10, most=100_000, example=200)
RELABELLED = 10
"""Halves that a segmenter labels anew: the mean of so many adjusted Rand indices is known well enough."""


def judge_segments(
    customers: FrameT,
    holdout: Any,
    *,
    by: Any = (),
    segmenters: Any = None,
    value: str | None = None,
    level: float = 0.95,
    repeats: int = 200,
    seed: int | np.random.Generator = 1,
) -> FrameT:
    """How well segmentations separate what customers brought later; one that does not fails.

    Groups are those of the day of `customers`, and the value came after it, so nothing is judged by what made it.
    Columns of behaviour and of demography can be judged side by side. The share of variance in amounts of single
    customers is small for any scheme: chance decides most of it. Compare schemes with each other, and with `p_chance`.

    Args:
        customers: one row per customer as of a day: customer_id, and columns of labels (text, truth values, dates, or
            numbers with few values), as from `career.customers()`.
        holdout: one row per customer with the later value, as from `kk.holdout_table`. Customers who are not in
            `customers` are left out with a warning.
        by: schemes, each the name of a column, or a tuple of columns that are crossed: ["rung", ("rung", "abc")].
        segmenters: functions by name that label a frame of customers anew, where groups depend on all customers:
            {"fifth": lambda frame: pd.qcut(frame["total_value"], 5, labels=False)}. They are judged as columns are,
            and by whether half of the customers are grouped alike without the other half.
        value: the column of later value in `holdout`, any amount; None: value, or purchases without it.
        level: level of the intervals; the chance that a scheme of noise passes is below 1 - level for each scheme.
        repeats: number of shuffles and of random halvings, the same for all schemes. A million customers and five
            schemes take some seconds with 200.
        seed: seed of both; the order of rows changes nothing.

    Returns:
        One row per scheme, those of `by` first: segmentation (columns joined by " x "); groups; customers; smallest
        (customers in the smallest group); unlabelled (customers without a label, who are a group of their own; in
        crossed schemes, without one of the labels); eta_squared (share of the variance of later value that lies between
        groups, 0 to 1; more groups never have less); eta_squared_buying (the same of whether the later value is above
        0, which is less noisy; missing where all or none are); p_chance (share of shuffles that reach this eta_squared,
        at least 1 / (repeats + 1)); explained (share of the variance in one half of the customers that the group means
        of the other half explain; below 0 where they foretell worse than one mean of all); low, high (of that, central
        interval over halves); order_kept (share of pairs of customers in different groups whose groups have the same
        order of means in both halves: .5 by chance, 1 stable; missing for one group); adjusted_rand (of segmenters:
        agreement of the groups of a half labelled alone and labelled with all, 1 the same, 0 by chance; else missing);
        passed (p_chance at most 1 - level, and explained above 0); informative (False where it cannot be judged, as
        all later values are equal); message.

    Raises:
        DataError: customers who are not in the holdout, ids twice, missing values, columns that are not there, or
            schemes with more than 1,000 groups or less than two customers a group.

    Warns:
        DataWarning: customers of the holdout who are not in `customers`.

    >>> import kundkarriar as kk
    >>> calibration, holdout = kk.split(kk.datasets.load_cdnow(sample=True), at="1997-09-30")
    >>> summary = kk.summarize(calibration, as_of="1997-09-30")
    >>> later = kk.holdout_table(summary, holdout, until="1998-06-30")
    >>> customers = kk.CustomerLadder.kundkarriar().place(calibration, as_of="1997-09-30")
    >>> customers["odd id"] = customers["customer_id"] % 2
    >>> judged = judge_segments(customers, later, by=["rung", ("rung", "lapsed"), "odd id"])
    >>> judged[["segmentation", "groups", "eta_squared", "explained", "passed"]].round(3)
        segmentation  groups  eta_squared  explained  passed
    0           rung       3        0.187      0.181    True
    1  rung x lapsed       5        0.193      0.186    True
    2         odd id       2        0.000     -0.001   False

    Source: eta squared is the correlation ratio, Fisher (1925), Statistical Methods for Research Workers, chapter 7.
    """
    level, repeats = LEVEL.read(level, "level"), REPEATS.read(repeats, "repeats")
    generator = np.random.default_rng(read_seed(seed))
    frame = narrow(customers, need=NEED)
    ids = unique_ids(frame, need=NEED, hint=ONE_ROW_HINT)
    later, called = _later_value(frame, holdout, value)
    schemes = read_schemes(frame, by, segmenters)
    order = np.argsort(stable_hash(ids=ids.to_numpy()), kind="stable")
    z, buying = standardised(later[order]), standardised((later[order] > 0).astype(np.float64))
    # numbered by first appearance in this order, so that names and the order of rows do not change the last digit
    groups = [pd.factorize(scheme.group[order])[0].astype(np.int64) for scheme in schemes]
    found: tuple[Separation | None, ...] = (None,) * len(schemes)
    if z is not None:
        found = separations(z, groups, repeats=repeats, generator=generator)
    verdicts = [
        _Verdict.of(
            scheme,
            separation,
            buying=np.nan if buying is None else eta_squared(buying, group),
            level=level,
            value=called,
        )
        for scheme, separation, group in zip(schemes, found, groups, strict=True)
    ]
    halves = [np.sort(generator.permutation(order)[: len(order) // 2]) for _ in range(RELABELLED)]
    return new_frame(
        {
            "segmentation": text_column([scheme.name for scheme in schemes], like=customers),
            "groups": np.array([scheme.groups for scheme in schemes], dtype=np.int64),
            "customers": np.full(len(schemes), len(frame)),
            "smallest": np.array([np.bincount(scheme.group).min(initial=len(frame)) for scheme in schemes]),
            "unlabelled": np.array([scheme.unlabelled for scheme in schemes], dtype=np.int64),
            **{name: np.array([getattr(each, name) for each in verdicts]) for name in NUMBERS},
            "adjusted_rand": np.array([_alike(scheme, frame, halves) for scheme in schemes]),
            "passed": np.array([each.passed for each in verdicts]),
            "informative": np.array([each.informative for each in verdicts]),
            "message": text_column([each.message for each in verdicts], like=customers),
        },
        like=customers,
    )


NUMBERS = ("eta_squared", "eta_squared_buying", "p_chance", "explained", "low", "high", "order_kept")


@frozen(kw_only=True)
class _Verdict:
    """The numbers of one scheme, and what they say."""

    eta_squared: float = np.nan
    eta_squared_buying: float = np.nan
    p_chance: float = np.nan
    explained: float = np.nan
    low: float = np.nan
    high: float = np.nan
    order_kept: float = np.nan
    passed: bool = True
    informative: bool = True
    message: str

    @classmethod
    def of(cls, scheme: Scheme, found: Separation | None, *, buying: float, level: float, value: str) -> _Verdict:
        if found is None:
            return cls(informative=False, message=f"not checked: customers do not differ in `{value}`")
        numbers: dict[str, Any] = {
            "eta_squared": found.eta_squared,
            "eta_squared_buying": buying,
            "p_chance": found.p_chance,
            "explained": _mean(found.explained),
            "order_kept": _mean(found.order_kept),
        }
        bounds = [(1 - level) / 2, (1 + level) / 2]
        if (known := found.explained[np.isfinite(found.explained)]).size:
            numbers["low"], numbers["high"] = map(float, np.quantile(known, bounds))
        explained, chance = numbers["explained"], numbers["p_chance"]
        passed = chance <= 1 - level and explained > 0
        shares = f"{found.eta_squared:.1%} of the variance of `{value}`"
        if scheme.groups == 1:
            message = "does not separate: all customers are in one group"
        elif passed:
            message = f"separates: {scheme.groups} groups hold {shares}, and explain {explained:.1%} out of sample"
        elif chance > 1 - level:
            message = f"does not separate: {shares} lies between groups, and in {chance:.0%} of shuffles as much"
        else:
            message = "does not separate: means of groups in one half foretell the other half no better than one mean"
        return cls(**numbers, passed=passed, message=message)


def _mean(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else np.nan


def _alike(scheme: Scheme, customers: NarrowFrame, halves: Sequence[Whole]) -> float:
    """Mean adjusted Rand index of a segmenter's groups in halves labelled alone and with all; NaN of columns."""
    if scheme.segmenter is None:
        return np.nan
    alike = [adjusted_rand(first=scheme.group[half], second=scheme.alone(customers, half)) for half in halves]
    return float(np.mean(alike))


def _later_value(customers: NarrowFrame, holdout: Any, value: str | None) -> tuple[Array, str]:
    """The later value of each customer, (n,), and the name of its column.

    Raises:
        DataError: customers who are not in the holdout; missing or infinite values.
    """
    table = narrow(holdout, need=NEED)
    usual = VALUE if VALUE in table.columns else PURCHASES
    column = usual if value is None else COLUMN.read(value, "value")
    require(table, ["customer_id", column], need=NEED)
    among = unique_ids(table, need=NEED, hint=HOLDOUT_HINT)
    values = numbers(table, column, need=NEED)
    law = f"{NEED} needs amounts of at most {LARGEST:.0e} in `{column}`"
    refuse_rows(table, np.abs(values) > LARGEST, law, hint="repair them.", shown=["customer_id", column])
    at = positions(customers["customer_id"], among=among, need=NEED, frame_name="customers", among_name="the holdout")
    law = f"{NEED} needs each customer in the holdout, with 0 for those who did not buy"
    refuse_rows(customers, at < 0, law, hint=HOLDOUT_HINT, shown=["customer_id"])
    if others := len(table) - len(customers):
        warn(f"{NEED}: {others:,} customers of the holdout are not in `customers`, and are left out.")
    return values[at], column
