"""Tests of balance: exact values, and how often they refuse what was drawn at random, and what was not."""

import numpy as np
import pytest
from scipy import stats

from kundkarriar.numerics.experiments.balance import arms_by_groups, arms_by_values, sample_ratio, weights_by_groups

RNG = np.random.default_rng(5)


def test_sample_ratio_is_pearsons():
    """Oracle: scipy.stats.chisquare."""
    count, share = np.array([520.0, 480.0, 250.0]), np.array([0.4, 0.4, 0.2])
    assert sample_ratio(count=count, share=share) == pytest.approx(stats.chisquare(count, 1250 * share).pvalue)


def test_arms_by_groups_is_pearsons():
    """Oracle: scipy.stats.chi2_contingency; groups too small for it are one."""
    count = np.array([[60.0, 40.0, 55.0], [45.0, 61.0, 50.0]])
    assert arms_by_groups(count=count) == pytest.approx(stats.chi2_contingency(count, correction=False).pvalue)
    small = np.array([[2.0, 3.0, 1.0], [3.0, 1.0, 2.0], [4.0, 4.0, 4.0]])
    together = stats.chi2_contingency(np.vstack([count, small.sum(axis=0)])).pvalue
    assert arms_by_groups(count=np.vstack([count, small])) == pytest.approx(together)


def test_arms_by_values_is_kruskal_and_wallis():
    """Oracle: scipy.stats.kruskal, in large samples, with ties."""
    values, arm = np.round(RNG.gamma(0.5, 5.0, 3_000)), RNG.integers(0, 3, 3_000)
    values += np.round(0.2 * arm)
    wanted = stats.kruskal(*(values[arm == each] for each in range(3))).pvalue
    assert arms_by_values(values=values, arm=arm, weight=np.ones(3_000), arms=3) == pytest.approx(wanted, rel=0.02)


def test_what_is_the_same_for_all_differs_in_no_arm():
    """Law: a constant has probability 1; an arm without scatter is no proof by itself."""
    arm = np.repeat([0, 1], 5)
    assert arms_by_values(values=np.zeros(10), arm=arm, weight=np.ones(10), arms=2) == 1.0
    split = arms_by_values(values=arm.astype(float), arm=arm, weight=np.ones(10), arms=2)
    assert 1e-3 < split < 0.02


@pytest.mark.parametrize("arms", [2, 3])
def test_drawn_as_stated_is_refused_as_rarely_as_promised(arms):
    """Law: with chances of .02 to .98, one p in a hundred lies below .01, but for luck; wrong chances are seen."""
    p_values, wrong = [], []
    for _ in range(120):
        value, group = RNG.lognormal(0, 2, 1_500), RNG.integers(0, 4, 1_500)
        last = np.clip(1 / (1 + np.exp(1 - np.log1p(value))), 0.02, 0.98)
        chance = np.stack([*([(1 - last) / (arms - 1)] * (arms - 1)), last], axis=1)
        arm = (RNG.random(1_500)[:, None] > chance.cumsum(axis=1)).sum(axis=1).clip(max=arms - 1)
        of = {"arm": arm, "arms": arms}
        weight = 1 / chance[np.arange(1_500), arm]
        p_values.append(weights_by_groups(weight=weight, group=group, groups=4, **of))
        p_values.append(arms_by_values(values=value, weight=weight, **of))
        wrong.append(weights_by_groups(weight=1 / last, group=np.zeros_like(group), groups=1, **of))
        wrong.append(arms_by_values(values=value, weight=np.ones(1_500), **of))
    assert np.mean(np.array(p_values) < 0.01) < 0.035
    assert np.mean(np.array(wrong) < 0.001) == 1.0


def test_weights_of_three_arms_by_hand():
    """Oracle: a sum of 400 for 600 customers has the variance (sum w^2 - sum w) (600 / 400)^2."""
    arm, group = np.repeat([0, 1, 2], 200), np.zeros(600, dtype=np.int64)
    weight = np.repeat([2.0, 3.0, 3.0], 200)
    z = 200 / np.sqrt((800 - 400) * 1.5**2)
    assert weights_by_groups(weight=weight, arm=arm, group=group, arms=3, groups=1) == pytest.approx(
        3 * 2 * stats.norm.sf(z), rel=1e-6
    )
