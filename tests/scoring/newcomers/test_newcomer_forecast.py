"""What newcomers buy: the expectation is the mean of the draws, and what happened lies in the interval."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.history.purchase_days import purchase_days
from kundkarriar.models.interface.protocols import needs_gaps
from kundkarriar.numerics.forecast.level_error import draw_levels
from kundkarriar.scoring.newcomers import newcomer_draws
from kundkarriar.scoring.newcomers.newcomer_forecast import newcomer_forecast

AS_OF, UNTIL = "2024-12-31", "2025-12-31"


@pytest.fixture(scope="module")
def shop():
    """About 60 newcomers a month, 21 months of them seen; a twentieth of the purchases comes back."""
    return kk.testing.make_transactions(
        customers=2000, seed=3, start="2023-04-01", until=UNTIL, joining="33M", returns=0.05
    )


def forecast(rows, model=None, *, draws=200, customers=None, burn_in=None, season=None, until=UNTIL, level=0.0):
    """The forecast of newcomers as of a year before the end, by a model with Gamma-Gamma."""
    model = model or kk.MBGNBD()
    gaps = needs_gaps(model)
    summary = kk.summarize(rows, as_of=AS_OF, burn_in=burn_in, season=season, gaps=gaps, regularity=True)
    spec = kk.ValueScorer(
        purchases=model,
        spend=kk.GammaGamma(),
        margin=1.0,
        discount_rate=0.0,
        horizon="12M",
        season=season,
        level=level,
    )
    scorer = spec.fit(summary, customers=customers)
    base = scorer.base(summary, customers=customers)
    drawn = scorer.draw_if_able(base, scores=scorer.score_base(base), draws=draws, seed=1)
    span = {"as_of": np.datetime64(AS_OF), "until": np.datetime64(until)}
    return newcomer_forecast(scorer, base, purchase_days(rows, as_of=UNTIL), burn_in=burn_in, drawn=drawn, **span)


def outcome(rows):
    """Number, purchase days and net sales of who came in the last year."""
    bought = rows[rows["amount"] > 0]
    first = bought.groupby("customer_id")["date"].min()
    new = rows[rows["customer_id"].isin(first[first > AS_OF].index)]
    days = new[new["amount"] > 0].drop_duplicates(["customer_id", "date"])
    return {"newcomers": new["customer_id"].nunique(), "purchases": len(days), "sales": new["amount"].sum()}


def test_what_happened_lies_in_the_interval(shop):
    foreseen = forecast(shop)
    for name, actual in outcome(shop).items():
        each = getattr(foreseen, name)
        assert each.low <= actual <= each.high
        assert each.expected == pytest.approx(actual, rel=0.12)


def test_the_level_of_a_draw_is_that_of_known_customers():
    """It multiplies repeat purchases, so that newcomers' sales go up with it, and keeps their mean."""
    rows = kk.testing.make_transactions(customers=400, seed=3, start="2023-04-01", until=UNTIL, joining="33M")
    alone, foreseen = (forecast(rows, level=sd) for sd in (0.0, 1.0))
    assert (foreseen.sales.expected, foreseen.newcomers) == (alone.sales.expected, alone.newcomers)
    levels = draw_levels(entropy=1, draws=200, sd=1.0)
    drawn, before = np.array(foreseen.drawn_sales), np.array(alone.drawn_sales)
    assert np.corrcoef(levels, drawn)[0, 1] > 0.8
    assert abs(np.corrcoef(levels, before)[0, 1]) < 0.25
    later = 1 - alone.newcomers.expected / alone.purchases.expected  # share of repeat purchases
    assert drawn.mean() == pytest.approx(before.mean() * (1 + later * (levels.mean() - 1)), rel=0.03)


MODELS = {
    "MBG/NBD": kk.MBGNBD(), "Pareto/NBD": kk.ParetoNBD(), "NBD": kk.NBD(), "MBG/CNBD-k": kk.MBGCNBD(k=1),
    "ReturningNBD": kk.ReturningNBD(), "average": kk.ModelAverage(models=(kk.MBGNBD(), kk.ParetoNBD())),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::kundkarriar.DataWarning")
@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_the_expectation_is_the_mean_of_the_draws(shop, model):
    """Within 4 %, as parameters are drawn too; the number of newcomers does not depend on the model."""
    small = shop[shop["customer_id"] % 3 == 0]
    foreseen = forecast(small, model, draws=300)
    assert np.mean(foreseen.drawn_sales) == pytest.approx(foreseen.sales.expected, rel=0.05)
    assert foreseen.newcomers == forecast(small, draws=300).newcomers


def test_order_and_ids_change_nothing(shop):
    """Rows in another order and later rows give the same numbers, to rounding."""
    one = forecast(shop, draws=20)
    other = forecast(shop.sample(frac=1, random_state=2), draws=20)
    assert one.drawn_sales == pytest.approx(other.drawn_sales, rel=1e-9)
    assert one.sales.expected == pytest.approx(other.sales.expected, rel=1e-12)
    early = shop[shop["date"] <= AS_OF]
    assert one.sales.expected == pytest.approx(forecast(early, draws=20).sales.expected, rel=1e-12)


def test_a_shorter_horizon_is_no_more_than_its_part(shop):
    half, whole = (forecast(shop, draws=20, until=until) for until in ("2025-06-30", UNTIL))
    assert half.newcomers.expected == pytest.approx(whole.newcomers.expected / 2, rel=0.05)
    assert half.sales.expected < 0.48 * whole.sales.expected  # repeat purchases come later


def test_months_are_fine_enough(shop):
    """Arrivals in the middle of their month miss the expected repeat purchases of daily ones by less than a percent."""
    model = kk.MBGNBD().fit(kk.summarize(shop, as_of=AS_OF))
    daily = np.mean([model.new_customer((365 - day - 0.5) / 7) for day in range(365)])
    ends = np.cumsum([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    starts = np.append(0, ends[:-1])
    monthly = [model.new_customer((365 - (start + end) / 2) / 7) for start, end in zip(starts, ends, strict=True)]
    assert np.average(monthly, weights=ends - starts) == pytest.approx(daily, rel=0.005)


def test_newcomers_have_the_covariates_of_the_latest(shop):
    """Where the web's customers buy more often and the latest came through the web, newcomers buy more."""
    web = shop.groupby("customer_id")["date"].transform("min") > "2024-01-01"
    many = pd.concat([shop, shop[web & (shop["amount"] > 0)].assign(date=shop["date"] + pd.Timedelta(days=9))])
    many = many[many["date"] <= UNTIL].sort_values(["date", "customer_id"], kind="stable", ignore_index=True)
    customers = shop[["customer_id"]].drop_duplicates()
    customers = customers.assign(web=customers["customer_id"].isin(shop[web]["customer_id"]))
    plain = forecast(many, draws=10)
    by_channel = forecast(many, kk.MBGNBD(covariates=kk.Covariates(purchase="web")), draws=10, customers=customers)
    assert by_channel.purchases.expected > plain.purchases.expected


def test_returns_reduce_sales(shop):
    """By the share that comes back, a twentieth, in the expectation and in the draws."""
    kept, whole = forecast(shop[shop["amount"] > 0], draws=1000), forecast(shop, draws=1000)
    assert whole.sales.expected / kept.sales.expected == pytest.approx(0.95, abs=0.02)
    assert np.mean(whole.drawn_sales) / np.mean(kept.drawn_sales) == pytest.approx(0.95, abs=0.03)


def test_models_that_cannot_draw_still_expect(shop):
    fitted = kk.MBGNBD().fit(kk.summarize(shop, as_of=AS_OF))
    typed = forecast(shop, kk.FittedMBGNBD(params=fitted.params, period="W"))
    assert typed.sales.expected == pytest.approx(forecast(shop, draws=10).sales.expected)
    assert np.isnan(typed.sales.low)
    assert typed.drawn_sales == ()
    assert typed.newcomers.low < typed.newcomers.expected < typed.newcomers.high


def test_a_reason_stands_where_there_is_no_forecast(shop):
    """With a burn-in as long as the data."""
    summary = kk.summarize(shop, as_of=AS_OF)
    scorer = kk.ValueScorer(purchases=kk.MBGNBD(), margin=1.0, discount_rate=0.0, horizon="12M").fit(summary)
    span = {"as_of": np.datetime64(AS_OF), "until": np.datetime64(UNTIL), "burn_in": "20M"}
    told = newcomer_forecast(scorer, scorer.base(summary), purchase_days(shop, as_of=UNTIL), drawn=None, **span)
    assert told == (
        "Arrivals.fit needs 84 days or more in which newcomers are counted: counting begins on 2024-12-02, and `as_of` "
        "is 2024-12-31"
    )


def test_of_many_newcomers_some_stand_for_all(shop, monkeypatch):
    """Law: the mean of the draws is that of all, and the spread is not smaller."""
    whole = forecast(shop, draws=1000)
    monkeypatch.setattr(newcomer_draws, "MOST_DRAWN", 10)
    some = forecast(shop, draws=1000)
    assert whole.newcomers == some.newcomers
    assert np.mean(some.drawn_sales) == pytest.approx(np.mean(whole.drawn_sales), rel=0.05)
    assert np.std(some.drawn_sales) > np.std(whole.drawn_sales)
