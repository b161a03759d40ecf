"""NBD: Poisson purchases with gamma rates and no dropout."""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import Attribute, field, frozen

from kundkarriar.arguments import refusal, to_float
from kundkarriar.fields import PARAMETER, instance_of
from kundkarriar.models.covariates.covariates import COVARIATES_LATER, NO_COVARIATES, Covariates
from kundkarriar.models.covariates.effects import EFFECTS_LATER, NO_EFFECTS, CovariateEffects
from kundkarriar.models.families.bgnbd_family import NBD_FAMILY
from kundkarriar.models.families.fitted_purchases import FittedPurchases
from kundkarriar.models.families.purchase_family import PurchaseFamily
from kundkarriar.models.families.purchase_spec import PurchaseSpec
from kundkarriar.models.families.row_predictions import older_law
from kundkarriar.stored_forms import LATER


def _on_purchases_alone(_: object, attribute: Attribute[Any], given: Covariates | CovariateEffects) -> None:
    """Validator of covariates or their effects, none of them on dropout."""
    if given.dropout:
        law, hint = "empty, because nobody drops out", "leave it out, or use kk.MBGNBD()."
        raise refusal(given.dropout, f"{attribute.name}.dropout", law=law, hint=hint)


@frozen(kw_only=True)
class NBDParams:
    """The two parameters of NBD, both from e^-28 to e^28.

    Attributes:
        r: shape of the gamma distribution of purchase rates; small where customers differ much.
        alpha: rate of that distribution, in periods; the mean purchase rate is r / alpha per period.

    >>> NBDParams(r=0.385, alpha=12.072).r
    0.385
    """

    r: float = field(converter=to_float, validator=PARAMETER)
    alpha: float = field(converter=to_float, validator=PARAMETER)


@frozen(kw_only=True, repr=False)
class FittedNBD(FittedPurchases):
    """NBD with fitted or given parameters.

    Attributes:
        params: the two parameters.
        period: unit of `recency`, `T`, alpha and horizons: "D", "W", "M" or "Y".
        report: the report of the fit; `GIVEN` for parameters typed in.
        older: the law of customers older than the data, which `burn_in` marks; None where they follow one law with all.
        effects: covariate effects on the purchase rates of single customers; `params` are then those of a customer
            whose covariates are all 0.

    Nobody drops out, so predictions do not depend on recency:

    >>> import pandas as pd
    >>> known = FittedNBD(params=NBDParams(r=0.385, alpha=12.072), period="W")
    >>> two = pd.DataFrame({"frequency": [2, 2], "recency": [5.0, 30.0], "T": [39.0, 39.0]})
    >>> known.predict(two, horizon=39).round(3)
       frequency  recency     T  p_alive  expected_purchases
    0          2      5.0  39.0      1.0               1.821
    1          2     30.0  39.0      1.0               1.821
    """

    family: ClassVar[PurchaseFamily] = NBD_FAMILY
    params_type: ClassVar[type[NBDParams]] = NBDParams
    params: NBDParams = field(validator=instance_of(NBDParams))
    effects: CovariateEffects = field(
        default=NO_EFFECTS, validator=[instance_of(CovariateEffects), _on_purchases_alone], metadata=EFFECTS_LATER
    )
    older: FittedNBD | None = field(default=None, validator=older_law, metadata=LATER)


@frozen(kw_only=True)
class NBD(PurchaseSpec[FittedNBD]):
    """The specification of NBD; `fit` estimates its parameters. Ehrenberg (1959), Applied Statistics 8(1).

    Each customer buys at random (Poisson) at an individual, gamma-distributed rate after the first purchase, and never
    drops out. Use it where no dropout is identifiable.

    The estimates for the 1/10 sample of CDNOW in the literature:

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30", period="W")
    >>> kk.NBD().fit(summary).estimates()["estimate"].round(3).tolist()
    [0.385, 12.072]

    Attributes:
        covariates: columns of customers used as covariates of the purchase rate; none by default.
    """

    fitted_type: ClassVar[type[FittedNBD]] = FittedNBD
    covariates: Covariates = field(
        default=NO_COVARIATES, validator=[instance_of(Covariates), _on_purchases_alone], metadata=COVARIATES_LATER
    )
