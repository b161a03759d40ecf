"""Probability of promotion by movement and by a purchase model, against closed forms and windows counted by hand."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

AS_OF = "1998-06-30"
DAYS, LATELY = kk.column("purchase_days"), kk.column("purchase_days_12M")
LADDER = kk.CustomerLadder(
    lapse=None,
    rungs=[
        kk.Rung(name="once", when=DAYS <= 1),
        kk.Rung(name="again", when=DAYS >= 2),
        kk.Rung(name="lately", when=LATELY >= 3),
        kk.Rung(name="steady", when=(LATELY >= 3) & (kk.column("quarters_active_12M") >= 3)),
    ],
)


@pytest.fixture(scope="module")
def given(cdnow_sample):
    careers = LADDER.careers(cdnow_sample, as_of=AS_OF)
    summary = kk.summarize(cdnow_sample, as_of=AS_OF)
    return {
        "movement": kk.ChainMixture(chains=2, mass=10, starts=1, seed=1).fit(careers),
        "history": careers,
        "ladder": LADDER,
        "model": kk.MBGNBD().fit(summary),
        "summary": summary,
        "transactions": cdnow_sample,
    }


@pytest.fixture(scope="module")
def promotions(given):
    return kk.promotion(**given, horizon="2M")


def test_one_purchase_missing_is_the_chance_of_buying_at_all(given, promotions):
    """The probability is that of at least one purchase in the 62 days of July and August 1998."""
    once = promotions[promotions["rung"] == "once"]
    expected = given["model"].predict(given["summary"], horizon=62 / 7, also=["p_purchase"]).set_index("customer_id")
    assert (once["purchases_missing"] == 1).all()
    assert once["p_model"].to_numpy() == pytest.approx(expected.loc[once["customer_id"], "p_purchase"].to_numpy())


def test_only_purchases_still_in_the_window_count(given, promotions):
    """Customers on `again` need three purchase days from September 1997 to August 1998; those made by June count."""
    transactions = given["transactions"]
    dates = pd.to_datetime(transactions["date"])
    kept = transactions[(dates > "1997-08-31") & (dates <= AS_OF)].drop_duplicates(["customer_id", "date"])
    again = promotions[promotions["rung"] == "again"]
    in_window = kept.groupby("customer_id").size().reindex(again["customer_id"], fill_value=0).to_numpy()
    assert again["purchases_missing"].tolist() == (3 - in_window).tolist()
    counts = given["model"].purchase_counts(given["summary"], horizon=62 / 7, up_to=2).set_index("customer_id")
    row = again[again["purchases_missing"] == 3].iloc[0]
    assert row["p_model"] == pytest.approx(1 - counts.loc[row["customer_id"], ["p_0", "p_1", "p_2"]].sum())


def test_movement_is_the_forecast_of_all_rungs_above(given, promotions):
    ahead = given["movement"].forecast(given["history"], horizon="2M")
    row = promotions[promotions["rung"] == "again"].iloc[0]
    own = ahead[(ahead["customer_id"] == row["customer_id"]) & (ahead["ahead"] == 2)]
    assert row["p_movement"] == pytest.approx(own[own["rung"].isin(["lately", "steady"])]["probability"].sum())


def test_what_purchases_alone_do_not_decide_is_missing(promotions):
    """`steady` requires quarters too; there is no rung above it."""
    lately, top = (promotions[promotions["rung"] == rung] for rung in ("lately", "steady"))
    assert set(lately["next"]) == {"steady"}
    assert lately[["purchases_missing", "p_model"]].isna().all(axis=None)
    assert lately["p_movement"].between(0, 1).all()
    assert top[["next", "purchases_missing", "p_movement", "p_model"]].isna().all(axis=None)


def test_rung_by_rung(promotions):
    table = kk.promotion_by_rung(promotions).set_index("rung")
    once = promotions[promotions["rung"] == "once"]
    assert table.loc["once", "customers"] == len(once)
    assert table.loc["once", "p_model"] == pytest.approx(once["p_model"].mean())
    assert table.loc["once", "ratio"] == pytest.approx(once["p_movement"].mean() / once["p_model"].mean())
    assert table.loc["lately", "customers"] == 0
    assert np.isnan(table.loc["lately", "ratio"])
    assert "steady" not in table.index


def test_rung_by_rung_needs_numbers(promotions):
    with pytest.raises(kk.DataError) as raised:
        kk.promotion_by_rung(promotions.assign(p_model="much"))
    assert str(raised.value).startswith("promotion_by_rung needs numbers in `p_model`")


@pytest.mark.parametrize(
    ("column", "value", "law"),
    [
        ("p_model", 7.0, "a number from 0 to 1 in `p_model`"),
        ("p_movement", -3.0, "a number from 0 to 1 in `p_movement`"),
        ("rung", None, "the name of a rung in `rung`, as text"),
        ("rung", 3, "the name of a rung in `rung`, as text"),
        ("rung", pd.NA, "the name of a rung in `rung`, as text"),
        ("rung", ["once"], "the name of a rung in `rung`, as text"),
        ("rung", {"name": "once"}, "the name of a rung in `rung`, as text"),
        ("next", 0, "the name of a rung in `next`, as text, or nothing on the top rung"),
        ("next", ["once"], "the name of a rung in `next`, as text, or nothing on the top rung"),
    ],
)
def test_rung_by_rung_refuses_other_values(promotions, column, value, law):
    values = pd.Series([value] * len(promotions), dtype=object)
    with pytest.raises(kk.DataError) as raised:
        kk.promotion_by_rung(promotions.assign(**{column: values}))
    told = str(raised.value)
    assert told.startswith(f"promotion_by_rung needs {law}: broken by {len(promotions):,} of")
    assert told.endswith("Hint: pass the frame as kk.promotion(...) made it.")


@pytest.mark.parametrize("value", [None, np.nan, pd.NaT, pd.NA])
def test_rung_by_rung_needs_a_rung_above(promotions, value):
    with pytest.raises(kk.DataError) as raised:
        kk.promotion_by_rung(promotions.assign(next=value))
    assert str(raised.value) == (
        "promotion_by_rung needs a rung above in `next` for some customer, it is missing on every row.\n\n"
        "Hint: pass the frame as kk.promotion(...) made it."
    )


def test_prospects_without_a_career_are_left_out(given):
    """A prospect in the summary has no dated row in the careers and is left out."""
    customers = pd.DataFrame({"customer_id": [*given["summary"]["customer_id"], 10**6]})
    summary = kk.summarize(given["transactions"], as_of=AS_OF, customers=customers)
    told = kk.promotion(**(given | {"summary": summary}))
    assert told["customer_id"].tolist() == given["summary"]["customer_id"].tolist()


def refused(given, **other):
    with pytest.raises(kk.KundkarriarError) as raised:
        kk.promotion(**(given | other))
    return str(raised.value)


def test_bad_input_is_refused_in_words(given):
    assert refused(given, horizon=0) == (
        '`horizon` must be a span of whole months, at most 1,200, as text, got 0.\n\nHint: write horizon="6M".'
    )
    assert refused(given, model=kk.MBGNBD()) == (
        "promotion needs a fitted purchase model that counts purchases, got MBGNBD.\n\n"
        "Hint: model=kk.MBGNBD().fit(summary)."
    )
    assert refused(given, ladder=kk.CustomerLadder.groups()) == (
        "promotion: the movement has rungs that the ladder lacks: ['again', 'lately', 'once', 'steady'].\n\n"
        "Hint: pass the ladder that the careers are of; this one has ['prospect', 'moving', 'recurring', 'exclusive']."
    )
    assert refused(given, summary=kk.summarize(given["transactions"], as_of="1998-06-15")) == (
        "promotion needs a summary as of the end of a month, got 1998-06-15.\n\n"
        "Hint: careers go from month end to month end."
    )


def test_a_history_stands_for_its_careers(given, promotions, cdnow_sample):
    history = LADDER.history(cdnow_sample, as_of=AS_OF)
    pd.testing.assert_frame_equal(kk.promotion(**(given | {"history": history}), horizon="2M"), promotions)
