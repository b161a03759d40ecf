"""NBD: customers buy at rates of their own and never leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import field, frozen

from kundkarriar.fields import instance_of, within_efolds
from kundkarriar.models.families.fitted_purchases import FittedPurchases, known_period
from kundkarriar.models.families.poisson_beta_family import NBD_FAMILY
from kundkarriar.models.fitting.purchase_fit import fit_purchases
from kundkarriar.models.interface.fit_report import GIVEN, FitReport
from kundkarriar.models.interface.spec import Spec

if TYPE_CHECKING:
    from kundkarriar.models.families.purchase_family import PurchaseFamily


@frozen(kw_only=True)
class NBDParams:
    """A whole customer base in two numbers.

    Attributes:
        r: shape of the gamma over purchase rates; small where customers differ much.
        alpha: its rate, in periods: r / alpha purchases a period on average.

    >>> NBDParams(r=0.385, alpha=12.072).r
    0.385
    """

    r: float = field(converter=float, validator=within_efolds)
    alpha: float = field(converter=float, validator=within_efolds)


@frozen(kw_only=True)
class FittedNBD(FittedPurchases):
    """NBD with its parameters settled, by a fit or by hand.

    Attributes:
        params: the two parameters.
        period: the unit of `recency`, `T`, alpha and horizons: "D", "W", "M" or "Y".
        report: how the fit went; `GIVEN` for parameters typed in.

    Nobody leaves, so a long silence changes nothing:

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
    period: str = field(validator=known_period)
    report: FitReport = GIVEN


@frozen(kw_only=True)
class NBD(Spec):
    """How to fit NBD: what remains when no dropout can be seen.

    Ehrenberg (1959), Applied Statistics 8(1); for histories that start with a first purchase.

    The 1/10 sample of CDNOW, as in the literature:

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30", period="W")
    >>> kk.NBD().fit(summary).estimates()["estimate"].round(3).tolist()
    [0.385, 12.072]
    """

    def fit(self, summary: Any, *, weights: str | None = None, period: str | None = None) -> FittedNBD:
        """The parameters under which the customers' histories are the most likely.

        Args:
            summary: frequency, recency, T, period, as from `kk.summarize`; prospects and customers whose
                beginning lies before the data are left out and counted in `.report`.
            weights: the column that counts customers, for a frame from `kk.distinct_rows`.
            period: the unit of time of a hand-made frame without a column `period`.

        Raises:
            DataError: rows that no history can have, too few customers, or nobody who ever bought again.
            ConvergenceError: the search did not reach an optimum.
        """
        params, unit, report = fit_purchases(FittedNBD.family, summary, weights=weights, period=period)
        return FittedNBD(params=NBDParams(**params), period=unit, report=report)
