"""Hidden chains drawn from their posterior: normal in the coordinates of the search."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve

from kundkarriar.numerics.hidden_surface import in_units

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from kundkarriar.numerics.hidden_chain import HiddenChain, HiddenCoordinates

    Array = NDArray[np.float64]


def drawn_hidden(
    chain: HiddenChain,
    *,
    coordinates: HiddenCoordinates,
    covariance: Array,
    scale: Array,
    draws: int,
    generator: Generator,
) -> list[HiddenChain]:
    """Chains drawn around `chain`.

    Args:
        chain: the most probable one, with effects of one more of each contact.
        coordinates: of the search.
        covariance: of the coordinates, with contacts divided by `scale`, (k, k).
        scale: standard deviations of the contacts, (C,).
        draws: how many.
        generator: the stream.
    """
    centre = coordinates.theta(evolve(chain, rho=chain.rho * scale))
    bends, directions = np.linalg.eigh(covariance)
    spread = directions * np.sqrt(np.maximum(bends, 0.0))
    low, high = coordinates.edges()
    points = np.clip(centre + generator.standard_normal((draws, len(centre))) @ spread.T, low, high)
    return [in_units(coordinates.chain(theta), scale) for theta in points]


def usual_moves(chain: HiddenChain, *, a: Array, share: Array) -> Array:
    """Transition probabilities averaged over the contacts that customers in each state used to have, (S, S).

    Args:
        chain: the parameters.
        a: sets of contacts, (A, C).
        share: of the months of each state that came after each set, (S, A).
    """
    return np.asarray(np.einsum("su,usj->sj", share, chain.P(a)))
