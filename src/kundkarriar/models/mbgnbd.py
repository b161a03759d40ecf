"""MBG/NBD: as BG/NBD, but a customer may drop out after the first purchase too."""

from typing import ClassVar

from attrs import field, frozen

from kundkarriar.arguments import to_float
from kundkarriar.fields import PARAMETER, instance_of
from kundkarriar.models.covariates.covariates import AS_PART, NO_COVARIATES, Covariates
from kundkarriar.models.covariates.effects import NO_EFFECTS, CovariateEffects
from kundkarriar.models.families.bgnbd_family import BGNBDFamily
from kundkarriar.models.families.fitted_purchases import FittedPurchases
from kundkarriar.models.families.purchase_family import PurchaseFamily
from kundkarriar.models.families.purchase_spec import PurchaseSpec
from kundkarriar.models.families.row_predictions import older_law
from kundkarriar.stored_forms import LATER


@frozen(kw_only=True)
class MBGNBDParams:
    """The four parameters of MBG/NBD, all from e^-28 to e^28.

    Attributes:
        r: shape of the gamma distribution of purchase rates; small where customers differ much.
        alpha: rate of that distribution, in periods; the mean purchase rate while alive is r / alpha per period.
        a, b: parameters of the beta distribution of the dropout probability after a purchase, mean a / (a + b).

    >>> MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614).r
    0.525
    """

    r: float = field(converter=to_float, validator=PARAMETER)
    alpha: float = field(converter=to_float, validator=PARAMETER)
    a: float = field(converter=to_float, validator=PARAMETER)
    b: float = field(converter=to_float, validator=PARAMETER)


@frozen(kw_only=True, repr=False)
class FittedMBGNBD(FittedPurchases):
    """MBG/NBD with fitted or given parameters.

    Attributes:
        params: the four parameters.
        period: unit of `recency`, `T`, alpha and horizons: "D", "W", "M" or "Y".
        report: the report of the fit; `GIVEN` for parameters typed in.
        older: the law of customers older than the data, which `burn_in` marks; None where they follow one law with all.
        effects: covariate effects on the rates of single customers; `params` are then those of a customer whose
            covariates are all 0.

    Of two customers without a purchase for a long time, the more frequent buyer has the lower P(alive):

    >>> import pandas as pd
    >>> paper = FittedMBGNBD(params=MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W")
    >>> two = pd.DataFrame({"frequency": [2, 9], "recency": [20.0, 20.0], "T": [39.0, 39.0]})
    >>> paper.predict(two, horizon=39).round(3)
       frequency  recency     T  p_alive  expected_purchases
    0          2     20.0  39.0    0.506               0.902
    1          9     20.0  39.0    0.062               0.394
    """

    family: ClassVar[PurchaseFamily] = BGNBDFamily(name="MBG/NBD", at_first=1)
    params_type: ClassVar[type[MBGNBDParams]] = MBGNBDParams
    params: MBGNBDParams = field(validator=instance_of(MBGNBDParams))
    effects: CovariateEffects = field(default=NO_EFFECTS, validator=instance_of(CovariateEffects))
    older: "FittedMBGNBD | None" = field(default=None, validator=older_law, metadata=LATER)


@frozen(kw_only=True)
class MBGNBD(PurchaseSpec[FittedMBGNBD]):
    """The specification of MBG/NBD; `fit` estimates its parameters.

    Batislam, Denizel & Filiztekin (2007), International Journal of Research in Marketing 24(3). Each customer buys at
    random (Poisson) at an individual rate, and drops out after each purchase, the first included, with an individual
    probability. Rates are gamma distributed, dropout probabilities beta distributed. The page docs/which_model.md says
    for whom other models are better.

    The estimates for the 1/10 sample of CDNOW in the literature:

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30", period="W")
    >>> kk.MBGNBD().fit(summary).estimates()["estimate"].round(3).tolist()
    [0.525, 6.183, 0.891, 1.614]

    Attributes:
        covariates: columns of customers used as covariates of the purchase rate and of dropout; none by default.
    """

    fitted_type: ClassVar[type[FittedMBGNBD]] = FittedMBGNBD
    covariates: Covariates = field(default=NO_COVARIATES, validator=instance_of(Covariates), metadata=AS_PART)
