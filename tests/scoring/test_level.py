"""The level in draws: one factor a draw for all customers, of mean 1, so that all intervals widen together."""

import numpy as np
import pytest
from attrs import evolve

import kundkarriar as kk
from kundkarriar.models.interface.futures import FutureDraws
from kundkarriar.numerics.forecast.rate_change import draw_changed_purchases
from kundkarriar.scoring.residual.future_draws import changed_expectations, changed_outcomes

TERMS = {"purchases": kk.MBGNBD(), "spend": kk.GammaGamma(), "margin": 0.3, "discount_rate": 0.10, "horizon": "12M"}
SD = 0.25


@pytest.fixture(scope="module")
def plain(summary):
    return kk.ValueScorer(**TERMS, level=0).fit(summary)


@pytest.fixture(scope="module")
def leveled(plain):
    return evolve(plain, scorer=evolve(plain.scorer, level=SD))


@pytest.mark.parametrize("of", ["outcome", "expectation"])
@pytest.mark.parametrize("measure", ["purchases", "sales", "clv"])
def test_totals_keep_their_mean_and_widen(plain, leveled, summary, of, measure):
    """Law: the log of total over total without level is the log of the factor, to the chance of whole counts."""
    alone, wide = (each.draw(summary, draws=400, seed=3, of=of).measuring(measure) for each in (plain, leveled))
    before, after = alone.totals(), wide.totals()
    logs = np.log(after / before)
    chance = 0 if of == "expectation" else 6 / np.sqrt(alone.measuring("purchases").totals().mean())
    assert logs == pytest.approx(np.log(wide.levels), abs=chance + 1e-9)
    assert logs.std() == pytest.approx(SD, rel=0.12)
    assert after.mean() == pytest.approx(before.mean(), rel=5 * SD / np.sqrt(400))
    assert after.var() > 2 * before.var()


def test_outcomes_stay_whole_numbers(leveled, summary):
    draws = leveled.draw(summary, draws=10, seed=3).measuring("purchases")
    values = np.concatenate([values for _, values in draws.by_customer()])
    assert (values == np.floor(values)).all()
    assert (values >= 0).all()


def test_without_level_no_number_changes(plain, summary):
    """Law: sd 0 draws what is drawn without; so does a level taken away again."""
    draws = plain.draw(summary, draws=10, seed=3)
    none = evolve(plain, scorer=evolve(plain.scorer, level=0)).draw(summary, draws=10, seed=3)
    assert (none.totals() == draws.totals()).all()
    assert (evolve(draws, level=kk.Level()).without_level().totals() == draws.totals()).all()


def test_expected_values_do_not_move(plain, leveled, summary):
    assert leveled.score(summary).equals(plain.score(summary))
    rows = [each.draw(summary, draws=30, seed=1).total() for each in (plain, leveled)]
    assert rows[0]["expected"].tolist() == rows[1]["expected"].tolist()
    assert (rows[1]["low"] < rows[0]["low"]).all()
    assert (rows[1]["high"] > rows[0]["high"]).all()


def test_customers_intervals_widen_together(plain, leveled, summary):
    """Law: intervals of what frequent buyers are expected to buy are wider; equal customers have equal bounds."""
    often = summary.nlargest(100, "frequency")
    spans = []
    for fitted in (plain, leveled):
        bounds = fitted.draw(often, draws=400, seed=2, of="expectation").measuring("purchases").interval(0.9)
        spans.append((bounds["high"] - bounds["low"]).to_numpy())
    assert np.mean(spans[1] / spans[0]) > 1.05
    bounds = leveled.draw(summary, draws=50, seed=2).interval()
    by_row = bounds.groupby([summary[name] for name in ("frequency", "recency", "T", "monetary_value")])
    assert (by_row[["low", "high"]].nunique() == 1).all(axis=None)


def test_neither_the_order_of_rows_nor_the_blocks_change_a_number(leveled, summary, monkeypatch):
    draws = leveled.draw(summary, draws=13, seed=5)
    by_customer = np.zeros((len(summary), 13))
    for at, values in draws.by_customer():
        by_customer[at] = values
    assert (by_customer == np.array(list(draws.by_draw())).T).all()
    turned = leveled.draw(summary.iloc[::-1].reset_index(drop=True), draws=13, seed=5)
    assert turned.totals() == pytest.approx(draws.totals())
    for module in ("value_draws", "tile_values"):
        monkeypatch.setattr(f"kundkarriar.scoring.draws.{module}.TILE_CUSTOMERS", 500)
    assert (leveled.draw(summary, draws=13, seed=5).levels == draws.levels).all()


def test_level_and_drift_go_together(plain, summary):
    """Drift multiplies customer by customer, the level all of a draw: means stay, variances add."""
    both = evolve(plain, scorer=evolve(plain.scorer, level=SD, drift=0.8)).draw(summary, draws=200, seed=6)
    drifting = evolve(both, level=kk.Level(sd=0))
    totals = [each.measuring("purchases").totals() for each in (both, drifting)]
    assert np.log(totals[0] / totals[1]).std() == pytest.approx(SD, rel=0.2)
    scatter = [np.concatenate([v.var(axis=1) for _, v in each.by_customer()]).mean() for each in (both, drifting)]
    assert scatter[0] > scatter[1]


def test_changed_counts_are_poisson_at_the_changed_rate():
    """Law: a Poisson count at a rate times f has mean and variance f rate, thinned or added to."""
    g, n = np.random.default_rng(8), 200_000
    for f in (0.0, 0.4, 1.0, 2.5):
        counts = draw_changed_purchases(
            g, g.poisson(3.0, n).astype(float), expected=np.full(n, 3.0), factor=np.full(n, f)
        )
        assert counts.mean() == pytest.approx(3 * f, abs=0.02)
        assert counts.var() == pytest.approx(3 * f, rel=0.02)


def test_time_alive_is_not_changed():
    future = FutureDraws(
        purchases=np.full((4, 2), 3.0), discounted_purchases=np.full((4, 2), 2.0), discounted_alive=np.ones((4, 2))
    )
    factor = np.array([[0.5, 2.0]] * 4)
    expected = changed_expectations(future, factor=factor)
    assert (expected.purchases == 3 * factor).all()
    assert (expected.discounted_purchases == 2 * factor).all()
    drawn = changed_outcomes(np.random.default_rng(1), future, expected=future, factor=factor)
    assert drawn.discounted_purchases == pytest.approx(drawn.purchases * 2 / 3)
    for each in (expected, drawn):
        assert (each.discounted_alive == 1).all()


@pytest.mark.parametrize(
    ("level", "said"),
    [
        (kk.Level(), "level error of sd 8.0% (prior): see kk.backtest"),
        (0.1, "level error of sd 10.0% (given): see kk.backtest"),
        (kk.Level(sd=0.061, origins=4), "level error of sd 6.1% (learnt from 4 origins)"),
        (kk.Level(sd=0, origins=1), "level error of sd 0.0% (learnt from 1 origin)"),
        (0, "model error not included: see kk.backtest"),
    ],
    ids=str,
)
def test_totals_say_which_level_they_hold(plain, summary, level, said):
    draws = evolve(plain, scorer=evolve(plain.scorer, level=level)).draw(summary, draws=20, seed=1)
    assert draws.total()["note"].tolist() == [said]


def test_draws_of_another_level_are_refused(plain, leveled, summary):
    with pytest.raises(kk.DataError) as raised:
        plain.score(summary, draws=leveled.draw(summary, draws=2, seed=1))
    assert str(raised.value) == (
        "the draws are of another scorer: its models, horizon, discount rate, drift or level differ.\n\n"
        "Hint: fitted.score(summary, draws=fitted.draw(summary, seed=1)) with the same fitted scorer."
    )


@pytest.mark.parametrize("level", [-0.1, 10.1, float("nan"), None, "8%", True])
def test_a_level_is_a_level_or_its_sd(level):
    with pytest.raises(kk.DataError) as raised:
        kk.ValueScorer(**TERMS, level=level)
    assert str(raised.value) == (
        f"`level` must be a kk.Level or a number from 0 to 10, got {level!r}.\n\n"
        "Hint: level=0.08, or level=result.level() of a backtest's result."
    )


@pytest.mark.parametrize(("field", "hint"), [("sd", 0.08), ("prior_sd", 0.08)])
def test_an_sd_is_a_number_from_0_to_10(field, hint):
    with pytest.raises(kk.DataError) as raised:
        kk.Level(**{field: -0.5})
    assert str(raised.value) == f"`{field}` must be a number from 0 to 10, got -0.5.\n\nHint: write {field}={hint}."


def test_another_prior_is_the_sd_until_origins_are_known():
    assert kk.Level(prior_sd=0.15).sd == 0.15
    assert kk.Level() == kk.Level(sd=0.08, prior_sd=0.08, origins=0)
