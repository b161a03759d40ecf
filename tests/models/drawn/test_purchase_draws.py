"""Laws of dated purchases to come: means, treatments of factor 1, row order, frames."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk
from kundkarriar.models.interface.dated_purchases import Treatment, usual

S, WEEKS = 300, 52.0
SPECS = (kk.MBGNBD(), kk.BGNBD(), kk.NBD(), kk.MBGCNBD(k=2))
specs = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: type(spec).__name__)


@pytest.fixture(scope="module")
def some(cdnow_sample):
    """A summary of a few hundred customers."""
    whole = kk.summarize(cdnow_sample, as_of="1997-09-30", regularity=True)
    return whole.iloc[::8].reset_index(drop=True)


def at_parameters(fitted, draws=S):
    """A posterior that is the fitted parameters."""
    own = fitted.free_parameters()
    return kk.Posterior(names=tuple(own), values=np.tile([*own.values()], (draws, 1)))


def drawn(fitted, summary, *, level=1.0, treatments=(), seed=1):
    return fitted.draw_dated(
        fitted.read(summary).rows,
        posterior=at_parameters(fitted),
        horizon=WEEKS,
        generator=np.random.default_rng(seed),
        level=np.full(S, level),
        treatments=treatments,
    )


def within(counts, expected):
    """Whether the mean of S counts is within 4 Monte Carlo errors of what is expected."""
    return abs(counts.mean() - expected) < 4 * counts.std(ddof=1) / np.sqrt(len(counts))


def treatment(n, *, leaving=1.0, purchases=1.0, edges=(0.0, 13.0, 26.0)):
    ones = np.ones((len(edges) - 1, S))
    treated = np.arange(n) % 2 == 0
    return Treatment(
        treated=treated, edges=np.array(edges), leaving=leaving * ones, returning=ones, purchases=purchases * ones
    )


@specs
@pytest.mark.parametrize("level", [1.0, 0.7, 1.6])
def test_purchases_have_the_expected_mean_at_any_level(spec, level, some):
    """The mean within h and within h / 2 is the level times `expected_within`."""
    fitted = spec.fit(some)
    (world,) = drawn(fitted, some, level=level)
    rows = fitted.read(some).rows
    for horizon in (WEEKS / 2, WEEKS):
        counts = np.bincount(world.draw[world.time <= horizon], minlength=S)
        assert within(counts, level * fitted.expected_within(rows, horizon).sum())
    assert (world.time > 0).all()
    assert (world.time <= WEEKS).all()
    order = np.lexsort((world.time, world.draw, world.row))
    assert (order == np.arange(len(order))).all()


@specs
def test_counts_are_those_of_the_model(spec, some):
    fitted = spec.fit(some)
    (world,) = drawn(fitted, some)
    counts = np.bincount(world.row * S + world.draw, minlength=len(some) * S)
    said = fitted.purchase_counts(some, horizon=WEEKS, up_to=3)[["p_0", "p_1", "p_2", "p_3"]].sum()
    for number, expected in enumerate(said):
        assert within((counts == number).reshape(len(some), S).sum(axis=0), expected)


@specs
def test_time_active_is_that_of_the_model(spec, some):
    """Customers alive who buy nothing are active throughout; time active is p_alive x the expected time alive."""
    fitted = spec.fit(some)
    (world,) = drawn(fitted, some)
    active = world.active(np.array([0.0, WEEKS / 2, WEEKS]))
    assert active.shape == (len(some), S, 2)
    rows = fitted.read(some).rows
    for horizon, time in ((WEEKS / 2, active[:, :, 0]), (WEEKS, active.sum(axis=2))):
        ahead = fitted.residual(rows, horizon=horizon, discount_rate=0.0)
        assert within(time.sum(axis=0), (ahead.p_alive * ahead.discounted_alive).sum()) or spec == kk.NBD()
    last = pd.Series(world.time).groupby([world.row, world.draw]).max()
    row, draw = (last.index.get_level_values(level) for level in (0, 1))
    assert (active.sum(axis=2)[row, draw] >= last.to_numpy() * (1 - 1e-12)).all()


@specs
def test_factors_of_1_change_nothing_and_treatments_nothing_of_the_usual(spec, some):
    fitted = spec.fit(some)
    (alone,) = drawn(fitted, some)
    one = usual(len(some), S, edges=np.array([0.0, 13.0]), treated=np.ones(len(some), dtype=bool))
    other = treatment(len(some), leaving=0.5, purchases=1.5)
    with_others, same, _ = drawn(fitted, some, treatments=(one, other))
    for world in (with_others, same):
        for name in ("row", "draw", "time"):
            np.testing.assert_array_equal(getattr(world, name), getattr(alone, name))


@specs
def test_a_factor_on_purchases_multiplies_those_of_treated_customers_while_treated(spec, some):
    fitted = spec.fit(some)
    n = len(some)
    mixed = treatment(n, purchases=np.array([[1.5], [0.6]]))
    plain, changed = drawn(fitted, some, treatments=(mixed,))
    rows = fitted.read(some).rows
    at_13, at_26 = (fitted.expected_within(rows, weeks)[::2].sum() for weeks in (13.0, 26.0))
    own = changed.row % 2 == 0
    for (start, end), expected in {(0, 13): 1.5 * at_13, (13, 26): 0.6 * (at_26 - at_13)}.items():
        inside = own & (changed.time > start) & (changed.time <= end)
        assert within(np.bincount(changed.draw[inside], minlength=S), expected)
    for name in ("row", "draw", "time"):
        kept, before = (getattr(world, name)[(world.row % 2 == 1) | (world.time > 26)] for world in (changed, plain))
        np.testing.assert_array_equal(kept, before)


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


def test_what_cannot_be_drawn_is_refused(some):
    fitted = kk.MBGNBD().fit(some)
    typed = kk.FittedMBGNBD(params=fitted.params, period="W")
    with pytest.raises(kk.errors.CapabilityError, match="given"):
        typed.draw_purchases(some)
    with pytest.raises(
        kk.errors.CapabilityError, match="object cannot date purchases to come: it lacks DrawsPurchases"
    ):
        kk.PurchaseDraws.of(object(), some)
    with pytest.raises(kk.errors.DataError, match="`horizon`"):
        fitted.draw_purchases(some, horizon=0)
    with pytest.raises(kk.errors.DataError, match="customer_id"):
        fitted.draw_purchases(some.drop(columns="customer_id"))
