"""Mixture of three groups of buyers, moving, recurring and exclusive, with class probabilities of each customer."""

from __future__ import annotations

from typing import Any

import numpy as np
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
    read_object,
    refusal,
    to_float,
)
from kundkarriar.arrays import Array
from kundkarriar.dates.period import DAYS, Period, as_period
from kundkarriar.engines.frame_kinds import OwnFrame, frame_of_kind, kind_field, kind_of_frame
from kundkarriar.errors import ConvergenceError, DataError
from kundkarriar.fields import PARAMETER, ROUNDING, instance_of
from kundkarriar.frames import FrameT, add_columns, narrow, numbers, require, rows_where, text_column
from kundkarriar.ladder.groups.repetition import repetition_dates, repetition_table
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.numerics.buyer_groups.fit import fit_groups
from kundkarriar.numerics.buyer_groups.histories import Histories
from kundkarriar.numerics.buyer_groups.likelihood import class_probabilities
from kundkarriar.numerics.buyer_groups.parameters import GroupParams
from kundkarriar.numerics.special.mixture_labels import expected_size_labels
from kundkarriar.stored import Stored
from kundkarriar.summaries.checked_summary import CheckedSummary, read_purchase_rows
from kundkarriar.summaries.required_weights import refuse_unweighted_rows
from kundkarriar.summaries.summary_laws import GAP_LOG_SUM

NAMES = ("moving", "recurring", "exclusive")
"""The groups in order of loyalty, activity and regularity."""
PROBABILITIES = tuple(f"p_{name}" for name in NAMES)
NEED = "CustomerGroups"
MOST_FITTED = 20_000
"""Customers that the mixture is fitted to, at most. On CDNOW, 4,000 do not determine the size of the smallest group."""
FEWEST = 30
ORIGINS = WholeNumber(least=2, most=1_000, example=3)
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
    1          1       0.6          0.4          0.0  recurring
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
        usable, period = self._usable(summary)
        if _too_few(usable):
            raise DataError.because(
                f"{NEED}.fit needs at least {FEWEST} customers who bought again, got {_repeats(usable):,} of "
                f"{len(usable):,}.",
                hint="kk.CustomerLadder.groups() places customers by rules, however few they are.",
            )
        return self._maximised(usable, period=period, kind=kind_of_frame(summary))

    def fit_if_able(self, summary: Any) -> FittedCustomerGroups | None:
        """The mixture of `fit`; None where there are too few customers, or no maximum was found."""
        usable, period = self._usable(summary)
        try:
            return None if _too_few(usable) else self._maximised(usable, period=period, kind=kind_of_frame(summary))
        except ConvergenceError:
            return None

    def _usable(self, summary: Any) -> tuple[Histories, str]:
        """Histories of the customers whose entry is known, and their period."""
        refuse_unweighted_rows(summary, need=f"{NEED}.fit", hint="pass the summary itself, one row per customer.")
        checked, rows = _read(summary, share=self.share, period=None)
        return rows.at(~checked.unknown[checked.position]).ordered(), checked.period

    def _maximised(self, usable: Histories, *, period: str, kind: str) -> FittedCustomerGroups:
        generator = np.random.default_rng(self.seed)
        chosen = np.sort(generator.permutation(len(usable))[:MOST_FITTED])
        params, converged = fit_groups(usable.at(chosen), starts=self.starts, generator=generator)
        if not converged:
            raise ConvergenceError.because(
                f"{NEED} did not reach an optimum for {len(chosen):,} customers.", hint="more starts: starts=10."
            )
        return FittedCustomerGroups(
            spec=self,
            period=period,
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
            frame_kind=kind,
        )


def _repeats(rows: Histories) -> int:
    return int((rows.x > 0).sum())


def _too_few(rows: Histories) -> bool:
    return _repeats(rows) < FEWEST


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
        alike: shape of the gamma distribution of purchase rates within a group: the larger, the more alike they are. A
            fit has at least .75.
        concentration: concentration of the beta distribution of the share of wallet within a group, around its mean.
        n_customers: number of customers of the fit.
        frame_kind: the kind of frame of the summary, which `estimates` gives; not compared.

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
    frame_kind: str = kind_field()

    @groups.validator
    def _shares_of_all(self, _: object, groups: tuple[BuyerGroup, ...]) -> None:
        if abs((total := sum(group.weight for group in groups)) - 1) > ROUNDING:
            raise DataError.because(
                f"the weights of `groups` must sum to 1, got {total:.6g}.", hint="they are shares of all customers."
            )

    def __repr__(self) -> str:
        shares = ", ".join(f"{group.weight:.1%} {group.name}" for group in self.groups)
        return f"FittedCustomerGroups({shares}; {self.n_customers:,} customers, period {self.period!r})"

    def estimates(self) -> OwnFrame:
        """Parameters of the groups, from moving to exclusive.

        Returns:
            group, customers (share of all), stays (probability of staying after a purchase), gap_days (approximate mean
            days between purchases), regularity (1 at random, above 1 regular, below 1 clumped), share_of_wallet
            (missing without shares).
        """
        return frame_of_kind(
            {
                "group": [each.name for each in self.groups],
                "customers": [each.weight for each in self.groups],
                "stays": [1 - each.leaves for each in self.groups],
                "gap_days": [each.gap * DAYS[self.period] for each in self.groups],
                "regularity": [each.regularity for each in self.groups],
                "share_of_wallet": np.array([each.share_of_wallet for each in self.groups], dtype=np.float64),
            },
            self.frame_kind,
        )

    def assign(self, summary: FrameT) -> FrameT:
        """Probabilities of each group for each customer.

        Args:
            summary: as for `fit`, of these or other customers, in the same period.

        Returns:
            `summary` with p_moving, p_recurring, p_exclusive (they sum to 1) and group added; all missing for
            prospects. The sums of the probabilities are the expected sizes of the groups, and as many customers are
            labelled: exclusive are those with the largest p_exclusive, moving those with the largest p_moving among
            the rest. So a label depends on who else is in the summary; customers who are equal have the same one.

        Raises:
            DataError: as `fit`, or another period.
        """
        checked, histories = _read(summary, share=self.spec.share, period=self.period)
        distinct, inverse = histories.distinct()
        p = class_probabilities(distinct, self._params())[0]
        label = np.full(len(checked.prospect), -1)
        label[checked.position] = len(NAMES) - 1 - expected_size_labels(p[:, ::-1], distinct.weights)[inverse]
        columns: dict[str, Any] = {name: checked.spread(p[inverse, at]) for at, name in enumerate(PROBABILITIES)}
        return add_columns(summary, {**columns, "group": text_column(NAMES, label, like=summary)})

    def repetition(
        self, history: LadderHistory[FrameT], *, origins: int = 3, every: str | Period = "6M", level: float = 0.9
    ) -> FrameT:
        """Whether the groups become more repetitive: how often and how evenly the same customers buy, span by span.

        Groups are told by the purchases up to the first date, members count with their probability, and what they do is
        counted in the span after each date. Of the members those are counted who bought again after the last span: so
        who leaves makes no group seem to change. Spans in the same season are comparable: the first and the last are a
        year apart by default.

        Args:
            history: purchases, from `ladder.history` of any ladder; `career.history` is one.
            origins: number of dates, at least 2.
            every: the span after each date; one more follows the last, and shows who stayed.
            level: level at which the intervals of both changes hold together.

        Returns:
            A row for each date and group: as_of, group, customers (expected members as of the first date), stayed
            (those who bought after the last span); of these, in the span after the date, each with its standard error
            in `_error`: purchases_per_year, gap_days (the span by purchases), bought_again (share), regularity (1 at
            random, above 1 regular); the change since the first date of purchases_per_year, and of regularity (where
            three purchases in both spans tell it), each with `_change`, `_low`, `_high`; verdict: "more repetitive"
            where one of the two has surely risen and the other not surely fallen, "less repetitive", "cannot tell",
            missing at the first date. Numbers of fewer than 10 customers are missing. The parameters of the groups are
            taken as known.

        Raises:
            DataError: careers in place of a history, or a history that is too short.

        >>> import kundkarriar as kk
        >>> transactions = kk.datasets.load_cdnow(sample=True)
        >>> history = kk.CustomerLadder.groups().history(transactions, as_of="1998-06-30")
        >>> summary = kk.summarize(transactions, as_of="1998-06-30", regularity=True)
        >>> found = CustomerGroups(seed=1).fit(summary).repetition(history, origins=2, every="4M")
        >>> found.loc[3:, ["group", "stayed", "purchases_per_year", "regularity", "verdict"]].round(1)
               group  stayed  purchases_per_year  regularity      verdict
        3     moving   129.2                 2.6         1.7  cannot tell
        4  recurring   230.3                 4.1         1.3  cannot tell
        5  exclusive    45.6                 8.3         1.2  cannot tell
        """
        read_object(history, "history", kind=LadderHistory, hint="write ladder.history(transactions, as_of=...).")
        known, count, step = history.facts_as_of, ORIGINS.read(origins, "origins"), as_period(every, name="every")
        table: FrameT = repetition_table(
            repetition_dates(known, origins=count, every=step),
            known,
            names=NAMES,
            unit=DAYS[self.period],
            probabilities=self._probabilities,
            level=LEVEL.read(level, "level"),
            like=history.like,
        )
        return table

    def _probabilities(self, histories: Histories) -> Array:
        distinct, inverse = histories.distinct()
        return class_probabilities(distinct, self._params())[0][inverse]

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
