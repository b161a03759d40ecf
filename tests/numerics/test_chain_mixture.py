"""Mixtures of chains: the EM, what is impossible, and known chains found again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.numerics import chain_calibration
from kundkarriar.numerics.chain_mixture import (
    FIRST_PRIOR,
    StepCounts,
    ahead,
    drawn_chains,
    fit_mixture,
    maximised,
    memberships,
    pooled_chain,
)

STAYERS = np.array([[0.95, 0.05], [0.05, 0.95]])
MOVERS = np.array([[0.4, 0.6], [0.6, 0.4]])


def careers(chains, shares, *, n=3000, length=12, seed=0):
    """Counts of simulated careers, and which chain each customer followed."""
    generator = np.random.default_rng(seed)
    S = len(chains[0])
    belongs = generator.choice(len(chains), n, p=shares)
    state = generator.integers(0, S, n)
    first, steps = state.copy(), np.zeros((n, S * S))
    for _ in range(length - 1):
        cumulated = np.cumsum(np.array(chains)[belongs, state], axis=1)
        then = (generator.random((n, 1)) > cumulated).sum(axis=1)
        np.add.at(steps, (np.arange(n), state * S + then), 1)
        state = then
    return StepCounts(first=first, steps=steps, weights=np.ones(n)), belongs


def fitted(counts, *, chains=2, mass=1.0, seed=1, rounds=500):
    distinct, _ = counts.distinct()
    pooled = pooled_chain(distinct.pooled())
    return fit_mixture(
        distinct, chains=chains, mass=mass, pooled=pooled, generator=np.random.default_rng(seed), rounds=rounds
    )


def test_two_known_chains_are_found_again():
    counts, belongs = careers([STAYERS, MOVERS], [0.6, 0.4])
    mixture = fitted(counts)
    order = np.argsort([P[0, 1] for P in mixture.P])
    assert mixture.P[order][0] == pytest.approx(STAYERS, abs=0.02)
    assert mixture.P[order][1] == pytest.approx(MOVERS, abs=0.03)
    assert mixture.weights[order] == pytest.approx([0.6, 0.4], abs=0.03)
    z, _ = memberships(counts, mixture)
    assert (z[:, order].argmax(axis=1) == belongs).mean() > 0.9


def test_one_chain_is_the_shrunken_share_of_steps():
    counts, _ = careers([MOVERS], [1.0])
    pooled = pooled_chain(counts.pooled())
    alone = fitted(counts, chains=1, mass=10.0)
    by_hand = counts.pooled() + 10.0 * pooled
    assert alone.P[0] == pytest.approx(by_hand / by_hand.sum(axis=1, keepdims=True))


def test_every_round_rises():
    """EM never lowers likelihood times prior."""
    counts, _ = careers([STAYERS, MOVERS], [0.5, 0.5], n=400)
    pooled = pooled_chain(counts.pooled())
    z = np.random.default_rng(3).dirichlet([1.0, 1.0], len(counts))
    first = (np.bincount(counts.first) + FIRST_PRIOR) / (len(counts) + 2 * FIRST_PRIOR)
    before = -np.inf
    for _ in range(30):
        mixture = maximised(counts, z, mass=2.0, pooled=pooled)
        z, evidence = memberships(counts, mixture)
        prior = (pooled * np.log(mixture.P)).sum() + (first * np.log(mixture.initial)).sum()
        height = evidence.sum() + 2.0 * prior + np.log(mixture.weights).sum()
        assert height > before - 1e-9
        before = height


def test_equal_careers_are_one_row():
    counts, _ = careers([STAYERS, MOVERS], [0.5, 0.5], n=500, length=4)
    distinct, inverse = counts.distinct()
    assert len(distinct) < len(counts) / 5
    assert distinct.weights.sum() == len(counts)
    assert np.array_equal(distinct.steps[inverse], counts.steps)
    assert np.array_equal(distinct.first[inverse], counts.first)
    assert distinct.pooled() == pytest.approx(counts.pooled())


def test_what_never_happened_though_it_was_due_is_impossible():
    """No way back to a first state that many have left; a rare step into a rare state stays possible."""
    steps = np.array([[200.0, 300.0, 0.0], [0.0, 500.0, 2.0], [0.0, 1.0, 0.0]])
    chain = pooled_chain(steps)
    assert chain[1, 0] == 0.0
    assert chain[2, 2] > 0.0
    assert chain[0, 2] > 0.0
    assert chain.sum(axis=1) == pytest.approx(np.ones(3))
    drawn = drawn_chains(
        maximised(
            StepCounts(first=np.zeros(1, int), steps=steps.reshape(1, 9), weights=np.ones(1)),
            np.ones((1, 1)),
            mass=10.0,
            pooled=chain,
        ),
        generator=np.random.default_rng(1),
    )
    assert drawn.P[0, 1, 0] == 0.0


def test_nobody_comes_back_to_where_all_only_left():
    """Few prospects among many others: the way back is impossible, though too rare to be expected by chance."""
    steps = np.array([[3.0, 6.0, 0.0], [0.0, 5000.0, 100.0], [0.0, 100.0, 3000.0]])
    chain = pooled_chain(steps)
    assert (chain[1:, 0] == 0.0).all()
    assert chain[0, 0] > 0.0
    assert (pooled_chain(np.array([[3.0, 2.0], [0.0, 5.0]]))[1, 0]) > 0.0


def test_customers_of_unknown_beginning_are_judged_by_their_steps_alone():
    counts, _ = careers([STAYERS, MOVERS], [0.5, 0.5], n=300)
    mixture = fitted(counts)
    unknown = StepCounts(first=np.full(300, -1), steps=counts.steps, weights=counts.weights)
    nothing = StepCounts(first=np.full(1, -1), steps=np.zeros((1, 4)), weights=np.ones(1))
    assert memberships(nothing, mixture)[0][0] == pytest.approx(mixture.weights)
    assert not np.allclose(memberships(unknown, mixture)[0], memberships(counts, mixture)[0])


@given(seed=st.integers(0, 100), horizon=st.integers(1, 8))
def test_forecasts_are_probabilities(seed, horizon):
    """They sum to 1 in every month ahead; one chain's are its powers."""
    counts, _ = careers([STAYERS, MOVERS], [0.5, 0.5], n=50, seed=seed)
    mixture = fitted(counts, rounds=5)
    z, _ = memberships(counts, mixture)
    p = ahead(mixture, belongs=z, state=counts.first, horizon=horizon)
    assert p.sum(axis=2) == pytest.approx(np.ones((50, horizon)))
    sure = np.tile([1.0, 0.0], (50, 1))
    power = np.linalg.matrix_power(mixture.P[0], horizon)
    assert ahead(mixture, belongs=sure, state=counts.first, horizon=horizon)[:, -1] == pytest.approx(
        power[counts.first]
    )


def test_scores_of_forecasts():
    """By hand: the loss of sure and right is 0, of sure and wrong 2 (Brier); a coin costs ln 2."""
    sure = np.eye(2)
    assert chain_calibration.log_loss(sure, actual=np.array([0, 1])) == 0.0
    assert chain_calibration.brier(sure, actual=np.array([1, 0])) == 2.0
    assert chain_calibration.log_loss(np.full((3, 2), 0.5), actual=np.zeros(3, int)) == pytest.approx(np.log(2))
