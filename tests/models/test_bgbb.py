# ruff: noqa: E501 - messages stand line by line, as they are printed
"""BG/BB as a model: found again, boundaries named, predictions that agree with each other, and bad input."""

import json
import math

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk
from kundkarriar.models.fitting.opportunity_fit import NO_DROPOUT, OPEN

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


def test_parameters_are_found_again(fitted):
    """Of 6,000 simulated donors, within three standard errors; the posterior says the same."""
    found = fitted.estimates()
    truth = [1.204, 0.750, 0.657, 2.783]
    assert fitted.boundary is None
    assert (np.abs(found["estimate"] - truth) < 3 * found["std_error"]).all()
    assert ((found["low"] < truth) & (truth < found["high"])).all()
    drawn = fitted.posterior(draws=4000, seed=1)
    assert drawn.k_hat < 0.5
    low, high = np.quantile(np.log(drawn.values), [0.025, 0.975], axis=0)
    assert (np.exp(low) / found["low"]).tolist() == pytest.approx([1.0] * 4, rel=0.1)
    assert (np.exp(high) / found["high"]).tolist() == pytest.approx([1.0] * 4, rel=0.1)


def test_no_start_finds_a_higher_top():
    """Bought often and left at once, or bought seldom: two tops, of which the higher is found."""
    params = kk.BGBBParams(alpha=2.12, beta=2.80, gamma=0.107, delta=0.00936)
    truth = kk.FittedBGBB(params=params, every="M")
    for seed in range(5):
        table = truth.simulate([10] * 2000, seed=seed)
        fitted = kk.BGBB().fit(table)
        assert fitted.log_likelihood >= truth.log_likelihood_of(table)
        anywhere = kk.WeakPrior().draw(fitted.coordinates.names, size=2000, generator=np.random.default_rng(seed))
        assert fitted.log_likelihood >= fitted.heights()(anywhere).max()


def test_rows_that_count_customers_are_those_customers(donors, fitted):
    """The order of rows says nothing either."""
    rows = donors.groupby(["frequency", "recency", "n_opportunities"], as_index=False).size()
    counted = kk.BGBB().fit(rows[::-1], weights="size", every="Y")
    assert counted.log_likelihood == pytest.approx(fitted.log_likelihood, rel=1e-12)
    assert counted.n_customers == fitted.n_customers == 6000
    assert counted.params.gamma == pytest.approx(fitted.params.gamma, rel=1e-6)
    assert fitted.log_likelihood_of(donors) == pytest.approx(fitted.log_likelihood, rel=1e-10)


def test_predictions_agree_with_each_other():
    """The expectation is the mean of the counts; no purchase is the silence; what comes later comes on top."""
    predicted = PAPER.predict(SEEN, horizon=4, also=["p_purchase", "p_alive_later", "log_p_alive"])
    counts = PAPER.purchase_counts(SEEN, horizon=4, up_to=4)
    named = counts[[f"p_{j}" for j in range(5)]].to_numpy()
    assert named.sum(axis=1) == pytest.approx(np.ones(5), rel=1e-12)
    assert counts["p_more"].to_numpy() == pytest.approx(np.zeros(5), abs=1e-12)
    assert named @ np.arange(5) == pytest.approx(predicted["expected_purchases"].to_numpy(), rel=1e-11)
    assert 1 - named[:, 0] == pytest.approx(predicted["p_purchase"].to_numpy(), rel=1e-11)
    assert np.exp(predicted["log_p_alive"]).to_numpy() == pytest.approx(predicted["p_alive"].to_numpy())
    stays = [(2.783 + gap) / (0.657 + 2.783 + gap) for gap in (7, 8, 9)]  # from the next opportunity to the fourth
    assert (predicted["p_alive_later"] / predicted["p_alive"]).to_numpy() == pytest.approx(np.prod(stays), rel=1e-12)
    assert PAPER.next_purchase(SEEN, by=4)["p_next_purchase"].tolist() == predicted["p_purchase"].tolist()
    late = PAPER.predict(SEEN, horizon=3, after=1, also=["p_purchase", "p_alive_later", "log_p_alive"])
    soon = PAPER.predict(SEEN, horizon=1)["expected_purchases"]
    purchases = (soon + late["expected_purchases"]).to_numpy()
    assert purchases == pytest.approx(predicted["expected_purchases"].to_numpy(), rel=1e-12)
    same = ["p_alive", "p_purchase", "p_alive_later", "log_p_alive"]
    pd.testing.assert_frame_equal(late[same], predicted[same], check_exact=True)


def test_being_there_later_is_being_there_at_the_next_and_staying():
    """With a horizon of 1 the two are one."""
    one = PAPER.predict(SEEN, horizon=1, also="p_alive_later")
    assert one["p_alive_later"].tolist() == one["p_alive"].tolist()


def test_discounting_needs_a_rate_and_counts_less():
    """A year at 10 % a year, and a month at the twelfth root of it."""
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


def test_new_customers_are_customers_of_whom_nothing_was_seen():
    new = pd.DataFrame({"frequency": [0], "recency": [0], "n_opportunities": [0]})
    assert PAPER.new_customer(7) == pytest.approx(PAPER.predict(new, horizon=7)["expected_purchases"][0], rel=1e-12)
    counts = PAPER.new_customer_counts(7, up_to=7)
    assert counts["probability"].sum() == pytest.approx(1.0, rel=1e-12)
    named = PAPER.purchase_counts(new, horizon=7, up_to=7)
    assert counts["probability"].tolist() == pytest.approx([named[f"p_{j}"][0] for j in range(8)])


def test_simulated_donors_give_what_is_expected(donors):
    """Mean gifts of 4,000 over six years, within four standard errors."""
    six = donors.loc[donors["n_opportunities"] == 6, "frequency"]
    assert six.mean() == pytest.approx(PAPER.new_customer(6), abs=4 * six.std() / np.sqrt(4000))
    assert (donors["recency"] <= donors["n_opportunities"]).all()


def test_frames_come_back_as_they_were():
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


def test_nobody_leaves():
    """Named, without Wald errors, and with predictions as if nobody left."""
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


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"alpha": 4e5, "beta": 6e5, "gamma": 0.7, "delta": 2.0}, OPEN["log_kappa_buys"]),
        ({"alpha": 1.2, "beta": 0.8, "gamma": 2e5, "delta": 8e5}, OPEN["log_kappa"]),
    ],
)
def test_all_alike(params, sentence):
    """All buy with one chance, all leave with one chance: the mean is found, and how much it differs is open."""
    truth = kk.FittedBGBB(params=kk.BGBBParams(**params), every="M")
    fitted = kk.BGBB().fit(truth.simulate([8] * 3000, seed=1))
    assert fitted.boundary == sentence
    found = fitted.params
    assert found.alpha / (found.alpha + found.beta) == pytest.approx(
        params["alpha"] / (params["alpha"] + params["beta"]), abs=0.03
    )
    assert np.isfinite(fitted.posterior(draws=500, seed=1).values).all()


def test_dictionaries_bring_back_equal_models(fitted):
    again = kk.FittedBGBB.from_dict(json.loads(json.dumps(fitted.to_dict())))
    assert again == fitted
    assert again.heights() is None
    assert again.posterior(draws=5, seed=1).k_hat is None


def fit(**columns):
    return kk.BGBB().fit(SEEN.assign(every="Y", **columns))


CASES = {
    "too few": (
        lambda: kk.BGBB().fit(SEEN[:4], every="Y"),
        [
            "BG/BB has 4 parameters and needs more customers than that, got 4 (0 without a purchase and 0 of unknown beginning left out).",
            "",
            "Hint: fit to the whole customer base; published parameters can be typed in: FittedBGBB(params=..., every=...).",
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
        ['BG/BB.predict counts every "Y", the table every "M".', "", 'Hint: make the table with every="Y".'],
    ),
    "a horizon with a unit": (
        lambda: PAPER.predict(SEEN, horizon="5Y"),
        [
            "BG/BB.predict counts whole opportunities, 1 to 100,000, got '5Y'.",
            "",
            "Hint: a number, without a unit: 5 is the next five opportunities.",
        ],
    ),
    "half an opportunity": (
        lambda: PAPER.next_purchase(SEEN, by=0.5),
        [
            "BG/BB.next_purchase counts whole opportunities, 1 to 100,000, got 0.5.",
            "",
            "Hint: a number, without a unit: 5 is the next five opportunities.",
        ],
    ),
    "an unknown column": (
        lambda: PAPER.predict(SEEN, horizon=5, also=["p_dead"]),
        [
            "BG/BB.predict does not know ['p_dead'].",
            "",
            "Hint: also= takes ['p_alive_later', 'p_purchase', 'log_p_alive'].",
        ],
    ),
    "a rate in percent as text": (
        lambda: PAPER.discounted(SEEN, discount_rate="10%"),
        ["BG/BB.discounted needs a yearly discount rate of at least 0, got '10%'.", "", "Hint: discount_rate=0.10."],
    ),
    "a lifetime for nothing": (
        lambda: PAPER.discounted(SEEN, discount_rate=0),
        ["BG/BB.discounted cannot add up a lifetime without discounting.", "", "Hint: discount_rate=0.10."],
    ),
    "half a purchase": (
        lambda: PAPER.purchase_counts(SEEN, horizon=3, up_to=1.5),
        [
            "BG/BB.purchase_counts (`up_to`) counts whole purchases, 0 to 100,000, got 1.5.",
            "",
            "Hint: a number, without a unit: 5 is the next five purchases.",
        ],
    ),
    "half an opportunity to simulate": (
        lambda: PAPER.simulate([1.5], seed=1),
        [
            "BG/BB.simulate observes each customer for a whole number of opportunities, 0 to 100,000.",
            "",
            "Hint: fitted.simulate([6] * 1000, seed=1).",
        ],
    ),
}


@pytest.mark.parametrize(("call", "message"), CASES.values(), ids=CASES)
def test_what_cannot_be_is_refused_in_words(call, message):
    with pytest.raises(kk.DataError) as raised:
        call()
    assert str(raised.value).splitlines() == message


def test_given_parameters_have_no_known_uncertainty():
    with pytest.raises(kk.CapabilityError, match="FittedBGBB was given its parameters"):
        PAPER.posterior(draws=10, seed=1)
    assert PAPER.estimates()["std_error"].isna().all()


@pytest.mark.parametrize("wrong", [0, -1, math.nan, math.inf])
def test_parameters_are_above_zero(wrong):
    with pytest.raises(ValueError, match=f"'delta' must be a finite number > 0: {float(wrong)}"):
        kk.BGBBParams(alpha=1, beta=1, gamma=1, delta=wrong)
