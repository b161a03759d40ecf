"""Mixture of three groups of buyers, moving, recurring and exclusive, with class probabilities of each customer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from attrs import field, frozen
from attrs.validators import optional

from kundkarriar.arguments import (
    COLUMN,
    COUNT,
    LEVEL,
    SEED,
    SHARE,
    Text,
    WholeNumber,
    read_many,
    refusal,
    to_float,
)
from kundkarriar.dates.period import DAYS
from kundkarriar.errors import ConvergenceError, DataError
from kundkarriar.fields import PARAMETER, ROUNDING, instance_of
from kundkarriar.frames import FrameT, add_columns, narrow, numbers, require, rows_where, text_column
from kundkarriar.numerics.buyer_groups.fit import fit_groups
from kundkarriar.numerics.buyer_groups.histories import Histories
from kundkarriar.numerics.buyer_groups.likelihood import class_probabilities
from kundkarriar.numerics.buyer_groups.parameters import GroupParams
from kundkarriar.stored import Stored
from kundkarriar.summaries.checked_summary import CheckedSummary, read_purchase_rows
from kundkarriar.summaries.required_weights import refuse_unweighted_rows
from kundkarriar.summaries.summary_laws import GAP_LOG_SUM

NAMES = ("moving", "recurring", "exclusive")
"""The groups in order of loyalty, activity and regularity."""
NEED = "CustomerGroups"
MOST_FITTED = 20_000
"""Customers that the mixture is fitted to, at most. On CDNOW, 4,000 do not determine the size of the smallest group."""
FEWEST = 30
STARTS = WholeNumber(least=1, most=1_000, example=3)
GROUPS = f"kk.BuyerGroup objects named {', '.join(NAMES)}, in this order"
IN_ORDER = "the order gives them their meaning: from the least loyal to the most."


@frozen(kw_only=True)
class CustomerGroups(Stored):
    """Finite mixture of moving, recurring and exclusive buyers; holds no data.

    Exclusive customers seldom drop out, buy at short gaps and at even gaps; recurring customers less so; moving
    customers buy about once. There are no thresholds: each customer gets a probability of each group, given the
    purchases and the time since the last one. For a customer with two purchases the probabilities are uncertain, and
    show it.

    `CustomerLadder.groups()` has the same groups by rules: thresholds that a firm sets, explains and follows month by
    month. The rules say who meets a threshold; the mixture says which kind of buyer a customer is, and how surely.

    Attributes:
        share: a column with the share of wallet, 0 to 1, missing where unknown; None: without it.
        starts: number of random starts of the maximisation.
        seed: seed of the starts.

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1998-06-30", regularity=True)
    >>> groups = CustomerGroups(starts=1, seed=1).fit(summary)
    >>> assigned = groups.assign(summary)
    >>> assigned.loc[:2, ["frequency", "p_moving", "p_recurring", "p_exclusive", "group"]].round(1)
       frequency  p_moving  p_recurring  p_exclusive      group
    0          3       0.0          0.9          0.0  recurring
    1          1       0.6          0.4          0.0     moving
    2          0       0.8          0.2          0.0     moving
    """

    share: str | None = field(default=None, validator=optional(COLUMN))
    starts: int = field(default=3, validator=STARTS)
    seed: int = field(default=1, validator=SEED)

    def fit(self, summary: Any) -> FittedCustomerGroups:
        """Fit the mixture to the purchase histories of a summary.

        Args:
            summary: one row per customer, from `kk.summarize(transactions, as_of=..., regularity=True)`: frequency,
                recency, T, gap_log_sum, period, and the column `share` where one was named. Prospects and customers
                whose entry is unknown are left out.

        Raises:
            DataError: columns are missing, rows that no history can have, a share outside 0 to 1, or too few
                customers.
            ConvergenceError: no maximum was found.
        """
        refuse_unweighted_rows(summary, need=f"{NEED}.fit", hint="pass the summary itself, one row per customer.")
        checked, rows = _read(summary, share=self.share, period=None)
        known = ~checked.unknown[checked.position]
        generator = np.random.default_rng(self.seed)
        usable = rows.at(known).ordered()
        repeats = int((usable.x > 0).sum())
        if len(usable) < FEWEST or repeats < FEWEST:
            raise DataError.because(
                f"{NEED}.fit needs at least {FEWEST} customers who bought again, got {repeats:,} of {len(usable):,}.",
                hint="kk.CustomerLadder.groups() places customers by rules, however few they are.",
            )
        chosen = np.sort(generator.permutation(len(usable))[:MOST_FITTED])
        params, converged = fit_groups(usable.at(chosen), starts=self.starts, generator=generator)
        if not converged:
            raise ConvergenceError.because(
                f"{NEED} did not reach an optimum for {len(chosen):,} customers.", hint="more starts: starts=10."
            )
        return FittedCustomerGroups(
            spec=self,
            period=checked.period,
            groups=[
                BuyerGroup(
                    name=name,
                    weight=params.weights[at],
                    leaves=params.dropout[at],
                    gap=params.gap[at],
                    regularity=params.k[at],
                    share_of_wallet=None if self.share is None else params.share[at],
                )
                for at, name in enumerate(NAMES)
            ],
            alike=params.r,
            concentration=params.concentration,
            n_customers=len(usable),
        )


@frozen(kw_only=True)
class BuyerGroup:
    """Parameters of a group of buyers.

    Attributes:
        name: moving, recurring or exclusive.
        weight: share of all customers, 0 to 1.
        leaves: probability of dropout after a purchase.
        gap: approximate mean gap between the purchases of active customers, in periods.
        regularity: shape k of the gaps: 1 at random, above 1 regular, below 1 clumped.
        share_of_wallet: mean share; None without shares.

    >>> BuyerGroup(name="moving", weight=0.5, leaves=0.7, gap=17, regularity=0.8).gap
    17.0
    """

    name: str = field(validator=Text(among=NAMES))
    weight: float = field(converter=to_float, validator=LEVEL)
    leaves: float = field(converter=to_float, validator=LEVEL)
    gap: float = field(converter=to_float, validator=PARAMETER)
    regularity: float = field(converter=to_float, validator=PARAMETER)
    share_of_wallet: float | None = field(default=None, converter=to_float, validator=optional(SHARE))


def _groups(given: Any) -> tuple[BuyerGroup, ...]:
    groups = read_many(given, "groups", law=GROUPS, hint=IN_ORDER)
    if not all(isinstance(each, BuyerGroup) for each in groups):
        raise refusal(given, "groups", law=GROUPS, hint=IN_ORDER)
    if tuple(group.name for group in groups) != NAMES:
        raise refusal([group.name for group in groups], "groups", law=GROUPS, hint=IN_ORDER)
    return groups


@frozen(kw_only=True, repr=False)
class FittedCustomerGroups(Stored):
    """Mixture of groups of buyers with given parameters: fitted, or built by hand.

    Attributes:
        spec: the spec that was fitted.
        period: the unit of gaps, and of the summaries that can be assigned.
        groups: from moving to exclusive.
        alike: shape of the gamma distribution of purchase rates within a group: the larger, the more alike they are.
        concentration: concentration of the beta distribution of the share of wallet within a group, around its mean.
        n_customers: number of customers of the fit.

    >>> by_hand = FittedCustomerGroups(spec=CustomerGroups(), period="W", alike=2.0, groups=[
    ...     BuyerGroup(name="moving", weight=0.6, leaves=0.7, gap=20, regularity=1),
    ...     BuyerGroup(name="recurring", weight=0.3, leaves=0.1, gap=12, regularity=1),
    ...     BuyerGroup(name="exclusive", weight=0.1, leaves=0.02, gap=4, regularity=3)])
    >>> by_hand.estimates()[["group", "customers", "stays"]]
           group  customers  stays
    0     moving        0.6   0.30
    1  recurring        0.3   0.90
    2  exclusive        0.1   0.98
    """

    spec: CustomerGroups = field(validator=instance_of(CustomerGroups))
    period: str = field(validator=Text(among=tuple(DAYS)))
    groups: tuple[BuyerGroup, ...] = field(converter=_groups)
    alike: float = field(converter=to_float, validator=PARAMETER)
    concentration: float = field(default=2.0, converter=to_float, validator=PARAMETER)
    n_customers: int = field(default=0, validator=COUNT)

    @groups.validator
    def _shares_of_all(self, _: object, groups: tuple[BuyerGroup, ...]) -> None:
        if abs((total := sum(group.weight for group in groups)) - 1) > ROUNDING:
            raise DataError.because(
                f"the weights of `groups` must sum to 1, got {total:.6g}.", hint="they are shares of all customers."
            )

    def __repr__(self) -> str:
        shares = ", ".join(f"{group.weight:.1%} {group.name}" for group in self.groups)
        return f"FittedCustomerGroups({shares}; {self.n_customers:,} customers, period {self.period!r})"

    def estimates(self) -> pd.DataFrame:
        """Parameters of the groups, from moving to exclusive.

        Returns:
            group, customers (share of all), stays (probability of staying after a purchase), gap_days (approximate mean
            days between purchases), regularity (1 at random, above 1 regular, below 1 clumped), share_of_wallet
            (missing without shares).
        """
        return pd.DataFrame(
            {
                "group": [each.name for each in self.groups],
                "customers": [each.weight for each in self.groups],
                "stays": [1 - each.leaves for each in self.groups],
                "gap_days": [each.gap * DAYS[self.period] for each in self.groups],
                "regularity": [each.regularity for each in self.groups],
                "share_of_wallet": np.array([each.share_of_wallet for each in self.groups], dtype=np.float64),
            }
        )

    def assign(self, summary: FrameT) -> FrameT:
        """Probabilities of each group for each customer.

        Args:
            summary: as for `fit`, of these or other customers, in the same period.

        Returns:
            `summary` with p_moving, p_recurring, p_exclusive (they sum to 1) and group, the most probable one, added;
            all missing for prospects. The sums of the probabilities are the expected sizes of the groups; the counts
            of the label are not where many are uncertain.

        Raises:
            DataError: as `fit`, or another period.
        """
        checked, histories = _read(summary, share=self.spec.share, period=self.period)
        distinct, inverse = histories.distinct()
        p = class_probabilities(distinct, self._params())[0][inverse]
        label = np.full(len(checked.prospect), -1)
        label[checked.position] = p.argmax(axis=1)
        columns: dict[str, Any] = {f"p_{name}": checked.spread(p[:, at]) for at, name in enumerate(NAMES)}
        return add_columns(summary, {**columns, "group": text_column(NAMES, label, like=summary)})

    def _params(self) -> GroupParams:
        return GroupParams(
            weights=[group.weight for group in self.groups],
            dropout=[group.leaves for group in self.groups],
            gap=[group.gap for group in self.groups],
            k=[group.regularity for group in self.groups],
            r=self.alike,
            share=[0.5 if group.share_of_wallet is None else group.share_of_wallet for group in self.groups],
            concentration=self.concentration,
        )


def _read(summary: Any, *, share: str | None, period: str | None) -> tuple[CheckedSummary, Histories]:
    """The checked summary, and the history of each of its customers who bought."""
    frame = narrow(summary, need=NEED)
    if GAP_LOG_SUM not in frame.columns:
        raise DataError.because(
            f"{NEED} needs the column `{GAP_LOG_SUM}`, which tells how even the gaps are.",
            hint="kk.summarize(transactions, as_of=..., regularity=True).",
        )
    require(frame, [] if share is None else [share], need=NEED)
    checked = read_purchase_rows(summary, need=NEED, period=period)
    shares = np.full(len(frame), np.nan)
    if share is not None:
        shares = numbers(frame, share, need=NEED, nullable=True)
        outside = (shares < 0) | (shares > 1)
        if outside.any():
            raise DataError.at_rows(
                f"{NEED}: a share of wallet lies between 0 and 1",
                rows_where(frame, outside, ["customer_id", share]),
                of=len(frame),
                hint="per cent are divided by 100; leave missing what is not known.",
            )
    rows = checked.rows
    histories = Histories(
        x=rows.x,
        t_x=rows.t_x,
        T=rows.T,
        gap_log_sum=rows.gap_log_sum,
        share=shares[checked.position],
        weights=rows.weights,
    )
    return checked, histories
