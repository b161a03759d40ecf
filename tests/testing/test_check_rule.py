"""`kk.testing`: simulated data, truth tables and `check_rule`, which accepts valid rules and finds each violation."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.testing import (
    boundary_customers,
    check_rule,
    make_customers,
    make_transactions,
    truth_table,
)

CLIENT = (kk.column("purchase_days_12M") >= 4) & (kk.column("quarters_active_12M") >= 3)


# --- simulated data ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def customers():
    return make_customers(1500, seed=11)


def test_the_same_seed_makes_the_same(customers):
    pd.testing.assert_frame_equal(make_customers(1500, seed=11), customers)
    pd.testing.assert_frame_equal(make_transactions(seed=2), make_transactions(seed=np.random.default_rng(2)))
    assert not make_transactions(seed=2).equals(make_transactions(seed=3))


def test_made_customers_have_every_column(customers):
    """The columns that a career hands to a planner."""
    scores = [
        "p_alive", "p_paused", "expected_purchases", "p_purchase", "expected_order_value", "expected_revenue", "clv",
        "cost", "net_value", "clv_lifelong", "net_value_lifelong", "share_beyond_data", "retention_value",
        "value_at_risk", "win_back_value", "rank",
    ]  # fmt: skip
    positions = [
        "purchase_days", "purchase_days_12M", "purchase_days_1M", "quarters_active_12M", "value_12M", "value_1M",
        "total_value",
        "days_since_purchase", "typical_gap", "regularity", "first_purchase", "last_purchase", "first_contact",
        "events_referral", "rung", "rung_number", "lapsed", "highest_rung", "months_on_rung", "evidence", "reason",
    ]  # fmt: skip
    assert set(customers) >= {"customer_id", *scores, "abc", "cumulative_share", *positions}
    assert customers["customer_id"].tolist() == list(range(1, 1501))


def test_made_customers_are_consistent(customers):
    """Money, classes, rungs and dates agree."""
    buyers = customers[customers["purchase_days"] > 0]
    np.testing.assert_allclose(buyers["net_value"], buyers["clv"] - buyers["cost"])
    np.testing.assert_allclose(buyers["clv"], 0.3 * buyers["expected_revenue"])
    assert ((buyers["abc"] == "D") == (buyers["net_value"] <= 0)).all()
    assert (buyers["first_purchase"] <= buyers["last_purchase"]).all()
    assert (buyers["purchase_days_12M"] <= buyers["purchase_days"]).all()
    clients = buyers["rung"].isin(["client", "supporter", "partner"])
    assert clients[CLIENT.holds(buyers)].all()
    assert (
        buyers.loc[~clients, "rung"]
        == np.where(buyers.loc[~clients, "purchase_days"] == 1, "trial buyer", "repeat buyer")
    ).all()
    best = buyers.loc[buyers["rank"].idxmin()]
    assert best["net_value"] == buyers["net_value"].max()


def test_made_prospects_have_no_scores(customers):
    prospects = customers[customers["purchase_days"] == 0]
    assert len(prospects) == 150
    assert (prospects["rung"] == "prospect").all()
    assert prospects[["p_alive", "net_value", "abc", "cumulative_share", "rank"]].isna().all(axis=None)
    assert (make_customers(50, seed=1, prospects=0.0)["purchase_days"] > 0).all()


def test_made_purchases_look_like_shops_do():
    """Half never buy again, a fifth brings most of the revenue, and all dates lie within the limits."""
    made = make_transactions(customers=4000, seed=1, start="1997-01-01", until="1998-06-30", joining="3M")
    bought = made.groupby("customer_id")["date"].agg(["min", "max", "nunique"])
    assert len(bought) == 4000
    assert made["date"].between("1997-01-01", "1998-06-30").all()
    assert bought["min"].max() < pd.Timestamp("1997-04-03")
    assert 0.4 < (bought["nunique"] == 1).mean() < 0.65
    spent = made.groupby("customer_id")["amount"].sum().sort_values(ascending=False)
    assert 0.5 < spent.head(800).sum() / spent.sum() < 0.8
    assert (made["amount"] > 0).all()
    assert made["date"].is_monotonic_increasing


def test_made_purchases_follow_mbgnbd():
    """A fit of MBG/NBD recovers the parameters from which they were drawn."""
    made = make_transactions(customers=20_000, seed=4)
    fitted = kk.MBGNBD().fit(kk.summarize(made, as_of="1998-06-30", period="W"))
    estimates = fitted.estimates().set_index("parameter")
    truth = pd.Series({"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614})
    off = (estimates["estimate"] - truth) / estimates["std_error"]
    # Purchases of one day are one purchase day, which thins out the quickest buyers a little.
    assert off.abs().max() < 6
    np.testing.assert_allclose(estimates["estimate"], truth[estimates.index], rtol=0.15)


def test_made_returns_follow_their_purchase():
    made = make_transactions(customers=800, seed=1, returns=0.2)
    back = made[made["amount"] < 0]
    assert 0.12 < len(back) / (made["amount"] > 0).sum() < 0.22
    bought = made[made["amount"] > 0]
    pairs = back.assign(amount=-back["amount"]).merge(bought, on=["customer_id", "amount"])
    days = (pairs["date_x"] - pairs["date_y"]).dt.days
    assert set(back["customer_id"]) == set(pairs["customer_id"])
    assert days.between(1, 30).groupby(pairs["customer_id"]).any().all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: make_customers(0, seed=1),
            "`n` must be a whole number from 1 to 10,000,000, got 0.\n\nHint: write n=500.",
        ),
        (
            lambda: make_customers(5, seed=1, prospects=1.0),
            "`prospects` must be a number of at least 0 and below 1, got 1.0.\n\nHint: write prospects=0.1.",
        ),
        (
            lambda: make_transactions(customers=2.5, seed=1),
            "`customers` must be a whole number from 1 to 10,000,000, got 2.5.\n\nHint: write customers=500.",
        ),
        (
            lambda: make_transactions(seed=1, returns=2.0),
            "`returns` must be a number from 0 to 1, got 2.0.\n\nHint: write returns=0.2.",
        ),
        (
            lambda: make_transactions(seed=1, start="1998-01-01", until="1997-01-01"),
            "`until` must come after `start`: 1997-01-01 and 1998-01-01.\n\nHint: swap them.",
        ),
    ],
)
def test_invalid_arguments_are_refused(make, message):
    with pytest.raises(ValueError, match="must") as caught:
        make()
    assert str(caught.value) == message


# --- truth tables and boundary cases ---------------------------------------------------------------------------


def test_truth_table_is_the_rule():
    """Every combination, and the rule's own answer."""
    table = truth_table(CLIENT)
    assert len(table) == 16
    assert table["purchase_days_12M"].dropna().unique().tolist() == [3, 4, 5]
    expected = (table["purchase_days_12M"] >= 4) & (table["quarters_active_12M"] >= 3)
    assert table["holds"].tolist() == expected.tolist()


def test_truth_table_of_every_kind_of_question():
    rule = (
        kk.column("p_alive").between(0.2, 0.5)
        | ~kk.column("abc").isin(["A", "B"])
        | kk.column("lapsed").equals(True)
        | kk.column("typical_gap").is_missing()
        | kk.column("quarters").isin([1, 4])
    )
    table = truth_table(rule)
    tried = {name: list(dict.fromkeys(table[name].dropna())) for name in table.columns}
    assert tried["p_alive"] == pytest.approx([0.198, 0.2, 0.202, 0.495, 0.5, 0.505])
    assert tried["abc"] == ["A", "B", "something else"]
    assert tried["lapsed"] == [True, False]
    assert tried["typical_gap"] == [0.0]
    assert tried["quarters"] == [1.0, 4.0, 5.0]
    assert all(table[name].isna().any() for name in rule.needs)
    assert table["holds"].tolist() == rule.holds(table).tolist()


def test_boundary_customers_are_where_the_limit_decides():
    """For each column the answer changes among its rows, all else equal."""
    table = boundary_customers(CLIENT | kk.column("abc").equals("A"))
    assert table["customer_id"].tolist() == list(range(1, len(table) + 1))
    for name, rows in table.groupby("varied"):
        assert rows["holds"].nunique() == 2
        others = rows.drop(columns=["customer_id", "varied", "holds", name])
        assert len(others.drop_duplicates()) == 1
    days = table[table["varied"] == "purchase_days_12M"]
    assert days["purchase_days_12M"].tolist()[:3] == [3, 4, 5]
    assert days["holds"].tolist() == [False, True, True, False]


def test_boundary_customers_show_a_column_that_never_decides():
    never = (kk.column("age") >= 18) & ((kk.column("city").equals("A")) | ~kk.column("city").equals("A"))
    table = boundary_customers(never & (kk.column("age") >= 17))
    assert table[table["varied"] == "age"]["age"].dropna().tolist() == [16, 17, 18, 19]
    useless = boundary_customers((kk.column("age") >= 18) | (kk.column("age") < 18) | kk.column("x").is_missing())
    assert useless[(useless["varied"] == "x") & useless["age"].notna()]["holds"].all()


def test_a_strategy_stands_for_its_condition():
    strategy = kk.Strategy(name="keep", when=CLIENT, objective="retain", reason="worth it")
    pd.testing.assert_frame_equal(truth_table(strategy), truth_table(CLIENT))
    pd.testing.assert_frame_equal(boundary_customers(kk.Rung(name="client", when=CLIENT)), boundary_customers(CLIENT))


@pytest.mark.parametrize("ask", [truth_table, boundary_customers])
def test_limits_that_cannot_be_seen(ask):
    local = kk.condition(lambda frame: frame["city"] == "Örebro", needs=["city"], text="lives in Örebro")
    with pytest.raises(CapabilityError) as caught:
        ask(CLIENT & local)
    assert str(caught.value) == (
        "the limits of `lives in Örebro` cannot be seen: it is a Python function.\n\n"
        "Hint: write it with kk.column(...), or try it on your own customers: kk.testing.check_rule(rule)."
    )
    with pytest.raises(CapabilityError) as caught:
        ask(lambda frame: frame["city"] == "Örebro")
    assert str(caught.value) == (
        "`rule` must be a condition, or have one: a function has no limits that can be seen.\n\n"
        "Hint: pass a condition, kk.column(...) >= 4, or a strategy or rung that has one."
    )


def test_a_truth_table_too_long_to_read():
    rule = kk.column("c0") >= 1
    for i in range(1, 8):
        rule &= kk.column(f"c{i}") >= 1
    with pytest.raises(CapabilityError) as caught:
        truth_table(rule)
    assert str(caught.value).startswith("a truth table has at most 20,000 rows, and `c0 is at least 1 and")
    assert str(caught.value).endswith("Hint: ask for the table of its parts, or kk.testing.boundary_customers(rule).")
    assert (boundary_customers(rule).groupby("varied")["holds"].sum() == 2).all()


# --- rules -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    [
        CLIENT,
        ~CLIENT,
        CLIENT | kk.column("abc").equals("A"),
        kk.column("typical_gap").is_missing() & (kk.column("purchase_days") >= 1),
        ~kk.column("regularity").is_missing(),
        kk.column("rung").is_missing(),
        kk.column("loudness") >= 11,
        kk.column("city").equals("Örebro"),
        kk.condition(lambda frame: frame["clv"] > frame["cost"], needs=["clv", "cost"], text="brings more"),
        kk.Strategy(name="keep", when=CLIENT, objective="retain", reason="worth it"),
        kk.Rung(name="client", when=CLIENT),
    ],
    ids=str,
)
def test_good_rules_pass(rule):
    check_rule(rule)


def test_every_rung_of_ours_passes():
    for ladder in (kk.CustomerLadder.kundkarriar(), kk.CustomerLadder.groups(), kk.CustomerLadder.loyalty()):
        for rung in ladder.rungs:
            check_rule(rung)


def test_a_good_function_passes():
    check_rule(lambda frame: frame["clv"] > 10)
    check_rule(lambda frame: frame["rung"].str.startswith("trial", na=False), kinds=["pandas"])
    check_rule(lambda frame: frame["clv"] > 10, needs=["clv"])


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_on_customers_of_ones_own(make):
    frame = make({"customer_id": [1, 2, 3], "city": ["Örebro", "Umeå", None]})
    local = kk.condition(lambda frame: frame["city"] == "Örebro", needs=["city"], text="lives in Örebro")
    check_rule(local, frame)


@pytest.mark.parametrize("values", [[5.0], [5.0, None], ["a"]])
def test_on_few_customers(values):
    """A column that is emptied keeps its type, also where one row has all that is known."""
    column = kk.column("x")
    check_rule(column.equals("a") if values == ["a"] else column > 1, pd.DataFrame({"x": values}))
    with pytest.raises(
        AssertionError, match="not hold where it cannot know, but in pandas it holds on row 0 where `x` is"
    ):
        check_rule(lambda frame: frame["x"] != 7.0, pd.DataFrame({"x": [7.0]}), needs=["x"], kinds=["pandas"])


class Remembers:
    """A violation that a single call does not show: the answer depends on the call before."""

    needs = ("clv",)

    def __init__(self):
        self.calls = 0

    def holds(self, frame):
        self.calls += 1
        return np.full(len(frame), self.calls == 1)

    def __str__(self):
        return "remembers"


class Peeks:
    """Reads a column that it does not declare."""

    needs = ("clv",)

    def holds(self, frame):
        values = frame["cost"] if "cost" in frame.columns else frame["clv"]
        return (values > 2).to_numpy() & (frame["clv"] > 0).to_numpy()

    def __str__(self):
        return "peeks"


class Needs:
    """Cannot do without a column that it does not declare."""

    needs = ("clv",)

    def holds(self, frame):
        return ((frame["clv"] > 0) & (frame["cost"] > 1)).to_numpy()

    def __str__(self):
        return "needs"


def changes(frame):
    frame["clv"] = frame["clv"].fillna(0)
    return frame["clv"] > 10


def adds(frame):
    frame["high"] = frame["clv"] > 10
    return frame["high"]


def reindexes(frame):
    answer = frame["clv"] > 10
    frame.index = range(len(frame))
    return answer


def kind_of_frame(frame):
    return (frame["clv"] > 10) if isinstance(frame, pd.DataFrame) else (frame["clv"] > 11)


PANDAS = {"kinds": ["pandas"]}
WRONG = {
    "one answer for all": (lambda frame: bool((frame["clv"] > 10).any()), PANDAS, (
        "the rule `<lambda>` must answer with one truth value per row, but in pandas it answers 120 rows with True."
    )),
    "too few answers": (lambda frame: (frame["clv"] > 10)[:-1], PANDAS, (
        "the rule `<lambda>` must answer with one truth value per row, but in pandas "
        "it answers 120 rows with 119 of bool."
    )),
    "numbers": (lambda frame: (frame["clv"] > 10) * 1, PANDAS, (
        "the rule `<lambda>` must answer with one truth value per row, but in pandas "
        "it answers 120 rows with 120 of int."
    )),
    "one library": (lambda frame: frame.loc[:, "clv"] > 10, {}, (
        "the rule `<lambda>` must not fail on customers, but in polars it raises AttributeError: "
        "'DataFrame' object has no attribute 'loc'."
    )),
    "two libraries, two answers": (kind_of_frame, {}, (
        "the rule `kind_of_frame` must answer alike in pandas and polars, but row 49 differs."
    )),
    "order of the rows": (lambda frame: frame["clv"].expanding().max() == frame["clv"], PANDAS, (
        "the rule `<lambda>` must not depend on the order of the rows, but in pandas row 0 differs."
    )),
    "company": (lambda frame: frame["clv"] > frame["clv"].median(), PANDAS, (
        "the rule `<lambda>` must look at one customer at a time, but in pandas the answer for row 0 "
        "depends on who else is in the frame."
    )),
    "changes a value": (changes, PANDAS, (
        "the rule `changes` must leave its input as it is, but in pandas the frame is changed afterwards."
    )),
    "adds a column": (adds, PANDAS, (
        "the rule `adds` must leave its input as it is, but in pandas the frame is changed afterwards."
    )),
    "changes the index": (reindexes, PANDAS, (
        "the rule `reindexes` must leave its input as it is, but in pandas the frame is changed afterwards."
    )),
    "empty frame": (lambda frame: frame["clv"] > (10 if frame["clv"].iloc[0] else 9), PANDAS, (
        "the rule `<lambda>` must not fail on an empty frame, but in pandas it raises IndexError: "
        "single positional indexer is out-of-bounds."
    )),
    "missing holds": (lambda frame: ~(frame["clv"] > 10), PANDAS, (
        "the rule `<lambda>` must not hold where it cannot know, but in pandas it holds on row 0 where `clv` is "
        "missing, though not where it is 85.0113 (to ask for missing values, write "
        'kk.column("clv").is_missing()).'
    )),
    "undeclared": (Needs(), {}, (
        "the rule `needs` must not fail on the columns it declares, ['clv'], but in pandas it raises "
        "KeyError: 'cost'."
    )),
    "peeks": (Peeks(), {}, (
        "the rule `peeks` must read no column but those it declares, ['clv'], but in pandas row 1 differs."
    )),
    "remembers": (Remembers(), {}, (
        "the rule `remembers` must not depend on the order of the rows, but in pandas row 0 differs."
    )),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "options", "sentence"), WRONG.values(), ids=WRONG)
def test_each_wrong_rule_is_seen(rule, options, sentence):
    with pytest.raises(AssertionError) as caught:
        check_rule(rule, **options)
    assert str(caught.value).partition("\n")[0] == sentence


def test_the_customer_at_whom_it_is_seen_is_shown():
    """The whole text: the law, the values that the rule reads, and the answers that differ."""
    frame = pd.DataFrame({"customer_id": [4, 8], "abc": ["A", None], "clv": [5.0, 12.5]})
    with pytest.raises(AssertionError) as caught:
        check_rule(lambda frame: frame["clv"] > frame["clv"].mean(), frame, **PANDAS)
    assert str(caught.value) == (
        "the rule `<lambda>` must look at one customer at a time, but in pandas the answer for row 1 depends on who "
        "else is in the frame.\n\n"
        "    customer_id   clv\n"
        "              8  12.5\n\n"
        "    among the others: holds\n"
        "    alone:            does not hold"
    )


def test_a_rule_about_unknown_columns():
    local = kk.condition(lambda frame: frame["city"] == "Örebro", needs=["city"], text="lives in Örebro")
    with pytest.raises(DataError) as caught:
        check_rule(local)
    assert str(caught.value) == (
        "the rule `lives in Örebro` asks for columns that made customers do not have: ['city'].\n\n"
        "Hint: pass customers of your own: kk.testing.check_rule(rule, frame)."
    )
    with pytest.raises(DataError) as caught:
        check_rule(CLIENT, pd.DataFrame({"customer_id": [1]}))
    assert "needs columns that are not there: ['purchase_days_12M', 'quarters_active_12M']" in str(caught.value)


def test_not_a_rule():
    with pytest.raises(CapabilityError) as caught:
        check_rule(4)
    assert str(caught.value) == (
        "`rule` must be a condition, or have one: a int has no limits that can be seen.\n\n"
        "Hint: pass a condition, kk.column(...) >= 4, or a strategy or rung that has one."
    )


def test_no_library_to_try():
    with pytest.raises(DataError) as caught:
        check_rule(CLIENT, kinds=["spark"])
    assert str(caught.value) == (
        "`kinds` must be different names, each one of 'pandas', 'polars', got ['spark'].\n\n"
        "Hint: write kinds=['pandas']."
    )
