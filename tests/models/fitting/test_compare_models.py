"""Comparison of models: criteria and holdout measures, and what cannot be compared."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from attrs import frozen

import kundkarriar as kk
from kundkarriar.arguments import as_shown

SPECS = [kk.NBD(), kk.BGNBD(), kk.MBGNBD()]
GIVEN = kk.FittedBGNBD(params=kk.BGNBDParams(r=0.243, alpha=4.414, a=0.793, b=2.426), period="W")


def refused(models, summary, *, error=kk.DataError, **given):
    with pytest.raises(error) as caught:
        kk.compare_models(models, summary, **given)
    return str(caught.value)


@pytest.fixture(scope="module")
def halves(cdnow_sample):
    """Summary and holdout of the literature."""
    calibration, later = kk.split(cdnow_sample, at="1997-09-30")
    known = kk.summarize(calibration, as_of="1997-09-30")
    return known, kk.holdout_table(known, later, until="1998-06-30")


@frozen
class PastRate:
    """A user's own model: every customer buys at the observed rate, frequency / T."""

    period: str = "W"

    def predict(self, summary, *, horizon):
        again = summary["frequency"] / summary["T"] * horizon
        return summary.assign(p_alive=1.0, expected_purchases=again)


@frozen
class PastRateSpec:
    def fit(self, summary):
        return PastRate(period=summary["period"].iloc[0])


def test_criteria_are_those_of_the_fits(summary):
    """Oracle: the log-likelihoods of the literature, and the criteria as each fit states them."""
    table = kk.compare_models(SPECS, summary)
    assert list(table) == ["model", "parameters", "log_likelihood", "aic", "bic", "delta_aic", "boundary"]
    assert table["model"].tolist() == ["NBD", "BG/NBD", "MBG/NBD"]
    assert table["parameters"].tolist() == [2, 4, 4]
    np.testing.assert_allclose(table["log_likelihood"], [-9763.6585, -9582.4292, -9582.1357], atol=2e-3)
    for row, spec in zip(table.itertuples(), SPECS, strict=True):
        fitted = spec.fit(summary)
        assert (row.log_likelihood, row.aic, row.bic) == (fitted.log_likelihood, fitted.aic, fitted.bic)
        assert row.delta_aic == fitted.aic - table["aic"].min()
    assert table["boundary"].isna().all()


def test_fitted_models_and_specs_are_one(summary):
    """Law: a model fitted to the summary, or read back from a dict, has the criteria of its spec."""
    fitted = [spec.fit(summary) for spec in SPECS]
    stored = [type(model).from_dict(model.to_dict()) for model in fitted]
    expected = kk.compare_models(SPECS, summary)
    pd.testing.assert_frame_equal(kk.compare_models(fitted, summary), expected)
    pd.testing.assert_frame_equal(kk.compare_models(tuple(stored), summary), expected)


def test_holdout_measures_are_those_of_the_predictions(halves):
    """Law: sums, bias and errors equal those computed by hand; the horizon is that of the holdout."""
    known, actual = halves
    table = kk.compare_models(SPECS, known, holdout=actual)
    for row, spec in zip(table.itertuples(), SPECS, strict=True):
        predicted = spec.fit(known).predict(known, horizon=39)["expected_purchases"]
        error = predicted - actual["purchases"]
        assert row.purchases_predicted == pytest.approx(predicted.sum())
        assert row.purchases_actual == actual["purchases"].sum()
        assert row.bias == pytest.approx(predicted.sum() / actual["purchases"].sum() - 1)
        assert row.mae == pytest.approx(error.abs().mean())
        assert row.rmse == pytest.approx(np.sqrt((error**2).mean()))


def test_order_of_the_holdout_changes_nothing(halves):
    """Law: customers are matched by id; the length of a hand-made holdout is given by `horizon`."""
    known, actual = halves
    expected = kk.compare_models(SPECS, known, holdout=actual)
    shuffled = actual.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(kk.compare_models(SPECS, known, holdout=shuffled), expected)
    bare = shuffled[["customer_id", "purchases"]]
    pd.testing.assert_frame_equal(kk.compare_models(SPECS, known, holdout=bare, horizon=39), expected)


def test_prospects_are_in_no_measure(cdnow_sample, halves):
    """Law: customers who never bought have no prediction, and enter no measure."""
    calibration, later = kk.split(cdnow_sample, at="1997-09-30")
    ids = pd.DataFrame({"customer_id": [*calibration["customer_id"].unique(), 10**9, 10**9 + 1]})
    known = kk.summarize(calibration, as_of="1997-09-30", customers=ids)
    actual = kk.holdout_table(known, later, until="1998-06-30")
    pd.testing.assert_frame_equal(
        kk.compare_models(SPECS, known, holdout=actual), kk.compare_models(SPECS, halves[0], holdout=halves[1])
    )


def test_given_parameters_have_a_likelihood_and_no_criteria(halves):
    """They were not fitted to these customers, so the number of estimated parameters is unknown."""
    known, actual = halves
    table = kk.compare_models([GIVEN, kk.BGNBD()], known, holdout=actual)
    assert table["model"].tolist() == ["BG/NBD, given", "BG/NBD"]
    assert table["log_likelihood"].iloc[0] == GIVEN.log_likelihood_of(known)
    assert table.loc[0, ["aic", "bic", "delta_aic"]].isna().all()
    assert table["delta_aic"].iloc[1] == 0
    assert table["mae"].notna().all()


def test_models_of_your_own_are_measured_by_their_predictions(halves):
    """A model that only predicts has no likelihood, and its predictions are measured as the others' are."""
    known, actual = halves
    table = kk.compare_models([kk.NBD(), PastRateSpec(), PastRate()], known, holdout=actual)
    assert table["model"].tolist() == ["NBD", "PastRate", "PastRate"]
    assert table.loc[1, ["parameters", "log_likelihood", "aic", "bic", "delta_aic", "boundary"]].isna().all()
    hand = (known["frequency"] / known["T"] * 39).sum()
    np.testing.assert_allclose(table["purchases_predicted"].iloc[1:], hand)


def test_a_boundary_is_named(loyal):
    table = kk.compare_models(SPECS, loyal)
    assert table["boundary"].str.startswith("no dropout identifiable").tolist()[1:] == [True, True]
    assert table["delta_aic"].iloc[0] == 0


def test_covariates_are_named_and_a_penalty_leaves_no_criteria(unrelated_columns):
    """A penalised fit is no maximum of its likelihood: criteria would favour the others."""
    plain = kk.BGNBD(covariates=kk.Covariates(purchase=["age", "web"]))
    moved = kk.BGNBD(covariates=kk.Covariates(purchase="age", dropout="age", l2=0.1))
    table = kk.compare_models([kk.BGNBD(), plain, moved, moved.fit(unrelated_columns)], unrelated_columns)
    named = ["BG/NBD", "BG/NBD with age, web", "BG/NBD with age", "BG/NBD with age"]
    assert table["model"].tolist() == named
    assert table["parameters"].tolist() == [4, 6, 6, 6]
    assert table["aic"].isna().tolist() == [False, False, True, True]
    assert table["log_likelihood"].notna().all()
    assert table["log_likelihood"].iloc[1] > table["log_likelihood"].iloc[0]


def test_regular_buying_is_named_by_its_stages(cdnow_sample):
    """With one stage the criteria are those of BG/NBD."""
    known = kk.summarize(cdnow_sample, as_of="1997-09-30", regularity=True)
    fits = [kk.BGNBD().fit(known), kk.BGCNBD(k=1).fit(known), kk.BGCNBD(k=2).fit(known)]
    table = kk.compare_models(fits, known)
    assert table["model"].tolist() == ["BG/NBD", "BG/CNBD-1", "BG/CNBD-2"]
    assert table["log_likelihood"].iloc[1] == pytest.approx(table["log_likelihood"].iloc[0], abs=1e-6)


def test_in_warped_time_the_horizon_must_be_given(cdnow_sample, halves):
    """The column `duration` counts calendar time, and the summary warped time."""
    calibration, _ = kk.split(cdnow_sample, at="1997-09-30")
    season = kk.Season(index=[1.0] * 11 + [2.0])
    known = kk.summarize(calibration, as_of="1997-09-30", season=season)
    actual = halves[1]
    assert refused([kk.NBD()], known, holdout=actual) == (
        "compare_models must know how long the holdout is in the time of the summary, which a season warps.\n\n"
        'Hint: horizon=season.ahead("9M", as_of=..., period=...) with the season of kk.summarize.'
    )
    ahead = season.ahead("39W", as_of="1997-09-30", period="W")
    table = kk.compare_models([kk.NBD()], known, holdout=actual, horizon=ahead)
    expected = kk.NBD().fit(known).predict(known, horizon=ahead)["expected_purchases"].sum()
    assert table["purchases_predicted"].iloc[0] == pytest.approx(expected)


def test_the_answer_is_of_the_kind_of_the_summary(halves):
    known, actual = halves
    models = [kk.NBD(), GIVEN]
    other, later = (pl.DataFrame({name: list(frame[name]) for name in frame}) for frame in (known, actual))
    ours = kk.compare_models(models, other, holdout=later)
    assert isinstance(ours, pl.DataFrame)
    assert ours.schema["model"] == ours.schema["boundary"] == pl.String
    assert ours["aic"].null_count() == 1
    table = kk.compare_models(models, known, holdout=actual)
    np.testing.assert_array_equal(ours["rmse"].to_numpy(), table["rmse"])


def test_a_model_of_other_customers_is_refused(summary):
    """Fewer of them, or as many others: criteria of different data cannot be compared."""
    some = summary.iloc[::2]
    said = refused([kk.NBD().fit(some)], summary)
    here = kk.NBD().fit(some).log_likelihood_of(summary)
    assert said == (
        "compare_models compares models of the same data: NBD was fitted to 1,179 customers with a log-likelihood of"
        f" {kk.NBD().fit(some).log_likelihood:.4f}; of the 2,357 of this summary it is {here:.4f}.\n\n"
        "Hint: pass the spec: it is fitted to this summary."
    )
    others = summary.assign(frequency=summary["frequency"] + (summary["frequency"] > 5))
    others = others.drop(columns="n_transactions")
    assert "compare_models compares models of the same data: BG/NBD was" in refused([kk.BGNBD().fit(others)], summary)


def test_another_period_is_refused(cdnow_sample, summary):
    daily = kk.BGNBD().fit(kk.summarize(cdnow_sample, as_of="1997-09-30", period="D"))
    assert refused([daily], summary) == (
        'compare_models: BG/NBD counts time in "D", the summary in "W".\n\n'
        "Hint: pass the spec: it is fitted to this summary."
    )


OTHER = {
    "GammaGamma": kk.GammaGamma(),
    "FittedGammaGamma": kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44)),
    "str": "BG/NBD",
}


@pytest.mark.parametrize(("name", "model"), OTHER.items(), ids=OTHER)
def test_what_is_no_purchase_model_is_refused(summary, name, model):
    assert refused([kk.NBD(), model], summary, error=kk.CapabilityError) == (
        f"compare_models compares models of repeat buying that read a summary; {name} is none.\n\n"
        "Hint: pass specs, kk.NBD(), kk.BGNBD(), kk.MBGNBD(), or what they were fitted to; models of spend, of "
        "opportunities or of memberships describe other data."
    )


@pytest.mark.parametrize("models", [kk.NBD(), GIVEN, "NBD", 3, []], ids=str)
def test_a_single_model_is_refused(summary, models):
    assert refused(models, summary) == (
        f"`models` must be several models, got {as_shown(models)}.\n\n"
        "Hint: write kk.compare_models([kk.NBD(), kk.BGNBD(), kk.MBGNBD()], summary)."
    )


TABLE = "Hint: actual = kk.holdout_table(summary, holdout, until=...) has a row for each customer of the summary."


def test_a_holdout_of_other_customers_is_refused(halves):
    known, actual = halves
    assert refused(SPECS, known, holdout=actual.iloc[2:]) == (
        "compare_models needs a holdout with every customer of the summary: broken by 2 of 2,357 rows.\n\n"
        f"row  customer_id\n  0            4\n  1           21\n\n{TABLE}"
    )
    assert refused(SPECS, known.iloc[2:], holdout=actual) == (
        f"the holdout has 2 customers who are not in the summary.\n\n{TABLE}"
    )


def test_negative_holdout_purchases_are_refused(halves):
    known, actual = halves
    odd = actual.assign(purchases=actual["purchases"].where(actual["customer_id"] != 4, -1))
    assert refused(SPECS, known, holdout=odd) == (
        "the holdout of compare_models: `purchases` are at least 0: broken by 1 of 2,357 rows.\n\n"
        f"row  customer_id  purchases\n  0            4         -1\n\n{TABLE}"
    )


@pytest.mark.parametrize(
    ("change", "horizon", "said"),
    [
        (
            lambda actual: actual.drop(columns="duration"),
            None,
            (
                "compare_models must know how long the holdout is: it has no column `duration`.\n\n"
                'Hint: horizon=39 for 39 periods of the summary ("W"), or use kk.holdout_table.'
            ),
        ),
        (
            lambda actual: actual,
            52,
            (
                "the holdout spans 39 periods, `horizon` says 52.\n\n"
                "Hint: leave `horizon` out: it is read from the column `duration`."
            ),
        ),
        (
            lambda actual: actual.assign(duration=np.where(actual["customer_id"] == 4, 38.0, 39.0)),
            None,
            (
                "the holdout must span the same time above 0 for all customers, found [38.0, 39.0].\n\n"
                "Hint: see kk.holdout_table(summary, holdout, until=...)."
            ),
        ),
        (
            lambda actual: actual.drop(columns="duration"),
            -1,
            "`horizon` must be a number of periods above 0 and of at most 1.44626e+12, got -1.",
        ),
    ],
    ids=["unknown", "two", "several", "negative"],
)
def test_the_length_of_the_holdout_must_be_clear(halves, change, horizon, said):
    known, actual = halves
    assert refused(SPECS, known, holdout=change(actual), horizon=horizon).startswith(said)
