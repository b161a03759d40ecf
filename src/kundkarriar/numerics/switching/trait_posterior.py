"""The posterior of customers' traits and states: the share of each node, on and off, given the purchases so far."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.numerics.switching.gap_blocks import GapBlock, kernel_at
from kundkarriar.numerics.switching.likelihood import each_block
from kundkarriar.numerics.switching.traits import EXACT, Lattice, Nodes, Traits


@frozen(kw_only=True, eq=False)
class TraitPosterior:
    """The posterior of the n rows of a block over J nodes.

    Attributes:
        nodes: the nodes of the two rates.
        nu: the rate of coming back.
        on: probability of the node and of being on now, (n, J).
        off: of the node and of being off now, (n, J); both add up to 1.
    """

    nodes: Nodes
    nu: float
    on: Array
    off: Array

    @classmethod
    def of(cls, block: GapBlock, traits: Traits, lattice: Lattice = EXACT) -> TraitPosterior:
        """The posterior of a block's rows."""
        nodes = block.nodes(traits, lattice)
        posterior = block.log_joint(traits, nodes, lattice)
        posterior -= posterior.max(axis=1, keepdims=True)
        np.exp(posterior, out=posterior)
        posterior /= posterior.sum(axis=1, keepdims=True)
        kernel, (_, trailing) = kernel_at(nodes, traits.nu, lattice), block.times(lattice)
        either = kernel.on_or_off.log(trailing)
        on, off = np.exp(kernel.on.log(trailing) - either), np.exp(kernel.log_off(trailing) - either)
        return cls(
            nodes=nodes, nu=traits.nu, on=posterior * on[block.of_trailing], off=posterior * off[block.of_trailing]
        )

    @property
    def rate(self) -> Array:
        """Purchase rate while on at each node, (J,)."""
        return np.exp(self.nodes.log_rate)

    @property
    def leaving(self) -> Array:
        """Rate of going off at each node, (J,)."""
        return np.exp(self.nodes.log_leaving)

    def mean(self, on: Array, off: Array) -> Array:
        """The posterior mean of what is `on` at a node for those on now, and `off` for those off now; (J, q) to (n, q)."""
        return np.asarray(self.on @ on + self.off @ off)


def posterior_means(
    blocks: tuple[GapBlock, ...],
    traits: Traits,
    of: Callable[[TraitPosterior], Array],
    *,
    n: int,
    lattice: Lattice = EXACT,
) -> Array:
    """What `of` computes of the posterior of each block, (rows, q), brought back to the n rows, (n, q)."""
    parts = each_block(lambda block: of(TraitPosterior.of(block, traits, lattice)), blocks)
    values = np.empty((n, parts[0].shape[1])) if parts else np.empty((n, 0))
    for block, part in zip(blocks, parts, strict=True):
        values[block.at] = part
    return values
