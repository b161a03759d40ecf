"""Measures of accuracy, on forecasts whose quality is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kundkarriar.numerics.forecast import accuracy

COUNTS = arrays(float, st.integers(2, 40), elements=st.integers(0, 6).map(float))


@st.composite
def forecasts(draw):
    """A forecast and an outcome of the same customers, with many ties."""
    actual = draw(COUNTS)
    predicted = draw(arrays(float, len(actual), elements=st.integers(0, 4).map(float)))
    return {"predicted": predicted, "actual": actual}


def by_definition(predicted, actual):
    """The ratio of two Gini coefficients, each the mean over the orders that ties leave open: by brute force."""
    n = len(actual)

    def of_order(key):
        place = [np.mean([np.sum(key < k) + 1, np.sum(key <= k)]) for k in key]
        return sum((2 * p - n - 1) * a for p, a in zip(place, actual, strict=True)) / (n * actual.sum())

    return of_order(predicted) / of_order(actual)


@given(forecasts())
def test_gini_is_the_ratio_of_two_gini_coefficients(both):
    """Of the outcome in the forecast's order, over that in its own; none where all outcomes are equal."""
    found = accuracy.normalised_gini(**both)
    if len(np.unique(both["actual"])) == 1:
        assert found is None
    else:
        assert found == pytest.approx(by_definition(**both), abs=1e-12)
        assert -1 - 1e-12 <= found <= 1 + 1e-12


@given(COUNTS)
def test_gini_is_one_for_the_outcome_itself_and_zero_for_one_forecast_for_all(actual):
    """Only the order counts; backwards is -1."""
    if len(np.unique(actual)) > 1:
        assert accuracy.normalised_gini(predicted=np.exp(actual), actual=actual) == pytest.approx(1)
        assert accuracy.normalised_gini(predicted=-actual, actual=actual) == pytest.approx(-1)
        assert accuracy.normalised_gini(predicted=np.ones_like(actual), actual=actual) == 0.0


@given(forecasts(), st.integers(0, 2**16))
def test_measures_do_not_depend_on_the_order_of_customers(both, seed):
    """A permutation of the customers changes nothing."""
    order = np.random.default_rng(seed).permutation(len(both["actual"]))
    other = {name: values[order] for name, values in both.items()}
    for measure in (accuracy.bias, accuracy.mean_error, accuracy.mae, accuracy.rmse, accuracy.normalised_gini):
        assert measure(**other) == pytest.approx(measure(**both), nan_ok=True)


@given(forecasts())
def test_errors_bound_each_other(both):
    """|mean error| <= mae <= rmse, and the bias is the mean error over the mean outcome."""
    mean, mae, rmse = (of(**both) for of in (accuracy.mean_error, accuracy.mae, accuracy.rmse))
    assert abs(mean) <= mae + 1e-12 <= rmse + 2e-12
    bias = accuracy.bias(**both)
    assert bias is None if both["actual"].sum() == 0 else bias == pytest.approx(mean / both["actual"].mean())


@given(forecasts(), st.integers(1, 12))
def test_equal_forecasts_stay_together_and_higher_ones_come_first(both, count):
    """Groups run from 1 for the highest forecast, and never part equals."""
    predicted = both["predicted"]
    group = accuracy.groups(predicted=predicted, count=count)
    assert ((group >= 1) & (group <= count)).all()
    order = np.argsort(-predicted, kind="stable")
    assert (np.diff(group[order]) >= 0).all()
    assert all(len(np.unique(group[predicted == value])) == 1 for value in predicted)


def test_groups_without_ties_are_of_equal_size():
    """Deciles of a hundred different forecasts have ten customers each."""
    group = accuracy.groups(predicted=np.random.default_rng(1).permutation(100).astype(float), count=10)
    assert np.bincount(group)[1:].tolist() == [10] * 10
