"""MBG/CNBD-k: MBG/NBD with Erlang-k instead of exponential times between purchases."""

from typing import ClassVar

from attrs import field, frozen

from kundkarriar.arguments import to_float
from kundkarriar.fields import PARAMETER, instance_of
from kundkarriar.models.covariates.effects import EFFECTS_LATER, NO_EFFECTS, CovariateEffects
from kundkarriar.models.families.bgnbd_family import BGNBDFamily
from kundkarriar.models.families.fitted_cnbd import FittedCNBD
from kundkarriar.models.families.purchase_spec import ErlangSpec
from kundkarriar.models.families.row_predictions import older_law
from kundkarriar.models.fitting.number_of_stages import stages
from kundkarriar.stored_forms import LATER


@frozen(kw_only=True)
class MBGCNBDParams:
    """The five parameters of MBG/CNBD-k; all but k from e^-28 to e^28.

    Attributes:
        k: number of stages of the Erlang-distributed time between purchases, 1 to 40: 1 for random (Poisson)
            purchases, larger for more evenly spaced ones.
        r: shape of the gamma distribution of stage rates; small where customers differ much.
        alpha: rate of that distribution, in periods; a customer who is alive passes r / alpha stages per period on
            average, so makes r / (k alpha) purchases.
        a, b: parameters of the beta distribution of the dropout probability after a purchase, mean a / (a + b).

    >>> MBGCNBDParams(k=3, r=0.5, alpha=3.0, a=0.8, b=2.4).k
    3
    """

    k: int = field(validator=stages)
    r: float = field(converter=to_float, validator=PARAMETER)
    alpha: float = field(converter=to_float, validator=PARAMETER)
    a: float = field(converter=to_float, validator=PARAMETER)
    b: float = field(converter=to_float, validator=PARAMETER)


@frozen(kw_only=True, repr=False)
class FittedMBGCNBD(FittedCNBD):
    """MBG/CNBD-k with fitted or given parameters.

    Attributes:
        params: k and the four other parameters.
        period: unit of `recency`, `T`, alpha and horizons: "D", "W", "M" or "Y".
        report: the report of the fit; `GIVEN` for parameters typed in.
        older: the law of customers older than the data, which `burn_in` marks; None where they follow one law with all.
        tried: (k, log-likelihood) for each k that the fit tried; see `regularity()`.
        effects: covariate effects on the rates of single customers; `params` are then those of a customer whose
            covariates are all 0.

    After six purchases at intervals of six weeks, twelve weeks without one lower P(alive) more if k is larger:

    >>> import pandas as pd
    >>> customer = pd.DataFrame({"frequency": [6], "recency": [36.0], "T": [48.0]})
    >>> for k in (1, 3):
    ...     fitted = FittedMBGCNBD(params=MBGCNBDParams(k=k, r=0.5, alpha=9 / k, a=0.8, b=2.4), period="W")
    ...     print(k, fitted.predict(customer, horizon=13)["p_alive"].round(3).tolist())
    1 [0.693]
    3 [0.53]
    """

    kind: ClassVar[BGNBDFamily] = BGNBDFamily(name="MBG/CNBD", k=1, at_first=1)
    params_type: ClassVar[type[MBGCNBDParams]] = MBGCNBDParams
    params: MBGCNBDParams = field(validator=instance_of(MBGCNBDParams))
    effects: CovariateEffects = field(
        default=NO_EFFECTS, validator=instance_of(CovariateEffects), metadata=EFFECTS_LATER
    )
    older: "FittedMBGCNBD | None" = field(default=None, validator=older_law, metadata=LATER)


@frozen(kw_only=True)
class MBGCNBD(ErlangSpec[FittedMBGCNBD]):
    """The specification of MBG/CNBD-k; `fit` estimates its parameters.

    Reutterer, Platzer & Schröder (2021), International Journal of Research in Marketing 38(1). As `MBGNBD`, but the
    times between purchases are Erlang-k distributed; `BGCNBD` explains their regularity k. It is estimated from the
    times between purchases, so the summary needs the column gap_log_sum: `kk.summarize(..., regularity=True)`.

    Attributes:
        k: number of stages, 1 to 40; None: chosen by the likelihood of all purchase times among 1, 2, ..., 12, until
            the likelihood has fallen twice in a row. `fitted.regularity()` lists the k that were tried.
        covariates: columns of customers used as covariates of the stage rate and of dropout; none by default.

    >>> import kundkarriar as kk
    >>> truth = kk.FittedMBGCNBD(params=kk.MBGCNBDParams(k=3, r=0.8, alpha=2.0, a=0.8, b=2.4), period="W")
    >>> fitted = kk.MBGCNBD().fit(truth.simulate([52.0] * 3000, seed=1))
    >>> fitted.params.k, len(fitted.regularity())
    (3, 5)
    >>> kk.MBGCNBD(k=3, covariates=kk.Covariates(purchase="channel")).covariates.columns
    ('channel',)
    """

    fitted_type: ClassVar[type[FittedMBGCNBD]] = FittedMBGCNBD
