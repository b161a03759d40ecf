"""Rungs with scores of a purchase model, whose parameters must be older than the careers."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

PARAMS = kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614)
GIVEN = kk.FittedMBGNBD(params=PARAMS, period="W")
SCORES = kk.FixedScores(model=GIVEN, horizon="12M")
LADDER = kk.CustomerLadder(
    rungs=(
        kk.Rung(name="any", when=kk.column("purchase_days") >= 0),
        kk.Rung(name="awake", when=kk.column("p_alive") >= 0.5),
        kk.Rung(name="busy", when=(kk.column("p_alive") >= 0.5) & (kk.column("expected_purchases") >= 1)),
    )
)


def rung_by_hand(rows, day):
    """The rung of each customer on a day, by `summarize` and `predict`."""
    summary = kk.summarize(rows, as_of=day, period="W")
    predicted = GIVEN.predict(summary, horizon=365.25 / 7)
    awake, busy = predicted["p_alive"] >= 0.5, predicted["expected_purchases"] >= 1
    return dict(
        zip(predicted["customer_id"], np.where(awake & busy, "busy", np.where(awake, "awake", "any")), strict=True)
    )


def test_scores_are_those_of_the_summary_of_each_month_end(cdnow_sample):
    """The rung of each month is that by `summarize` and `predict` on its last day."""
    careers = LADDER.careers(cdnow_sample, as_of="1997-10-15", scores=SCORES)
    assert set(careers["rung"]) == {"any", "awake", "busy"}
    for start, rows in careers.groupby("period_start"):
        day = min(start + pd.offsets.MonthEnd(0), pd.Timestamp("1997-10-15"))
        assert dict(zip(rows["customer_id"], rows["rung"], strict=True)) == rung_by_hand(cdnow_sample, day)


def test_place_is_the_last_row_and_shows_the_scores(cdnow_sample):
    place = LADDER.place(cdnow_sample, as_of="1997-10-15", scores=SCORES)
    last = LADDER.careers(cdnow_sample, as_of="1997-10-15", scores=SCORES).groupby("customer_id", sort=False).tail(1)
    assert place["rung"].tolist() == last["rung"].tolist()
    predicted = GIVEN.predict(kk.summarize(cdnow_sample, as_of="1997-10-15"), horizon=365.25 / 7)
    for name in ("p_alive", "expected_purchases"):
        pd.testing.assert_series_equal(place[name], predicted[name], rtol=1e-12)
    assert set(place["evidence"]) == {"purchases", "a model of purchases"}


def test_a_prospect_has_no_score(history):
    """With a missing score neither a condition nor its opposite holds."""
    low = kk.Rung(name="asleep", when=kk.column("p_alive") < 0.5)
    ladder = kk.CustomerLadder(rungs=(*LADDER.rungs[:1], low, *LADDER.rungs[1:2]))
    customers = pd.DataFrame({"customer_id": ["never", "a"]})
    place = ladder.place(history(a=["2025-01-10"]), as_of="2025-01-31", customers=customers, scores=SCORES)
    assert place["rung"].tolist() == ["any", "awake"]
    assert place["p_alive"].isna().tolist() == [True, False]


def test_later_purchases_change_no_complete_month(cdnow_sample):
    """The careers as of June are the first rows of the careers as of November."""
    early, late = (LADDER.careers(cdnow_sample, as_of=day, scores=SCORES) for day in ("1997-06-30", "1997-11-30"))
    begun = late[late["period_start"] <= "1997-06-01"].reset_index(drop=True)
    pd.testing.assert_frame_equal(early, begun)


@pytest.fixture(scope="module")
def fitted(cdnow_sample):
    return kk.MBGNBD().fit(kk.summarize(cdnow_sample, as_of="1997-09-30"))


class Own:
    """A user's own model without a report of its fit."""

    period = "W"

    def predict(self, summary, *, horizon):
        return summary.assign(p_alive=1.0, expected_purchases=horizon)


def test_a_fitted_model_must_be_older_than_the_careers(cdnow_sample, fitted):
    for model in (fitted, Own()):
        with pytest.raises(kk.DataError) as error:
            kk.FixedScores(model=model, horizon="12M")
        assert str(error.value) == (
            "rungs may ask a model only with parameters fixed before the first month, and this one was fitted: it may "
            "have seen the months that careers tell.\n\n"
            'Hint: say where its data ended, fitted_until="2023-12-31", or give the parameters: '
            "kk.FittedMBGNBD(params=..., period=...)."
        )
    for until in ("1997-01-01", "1997-09-30"):
        with pytest.raises(kk.DataError) as error:
            LADDER.careers(
                cdnow_sample,
                as_of="1997-10-15",
                scores=kk.FixedScores(model=fitted, horizon="12M", fitted_until=until),
            )
        assert str(error.value) == (
            "rungs may ask a model only with parameters fixed before the first month: it was fitted until "
            f"{until}, and the careers begin in 1997-01.\n\n"
            "Hint: fit it to earlier data, or give the parameters: kk.FittedMBGNBD(params=..., period=...)."
        )
    for model in (fitted, Own()):
        earlier = kk.FixedScores(model=model, horizon="12M", fitted_until="1996-12-31")
        assert len(LADDER.place(cdnow_sample, as_of="1997-03-31", scores=earlier))


def test_what_is_no_fitted_model_is_refused():
    with pytest.raises(kk.CapabilityError) as error:
        kk.FixedScores(model=kk.MBGNBD(), horizon="12M")
    assert str(error.value) == (
        "scores come from a fitted purchase model, got MBGNBD.\n\n"
        "Hint: kk.FittedMBGNBD(params=..., period=...), or the model that model.fit(summary) gave."
    )
    with pytest.raises(kk.DataError, match="`fitted_until` must be a date"):
        kk.FixedScores(model=GIVEN, horizon="12M", fitted_until="December")


def test_pandas_and_polars_agree(history, in_polars):
    rows = history(a=["2025-01-10", "2025-02-10", "2025-05-10"], b=["2025-01-10"])
    one = LADDER.careers(rows, as_of="2025-12-31", scores=SCORES)
    two = LADDER.careers(in_polars(rows), as_of="2025-12-31", scores=SCORES)
    assert one["rung"].tolist() == two["rung"].to_list()
