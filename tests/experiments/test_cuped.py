"""The adjustment by the outcome before: by hand, and where it is left alone."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.numerics.experiments.cuped import cuped

RNG = np.random.default_rng(1)


def test_theta_and_rho_by_hand():
    """Oracle: within arms cov / var and the correlation; the mean of all customers stays."""
    arm = np.repeat([0, 1], 500)
    before = RNG.gamma(1.0, 10.0, 1_000) + 5.0 * arm
    outcome = 0.5 * before + RNG.normal(0, 5, 1_000) + 3.0 * arm
    found = cuped(outcome=outcome, before=before, arm=arm, group=0 * arm, weight=np.ones(1_000), arms=2)
    within = [np.cov(outcome[arm == a], before[arm == a]) for a in (0, 1)]
    covariance = sum(within)
    assert found.theta == pytest.approx(covariance[0, 1] / covariance[1, 1])
    assert found.rho == pytest.approx(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))
    assert found.adjusted.mean() == pytest.approx(outcome.mean())
    left = sum(np.var(found.adjusted[arm == a]) for a in (0, 1)) / sum(np.var(outcome[arm == a]) for a in (0, 1))
    assert left == pytest.approx(1 - found.rho**2)


@pytest.mark.parametrize(
    ("slope", "n", "used"), [(0.05, 40_000, False), (0.2, 40_000, True), (0.2, 100, False), (0.0, 40_000, False)]
)
def test_it_is_used_where_it_helps(slope, n, used):
    """Law: not for a share of the variance below one in a hundred, however sure; not where chance may have made it."""
    before = RNG.normal(0, 1, n)
    outcome = slope * before + RNG.normal(0, 1, n)
    one = np.zeros(n, np.int64)
    found = cuped(outcome=outcome, before=before, arm=np.arange(n) % 2, group=one, weight=np.ones(n), arms=2)
    assert found.used == used
    assert (found.adjusted is outcome) != used


def test_a_constant_tells_nothing():
    arm, one = np.arange(6) % 2, np.zeros(6, np.int64)
    found = cuped(outcome=np.arange(6.0), before=np.ones(6), arm=arm, group=one, weight=np.ones(6), arms=2)
    assert (found.theta, found.rho) == (0.0, 0.0)


def test_groups_keep_their_levels():
    """Law: the mean of a group over its arms stays, and so do ratios in a group and profits at margins of the arms."""
    rng, n = np.random.default_rng(2), 40_000
    mailed = pd.DataFrame({"arm": rng.choice(["none", "mail"], n), "size": rng.choice(["small", "big"], n)})
    level = np.where(mailed["size"] == "big", 200.0, 10.0)
    mailed["before"] = level * rng.gamma(4.0, 0.25, n)
    mailed["spend"] = 0.8 * mailed["before"] + level * rng.gamma(1.0, 0.2, n)
    mailed.loc[mailed["arm"] == "mail", "spend"] *= 1.2
    spec = {"treatment": "arm", "control": "none", "outcome": "spend", "outcome_is": "revenue", "by": "size"}
    plain, adjusted = (kk.Experiment(**spec, before=before).fit(mailed) for before in (None, "before"))
    assert adjusted.theta > 0.5
    for size in ("small", "big"):
        effect, other = (fitted.effect("mail", group=size) for fitted in (adjusted, plain))
        assert effect.low < 1.2 < effect.high
        assert effect.high - effect.low < 0.7 * (other.high - other.low)
    sums, raw = (fitted.fold_sums.total for fitted in (adjusted, plain))
    np.testing.assert_allclose(sums.wy.sum(axis=-1), raw.wy.sum(axis=-1))
    assert not adjusted.policy(margin={"none": 0.5, "mail": 0.45}, cost=0).differs
