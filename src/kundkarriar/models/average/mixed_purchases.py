"""Dated purchases of an average of models, joined from those that each member drew in its draws."""

from collections.abc import Sequence

import numpy as np
from attrs import evolve

from kundkarriar.arrays import Array, Whole
from kundkarriar.models.interface.dated_purchases import DatedPurchases, Treatment


def mixed_purchases(parts: Sequence[tuple[Whole, DatedPurchases]], *, n: int, draws: int) -> DatedPurchases:
    """The purchases of n customers in all draws, from those in the draws at some places, (S_k,), of each member."""
    row, draw, time = (
        np.concatenate(each)
        for each in zip(*((world.row, at[world.draw], world.time) for at, world in parts), strict=True)
    )
    order = np.argsort(row * draws + draw, kind="stable")  # times of a draw are in order already

    def active(edges: Array) -> Array:
        whole = np.empty((n, draws, len(edges) - 1))
        for at, world in parts:
            whole[:, at] = world.active(edges)
        return whole

    return DatedPurchases(row=row[order], draw=draw[order], time=time[order], active=active)


def in_draws(treatment: Treatment, at: Whole) -> Treatment:
    """The treatment in the draws at some places, (S_k,)."""
    factors = {name: getattr(treatment, name)[:, at] for name in ("leaving", "returning", "purchases")}
    return evolve(treatment, **factors)
