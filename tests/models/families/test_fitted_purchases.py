"""Consistency of the predictions of every fitted model: later windows, discounting, the next purchase."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.summaries.checked_summary import read_purchase_rows

MODELS = {
    "NBD": kk.FittedNBD(params=kk.NBDParams(r=0.385, alpha=12.072), period="W"),
    "BG/NBD": kk.FittedBGNBD(params=kk.BGNBDParams(r=0.243, alpha=4.414, a=0.793, b=2.426), period="W"),
    "MBG/NBD": kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W"),
    "Pareto/NBD": kk.FittedParetoNBD(
        params=kk.ParetoNBDParams(r=0.553, alpha=10.578, s=0.606, beta=11.669), period="W"
    ),
    "GGompertz/NBD": kk.FittedGGompertzNBD(
        params=kk.GGompertzNBDParams(r=0.553, alpha=10.578, b=0.03, s=0.606, beta=0.4), period="W"
    ),
    "BG/CNBD": kk.FittedBGCNBD(params=kk.BGCNBDParams(k=3, r=0.8, alpha=2.0, a=0.8, b=2.4), period="W"),
    "MBG/CNBD": kk.FittedMBGCNBD(params=kk.MBGCNBDParams(k=3, r=0.8, alpha=2.0, a=0.8, b=2.4), period="W"),
}
models = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": [1, 2, 3, 4, 5],
        "frequency": [0, 0, 1, 9, 24],
        "recency": [0.0, 0.0, 20.0, 12.0, 51.0],
        "T": [0.5, 40.0, 38.86, 50.0, 52.0],
        "gap_log_sum": [0.0, 0.0, math.log(20.0), 9 * math.log(1.2), 24 * math.log(2.0)],
        "period": "W",
    }
)
ALSO = ("p_alive_later", "p_purchase", "log_p_alive")
SPAN, RATE = 40.0, 0.03


def residual(model, horizon, rate):
    return model.residual(read_purchase_rows(CUSTOMERS, need="a test").rows, horizon=horizon, discount_rate=rate)


@models
@settings(max_examples=10)
@given(after=st.floats(0.01, 200.0), horizon=st.floats(0.01, 200.0))
def test_a_later_window_is_the_difference_of_two_horizons(model, after, horizon):
    """Purchases are counted in the window; P(alive later) is at its end, `after` + `horizon` from now."""
    window = model.predict(CUSTOMERS, horizon=horizon, after=after, also=ALSO)
    end = model.predict(CUSTOMERS, horizon=after + horizon, also=ALSO)
    begin = model.predict(CUSTOMERS, horizon=after)
    purchases = (end["expected_purchases"] - begin["expected_purchases"]).to_numpy()
    assert window["expected_purchases"].to_numpy() == pytest.approx(purchases, rel=1e-6, abs=1e-10)
    same = ["p_alive", "log_p_alive", "p_alive_later", "p_purchase"]
    pd.testing.assert_frame_equal(window[same], end[same], check_exact=True)


@models
def test_alive_later_is_alive_now_and_no_dropout_within_the_horizon(model):
    """P(alive later) = P(alive) x (1 - P(dropout)); dropout is possible except under NBD."""
    predicted = model.predict(CUSTOMERS, horizon=30.0, after=10.0, also=ALSO)
    ahead = residual(model, 40.0, 0.0)
    alive = ahead.p_alive * (1 - ahead.p_leaves)
    assert predicted["p_alive_later"].to_numpy() == pytest.approx(alive, rel=1e-9)
    assert np.exp(predicted["log_p_alive"]).to_numpy() == pytest.approx(predicted["p_alive"].to_numpy(), rel=1e-12)
    assert predicted["p_purchase"].to_numpy() == pytest.approx(ahead.p_alive * ahead.p_purchase, rel=1e-9)
    assert (ahead.p_leaves > 0).all() == (model.family.name != "NBD")


def test_lifetimes_of_pareto_nbd_in_closed_form():
    """P(alive at T + t | alive at T) = ((beta + T) / (beta + T + t))^s, Schmittlein, Morrison & Colombo (1987)."""
    predicted = MODELS["Pareto/NBD"].predict(CUSTOMERS, horizon=30.0, after=10.0, also=ALSO)
    age = 11.669 + CUSTOMERS["T"]
    assert (predicted["p_alive_later"] / predicted["p_alive"]).to_numpy() == pytest.approx(
        (age / (age + 40.0)) ** 0.606
    )


@models
def test_discounted_values_are_integrals_over_the_horizon(model):
    """Purchases by parts over the undiscounted ones, time alive over the survival probability."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    edge = (nodes + 1) / 2
    times, weights = (
        SPAN * edge**3,
        weights / 2 * 3 * SPAN * edge**2,
    )  # most nodes soon after now, where the integrand changes most
    whole, discounted = residual(model, SPAN, 0.0), residual(model, SPAN, RATE)
    purchases, alive = math.exp(-RATE * SPAN) * whole.purchases, 0.0
    for t, weight in zip(times, weights * np.exp(-RATE * times), strict=True):
        by = residual(model, t, 0.0)
        purchases, alive = purchases + weight * RATE * by.purchases, alive + weight * (1 - by.p_leaves)
    assert discounted.discounted_purchases == pytest.approx(purchases, rel=1e-8)
    assert discounted.discounted_alive == pytest.approx(alive, rel=1e-8)
    for part in ("p_alive", "purchases", "p_purchase", "p_leaves"):
        assert getattr(discounted, part) == pytest.approx(getattr(whole, part), rel=1e-9, abs=1e-12)
    assert whole.discounted_purchases == pytest.approx(whole.purchases, rel=1e-9)


@models
def test_lifelong_values_are_the_limit_of_a_long_horizon(model):
    """Beyond 800 weeks at 3 % a week nothing is left; everyone drops out eventually, except under NBD."""
    long, ever = residual(model, 800.0, RATE), residual(model, np.inf, RATE)
    assert ever.discounted_purchases == pytest.approx(long.discounted_purchases, rel=1e-9)
    assert ever.discounted_alive == pytest.approx(long.discounted_alive, rel=1e-9)
    assert (ever.p_leaves == (model.family.name != "NBD")).all()


@models
def test_nothing_happens_within_no_time(model):
    """At a horizon of 0: no purchase, surely; alive later is alive now; the time to the next purchase is as ever."""
    now, week = (model.predict(CUSTOMERS, horizon=horizon, also=ALSO) for horizon in (0, 1))
    assert (now[["expected_purchases", "p_purchase"]] == 0).all(axis=None)
    assert now["p_alive_later"].tolist() == now["p_alive"].tolist() == week["p_alive"].tolist()
    assert now["log_p_alive"].tolist() == week["log_p_alive"].tolist()
    later = model.predict(CUSTOMERS, horizon=0, after=3.0, also=ALSO)
    assert (later["expected_purchases"] == 0).all()
    assert later["p_purchase"].tolist() == model.predict(CUSTOMERS, horizon=3.0, also=ALSO)["p_purchase"].tolist()
    assert (model.discounted(CUSTOMERS, discount_rate=0.1, horizon=0)["discounted_purchases"] == 0).all()
    assert (model.purchase_counts(CUSTOMERS, horizon=0, up_to=2)[["p_0", "p_1", "p_2", "p_more"]] == [1, 0, 0, 0]).all(
        axis=None
    )
    soon, at_once = (model.next_purchase(CUSTOMERS, by=by) for by in (1, 0))
    assert (at_once["p_next_purchase"] == 0).all()
    assert at_once["next_purchase_median"].tolist() == soon["next_purchase_median"].tolist()
    assert model.new_customer(0) == 0
    assert model.new_customer_counts(0, up_to=2)["probability"].tolist() == [1, 0, 0]
    assert (model.simulate([0.0, 0.0], seed=1)[["frequency", "recency"]] == 0).all(axis=None)
    ahead, some = residual(model, 0, RATE), residual(model, 1, RATE)
    assert ahead.p_alive.tolist() == some.p_alive.tolist()
    for part in ("purchases", "p_purchase", "discounted_purchases", "discounted_alive", "p_leaves"):
        assert getattr(ahead, part).tolist() == [0.0] * len(CUSTOMERS), part
        assert getattr(residual(model, 1e-9, RATE), part) == pytest.approx(0.0, abs=1e-7), part


@models
def test_nothing_is_drawn_within_no_time(model):
    posterior = kk.Posterior(names=tuple(model.free_parameters()), values=[list(model.free_parameters().values())] * 3)
    rows = read_purchase_rows(CUSTOMERS, need="a test").rows
    for draw in (model.draw_outcomes, model.draw_expectations):
        drawn = draw(rows, posterior=posterior, horizon=0, discount_rate=RATE, generator=np.random.default_rng(1))
        for part in (drawn.purchases, drawn.discounted_purchases, drawn.discounted_alive):
            assert part.tolist() == [[0.0] * 3] * len(CUSTOMERS)


@models
def test_discounted_uses_the_yearly_rate(model):
    """P(alive) x residual purchases at the continuous rate ln(1 + rate) a year."""
    ahead = residual(model, SPAN, math.log(1.1) * 7 / 365.25)
    predicted = model.discounted(CUSTOMERS, discount_rate=0.10, horizon=SPAN)
    assert predicted["p_alive"].to_numpy() == pytest.approx(ahead.p_alive, rel=1e-12)
    wanted = ahead.p_alive * ahead.discounted_purchases
    assert predicted["discounted_purchases"].to_numpy() == pytest.approx(wanted, rel=1e-12)


@models
def test_the_next_purchase_comes_by_the_median_with_probability_one_half(model):
    """Where the median is infinite, the probability of ever buying again is below one half."""
    predicted = model.next_purchase(CUSTOMERS, by=8.0)
    soon = model.predict(CUSTOMERS, horizon=8.0, also=ALSO)["p_purchase"]
    assert predicted["p_next_purchase"].to_numpy() == pytest.approx(soon.to_numpy(), rel=1e-12)
    for at, median in enumerate(predicted["next_purchase_median"]):
        within = 1e9 if math.isinf(median) else median
        p = model.predict(CUSTOMERS.iloc[[at]], horizon=within, also=ALSO)["p_purchase"].iloc[0]
        assert p <= 0.5 if math.isinf(median) else p == pytest.approx(0.5, abs=1e-6)
    assert np.isfinite(predicted["next_purchase_median"]).any()


@models
def test_a_new_customer_is_one_who_bought_just_now(model):
    """Expected purchases and counts equal those of a row with T = 0."""
    now = CUSTOMERS.head(1).assign(T=0.0)
    expected = model.predict(now, horizon=26.0)["expected_purchases"].iloc[0]
    assert model.new_customer(26.0) == pytest.approx(expected, rel=1e-12)
    counts = model.purchase_counts(now, horizon=26.0, up_to=5)[[f"p_{j}" for j in range(6)]].iloc[0]
    predicted = model.new_customer_counts(26.0, up_to=5)
    assert predicted["purchases"].tolist() == list(range(6))
    assert predicted["probability"].to_numpy() == pytest.approx(counts.to_numpy(), rel=1e-12)


@models
def test_counts_agree_with_predictions(model):
    """P(0) = 1 - P(purchase); the mean is the expected number of purchases; the sum is 1."""
    predicted = model.predict(CUSTOMERS, horizon=8.0, also=ALSO)
    counts = model.purchase_counts(CUSTOMERS, horizon=8.0, up_to=80)
    p = counts[[f"p_{j}" for j in range(81)]].to_numpy()
    assert p[:, 0] == pytest.approx(1 - predicted["p_purchase"].to_numpy(), rel=1e-9)
    assert p @ np.arange(81) == pytest.approx(predicted["expected_purchases"].to_numpy(), rel=1e-8)
    assert p.sum(axis=1) + counts["p_more"].to_numpy() == pytest.approx(np.ones(5), rel=1e-12)
    few = model.purchase_counts(CUSTOMERS, horizon=8.0, up_to=1)
    assert few["p_more"].to_numpy() == pytest.approx(1 - p[:, :2].sum(axis=1), abs=1e-12)


UP_TO = 150
COLUMNS = [f"p_{j}" for j in range(UP_TO + 1)]


@models
@settings(max_examples=10)
@given(after=st.floats(0.01, 200.0), horizon=st.floats(0.01, 20.0))
def test_the_mean_is_the_expected_number_of_purchases(model, after, horizon):
    """Law: within 1e-8; probabilities are 0 or more, and sum to 1."""
    counts = model.purchase_counts(CUSTOMERS, horizon=horizon, after=after, up_to=UP_TO)
    expected = model.predict(CUSTOMERS, horizon=horizon, after=after)["expected_purchases"].to_numpy()
    p = counts[COLUMNS].to_numpy()
    assert p @ np.arange(UP_TO + 1) == pytest.approx(expected, rel=1e-8, abs=1e-11)
    assert p.min() >= 0
    assert p.sum(axis=1) + counts["p_more"].to_numpy() == pytest.approx(np.ones(5), rel=1e-12)


@models
def test_a_window_that_begins_now_is_the_usual_one(model):
    """Law: exactly so at 0, and in the limit."""
    usual = model.purchase_counts(CUSTOMERS, horizon=8.0)
    assert model.purchase_counts(CUSTOMERS, horizon=8.0, after=0.0).equals(usual)
    soon = model.purchase_counts(CUSTOMERS, horizon=8.0, after=1e-12)
    of = [f"p_{j}" for j in range(11)]
    assert soon[of].to_numpy() == pytest.approx(usual[of].to_numpy(), abs=1e-10)


@models
def test_nothing_within_two_windows_is_nothing_within_both(model):
    """Law: P(a purchase until the end) <= P(a purchase until the start) + P(a purchase within the window)."""
    until_end, until_start = (
        1 - model.purchase_counts(CUSTOMERS, horizon=span, up_to=0)["p_0"].to_numpy() for span in (14.0, 6.0)
    )
    within = 1 - model.purchase_counts(CUSTOMERS, horizon=8.0, after=6.0, up_to=0)["p_0"].to_numpy()
    assert (until_end <= until_start + within + 1e-12).all()
    assert (until_end >= np.maximum(until_start, within) - 1e-12).all()


def test_counts_are_those_of_simulated_customers():
    """Monte Carlo: customers of one history, drawn from the prior and kept where they have it; MBG/CNBD-2.

    Of 400,000 customers those who bought nothing within 20 weeks are kept; all go on purchase by purchase.
    """
    params = kk.MBGCNBDParams(k=2, r=1.2, alpha=5.0, a=0.8, b=2.4)
    model, generator, n = kk.FittedMBGCNBD(params=params, period="W"), np.random.default_rng(4), 400_000
    rate, p = generator.gamma(params.r, 1 / params.alpha, n), generator.beta(params.a, params.b, n)
    T, after, horizon = 20.0, 15.0, 10.0
    time, alive = np.zeros(n), generator.random(n) >= p
    silent, counts = np.ones(n, dtype=bool), np.zeros(n, dtype=int)
    while alive.any():
        time = time + generator.gamma(2, 1 / rate)
        silent &= ~(alive & (time <= T))
        counts += alive & (time > T + after) & (time <= T + after + horizon)
        alive = alive & (time <= T + after + horizon) & (generator.random(n) >= p)
    seen = counts[silent]
    row = CUSTOMERS.head(1).assign(T=T, gap_log_sum=0.0)
    found = model.purchase_counts(row, horizon=horizon, after=after, up_to=4)
    for j in range(5):
        share = (seen == j).mean()
        error = np.sqrt(share * (1 - share) / len(seen))
        assert found[f"p_{j}"][0] == pytest.approx(share, abs=4 * error)


@models
def test_a_tiny_window_far_ahead_contradicts_nothing(model):
    """The expected purchases of a window are a difference of two sums, whose error must not be taken for a fault."""
    heavy = pd.DataFrame({"frequency": np.arange(1, 60), "recency": 30.0, "T": 39.0, "gap_log_sum": 0.0})
    heavy["gap_log_sum"] = heavy["frequency"] * np.log(30.0 / heavy["frequency"])
    for after, horizon in ((1e6, 1e-6), (1e6, 1e-4)):
        counts = model.purchase_counts(heavy, horizon=horizon, after=after, up_to=2)
        assert counts["p_0"].to_numpy() == pytest.approx(1.0, abs=1e-3)


def test_a_window_begins_now_or_later():
    with pytest.raises(kk.DataError) as raised:
        MODELS["NBD"].purchase_counts(CUSTOMERS, horizon=8.0, after=-1.0)
    assert str(raised.value) == (
        "`after` must be a number of periods from 0 to 1.44626e+12, got -1.0.\n\n"
        'Hint: a number counts periods; for text write kk.Period.of("12M").in_units("W").'
    )
