"""`FittedModel`, the base class of all fitted models: fit criteria, estimates, posterior, `to_dict` and `from_dict`."""

from typing import Any, ClassVar, Self

import pandas as pd
from attrs import asdict, frozen
from numpy.random import Generator

from kundkarriar.arguments import LEVEL, refusal
from kundkarriar.errors import warn
from kundkarriar.foreign_objects import attribute_of, is_a
from kundkarriar.models.interface.fit_report import GIVEN, FitReport
from kundkarriar.models.interface.protocols import Averages
from kundkarriar.models.uncertainty.covariance import covariance_frame
from kundkarriar.models.uncertainty.estimates import estimates_frame
from kundkarriar.models.uncertainty.posterior import Posterior
from kundkarriar.models.uncertainty.posterior_draws import LoglikBatch, draw_posterior
from kundkarriar.models.uncertainty.priors import WeakPrior
from kundkarriar.numerics.optimize.model_comparison import aic, bic
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.stored import Stored

MAX_SHOWN = 12
"""How many parameters the text of a model shows."""


@frozen(kw_only=True, repr=False)
class FittedModel(Stored):
    """A model with fitted or given parameters; each final class adds them."""

    params_type: ClassVar[type[Any]]
    params: Any
    report: FitReport = GIVEN

    def __attrs_post_init__(self) -> None:
        """Check that the report is of a fit of as many parameters."""
        if not isinstance(self.report, FitReport):
            raise refusal(self.report, "report", law="the report of a fit", hint="leave it out, or fitted.report.")
        k, named = len(self.report.centre), tuple(self.free_parameters())
        if self.report.fitted and k != len(named):
            law = f"the report of a fit of the {len(named)} parameters {named}"
            raise refusal(f"{k} parameters", "report", law=law, hint="take the report of such a fit: fitted.report.")

    def __repr__(self) -> str:
        """The parameters; of a fit also its customers, its log-likelihood and what it does not identify."""
        values = asdict(self.params) | self.free_parameters()
        values = {name: value for name, value in values.items() if value is not None}
        told = [f"{name}={value:.6g}" for name, value in [*values.items()][:MAX_SHOWN]]
        told += ["..."] * (len(values) > MAX_SHOWN)
        told += [f"{unit}={getattr(self, unit)!r}" for unit in ("period", "every") if hasattr(self, unit)]
        fit = f"{self.n_customers:,} customers, log-likelihood {self.log_likelihood or 0.0:,.4f}"
        lines = (f"{type(self).__name__}({', '.join(told)})", fit if self.report.fitted else "", self.boundary or "")
        return "\n".join(filter(None, lines))

    def free_parameters(self) -> dict[str, float]:
        """The parameters that a fit estimates, by name, in the order of the unconstrained parameters."""
        return asdict(self.params)

    @property
    def unconstrained(self) -> UnconstrainedParameters:
        """The unconstrained parameters in which the likelihood was maximised, as many as free parameters."""
        raise NotImplementedError

    def loglik_batch(self) -> LoglikBatch | None:
        """The log-likelihood of the fitted rows at many unconstrained parameter vectors: (S, k) to (S,).

        None where the report has no distinct rows, as after `from_dict`.
        """
        rows = self.report.distinct_rows
        return None if rows is None else self._loglik_batch_of(rows)

    def _loglik_batch_of(self, rows: Any) -> LoglikBatch | None:
        """The same of other distinct rows; None where evaluating many points would take too long."""
        raise NotImplementedError

    @property
    def log_likelihood(self) -> float | None:
        """The log-likelihood at the fitted parameters; None where they were given."""
        return self.report.log_likelihood

    @property
    def n_parameters(self) -> int:
        """The number of estimated parameters, as AIC and BIC count them."""
        return len(self.free_parameters())

    @property
    def aic(self) -> float | None:
        """Akaike's information criterion: 2 x parameters - 2 x log-likelihood; None where parameters were given."""
        log_likelihood = self.report.log_likelihood
        return None if log_likelihood is None else aic(log_likelihood, parameters=self.n_parameters)

    @property
    def bic(self) -> float | None:
        """Schwarz's criterion: parameters x ln(customers) - 2 x log-likelihood; None where parameters were given."""
        log_likelihood, n = self.report.log_likelihood, self.report.n_customers
        return None if log_likelihood is None else bic(log_likelihood, parameters=self.n_parameters, n=n)

    @property
    def n_customers(self) -> int:
        """The number of customers in the fit (repeat buyers, for a spend model); 0 where parameters were given."""
        return self.report.n_customers

    @property
    def boundary(self) -> str | None:
        """None, or a sentence that says what the data do not identify and what to do about it."""
        return self.report.boundary

    @property
    def weaknesses(self) -> tuple[str, ...]:
        """What makes results doubtful, one sentence each: a boundary, few customers, most customers left out."""
        model = type(self).__name__.removeprefix("Fitted")
        return tuple(f"{model}: {sentence}" for sentence in self.report.weaknesses)

    def warned(self) -> Self:
        """The model itself, after a `DataWarning` for each of its `weaknesses`."""
        for sentence in self.weaknesses:
            warn(sentence)
        return self

    @property
    def converged(self) -> bool:
        """Whether the fit ended at a maximum of the likelihood or at a named boundary."""
        return self.report.converged

    def estimates(self, *, level: float = 0.95) -> pd.DataFrame:
        """The parameters with standard errors and confidence intervals.

        Intervals are by profile likelihood: bounds of positive parameters are positive, and a bound that the data do
        not determine is 0 or infinite. Intervals are symmetric in logs, from standard errors, for a model read back by
        `from_dict`, which has no data, and for thousands of customers who all differ in their covariates.

        Args:
            level: confidence level, between 0 and 1.

        Returns:
            parameter, estimate, std_error, low, high; one row per parameter. The last three are missing at a boundary,
            where a penalty moved the maximum, and for given parameters.

        Raises:
            DataError: `level` is not between 0 and 1.
        """
        given, batch = self.free_parameters(), self.loglik_batch()
        return estimates_frame(
            given, self.report, unconstrained=self.unconstrained, loglik_batch=batch, level=LEVEL.read(level, "level")
        )

    def vcov(self) -> pd.DataFrame:
        """The covariance matrix of the parameters, as in `estimates`: the square of `std_error` on its diagonal.

        It comes from the information at the maximum by the delta method.

        Returns:
            parameter, and a column for each parameter; one row per parameter. Missing at a boundary, where a penalty
            moved the maximum, and for given parameters.
        """
        return covariance_frame(self.free_parameters(), self.report, unconstrained=self.unconstrained)

    def posterior(
        self,
        *,
        draws: int = 4000,
        seed: int | Generator,
        prior: WeakPrior = WeakPrior(),  # noqa: B008 - frozen
    ) -> Posterior:
        """Draws of the parameters from the posterior, likelihood times `prior`, by importance sampling.

        `k_hat` of the result measures the quality of the draws: up to 0.7 they are reliable, above it a warning is
        given. A model read back by `from_dict` has no data: its draws are from the normal approximation of the
        likelihood in the unconstrained parameters, times the prior, and `k_hat` is None.

        Args:
            draws: number of draws S; draws may repeat.
            seed: a whole number >= 0, or a numpy Generator.
            prior: a proper prior on the unconstrained parameters.

        Returns:
            The draws, (S, k), by parameter name.

        Raises:
            CapabilityError: the parameters were given, not fitted.
        """
        return draw_posterior(
            self.report,
            self.unconstrained,
            names=tuple(self.free_parameters()),
            loglik_batch=self.loglik_batch(),
            draws=draws,
            seed=seed,
            prior=prior,
            model=type(self).__name__,
        )


def weaknesses_of(*models: Any) -> tuple[str, ...]:
    """The `weaknesses` of several fitted models; a model of a user's own tells of none."""
    told: dict[str, None] = {}
    for model in models:
        if isinstance(model, FittedModel) or is_a(model, Averages):
            told |= dict.fromkeys(attribute_of(model, "weaknesses") or ())
    return tuple(told)
