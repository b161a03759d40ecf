"""The Hypothesis strategy of customers: columns that go together, few and plain rows where something fails."""

import builtins

import hypothesis
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings

import kundkarriar as kk
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.testing import customers

FEW = settings(max_examples=25, database=None)
CAREER = {
    "customer_id", "p_alive", "p_leaves", "p_purchase", "expected_purchases", "clv", "value_at_risk", "abc",
    "cumulative_share", "priority", "priority_rank", "purchase_days", "purchase_days_12M", "value_12M", "rung",
    "rung_number", "lapsed", "paused", "highest_rung", "group", "first_purchase", "reason",
}  # fmt: skip


@FEW
@given(customers())
def test_columns_go_together(frame):
    """Law: what a career computes from one history agrees, whoever is drawn."""
    assert set(frame.columns) >= CAREER
    assert frame["customer_id"].tolist() == list(range(1, len(frame) + 1))
    buyers = frame[frame["purchase_days"] > 0]
    np.testing.assert_allclose(buyers["net_value"], buyers["clv"] - buyers["cost"])
    np.testing.assert_allclose(buyers["clv"], 0.3 * buyers["expected_revenue"])
    assert buyers["p_alive"].between(0, 1).all()
    assert (buyers["purchase_days_12M"] <= buyers["purchase_days"]).all()
    assert ((buyers["abc"] == "D") == (buyers["net_value"] <= 0)).all()
    names = kk.CustomerLadder.kundkarriar().names
    assert [names[int(at) - 1] for at in frame["rung_number"]] == frame["rung"].tolist()
    prospects = frame[frame["purchase_days"] == 0]
    assert (prospects["rung"] == "prospect").all()
    assert prospects[["p_alive", "clv", "abc", "rank", "first_purchase"]].isna().all(axis=None)


@FEW
@given(customers(min_size=2, max_size=6))
def test_classes_and_ranks_are_among_those_drawn(frame):
    """Law: who is worth most of those drawn has rank 1, and is in A where anybody is worth something."""
    assert 2 <= len(frame) <= 6
    if (frame["net_value"] > 0).any():
        best = frame.loc[frame["net_value"].idxmax()]
        assert (best["rank"], best["abc"]) == (1, "A")
        again = kk.ABCClassifier().classify(frame.drop(columns=["abc", "cumulative_share"]))
        pd.testing.assert_series_equal(again["abc"], frame["abc"])


@settings(max_examples=10, database=None)
@given(customers(kind="polars", ladder=kk.CustomerLadder.groups()))
def test_in_polars_on_another_ladder(frame):
    """Law: the columns have their types whoever is drawn, prospects alone and nobody too."""
    assert isinstance(frame, pl.DataFrame)
    assert frame.schema["clv"] == pl.Float64
    assert frame.schema["rung"] == pl.String
    assert set(frame["rung"]) <= set(kk.CustomerLadder.groups().names)
    kk.StrategyPlanner.default().playbook.strategies[0].when.holds(frame)


def test_events_that_a_ladder_asks_for_occur():
    """Every rung of the ladders with events is somebody's."""
    for ladder in (kk.CustomerLadder.loyalty(), kk.CustomerLadder.kundkarriar(least_satisfaction=3.0)):
        drawn, quick = customers(ladder=ladder), settings(max_examples=200, database=None)
        for name in ladder.names:
            found = hypothesis.find(drawn, lambda frame, name=name: name in frame["rung"].tolist(), settings=quick)
            assert found["rung"].tolist() == [name]


def shrunk(law, **options):
    """The smallest customers for whom a law fails, as Hypothesis finds them."""
    smallest = []

    @settings(database=None, derandomize=True)
    @given(customers(**options))
    def check(frame):
        if not law(frame):
            smallest.append(frame)
            raise AssertionError

    with pytest.raises(AssertionError):
        check()
    return smallest[-1]


def test_failing_examples_shrink_to_one_plain_customer():
    rich = shrunk(lambda frame: not (frame["clv"] > 100).any())
    assert len(rich) == 1
    unknown = shrunk(lambda frame: frame["clv"].notna().all(), columns=["customer_id", "clv", "rung"])
    assert unknown["rung"].tolist() == ["prospect"]
    assert unknown.columns.tolist() == ["customer_id", "clv", "rung"]
    anybody = shrunk(lambda frame: len(frame) < 2)
    assert anybody["purchase_days"].tolist() == [1, 1]


def test_a_failing_example_shows_the_customers():
    """The frame, and not how it was drawn."""

    @settings(database=None, derandomize=True)
    @given(customers(columns=["customer_id", "rung"]))
    def check(frame):
        assert "prospect" not in frame["rung"].tolist()

    with pytest.raises(AssertionError) as caught:
        check()
    assert "0            1  prospect" in "\n".join(caught.value.__notes__)


def test_a_ladder_with_a_function_that_has_no_hash():
    """Such a ladder is placed anew each time."""

    class Often:
        __hash__ = None

        def __call__(self, frame):
            return frame["purchase_days"] >= 5

    often = kk.condition(Often(), needs=["purchase_days"], text="often")
    ladder = kk.CustomerLadder(
        rungs=(kk.Rung(name="new", when=kk.column("purchase_days") >= 0), kk.Rung(name="often", when=often))
    )
    example = shrunk(lambda frame: "often" not in frame["rung"].tolist(), ladder=ladder)
    assert example["purchase_days"].tolist() == [5]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_size": 5, "max_size": 2}, "`min_size` must not exceed `max_size`: 5 and 2.\n\nHint: write max_size=5."),
        ({"kind": "spark"}, "`kind` must be one of 'pandas', 'polars', got 'spark'.\n\nHint: write kind='pandas'."),
        ({"ladder": "loyalty"}, "`ladder` must be a kk.CustomerLadder, got 'loyalty'.\n\nHint: kk.CustomerLadder("),
        ({"columns": ["clvv"]}, "`columns` needs columns that are not there: ['clvv']"),
    ],
)
def test_arguments_that_are_refused(options, message):
    with pytest.raises(DataError) as caught:
        customers(**options)
    assert str(caught.value).startswith(message)


def test_without_hypothesis(monkeypatch, message_of):
    """It is an extra, imported when it is asked for."""
    real = builtins.__import__

    def without(name, *arguments, **options):
        if name.partition(".")[0] == "hypothesis":
            raise ImportError(name)
        return real(name, *arguments, **options)

    assert hypothesis
    monkeypatch.setattr(builtins, "__import__", without)
    assert message_of(CapabilityError, customers) == (
        'a strategy of customers needs hypothesis, which is not installed.\n\nHint: pip install "kundkarriar[testing]"'
    )
