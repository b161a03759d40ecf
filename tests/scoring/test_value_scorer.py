"""Laws of customer value, and errors for bad input."""

import json
import math

import numpy as np
import pandas as pd
import polars as pl
import pytest
from attrs import evolve, frozen
from numpy.testing import assert_allclose

import kundkarriar as kk

YEAR = 365.25 / 7


@pytest.mark.parametrize(
    ("customers", "law"),
    [
        ("everyone", "takes a frame of pandas, polars or pyarrow, got str"),
        (pd.DataFrame({"name": ["A"]}), "columns that are not there: \\['customer_id'\\]"),
        (pd.DataFrame({"customer_id": [b"4"]}), "needs text or whole numbers as ids in `customer_id`, found bytes"),
        (pd.DataFrame({"customer_id": [4, 4]}), "`customers` needs one row per customer in `customer_id`"),
    ],
    ids=["no frame", "no ids", "bytes", "twice"],
)
def test_customers_are_validated_where_no_column_of_them_is_read(fitted, scorer, summary, customers, law):
    for ask in (fitted.score, fitted.base, scorer.fit):
        with pytest.raises((kk.DataError, kk.CapabilityError), match=law):
            ask(summary, customers=customers)


def test_clv_is_margin_times_revenue_and_net_value_is_clv_less_cost(scores):
    """Each krona is counted once: the columns add up."""
    assert_allclose(scores["clv"], 0.3 * scores["expected_revenue"])
    assert_allclose(scores["net_value"], scores["clv"] - scores["cost"])


def test_revenue_is_discounted_purchases_times_the_order(fitted, summary, scores):
    """Of those who return nothing; sales are the same without discounting."""
    assert_allclose(scores["expected_sales"], scores["expected_purchases"] * scores["expected_order_value"])
    bought = fitted.purchases.discounted(summary, discount_rate=0.10, horizon=YEAR)["discounted_purchases"]
    assert_allclose(scores["expected_revenue"], bought * scores["expected_order_value"], rtol=1e-9)


def test_cost_by_hand_for_a_model_without_dropout(summary, costs):
    """NBD has no dropout, so the cost is an annuity and a handling fee per discounted order."""
    spec = kk.ValueScorer(purchases=kk.NBD(), margin=0.3, discount_rate=0.10, horizon="12M", costs=costs)
    scores = spec.fit(summary).score(summary)
    annuity = (1 - 1 / 1.1) / math.log(1.1)
    orders = scores["expected_revenue"] / scores["expected_order_value"]
    assert_allclose(scores["cost"], 2.5 * annuity + 1.0 * orders, rtol=1e-9)
    assert_allclose(scores["value_at_risk"], 0.0, atol=1e-12)


def test_discounted_purchases_against_a_fine_sum(fitted, summary, scores):
    """The discounted purchases are the increments of expected purchases, each at its own time."""
    times = np.linspace(0, YEAR, 401)
    few = summary.head(50)
    until = np.array([fitted.purchases.predict(few, horizon=t)["expected_purchases"].to_numpy() for t in times[1:]])
    increments = np.diff(np.vstack([np.zeros(50), until]), axis=0)
    weights = 1.1 ** -((times[1:] + times[:-1]) / 2 / YEAR)
    orders = (scores["expected_revenue"] / scores["expected_order_value"]).head(50)
    assert_allclose(weights @ increments, orders, rtol=1e-6)


def test_lifelong_value_exceeds_the_horizon_and_tends_to_it(summary):
    """With a huge discount rate only the near future counts: lifelong and 12 months agree."""
    spec = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.10, horizon="12M")
    scores = spec.fit(summary).score(summary)
    assert (scores["clv_lifelong"] >= scores["clv"]).all()
    far = evolve(spec, horizon="300Y", discount_rate=0.5)
    steep = far.fit(summary).score(summary)
    assert_allclose(steep["clv"], steep["clv_lifelong"], rtol=1e-5)


def test_without_discount_rate_lifelong_value_is_unknown(summary):
    """A sum without end and without discounting is not a number."""
    scores = (
        kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0, horizon="12M").fit(summary).score(summary)
    )
    assert scores[["clv_lifelong", "share_beyond_data"]].isna().all().all()


def test_no_net_value_without_costs(summary):
    """Without costs there is nothing to subtract, and no column pretends so."""
    scores = (
        kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M").fit(summary).score(summary)
    )
    assert not {"cost", "net_value", "net_value_lifelong"} & set(scores.columns)


def test_row_order_and_frame_library_change_nothing(fitted, summary, scores):
    """Shuffled rows and polars give the same scores."""
    shuffled = summary.sample(frac=1, random_state=1)
    again = fitted.score(shuffled).set_index("customer_id").loc[scores["customer_id"]].reset_index()
    pd.testing.assert_frame_equal(again, scores)
    polar = fitted.score(pl.DataFrame(summary.to_dict("list")))
    assert isinstance(polar, pl.DataFrame)
    for name in scores.columns:
        assert_allclose(polar[name].to_numpy(), scores[name], rtol=1e-12)


def test_rank_shares_the_best_place_among_ties(scores):
    """Rank is one more than how many are worth more."""
    worth = scores["net_value"].to_numpy()
    some = scores.sample(20, random_state=3)
    for value, rank in zip(some["net_value"], some["rank"], strict=True):
        assert rank == 1 + (worth > value).sum()


def test_prospects_keep_their_place_without_numbers(cdnow_sample, scorer):
    """A customer who never bought has a row and no value."""
    known = pd.DataFrame({"customer_id": [-1, *cdnow_sample["customer_id"].unique()]})
    summary = kk.summarize(cdnow_sample, as_of="1997-09-30", customers=known)
    scores = scorer.fit(summary).score(summary)
    assert scores["customer_id"].tolist() == known["customer_id"].tolist()
    assert scores.iloc[0].drop("customer_id").isna().all()
    assert scores.iloc[1:].notna().all().all()


def test_margin_and_costs_from_columns(fitted, summary, scores, costs):
    """A column with the same number for all customers gives the scores of that number."""
    known = summary[["customer_id"]].sample(frac=1, random_state=1).assign(share=0.3, care=2.0)
    spec = evolve(fitted.scorer, margin="share", costs=evolve(costs, serve_per_year="care"))
    by_column = evolve(fitted, scorer=spec).score(summary, customers=known)
    pd.testing.assert_frame_equal(by_column, scores)


def test_returns_lower_value_and_are_shrunk(summary):
    """A fifth returns .8 of the spend: shares are means of own share and prior mean, weighted by days and mass.

    At the estimated mass, the shares have the variance of a beta-binomial with the customers' purchase days.
    """
    sent = np.where(np.arange(len(summary)) % 5, 0.0, 0.8)
    gross, days = summary["total_value"], summary["n_transactions"]
    back = summary.assign(returns_value=sent * gross, total_value=(1 - sent) * gross)
    fitted = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M").fit(back)
    mean, mass = fitted.return_mean, fitted.return_mass
    assert mean == pytest.approx((sent * gross).sum() / gross.sum())
    often = (days >= 2) & (gross > 0)
    expected = mean * (1 - mean) * (1 / days + (1 - 1 / days) / (mass + 1))
    assert ((sent - mean) ** 2)[often].mean() == pytest.approx(expected[often].mean())
    share = 1 - fitted.score(back).eval("expected_sales / expected_purchases / expected_order_value")
    own = np.where(gross > 0, sent, 0.0)
    assert_allclose(share, (days * own + mass * mean) / (days + mass), rtol=1e-9)


def test_what_is_beyond_the_data_lies_beyond_the_longest_history(fitted, summary):
    """`observed` is the largest T, not a mean and not the largest recency."""
    assert fitted.observed == summary["T"].max() > summary["recency"].max()


def test_fitted_models_are_taken_as_they_are(summary, fitted):
    """A scorer of fitted models fits nothing."""
    spec = evolve(fitted.scorer, purchases=fitted.purchases, spend=fitted.spend)
    assert spec.fit(summary.head(200)).purchases is fitted.purchases


def test_to_and_from_json(fitted, summary, scores):
    """A stored scorer scores the same."""
    stored = json.loads(json.dumps(fitted.to_dict()))
    pd.testing.assert_frame_equal(kk.FittedValueScorer.from_dict(stored).score(summary), scores)


@frozen(kw_only=True)
class OnlyPredicts:
    """A user's model that has nothing but `period` and `predict`."""

    inner: kk.FittedMBGNBD
    period: str = "W"

    def predict(self, summary, *, horizon):
        return self.inner.predict(summary, horizon=horizon)


def test_a_model_that_only_predicts_gives_the_same_clv(fitted, summary, scores):
    """Discounting by parts from predictions agrees with the model's own discounting."""
    spec = kk.ValueScorer(
        purchases=OnlyPredicts(inner=fitted.purchases), spend=fitted.spend, margin=0.3, discount_rate=0.1, horizon="12M"
    )
    own = spec.fit(summary).score(summary)
    assert_allclose(own["clv"], scores["clv"], rtol=1e-7)
    assert own["clv_lifelong"].isna().all()


def test_a_model_that_only_predicts_has_no_cost_to_serve(fitted, summary):
    spec = kk.ValueScorer(
        purchases=OnlyPredicts(inner=fitted.purchases),
        spend=fitted.spend,
        margin=0.3,
        discount_rate=0.1,
        horizon="12M",
        costs=kk.Costs(serve_per_year=1),
    )
    with pytest.raises(kk.CapabilityError) as error:
        spec.fit(summary).score(summary)
    assert str(error.value) == (
        "OnlyPredicts does not say how long customers stay alive (it lacks Discounts), so the cost to serve cannot be "
        "counted.\n\nHint: leave out serve_per_year, or use kk.MBGNBD, kk.BGNBD or kk.NBD, which can."
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"discount_rate": 0.1, "horizon": "12M"},
            (
                "ValueScorer needs `margin`: no share of revenue left after the cost of goods fits every firm.\n\n"
                'Hint: margin=0.32 for 32 percent, or the name of a column of customers: margin="margin".'
            ),
        ),
        (
            {"margin": 0.3, "horizon": "12M"},
            (
                "ValueScorer needs `discount_rate`: what money costs a year is the firm's own.\n\n"
                "Hint: discount_rate=0.09 for 9 percent a year, effective."
            ),
        ),
        (
            {"margin": 0.3, "discount_rate": 0.1},
            ('ValueScorer needs `horizon`: a value without a span of time cannot be compared.\n\nHint: horizon="12M".'),
        ),
        (
            {"margin": 0.3, "discount_rate": 0.1, "horizon": 52},
            (
                "`horizon` must be a span of time: a number above 0, then D, W, M or Y, got 52.\n\n"
                'Hint: write "12M" or "90D".'
            ),
        ),
        (
            {"margin": 32, "discount_rate": 0.1, "horizon": "12M"},
            (
                "`margin` must be a finite number of at most 1, or the name of a column of customers, or such "
                "numbers by category, got 32.0.\n\n"
                "Hint: write 0.32 for 32 percent of revenue; where customers differ, the name of a column of the frame "
                'that fit and score take as customers=: margin="margin"; where products do, margin={"gifts": 0.4, '
                '"cards": 0.2}.'
            ),
        ),
        (
            {"margin": {"gold": 30}, "discount_rate": 0.1, "horizon": "12M"},
            (
                "`margin` must be a finite number of at most 1, or the name of a column of customers, or such "
                "numbers by category, got {'gold': 30.0}.\n\n"
                "Hint: write 0.32 for 32 percent of revenue; where customers differ, the name of a column of the frame "
                'that fit and score take as customers=: margin="margin"; where products do, margin={"gifts": 0.4, '
                '"cards": 0.2}.'
            ),
        ),
        (
            {"margin": float("nan"), "discount_rate": 0.1, "horizon": "12M"},
            (
                "`margin` must be a finite number of at most 1, or the name of a column of customers, or such "
                "numbers by category, got nan.\n\n"
                "Hint: write 0.32 for 32 percent of revenue; where customers differ, the name of a column of the frame "
                'that fit and score take as customers=: margin="margin"; where products do, margin={"gifts": 0.4, '
                '"cards": 0.2}.'
            ),
        ),
        (
            {"margin": 0.3, "discount_rate": 9, "horizon": "12M"},
            (
                "`discount_rate` must be 0, or a number of at least 1e-06 and below 1, got 9.0.\n\n"
                "Hint: write discount_rate=0.1 for 10 percent a year, effective."
            ),
        ),
    ],
)
def test_what_a_scorer_says_of_bad_choices(given, message):
    with pytest.raises(ValueError) as error:
        kk.ValueScorer(purchases=kk.MBGNBD(), **given)
    assert str(error.value) == message


def test_negative_costs_are_refused():
    with pytest.raises(ValueError) as error:
        kk.Costs(serve_per_year=-1)
    assert str(error.value) == (
        "`serve_per_year` must be a finite number of at least 0, or the name of a column of customers, got -1.0.\n\n"
        'Hint: write 45, or the name of a column of customers: "care".'
    )


def test_customers_without_the_column_are_named(fitted, summary):
    spec = evolve(fitted.scorer, margin="share")
    known = pd.DataFrame({"customer_id": summary["customer_id"][2:], "share": 0.3})
    with pytest.raises(kk.DataError) as error:
        evolve(fitted, scorer=spec).score(summary, customers=known)
    first = summary["customer_id"].head(2).tolist()
    assert str(error.value) == (
        "ValueScorer(margin='share') needs every customer in `customers`: broken by 2 of 2,357 customers.\n\n"
        f"row  customer_id\n  0           {first[0]:>2}\n  1           {first[1]:>2}\n\n"
        "Hint: add these customers with their `share`."
    )


def test_margins_in_percent_are_refused(fitted, summary):
    spec = evolve(fitted.scorer, margin="share")
    with pytest.raises(kk.DataError, match="must be shares of revenue, at most 1: broken by 2,357 of 2,357") as error:
        evolve(fitted, scorer=spec).score(summary.assign(share=32))
    assert str(error.value).endswith("Hint: write 0.32 for 32 percent.")


def test_a_customer_with_two_shares_is_refused(fitted, summary):
    known = pd.DataFrame({"customer_id": [4, 18, 4], "share": [0.2, 0.3, 0.4]})
    spec = evolve(fitted.scorer, margin="share")
    with pytest.raises(kk.DataError) as error:
        evolve(fitted, scorer=spec).score(summary, customers=known)
    assert str(error.value) == (
        "ValueScorer: `customers` needs one row per customer in `customer_id`: broken by 2 of 3 rows."
        "\n\nrow  customer_id\n  0            4\n  2            4\n\n"
        "Hint: keep one row of each customer, with its id."
    )


def test_a_repeated_customer_is_refused(fitted, summary):
    with pytest.raises(kk.DataError) as error:
        fitted.score(pd.concat([summary.head(2), summary.head(1)]))
    assert str(error.value) == (
        "ValueScorer needs one row per customer in `customer_id`: broken by 2 of 3 rows.\n\n"
        "row  customer_id\n  0            4\n  2            4\n\n"
        "Hint: one row per customer: see kk.summarize(transactions, as_of=...)."
    )


def test_contribution_is_clv_less_handling(scores):
    """clv less the handling of orders: margin x order - 1 for each discounted order."""
    orders = scores["expected_revenue"] / scores["expected_order_value"]
    assert_allclose(scores["contribution"], scores["clv"] - 1.0 * orders)


def test_negative_costs_in_a_column_are_refused(fitted, summary, costs):
    spec = evolve(fitted.scorer, costs=evolve(costs, serve_per_year="care"))
    with pytest.raises(kk.DataError) as error:
        evolve(fitted, scorer=spec).score(summary.head(3).assign(care=[1.0, -50.0, 2.0]))
    assert str(error.value) == (
        "the costs in `care` must be at least 0: broken by 1 of 3 customers.\n\n"
        "row  customer_id  care\n  1           21   -50\n\nHint: write what is paid out as > 0."
    )


def test_customers_come_before_the_summary(fitted, summary):
    """Where both frames have the column, that of `customers` is read."""
    spec = evolve(fitted.scorer, margin="share")
    known = summary[["customer_id"]].assign(share=0.6)
    both = evolve(fitted, scorer=spec).score(summary.assign(share=0.1), customers=known)
    assert_allclose(both["clv"], 0.6 * both["expected_revenue"])


def test_prospects_alone_cannot_be_scored(fitted, cdnow_sample):
    known = pd.DataFrame({"customer_id": [-1, -2]})
    everyone = kk.summarize(cdnow_sample, as_of="1997-09-30", customers=known)
    spec = evolve(fitted.scorer, purchases=fitted.purchases, spend=fitted.spend)
    with pytest.raises(kk.DataError) as error:
        spec.fit(everyone.head(2))
    assert str(error.value) == (
        "ValueScorer needs at least one customer with a purchase: all 2 are prospects.\n\n"
        "Hint: check as_of in kk.summarize(transactions, as_of=...)."
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"purchases": 3},
            (
                "int is no purchase model: it has neither `fit` nor `period` and `predict`.\n\n"
                "Hint: purchases=kk.MBGNBD(), or a model of your own (see kk.testing.check_purchase_model)."
            ),
        ),
        (
            {"purchases": [kk.MBGNBD(), kk.NBD()]},
            (
                "list is no purchase model: it has neither `fit` nor `period` and `predict`.\n\n"
                "Hint: an average of several: purchases=kk.ModelAverage(models=(kk.MBGNBD(), kk.ParetoNBD()))."
            ),
        ),
        ({"spend": 3}, "int is no spend model: it has neither `fit` nor `predict`.\n\nHint: spend=kk.GammaGamma()."),
        (
            {"costs": {"serve_per_year": 3}},
            ("`costs` must be kk.Costs(...), got {'serve_per_year': 3}.\n\nHint: write costs=kk.Costs(...)."),
        ),
    ],
)
def test_parts_that_are_none_are_refused(given, message):
    with pytest.raises(kk.KundkarriarError) as error:
        kk.ValueScorer(margin=0.3, discount_rate=0.1, horizon="12M", **given)
    assert str(error.value) == message


def test_a_pandas_index_is_kept(fitted, summary, scores):
    """Scores keep the index of the summary."""
    named = summary.head(3).set_index(pd.Index(["x", "x", "y"]))
    again = fitted.score(named)
    assert again.index.tolist() == ["x", "x", "y"]
    assert_allclose(again["clv"], scores["clv"].head(3))


def test_a_customer_who_is_certainly_inactive_is_worth_nothing(fitted):
    """P(alive) may round to zero: then so does the value, also lifelong, without a warning."""
    gone = pd.DataFrame(
        {
            "customer_id": [1],
            "frequency": [3000],
            "recency": [10.0],
            "T": [52.0],
            "monetary_value": [10.0],
            "first_value": [10.0],
            "period": "W",
        }
    )
    score = fitted.score(gone).iloc[0]
    assert (score["p_alive"], score["clv"], score["clv_lifelong"]) == (0.0, 0.0, 0.0)


def test_a_stored_scorer_with_the_model_of_another_is_refused(fitted):
    """The field is named: a BG/NBD where the spec fits an MBG/NBD, other parameters where it holds a fitted model."""
    stored = fitted.to_dict()
    bgnbd = kk.FittedBGNBD(params=kk.BGNBDParams(r=0.2, alpha=4, a=0.8, b=2.4), period="W").to_dict()
    with pytest.raises(kk.DataError) as error:
        kk.FittedValueScorer.from_dict(stored | {"purchases": bgnbd})
    assert str(error.value) == (
        "a stored fitted scorer holds a value that to_dict() never writes in `purchases`: `purchases` of a fitted "
        "scorer is that of its `scorer`, MBGNBD, got FittedBGNBD.\n\n"
        "Hint: kk.ValueScorer(...).fit(summary) fits both models."
    )
    given = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.5, alpha=6, a=0.9, b=1.6), period="W")
    with pytest.raises(kk.DataError, match="is that of its `scorer`, FittedMBGNBD, got FittedMBGNBD"):
        evolve(fitted, scorer=evolve(fitted.scorer, purchases=given))


def test_a_stored_scorer_of_another_season_is_refused(fitted):
    """Its model was fitted in the calendar's time."""
    season = kk.Season(index=[1] * 11 + [2])
    stored = fitted.to_dict()
    with pytest.raises(kk.DataError) as error:
        kk.FittedValueScorer.from_dict(stored | {"scorer": stored["scorer"] | {"season": season.to_dict()}})
    assert str(error.value) == (
        "a stored fitted scorer holds a value that to_dict() never writes in `purchases`: `purchases` of a fitted "
        f"scorer is fitted in the time of its `scorer`, that of season {season.key}, got one fitted in that of the "
        "calendar.\n\nHint: kk.ValueScorer(...).fit(summary) fits both models."
    )
    evolve(fitted, scorer=evolve(fitted.scorer, season=kk.Season(index=[1] * 12)))


def test_a_period_is_a_horizon(scorer):
    """`kk.Period.of("12M")` is the text "12M"."""
    assert evolve(scorer, horizon=kk.Period.of("12M")) == scorer


@pytest.mark.parametrize("name", ["margin", "discount_rate", "drift", "horizon", "costs", "season"])
@pytest.mark.parametrize(
    "value", [True, b"1", {}, [0.3], float("nan"), 10**400, 1j, object()], ids=lambda value: type(value).__name__
)
def test_what_is_no_number_or_part_is_refused(name, value):
    """In words, whatever the field."""
    with pytest.raises(kk.DataError):
        kk.ValueScorer(**{"margin": 0.3, "discount_rate": 0.1, "horizon": "12M", name: value})


@pytest.mark.parametrize("value", [-5.0, 1e308])
def test_returns_are_not_negative_and_have_sums(fitted, scorer, summary, value):
    wrong = summary.assign(returns_value=[value] + [0.0] * (len(summary) - 1))
    told = f"ValueScorer needs amounts from 0 to 1e+100 in `returns_value`: broken by 1 of {len(summary):,} rows."
    for call in (fitted.score, scorer.fit):
        with pytest.raises(kk.DataError) as raised:
            call(wrong)
        assert str(raised.value) == (
            f"{told}\n\nrow  customer_id  returns_value\n"
            f"  0            {summary['customer_id'].iloc[0]}  {value:>13.6g}\n\n"
            "Hint: kk.summarize(transactions, as_of=...) computes it; repair these rows."
        )
