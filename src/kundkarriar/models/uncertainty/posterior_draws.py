"""Posterior draws of a fit's unconstrained parameters, from likelihood times prior."""

from collections.abc import Callable
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.random import Generator

from kundkarriar.arguments import DRAWS, read_generator, refusal
from kundkarriar.arrays import Array
from kundkarriar.errors import CapabilityError, warn
from kundkarriar.models.interface.fit_report import FitReport
from kundkarriar.models.uncertainty.normal_prior import NormalPrior
from kundkarriar.models.uncertainty.posterior import Posterior
from kundkarriar.models.uncertainty.priors import WeakPrior
from kundkarriar.numerics.optimize.newton import Box, held_at_edge, maximise
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.numerics.sampling.importance_sampling import sample
from kundkarriar.numerics.sampling.pareto_smoothing import GOOD

LoglikBatch: TypeAlias = Callable[[Array], Array]

PROPOSALS, FEWEST_PROPOSALS = 4000, 500
"""Points drawn from the proposal: as many as draws and at least 4,000; down to 500 where the likelihood is costly,
since the posterior of many customers is nearly normal."""

MAX_COST = 1e8
"""The largest cost of all proposals, in rows times points: about half a second."""


@runtime_checkable
class HasCost(Protocol):
    """A batch log-likelihood whose cost is not its number of rows."""

    @property
    def cost(self) -> float:
        """The cost of a point, in rows of a tabulated likelihood."""


@runtime_checkable
class HasCostApart(Protocol):
    """A batch log-likelihood of which points that lie apart, as those of a posterior, cost more than near ones."""

    @property
    def cost_apart(self) -> float:
        """The cost of such a point, in rows of a tabulated likelihood."""


def draw_posterior(
    report: FitReport,
    unconstrained: UnconstrainedParameters,
    *,
    names: tuple[str, ...],
    loglik_batch: LoglikBatch | None,
    draws: int,
    seed: int | Generator,
    prior: WeakPrior,
    model: str,
) -> Posterior:
    """Draws from the posterior, likelihood times `prior` (or that of the fit), by importance sampling around its mode.

    `k_hat` measures the quality of the draws. Without the data the likelihood is replaced by its quadratic
    approximation, and the draws are normal. The density is 0 beyond the bounds of the unconstrained parameters.
    """
    if not report.fitted:
        raise CapabilityError.because(
            f"{model} was given its parameters, so their uncertainty is not known.",
            hint=f"fit it: kk.{model.removeprefix('Fitted')}().fit(summary).",
        )
    if not isinstance(prior, WeakPrior):
        raise refusal(prior, "prior", law="kk.WeakPrior(...)", hint="leave it out, or write prior=kk.WeakPrior().")
    draws, generator = DRAWS.read(draws, "draws", hint="write draws=4000."), read_generator(seed)
    own = prior if report.prior is None else report.prior
    centre, covariance = _normal_approximation(report, unconstrained, own)
    if loglik_batch is None:
        normal = generator.standard_normal((draws, len(centre)))
        theta = centre + normal @ np.linalg.cholesky(covariance).T
        theta = np.clip(theta, unconstrained.low, unconstrained.high)
        values = unconstrained.natural(theta, scale=report.scale)
        return Posterior(names=names, values=values, frame_kind=report.frame_kind)
    likelihood, low, high = loglik_batch, unconstrained.low, unconstrained.high

    def log_density(theta: Array) -> Array:
        inside = ((theta >= low) & (theta <= high)).all(axis=1)
        density = np.full(len(theta), -np.inf)
        with np.errstate(all="ignore"):  # far from the mode a likelihood may overflow; its density is then 0
            density[inside] = likelihood(theta[inside]) + own.log_densities(unconstrained.names, theta[inside])
        return density

    cost = loglik_batch.cost if isinstance(loglik_batch, HasCost) else len(report.distinct_rows.weights)
    cost = loglik_batch.cost_apart if isinstance(loglik_batch, HasCostApart) else cost
    size = int(np.clip(MAX_COST / cost, FEWEST_PROPOSALS, max(PROPOSALS, draws)))
    proposals = sample(log_density, centre=centre, covariance=covariance, size=size, generator=generator)
    if proposals.k_hat > GOOD:
        warn(
            f"{model}: the draws stand on too few points (k-hat {proposals.k_hat:.2f}, above {GOOD}); their intervals "
            "are rough. The customers tell too little of some parameter: see `fitted.boundary` and "
            "`fitted.estimates()`."
        )
    values = unconstrained.natural(proposals.resample(draws, generator=generator), scale=report.scale)
    return Posterior(
        names=names,
        values=values,
        k_hat=proposals.k_hat,
        effective_size=proposals.effective_size(),
        frame_kind=report.frame_kind,
    )


def _normal_approximation(
    report: FitReport, unconstrained: UnconstrainedParameters, prior: WeakPrior | NormalPrior
) -> tuple[Array, Array]:
    """Mode (k,) and inverse negative Hessian (k, k) of the likelihood's quadratic approximation times `prior`."""
    centre, slope, information = (np.array(part) for part in (report.centre, report.slope, report.information))
    # at a boundary rounding may leave negative eigenvalues of the information: these directions are not identified
    eigenvalues, directions = np.linalg.eigh(information)
    precision = (directions * np.maximum(eigenvalues, 0.0)) @ directions.T

    def density(theta: Array) -> tuple[float, Array, Array]:
        away = theta - centre
        value, gradient, hessian = prior.log_density(unconstrained.names, theta)
        log_likelihood = float(slope @ away - 0.5 * away @ precision @ away)
        return log_likelihood + value, gradient + slope - precision @ away, hessian - precision

    far = np.full(len(centre), 50.0)
    box = Box(n=1.0, low=np.maximum(centre - far, unconstrained.low), high=np.minimum(centre + far, unconstrained.high))
    mode = maximise(density, centre, box)
    # at a bound the density falls from its edge as an exponential does, however flat it is beyond
    falls = np.where(held_at_edge(mode.theta, mode.gradient, box), mode.gradient, 0.0)
    eigenvalues, directions = np.linalg.eigh(np.diag(falls**2) - mode.hessian)
    return mode.theta, (directions / np.maximum(eigenvalues, 1e-3)) @ directions.T
