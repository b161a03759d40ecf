"""MBG/NBD, the default purchase model: whoever bought once may already be gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import field, frozen

from kundkarriar.fields import instance_of, within_efolds
from kundkarriar.models.covariates.covariates import NO_COVARIATES, Covariates, as_covariates, covariates_given
from kundkarriar.models.covariates.effects import NO_EFFECTS, CovariateEffects, as_effects
from kundkarriar.models.covariates.fit import fit_with_covariates
from kundkarriar.models.families.fitted_purchases import FittedPurchases, known_period
from kundkarriar.models.families.poisson_beta_family import leaving_family
from kundkarriar.models.interface.fit_report import GIVEN, FitReport
from kundkarriar.models.interface.spec import Spec
from kundkarriar.numerics.poisson_beta import mbgnbd

if TYPE_CHECKING:
    from kundkarriar.models.families.purchase_family import PurchaseFamily


@frozen(kw_only=True)
class MBGNBDParams:
    """A whole customer base in four numbers.

    Attributes:
        r: shape of the gamma over purchase rates; small where customers differ much.
        alpha: its rate, in periods: r / alpha purchases a period while alive.
        a, b: the beta over the chance of leaving after a purchase, a / (a + b) on average.

    >>> MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614).r
    0.525
    """

    r: float = field(converter=float, validator=within_efolds)
    alpha: float = field(converter=float, validator=within_efolds)
    a: float = field(converter=float, validator=within_efolds)
    b: float = field(converter=float, validator=within_efolds)


@frozen(kw_only=True)
class FittedMBGNBD(FittedPurchases):
    """MBG/NBD with its parameters settled, by a fit or by hand.

    Attributes:
        params: the four parameters.
        period: the unit of `recency`, `T`, alpha and horizons: "D", "W", "M" or "Y".
        report: how the fit went; `GIVEN` for parameters typed in.
        effects: what shifts the rates of single customers; the parameters are then those of a customer whose covariates
            are all 0.

    Of two customers silent for a long time, the frequent one is more surely gone:

    >>> import pandas as pd
    >>> paper = FittedMBGNBD(params=MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W")
    >>> two = pd.DataFrame({"frequency": [2, 9], "recency": [20.0, 20.0], "T": [39.0, 39.0]})
    >>> paper.predict(two, horizon=39).round(3)
       frequency  recency     T  p_alive  expected_purchases
    0          2     20.0  39.0    0.506               0.902
    1          9     20.0  39.0    0.062               0.394
    """

    family: ClassVar[PurchaseFamily] = leaving_family("MBG/NBD", mbgnbd.chances)
    params_type: ClassVar[type[MBGNBDParams]] = MBGNBDParams
    params: MBGNBDParams = field(validator=instance_of(MBGNBDParams))
    period: str = field(validator=known_period)
    report: FitReport = GIVEN
    effects: CovariateEffects = field(default=NO_EFFECTS, converter=as_effects, validator=instance_of(CovariateEffects))


@frozen(kw_only=True)
class MBGNBD(Spec):
    """How to fit MBG/NBD: purchases at a rate of one's own, and after each, the first too, a chance to leave.

    Batislam, Denizel & Filiztekin (2007), International Journal of Research in Marketing 24(3).

    The 1/10 sample of CDNOW, as in the literature:

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30", period="W")
    >>> kk.MBGNBD().fit(summary).estimates()["estimate"].round(3).tolist()
    [0.525, 6.183, 0.891, 1.614]

    Attributes:
        covariates: columns of customers that shift the purchase rate and leaving.
    """

    covariates: Covariates = field(default=NO_COVARIATES, converter=as_covariates, validator=covariates_given)

    def fit(
        self, summary: Any, *, customers: Any = None, weights: str | None = None, period: str | None = None
    ) -> FittedMBGNBD:
        """The parameters under which the customers' histories are the most likely.

        Args:
            summary: frequency, recency, T, period, as from `kk.summarize`; prospects and customers whose
                beginning lies before the data are left out and counted in `.report`.
            customers: the columns of `covariates`, by customer_id; None where they stand in the summary, or none are
                asked for.
            weights: the column that counts customers, for a frame from `kk.distinct_rows`.
            period: the unit of time of a hand-made frame without a column `period`.

        Raises:
            DataError: rows that no history can have, too few customers, or nobody who ever bought again; a covariate
                that is missing, or that says nothing of its own.
            ConvergenceError: the search did not reach an optimum.
        """
        params, effects, unit, report = fit_with_covariates(
            FittedMBGNBD.family,
            summary,
            covariates=self.covariates,
            customers=customers,
            weights=weights,
            period=period,
        )
        return FittedMBGNBD(params=MBGNBDParams(**params), period=unit, report=report, effects=effects)
