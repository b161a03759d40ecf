"""Values of rungs from drawn purchases: by the rung now, by month and rung, and of customers who reach a rung."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import define, field, frozen

from kundkarriar.arrays import Array
from kundkarriar.frames import new_frame, text_column
from kundkarriar.ladder.microsimulation.drawn_blocks import DrawnBlock
from kundkarriar.ladder.microsimulation.drawn_money import DrawnMoney
from kundkarriar.ladder.microsimulation.rungs_ahead import RungsAhead

BY_MONTH = "by the rung at the month's end: a purchase counts for the rung that it led to"
SELECTION = "selection: those who reach it are others than those who do not; it is not the worth of the step"


@define(kw_only=True, eq=False)
class RungSums:
    """Sums over customers of net value and of customers, draw by draw, that blocks of customers are added to.

    Attributes:
        ahead: the rungs.
        draws: number of draws, S.
        by_rung: net value by rung now, (S, R).
        monthly: net value by month and rung at its end, (S, h, R).
        months: customers by month and rung, (S, h, R).
        reached: net value of customers below a rung now, who do not reach it and who do, (S, R, 2).
        reaching: number of these, (S, R, 2).
    """

    ahead: RungsAhead
    draws: int
    by_rung: Array = field(init=False)
    monthly: Array = field(init=False)
    months: Array = field(init=False)
    reached: Array = field(init=False)
    reaching: Array = field(init=False)

    def __attrs_post_init__(self) -> None:
        S, h, R = self.draws, len(self.ahead.ends), len(self.ahead.history.rungs)
        self.by_rung, self.monthly, self.months = np.zeros((S, R)), np.zeros((S, h, R)), np.zeros((S, h, R))
        self.reached, self.reaching = np.zeros((S, R, 2)), np.zeros((S, R, 2))

    def add(self, block: DrawnBlock, money: DrawnMoney) -> None:
        """Add a block of customers."""
        S, h, R = self.monthly.shape
        paths = block.paths(self.ahead, draws=S)
        rung = self.ahead.rung_of[paths.whole(draws=S)]
        now = self.ahead.rung_of[self.ahead.current()[block.at]]
        best = rung.max(axis=2)
        for draws, net in money.of(block, draws=S):
            here, own, count = rung[:, draws], np.arange(net.shape[1]), net.shape[1]
            cell = (own[:, None] * h + np.arange(h)) * R + here
            size = (count, h, R)
            self.monthly[draws] += np.bincount(cell.ravel(), weights=net.ravel(), minlength=count * h * R).reshape(size)
            self.months[draws] += np.bincount(cell.ravel(), minlength=count * h * R).reshape(size)
            value = net.sum(axis=2)
            by_now = np.bincount((own * R + now[:, None]).ravel(), weights=value.ravel(), minlength=count * R)
            self.by_rung[draws] += by_now.reshape(count, R)
            for above in range(1, R):
                below = now < above
                does = best[below][:, draws] >= above
                self.reached[draws, above, 1] += (value[below] * does).sum(axis=0)
                self.reached[draws, above, 0] += (value[below] * ~does).sum(axis=0)
                self.reaching[draws, above, 1] += does.sum(axis=0)
                self.reaching[draws, above, 0] += (~does).sum(axis=0)


@frozen(kw_only=True)
class _Row:
    """A row of the table of values."""

    part: str
    ahead: float
    rung: str | None
    customers: float
    drawn: Array
    note: str | None = None


def value_table(sums: RungSums, *, expected: float, level: float, like: Any) -> Any:
    """The frame of `FittedMicrosimulation.value`; `expected` is the total of the scorer."""
    ahead = sums.ahead
    names = [rung.name for rung in ahead.history.rungs]
    size = np.bincount(ahead.rung_of[ahead.current()], minlength=len(names))
    rows = [
        _Row(part="rung now", ahead=np.nan, rung=name, customers=size[at], drawn=sums.by_rung[:, at])
        for at, name in enumerate(names)
        if size[at]
    ]
    months = sums.months.mean(axis=0)
    rows += [
        _Row(
            part="month x rung",
            ahead=month + 1,
            rung=names[at],
            customers=months[month, at],
            drawn=own[:, at],
            note=BY_MONTH,
        )
        for month, own in enumerate(np.moveaxis(sums.monthly, 1, 0))
        for at in np.flatnonzero(months[month])
    ]
    reaching = sums.reaching.mean(axis=0)
    for at, name in enumerate(names):
        for does, part in ((1, "reaches"), (0, "does not reach")):
            if reaching[at, 1] and reaching[at, does]:
                drawn = sums.reached[:, at, does]
                rows.append(
                    _Row(part=part, ahead=np.nan, rung=name, customers=reaching[at, does], drawn=drawn, note=SELECTION)
                )
    total, n = sums.by_rung.sum(axis=1), float(size.sum())
    rows.append(_Row(part="total", ahead=np.nan, rung=None, customers=n, drawn=total))
    error = float(total.std(ddof=1) / np.sqrt(len(total)))
    note = (
        "expected by the scorer at the fitted parameters; the mean of the draws, over their posterior, has a "
        f"Monte Carlo error of {error:,.2f}"
    )
    rows.append(_Row(part="scorer", ahead=np.nan, rung=None, customers=n, drawn=np.array([expected]), note=note))
    return _frame(rows, level=level, like=like)


def _frame(rows: Sequence[_Row], *, level: float, like: Any) -> Any:
    value = np.array([row.drawn.mean() for row in rows])
    bounds = np.array([np.quantile(row.drawn, [(1 - level) / 2, (1 + level) / 2]) for row in rows]).T
    bounds[:, [len(row.drawn) == 1 for row in rows]] = np.nan  # an expectation has no interval of draws
    customers = np.array([row.customers for row in rows])
    return new_frame(
        {
            "part": text_column([row.part for row in rows], like=like),
            "ahead": np.array([row.ahead for row in rows], dtype=np.float64),
            "rung": text_column([row.rung for row in rows], like=like),
            "customers": customers,
            "value": value,
            "low": bounds[0],
            "high": bounds[1],
            "per_customer": value / customers,
            "note": text_column([row.note for row in rows], like=like),
        },
        like=like,
    )
