"""BG/CNBD-k: purchases more even than chance, and whoever bought once counts as alive."""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import field, frozen

from kundkarriar.fields import instance_of, within_efolds
from kundkarriar.models.families.erlang_family import RegularFamily
from kundkarriar.models.families.fitted_erlang import FittedRegular
from kundkarriar.models.families.fitted_purchases import known_period
from kundkarriar.models.fitting.erlang_stages import as_trials, fit_regular, stages, stages_or_none
from kundkarriar.models.interface.fit_report import GIVEN, FitReport
from kundkarriar.models.interface.spec import Spec


@frozen(kw_only=True)
class BGCNBDParams:
    """A whole customer base in five numbers.

    Attributes:
        k: stages of a gap between purchases, 1 to 40: 1 where purchases come at random, larger the more evenly.
        r: shape of the gamma over stage rates; small where customers differ much.
        alpha: its rate, in periods: r / alpha stages, so r / (k alpha) purchases a period while alive.
        a, b: the beta over the chance of leaving after a repeat purchase, a / (a + b) on average.

    >>> BGCNBDParams(k=3, r=0.5, alpha=3.0, a=0.8, b=2.4).k
    3
    """

    k: int = field(validator=stages)
    r: float = field(converter=float, validator=within_efolds)
    alpha: float = field(converter=float, validator=within_efolds)
    a: float = field(converter=float, validator=within_efolds)
    b: float = field(converter=float, validator=within_efolds)


@frozen(kw_only=True)
class FittedBGCNBD(FittedRegular):
    """BG/CNBD-k with its parameters settled, by a fit or by hand.

    Attributes:
        params: k and the four other parameters.
        period: the unit of `recency`, `T`, alpha and horizons: "D", "W", "M" or "Y".
        report: how the fit went; `GIVEN` for parameters typed in.
        tried: every k that a fit tried, with its log-likelihood; see `regularity()`.

    Who has bought every six weeks and is silent for twelve is less surely there if purchases come evenly:

    >>> import pandas as pd
    >>> silent = pd.DataFrame({"frequency": [6], "recency": [36.0], "T": [48.0]})
    >>> for k in (1, 3):
    ...     fitted = FittedBGCNBD(params=BGCNBDParams(k=k, r=0.5, alpha=9 / k, a=0.8, b=2.4), period="W")
    ...     print(k, fitted.predict(silent, horizon=13)["p_alive"].round(3).tolist())
    1 [0.666]
    3 [0.498]
    """

    kind: ClassVar[RegularFamily] = RegularFamily(name="BG/CNBD", k=1, at_first=0)
    params_type: ClassVar[type[BGCNBDParams]] = BGCNBDParams
    params: BGCNBDParams = field(validator=instance_of(BGCNBDParams))
    period: str = field(validator=known_period)
    report: FitReport = GIVEN
    tried: tuple[tuple[int, float], ...] = field(default=(), converter=as_trials)


@frozen(kw_only=True)
class BGCNBD(Spec):
    """How to fit BG/CNBD-k: purchases in regular gaps, and after each repeat purchase a chance to leave.

    It calls every one-time buyer alive (nearly: with k above 1 a long silence is unlikely, not impossible); for a
    loyalty ladder take `MBGCNBD`. Platzer & Reutterer (2016), Marketing Science 35(5).

    The regularity k belongs to the customer base. Even intervals are the mark of the exclusive customer: who buys
    everything in one place buys when the cupboard is empty, who shops around buys there by chance. And the more evenly
    customers buy, the sooner a silence tells that one has left. It is estimated from the spacing of purchases, so the
    summary must have it: `kk.summarize(..., regularity=True)`.

    Attributes:
        k: stages of a gap, 1 to 40; None: chosen by the likelihood of all purchase moments among 1, 2, ... until
            that has fallen twice in a row, at most 12. `fitted.regularity()` tells all that were tried.

    >>> import kundkarriar as kk
    >>> truth = kk.FittedBGCNBD(params=kk.BGCNBDParams(k=3, r=0.8, alpha=2.0, a=0.8, b=2.4), period="W")
    >>> fitted = kk.BGCNBD().fit(truth.simulate([52.0] * 3000, seed=1))
    >>> fitted.params.k, len(fitted.regularity())
    (3, 5)
    """

    k: int | None = field(default=None, validator=stages_or_none)

    def fit(self, summary: Any, *, weights: str | None = None, period: str | None = None) -> FittedBGCNBD:
        """The parameters under which the customers' purchase moments are the most likely.

        Args:
            summary: frequency, recency, T, period and gap_log_sum, as from `kk.summarize(..., regularity=True)`;
                prospects and customers whose beginning lies before the data are left out and counted in `.report`. With
                k=1 alone gap_log_sum may be missing: then the spacing says nothing.
            weights: the column that counts customers, for a frame from `kk.distinct_rows`.
            period: the unit of time of a hand-made frame without a column `period`.

        Raises:
            DataError: no gap_log_sum, rows that no history can have, too few customers, or nobody who ever bought
                again.
            ConvergenceError: the search did not reach an optimum.
        """
        made = fit_regular(FittedBGCNBD.kind, summary, k=self.k, weights=weights, period=period)
        return FittedBGCNBD(**{**made, "params": BGCNBDParams(**made["params"])})
