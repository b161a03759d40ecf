"""Purchases of customers who never were, from the process that the models assume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from kundkarriar.errors import DataError
from kundkarriar.history.period import DAYS, Period, as_day
from kundkarriar.season.warped_time import lead

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from kundkarriar.season.season import Season

# Fitted to the purchases of CDNOW, in weeks and dollars.
BUYING = {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}
SPENDING = {"p": 6.25, "q": 3.74, "gamma": 15.4}
RETURN_WITHIN_DAYS = 30


def make_transactions(
    *,
    customers: int = 500,
    seed: int | Generator,
    start: Any = "1997-01-01",
    until: Any = "1998-06-30",
    joining: str = "3M",
    returns: float = 0.0,
    season: Season | None = None,
) -> pd.DataFrame:
    """Purchases that could have happened: what the MBG/NBD and Gamma-Gamma models assume, drawn.

    Each customer buys once on a day within `joining`, leaves after each purchase with a probability of their
    own, and until then buys on at a rate of their own; orders vary round a mean of their own. The parameters
    are close to those fitted to CDNOW, so about half the customers never come back and a few bring most.

    Args:
        customers: how many; every one buys at least once.
        seed: the same int gives the same purchases.
        start: the first day on which customers join.
        until: the last day of the data.
        joining: how long customers join for: "3M".
        returns: the share of purchases returned in full, within 30 days of the purchase.
        season: when in the year customers buy; who joins in a closed month buys on the first day after it.

    Returns:
        customer_id (int, from 1), date (midnight), amount (> 0, or the negative of a purchase that came
        back), by date; some customers buy twice on a day.

    Source: Batislam, Denizel and Filiztekin (2007), IJRM 24(3); Fader and Hardie (2013), Gamma-Gamma note.

    >>> transactions = make_transactions(customers=3, seed=1)
    >>> transactions.columns.tolist(), int(transactions["customer_id"].nunique())
    (['customer_id', 'date', 'amount'], 3)
    """
    if not (isinstance(customers, int) and customers >= 1):
        raise ValueError(f"'customers' must be a whole number of at least 1: {customers!r}")
    if not 0.0 <= returns <= 1.0:
        raise ValueError(f"'returns' must lie between 0 and 1: {returns}")
    first, last = as_day(start, name="start"), as_day(until, name="until")
    days = int((last - first).astype(np.int64))
    if days < 1:
        raise DataError.because(f"`until` must come after `start`: {last} and {first}.", hint="swap them.")
    generator = np.random.default_rng(seed)
    joined = generator.integers(0, min(round(Period.of(joining).days), days), size=customers)
    who, day = _in_season(joined, first, days, generator, season) if season else _purchases(joined, days + 1, generator)
    day = np.floor(day).astype(np.int64)
    amount = _amounts(who, customers, generator)
    back = np.flatnonzero(generator.random(len(who)) < returns)
    back_day = day[back] + generator.integers(1, RETURN_WITHIN_DAYS + 1, size=len(back))
    seen = back_day <= days
    frame = pd.DataFrame(
        {
            "customer_id": np.concatenate((who, who[back[seen]])) + 1,
            "date": first + np.concatenate((day, back_day[seen])).astype("timedelta64[D]"),
            "amount": np.concatenate((amount, -amount[back[seen]])),
        }
    )
    frame["date"] = frame["date"].astype("datetime64[ns]")
    return frame.sort_values(["date", "customer_id"], kind="stable", ignore_index=True)


def _in_season(
    joined: NDArray[np.int64], first: np.datetime64, last: int, generator: Generator, season: Season
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Customer and time of every purchase: drawn at steady rates, in time that runs as the season does."""
    every = np.arange(last + 2)
    ahead = lead(day=first.astype(np.int64) + every, index=season.index)
    warped = every + ahead - ahead[0]
    who, time = _purchases(warped[joined], float(warped[-1]), generator)
    return who, (np.searchsorted(warped, time, side="right") - 1).astype(
        float
    )  # the day after a closed month, not one in it


def _purchases(joined: NDArray[Any], end: float, generator: Generator) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Customer and time of every purchase: MBG/NBD, where everyone may leave after the first one already."""
    n = len(joined)
    per_week = np.maximum(generator.gamma(BUYING["r"], 1 / BUYING["alpha"], size=n), 1e-12)
    p_leave = generator.beta(BUYING["a"], BUYING["b"], size=n)
    clock = joined.astype(np.float64)
    staying = np.arange(n)
    who, day = [], []
    while len(staying):
        who.append(staying)
        day.append(clock[staying])
        staying = staying[generator.random(len(staying)) >= p_leave[staying]]
        clock[staying] += DAYS["W"] * generator.standard_exponential(len(staying)) / per_week[staying]
        staying = staying[clock[staying] < end]
    return np.concatenate(who), np.concatenate(day)


def _amounts(who: NDArray[np.int64], n: int, generator: Generator) -> NDArray[np.float64]:
    """What each purchase brings, in cents: gamma round a mean that is the customer's own."""
    rate = generator.gamma(SPENDING["q"], 1 / SPENDING["gamma"], size=n)
    drawn = generator.gamma(SPENDING["p"], size=len(who)) / rate[who]
    return np.asarray(np.maximum(np.round(drawn, 2), 0.01))
