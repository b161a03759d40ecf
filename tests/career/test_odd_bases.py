"""Odd customer bases go the whole way, or are refused in words: no plausible wrong number, no word of numpy's."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk
from kundkarriar.career.no_amounts import ONE_PRICE
from kundkarriar.history.ledger.transaction_rows import AMOUNTS
from kundkarriar.scoring.backtest.backtest import PURCHASES_ALONE
from kundkarriar.testing.frame_libraries import columns_of

AS_OF = "2025-12-31"
SCORER = kk.ValueScorer(
    purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M", costs=kk.Costs(serve_per_year=1)
)
CAREER = kk.CustomerCareer(scorer=SCORER)
"""A boundary is told by a warning, which these bases deserve."""
pytestmark = pytest.mark.filterwarnings("ignore::kundkarriar.errors.DataWarning")


@pytest.fixture(params=[pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def frame_of(request):
    """A constructor of frames, without pyarrow: fits take long, and tests/engines try them with it."""
    return request.param


def orders() -> pd.DataFrame:
    """Two years of purchase days of 200 customers, who buy at rates of their own until they leave."""
    generator = np.random.default_rng(1)
    rows = []
    for customer in range(200):
        day = float(generator.integers(0, 250))
        rate, leaves = generator.gamma(1.0, 1 / 60), day + generator.exponential(300)
        while day < min(720, leaves):
            rows.append((customer, int(day)))
            day += generator.exponential(1 / rate)
    bought = pd.DataFrame(rows, columns=["customer_id", "day"]).drop_duplicates()
    dates = pd.Timestamp("2024-01-01") + pd.to_timedelta(bought["day"], unit="D")
    return pd.DataFrame({"customer_id": bought["customer_id"], "date": dates}).reset_index(drop=True)


ORDERS = orders()


def standard(amount, frame=ORDERS) -> pd.DataFrame:
    priced = frame.assign(amount=amount)
    return kk.transactions(
        priced, customer_id="customer_id", date="date", amount="amount", vat="excluded", currency="SEK"
    )


def unpriced(library=pd.DataFrame, frame=ORDERS):
    return kk.transactions(library(frame.to_dict("list")), customer_id="customer_id", date="date")


# ---------------------------------------------------------------------------------------------------------------------
# Prices
# ---------------------------------------------------------------------------------------------------------------------


def scattered(share):
    return 9.9 * (1 + share * np.random.default_rng(7).standard_normal(len(ORDERS)))


@pytest.mark.parametrize("amount", [9.9, scattered(0.001), scattered(0.03)], ids=["one price", "0.1 %", "3 %"])
def test_a_shop_with_one_price_goes_the_whole_way(amount):
    """Expected sales are the price times expected purchases, in scores, draws and bridge."""
    transactions = standard(amount)
    career = CAREER.fit(transactions, as_of=AS_OF, seed=1, draws=100)
    customers = career.customers()
    assert customers["expected_order_value"].to_numpy() == pytest.approx(9.9, rel=0.06)
    assert customers["expected_order_value"].mean() == pytest.approx(9.9, rel=0.005)
    purchases = customers["expected_purchases"].sum()
    assert customers["expected_sales"].sum() == pytest.approx(9.9 * purchases, rel=0.005)
    intervals = customers[["clv_low", "clv_high", "expected_low", "expected_high"]].to_numpy()
    assert np.isfinite(intervals).all()
    drawn = {measure: career.draws.measuring(measure).totals() for measure in ("sales", "purchases")}
    assert drawn["sales"] == pytest.approx(9.9 * drawn["purchases"], rel=0.02)
    bridge = career.bridge().set_index("line")["amount"]
    assert bridge["net sales, last 12 months"] == pytest.approx(9.9 * customers["purchase_days_12M"].sum(), rel=0.01)
    assert np.isfinite(bridge["net"])
    assert sorted(career.report()) == ["bridge", "checks", "customers", "grid", "totals"]


def test_own_prices_are_each_customers_own():
    """Where each customer has one price, that of a repeat buyer is known, and newcomers get the mean."""
    price = np.random.default_rng(3).gamma(6, 5, 200).round(2)
    summary = kk.summarize(standard(price[ORDERS["customer_id"]]), as_of=AS_OF)
    expected = kk.GammaGamma().fit(summary).predict(summary)["expected_order_value"]
    often = (summary["frequency"] >= 5).to_numpy()
    assert expected[often].to_numpy() == pytest.approx(price[summary["customer_id"]][often], rel=0.06)
    once = (summary["frequency"] == 0).to_numpy()
    assert len(set(expected[once])) == 1
    assert expected[once].iloc[0] == pytest.approx(price.mean(), rel=0.15)


def test_two_prices_have_their_mean():
    amount = np.where(np.random.default_rng(4).random(len(ORDERS)) < 0.5, 9.9, 19.9)
    scores = SCORER.fit(summary := kk.summarize(standard(amount), as_of=AS_OF)).score(summary)
    assert scores["expected_order_value"].to_numpy() == pytest.approx(14.9, rel=0.05)


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_another_unit_of_money_gives_the_same_in_that_unit(unit):
    amount = np.random.default_rng(5).gamma(6, 5, len(ORDERS)).round(2)
    one, other = (kk.summarize(standard(amount * each), as_of=AS_OF) for each in (1.0, unit))
    scorer = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M")
    plain, scaled = (scorer.fit(each).score(each) for each in (one, other))
    assert scaled["clv"].to_numpy() == pytest.approx(plain["clv"].to_numpy() * unit, rel=1e-6)
    assert scaled["rank"].tolist() == plain["rank"].tolist()


def test_nothing_but_free_orders_has_no_spend(message_of):
    assert message_of(kk.DataError, lambda: CAREER.fit(standard(0.0), as_of=AS_OF, seed=1)) == (
        "Gamma-Gamma has 3 parameters and needs more repeat buyers with a spend above 0 than that, got 0.\n\n"
        "Hint: fit to more repeat buyers with a spend above 0; published parameters can be typed in: "
        "kk.FittedGammaGamma(params=...)."
    )


# ---------------------------------------------------------------------------------------------------------------------
# No amounts
# ---------------------------------------------------------------------------------------------------------------------


def test_transactions_without_amounts(frame_of):
    """Each row says that it is a purchase; nothing is said of money."""
    transactions = unpriced(frame_of)
    assert list(transactions.columns) == ["customer_id", "date", "kind"]
    assert set(transactions["kind"]) == {"purchase"}
    assert kk.transactions(transactions, customer_id="customer_id", date="date").equals(transactions)
    for bought in (transactions, frame_of(ORDERS.to_dict("list"))):
        report = kk.data_report(bought)
        assert list(report.columns) == ["check", "rows", "message"]
        assert report["check"][0] == "no amounts"
        assert "zero amounts" not in set(report["check"])


def test_counts_without_amounts_are_those_with_amounts(frame_of):
    """Law: purchases, facts, rungs, careers and predictions do not hang on amounts."""
    without, with_amounts = unpriced(frame_of), frame_of(standard(9.9).to_dict("list"))

    def made(transactions):
        summary = kk.summarize(transactions, as_of=AS_OF, regularity=True)
        ladder = kk.CustomerLadder.kundkarriar()
        calibration, holdout = kk.split(transactions, at="2025-06-30")
        earlier = kk.summarize(calibration, as_of="2025-06-30")
        return {
            "summary": summary,
            "facts": kk.facts(transactions, as_of=AS_OF),
            "place": ladder.place(transactions, as_of=AS_OF),
            "careers": ladder.careers(transactions, as_of=AS_OF),
            "holdout": kk.holdout_table(earlier, holdout, until="2025-12-18"),
            "newcomers": kk.newcomers(earlier, holdout, until="2025-12-18"),
            "predicted": kk.MBGNBD().fit(summary).predict(summary, horizon=26),
            "opportunities": kk.opportunities(transactions, as_of=AS_OF, every="M"),
        }

    money = {
        "summary": {"first_value", "monetary_value", "total_value", "returns_value"},
        "facts": {"value_12M", "value_1M", "total_value"},
        "place": {"value_12M", "value_1M", "total_value"},
        "careers": {"value"},
        "holdout": {"value"},
        "newcomers": {"value"},
        "predicted": {"first_value", "monetary_value", "total_value", "returns_value"},
        "opportunities": set(),
    }
    with_money = made(with_amounts)
    for name, frame in made(without).items():
        other = with_money[name]
        assert set(other.columns) - set(frame.columns) == money[name], name
        same = [column for column in other.columns if column not in money[name]]
        assert list(frame.columns) == same, name
        assert other[same].equals(frame), name


def test_scores_without_amounts_count_purchases(frame_of):
    """The columns of purchases are those of the scorer with amounts; classes are made of expected purchases."""
    without, with_amounts = (
        kk.summarize(each, as_of=AS_OF) for each in (unpriced(frame_of), frame_of(standard(9.9).to_dict("list")))
    )
    fitted = SCORER.fit(without)
    assert fitted.spend is None
    scores, priced = fitted.score(without), SCORER.fit(with_amounts).score(with_amounts)
    columns = ["p_alive", "p_leaves", "p_paused", "p_purchase", "expected_purchases"]
    assert list(scores.columns) == ["customer_id", *columns, "rank"]
    for name in columns:
        assert scores[name].to_list() == priced[name].to_list()
    expected = pd.Series(scores["expected_purchases"].to_list())
    assert scores["rank"].to_list() == expected.rank(method="min", ascending=False).tolist()
    classes = kk.ABCClassifier().classify(scores)
    assert classes.equals(kk.ABCClassifier(by="expected_purchases").classify(scores))
    assert kk.FittedValueScorer.from_dict(json.loads(json.dumps(fitted.to_dict()))) == fitted


def test_a_career_without_amounts(frame_of):
    """Customers, grid, checks and changes are there; nobody's money is."""
    transactions = unpriced(frame_of)
    career = CAREER.fit(transactions, as_of=AS_OF, seed=1, draws=10)
    customers = career.customers()
    money = {"clv", "net_value", "monetary_value", "total_value", "value_12M", "expected_sales", "clv_low", "currency"}
    assert not money & set(customers.columns)
    assert sum(career.grid()["customers"]) == len(customers) == 200
    assert sum(career.grid()["value"]) == pytest.approx(sum(customers["expected_purchases"]))
    assert sorted(career.report()) == ["checks", "customers", "grid"]
    before = CAREER.fit(transactions, as_of="2025-06-30", seed=1, draws=10)
    assert "expected_purchases_now" in career.changed(before).columns
    assert career.draws is None
    assert repr(career).endswith("\n    purchases without amounts)")
    counted = kk.CustomerCareer(
        scorer=kk.ValueScorer(purchases=kk.MBGNBD(), spend=None, margin=0.3, discount_rate=0.1, horizon="12M")
    )
    assert repr(counted.fit(transactions, as_of=AS_OF, seed=1)).endswith("\n    values are purchases: spend=None)")
    stored = kk.FittedCareer.from_dict(json.loads(json.dumps(career.to_dict())))
    assert columns_of(stored.customers()) == columns_of(customers)


BY_VALUE = kk.CustomerLadder(
    rungs=(
        kk.Rung(name="low", when=kk.column("purchase_days") >= 0),
        kk.Rung(name="gold", when=kk.column("total_value") >= 50),
    )
)


class FixedPrice:
    """A user's spend model, which needs no amounts."""

    def predict(self, summary):
        return summary.assign(expected_order_value=9.9)


CustomerCareerWithPrice = kk.CustomerCareer(
    scorer=kk.ValueScorer(purchases=kk.MBGNBD(), spend=FixedPrice(), margin=0.3, discount_rate=0.1, horizon="12M")
)
COUNTS = "counts money, and the purchases have no amounts.\n\nHint: "
FACTS = [
    "purchase_days", "purchase_days_12M", "purchase_days_1M", "quarters_active_12M", "days_since_purchase",
    "typical_gap", "regularity", "first_purchase", "last_purchase", "first_contact",
]  # fmt: skip
REFUSED = {
    "a rung of money": (
        lambda bought: BY_VALUE.place(bought, as_of=AS_OF),
        f"the rung `gold` asks for ['total_value'], which {COUNTS}let the rung ask for {FACTS}; or {AMOUNTS}",
    ),
    "careers of money": (
        lambda bought: BY_VALUE.careers(bought, as_of=AS_OF),
        f"the rung `gold` asks for ['total_value'], which {COUNTS}let the rung ask for {FACTS}; or {AMOUNTS}",
    ),
    "draws": (
        lambda bought: SCORER.fit(bases := kk.summarize(bought, as_of=AS_OF)).draw(bases, seed=1),
        f"FittedValueScorer.draw {COUNTS}{AMOUNTS}",
    ),
    "bridge": (
        lambda bought: CAREER.fit(bought, as_of=AS_OF, seed=1, draws=2).bridge(),
        f"career.bridge {COUNTS}{AMOUNTS}",
    ),
    "plan": (
        lambda bought: CAREER.fit(bought, as_of=AS_OF, seed=1, draws=2).plan(
            budget=kk.Budget(money=1, hours=1, period="2026-H1"), start="2026-01-01"
        ),
        f"career.plan {COUNTS}{AMOUNTS}",
    ),
    "backtest": (
        lambda bought: kk.backtest(SCORER, bought, horizon="6M"),
        f"backtest {COUNTS}{PURCHASES_ALONE}; or {AMOUNTS}",
    ),
    "a spend model of one's own": (
        lambda bought: CustomerCareerWithPrice.fit(bought, as_of=AS_OF, seed=1),
        f"spend=FixedPrice of the scorer {COUNTS}{ONE_PRICE}; or {AMOUNTS}",
    ),
    "contribution": (
        lambda bought: (
            kk.ChainMixture(chains=1)
            .fit(careers := kk.CustomerLadder.groups().careers(bought, as_of=AS_OF))
            .contribution(careers, margin=0.3)
        ),
        f"contribution {COUNTS}{AMOUNTS}",
    ),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=REFUSED)
def test_money_without_amounts_is_refused(call, message, message_of):
    assert message_of(kk.CapabilityError, lambda: call(unpriced())) == message


LEAVE_OUT = 'name the column of amounts: amount="..."; where purchases have none, leave these out.'
KIND = "got kind='Typ' and no `amount`: without amounts a return cannot be set against a purchase, so every row is one."
READING = {
    "vat": (
        {"vat": "excluded", "currency": "SEK"},
        "got `vat`, `currency` and no `amount`: they say what amounts mean.",
        LEAVE_OUT,
    ),
    "vat_rate": ({"vat_rate": 0.25}, "got `vat_rate` and no `amount`: they say what amounts mean.", LEAVE_OUT),
    "kind": (
        {"kind": "Typ"},
        KIND,
        'name the column of amounts: amount="..."; or leave the rows of returns out first, and kind= too.',
    ),
    "a forgotten amount": (
        {},
        "would name a column 'amount', and the frame has another of that name.",
        "rename or drop it first, or pass amount='amount' if it is the one meant.",
    ),
}


@pytest.mark.parametrize(("given", "law", "hint"), READING.values(), ids=READING)
def test_words_about_amounts_need_amounts(given, law, hint, message_of):
    frame = ORDERS.assign(Typ="purchase", amount=1.0)
    frame = frame.drop(columns="amount") if given else frame
    call = lambda: kk.transactions(frame, customer_id="customer_id", date="date", **given)  # noqa: E731
    assert message_of(kk.DataError, call) == f"kk.transactions {law}\n\nHint: {hint}"


def test_a_frame_that_merely_lacks_amounts_is_refused(message_of):
    """It may hold returns, or amounts under another name: only `kind` says that every row is a purchase."""
    for frame in (ORDERS, ORDERS.assign(kind=["return"] + ["purchase"] * (len(ORDERS) - 1))):
        assert message_of(kk.DataError, lambda frame=frame: kk.summarize(frame, as_of=AS_OF)) == (
            "summarize needs columns that are not there: ['amount'].\n\n"
            f"Hint: the DataFrame has {list(frame.columns)}; kk.transactions(orders, customer_id=..., date=...) reads"
            " purchases without amounts."
        )


def test_dropped_rows_without_amounts_are_counted_without_them():
    frame = ORDERS.astype({"customer_id": object})
    frame.loc[3, "customer_id"] = None
    with pytest.warns(kk.DataWarning, match=r"dropped 1 of [\d,]+ rows: 1 without a customer id\.$"):
        kk.transactions(frame, customer_id="customer_id", date="date", missing="drop")


# ---------------------------------------------------------------------------------------------------------------------
# Few customers, and customers alike
# ---------------------------------------------------------------------------------------------------------------------

DAYS = pd.date_range("2024-02-01", periods=8, freq="61D")
ALIKE = pd.DataFrame({"customer_id": np.repeat(np.arange(60), 8), "date": np.tile(DAYS, 60)})
ONE_DAY = pd.DataFrame({"customer_id": np.arange(50), "date": pd.Timestamp("2025-06-01")})
NEVER_AGAIN = "MBG/NBD cannot be fitted: none of the {} customers ever bought again (`frequency` 0 for all)."
TOO_FEW = "MBG/NBD has 4 parameters and needs more customers than that, got 1."
FEW = {
    "one customer": (ORDERS[ORDERS["customer_id"] == 0], TOO_FEW),
    "one-time buyers": (ORDERS.drop_duplicates("customer_id"), NEVER_AGAIN.format(200)),
    "one day": (ONE_DAY, NEVER_AGAIN.format(50)),
    "all on as_of": (ONE_DAY.assign(date=pd.Timestamp(AS_OF)), NEVER_AGAIN.format(50)),
}


@pytest.mark.parametrize(("frame", "law"), FEW.values(), ids=FEW)
def test_bases_that_no_model_can_be_fitted_to(frame, law, frame_of, message_of):
    """Report, summary, facts, rungs and careers are made; the fit is refused in words."""
    transactions = frame_of(standard(12.5, frame).to_dict("list"))
    n = frame["customer_id"].nunique()
    assert len(kk.data_report(transactions)) > 10
    assert len(kk.summarize(transactions, as_of=AS_OF)) == n
    assert sum(kk.facts(transactions, as_of=AS_OF)["total_value"]) == pytest.approx(12.5 * len(frame))
    for ladder in (kk.CustomerLadder.kundkarriar(), kk.CustomerLadder.loyalty(), kk.CustomerLadder.groups()):
        assert len(ladder.place(transactions, as_of=AS_OF)) == n
        assert sum(ladder.careers(transactions, as_of=AS_OF)["value"]) == pytest.approx(12.5 * len(frame))
    message = message_of(kk.DataError, lambda: CAREER.fit(transactions, as_of=AS_OF, seed=1))
    assert message.startswith(f"{law}\n\nHint: ")


def test_customers_all_alike_go_the_whole_way():
    """Law: equal customers are equal in every number, and in their class."""
    career = CAREER.fit(standard(20.0, ALIKE), as_of=AS_OF, seed=1, draws=50)
    customers = career.customers().drop(columns=["customer_id"])
    assert customers["expected_order_value"].to_numpy() == pytest.approx(20, rel=0.001)
    assert len(customers.drop_duplicates()) == 1
    # all 60 are in A or none, and A is not empty where half a customer is expected in it
    assert set(customers["abc"]) == {"A"}
    assert np.isfinite(career.bridge()["amount"].dropna()).all()
    plan = career.plan(budget=kk.Budget(money=10, hours=1, period="2026-H1"), start="2026-01-01")
    assert len(plan.assignments()) == 60


def test_prospects_alone_need_a_purchase(message_of):
    """Known customers and not one purchase: everything says that there is no transaction."""
    known = pd.DataFrame({"customer_id": np.arange(5)})
    calls = {
        "summarize": lambda: kk.summarize(empty, as_of=AS_OF, customers=known),
        "CustomerLadder": lambda: kk.CustomerLadder.kundkarriar().place(empty, as_of=AS_OF, customers=known),
        "backtest": lambda: kk.backtest(SCORER, empty, horizon="6M"),
    }
    empty = standard(1.0).iloc[:0]
    for name, call in calls.items():
        assert message_of(kk.DataError, call) == (
            f"{name} needs at least one transaction: the frame is empty.\n\n"
            "Hint: check the file or filter that the rows came through."
        )


def test_returns_alone_are_no_purchases(message_of):
    """Whoever only returned is a prospect: facts and rungs are made, and what needs a purchase says so."""
    transactions = standard(-9.9)
    assert set(kk.CustomerLadder.kundkarriar().place(transactions, as_of=AS_OF)["rung"]) == {"prospect"}
    summary = kk.summarize(transactions, as_of=AS_OF)
    last = transactions["date"].max().date()
    assert message_of(kk.DataError, lambda: kk.Season.estimate(transactions)) == (
        f"Season.estimate needs purchases: every row up to {last} is a return, or was taken back.\n\n"
        "Hint: check the signs of `amount`: a purchase is above 0."
    )
    later = transactions.assign(date=pd.Timestamp("2026-01-05"))
    assert message_of(kk.DataError, lambda: kk.holdout_table(summary, later, until="2026-01-31")) == (
        "holdout_table needs a customer with a purchase: all 200 of the summary are prospects.\n\n"
        "Hint: check as_of in kk.summarize(calibration, as_of=...)."
    )
    assert message_of(kk.DataError, lambda: CAREER.fit(transactions, as_of=AS_OF, seed=1)) == (
        "MBG/NBD has 4 parameters and needs more customers than that, got 0 (200 without a purchase and 0 of unknown"
        " beginning left out).\n\n"
        "Hint: fit to more customers; published parameters can be typed in: kk.FittedMBGNBD(params=..., period=...)."
    )


def test_customers_who_bought_on_the_last_day_are_alive():
    """A purchase on as_of leaves no silence to judge by."""
    last = ORDERS.drop_duplicates("customer_id").assign(date=pd.Timestamp(AS_OF))
    summary = kk.summarize(standard(9.9, pd.concat([ORDERS, last], ignore_index=True)), as_of=AS_OF)
    scores = SCORER.fit(summary).score(summary)
    assert (scores["p_alive"] > 0.99).all()
    assert np.isfinite(scores["net_value"]).all()


def test_purchases_of_a_closed_month_are_shown_without_amounts(message_of):
    closed = kk.Season(index=[0.0] + [12 / 11] * 11)
    message = message_of(kk.DataError, lambda: kk.summarize(unpriced(), as_of=AS_OF, season=closed))
    assert message.startswith("summarize: nothing is bought in the months whose index is 0 ([1]): broken by ")
    assert "amount" not in message


def test_the_frame_of_the_library_given_comes_back_without_amounts():
    transactions = unpriced(pl.DataFrame)
    career = CAREER.fit(transactions, as_of=AS_OF, seed=1, draws=2)
    for frame in (transactions, career.customers(), career.grid(), career.checks(), kk.data_report(transactions)):
        assert isinstance(frame, pl.DataFrame)
