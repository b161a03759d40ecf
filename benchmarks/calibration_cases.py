"""Cases of benchmarks/calibration.py: models, their fixed truths (fits to published data), and simulated customers."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from attrs import frozen
from event_histories import Customers, observe

import kundkarriar as kk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.random import Generator
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Live = Callable[[Mapping[str, float], int, Generator], Customers]

AGES = 39.0 * (0.5 + (np.arange(300) + 0.5) / 300)
"""Of the customers of a base with a truth from the prior: from 19.5 to 58.5, all different, the median 39."""


@frozen(kw_only=True, eq=False)
class Case:
    """A model, its truth, and bases of customers.

    Attributes:
        spec: how to fit it.
        given: the fitted model of parameters.
        truth: its fit to published data.
        scale: the median age (of a purchase model) of a `small` base: the prior is about that.
        small: a base of about 300 customers of a fitted model, for truths from the prior.
        whole: a base as large as the published data.
        live: latent states of n customers, for models of purchases in continuous time.
    """

    spec: Any
    given: Callable[[Mapping[str, float]], Any]
    truth: Mapping[str, float]
    scale: float = 1.0
    small: Callable[[Any, Generator], pd.DataFrame]
    whole: Callable[[Any, Generator], pd.DataFrame]
    live: Live | None = None


@cache
def cdnow() -> pd.DataFrame:
    """The 2,357 customers in the 1/10 sample of CDNOW after 39 weeks."""
    summary: pd.DataFrame = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30", period="W")
    return summary


def cdnow_ages() -> Array:
    """Weeks since their first purchase, (2357,)."""
    return np.asarray(cdnow()["T"], dtype=np.float64)


def cdnow_repeats() -> Array:
    """Repeat purchase days of those who bought again, (946,)."""
    x = np.asarray(cdnow()["frequency"], dtype=np.float64)
    return x[x > 0]


def simulated(case: Case, *, ages: Array, horizon: float, generator: Generator) -> tuple[pd.DataFrame, Array]:
    """A base of the case's truth, purchase by purchase, and what each customer bought in the horizon after."""
    assert case.live is not None
    seen = observe(case.live(case.truth, len(ages), generator), T=ages, horizon=horizon, generator=generator)
    seen_of = {"frequency": seen.x, "recency": seen.t_x, "T": ages, "gap_log_sum": seen.log_gaps, "period": "W"}
    return pd.DataFrame(seen_of), seen.later


def rates(params: Mapping[str, float], n: int, generator: Generator) -> Array:
    """Purchase rates by a gamma of shape r and rate alpha, (n,)."""
    return np.maximum(generator.gamma(params["r"], size=n) / params["alpha"], 1e-300)


def no_dropout(params: Mapping[str, float], n: int, generator: Generator) -> Customers:
    """Latent states without dropout."""
    return Customers(rate=rates(params, n, generator), p_dropout=np.zeros(n), lifetime=np.full(n, np.inf))


def dropout_after_purchases(*, at_first: bool) -> Live:
    """Dropout after purchases with probabilities ~ Beta(a, b); every k-th event is a purchase where there is a k."""

    def live(params: Mapping[str, float], n: int, generator: Generator) -> Customers:
        return Customers(
            rate=rates(params, n, generator),
            p_dropout=generator.beta(params["a"], params["b"], n),
            lifetime=np.full(n, np.inf),
            at_first=at_first,
            stride=int(params.get("k", 1)),
        )

    return live


def dropout_at_any_time(params: Mapping[str, float], n: int, generator: Generator) -> Customers:
    """Exponential lifetimes with rates ~ Gamma(s, beta); Gompertz lifetimes where there is a b."""
    eta = np.maximum(generator.gamma(params["s"], size=n) / params["beta"], 1e-300)
    waited = generator.exponential(size=n) / eta
    lifetime = np.log1p(waited) / params["b"] if "b" in params else waited
    return Customers(rate=rates(params, n, generator), p_dropout=np.zeros(n), lifetime=lifetime)


def purchases(spec: Any, fitted: Any, live: Live, **truth: float) -> Case:
    """A model of purchases in continuous time."""

    def given(params: Mapping[str, float]) -> Any:
        kept = {name: int(truth["k"]) for name in truth if name == "k"}
        return fitted(params=fitted.params_type(**{**params, **kept}), period="W")

    case = Case(
        spec=spec,
        given=given,
        truth=truth,
        scale=39.0,
        small=lambda model, generator: model.simulate(AGES, seed=generator),
        whole=lambda _, generator: simulated(case, ages=cdnow_ages(), horizon=0.0, generator=generator)[0],
        live=live,
    )
    return case


AFTER_REPEAT_PURCHASES, AFTER_ALL_PURCHASES = (
    dropout_after_purchases(at_first=False),
    dropout_after_purchases(at_first=True),
)

CASES: dict[str, Case] = {
    "NBD": purchases(kk.NBD(), kk.FittedNBD, no_dropout, r=0.3847661, alpha=12.07202),
    "BGNBD": purchases(
        kk.BGNBD(), kk.FittedBGNBD, AFTER_REPEAT_PURCHASES, r=0.2425945, alpha=4.413602, a=0.7929219, b=2.425906
    ),
    "MBGNBD": purchases(
        kk.MBGNBD(), kk.FittedMBGNBD, AFTER_ALL_PURCHASES, r=0.5248432, alpha=6.183085, a=0.8913595, b=1.614003
    ),
    "BGCNBD": purchases(
        kk.BGCNBD(k=2), kk.FittedBGCNBD, AFTER_REPEAT_PURCHASES, k=2, r=0.2269, alpha=1.4629, a=0.9440, b=2.0743
    ),
    "MBGCNBD": purchases(
        kk.MBGCNBD(k=2), kk.FittedMBGCNBD, AFTER_ALL_PURCHASES, k=2, r=0.5799, alpha=2.2881, a=1.1345, b=1.5850
    ),
    "ParetoNBD": purchases(
        kk.ParetoNBD(), kk.FittedParetoNBD, dropout_at_any_time, r=0.5532772, alpha=10.57769, s=0.6062392, beta=11.66871
    ),
    "GGompertzNBD": purchases(
        kk.GGompertzNBD(), kk.FittedGGompertzNBD, dropout_at_any_time, r=0.553, alpha=10.578, b=0.05, s=0.6, beta=0.6
    ),
    "BGBB": Case(
        spec=kk.BGBB(),
        given=lambda params: kk.FittedBGBB(params=kk.BGBBParams(**params), every="Y"),
        truth={"alpha": 1.203522, "beta": 0.7497164, "gamma": 0.6567182, "delta": 2.783442},
        small=lambda model, generator: model.simulate(np.repeat([4, 6, 8, 10, 12], 60), seed=generator),
        whole=lambda model, generator: model.simulate([6] * 11_104, seed=generator),
    ),
    "ShiftedBetaGeometric": Case(
        spec=kk.ShiftedBetaGeometric(),
        given=lambda params: kk.FittedShiftedBetaGeometric(params=kk.ShiftedBetaGeometricParams(**params), every="Y"),
        truth={"alpha": 0.6680884, "beta": 3.806095},
        small=lambda model, generator: model.simulate([7] * 300, seed=generator),
        whole=lambda model, generator: model.simulate([7] * 1000, seed=generator),
    ),
    "GammaGamma": Case(
        spec=kk.GammaGamma(),
        given=lambda params: kk.FittedGammaGamma(params=kk.GammaGammaParams(**params)),
        truth={"p": 6.249573, "q": 3.744224, "gamma": 15.443518},
        small=lambda model, generator: model.simulate(cdnow_repeats()[::3], seed=generator),
        whole=lambda model, generator: model.simulate(cdnow_repeats(), seed=generator),
    ),
}
"""Truths are fits: of the 1/10 sample of CDNOW, of the donations (BG/BB), of "High End" (shifted beta-geometric).
On CDNOW GGompertz/NBD is Pareto/NBD, and no other published fit has its data here: its truth is made up."""
