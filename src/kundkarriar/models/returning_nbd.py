"""ReturningNBD: customers who pause and return; Poisson purchases while on, log-normal rates."""

from collections.abc import Sequence
from typing import Any, ClassVar

from attrs import field, frozen
from numpy.random import Generator

from kundkarriar.arguments import Number, read_generator, to_float
from kundkarriar.arrays import Array
from kundkarriar.fields import EFOLDS, PARAMETER, instance_of
from kundkarriar.models.drawn.switching_future import SwitchingFuture
from kundkarriar.models.families.fitted_purchases import FittedPurchases
from kundkarriar.models.families.purchase_spec import PurchaseSpec
from kundkarriar.models.families.returning_family import ReturningFamily
from kundkarriar.models.families.row_predictions import older_law
from kundkarriar.models.fitting.likelihood_ratio import LikelihoodRatio
from kundkarriar.models.fitting.returns_test import returns_test
from kundkarriar.models.interface.argument_checks import SPAN
from kundkarriar.models.interface.dated_purchases import DatedPurchases, Treatment
from kundkarriar.models.uncertainty.posterior import Posterior
from kundkarriar.stored_forms import LATER
from kundkarriar.summaries.purchase_rows import PurchaseRows

MEAN_LOG = Number(least=-EFOLDS, most=EFOLDS, hint="it is the mean of the logarithm of a rate per period: m1=-3.4.")
SPREAD = Number(least=0.001, most=8.0, hint="it is a standard deviation of logarithms; s1=1.15 is usual.")


@frozen(kw_only=True)
class ReturningNBDParams:
    """The five parameters of ReturningNBD.

    Attributes:
        m1: mean of the log purchase rate while on, per period, -28 to 28; the median customer buys exp(m1) times.
        s1: standard deviation of that log, 0.001 to 8: how much customers differ.
        m2: mean of the log rate of going off, per period, -28 to 28.
        s2: standard deviation of that log, 0.001 to 8.
        nu: rate of coming back on, per period, the same for all, e^-28 to e^28: a pause lasts 1 / nu on average.

    >>> ReturningNBDParams(m1=-3.42, s1=1.15, m2=-2.75, s2=1.22, nu=0.027).nu
    0.027
    """

    m1: float = field(converter=to_float, validator=MEAN_LOG)
    s1: float = field(converter=to_float, validator=SPREAD)
    m2: float = field(converter=to_float, validator=MEAN_LOG)
    s2: float = field(converter=to_float, validator=SPREAD)
    nu: float = field(converter=to_float, validator=PARAMETER)


@frozen(kw_only=True, repr=False)
class FittedReturningNBD(FittedPurchases):
    """ReturningNBD with fitted or given parameters.

    Nobody dies: `p_alive` is the probability of being on now, and whoever is off comes back on after a while.

    Attributes:
        params: the five parameters.
        period: unit of gaps, `recency`, `T`, 1 / nu and horizons: "D", "W", "M" or "Y".
        report: the report of the fit; `GIVEN` for parameters typed in.
        older: the law of customers older than the data, which `burn_in` marks; None where they follow one law with all.

    Two customers last bought 39 weeks ago, one of them for the first time, the other after three purchases in as many
    weeks. The more frequent buyer is the likelier to pause, and is expected to buy more all the same:

    >>> import pandas as pd
    >>> typed = ReturningNBDParams(m1=-3.42, s1=1.15, m2=-2.75, s2=1.22, nu=0.027)
    >>> two = pd.DataFrame({"frequency": [0, 3], "recency": [0.0, 3.0], "T": [39.0, 42.0], "gaps": ["", "7 7 7"]})
    >>> predicted = FittedReturningNBD(params=typed, period="W").predict(two, horizon=39)
    >>> predicted[["p_alive", "expected_purchases"]].round(3)
       p_alive  expected_purchases
    0    0.264               0.302
    1    0.104               1.824
    """

    family: ClassVar[ReturningFamily] = ReturningFamily()
    params_type: ClassVar[type[ReturningNBDParams]] = ReturningNBDParams
    params: ReturningNBDParams = field(validator=instance_of(ReturningNBDParams))
    older: "FittedReturningNBD | None" = field(default=None, validator=older_law, metadata=LATER)

    def draw_dated(
        self,
        rows: PurchaseRows,
        *,
        posterior: Posterior,
        horizon: float,
        generator: Generator,
        level: Array,
        treatments: Sequence[Treatment] = (),
    ) -> tuple[DatedPurchases, ...]:
        """Purchases of each row within `horizon` periods as usual and under treatments; see `DrawsPurchases`."""
        span, source = SPAN.read(horizon, "horizon"), read_generator(generator)
        state = self.evaluated(self.family.dated_state, rows, self._parameter_draws(posterior), generator=source)
        return SwitchingFuture.drawn(source, state, horizon=span, level=level).worlds(treatments, source)

    def returns_test(self, summary: Any, *, weights: str | None = None) -> LikelihoodRatio:
        """The likelihood-ratio test of nobody returning (nu = 0) against this fit.

        nu = 0 lies at the edge of the parameters, so the statistic is 0 half of the time if nobody returns, else
        chi-square with one degree of freedom (Self and Liang 1987, Journal of the American Statistical Association 82).

        Args:
            summary: the customers fitted.
            weights: as in `fit`.

        Raises:
            DataError: the parameters were given, or fitted to other customers.
        """
        return returns_test(self, summary, weights=weights)


@frozen(kw_only=True)
class ReturningNBD(PurchaseSpec[FittedReturningNBD]):
    """The specification of ReturningNBD: customers who pause and return; `fit` estimates its parameters.

    While on, a customer buys at random (Poisson) at an individual rate, and goes off at an individual rate. While off,
    it buys nothing and comes back on at a rate that all share. This is an interrupted Poisson process (Kuczura 1973,
    Bell System Technical Journal 52(3)), mixed over customers with log-normal rates. Without returns (nu = 0) it is
    Pareto/NBD with log-normal rates: whoever is silent is then on, or gone for good.

    It reads the gaps between purchases: `kk.summarize(transactions, as_of=..., gaps=True)`. The page
    docs/which_model.md says for whom it forecasts better, and what being off means beside having lapsed and being gone.

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30", gaps=True)
    >>> kk.ReturningNBD().fit(summary).estimates()["estimate"].round(3).tolist()
    [-3.423, 1.153, -2.746, 1.219, 0.027]
    """

    fitted_type: ClassVar[type[FittedReturningNBD]] = FittedReturningNBD
