"""Cases of benchmarks/calibration.py: models, their fixed truths (fits to published data), and simulated customers.

Customers are simulated purchase by purchase (opportunity by opportunity), without any formula of the library.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from attrs import field, frozen
from event_histories import Customers, Pauses, observe, observe_pauses

import kundkarriar as kk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.random import Generator
    from numpy.typing import NDArray

    from kundkarriar.models.uncertainty.posterior import Posterior

    Array = NDArray[np.float64]
    Params = Mapping[str, float]
    Live = Callable[[Params, int, Generator], Customers]

AGES = 39.0 * (0.5 + (np.arange(100) + 0.5) / 100)
"""Of the customers of a base with a truth from the prior: from 19.5 to 58.5, all different, the median 39."""
HORIZON = 39.0
"""Weeks of purchases to come."""
CHANCES = 5
"""Opportunities, or renewals, to come."""
FEWER = 50
"""Draws of what is to come by models that take long to draw it."""


@frozen(kw_only=True, eq=False)
class Base:
    """Simulated customers of one truth.

    Attributes:
        table: what is fitted, one row a customer.
        later: what each does after: purchases, spend, renewals, (n,).
    """

    table: pd.DataFrame
    later: Array


@frozen(kw_only=True, eq=False)
class Case:
    """A model, its truth, and bases of customers.

    Attributes:
        spec: how to fit it.
        given: the fitted model of parameters.
        truth: its fit to published data.
        scale: the median age (of a purchase model) of a `small` base: the prior is about that.
        small: a base of about 100 customers, for truths from the prior.
        whole: a base as large as the published data.
        draw_later: of a fit, rows of its table, a posterior of S draws: draws of `later`, (n, up to S).
        prior: of truths and posteriors alike.
        prior_draws: truths from the prior, unless another number is asked for; fewer where a fit takes a second.
    """

    spec: Any
    given: Callable[[Params], Any]
    truth: Params
    scale: float = 1.0
    small: Callable[[Params, Generator], Base]
    whole: Callable[[Params, Generator], Base]
    draw_later: Callable[[Any, pd.DataFrame, Posterior, Generator], Array]
    prior: kk.WeakPrior = field(factory=kk.WeakPrior)
    prior_draws: int = 1000


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


def rates(params: Params, n: int, generator: Generator) -> Array:
    """Purchase rates by a gamma of shape r and rate alpha, (n,)."""
    return np.maximum(generator.gamma(params["r"], size=n) / params["alpha"], 1e-300)


def no_dropout(params: Params, n: int, generator: Generator) -> Customers:
    """Latent states without dropout."""
    return Customers(rate=rates(params, n, generator), p_dropout=np.zeros(n), lifetime=np.full(n, np.inf))


def dropout_after_purchases(*, at_first: bool) -> Live:
    """Dropout after purchases with probabilities ~ Beta(a, b); every k-th event is a purchase where there is a k."""

    def live(params: Params, n: int, generator: Generator) -> Customers:
        return Customers(
            rate=rates(params, n, generator),
            p_dropout=generator.beta(params["a"], params["b"], n),
            lifetime=np.full(n, np.inf),
            at_first=at_first,
            stride=int(params.get("k", 1)),
        )

    return live


def dropout_at_any_time(params: Params, n: int, generator: Generator) -> Customers:
    """Exponential lifetimes with rates ~ Gamma(s, beta); Gompertz lifetimes where there is a b."""
    eta = np.maximum(generator.gamma(params["s"], size=n) / params["beta"], 1e-300)
    waited = generator.exponential(size=n) / eta
    lifetime = np.log1p(waited) / params["b"] if "b" in params else waited
    return Customers(rate=rates(params, n, generator), p_dropout=np.zeros(n), lifetime=lifetime)


def purchases(spec: Any, fitted: Any, live: Live, *, prior_draws: int = 1000, **truth: float) -> Case:
    """A model of purchases in continuous time."""
    stages = {name: int(value) for name, value in truth.items() if name == "k"}

    def base(params: Params, ages: Array, generator: Generator) -> Base:
        customers = live({**params, **stages}, len(ages), generator)
        seen = observe(customers, T=ages, horizon=HORIZON, generator=generator)
        table = {"frequency": seen.x, "recency": seen.t_x, "T": ages, "gap_log_sum": seen.log_gaps, "period": "W"}
        return Base(table=pd.DataFrame(table), later=seen.later)

    return Case(
        spec=spec,
        given=lambda params: fitted(params=fitted.params_type(**{**params, **stages}), period="W"),
        truth=truth,
        scale=39.0,
        small=lambda params, generator: base(params, AGES, generator),
        whole=lambda params, generator: base(params, cdnow_ages(), generator),
        draw_later=lambda fit, table, posterior, generator: drawn_purchases(fit, table, posterior, generator, HORIZON),
        prior_draws=prior_draws,
    )


def drawn_purchases(fit: Any, table: pd.DataFrame, posterior: Posterior, generator: Generator, horizon: float) -> Array:
    """Draws of purchases to come."""
    drawn = fit.draw_outcomes(
        fit.read(table).rows, posterior=posterior, horizon=horizon, discount_rate=0.0, generator=generator
    )
    return np.asarray(drawn.purchases)


def returning() -> Case:
    """Customers who pause and return.

    Gaps are whole days, and the process is continuous: small bases are followed for thousands of years, so that a day
    is a millionth of them. Under `WeakPrior()` one base in twenty has a customer with millions of purchases; the prior
    here is narrower.
    """

    def base(params: Params, ages: Array, generator: Generator, *, days: float, period: str) -> Base:
        pauses = Pauses.log_normal(**params, n=len(ages), generator=generator)
        horizon = float(np.median(ages))
        observed = observe_pauses(pauses, T=ages, horizon=horizon, days=days, period=period, generator=generator)
        return Base(table=observed[0], later=observed[1])

    return Case(
        spec=kk.ReturningNBD(),
        given=lambda params: kk.FittedReturningNBD(params=kk.ReturningNBDParams(**params), period="W"),
        truth={"m1": -3.42292, "s1": 1.15342, "m2": -2.74616, "s2": 1.2188, "nu": 0.0274669},
        scale=100 * 39.0,
        small=lambda params, generator: base(params, 100 * AGES, generator, days=365.25, period="Y"),
        whole=lambda params, generator: base(params, cdnow_ages(), generator, days=7.0, period="W"),
        draw_later=lambda fit, table, posterior, generator: drawn_purchases(
            fit, table, posterior.some(slice(FEWER)), generator, float(table["T"].median())
        ),
        prior=kk.WeakPrior(
            log_typical_purchases=0.7,
            log_spread_purchases=0.35,
            log_typical_leaving=0.7,
            log_spread_leaving=0.35,
            log_return=0.7,
        ),
        prior_draws=400,
    )


def given_donors(params: Params) -> Any:
    """BG/BB of yearly opportunities."""
    return kk.FittedBGBB(params=kk.BGBBParams(**params), every="Y")


def donors(params: Params, seen: Array, generator: Generator) -> Base:
    """Customers who may drop out before each opportunity, and may buy at each while alive."""
    p, theta = (
        generator.beta(params[a], params[b], (len(seen), 1)) for a, b in (("alpha", "beta"), ("gamma", "delta"))
    )
    at = np.arange(1, int(seen.max()) + CHANCES + 1)
    alive = np.logical_and.accumulate(generator.random((len(seen), len(at))) >= theta, axis=1)
    buys = alive & (generator.random(alive.shape) < p)
    before = at <= seen[:, None]
    table = {
        "frequency": (buys & before).sum(axis=1),
        "recency": (at * (buys & before)).max(axis=1),
        "n_opportunities": seen,
        "every": "Y",
    }
    later = (buys & ~before & (at <= seen[:, None] + CHANCES)).sum(axis=1)
    return Base(table=pd.DataFrame(table), later=later.astype(np.float64))


def draw_gifts(_: Any, table: pd.DataFrame, posterior: Posterior, generator: Generator) -> Array:
    """Purchases of the next opportunities by the distribution of each draw of the parameters."""
    counts = [f"p_{count}" for count in range(CHANCES + 1)]
    drawn = []
    for values in posterior.frame()[:FEWER].to_numpy().tolist():
        model = given_donors(dict(zip(posterior.names, values, strict=True)))
        chances = model.purchase_counts(table, horizon=CHANCES, up_to=CHANCES)[counts].to_numpy()
        drawn.append((generator.random((len(table), 1)) > chances[:, :-1].cumsum(axis=1)).sum(axis=1))
    return np.stack(drawn, axis=1).astype(np.float64)


def given_members(params: Params) -> Any:
    """The shifted beta-geometric of yearly contracts."""
    return kk.FittedShiftedBetaGeometric(params=kk.ShiftedBetaGeometricParams(**params), every="Y")


def members(params: Params, seen: Array, generator: Generator) -> Base:
    """Members who churn with a probability of their own at each renewal."""
    theta = generator.beta(params["alpha"], params["beta"], (len(seen), 1))
    stays = generator.random((len(seen), int(seen.max()) + CHANCES)) >= theta
    lasts = np.logical_and.accumulate(stays, axis=1).sum(axis=1)
    table = {"renewals": np.minimum(lasts, seen), "ended": lasts < seen, "every": "Y"}
    later = np.clip(lasts - seen, 0, CHANCES).astype(np.float64)
    return Base(table=pd.DataFrame(table), later=later)


def draw_renewals(_: Any, table: pd.DataFrame, posterior: Posterior, generator: Generator) -> Array:
    """Renewals to come by the survival of each draw of the parameters."""
    k = table["renewals"].to_numpy()
    ahead = k[:, None] + np.arange(CHANCES + 1)
    drawn = []
    for values in posterior.frame()[:FEWER].to_numpy().tolist():
        model = given_members(dict(zip(posterior.names, values, strict=True)))
        survival = np.array([1.0, *model.retention(int(ahead.max()))["survival"]])[ahead]
        at = generator.random((len(table), 1)) * survival[:, :1]
        drawn.append(np.where(table["ended"], 0, (at < survival[:, 1:]).sum(axis=1)))
    return np.stack(drawn, axis=1).astype(np.float64)


def spenders(params: Params, x: Array, generator: Generator) -> Base:
    """Repeat buyers, and what they spend on one to five further orders."""
    nu = generator.gamma(params["q"], size=len(x)) / params["gamma"]
    mean = generator.gamma(params["p"] * x) / nu / x
    orders = generator.integers(1, 6, len(x))
    table = {"frequency": x, "monetary_value": mean, "orders": orders}
    return Base(table=pd.DataFrame(table), later=generator.gamma(params["p"] * orders) / nu)


def draw_spend(fit: Any, table: pd.DataFrame, posterior: Posterior, generator: Generator) -> Array:
    """Spend on the further orders."""
    x, mean, orders = (table[name].to_numpy(dtype=np.float64) for name in ("frequency", "monetary_value", "orders"))
    ahead = np.repeat(orders[:, None], len(posterior), axis=1)
    return np.asarray(fit.draw_spend(x, mean, purchases=ahead, posterior=posterior, generator=generator))


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
        kk.ParetoNBD(),
        kk.FittedParetoNBD,
        dropout_at_any_time,
        prior_draws=500,
        r=0.5532772,
        alpha=10.57769,
        s=0.6062392,
        beta=11.66871,
    ),
    "GGompertzNBD": purchases(
        kk.GGompertzNBD(),
        kk.FittedGGompertzNBD,
        dropout_at_any_time,
        prior_draws=500,
        r=0.553,
        alpha=10.578,
        b=0.05,
        s=0.6,
        beta=0.6,
    ),
    "ReturningNBD": returning(),
    "BGBB": Case(
        spec=kk.BGBB(),
        given=given_donors,
        truth={"alpha": 1.203522, "beta": 0.7497164, "gamma": 0.6567182, "delta": 2.783442},
        small=lambda params, generator: donors(params, np.repeat([4, 6, 8, 10, 12], 20), generator),
        whole=lambda params, generator: donors(params, np.repeat(6, 11_104), generator),
        draw_later=draw_gifts,
    ),
    "ShiftedBetaGeometric": Case(
        spec=kk.ShiftedBetaGeometric(),
        given=given_members,
        truth={"alpha": 0.6680884, "beta": 3.806095},
        small=lambda params, generator: members(params, np.repeat(7, 100), generator),
        whole=lambda params, generator: members(params, np.repeat(7, 1000), generator),
        draw_later=draw_renewals,
    ),
    "GammaGamma": Case(
        spec=kk.GammaGamma(),
        given=lambda params: kk.FittedGammaGamma(params=kk.GammaGammaParams(**params)),
        truth={"p": 6.249573, "q": 3.744224, "gamma": 15.443518},
        small=lambda params, generator: spenders(params, cdnow_repeats()[::9], generator),
        whole=lambda params, generator: spenders(params, cdnow_repeats(), generator),
        draw_later=draw_spend,
    ),
}
"""Truths are fits: of the 1/10 sample of CDNOW, of the donations (BG/BB), of "High End" (shifted beta-geometric).
On CDNOW GGompertz/NBD is Pareto/NBD, and no other published fit has its data here: its truth is made up."""
