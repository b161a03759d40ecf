"""Pareto/NBD: Poisson purchases with gamma rates during exponential lifetimes with gamma dropout rates."""

from typing import ClassVar

from attrs import field, frozen

from kundkarriar.arguments import to_float
from kundkarriar.fields import PARAMETER, instance_of
from kundkarriar.models.covariates.covariates import AS_PART, NO_COVARIATES, Covariates
from kundkarriar.models.covariates.effects import NO_EFFECTS, CovariateEffects
from kundkarriar.models.families.fitted_purchases import FittedPurchases
from kundkarriar.models.families.pareto_nbd_family import PARETO_FAMILY, ParetoNBDFamily
from kundkarriar.models.families.purchase_spec import PurchaseSpec
from kundkarriar.models.families.row_predictions import older_law
from kundkarriar.stored_forms import LATER


@frozen(kw_only=True)
class ParetoNBDParams:
    """The four parameters of Pareto/NBD, all from e^-28 to e^28.

    Attributes:
        r: shape of the gamma distribution of purchase rates; small where customers differ much.
        alpha: rate of that distribution, in periods; the mean purchase rate while alive is r / alpha per period.
        s: shape of the gamma distribution of dropout rates; small where customers differ much.
        beta: rate of that distribution, in periods; the mean dropout rate of a new customer is s / beta per period.

    >>> ParetoNBDParams(r=0.553, alpha=10.578, s=0.606, beta=11.669).s
    0.606
    """

    r: float = field(converter=to_float, validator=PARAMETER)
    alpha: float = field(converter=to_float, validator=PARAMETER)
    s: float = field(converter=to_float, validator=PARAMETER)
    beta: float = field(converter=to_float, validator=PARAMETER)


@frozen(kw_only=True, repr=False)
class FittedParetoNBD(FittedPurchases):
    """Pareto/NBD with fitted or given parameters.

    Attributes:
        params: the four parameters.
        period: unit of `recency`, `T`, alpha, beta and horizons: "D", "W", "M" or "Y".
        report: the report of the fit; `GIVEN` for parameters typed in.
        older: the law of customers older than the data, which `burn_in` marks; None where they follow one law with all.
        effects: covariate effects on the rates of single customers; `params` are then those of a customer whose
            covariates are all 0.

    Of two customers without a purchase for a long time, the more frequent buyer has the lower P(alive):

    >>> import pandas as pd
    >>> paper = FittedParetoNBD(params=ParetoNBDParams(r=0.553, alpha=10.578, s=0.606, beta=11.669), period="W")
    >>> two = pd.DataFrame({"frequency": [2, 9], "recency": [20.0, 20.0], "T": [39.0, 39.0]})
    >>> paper.predict(two, horizon=39).round(3)
       frequency  recency     T  p_alive  expected_purchases
    0          2     20.0  39.0    0.600               1.001
    1          9     20.0  39.0    0.115               0.716
    """

    family: ClassVar[ParetoNBDFamily] = PARETO_FAMILY
    params_type: ClassVar[type[ParetoNBDParams]] = ParetoNBDParams
    params: ParetoNBDParams = field(validator=instance_of(ParetoNBDParams))
    effects: CovariateEffects = field(default=NO_EFFECTS, validator=instance_of(CovariateEffects))
    older: "FittedParetoNBD | None" = field(default=None, validator=older_law, metadata=LATER)


@frozen(kw_only=True)
class ParetoNBD(PurchaseSpec[FittedParetoNBD]):
    """The specification of Pareto/NBD; `fit` estimates its parameters.

    Schmittlein, Morrison & Colombo (1987), Management Science 33(1). Each customer buys at random (Poisson) at an
    individual rate, until a latent, exponentially distributed time of dropout with an individual rate. Both rates are
    gamma distributed.

    The estimates for the 1/10 sample of CDNOW in the literature:

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30", period="W")
    >>> kk.ParetoNBD().fit(summary).estimates()["estimate"].round(3).tolist()
    [0.553, 10.578, 0.606, 11.669]

    Attributes:
        covariates: columns of customers used as covariates of the purchase rate and of dropout; none by default.
    """

    fitted_type: ClassVar[type[FittedParetoNBD]] = FittedParetoNBD
    covariates: Covariates = field(default=NO_COVARIATES, validator=instance_of(Covariates), metadata=AS_PART)
