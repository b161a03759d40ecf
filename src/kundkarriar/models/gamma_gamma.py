"""Gamma-Gamma, the spend model: expected order value of each customer, shrunk towards the population mean."""

from functools import partial
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from attrs import asdict, evolve, field, frozen
from numpy.random import Generator

from kundkarriar.arguments import read_generator, to_float
from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.fields import PARAMETER, instance_of
from kundkarriar.frames import FrameT, add_columns
from kundkarriar.models.fitting.likelihood_fit import UNIDENTIFIED, LikelihoodFit, objective_of, refuse_too_little
from kundkarriar.models.fitting.spend_rows import SpendRows, read_spend_rows
from kundkarriar.models.interface.argument_checks import Steps, read_numbers
from kundkarriar.models.interface.fitted_model import FittedModel
from kundkarriar.models.uncertainty.posterior import Posterior
from kundkarriar.models.uncertainty.posterior_draws import LoglikBatch
from kundkarriar.numerics.gamma_gamma import expectation, likelihood, spend_parameters
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.stored import Stored
from kundkarriar.summaries.required_weights import refuse_unweighted_rows
from kundkarriar.summaries.summary_laws import MOST_PURCHASES

NAMES = ("p", "q", "gamma")
PURCHASES = Steps(least=0, most=MOST_PURCHASES, unit="of repeat purchases")
INFINITE = (
    "the mean order value over customers is infinite (q = 1): a few customers spend without limit; one-time buyers "
    "have no finite expected order value. Look at the largest `monetary_value`."
)
FINITE = (
    "leave out accounts that are no customers, see summary.nlargest(5, 'monetary_value'), and fit again; or predict "
    "repeat buyers alone: summary[summary['frequency'] > 0]."
)


@frozen(kw_only=True)
class GammaGammaParams:
    """The three parameters of Gamma-Gamma, all from e^-28 to e^28.

    Attributes:
        p: shape of the gamma distribution of one customer's order values.
        q: shape of the gamma distribution over customers of the rate nu of those order values; for q <= 1 the mean
            order value over customers is infinite.
        gamma: rate of that distribution, in money.

    >>> GammaGammaParams(p=6.25, q=3.74, gamma=15.44).q
    3.74
    """

    p: float = field(converter=to_float, validator=PARAMETER)
    q: float = field(converter=to_float, validator=PARAMETER)
    gamma: float = field(converter=to_float, validator=PARAMETER)


@frozen(kw_only=True, repr=False)
class FittedGammaGamma(FittedModel):
    """Gamma-Gamma with fitted or given parameters.

    Attributes:
        params: the three parameters.
        report: the report of the fit; `GIVEN` for parameters typed in.

    >>> import pandas as pd
    >>> note = FittedGammaGamma(params=GammaGammaParams(p=6.25, q=3.74, gamma=15.44))
    >>> seen = pd.DataFrame({"frequency": [0, 1, 7], "monetary_value": [0, 11.77, 73.74]})
    >>> note.predict(seen).round(2)
       frequency  monetary_value  expected_order_value
    0          0            0.00                 35.22
    1          1           11.77                 18.92
    2          7           73.74                 71.47
    """

    params_type: ClassVar[type[GammaGammaParams]] = GammaGammaParams
    unconstrained: ClassVar[UnconstrainedParameters] = spend_parameters.UNCONSTRAINED
    params: GammaGammaParams = field(validator=instance_of(GammaGammaParams))

    def _loglik_batch_of(self, rows: SpendRows) -> LoglikBatch:
        """The log-likelihood of repeat buyers at many unconstrained parameter vectors, (S, 3) to (S,)."""
        scale = self.report.scale
        unit = float(rows.weights.sum() * np.log(scale))

        def at(theta: Array) -> Array:
            values = dict(zip(NAMES, self.unconstrained.natural(theta).T, strict=True))
            loglik: Array = likelihood.loglik_batch(x=rows.x, m=rows.m / scale, weights=rows.weights, **values)
            return loglik - unit

        return at

    def log_likelihood_of(self, summary: Any, *, weights: str | None = None) -> float:
        """The log-likelihood of the repeat buyers of `summary`; `weights` is the column with the customers of a row."""
        refuse_unweighted_rows(summary, need="Gamma-Gamma.log_likelihood_of", weights=weights)
        rows = read_spend_rows(summary, need="Gamma-Gamma.log_likelihood_of", weights=weights).priced()
        values = likelihood.log_likelihood(x=rows.x, m=rows.m, **asdict(self.params))
        return float(np.sum(rows.weights * values))

    def predict(self, summary: FrameT) -> FrameT:
        """Add `expected_order_value`, the expected gross spend of a purchase day.

        One-time buyers, prospects and repeat buyers without a positive spend get the population mean, because nothing
        is known of their repeat orders.

        Args:
            summary: one row per customer: frequency, monetary_value (mean spend of repeat purchase days).

        Returns:
            `summary` with the column added, > 0 and in the currency of `monetary_value`; rows, their order and a pandas
            index are kept.

        Raises:
            DataError: text, missing or impossible values; an infinite expected order value, where q <= 1.
        """
        rows = read_spend_rows(summary, need="Gamma-Gamma.predict")
        value = expectation.expected_order_value(x=rows.x, m=rows.m, **asdict(self.params))
        if endless := int(np.isinf(value).sum()):
            mean = f"the mean order value over customers is infinite (q = {self.params.q:g}, at most 1)."
            raise DataError.because(
                f"Gamma-Gamma.predict has no finite answer for {endless:,} of {len(value):,} customers: "
                f"{self.boundary or mean}",
                hint=FINITE,
            )
        return add_columns(summary, {"expected_order_value": value})

    def simulate(self, frequency: Any, *, seed: int | Generator) -> pd.DataFrame:
        """Simulate the mean spend of new customers.

        `frequency` is the number of repeat purchases of each, (n,), whole numbers >= 0; `seed` a whole number >= 0, or
        a numpy Generator. Returns customer_id (1 to n), frequency, monetary_value (mean value of the repeat orders; 0
        without any).
        """
        x = read_numbers(frequency, "frequency", law=PURCHASES, example="frequency=[0, 1, 3]")
        generator = read_generator(seed)
        nu = generator.standard_gamma(self.params.q, len(x)) / self.params.gamma
        total = generator.standard_gamma(np.maximum(self.params.p * x, 1e-300)) / nu
        return pd.DataFrame(
            {
                "customer_id": np.arange(1, len(x) + 1),
                "frequency": x.astype(np.int64),
                "monetary_value": np.where(x > 0, total / np.maximum(x, 1.0), 0.0),
            }
        )

    def draw_spend(
        self, frequency: Array, monetary_value: Array, *, purchases: Array, posterior: Posterior, generator: Generator
    ) -> Array:
        """Draws of the gross spend of future orders, (n, S): of each customer's mean order value, then of each order.

        Args:
            frequency: repeat purchases, (n,).
            monetary_value: mean spend of the repeat purchases, (n,).
            purchases: number of future orders, (n, S), whole numbers.
            posterior: S draws of p, q, gamma; column s uses draw s.
            generator: random number generator.
        """
        p, nu = self._draw_nu(frequency, monetary_value, posterior, generator)
        return np.where(purchases > 0, generator.standard_gamma(p * np.maximum(purchases, 0)), 0.0) / nu

    def draw_order_value(
        self, frequency: Array, monetary_value: Array, *, posterior: Posterior, generator: Generator
    ) -> Array:
        """Draws of each customer's mean gross order value, (n, S)."""
        p, nu = self._draw_nu(frequency, monetary_value, posterior, generator)
        return np.asarray(p / nu)

    def _draw_nu(
        self, frequency: Array, monetary_value: Array, posterior: Posterior, generator: Generator
    ) -> tuple[Array, Array]:
        """Posterior draws of p, (S,), and a draw of nu given each customer's spend, (n, S)."""
        rows = SpendRows.of(frequency, monetary_value)
        x, z = rows.x[:, None], (rows.x * rows.m)[:, None]
        p = posterior["p"]
        nu = generator.standard_gamma(posterior["q"] + p * x) / (posterior["gamma"] + z)
        # the order value is p / nu: nu must not underflow to 0
        return p, np.maximum(nu, np.finfo(float).tiny)


@frozen(kw_only=True)
class GammaGamma(Stored):
    """The specification of Gamma-Gamma; `fit` estimates its parameters. Fader & Hardie (2013), note 025.

    A customer's order values are gamma distributed around an individual mean, which varies over customers. The model
    assumes that spend is independent of purchase frequency. The first purchase does not count.

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30", period="W")
    >>> kk.GammaGamma().fit(summary).estimates()["estimate"].round(2).tolist()
    [6.25, 3.74, 15.44]
    """

    def fit(self, summary: Any, *, weights: str | None = None) -> FittedGammaGamma:
        """Estimate the parameters by maximum likelihood.

        Args:
            summary: one row per customer, as from `kk.summarize`: frequency, monetary_value. One-time buyers and
                prospects are not used; repeat buyers whose spend is not above 0 are left out and counted in
                `.report.unpriced`.
            weights: column with the number of customers of a row (frames from `kk.distinct_rows` have no spend).

        Raises:
            DataError: text, missing or impossible values, or too few repeat buyers.
            ConvergenceError: the search did not reach a maximum.

        Warns:
            DataWarning: the model's `weaknesses`, such as a boundary.
        """
        refuse_unweighted_rows(summary, need="Gamma-Gamma.fit", weights=weights)
        every = read_spend_rows(summary, need="Gamma-Gamma.fit", weights=weights)
        rows = every.priced().ordered()
        refuse_too_little(
            "Gamma-Gamma",
            int(rows.weights.sum()),
            parameters=len(NAMES),
            typed="FittedGammaGamma(params=...)",
            who="repeat buyers with a spend above 0",
        )
        fit = likelihood_of(rows)
        # searched in the unit of its scale, so that amounts in a far unit are refused, and not clipped
        values, report = evolve(fit, scale=1.0).fitted(unpriced=every.unpriced(), distinct_rows=rows)
        gamma = _in_money(values["gamma"], fit.scale)
        values, report = values | {"gamma": gamma}, evolve(report, scale=fit.scale)
        if report.boundary == UNIDENTIFIED["log_q_above_1"] and values["q"] < 2:
            values, report = values | {"q": 1.0}, evolve(report, boundary=INFINITE)
        return FittedGammaGamma(params=GammaGammaParams(**values), report=report).warned()


def _in_money(gamma: float, scale: float) -> float:
    """`gamma` in the unit of the amounts, of which the search has `scale` as its unit.

    Raises:
        DataError: a parameter cannot be that large or small.
    """
    if PARAMETER.holds(gamma * scale):
        return gamma * scale
    large = gamma * scale > 1
    raise DataError.because(
        f"Gamma-Gamma cannot be fitted to amounts {'as large' if large else 'as small'} as these (half of the mean "
        f"order values are {'above' if large else 'below'} {scale:.2g}): gamma would be {gamma * scale:.2g}, and "
        "parameters lie between e^-28 and e^28.",
        hint=f"count money in a {'larger' if large else 'smaller'} unit, before kk.transactions: "
        f"orders.assign(amount=orders['amount'] {'/' if large else '*'} 1e6).",
    )


def likelihood_of(rows: SpendRows) -> LikelihoodFit:
    """The likelihood of repeat buyers with spend > 0, with all that its maximisation needs."""
    scale = float(np.median(rows.m))
    total = partial(likelihood.total, x=rows.x, m=rows.m / scale, weights=rows.weights)
    unit = float(rows.weights.sum()) * float(np.log(scale))
    return LikelihoodFit(
        name="Gamma-Gamma",
        parameters=NAMES,
        unconstrained=spend_parameters.UNCONSTRAINED,
        objective=objective_of(total, spend_parameters.UNCONSTRAINED, NAMES, constant=-unit),
        starts=[np.array([np.log(p), np.log(q - 1), 0.0]) for p, q in ((4.0, 3.0), (1.0, 2.0), (20.0, 6.0))],
        n=float(rows.weights.sum()),
        scale=scale,
        hint="look for single giant orders: summary.nlargest(5, 'monetary_value').",
    )
