"""Profit of the last span by group, beside the expected profit of the next."""

import json
import math

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk
from kundkarriar.career.worth.realised_profit import realised
from kundkarriar.history.as_of.facts import read_facts_as_of

AS_OF = "1998-06-30"
COSTS = kk.Costs(serve_per_year="care", market_per_year=0.5, per_order=1)
pytestmark = pytest.mark.filterwarnings("ignore::kundkarriar.DataWarning")


def career_of(transactions, known, *, costs=COSTS, margin="share", horizon="12M"):
    spec = kk.ValueScorer(purchases=kk.MBGNBD(), margin=margin, discount_rate=0.1, horizon=horizon, costs=costs)
    career = kk.CustomerCareer(scorer=spec, groups=kk.CustomerLadder.groups())
    return career.fit(transactions, customers=known, as_of=AS_OF, seed=1, draws=2)


@pytest.fixture(scope="module")
def base(cdnow_sample):
    """A tenth of the sample with returns, one of them of nobody's purchase; the customers, two of them prospects."""
    bought = cdnow_sample[cdnow_sample["customer_id"] % 10 == 0][["customer_id", "date", "amount"]]
    late = bought[bought["date"] > "1998-01-01"].iloc[::7]
    returned = late.assign(date=late["date"] + pd.Timedelta(days=9), amount=-(late["amount"] / 2).round(2))
    alone = pd.DataFrame({"customer_id": [90_003], "date": pd.Timestamp("1998-03-01"), "amount": [-20.0]})
    ids = np.array([*bought["customer_id"].unique(), 90_001, 90_002, 90_003])
    known = pd.DataFrame({"customer_id": ids, "share": np.where(ids % 20, 0.3, 0.2), "care": ids % 3 / 4})
    known["channel"] = np.where(ids % 30 == 0, None, np.where(ids % 7 < 4, "web", "shop"))
    return pd.concat([bought, returned, alone], ignore_index=True), known


@pytest.fixture(scope="module")
def career(base):
    return career_of(*base)


@pytest.mark.parametrize("by", ["rung", ("rung", "abc"), "group", ["channel", "lapsed"]])
def test_groups_sum_to_the_bridge(career, by):
    """Law: net sales are the ledger's to the cent, and expected profit is the bridge's contribution less cost."""
    table, bridge = career.profit(by=by), career.bridge(newcomers=False).set_index("line")["amount"]
    assert math.fsum(table["net_sales"]) == pytest.approx(bridge["net sales, last 12 months"], abs=1e-9)
    assert table["expected_sales"].sum() == pytest.approx(bridge["net sales of today's customers, next 12 months"])
    expected = bridge["contribution"] + bridge["cost of today's customers"]
    assert table["expected_profit"].sum() == pytest.approx(expected)
    np.testing.assert_allclose(table["profit"], table["margin"] - table["cost"], atol=1e-9)
    assert table["customers"].sum() == len(career.customers())
    for name in ("net_sales", "profit", "expected_profit"):
        assert table[f"share_of_{name}"].sum() == pytest.approx(1)
        np.testing.assert_allclose(table[f"share_of_{name}"], table[name] / table[name].sum())


def test_each_customer_by_hand(career, base):
    """Every amount of every customer, from the purchases as they were given, some of them for nothing."""
    transactions, known = base
    table = career.profit(by="customer_id").set_index("customer_id")
    p_alive = career.customers().set_index("customer_id")["p_alive"]
    begins, ends = pd.Timestamp("1997-06-30"), pd.Timestamp(AS_OF)
    for customer, share, care in known[["customer_id", "share", "care"]].itertuples(index=False):
        own = transactions[transactions["customer_id"] == customer]
        within = own[(own["date"] > begins) & (own["date"] <= ends)]
        sales, cost = within["amount"].sum(), 0.0
        days = own[own["amount"] >= 0]["date"].drop_duplicates()
        days = days[days <= ends]
        if len(days):
            first, last = max(days.min(), begins), max(days.max(), begins)
            years = ((ends - first).days / 365, ((last - first).days + p_alive[customer] * (ends - last).days) / 365)
            cost = 0.5 * years[0] + care * years[1] + (days > begins).sum()
        told = table.loc[customer]
        assert told["net_sales"] == pytest.approx(sales, abs=1e-9)
        assert told["margin"] == pytest.approx(share * sales, abs=1e-9)
        assert told["cost"] == pytest.approx(cost, abs=1e-9), customer
    assert table.loc[90_003, ["net_sales", "margin", "cost", "expected_profit"]].tolist() == [-20.0, -6.0, 0.0, 0.0]
    assert table.loc[90_001, ["net_sales", "cost", "expected_profit"]].tolist() == [0.0] * 3


def test_data_shorter_than_the_span():
    """Nobody pays for time before the first purchase."""
    dates = pd.to_datetime(["2025-07-03", "2025-12-01", "2025-12-31"])
    orders = pd.DataFrame({"customer_id": [1, 1, 2], "date": dates, "amount": [10.0, 20.0, 5.0]})
    facts = read_facts_as_of(orders, as_of="2025-12-31", customers=None, events=None, need="this test")
    ones = np.ones(2)
    terms = {"margin": 0.5 * ones, "serve": 365 * ones, "market": 3650 * ones, "handle": ones, "returned": 0 * ones}
    told = realised(facts, span=kk.Period.of("1Y"), p_alive=np.array([0.25, 1.0]), terms=terms)
    assert told["net_sales"].tolist() == [30.0, 5.0]
    assert told["cost"].tolist() == pytest.approx([2 + 151 + 0.25 * 30 + 10 * 181, 1.0])
    assert told["profit"].tolist() == pytest.approx([15 - 1970.5, 1.5])


def test_without_costs_profit_is_margin(base):
    transactions, known = base
    table = career_of(transactions, known[["customer_id"]], costs=None, margin=0.4).profit()
    assert table["cost"].tolist() == [0.0] * len(table)
    np.testing.assert_allclose(table["profit"], 0.4 * table["net_sales"])
    np.testing.assert_allclose(table["expected_profit"], 0.4 * table["expected_sales"])


def test_polars_says_the_same(career, base, as_dict):
    other = career_of(*map(pl.from_pandas, base)).profit(by=("rung", "channel"))
    assert isinstance(other, pl.DataFrame)
    one, two = as_dict(career.profit(by=("rung", "channel"))), as_dict(other)
    assert [*one] == [*two]
    for name, values in one.items():
        assert two[name] == (pytest.approx(values) if isinstance(values[0], float) else values), name


def test_shares_of_a_loss_are_missing(base):
    """Where nothing is earned nobody has a share of it."""
    transactions, known = base
    dear = kk.Costs(market_per_year=500)
    table = career_of(transactions, known, costs=dear).profit(by="channel")
    assert (table["profit"] < 0).all()
    assert table[["share_of_profit", "share_of_expected_profit"]].isna().all(axis=None)
    assert table["share_of_net_sales"].sum() == pytest.approx(1)


class TestRefused:
    def test_columns(self, career, message_of):
        assert message_of(kk.DataError, lambda: career.profit(by="profit")) == (
            "`by` must be columns that career.profit does not make itself (customers, net_sales, margin, cost, profit, "
            "expected_sales, expected_profit, share_of_net_sales, share_of_profit, share_of_expected_profit), got "
            '\'profit\'.\n\nHint: write by=("rung", "abc"), or rename the column.'
        )
        message = message_of(kk.DataError, lambda: career.profit(by=["rung", "region"]))
        assert message.startswith("career.profit needs columns that are not there: ['region']")
        message = message_of(kk.DataError, lambda: career.profit(by=[]))
        assert message.startswith("`by` must be different names of columns")

    def test_a_career_that_was_read_back(self, career, message_of):
        again = kk.FittedCareer.from_dict(json.loads(json.dumps(career.to_dict())))
        assert message_of(kk.CapabilityError, again.profit) == (
            "a career that was read back has no history: results are stored, not purchases.\n\n"
            "Hint: career.career.fit(transactions, as_of=career.as_of, seed=career.seed) of the same data, with "
            "customers= and events= as then, has it."
        )
        for name in ("order_value_vs_lifetime_value", "rank_differences"):  # which read customers alone
            pd.testing.assert_frame_equal(getattr(again, name)(), getattr(career, name)())
