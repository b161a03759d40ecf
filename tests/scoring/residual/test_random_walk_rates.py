"""Random walk of rates: the same mean, a larger variance, and no change without drift."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import kundkarriar as kk
from kundkarriar.models.interface.futures import FutureDraws
from kundkarriar.numerics.forecast.rate_change import draw_changed_purchases
from kundkarriar.numerics.forecast.rate_drift import drift_factors, path_variance
from kundkarriar.scoring.residual.future_draws import changed_outcomes


def draw_drifted_purchases(generator, purchases, *, expected, drift, years):
    factor = drift_factors(generator, purchases.shape, drift=drift, years=years)
    return draw_changed_purchases(generator, purchases, expected=expected, factor=factor)


TERMS = {"margin": 0.3, "discount_rate": 0.10, "horizon": "12M", "level": 0}


@pytest.fixture(scope="module")
def steady(summary):
    return kk.ValueScorer(purchases=kk.MBGNBD(), **TERMS).fit(summary)


@pytest.fixture(scope="module")
def drifting(summary):
    return kk.ValueScorer(purchases=kk.MBGNBD(), **TERMS, drift=0.8).fit(summary)


@given(drift=st.floats(0.0, 2.0), years=st.floats(0.01, 5.0))
def test_path_variance_is_the_mean_covariance_of_the_path(drift, years):
    """The double integral of exp(drift^2 min(u, v)) - 1 over the path, with no jump where the series begins."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    u = (nodes + 1) / 2  # weights add up to 2 over (0, 1): twice the half square above
    integral = float(np.sum(weights * (1 - u) * np.expm1(drift**2 * years * u)))
    assert path_variance(drift=drift, years=years) == pytest.approx(integral, rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("rate", [0.2, 3.0, 40.0])
def test_counts_have_the_mean_of_poisson_and_the_variance_of_a_mixture(rate):
    """Mean lambda, variance lambda + lambda^2 v."""
    generator, n, drift = np.random.default_rng(7), 400_000, 0.6
    counts = draw_drifted_purchases(
        generator, generator.poisson(rate, n).astype(float), expected=np.full(n, rate), drift=drift, years=1.0
    )
    v = path_variance(drift=drift, years=1.0)
    assert counts.mean() == pytest.approx(rate, abs=5 * np.sqrt((rate + rate**2 * v) / n))
    assert counts.var() == pytest.approx(rate + rate**2 * v, rel=0.03)


def test_drifted_poisson_counts_are_poisson_at_the_drifted_rate():
    """The whole distribution: thinned where the rate fell, added to where it rose, against a mixture by quadrature."""
    generator, n, rate = np.random.default_rng(8), 200_000, 2.0
    counts = draw_drifted_purchases(
        generator, generator.poisson(rate, n).astype(float), expected=np.full(n, rate), drift=1.0, years=1.0
    )
    spread = np.log1p(path_variance(drift=1.0, years=1.0))
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    rates = rate * np.exp(np.sqrt(spread) * nodes - spread / 2)
    mixture = (weights / weights.sum()) @ stats.poisson.pmf(np.arange(8), rates[:, None])
    seen = np.bincount(counts.astype(int))[:8]
    chi2 = np.sum((seen - n * mixture) ** 2 / (n * mixture))
    assert chi2 < stats.chi2.ppf(0.999, 8)


def test_without_drift_no_number_changes(summary, steady):
    """Random streams do not change: the outcomes of a tile are the model's own."""
    none = kk.ValueScorer(purchases=kk.MBGNBD(), **TERMS, drift=0.0).fit(summary)
    draws = none.draw(summary, draws=10, seed=3)
    assert (draws.totals() == steady.draw(summary, draws=10, seed=3).totals()).all()
    stream = np.random.default_rng(np.random.SeedSequence(draws.entropy, spawn_key=(0, 0, 0)))
    own = none.purchases.draw_outcomes(
        draws.base.rows.at(draws.order),
        posterior=draws.purchase_posterior,
        horizon=draws.horizon,
        discount_rate=draws.rate,
        generator=stream,
    )
    (counts,) = [values for _, values in draws.measuring("purchases").by_customer()]
    assert (counts == own.purchases).all()


def test_means_stay_and_intervals_widen(summary, steady, drifting):
    """Intervals widen most for frequent buyers: their Poisson noise averages out, their drift does not."""
    draws = [fitted.draw(summary, draws=150, seed=4) for fitted in (steady, drifting)]
    totals = [each.totals() for each in draws]
    assert totals[1].mean() == pytest.approx(totals[0].mean(), abs=4 * totals[0].std() / np.sqrt(150))
    width = [each.interval()["high"] - each.interval()["low"] for each in draws]
    often = (summary["frequency"] >= 8).to_numpy()
    assert (width[1] - width[0])[often].mean() > 0.1 * width[0][often].mean()
    assert width[1].mean() > width[0].mean()
    spread = [np.var(np.concatenate([values for _, values in each.by_customer()]), axis=1).mean() for each in draws]
    assert spread[1] > 1.05 * spread[0]


def test_scores_and_expectations_have_no_drift(summary, steady, drifting):
    """An expectation is one over the path of the rate, whose mean is today's."""
    assert steady.score(summary).equals(drifting.score(summary))
    totals = [fitted.draw(summary, draws=5, seed=4, of="expectation").totals() for fitted in (steady, drifting)]
    assert (totals[0] == totals[1]).all()


def test_reading_again_gives_the_same_futures(summary, drifting):
    """By draw or by customer, and in another order of rows."""
    draws = drifting.draw(summary, draws=10, seed=5)
    by_customer = np.zeros((len(summary), 10))
    for at, values in draws.by_customer():
        by_customer[at] = values
    assert (by_customer == np.array(list(draws.by_draw())).T).all()
    turned = drifting.draw(summary.iloc[::-1].reset_index(drop=True), draws=10, seed=5)
    assert turned.totals() == pytest.approx(draws.totals())


@pytest.mark.parametrize("rate", [0.0, 0.9])
def test_rates_drift_in_calendar_time(summary, steady, rate):
    """Over 6 months half a year of drift; the discount rate does not change purchases."""
    spec = kk.ValueScorer(**TERMS | {"discount_rate": rate, "horizon": "6M"}, drift=0.8, purchases=steady.purchases)
    draws = spec.fit(summary).draw(summary, draws=5, seed=8)
    (moved,) = [values for _, values in draws.measuring("purchases").by_customer()]

    def drawn(draw):
        return draw(
            draws.base.rows.at(draws.order),
            posterior=draws.purchase_posterior,
            horizon=365.25 / 7 / 2,
            discount_rate=0.0,
            generator=np.random.default_rng(np.random.SeedSequence(draws.entropy, spawn_key=(0, 0, 0))),
        ).purchases

    counts, expected = drawn(steady.purchases.draw_outcomes), drawn(steady.purchases.draw_expectations)
    stream = np.random.default_rng(np.random.SeedSequence(draws.entropy, spawn_key=(2, 0, 0)))
    assert (moved == draw_drifted_purchases(stream, counts, expected=expected, drift=0.8, years=0.5)).all()
    assert (moved != counts).any()


def test_added_purchases_are_discounted_as_the_others():
    """By the mean discount of the customer's own draw, or of the expectation where the draw has no purchase."""
    bought, expected = np.array([[4.0, 0.0, 0.0]] * 500), np.array([[4.0, 4.0, 0.0]] * 500)
    generator = np.random.default_rng(3)
    moved = changed_outcomes(
        generator,
        FutureDraws(purchases=bought, discounted_purchases=0.9 * bought, discounted_alive=9.0 + bought),
        expected=FutureDraws(purchases=expected, discounted_purchases=0.8 * expected, discounted_alive=7.0 + expected),
        factor=drift_factors(generator, bought.shape, drift=1.0, years=1.0),
    )
    assert (moved.purchases > 0).mean(axis=0)[1] > 0.1
    assert moved.discounted_purchases == pytest.approx(moved.purchases * np.array([0.9, 0.8, 1.0]))
    assert (moved.discounted_alive == 9.0 + bought).all()


class OwnModel:
    """A user's model whose expectations are drawn with another latent state than its outcomes."""

    period = "W"

    def __init__(self, model):
        self.model = model

    def predict(self, summary, *, horizon):
        return self.model.predict(summary, horizon=horizon)

    def posterior(self, **choices):
        return self.model.posterior(**choices)

    def draw_outcomes(self, rows, *, posterior, generator, **_):
        rates = generator.gamma(2.0, 1.5, size=(len(rows), len(posterior)))
        counts = generator.poisson(rates).astype(float)
        return FutureDraws(
            purchases=counts, discounted_purchases=counts * 0.95, discounted_alive=np.full(counts.shape, 9.0)
        )

    def draw_expectations(self, rows, *, posterior, generator, **_):
        generator.random(17)
        rates = generator.gamma(2.0, 1.5, size=(len(rows), len(posterior)))
        alive = np.full(rates.shape, 9.0)
        return FutureDraws(purchases=rates, discounted_purchases=rates * 0.95, discounted_alive=alive)


def test_a_users_own_model_drifts_too(summary, steady):
    """Its mean is kept though its two kinds of draws share no state."""
    own = kk.ValueScorer(**TERMS, purchases=OwnModel(steady.purchases), drift=0.7).fit(summary)
    counts = np.concatenate(
        [values for _, values in own.draw(summary, draws=50, seed=6).measuring("purchases").by_customer()]
    )
    assert counts.mean() == pytest.approx(3.0, abs=5 * counts.std() / np.sqrt(counts.size))
    assert counts.var() > 1.05 * (3.0 + 4.5)


def test_draws_of_another_drift_are_refused(summary, steady, drifting):
    with pytest.raises(kk.DataError) as raised:
        steady.score(summary, draws=drifting.draw(summary, draws=2, seed=1))
    assert str(raised.value) == (
        "the draws are of another scorer: its models, horizon, discount rate, drift or level differ.\n\n"
        "Hint: fitted.score(summary, draws=fitted.draw(summary, seed=1)) with the same fitted scorer."
    )


@pytest.mark.parametrize("drift", [-0.1, 10.1, float("nan"), float("inf")])
def test_a_drift_is_a_number_from_0_to_10(drift):
    with pytest.raises(ValueError) as raised:
        kk.ValueScorer(purchases=kk.MBGNBD(), **TERMS, drift=drift)
    assert str(raised.value) == f"`drift` must be a number from 0 to 10, got {drift}.\n\nHint: write drift=0.3."


@settings(max_examples=20)
@given(drift=st.floats(0.0, 1.5), seed=st.integers(0, 1000))
def test_drifted_counts_are_counts(drift, seed):
    """Whole numbers of at least 0, none where nobody is alive."""
    generator = np.random.default_rng(seed)
    counts = generator.poisson(2.0, (50, 4)).astype(float)
    counts[:10] = 0.0
    expected = np.where(np.arange(50)[:, None] < 10, 0.0, 2.0) * np.ones((50, 4))
    moved = draw_drifted_purchases(generator, counts, expected=expected, drift=drift, years=1.0)
    assert (moved >= 0).all()
    assert (moved == np.floor(moved)).all()
    assert (moved[:10] == 0).all()
