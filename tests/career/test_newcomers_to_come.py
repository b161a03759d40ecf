"""Newcomers in the bridge: their line, the total with them, the switch, and what is said where they are unknown."""

import json

import numpy as np
import pytest
from attrs import evolve

import kundkarriar as kk

SCORER = kk.ValueScorer(purchases=kk.MBGNBD(), spend=kk.GammaGamma(), margin=0.3, discount_rate=0.1, horizon="12M")
SPEC = kk.CustomerCareer(scorer=SCORER)
NEW, TOTAL = "net sales of new customers, next 12 months", "net sales, next 12 months"


@pytest.fixture(scope="module")
def shop():
    return kk.testing.make_transactions(
        customers=2000, seed=3, start="2023-04-01", until="2025-12-31", joining="33M", returns=0.05
    )


@pytest.fixture(scope="module")
def career(shop):
    return SPEC.fit(shop, as_of="2024-12-31", seed=1)


def test_the_total_with_newcomers_covers_what_was_sold(shop, career):
    """All of next year's sales, and those of newcomers alone; without newcomers the total is far too low."""
    ahead = shop[shop["date"] > "2024-12-31"]
    bridge = career.bridge().set_index("line")
    new = ~ahead["customer_id"].isin(shop.loc[shop["date"] <= "2024-12-31", "customer_id"])
    for line, actual in ((TOTAL, ahead["amount"].sum()), (NEW, ahead.loc[new, "amount"].sum())):
        assert bridge.loc[line, "low"] <= actual <= bridge.loc[line, "high"]
    without = career.bridge(newcomers=False).set_index("line")
    assert without.loc[TOTAL, "high"] < 0.7 * ahead["amount"].sum()


def test_draws_are_added_draw_by_draw(career):
    """So the total's interval is narrower than the sum of the bounds."""
    money, bridge = career.money, career.bridge()
    today, new, total = (bridge.iloc[at] for at in (1, 2, 3))
    sums = np.array(money.drawn) + np.array(money.coming.drawn_sales)
    assert total[["low", "high"]].tolist() == pytest.approx(np.quantile(sums, [0.05, 0.95]))
    assert total["high"] - total["low"] < 0.95 * sum(line["high"] - line["low"] for line in (today, new))
    assert total["amount"] == pytest.approx(today["amount"] + new["amount"])
    assert new["source"].startswith(f"{money.coming.newcomers.expected:,.0f} newcomers (")
    assert new["source"].endswith("in the last 12 months")


def test_newcomers_may_be_left_out(career, message_of):
    """Then the total is of today's customers, and the contribution with it."""
    bridge = career.bridge(newcomers=False)
    assert bridge.loc[3, ["amount", "low", "high"]].tolist() == bridge.loc[1, ["amount", "low", "high"]].tolist()
    assert bridge.loc[2, "source"] == "left out: newcomers=False"
    assert np.isnan(bridge.loc[2, "amount"])
    assert bridge.loc[3, "source"] == "of today's customers alone: new customers are not included"
    assert bridge.loc[4, "amount"] == pytest.approx(0.3 * bridge.loc[1, "amount"])
    assert message_of(kk.DataError, lambda: career.bridge(newcomers="no")).startswith(
        "`newcomers` must be True or False"
    )


def test_a_calibration_is_of_todays_customers(shop, career):
    """The factor multiplies their draws; the newcomers' are added as they are."""
    known = shop[shop["date"] <= "2024-12-31"]
    result = kk.Backtest(scorer=SCORER, origins=2, horizon="3M", draws=20).run(known)
    bridge = career.bridge(backtest=result).set_index("line")
    factor = result.factor("sales").factor
    alone = career.bridge().set_index("line")
    today = alone.loc["net sales of today's customers, next 12 months", "amount"]
    assert bridge.loc[TOTAL, "amount"] == pytest.approx(factor * today + alone.loc[NEW, "amount"])
    assert bridge.loc[NEW, "amount"] == alone.loc[NEW, "amount"]
    assert bridge.loc[TOTAL, "high"] - bridge.loc[TOTAL, "low"] > alone.loc[TOTAL, "high"] - alone.loc[TOTAL, "low"]


def test_a_stored_career_foresees_the_same_newcomers(career):
    back = kk.FittedCareer.from_dict(json.loads(json.dumps(career.to_dict())))
    assert back.money.coming == career.money.coming
    assert back.bridge(newcomers=False).equals(career.bridge(newcomers=False))
    assert back.bridge().equals(career.bridge())


def test_a_career_stored_without_newcomers_assumes_those_of_the_last_span(career):
    stored = json.loads(json.dumps(career.to_dict()))
    for key in ("coming", "not_coming"):
        stored["money"].pop(key, None)
    bridge = kk.FittedCareer.from_dict(stored).bridge()
    assert bridge.loc[2, "amount"] == career.money.newcomers
    assert bridge.loc[2, "source"].startswith("assumed: as many and as good as in the last span")
    assert bridge.loc[3, "amount"] == pytest.approx(bridge.loc[1, "amount"] + career.money.newcomers)


def test_a_backtest_foresees_newcomers_and_all_sales(shop):
    """At both origins the outcomes lie in the intervals; rules of thumb foresee none."""
    shop = shop[shop["date"] <= "2025-08-31"]
    result = kk.Backtest(scorer=SCORER, origins=2, horizon="6M", draws=200).run(shop)
    table = result.newcomers()
    assert (table["note"] == "").all()
    for name in ("newcomers", "purchases", "sales", "all_sales"):
        assert (table[f"{name}_low"] <= table[f"{name}_predicted"]).all()
        assert (table[f"{name}_predicted"] <= table[f"{name}_high"]).all()
        assert ((table[f"{name}_low"] <= table[name]) & (table[name] <= table[f"{name}_high"])).sum() >= 1
        assert table[f"{name}_predicted"].to_numpy() == pytest.approx(table[name].to_numpy(), rel=0.3)
    window = (shop["date"] > table.loc[0, "origin"]) & (shop["date"] <= table.loc[0, "until"])
    assert table.loc[0, "all_sales"] == pytest.approx(shop.loc[window, "amount"].sum())
    summary = result.summary()
    models = summary[summary["rule"] == "model"]
    assert models["newcomers_predicted"].tolist() == table["newcomers_predicted"].tolist()
    assert models["newcomer_sales_predicted"].tolist() == table["sales_predicted"].tolist()
    assert summary.loc[summary["rule"] != "model", "newcomers_predicted"].isna().all()
    assert table["all_sales_predicted"].to_numpy() == pytest.approx(
        (models["sales_predicted"].to_numpy() + table["sales_predicted"]).to_numpy()
    )


def test_a_backtest_says_why_newcomers_are_not_foreseen(shop):
    """With a burn-in that leaves less than twelve weeks."""
    known = shop[shop["date"] <= "2024-06-30"]
    typed = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.5, alpha=6, a=0.9, b=1.6), period="W")
    with pytest.warns(kk.DataWarning):
        table = (
            kk.Backtest(scorer=evolve(SCORER, purchases=typed), origins=1, horizon="3M", draws=10, burn_in="10M")
            .run(known)
            .newcomers()
        )
    assert table.loc[0, "note"].startswith("Arrivals.fit needs 84 days or more in which newcomers are counted: ")
    assert np.isnan(table.loc[0, "newcomers_predicted"])
    assert np.isnan(table.loc[0, "all_sales_high"])
    assert table.loc[0, "newcomers"] > 0
