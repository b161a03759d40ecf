"""The frame of the path of a discount: by the rung on which it is granted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.period import Period
from kundkarriar.effects.discount import Discount
from kundkarriar.frames import new_frame, text_column
from kundkarriar.ladder.discounts.discount_sums import DiscountSums
from kundkarriar.numerics.planning.discount_curve import DiscountCurve
from kundkarriar.numerics.planning.discount_path import break_even_volume, hidden_multiple, margin_ceiling

ROUND = 1e-9
"""Relative rounding errors of shares."""


@frozen(kw_only=True, eq=False)
class DiscountPath:
    """A discount in the world as usual and in those of some shares.

    Attributes:
        discount: the discount.
        usual: the world as usual.
        shares: the shares of the other worlds, the stated one first, (J,); only it where nothing changes.
        changed: these worlds; that as usual alone where nothing changes.
        most: the largest share that is looked at.
        margin_floor: least margin as a share of the paid price; None: none is asked.
        period, horizon: the first period, and the scorer's horizon.
        level: level of the intervals.
        effects_end: how long the effect treats where that is shorter than the horizon; "" where it is not.
    """

    discount: Discount
    usual: DiscountSums
    shares: Sequence[float]
    changed: Sequence[DiscountSums]
    most: float
    margin_floor: float | None
    period: Period
    horizon: Period
    level: float
    effects_end: str = ""

    @property
    def rungs(self) -> Whole:
        """The rungs on which the discount is granted to somebody, (r,)."""
        occurs = np.bincount(self.usual.granting.rung, minlength=self.usual.granting.rungs + 1)
        return np.flatnonzero(occurs[:-1])

    def ceiling(self, rung: int) -> tuple[float, float]:
        """The largest share whose gain covers its cost when granted on a rung, and the largest that was looked at."""
        climbs, g = self.usual.granting.rungs - 1 - rung, self.discount.escalation
        most = min(self.most, max(self.shares), (1 - ROUND) / (1 + g) ** climbs)
        if self.changed[0] is self.usual or most <= 0:
            return 0.0, most
        share = np.array([0.0, *self.shares])
        worlds = (self.usual, *self.changed)
        at, first = np.unique(share, return_index=True)
        margin, net, growing = (
            np.array([getattr(worlds[world], name)[:, rung].mean() for world in first])
            for name in ("margin", "net", "growing")
        )
        curve = DiscountCurve(share=at, margin=margin, costs=margin - net, spend=growing)
        return (curve.ceiling(most=most) if growing.any() else 0.0), most

    def frame(self, *, like: Any) -> Any:
        """The frame of `FittedMicrosimulation.discount_path`."""
        at, granting, discount = self.rungs, self.usual.granting, self.discount
        stated = self.changed[0]
        spend, growing = stated.spend.mean(axis=0)[at], stated.growing.mean(axis=0)[at]
        naive = discount.share * self.usual.first.mean(axis=0)[at]
        gain = (stated.net - self.usual.net)[:, at]
        net = gain - discount.share * stated.growing[:, at]
        low, high = np.quantile(net, [(1 - self.level) / 2, (1 + self.level) / 2], axis=0)
        usual = self.usual.spend.mean(axis=0)[at]
        margin = _ratio(self.usual.margin.mean(axis=0)[at], usual, otherwise=np.nan)
        ceilings, most = np.array([self.ceiling(rung) for rung in at]).reshape(-1, 2).T
        floor = np.full(len(at), np.nan)
        if self.margin_floor is not None:
            floor = margin_ceiling(
                margin=margin,
                least_margin=self.margin_floor,
                escalation=discount.escalation,
                climbs=granting.rungs - 1 - at,
            )
        columns = {
            "customers": np.bincount(granting.rung, minlength=granting.rungs + 1)[at],
            "share": np.full(len(at), discount.share),
            "naive_cost": naive,
            "path_cost": discount.share * growing,
            "hidden_multiple": hidden_multiple(path=discount.share * growing, naive=naive),
            "climb_factor": _ratio(growing, spend, otherwise=1.0),
            "gain": gain.mean(axis=0),
            "net": net.mean(axis=0),
            "low": low,
            "high": high,
            "ceiling": ceilings,
            "margin_ceiling": floor,
            "largest_share": np.fmin(ceilings, floor),
            "break_even_volume": break_even_volume(share=discount.share, margin=margin),
        }
        verdicts = [
            self._verdict({name: values[row] for name, values in columns.items()}, at_least=ceilings[row] >= most[row])
            for row in range(len(at))
        ]
        names = [rung.name for rung in granting.ahead.history.rungs]
        return new_frame(
            {
                "rung": text_column(names, at, like=like),
                **columns,
                "horizon": text_column([str(self.horizon)] * len(at), like=like),
                "verdict": text_column(verdicts, like=like),
            },
            like=like,
        )

    def _verdict(self, row: dict[str, Any], *, at_least: bool) -> str:
        """What is to be thought of the discount on a rung, in a sentence."""
        if row["path_cost"] == 0:
            return f"costs nothing: nothing is bought within {self.horizon}"
        if row["share"] > row["margin_ceiling"] * (1 + ROUND):
            return f"breaks the margin floor: at most {_percent(row['margin_ceiling'])}"
        times = f"{row['hidden_multiple']:,.1f} times its first {str(self.period).removeprefix('1 ')}"
        sums = f"gains {row['gain']:,.0f} and costs {row['path_cost']:,.0f} within {self.horizon}, {times}"
        largest = "no share pays"
        if row["ceiling"] > 0:
            largest = f"{'at least' if at_least else 'at most'} {_percent(row['ceiling'])} pays"
        if self.effects_end:
            largest += f"; the effect ends after {self.effects_end}, and the discount goes on"
        if row["low"] > 0:
            return f"pays: {sums}; {largest}"
        if row["high"] <= 0:
            return f"does not pay: {sums}; {largest}"
        span = f"the difference may be {row['low']:,.0f} to {row['high']:,.0f}"
        return f"cannot tell: {sums}, and {span}; on average {largest}"


def _ratio(above: Array, below: Array, *, otherwise: float) -> Array:
    some = below > 0
    return np.where(some, above / np.where(some, below, 1.0), otherwise)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def climb_factors(sums: DiscountSums) -> Array:
    """Spend times (1 + g)^climbs over spend, of each rung, (R,); 1 where nothing is bought."""
    return _ratio(sums.growing.mean(axis=0), sums.spend.mean(axis=0), otherwise=1.0)
