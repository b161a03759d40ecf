"""Drawn states and simulated futures of customers who switch on and off, against posteriors and expectations."""

import numpy as np
import pytest
from attrs import evolve

from kundkarriar.numerics.switching.draw_state import draw_state
from kundkarriar.numerics.switching.expectation import time_on
from kundkarriar.numerics.switching.gap_blocks import tabulate
from kundkarriar.numerics.switching.simulate import MOST_SWITCHES, SwitchingState, draw_futures, expected_futures
from kundkarriar.numerics.switching.trait_draws import TraitDraws
from kundkarriar.numerics.switching.trait_posterior import posterior_means
from kundkarriar.numerics.switching.traits import Traits

TRAITS = Traits(m1=-1.5, s1=0.8, m2=-2.3, s2=0.7, nu=0.05)
BLOCKS = tabulate(
    gaps=np.array([3.0, 4.0, 1.0, 1.0, 25.0, 2.0]),
    starts=np.array([0, 0, 1, 3, 6]),
    trailing=np.array([9.0, 40.0, 0.5, 6.0]),
    weights=np.ones(4),
)
EACH = 20_000


def draws_of(*traits):
    parts = {name: np.array([getattr(each, name) for each in traits]) for name in ("m1", "s1", "m2", "s2", "nu")}
    return TraitDraws(log_nu=np.log(parts.pop("nu")), **parts)


@pytest.fixture(scope="module")
def state():
    """Many customers of each of four histories, under one parameter vector."""
    return draw_state(np.random.default_rng(3), BLOCKS, draws_of(TRAITS), member=np.repeat(np.arange(4), EACH))


def by_history(values):
    return values.reshape(4, EACH)


def within(found, expected, *, errors=4.0):
    return np.all(np.abs(found.mean(axis=1) - expected) < errors * found.std(axis=1) / np.sqrt(EACH) + 1e-9)


def test_states_are_drawn_from_the_posterior(state):
    """Law: on, both rates and their product with on have the means of the posterior; so have the logs' squares."""

    def moments(own):
        columns = [
            (np.ones(len(own.nodes)), np.zeros(len(own.nodes))),
            (own.rate, own.rate),
            (own.leaving, own.leaving),
            (own.rate * own.leaving, np.zeros(len(own.nodes))),
            (own.nodes.log_rate**2, own.nodes.log_rate**2),
            (own.nodes.log_leaving**2, own.nodes.log_leaving**2),
        ]
        on, off = (np.stack(each, axis=1) for each in zip(*columns, strict=True))
        return own.mean(on, off)

    expected = posterior_means(BLOCKS, TRAITS, moments, n=4).T
    on, rate, leaving = (by_history(part) for part in (state.on, state.rate, state.leaving))
    drawn = (on.astype(float), rate, leaving, on * rate * leaving, np.log(rate) ** 2, np.log(leaving) ** 2)
    for found, mean in zip(drawn, expected, strict=True):
        assert within(found, mean)
    assert state.returning == pytest.approx(TRAITS.nu)


def test_each_parameter_draw_has_its_own_posterior():
    """Columns follow the parameter vectors, rows the customers in any order."""
    other = Traits(m1=0.5, s1=0.3, m2=-4.0, s2=0.3, nu=0.2)
    member = np.tile(np.arange(4), 500)
    drawn = draw_state(np.random.default_rng(4), BLOCKS, draws_of(TRAITS, other), member=member)
    assert drawn.on.shape == (2000, 2)
    assert drawn.returning == pytest.approx(np.array([[0.05, 0.2]]))
    for column, traits in enumerate((TRAITS, other)):
        mean = posterior_means(BLOCKS, traits, lambda own: (own.share @ own.rate)[:, None], n=4)[:, 0]
        found = np.array([drawn.rate[member == row, column].mean() for row in range(4)])
        assert found == pytest.approx(mean, rel=0.12)


def test_many_parameter_draws_have_their_own_posteriors():
    """Likelihoods interpolated in ln nu and shares relative to wider traits leave no bias, in any draw or row."""
    scatter = np.random.default_rng(5).standard_normal((24, 5)) * (0.1, 0.1, 0.15, 0.1, 0.35)
    many = [
        Traits(m1=m1, s1=0.8 * np.exp(s1), m2=m2, s2=0.7 * np.exp(s2), nu=0.05 * np.exp(nu))
        for m1, s1, m2, s2, nu in np.add(scatter, (TRAITS.m1, 0, TRAITS.m2, 0, 0))
    ]
    drawn = draw_state(np.random.default_rng(6), BLOCKS, draws_of(*many), member=np.repeat(np.arange(4), 4000))

    def moments(own):
        return own.mean(np.stack([own.rate, own.rate], axis=1), np.stack([own.rate, np.zeros(len(own.nodes))], axis=1))

    expected = np.array([posterior_means(BLOCKS, traits, moments, n=4) for traits in many])
    for found, mean in zip((drawn.rate, drawn.rate * drawn.on), expected.T, strict=True):
        values = found.reshape(4, 4000, 24)
        errors = (values.mean(axis=1) - mean) / (values.std(axis=1) / np.sqrt(4000))
        assert np.abs(errors).max() < 4.5
        assert np.abs(errors.mean(axis=1)).max() < 4 / np.sqrt(24)


@pytest.mark.parametrize("rate", [0.0, 0.003])
def test_futures_have_the_expected_means(rate, state):
    """Law: drawn purchases and time on, discounted or not, have the means given the state."""
    drawn = draw_futures(np.random.default_rng(5), state, horizon=52.0, discount_rate=rate)
    expected = expected_futures(state, horizon=52.0, discount_rate=rate)
    for found, mean in zip(drawn, expected, strict=True):
        apart = by_history(found - mean)
        assert within(apart, 0.0)
    assert (drawn[0] == np.floor(drawn[0])).all()
    assert (drawn[2] <= 52.0).all()


def test_those_who_switch_without_an_end_are_on_for_their_expected_time():
    """The spread is a hundredth: no draws of a million switches."""
    fast = np.full((3, 1), 20 * MOST_SWITCHES)
    state = SwitchingState(
        on=np.array([[True], [False], [True]]), rate=np.ones((3, 1)), leaving=fast, returning=fast[:1]
    )
    _, _, alive = draw_futures(np.random.default_rng(6), state, horizon=10.0, discount_rate=0.0)
    on, off = time_on(10.0, leaving=fast[:, 0], returning=fast[0, 0])
    assert alive[:, 0] == pytest.approx(np.where([True, False, True], on, off))
    assert alive[:, 0] == pytest.approx(5.0, rel=1e-4)


@pytest.mark.parametrize("rate", [0.0, 0.003])
def test_expectations_of_many_customers_are_those_of_each(rate):
    """Law: rows and columns of states have the values of each alone; also where hardly anybody switches."""
    leaving = np.array([[1e-9, 0.1], [1e-4, 1e-3], [2.0, 1e-5]])
    returning = np.array([[1e-8, 0.02]])
    on, off = time_on(30.0, leaving=leaving, returning=returning, discount_rate=rate)
    for (row, column), mu in np.ndenumerate(leaving):
        alone = time_on(30.0, leaving=np.array([mu]), returning=returning[0, column], discount_rate=rate)
        assert (on[row, column], off[row, column]) == pytest.approx((alone[0][0], alone[1][0]), rel=1e-13)
    assert (off < on).all()


def test_small_nu_that_lie_far_apart_are_drawn_from_their_own_posteriors():
    """Law: where nearly nobody returns, the means of rates drawn under many ln nu at once are those of each alone."""
    many = [evolve(TRAITS, nu=float(np.exp(log_nu))) for log_nu in (-30.0, -15.0, -9.0, -6.0, -5.0)]
    state = draw_state(np.random.default_rng(5), BLOCKS, draws_of(*many), member=np.repeat(np.arange(4), EACH))
    for at, traits in enumerate(many):
        expected = posterior_means(BLOCKS, traits, lambda own: own.mean(own.rate[:, None], own.rate[:, None]), n=4).T
        assert within(by_history(state.rate[:, at]), expected, errors=5.0)
