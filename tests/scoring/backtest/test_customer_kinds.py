"""Kinds of customers at an origin: facts counted by hand, totals that add up, and results without kinds."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from attrs import evolve

import kundkarriar as kk
from kundkarriar.history.purchase_days import purchase_days
from kundkarriar.scoring.backtest.customer_kinds import customer_kinds
from kundkarriar.scoring.backtest.forecast_origin import ForecastOrigin

KINDS = ["everyone", "silent", "newcomers", "one-time buyers", "largest"]


def origin_of(rows, date, *, season=None):
    orders = pd.DataFrame(rows, columns=["customer_id", "date", "amount"]).astype({"date": "datetime64[ns]"})
    day = {"begin": np.datetime64(orders["date"].min(), "D"), "date": np.datetime64(date)}
    days = purchase_days(orders, as_of=str(orders["date"].max().date()))
    until = np.datetime64(orders["date"].max(), "D")
    return ForecastOrigin.of(orders, days, **day, until=until, period="W", season=season)


def members(origin):
    ids = np.array(origin.summary["customer_id"])
    return {kind.kind: ids[kind.member].tolist() for kind in customer_kinds(origin)}


HISTORIES = [
    *[("often", f"2024-{month:02}-01", 10.0) for month in range(1, 13)],  # gaps of 29 to 31 days
    ("left", "2024-01-01", 500.0),
    ("left", "2024-02-01", 500.0),
    ("once", "2024-11-30", 5.0),
    ("new", "2024-10-02", 5.0),
    ("new", "2024-12-01", 5.0),
    ("ninety", "2024-10-03", 5.0),
    *[(f"other {at}", "2024-12-30", 6.0 + at / 100) for at in range(14)],
    ("later", "2025-02-01", 5.0),
    ("once", "2025-03-31", 9000.0),
]


def test_kinds_by_hand():
    """Silence in days of the calendar; what came after the origin is in no kind."""
    found = members(origin_of(HISTORIES, "2024-12-31"))
    assert list(found) == KINDS
    assert len(found["everyone"]) == 19
    assert "later" not in found["everyone"]
    assert found["silent"] == ["left", "ninety"]
    assert sorted(set(found["newcomers"]) - {f"other {at}" for at in range(14)}) == ["ninety", "once"]
    assert sorted(set(found["one-time buyers"])) == sorted(["ninety", "once", *(f"other {at}" for at in range(14))])
    assert sorted(found["largest"]) == ["left", "often"]
    texts = [kind.definition for kind in customer_kinds(origin_of(HISTORIES, "2024-12-31"))]
    assert texts == [
        "at least one purchase",
        "no purchase for more than 60 days; 95% of the gaps between purchases were no longer",
        "first purchase within the last 90 days",
        "one purchase day",
        "the top tenth by net sales so far",
    ]


def test_a_season_does_not_move_the_days():
    """Warped time is the model's; kinds are of calendar days."""
    season = kk.Season(index=[0.5] * 9 + [2.0] * 3)
    assert members(origin_of(HISTORIES, "2024-12-31", season=season)) == members(origin_of(HISTORIES, "2024-12-31"))


def test_nobody_is_silent_where_nobody_bought_twice():
    """And equal customers are the largest together, or none of them."""
    once = [(name, "2024-01-01", 5.0) for name in "abcdefghijkl"] + [("z", "2024-12-31", 1.0)]
    origin = origin_of(once, "2024-06-30")
    found = members(origin)
    assert (found["silent"], found["newcomers"], found["largest"]) == ([], [], [])
    assert len(found["one-time buyers"]) == 12
    assert customer_kinds(origin)[1].definition == "nobody, as no customer has bought twice"


@pytest.fixture(scope="module")
def result(scorer, cdnow_sample):
    return kk.Backtest(scorer=scorer, origins=2, horizon="6M", draws=200).run(cdnow_sample)


def test_everyone_is_the_summary(result):
    """The first kind has the totals of the model, and the pooled row their sums."""
    kinds = result.by_kind()
    assert kinds["kind"].drop_duplicates().tolist() == KINDS
    assert kinds["origin"].drop_duplicates().tolist() == ["1997-12-31", "1997-10-01", "all"]
    model = result.summary().query("rule == 'model'").set_index("origin")
    for row in kinds.query("kind == 'everyone' and origin != 'all'").itertuples():
        assert row.customers == model.loc[row.origin, "customers"]
        assert row.predicted == pytest.approx(model.loc[row.origin, f"{row.measure}_predicted"])
        assert row.actual == pytest.approx(model.loc[row.origin, f"{row.measure}_actual"])
        assert row.ratio == row.actual / row.predicted
        assert row.z == (row.actual - row.predicted) / row.std_error
    whole = kinds[kinds["origin"] == "all"].set_index(["measure", "kind"])[["customers", "predicted", "actual"]]
    parts = kinds[kinds["origin"] != "all"].groupby(["measure", "kind"])[["customers", "predicted", "actual"]].sum()
    pd.testing.assert_frame_equal(whole.sort_index(), parts.sort_index())


def test_the_error_of_everyone_is_no_smaller_than_the_draws(result):
    """The drawn interval of the total has the same two sources, without overdispersion."""
    model = result.summary().query("rule == 'model' and origin == '1997-12-31'").iloc[0]
    row = result.by_kind().query("measure == 'sales' and kind == 'everyone' and origin == '1997-12-31'").iloc[0]
    assert row["std_error"] > 0.8 * (model["sales_high"] - model["sales_low"]) / (2 * 1.645)


def test_silent_customers_by_hand(result, cdnow_sample):
    """On CDNOW the silent buy half as much again as expected."""
    row = result.by_kind().query("measure == 'purchases' and kind == 'silent' and origin == '1997-12-31'").iloc[0]
    limit = int(row["definition"].split()[5])
    known = cdnow_sample[cdnow_sample["date"] <= "1997-12-31"]
    last = known.groupby("customer_id")["date"].max()
    silent = last.index[(pd.Timestamp("1997-12-31") - last).dt.days > limit]
    later = cdnow_sample[cdnow_sample["customer_id"].isin(silent) & (cdnow_sample["date"] > "1997-12-31")]
    assert row["customers"] == len(silent)
    assert row["actual"] == len(later.drop_duplicates(["customer_id", "date"]))
    assert row["ratio"] > 1.3
    assert row["z"] > 3


def test_models_that_cannot_draw_have_kinds_too(scorer, cdnow_sample):
    """Their errors are from the outcomes, and at least Poisson for purchases."""
    given = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W")
    spec = kk.Backtest(scorer=evolve(scorer, purchases=given), horizon="6M")
    kinds = spec.run(pl.from_pandas(cdnow_sample)).by_kind()
    assert isinstance(kinds, pl.DataFrame)
    bought = kinds.filter((pl.col("measure") == "purchases") & (pl.col("customers") > 0)).to_pandas()
    assert (bought["std_error"] >= 0.999 * np.sqrt(bought["predicted"])).all()


def test_a_result_without_kinds_says_so(result):
    """Reports of other origins than `run` made them."""
    bare = evolve(result, reports=tuple(evolve(at, kinds=()) for at in result.reports))
    with pytest.raises(kk.CapabilityError) as error:
        bare.by_kind()
    assert str(error.value) == (
        "this result of a backtest has no totals by kind of customer: its reports were made without them.\n\n"
        "Hint: result = kk.Backtest(...).run(transactions)."
    )
