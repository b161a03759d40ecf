"""Whether groups of buyers become more repetitive: the same customers, span by span, after their group was told.

Three things look like a change where there is none, and the design leaves them out. Who bought often by chance is taken
for exclusive, and seems to tire: so groups are told by the purchases up to the first date, and judged by later ones.
Customers leave: so those are counted who bought again after the last span, and were customers in all spans. And a group
told anew at each date loses those who improve to the group above: so the customers remain the same.

What is left is exchangeable: of customers who do not change, a span before the last purchase is like any other.

Regularity is the shape of gamma distributed gaps, from M = t1 / (t1 + t2) of successive gaps t1 and t2 (Wheat and
Morrison 1990, Journal of Marketing Research 27(1)). M does not depend on t1 + t2, so that neither the end of a span
nor the rates at which customers buy distort it. Gaps within a span would be: the mean gap is its length by purchases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from attrs import frozen
from scipy.special import ndtri

from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.period import Period, day_number
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, new_frame, text_column
from kundkarriar.history.as_of.facts_as_of import FactsAsOf
from kundkarriar.numerics.buyer_groups.histories import Histories

FEWEST = 10
"""Expected customers below which nothing is said of a group."""
YEAR = 365.25
JUDGED = ("purchases_per_year", "regularity")
MORE, LESS, UNKNOWN = "more repetitive", "less repetitive", "cannot tell"


def repetition_dates(known: FactsAsOf, *, origins: int, every: Period) -> list[int]:
    """The dates, in days since 1970-01-01, and the end of the last span: a span before the end of the history.

    Raises:
        DataError: nobody had bought by the first date.
    """
    ends = [every.before(known.as_of)]
    for _ in range(origins):
        ends.append(every.before(ends[-1]))
    dates = [day_number(each) for each in reversed(ends)]
    if not (known.days.day <= dates[0]).any():
        raise DataError.because(
            f"{origins} dates every {every}, and {every} after the last span, need purchases up to {ends[-1]}, and "
            "there are none.",
            hint='fewer or shorter spans: origins=2, every="3M".',
        )
    return dates


def histories_until(known: FactsAsOf, *, until: int, unit: float) -> tuple[Histories, Whole]:
    """Histories of who bought by a day, in periods of `unit` days, and their positions."""
    code, day = (each[known.days.day <= until] for each in (known.days.code, known.days.day))
    who, first, count = np.unique(code, return_index=True, return_counts=True)
    same = code[1:] == code[:-1]
    log_gaps = np.bincount(code[1:][same], weights=np.log(np.diff(day)[same] / unit), minlength=known.n)
    histories = Histories(
        x=count - 1,
        t_x=(day[first + count - 1] - day[first]) / unit,
        T=(until - day[first]) / unit,
        gap_log_sum=log_gaps[who],
        share=np.full(len(who), np.nan),
        weights=np.ones(len(who)),
    )
    return histories, who


@frozen(kw_only=True, eq=False)
class Estimate:
    """An estimate with the influence of each customer on it, (n,): its variance is the sum of their squares."""

    value: float = np.nan
    influence: Array | float = np.nan

    @classmethod
    def ratio(cls, p: Array, y: Array, x: Array) -> Estimate:
        """The ratio of two sums over members, who count with their probability `p`; by the delta method."""
        if p[x > 0].sum() < FEWEST:
            return cls()
        total = float(p @ x)
        ratio = float(p @ y) / total
        return cls(value=ratio, influence=p * (y - ratio * x) / total)

    def moved(self, value: Callable[[float], float], slope: Callable[[float], float]) -> Estimate:
        """A function of the estimate, and its derivative; missing at 0."""
        at = self.value
        return Estimate(value=value(at), influence=self.influence * slope(at)) if at > 0 else Estimate()

    @property
    def error(self) -> float:
        """The standard error."""
        return float(np.sqrt(np.square(self.influence).sum()))

    def change_since(self, earlier: Estimate, *, level: float) -> tuple[float, float, float]:
        """The difference to an earlier estimate of the same customers, and its interval."""
        change = Estimate(value=self.value - earlier.value, influence=self.influence - earlier.influence)
        reach = float(ndtri((1 + level) / 2)) * change.error
        return change.value, change.value - reach, change.value + reach


def span_estimates(known: FactsAsOf, p: Array, *, since: int, until: int) -> dict[str, Estimate]:
    """What members do after the day `since`, up to the day `until`; `p` is the probability of being one, (n,)."""
    code, day = known.days.code, known.days.day
    at = np.flatnonzero((day > since) & (day <= until))
    third = at[at >= 2]
    third = third[(code[third - 2] == code[third]) & (day[third - 2] > since)]  # both gaps lie within the span
    purchases, pairs, uneven = (
        np.bincount(code[each], weights=weights, minlength=known.n).astype(np.float64)
        for each, weights in ((at, None), (third, None), (third, known.unevenness[third]))
    )
    everybody, years = np.ones(known.n), (until - since) / YEAR
    rate = Estimate.ratio(p, purchases / years, everybody)
    return {
        "purchases_per_year": rate,
        "gap_days": rate.moved(lambda r: YEAR / r, lambda r: -YEAR / r**2),
        "bought_again": Estimate.ratio(p, (purchases > 0).astype(np.float64), everybody),
        "regularity": Estimate.ratio(p, uneven, pairs).moved(
            lambda v: (1 - 4 * v) / (8 * v), lambda v: -1 / (8 * v**2)
        ),
    }


def repetition_table(
    dates: Sequence[int],
    known: FactsAsOf,
    *,
    names: Sequence[str],
    unit: float,
    probabilities: Callable[[Histories], Array],
    level: float,
    like: FrameT,
) -> FrameT:
    """The frame of `FittedCustomerGroups.repetition`, a row for each date and group."""
    histories, who = histories_until(known, until=dates[0], unit=unit)
    p = np.zeros((known.n, len(names)))
    p[who] = probabilities(histories)
    members = p.sum(axis=0)
    later = np.zeros(known.n, dtype=bool)
    later[known.days.code[known.days.day > dates[-1]]] = True
    p[~later] = 0.0
    rows: list[dict[str, Any]] = []
    first: list[dict[str, Estimate]] = []
    for since, until in pairwise(dates):
        groups = [span_estimates(known, p[:, at], since=since, until=until) for at in range(len(names))]
        first = first or groups
        for at, (name, group, before) in enumerate(zip(names, groups, first, strict=True)):
            row: dict[str, Any] = {"as_of": np.datetime64(since, "D"), "group": name}
            row |= {"customers": members[at], "stayed": p[:, at].sum()}
            for measure, estimate in group.items():
                row |= {measure: estimate.value, f"{measure}_error": estimate.error}
            # two changes are judged: at this level each, both intervals hold at `level`
            changes = [group[each].change_since(before[each], level=(1 + level) / 2) for each in JUDGED]
            told = [(np.nan,) * 3] * len(JUDGED) if group is before else changes
            for measure, change in zip(JUDGED, told, strict=True):
                row |= {f"{measure}_{end}": each for end, each in zip(("change", "low", "high"), change, strict=True)}
            rows.append(row | {"verdict": None if group is before else _verdict(changes)})
    columns: dict[str, Any] = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    columns |= {name: text_column(columns[name].tolist(), like=like) for name in ("group", "verdict")}
    return new_frame(columns | {"as_of": columns["as_of"].astype("datetime64[us]")}, like=like)


def _verdict(changes: Sequence[tuple[float, float, float]]) -> str:
    """What the intervals of the changes say together."""
    more, less = any(low > 0 for _, low, _ in changes), any(high < 0 for *_, high in changes)
    return UNKNOWN if more == less else MORE if more else LESS
