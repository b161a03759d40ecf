"""Labels of ordered classes: as many as expected, in the order of their probabilities, equal rows alike."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.numerics.special.mixture_labels import expected_size_labels

ROWS = st.lists(st.tuples(*[st.integers(0, 9)] * 3).filter(any), min_size=1, max_size=40)


def probabilities(rows):
    given = np.array(rows, dtype=float)
    return given / given.sum(axis=1, keepdims=True)


@given(rows=ROWS, seed=st.integers(0, 9))
def test_sizes_are_the_expected_ones(rows, seed):
    """Law: the first class has as many rows as expected, up to half of those at its border, and the likeliest ones."""
    p = probabilities(rows)
    label = expected_size_labels(p, np.ones(len(p)))
    _, ties = np.unique(p[:, 0].round(12), return_counts=True)
    first = label == 0
    assert abs(first.sum() - p[:, 0].sum()) <= ties.max() / 2 + 1e-9
    assert p[first, 0].min(initial=1) >= p[~first, 0].max(initial=0) - 1e-12
    order = np.random.default_rng(seed).permutation(len(p))
    assert expected_size_labels(p[order], np.ones(len(p))).tolist() == label[order].tolist()


@given(rows=ROWS, times=st.integers(1, 5))
def test_a_row_may_stand_for_several_customers(rows, times):
    """Law: rows that stand for several customers are labelled as those customers are, and equal rows alike."""
    p = probabilities(rows)
    label = expected_size_labels(p, np.full(len(p), float(times)))
    repeated = np.repeat(p, times, axis=0)
    assert expected_size_labels(repeated, np.ones(len(repeated))).tolist() == np.repeat(label, times).tolist()


def test_distinct_rows_fill_each_class_to_its_rounded_size():
    p = np.random.default_rng(1).dirichlet([1.0, 3.0, 5.0], 5_000)
    label = expected_size_labels(p, np.ones(len(p)))
    assert (label == 0).sum() == round(p[:, 0].sum())
    assert (label <= 1).sum() == round(p[:, :2].sum())
    rest = label > 0
    assert p[rest & (label == 2), 2].min() >= p[rest & (label == 1), 2].max()
