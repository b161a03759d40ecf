"""Pareto/NBD: customers buy at a rate of their own until, unseen, they leave."""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import field, frozen

from kundkarriar.fields import instance_of, within_efolds
from kundkarriar.models.covariates.covariates import NO_COVARIATES, Covariates, as_covariates, covariates_given
from kundkarriar.models.covariates.effects import NO_EFFECTS, CovariateEffects, as_effects
from kundkarriar.models.covariates.fit import fit_with_covariates
from kundkarriar.models.families.fitted_purchases import FittedPurchases, known_period
from kundkarriar.models.families.pareto_family import PARETO_FAMILY, TimedFamily
from kundkarriar.models.interface.fit_report import GIVEN, FitReport
from kundkarriar.models.interface.spec import Spec


@frozen(kw_only=True)
class ParetoNBDParams:
    """A whole customer base in four numbers.

    Attributes:
        r: shape of the gamma over purchase rates; small where customers differ much.
        alpha: its rate, in periods: r / alpha purchases a period while alive.
        s: shape of the gamma over rates of leaving; small where customers differ much.
        beta: its rate, in periods: s / beta departures a period of a new customer.

    >>> ParetoNBDParams(r=0.553, alpha=10.578, s=0.606, beta=11.669).s
    0.606
    """

    r: float = field(converter=float, validator=within_efolds)
    alpha: float = field(converter=float, validator=within_efolds)
    s: float = field(converter=float, validator=within_efolds)
    beta: float = field(converter=float, validator=within_efolds)


@frozen(kw_only=True)
class FittedParetoNBD(FittedPurchases):
    """Pareto/NBD with its parameters settled, by a fit or by hand.

    Attributes:
        params: the four parameters.
        period: the unit of `recency`, `T`, alpha, beta and horizons: "D", "W", "M" or "Y".
        report: how the fit went; `GIVEN` for parameters typed in.
        effects: what shifts the rates of single customers; the parameters are then those of a customer whose covariates
            are all 0.

    Of two customers silent for a long time, the frequent one is more surely gone:

    >>> import pandas as pd
    >>> paper = FittedParetoNBD(params=ParetoNBDParams(r=0.553, alpha=10.578, s=0.606, beta=11.669), period="W")
    >>> two = pd.DataFrame({"frequency": [2, 9], "recency": [20.0, 20.0], "T": [39.0, 39.0]})
    >>> paper.predict(two, horizon=39).round(3)
       frequency  recency     T  p_alive  expected_purchases
    0          2     20.0  39.0    0.600               1.001
    1          9     20.0  39.0    0.115               0.716
    """

    family: ClassVar[TimedFamily] = PARETO_FAMILY
    params_type: ClassVar[type[ParetoNBDParams]] = ParetoNBDParams
    params: ParetoNBDParams = field(validator=instance_of(ParetoNBDParams))
    period: str = field(validator=known_period)
    report: FitReport = GIVEN
    effects: CovariateEffects = field(default=NO_EFFECTS, converter=as_effects, validator=instance_of(CovariateEffects))


@frozen(kw_only=True)
class ParetoNBD(Spec):
    """How to fit Pareto/NBD: purchases at a rate of one's own, and a chance to leave at any time.

    Schmittlein, Morrison & Colombo (1987), Management Science 33(1).

    The 1/10 sample of CDNOW, as in the literature:

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30", period="W")
    >>> kk.ParetoNBD().fit(summary).estimates()["estimate"].round(3).tolist()
    [0.553, 10.578, 0.606, 11.669]

    Attributes:
        covariates: columns of customers that shift the purchase rate and leaving.
    """

    covariates: Covariates = field(default=NO_COVARIATES, converter=as_covariates, validator=covariates_given)

    def fit(
        self, summary: Any, *, customers: Any = None, weights: str | None = None, period: str | None = None
    ) -> FittedParetoNBD:
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
            FittedParetoNBD.family,
            summary,
            covariates=self.covariates,
            customers=customers,
            weights=weights,
            period=period,
        )
        return FittedParetoNBD(params=ParetoNBDParams(**params), period=unit, report=report, effects=effects)
