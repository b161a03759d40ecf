"""Consistency of the predictions of one model, and the errors for contradictions."""

import numpy as np
import pandas as pd
import pytest
from attrs import evolve

import kundkarriar as kk
from kundkarriar.errors import ConvergenceError
from kundkarriar.models.interface.prediction_columns import refuse_counts_beyond_expected
from kundkarriar.numerics.bgnbd import poisson_expectation
from kundkarriar.numerics.pareto_nbd import expectation as pareto_nbd_expectation
from kundkarriar.scoring.residual.residual_expectation import residual_expectation

STEADY = pd.DataFrame(
    {
        "customer_id": range(300),
        "frequency": [(52 + i % 9) // 4 for i in range(300)],
        "recency": [float((52 + i % 9) // 4 * 4) for i in range(300)],
        "T": [float(52 + i % 9) for i in range(300)],
        "period": "W",
    }
)
"""300 customers of 52 to 60 weeks who bought every fourth week up to now."""


@pytest.mark.weak_fit
@pytest.mark.parametrize("model", [kk.NBD(), kk.ParetoNBD(), kk.MBGNBD(), kk.BGNBD()], ids=lambda m: type(m).__name__)
def test_without_dropout_all_models_predict_as_nbd(model):
    """300 steady buyers: 3,807.3 purchases in 52 weeks."""
    predicted = model.fit(STEADY).predict(STEADY, horizon=52, also=["p_purchase", "p_alive_later"])
    assert predicted["expected_purchases"].sum() == pytest.approx(3807.3253839464, rel=1e-6)
    assert predicted["expected_purchases"].iloc[0] == pytest.approx(12.6911, abs=5e-5)
    assert predicted["p_purchase"].iloc[0] == pytest.approx(0.999997, abs=1e-6)
    assert predicted["p_alive_later"].iloc[0] == pytest.approx(1.0, abs=1e-6)


@pytest.mark.weak_fit
def test_homogeneous_buyers_are_predicted_at_their_rate():
    """Poisson buyers with one rate and no dropout, in several samples."""
    for seed in range(6):
        generator = np.random.default_rng(seed)
        T = generator.uniform(30, 80, 400)
        x = generator.poisson(0.25 * T)
        recency = np.where(x > 0, T * generator.beta(np.maximum(x, 1), 1), 0.0)
        base = pd.DataFrame({"frequency": x, "recency": recency, "T": T, "period": "W"})
        for model in (kk.MBGNBD(), kk.BGNBD()):
            fitted = model.fit(base)
            total = fitted.predict(base, horizon=52)["expected_purchases"].sum()
            assert total == pytest.approx(400 * 0.25 * 52, rel=0.1), (seed, fitted.params)


PAPER = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W")
TWO = pd.DataFrame({"frequency": [2, 9], "recency": [20.0, 20.0], "T": [39.0, 39.0]})
HINT = (
    "\n\nHint: the sums behind one of the two did not converge at these parameters. Look at fitted.params and "
    "fitted.boundary; kk.NBD() and kk.ParetoNBD() describe customers of whom hardly any leaves."
)


@pytest.fixture
def nothing_expected(monkeypatch):
    """A model whose expected purchases are wrong, next to 0."""
    monkeypatch.setattr(poisson_expectation, "expected_purchases", lambda _, alive: np.full((1, len(alive.s)), 1e-6))


@pytest.mark.usefixtures("nothing_expected")
def test_more_buyers_than_purchases_are_refused():
    with pytest.raises(ConvergenceError) as error:
        PAPER.predict(TWO, horizon=39, also=["p_purchase"])
    assert str(error.value) == (
        "MBG/NBD.predict contradicts itself: the chance of at least one purchase cannot exceed the expected "
        "purchases: broken by 2 of 2 different customers.\n\n"
        "row  p_purchase  expected_purchases\n"
        "  0    0.400574          5.0564e-07\n"
        "  1    0.061676         6.18408e-08" + HINT
    )


@pytest.mark.usefixtures("nothing_expected")
def test_counts_beyond_the_expected_purchases_are_refused():
    for call in (
        lambda: PAPER.purchase_counts(TWO, horizon=39),
        lambda: PAPER.new_customer_counts(39.0),
    ):
        with pytest.raises(ConvergenceError, match="the mean of the numbers of purchases cannot exceed the expected"):
            call()


def test_a_scorer_refuses_contradictions():
    """Also of a user's own model, whose `residual` has P(purchase) above the expected purchases."""

    class Odd:
        period = "W"

        def predict(self, summary, *, horizon):
            return PAPER.predict(summary, horizon=horizon)

        def residual(self, rows, *, horizon, discount_rate):
            ahead = PAPER.residual(rows, horizon=horizon, discount_rate=discount_rate)
            return evolve(ahead, purchases=0.01 * ahead.purchases)

    rows = PAPER.read(TWO).rows
    with pytest.raises(ConvergenceError, match=r"Odd contradicts itself: the chance of at least one purchase"):
        residual_expectation(Odd(), rows, horizon=39.0, discount_rate=0.002, costs=None)


def test_more_than_up_to_counts_as_one_more():
    """P(0) = .5 and P(more than 1) = .5 cannot mean fewer than 1 purchase."""
    counts = np.array([[0.5, 0.0, 0.5]])
    refuse_counts_beyond_expected(counts, np.array([1.0]), need="this test")
    with pytest.raises(ConvergenceError, match="this test contradicts itself"):
        refuse_counts_beyond_expected(counts, np.array([0.99]), need="this test")


@pytest.mark.parametrize(
    "fitted",
    [
        kk.FittedNBD(params=kk.NBDParams(r=0.385, alpha=12.07), period="W"),
        kk.FittedParetoNBD(params=kk.ParetoNBDParams(r=0.553, alpha=10.578, s=0.606, beta=11.669), period="W"),
        kk.FittedGGompertzNBD(
            params=kk.GGompertzNBDParams(r=0.553, alpha=10.578, b=0.02, s=0.603, beta=0.3), period="W"
        ),
        kk.FittedBGNBD(params=kk.BGNBDParams(r=0.243, alpha=4.414, a=0.793, b=2.426), period="W"),
        PAPER,
    ],
    ids=lambda fitted: fitted.family.name,
)
def test_counts_draws_and_expectations_agree(fitted):
    """At given parameters: the mean of the counts, and of drawn futures, is the expected number of purchases."""
    expected = fitted.predict(TWO, horizon=39.0)["expected_purchases"].to_numpy()
    counts = fitted.purchase_counts(TWO, horizon=39.0, up_to=400).iloc[:, 3:].to_numpy()
    assert counts @ np.arange(402) == pytest.approx(expected, rel=1e-7)
    names = tuple(fitted.free_parameters())
    posterior = kk.Posterior(names=names, values=np.tile(list(fitted.free_parameters().values()), (20_000, 1)))
    futures = fitted.draw_outcomes(
        fitted.read(TWO).rows, posterior=posterior, horizon=39.0, discount_rate=0.0, generator=np.random.default_rng(1)
    )
    error = futures.purchases.std(axis=1) / np.sqrt(20_000)
    assert (np.abs(futures.purchases.mean(axis=1) - expected) < 4 * error).all()


@pytest.mark.parametrize("up_to", [10, 20, 100, 1000])
def test_rounding_is_no_contradiction(up_to):
    """The prediction of a customer with hardly any expected purchases is the same alone and with a heavy buyer."""
    params = kk.ParetoNBDParams(r=0.014, alpha=0.1, s=9.3e7, beta=0.0035)
    rows = pd.DataFrame({"frequency": [3, 753], "recency": [65.0, 6.5], "T": [65.0, 16.0], "period": "W"})
    fitted = kk.FittedParetoNBD(params=params, period="W")
    alone, with_heavy_buyer = (
        fitted.purchase_counts(some, horizon=52.0, up_to=up_to)["p_1"].iloc[0] for some in (rows[:1], rows)
    )
    assert alone == pytest.approx(3.2360559308158e-08, rel=1e-9)
    assert with_heavy_buyer == pytest.approx(alone, rel=1e-12)


def test_p_1_does_not_depend_on_up_to():
    """P(1) by an integral over the lifetime, at a dropout rate a million times the purchase rate."""
    params = {"shape": 0.08359046588446278, "rate": np.array([67.61353010273746]), "s": 203038841.82820043}
    for up_to in (1, 10, 100, 1000):
        counts = pareto_nbd_expectation.p_counts(4.072731405994895, up_to=up_to, beta=134.97626663414417, **params)
        assert counts[0, 1] == pytest.approx(8.218667520203189e-10, rel=1e-9)
