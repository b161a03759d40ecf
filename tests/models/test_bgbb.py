# ruff: noqa: E501 - messages stand line by line, as they are printed
"""BG/BB as a model: parameters recovered, boundaries, consistent predictions, and bad input."""

import json
import math

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats

import kundkarriar as kk
from kundkarriar.models.fitting.opportunity_fit import NO_DROPOUT, UNIDENTIFIED

PAPER = kk.FittedBGBB(params=kk.BGBBParams(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783), every="Y")
SEEN = pd.DataFrame(
    {"customer_id": list("abcde"), "frequency": [0, 1, 2, 4, 6], "recency": [0, 1, 4, 5, 6], "n_opportunities": 6},
    index=[7, 5, 3, 1, 0],
)


@pytest.fixture(scope="module")
def donors():
    return PAPER.simulate([6] * 4000 + [3] * 2000, seed=3)


@pytest.fixture(scope="module")
def fitted(donors):
    return kk.BGBB().fit(donors)


def test_further_columns_follow_from_the_others():
    """A window that begins later is the difference of two that begin now; the logarithm is that of p_alive."""
    also = ("p_alive_later", "p_purchase", "log_p_alive")
    whole, first = PAPER.predict(SEEN, horizon=5, also=also), PAPER.predict(SEEN, horizon=2)
    later = PAPER.predict(SEEN, horizon=3, after=2, also=also)
    np.testing.assert_allclose(
        later["expected_purchases"], whole["expected_purchases"] - first["expected_purchases"], rtol=1e-12
    )
    np.testing.assert_allclose(np.exp(whole["log_p_alive"]), whole["p_alive"], rtol=1e-12)
    for name in also:
        np.testing.assert_array_equal(later[name], whole[name])
    assert (whole["p_alive_later"] < whole["p_alive"]).all()
    assert (whole["p_purchase"] < whole["expected_purchases"]).all()
    assert PAPER.predict(SEEN, horizon=5).columns.tolist() == [*SEEN, "p_alive", "expected_purchases"]


def test_a_new_customer_is_counted_as_expected():
    """The counts of six opportunities, up to six, are all there are, and their mean is the expectation."""
    counts = PAPER.new_customer_counts(6, up_to=6)
    assert counts["probability"].sum() == pytest.approx(1.0)
    assert counts["probability"] @ counts["purchases"] == pytest.approx(PAPER.new_customer(6))


def test_parameters_are_recovered(fitted):
    """Of 6,000 simulated donors, within three standard errors; the posterior says the same."""
    estimates = fitted.estimates()
    truth = [1.204, 0.750, 0.657, 2.783]
    assert fitted.boundary is None
    assert (np.abs(estimates["estimate"] - truth) < 3 * estimates["std_error"]).all()
    assert ((estimates["low"] < truth) & (truth < estimates["high"])).all()
    drawn = fitted.posterior(draws=4000, seed=1)
    assert drawn.k_hat < 0.5
    low, high = np.quantile(np.log(drawn.values), [0.025, 0.975], axis=0)
    assert (np.exp(low) / estimates["low"]).tolist() == pytest.approx([1.0] * 4, rel=0.1)
    assert (np.exp(high) / estimates["high"]).tolist() == pytest.approx([1.0] * 4, rel=0.1)


def test_no_start_reaches_a_higher_maximum():
    """The likelihood has two local maxima, many purchases with fast dropout or few purchases; the higher is found."""
    params = kk.BGBBParams(alpha=2.12, beta=2.80, gamma=0.107, delta=0.00936)
    truth = kk.FittedBGBB(params=params, every="M")
    for seed in range(5):
        table = truth.simulate([10] * 2000, seed=seed)
        fitted = kk.BGBB().fit(table)
        assert fitted.log_likelihood >= truth.log_likelihood_of(table)
        anywhere = kk.WeakPrior().draw(fitted.unconstrained.names, size=2000, generator=np.random.default_rng(seed))
        assert fitted.log_likelihood >= fitted.loglik_batch()(anywhere).max()


def test_rows_that_count_customers_are_those_customers(donors, fitted):
    """A fit to weighted rows in any order equals the fit to the customers."""
    rows = donors.groupby(["frequency", "recency", "n_opportunities"], as_index=False).size()
    counted = kk.BGBB().fit(rows[::-1], weights="size", every="Y")
    assert counted.log_likelihood == pytest.approx(fitted.log_likelihood, rel=1e-12)
    assert counted.n_customers == fitted.n_customers == 6000
    assert counted.params.gamma == pytest.approx(fitted.params.gamma, rel=1e-6)
    assert fitted.log_likelihood_of(donors) == pytest.approx(fitted.log_likelihood, rel=1e-10)


def test_predictions_agree_with_each_other():
    """Expectation = mean of counts; P(purchase) = 1 - P(0); expectations of consecutive windows add up."""
    predicted = PAPER.predict(SEEN, horizon=4, also=["p_purchase", "p_alive_later", "log_p_alive"])
    counts = PAPER.purchase_counts(SEEN, horizon=4, up_to=4)
    named = counts[[f"p_{j}" for j in range(5)]].to_numpy()
    assert named.sum(axis=1) == pytest.approx(np.ones(5), rel=1e-12)
    assert counts["p_more"].to_numpy() == pytest.approx(np.zeros(5), abs=1e-12)
    assert named @ np.arange(5) == pytest.approx(predicted["expected_purchases"].to_numpy(), rel=1e-11)
    assert 1 - named[:, 0] == pytest.approx(predicted["p_purchase"].to_numpy(), rel=1e-11)
    assert np.exp(predicted["log_p_alive"]).to_numpy() == pytest.approx(predicted["p_alive"].to_numpy())
    retention = [(2.783 + gap) / (0.657 + 2.783 + gap) for gap in (7, 8, 9)]  # from the next opportunity to the fourth
    assert (predicted["p_alive_later"] / predicted["p_alive"]).to_numpy() == pytest.approx(
        np.prod(retention), rel=1e-12
    )
    assert PAPER.next_purchase(SEEN, by=4)["p_next_purchase"].tolist() == predicted["p_purchase"].tolist()
    late = PAPER.predict(SEEN, horizon=3, after=1, also=["p_purchase", "p_alive_later", "log_p_alive"])
    soon = PAPER.predict(SEEN, horizon=1)["expected_purchases"]
    purchases = (soon + late["expected_purchases"]).to_numpy()
    assert purchases == pytest.approx(predicted["expected_purchases"].to_numpy(), rel=1e-12)
    same = ["p_alive", "p_purchase", "p_alive_later", "log_p_alive"]
    pd.testing.assert_frame_equal(late[same], predicted[same], check_exact=True)


def test_nothing_happens_within_no_step():
    """At a horizon of 0: no purchase, surely."""
    now = PAPER.predict(SEEN, horizon=0, also=["p_purchase"])
    assert (now[["expected_purchases", "p_purchase"]] == 0).all(axis=None)
    assert (PAPER.discounted(SEEN, discount_rate=0.1, horizon=0)["discounted_purchases"] == 0).all()
    assert (PAPER.purchase_counts(SEEN, horizon=0, up_to=1)[["p_0", "p_1", "p_more"]] == [1, 0, 0]).all(axis=None)
    assert (PAPER.next_purchase(SEEN, by=0)["p_next_purchase"] == 0).all()
    assert PAPER.new_customer(0) == 0
    assert PAPER.new_customer_counts(0, up_to=1)["probability"].tolist() == [1, 0]


def test_alive_later_at_horizon_1_is_alive_at_the_next_opportunity():
    predicted = PAPER.predict(SEEN, horizon=1, also="p_alive_later")
    assert predicted["p_alive_later"].tolist() == predicted["p_alive"].tolist()


def test_discounted_purchases_are_the_discounted_sum_of_each_opportunity():
    """With yearly steps at 10 %, and with monthly steps at the twelfth root of 1.10."""
    plain = PAPER.predict(SEEN, horizon=5)["expected_purchases"].to_numpy()
    assert PAPER.discounted(SEEN, discount_rate=0, horizon=5)["discounted_purchases"].to_numpy() == pytest.approx(plain)
    each = np.array([PAPER.predict(SEEN, horizon=1, after=k)["expected_purchases"] for k in range(5)])
    yearly = PAPER.discounted(SEEN, discount_rate=0.10, horizon=5)["discounted_purchases"].to_numpy()
    assert yearly == pytest.approx(each.T @ 1.1 ** -np.arange(1.0, 6.0), rel=1e-12)
    monthly = kk.FittedBGBB(params=PAPER.params, every="M").discounted(SEEN, discount_rate=0.10, horizon=5)
    worth = each.T @ 1.1 ** (-np.arange(1.0, 6.0) / 12)
    assert monthly["discounted_purchases"].to_numpy() == pytest.approx(worth, rel=1e-12)
    ever = PAPER.discounted(SEEN, discount_rate=0.10)["discounted_purchases"].to_numpy()
    assert (ever > yearly).all()
    assert ever[0] == pytest.approx(0.1147, abs=1e-3)


def test_counts_in_a_later_window_agree_with_its_expected_purchases():
    """Law: and a window that begins now is the usual one; of one opportunity P(1) is the expectation."""
    for after, horizon in ((1, 3), (4, 2), (40, 5)):
        counts = PAPER.purchase_counts(SEEN, horizon=horizon, after=after, up_to=horizon)
        named = counts[[f"p_{j}" for j in range(horizon + 1)]].to_numpy()
        expected = PAPER.predict(SEEN, horizon=horizon, after=after)["expected_purchases"].to_numpy()
        assert named @ np.arange(horizon + 1) == pytest.approx(expected, rel=1e-8)
        assert named.sum(axis=1) == pytest.approx(np.ones(5), rel=1e-12)
    assert PAPER.purchase_counts(SEEN, horizon=3, after=0).equals(PAPER.purchase_counts(SEEN, horizon=3))


def test_counts_in_a_later_window_are_those_given_the_chances():
    """Oracle: prior x likelihood on a grid of both chances, for one donor; the window is the third and fourth year."""
    x, t_x, n, after = 2, 4, 6, 2
    shares = (np.arange(2000) + 0.5) / 2000  # equally likely chances, so that the prior is the same at all nodes
    p, theta = stats.beta(1.204, 0.750).ppf(shares)[:, None], stats.beta(0.657, 2.783).ppf(shares)[None]
    taken = p**x * (1 - p) ** (t_x - x)
    left = sum(taken * (1 - p) ** i * theta * (1 - theta) ** (t_x + i) for i in range(n - t_x))
    alive = taken * (1 - p) ** (n - t_x) * (1 - theta) ** n
    only_third, both = (1 - theta) ** (after + 1) * theta, (1 - theta) ** (after + 2)
    one, two = only_third * p + both * 2 * p * (1 - p), both * p**2
    whole = (alive + left).sum()
    found = PAPER.purchase_counts(
        pd.DataFrame({"frequency": [x], "recency": [t_x], "n_opportunities": [n]}), horizon=2, after=after, up_to=2
    )
    for name, share in (("p_1", one), ("p_2", two)):
        assert found[name][0] == pytest.approx((alive * share).sum() / whole, rel=1e-5)


def test_new_customers_are_rows_without_opportunities():
    new = pd.DataFrame({"frequency": [0], "recency": [0], "n_opportunities": [0]})
    assert PAPER.new_customer(7) == pytest.approx(PAPER.predict(new, horizon=7)["expected_purchases"][0], rel=1e-12)
    counts = PAPER.new_customer_counts(7, up_to=7)
    assert counts["probability"].sum() == pytest.approx(1.0, rel=1e-12)
    named = PAPER.purchase_counts(new, horizon=7, up_to=7)
    assert counts["probability"].tolist() == pytest.approx([named[f"p_{j}"][0] for j in range(8)])


def test_simulated_donors_have_the_expected_mean(donors):
    """Mean gifts of 4,000 over six years, within four standard errors."""
    six = donors.loc[donors["n_opportunities"] == 6, "frequency"]
    assert six.mean() == pytest.approx(PAPER.new_customer(6), abs=4 * six.std() / np.sqrt(4000))
    assert (donors["recency"] <= donors["n_opportunities"]).all()


def test_input_frames_are_unchanged_and_columns_are_added():
    """Order, index and kind are kept, the input is untouched; prospects are missing."""
    before = SEEN.copy()
    assert PAPER.predict(SEEN, horizon=3).index.tolist() == [7, 5, 3, 1, 0]
    pd.testing.assert_frame_equal(SEEN, before)
    known = SEEN.assign(n_transactions=[1, 2, 3, 5, 0], frequency=[0, 1, 2, 4, 0], recency=[0, 1, 4, 5, None])
    columns = {name: [None if pd.isna(v) else v for v in known[name].tolist()] for name in known}
    for table in (known, pl.DataFrame(columns)):
        for added in (
            PAPER.predict(table, horizon=3, also=["p_purchase"]),
            PAPER.discounted(table, discount_rate=0.1),
            PAPER.purchase_counts(table, horizon=2, up_to=1),
            PAPER.next_purchase(table, by=2),
        ):
            assert type(added) is type(table)
            for name in added.columns[table.shape[1] :]:
                missing = [value is None or math.isnan(value) for value in added[name].to_list()]
                assert missing == [False] * 4 + [True], name


def test_prospects_and_unknown_beginnings_are_left_out_and_counted(donors):
    whole = donors.reindex(range(6002)).assign(entry=["unknown"] * 10 + ["known"] * 5990 + [None] * 2, every="Y")
    whole["customer_id"] = range(6002)
    whole["n_transactions"] = whole["n_transactions"].fillna(0)
    fitted = kk.BGBB().fit(whole)
    assert fitted.log_likelihood_of(whole) == pytest.approx(fitted.log_likelihood, rel=1e-12)
    assert (fitted.n_customers, fitted.report.prospects, fitted.report.unknown) == (5990, 2, 10)


@pytest.mark.weak_fit
def test_no_dropout():
    """The boundary is named, there are no Wald errors, and predictions are those without dropout."""
    generator = np.random.default_rng(4)
    taken = generator.random((2000, 8)) < generator.beta(2.0, 3.0, 2000)[:, None]
    last = np.where(taken.any(axis=1), 8 - taken[:, ::-1].argmax(axis=1), 0)
    table = pd.DataFrame({"frequency": taken.sum(axis=1), "recency": last, "n_opportunities": 8})
    fitted = kk.BGBB().fit(table, every="M")
    assert fitted.boundary == NO_DROPOUT
    assert fitted.converged
    assert fitted.estimates()["std_error"].isna().all()
    ahead = fitted.predict(table, horizon=8)["expected_purchases"]
    assert ahead.sum() == pytest.approx(table["frequency"].sum(), rel=0.03)
    assert np.isfinite(fitted.posterior(draws=500, seed=1).values).all()


@pytest.mark.weak_fit
@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"alpha": 4e5, "beta": 6e5, "gamma": 0.7, "delta": 2.0}, UNIDENTIFIED["log_kappa_buys"]),
        ({"alpha": 1.2, "beta": 0.8, "gamma": 2e5, "delta": 8e5}, UNIDENTIFIED["log_kappa_leaves"]),
    ],
)
def test_homogeneous_customers(params, sentence):
    """One purchase or dropout probability for all: the mean is identified, the spread is not."""
    truth = kk.FittedBGBB(params=kk.BGBBParams(**params), every="M")
    fitted = kk.BGBB().fit(truth.simulate([8] * 3000, seed=1))
    assert fitted.boundary == sentence
    mean = fitted.params.alpha / (fitted.params.alpha + fitted.params.beta)
    assert mean == pytest.approx(params["alpha"] / (params["alpha"] + params["beta"]), abs=0.03)
    assert np.isfinite(fitted.posterior(draws=500, seed=1).values).all()


def test_from_dict_reverses_to_dict(fitted):
    restored = kk.FittedBGBB.from_dict(json.loads(json.dumps(fitted.to_dict())))
    assert restored == fitted
    assert restored.loglik_batch() is None
    assert restored.posterior(draws=5, seed=1).k_hat is None


def fit(**columns):
    return kk.BGBB().fit(SEEN.assign(every="Y", **columns))


CASES = {
    "too few": (
        lambda: kk.BGBB().fit(SEEN[:4], every="Y"),
        [
            "BG/BB has 4 parameters and needs more customers than that, got 4.",
            "",
            "Hint: fit to more customers; published parameters can be typed in: kk.FittedBGBB(params=..., every=...).",
        ],
    ),
    "nobody came back": (
        lambda: fit(frequency=0, recency=0),
        [
            "BG/BB cannot be fitted: none of the 5 customers ever bought again (`frequency` 0 for all).",
            "",
            "Hint: observe for longer, or check that several purchases of a customer share one customer_id.",
        ],
    ),
    "nothing to take": (
        lambda: fit(frequency=0, recency=0, n_opportunities=0),
        [
            "BG/BB cannot be fitted: none of the 5 customers had an opportunity after the first (`n_opportunities` 0 for all).",
            "",
            'Hint: take a later as_of, or shorter opportunities: kk.opportunities(..., every="M").',
        ],
    ),
    "all taken": (
        lambda: fit(frequency=6, recency=6),
        [
            "BG/BB cannot be fitted: all 5 customers took every opportunity (`frequency` is `n_opportunities`).",
            "",
            'Hint: take shorter opportunities, which some let pass: kk.opportunities(..., every="M").',
        ],
    ),
    "another length": (
        lambda: PAPER.predict(SEEN.assign(every="M"), horizon=5),
        ['BG/BB.predict counts time in "Y", the table in "M".', "", 'Hint: make the table with every="Y".'],
    ),
    "a horizon with a unit": (
        lambda: PAPER.predict(SEEN, horizon="5Y"),
        [
            "`horizon` must be a whole number of steps from 0 to 100,000, got '5Y'.",
            "",
            "Hint: a number without a unit: 5 is the next five.",
        ],
    ),
    "half an opportunity": (
        lambda: PAPER.next_purchase(SEEN, by=0.5),
        [
            "`by` must be a whole number of steps from 0 to 100,000, got 0.5.",
            "",
            "Hint: a number without a unit: 5 is the next five.",
        ],
    ),
    "an unknown column": (
        lambda: PAPER.predict(SEEN, horizon=5, also=["p_dead"]),
        [
            "`also` must be different names, each one of 'p_alive_later', 'p_purchase', 'log_p_alive', got ['p_dead'].",
            "",
            "Hint: write also=['p_alive_later'].",
        ],
    ),
    "a rate in percent as text": (
        lambda: PAPER.discounted(SEEN, discount_rate="10%"),
        [
            "`discount_rate` must be 0, or a number of at least 1e-06 and below 1, got '10%'.",
            "",
            "Hint: write discount_rate=0.1 for 10 percent a year, effective.",
        ],
    ),
    "a lifetime for nothing": (
        lambda: PAPER.discounted(SEEN, discount_rate=0),
        [
            "a lifetime cannot be added up without discounting: `horizon` is infinite, `discount_rate` is 0.",
            "",
            "Hint: write discount_rate=0.1 for 10 percent a year, effective, or a finite horizon.",
        ],
    ),
    "half a purchase": (
        lambda: PAPER.purchase_counts(SEEN, horizon=3, up_to=1.5),
        [
            "`up_to` must be a whole number from 0 to 10,000, got 1.5.",
            "",
            "Hint: write up_to=10; what lies above is `p_more`, or what is missing to 1.",
        ],
    ),
    "half an opportunity to simulate": (
        lambda: PAPER.simulate([1.5], seed=1),
        [
            "`n_opportunities` must be for each customer a whole number of steps from 0 to 100,000, got [1.5].",
            "",
            "Hint: write n_opportunities=[6] * 1000.",
        ],
    ),
}


@pytest.mark.parametrize(("call", "message"), CASES.values(), ids=CASES)
def test_invalid_input_is_refused_with_the_message(call, message):
    with pytest.raises(kk.DataError) as raised:
        call()
    assert str(raised.value).splitlines() == message


def test_given_parameters_have_no_known_uncertainty():
    with pytest.raises(kk.CapabilityError, match="FittedBGBB was given its parameters"):
        PAPER.posterior(draws=10, seed=1)
    assert PAPER.estimates()["std_error"].isna().all()


@pytest.mark.parametrize("wrong", [0, -1, math.nan, math.inf])
def test_parameters_are_above_zero(wrong):
    with pytest.raises(
        ValueError, match=f"`delta` must be a number from 6.9144e-13 to 1.44626e.12, got {float(wrong)}"
    ):
        kk.BGBBParams(alpha=1, beta=1, gamma=1, delta=wrong)
