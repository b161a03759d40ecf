"""BG/NBD: customers may leave after each repeat purchase, so whoever bought once counts as alive."""

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
from kundkarriar.numerics.poisson_beta import bgnbd

if TYPE_CHECKING:
    from kundkarriar.models.families.purchase_family import PurchaseFamily


@frozen(kw_only=True)
class BGNBDParams:
    """A whole customer base in four numbers.

    Attributes:
        r: shape of the gamma over purchase rates; small where customers differ much.
        alpha: its rate, in periods: r / alpha purchases a period while alive.
        a, b: the beta over the chance of leaving after a repeat purchase, a / (a + b) on average.

    >>> BGNBDParams(r=0.243, alpha=4.414, a=0.793, b=2.426).r
    0.243
    """

    r: float = field(converter=float, validator=within_efolds)
    alpha: float = field(converter=float, validator=within_efolds)
    a: float = field(converter=float, validator=within_efolds)
    b: float = field(converter=float, validator=within_efolds)


@frozen(kw_only=True)
class FittedBGNBD(FittedPurchases):
    """BG/NBD with its parameters settled, by a fit or by hand.

    Attributes:
        params: the four parameters.
        period: the unit of `recency`, `T`, alpha and horizons: "D", "W", "M" or "Y".
        report: how the fit went; `GIVEN` for parameters typed in.
        effects: what shifts the rates of single customers; the parameters are then those of a customer whose covariates
            are all 0.

    The example of Hardie's spreadsheet, 1.226 purchases in 39 weeks; P(alive) is 1 after a single purchase, which
    says nothing of loyalty:

    >>> import pandas as pd
    >>> paper = FittedBGNBD(params=BGNBDParams(r=0.243, alpha=4.414, a=0.793, b=2.426), period="W")
    >>> two = pd.DataFrame({"frequency": [2, 0], "recency": [30.43, 0.0], "T": [38.86, 38.86]})
    >>> paper.predict(two, horizon=39).round(3)
       frequency  recency      T  p_alive  expected_purchases
    0          2    30.43  38.86    0.727               1.226
    1          0     0.00  38.86    1.000               0.195
    """

    family: ClassVar[PurchaseFamily] = leaving_family("BG/NBD", bgnbd.chances)
    params_type: ClassVar[type[BGNBDParams]] = BGNBDParams
    params: BGNBDParams = field(validator=instance_of(BGNBDParams))
    period: str = field(validator=known_period)
    report: FitReport = GIVEN
    effects: CovariateEffects = field(default=NO_EFFECTS, converter=as_effects, validator=instance_of(CovariateEffects))


@frozen(kw_only=True)
class BGNBD(Spec):
    """How to fit BG/NBD: purchases at a rate of one's own, and after each repeat purchase a chance to leave.

    It calls every one-time buyer alive; for a loyalty ladder take `MBGNBD`. Fader, Hardie & Lee (2005), Marketing
    Science 24(2).

    The 1/10 sample of CDNOW, as in the literature:

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30", period="W")
    >>> kk.BGNBD().fit(summary).estimates()["estimate"].round(3).tolist()
    [0.243, 4.414, 0.793, 2.426]

    Attributes:
        covariates: columns of customers that shift the purchase rate and leaving.
    """

    covariates: Covariates = field(default=NO_COVARIATES, converter=as_covariates, validator=covariates_given)

    def fit(
        self, summary: Any, *, customers: Any = None, weights: str | None = None, period: str | None = None
    ) -> FittedBGNBD:
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
            FittedBGNBD.family,
            summary,
            covariates=self.covariates,
            customers=customers,
            weights=weights,
            period=period,
        )
        return FittedBGNBD(params=BGNBDParams(**params), period=unit, report=report, effects=effects)
