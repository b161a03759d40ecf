"""Gamma-Gamma, the spend model: what a purchase of each customer brings, shrunk towards what all spend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from attrs import asdict, field, frozen

from kundkarriar.errors import DataError
from kundkarriar.fields import instance_of, within_efolds
from kundkarriar.frames import add_columns
from kundkarriar.history.summary.counted_rows import refuse_uncounted
from kundkarriar.models.fitting.likelihood_fit import OPEN, LikelihoodFit, natural_values
from kundkarriar.models.fitting.spend_rows import SpendRows, read_spend_rows
from kundkarriar.models.interface.fit_report import GIVEN, FitReport
from kundkarriar.models.interface.fitted_model import FittedModel
from kundkarriar.models.interface.spec import Spec
from kundkarriar.numerics.gamma_gamma import likelihood
from kundkarriar.numerics.sampling.seed import as_seed

if TYPE_CHECKING:
    import pandas as pd
    from numpy.random import Generator
    from numpy.typing import NDArray

    from kundkarriar.frames import FrameT
    from kundkarriar.models.interface.fitted_model import Heights
    from kundkarriar.models.uncertainty.posterior import Posterior
    from kundkarriar.numerics.optimize.unconstrained_parameters import Coordinates

    Array = NDArray[np.float64]

NAMES = ("p", "q", "gamma")
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
    """What customers spend, in three numbers.

    Attributes:
        p: shape of the gamma over the orders of one customer.
        q: shape of the gamma over customers; at 1 or less the mean over customers is infinite.
        gamma: its rate, in money.

    >>> GammaGammaParams(p=6.25, q=3.74, gamma=15.44).q
    3.74
    """

    p: float = field(converter=float, validator=within_efolds)
    q: float = field(converter=float, validator=within_efolds)
    gamma: float = field(converter=float, validator=within_efolds)


@frozen(kw_only=True)
class FittedGammaGamma(FittedModel):
    """Gamma-Gamma with its parameters settled, by a fit or by hand.

    Attributes:
        params: the three parameters.
        report: how the fit went; `GIVEN` for parameters typed in.

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
    report: FitReport = GIVEN

    @property
    def coordinates(self) -> Coordinates:
        """In which the likelihood was searched."""
        return likelihood.COORDINATES

    def heights(self) -> Heights | None:
        """The log-likelihood of what the fit saw, for many points of the coordinates; None after `from_dict`."""
        rows = self.report.evidence
        if rows is None:
            return None
        scale = self.report.scale
        unit = float(rows.weights.sum() * np.log(scale))

        def at(theta: Array) -> Array:
            values = dict(zip(NAMES, self.coordinates.natural(theta).T, strict=True))
            heights: Array = likelihood.heights(x=rows.x, m=rows.m / scale, weights=rows.weights, **values)
            return heights - unit

        return at

    def log_likelihood_of(self, summary: Any, *, weights: str | None = None) -> float:
        """The log-likelihood of the repeat buyers of `summary` at these parameters."""
        refuse_uncounted(summary, need="Gamma-Gamma.log_likelihood_of", weights=weights)
        rows = read_spend_rows(summary, need="Gamma-Gamma.log_likelihood_of", weights=weights).priced()
        heights = likelihood.log_likelihood(x=rows.x, m=rows.m, **asdict(self.params))
        return float(np.sum(rows.weights * heights))

    def predict(self, summary: FrameT) -> FrameT:
        """Add `expected_order_value`, the expected gross spend of a purchase day.

        One-time buyers, prospects and repeat buyers without a positive spend get the population's mean: nothing
        is known of their repeat orders.

        Args:
            summary: frequency, monetary_value: one row per customer.

        Returns:
            `summary` with the column added; rows, their order and a pandas index stay.

        Raises:
            DataError: text, missing or impossible values; customers without a finite expected order value, where
                the mean over customers is infinite (q at 1 or less).
        """
        rows = read_spend_rows(summary, need="Gamma-Gamma.predict")
        value = likelihood.expected_order_value(x=rows.x, m=rows.m, **asdict(self.params))
        if endless := int(np.isinf(value).sum()):
            mean = f"the mean order value over customers is infinite (q = {self.params.q:g}, at most 1)."
            raise DataError.because(
                f"Gamma-Gamma.predict has no finite answer for {endless:,} of {len(value):,} customers: "
                f"{self.boundary or mean}",
                hint=FINITE,
            )
        return add_columns(summary, {"expected_order_value": value})

    def simulate(self, frequency: Any, *, seed: int | Generator) -> pd.DataFrame:
        """New customers of these parameters: what a fit should find again.

        Args:
            frequency: repeat purchases of each, (n,), whole numbers of at least 0.
            seed: a number, or a numpy Generator.

        Returns:
            customer_id (1 to n), frequency, monetary_value (the mean of that many orders; 0 without any).
        """
        import pandas as pd  # noqa: PLC0415 - frames are made at the boundary only

        x = np.atleast_1d(np.asarray(frequency, dtype=np.float64))
        if not ((x >= 0) & (x == np.floor(x))).all():
            raise DataError.because(
                "Gamma-Gamma.simulate needs whole numbers of repeat purchases, at least 0.",
                hint="fitted.simulate([0, 1, 3], seed=1).",
            )
        generator = seed if isinstance(seed, np.random.Generator) else np.random.default_rng(as_seed(seed))
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
        """Gross spend of realised orders, (n, S): the customer's mean is drawn, then each order around it.

        Args:
            frequency: repeat purchases, (n,).
            monetary_value: their mean spend, (n,).
            purchases: how many orders to add up, (n, S), whole numbers.
            posterior: S draws of p, q, gamma; draw s is column s.
            generator: the stream.
        """
        p, nu = self._draw_nu(frequency, monetary_value, posterior, generator)
        return np.where(purchases > 0, generator.standard_gamma(p * np.maximum(purchases, 0)), 0.0) / nu

    def draw_order_value(
        self, frequency: Array, monetary_value: Array, *, posterior: Posterior, generator: Generator
    ) -> Array:
        """Mean gross value of an order of each customer, drawn, (n, S)."""
        p, nu = self._draw_nu(frequency, monetary_value, posterior, generator)
        return np.asarray(p / nu)

    def _draw_nu(
        self, frequency: Array, monetary_value: Array, posterior: Posterior, generator: Generator
    ) -> tuple[Array, Array]:
        """The p of each draw, (S,), and nu of each customer given what they spent, (n, S)."""
        rows = SpendRows.of(frequency, monetary_value)
        x, z = rows.x[:, None], (rows.x * rows.m)[:, None]
        p = posterior["p"]
        nu = generator.standard_gamma(posterior["q"] + p * x) / (posterior["gamma"] + z)
        # nu is a rate: at 0 the order would be infinite, and a double holds no smaller number
        return p, np.maximum(nu, np.finfo(float).tiny)


@frozen(kw_only=True)
class GammaGamma(Spec):
    """How to fit Gamma-Gamma: repeat buyers with a mean spend above 0; the first purchase does not count.

    Spend must not depend on how often one buys. Fader & Hardie (2013), note 025.

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30", period="W")
    >>> kk.GammaGamma().fit(summary).estimates()["estimate"].round(2).tolist()
    [6.25, 3.74, 15.44]
    """

    def fit(self, summary: Any, *, weights: str | None = None) -> FittedGammaGamma:
        """The parameters under which the customers' mean spends are the most likely.

        Args:
            summary: frequency, monetary_value, as from `kk.summarize`. One-time buyers and prospects tell nothing;
                repeat buyers whose spend is not above 0 are left out and counted in `.report.unpriced`.
            weights: the column that counts customers, where a row stands for several with the same `frequency` and
                `monetary_value` (the rows of `kk.distinct_rows` know no spend).

        Raises:
            DataError: text, missing or impossible values, or too few repeat buyers.
            ConvergenceError: the search did not reach an optimum.
        """
        refuse_uncounted(summary, need="Gamma-Gamma.fit", weights=weights)
        every = read_spend_rows(summary, need="Gamma-Gamma.fit", weights=weights)
        rows = every.priced()
        n = float(rows.weights.sum())
        if n <= 3:
            raise DataError.because(
                f"Gamma-Gamma has 3 parameters and needs more repeat buyers with a spend above 0, got {int(n)}.",
                hint="fit to the whole customer base; type in published parameters: FittedGammaGamma(params=...).",
            )
        fit = likelihood_of(rows)
        optimum = fit.optimum()
        boundary = fit.boundary(optimum)
        endless = boundary == OPEN["log_q_above_1"] and optimum.theta[1] < 0
        boundary = INFINITE if endless else boundary
        report = fit.report(optimum, boundary=boundary, unpriced=every.unpriced(), evidence=rows)
        values = natural_values(NAMES, optimum, fit)
        return FittedGammaGamma(params=GammaGammaParams(**(values | ({"q": 1.0} if endless else {}))), report=report)


def likelihood_of(rows: SpendRows) -> LikelihoodFit:
    """The likelihood of priced rows, ready to be searched."""
    scale = float(np.median(rows.m))
    unit = float(rows.weights.sum()) * np.log(scale)

    def surface(theta: Array) -> tuple[float, Array, Array]:
        values = dict(zip(NAMES, likelihood.COORDINATES.natural(theta), strict=True))
        total = likelihood.total(x=rows.x, m=rows.m / scale, weights=rows.weights, **values)
        height, gradient, hessian = likelihood.COORDINATES.in_working(theta, total)
        return height - unit, gradient, hessian

    return LikelihoodFit(
        name="Gamma-Gamma",
        coordinates=likelihood.COORDINATES,
        surface=surface,
        starts=[np.array([np.log(p), np.log(q - 1), 0.0]) for p, q in ((4.0, 3.0), (1.0, 2.0), (20.0, 6.0))],
        n=float(rows.weights.sum()),
        scale=scale,
        look="look for single giant orders: summary.nlargest(5, 'monetary_value').",
    )
