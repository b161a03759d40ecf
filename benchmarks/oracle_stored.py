"""Ours beside the values of 20 digits in tests/oracles/*.csv, made by direct integration: for benchmarks/oracles.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import pandas as pd

from kundkarriar.models.families.bgnbd_family import BGNBDFamily
from kundkarriar.models.families.pareto_nbd_family import GGOMPERTZ_FAMILY, PARETO_FAMILY
from kundkarriar.numerics.bgbb import expectation as bgbb_expectation
from kundkarriar.numerics.bgbb import likelihood as bgbb_likelihood
from kundkarriar.numerics.bgbb.likelihood import log_p_alive
from kundkarriar.numerics.bgnbd import expectation, likelihood, poisson_expectation
from kundkarriar.numerics.bgnbd.alive_customers import alive_customers
from kundkarriar.summaries.purchase_rows import PurchaseRows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Numbers = dict[str, float]

FLOORS = {"log_likelihood": 1.0, "bgnbd_expectation still_alive": 1e-6, "cnbd": 1e-36}
"""Below these the error is absolute: log-likelihoods by choice, others because the integrals are no more exact."""


def pareto(case: pd.Series) -> Numbers:
    """Pareto/NBD and GGompertz/NBD."""
    family = GGOMPERTZ_FAMILY if case["b"] else PARETO_FAMILY
    rows = PurchaseRows(x=case["x"], t_x=case["t_x"], T=case["T"], weights=1.0)
    params, horizon, rate = {name: case[name] for name in family.parameters}, case["horizon"], case["discount_rate"]
    lifelong = family.residual(rows, params, period="W", horizon=np.inf, discount_rate=rate)
    found = {
        "log_likelihood": family.log_likelihood(rows, params)[0],
        "log_p_alive": family.log_p_alive(rows, params)[0],
        "discounted_purchases": lifelong.discounted_purchases[0],
    }
    with patch.object(type(family), "log_p_alive", lambda *_: np.zeros(1)):  # the oracle's are given alive
        return found | {
            "purchases": family.expected_purchases(rows, params, period="W", horizon=horizon)[0],
            "still_alive": family.p_alive_later(rows, params, t=horizon)[0],
            "p_purchase": family.p_purchase(rows, params, horizon=horizon)[0],
            "p_3": family.p_counts(rows, params, horizon=horizon, up_to=3)[0, 3],
        }


def beta_geometric(case: pd.Series) -> Numbers:
    """Expected future under BG/NBD and MBG/NBD."""
    alone, horizon = alive_customers(k=1, s=[case["s"]], **case[["rate", "a", "b"]]), case["horizon"]
    purchases, alive, *_ = poisson_expectation.residual(horizon, alone, discount_rate=case["discount_rate"])
    found = {"discounted_purchases": purchases[0, 0], "discounted_alive": alive[0, 0]}
    if np.isfinite(horizon):
        found["purchases"] = poisson_expectation.expected_purchases(horizon, alone)[0, 0]
        found["still_alive"] = poisson_expectation.still_alive(horizon, alone)[0, 0]
    return found


def erlang(case: pd.Series) -> Numbers:
    """BG/CNBD-k and MBG/CNBD-k."""
    at_first = int(case["model"] == "MBG")
    family = BGNBDFamily(name=case["model"], k=int(case["k"]), at_first=at_first)
    rows = PurchaseRows(x=float(case["x"]), t_x=case["t_x"], T=case["T"], weights=1.0, gap_log_sum=case["gap_log_sum"])
    params = {name: case[name] for name in family.parameters}
    x, horizon = np.array([float(case["x"])]), case["horizon"]
    s, rate = case["r"] + family.stages * x, case["alpha"] + case["T"]
    ahead = alive_customers(k=family.stages, s=s, rate=rate, a=case["a"], b=case["b"] + x + at_first)
    done = likelihood.stages_done(x=x, t_x=rows.t_x, T=rows.T, k=family.stages, r=case["r"], alpha=case["alpha"])
    purchases, alive = expectation.discounted(horizon, ahead, discount_rate=case["discount_rate"])
    mixed = {"discounted_purchases": purchases, "discounted_alive": alive}
    if np.isfinite(horizon):
        counts = expectation.p_counts(horizon, ahead, up_to=3)
        mixed |= {
            "purchases": expectation.expected_purchases(horizon, ahead),
            "still_alive": expectation.still_alive(horizon, ahead),
            "p_purchase": expectation.p_purchase(horizon, ahead),
            "p_3": counts[:, :, 3],
        }
    return {
        "log_likelihood": family.log_likelihood(rows, params)[0],
        "log_p_alive": family.log_p_alive(rows, params)[0],
        **{name: float((np.stack(done) * part).sum()) for name, part in mixed.items()},
    }


def opportunities(case: pd.Series) -> Numbers:
    """BG/BB."""
    given: Any = {name: np.array([float(case[name])]) for name in ("x", "n", "alpha", "beta", "gamma", "delta")}
    t_x, horizon, rate = np.array([float(case["t_x"])]), int(case["horizon"]), case["discount_rate"]
    at_last = np.exp(log_p_alive(t_x=t_x, ahead=0, **given)[0])
    return {
        "log_likelihood": bgbb_likelihood.log_likelihood(t_x=t_x, **given)[0],
        "log_p_alive": log_p_alive(t_x=t_x, ahead=1, **given)[0],
        "expected_purchases": at_last * bgbb_expectation.expected_purchases(horizon, **given)[0],
        "discounted_purchases": at_last * bgbb_expectation.discounted_purchases(np.inf, discount_rate=rate, **given)[0],
        "p_purchase": at_last * bgbb_expectation.p_purchase(horizon, **given)[0],
        "p_two": at_last * bgbb_expectation.p_counts(horizon, up_to=2, **given)[0, 2],
    }


FILES: dict[str, tuple[str, Callable[[pd.Series], Numbers]]] = {
    "pareto_nbd": ("Pareto/NBD, GGompertz/NBD", pareto),
    "bgnbd_expectation": ("BG/NBD, MBG/NBD, ahead", beta_geometric),
    "cnbd": ("BG/CNBD-k, MBG/CNBD-k", erlang),
    "bgbb": ("BG/BB", opportunities),
}


def stored(folder: Path) -> None:
    """Print the largest error of each number."""
    print(f"{'file':18} {'models':26} {'number':22} {'values':>6} {'largest error':>13}")
    for name, (models, ours) in FILES.items():
        errors: dict[str, list[float]] = {}
        for _, case in pd.read_csv(folder / f"{name}.csv").iterrows():
            for number, value in ours(case).items():
                floor = FLOORS.get(number) or FLOORS.get(f"{name} {number}") or FLOORS.get(name, 1e-300)
                errors.setdefault(number, []).append(abs(value - case[number]) / max(abs(case[number]), floor))
        for number, off in errors.items():
            print(f"{name:18} {models:26} {number:22} {len(off):6} {max(off):13.1e}", flush=True)
