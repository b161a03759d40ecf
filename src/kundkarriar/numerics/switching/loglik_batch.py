"""Log-likelihoods at thousands of parameter vectors at once, without derivatives.

The likelihood of a row at a node depends on the parameters through nu alone; the rest is the share of customers at the
node. So at one nu the likelihoods of all rows at many parameter vectors are a product of matrices, rows x nodes times
nodes x vectors. It is formed at a few Chebyshev points of the scale of nu (`NuScale`), on which the total
log-likelihood is smooth, and interpolated between them. Vectors that lie far apart, for which one lattice would need
too many nodes, are split up.
"""

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.switching.gap_blocks import GapBlock, in_type, kernel_at
from kundkarriar.numerics.switching.likelihood import each_block
from kundkarriar.numerics.switching.trait_draws import NuScale, TraitDraws, interpolation
from kundkarriar.numerics.switching.traits import Lattice, Nodes

BATCH = Lattice(fineness=1.2, width=4.5, widest=(0.65, 0.8), dtype=np.float32)
MOST_NODES = 3000
"""Of one lattice, for customers with up to two purchases."""
LONGEST = 3.0
"""Longest range on the scale of nu that is interpolated."""
DIGITS = 20.0
"""Minus the log of the error of the interpolation, relative to how much the log-likelihood changes over the range, if
no singularity were nearer than those of ln nu. Rows that all but need a return have nearer ones: on the CDNOW sample,
over 13 units of the log-likelihood, it errs by .004 (with 14, by .04)."""
TOGETHER = 512
"""Parameter vectors of one product of matrices."""


def loglik_batch(blocks: tuple[GapBlock, ...], draws: TraitDraws) -> Array:
    """Log-likelihood of all rows with their weights at each of S parameter vectors, (S,)."""
    answer, scale = np.empty(len(draws)), NuScale.of_blocks(blocks)
    for some in draws.together(BATCH, scale=scale, longest=LONGEST, most_nodes=MOST_NODES, most=TOGETHER):
        answer[some] = _together(blocks, draws.at(some), scale)
    return answer


def _together(blocks: tuple[GapBlock, ...], draws: TraitDraws, scale: NuScale) -> Array:
    at = scale.of(draws.log_nu)
    span = float(np.ptp(at))
    apart = 2.0 * np.pi / max(span, 1e-12)  # nu < 0, at pi i, is the nearest singularity of the ellipse
    count = 1 if span < 1e-10 else int(np.ceil(DIGITS / np.log(apart + np.hypot(apart, 1.0)))) + 1
    points, weights = interpolation(at, count=count)
    nu = scale.nu(points)
    totals = np.sum(each_block(lambda block: _at_points(block, draws, nu), blocks), axis=0)
    return np.asarray(np.einsum("ks,ks->s", weights, totals))


def _shares(draws: TraitDraws, nodes: Nodes) -> Array:
    """Share of customers at each node, (J, S)."""
    parts = []
    logs = (nodes.log_rate, draws.m1, draws.s1), (nodes.log_leaving, draws.m2, draws.s2)
    for step, (low, high), (log, m, s) in zip(nodes.spacing, draws.reach(BATCH.width), logs, strict=True):
        whole = np.arange(low, high + step, step)[:, None]
        mass = np.exp(-0.5 * ((whole - m) / s) ** 2).sum(axis=0)  # all shares of a lattice add up to 1
        values, at = np.unique(log, return_inverse=True)  # a lattice: its axes are short
        parts.append(in_type(np.exp(-0.5 * ((values[:, None] - m) / s) ** 2) / mass, BATCH)[at])
    return np.asarray(parts[0] * parts[1])


def _at_points(block: GapBlock, draws: TraitDraws, nu: Array) -> Array:
    """Log-likelihood of a block at each vector, with each of several nu, (points, S)."""
    nodes, (gap, trailing) = draws.nodes(block, BATCH), block.times(BATCH)
    shares, totals = _shares(draws, nodes), np.zeros((len(nu), len(draws)))
    for point, at in enumerate(nu):
        kernel = kernel_at(nodes, float(at), BATCH)
        tables = kernel.on.log(gap) + in_type(nodes.log_rate, BATCH), kernel.on_or_off.log(trailing)
        for rows in block.rows:
            joint = rows.gathered(*tables)
            largest = joint.max(axis=1, keepdims=True)
            joint -= largest
            likelihood = np.exp(joint, out=joint) @ shares
            with np.errstate(divide="ignore"):
                totals[point] += rows.weights @ (np.log(likelihood.astype(np.float64)) + largest)
    return totals
