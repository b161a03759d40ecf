"""Margins by category: planted mixes are found, laws of scale, stored forms, bad input."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from attrs import evolve

import kundkarriar as kk
from kundkarriar.numerics.mix.spend_mix import expected_mix, mix_prior

MARGINS = {"cards": 0.1, "gifts": 0.5, "toys": 0.3}
NAMES = list(MARGINS)
SHARES = np.array([0.5, 0.3, 0.2])
AS_OF = "2026-06-30"
SPEC = kk.ValueScorer(
    purchases=kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.5, alpha=6, a=0.9, b=1.6), period="W"),
    margin=MARGINS,
    discount_rate=0.1,
    horizon="12M",
    costs=kk.Costs(serve_per_year=1),
)


def shop(mass=3.0, customers=600, seed=1):
    """Transactions whose customers have mixes of Dirichlet(mass x shares), and the true mix of each customer."""
    random = np.random.default_rng(seed)
    mixes = random.dirichlet(mass * SHARES, customers)
    days = 1 + random.poisson(random.gamma(0.8, 5, customers))
    customer = np.repeat(np.arange(customers), days)
    rows = pd.DataFrame(
        {
            "customer_id": customer,
            "date": pd.Timestamp("2025-01-01") + pd.to_timedelta(random.integers(0, 500, len(customer)), unit="D"),
            "amount": random.gamma(20, 1, len(customer)).round(2),
            "category": np.array(NAMES)[(random.random(len(customer))[:, None] > mixes[customer].cumsum(1)).sum(1)],
        }
    )
    return rows, mixes


@pytest.fixture(scope="module")
def truth():
    rows, mixes = shop(customers=3000)
    return kk.summarize(rows, as_of=AS_OF, mix=True), mixes


def margins_of(fitted, summary):
    scores = fitted.score(summary)
    return (scores["clv"] / scores["expected_revenue"]).to_numpy()


@pytest.mark.parametrize("mass", [0.5, 3.0, 20.0])
def test_the_prior_is_found(mass):
    """Planted truth: shares and mass of simulated customers with one category a day."""
    random = np.random.default_rng(7)
    mixes, n = random.dirichlet(mass * SHARES, 6000), 1 + random.poisson(random.gamma(0.8, 5, 6000))
    spend = np.array([random.multinomial(days, mix) for days, mix in zip(n, mixes, strict=True)]).astype(float)
    shares, found = mix_prior(spend=spend, n=n.astype(float))
    np.testing.assert_allclose(shares, SHARES, atol=0.02)
    assert found == pytest.approx(mass, rel=0.15)


def test_margins_shrink_to_the_truth(truth):
    """Planted truth: the shrunk margin is nearer to the true one than the own margin, and than that of all."""
    summary, mixes = truth
    fitted = SPEC.fit(summary)
    found, margins = margins_of(fitted, summary), np.array(list(MARGINS.values()))
    true = mixes[summary["customer_id"]] @ margins
    spend = summary[[f"spend_on_{name}" for name in NAMES]].to_numpy()
    own = spend @ margins / spend.sum(axis=1)

    def error(guess):
        return np.sqrt(np.mean((guess - true) ** 2))

    assert error(found) < 0.85 * min(error(own), error(true.mean()))
    assert found.mean() == pytest.approx(true.mean(), abs=0.005)
    many = summary["n_transactions"].to_numpy() > 25
    assert np.abs(found - own)[many].max() < 0.05


def test_a_customer_by_hand():
    """(mass x shares + n x own) / (mass + n); no purchase, the mix of all."""
    mix = expected_mix(
        spend=np.array([[3.0, 1.0], [0, 0]]), n=np.array([4.0, 9.0]), shares=np.array([0.5, 0.5]), mass=4
    )
    np.testing.assert_allclose(mix, [[0.625, 0.375], [0.5, 0.5]])


def test_one_margin_for_all_categories_is_one_margin(truth):
    """Law: equal margins by category give the scores of that margin."""
    summary, _ = truth
    by_category = evolve(SPEC, margin=dict.fromkeys(NAMES, 0.3)).fit(summary).score(summary)
    plain = evolve(SPEC, margin=0.3).fit(summary).score(summary)
    pd.testing.assert_frame_equal(by_category, plain)


def test_money_scales_and_order_does_not_matter(truth):
    """Law: in another currency margins and ranks are the same; so they are with rows in another order."""
    summary, _ = truth
    money = [name for name in summary.columns if name.startswith("spend_on_") or name.endswith("_value")]
    other = summary.assign(**{name: summary[name] * 1024 for name in money})
    costly = evolve(SPEC, costs=kk.Costs(serve_per_year=1024))
    fitted, scaled = SPEC.fit(summary), costly.fit(other)
    np.testing.assert_allclose(margins_of(scaled, other), margins_of(fitted, summary), rtol=1e-9)
    assert scaled.mix_mass == pytest.approx(fitted.mix_mass)
    shuffled = summary.sample(frac=1, random_state=1)
    assert SPEC.fit(shuffled).mix_mass == pytest.approx(fitted.mix_mass)
    np.testing.assert_allclose(margins_of(fitted, shuffled), margins_of(fitted, summary)[shuffled.index], rtol=1e-12)


def test_lazy_and_other_frames_agree():
    """Law: the scores of lazy and of polars summaries are those of pandas."""
    rows, _ = shop()
    summary = kk.summarize(rows, as_of=AS_OF, mix=True)
    expected = SPEC.fit(summary).score(summary).sort_values("customer_id", ignore_index=True)
    for frame in (pl.DataFrame(rows), pl.DataFrame(rows).lazy()):
        made = kk.summarize(frame, as_of=AS_OF, mix=True)
        scores = SPEC.fit(made).score(made)
        scores = (scores.collect() if isinstance(scores, pl.LazyFrame) else scores).to_pandas()
        scores = scores.sort_values("customer_id", ignore_index=True)
        pd.testing.assert_frame_equal(scores[expected.columns], expected, check_dtype=False, rtol=1e-6)


def test_new_customers_prospects_and_stored_scorers(truth):
    """A stored scorer scores later customers, of whom some bought nothing of a category, as before."""
    summary, _ = truth
    fitted = SPEC.fit(summary)
    again = kk.FittedValueScorer.from_dict(json.loads(json.dumps(fitted.to_dict())))
    assert again == fitted
    assert again.mix_mass > 0
    later = summary.head(5).drop(columns="spend_on_toys").assign(spend_on_cards=0.0, spend_on_gifts=0.0)
    all_of = dict(fitted.mix)
    np.testing.assert_allclose(margins_of(again, later), sum(all_of[name] * MARGINS[name] for name in NAMES))


def test_a_career_with_margins_by_category():
    """The career makes the mix itself, keeps the breadth, and is stored."""
    rows, _ = shop(customers=200)
    career = kk.CustomerCareer(scorer=evolve(SPEC, purchases=kk.NBD())).fit(rows, as_of=AS_OF, seed=1, draws=5)
    table = career.customers()
    assert (table["clv"] / table["expected_revenue"]).nunique() > 50
    assert (table["breadth"] >= 1).all()
    again = kk.FittedCareer.from_dict(json.loads(json.dumps(career.to_dict())))
    pd.testing.assert_frame_equal(again.customers(), table, check_dtype=False)
    assert np.isfinite(career.profit(by="rung")["profit"]).all()
    assert career.class_forecast()["expected"].sum() > 0


def test_histories_take_the_mix_beside_them():
    """A ladder's history has no categories: with the columns in customers= it values by them, else it refuses."""
    rows, _ = shop(customers=200)
    summary = kk.summarize(rows, as_of=AS_OF, mix=True)
    fitted = SPEC.fit(summary)
    ladder = kk.CustomerLadder.kundkarriar()
    columns = ["customer_id", *(f"spend_on_{name}" for name in NAMES)]
    history = ladder.history(rows, as_of=AS_OF, customers=summary[columns])
    base = fitted.base(summary.drop(columns=columns[1:]), customers=history.customers)
    np.testing.assert_allclose(base.terms["margin"], fitted.base(summary).terms["margin"])
    with pytest.raises(kk.DataError, match="a ladder's history takes its columns in customers="):
        fitted.base(summary.drop(columns=columns[1:]))


BAD = {
    "no mix": (
        MARGINS,
        lambda s: s.drop(columns=[c for c in s if c.startswith("spend_on")]),
        "needs spend by category",
    ),
    "no margin": ({"cards": 0.1, "gifts": 0.5}, None, "has no margin for categories that customers bought: 'toys'"),
    "misspelt": ({**MARGINS, "gift": 0.2}, None, "has a margin for categories that nobody bought: ['gift']"),
    "negative": (MARGINS, lambda s: s.assign(spend_on_toys=-1.0), "needs spend of at least 0 by category"),
    "missing": (MARGINS, lambda s: s.assign(spend_on_toys=np.nan), "needs finite numbers in `spend_on_toys`"),
    "nothing": ({}, None, "or such numbers by category, got {}"),
    "percent": ({"cards": 10}, None, "or such numbers by category, got {'cards': 10.0}"),
    "no name": ({"": 0.1}, None, "or such numbers by category, got {'': 0.1}"),
    "no number": ({"cards": None}, None, "or such numbers by category, got {'cards': None}"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(truth, name):
    margin, change, words = BAD[name]
    summary = truth[0] if change is None else change(truth[0])
    with pytest.raises(kk.DataError) as caught:
        evolve(SPEC, margin=margin).fit(summary)
    assert words in str(caught.value)
    assert "Hint: " in str(caught.value)


def test_a_later_category_without_a_margin_is_refused(truth):
    """Scores of customers who bought what had no margin at the fit are no guess."""
    fitted = SPEC.fit(truth[0])
    with pytest.raises(kk.DataError, match="has no margin for categories that customers bought: 'hats'"):
        fitted.score(truth[0].assign(spend_on_hats=1.0))
