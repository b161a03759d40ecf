"""Gamma-Gamma, the spend model: expected order value of each customer, shrunk towards the population mean."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from attrs import asdict, evolve, field, frozen
from attrs.validators import optional
from numpy.random import Generator

from kundkarriar.arguments import NOT_NEGATIVE, as_tuple, read_generator, to_float
from kundkarriar.arrays import Array
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.fields import PARAMETER, instance_of
from kundkarriar.frames import FrameT, add_columns
from kundkarriar.models.fitting.likelihood_fit import UNIDENTIFIED, refuse_too_little
from kundkarriar.models.fitting.spend_rows import SpendRows, read_spend_rows
from kundkarriar.models.interface.argument_checks import Steps, read_numbers
from kundkarriar.models.interface.columns_read import spend_columns
from kundkarriar.models.interface.fitted_model import FittedModel
from kundkarriar.models.spend.first_order_test import FirstOrderTest, first_order_test
from kundkarriar.models.spend.spend_effects import (
    NO_SPEND_EFFECTS,
    SpendEffects,
    columns_of_spend,
    spend_effects_to_fit,
)
from kundkarriar.models.spend.spend_likelihood import MODEL, SpendLikelihood
from kundkarriar.models.uncertainty.posterior import Posterior
from kundkarriar.models.uncertainty.posterior_draws import LoglikBatch
from kundkarriar.numerics.gamma_gamma import expectation, likelihood
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.stored import Stored, whole
from kundkarriar.stored_forms import NUMBER, TEXT, TRUTH, list_of, or_null, written
from kundkarriar.summaries.lazy.fit_on_distinct import fit_on_distinct
from kundkarriar.summaries.lazy.row_by_row import row_by_row
from kundkarriar.summaries.required_weights import refuse_unweighted_rows
from kundkarriar.summaries.summary_laws import MOST_PURCHASES

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
    """The parameters of Gamma-Gamma, all from e^-28 to e^28.

    Attributes:
        p: shape of the gamma distribution of one customer's order values.
        q: shape of the gamma distribution over customers of the rate nu of those order values; for q <= 1 the mean
            order value over customers is infinite.
        gamma: rate of that distribution, in money; with covariates, of customers whose columns are all 0.
        c: scale of the first order relative to later ones; None where first orders are not counted.

    >>> GammaGammaParams(p=6.25, q=3.74, gamma=15.44).q
    3.74
    """

    p: float = field(converter=to_float, validator=PARAMETER)
    q: float = field(converter=to_float, validator=PARAMETER)
    gamma: float = field(converter=to_float, validator=PARAMETER)
    c: float | None = field(
        default=None, converter=to_float, validator=optional(PARAMETER), metadata=written(or_null(NUMBER), later=True)
    )


@frozen(kw_only=True, repr=False)
class FittedGammaGamma(FittedModel):
    """Gamma-Gamma with fitted or given parameters.

    Attributes:
        params: the parameters; with a `c`, first orders are counted.
        effects: the coefficients of columns on the mean order value.
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
    params: GammaGammaParams = field(validator=instance_of(GammaGammaParams))
    effects: SpendEffects = field(
        default=NO_SPEND_EFFECTS,
        validator=instance_of(SpendEffects),
        metadata=written(whole(SpendEffects), later=True),
    )

    @property
    def counts_first_orders(self) -> bool:
        """Whether the first order of a customer is counted beside the repeat orders."""
        return self.params.c is not None

    @property
    def likelihood(self) -> SpendLikelihood:
        """The likelihood that has these parameters; c of 1 is none, because no fit leaves it there."""
        factor = self.counts_first_orders and self.params.c != 1.0
        return SpendLikelihood(first_order=self.counts_first_orders, factor=factor, effects=self.effects)

    @property
    def unconstrained(self) -> UnconstrainedParameters:
        """The unconstrained parameters in which the likelihood was maximised."""
        return self.likelihood.unconstrained

    def free_parameters(self) -> dict[str, float]:
        """p, q, gamma; c where it differs from 1; the coefficients, "spend:channel=web"."""
        values = asdict(self.params) | self.effects.values()
        return {name: values[name] for name in self.likelihood.parameters}

    def estimates(self, *, level: float = 0.95) -> pd.DataFrame:
        """The parameters with standard errors and confidence intervals, as of every model.

        Where first orders are counted and do not differ from later ones, c is 1 without an error.
        """
        table = super().estimates(level=level)
        if self.params.c == 1.0:
            held = pd.DataFrame({"parameter": ["c"], "estimate": [1.0]}).reindex(columns=table.columns)
            return pd.concat([table, held.astype(table.dtypes)], ignore_index=True)
        return table

    def first_order_test(self, summary: Any, *, customers: Any = None, weights: str | None = None) -> FirstOrderTest:
        """The test that first orders are of the scale of later ones (c = 1), on the customers of a summary.

        Args:
            summary: one row per customer, from `kk.summarize`.
            customers: the columns of the fit by customer_id; None where the summary holds them, or there are none.
            weights: the column with the customers of a row.
        """
        rows = self._rows(summary, customers=customers, weights=weights, first_order=True, need="first_order_test")
        return first_order_test(rows.priced().ordered(), effects=self.effects)[0]

    def _loglik_batch_of(self, rows: SpendRows) -> LoglikBatch:
        """The log-likelihood of customers at many unconstrained parameter vectors, (S, k) to (S,)."""
        return self.likelihood.loglik_batch(rows, scale=self.report.scale)

    def log_likelihood_of(self, summary: Any, *, customers: Any = None, weights: str | None = None) -> float:
        """The log-likelihood of the known orders of `summary`; `weights` is the column with the customers of a row.

        Of repeat orders alone it is that of mean order values, with first orders that of both and of the sum of repeat
        orders. `customers` has the columns of the fit by customer_id, where the summary has not.
        """
        refuse_unweighted_rows(summary, need="Gamma-Gamma.log_likelihood_of", weights=weights)
        rows = self._rows(summary, customers=customers, weights=weights, need="log_likelihood_of").priced()
        given = {"first": rows.first, "c": self._factors(rows)} if self.counts_first_orders else {}
        p, q, gamma = self.params.p, self.params.q, self._gamma(rows)
        values = likelihood.log_likelihood(x=rows.x, m=rows.m, p=p, q=q, gamma=gamma, **given)
        return float(np.sum(rows.weights * values))

    @row_by_row(spend_columns)
    def predict(self, summary: FrameT, *, customers: Any = None) -> FrameT:
        """Add `expected_order_value`, the expected gross spend of a purchase day after the first.

        Customers of whom no order is known get the population mean: one-time buyers too, where first orders are not
        counted.

        Args:
            summary: one row per customer: frequency, monetary_value (mean spend of repeat purchase days); first_value,
                where first orders are counted.
            customers: the columns of the fit by customer_id; None where the summary holds them, or there are none.

        Returns:
            `summary` with the column added, > 0 and in the currency of `monetary_value`; rows, their order and a pandas
            index are kept.

        Raises:
            DataError: text, missing or impossible values; an infinite expected order value, where q <= 1.
        """
        rows = self._rows(summary, customers=customers, need="predict")
        c = 1.0 if self.params.c is None else self.params.c
        p, q, gamma = self.params.p, self.params.q, self._gamma(rows)
        value = expectation.expected_order_value(x=rows.orders, m=rows.mean(c), p=p, q=q, gamma=gamma)
        if endless := int(np.isinf(value).sum()):
            mean = f"the mean order value over customers is infinite (q = {self.params.q:g}, at most 1)."
            raise DataError.because(
                f"Gamma-Gamma.predict has no finite answer for {endless:,} of {len(value):,} customers: "
                f"{self.boundary or mean}",
                hint=FINITE,
            )
        return add_columns(summary, {"expected_order_value": value})

    def new_customer_order(self, profile: Mapping[str, Any] | None = None) -> float:
        """The expected value of an order after the first, p gamma / (q - 1), of a customer of whom none is known.

        `profile` has the customer's columns by name, {"channel": "web"}, where the model has some. It is infinite where
        q <= 1.
        """
        row = SpendRows.of([0], [0.0], covariates=self.effects.of_profile(profile, need=f"{MODEL}.new_customer_order"))
        p, q = self.params.p, self.params.q
        return float(expectation.expected_order_value(x=row.x, m=row.m, p=p, q=q, gamma=self._gamma(row))[0])

    def first_order_value(self, profile: Mapping[str, Any] | None = None) -> float:
        """The expected value of a new customer's first order: c times that of later ones, `new_customer_order`.

        Raises:
            CapabilityError: first orders are not counted, so that c is not known.
        """
        if self.params.c is None:
            raise CapabilityError.because(
                f"{MODEL} of repeat orders says nothing of first orders.",
                hint="kk.GammaGamma(first_order=True).fit(summary) counts them.",
            )
        return self.params.c * self.new_customer_order(profile)

    def simulate(self, frequency: Any, *, seed: int | Generator, customers: Any = None) -> pd.DataFrame:
        """Simulate the spend of new customers.

        `frequency` is the number of repeat purchases of each, (n,), whole numbers >= 0; `seed` a whole number >= 0, or
        a numpy Generator; `customers` a row of the columns of the fit for each, where there are some. Returns
        customer_id (1 to n), frequency, monetary_value (mean value of the repeat orders; 0 without any), and
        first_value where first orders are counted.
        """
        x = read_numbers(frequency, "frequency", law=PURCHASES, example="frequency=[0, 1, 3]")
        generator = read_generator(seed)
        covariates = self.effects.of_rows(customers, n=len(x), need=f"{MODEL}.simulate")
        gamma = self.params.gamma * self.effects.factors(covariates)
        nu = generator.standard_gamma(self.params.q, len(x)) / gamma
        total = generator.standard_gamma(np.maximum(self.params.p * x, 1e-300)) / nu
        made = {
            "customer_id": np.arange(1, len(x) + 1),
            "frequency": x.astype(np.int64),
            "monetary_value": np.where(x > 0, total / np.maximum(x, 1.0), 0.0),
        }
        if self.params.c is not None:
            made["first_value"] = self.params.c * generator.standard_gamma(self.params.p, len(x)) / nu
        return pd.DataFrame(made)

    def read_spend(self, summary: Any, *, customers: Any = None, need: str | None = None) -> tuple[Array, Array]:
        """What `draw_spend` and `draw_order_value` read of each row of a summary: see `kk.ReadsSpend`."""
        rows = self._rows(summary, customers=customers, need=need or "read_spend")
        if self.counts_first_orders or self.effects.columns:
            return rows.arrays()
        return rows.x, rows.m

    def draw_spend(
        self, frequency: Array, monetary_value: Array, *, purchases: Array, posterior: Posterior, generator: Generator
    ) -> Array:
        """Draws of the gross spend of future orders, (n, S): of each customer's mean order value, then of each order.

        Args:
            frequency: repeat purchases, (n,).
            monetary_value: mean spend of the repeat purchases, (n,); or what `read_spend` gives.
            purchases: number of future orders, (n, S), whole numbers.
            posterior: S draws of the parameters; column s uses draw s.
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
        rows, drawn = SpendRows.read_back(frequency, monetary_value), posterior.params()
        gamma = drawn["gamma"]
        if self.effects.names:
            coefficients = np.stack([drawn[name] for name in self.effects.names])
            gamma = gamma * np.exp(np.einsum("ik,ks->is", rows.covariates, coefficients))
        p, spent = drawn["p"], rows.spent(drawn.get("c", np.ones(1)))
        nu = generator.standard_gamma(drawn["q"] + p * rows.orders[:, None]) / (gamma + spent)
        # the order value is p / nu: nu must not underflow to 0
        return p, np.maximum(nu, np.finfo(float).tiny)

    def _rows(
        self, summary: Any, *, customers: Any, need: str, weights: str | None = None, first_order: bool | None = None
    ) -> SpendRows:
        """The rows of a summary with all that the parameters act on."""
        need = need if need[0].isupper() else f"{MODEL}.{need}"
        first_order = self.counts_first_orders if first_order is None else first_order
        rows = read_spend_rows(summary, need=need, weights=weights, first_order=first_order)
        return evolve(rows, covariates=self.effects.covariates(summary, customers=customers, need=need))

    def _gamma(self, rows: SpendRows) -> Any:
        """The rate gamma of each row, (n,); a number without covariates."""
        return self.params.gamma * self.effects.factors(rows.covariates) if self.effects.names else self.params.gamma

    def _factors(self, rows: SpendRows) -> Array:
        """The scale of each customer's first known order, (n,): c of newcomers, 1 of who may be older than the data."""
        return np.where(rows.newcomer > 0, 1.0 if self.params.c is None else self.params.c, 1.0)


@frozen(kw_only=True)
class GammaGamma(Stored):
    """The specification of Gamma-Gamma; `fit` estimates its parameters. Fader & Hardie (2013), note 025.

    A customer's order values are gamma distributed around an individual mean, which varies over customers. The model
    assumes that spend is independent of purchase frequency. In the note the first purchase does not count.

    With `first_order=True` it does. It is then one more order of the customer, times c where first orders are larger or
    smaller than later ones. c is 1 unless the data tell it from 1: twice the gain in log-likelihood above 10.83
    (p = .001), and c beyond 10 % from 1. The first order of a customer of entry "unknown" in the summary is an ordinary
    one. A first order that is missing or not above 0 is unknown, and the repeat orders count alone.

    Attributes:
        first_order: whether the first order counts; the summary then has `first_value`.
        columns: columns of customers on which the mean order value depends, known from the start: numbers, text, truth
            values or categories, as in `kk.Covariates`.
        l2: penalty on their coefficients: the fit maximises the log-likelihood per customer - l2 x the sum of squared
            coefficients, each per spread of its column.

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30", period="W")
    >>> kk.GammaGamma().fit(summary).estimates()["estimate"].round(2).tolist()
    [6.25, 3.74, 15.44]
    >>> counted = kk.GammaGamma(first_order=True).fit(summary)
    >>> counted.estimates()[["parameter", "estimate"]].round(2).values.tolist()
    [['p', 3.85], ['q', 4.51], ['gamma', 29.85], ['c', 1.0]]
    """

    first_order: bool = field(default=False, validator=instance_of(bool), metadata=written(TRUTH, later=True))
    columns: tuple[str, ...] = field(
        default=(), converter=as_tuple, validator=columns_of_spend, metadata=written(list_of(TEXT), later=True)
    )
    l2: float = field(default=0.0, converter=to_float, validator=NOT_NEGATIVE, metadata=written(NUMBER, later=True))

    @fit_on_distinct(spend_columns)
    def fit(self, summary: Any, *, customers: Any = None, weights: str | None = None) -> FittedGammaGamma:
        """Estimate the parameters by maximum likelihood.

        Args:
            summary: one row per customer, as from `kk.summarize`: frequency, monetary_value; first_value with
                `first_order`. Customers without a known order are not used; those who bought (with `first_order`
                anything, else again) at a spend that is not above 0 are counted in `.report.unpriced`.
            customers: the `columns` by customer_id; None where the summary holds them, or there are none.
            weights: column with the number of customers of a row (frames from `kk.distinct_rows` have no spend).

        Raises:
            DataError: text, missing or impossible values, or too few repeat buyers; a column that is missing, constant
                or collinear.
            ConvergenceError: the search did not reach a maximum.

        Warns:
            DataWarning: the model's `weaknesses`, such as a boundary.
        """
        need = f"{MODEL}.fit"
        refuse_unweighted_rows(summary, need=need, weights=weights)
        every = read_spend_rows(summary, need=need, weights=weights, first_order=self.first_order)
        known = np.flatnonzero(every.orders > 0)
        rows = every.at(known)
        refuse_too_little(
            MODEL,
            rows.repeat_buyers(),
            parameters=3,
            typed="FittedGammaGamma(params=...)",
            who="repeat buyers with a spend above 0",
        )
        effects, covariates = spend_effects_to_fit(
            self.columns, summary, customers=customers, at=known, weights=rows.weights, need=need
        )
        rows = evolve(rows, covariates=covariates).ordered()
        kind = SpendLikelihood(first_order=self.first_order, effects=effects)
        starts = None
        if self.first_order:
            test, start = first_order_test(rows, effects=effects, l2=self.l2)
            kind, starts = evolve(kind, factor=test.counted), [start]
        fit = kind.fit(rows, starts=starts)
        # searched in the unit of its scale, so that amounts in a far unit are refused, and not clipped
        values, report = evolve(fit, scale=1.0).fitted(l2=self.l2, unpriced=every.unpriced(), distinct_rows=rows)
        gamma = _in_money(values["gamma"], fit.scale)
        values, report = values | {"gamma": gamma}, evolve(report, scale=fit.scale)
        if report.boundary == UNIDENTIFIED["log_q_above_1"] and values["q"] < 2:
            values, report = values | {"q": 1.0}, evolve(report, boundary=INFINITE)
        params = GammaGammaParams(
            p=values["p"], q=values["q"], gamma=gamma, c=values.get("c", 1.0) if self.first_order else None
        )
        return FittedGammaGamma(params=params, effects=effects.with_values(values), report=report).warned()


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
