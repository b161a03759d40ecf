"""Segmentations judged by later value: what separates passes, chance does not; names and units do not matter."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk

CUT, UNTIL = "1997-09-30", "1998-06-30"
NUMBERS = [
    "eta_squared", "eta_squared_buying", "p_chance", "explained", "low", "high", "order_kept", "adjusted_rand",
]  # fmt: skip


@pytest.fixture(scope="module")
def cdnow() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rungs of the CDNOW sample in September 1997, and what came until June 1998."""
    calibration, holdout = kk.split(kk.datasets.load_cdnow(sample=True), at=CUT)
    later = kk.holdout_table(kk.summarize(calibration, as_of=CUT), holdout, until=UNTIL)
    customers = kk.CustomerLadder.kundkarriar().place(calibration, as_of=CUT)
    customers["group"] = kk.CustomerLadder.groups().place(calibration, as_of=CUT)["rung"]
    customers["value"] = kk.facts(calibration, as_of=CUT)["total_value"]
    return customers, later


def base(groups: object, values: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Customers 0 to n - 1 with the label `group`, and their later value."""
    customers = pd.DataFrame({"customer_id": np.arange(len(values)), "group": groups})
    return customers, pd.DataFrame({"customer_id": np.arange(len(values)), "value": np.asarray(values, dtype=float)})


def judged(customers: pd.DataFrame, later: pd.DataFrame, **given_: object) -> pd.Series:
    (row,) = kk.judge_segments(customers, later, **{"by": "group", "repeats": 50, **given_}).to_dict("records")
    return pd.Series(row)


@st.composite
def small(draw):
    """At least 8 customers in at most 4 groups, with values that differ."""
    n = draw(st.integers(8, 40))
    groups = draw(st.lists(st.sampled_from("abcd"), min_size=n, max_size=n))
    values = draw(st.lists(st.floats(-1e3, 1e4), min_size=n, max_size=n).filter(lambda each: np.ptp(each) > 1e-3))
    return np.array(groups), np.round(values, 4)


# ---------------------------------------------------------------------------------------------------------------------
# What it measures
# ---------------------------------------------------------------------------------------------------------------------


def test_eta_squared_is_the_share_between_groups(cdnow) -> None:
    """By its definition, in pandas: rungs .187, groups by rules .145 of what the CDNOW sample spent later."""
    customers, later = cdnow
    table = kk.judge_segments(customers, later, by=["rung", "group", ("rung", "group")])
    value = later["value"]
    for at, columns in enumerate((["rung"], ["group"], ["rung", "group"])):
        own = value.groupby([customers[column] for column in columns])
        expected = 1 - (value - own.transform("mean")).pow(2).sum() / (value - value.mean()).pow(2).sum()
        assert table["eta_squared"][at] == pytest.approx(expected, rel=1e-9)
        assert (table["groups"][at], table["smallest"][at]) == (own.ngroups, own.size().min())
    np.testing.assert_allclose(table["eta_squared"], [0.187, 0.145, 0.197], atol=5e-4)
    assert table["passed"].all()
    assert table["order_kept"].gt(0.9).all()


def test_out_of_sample_it_explains_the_planted_share() -> None:
    """Normal values, of whose variance groups hold .2: that is explained, and lies within the interval."""
    generator = np.random.default_rng(1)
    group = generator.integers(0, 4, 4000)
    shift = np.sqrt(0.25 / np.var(np.arange(4)))
    found = judged(*base(group, shift * group + generator.normal(size=len(group))))
    assert found["explained"] == pytest.approx(0.2, abs=0.02)
    assert found["low"] < 0.2 < found["high"]


def test_many_small_groups_of_noise_do_not_pass() -> None:
    """Pairs of customers hold half of any variance, and explain none of it."""
    generator = np.random.default_rng(2)
    found = judged(*base(np.arange(600) // 2, generator.normal(size=600)))
    assert found["eta_squared"] == pytest.approx(0.5, abs=0.08)
    assert found["explained"] < 0
    assert not found["passed"]


def test_what_is_there_but_foretells_nothing_does_not_pass() -> None:
    """Groups of four that differ a little: no chance, but two of them say less of the other two than all do."""
    generator = np.random.default_rng(5)
    group = np.arange(1600) // 4
    found = judged(*base(group, generator.normal(0, 0.35, 400)[group] + generator.normal(size=1600)))
    assert found["p_chance"] <= 0.05
    assert found["explained"] < 0
    assert not found["passed"]
    assert found["message"] == (
        "does not separate: means of groups in one half foretell the other half no better than one mean"
    )


def test_noise_reaches_its_own_eta_at_the_level() -> None:
    """Law: p_chance of schemes of noise is uniform, also of heavy tails: a tenth is at most .1."""
    generator, schemes = np.random.default_rng(3), [f"noise {number}" for number in range(150)]
    customers, later = base(0, np.where(generator.random(300) < 0.3, generator.lognormal(3, 1.5, 300), 0.0))
    noise = {name: generator.integers(0, 2 + number % 5, 300) for number, name in enumerate(schemes)}
    table = kk.judge_segments(pd.DataFrame(noise).assign(customer_id=customers["customer_id"]), later, by=schemes)
    below = (table["p_chance"] <= 0.1).sum()
    assert 15 - 3 * 3.7 <= below <= 15 + 3 * 3.7  # binomial, 3 standard deviations
    assert table["passed"].sum() <= 15


def test_a_segmenter_is_as_stable_as_its_groups() -> None:
    """Fifths of half of the customers are those of all but for their edges; groups by lot are others each time."""
    generator = np.random.default_rng(4)
    customers, later = base("one", generator.gamma(1.0, size=2000))
    customers["past"] = later["value"] + generator.gamma(1.0, size=2000)
    table = kk.judge_segments(
        customers,
        later,
        by="group",
        repeats=20,
        segmenters={
            "fifths": lambda frame: pd.qcut(frame["past"], 5),
            "by lot": lambda frame: list(generator.integers(0, 5, len(frame))),
        },
    ).set_index("segmentation")
    assert np.isnan(table.loc["group", "adjusted_rand"])
    assert 0.85 < table.loc["fifths", "adjusted_rand"] < 1
    assert abs(table.loc["by lot", "adjusted_rand"]) < 0.01
    assert table["passed"].to_dict() == {"group": False, "fifths": True, "by lot": False}


# ---------------------------------------------------------------------------------------------------------------------
# What does not change it
# ---------------------------------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(small(), st.randoms(use_true_random=False), st.floats(1e-3, 1e3), st.floats(-1e3, 1e3))
def test_order_names_and_units_change_nothing(made, random, unit, start) -> None:
    """Law: rows in any order, labels renamed, and amounts in another unit from another zero give the same numbers."""
    customers, later = base(*made)
    found = judged(customers, later)
    places = random.sample(range(len(customers)), len(customers))
    other = judged(
        customers.iloc[places].replace({"group": {"a": "z", "b": "a"}}),
        later.sort_values("value").assign(value=later["value"] * unit + start),
    )
    numbers = [name for name in NUMBERS if name != "eta_squared_buying"]
    np.testing.assert_allclose(other[numbers].astype(float), found[numbers].astype(float), atol=1e-6)


@settings(max_examples=25)
@given(small(), st.data())
def test_finer_groups_never_hold_less(made, data) -> None:
    """Law: groups split further have at least the eta squared of those before the split."""
    customers, later = base(*made)
    n = len(customers)
    customers["split"] = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    customers["copy"] = customers["group"]
    if customers.groupby(["group", "split"]).ngroups * 2 > n:
        customers["split"] = True
    both = kk.judge_segments(customers, later, by=["group", ("group", "split"), ("group", "copy")], repeats=10)
    coarse, fine, same = both["eta_squared"]
    assert fine >= coarse - 1e-12
    assert same == pytest.approx(coarse)


@pytest.mark.parametrize("factor", [1e-90, 1e95])
def test_any_currency(factor, cdnow) -> None:
    """Squares of amounts neither overflow nor vanish."""
    customers, later = cdnow
    usual = judged(customers, later)[NUMBERS].astype(float)
    other = judged(customers, later.assign(value=later["value"] * factor))[NUMBERS].astype(float)
    np.testing.assert_allclose(other, usual, atol=1e-9)


def test_polars_as_pandas(cdnow) -> None:
    """The same numbers, in a frame of the kind given."""
    customers, later = (
        frame[["customer_id", *columns]] for frame, columns in zip(cdnow, (["rung", "lapsed"], ["value"]), strict=True)
    )
    by = ["rung", ("rung", "lapsed")]
    usual = kk.judge_segments(customers, later, by=by, repeats=20)
    in_polars = [pl.DataFrame({name: frame[name].to_list() for name in frame}) for frame in (customers, later)]
    other = kk.judge_segments(*in_polars, by=by, repeats=20)
    assert isinstance(other, pl.DataFrame)
    assert other.columns == list(usual.columns)
    assert other["segmentation"].to_list() == ["rung", "rung x lapsed"]
    np.testing.assert_array_equal(other.select(NUMBERS[:-1]).to_numpy(), usual[NUMBERS[:-1]].to_numpy())
    assert other["adjusted_rand"].null_count() == 2


# ---------------------------------------------------------------------------------------------------------------------
# What cannot be judged, and what is refused
# ---------------------------------------------------------------------------------------------------------------------


def test_customers_without_a_label_are_a_group() -> None:
    """A missing label is a group of its own, and counted."""
    found = judged(*base(["a", None, "b", "a", np.nan, "b", "a", None], [1, 5, 2, 1, 5, 2, 1, 5]))
    assert (found["groups"], found["unlabelled"], found["eta_squared"]) == (3, 3, 1.0)


def test_one_group_does_not_separate() -> None:
    """Its eta squared is 0, and it fails."""
    found = judged(*base("all", [1.0, 2.0, 3.0]))
    assert (found["eta_squared"], found["explained"]) == pytest.approx((0, 0), abs=1e-12)
    assert not found["passed"]
    assert found["message"] == "does not separate: all customers are in one group"
    assert np.isnan(found["order_kept"])


@pytest.mark.parametrize("values", [[0.3, 0.1 + 0.2, 0.3, 0.3], [0.0] * 4, []])
def test_equal_values_cannot_be_judged(values) -> None:
    """It is said that nothing was checked."""
    found = judged(*base((["a", "b"] * 2)[: len(values)], values))
    assert (found["passed"], found["informative"]) == (True, False)
    assert found["message"] == "not checked: customers do not differ in `value`"
    assert np.isnan(found["eta_squared"])


def test_losses_and_purchases_are_values() -> None:
    """Negative amounts count; a table without amounts is judged by purchases."""
    customers, later = base(["a", "b"] * 10, [-5.0, -1.0] * 10)
    found = judged(customers, later)
    assert found["eta_squared"] == pytest.approx(1)
    assert np.isnan(found["eta_squared_buying"])
    counted = judged(customers, later.rename(columns={"value": "purchases"}).abs())
    assert counted["message"].startswith("separates: 2 groups hold 100.0% of the variance of `purchases`")


def test_others_in_the_holdout_are_left_out_aloud() -> None:
    """Newcomers were in no segment."""
    customers, later = base(["a", "b"] * 5, np.arange(10.0))
    with pytest.warns(kk.DataWarning, match="judge_segments: 3 customers of the holdout are not in `customers`"):
        found = judged(customers.iloc[:7], later)
    assert found["customers"] == 7


REFUSED = {
    "customers outside the holdout": (
        lambda c, h: (c, h.iloc[2:]),
        {},
        """judge_segments needs each customer in the holdout, with 0 for those who did not buy: broken by 2 of 10 rows.

row  customer_id
  0            0
  1            1

Hint: kk.holdout_table(summary, holdout, until=...) has a row for each customer of the summary.""",
    ),
    "an amount for each row of transactions": (
        lambda c, h: (c, pd.concat([h, h.head(1)], ignore_index=True)),
        {},
        """judge_segments needs one row per customer in `customer_id`: broken by 2 of 11 rows.

row  customer_id
  0            0
 10            0

Hint: kk.holdout_table(summary, holdout, until=...) has a row for each customer of the summary.""",
    ),
    "amounts as labels": (
        lambda c, h: (c.assign(group=np.sqrt(np.arange(len(c)))), h),
        {},
        """judge_segments takes at most 1,000 groups, of two customers each on average: 'group' has 10 of 10 customers.

Hint: cut numbers into fifths first: pd.qcut(column, 5, labels=False, duplicates="drop") in pandas, .qcut(5) in \
polars; put rare labels together.""",
    ),
    "lists as labels": (
        lambda c, h: (c.assign(group=[[each] for each in c["group"]]), h),
        {},
        """judge_segments needs labels that are text, numbers, dates or truth values: those of 'group' cannot be told \
apart.

Hint: make them text.""",
    ),
    "a missing later value": (
        lambda c, h: (c, h.assign(value=[np.nan, *h["value"][1:]])),
        {},
        """judge_segments needs finite numbers in `value`: broken by 1 of 10 rows.

row  customer_id    value
  0            0  missing

Hint: look at these rows; repair or leave out what has no `value`.""",
    ),
    "another column": (
        lambda c, h: (c, h),
        {"by": ["group", ("group", "sex")]},
        """judge_segments needs columns that are not there: ['sex'].

Hint: the DataFrame has ['customer_id', 'group'].""",
    ),
    "no scheme": (
        lambda c, h: (c, h),
        {"by": []},
        """`by` must be schemes, each the name of a column or several crossed; at least one, got [].

Hint: write by=["rung", ("rung", "abc")].""",
    ),
    "a scheme twice": (
        lambda c, h: (c, h),
        {"segmenters": {"group": len}},
        """judge_segments judges each scheme once, these stand twice: ['group'].

Hint: write by=["rung", ("rung", "abc")].""",
    ),
    "a segmenter of too few labels": (
        lambda c, h: (c, h),
        {"segmenters": {"first": lambda frame: frame["group"].head(2)}},
        """judge_segments needs one label of each of the 10 customers from the segmenter 'first'.

Hint: return a column of labels: lambda frame: frame['value_12M'] > 100.""",
    ),
}


@pytest.mark.parametrize(("change", "given_", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(change, given_, message) -> None:
    """The whole message."""
    with pytest.raises(kk.DataError) as error:
        judged(*change(*base(["a", "b"] * 5, np.arange(10.0))), **given_)
    assert str(error.value) == message
