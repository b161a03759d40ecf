"""Arrivals of new customers: first purchases by month, and how many come in the months ahead."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from attrs import Attribute, evolve, field, frozen
from numpy.random import Generator

from kundkarriar.arguments import COUNT, LEVEL, WholeNumber, read_generator, refusal
from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.calendar_months import month_of
from kundkarriar.dates.period import DAYS, Period, as_day, as_period, day_number, is_day
from kundkarriar.engines.frame_kinds import OwnFrame, frame_of_kind, kind_field, kind_of_frame
from kundkarriar.errors import DataError, warn
from kundkarriar.fields import instance_of
from kundkarriar.history.first_month import most_in_a_first_month
from kundkarriar.history.purchase_days import purchase_days
from kundkarriar.numerics.forecast.arrivals import ArrivalsPosterior, Months, fit_arrivals
from kundkarriar.scoring.draws.drawn_total import interval_around
from kundkarriar.scoring.newcomers.first_purchases import FirstPurchases, months_between
from kundkarriar.season.season import Season, check_season
from kundkarriar.season.whole_years import DAYS_TO_ESTIMATE
from kundkarriar.stored import Stored

NEED = "Arrivals.fit"
FEWEST, FEWEST_DAYS = 10, 84
"""Fewest newcomers, and fewest days on which they are counted."""
FIRST_MONTHS = 28 / DAYS["M"]
MOST_MONTHS = 120
"""Months that are read: what came before the last ten years says nothing about the next."""
FARTHEST_YEARS = 100
"""Months ahead are drawn one by one."""
SILENT_DAYS, SURPRISE = 28, 0.001
"""Arrivals have ended if none came for this many days, and that had this probability at most."""
ENDED_SHAPE = 0.5
"""Shape of the rate's gamma prior after arrivals have ended (Jeffreys): half an arrival in the time without any."""
DRAWS = WholeNumber(least=2, most=100_000, example=4000)
AGAIN_FIT = "kk.Arrivals().fit(transactions, as_of=...) makes it."


def _in_order(fitted: FittedArrivals, attribute: Attribute[Any], last: str) -> None:
    if not (fitted.begins <= last <= fitted.as_of):
        raise refusal(last, attribute.name, law=f"a day from {fitted.begins} to {fitted.as_of}", hint=AGAIN_FIT)


def _counts(value: Any) -> Any:
    return tuple(value) if isinstance(value, list | np.ndarray) else value


def _of_each_month(fitted: FittedArrivals, attribute: Attribute[Any], counts: Any) -> None:
    since, until = (int(month_of(day_number(as_day(day, name="day")))) for day in (fitted.begins, fitted.as_of))
    months = until - since + 1
    whole = isinstance(counts, tuple) and len(counts) == months and all(map(COUNT.holds, counts))
    if not whole or sum(counts) < FEWEST:
        law = f"{months} whole numbers of at least 0, one for each month, with {FEWEST} newcomers or more"
        raise refusal(counts, attribute.name, law=law, hint=AGAIN_FIT)


@frozen(kw_only=True)
class Arrivals(Stored):
    """Specification of a forecast of newcomers: a negative binomial regression of first purchases by month.

    The level of arrivals moves from month to month. The trend is shrunk to none, and halves each year ahead. Arrivals
    follow `season` to a power that is estimated, and from two years of data on each month of the year has an effect.
    `numerics/forecast/arrivals.py` has the formulas and the priors.

    Attributes:
        season: seasonal index, of purchases for example; None: no month is special before two years of data say so.

    >>> import kundkarriar as kk
    >>> shop = kk.testing.make_transactions(customers=1200, seed=1, until="1999-12-31", joining="3Y")
    >>> fitted = Arrivals().fit(shop, as_of="1999-06-30")
    >>> fitted.expected("6M").round(1).tail(1)
      month  expected    low   high
    6   all     206.4  167.0  248.0
    """

    season: Season | None = field(default=None, validator=lambda _, __, value: check_season(value))

    def fit(self, transactions: Any, *, as_of: Any, burn_in: str | None = None) -> FittedArrivals:
        """Count first purchases by month up to `as_of`.

        Args:
            transactions: the standard frame, from `kk.transactions`. Later rows are not read.
            as_of: the last day that counts.
            burn_in: customers first seen within this span after the start of the data may be older than the data
                ("3M"): they are no arrivals.

        Raises:
            DataError: fewer than ten newcomers, or less than twelve weeks after the burn-in; newcomers in a month whose
                index is 0.

        Warns:
            DataWarning: more than twice as many customers as in a later month, and more than chance explains, were
                first seen in the first month after the burn-in, or of the data; arrivals have ended.
        """
        day = as_day(as_of, name="as_of")
        span = None if burn_in is None else as_period(burn_in, name="burn_in")
        fitted = self.of(FirstPurchases.of(purchase_days(transactions, as_of=day, need=NEED), as_of=day, burn_in=span))
        for sentence in fitted.weaknesses:
            warn(f"{NEED}: {sentence}")
        return evolve(fitted, frame_kind=kind_of_frame(transactions))

    def of(self, first: FirstPurchases) -> FittedArrivals:
        """The arrivals of first purchases that have been read."""
        as_of, length = np.datetime64(first.as_of, "D"), first.as_of - first.begins + 1
        begins = np.datetime64(first.begins, "D")
        if length < FEWEST_DAYS:
            raise DataError.because(
                f"{NEED} needs {FEWEST_DAYS} days or more in which newcomers are counted: counting begins on {begins}, "
                f"and `as_of` is {as_of}.",
                hint="a later as_of, or a shorter burn_in.",
            )
        if (n := len(first.day)) < FEWEST:
            raise DataError.because(
                f"{NEED} needs {FEWEST} newcomers or more: too few, {n}, bought for the first time from {begins} to "
                f"{as_of}.",
                hint="a longer history, or a shorter burn_in.",
            )
        if self.season is not None:
            self._refuse_closed(first.day)
        return FittedArrivals(
            arrivals=self,
            begins=str(begins),
            as_of=str(as_of),
            last=str(np.datetime64(int(first.day.max()), "D")),
            counts=first.counts(),
        )

    def _refuse_closed(self, day: Whole) -> None:
        index = np.array(self.season.index if self.season else ())
        wrong = index[month_of(day) % 12] == 0
        if wrong.any():
            closed = sorted({int(month) + 1 for month in month_of(day[wrong]) % 12})
            raise DataError.because(
                f"{NEED}: {wrong.sum():,} newcomers came in months whose index is 0 ({closed}).",
                hint="give these months a small index above 0.",
            )


@frozen(kw_only=True)
class FittedArrivals(Stored):
    """Arrivals counted by month up to a date, and a forecast of those to come.

    Where none came for four weeks or more, although more than a chance of one in a thousand spoke for some, arrivals
    have `ended`: a cohort, or a shop that takes no new customers. Then the time without any is all that is read, as if
    half a customer had come in it.

    Attributes:
        arrivals: the specification.
        begins, as_of: first and last day on which arrivals are counted.
        last: day of the latest first purchase.
        counts: number of newcomers in each calendar month.
        frame_kind: the kind of frame of the transactions, which tables are of; not compared.

    >>> import kundkarriar as kk
    >>> days = {"begins": "2025-01-01", "last": "2025-03-25", "as_of": "2026-03-31"}
    >>> cohort = kk.FittedArrivals(arrivals=kk.Arrivals(), counts=(80, 90, 70, *[0] * 12), **days)
    >>> cohort.ended, float(cohort.expected("12M")["expected"].iloc[-1].round(1))
    (True, 0.5)
    """

    arrivals: Arrivals = field(validator=instance_of(Arrivals))
    begins: str = field(validator=is_day)
    as_of: str = field(validator=is_day)
    last: str = field(validator=[is_day, _in_order])
    counts: tuple[int, ...] = field(converter=_counts, validator=_of_each_month, repr=lambda counts: f"{sum(counts):,}")
    frame_kind: str = kind_field()

    @property
    def n_customers(self) -> int:
        """The number of newcomers counted."""
        return sum(self.counts)

    @property
    def weaknesses(self) -> tuple[str, ...]:
        """What makes the forecast doubtful, one sentence each."""
        told = []
        early, usual = self._first_month
        if early > most_in_a_first_month(usual):
            told.append(
                f"{self.times_usual:.1f} times as many customers a day were first seen in the first month from"
                f" {self.begins} on as later, so that many may be older than the data, and no newcomers: a burn_in, or"
                " a longer one, leaves them out."
            )
        if self.ended:
            silent = self._now - self._last
            told.append(f"nobody new came in the {silent} days since {self.last}: arrivals count as ended.")
        return tuple(told)

    @property
    def times_usual(self) -> float:
        """Newcomers a day in the first four weeks or more, over those from then to the latest; NaN without later ones.

        Calendar months are kept whole. After the latest newcomer are no later days: nobody joins a closed cohort.
        """
        early, usual = self._first_month
        return early / usual if usual > 0 else np.nan

    @property
    def _first_month(self) -> tuple[float, float]:
        """Newcomers in the first four weeks or more, and how many came in a later span of that length."""
        seen, start, _ = months_between(self._begins - 1, self._last, now=self._last, index=None)
        counts = np.array(self.counts, dtype=float)[: len(start)]
        first = 1 + int(np.argmax(np.cumsum(seen.exposure) >= FIRST_MONTHS))
        spans = [max(seen.exposure[part].sum(), FIRST_MONTHS) for part in (slice(first), slice(first, None))]
        usual = float(counts[first:].sum() * spans[0] / spans[1])
        return float(counts[:first].sum()), usual if usual > 0 else np.nan

    @cached_property
    def ended(self) -> bool:
        """Whether arrivals have ended: nobody came for longer than chance explains."""
        if self._now - self._last < SILENT_DAYS:
            return False
        silence, _, _ = months_between(self._last, self._now, now=self._last, index=self._index)
        if not len(silence):
            return False
        until = self._posterior_until(self._last)
        return until.p_none(silence, draws=1000, generator=np.random.default_rng(1)) <= SURPRISE

    @cached_property
    def posterior(self) -> ArrivalsPosterior:
        """The posterior of the regression on all months; not of use where arrivals have `ended`."""
        return self._posterior_until(self._now)

    def expected(self, horizon: str = "12M", *, level: float = 0.9, draws: int = 4000, seed: int = 1) -> OwnFrame:
        """Expected newcomers in each calendar month ahead, and in "all", with a central interval of realised numbers.

        Args:
            horizon: the span after `as_of`.
            level: of the interval, between 0 and 1.
            draws: number of draws for the interval, >= 2.
            seed: a whole number or a numpy Generator.

        Returns:
            month ("2026-07", then "all"), expected, low, high. The first and the last may be part of a month.
        """
        level, draws = LEVEL.read(level, "level"), DRAWS.read(draws, "draws")
        ahead, start, _ = self.ahead(horizon)
        mean = self.mean(ahead)
        drawn = self.drawn(ahead, draws=draws, generator=read_generator(seed))
        rows = [*zip(_names(start), mean, drawn, strict=True), ("all", mean.sum(), drawn.sum(axis=0))]
        bounds = [interval_around(float(expected), numbers, level) for _, expected, numbers in rows]
        return frame_of_kind(
            {
                "month": [month for month, _, _ in rows],
                "expected": [float(expected) for _, expected, _ in rows],
                "low": [low for low, _ in bounds],
                "high": [high for _, high in bounds],
            },
            self.frame_kind,
        )

    def draw(self, horizon: str = "12M", *, draws: int = 200, seed: int | Generator) -> OwnFrame:
        """Drawn numbers of newcomers: month, draw (0, 1, ...), newcomers; parameters, level and counts are drawn.

        Args:
            horizon: the span after `as_of`.
            draws: number of draws, >= 2.
            seed: a whole number or a numpy Generator.
        """
        draws = DRAWS.read(draws, "draws")
        ahead, start, _ = self.ahead(horizon)
        drawn = self.drawn(ahead, draws=draws, generator=read_generator(seed))
        return frame_of_kind(
            {
                "month": np.repeat(_names(start), draws).tolist(),
                "draw": np.tile(np.arange(draws), len(ahead)),
                "newcomers": drawn.astype(np.int64).ravel(),
            },
            self.frame_kind,
        )

    def ahead(self, horizon: str | Period) -> tuple[Months, Whole, Whole]:
        """The calendar months of the horizon, with the first and the last day of each, (m,) each."""
        span = as_period(horizon, name="horizon")
        if span.days > FARTHEST_YEARS * DAYS["Y"]:
            raise DataError.because(
                f"`horizon` of arrivals is at most {FARTHEST_YEARS} years, got {span}.", hint='horizon="12M".'
            )
        end = span.after(as_day(self.as_of, name="as_of"))
        return months_between(self._now, day_number(end), now=self._now, index=self._index)

    def mean(self, ahead: Months) -> Array:
        """Expected number of newcomers in each month ahead, (m,)."""
        if self.ended:
            return np.asarray(ENDED_SHAPE / self._silence * ahead.exposure * np.exp(ahead.log_season))
        return self.posterior.expected(ahead)

    def drawn(self, ahead: Months, *, draws: int, generator: Generator) -> Array:
        """Drawn numbers of newcomers in each month ahead, (m, S)."""
        if self.ended:
            rate = generator.standard_gamma(ENDED_SHAPE, size=draws) / self._silence
            return np.asarray(
                generator.poisson((ahead.exposure * np.exp(ahead.log_season))[:, None] * rate), dtype=float
            )
        return self.posterior.draw(ahead, draws=draws, generator=generator)

    @property
    def _silence(self) -> float:
        """Months since the latest newcomer, weighted by the season."""
        silence, _, _ = months_between(self._last, self._now, now=self._now, index=self._index)
        return float((silence.exposure * np.exp(silence.log_season)).sum())

    @property
    def _index(self) -> tuple[float, ...] | None:
        return None if self.arrivals.season is None else self.arrivals.season.index

    @property
    def _now(self) -> int:
        return day_number(as_day(self.as_of, name="as_of"))

    @property
    def _begins(self) -> int:
        return day_number(as_day(self.begins, name="begins"))

    @property
    def _last(self) -> int:
        return day_number(as_day(self.last, name="last"))

    def _posterior_until(self, to: int) -> ArrivalsPosterior:
        """The posterior of the months up to a day, the latest ten years of them."""
        begins = self._begins
        seen, start, _ = months_between(begins - 1, to, now=to, index=self._index)
        counts = np.array(self.counts, dtype=float)[month_of(start) - int(month_of(begins))]
        latest = slice(-MOST_MONTHS, None)
        some = Months(**{name: getattr(seen, name)[latest] for name in ("exposure", "log_season", "years", "month")})
        return fit_arrivals(counts[latest], some, season=to - begins + 1 >= DAYS_TO_ESTIMATE)


def _names(start: Whole) -> list[str]:
    return [str(np.datetime64(int(day), "D").astype("datetime64[M]")) for day in start]
