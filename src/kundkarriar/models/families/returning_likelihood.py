"""The likelihood of ReturningNBD over its unconstrained parameters: objectives, a search, many points at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.errors import CapabilityError
from kundkarriar.models.fitting.likelihood_fit import NestedLikelihood, Search, SearchStage, unidentified_sentence
from kundkarriar.numerics.optimize.newton import Objective
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.numerics.switching import likelihood, loglik_batch
from kundkarriar.numerics.switching.gap_blocks import GapBlock, tabulate
from kundkarriar.numerics.switching.trait_draws import TraitDraws
from kundkarriar.numerics.switching.traits import FIT, LEAVING, PURCHASING, QUICK, RETURNING, ROUGH, Lattice, Traits
from kundkarriar.summaries.purchase_gaps import PurchaseGaps
from kundkarriar.summaries.purchase_rows import PurchaseRows

PARAMETERS = ("m1", "s1", "m2", "s2", "nu")
UNCONSTRAINED = UnconstrainedParameters(blocks=(PURCHASING, LEAVING, RETURNING))
ALONE, COST = 100_000.0, 40.0
"""Cost of each row, and of a point of the wide posterior of few customers, which needs a lattice nearly alone."""
NEVER_OFF = (-25.0, -1.0, 0.0)
"""Unconstrained parameters of going off and coming back of customers who are always on."""
STAGES = ((200, QUICK, 0.5), (1000, QUICK, 0.5), (40_000, ROUGH, 0.05))
"""Stages of a search: number of rows, if there are twice as many; lattice; gain of a step with which it ends."""
MANY = 2000
"""More rows than these are searched in single precision: among so many rounding errors are small."""
LAST_GAIN, LAST_GAIN_OF_MANY = 1e-4, 1e-2
"""A search of all rows ends with a step that gains less: its lattice is not more exact. Of many rows the likelihood is
so nearly quadratic that the last step ends within a hundredth of a standard error of the maximum."""
GUESSES = ((0.3, 0.0, -0.5, 0.0, -0.5), (1.5, 0.2, 1.5, 0.4, -1.5))
"""Guesses at which a fit starts: ln of the typical over the mean purchase rate, ln s1, ln of the typical rate of going
off per median T, ln s2, ln of the rate of returning per median T."""


@frozen(kw_only=True, eq=False)
class ReturningLikelihood:
    """The likelihood of some rows, with time in units of `scale`; called with points, (S, 5), it gives (S,).

    Attributes:
        rows: the rows, with gaps.
        scale: the unit of time of the unconstrained parameters, in the unit of T.
    """

    rows: PurchaseRows
    scale: float

    @cached_property
    def blocks(self) -> tuple[GapBlock, ...]:
        """The rows tabulated."""
        return gap_blocks(self.rows, scale=self.scale)

    @property
    def unit(self) -> float:
        """What the unit of time adds to the log-likelihood."""
        return float(np.sum(self.rows.weights * self.rows.x)) * float(np.log(self.scale))

    def objective(self, lattice: Lattice) -> Objective:
        """The log-likelihood over the unconstrained parameters (5,), with gradient and Hessian."""

        def at(theta: Array) -> tuple[float, Array, Array]:
            value, gradient, hessian = likelihood.total(self.blocks, _traits_at(theta), lattice)
            return value - self.unit, gradient, hessian

        return at

    def exact(self, theta: Array) -> float:
        """The log-likelihood at one point, (5,)."""
        values = likelihood.log_likelihood(self.blocks, _traits_at(theta), n=len(self.rows))
        return float(self.rows.weights @ values) - self.unit

    @property
    def cost(self) -> float:
        """The cost of a point among near ones, in rows of a tabulated likelihood."""
        return COST * len(self.rows)

    @property
    def cost_apart(self) -> float:
        """The cost of a point of a posterior."""
        return ALONE + self.cost

    def __call__(self, theta: Array) -> Array:
        """The log-likelihood at each of many points."""
        m1, s1, m2, s2, nu = np.moveaxis(UNCONSTRAINED.natural(theta), -1, 0)
        draws = TraitDraws(m1=m1, s1=s1, m2=m2, s2=s2, log_nu=np.log(nu))
        return loglik_batch.loglik_batch(self.blocks, draws) - self.unit

    def starts(self) -> Sequence[Array]:
        """Starting points of a fit: the mean purchase rate, with guesses of the rest."""
        rows = self.rows
        purchases, time = (float(np.sum(rows.weights * values)) for values in (rows.x, rows.T / self.scale))
        log_mean = np.log(purchases / time)
        return [np.array([log_mean + more, *rest]) for more, *rest in GUESSES]

    def stage(self, lattice: Lattice, gain: float) -> SearchStage:
        """A stage of a search, which ends with a step that gains less than `gain`."""
        return SearchStage(objective=self.objective(lattice), n=float(self.rows.weights.sum()), gain_tolerance=gain)

    def search(self) -> Search:
        """A search on rough lattices, first of few rows, from the best of several guesses."""
        stages = []
        for most, lattice, gain in STAGES:
            if (stride := len(self.rows) // most) > 1:
                some = ReturningLikelihood(rows=self.rows.at(np.arange(0, len(self.rows), stride)), scale=self.scale)
                stages.append(some.stage(lattice, gain))
        many = len(self.rows) > MANY
        whole = self.objective(ROUGH if many else FIT)

        def always_on(theta: Array) -> tuple[float, Array, Array]:
            value, gradient, hessian = whole(np.concatenate([theta, NEVER_OFF]))
            return value, gradient[:2], hessian[:2, :2]

        nobody_leaves = NestedLikelihood(
            objective=always_on,
            starts=[start[:2] for start in self.starts()[:1]],
            unconstrained=UnconstrainedParameters(blocks=(PURCHASING,)),
            sentence=unidentified_sentence("log_typical_leaving"),
        )
        return Search(
            objective=whole,
            stages=tuple(stages),
            gain_tolerance=LAST_GAIN_OF_MANY if many else LAST_GAIN,
            exact=self.exact,
            nested=(nobody_leaves,),
        )


def traits_of(params: Mapping[str, Any]) -> Traits:
    """The parameters as traits."""
    return Traits(**{name: float(value) for name, value in params.items()})


def gap_blocks(rows: PurchaseRows, *, scale: float = 1.0) -> tuple[GapBlock, ...]:
    """The rows tabulated, with time in units of `scale`."""
    gaps = gaps_of(rows)
    return tabulate(
        gaps=gaps.length,
        starts=gaps.starts,
        trailing=np.maximum(rows.T - rows.t_x, 0.0),
        weights=rows.weights,
        scale=scale,
    )


def gaps_of(rows: PurchaseRows) -> PurchaseGaps:
    """The gaps of rows, which must have them."""
    if rows.gaps is None:
        raise CapabilityError.because(
            "ReturningNBD needs the gaps between the purchase days of each row.",
            hint="rows = fitted.read(summary).rows, of kk.summarize(transactions, as_of=..., gaps=True).",
        )
    return rows.gaps


def _traits_at(theta: Array) -> Traits:
    return traits_of(dict(zip(PARAMETERS, UNCONSTRAINED.natural(theta), strict=True)))
