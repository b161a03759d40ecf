"""The best action of each customer at given prices of money and hours, and what a choice uses of the budgets."""

from __future__ import annotations

import numpy as np

from kundkarriar.arrays import Array, Whole


def choice_at_prices(value: Array, charge: Array) -> tuple[Whole, Array]:
    """Best action of each customer at the charge of each action, (n,), -1 for none, and its margin over the next best.

    Args:
        value: net gain of each customer and action, (n, A); minus infinity where the action is not chosen.
        charge: shadow price of what each action uses, (A,).
    """
    best = np.zeros(len(value))
    second = np.full(len(value), -np.inf)
    choice = np.full(len(value), -1)
    for action, price in enumerate(charge):
        reduced = value[:, action] - price
        better = reduced > best
        second = np.where(better, best, np.maximum(second, reduced))
        best = np.where(better, reduced, best)
        choice[better] = action
    return choice, best - second


def used_budget(choice: Whole, use: Array) -> Array:
    """Money and hours of a choice, (2,): counts times use, so that the order of rows changes no digit."""
    return use @ np.bincount(choice[choice >= 0], minlength=use.shape[1])
