"""Hidden chains against sums over every path of states, and slopes against differences."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kundkarriar.numerics.hmm import emissions, ordered_logit
from kundkarriar.numerics.hmm.em import covariance, fit_hidden
from kundkarriar.numerics.hmm.forward_backward import expected, forward, paths_of
from kundkarriar.numerics.hmm.objective import HiddenSurface
from kundkarriar.numerics.hmm.parameters import HiddenChain, HiddenCoordinates, tables
from kundkarriar.numerics.hmm.posterior import HiddenPosterior
from kundkarriar.numerics.optimize.bfgs import climb
from kundkarriar.numerics.optimize.ordered_parameters import coordinates_of, pulled_back, rising

CHAIN = HiddenChain(
    initial=[[0.3, 0.5, 0.2], [0.6, 0.3, 0.1]],
    mu=[[1.5, 3.5], [-1.5, 2.0], [-3.0, -1.2]],
    rho=[[0.8, -0.3], [0.5, 0.0], [0.2, 0.4]],
    m=[0.1, 1.0, 5.0],
    k=[1.0, 3.0, 6.0],
)


def some_paths(*, seed=0, opened=False, contacts=2, n=40, longest=4):
    """Random months of a few customers: paths, which is whose, and the arrays they were made of."""
    generator = np.random.default_rng(seed)
    lengths = generator.integers(1, longest + 1, n)
    start = np.concatenate([[0], np.cumsum(lengths)])
    y = generator.poisson(1.5, start[-1])
    if opened:
        y[start[:-1]] += 1
    a = generator.integers(0, 3, (start[-1], contacts)).astype(float)
    known = generator.random(n) < 0.6
    paths, which = paths_of(y=y, a=a, start=start, known=known, opened=opened)
    return paths, which, (y, a, start, known)


def by_hand(y, a, *, known, opened):
    """Probability of each path of states together with the counts, by multiplication."""
    P = CHAIN.P(a)
    f = np.exp(emissions.log_counts(y.astype(float), m=CHAIN.m, k=CHAIN.k))
    first = np.exp(emissions.log_opening(y[:1].astype(float), m=CHAIN.m, k=CHAIN.k))[:, 0]
    found = {}
    for states in product(range(3), repeat=len(y)):
        p = CHAIN.initial[0 if known else 1, states[0]] * (first[states[0]] if opened else f[states[0], 0])
        for t in range(1, len(y)):
            p *= P[t - 1, states[t - 1], states[t]] * f[states[t], t]
        found[states] = p
    return found


@pytest.mark.parametrize("opened", [False, True])
def test_forward_sums_over_every_path_of_states(opened):
    paths, which, (y, a, start, known) = some_paths(opened=opened)
    done = forward(paths, tables(CHAIN, y=paths.y, a=paths.a, opened=opened))
    evidence, last = done.log_evidence[which], done.last(paths)[which]
    for n in range(len(which)):
        rows = slice(start[n], start[n + 1])
        every = by_hand(y[rows], a[rows], known=known[n], opened=opened)
        total = sum(every.values())
        assert evidence[n] == pytest.approx(np.log(total), rel=1e-12)
        ends = [sum(p for states, p in every.items() if states[-1] == s) / total for s in range(3)]
        assert last[n] == pytest.approx(ends, rel=1e-10)


@pytest.mark.parametrize("opened", [False, True])
def test_expected_states_and_moves_sum_over_every_path_too(opened):
    paths, which, (y, a, start, known) = some_paths(opened=opened, n=12)
    found, total = expected(paths, tables(CHAIN, y=paths.y, a=paths.a, opened=opened))
    initial, steps = np.zeros((2, 3)), np.zeros((3, 3))
    counts, first, evidence = np.zeros((3, len(paths.y))), np.zeros((3, len(paths.y))), 0.0
    for n in range(len(which)):
        rows = slice(start[n], start[n + 1])
        every = by_hand(y[rows], a[rows], known=known[n], opened=opened)
        whole = sum(every.values())
        evidence += np.log(whole)
        at = np.searchsorted(paths.y, y[rows])
        for states, p in every.items():
            initial[0 if known[n] else 1, states[0]] += p / whole
            first[states[0], at[0]] += p / whole
            for t in range(1, len(states)):
                steps[states[t - 1], states[t]] += p / whole
                counts[states[t], at[t]] += p / whole
    assert total == pytest.approx(evidence, rel=1e-12)
    assert found.initial == pytest.approx(initial, rel=1e-10)
    assert found.steps.sum(axis=0) == pytest.approx(steps, rel=1e-10)
    assert found.counts == pytest.approx(counts, rel=1e-10)
    assert found.first == pytest.approx(first, rel=1e-10)


@given(st.integers(1, 4), st.integers(0, 2), st.booleans(), st.booleans(), st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_slopes_are_differences(states, contacts, poisson, opened, seed):
    """Of log-likelihood and prior, in every coordinate, wherever one stands."""
    paths, _, _ = some_paths(seed=seed, opened=opened, contacts=contacts)
    coordinates = HiddenCoordinates(states=states, contacts=contacts, poisson=poisson)
    surface = HiddenSurface(paths=paths, coordinates=coordinates)
    theta = np.random.default_rng(seed).normal(0.0, 0.7, len(coordinates))
    _, slope = surface.height(theta)
    for at in range(len(theta)):
        step = np.eye(len(theta))[at] * 1e-5
        by_difference = (surface.height(theta + step)[0] - surface.height(theta - step)[0]) / 2e-5
        assert slope[at] == pytest.approx(by_difference, rel=1e-5, abs=1e-4)


def test_customers_alike_are_one_path():
    y = np.array([1, 0, 1, 0, 1, 0, 2])
    paths, which = paths_of(
        y=y,
        a=np.zeros((7, 0)),
        start=np.array([0, 2, 4, 6, 7]),
        known=np.array([True, True, False, True]),
        opened=True,
    )
    assert len(paths) == 3
    assert sorted(paths.weights.tolist()) == [1.0, 1.0, 2.0]
    assert which[0] == which[1]
    assert len(set(which.tolist())) == 3
    assert (np.diff(paths.months) <= 0).all()


def test_moves_are_differences_of_logistic_functions_and_rows_sum_to_one():
    a = np.array([[0.0, 0.0], [2.0, 1.0]])
    P = np.exp(ordered_logit.log_moves(mu=CHAIN.mu, rho=CHAIN.rho, a=a))
    below = 1 / (1 + np.exp(-(CHAIN.mu - (a @ CHAIN.rho.T)[:, :, None])))
    plain = np.diff(np.concatenate([np.zeros((2, 3, 1)), below, np.ones((2, 3, 1))], axis=2), axis=2)
    assert pytest.approx(plain, rel=1e-12) == P
    assert P.sum(axis=2) == pytest.approx(np.ones((2, 3)))


def test_far_out_no_digits_cancel():
    """Thresholds of 40 and 41: the middle probability is 2.7e-18, not 0."""
    mu = np.tile([40.0, 41.0], (3, 1))
    P = np.exp(ordered_logit.log_moves(mu=mu, rho=np.zeros((3, 0)), a=np.zeros((1, 0))))
    assert P[0, 0, 1] == pytest.approx(np.exp(-40) - np.exp(-41), rel=1e-9)


def test_counts_are_those_of_scipy():
    y, m, k = np.arange(12.0), np.array([0.02, 4.0, 4.0]), np.array([0.5, 2.0, np.inf])
    ours = emissions.log_counts(y, m=m, k=k)
    assert ours[0] == pytest.approx(stats.nbinom.logpmf(y, 0.5, 0.5 / 0.52), rel=1e-10)
    assert ours[1] == pytest.approx(stats.nbinom.logpmf(y, 2.0, 2.0 / 6.0), rel=1e-10)
    assert ours[2] == pytest.approx(stats.poisson.logpmf(y, 4.0), rel=1e-10)


def test_opening_counts_sum_to_one_without_zero():
    y = np.arange(1.0, 400.0)
    opening = np.exp(emissions.log_opening(y, m=CHAIN.m, k=CHAIN.k))
    assert opening.sum(axis=1) == pytest.approx(np.ones(3))


def test_coordinates_stand_for_one_chain():
    coordinates = HiddenCoordinates(states=3, contacts=2, poisson=False)
    again = coordinates.chain(coordinates.theta(CHAIN))
    for name in ("initial", "mu", "rho", "m", "k"):
        assert getattr(again, name) == pytest.approx(getattr(CHAIN, name), rel=1e-9), name


@given(st.lists(st.floats(-2, 2), min_size=1, max_size=5))
def test_rising_numbers_and_back(free):
    """Coordinates give rising numbers, and slopes are carried over as the chain rule says."""
    x = np.array(free)
    values = rising(x)
    assert (np.diff(values) > 0).all()
    assert coordinates_of(values) == pytest.approx(x, abs=1e-9)
    slopes = np.arange(1.0, len(x) + 1)
    steps = np.eye(len(x)) * 1e-6
    differences = [(slopes @ rising(x + step) - slopes @ rising(x - step)) / 2e-6 for step in steps]
    assert pulled_back(x, slopes) == pytest.approx(differences, rel=1e-6)


def test_a_climb_finds_the_top_and_stops_at_edges():
    def valley(theta):
        x, y = theta
        return -((1 - x) ** 2) - 100 * (y - x * x) ** 2, np.array(
            [2 * (1 - x) + 400 * x * (y - x * x), -200 * (y - x * x)]
        )

    start, wide = np.array([-1.2, 1.0]), np.full(2, 5.0)
    top, value, slope = climb(valley, start, low=-wide, high=wide, steps=300, flat=1e-8)
    assert top == pytest.approx([1.0, 1.0], abs=1e-6)
    assert value == pytest.approx(0.0, abs=1e-10)
    edge, _, slope = climb(valley, start, low=-wide, high=np.array([0.5, 5.0]), steps=300, flat=1e-8)
    assert edge == pytest.approx([0.5, 0.25], abs=1e-6)
    assert slope[0] == 0.0


def test_as_sure_as_the_fit_says():
    """Rows of moves are drawn with the spread of the coordinates, and around the fit."""
    generator = np.random.default_rng(3)
    state, months = generator.integers(0, 2, 400), []
    for _ in range(12):
        months.append(generator.poisson(np.array([0.2, 4.0])[state]))
        state = np.where(generator.random(400) < 0.2, 1 - state, state)
    paths, _ = paths_of(
        y=np.stack(months, axis=1).ravel(),
        a=np.zeros((4800, 0)),
        start=np.arange(401) * 12,
        known=np.ones(400, dtype=bool),
        opened=False,
    )
    coordinates = HiddenCoordinates(states=2, contacts=0, poisson=True)
    surface = HiddenSurface(paths=paths, coordinates=coordinates)
    fit = fit_hidden(surface, starts=1, generator=generator)
    assert fit.converged
    assert fit.covariance == pytest.approx(covariance(surface, fit.theta))
    chain = coordinates.chain(fit.theta)
    posterior = HiddenPosterior(
        chain=chain, coordinates=coordinates, covariance=fit.covariance, scale=np.ones(0), centre=np.zeros(0)
    )
    drawn = np.stack([each.P(np.zeros((1, 0)))[0] for each in posterior.drawn(2000, generator)])
    P = chain.P(np.zeros((1, 0)))[0]
    assert drawn.mean(axis=0) == pytest.approx(P, abs=0.003)
    at = coordinates.parts(np.arange(float(len(coordinates))))["mu"][:, 0].astype(int)
    by_delta = np.sqrt(np.diag(fit.covariance)[at]) * P[:, 0] * P[:, 1]
    assert drawn[:, :, 0].std(axis=0) == pytest.approx(by_delta, rel=0.1)
    assert by_delta == pytest.approx(np.sqrt(0.16 / 2400) * np.ones(2), rel=0.4)
