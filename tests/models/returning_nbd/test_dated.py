"""Dated purchases of customers who pause and return, against expectations, counts and treated simulations."""

import numpy as np
import pytest
from attrs import asdict, evolve

import kundkarriar as kk
from kundkarriar.models.drawn import switching_future
from kundkarriar.models.interface.dated_purchases import Treatment, usual
from kundkarriar.numerics.increments.course import Course
from kundkarriar.summaries.purchase_gaps import PurchaseGaps
from kundkarriar.summaries.purchase_rows import PurchaseRows

S, WEEKS = 1500, 52.0
HALF, YEAR = np.array([0.0, 26.0]), np.array([0.0, 26.0, 52.0])
GAPS = [[], [9.0], [1.0, 1.0, 2.0], [3.0, 2.0, 3.0, 4.0], [1.0, 1.0, 30.0, 1.0]]
SILENT = np.array([1.0, 40.0, 30.0, 0.5, 2.0])
"""New; silent for long after one and after three purchases; active; one who paused."""


@pytest.fixture(scope="module")
def rows():
    x = np.array([len(each) for each in GAPS])
    last = np.array([sum(each) for each in GAPS])
    gaps = PurchaseGaps(length=np.concatenate(GAPS), starts=np.concatenate([[0], np.cumsum(x)]))
    return PurchaseRows(x=x, t_x=last, T=last + SILENT, weights=np.ones(5), gaps=gaps)


def drawn(fitted, rows, *, level=1.0, treatments=(), seed=1, draws=S):
    """The worlds of rows at known parameters."""
    own = list(asdict(fitted.params).values())
    return fitted.draw_dated(
        rows,
        posterior=kk.Posterior(names=fitted.family.parameters, values=np.tile(own, (draws, 1))),
        horizon=WEEKS,
        generator=np.random.default_rng(seed),
        level=np.full(draws, level),
        treatments=treatments,
    )


def counts(world, *, until=WEEKS, n=5):
    early = world.time <= until
    return np.bincount(world.row[early] * S + world.draw[early], minlength=n * S).reshape(n, S)


def within(values, expected):
    """Whether means over draws, (n, S), are within 4 Monte Carlo errors of what is expected, (n,)."""
    return (np.abs(values.mean(axis=1) - expected) < 4 * values.std(axis=1) / np.sqrt(values.shape[1])).all()


def treatment(*, leaving=1.0, returning=1.0, purchases=1.0, edges=(0.0, 10.0, 26.0)):
    factors = {"leaving": leaving, "returning": returning, "purchases": purchases}
    whole = {name: np.ones((len(edges) - 1, S)) * value for name, value in factors.items()}
    return Treatment(treated=np.arange(5) != 3, edges=np.array(edges), **whole)


@pytest.mark.parametrize("level", [1.0, 0.7, 1.6])
def test_purchases_have_the_expected_mean_at_any_level(level, busy, rows):
    (world,) = drawn(busy, rows, level=level)
    for horizon in (26.0, WEEKS):
        assert within(counts(world, until=horizon), level * busy.expected_within(rows, horizon))
    assert ((world.time > 0) & (world.time <= WEEKS)).all()
    order = np.lexsort((world.time, world.draw, world.row))
    assert (order == np.arange(len(order))).all()


def test_counts_are_those_of_the_model(busy, rows):
    (world,) = drawn(busy, rows)
    said = busy.counts_within(rows, WEEKS, 3, need="a test")
    for number in range(4):
        assert within((counts(world) == number) + 0.0, said[f"p_{number}"])


def test_time_active_is_that_of_the_model(busy, rows):
    (world,) = drawn(busy, rows)
    active = world.active(YEAR)
    for horizon, time in ((26.0, active[:, :, 0]), (WEEKS, active.sum(axis=2))):
        ahead = busy.residual(rows, horizon=horizon, discount_rate=0.0)
        assert within(time, ahead.unconditional("discounted_alive"))
    bought = counts(world) > 0
    assert (active.sum(axis=2)[bought] > 0).all()


def test_factors_of_1_change_nothing_and_treatments_nothing_of_the_usual(busy, rows):
    (alone,) = drawn(busy, rows)
    one = usual(5, S, edges=HALF, treated=np.ones(5, dtype=bool))
    other = treatment(leaving=0.5, returning=2.0, purchases=1.5)
    with_others, _, same = drawn(busy, rows, treatments=(other, one))
    for world in (with_others, same):
        for name in ("row", "draw", "time"):
            np.testing.assert_array_equal(getattr(world, name), getattr(alone, name))
        np.testing.assert_array_equal(world.active(YEAR), alone.active(YEAR))


@pytest.mark.parametrize("factors", [{"leaving": 0.4}, {"returning": 3.0}, {"returning": 0.0, "leaving": 2.0}], ids=str)
def test_treatments_change_what_expectations_say(factors, busy, rows):
    """Against exact differences of expected purchases and time active, in every row; untreated ones are as usual.

    Most who are off stay off as usual: under a factor on returning they need candidates of their own.
    """
    given, slow = treatment(**factors), evolve(busy, params=evolve(busy.params, nu=0.01))
    plain, world = drawn(slow, rows, treatments=(given,))
    times = (np.arange(2080) + 0.5) * WEEKS / 2080
    weights = np.full((2080, 1), WEEKS / 2080)
    edges = np.append(given.edges, WEEKS)
    pairs = {name: np.array([np.ones(3), [factors.get(name, 1.0)] * 2 + [1.0]]) for name in ("leaving", "returning")}
    course = Course(edges=edges, times=times, purchases=weights, active=weights, **pairs)
    (change,) = slow.treated_changes(rows, courses=[course])
    gained = counts(world) - counts(plain)
    more = (world.active(YEAR) - plain.active(YEAR)).sum(axis=2)
    for values, expected in ((gained, change.purchases[:, 0]), (more, change.active[:, 0])):
        assert (values[3] == 0).all()
        assert within(np.delete(values, 3, axis=0), np.delete(expected, 3))
    treated, before = (each.time[each.row == 3] for each in (world, plain))
    np.testing.assert_array_equal(treated, before)


def test_a_factor_on_purchases_multiplies_those_of_treated_customers_while_treated(busy, rows):
    plain, changed = drawn(busy, rows, treatments=(treatment(purchases=np.array([[1.5], [0.6]])),))
    at_10, at_26 = (busy.expected_within(rows, weeks) for weeks in (10.0, 26.0))
    first, second = counts(changed, until=10.0), counts(changed, until=26.0) - counts(changed, until=10.0)
    assert within(first[[0, 1, 2, 4]], 1.5 * at_10[[0, 1, 2, 4]])
    assert within(second[[0, 1, 2, 4]], 0.6 * (at_26 - at_10)[[0, 1, 2, 4]])
    for name in ("row", "draw", "time"):
        kept, before = (getattr(each, name)[(each.row == 3) | (each.time > 26)] for each in (changed, plain))
        np.testing.assert_array_equal(kept, before)
    np.testing.assert_array_equal(changed.active(YEAR), plain.active(YEAR))


def test_those_who_switch_all_the_time_are_on_for_their_share(busy, rows, monkeypatch):
    """Spells and shares of time agree where all switch fast."""
    fast = evolve(busy, params=evolve(busy.params, m2=1.5, s2=0.01, nu=3.0))
    given = (treatment(leaving=0.5, purchases=1.4),)
    by_spells = drawn(fast, rows, treatments=given)
    monkeypatch.setattr(switching_future, "MOST_SWITCHES", 1.0)
    by_share = drawn(fast, rows, treatments=given, seed=2)
    for one, other in zip(by_spells, by_share, strict=True):
        few, many = counts(one), counts(other)
        error = np.hypot(few.std(axis=1), many.std(axis=1)) / np.sqrt(S)
        assert (np.abs(few.mean(axis=1) - many.mean(axis=1)) < 4 * error).all()
        mean = one.active(YEAR).mean(axis=1)
        assert other.active(YEAR).mean(axis=1) == pytest.approx(mean, rel=0.03)


def test_customers_older_than_the_data_follow_their_own_law(busy, rows):
    older = evolve(busy, params=evolve(busy.params, m1=0.5, s1=0.2))
    both = evolve(busy, older=older)
    old = evolve(rows, older=np.arange(5) < 2)
    own = [*asdict(busy.params).values(), *asdict(older.params).values()]
    (world,) = both.draw_dated(
        old,
        posterior=kk.Posterior(names=both.posterior_names, values=np.tile(own, (S, 1))),
        horizon=WEEKS,
        generator=np.random.default_rng(1),
        level=np.ones((5, S)),
    )
    assert within(counts(world), both.expected_within(old, WEEKS))


def test_more_purchases_than_memory_holds_are_refused(busy, rows):
    restless = evolve(busy, params=evolve(busy.params, m1=14.0, s1=0.001))
    with pytest.raises(kk.DataError, match=r"^purchases to come are dated one by one, .* at most 2e\+07 at once"):
        drawn(restless, rows)
