"""The adjusted Rand index by pairs of customers."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.numerics.segments.adjusted_rand import adjusted_rand

partitions = st.integers(2, 12).flatmap(
    lambda n: st.tuples(*(st.lists(st.integers(0, 4), min_size=n, max_size=n).map(np.array) for _ in range(2)))
)


@given(partitions)
def test_it_is_the_agreement_on_pairs_less_chance(both) -> None:
    """Law: pairs that both partitions keep together, less those expected, by the definition pair by pair."""
    first, second = both
    pairs = list(combinations(range(len(first)), 2))
    in_first, in_second = ({pair for pair in pairs if each[pair[0]] == each[pair[1]]} for each in both)
    expected = len(in_first) * len(in_second) / len(pairs)
    most = (len(in_first) + len(in_second)) / 2
    found = adjusted_rand(first=first, second=second)
    if most == pytest.approx(expected):
        assert found == 1.0
    else:
        assert found == pytest.approx((len(in_first & in_second) - expected) / (most - expected))


@given(partitions)
def test_names_and_order_do_not_matter(both) -> None:
    """Law: it is symmetric, and groups may be renamed."""
    first, second = both
    found = adjusted_rand(first=first, second=second)
    assert adjusted_rand(first=second, second=4 - first) == pytest.approx(found)
    assert adjusted_rand(first=first, second=7 - first) == 1.0


def test_published_example() -> None:
    """Yeung and Ruzzo (2001), Bioinformatics 17(9), details of the adjusted Rand index: ten objects, .313."""
    table = np.array([[1, 1, 0], [1, 2, 1], [0, 0, 4]])
    first, second = (np.repeat(axis, table.ravel()) for axis in np.indices(table.shape).reshape(2, -1))
    assert adjusted_rand(first=first, second=second) == pytest.approx(0.313, abs=5e-4)


def test_partitions_at_random_agree_by_chance() -> None:
    """0 on average, whatever the sizes of the groups."""
    generator = np.random.default_rng(1)
    found = [adjusted_rand(first=generator.integers(0, 3, 60), second=generator.integers(0, 7, 60)) for _ in range(400)]
    assert abs(np.mean(found)) < 4 * np.std(found) / np.sqrt(len(found))
