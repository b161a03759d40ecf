"""Laws of the time to the first purchase: probabilities and their composition, draws, equal leads."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.models.first_purchase.rate_ahead import RateAhead
from kundkarriar.numerics.first_purchase.survival import log_not_yet
from kundkarriar.summaries.leads.lead_rows import LeadRows

SHAPE = st.floats(1e-3, 1e4)
MODELS = st.builds(
    lambda alpha, beta, never, quote: kk.FittedFirstPurchase(
        params=kk.FirstPurchaseParams(alpha=alpha, beta=beta, never=never),
        effects=kk.LeadEffects(events={"quote": quote}),
    ),
    SHAPE,
    SHAPE,
    st.floats(0, 1),
    st.floats(-3, 3),
)
LEADS = st.lists(st.tuples(st.floats(0, 100), st.floats(0, 1) | st.just(np.inf)), min_size=1, max_size=4)


def open_leads(pairs):
    """Leads open for some months, with a quote after a share of them."""
    months = np.array([month for month, _ in pairs])
    after = np.array([[month * share if np.isfinite(share) else np.inf] for month, share in pairs])
    n = len(pairs)
    nothing = np.empty((n, 0))
    return LeadRows(months=months, bought=np.zeros(n, bool), covariates=nothing, after=after, weights=np.ones(n))


@given(alpha=SHAPE, beta=SHAPE, never=st.floats(0, 1), exposure=st.floats(0, 1e4), more=st.floats(0, 1e4))
def test_survival_falls_from_1_to_the_share_that_never_buys(alpha, beta, never, exposure, more):
    """S(0) = 1, S falls with the exposure, and ends at `never`."""
    given = {"alpha": alpha, "beta": beta, "never": never}
    now, later = np.exp(log_not_yet(np.array([exposure, exposure + more]), **given))
    assert log_not_yet(0.0, **given) == pytest.approx(0.0, abs=1e-12)
    assert later <= now * (1 + 1e-12)
    assert later >= never * (1 - 1e-12)
    assert np.exp(log_not_yet(np.inf, **given)) == pytest.approx(never)


@given(model=MODELS, pairs=LEADS, first=st.floats(0, 60), second=st.floats(0, 60))
def test_probabilities_compose(model, pairs, first, second):
    """Not within a + b is not within a, then not within b of who is as old by then; longer is never less likely."""
    rows = open_leads(pairs)
    within = model.p_within(rows, np.array([0.0, first, first + second, np.inf]))
    assert (within >= 0).all()
    assert (within <= 1).all()
    assert (within[:, 0] == 0).all()
    assert (np.diff(within, axis=1) >= -1e-12).all()
    then = LeadRows(
        months=rows.months + first,
        bought=rows.bought,
        covariates=rows.covariates,
        after=rows.after,
        weights=rows.weights,
    )
    both = 1 - (1 - within[:, 1]) * (1 - model.p_within(then, np.array([second]))[:, 0])
    assert both == pytest.approx(within[:, 2], rel=1e-9, abs=1e-11)


@given(model=MODELS, pairs=LEADS, factor=st.floats(0.1, 10), span=st.floats(0.1, 24))
def test_a_rate_ahead_is_time_that_counts(model, pairs, factor, span):
    """A factor f for a span is f times the span at today's rate, and `months_at` undoes `exposure`."""
    ahead = RateAhead(edges=np.array([0.0, span]), factor=np.array([factor]))
    rows, months = open_leads(pairs), np.array([0.0, span / 2, span, span + 3])
    counted = np.array([0.0, factor * span / 2, factor * span, factor * span + 3])
    assert model.p_within(rows, months, ahead=ahead) == pytest.approx(model.p_within(rows, counted), abs=1e-12)
    assert ahead.months_at(ahead.exposure(months)) == pytest.approx(months, rel=1e-9)
    assert ahead.months_at(np.array([np.inf]))[0] == np.inf


def test_drawn_months_are_those_of_the_probabilities(truth):
    """Shares of 20,000 draws within spans are `p_within`, to four standard errors; the rest never come."""
    table = pd.DataFrame(
        {"months": [0.0, 5.0, 40.0], "bought": False, "channel": ["ads", "store", "web"]}, index=[2, 0, 1]
    )
    rows, spans = truth.read(table), np.array([1.0, 6.0, 36.0, 1e6])
    drawn = truth.draw_months(rows, posterior=None, draws=20_000, generator=np.random.default_rng(1))
    share = (drawn[:, :, None] <= spans).mean(axis=1)
    p = truth.p_within(rows, spans)
    assert (np.abs(share - p) <= 4 * np.sqrt(p * (1 - p) / 20_000)).all()
    assert (drawn > 0).all()


def test_draws_use_their_own_parameters(fitted, lead_table):
    """Column s is of draw s: the mean share over draws is that of the parameters drawn, and seeds repeat it."""
    rows = fitted.read(lead_table[~lead_table["bought"]].iloc[:3])
    posterior = fitted.posterior(draws=2000, seed=1)
    drawn, again = (
        fitted.draw_months(rows, posterior=posterior, draws=2000, generator=np.random.default_rng(2)) for _ in range(2)
    )
    assert np.array_equal(drawn, again)
    assert drawn.shape == (3, 2000)
    share, p = (drawn <= 12).mean(axis=1), fitted.p_within(rows, np.array([12.0]))[:, 0]
    assert share == pytest.approx(p, abs=0.05)
    other = kk.FittedFirstPurchase(params=kk.FirstPurchaseParams(alpha=1.0, beta=1.0, never=0.5))
    with pytest.raises(kk.CapabilityError, match="FirstPurchase draws from a posterior of"):
        other.draw_months(rows, posterior=posterior, draws=2000, generator=np.random.default_rng(2))


def test_equal_leads_have_equal_probabilities(truth, lead_table):
    """Whatever the order of rows and the frame library; who has bought has no probability of a first purchase."""
    some = lead_table.iloc[:200]
    told = truth.predict(some, horizon="12M")
    turned = truth.predict(some.iloc[::-1], horizon="12M")
    pd.testing.assert_frame_equal(turned.iloc[::-1], told)
    assert told["p_first_purchase"].isna().tolist() == some["bought"].tolist()
    assert (told.loc[some["bought"], "p_ever"] == 1).all()
    still = told[~some["bought"]]
    assert (still["p_first_purchase"] <= still["p_ever"]).all()
    other = truth.predict(pl.from_pandas(some), horizon=12)
    assert isinstance(other, pl.DataFrame)
    assert other["p_first_purchase"].null_count() == some["bought"].sum()
    assert other["p_ever"].to_list() == told["p_ever"].tolist()


@pytest.mark.parametrize("never", [0.0, 1.0])
def test_all_or_none_may_never_buy(never):
    """The log-likelihood of leads is that of the probabilities, at a share of 0 and of 1 too."""
    model = kk.FittedFirstPurchase(params=kk.FirstPurchaseParams(alpha=1.0, beta=4.0, never=never))
    leads = pd.DataFrame({"months": [12.0, 3.0], "bought": [False, False]})
    expected = sum(np.log(1 - model.new_lead(months)) for months in leads["months"])
    assert model.log_likelihood_of(leads) == pytest.approx(expected, abs=1e-12)


def test_no_probability_is_below_0():
    """Rounding in a short horizon after a long time makes no negative chance."""
    model = kk.FittedFirstPurchase(params=kk.FirstPurchaseParams(alpha=1e-6, beta=1.0, never=0.5))
    leads = pd.DataFrame({"months": np.linspace(0, 24, 200), "bought": False})
    assert (model.predict(leads, horizon=1e-9)["p_first_purchase"] >= 0).all()
