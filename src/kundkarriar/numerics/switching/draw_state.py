"""Draws of the latent state of customers who switch on and off: their rates, and whether they are on."""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.switching.gap_blocks import GapBlock
from kundkarriar.numerics.switching.parallel import in_parallel
from kundkarriar.numerics.switching.simulate import SwitchingState
from kundkarriar.numerics.switching.trait_posterior import TraitPosterior
from kundkarriar.numerics.switching.traits import ROUGH, Traits


def draw_state(
    generator: Generator, blocks: tuple[GapBlock, ...], traits: Sequence[Traits], *, member: Whole
) -> SwitchingState:
    """The state of each of n customers under each of S parameter vectors, (n, S).

    Rates are drawn from the nodes of the posterior, which have its means and variances. `member` is the row of each
    customer, (n,).
    """
    uniform = generator.random((len(member), len(traits)))
    on, rate, leaving = (np.empty(uniform.shape, dtype=kind) for kind in (np.bool_, np.float64, np.float64))
    order = np.argsort(member, kind="stable")
    starts = np.searchsorted(member[order], np.arange(member.max() + 2))

    def draw(s: int) -> None:
        for block in blocks:
            for posterior in TraitPosterior.of_block(block, traits[s], ROUGH):
                size = starts[posterior.at + 1] - starts[posterior.at]
                row = np.repeat(np.arange(len(size)), size)
                own = order[np.repeat(starts[posterior.at] - np.cumsum(size) + size, size) + np.arange(len(row))]
                node = _drawn(posterior, row, uniform[own, s])
                on[own, s] = node < len(posterior.nodes)
                node %= len(posterior.nodes)
                rate[own, s], leaving[own, s] = posterior.rate[node], posterior.leaving[node]

    in_parallel(draw, range(len(traits)), work=uniform.size)
    return SwitchingState(on=on, rate=rate, leaving=leaving, returning=np.array([[each.nu for each in traits]]))


def _drawn(posterior: TraitPosterior, row: Whole, uniform: Array) -> Whole:
    """Number of the node drawn for each customer of a row, (m,); those of who is off follow those of who is on."""
    below = np.cumsum(np.hstack([posterior.on, posterior.off]), axis=1, dtype=np.float64)
    width = below.shape[1]
    below = below / below[:, -1:] + np.arange(len(below))[:, None]
    found = np.searchsorted(below.ravel(), row + uniform, side="right") - row * width
    return np.clip(found, 0, width - 1)
