"""BG/CNBD-k and MBG/CNBD-k: parameters recovered, equal to BG/NBD and MBG/NBD at k = 1, boundaries, bad input."""

import json

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.models.families.bgnbd_family import BGNBDFamily
from kundkarriar.numerics.bgnbd import expectation
from kundkarriar.summaries.checked_summary import read_purchase_rows

TRUTHS = {
    "BG": kk.FittedBGCNBD(params=kk.BGCNBDParams(k=3, r=0.8, alpha=2.0, a=0.8, b=2.4), period="W"),
    "MBG": kk.FittedMBGCNBD(params=kk.MBGCNBDParams(k=3, r=0.8, alpha=2.0, a=0.8, b=2.4), period="W"),
}
truths = pytest.mark.parametrize("truth", TRUTHS.values(), ids=TRUTHS)
SPECS = {kk.FittedBGCNBD: kk.BGCNBD, kk.FittedMBGCNBD: kk.MBGCNBD}
PLAIN = {kk.BGCNBD: kk.BGNBD, kk.MBGCNBD: kk.MBGNBD}
pairs = pytest.mark.parametrize("spec", PLAIN)


@pytest.fixture(scope="module")
def spaced(cdnow_sample):
    return kk.summarize(cdnow_sample, as_of="1997-09-30", period="W", regularity=True)


@pytest.fixture(scope="module")
def evenly():
    """Customers simulated from each of `TRUTHS`, by class."""
    ages = np.random.default_rng(5).uniform(20, 70, 8000)
    return {type(truth): truth.simulate(ages, seed=2) for truth in TRUTHS.values()}


@truths
def test_k_and_parameters_are_recovered(truth, evenly):
    """From 8,000 customers simulated in continuous time: k itself, the others within four standard errors."""
    customers = evenly[type(truth)]
    fitted = SPECS[type(truth)]().fit(customers)
    assert fitted.params.k == 3
    assert fitted.boundary is None
    assert fitted.log_likelihood >= truth.log_likelihood_of(customers)
    assert fitted.log_likelihood_of(customers) == pytest.approx(fitted.log_likelihood, rel=1e-11)
    estimates = fitted.estimates()
    values = np.array([getattr(truth.params, name) for name in estimates["parameter"]])
    assert estimates["parameter"].tolist() == ["r", "alpha", "a", "b"]
    assert (np.abs(estimates["estimate"] - values) < 4 * estimates["std_error"]).all()


@truths
def test_regularity_lists_every_k_that_was_tried(truth, evenly):
    """The search stops after two falls; each log-likelihood is that of a fit with this k."""
    customers, spec = evenly[type(truth)], SPECS[type(truth)]
    table = spec().fit(customers).regularity()
    assert table["k"].tolist() == [1, 2, 3, 4, 5]
    assert table["chosen"].tolist() == [False, False, True, False, False]
    for k in (2, 5):
        fitted = spec(k=k).fit(customers)
        assert fitted.regularity().to_dict("list") == {
            "k": [k],
            "log_likelihood": [fitted.log_likelihood],
            "chosen": [True],
        }
        assert fitted.log_likelihood == pytest.approx(table["log_likelihood"][k - 1], abs=1e-6)
    assert truth.regularity().to_dict("list") == {"k": [], "log_likelihood": [], "chosen": []}


@pairs
def test_cdnow_has_k_1(spec, spaced):
    """At k = 1 the fit equals that of the model with exponential gaps."""
    fitted, plain = spec().fit(spaced), PLAIN[spec]().fit(spaced)
    assert fitted.params.k == 1
    assert fitted.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-7)
    assert fitted.estimates()["estimate"].to_numpy() == pytest.approx(plain.estimates()["estimate"], rel=1e-4)


@pairs
def test_one_stage_predicts_as_the_plain_model(spec, spaced):
    plain = PLAIN[spec]().fit(spaced)
    name = spec.__name__
    params = getattr(kk, f"{name}Params")(
        k=1, **{part: getattr(plain.params, part) for part in ("r", "alpha", "a", "b")}
    )
    one_stage = getattr(kk, f"Fitted{name}")(params=params, period="W")
    also = ["p_alive_later", "p_purchase", "log_p_alive"]
    ours, theirs = (model.predict(spaced, horizon=52, also=also) for model in (one_stage, plain))
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-9, atol=1e-12)
    for call in (
        lambda model: model.discounted(spaced, discount_rate=0.1),
        lambda model: model.discounted(spaced, discount_rate=0.1, horizon=52.0),
        lambda model: model.purchase_counts(spaced, horizon=26, up_to=4),
        lambda model: model.next_purchase(spaced, by=4),
        lambda model: model.new_customer_counts(26.0),
    ):
        pd.testing.assert_frame_equal(call(one_stage), call(plain), rtol=1e-9, atol=1e-12)


@truths
def test_predictions_agree_with_simulated_futures(truth):
    """Purchases of 40,000 customers from week 30 to week 60 against expectations, within four standard errors."""
    later = truth.simulate(np.full(40_000, 60.0), seed=8)
    # The state at week 30 is known only of customers who did not buy between weeks 30 and 60.
    silent = later[later["recency"] <= 30.0]
    seen = silent.assign(T=30.0)
    chances = truth.predict(seen, horizon=30.0, also=["p_purchase"])
    new = truth.simulate(np.full(40_000, 30.0), seed=9)
    due = truth.predict(new, horizon=30.0, also=["p_purchase"])
    nothing = 1 - due["p_purchase"]
    assert chances["p_purchase"].between(0, 1).all()
    error = np.sqrt((nothing * (1 - nothing)).sum() + 40_000 * 0.25)
    assert abs(nothing.sum() - len(silent)) < 4 * error
    grown = later["frequency"].sum() - new["frequency"].sum()
    spread = np.sqrt(40_000 * (later["frequency"].var() + new["frequency"].var()))
    assert abs(due["expected_purchases"].sum() - grown) < 4 * spread


@truths
@pytest.mark.parametrize("horizon", [1e-6, 0.01, 1.0, 13.0, 400.0])
def test_both_formulas_of_p_purchase_agree(truth, evenly, horizon):
    """1 minus the probability of no purchase, and the sum over stages, also for small probabilities."""
    customers = evenly[type(truth)].head(300)
    rows = read_purchase_rows(customers, need="a test").rows
    family, params = truth.family, truth.free_parameters()
    complement = family.p_purchase(rows, params, horizon=np.full(300, horizon))
    alive = np.exp(family.log_p_alive(rows, params))
    parts = expectation.p_purchase(horizon, family._alive_customers(rows.x, params["alpha"] + rows.T, params))
    summed = np.sum(
        [chance * part for chance, part in zip(family._stage_probabilities(rows, params), parts, strict=True)], axis=0
    )
    assert complement == pytest.approx(alive * summed, rel=1e-10)
    assert complement.min() > 0


@truths
def test_new_customer_expectations_agree_with_simulated_customers(truth):
    made = truth.simulate(np.full(60_000, 26.0), seed=4)["frequency"]
    assert abs(made.mean() - truth.new_customer(26.0)) < 4 * made.std() / np.sqrt(len(made))
    counts = truth.new_customer_counts(26.0, up_to=4)["probability"]
    shares = [(made == n).mean() for n in range(5)]
    assert counts.to_numpy() == pytest.approx(shares, abs=4 * 0.5 / np.sqrt(len(made)))


@truths
def test_days_and_weeks_give_one_fit(truth, evenly):
    """Times x 7, log gaps + ln 7: alpha is 7 times as large, all else is the same."""
    weeks, spec = evenly[type(truth)].head(1000), SPECS[type(truth)](k=3)
    days = weeks.assign(
        recency=7 * weeks["recency"],
        T=7 * weeks["T"],
        gap_log_sum=weeks["gap_log_sum"] + np.log(7) * weeks["frequency"],
        period="D",
    )
    weekly, daily = spec.fit(weeks), spec.fit(days)
    assert daily.params.alpha == pytest.approx(7 * weekly.params.alpha, rel=1e-6)
    assert daily.params.r == pytest.approx(weekly.params.r, rel=1e-6)
    assert daily.posterior(draws=5, seed=1)["r"] == pytest.approx(weekly.posterior(draws=5, seed=1)["r"], rel=1e-5)


@truths
def test_weights_are_repeated_rows(truth, evenly):
    customers, spec = evenly[type(truth)].head(2000).round(2), SPECS[type(truth)]()
    twice = pd.concat([customers, customers]).drop(columns="customer_id")
    rows = kk.distinct_rows(twice)
    assert rows["gap_log_sum"] @ rows["n_customers"] == pytest.approx(twice["gap_log_sum"].sum())
    counted, one_by_one = spec.fit(rows, weights="n_customers"), spec.fit(twice)
    assert counted.params == one_by_one.params
    assert counted.log_likelihood == pytest.approx(one_by_one.log_likelihood, abs=1e-6)


@pytest.mark.parametrize("model", [kk.BGCNBD(k=2), kk.MBGCNBD(k=2), kk.MBGCNBD()], ids=["BG-2", "MBG-2", "MBG"])
def test_contract(model):
    kk.testing.check_purchase_model(model)


@truths
def test_a_posterior_covers_the_truth(truth, evenly):
    posterior = SPECS[type(truth)](k=3).fit(evenly[type(truth)].head(3000)).posterior(draws=1000, seed=1)
    assert posterior.names == ("r", "alpha", "a", "b")
    assert posterior.k_hat < 0.7
    for name in posterior.names:
        low, high = np.quantile(posterior[name], [0.0005, 0.9995])
        assert low < getattr(truth.params, name) < high


@pytest.mark.weak_fit
def test_no_dropout():
    """Erlang gaps without dropout: the boundary is named, there are no Wald errors, and no missing model is advised."""
    generator = np.random.default_rng(8)
    without_dropout = BGNBDFamily(name="CNBD", k=3, has_dropout=False)
    rows = without_dropout.simulate({"r": 2.0, "alpha": 8.0}, T=generator.uniform(30, 60, 3000), generator=generator)
    frame = pd.DataFrame(
        {"frequency": rows.x, "recency": rows.t_x, "T": rows.T, "gap_log_sum": rows.gap_log_sum, "period": "W"}
    )
    fitted = kk.MBGCNBD().fit(frame)
    assert fitted.params.k == 3
    assert fitted.boundary == (
        "no dropout identifiable: these customers are described as well when nobody leaves. No model here has regular "
        "buying without leaving: keep this one for its k = 3 and read p_alive as 1, or use kk.NBD() and lose the "
        "regularity."
    )
    assert fitted.estimates()["std_error"].isna().all()
    assert fitted.predict(frame, horizon=10)["p_alive"].min() > 0.95
    random = kk.MBGCNBD(k=1).fit(frame.drop(columns="gap_log_sum"))
    assert "regular" not in (random.boundary or "")


@pairs
def test_a_fit_needs_gap_log_sum(spec, summary):
    for model in (spec(), spec(k=2)):
        with pytest.raises(kk.DataError) as raised:
            model.fit(summary)
        name = {kk.BGCNBD: "BG/CNBD", kk.MBGCNBD: "MBG/CNBD"}[spec]
        name += "" if model.k else ".fit"
        assert str(raised.value) == (
            f"{name} needs the spacing of purchases to tell regular buying from random: the summary has no column "
            "`gap_log_sum`.\n\nHint: kk.summarize(transactions, as_of=..., regularity=True)."
        )
    fitted = spec(k=1).fit(summary)  # at k = 1 the gaps do not matter
    assert fitted.log_likelihood == pytest.approx(PLAIN[spec]().fit(summary).log_likelihood, abs=1e-7)
    assert fitted.predict(summary, horizon=4)["p_alive"].between(0, 1).all()


def test_predictions_do_not_need_gap_log_sum(evenly):
    truth = TRUTHS["MBG"]
    customers = evenly[type(truth)].head(50)
    bare = customers.drop(columns="gap_log_sum")
    ours, theirs = (truth.predict(given, horizon=4)["expected_purchases"] for given in (customers, bare))
    assert ours.tolist() == theirs.tolist()
    with pytest.raises(kk.DataError, match="needs the spacing of purchases"):
        truth.log_likelihood_of(bare)


@pytest.mark.parametrize("k", [0, 41, 2.0, True, "3"])
def test_invalid_numbers_of_stages_are_refused(k):
    with pytest.raises(ValueError, match=f"^`k` must be a whole number from 1 to 40, got {k!r}."):
        kk.BGCNBD(k=k)
    with pytest.raises(ValueError, match=f"^`k` must be a whole number from 1 to 40, got {k!r}."):
        kk.MBGCNBDParams(k=k, r=1, alpha=1, a=1, b=1)


@truths
def test_from_dict_reverses_to_dict(truth, evenly):
    fitted = SPECS[type(truth)]().fit(evenly[type(truth)])
    restored = type(truth).from_dict(json.loads(json.dumps(fitted.to_dict())))
    assert restored == fitted
    pd.testing.assert_frame_equal(restored.regularity(), fitted.regularity())


def test_a_chosen_k_counts_as_a_parameter():
    """AIC and BIC count k where the likelihood chose it, not where it was given."""
    truth = kk.FittedMBGCNBD(params=kk.MBGCNBDParams(k=2, r=0.8, alpha=2.0, a=0.8, b=2.4), period="W")
    summary = truth.simulate([40.0] * 300, seed=1)
    chosen, given = kk.MBGCNBD().fit(summary), kk.MBGCNBD(k=2).fit(summary)
    assert chosen.params.k == 2
    assert (chosen.n_parameters, given.n_parameters) == (5, 4)
    assert chosen.aic == pytest.approx(given.aic + 2)
