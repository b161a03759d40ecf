"""Money of customers who pause and return: one type of customer, of known rates, in closed form and by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from attrs import evolve, frozen
from scipy.linalg import expm

import kundkarriar as kk
from kundkarriar.frames import add_columns
from kundkarriar.models.interface.futures import ResidualExpectation, Returning
from kundkarriar.scoring.residual.residual_expectation import residual_expectation, residual_expectation_by_horizon
from kundkarriar.season.season_clock import SeasonClock
from kundkarriar.summaries.checked_summary import read_purchase_rows
from kundkarriar.summaries.purchase_rows import PurchaseRows
from kundkarriar.testing import check_purchase_model

YEAR = 365.25 / 7
LAMBDA, MU, NU = 0.2, 0.05, 0.02
K, PI = MU + NU, NU / (MU + NU)
ON, OFF = 1.0, 0.0
RATE = math.log(1.1) / YEAR
MARGIN, SERVE, MARKET, PER_ORDER, SPENT = 0.3, 2.0, 0.5, 1.25, 40.0
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["new", "often", "silent"],
        "frequency": [0, 12, 3],
        "recency": [0.0, 50.0, 10.0],
        "T": [1.0, 52.0, 90.0],
        "monetary_value": [0.0, SPENT, SPENT],
        "period": "W",
    }
)


def over(speed, horizon):
    """The integral of exp(-speed t) from 0 to the horizon."""
    return horizon if speed == 0 else -math.expm1(-speed * horizon) / speed


def time_on(p, horizon, rate=0.0):
    """Discounted time on of a customer who is on now with probability `p`."""
    return PI * over(rate, horizon) + (p - PI) * over(K + rate, horizon)


def buys(state, horizon):
    """P(at least one purchase): no purchase in the process of on and off in which a purchase ends it."""
    if math.isinf(horizon):
        return 1.0
    rates = np.array([[-(LAMBDA + MU), MU], [NU, -NU]])
    return 1 - expm(rates * horizon)[int(state == OFF)].sum()


def p_on(rows):
    """P(on) given the silence since the last purchase, at which the customer was on."""
    rates = np.array([[-(LAMBDA + MU), MU], [NU, -NU]])
    seen = expm(rates * (rows.T - rows.t_x)[:, None, None])[:, 0]
    return seen[:, 0] / seen.sum(axis=1)


@frozen
class Pausing:
    """A fitted model of one type of customer, who buys at the rate LAMBDA while on; on ends at MU, off at NU.

    `fading` is how much faster the worth of being on fades for those who are off now: once for customers of one type.
    """

    returning: bool = True
    fading: float = 1.0
    period: str = "W"

    def fit(self, summary):
        del summary
        return self

    def predict(self, summary, *, horizon):
        checked = read_purchase_rows(summary, need="Pausing.predict", period=self.period)
        ahead = self.residual(checked.rows, horizon=horizon, discount_rate=0.0)
        columns = {"p_alive": ahead.p_alive, "expected_purchases": ahead.unconditional("purchases")}
        return add_columns(summary, {name: checked.spread(values) for name, values in columns.items()})

    def residual(self, rows, *, horizon, discount_rate):
        def each(value):
            return np.full(len(rows), value)

        def parts(p):
            time = time_on(p, horizon, discount_rate)
            return {
                "purchases": each(LAMBDA * time_on(p, horizon)),
                "p_purchase": each(buys(p, horizon)),
                "discounted_purchases": each(LAMBDA * time),
                "discounted_alive": each(time),
            }

        kept, won = (over(fading * K + discount_rate, horizon) for fading in (1.0, self.fading))
        back = Returning(
            **parts(OFF),
            p_returns=each(-math.expm1(-NU * horizon)),
            kept_purchases=each(LAMBDA * kept),
            kept_alive=each(kept),
            won_purchases=each(LAMBDA * won),
            won_alive=each(won),
        )
        return ResidualExpectation(
            p_alive=p_on(rows),
            **parts(ON),
            p_leaves=each(-math.expm1(-MU * horizon)),
            returning=back if self.returning else None,
        )


class Spending:
    """A fitted spend model: every order is of SPENT."""

    def predict(self, summary):
        return summary.assign(expected_order_value=SPENT)


def scores_of(model, **choices):
    costs = kk.Costs(serve_per_year=SERVE, market_per_year=MARKET, per_order=PER_ORDER)
    given = {"margin": MARGIN, "discount_rate": 0.10, "horizon": "18M", "costs": costs, **choices}
    fitted = kk.ValueScorer(purchases=model, spend=Spending(), **given).fit(CUSTOMERS)
    return fitted.score(CUSTOMERS).set_index("customer_id")


def test_the_closed_form_keeps_the_laws_of_models():
    check_purchase_model(Pausing())


def test_every_column_is_what_the_process_and_the_terms_say():
    """Purchases, cost to serve and value of both states; what is at risk and what winning back is worth."""
    scores, weeks = scores_of(Pausing(fading=2.0)), 1.5 * YEAR
    p = p_on(read_purchase_rows(CUSTOMERS, need="a test").rows)

    def money(time):
        """Discounted value of a discounted time on, before marketing."""
        return time * (LAMBDA * (SPENT * MARGIN - PER_ORDER) - SERVE / YEAR)

    within, ever = (np.array([time_on(each, h, RATE) for each in p]) for h in (weeks, math.inf))
    marketing = MARKET * (1 - 1.1**-1.5) / math.log(1.1)
    kept = money(over(K + RATE, weeks))
    leaves, returns = -math.expm1(-MU * weeks), -math.expm1(-NU * weeks)
    wanted = {
        "p_alive": p,
        "p_leaves": leaves,
        "p_paused": (1 - p) * returns,
        "p_purchase": p * buys(ON, weeks) + (1 - p) * buys(OFF, weeks),
        "expected_purchases": [LAMBDA * time_on(each, weeks) for each in p],
        "clv": within * LAMBDA * SPENT * MARGIN,
        "net_value": money(within) - marketing,
        "clv_lifelong": ever * LAMBDA * SPENT * MARGIN,
        "net_value_lifelong": money(ever) - MARKET / math.log(1.1),
        "share_beyond_data": [1 - time_on(each, 90.0, RATE) / time_on(each, math.inf, RATE) for each in p],
        "retention_value": kept,
        "value_at_risk": p * leaves * kept,
        "win_back_value": (1 - p) * money(over(2 * K + RATE, weeks)),
    }
    for name, values in wanted.items():
        assert scores[name].to_numpy() == pytest.approx(np.broadcast_to(values, 3), rel=1e-12), name
    assert (scores["p_alive"] + scores["p_paused"] <= 1).all()
    assert scores["p_paused"].idxmax() == "silent"


def test_both_accounts_of_a_customer_agree():
    """The net value, less that of a customer who is off, is P(on) x what being on is worth."""
    ahead = Pausing().residual(PurchaseRows(x=[3], t_x=[10.0], T=[40.0], weights=[1]), horizon=30.0, discount_rate=RATE)
    for part, difference in (("discounted_purchases", "kept_purchases"), ("discounted_alive", "won_alive")):
        above = ahead.unconditional(part) - getattr(ahead.returning, part)
        assert above == pytest.approx(ahead.p_alive * getattr(ahead.returning, difference))


def test_where_nobody_returns_the_scores_are_those_of_a_model_without_returns():
    """All expectations given inactive 0, and what being active is worth all that lies ahead."""

    @frozen
    class Gone(Pausing):
        def residual(self, rows, *, horizon, discount_rate):
            ahead = super().residual(rows, horizon=horizon, discount_rate=discount_rate)
            back = Returning(
                **dict.fromkeys(
                    ("p_returns", "purchases", "p_purchase", "discounted_purchases", "discounted_alive"),
                    np.zeros(len(rows)),
                ),
                **dict.fromkeys(("kept_purchases", "won_purchases"), ahead.discounted_purchases),
                **dict.fromkeys(("kept_alive", "won_alive"), ahead.discounted_alive),
            )
            return evolve(ahead, returning=back)

    plain, gone = scores_of(Pausing(returning=False)), scores_of(Gone())
    pd.testing.assert_frame_equal(gone, plain, rtol=1e-14)
    assert (plain["p_paused"] == 0).all()


def test_a_part_that_never_comes_counts_nothing_even_if_infinite():
    """Lifelong purchases of who is never there are 0, not undefined; missing parts stay missing."""
    some = np.array([0.0, 1.0, np.nan])
    parts = dict.fromkeys(
        ("p_purchase", "discounted_purchases", "discounted_alive", "p_leaves"), np.array([1.0, 1.0, 1.0])
    )
    ahead = ResidualExpectation(p_alive=some, purchases=np.full(3, np.inf), **parts)
    assert ahead.unconditional("purchases").tolist()[:2] == [0.0, np.inf]
    assert np.isnan(ahead.unconditional("purchases")[2])


def test_the_rows_of_all_parts_are_taken_together():
    rows = PurchaseRows(x=[3, 0], t_x=[10.0, 0.0], T=[40.0, 5.0], weights=[1, 1])
    ahead = Pausing().residual(rows, horizon=30.0, discount_rate=RATE)
    back = evolve(ahead.returning, p_returns=np.array([0.25, 0.5]), won_alive=np.array([1.0, 2.0]))
    taken = evolve(ahead, returning=back).at([1, 1, 0])
    assert taken.p_alive.tolist() == ahead.p_alive[[1, 1, 0]].tolist()
    assert taken.returning.p_returns.tolist() == [0.5, 0.5, 0.25]
    assert taken.returning.won_alive.tolist() == [2.0, 2.0, 1.0]


def test_within_no_time_nobody_returns():
    ahead = Pausing().residual(PurchaseRows(x=[3], t_x=[10.0], T=[40.0], weights=[1]), horizon=30.0, discount_rate=RATE)
    now = ahead.at_once()
    assert now.p_alive == ahead.p_alive
    assert now.unconditional("purchases") == now.returning.p_returns == now.returning.kept_alive == 0


def test_purchases_without_amounts_know_who_pauses():
    days = pd.to_datetime(["2025-01-01", "2025-03-01", "2025-01-15", "2025-02-01", "2025-09-01"])
    visits = pd.DataFrame({"customer_id": [1, 1, 2, 2, 2], "date": days})
    transactions = kk.transactions(visits, customer_id="customer_id", date="date")
    summary = kk.summarize(transactions, as_of="2025-12-31", period="W")
    fitted = kk.ValueScorer(purchases=Pausing(), margin=MARGIN, discount_rate=0.1, horizon="12M").fit(summary)
    columns = ["customer_id", "p_alive", "p_leaves", "p_paused", "p_purchase", "expected_purchases", "rank"]
    scored = fitted.score(summary)
    assert list(scored.columns) == columns
    assert (scored["p_paused"] > 0).all()


CLOSED = (1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 2)


@pytest.mark.parametrize("index", [(0.8, 0.7, 0.9, 1.0, 1.0, 0.8, 0.6, 0.8, 1.0, 1.1, 1.3, 2.0), CLOSED])
@pytest.mark.parametrize("as_of", ["2026-04-20", "2026-05-31", "2026-06-10", "2026-10-15"])
def test_under_a_season_both_states_are_discounted_in_the_calendar(index, as_of):
    """Against sums over sixths of a day, also where the shop is closed; lifelong values are near those without it."""
    clock = SeasonClock(season=kk.Season(index=index), as_of=as_of, period="W")
    rows = PurchaseRows(x=[3, 0], t_x=[10.0, 0.0], T=[40.0, 5.0], weights=[1, 1])
    given = {"discount_rate": RATE, "costs": None, "clock": clock}
    at_horizon = residual_expectation_by_horizon(Pausing(fading=2.0), rows, **given)
    ahead = at_horizon(26.0)
    edges = np.linspace(0.0, 26.0, 26 * 42 + 1)
    warped = clock.months(26.0).warped_at(edges)
    counts = np.exp(-RATE * (edges[1:] + edges[:-1]) / 2)
    for parts, p in ((ahead, ON), (ahead.returning, OFF)):
        bought = counts @ np.diff([LAMBDA * time_on(p, w) for w in warped])
        on = PI + (p - PI) * np.exp(-K * (warped[1:] + warped[:-1]) / 2)
        assert parts.discounted_purchases == pytest.approx(bought, rel=1e-6)
        assert parts.discounted_alive == pytest.approx(counts @ on * (edges[1] - edges[0]), rel=1e-5)
    back = ahead.returning
    for purchases, time, k in ((back.kept_purchases, back.kept_alive, K), (back.won_purchases, back.won_alive, 2 * K)):
        assert purchases == pytest.approx(counts @ np.diff([LAMBDA * over(k, w) for w in warped]), rel=1e-5)
        on = np.exp(-k * (warped[1:] + warped[:-1]) / 2)
        assert time == pytest.approx(counts @ on * (edges[1] - edges[0]), rel=1e-5)
    assert back.p_returns == pytest.approx(-math.expm1(-NU * clock.warped(26.0)))
    ever, plain = at_horizon(math.inf), Pausing().residual(rows, horizon=math.inf, discount_rate=RATE)
    assert ever.returning.discounted_purchases == pytest.approx(plain.returning.discounted_purchases, rel=0.02)
    assert (ever.returning.discounted_alive > back.discounted_alive).all()


def test_more_returning_buyers_than_their_purchases_are_refused():
    @frozen
    class Odd(Pausing):
        def residual(self, rows, *, horizon, discount_rate):
            ahead = super().residual(rows, horizon=horizon, discount_rate=discount_rate)
            return evolve(ahead, returning=evolve(ahead.returning, purchases=0.01 * ahead.returning.purchases))

    rows = PurchaseRows(x=[3], t_x=[10.0], T=[40.0], weights=[1])
    with pytest.raises(kk.ConvergenceError, match="Odd contradicts itself: the chance of at least one purchase"):
        residual_expectation(Odd(), rows, horizon=26.0, discount_rate=RATE, costs=None)


WHOLE = "expect p_alive x purchases + (1 - p_alive) x purchases given inactive where it predicts `expected_purchases`"
BROKEN = {
    "purchases": (0.9, WHOLE),
    "discounted_purchases": (0.9, "leave purchases given inactive as they are at a discount rate of 0"),
    "p_returns": (9.0, "keep p_returns between 0 and 1"),
    "p_purchase": (9.0, "expect no buyers given inactive beyond those who return"),
    "discounted_alive": (99.0, "keep the discounted time active between 0 and the horizon"),
    "kept_alive": (-1.0, "keep the discounted time active between 0 and the horizon"),
    "kept_purchases": (9.0, "keep kept_purchases between 0 and the purchases given active"),
    "won_purchases": (-1.0, "keep won_purchases at 0 or more"),
}
"""What a part is multiplied by, and the law that it then breaks."""


@pytest.mark.parametrize("part", BROKEN)
def test_each_wrong_part_of_who_returns_is_seen(part):
    factor, law = BROKEN[part]

    @frozen
    class Wrong(Pausing):
        def residual(self, rows, *, horizon, discount_rate):
            ahead = super().residual(rows, horizon=horizon, discount_rate=discount_rate)
            back = evolve(ahead.returning, **{part: factor * getattr(ahead.returning, part)})
            return evolve(ahead, returning=back)

        def predict(self, summary, *, horizon):
            return Pausing().predict(summary, horizon=horizon)

    with pytest.raises(AssertionError) as caught:
        check_purchase_model(Wrong())
    assert str(caught.value) == f"the model `Wrong` must {law}, but its `residual` does not."
