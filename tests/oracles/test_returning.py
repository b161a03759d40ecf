"""Customers who pause and return, against sums over fine grids of traits (make_returning.py).

With gamma traits and nobody returning they are Pareto/NBD: so the stored values are held to it, and they in turn hold
the likelihood of fixed traits where customers return.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import logsumexp

import kundkarriar as kk
from kundkarriar.numerics.switching.kernel import SwitchingKernel

HERE = Path(__file__).parent


def stored(name):
    """A row a history; digits are read as Python reads them."""
    table = pd.read_csv(HERE / f"returning_{name}.csv", dtype=str)
    numbers = table.drop(columns="gaps").astype(float)
    return numbers.assign(gaps=table["gaps"].map(json.loads))


GAMMA, FORECASTS = stored("gamma"), stored("forecasts")
NOBODY_RETURNS = GAMMA[GAMMA["returning"] == 0].to_dict("records")
BY_LAW = [of for _, of in GAMMA.groupby(["r", "returning"])]
BY_LOG_NORMAL = [of for _, of in FORECASTS.groupby("m1")]


@cache
def pareto(**params):
    return kk.FittedParetoNBD(params=kk.ParetoNBDParams(**params), period="W")


@pytest.mark.parametrize("row", NOBODY_RETURNS, ids=range(len(NOBODY_RETURNS)))
def test_pareto_nbd_where_nobody_returns(row):
    model = pareto(**{name: row[name] for name in ("r", "alpha", "s", "beta")})
    t_x = sum(row["gaps"]) / 7
    seen = pd.DataFrame({"frequency": [len(row["gaps"])], "recency": t_x, "T": t_x + row["silence"] / 7})
    assert model.log_likelihood_of(seen) == pytest.approx(row["log_likelihood"], rel=1e-11, abs=1e-11)
    predicted = model.predict(seen, horizon=row["horizon"])
    assert predicted["p_alive"].iloc[0] == pytest.approx(row["p_on"], rel=1e-10)
    assert predicted["expected_purchases"].iloc[0] == pytest.approx(row["expected_purchases"], rel=1e-10)


def log_gamma_nodes(shape, rate, spacing):
    """Nodes of a log trait and the logs of their weights: the trapezoidal rule, left tail down to 1e-12."""
    u = np.arange(-28 / min(shape, 1), 4.5, spacing)
    log_weight = shape * u - np.exp(u)
    return u - np.log(rate), log_weight - logsumexp(log_weight)


def log_normal_nodes(mean, log_sd, spacing):
    z = np.arange(-9, 9, spacing / np.exp(log_sd))
    log_weight = -z * z / 2
    return mean + np.exp(log_sd) * z, log_weight - logsumexp(log_weight)


def log_likelihoods(histories, log_rate, log_leaving, returning):
    """Of each history: the likelihood of fixed traits, summed over their nodes; and P(on)."""
    (rates, of_rates), (leavings, of_leavings) = log_rate, log_leaving
    kernel = SwitchingKernel.of(np.exp(rates)[:, None], np.exp(leavings), returning)
    for gaps, silence in zip(histories["gaps"], histories["silence"], strict=True):
        at_nodes = of_rates[:, None] + of_leavings
        for days, times in pd.Series(gaps, dtype=float).value_counts().items():
            at_nodes = at_nodes + times * (rates[:, None] + kernel.on.log(days / 7))
        total = logsumexp(at_nodes + kernel.on_or_off.log(silence / 7))
        yield total, np.exp(logsumexp(at_nodes + kernel.on.log(silence / 7)) - total)


@pytest.mark.parametrize("histories", BY_LAW, ids=range(len(BY_LAW)))
def test_likelihood_of_gamma_traits(histories):
    law = histories.iloc[0]
    nodes = log_gamma_nodes(law["r"], law["alpha"], 0.1), log_gamma_nodes(law["s"], law["beta"], 0.25)
    found = np.array(list(log_likelihoods(histories, *nodes, law["returning"])))
    assert found[:, 0] == pytest.approx(histories["log_likelihood"].to_numpy(), rel=1e-10, abs=1e-10)
    assert found[:, 1] == pytest.approx(histories["p_on"].to_numpy(), rel=1e-10)


@pytest.mark.parametrize("histories", BY_LOG_NORMAL, ids=range(len(BY_LOG_NORMAL)))
def test_likelihood_of_log_normal_traits(histories):
    law = histories.iloc[0]
    nodes = log_normal_nodes(law["m1"], law["log_s1"], 0.07), log_normal_nodes(law["m2"], law["log_s2"], 0.15)
    found = np.array(list(log_likelihoods(histories, *nodes, np.exp(law["log_nu"]))))
    assert found[:, 0] == pytest.approx(histories["log_likelihood"].to_numpy(), rel=1e-10, abs=1e-10)
    assert found[:, 1] == pytest.approx(histories["p_on"].to_numpy(), rel=1e-10)


@pytest.mark.parametrize(
    ("row", "log_likelihood", "expected", "on"),
    [
        (0, -0.36080419, 0.44960016, 0.40633145),
        (1, -4.13259423, 1.03685385, 0.49072048),
        (2, -9.87873627, 3.51186426, 0.90557524),
        (3, -0.5640195, 0.3051528, 0.2656961),
    ],
)
def test_numbers_found_by_adaptive_nodes(row, log_likelihood, expected, on):
    """An independent program's, with the digits it printed."""
    found = FORECASTS.loc[row, ["log_likelihood", "expected_purchases", "p_on"]].to_numpy(float)
    assert found == pytest.approx([log_likelihood, expected, on], abs=6e-8 if row == 3 else 6e-9)


def test_stored_forecasts_agree_with_each_other():
    """Chances sum to less than 1, purchases to no less than their first counts; discounting lowers; longer is more."""
    counts = np.column_stack([FORECASTS[f"p_{n}"] for n in range(6)])
    assert np.all(counts > 0)
    assert np.all(counts.sum(axis=1) < 1)
    assert FORECASTS["p_purchase"].to_numpy() == pytest.approx(1 - counts[:, 0], rel=1e-13)
    assert np.all(counts @ np.arange(6) < FORECASTS["expected_purchases"])
    assert np.all(FORECASTS["discounted_purchases"] < FORECASTS["expected_purchases"])
    assert np.all(FORECASTS["discounted_purchases"] < FORECASTS["discounted_lifelong"])
    assert (FORECASTS["p_on"] == 1).tolist() == (FORECASTS["silence"] == 0).tolist()


def test_histories_hold_the_hard_ones():
    """Nothing seen yet; heavy buyers, active and silent; one purchase long ago; a pause between purchases."""
    for table in (GAMMA, FORECASTS):
        purchases = table["gaps"].map(len)
        assert ((purchases == 0) & (table["silence"] == 0)).any()
        assert ((purchases == 60) & (table["silence"] >= 200)).any()
        assert ((purchases == 26) & (table["silence"] < 7)).any()
        assert ((purchases == 1) & (table["silence"] >= 700)).any()
        assert table["gaps"].map(lambda gaps: len(gaps) > 1 and max(gaps) >= 120).any()
