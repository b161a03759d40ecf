"""What first orders foretell: size, return and events after them, and the share of customers who bought again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arguments import refusal
from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.career.worth.older_customers import warn_of_older
from kundkarriar.dates.period import Period, as_period
from kundkarriar.errors import DataError
from kundkarriar.frames import new_frame, text_column
from kundkarriar.history.as_of.facts_as_of import FactsAsOf
from kundkarriar.history.sorted_entries import keys
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.numerics.money.exact_sums import by_window
from kundkarriar.numerics.shares.mean_interval import mean_interval
from kundkarriar.numerics.shares.wilson import difference_of_shares, wilson_interval
from kundkarriar.scoring.newcomers.first_purchases import FirstPurchases

DAYS_AFTER = 60
"""Days after the first order in which a return or an event counts as one of the first order."""
THIRDS = ("smallest third", "middle third", "largest third")
TEXTS, MONEY = ("predictor", "group"), ("first_value", "later_value", "later_low", "later_high")
NEED = "career.first_orders"


@frozen(kw_only=True, eq=False)
class FirstOrders:
    """First orders that lie a span or more back, and what followed each within the span.

    Attributes:
        facts: purchases and events.
        code, day, amount: customer, day and amount of each first order, (n,).
        span: days of the span.
    """

    facts: FactsAsOf
    code: Whole
    day: Whole
    amount: Array
    span: int

    @classmethod
    def of(cls, history: LadderHistory[Any], *, within: Period) -> FirstOrders:
        """The first orders of a history; those of customers in the burn-in are not known, and are left out.

        Raises:
            DataError: a span that ends before returns and events are counted; no first order lies so far back.

        Warns:
            DataWarning: many of these customers may be older than the data.
        """
        span = round(within.days)
        if span <= DAYS_AFTER:
            law = f"longer than the {DAYS_AFTER} days in which returns and events are counted"
            raise refusal(str(within), "within", law=law, hint='write within="6M".')
        facts = history.facts_as_of
        first = FirstPurchases.of(facts.days, as_of=facts.as_of, burn_in=history.burn_in)
        seen = first.day + span <= first.as_of
        if not seen.any():
            raise DataError.because(
                f"{NEED}: no first order lies {within} or more before {facts.as_of}, so that nobody's second purchase "
                "within that span is known.",
                hint='a shorter span, within="3M", or a longer history.',
            )
        warn_of_older(first, among=seen, need=NEED)
        return cls(facts=facts, code=first.code[seen], day=first.day[seen], amount=first.spend[seen], span=span)

    def frame(self, *, level: float, like: Any) -> Any:
        """The table of `FittedCareer.first_orders`."""
        rows = list(self._rows(level=level))
        names = [name for name in rows[0] if name not in ("predictor", "group")]
        names = [name for name in names if self.facts.priced or (not name.endswith("_value") and "later" not in name)]
        texts = {name: text_column([row[name] for row in rows], like=like) for name in ("predictor", "group")}
        return new_frame(texts | {name: np.array([row[name] for row in rows]) for name in names}, like=like)

    def _rows(self, *, level: float) -> Iterator[dict[str, Any]]:
        everyone = np.ones(len(self.code), dtype=bool)
        silent = ~self._bought(0, DAYS_AFTER)
        yield self._row("all", "all", everyone, among=everyone, after=0, level=level)
        for name, own in self._thirds().items():
            yield self._row("size", name, own, among=everyone, after=0, level=level)
        for name, told in self._told().items():
            if (told & silent).any() and (~told & silent).any():
                for group, own in (("yes", told), ("no", ~told)):
                    yield self._row(name, group, own & silent, among=silent, after=DAYS_AFTER, level=level)

    def _row(self, predictor: str, group: str, own: Mask, *, among: Mask, after: int, level: float) -> dict[str, Any]:
        """A row: of a group of customers, and of its difference to the rest of those `among` whom it is."""
        again, rest = self._bought(after, self.span), among & ~own
        counts = [np.array([float(each.sum())]) for each in (again & own, own, again & rest, rest)]
        low, high = wilson_interval(k=counts[0], n=counts[1], level=level)
        names = ("k", "n", "other_k", "other_n")
        differs = difference_of_shares(**dict(zip(names, counts, strict=True)), level=level)
        later = mean_interval(self._spent(after, self.span)[own], level=level)
        first, _, _ = mean_interval(self.amount[own], level=level)
        return {
            "predictor": predictor,
            "group": group,
            "customers": int(own.sum()),
            "first_value": first,
            "share": float(counts[0][0] / counts[1][0]),
            "low": float(low[0]),
            "high": float(high[0]),
            **dict(
                zip(("difference", "difference_low", "difference_high"), (float(x[0]) for x in differs), strict=True)
            ),
            **dict(zip(("later_value", "later_low", "later_high"), later, strict=True)),
        }

    def _thirds(self) -> dict[str, Mask]:
        """Customers by the size of the first order; equal amounts are in one group, and a group may be empty."""
        if not self.facts.priced:
            return {}
        third = np.searchsorted(np.quantile(self.amount, [1 / 3, 2 / 3]), self.amount, side="left")
        groups = {name: third == place for place, name in enumerate(THIRDS) if (third == place).any()}
        return groups if len(groups) > 1 else {}

    def _told(self) -> dict[str, Mask]:
        """Of whom each thing happened within some days of the first order: a return, each event by its name."""
        rows = self.facts.days.ledger.rows
        back = np.flatnonzero(rows.returned)
        returned = np.sort(keys(code=rows.code[back], day=rows.time[back] // rows.ticks))
        events = {} if self.facts.events is None else self.facts.events.keys
        return {
            name: self._count(entries, -1, DAYS_AFTER) > 0
            for name, entries in {"returned": returned, **dict(sorted(events.items()))}.items()
        }

    def _bought(self, after: int, until: int) -> Mask:
        """Who bought again more than `after` and up to `until` days after the first order, (n,)."""
        return self._count(self._purchases, after, until) > 0

    def _spent(self, after: int, until: int) -> Array:
        """Spend of these purchases, (n,)."""
        return by_window(self.facts.days.spend, *self._window(self._purchases, after, until))

    @property
    def _purchases(self) -> Whole:
        return keys(code=self.facts.days.code, day=self.facts.days.day)

    def _count(self, entries: Whole, after: int, until: int) -> Whole:
        start, end = self._window(entries, after, until)
        return end - start

    def _window(self, entries: Whole, after: int, until: int) -> tuple[Whole, Whole]:
        """Positions of each customer's entries more than `after`, up to `until` days after the first order, (n,)."""
        ends = (keys(code=self.code, day=self.day + days) for days in (after, until))
        start, end = (np.searchsorted(entries, each, side="right") for each in ends)
        return start, end


def first_orders(history: LadderHistory[Any], *, within: Any, level: float, like: Any) -> Any:
    """The table of `FittedCareer.first_orders`, of a history."""
    return FirstOrders.of(history, within=as_period(within, name="within")).frame(level=level, like=like)
