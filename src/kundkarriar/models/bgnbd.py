"""BG/NBD: Poisson purchases with gamma rates; a customer may drop out after each repeat purchase."""

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
class BGNBDParams:
    """The four parameters of BG/NBD, all from e^-28 to e^28.

    Attributes:
        r: shape of the gamma distribution of purchase rates; small where customers differ much.
        alpha: rate of that distribution, in periods; the mean purchase rate while alive is r / alpha per period.
        a, b: parameters of the beta distribution of the dropout probability after a repeat purchase, mean a / (a + b).

    >>> BGNBDParams(r=0.243, alpha=4.414, a=0.793, b=2.426).r
    0.243
    """

    r: float = field(converter=to_float, validator=PARAMETER)
    alpha: float = field(converter=to_float, validator=PARAMETER)
    a: float = field(converter=to_float, validator=PARAMETER)
    b: float = field(converter=to_float, validator=PARAMETER)


@frozen(kw_only=True, repr=False)
class FittedBGNBD(FittedPurchases):
    """BG/NBD with fitted or given parameters.

    Attributes:
        params: the four parameters.
        period: unit of `recency`, `T`, alpha and horizons: "D", "W", "M" or "Y".
        report: the report of the fit; `GIVEN` for parameters typed in.
        older: the law of customers older than the data, which `burn_in` marks; None where they follow one law with all.
        effects: covariate effects on the rates of single customers; `params` are then those of a customer whose
            covariates are all 0.

    The example of Hardie's spreadsheet, 1.226 purchases in 39 weeks. A customer who bought only once has P(alive) = 1
    by assumption of the model, which is no sign of loyalty:

    >>> import pandas as pd
    >>> paper = FittedBGNBD(params=BGNBDParams(r=0.243, alpha=4.414, a=0.793, b=2.426), period="W")
    >>> two = pd.DataFrame({"frequency": [2, 0], "recency": [30.43, 0.0], "T": [38.86, 38.86]})
    >>> paper.predict(two, horizon=39).round(3)
       frequency  recency      T  p_alive  expected_purchases
    0          2    30.43  38.86    0.727               1.226
    1          0     0.00  38.86    1.000               0.195
    """

    family: ClassVar[PurchaseFamily] = BGNBDFamily(name="BG/NBD")
    params_type: ClassVar[type[BGNBDParams]] = BGNBDParams
    params: BGNBDParams = field(validator=instance_of(BGNBDParams))
    effects: CovariateEffects = field(default=NO_EFFECTS, validator=instance_of(CovariateEffects))
    older: "FittedBGNBD | None" = field(default=None, validator=older_law, metadata=LATER)


@frozen(kw_only=True)
class BGNBD(PurchaseSpec[FittedBGNBD]):
    """The specification of BG/NBD; `fit` estimates its parameters. Fader, Hardie & Lee (2005), Marketing Science 24(2).

    Each customer buys at random (Poisson) at an individual rate, and drops out after each repeat purchase with an
    individual probability. Rates are gamma distributed, dropout probabilities beta distributed. Every one-time buyer
    counts as alive; for a loyalty ladder use `MBGNBD`.

    The estimates for the 1/10 sample of CDNOW in the literature:

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30", period="W")
    >>> kk.BGNBD().fit(summary).estimates()["estimate"].round(3).tolist()
    [0.243, 4.414, 0.793, 2.426]

    Attributes:
        covariates: columns of customers used as covariates of the purchase rate and of dropout; none by default.
    """

    fitted_type: ClassVar[type[FittedBGNBD]] = FittedBGNBD
    covariates: Covariates = field(default=NO_COVARIATES, validator=instance_of(Covariates), metadata=AS_PART)
