"""Microsimulation: probabilities, sizes, times and flows of one set of paths; and what it refuses."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

TRANSACTIONS = kk.datasets.load_cdnow(sample=True)
TRANSACTIONS = TRANSACTIONS[TRANSACTIONS["customer_id"] % 3 == 0].reset_index(drop=True)
LADDER = kk.CustomerLadder.kundkarriar()
HISTORY = LADDER.history(TRANSACTIONS, as_of="1997-12-31")
STATE = ["ahead", "rung", "lapsed"]


@pytest.fixture(scope="module")
def micro() -> kk.FittedMicrosimulation:
    return kk.Microsimulation(process=kk.MBGNBD(), draws=40, seed=1).fit(HISTORY)


def test_probabilities_sum_to_one(micro: kk.FittedMicrosimulation) -> None:
    """Each customer stands on one rung at each month end of each draw."""
    forecast = micro.forecast(HISTORY, horizon="3M")
    sums = forecast.groupby(["customer_id", "ahead"])["probability"].sum()
    assert len(sums) == 3 * len(HISTORY)
    np.testing.assert_allclose(sums, 1.0, rtol=1e-12)


def test_sizes_are_sums_of_probabilities(micro: kk.FittedMicrosimulation) -> None:
    """The expected number on a rung is the sum of the customers' probabilities, in whole customers."""
    forecast, sizes = micro.forecast(HISTORY, horizon="3M"), micro.sizes(HISTORY, horizon="3M")
    sums = forecast.groupby(STATE)["probability"].sum()
    expected = sizes.set_index(STATE)["expected"]
    np.testing.assert_allclose(expected[sums.index], sums, rtol=1e-9)
    assert expected.drop(sums.index).eq(0).all()
    assert (sizes["low"] <= sizes["high"]).all()
    np.testing.assert_allclose(sizes.groupby("ahead")["expected"].sum(), len(HISTORY))


def test_flows_end_where_sizes_are(micro: kk.FittedMicrosimulation) -> None:
    """Flows from the rungs now to the rungs at the end of the horizon: both margins are the numbers on the rungs."""
    flows, sizes = micro.flows(HISTORY, horizon="3M"), micro.sizes(HISTORY, horizon="3M")
    at_end = sizes[sizes["ahead"] == 3].set_index(["rung", "lapsed"])["expected"]
    arriving = flows.groupby(["to", "to_lapsed"])["expected"].sum()
    np.testing.assert_allclose(at_end[arriving.index], arriving)
    leaving = flows.groupby("from")["expected"].sum()
    now = HISTORY.positions()["rung"].value_counts()
    np.testing.assert_allclose(leaving, now[leaving.index])


def test_time_to_a_rung_grows_and_starts_at_who_is_there(micro: kk.FittedMicrosimulation) -> None:
    """Shares that have reached a rung grow by the month; customers on it or above have reached it."""
    table = micro.time_to("client", HISTORY, horizon="4M")
    for rung, own in table.groupby(["rung", "lapsed"]):
        assert own["reached"].is_monotonic_increasing
        assert own["reached"].between(0, 1).all()
        assert own["reached"].eq(1).all() == (rung[0] == "client")
    everybody = micro.time_to("prospect", HISTORY, horizon="1M")
    assert everybody["reached"].eq(1).all()


def test_customers_reach_a_rung_as_often_as_their_rung_does(micro: kk.FittedMicrosimulation) -> None:
    """Probabilities of customers average to `time_to`, and are no less than that of standing there at the end."""
    own = micro.p_reached("client", HISTORY, horizon="4M").set_index("customer_id")["p_reached"]
    now = HISTORY.positions().set_index("customer_id")
    found = own.groupby([now["rung"], now["lapsed"]]).mean()
    shares = micro.time_to("client", HISTORY, horizon="4M").query("ahead == 4").set_index(["rung", "lapsed"])["reached"]
    np.testing.assert_allclose(found[shares.index], shares)
    ahead = micro.forecast(HISTORY, horizon="4M").query("ahead == 4 and rung == 'client'")
    there = ahead.groupby("customer_id")["probability"].sum()
    assert (own[there.index] >= there - 1e-12).all()
    assert own.between(0, 1).all()


def test_nothing_after_the_origin_is_read(micro: kk.FittedMicrosimulation) -> None:
    """A history that goes on after the origin gives the forecast of one that ends there."""
    longer = LADDER.history(TRANSACTIONS, as_of="1998-06-30")
    pd.testing.assert_frame_equal(
        micro.forecast(longer, origin="1997-12-31", horizon="2M"), micro.forecast(HISTORY, horizon="2M")
    )
    pd.testing.assert_frame_equal(micro.sizes(longer, origin="6M", horizon="2M"), micro.sizes(HISTORY, horizon="2M"))


def test_the_order_of_rows_changes_no_path(micro: kk.FittedMicrosimulation) -> None:
    """Customers keep their draws in any order of the transactions."""
    turned = LADDER.history(TRANSACTIONS[::-1].reset_index(drop=True), as_of="1997-12-31")
    keys = ["customer_id", *STATE]
    first, second = (
        micro.forecast(history, horizon="2M").sort_values(keys).reset_index(drop=True) for history in (HISTORY, turned)
    )
    pd.testing.assert_frame_equal(first, second)


def test_a_month_that_has_begun_is_the_first_ahead(micro: kk.FittedMicrosimulation) -> None:
    """Months ahead are calendar months after the last whole one: what is left of this month is drawn."""
    within = LADDER.history(TRANSACTIONS, as_of="1997-12-20")
    forecast = micro.forecast(within, horizon="1M")
    at_end = HISTORY.positions().set_index("customer_id")["rung"]
    likely = forecast.sort_values("probability").groupby("customer_id")["rung"].last()
    assert (likely == at_end[likely.index]).mean() > 0.95


def test_prospects_without_a_purchase_stay(micro: kk.FittedMicrosimulation) -> None:
    """The process draws purchases of buyers; whoever never bought stays where the history leads."""
    customers = pd.DataFrame({"customer_id": [-1, -2], "first_contact": pd.Timestamp("1997-05-05")})
    history = LADDER.history(TRANSACTIONS, as_of="1997-12-31", customers=customers)
    forecast = micro.forecast(history, horizon="2M")
    own = forecast[forecast["customer_id"] < 0]
    assert set(own["rung"]) == {"prospect"}
    assert own["probability"].eq(1).all()
    assert len(own) == 4


def test_a_microsimulation_is_stored(micro: kk.FittedMicrosimulation) -> None:
    """A dict gives the fitted microsimulation back, of a model and of a fitted scorer."""
    assert kk.FittedMicrosimulation.from_dict(micro.to_dict()) == micro
    scorer = kk.ValueScorer(margin=0.3, discount_rate=0.1, horizon="12M", purchases=kk.MBGNBD(), spend=kk.GammaGamma())
    fitted = scorer.fit(kk.summarize(TRANSACTIONS, as_of="1997-12-31"))
    own = kk.Microsimulation(process=fitted, draws=20).fit(HISTORY)
    assert own.level == fitted.scorer.level
    assert kk.FittedMicrosimulation.from_dict(own.to_dict()) == own


class CannotDate:
    """A model of one's own that can only predict."""

    period = "W"

    def fit(self, summary: pd.DataFrame) -> "CannotDate":
        assert len(summary) > 0
        return self

    def predict(self, summary: pd.DataFrame, *, horizon: float) -> pd.DataFrame:
        return summary.assign(p_alive=0.5, expected_purchases=horizon)


NO_PROCESS = (
    "`process` must be a purchase model or a scorer, got {}.\n\nHint: process=kk.ModelAverage(), a fitted "
    "model, or a fitted scorer: process=scorer.fit(summary)."
)
REFUSED = {
    "careers to fit": (
        lambda: kk.Microsimulation(process=kk.MBGNBD()).fit(HISTORY.careers()),
        kk.CapabilityError,
        (
            "Microsimulation.fit carries purchases on and applies the ladder's rules to them: it needs a "
            "kk.LadderHistory, got DataFrame.\n\nHint: history = ladder.history(transactions, as_of=...); careers from "
            "elsewhere are for kk.ChainMixture."
        ),
    ),
    "a model that cannot date": (
        lambda: kk.Microsimulation(process=CannotDate()).fit(HISTORY),
        kk.CapabilityError,
        (
            "CannotDate cannot date purchases to come: it lacks DrawsPurchases.\n\nHint: kk.MBGNBD, kk.ParetoNBD, "
            "kk.ReturningNBD and their kk.ModelAverage can."
        ),
    ),
    "a name": (lambda: kk.Microsimulation(process="MBGNBD"), kk.DataError, NO_PROCESS.format("'MBGNBD'")),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_is_no_process_is_refused(case: tuple) -> None:
    """The message says what is needed and what to type."""
    call, kind, message = case
    with pytest.raises(kind) as error:
        call()
    assert str(error.value) == message


FORECASTS = {
    "careers": (lambda micro: micro.forecast(HISTORY.careers()), "it needs a kk.LadderHistory, got DataFrame."),
    "no span": (lambda micro: micro.forecast(HISTORY, horizon="0M"), 'Hint: write horizon="6M".'),
    "a number": (lambda micro: micro.sizes(HISTORY, horizon=0), 'Hint: write horizon="6M".'),
    "weeks": (lambda micro: micro.flows(HISTORY, horizon="26W"), 'Hint: write horizon="6M".'),
    "before the data": (lambda micro: micro.forecast(HISTORY, origin="1990-01-01"), "lies before all transactions"),
    "after the history": (lambda micro: micro.sizes(HISTORY, origin="1998-06-30"), "the history ends on 1997-12-31"),
    "no rung": (lambda micro: micro.time_to("king", HISTORY), "`rung` must be a rung that the movement knows"),
    "no level": (lambda micro: micro.sizes(HISTORY, level=90), "`level` must be a number above 0 and below 1"),
}


@pytest.mark.parametrize("case", FORECASTS.values(), ids=FORECASTS)
def test_forecasts_that_cannot_be_made_are_refused(micro: kk.FittedMicrosimulation, case: tuple) -> None:
    """Careers from elsewhere, spans that are no months, days outside the data, rungs that are none."""
    call, words = case
    with pytest.raises(kk.KundkarriarError) as error:
        call(micro)
    assert words in str(error.value)


def test_a_rung_that_asks_for_fitted_scores_is_refused(micro: kk.FittedMicrosimulation) -> None:
    """A rung is a function of the history: scores would be of a model that was fitted to what comes."""
    sure = kk.CustomerLadder(
        rungs=(
            kk.Rung(name="low", when=kk.column("purchase_days") >= 0),
            kk.Rung(name="sure", when=kk.column("p_alive") > 0.5),
        )
    )
    with pytest.raises(kk.DataError, match="the rung `sure` asks for what is not a fact of the history"):
        micro.forecast(sure.history(TRANSACTIONS, as_of="1997-12-31"), horizon="1M")
