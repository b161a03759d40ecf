"""Likelihood of the gaps between purchases and of the time since the last one, averaged over the traits of customers.

For rates (lambda, mu) and nu a row has the likelihood

    product over its gaps of [lambda on(gap)]  x  on or off(T - t_x)

(`kernel.py` has the formulas), and its average over log-normal lambda and mu is a sum over quadrature nodes.
Derivatives are posterior means over the nodes (Louis 1982, JRSS B 44(2)): the gradient is the mean of the score of the
complete data, the Hessian the mean of its derivative plus its variance. All are in theta = (m1, ln s1, m2, ln s2,
ln nu).
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.switching.gap_blocks import GapBlock, in_type, kernel_at
from kundkarriar.numerics.switching.parallel import in_parallel
from kundkarriar.numerics.switching.traits import EXACT, Lattice, Traits

Result = TypeVar("Result")
PARAMETERS = 5


def log_likelihood(blocks: Iterable[GapBlock], traits: Traits, *, n: int) -> Array:
    """Log-likelihood of each of n rows, (n,)."""
    rows = np.empty(n)
    blocks = tuple(blocks)
    for block, values in zip(
        blocks, each_block(lambda block: block_log_likelihood(block, traits), blocks), strict=True
    ):
        rows[block.at] = values
    return rows


def block_log_likelihood(block: GapBlock, traits: Traits) -> Array:
    """Log-likelihood of each row of a block, (n,)."""
    joint = block.log_joint(traits, block.nodes(traits, EXACT), EXACT)
    largest = joint.max(axis=1)
    return np.asarray(largest + np.log(np.exp(joint - largest[:, None]).sum(axis=1)))


def total(blocks: Iterable[GapBlock], traits: Traits, lattice: Lattice = EXACT) -> tuple[float, Array, Array]:
    """The log-likelihood of all rows with their weights, its gradient (5,) and Hessian (5, 5) in theta."""
    parts = each_block(lambda block: _block_total(block, traits, lattice), tuple(blocks))
    value, gradient, hessian = 0.0, np.zeros(PARAMETERS), np.zeros((PARAMETERS, PARAMETERS))
    for one in parts:
        value, gradient, hessian = value + one[0], gradient + one[1], hessian + one[2]
    return value, gradient, hessian


def _block_total(block: GapBlock, traits: Traits, lattice: Lattice) -> tuple[float, Array, Array]:
    nodes = block.nodes(traits, lattice)
    kernel, times = kernel_at(nodes, traits.nu, lattice), block.times(lattice)
    gap, gap1, gap2 = kernel.on.log_and_derivatives(times[0])
    last, last1, last2 = kernel.on_or_off.log_and_derivatives(times[1])
    gap += in_type(nodes.log_rate, lattice)
    last += in_type(traits.log_weights(nodes), lattice)
    posterior = block.gathered(gap, last)
    largest = posterior.max(axis=1, keepdims=True)
    posterior -= largest
    np.exp(posterior, out=posterior)
    mass = posterior.sum(axis=1, keepdims=True)
    posterior /= mass
    value = float(block.weights @ (largest + np.log(mass))[:, 0].astype(np.float64))
    weights = in_type(block.weights, lattice)

    z1, z2 = traits.standardised(nodes)
    score = np.stack([z1 / traits.s1, z1**2 - 1.0, z2 / traits.s2, z2**2 - 1.0], axis=1)
    of_nu = block.gathered(gap1, last1)
    shared = posterior * of_nu
    means = np.concatenate([posterior @ in_type(score, lattice), shared.sum(axis=1, keepdims=True)], axis=1)
    means = means.astype(np.float64)

    by_node, by_node_nu = (weights @ each for each in (posterior, shared))
    second = np.empty((PARAMETERS, PARAMETERS))  # of the complete data: sum of products of scores
    second[:4, :4] = (score * by_node[:, None]).T @ score
    second[:4, 4] = second[4, :4] = score.T @ by_node_nu
    second[4, 4] = weights @ np.einsum("ij,ij->i", shared, of_nu)
    second -= (means * block.weights[:, None]).T @ means

    posterior *= weights[:, None]
    curvature = float((_by_trailing(block, posterior) * last2).sum())
    if len(block.gap):
        counts = block.single if posterior.dtype == np.float32 else block.counts
        curvature += float(((counts.T @ posterior) * gap2).sum())
    customers = float(block.weights.sum())
    for location, s in ((0, traits.s1), (2, traits.s2)):
        mean, square = block.weights @ means[:, location], block.weights @ means[:, location + 1] + customers
        second[location, location] -= customers / s**2
        second[location, location + 1] -= 2.0 * mean
        second[location + 1, location] -= 2.0 * mean
        second[location + 1, location + 1] -= 2.0 * square
    second[4, 4] += curvature
    return value, block.weights @ means, second


def _by_trailing(block: GapBlock, values: Array) -> Array:
    """Sums of rows (n, J) by their trailing time, (M, J)."""
    from scipy import sparse  # noqa: PLC0415 - slow to import

    n = len(block)
    member = sparse.csr_matrix(
        (np.ones(n, dtype=values.dtype), block.of_trailing, np.arange(n + 1)), shape=(n, len(block.trailing))
    )
    return np.asarray(member.T @ values)


def each_block(function: Callable[[GapBlock], Result], blocks: tuple[GapBlock, ...]) -> list[Result]:
    """`function` of each block, in order."""
    return in_parallel(function, blocks, work=sum(map(len, blocks)))
