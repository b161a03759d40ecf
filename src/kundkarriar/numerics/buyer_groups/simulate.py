"""Simulation of customers of the buyer groups."""

import numpy as np
from numpy.random import Generator

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.buyer_groups.parameters import GroupParams


def draw_histories(params: GroupParams, *, T: Array, generator: Generator) -> tuple[Whole, list[Array]]:
    """Group of each new customer, (n,), and the ages at which each bought up to age `T`, 0 first."""
    group = generator.choice(len(params.weights), len(T), p=params.weights)
    rate = generator.gamma(params.r, params.k[group] / (params.r * params.gap[group]))
    purchases = []
    for g, lam, age in zip(group, rate, T, strict=True):
        times, now = [0.0], 0.0
        while generator.random() >= params.dropout[g]:
            now += generator.gamma(params.k[g]) / lam
            if now > age:
                break
            times.append(now)
        purchases.append(np.array(times))
    return group, purchases
