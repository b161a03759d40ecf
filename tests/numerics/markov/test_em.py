"""Mixtures of chains: EM, impossible steps, and recovery of known chains."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betaincinv

from kundkarriar.numerics.markov import step_counts
from kundkarriar.numerics.markov.dirichlet_rows import shrunk_to_pooled
from kundkarriar.numerics.markov.em import fit_mixture, m_step, random_classes
from kundkarriar.numerics.markov.mixture import class_probabilities, draw_chains, state_probabilities
from kundkarriar.numerics.markov.pooled_chain import FIRST_PRIOR, UNSEEN_PRIOR_STEPS, pooled_chain, possible_steps
from kundkarriar.numerics.markov.step_counts import StepCounts, thinned

STAYERS = np.array([[0.95, 0.05], [0.05, 0.95]])
MOVERS = np.array([[0.4, 0.6], [0.6, 0.4]])


def careers(chains, shares, *, n=3000, length=12, seed=0):
    """Counts of simulated careers, a row each, and which chain each customer followed."""
    path, belongs = paths(chains, shares, n=n, length=length, seed=seed)
    S = len(chains[0])
    steps = np.zeros((n, S * S))
    for now, then in itertools.pairwise(path.T):
        np.add.at(steps, (np.arange(n), now * S + then), 1)
    return StepCounts(first=path[:, 0], steps=steps, weights=np.ones(n)), belongs


def paths(chains, shares, *, n, length, seed=0):
    """Simulated states, (n, length), and which chain each customer followed."""
    generator = np.random.default_rng(seed)
    belongs = generator.choice(len(chains), n, p=shares)
    path = [generator.integers(0, len(chains[0]), n)]
    for _ in range(length - 1):
        cumulated = np.cumsum(np.array(chains)[belongs, path[-1]], axis=1)
        path.append((generator.random((n, 1)) > cumulated).sum(axis=1))
    return np.stack(path, axis=1), belongs


def fitted(counts, *, chains=2, mass=1.0, seed=1, rounds=500):
    z = random_classes(counts, chains=chains, generator=np.random.default_rng(seed))
    return fit_mixture(counts, z, mass=mass, pooled=pooled_chain(counts.pooled()), rounds=rounds)


def test_two_known_chains_are_found_again():
    counts, belongs = careers([STAYERS, MOVERS], [0.6, 0.4])
    mixture = fitted(counts)
    order = np.argsort([P[0, 1] for P in mixture.P])
    assert mixture.P[order][0] == pytest.approx(STAYERS, abs=0.02)
    assert mixture.P[order][1] == pytest.approx(MOVERS, abs=0.03)
    assert mixture.weights[order] == pytest.approx([0.6, 0.4], abs=0.03)
    z, _ = class_probabilities(counts, mixture)
    assert (z[:, order].argmax(axis=1) == belongs).mean() > 0.9


def test_one_chain_is_the_shrunken_share_of_steps():
    counts, _ = careers([MOVERS], [1.0])
    pooled = pooled_chain(counts.pooled())
    alone = fitted(counts, chains=1, mass=10.0)
    by_hand = counts.pooled() + 10.0 * pooled
    assert alone.P[0] == pytest.approx(by_hand / by_hand.sum(axis=1, keepdims=True))


def test_weights_have_one_prior_customer_a_chain():
    """Chains that nobody follows keep a weight, and it is that of one customer."""
    counts, _ = careers([STAYERS], [1.0], n=10)
    pooled = pooled_chain(counts.pooled())
    z = np.tile([1.0, 0.0, 0.0], (10, 1))
    assert m_step(counts, z, mass=1.0, pooled=pooled).weights == pytest.approx(np.array([11, 1, 1]) / 13)


def test_every_iteration_raises_the_posterior():
    """EM never lowers likelihood times prior."""
    counts, _ = careers([STAYERS, MOVERS], [0.5, 0.5], n=400)
    pooled = pooled_chain(counts.pooled())
    z = np.random.default_rng(3).dirichlet([1.0, 1.0], len(counts))
    first = (np.bincount(counts.first) + FIRST_PRIOR) / (len(counts) + 2 * FIRST_PRIOR)
    before = -np.inf
    for _ in range(30):
        mixture = m_step(counts, z, mass=2.0, pooled=pooled)
        z, log_likelihood = class_probabilities(counts, mixture)
        prior = (pooled * np.log(mixture.P)).sum() + (first * np.log(mixture.initial)).sum()
        value = log_likelihood.sum() + 2.0 * prior + np.log(mixture.weights).sum()
        assert value > before - 1e-9
        before = value


def test_equal_careers_are_one_row():
    """First states and counts of steps of customers are those of their rows, whatever the blocks of the counting."""
    path, _ = paths([STAYERS, MOVERS], [0.5, 0.5], n=500, length=4)
    single, _ = careers([STAYERS, MOVERS], [0.5, 0.5], n=500, length=4)
    given = {"start": np.arange(0, 2001, 4), "known": np.arange(500) % 3 > 0, "rungs": np.arange(2)}
    counts, row = StepCounts.of(path.ravel().astype(np.int8), **given)
    assert len(counts) < 100
    assert counts.weights.tolist() == np.bincount(row).tolist()
    assert np.array_equal(counts.steps.toarray()[row], single.steps.toarray())
    assert np.array_equal(counts.first[row], np.where(given["known"], single.first, -1))
    assert counts.pooled() == pytest.approx(single.pooled())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(step_counts, "BLOCK", 7)
        again, same = StepCounts.of(path.ravel(), **given)
    assert np.array_equal(same, row)
    assert (again.steps != counts.steps).nnz == 0


def test_customers_of_other_covariates_are_other_rows():
    path, design = np.zeros(8, int), np.array([[0.5], [0.5], [-1.0], [0.5]])
    counts, row = StepCounts.of(path, np.arange(0, 9, 2), known=np.ones(4, bool), rungs=np.arange(2), design=design)
    assert counts.design[row].tolist() == design.tolist()
    assert sorted(counts.weights) == [1, 3]


@given(weights=st.lists(st.integers(1, 1000), min_size=1, max_size=80), seed=st.integers(0, 1000))
def test_a_sample_of_careers_keeps_the_frequent_ones_and_the_number_of_customers(weights, seed):
    """Of rows in proportion to their weights, it has about the asked number: those of more than the common weight in
    full, others with it."""
    weights, size = np.array(weights, float), max(len(weights) // 3, 1)
    sample = thinned(weights, size=size, generator=np.random.default_rng(seed))
    assert abs((sample > 0).sum() - size) <= 1
    unit = sample[sample > 0].min()
    assert sample.sum() == pytest.approx(weights.sum(), abs=unit + 1e-6)
    assert np.array_equal(sample[sample > unit], weights[sample > unit])


def test_samples_have_the_right_weights_on_average():
    weights = np.array([1.0, 2.0, 3.0, 40.0])
    generator = np.random.default_rng(1)
    mean = np.mean([thinned(weights, size=2, generator=generator) for _ in range(4000)], axis=0)
    assert mean == pytest.approx(weights, abs=0.15)


def test_steps_that_were_expected_and_never_seen_are_impossible():
    """No way back to a first state that many have left; a rare step into a rare state stays possible."""
    steps = np.array([[200.0, 300.0, 0.0], [0.0, 500.0, 2.0], [0.0, 1.0, 0.0]])
    chain = pooled_chain(steps)
    assert chain[1, 0] == 0.0
    assert chain[2, 2] > 0.0
    assert chain[0, 2] > 0.0
    assert chain.sum(axis=1) == pytest.approx(np.ones(3))
    drawn = draw_chains(
        m_step(
            StepCounts(first=np.zeros(1, int), steps=steps.reshape(1, 9), weights=np.ones(1)),
            np.ones((1, 1)),
            mass=10.0,
            pooled=chain,
        ),
        generator=np.random.default_rng(1),
    )
    assert drawn.P[0, 1, 0] == 0.0


@given(counts=st.lists(st.integers(0, 400), min_size=16, max_size=16), mass=st.floats(0.1, 100.0))
def test_steps_not_seen_are_as_likely_in_every_chain_and_impossible_ones_are_0(counts, mass):
    """Rows are probabilities, and 0 only for impossible steps. Steps that were never seen have the pooled probability,
    staying in a state that all left included."""
    halves = np.random.default_rng(sum(counts)).binomial(counts, 0.3)
    steps = np.stack([halves, np.array(counts) - halves]).reshape(2, 4, 4).astype(float)
    together = steps.sum(axis=0)
    pooled = pooled_chain(together)
    P, _ = shrunk_to_pooled(steps, mass=mass, pooled=pooled)
    assert P.sum(axis=2) == pytest.approx(np.ones((2, 4)))
    assert np.array_equal(P > 0, np.stack([possible_steps(together)] * 2))
    unseen = (together == 0) & (together.any(axis=1, keepdims=True) | ~np.eye(4, dtype=bool))
    for chain in P:
        assert chain[unseen] == pytest.approx(pooled[unseen])


@given(n=st.integers(1, 500), mass=st.floats(0.1, 100.0))
def test_prior_mass_adds_no_knowledge_to_one_chain(n, mass):
    """The Dirichlet mass of a row is its own steps and at most one more, however large the prior mass."""
    steps = np.array([[[40.0, 30.0], [n / 3, 2 * n / 3]]])
    _, weight = shrunk_to_pooled(steps, mass=mass, pooled=pooled_chain(steps[0]))
    assert n < weight[0, 1] < n + 1


@pytest.mark.parametrize("mass", [0.3, 3.0, 30.0])
@pytest.mark.parametrize("stayed", [0.0, 68.0])
def test_where_nobody_left_the_probability_of_leaving_has_a_wide_interval(stayed, mass):
    """A beta of mean 1 / (n + 12) with a wide 90 % interval: from below a tenth of the mean to three times the mean."""
    steps = np.array([[[40.0, 30.0], [0.0, stayed]]])
    P, weight = shrunk_to_pooled(steps, mass=mass, pooled=pooled_chain(steps[0]))
    leaving = P[0, 1, 0]
    low, high = betaincinv(weight[0, 1] * leaving, weight[0, 1] * (1 - leaving), [0.05, 0.95])
    assert low < 0.1 * leaving
    assert 3 * leaving < high < 5 * leaving


def test_the_mass_of_a_row_grows_with_the_support_of_the_other_chains():
    """By hand: 10 own steps, prior mass 5, and a chain of 20 steps, whose support is 20 x 5 / 25 = 4; 4 + 1 = 5."""
    steps = np.array([[[5.0, 5.0], [1.0, 1.0]], [[10.0, 10.0], [1.0, 1.0]]])
    _, weight = shrunk_to_pooled(steps, mass=5.0, pooled=pooled_chain(steps.sum(axis=0)))
    assert weight[0, 0] == pytest.approx(10 + 5 * 5 / (5 + 5))


def test_draws_are_as_uncertain_as_steps_without_a_way_out_are():
    """No way out in 68 steps: the 95 % bound is 1 - .05^(1/68) = .043. Impossible steps are 0 in every draw."""
    steps = np.array([[200.0, 50.0, 0.0], [0.0, 300.0, 40.0], [0.0, 0.0, 68.0]])
    counts = StepCounts(first=np.zeros(1, int), steps=steps.reshape(1, 9), weights=np.ones(1))
    mixture = m_step(counts, np.ones((1, 1)), mass=3.0, pooled=pooled_chain(steps))
    generator = np.random.default_rng(1)
    drawn = np.stack([draw_chains(mixture, generator=generator).P[0] for _ in range(4000)])
    leaving = drawn[:, 2, 1]
    assert np.quantile(leaving, 0.95) == pytest.approx(0.043, abs=0.006)
    assert np.quantile(leaving, 0.05) < 0.001
    assert leaving.mean() == pytest.approx(mixture.P[0, 2, 1], abs=0.001)
    assert (drawn[:, 1:, 0] == 0).all()


@given(n=st.integers(1, 499), mass=st.floats(0.1, 100.0))
def test_staying_that_was_never_seen_is_as_uncertain_as_the_steps_allow(n, mass):
    """After n steps that all led out, staying has a beta of mean 1 / (n + 1), whatever the prior mass.

    The Dirichlet mass is n to n + 1. With n + 1 the 95 % bound is 1 - .05^(1/n); with n the beta is the widest.
    """
    steps = np.array([[[0.0, n], [20.0, 300.0]]])
    P, weight = shrunk_to_pooled(steps, mass=mass, pooled=pooled_chain(steps[0]))
    stays = P[0, 0, 0]
    assert stays == pytest.approx(1 / (n + 1))
    high = betaincinv(weight[0, 0] * stays, weight[0, 0] * (1 - stays), 0.95)
    widest = betaincinv(n / (n + 1), n * n / (n + 1), 0.95)
    assert 1 - 0.05 ** (1 / n) <= high <= widest


def test_a_state_that_nobody_was_in_is_neither_entered_nor_begun_in():
    """Its initial probability and steps into it are 0; its own row is mostly staying."""
    counts, _ = careers([STAYERS, MOVERS], [0.5, 0.5], n=200)
    wider = np.zeros((200, 3, 3))
    wider[:, :2, :2] = counts.steps.toarray().reshape(200, 2, 2)
    known = StepCounts(first=counts.first, steps=wider.reshape(200, 9), weights=counts.weights)
    mixture = fitted(known, mass=10.0)
    assert (mixture.initial[:, 2] == 0).all()
    assert (mixture.P[:, :2, 2] == 0).all()
    assert mixture.P[:, 2, 2] == pytest.approx([1 - 1 / UNSEEN_PRIOR_STEPS] * 2)


def test_customers_of_unknown_beginning_are_judged_by_their_steps_alone():
    counts, _ = careers([STAYERS, MOVERS], [0.5, 0.5], n=300)
    mixture = fitted(counts)
    unknown = StepCounts(first=np.full(300, -1), steps=counts.steps, weights=counts.weights)
    nothing = StepCounts(first=np.full(1, -1), steps=np.zeros((1, 4)), weights=np.ones(1))
    assert class_probabilities(nothing, mixture)[0][0] == pytest.approx(mixture.weights)
    assert not np.allclose(class_probabilities(unknown, mixture)[0], class_probabilities(counts, mixture)[0])


@given(seed=st.integers(0, 100), horizon=st.integers(1, 8))
def test_forecasts_are_probabilities(seed, horizon):
    """They sum to 1 in every month ahead; those of a single chain are the powers of its matrix."""
    counts, _ = careers([STAYERS, MOVERS], [0.5, 0.5], n=50, seed=seed)
    mixture = fitted(counts, rounds=5)
    z, _ = class_probabilities(counts, mixture)
    p = state_probabilities(mixture, z=z, state=counts.first, horizon=horizon)
    assert p.sum(axis=2) == pytest.approx(np.ones((50, horizon)))
    sure = np.tile([1.0, 0.0], (50, 1))
    power = np.linalg.matrix_power(mixture.P[0], horizon)
    assert state_probabilities(mixture, z=sure, state=counts.first, horizon=horizon)[:, -1] == pytest.approx(
        power[counts.first]
    )
