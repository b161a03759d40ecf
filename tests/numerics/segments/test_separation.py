"""Separation of values by groups: what halves of noise tell each other, and exact cases."""

import numpy as np
import pytest

from kundkarriar.numerics.segments.separation import eta_squared, separations, standardised


def separated(values, group, *, repeats=20, seed=1):
    (found,) = separations(
        standardised(np.asarray(values, dtype=float)), [group], repeats=repeats, generator=np.random.default_rng(seed)
    )
    return found


def test_halves_of_noise_tell_each_other_nothing() -> None:
    """Over many samples of noise the order of means is kept half of the time, and nothing is explained."""
    generator = np.random.default_rng(1)
    several = [separated(generator.normal(size=60), np.arange(60) % 4, seed=at) for at in range(300)]
    kept = np.array([each.order_kept.mean() for each in several])
    explained = np.array([each.explained.mean() for each in several])
    assert abs(kept.mean() - 0.5) < 4 * kept.std() / np.sqrt(len(kept))
    # a group mean of 7.5 values has the variance 1 / 7.5, that of all 1 / 30
    assert explained.mean() == pytest.approx(-(1 / 7.5 - 1 / 30), abs=0.03)


def test_of_four_customers_by_hand() -> None:
    """Values 0, 1, 4, 5 in groups a a b b: each halving splits both groups, or puts one in each half.

    Within 0, 4 and 1, 5 the means of a half, 0 and 4, miss 1 and 5 by 1 each, and their mean 2 by 1 and 3: 1 - 2 / 10
    one way. 0, 5 and 1, 4: from 0 and 5 the misses are 1 and 1 against 1.5 and 1.5: 1 - 2 / 4.5; back again 1 and 1
    against 2.5 and 2.5: 1 - 2 / 12.5. A whole group tells the other nothing: 0.
    """
    found = separated([0, 1, 4, 5], np.array([0, 0, 1, 1]), repeats=200)
    assert sorted({round(each, 9) for each in found.explained}) == pytest.approx([0, 5 / 9, 0.8, 0.84])
    assert set(found.order_kept[np.isfinite(found.order_kept)]) == {1.0}
    assert np.isnan(found.order_kept).any()
    assert found.eta_squared == pytest.approx(16 / 17)
    # of three ways to pair four values only this one and its mirror reach 16 / 17
    assert found.p_chance == pytest.approx(1 / 3, abs=0.12)


def test_several_partitions_are_judged_as_alone() -> None:
    """Law: the same shuffles and halvings, whatever is judged beside."""
    generator = np.random.default_rng(2)
    values, groups = generator.gamma(1.0, size=50), [generator.integers(0, 3, 50), np.arange(50) % 7]
    z = standardised(values)
    together = separations(z, groups, repeats=10, generator=np.random.default_rng(1))
    for each, group in zip(together, groups, strict=True):
        alone = separated(values, group, repeats=10)
        for name in ("shuffled", "explained", "order_kept"):
            np.testing.assert_allclose(getattr(each, name), getattr(alone, name), atol=1e-12)
        assert each.eta_squared == eta_squared(z, group)
