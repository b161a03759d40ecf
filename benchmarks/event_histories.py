"""Customers simulated purchase by purchase, without any formula of the library, to compare its forecasts with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from attrs import field, frozen

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@frozen(kw_only=True, eq=False)
class Customers:
    """Latent state of each customer.

    Attributes:
        rate: events per period; every `stride`-th event is a purchase, (n,).
        p_dropout: probability of dropout after a purchase, (n,); 0 in models with lifetimes.
        lifetime: periods until dropout, whatever the purchases, (n,).
        at_first: whether the first purchase, too, is a dropout opportunity.
        stride: events to a purchase (the k of the CNBD models).
    """

    rate: Array
    p_dropout: Array
    lifetime: Array
    at_first: bool = False
    stride: int = field(default=1, converter=int)


@frozen(kw_only=True, eq=False)
class Observed:
    """Observed purchases of each customer.

    Attributes:
        x: repeat purchases by T, (n,).
        t_x: age at the last of them, (n,).
        log_gaps: sum of the logarithms of the gaps between purchases by T, (n,).
        later: purchases in the horizon after T, (n,).
    """

    x: Array
    t_x: Array
    log_gaps: Array
    later: Array


def observe(customers: Customers, *, T: Array, horizon: float, generator: Generator) -> Observed:
    """Simulate every customer's purchases until T + horizon.

    >>> always = Customers(rate=np.full(1000, 2.0), p_dropout=np.zeros(1000), lifetime=np.full(1000, np.inf))
    >>> seen = observe(always, T=np.full(1000, 5.0), horizon=3.0, generator=np.random.default_rng(1))
    >>> float(seen.x.mean().round()), float(seen.later.mean().round())
    (10.0, 6.0)
    """
    n = len(T)
    now, x, t_x, log_gaps, later = (np.zeros(n) for _ in range(5))
    active = np.ones(n, dtype=bool)
    if customers.at_first:
        active = generator.random(n) >= customers.p_dropout
    while active.any():
        who = np.flatnonzero(active)
        gap = generator.gamma(customers.stride, size=len(who)) / customers.rate[who]
        now[who] += gap
        buys = (now[who] <= customers.lifetime[who]) & (now[who] <= T[who] + horizon)
        active[who[~buys]] = False
        who, gap = who[buys], gap[buys]
        before = now[who] <= T[who]
        seen = who[before]
        x[seen] += 1
        log_gaps[seen] += np.log(gap[before])
        t_x[seen] = now[seen]
        later[who] += now[who] > T[who]
        active[who] = generator.random(len(who)) >= customers.p_dropout[who]
    return Observed(x=x, t_x=t_x, log_gaps=log_gaps, later=later)


@frozen(kw_only=True, eq=False)
class Pauses:
    """Rates of customers who switch off and on again, and of their purchases.

    Attributes:
        rate: purchases per period while on, (n,).
        leaving: rate of going off while on, (n,).
        returning: rate of coming back on while off; 0 where nobody returns.
    """

    rate: Array
    leaving: Array
    returning: float

    @classmethod
    def log_normal(
        cls, *, m1: float, s1: float, m2: float, s2: float, nu: float, n: int, generator: Generator
    ) -> Pauses:
        """Rates whose logarithms are normal over the customers."""
        rate, leaving = (np.exp(m + s * generator.standard_normal(n)) for m, s in ((m1, s1), (m2, s2)))
        return cls(rate=rate, leaving=leaving, returning=nu)


def observe_pauses(
    pauses: Pauses, *, T: Array, horizon: float, days: float, period: str, generator: Generator
) -> tuple[pd.DataFrame, Array]:
    """Simulate customers who are on at their first purchase, event by event, until T + horizon.

    Purchases by T are dated to the day, with `days` in a period; several of a day are one.

    Returns:
        A summary with the gaps between purchase days, and the purchases in the horizon after T, (n,).
    """
    n, who = len(T), np.arange(len(T))
    now, later, on = np.zeros(n), np.zeros(n), np.ones(n, dtype=bool)
    buyers, times = [np.empty(0, dtype=np.int64)], [np.empty(0)]
    while len(who):
        pace = np.where(on[who], pauses.rate[who] + pauses.leaving[who], pauses.returning)
        with np.errstate(divide="ignore"):
            now[who] += generator.exponential(size=len(who)) / pace
        who = who[now[who] <= T[who] + horizon]
        buys = on[who] & (generator.random(len(who)) * (pauses.rate[who] + pauses.leaving[who]) < pauses.rate[who])
        on[who] = buys | ~on[who]
        bought = who[buys]
        before = now[bought] <= T[bought]
        buyers.append(bought[before])
        times.append(now[bought[before]])
        later[bought[~before]] += 1
    customer, time = np.concatenate(buyers), np.concatenate(times)
    order = np.lexsort((time, customer))
    customer, day = customer[order], np.ceil(time[order] * days)
    before = np.concatenate([[0.0], day[:-1]]) if len(day) else day
    first = np.concatenate([[True], customer[1:] != customer[:-1]]) if len(day) else before > 0
    gap = day - np.where(first, 0.0, before)
    customer, gap = customer[gap > 0], gap[gap > 0]
    x = np.bincount(customer, minlength=n)
    words = np.split(gap.astype(np.int64).astype(str), np.cumsum(x)[:-1])
    summary = {
        "frequency": x,
        "recency": np.bincount(customer, weights=gap, minlength=n) / days,
        "T": np.ceil(T * days) / days,
        "gaps": [" ".join(each) for each in words],
        "period": period,
    }
    return pd.DataFrame(summary), later
