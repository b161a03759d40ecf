"""What an average draws: dated purchases, and outcomes with their expectations, each draw by its member."""

import numpy as np
import pytest
from attrs import asdict, evolve

import kundkarriar as kk
from kundkarriar.models.interface.dated_purchases import Treatment, usual

DRAWS, WEEKS = 40, 26.0
EDGES = np.array([0.0, 13.0, 26.0])


@pytest.fixture(scope="module")
def summary(cdnow_sample):
    return kk.summarize(cdnow_sample, as_of="1997-09-30", gaps=True).iloc[::8].reset_index(drop=True)


@pytest.fixture(scope="module")
def average(summary):
    models = (kk.MBGNBD(), kk.ParetoNBD(), kk.ReturningNBD())
    return kk.ModelAverage(models=models, weights=(0.5, 0.25, 0.25)).fit(summary)


@pytest.fixture(scope="module")
def given(average, summary):
    return {"rows": average.read(summary).rows, "posterior": average.posterior(draws=DRAWS, seed=1)}


def dated(average, given, *treatments, level=None):
    return average.draw_dated(
        **given,
        horizon=WEEKS,
        generator=np.random.default_rng(1),
        level=np.ones(DRAWS) if level is None else level,
        treatments=treatments,
    )


def half(n, *, draws=DRAWS):
    """Half as many purchases of every other customer, in draws of even number."""
    ones = np.ones((2, draws))
    purchases = np.where(np.arange(draws) % 2, 1.0, 0.5) * ones
    treated = np.arange(n) % 2 == 0
    return Treatment(treated=treated, edges=EDGES, leaving=ones, returning=ones, purchases=purchases)


def test_each_draw_of_dated_purchases_is_that_of_its_member(average, given):
    """Purchases, levels, treatments and time active of a member's draws are what the member draws alone."""
    rows, posterior = given["rows"], given["posterior"]
    level, treatment = 1.0 + np.arange(DRAWS) % 3 / 2, half(len(rows))
    worlds = dated(average, given, treatment, level=level)
    seeds = np.random.default_rng(1).integers(2**63, size=3)
    for place, name in enumerate(("MBGNBD", "ParetoNBD", "ReturningNBD")):
        at, start = np.flatnonzero(posterior["member"] == place), f"{name}: "
        names = [each for each in posterior.names if each.startswith(start)]
        values = np.stack([posterior[each][at] for each in names], axis=1)
        factors = {each: getattr(treatment, each)[:, at] for each in ("leaving", "returning", "purchases")}
        alone = average.members[place].draw_dated(
            rows,
            posterior=kk.Posterior(names=tuple(each.removeprefix(start) for each in names), values=values),
            horizon=WEEKS,
            generator=np.random.default_rng(seeds[place]),
            level=level[at],
            treatments=[evolve(treatment, **factors)],
        )
        for world, own in zip(worlds, alone, strict=True):
            some = np.isin(world.draw, at)
            for mine, other in (
                (world.row[some], own.row),
                (world.draw[some], at[own.draw]),
                (world.time[some], own.time),
            ):
                np.testing.assert_array_equal(mine, other)
            np.testing.assert_array_equal(world.active(EDGES)[:, at], own.active(EDGES))


def test_dated_purchases_are_in_order_and_factors_of_1_change_none(average, given):
    n = len(given["rows"])
    everybody = usual(n, DRAWS, edges=EDGES, treated=np.ones(n, dtype=bool))
    plain, same, fewer = dated(average, given, everybody, half(n))
    for world in (plain, same, fewer):
        order = np.lexsort((world.time, world.draw, world.row))
        np.testing.assert_array_equal(order, np.arange(len(order)))
    for name in ("row", "draw", "time"):
        np.testing.assert_array_equal(getattr(same, name), getattr(plain, name))
    assert 0 < len(fewer.time) < len(plain.time)


class Apart:
    """A user's model that draws outcomes and expectations apart, and no dates."""

    def __init__(self, fitted):
        self.fitted, self.period = fitted, fitted.period
        for name in ("predict", "posterior", "residual", "draw_outcomes", "draw_expectations"):
            setattr(self, name, getattr(fitted, name))


def test_a_member_that_cannot_date_is_named(average, given):
    other = evolve(average, members=(*average.members[1:], Apart(average.members[0])))
    with pytest.raises(kk.CapabilityError, match="all its models can, and Apart lacks `draw_dated`"):
        dated(other, given)


def test_futures_drawn_at_once_are_those_drawn_apart(average, given):
    """Also where a member draws them apart only."""
    by_hand = evolve(average, members=(*average.members[:2], Apart(average.members[2])))
    posterior = given["posterior"]
    names = tuple(each.replace("ReturningNBD:", "Apart:") for each in posterior.names)
    renamed = kk.Posterior(names=names, values=posterior.values)
    ahead = {"horizon": WEEKS, "discount_rate": 0.002}
    for model, own in ((average, posterior), (by_hand, renamed)):
        drawn = model.draw_futures(given["rows"], posterior=own, generator=np.random.default_rng(1), **ahead)
        for futures, method in zip(drawn, ("draw_outcomes", "draw_expectations"), strict=True):
            alone = getattr(model, method)(given["rows"], posterior=own, generator=np.random.default_rng(1), **ahead)
            for part, values in asdict(futures).items():
                np.testing.assert_array_equal(values, getattr(alone, part))


def test_values_of_a_model_that_draws_futures_apart_are_those_of_one_that_draws_them_at_once(average, summary):
    """With an uncertain level, which needs both."""
    model = average.members[0]
    totals = []
    for each in (model, Apart(model)):
        scorer = kk.ValueScorer(purchases=each, margin=0.3, discount_rate=0.1, horizon="26W").fit(summary)
        drawn = scorer.draw(summary, draws=20, seed=1)
        assert drawn.level.sd > 0
        totals.append(drawn.totals())
    np.testing.assert_array_equal(*totals)
