"""GGompertz/NBD: Poisson purchases with gamma rates during Gompertz lifetimes, whose dropout rate grows with age."""

from typing import ClassVar

from attrs import field, frozen

from kundkarriar.arguments import to_float
from kundkarriar.fields import PARAMETER, instance_of
from kundkarriar.models.covariates.covariates import COVARIATES_LATER, NO_COVARIATES, Covariates
from kundkarriar.models.covariates.effects import EFFECTS_LATER, NO_EFFECTS, CovariateEffects
from kundkarriar.models.families.fitted_purchases import FittedPurchases
from kundkarriar.models.families.pareto_nbd_family import GGOMPERTZ_FAMILY, ParetoNBDFamily
from kundkarriar.models.families.purchase_spec import PurchaseSpec


@frozen(kw_only=True)
class GGompertzNBDParams:
    """The five parameters of GGompertz/NBD, all from e^-28 to e^28.

    The probability that a lifetime exceeds t is (beta / (beta + exp(b t) - 1))^s.

    Attributes:
        r: shape of the gamma distribution of purchase rates; small where customers differ much.
        alpha: rate of that distribution, in periods; the mean purchase rate while alive is r / alpha per period.
        b: growth of each customer's dropout rate, per period: it is multiplied by exp(b) in each period.
        s: shape of the gamma distribution of eta, where a customer's dropout rate at age t is eta b exp(b t).
        beta: rate of that distribution, without a unit; the mean dropout rate of a new customer is s b / beta.

    >>> GGompertzNBDParams(r=0.553, alpha=10.578, b=0.0002, s=0.603, beta=0.0026).b
    0.0002
    """

    r: float = field(converter=to_float, validator=PARAMETER)
    alpha: float = field(converter=to_float, validator=PARAMETER)
    b: float = field(converter=to_float, validator=PARAMETER)
    s: float = field(converter=to_float, validator=PARAMETER)
    beta: float = field(converter=to_float, validator=PARAMETER)


@frozen(kw_only=True, repr=False)
class FittedGGompertzNBD(FittedPurchases):
    """GGompertz/NBD with fitted or given parameters.

    Attributes:
        params: the five parameters.
        period: unit of `recency`, `T`, alpha, 1 / b and horizons: "D", "W", "M" or "Y".
        report: the report of the fit; `GIVEN` for parameters typed in.
        effects: covariate effects on the rates of single customers; `params` are then those of a customer whose
            covariates are all 0.

    The dropout rate grows with age, so an old customer has fewer purchases to come at a similar P(alive):

    >>> import pandas as pd
    >>> typed = GGompertzNBDParams(r=0.5, alpha=10.0, b=0.05, s=0.6, beta=2.0)
    >>> two = pd.DataFrame({"frequency": [2, 2], "recency": [5.0, 85.0], "T": [20.0, 100.0]})
    >>> FittedGGompertzNBD(params=typed, period="W").predict(two, horizon=39).round(3)
       frequency  recency      T  p_alive  expected_purchases
    0          2      5.0   20.0    0.546               1.140
    1          2     85.0  100.0    0.594               0.311
    """

    family: ClassVar[ParetoNBDFamily] = GGOMPERTZ_FAMILY
    params_type: ClassVar[type[GGompertzNBDParams]] = GGompertzNBDParams
    params: GGompertzNBDParams = field(validator=instance_of(GGompertzNBDParams))
    effects: CovariateEffects = field(
        default=NO_EFFECTS, validator=instance_of(CovariateEffects), metadata=EFFECTS_LATER
    )


@frozen(kw_only=True)
class GGompertzNBD(PurchaseSpec[FittedGGompertzNBD]):
    """The specification of GGompertz/NBD; `fit` estimates its parameters.

    Bemmaor & Glady (2012), Management Science 58(5); the parameters are those of R's CLVTools. Each customer buys at
    random (Poisson) at an individual rate until a latent time of dropout, whose rate grows with the customer's age.

    Where ageing is not identifiable (see `boundary`), the maximum of the likelihood is Pareto/NBD, but posterior draws
    average over ageing that the data do not exclude, so drawn values differ from scores: for 12 months in the CDNOW
    sample they are 8 % lower. Use Pareto/NBD in that case. CDNOW shows no ageing, and `fit` warns of it:

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30", period="W")
    >>> print(kk.compare_models([kk.GGompertzNBD()], summary).loc[0, "boundary"])
    no ageing identifiable: these customers are described as well when the rate of leaving does not grow with age; use \
kk.ParetoNBD().

    Attributes:
        covariates: columns of customers used as covariates of the purchase rate and of dropout; none by default. A
            covariate of dropout multiplies a customer's dropout rate at every age (proportional hazards).

    >>> spec = kk.GGompertzNBD(covariates=kk.Covariates(purchase="channel", dropout="channel"))
    >>> spec.covariates.dropout
    ('channel',)
    """

    fitted_type: ClassVar[type[FittedGGompertzNBD]] = FittedGGompertzNBD
    covariates: Covariates = field(default=NO_COVARIATES, validator=instance_of(Covariates), metadata=COVARIATES_LATER)
