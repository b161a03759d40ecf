"""One maximum-likelihood fit, whatever the model: several starts, the optimum, and what the data leave open by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve, field, frozen

from kundkarriar.errors import ConvergenceError, DataError
from kundkarriar.fields import EFOLDS
from kundkarriar.models.interface.fit_report import FitReport, parabola, unidentified
from kundkarriar.models.uncertainty.priors import top_under_prior
from kundkarriar.numerics.optimize.newton import Box, Optimum, best_start, held_at_edge, maximise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from kundkarriar.numerics.optimize.newton import Surface
    from kundkarriar.numerics.optimize.unconstrained_parameters import Coordinates

    Array = NDArray[np.float64]

SAME = 1e-3
"""Log-likelihoods this close are one."""
ROUGH = 1e-4
"""Where a search among some of the customers stops: their top is not that of all."""
WORTH = 2.0
"""What the parameters beyond a nested model must add to the log-likelihood to be worth having (Akaike)."""

OPEN = {
    "log_mean_purchases": "the purchase rate is not identifiable from so little: more customers or a longer time.",
    "log_r": "no heterogeneity in purchase rates identifiable: all customers may well buy at one rate.",
    "logit_phi": "the chance of leaving is not identifiable: more customers or a longer time, or use kk.NBD().",
    "log_kappa": "no heterogeneity in dropout identifiable: how much the chance of leaving differs between "
    "customers is open.",
    "log_mean_leaving": "the rate of leaving is not identifiable: more customers or a longer time, or use kk.NBD().",
    "log_s": "no heterogeneity in lifetimes identifiable: how much customers differ in leaving is open.",
    "log_ageing": "whether customers leave sooner the older they are is not identifiable; use kk.ParetoNBD().",
    "logit_buys": "the chance of buying is not identifiable from so little: more customers or more opportunities.",
    "log_kappa_buys": "no heterogeneity in buying identifiable: all customers may well buy with one chance.",
    "log_p": "how much the orders of one customer differ is not identifiable: too few repeat purchases.",
    "log_q_above_1": "no heterogeneity in order values identifiable: all customers may well spend alike.",
    "log_order_value": "the typical order value is not identifiable from so few customers.",
}
"""What is said where the data leave a coordinate open."""


def open_sentence(name: str) -> str:
    """What is said where the data leave the coordinate `name` open.

    >>> open_sentence("purchase:channel=web")
    'the coefficient purchase:channel=web is not identifiable: too few customers, or no purchases, tell it from others.'
    """
    if ":" in name:
        return f"the coefficient {name} is not identifiable: too few customers, or no purchases, tell it from others."
    return OPEN[name]


@frozen(kw_only=True, eq=False)
class Smaller:
    """A nested model's likelihood of the same data.

    Attributes:
        surface: over its own coordinates, which are the first of the larger model's.
        starts: where to begin.
        coordinates: its own.
        sentence: what `boundary` says where it does as well.
    """

    surface: Surface
    starts: Sequence[Array]
    coordinates: Coordinates
    sentence: str


@frozen(kw_only=True, eq=False)
class LikelihoodFit:
    """A likelihood ready to be maximised.

    Attributes:
        name: of the model, in messages.
        coordinates: of the search.
        surface: the log-likelihood of all customers.
        starts: where to begin.
        n: customers behind it.
        scale: what 1 is in the coordinates.
        scout: the log-likelihood of some customers, on which starts are compared where there are many.
        scout_n: how many those are.
        smaller: nested models, the simplest first.
        look: what a user should look at where the search fails, as the hint of an error.
        open: what is said where the data leave a coordinate open, if other than `OPEN` says.
    """

    name: str
    coordinates: Coordinates
    surface: Surface
    starts: Sequence[Array]
    n: float
    scale: float
    look: str
    scout: Surface | None = None
    scout_n: float = 1.0
    smaller: tuple[Smaller, ...] = ()
    open: Mapping[str, str] = field(factory=dict)

    @property
    def box(self) -> Box:
        """Where to search."""
        return Box(n=self.n, low=self.coordinates.low, high=self.coordinates.high)

    def optimum(self) -> Optimum:
        """The top, from the best of several starts.

        Raises:
            ConvergenceError: the likelihood still rises where the search ended, or is not finite wherever it began.
        """
        box = self.box
        if self.scout is None:
            start = best_start(self.surface, self.starts, box)
        else:
            found = best_start(self.scout, self.starts, evolve(box, n=self.scout_n, flat=ROUGH))
            start = np.clip(found, box.low / 4, box.high / 4)
        optimum = maximise(self.surface, start, box)
        if not np.isfinite(optimum.value):
            raise ConvergenceError.because(
                f"{self.name} did not reach an optimum: the likelihood is not finite wherever the search began.",
                hint=self.look,
            )
        if not optimum.converged:
            raise ConvergenceError.because(
                f"{self.name} did not reach an optimum: the likelihood still rises "
                f"({optimum.steepest(box) / self.n:.2g} per customer).",
                hint=self.look,
            )
        return optimum

    def at(self, optimum: Optimum) -> Optimum:
        """This likelihood, where the search for another ended."""
        value, gradient, hessian = self.surface(optimum.theta)
        return evolve(optimum, value=value, gradient=gradient, hessian=hessian)

    def boundary(self, optimum: Optimum) -> str | None:
        """Which of the model's ideas these customers leave open, as a sentence; None where all are settled."""
        loose = unidentified(self.coordinates.names, optimum.hessian) or self._held(optimum)
        for nested in self.smaller:
            gain = optimum.value - self._top(nested, optimum).value
            if gain < SAME or (gain < WORTH and loose is not None):
                return nested.sentence
        return None if loose is None else self.open.get(loose) or open_sentence(loose)

    def report(self, optimum: Optimum, *, boundary: str | None, **counts: Any) -> FitReport:
        """The account of the fit; `counts` are further fields of it."""
        inside = self._inside(optimum) if boundary else optimum
        return FitReport(
            fitted=True,
            log_likelihood=float(optimum.value),
            n_customers=int(self.n),
            boundary=boundary,
            converged=True,
            scale=self.scale,
            **parabola(inside),
            **counts,
        )

    def _held(self, optimum: Optimum) -> str | None:
        """The first coordinate that an edge of the box stops, where the likelihood still rises, however little."""
        held = zip(self.coordinates.names, held_at_edge(optimum.theta, optimum.gradient, self.box), strict=True)
        return next((name for name, stopped in held if stopped), None)

    def _inside(self, optimum: Optimum) -> Optimum:
        return top_under_prior(self.surface, self.coordinates.names, start=optimum.theta, box=self.box)

    def _top(self, nested: Smaller, optimum: Optimum) -> Optimum:
        edges = Box(n=self.n, low=nested.coordinates.low, high=nested.coordinates.high)
        prefix = optimum.theta[: len(nested.coordinates)]
        ends = [maximise(nested.surface, start, edges) for start in (prefix, *nested.starts)]
        return max(ends, key=lambda end: end.value)


def natural_values(names: Sequence[str], optimum: Optimum, fit: LikelihoodFit) -> dict[str, float]:
    """The model's parameters at the optimum, by name; in a corner of the search, those inside that do as well.

    Raises:
        DataError: none do: covariates far from 0 make them the parameters of nobody.
    """
    values = fit.coordinates.natural(optimum.theta, scale=fit.scale)
    inside = fit.coordinates.within(values)
    if (inside != values).any():
        height, _, _ = fit.surface(fit.coordinates.working(inside, scale=fit.scale))
        if height < optimum.value - SAME:
            far = np.array(fit.coordinates.positive) & (np.abs(np.log(np.abs(values))) > EFOLDS)
            beyond = [f"{name} {value:.1e}" for name, value in zip(np.array(names)[far], values[far], strict=True)]
            raise DataError.because(
                f"{fit.name} ended at parameters beyond e^-28 to e^28, {', '.join(beyond)}: those of a customer whose "
                "covariates are all 0, from which columns lie far away.",
                hint="subtract a usual value: customers.assign(born=customers['born'] - 1980).",
            )
    return dict(zip(names, inside.tolist(), strict=True))
