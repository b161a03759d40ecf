"""BG/CNBD-k: BG/NBD with Erlang-k instead of exponential times between purchases."""

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
class BGCNBDParams:
    """The five parameters of BG/CNBD-k; all but k from e^-28 to e^28.

    Attributes:
        k: number of stages of the Erlang-distributed time between purchases, 1 to 40: 1 for random (Poisson)
            purchases, larger for more evenly spaced ones.
        r: shape of the gamma distribution of stage rates; small where customers differ much.
        alpha: rate of that distribution, in periods; a customer who is alive passes r / alpha stages per period on
            average, so makes r / (k alpha) purchases.
        a, b: parameters of the beta distribution of the dropout probability after a repeat purchase, mean a / (a + b).

    >>> BGCNBDParams(k=3, r=0.5, alpha=3.0, a=0.8, b=2.4).k
    3
    """

    k: int = field(validator=stages)
    r: float = field(converter=to_float, validator=PARAMETER)
    alpha: float = field(converter=to_float, validator=PARAMETER)
    a: float = field(converter=to_float, validator=PARAMETER)
    b: float = field(converter=to_float, validator=PARAMETER)


@frozen(kw_only=True, repr=False)
class FittedBGCNBD(FittedCNBD):
    """BG/CNBD-k with fitted or given parameters.

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
    ...     fitted = FittedBGCNBD(params=BGCNBDParams(k=k, r=0.5, alpha=9 / k, a=0.8, b=2.4), period="W")
    ...     print(k, fitted.predict(customer, horizon=13)["p_alive"].round(3).tolist())
    1 [0.666]
    3 [0.498]
    """

    kind: ClassVar[BGNBDFamily] = BGNBDFamily(name="BG/CNBD", k=1)
    params_type: ClassVar[type[BGCNBDParams]] = BGCNBDParams
    params: BGCNBDParams = field(validator=instance_of(BGCNBDParams))
    effects: CovariateEffects = field(
        default=NO_EFFECTS, validator=instance_of(CovariateEffects), metadata=EFFECTS_LATER
    )
    older: "FittedBGCNBD | None" = field(default=None, validator=older_law, metadata=LATER)


@frozen(kw_only=True)
class BGCNBD(ErlangSpec[FittedBGCNBD]):
    """The specification of BG/CNBD-k; `fit` estimates its parameters.

    Platzer & Reutterer (2016), Marketing Science 35(5). As `BGNBD`, but the times between purchases are Erlang-k
    distributed. Every one-time buyer counts as alive; for a loyalty ladder use `MBGCNBD`.

    The regularity k is one number for the whole customer base. Even intervals are typical of customers who buy
    everything in one place, random ones of customers who shop around. The more evenly customers buy, the sooner a long
    time without a purchase indicates dropout. k is estimated from the times between purchases, so the summary needs
    the column gap_log_sum: `kk.summarize(..., regularity=True)`.

    Attributes:
        k: number of stages, 1 to 40; None: chosen by the likelihood of all purchase times among 1, 2, ..., 12, until
            the likelihood has fallen twice in a row. `fitted.regularity()` lists the k that were tried.
        covariates: columns of customers used as covariates of the stage rate and of dropout; none by default.

    >>> import kundkarriar as kk
    >>> truth = kk.FittedBGCNBD(params=kk.BGCNBDParams(k=3, r=0.8, alpha=2.0, a=0.8, b=2.4), period="W")
    >>> fitted = kk.BGCNBD().fit(truth.simulate([52.0] * 3000, seed=1))
    >>> fitted.params.k, len(fitted.regularity())
    (3, 5)
    >>> kk.BGCNBD(k=3, covariates=kk.Covariates(purchase="channel")).covariates.columns
    ('channel',)
    """

    fitted_type: ClassVar[type[FittedBGCNBD]] = FittedBGCNBD
