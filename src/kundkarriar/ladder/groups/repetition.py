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

from collections.abc import Callable, Collection, Sequence
from itertools import pairwise, product
from typing import Any

import numpy as np
from attrs import evolve, frozen
from scipy.special import stdtrit

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.dates.period import Period, day_number
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, new_frame, text_column
from kundkarriar.history.as_of.facts_as_of import FactsAsOf
from kundkarriar.numerics.buyer_groups.histories import Histories

FEWEST = 10
"""Expected customers below which nothing is said of a group."""
YEAR = 365.25
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
    """An estimate with the influence of each customer on it, (n,): its variance is the sum of their squares.

    Influences are around the estimate itself, as of residuals, so that they are larger by n / (n - 1) in the square;
    `members` is that n, of customers with equal probability who would have as much influence.
    """

    value: float = np.nan
    influence: Array | float = np.nan
    members: float = np.nan

    @classmethod
    def ratio(cls, p: Array, y: Array, x: Array) -> Estimate:
        """The ratio of two sums over members, who count with their probability `p`; by the delta method."""
        if p[x > 0].sum() < FEWEST:
            return cls()
        total, members = float(p @ x), float(p @ x) ** 2 / float(np.square(p * x).sum())
        ratio = float(p @ y) / total
        widened = np.sqrt(members / (members - 1))
        return cls(value=ratio, influence=p * (y - ratio * x) / total * widened, members=members)

    def moved(self, value: Callable[[float], float], slope: Callable[[float], float]) -> Estimate:
        """A function of the estimate, and its derivative; missing at 0."""
        at = self.value
        return evolve(self, value=value(at), influence=self.influence * slope(at)) if at > 0 else Estimate()

    @property
    def error(self) -> float:
        """The standard error."""
        return float(np.sqrt(np.square(self.influence).sum()))

    def change_since(self, earlier: Estimate, *, level: float) -> tuple[float, float, float]:
        """The difference to an earlier estimate of the same customers, and its interval, by Student's t."""
        change = Estimate(value=self.value - earlier.value, influence=self.influence - earlier.influence)
        reach = float(stdtrit(self.members - 1, (1 + level) / 2)) * change.error
        return change.value, change.value - reach, change.value + reach


@frozen(kw_only=True, eq=False)
class Span:
    """What each customer does within a span.

    Attributes:
        rate: purchase days by year, (n,).
        uneven: mean of (M - 1/2)^2 over the pairs of gaps within the span, (n,); NaN without a pair.
    """

    rate: Array
    uneven: Array

    @classmethod
    def within(cls, known: FactsAsOf, *, since: int, until: int) -> Span:
        """The span after the day `since`, up to the day `until`."""
        code, day = known.days.code, known.days.day
        at = np.flatnonzero((day > since) & (day <= until))
        third = at[at >= 2]
        third = third[(code[third - 2] == code[third]) & (day[third - 2] > since)]
        pairs = np.bincount(code[third], minlength=known.n)
        sums = np.bincount(code[third], weights=known.unevenness[third], minlength=known.n)
        return cls(
            rate=np.bincount(code[at], minlength=known.n) * YEAR / (until - since),
            uneven=np.divide(sums, pairs, out=np.full(known.n, np.nan), where=pairs > 0),
        )

    def estimates(self, p: Array) -> dict[str, Estimate]:
        """Those of a group of which each customer is a member with probability `p`, (n,)."""
        everybody = np.ones(len(p))
        rate = Estimate.ratio(p, self.rate, everybody)
        return {
            "purchases_per_year": rate,
            "gap_days": rate.moved(lambda r: YEAR / r, lambda r: -YEAR / r**2),
            "bought_again": Estimate.ratio(p, np.sign(self.rate), everybody),
            "regularity": self.regularity(p, ~np.isnan(self.uneven)),
        }

    def regularity(self, p: Array, of: Mask) -> Estimate:
        """The regularity of some of the members, each of whom counts once, however many pairs there are."""
        uneven = Estimate.ratio(p, np.where(of, self.uneven, 0.0), of.astype(np.float64))
        return uneven.moved(lambda v: (1 - 4 * v) / (8 * v), lambda v: -1 / (8 * v**2))

    def changes_since(self, earlier: Span, p: Array, *, level: float) -> dict[str, tuple[float, float, float]]:
        """What is judged: the changes of rate and regularity; that of those who have pairs of gaps in both spans.

        Else who buys less often would count less in the later span, and others with another regularity more.
        """
        both = ~np.isnan(self.uneven + earlier.uneven)
        rate, before = (Estimate.ratio(p, each.rate, np.ones(len(p))) for each in (self, earlier))
        return {
            "purchases_per_year": rate.change_since(before, level=level),
            "regularity": self.regularity(p, both).change_since(earlier.regularity(p, both), level=level),
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
    spans = [Span.within(known, since=since, until=until) for since, until in pairwise(dates)]
    rows: list[dict[str, Any]] = []
    for (number, span), (at, name) in product(enumerate(spans), enumerate(names)):
        row: dict[str, Any] = {"as_of": np.datetime64(dates[number], "D"), "group": name}
        row |= {"customers": members[at], "stayed": p[:, at].sum()}
        for measure, estimate in span.estimates(p[:, at]).items():
            row |= {measure: estimate.value, f"{measure}_error": estimate.error}
        # two changes are judged: at this level each, both intervals hold at `level`
        changes = span.changes_since(spans[0], p[:, at], level=(1 + level) / 2)
        for measure, change in changes.items():
            told = change if number else (np.nan,) * 3
            row |= {f"{measure}_{end}": each for end, each in zip(("change", "low", "high"), told, strict=True)}
        rows.append(row | {"verdict": _verdict(changes.values()) if number else None})
    columns: dict[str, Any] = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    columns |= {name: text_column(columns[name].tolist(), like=like) for name in ("group", "verdict")}
    return new_frame(columns | {"as_of": columns["as_of"].astype("datetime64[us]")}, like=like)


def _verdict(changes: Collection[tuple[float, float, float]]) -> str:
    """What the intervals of the changes say together."""
    more, less = any(low > 0 for _, low, _ in changes), any(high < 0 for *_, high in changes)
    return UNKNOWN if more == less else MORE if more else LESS
