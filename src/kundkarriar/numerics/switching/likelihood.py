"""Likelihood of the gaps between purchases and of the time since the last one, averaged over the traits of customers.

For rates (lambda, mu) and nu a row has the likelihood

    product over its gaps of [lambda on(gap)]  x  on or off(T - t_x)

with the functions of `kernel.py`. Its average over log-normal lambda and mu is a sum over quadrature nodes. Derivatives
are posterior means over the nodes (Louis 1982, JRSS B 44(2)): the gradient is the mean of the score of the complete
data, the Hessian the mean of its derivative plus its variance. All are in theta = (m1, ln s1, m2, ln s2, ln nu).
"""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.numerics.switching.gap_blocks import GapBlock, in_type, kernel_at
from kundkarriar.numerics.switching.parallel import in_parallel
from kundkarriar.numerics.switching.traits import EXACT, Lattice, Nodes, Traits

Result = TypeVar("Result")
PARAMETERS = 5


def log_likelihood(blocks: tuple[GapBlock, ...], traits: Traits, *, n: int) -> Array:
    """Log-likelihood of each of n rows, (n,)."""
    values = np.empty(n)

    def fill(block: GapBlock) -> None:
        nodes = block.nodes(traits, EXACT)
        tables = block.tables(kernel_at(nodes, traits.nu, EXACT), traits, nodes, EXACT)
        for rows in block.rows:
            _, largest, mass = normalised(rows.gathered(*tables))
            values[rows.at] = (largest + np.log(mass))[:, 0]

    each_block(fill, blocks)
    return values


def total(blocks: tuple[GapBlock, ...], traits: Traits, lattice: Lattice = EXACT) -> tuple[float, Array, Array]:
    """The log-likelihood of all rows with their weights, its gradient (5,) and Hessian (5, 5) in theta."""
    value, gradient, hessian = 0.0, np.zeros(PARAMETERS), np.zeros((PARAMETERS, PARAMETERS))
    for one in each_block(lambda block: _block_total(block, traits, lattice), blocks):
        value, gradient, hessian = value + one[0], gradient + one[1], hessian + one[2]
    return value, gradient, hessian


@frozen(kw_only=True, eq=False)
class _Tables:
    """Tables of a block by gap and by trailing time: the logs, and their first and second derivatives in ln nu."""

    log: tuple[Array, Array]
    first: tuple[Array, Array]
    second: tuple[Array, Array]

    @classmethod
    def of(cls, block: GapBlock, traits: Traits, nodes: Nodes, lattice: Lattice) -> "_Tables":
        kernel, (gap, trailing) = kernel_at(nodes, traits.nu, lattice), block.times(lattice)
        of_gap, of_trailing = kernel.on.log_and_derivatives(gap), kernel.on_or_off.log_and_derivatives(trailing)
        of_gap[0][:] += in_type(nodes.log_rate, lattice)
        of_trailing[0][:] += in_type(traits.log_weights(nodes), lattice)
        log, first, second = zip(of_gap, of_trailing, strict=True)
        return cls(log=log, first=first, second=second)


def _block_total(block: GapBlock, traits: Traits, lattice: Lattice) -> tuple[float, Array, Array]:
    nodes = block.nodes(traits, lattice)
    tables, (z1, z2) = _Tables.of(block, traits, nodes, lattice), traits.standardised(nodes)
    mean1, mean2 = traits.mean_squares(nodes)
    score = np.stack([z1 / traits.s1, z1**2 - mean1, z2 / traits.s2, z2**2 - mean2], axis=1)
    value, gradient, hessian = 0.0, np.zeros(PARAMETERS), np.zeros((PARAMETERS, PARAMETERS))
    by_node, by_node_nu = np.zeros(len(nodes)), np.zeros(len(nodes))
    by_gap, by_trailing = (np.zeros_like(table) for table in tables.first)
    for rows in block.rows:
        posterior, largest, mass = normalised(rows.gathered(*tables.log))
        value += float(rows.weights @ (largest + np.log(mass))[:, 0].astype(np.float64))
        of_nu = rows.gathered(*tables.first)
        shared = posterior * of_nu
        means = np.empty((len(rows), PARAMETERS))
        means[:, :4], means[:, 4] = posterior @ in_type(score, lattice), shared.sum(axis=1)
        weights = in_type(rows.weights, lattice)
        by_node += weights @ posterior
        by_node_nu += weights @ shared
        hessian[4, 4] += weights @ np.einsum("ij,ij->i", shared, of_nu)
        hessian -= (means * rows.weights[:, None]).T @ means
        gradient += rows.weights @ means
        posterior *= weights[:, None]
        for sums, part in zip((by_gap, by_trailing), rows.spread(posterior), strict=True):
            np.add(sums, part, out=sums)
    hessian[:4, :4] += (score * by_node[:, None]).T @ score
    cross = score.T @ by_node_nu
    hessian[:4, 4] += cross
    hessian[4, :4] += cross
    hessian[4, 4] += sum(
        float((sums * table).sum()) for sums, table in zip((by_gap, by_trailing), tables.second, strict=True)
    )
    return (
        value,
        gradient,
        hessian + _complete_data_hessian(gradient, traits, n=float(sum(r.weights.sum() for r in block.rows))),
    )


def _complete_data_hessian(gradient: Array, traits: Traits, *, n: float) -> Array:
    """The posterior mean of the derivative of the score of the complete data, but for nu, (5, 5)."""
    hessian = np.zeros((PARAMETERS, PARAMETERS))
    for mean, s in ((0, traits.s1), (2, traits.s2)):
        spread = mean + 1
        hessian[mean, mean] = -n / s**2
        hessian[mean, spread] = hessian[spread, mean] = -2.0 * gradient[mean]
        hessian[spread, spread] = -2.0 * (gradient[spread] + n)
    return hessian


def normalised(joint: Array) -> tuple[Array, Array, Array]:
    """Rows of logs (n, J) as shares that add up to 1, in place; the largest of each row, and the sum beyond it."""
    largest = joint.max(axis=1, keepdims=True)
    joint -= largest
    np.exp(joint, out=joint)
    mass = joint.sum(axis=1, keepdims=True)
    joint /= mass
    return joint, largest, mass


def each_block(function: Callable[[GapBlock], Result], blocks: tuple[GapBlock, ...]) -> list[Result]:
    """`function` of each block, in order."""
    return in_parallel(function, blocks, work=sum(map(len, blocks)))
