"""Priority: purchase probability x potential x margin - cost, one ranking of all customers."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.career.worth.priority import priority_columns

pytestmark = pytest.mark.filterwarnings("ignore::kundkarriar.DataWarning")  # so few customers fit badly
AS_OF = "1998-06-30"
COSTS = kk.Costs(serve_per_year=2, market_per_year=0.5, per_order=1)
SCORES = ("p_purchase", "expected_revenue", "clv", "cost")
MADE = ["potential", "priority", "priority_rank"]


@pytest.fixture(scope="module")
def transactions():
    return kk.testing.make_transactions(customers=120, seed=3)


@pytest.fixture(scope="module")
def known(transactions):
    """Everyone who bought, and five prospects; every third has a potential that is known, and margins differ."""
    ids = [*sorted(transactions["customer_id"].unique()), *range(9001, 9006)]
    at = np.arange(len(ids))
    return pd.DataFrame(
        {
            "customer_id": ids,
            "first_contact": pd.Timestamp("1996-01-01"),
            "potential": np.where(at % 3 == 0, 10.0 * (at % 7), np.nan),
            "share": 0.2 + 0.1 * (at % 4),
        }
    )


def career_of(transactions, *, customers=None, margin=0.3, costs=COSTS, **more):
    scorer = kk.ValueScorer(purchases=kk.MBGNBD(), margin=margin, discount_rate=0.1, horizon="12M", costs=costs, **more)
    return kk.CustomerCareer(scorer=scorer).fit(transactions, as_of=AS_OF, seed=1, customers=customers, draws=2)


@pytest.fixture(scope="module")
def plain(transactions):
    return career_of(transactions)


@pytest.fixture(scope="module")
def informed(transactions, known):
    return career_of(transactions, customers=known, margin="share")


def test_priority_is_the_product_less_the_cost(plain):
    """Law: with nothing else known p_purchase x potential x margin - cost is the net value, and so are ranks."""
    made = plain.customers()
    product = made["p_purchase"] * made["potential"] * 0.3 - made["cost"]
    np.testing.assert_allclose(made["priority"], product, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(made["priority"], made["net_value"])
    np.testing.assert_array_equal(made["priority_rank"], made["rank"])
    assert (made["potential"] > made["expected_revenue"]).all()


def test_what_is_known_of_potential_replaces_what_is_expected(informed, known):
    """Law: the product holds with each customer's own margin and potential; the others keep the expected one."""
    made = informed.customers().merge(known, on="customer_id", suffixes=("", "_known"))
    buyers = made[made["p_purchase"].notna()]
    told = buyers["potential_known"].notna()
    assert 0 < told.sum() < len(buyers)
    product = buyers["p_purchase"] * buyers["potential"] * buyers["share"] - buyers["cost"]
    np.testing.assert_allclose(buyers["priority"], product, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(buyers.loc[told, "potential"], buyers.loc[told, "potential_known"])
    np.testing.assert_array_equal(buyers.loc[~told, "priority"], buyers.loc[~told, "net_value"])
    assert (buyers.loc[told, "priority"] != buyers.loc[told, "net_value"]).any()
    np.testing.assert_array_equal(buyers["priority_rank"], buyers["priority"].rank(ascending=False, method="min"))
    prospects = made[made["p_purchase"].isna()]
    assert len(prospects) == 5
    assert prospects[["priority", "priority_rank"]].isna().all(axis=None)


def test_without_costs_the_cost_is_0(transactions):
    made = career_of(transactions, costs=None).customers()
    np.testing.assert_array_equal(made["priority"], made["clv"])


def test_without_amounts_there_is_no_priority(transactions):
    """And a column `potential` of customers is an attribute like others."""
    known = pd.DataFrame({"customer_id": transactions["customer_id"].unique(), "potential": "large"})
    unpriced = kk.transactions(transactions[["customer_id", "date"]], customer_id="customer_id", date="date")
    made = career_of(unpriced, customers=known, costs=None).customers()
    assert not {"priority", "priority_rank"} & set(made)
    assert set(made["potential"]) == {"large"}


def test_polars_is_pandas(transactions, known, informed):
    made = career_of(pl.from_pandas(transactions), customers=pl.from_pandas(known), margin="share").customers()
    assert isinstance(made, pl.DataFrame)
    pd.testing.assert_frame_equal(made.select(MADE).to_pandas(), informed.customers()[MADE])


def test_it_is_stored_and_summed(plain):
    """A career that is read back has the same priorities; its grid sums them, and its plan shows them."""
    again = kk.FittedCareer.from_dict(plain.to_dict())
    pd.testing.assert_frame_equal(again.customers()[MADE], plain.customers()[MADE])
    by_class = again.grid(by="abc", value="clv")
    assert by_class["priority"].sum() == pytest.approx(plain.customers()["priority"].sum())
    pd.testing.assert_series_equal(by_class["priority"], by_class["net_value"], check_names=False)


NEGATIVE = (
    "CustomerCareer needs amounts from 0 to 1e+15 in `potential` of `customers=`: broken by 1 of 2 rows.\n\n"
    "row  customer_id  potential\n  1            2         -1\n\n"
    "Hint: leave it empty where it is not known; rename the column if it is not the sales that a customer could bring."
)
TEXT = (
    "CustomerCareer needs numbers in `potential`, found String: broken by 2 of 2 rows.\n\n"
    "row  customer_id  potential\n  0            1      large\n  1            2      small\n\n"
    "Hint: convert it first: frame['potential'].astype(float) in pandas, .cast(pl.Float64) in polars."
)


@pytest.mark.parametrize(("potential", "message"), [([5.0, -1.0], NEGATIVE), (["large", "small"], TEXT)])
def test_a_potential_that_is_no_amount(transactions, potential, message):
    known = pd.DataFrame({"customer_id": [1, 2], "potential": potential})
    with pytest.raises(kk.DataError) as caught:
        career_of(transactions, customers=known)
    assert str(caught.value) == message


NUMBERS = st.floats(0, 1e6)
ROWS = st.lists(
    st.tuples(st.one_of(st.just(0.0), st.floats(1e-6, 1)), NUMBERS, st.floats(0, 1), NUMBERS, st.none() | NUMBERS),
    min_size=1,
    max_size=30,
)


def columns_of(rows, *, coins=1.0):
    p, revenue, margin, cost, own = np.array([[np.nan if v is None else v for v in row] for row in rows]).T
    revenue = np.where(p > 0, revenue, 0.0) * coins
    given = {"p_purchase": p, "expected_revenue": revenue, "margin": margin, "cost": cost * coins, "own": own * coins}
    return given | {"clv": margin * revenue}


@settings(max_examples=100)
@given(rows=ROWS, seed=st.integers(0, 2**32 - 1))
def test_rank_depends_on_neither_the_order_of_rows_nor_the_coin(rows, seed):
    """Law: ranks move with their rows, and other coins change none; the product holds where p_purchase > 0."""
    made = priority_columns(**columns_of(rows))
    order = np.random.default_rng(seed).permutation(len(rows))
    moved = priority_columns(**columns_of([rows[at] for at in order]))
    np.testing.assert_array_equal(moved["priority_rank"], made["priority_rank"][order])
    coins = priority_columns(**columns_of(rows, coins=1024.0))
    np.testing.assert_array_equal(coins["priority_rank"], made["priority_rank"])
    np.testing.assert_array_equal(coins["priority"], made["priority"] * 1024)
    given_ = columns_of(rows)
    product = np.nan_to_num(given_["p_purchase"] * made["potential"]) * given_["margin"] - given_["cost"]
    np.testing.assert_allclose(made["priority"], product, rtol=1e-9, atol=1e-9 * (1 + given_["cost"].max()))
