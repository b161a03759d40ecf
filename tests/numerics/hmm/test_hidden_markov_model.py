"""The hidden Markov model against sums over every path of states, and gradients against differences."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kundkarriar.numerics.hmm import emissions, ordered_logit
from kundkarriar.numerics.hmm.em import covariance, fit_hmm
from kundkarriar.numerics.hmm.forward_backward import e_step, forward, sequences_of
from kundkarriar.numerics.hmm.objective import PosteriorObjective
from kundkarriar.numerics.hmm.parameters import HiddenMarkovModel, UnconstrainedHMM, probability_tables
from kundkarriar.numerics.hmm.posterior import HMMPosterior

MODEL = HiddenMarkovModel(
    initial=[[0.3, 0.5, 0.2], [0.6, 0.3, 0.1]],
    mu=[[1.5, 3.5], [-1.5, 2.0], [-3.0, -1.2]],
    rho=[[0.8, -0.3], [0.5, 0.0], [0.2, 0.4]],
    m=[0.1, 1.0, 5.0],
    k=[1.0, 3.0, 6.0],
)


def some_sequences(*, seed=0, opened=False, contacts=2, n=40, longest=4):
    """Random months of a few customers: sequences, each customer's position among them, and their arrays."""
    generator = np.random.default_rng(seed)
    lengths = generator.integers(1, longest + 1, n)
    start = np.concatenate([[0], np.cumsum(lengths)])
    y = generator.poisson(1.5, start[-1])
    if opened:
        y[start[:-1]] += 1
    a = generator.integers(0, 3, (start[-1], contacts)).astype(float)
    known = generator.random(n) < 0.6
    sequences, which = sequences_of(y=y, a=a, start=start, known=known, opened=opened)
    return sequences, which, (y, a, start, known)


def by_hand(y, a, *, known, opened):
    """Probability of each path of states together with the counts, by multiplication."""
    P = MODEL.P(a)
    m, k = MODEL.m[:, None], MODEL.k[:, None]
    f = np.exp(emissions.log_counts(y.astype(float), m=m, k=k))
    first = np.exp(emissions.log_opening(y[:1].astype(float), m=m, k=k))[:, 0]
    p_paths = {}
    for states in product(range(3), repeat=len(y)):
        p = MODEL.initial[0 if known else 1, states[0]] * (first[states[0]] if opened else f[states[0], 0])
        for t in range(1, len(y)):
            p *= P[t - 1, states[t - 1], states[t]] * f[states[t], t]
        p_paths[states] = p
    return p_paths


@pytest.mark.parametrize("opened", [False, True])
def test_forward_sums_over_every_path_of_states(opened):
    sequences, which, (y, a, start, known) = some_sequences(opened=opened)
    passed = forward(sequences, probability_tables(MODEL, y=sequences.y, a=sequences.a, opened=opened))
    log_likelihood, last = passed.log_likelihood[which], passed.last(sequences)[which]
    for n in range(len(which)):
        rows = slice(start[n], start[n + 1])
        every = by_hand(y[rows], a[rows], known=known[n], opened=opened)
        total = sum(every.values())
        assert log_likelihood[n] == pytest.approx(np.log(total), rel=1e-12)
        ends = [sum(p for states, p in every.items() if states[-1] == s) / total for s in range(3)]
        assert last[n] == pytest.approx(ends, rel=1e-10)


@pytest.mark.parametrize("opened", [False, True])
def test_expected_states_and_steps_sum_over_every_path_too(opened):
    sequences, which, (y, a, start, known) = some_sequences(opened=opened, n=12)
    expected_counts, total = e_step(sequences, probability_tables(MODEL, y=sequences.y, a=sequences.a, opened=opened))
    initial, steps = np.zeros((2, 3)), np.zeros((3, 3))
    counts, first, log_likelihood = np.zeros((3, len(sequences.y))), np.zeros((3, len(sequences.y))), 0.0
    for n in range(len(which)):
        rows = slice(start[n], start[n + 1])
        every = by_hand(y[rows], a[rows], known=known[n], opened=opened)
        whole = sum(every.values())
        log_likelihood += np.log(whole)
        at = np.searchsorted(sequences.y, y[rows])
        for states, p in every.items():
            initial[0 if known[n] else 1, states[0]] += p / whole
            first[states[0], at[0]] += p / whole
            for t in range(1, len(states)):
                steps[states[t - 1], states[t]] += p / whole
                counts[states[t], at[t]] += p / whole
    assert total == pytest.approx(log_likelihood, rel=1e-12)
    assert expected_counts.initial == pytest.approx(initial, rel=1e-10)
    assert expected_counts.steps.sum(axis=0) == pytest.approx(steps, rel=1e-10)
    assert expected_counts.counts == pytest.approx(counts, rel=1e-10)
    assert expected_counts.first == pytest.approx(first, rel=1e-10)


@given(st.integers(1, 4), st.integers(0, 2), st.booleans(), st.booleans(), st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_gradient_is_a_difference(states, contacts, poisson, opened, seed):
    """Of log-likelihood plus log prior, in every parameter, at any point."""
    sequences, _, _ = some_sequences(seed=seed, opened=opened, contacts=contacts)
    space = UnconstrainedHMM(states=states, contacts=contacts, poisson=poisson)
    objective = PosteriorObjective(sequences=sequences, unconstrained=space)
    theta = np.random.default_rng(seed).normal(0.0, 0.7, len(space))
    _, gradient = objective.value_and_gradient(theta)
    for at in range(len(theta)):
        step = np.eye(len(theta))[at] * 1e-5
        by_difference = (
            objective.value_and_gradient(theta + step)[0] - objective.value_and_gradient(theta - step)[0]
        ) / 2e-5
        assert gradient[at] == pytest.approx(by_difference, rel=1e-5, abs=1e-4)


@pytest.mark.parametrize("poisson", [False, True])
def test_the_prior_is_half_a_customer_a_first_state_one_step_a_state_and_normals(poisson):
    """Of every parameter: Dirichlet counts of first states and of steps, and the normals that the module names."""
    sequences, _, (_, a, start, _) = some_sequences(opened=True)
    space = UnconstrainedHMM(states=3, contacts=2, poisson=poisson)
    objective = PosteriorObjective(sequences=sequences, unconstrained=space)
    theta = np.random.default_rng(5).normal(0.0, 0.7, len(space))
    model, part = space.model(theta), space.parts(theta)
    steps = a[np.setdiff1d(np.arange(len(a)), start[1:] - 1)]  # the contacts of a month move into the next
    expected = 0.5 * np.log(model.initial).sum() + np.log(model.P(steps)).sum() / 3 / len(steps)
    expected += stats.norm.logpdf(part["rho"], 0.0, 2.0).sum() - stats.norm.logpdf(0.0, 0.0, 2.0) * 6
    expected += -0.5 * ((part["m"][1:] - 0.0) ** 2).sum() / 1.5**2
    if not poisson:
        expected += -0.5 * ((part["k"] - 0.5) ** 2).sum() / 2.0**2
    bought = np.where(sequences.observed >= 0, sequences.y[sequences.observed], 0.0) @ sequences.weights
    mean_count = bought.sum() / (sequences.months @ sequences.weights)
    expected += -0.5 * (part["m"][0] - np.log(mean_count) + 1.0) ** 2 / 3.0**2
    assert objective.log_prior(theta)[0] == pytest.approx(expected, rel=1e-9)


def test_customers_alike_are_one_sequence():
    y = np.array([1, 0, 1, 0, 1, 0, 2])
    sequences, which = sequences_of(
        y=y,
        a=np.zeros((7, 0)),
        start=np.array([0, 2, 4, 6, 7]),
        known=np.array([True, True, False, True]),
        opened=True,
    )
    assert len(sequences) == 3
    assert sorted(sequences.weights.tolist()) == [1.0, 1.0, 2.0]
    assert which[0] == which[1]
    assert len(set(which.tolist())) == 3
    assert (np.diff(sequences.months) <= 0).all()


def test_a_sample_of_sequences_stands_for_all_customers():
    sequences, _, _ = some_sequences(n=60, contacts=0)
    generator = np.random.default_rng(1)
    few = sequences.sample(7, generator)
    assert (len(few), few.customers) == (7, pytest.approx(60.0))
    assert (np.diff(few.months) <= 0).all()
    assert sequences.sample(len(sequences), generator) is sequences


def test_transitions_are_differences_of_logistic_functions_and_rows_sum_to_one():
    a = np.array([[0.0, 0.0], [2.0, 1.0]])
    P = np.exp(ordered_logit.log_transitions(mu=MODEL.mu, rho=MODEL.rho, a=a))
    below = 1 / (1 + np.exp(-(MODEL.mu - (a @ MODEL.rho.T)[:, :, None])))
    plain = np.diff(np.concatenate([np.zeros((2, 3, 1)), below, np.ones((2, 3, 1))], axis=2), axis=2)
    assert pytest.approx(plain, rel=1e-12) == P
    assert P.sum(axis=2) == pytest.approx(np.ones((2, 3)))


def test_far_out_no_digits_cancel():
    """Thresholds of 40 and 41: the middle probability is 2.7e-18, not 0."""
    mu = np.tile([40.0, 41.0], (3, 1))
    P = np.exp(ordered_logit.log_transitions(mu=mu, rho=np.zeros((3, 0)), a=np.zeros((1, 0))))
    assert P[0, 0, 1] == pytest.approx(np.exp(-40) - np.exp(-41), rel=1e-9)


def test_counts_are_those_of_scipy():
    y, m, k = np.arange(12.0), np.array([0.02, 4.0, 4.0]), np.array([0.5, 2.0, np.inf])
    ours = emissions.log_counts(y, m=m[:, None], k=k[:, None])
    assert ours[0] == pytest.approx(stats.nbinom.logpmf(y, 0.5, 0.5 / 0.52), rel=1e-10)
    assert ours[1] == pytest.approx(stats.nbinom.logpmf(y, 2.0, 2.0 / 6.0), rel=1e-10)
    assert ours[2] == pytest.approx(stats.poisson.logpmf(y, 4.0), rel=1e-10)


def test_opening_counts_sum_to_one_without_zero():
    y = np.arange(1.0, 400.0)
    opening = np.exp(emissions.log_opening(y, m=MODEL.m[:, None], k=MODEL.k[:, None]))
    assert opening.sum(axis=1) == pytest.approx(np.ones(3))


def test_theta_and_the_model_are_inverse_to_each_other():
    space = UnconstrainedHMM(states=3, contacts=2, poisson=False)
    again = space.model(space.theta(MODEL))
    for name in ("initial", "mu", "rho", "m", "k"):
        assert getattr(again, name) == pytest.approx(getattr(MODEL, name), rel=1e-9), name


def test_draws_are_as_uncertain_as_the_fit_says():
    """Transition probabilities are drawn around the fit, with the standard deviation that theta implies."""
    generator = np.random.default_rng(3)
    state, months = generator.integers(0, 2, 400), []
    for _ in range(12):
        months.append(generator.poisson(np.array([0.2, 4.0])[state]))
        state = np.where(generator.random(400) < 0.2, 1 - state, state)
    sequences, _ = sequences_of(
        y=np.stack(months, axis=1).ravel(),
        a=np.zeros((4800, 0)),
        start=np.arange(401) * 12,
        known=np.ones(400, dtype=bool),
        opened=False,
    )
    space = UnconstrainedHMM(states=2, contacts=0, poisson=True)
    objective = PosteriorObjective(sequences=sequences, unconstrained=space)
    fit = fit_hmm(objective, starts=1, generator=generator)
    assert fit.converged
    assert fit.covariance == pytest.approx(covariance(objective, fit.theta))
    model = space.model(fit.theta)
    posterior = HMMPosterior(
        model=model, unconstrained=space, covariance=fit.covariance, scale=np.ones(0), centre=np.zeros(0)
    )
    drawn = np.stack([each.P(np.zeros((1, 0)))[0] for each in posterior.draw(2000, generator)])
    P = model.P(np.zeros((1, 0)))[0]
    assert drawn.mean(axis=0) == pytest.approx(P, abs=0.003)
    at = space.parts(np.arange(float(len(space))))["mu"][:, 0].astype(int)
    by_delta = np.sqrt(np.diag(fit.covariance)[at]) * P[:, 0] * P[:, 1]
    assert drawn[:, :, 0].std(axis=0) == pytest.approx(by_delta, rel=0.1)
    assert by_delta == pytest.approx(np.sqrt(0.16 / 2400) * np.ones(2), rel=0.4)
