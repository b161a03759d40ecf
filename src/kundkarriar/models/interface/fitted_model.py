"""`FittedModel`, the base class of all fitted models: fit criteria, estimates, posterior, `to_dict` and `from_dict`."""

from collections.abc import Iterable
from typing import Any, ClassVar, Self

from attrs import asdict, frozen
from numpy.random import Generator

from kundkarriar.arguments import LEVEL, read_generator, refusal
from kundkarriar.engines.frame_kinds import OwnFrame, frame_of_kind
from kundkarriar.errors import warn
from kundkarriar.foreign_objects import attribute_of, is_a
from kundkarriar.models.interface.fit_report import GIVEN, FitReport
from kundkarriar.models.interface.protocols import Averages
from kundkarriar.models.uncertainty.covariance import covariance_columns
from kundkarriar.models.uncertainty.estimates import estimates_columns, stacked
from kundkarriar.models.uncertainty.posterior import Posterior, side_by_side
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
        prior, names = self.report.prior, self.unconstrained.names
        if prior is not None and prior.names != names:
            law = f"the report of a fit with a prior on {names}"
            raise refusal(prior.names, "report", law=law, hint="take the report of such a fit: fitted.report.")

    def __repr__(self) -> str:
        """The parameters; of a fit also its customers, its log-likelihood and what it does not identify."""
        values = asdict(self.params) | self.free_parameters()
        values = {name: value for name, value in values.items() if value is not None}
        told = [f"{name}={value:.6g}" for name, value in [*values.items()][:MAX_SHOWN]]
        told += ["..."] * (len(values) > MAX_SHOWN)
        told += [f"{unit}={getattr(self, unit)!r}" for unit in ("period", "every") if hasattr(self, unit)]
        fit = f"{self.n_customers:,} customers, log-likelihood {self.log_likelihood or 0.0:,.4f}"
        lines = [f"{type(self).__name__}({', '.join(told)})", fit if self.report.fitted else "", self.boundary or ""]
        lines += [] if self.report.older_test is None else [f"{self.report.older_test}"]
        for prefix, law in [*self.laws.items()][1:]:
            told = [f"{prefix}{name}={value:.6g}" for name, value in law.free_parameters().items()]
            lines.append(", ".join(told[:MAX_SHOWN]))
        return "\n".join(filter(None, lines))

    @property
    def laws(self) -> dict[str, "FittedModel"]:
        """The laws of traits in the model, each a fit of its own customers, by the prefix of their parameters' names.

        The first, without a prefix, is the model itself; "older " is that of customers older than the data.
        """
        return {"": self}

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
        """The log-likelihood of all customers at the fitted parameters, of two laws the sum; None without a fit."""
        return total(law.report.log_likelihood for law in self.laws.values())

    @property
    def greatest_log_likelihood(self) -> float | None:
        """The greatest log-likelihood, of which information criteria are made; None where parameters were given.

        It is above `log_likelihood` where there are two laws, as the newcomers' parameters are shrunk.
        """
        return total(law.report.greatest_log_likelihood for law in self.laws.values())

    @property
    def n_parameters(self) -> int:
        """The number of estimated parameters, of all laws, as AIC and BIC count them."""
        return sum(len(law.free_parameters()) for law in self.laws.values())

    @property
    def aic(self) -> float | None:
        """Akaike's information criterion: 2 x parameters - 2 x log-likelihood; None where parameters were given."""
        log_likelihood = self.greatest_log_likelihood
        return None if log_likelihood is None else aic(log_likelihood, parameters=self.n_parameters)

    @property
    def bic(self) -> float | None:
        """Schwarz's criterion: parameters x ln(customers) - 2 x log-likelihood; None where parameters were given."""
        log_likelihood, n = self.greatest_log_likelihood, self.n_customers
        return None if log_likelihood is None else bic(log_likelihood, parameters=self.n_parameters, n=n)

    @property
    def n_customers(self) -> int:
        """The number of customers in the fit (repeat buyers, for a spend model); 0 where parameters were given."""
        return sum(law.report.n_customers for law in self.laws.values())

    @property
    def boundary(self) -> str | None:
        """None, or a sentence that says what the data do not identify and what to do about it."""
        said = (of_law(prefix, law.report.boundary) for prefix, law in self.laws.items() if law.report.boundary)
        return next(said, None)

    @property
    def weaknesses(self) -> tuple[str, ...]:
        """What makes results doubtful, one sentence each: a boundary, few customers, most customers left out."""
        model = type(self).__name__.removeprefix("Fitted")
        said = (of_law(prefix, each) for prefix, law in self.laws.items() for each in law.report.weaknesses)
        return tuple(f"{model}: {sentence}" for sentence in said)

    def warned(self) -> Self:
        """The model itself, after a `DataWarning` for each of its `weaknesses`."""
        for sentence in self.weaknesses:
            warn(sentence)
        return self

    @property
    def converged(self) -> bool:
        """Whether the fit ended at a maximum of the likelihood or at a named boundary."""
        return all(law.report.converged for law in self.laws.values())

    @property
    def frame_kind(self) -> str:
        """The kind of frame that the model was fitted to, and that its tables are of; pandas for given parameters."""
        return self.report.frame_kind

    def estimates(self, *, level: float = 0.95) -> OwnFrame:
        """The parameters with standard errors and confidence intervals.

        Intervals are by profile likelihood: bounds of positive parameters are positive, and a bound that the data do
        not determine is 0 or infinite. Intervals are symmetric in logs, from standard errors, for a model read back by
        `from_dict`, which has no data, and for thousands of customers who all differ in their covariates.

        Args:
            level: confidence level, between 0 and 1.

        Returns:
            parameter, estimate, std_error, low, high, in the kind of frame of the fit; one row per parameter, those of
            the law of older customers named "older r". The last three are missing at a boundary, where a penalty moved
            the maximum, and for given parameters. Beside a law of older customers, those of newcomers are empirical
            Bayes: of likelihood times a prior around the parameters of everybody, whom the newcomers are among, so
            somewhat too narrow.

        Raises:
            DataError: `level` is not between 0 and 1.
        """
        return frame_of_kind(self._estimates(LEVEL.read(level, "level")), self.frame_kind)

    def _estimates(self, level: float) -> dict[str, Any]:
        """The columns of `estimates`."""
        laws = [
            estimates_columns(
                {f"{prefix}{name}": value for name, value in law.free_parameters().items()},
                law.report,
                unconstrained=law.unconstrained,
                loglik_batch=law.loglik_batch(),
                level=level,
            )
            for prefix, law in self.laws.items()
        ]
        return stacked(laws)

    def vcov(self) -> OwnFrame:
        """The covariance matrix of the parameters, as in `estimates`: the square of `std_error` on its diagonal.

        It comes from the information at the maximum by the delta method.

        Returns:
            parameter, and a column for each parameter; one row per parameter. Missing at a boundary, where a penalty
            moved the maximum, and for given parameters. Of two laws, which are fitted to other customers each, it is 0
            between them.
        """
        laws = [
            ({f"{prefix}{name}": at for name, at in law.free_parameters().items()}, law.report, law.unconstrained)
            for prefix, law in self.laws.items()
        ]
        return frame_of_kind(covariance_columns(laws), self.frame_kind)

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
            prior: a proper prior on the unconstrained parameters. Newcomers beside a law of older customers have that
                of their fit, around the parameters of everybody, instead.

        Returns:
            The draws, (S, k), by parameter name. A draw holds both laws where there are two: "older r" beside r.

        Raises:
            CapabilityError: the parameters were given, not fitted.
        """
        generator = read_generator(seed)
        drawn = [
            draw_posterior(
                law.report,
                law.unconstrained,
                names=tuple(f"{prefix}{name}" for name in law.free_parameters()),
                loglik_batch=law.loglik_batch(),
                draws=draws,
                seed=generator,
                prior=prior,
                model=type(self).__name__,
            )
            for prefix, law in self.laws.items()
        ]
        return drawn[0] if len(drawn) == 1 else side_by_side(drawn)


def total(of_laws: Iterable[float | None]) -> float | None:
    """The sum over laws; None where one is missing."""
    known = list(of_laws)
    return None if None in known else sum(each for each in known if each is not None)


def of_law(prefix: str, sentence: str) -> str:
    """A sentence on one of several laws.

    >>> of_law("older ", "no dropout identifiable.")
    'older customers: no dropout identifiable.'
    """
    return f"{prefix}customers: {sentence}" if prefix else sentence


def first_line(fitted: object) -> str:
    """The first line of what a fitted model prints: its class and parameters, or the members of an average."""
    return repr(fitted).partition("\n")[0]


def weaknesses_of(*models: Any) -> tuple[str, ...]:
    """The `weaknesses` of several fitted models; a model of a user's own tells of none."""
    told: dict[str, None] = {}
    for model in models:
        if isinstance(model, FittedModel) or is_a(model, Averages):
            told |= dict.fromkeys(attribute_of(model, "weaknesses") or ())
    return tuple(told)
