"""Laws of dated purchases to come: means, treatments of factor 1, row order, frames."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from attrs import evolve

import kundkarriar as kk
from kundkarriar.models.interface.dated_purchases import Treatment, usual
from kundkarriar.summaries.purchase_rows import PurchaseRows

S, WEEKS = 300, 52.0
PARETO = {"r": 0.5532772, "alpha": 10.57769, "s": 0.6062392}
MODELS = {
    "MBG/NBD": kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W"),
    "BG/NBD": kk.FittedBGNBD(params=kk.BGNBDParams(r=0.243, alpha=4.414, a=0.793, b=2.426), period="W"),
    "NBD": kk.FittedNBD(params=kk.NBDParams(r=0.385, alpha=12.072), period="W"),
    "MBG/CNBD-2": kk.FittedMBGCNBD(params=kk.MBGCNBDParams(k=2, r=0.5, alpha=2.5, a=0.9, b=1.6), period="W"),
    "Pareto/NBD": kk.FittedParetoNBD(params=kk.ParetoNBDParams(**PARETO, beta=11.66871), period="W"),
    "GGompertz/NBD": kk.FittedGGompertzNBD(params=kk.GGompertzNBDParams(**PARETO, b=0.02, beta=0.25), period="W"),
}
models = pytest.mark.parametrize("fitted", MODELS.values(), ids=MODELS)


@pytest.fixture(scope="module")
def some(cdnow_sample):
    """A summary of a few hundred customers."""
    whole = kk.summarize(cdnow_sample, as_of="1997-09-30", regularity=True)
    return whole.iloc[::8].reset_index(drop=True)


def at_parameters(fitted, draws=S):
    """A posterior that is the fitted parameters."""
    own = [value for law in fitted.laws.values() for value in law.free_parameters().values()]
    return kk.Posterior(names=fitted.posterior_names, values=np.tile(own, (draws, 1)))


def drawn(fitted, rows, *, level=1.0, treatments=(), seed=1, draws=S):
    """The worlds of rows, or of a summary."""
    return fitted.draw_dated(
        rows if isinstance(rows, PurchaseRows) else fitted.read(rows).rows,
        posterior=at_parameters(fitted, draws),
        horizon=WEEKS,
        generator=np.random.default_rng(seed),
        level=np.full(draws, level),
        treatments=treatments,
    )


def within(counts, expected):
    """Whether the mean of S counts is within 4 Monte Carlo errors of what is expected."""
    return abs(counts.mean() - expected) < 4 * counts.std(ddof=1) / np.sqrt(len(counts))


def assert_nobody_buys_who_is_gone(world):
    active = world.active(np.array([0.0, WEEKS]))[world.row, world.draw, 0]
    assert (world.time <= active * (1 + 1e-12)).all()


def treatment(n, *, leaving=1.0, purchases=1.0, edges=(0.0, 13.0, 26.0), draws=S):
    ones = np.ones((len(edges) - 1, draws))
    treated = np.arange(n) % 2 == 0
    return Treatment(
        treated=treated, edges=np.array(edges), leaving=leaving * ones, returning=ones, purchases=purchases * ones
    )


@models
@pytest.mark.parametrize("level", [1.0, 0.7, 1.6])
def test_purchases_have_the_expected_mean_at_any_level(fitted, level, some):
    """The mean within h and within h / 2 is the level times `expected_within`."""
    (world,) = drawn(fitted, some, level=level)
    rows = fitted.read(some).rows
    for horizon in (WEEKS / 2, WEEKS):
        counts = np.bincount(world.draw[world.time <= horizon], minlength=S)
        assert within(counts, level * fitted.expected_within(rows, horizon).sum())
    assert (world.time > 0).all()
    assert (world.time <= WEEKS).all()
    order = np.lexsort((world.time, world.draw, world.row))
    assert (order == np.arange(len(order))).all()


@models
def test_counts_are_those_of_the_model(fitted, some):
    (world,) = drawn(fitted, some)
    counts = np.bincount(world.row * S + world.draw, minlength=len(some) * S)
    said = fitted.purchase_counts(some, horizon=WEEKS, up_to=3)[["p_0", "p_1", "p_2", "p_3"]].sum()
    for number, expected in enumerate(said):
        assert within((counts == number).reshape(len(some), S).sum(axis=0), expected)


@models
def test_time_active_is_that_of_the_model(fitted, some):
    """Customers alive who buy nothing are active throughout; time active is p_alive x the expected time alive."""
    (world,) = drawn(fitted, some)
    active = world.active(np.array([0.0, WEEKS / 2, WEEKS]))
    assert active.shape == (len(some), S, 2)
    rows = fitted.read(some).rows
    for horizon, time in ((WEEKS / 2, active[:, :, 0]), (WEEKS, active.sum(axis=2))):
        ahead = fitted.residual(rows, horizon=horizon, discount_rate=0.0)
        assert within(time.sum(axis=0), (ahead.p_alive * ahead.discounted_alive).sum()) or fitted.family.name == "NBD"
    assert_nobody_buys_who_is_gone(world)


@models
def test_factors_of_1_change_nothing_and_treatments_nothing_of_the_usual(fitted, some):
    (alone,) = drawn(fitted, some)
    one = usual(len(some), S, edges=np.array([0.0, 13.0]), treated=np.ones(len(some), dtype=bool))
    other = treatment(len(some), leaving=0.5, purchases=1.5)
    with_others, same, changed = drawn(fitted, some, treatments=(one, other))
    edges = np.array([0.0, 20.0, WEEKS])
    changed.active(edges)  # reading one world leaves the others as they are
    for world in (with_others, same):
        for name in ("row", "draw", "time"):
            np.testing.assert_array_equal(getattr(world, name), getattr(alone, name))
        np.testing.assert_array_equal(world.active(edges), alone.active(edges))


@models
def test_a_factor_on_purchases_multiplies_those_of_treated_customers_while_treated(fitted, some):
    n = len(some)
    mixed = treatment(n, purchases=np.array([[1.5], [0.6]]))
    plain, changed = drawn(fitted, some, treatments=(mixed,))
    rows = fitted.read(some).rows
    at_13, at_26 = (fitted.expected_within(rows, weeks)[::2].sum() for weeks in (13.0, 26.0))
    assert_nobody_buys_who_is_gone(changed)
    own = changed.row % 2 == 0
    for (start, end), expected in {(0, 13): 1.5 * at_13, (13, 26): 0.6 * (at_26 - at_13)}.items():
        inside = own & (changed.time > start) & (changed.time <= end)
        assert within(np.bincount(changed.draw[inside], minlength=S), expected)
    for name in ("row", "draw", "time"):
        kept, before = (getattr(world, name)[(world.row % 2 == 1) | (world.time > 26)] for world in (changed, plain))
        np.testing.assert_array_equal(kept, before)


LOYAL = PurchaseRows(x=[0, 2, 6, 15], t_x=[0, 30.43, 35, 38], T=[38.86] * 4, weights=[1] * 4)
PRECISE = {
    "MBG/NBD": kk.FittedMBGNBD(
        params=kk.MBGNBDParams(r=0.5248432, alpha=6.183085, a=0.8913595, b=1.614003), period="W"
    ),
    "Pareto/NBD": MODELS["Pareto/NBD"],
}
GAINS = {
    ("MBG/NBD", 0.8): (0.0018725, 0.0255513, 0.0978692, 0.2982712),
    ("MBG/NBD", 1.25): (-0.0019970, -0.0280916, -0.1101884, -0.3411530),
    ("Pareto/NBD", 0.8): (0.0024681, 0.0345449, 0.0929886, 0.2323157),
    ("Pareto/NBD", 1.25): (-0.0029132, -0.0395948, -0.1097595, -0.2742149),
}
"""Purchases that a factor on leaving for 13 weeks adds within 52, by independent closed forms, for each of `LOYAL`."""


@pytest.mark.parametrize(("model", "factor"), GAINS)
def test_a_factor_on_leaving_adds_what_the_process_says(model, factor):
    draws = 20_000
    treated = Treatment(
        treated=np.ones(4, dtype=bool),
        edges=np.array([0.0, 5.0, 13.0]),
        leaving=np.full((2, draws), factor),
        returning=np.ones((2, draws)),
        purchases=np.ones((2, draws)),
    )
    worlds = drawn(PRECISE[model], LOYAL, treatments=(treated,), draws=draws)
    usual_counts, counts = (
        np.bincount(each.row * draws + each.draw, minlength=4 * draws).reshape(4, draws) for each in worlds
    )
    for gained, expected in zip(counts - usual_counts, GAINS[model, factor], strict=True):
        assert (gained * (1 - factor) >= 0).all()  # with the same random numbers nobody loses
        assert within(gained, expected)


@pytest.mark.parametrize("model", ["Pareto/NBD", "GGompertz/NBD"])
def test_a_factor_on_the_rate_of_leaving_changes_the_time_active_as_it_should(model):
    """Survival to t is (beta / (beta + w))^s, with w Gompertz time in which treated time counts `factor` times."""
    fitted, draws, factor = MODELS[model], 4000, 0.3
    law = fitted.family.dated_law(
        LOYAL, {name: value[None] for name, value in at_parameters(fitted, 1).params().items()}
    )
    given = {name: values[:, :1] for name, values in law.items()}
    whole = treatment(4, leaving=factor, draws=draws)
    treated = evolve(whole, treated=np.ones(4, dtype=bool))
    _, world = drawn(fitted, LOYAL, treatments=(treated,), draws=draws)
    t = np.linspace(0, WEEKS, 2001)
    b = given["b"]
    aged = np.expm1(b * t) / b if (b > 0).all() else t + 0 * b
    pace = np.where(t[1:] <= 26.0, factor, 1.0)
    counted = np.concatenate([np.zeros((4, 1)), np.cumsum(np.diff(aged, axis=1) * pace, axis=1)], axis=1)
    alive = (given["beta"] / (given["beta"] + counted)) ** given["s"]
    expected = given["p_alive"][:, 0] * (alive[:, 1:] + alive[:, :-1]).sum(axis=1) * WEEKS / 4000
    active = world.active(np.array([0.0, WEEKS]))[:, :, 0]
    for time, mean in zip(active, expected, strict=True):
        assert within(time, mean)


@pytest.mark.parametrize("model", ["MBG/NBD", "BG/NBD", "MBG/CNBD-2"])
def test_a_factor_on_the_odds_of_leaving_is_that_of_a_simulation_stage_by_stage(model):
    fitted, draws, factor = MODELS[model], 20_000, 0.3
    row, one = LOYAL.at([2]), {name: value[None] for name, value in at_parameters(fitted, 1).params().items()}
    given = {name: values[0, 0] for name, values in fitted.family.dated_law(row, one).items()}
    treated = evolve(treatment(1, leaving=factor, draws=draws), treated=np.ones(1, dtype=bool))
    _, world = drawn(fitted, row, treatments=(treated,), draws=draws)
    generator, k = np.random.default_rng(2), fitted.family.stages
    active = generator.random(draws) < given["p_alive"]
    stage = (generator.random(draws) > given["done_0"]).astype(int)
    rate = generator.gamma(given["s"] + stage) / given["rate"]
    p = generator.beta(given["a"], given["b"], draws)
    time, bought = np.zeros(draws), np.zeros(draws, dtype=int)
    while active.any():
        time += generator.exponential(1 / rate)
        stage += 1
        active &= time <= WEEKS
        buys = active & (stage % k == 0)
        bought += buys
        odds = np.where(time <= 26.0, factor, 1.0) * p / (1 - p)
        active &= ~(buys & (generator.random(draws) < odds / (1 + odds)))
    counts = np.bincount(world.draw, minlength=draws)
    error = np.hypot(counts.std(), bought.std()) / np.sqrt(draws)
    assert abs(counts.mean() - bought.mean()) < 4 * error
    assert abs((counts == 0).mean() - (bought == 0).mean()) < 4 * np.sqrt(0.5 / draws)


def test_customers_older_than_the_data_follow_their_own_law(some):
    older = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=2.0, alpha=6.0, a=0.3, b=3.0), period="W")
    both = evolve(MODELS["MBG/NBD"], older=older)
    wide = some.assign(entry=np.where(some.index % 3 == 0, "unknown", "known"))
    (world,) = drawn(both, wide)
    expected = both.expected_within(both.read(wide).rows, WEEKS)
    for own in (wide["entry"] == "unknown", wide["entry"] == "known"):
        counts = np.bincount(world.draw[own.to_numpy()[world.row]], minlength=S)
        assert within(counts, expected[own].sum())


def test_customers_with_covariates_have_rates_of_their_own(some):
    channels = some[["customer_id"]].assign(channel=np.where(some.index % 2, "web", "shop"))
    model = kk.MBGNBD(covariates=kk.Covariates(purchase=("channel",))).fit(some, customers=channels)
    rows = model.read(some, customers=channels).rows
    (world,) = drawn(model, rows)
    expected = model.expected_within(rows, WEEKS)
    for own in (0, 1):
        assert within(np.bincount(world.draw[world.row % 2 == own], minlength=S), expected[own::2].sum())


def test_the_order_of_rows_and_the_kind_of_frame_change_no_purchase(some):
    fitted = kk.MBGNBD().fit(some)
    forwards = fitted.draw_purchases(some, horizon="6M", draws=13, seed=1).frame()
    backwards = fitted.draw_purchases(some.iloc[::-1], horizon="6M", draws=13, seed=1).frame()
    polars = fitted.draw_purchases(pl.from_pandas(some), horizon="6M", draws=13, seed=1).frame()
    pd.testing.assert_frame_equal(polars.to_pandas(), forwards)
    by = ["customer_id", "draw", "day"]
    ordered = (each.sort_values(by, ignore_index=True) for each in (forwards, backwards))
    pd.testing.assert_frame_equal(*ordered)
    assert list(forwards.columns) == by
    place = forwards["customer_id"].map({customer: place for place, customer in enumerate(some["customer_id"])})
    assert (np.lexsort((forwards["day"], forwards["draw"], place)) == np.arange(len(forwards))).all()
    assert forwards["day"].between(1, 183).all()


def test_tiles_cut_treatments_of_all_customers_and_prospects_buy_nothing(some):
    """A treatment of all rows and one made tile by tile are the same."""
    fitted = kk.MBGNBD().fit(some)
    prospect = pd.DataFrame({"customer_id": [-1], "frequency": [0], "n_transactions": [0], "period": ["W"]})
    wide = pd.concat([prospect, some[["customer_id", "frequency", "recency", "T", "n_transactions", "period"]]])
    drawn = fitted.draw_purchases(wide, horizon="12M", draws=S, seed=1)
    whole = treatment(len(wide), leaving=0.5, purchases=1.2)

    def of_tile(at, draws):
        factors = {name: getattr(whole, name)[:, draws] for name in ("leaving", "returning", "purchases")}
        return [Treatment(treated=whole.treated[at], edges=whole.edges, **factors)]

    for one, other, alone in zip(drawn.tiles([whole]), drawn.tiles(of_tile), drawn.tiles(), strict=True):
        assert 0 not in one.at
        np.testing.assert_array_equal(one.worlds[1].time, other.worlds[1].time)
        np.testing.assert_array_equal(one.worlds[0].day, alone.worlds[0].day)
        treated = whole.treated[one.at]
        before, after = (np.bincount(each.row, minlength=len(treated)) for each in one.worlds)
        np.testing.assert_array_equal(before[~treated], after[~treated])
        assert after[treated].sum() > before[treated].sum()


def test_a_season_dates_purchases_in_its_months(cdnow_sample):
    """In a closed month nobody buys; total purchases of a year stay what they are."""
    season = kk.Season(index=(1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 2))
    summary = kk.summarize(cdnow_sample, as_of="1997-09-30", season=season).iloc[::8]
    fitted = kk.MBGNBD().fit(summary)
    drawn = fitted.draw_purchases(summary, horizon="12M", draws=S, seed=1)
    days = drawn.frame()["day"]
    assert days.min() == 32
    (tile, *_) = drawn.tiles()
    active = tile.worlds[0].active(np.array([0.0, 31 / 7, drawn.horizon]))
    assert set(np.unique(active[:, :, 0].round(9))) == {0.0, round(31 / 7, 9)}


def test_a_level_is_shared_by_all_customers_of_a_draw(some):
    fitted = kk.MBGNBD().fit(some)
    made = {"horizon": "12M", "draws": S, "seed": 1}
    plain, wide = (kk.PurchaseDraws.of(fitted, some, level_sd=sd, **made) for sd in (0.0, 0.5))
    totals = [np.bincount(each.frame()["draw"], minlength=S) for each in (plain, wide)]
    assert np.corrcoef(totals[1], wide.levels)[0, 1] > 0.9
    assert totals[1].std() > 2 * totals[0].std()


@pytest.mark.parametrize("name", ["MBG/NBD", "MBG/CNBD-2", "Pareto/NBD"])
def test_more_purchases_than_memory_holds_are_refused(name):
    heavy = PurchaseRows(x=[1e6], t_x=[1e-3], T=[1e-3], weights=[1])
    with pytest.raises(kk.errors.DataError) as caught:
        drawn(MODELS[name], heavy)
    assert str(caught.value).startswith(
        "purchases to come are dated one by one, and these customers are to make about "
    )
    assert "Hint: fewer draws at once, or a shorter horizon" in str(caught.value)


def test_given_parameters_are_those_of_every_draw(some):
    """Law: a model typed in draws futures at its parameters, which have no uncertainty, in any order of the rows."""
    params = kk.MBGNBD().fit(some).params
    typed = kk.FittedMBGNBD(params=params, period="W").draw_purchases(some, horizon="6M", draws=12, seed=3)
    frame = typed.posterior.frame()
    assert frame.drop_duplicates().to_numpy().tolist() == [[params.r, params.alpha, params.a, params.b]]
    turned = kk.FittedMBGNBD(params=params, period="W").draw_purchases(some[::-1], horizon="6M", draws=12, seed=3)
    keys = ["customer_id", "draw", "day"]
    first, second = (each.frame().sort_values(keys).reset_index(drop=True) for each in (typed, turned))
    pd.testing.assert_frame_equal(first, second)


def test_what_cannot_be_drawn_is_refused(some):
    fitted = kk.MBGNBD().fit(some)
    with pytest.raises(
        kk.errors.CapabilityError, match="object cannot date purchases to come: it lacks DrawsPurchases"
    ):
        kk.PurchaseDraws.of(object(), some)
    with pytest.raises(kk.errors.DataError, match="`horizon`"):
        fitted.draw_purchases(some, horizon=0)
    with pytest.raises(kk.errors.DataError, match="customer_id"):
        fitted.draw_purchases(some.drop(columns="customer_id"))
