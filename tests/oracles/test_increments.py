"""Increments against golden numbers of the closed form, and against brute force (make_increments.py)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.numerics.increments.course import Course, time_nodes

MBG = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.5248432, alpha=6.183085, a=0.8913595, b=1.614003), period="W")
PARETO = kk.FittedParetoNBD(
    params=kk.ParetoNBDParams(r=0.5532772, alpha=10.57769, s=0.6062392, beta=11.66871), period="W"
)
RETURNING = kk.FittedReturningNBD(
    params=kk.ReturningNBDParams(m1=-3.42, s1=np.exp(0.14), m2=-2.75, s2=np.exp(0.19), nu=np.exp(-3.6)), period="W"
)
FOUR = pd.DataFrame(
    {"customer_id": [1, 2, 3, 4], "frequency": [0, 2, 6, 15], "recency": [0, 30.43, 35, 38], "T": 38.86, "period": "W"}
)
models = pytest.mark.parametrize("model", [MBG, PARETO], ids=["MBG", "Pareto"])
GOLDEN = {  # (m, L, h): x = 0, 2, 6, 15
    MBG: {
        (0.5, 52, 52): [0.0118431, 0.1562808, 0.5846452, 1.7560647],
        (0.8, 13, 52): [0.0018725, 0.0255513, 0.0978692, 0.2982712],
        (0.8, 26, 26): [0.0012493, 0.0177535, 0.0702956, 0.2192309],
        (1.25, 13, 52): [-0.0019970, -0.0280916, -0.1101884, -0.3411530],
    },
    PARETO: {
        (0.5, 52, 52): [0.0143425, 0.1949369, 0.5403779, 1.3500399],
        (0.8, 13, 52): [0.0024681, 0.0335449, 0.0929886, 0.2323157],
        (0.8, 26, 26): [0.0017669, 0.0240147, 0.0665704, 0.1663146],
        (1.25, 13, 52): [-0.0029132, -0.0395948, -0.1097595, -0.2742149],
    },
}
DISCOUNTED = {
    MBG: [0.001784084, 0.024377069, 0.093477686],
    PARETO: [0.002356901, 0.032033988, 0.088800320],
}
"""With (.8, 13, 52) at 10 % in 52 weeks."""
PURCHASES = {MBG: [0.0112055, 0.0953676, 0.2835574], PARETO: [0.0079961, 0.1086801, 0.3012683]}
"""Purchases x 1.2 for 13 weeks."""
STORED = pd.read_csv(Path(__file__).with_name("increments.csv"))


def effect(on, mean, **given):
    return kk.Effect(on=on, mean=mean, low=mean, high=mean, evidence="assumed", relative_to="nothing", **given)


def gained(model, effects, *treated, horizon, **given):
    """Expected purchases gained of each of the four customers."""
    scorer = kk.ValueScorer(purchases=model, spend=None, margin=0.3, discount_rate=0.1, horizon="1W").fit(FOUR)
    found = scorer.increments(FOUR, effects=effects, treated=treated, horizon=f"{horizon}W", **given)
    return found["increment"].to_numpy()


@models
def test_leaving(model):
    for (m, treated, horizon), golden in GOLDEN[model].items():
        found = gained(model, effect("leaving", m), (0, treated), horizon=horizon)
        assert found == pytest.approx(golden, rel=0, abs=6e-8)


@models
def test_purchases(model):
    found = gained(model, effect("purchases", 1.2), (0, 13), horizon=13)
    assert found[:3] == pytest.approx(PURCHASES[model], rel=0, abs=6e-8)


@models
def test_discounted(model):
    edges = np.array([0.0, 13.0, 52.0])
    times, width = time_nodes(edges, scale=1.0)
    course = Course(
        edges=edges,
        leaving=np.array([[1, 1], [0.8, 1]]),
        returning=np.ones((2, 2)),
        times=times,
        purchases=(width * 1.1 ** (-times / 52))[:, None],
        active=np.empty((len(times), 0)),
    )
    found = model.treated_change(model.read(FOUR).rows, course=course).purchases[:, 0]
    assert found[:3] == pytest.approx(DISCOUNTED[model], rel=0, abs=6e-10)


def test_half_years_add_up():
    """The year is its first half, and its second half where the first is treated in any case."""
    less = effect("leaving", 0.8)
    year, first = gained(MBG, less, (0, 52), horizon=52), gained(MBG, less, (0, 26), horizon=52)
    second = gained(MBG, less, (26, 52), horizon=52, previous=((0, 26),))
    assert [year[1], first[1], second[1]] == pytest.approx([0.0539043, 0.0420223, 0.0118820], rel=0, abs=6e-8)
    assert first + second == pytest.approx(year, rel=1e-9)


def test_contacts_and_horizons():
    less = effect("leaving", 0.8)
    one = gained(MBG, less, (0, 6), horizon=52)[1]
    four = gained(MBG, less, (0, 6), (13, 19), (26, 32), (39, 45), horizon=52)[1]
    assert [four, 4 * one] == pytest.approx([0.0282827, 0.0522281], rel=0, abs=2e-7)
    found = [gained(MBG, less, (0, 13), horizon=horizon)[1] for horizon in (26, 52, 104, 260)]
    assert found == pytest.approx([0.0136, 0.0256, 0.0397, 0.0575], rel=0, abs=6e-5)


@models
def test_window(model):
    """Odds x .8 of leaving within 26 weeks are a factor of the process that each model finds for each customer."""
    golden = {MBG: [0.685, 0.739, 0.769, 0.784], PARETO: [0.787] * 4}[model]
    found = gained(model, effect("leaving", 0.8, window="26W"), (0, 26), horizon=52)
    low, high = (
        np.array([gained(model, effect("leaving", m + by), (0, 26), horizon=52)[at] for at, m in enumerate(golden)])
        for by in (0.0006, -0.0006)
    )
    assert ((low < found) & (found < high)).all()


@pytest.fixture(scope="module")
def ten():
    """The ten customers of make_increments.py, in its order."""
    summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30", gaps=True)
    return summary.set_index("customer_id").loc[STORED["customer_id"].unique()].reset_index()


@pytest.mark.parametrize("model", [MBG, PARETO, RETURNING, None], ids=["MBG", "Pareto", "Returning", "average"])
def test_brute_force(ten, model):
    """Within four standard errors of each of ten customers, of which chance exceeds one once in 1,600 times."""
    names = ["MBGNBD", "ParetoNBD", "ReturningNBD"]
    average = kk.FittedModelAverage(members=(MBG, PARETO, RETURNING), weights=(0.5, 0.3, 0.2))
    weights = dict(zip(names, average.weights, strict=True))
    if model is not None:
        names, weights = [type(model).__name__.removeprefix("Fitted")], {type(model).__name__.removeprefix("Fitted"): 1}
    own = [STORED[STORED["model"] == name].reset_index() for name in names]
    stored = sum(weights[name] * each["increment"] for name, each in zip(names, own, strict=True))
    error = np.sqrt(sum((weights[name] * each["error"]) ** 2 for name, each in zip(names, own, strict=True)))
    edges = np.array([0.0, 13, 30, 39, 52])
    times, width = time_nodes(edges, scale=0.5)
    course = Course(
        edges=edges,
        leaving=np.array([[1, 1, 1, 1], [0.7, 1, 0.7, 1]]),
        returning=np.array([[1, 1, 1, 1], [1.5, 1, 1.5, 1]]),
        times=times,
        purchases=(width * 1.1 ** (-times / 52))[:, None],
        active=np.empty((len(times), 0)),
    )
    fitted = model or average
    found = fitted.treated_change(fitted.read(ten).rows, course=course).purchases[:, 0]
    z = (found - stored) / error
    assert np.abs(z).max() < 4
    assert (error < 0.03 * stored).all()
