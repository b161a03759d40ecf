"""Numbers of customers in the months ahead: sums over customers, in closed form."""

import numpy as np
import pytest

from kundkarriar.ladder.movement.numbers_ahead import NumbersAhead
from kundkarriar.ladder.movement.reached import absorbing
from kundkarriar.numerics.markov.mixture import Mixture, class_probabilities, state_probabilities
from kundkarriar.numerics.markov.step_counts import StepCounts


@pytest.mark.parametrize("season", [False, True])
@pytest.mark.parametrize("target", [None, np.array([False, False, True])])
def test_mean_and_variance_are_those_of_customers_one_by_one(season, target):
    """Of independent customers who are in a state with probability p, sums of p and of p (1 - p)."""
    generator, n, K, S, months = np.random.default_rng(3), 60, 2, 3, 4
    chains = Mixture(
        weights=[0.3, 0.7],
        initial=generator.dirichlet(np.ones(S), K),
        P=generator.dirichlet(np.ones(S), (K, S)),
        seen=np.ones((K, S)),
    )
    counts = StepCounts(
        first=generator.integers(0, S, n), steps=generator.integers(0, 3, (n, S * S)), weights=np.ones(n)
    )
    state = generator.integers(0, S, n)
    log_tilt = generator.normal(size=(months, S)) if season else None
    numbers = NumbersAhead.of(
        [chains], counts, np.arange(n), state=state, months=months, log_tilt=log_tilt, target=target
    )
    z, _ = class_probabilities(counts, chains)
    moving = (
        chains
        if target is None
        else Mixture(weights=chains.weights, initial=chains.initial, P=absorbing(chains.P, target), seen=chains.seen)
    )
    p = state_probabilities(moving, z=z, state=state, horizon=months, log_tilt=log_tilt)
    if target is not None:
        p = p[:, :, target] * np.eye(S)[state][:, None]
    assert numbers.expected() == pytest.approx(p.sum(axis=0))
    mean, variance = numbers._mean_and_variance(chains)
    assert mean == pytest.approx(p.sum(axis=0))
    assert variance == pytest.approx((p * (1 - p)).sum(axis=0))


def test_sure_customers_have_no_variance():
    """Nobody leaves a state that is left by nobody: rounding is no spread."""
    chains = Mixture(weights=[0.3, 0.7], initial=[[1.0, 0.0]] * 2, P=[np.eye(2)] * 2, seen=np.ones((2, 2)))
    counts = StepCounts(first=np.zeros(7, int), steps=np.eye(7, 4) * 3, weights=np.ones(7))
    numbers = NumbersAhead.of(
        [chains], counts, np.arange(7), state=np.zeros(7, int), months=3, log_tilt=None, target=None
    )
    assert (numbers._mean_and_variance(chains)[1] == 0).all()
