"""`make_transactions`: purchases simulated from the MBG/NBD and Gamma-Gamma models."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from kundkarriar.arguments import SHARE, WholeNumber, read_generator, read_object
from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.period import DAYS, as_day, as_period
from kundkarriar.errors import DataError
from kundkarriar.season.season import Season
from kundkarriar.season.warped_time import lead

# Fitted to the purchases of CDNOW, in weeks and dollars.
BUYING = {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}
SPENDING = {"p": 6.25, "q": 3.74, "gamma": 15.4}
RETURN_WITHIN_DAYS = 30
FIRST, LAST = np.datetime64("1700-01-01"), np.datetime64("2261-12-31")
"""What pandas holds in nanoseconds."""
MANY = WholeNumber(least=1, most=10_000_000, example=500)


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
    """Purchases simulated from the MBG/NBD and Gamma-Gamma models.

    Each customer buys once on a day within `joining`, drops out after each purchase with an individual probability,
    and until then buys at an individual rate; order values vary around an individual mean. The parameters are close to
    those fitted to CDNOW: about half of the customers never buy again, and a few bring most of the revenue.

    Args:
        customers: how many; every one buys at least once.
        seed: the same int gives the same purchases.
        start: the first day on which customers join.
        until: the last day of the data.
        joining: how long customers join for: "3M".
        returns: the share of purchases returned in full, within 30 days of the purchase.
        season: seasonal index of purchases; customers who join in a closed month buy on the first day after it.

    Returns:
        customer_id (int, from 1), date (midnight), amount (> 0, or the negative of a purchase that came
        back), by date; some customers buy twice on a day.

    Source: Batislam, Denizel and Filiztekin (2007), IJRM 24(3); Fader and Hardie (2013), Gamma-Gamma note.

    >>> transactions = make_transactions(customers=3, seed=1)
    >>> transactions.columns.tolist(), int(transactions["customer_id"].nunique())
    (['customer_id', 'date', 'amount'], 3)
    """
    customers, returns = MANY.read(customers, "customers"), SHARE.read(returns, "returns")
    if season is not None:
        read_object(season, "season", kind=Season, hint="write season=kk.Season(index=[1.0] * 12).")
    first, last = as_day(start, name="start"), as_day(until, name="until")
    days = int((last - first).astype(np.int64))
    if days < 1:
        raise DataError.because(f"`until` must come after `start`: {last} and {first}.", hint="swap them.")
    if not (first >= FIRST and last <= LAST):
        raise DataError.because(f"made purchases lie from {FIRST} to {LAST}.", hint='write start="1997-01-01".')
    generator = read_generator(seed)
    joined = generator.integers(0, max(min(round(as_period(joining, name="joining").days), days), 1), size=customers)
    customer, day = (
        _in_season(joined, first, days, generator, season) if season else _purchases(joined, days + 1, generator)
    )
    day = np.floor(day).astype(np.int64)
    amount = _amounts(customer, customers, generator)
    back = np.flatnonzero(generator.random(len(customer)) < returns)
    back_day = day[back] + generator.integers(1, RETURN_WITHIN_DAYS + 1, size=len(back))
    seen = back_day <= days
    frame = pd.DataFrame(
        {
            "customer_id": np.concatenate((customer, customer[back[seen]])) + 1,
            "date": first + np.concatenate((day, back_day[seen])).astype("timedelta64[D]"),
            "amount": np.concatenate((amount, -amount[back[seen]])),
        }
    )
    frame["date"] = frame["date"].astype("datetime64[ns]")
    return frame.sort_values(["date", "customer_id"], kind="stable", ignore_index=True)


def _in_season(
    joined: Whole, first: np.datetime64, last: int, generator: Generator, season: Season
) -> tuple[Whole, Array]:
    """Customer and time of every purchase, simulated at constant rates in time warped by the season."""
    every = np.arange(last + 2)
    ahead = lead(day=first.astype(np.int64) + every, index=season.index)
    warped = every + ahead - ahead[0]
    customer, time = _purchases(warped[joined], float(warped[-1]), generator)
    return customer, (np.searchsorted(warped, time, side="right") - 1).astype(
        float
    )  # the day after a closed month, not one in it


def _purchases(joined: NDArray[Any], end: float, generator: Generator) -> tuple[Whole, Array]:
    """Customer and time of every purchase of MBG/NBD, with dropout from the first purchase on."""
    n = len(joined)
    per_week = np.maximum(generator.gamma(BUYING["r"], 1 / BUYING["alpha"], size=n), 1e-12)
    p_dropout = generator.beta(BUYING["a"], BUYING["b"], size=n)
    clock = joined.astype(np.float64)
    alive = np.arange(n)
    customer, day = [], []
    while len(alive):
        customer.append(alive)
        day.append(clock[alive])
        alive = alive[generator.random(len(alive)) >= p_dropout[alive]]
        clock[alive] += DAYS["W"] * generator.standard_exponential(len(alive)) / per_week[alive]
        alive = alive[clock[alive] < end]
    return np.concatenate(customer), np.concatenate(day)


def _amounts(customer: Whole, n: int, generator: Generator) -> Array:
    """The amount of each purchase, to the cent: gamma distributed around the customer's own mean."""
    rate = generator.gamma(SPENDING["q"], 1 / SPENDING["gamma"], size=n)
    drawn = generator.gamma(SPENDING["p"], size=len(customer)) / rate[customer]
    return np.asarray(np.maximum(np.round(drawn, 2), 0.01))
