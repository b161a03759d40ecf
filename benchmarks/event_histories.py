"""Customers simulated purchase by purchase, without any formula of the library, to compare its forecasts with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
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
