"""GGompertz/NBD: Pareto/NBD for customers who leave the sooner, or the later, the older they are."""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import field, frozen

from kundkarriar.fields import instance_of, within_efolds
from kundkarriar.models.families.fitted_purchases import FittedPurchases, known_period
from kundkarriar.models.families.pareto_family import GGOMPERTZ_FAMILY, TimedFamily
from kundkarriar.models.fitting.purchase_fit import fit_purchases
from kundkarriar.models.interface.fit_report import GIVEN, FitReport
from kundkarriar.models.interface.spec import Spec


@frozen(kw_only=True)
class GGompertzNBDParams:
    """A whole customer base in five numbers.

    A customer lives beyond t with probability (beta / (beta + exp(b t) - 1))^s.

    Attributes:
        r: shape of the gamma over purchase rates; small where customers differ much.
        alpha: its rate, in periods: r / alpha purchases a period while alive.
        b: how fast each customer's rate of leaving grows, a period: exp(b) times in each.
        s: shape of the gamma over rates of leaving.
        beta: its rate, without a unit: s b / beta departures a period of a new customer.

    >>> GGompertzNBDParams(r=0.553, alpha=10.578, b=0.0002, s=0.603, beta=0.0026).b
    0.0002
    """

    r: float = field(converter=float, validator=within_efolds)
    alpha: float = field(converter=float, validator=within_efolds)
    b: float = field(converter=float, validator=within_efolds)
    s: float = field(converter=float, validator=within_efolds)
    beta: float = field(converter=float, validator=within_efolds)


@frozen(kw_only=True)
class FittedGGompertzNBD(FittedPurchases):
    """GGompertz/NBD with its parameters settled, by a fit or by hand.

    Attributes:
        params: the five parameters.
        period: the unit of `recency`, `T`, alpha, 1 / b and horizons: "D", "W", "M" or "Y".
        report: how the fit went; `GIVEN` for parameters typed in.

    Where customers age, an old one who is still there will not be for long:

    >>> import pandas as pd
    >>> typed = GGompertzNBDParams(r=0.5, alpha=10.0, b=0.05, s=0.6, beta=2.0)
    >>> two = pd.DataFrame({"frequency": [2, 2], "recency": [5.0, 85.0], "T": [20.0, 100.0]})
    >>> FittedGGompertzNBD(params=typed, period="W").predict(two, horizon=39).round(3)
       frequency  recency      T  p_alive  expected_purchases
    0          2      5.0   20.0    0.546               1.140
    1          2     85.0  100.0    0.594               0.311
    """

    family: ClassVar[TimedFamily] = GGOMPERTZ_FAMILY
    params_type: ClassVar[type[GGompertzNBDParams]] = GGompertzNBDParams
    params: GGompertzNBDParams = field(validator=instance_of(GGompertzNBDParams))
    period: str = field(validator=known_period)
    report: FitReport = GIVEN


@frozen(kw_only=True)
class GGompertzNBD(Spec):
    """How to fit GGompertz/NBD: purchases at a rate of one's own, and a rate of leaving that grows with age.

    Bemmaor & Glady (2012), Management Science 58(5); the parameters are those of R's CLVTools.

    Where no ageing is identifiable (`boundary`), scores stand at the optimum, which is Pareto/NBD, while draws average
    over the ageing that the data leave open, so that the two differ: in the CDNOW sample drawn values of 12 months come
    out 8 % below the scores. Use Pareto/NBD there, as `boundary` says. CDNOW needs no more:

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30", period="W")
    >>> fitted = kk.GGompertzNBD().fit(summary)
    >>> round(fitted.log_likelihood, 3), fitted.boundary
    (-9594.976, 'no ageing identifiable: these customers are described as well when the rate of leaving does not grow \
with age; use kk.ParetoNBD().')
    """

    def fit(self, summary: Any, *, weights: str | None = None, period: str | None = None) -> FittedGGompertzNBD:
        """The parameters under which the customers' histories are the most likely.

        Args:
            summary: frequency, recency, T, period, as from `kk.summarize`; prospects and customers whose
                beginning lies before the data are left out and counted in `.report`.
            weights: the column that counts customers, for a frame from `kk.distinct_rows`.
            period: the unit of time of a hand-made frame without a column `period`.

        Raises:
            DataError: rows that no history can have, too few customers, or nobody who ever bought again.
            ConvergenceError: the search did not reach an optimum.
        """
        params, unit, report = fit_purchases(FittedGGompertzNBD.family, summary, weights=weights, period=period)
        return FittedGGompertzNBD(params=GGompertzNBDParams(**params), period=unit, report=report)
