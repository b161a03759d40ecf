"""Extreme customers at extreme parameters: whether every number is finite, and how large its error is.

    python benchmarks/extremes.py [cases] [sample] [model ...]

By default 10,000 random cases of each model (300 of the Erlang-k models): up to 1,000 repeat purchases, ages and
horizons of 1 to 10,000 periods, each parameter between e^-28 and e^28 (benchmarks/extreme_parameters.py); the last
purchase anywhere, right after the first or right before now. Of BG/BB and the shifted beta-geometric: up to 10,000
opportunities or renewals behind, and 20 ahead. Of Gamma-Gamma: mean spends from e^-6 to e^6; q above 1, below which the
mean over customers is infinite.

A sample of 300 is compared with 30 and 45 digits (benchmarks/truths.py), which takes up to seconds a case. The error is
|ours - truth| / max(|truth|, floor), with a floor of 1 for log-likelihoods and 1e-300 for all else.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import extremes_bgbb
import mpmath as mp
import numpy as np
import truths
from attrs import evolve, frozen
from extreme_parameters import drawn

import kundkarriar as kk
from kundkarriar.numerics.gamma_gamma import expectation as gamma_gamma_expectation
from kundkarriar.numerics.gamma_gamma import likelihood as gamma_gamma_likelihood
from kundkarriar.numerics.shifted_beta_geometric import expectation as shifted_beta_geometric_expectation
from kundkarriar.numerics.shifted_beta_geometric import likelihood as shifted_beta_geometric_likelihood
from kundkarriar.numerics.special import beta_geometric_survival
from kundkarriar.numerics.special.beta_geometric_survival import log_survival
from kundkarriar.summaries.purchase_rows import PurchaseRows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Case = dict[str, float]
    Answers = dict[str, NDArray[np.float64]]

CASES, SAMPLE, SEED = 10_000, 300, 20261122
AIM = 1e-9
STEPS = 20
SPENDS = 6.0


@frozen(kw_only=True)
class Subject:
    """A model with random cases, our numbers and true values.

    Attributes:
        cases: so many, random.
        ours: our numbers of all cases, one array a number.
        truth: true values of one case; None where they are not feasible.
        most: feasible cases: those of the Erlang-k models take a second each.
    """

    cases: Callable[[int], list[Case]]
    ours: Callable[[list[Case]], Answers]
    truth: Callable[[Mapping[str, Any]], truths.Truth | None]
    most: int = CASES


def buyers(n: int, *, parameters: tuple[str, ...]) -> list[Case]:
    """Random customers of random parameters."""
    generator, spacing = np.random.default_rng(SEED), np.random.default_rng(SEED)
    found = []
    for _ in range(n):
        x = float(generator.choice([0, 1, round(np.exp(generator.uniform(0, np.log(1000))))]))
        T, horizon = np.exp(generator.uniform(0, np.log(10_000), 2))
        share = generator.choice([generator.random(), 1e-3 * generator.random(), 1 - 1e-3 * generator.random()])
        t_x = float(share * T) if x else 0.0
        gaps = float(np.log(spacing.dirichlet(np.full(int(x), 2.0)) * t_x).sum()) if x else 0.0
        found.append({"x": x, "t_x": t_x, "T": float(T), "horizon": float(horizon), "gap_log_sum": gaps})
        found[-1] |= drawn(generator, parameters)
    return found


def of_family(cases: list[Case], *, family: Any) -> Answers:
    """Ours, of a model of purchases in continuous time."""
    answers: dict[str, list[float]] = {}
    for case in cases:
        seen: dict[str, Any] = {name: [case[name]] for name in ("x", "t_x", "T", "gap_log_sum")}
        rows = PurchaseRows(**seen, weights=[1.0])
        params = {name: case[name] for name in family.parameters}
        h = case["horizon"]
        found = {
            "log_likelihood": family.log_likelihood(rows, params),
            "log_p_alive": family.log_p_alive(rows, params),
            "discounted_purchases": _discounted(family, rows, params, horizon=h),
            "discounted_lifelong": _discounted(family, rows, params, horizon=np.inf),
        }
        # the truths are given alive, also where P(alive) is below 1e-300
        with patch.object(type(family), "log_p_alive", lambda *_: np.zeros(1)):
            found |= {
                "still_alive": family.p_alive_later(rows, params, t=h),
                "expected_purchases": family.expected_purchases(rows, params, period="W", horizon=h),
                "p_purchase": family.p_purchase(rows, params, horizon=h),
                "p_two": family.p_counts(rows, params, horizon=h, up_to=2)[:, 2],
            }
        for name, values in found.items():
            answers.setdefault(name, []).append(float(values[0]))
    return {name: np.array(values) for name, values in answers.items()}


def _discounted(family: Any, rows: PurchaseRows, params: Mapping[str, float], *, horizon: float) -> Any:
    ahead = family.residual(rows, params, period="W", horizon=horizon, discount_rate=truths.RATE)
    return ahead.discounted_purchases


def buying(family: Any, truth: Callable[..., Any], *, most: int = CASES, **known: int) -> Subject:
    """A model of purchases in continuous time."""
    return Subject(
        most=most,
        cases=partial(buyers, parameters=family.parameters),
        ours=partial(of_family, family=family),
        truth=partial(truth, **known),
    )


def members(n: int) -> list[Case]:
    """Random members of the shifted beta-geometric."""
    generator = np.random.default_rng(SEED)
    return [
        {
            "k": float(np.floor(np.exp(generator.uniform(0, np.log(10_001))) - 1)),
            "ended": float(generator.random() < 0.5),
            "horizon": float(STEPS),
            **drawn(generator, ("alpha", "beta")),
        }
        for _ in range(n)
    ]


def of_members(cases: list[Case]) -> Answers:
    """Ours, of the shifted beta-geometric."""
    k, ended, alpha, beta = (np.array([case[name] for case in cases]) for name in ("k", "ended", "alpha", "beta"))
    params = {"alpha": alpha, "beta": beta}
    return {
        "log_likelihood": shifted_beta_geometric_likelihood.log_likelihood(k=k, ended=ended > 0, **params),
        "still_alive": np.exp(log_survival(STEPS, a=alpha, b=beta + k)),
        "expected_renewals": beta_geometric_survival.survival_sum(STEPS, a=alpha, b=beta + k),
        "discounted_renewals": shifted_beta_geometric_expectation.discounted_renewals(
            np.inf, discount_rate=truths.RATE, k=k, **params
        ),
    }


def spenders(n: int) -> list[Case]:
    """Random repeat buyers of Gamma-Gamma."""
    generator = np.random.default_rng(SEED)
    found = []
    for _ in range(n):
        given = drawn(generator, ("p", "q", "gamma"))
        x = float(round(np.exp(generator.uniform(0, np.log(1000)))))
        found.append({"x": x, "m": float(np.exp(generator.uniform(-SPENDS, SPENDS))), **given, "q": 1 + given["q"]})
    return found


def of_spenders(cases: list[Case]) -> Answers:
    """Ours, of Gamma-Gamma."""
    given: Any = {name: np.array([case[name] for case in cases]) for name in ("x", "m", "p", "q", "gamma")}
    return {
        "log_likelihood": gamma_gamma_likelihood.log_likelihood(**given),
        "expected_order_value": gamma_gamma_expectation.expected_order_value(**given),
    }


SUBJECTS: dict[str, Subject] = {
    "NBD": buying(kk.FittedNBD.family, truths.nbd),
    "BG/NBD": buying(kk.FittedBGNBD.family, truths.beta_geometric, first=0),
    "MBG/NBD": buying(kk.FittedMBGNBD.family, truths.beta_geometric, first=1),
    "Pareto/NBD": buying(kk.FittedParetoNBD.family, truths.pareto),
    "GGompertz/NBD": buying(kk.FittedGGompertzNBD.family, truths.pareto),
    **{
        f"{name}-{k}": buying(evolve(kind, k=k), truths.erlang, most=300, k=k, first=first)
        for k in (2, 3)
        for name, first, kind in (("BG/CNBD", 0, kk.FittedBGCNBD.kind), ("MBG/CNBD", 1, kk.FittedMBGCNBD.kind))
    },
    "BG/BB": Subject(cases=extremes_bgbb.cases, ours=extremes_bgbb.ours, truth=extremes_bgbb.truth),
    "sBG": Subject(cases=members, ours=of_members, truth=truths.shifted_beta_geometric),
    "Gamma-Gamma": Subject(cases=spenders, ours=of_spenders, truth=truths.gamma_gamma),
}


def error(ours: float, truth: Any, *, floor: float) -> float:
    """|ours - truth| / max(|truth|, floor)."""
    if not np.isfinite(ours):
        return float("inf")
    return float(abs(mp.mpf(float(ours)) - truth) / max(abs(truth), mp.mpf(floor)))


def table(name: str, *, n: int, sample: int) -> None:
    """Print one line a number of a model, and every case that is off."""
    subject = SUBJECTS[name]
    n = min(n, subject.most)
    cases = subject.cases(n)
    ours = subject.ours(cases)
    errors: dict[str, list[float]] = {key: [] for key in ours}
    for number in range(0, n, max(n // sample, 1)):
        for key, true in (truths.agreed(subject.truth, cases[number]) or {}).items():
            off = error(ours[key][number], true, floor=truths.FLOORS.get(key, truths.FLOOR))
            errors[key].append(off)
            if off > AIM:
                print(f"  case {number} {key}: {float(ours[key][number])!r}, not {mp.nstr(true, 17)}: {cases[number]}")
    for key, values in ours.items():
        broken = int(np.sum(~np.isfinite(values)))
        if not errors[key]:  # only whether it is a number
            print(f"{name:14} {key:20} {broken:10,} {0:6}", flush=True)
            continue
        apart = np.array(errors[key])
        print(
            f"{name:14} {key:20} {broken:10,} {len(errors[key]):6} {apart.max():13.1e} {np.quantile(apart, 0.99):9.1e} "
            f"{int(np.sum(apart > AIM)):10}",
            flush=True,
        )


def main(names: list[str], *, n: int = CASES, sample: int = SAMPLE) -> None:
    """Print one line a model and number."""
    print(f"{n:,} cases a model")
    print(
        f"{'model':14} {'number':20} {'not finite':>10} {'truths':>6} {'largest error':>13} {'99 %':>9} "
        f"{'above 1e-9':>10}"
    )
    for name in names or list(SUBJECTS):
        table(name, n=n, sample=sample)


if __name__ == "__main__":
    sizes = dict(zip(("n", "sample"), (int(word) for word in sys.argv[1:] if word.isdigit()), strict=False))
    main([word for word in sys.argv[1:] if not word.isdigit()], **sizes)
