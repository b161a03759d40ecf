"""Actuals: what the customers of a plan bought in its time, and before it, and the contacts that were made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import field, frozen
from attrs.validators import optional

from kundkarriar.arguments import Text, as_shown, refusal
from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.dates_as_integers import date_ticks
from kundkarriar.dates.period import as_day, day_number, is_day
from kundkarriar.errors import DataError, as_text, warn
from kundkarriar.fields import Shaped, instance_of
from kundkarriar.frames import NarrowFrame, rows_where
from kundkarriar.history.ledger.ledger import Ledger, read_ledger
from kundkarriar.history.ledger.transaction_rows import checked_transactions
from kundkarriar.orders.repeated_rows import repeated_rows
from kundkarriar.stored import part
from kundkarriar.stored_forms import LATER, or_null, written
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.review.contacts_made import ContactsMade

NEED = "StrategyPlanner.review"
FRAMES = ("transactions", "contacts")
HINT = 'write actuals={"transactions": transactions, "contacts": contacts}; contacts may be left out.'
QUIET = 5.0
"""Purchases expected in a gap in which none were made: at 5 such a gap is seen once in 148 times."""
SURELY_MISSING = 20.0
"""The same where the user says that the purchases are complete: that is doubted at what is seen in no data."""
AMOUNTS_AT = Text(among=("paid", "list"))
FEW, MANY = 0.05, 0.5
"""Shares of the buyers, or of the plan's customers, that are both: below them the actuals are another's, or told."""
COPIES = 0.02
"""Share of rows that are copies of others from which they are told: a shop has a few, of equal baskets on a day."""


@frozen(kw_only=True, eq=False)
class Bought:
    """What each customer of the plan bought in a span.

    Attributes:
        purchases: days with a purchase, (n,).
        spend: before returns on later days, (n,).
        returned: what was returned in the span on later days, (n,).
    """

    stored_as = "what was bought"
    purchases: Whole = field(validator=Shaped(shape="n", least=0))
    spend: Array = field(validator=Shaped(shape="n"))
    returned: Array = field(validator=Shaped(shape="n"))

    @classmethod
    def within(cls, ledger: Ledger, *, first: Whole, last: Whole) -> Bought:
        """What the first n customers of a ledger bought from the days `first` to the days `last`, (n,) each."""
        n, bought, back = len(first), ledger.purchases, ledger.returns

        def summed(code: Whole, day: Whole, values: Array) -> Array:
            mine = np.flatnonzero(code < n)
            mine = mine[(day[mine] >= first[code[mine]]) & (day[mine] <= last[code[mine]])]
            return np.bincount(code[mine], values[mine], minlength=n).astype(np.float64)

        ones = np.ones(len(bought.amount))
        return cls(
            purchases=summed(bought.code, ledger.purchase_day, ones).astype(np.int64),
            spend=summed(bought.code, ledger.purchase_day, bought.amount),
            returned=summed(back.code, back.time, back.amount),
        )


@frozen(kw_only=True, eq=False)
class Actuals:
    """The actuals of a plan, one entry per customer of the plan.

    Attributes:
        as_of: the last day on which they are complete.
        asked: whether that day was given, and not read from the pace of the purchases.
        first: the day of the first transaction.
        until: the last day that counts of each strategy: that of its target or of the plan, or `as_of`.
        due: the day by which each strategy can be judged.
        priced: whether the purchases have amounts.
        bought: from the plan's first day to `until`.
        before: over equally many days before the plan; None where the transactions do not reach back as far.
        contacts: the contacts that were made; None where no log was given.
        amounts_at: whether amounts are what was "paid", after price cuts, or at the "list" price.
    """

    stored_as = "actuals"
    as_of: str = field(validator=is_day)
    asked: bool = field(validator=instance_of(bool))
    first: str = field(validator=is_day)
    until: tuple[str, ...]
    due: tuple[str, ...]
    priced: bool = field(validator=instance_of(bool))
    bought: Bought = field(validator=instance_of(Bought), metadata=written(part(Bought)))
    before: Bought | None = field(validator=optional(instance_of(Bought)), metadata=written(or_null(part(Bought))))
    contacts: ContactsMade | None = field(
        validator=optional(instance_of(ContactsMade)), metadata=written(or_null(part(ContactsMade)))
    )
    amounts_at: str = field(default="paid", validator=AMOUNTS_AT, metadata=LATER)

    @classmethod
    def read(cls, plan: PlanData[Any], actuals: Any, *, as_of: Any, amounts_at: str = "paid") -> Actuals:
        """The actuals of a plan: see `StrategyPlanner.review`."""
        transactions, contacts = _frames(actuals)
        given = None if as_of is None else as_day(as_of, name="as_of")
        start, due = np.datetime64(plan.start, "D"), due_days(plan)
        if given is not None and given < start:
            raise DataError.because(
                f"`as_of` {given} lies before the plan's first day, {start}: nothing of it has come yet.",
                hint="pass the last day on which the actuals are complete, or leave as_of out.",
            )
        frame, _ = checked_transactions(transactions, need=NEED)
        days = date_ticks(frame, "date", need=NEED)
        first, last = (np.datetime64(int(each), "D") for each in (days.min(), days.max()))
        if last < start or str(first) > max(due):
            where = f"end on {last}, before" if last < start else f"begin on {first}, after"
            day = f"first day, {start}" if last < start else f"last day, {max(due)}"
            raise DataError.because(
                f"the actuals {where} the plan's {day}: they tell nothing of the plan.",
                hint="pass the transactions of the plan's time; those before it may be among them.",
            )
        known = nw.new_series("customer_id", list(plan.customers.ids), backend=frame.implementation)
        ledger = read_ledger(
            transactions,
            as_of=max(last, given or last),
            customers=known.to_frame().to_native(),
            need=NEED,
            transactions_name="the actuals",
            customers_name="the plan",
        )
        _refuse_others(ledger, n=len(plan.customers))
        _refuse_late(ledger, start=start)
        end = given or min(_complete_until(ledger, start=start), np.datetime64(max(due), "D"))
        if given is not None:
            _tell_gap(ledger, start=start, as_of=given)
        until, opening = [min(day, str(end)) for day in due], day_number(start)
        closing = last_days(plan, until)
        if ledger.priced:
            _tell_copies(frame[np.flatnonzero((days >= opening) & (days <= closing.max()))])
        reaches = _complete_from(ledger) <= start - (closing.max() - opening + 1)
        return cls(
            as_of=str(end),
            asked=given is not None,
            first=str(first),
            until=tuple(until),
            due=tuple(due),
            priced=ledger.priced,
            bought=Bought.within(ledger, first=np.full(len(closing), opening), last=closing),
            before=Bought.within(ledger, first=2 * opening - closing - 1, last=np.full(len(closing), opening - 1))
            if reaches
            else None,
            contacts=None if contacts is None else ContactsMade.read(plan, contacts, last=closing, need=NEED),
            amounts_at=AMOUNTS_AT.read(amounts_at, "amounts_at"),
        )


def last_days(plan: PlanData[Any], until: Sequence[str]) -> Whole:
    """The last day that counts of each customer, (n,), by the last days of the strategies."""
    return np.array([day_number(np.datetime64(day, "D")) for day in until], dtype=np.int64)[plan.ledger.strategy]


def due_days(plan: PlanData[Any]) -> Sequence[str]:
    """The day by which each strategy can be judged: that of its target, or the plan's last."""
    last = str(plan.budget.last_day)
    return [last if each.target is None else each.target.until for each in plan.playbook.strategies]


def _frames(actuals: Any) -> tuple[Any, Any]:
    law = "a mapping of frames: 'transactions', and 'contacts' if they are known"
    if not isinstance(actuals, Mapping):
        raise refusal(actuals, "actuals", law=law, hint=HINT)
    if unknown := [each for each in actuals if each not in FRAMES]:
        raise DataError.because(f"`actuals` must be {law}, got {as_shown(unknown)}.", hint=HINT)
    if actuals.get("transactions") is None:
        raise DataError.because("`actuals` has no 'transactions': nothing can be measured without them.", hint=HINT)
    return actuals["transactions"], actuals.get("contacts")


def _refuse_others(ledger: Ledger, *, n: int) -> None:
    """Refuse the actuals of other customers than the plan's; tell where most of the buyers are others."""
    buyers = np.flatnonzero(ledger.purchases.count > 0)
    ours, number = int((buyers < n).sum()), len(buyers)
    if not number:
        raise DataError.because(
            "there are no purchases among the actuals, only returns.", hint="pass what was bought as amounts above 0."
        )
    if ours < FEW * min(number, n) or not ours:
        raise DataError.because(
            f"{ours:,} of the {number:,} customers in the actuals are among the {n:,} of the plan: they are the "
            "actuals of another plan.",
            hint="pass the plan that was made for these customers, or their transactions under the same ids.",
        )
    if ours < MANY * min(number, n):
        warn(f"{NEED}: only {ours:,} of the {number:,} customers in the actuals are among the {n:,} of the plan.")


def _refuse_late(ledger: Ledger, *, start: np.datetime64) -> None:
    """Refuse purchases that begin long after the plan does: the time before them would count as one without any."""
    day = ledger.purchase_day
    first, last = int(day.min()), int(day.max())
    missing = len(day) / (last - first + 1) * (first - day_number(start))
    if missing > SURELY_MISSING:
        raise DataError.because(
            f"the actuals begin on {np.datetime64(first, 'D')}, after the plan's first day, {start}: at their pace "
            f"{missing:,.0f} purchases would be expected between them, and would count as none.",
            hint="pass the transactions of the plan's whole time; those before it may be among them.",
        )


def _pace(ledger: Ledger, start: np.datetime64) -> tuple[np.datetime64, float]:
    """The day of the last purchase since `start`, and purchases a day in the last quarter of the time up to it.

    A base without newcomers buys less and less, so that the whole time would tell a higher pace.
    """
    day = ledger.purchase_day[ledger.purchase_day >= day_number(start)]
    if not len(day):
        return start - 1, 0.0
    last = int(day.max())
    quarter = (last - day_number(start)) // 4 + 1
    return np.datetime64(last, "D"), int((day > last - quarter).sum()) / quarter


def _complete_until(ledger: Ledger, *, start: np.datetime64) -> np.datetime64:
    """The last day until which the purchases may be complete: no more than a few are missing at their pace."""
    last, pace = _pace(ledger, start)
    return max(last + int(QUIET / pace), start) if pace else start


def _complete_from(ledger: Ledger) -> np.datetime64:
    """The first day from which the purchases may be complete, at the pace of all of them."""
    day = ledger.purchase_day
    pace = len(day) / (day.max() - day.min() + 1)
    return np.datetime64(int(day.min()), "D") - int(QUIET / pace)


def _tell_gap(ledger: Ledger, *, start: np.datetime64, as_of: np.datetime64) -> None:
    last, pace = _pace(ledger, start)
    days = int((as_of - last).astype(np.int64))
    if days > 0 and pace * days > SURELY_MISSING:
        warn(
            f"{NEED}: the last purchase is on {last} and as_of is {as_of}: {pace * days:,.0f} purchases would be "
            "expected between them. If the data end earlier, say so by as_of."
        )


def _tell_copies(frame: NarrowFrame) -> None:
    copies = repeated_rows(frame)
    if copies.sum() > COPIES * len(frame):
        warn(
            f"{NEED}: {int(copies.sum()):,} of {len(frame):,} transactions are the same as an earlier one in every "
            "column: their amounts count again. Were two exports joined that overlap? Drop copies, unless they are "
            f"purchases of their own.\n\n{as_text(rows_where(frame, copies))}"
        )
