"""The rule "no change": everyone stays where they are, as often as customers did so far."""

import numpy as np
from scipy.special import ndtri

from kundkarriar.arrays import Array
from kundkarriar.ladder.career_panel import CareerPanel

NO_CHANGE = "no change"


def no_change(past: CareerPanel, *, months: int) -> Array:
    """Probabilities of each state in each month ahead, (n, months, S): the customer's own, or one as of all customers.

    The probability of the first is the share of customers who kept their state over as many months before.
    """
    S = len(past.states)
    now = past.state_at(past.last)
    all_customers = (np.bincount(now, minlength=S) + 1.0) / (len(now) + S)
    forecast = np.empty((len(now), months, S))
    for step in range(months):
        before = past.state_at(past.last - step - 1)
        both_known = before >= 0
        stayed = (np.sum(before[both_known] == now[both_known]) + 1.0) / (both_known.sum() + 2.0)
        forecast[:, step] = (1 - stayed) * all_customers
        forecast[np.arange(len(now)), step, now] += stayed
    return forecast


def sizes_of(p: Array, *, level: float) -> Array:
    """Expected numbers in each state by probabilities (n, months, S), and their bounds, (3, months, S).

    Customers count as independent, and the numbers as normal.
    """
    expected = p.sum(axis=0)
    spread = ndtri((1 + level) / 2) * np.sqrt((p * (1 - p)).sum(axis=0))
    return np.stack([expected, np.maximum(expected - spread, 0.0), expected + spread])
