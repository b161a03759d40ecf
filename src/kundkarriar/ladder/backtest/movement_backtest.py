"""The result of a backtest of movements, as frames: scores, reliability, sizes of rungs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import Attribute, field, frozen

from kundkarriar.arguments import refusal
from kundkarriar.arrays import Array
from kundkarriar.dates.period import Period
from kundkarriar.fields import instance_of
from kundkarriar.frames import narrow, new_frame, text_column
from kundkarriar.ladder.career_panel import State
from kundkarriar.numerics.forecast.probability_scores import BINS

Scores = tuple[str, str, int, float, float, int]
"""A row of `table`: spec, origin, ahead, log loss, Brier score, customers."""
Bins = tuple[str, tuple[tuple[float, ...], ...]]
"""A spec, and of its forecasts the number, sum and number that came true in each tenth of probability."""
Size = tuple[str, str, int, State, float, float, float, int]
"""A row of `sizes`: spec, origin, ahead, state, expected, low, high, actual."""


def _made_by_backtest(_: object, attribute: Attribute[Any], value: Any) -> None:
    if not (isinstance(value, tuple) and value and all(isinstance(row, tuple) for row in value)):
        hint = "result = kk.backtest_movement([kk.ChainMixture()], history)."
        raise refusal(value, attribute.name, law="what kk.backtest_movement gives", hint=hint)


def _a_frame(_: object, __: object, like: Any) -> None:
    narrow(like, need="MovementBacktest: `like`")


@frozen(kw_only=True, eq=False, repr=False)
class MovementBacktest:
    """Forecasts of rungs from earlier days held against the careers that came; made by `kk.backtest_movement`.

    Methods give new frames of the kind of the careers. `spec` is the class of each movement, numbered where several are
    of one class, or "no change": everyone stays on their rung, as often as customers did so far.

    Attributes:
        horizon: the span of the forecasts.
        level: level of the intervals of sizes.
        scores: the rows of `table`.
        bins: the forecasts of each spec by tenth of probability.
        numbers: the rows of `sizes`.
        like: an empty frame of the kind to return.

    >>> import kundkarriar as kk
    >>> history = kk.CustomerLadder.groups().history(kk.datasets.load_cdnow(sample=True), as_of="1998-06-30")
    >>> chains = kk.ChainMixture(chains=2, mass=10, starts=1)
    >>> kk.backtest_movement([chains], history, origins=2, horizon="3M")
    MovementBacktest(2 origins from 1998-02-28 to 1998-03-31, horizon='3 months', mean log loss: ChainMixture 0.184, \
no change 0.242)
    """

    horizon: Period = field(validator=instance_of(Period))
    level: float
    scores: tuple[Scores, ...] = field(validator=_made_by_backtest)
    bins: tuple[Bins, ...] = field(validator=_made_by_backtest)
    numbers: tuple[Size, ...] = field(validator=_made_by_backtest)
    _like: Any = field(alias="like", validator=_a_frame)

    def __repr__(self) -> str:
        """The origins, and the mean log loss of each spec."""
        origins = sorted({row[1] for row in self.scores})
        span = (
            f"{len(origins)} origins from {origins[0]} to {origins[-1]}"
            if len(origins) > 1
            else f"1 origin, {origins[0]}"
        )
        losses = []
        for spec, _ in self.bins:
            loss, weight = np.array([(row[3], row[5]) for row in self.scores if row[0] == spec]).T
            losses.append(f"{spec} {np.average(loss, weights=weight):.3f}")
        return f"MovementBacktest({span}, horizon={str(self.horizon)!r}, mean log loss: {', '.join(losses)})"

    def equals(self, other: object) -> bool:
        """Whether `other` is a result of equal numbers."""
        parts = ("horizon", "level", "scores", "bins", "numbers")
        return isinstance(other, MovementBacktest) and all(getattr(self, at) == getattr(other, at) for at in parts)

    def table(self) -> Any:
        """Scores of the forecasts of each customer's rung.

        Returns:
            One row per spec, origin and month ahead: spec, origin (text), ahead, log_loss (mean of minus the log of the
            probability given to the rung that came, probabilities below .001 counting as that; lower is better), brier
            (mean squared error of the probabilities, summed over the rungs), customers (known at the origin).
        """
        spec, origin, ahead, log_loss, brier, customers = zip(*self.scores, strict=True)
        columns = {"ahead": ahead, "log_loss": log_loss, "brier": brier, "customers": customers}
        return new_frame(
            {
                **self._texts(spec=spec, origin=origin),
                **{name: np.array(values) for name, values in columns.items()},
            },
            like=self._like,
        )

    def reliability(self) -> Any:
        """Whether what was said with a probability came true so often, over all origins, months and rungs.

        Returns:
            One row per spec and tenth of probability that holds forecasts: spec, at_least and up_to (the bounds),
            customers (number of forecasts, one per customer, origin, month and rung), forecast (mean probability),
            actual (share that came true).
        """
        rows = [
            (spec, at / BINS, (at + 1) / BINS, int(count), total / count, true / count)
            for spec, counted in self.bins
            for at, (count, total, true) in enumerate(zip(*counted, strict=True))
            if count
        ]
        spec, *columns = zip(*rows, strict=True)
        names = ("at_least", "up_to", "customers", "forecast", "actual")
        numbers = {name: np.array(values) for name, values in zip(names, columns, strict=True)}
        return new_frame({**self._texts(spec=spec), **numbers}, like=self._like)

    def sizes(self) -> Any:
        """Numbers of customers on each rung, forecast and seen; rungs that nobody was on nor was expected are left out.

        Returns:
            One row per spec, origin, month ahead and rung: spec, origin (text), ahead, rung, lapsed (where the ladder
            has the flag; missing for a movement that does not tell it), expected, low, high (interval of `level`),
            actual, inside (whether the actual number lies in the interval).
        """
        spec, origin, ahead, state, expected, low, high, actual = zip(*self.numbers, strict=True)
        lapsed = [each.lapsed for each in state]
        flags = {} if all(each is None for each in lapsed) else {"lapsed": lapsed}
        least, most, seen = (np.array(each, dtype=np.float64) for each in (low, high, actual))
        return new_frame(
            {
                **self._texts(spec=spec, origin=origin),
                "ahead": np.array(ahead),
                **self._texts(rung=[each.rung for each in state]),
                **flags,
                "expected": np.array(expected),
                "low": least,
                "high": most,
                "actual": np.array(actual),
                "inside": (least <= seen) & (seen <= most),
            },
            like=self._like,
        )

    def _texts(self, **columns: Sequence[str]) -> dict[str, Any]:
        return {name: text_column(values, like=self._like) for name, values in columns.items()}


def counted(bins: Array) -> tuple[tuple[float, ...], ...]:
    """The rows of an array (3, 10) as tuples."""
    return tuple(tuple(row) for row in bins.tolist())
