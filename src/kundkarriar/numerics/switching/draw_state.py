"""Draws of the latent state of customers who switch on and off: their rates, and whether they are on."""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from kundkarriar.arrays import Array
from kundkarriar.numerics.switching.gap_blocks import GapBlock
from kundkarriar.numerics.switching.parallel import in_parallel
from kundkarriar.numerics.switching.simulate import SwitchingState
from kundkarriar.numerics.switching.trait_posterior import TraitPosterior
from kundkarriar.numerics.switching.traits import ROUGH, Traits


def draw_state(
    generator: Generator, blocks: tuple[GapBlock, ...], traits: Sequence[Traits], *, n: int
) -> SwitchingState:
    """The state of each of n rows under each of S parameter vectors, (n, S).

    Rates are drawn from the nodes of the posterior, which have its means and variances.
    """
    uniform = generator.random((n, len(traits)))
    on, rate, leaving = np.empty((n, len(traits)), dtype=bool), np.empty((n, len(traits))), np.empty((n, len(traits)))

    def draw(s: int) -> None:
        for block in blocks:
            posterior = TraitPosterior.of(block, traits[s], ROUGH)
            state = _drawn(posterior, uniform[block.at, s])
            node, off = state % len(posterior.nodes), state >= len(posterior.nodes)
            on[block.at, s] = ~off
            rate[block.at, s], leaving[block.at, s] = posterior.rate[node], posterior.leaving[node]

    in_parallel(draw, range(len(traits)), work=n * len(traits))
    return SwitchingState(on=on, rate=rate, leaving=leaving, returning=np.array([[each.nu for each in traits]]))


def _drawn(posterior: TraitPosterior, uniform: Array) -> Array:
    """Number of the node drawn by each row, (n,); those of customers who are off follow those who are on."""
    below = np.cumsum(np.hstack([posterior.on, posterior.off]), axis=1)
    row, width = np.arange(len(below)), below.shape[1]
    below = below / below[:, -1:] + row[:, None]
    found = np.searchsorted(below.ravel(), row + uniform, side="right") - row * width
    return np.clip(found, 0, width - 1)
