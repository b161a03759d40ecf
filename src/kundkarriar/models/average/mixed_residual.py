"""What lies ahead under an average of models: their residual expectations, weighted by the state each sees."""

from collections.abc import Sequence

import numpy as np
from attrs import fields_dict

from kundkarriar.arrays import Array
from kundkarriar.models.interface.futures import RESIDUAL_PARTS, ResidualExpectation, Returning


def mixed_residual(parts: Sequence[ResidualExpectation], *, weights: Sequence[float]) -> ResidualExpectation:
    """The residual expectation of each row under the mixture of several models.

    What holds given alive is averaged with the weight of each model times its probability of being alive; what holds
    given inactive with the weight times the complement. So each, times the probability of its state, is the weighted
    mean of the models. A model in which nobody returns sees nothing ahead of who is inactive: whoever is made active
    there has all ahead that an active customer has.

    >>> one, two = np.array([0.2]), np.array([0.6])
    >>> parts = [ResidualExpectation(**dict.fromkeys(RESIDUAL_PARTS, each)) for each in (one, two)]
    >>> mixed_residual(parts, weights=(0.5, 0.5)).purchases.round(3)
    array([0.5])
    """
    alive = np.array([each.p_alive for each in parts])
    weight = np.asarray(weights)[:, None]
    columns = {name: [getattr(each, name) for each in parts] for name in RESIDUAL_PARTS if name != "p_alive"}
    given_alive = {name: _mean(values, weight * alive, weight) for name, values in columns.items()}
    returning = None
    if any(each.returning is not None for each in parts):
        back = [each.returning or _nobody_returns(each) for each in parts]
        returning = Returning(
            **{
                name: _mean(
                    [getattr(each, name) for each in back],
                    weight * (alive if name.startswith("kept_") else 1 - alive),
                    weight,
                )
                for name in fields_dict(Returning)
            }
        )
    return ResidualExpectation(p_alive=(weight * alive).sum(axis=0), **given_alive, returning=returning)


def _nobody_returns(ahead: ResidualExpectation) -> Returning:
    """What lies ahead of inactive customers under a model in which they never return."""
    worth = {"purchases": ahead.discounted_purchases, "alive": ahead.discounted_alive}
    nothing = dict.fromkeys(fields_dict(Returning), np.zeros(len(ahead.p_alive)))
    return Returning(**nothing | {f"{way}_{part}": each for way in ("kept", "won") for part, each in worth.items()})


def _mean(values: Sequence[Array], share: Array, weight: Array) -> Array:
    """The mean of `values` over models, (n,), by `share` (K, n); by `weight` (K, 1) where all shares are 0."""
    total = share.sum(axis=0)
    share = np.where(total > 0, share / np.where(total > 0, total, 1.0), weight)
    table = np.array(values)
    return np.asarray(np.multiply(share, table, out=np.zeros(table.shape), where=share != 0).sum(axis=0))
