"""Referrals that bring customers: how many do so, how much later, and at what cost."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import Attribute, evolve, field, frozen
from attrs.validators import optional
from numpy.random import Generator

from kundkarriar.arguments import AMOUNT, COLUMN, SHARE, to_float
from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.customer_ids import ids_and_missing, positions
from kundkarriar.dates.calendar_months import month_of
from kundkarriar.dates.period import as_period
from kundkarriar.errors import BrokenRows, CapabilityError, DataError, as_text, warn
from kundkarriar.history.as_of.facts_as_of import FactsAsOf
from kundkarriar.history.sorted_entries import codes, days
from kundkarriar.ladder.events_ahead.events_ahead import REFERRAL
from kundkarriar.scoring.newcomers.first_purchases import FirstPurchases
from kundkarriar.stored import Stored

PRIOR = 0.5
"""Both parameters of the beta prior of a conversion that is learned (Jeffreys)."""
NEED = "kk.Referrals(referred_by=...)"
STANDARD_ERRORS = 3
"""By so many a number of referred newcomers may exceed that of all newcomers by chance."""


def _a_span(_: object, attribute: Attribute[Any], value: Any) -> None:
    as_period(value, name=attribute.name).after(np.datetime64("2000-01-01"))  # raises where it cannot step


@frozen(kw_only=True)
class Referrals(Stored):
    """What comes of the event "referral": some of those who were recommended to become customers.

    How many do is typed in, or learned from customers who say who recommended them; nothing is assumed.

    Attributes:
        conversion: share of referrals that bring a customer, 0 to 1; None: it is learned.
        referred_by: column of `customers=` with the id of the customer who recommended, missing for the others. Each
            of them with a purchase after a referral of that customer came by it.
        cost: cost of each customer who comes by a referral, due at the first purchase: a reward, a first discount.
        lag: from the referral to the first purchase: "1M". A referral that has brought nobody by then brings nobody.

    >>> Referrals(conversion=0.2, cost=15)
    Referrals(conversion=0.2, referred_by=None, cost=15.0, lag='1M')
    >>> Referrals()
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: kk.Referrals needs either `conversion` or `referred_by`: no share of referrals that \
bring a customer is assumed.
    <BLANKLINE>
    Hint: kk.Referrals(conversion=0.2), or kk.Referrals(referred_by="recommended_by") to learn it.
    """

    stored_as = "referrals"
    conversion: float | None = field(default=None, converter=to_float, validator=optional(SHARE))
    referred_by: str | None = field(default=None, validator=optional(COLUMN))
    cost: float = field(default=0.0, converter=to_float, validator=AMOUNT)
    lag: str = field(default="1M", validator=_a_span)

    def __attrs_post_init__(self) -> None:
        if (self.conversion is None) == (self.referred_by is None):
            raise DataError.because(
                "kk.Referrals needs either `conversion` or `referred_by`: no share of referrals that bring a customer "
                f"is assumed{'' if self.conversion is None else ', and none is learned beside one that is typed in'}.",
                hint='kk.Referrals(conversion=0.2), or kk.Referrals(referred_by="recommended_by") to learn it.',
            )

    @property
    def lag_days(self) -> int:
        """The lag in days."""
        return round(as_period(self.lag, name="lag").days)


@frozen(kw_only=True, eq=False)
class PastReferrals:
    """The referrals of a history up to its last day, and what is known of what came of them.

    Attributes:
        referrals: the spec.
        last: the last day, from 1970-01-01.
        begins: first day of all events: referrals before it are not known.
        code, day: customer and day of each referral, (m,).
        brought: the customer whom each referral brought, a place in the history, (m,); -1 for none, or not known.
    """

    referrals: Referrals
    last: int
    begins: int
    code: Whole
    day: Whole
    brought: Whole

    @classmethod
    def of(cls, referrals: Referrals, facts: FactsAsOf) -> PastReferrals:
        """The referrals of a history.

        Raises:
            CapabilityError: the history has no events.
            DataError: it has no referral, or not the column of who recommended; somebody is recommended by themselves.

        Warns:
            DataWarning: who recommended is not known; these customers count as not referred.
        """
        if facts.events is None:
            raise CapabilityError.because(
                'referrals are events, and the history has none: its rate of "referral" is not known.',
                hint="ladder.history(transactions, as_of=..., events=events).",
            )
        found = facts.events.keys.get(REFERRAL, np.empty(0, np.int64))
        if not len(found):
            raise DataError.because(
                f'no event "{REFERRAL}" up to {facts.as_of}, found {sorted(facts.events.keys)[:6]}.',
                hint=f'name the event of a recommendation "{REFERRAL}", or leave `referrals` out.',
            )
        code, day = codes(found), days(found)
        brought = np.full(len(found), -1)
        if referrals.referred_by is not None:
            referred, by = _recommended(referrals.referred_by, facts)
            brought = matched(code, day, referred=referred, by=by, first=facts.first_purchase[referred])
        begins = min(int(days(each).min()) for each in facts.events.keys.values() if len(each))
        last = int(facts.as_of.astype(np.int64))
        return cls(referrals=referrals, last=last, begins=begins, code=code, day=day, brought=brought)

    @property
    def settled(self) -> Mask:
        """Which referrals lie so long back that they bring nobody any more, (m,)."""
        return self.day <= self.last - self.referrals.lag_days

    @property
    def waiting(self) -> Whole:
        """The referrals that may still bring somebody."""
        return np.flatnonzero(~self.settled & (self.brought < 0))

    def conversions(self, draws: int, generator: Generator) -> Array:
        """The share of referrals that bring a customer in each draw, (S,): as typed, or from its posterior.

        Raises:
            DataError: it is learned, and no referral lies a lag back.
        """
        if self.referrals.conversion is not None:
            return np.full(draws, self.referrals.conversion)
        own = self.brought[self.settled] >= 0
        if not len(own):
            raise DataError.because(
                f"no referral lies {self.referrals.lag} or more before {np.datetime64(self.last, 'D')}: what comes of "
                "referrals is not known yet.",
                hint="kk.Referrals(conversion=0.2) states it.",
            )
        return generator.beta(PRIOR + own.sum(), PRIOR + (~own).sum(), draws)

    def others(self, first: FirstPurchases) -> FirstPurchases:
        """The newcomers who did not come by referral, from the day on from which that is known.

        By a conversion that is typed in, as many of each month are left out as referrals brought by expectation.

        Raises:
            DataError: all events are too young to have brought a newcomer; referrals brought more than came.
        """
        since = max(first.begins, self.begins + self.referrals.lag_days)
        if since > self.last:
            raise DataError.because(
                f"events are known from {np.datetime64(self.begins, 'D')} on, less than {self.referrals.lag} before "
                "the last day: how many newcomers came by referral is not known.",
                hint="a longer history of events, or arrivals=None to count no other newcomers.",
            )
        kept = first.day >= since
        if self.referrals.conversion is None:
            kept &= ~np.isin(first.code, self.brought)
        else:
            kept[kept] = self._by_expectation(first.day[kept], since=since, conversion=self.referrals.conversion)
        return evolve(first, begins=since, code=first.code[kept], day=first.day[kept], spend=first.spend[kept])

    def _by_expectation(self, day: Whole, *, since: int, conversion: float) -> Mask:
        """Which newcomers, (n,), are left if in each month as many are left out as referrals brought on average."""
        came = self.day + self.referrals.lag_days
        came = came[(came >= since) & (came <= self.last)]
        expected = conversion * len(came)
        if expected > len(day) + STANDARD_ERRORS * np.sqrt(expected * (1 - conversion)):
            raise DataError.because(
                f"by a conversion of {conversion:g} the {len(came):,} referrals before brought {expected:,.0f} "
                f"customers, and {len(day):,} came at all from {np.datetime64(since, 'D')} on.",
                hint="a lower conversion; or arrivals=None, where the data are a cohort without later newcomers.",
            )
        month, of_referrals = month_of(day) - month_of(since), month_of(came) - month_of(since)
        months = int(month_of(self.last) - month_of(since)) + 1
        brought = np.round(conversion * np.cumsum(np.bincount(of_referrals, minlength=months)))
        out = np.diff(brought, prepend=0.0)
        order = np.lexsort((day, month))
        rank = np.empty(len(day), np.int64)
        starts = np.cumsum(np.bincount(month, minlength=months)) - np.bincount(month, minlength=months)
        rank[order] = np.arange(len(day)) - starts[month[order]]
        return np.asarray(rank >= out[month])


def _recommended(column: str, facts: FactsAsOf) -> tuple[Whole, Whole]:
    """Customers whom somebody recommended to, and who did, places in the history, (k,) each."""
    names = [] if facts.attributes is None else list(facts.attributes.names)
    if facts.attributes is None or column not in names:
        raise DataError.because(
            f"{NEED}: `customers` has no column {column!r}, found {names}.",
            hint="ladder.history(transactions, as_of=..., customers=customers) with the id of who recommended.",
        )
    ids, missing = ids_and_missing(facts.attributes.column(column), need=NEED)
    some = np.flatnonzero(~missing)
    by = positions(
        ids[some], among=facts.customers, need=NEED, frame_name=f"the column {column!r}", among_name="the customers"
    )
    shown = {"customer_id": facts.customers, column: ids}
    if (own := by == some).any():
        law, hint = f"{NEED}: nobody is recommended by themselves", f"leave `{column}` missing where nobody did."
        raise DataError.at_rows(law, BrokenRows(some[own], shown), of=len(some), hint=hint)
    if (unknown := by < 0).any():
        warn(
            f"{NEED}: who recommended {int(unknown.sum()):,} of {len(some):,} customers is neither in the transactions "
            f"nor in `customers`; these count as not referred.\n\n{as_text(BrokenRows(some[unknown], shown))}"
        )
    return some[by >= 0], by[by >= 0]


def matched(code: Whole, day: Whole, *, referred: Whole, by: Whole, first: Whole) -> Whole:
    """The customer whom each referral brought, (m,); -1 for none.

    Each referral brings one customer at most, and the earlier of a customer's referrals the earlier newcomer.

    Args:
        code: the customer of each referral, ascending, (m,).
        day: its day, ascending of each customer, (m,).
        referred: the customers whom somebody recommended to, (k,).
        by: who did, (k,).
        first: day of their first purchase, (k,).

    >>> one = np.array([7, 7]), np.array([10, 20])
    >>> matched(*one, referred=np.array([1, 2, 3]), by=np.array([7, 7, 7]), first=np.array([15, 12, 30])).tolist()
    [2, 3]
    """
    brought = np.full(len(code), -1)
    unused: dict[int, int] = {}
    for at in np.argsort(first, kind="stable").tolist():
        own = int(by[at])
        place = unused.get(own, int(np.searchsorted(code, own)))
        if place < len(code) and code[place] == own and day[place] <= first[at]:
            brought[place], unused[own] = referred[at], place + 1
    return brought
