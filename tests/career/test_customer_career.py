"""The customer career: all customers and amounts are kept, and the lines of the bridge add up."""

import json
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
from attrs import evolve
from numpy.testing import assert_allclose

import kundkarriar as kk
from kundkarriar.customer_ids import ids_and_missing
from kundkarriar.history.as_of.events import read_events
from kundkarriar.history.ledger.ledger import read_ledger
from kundkarriar.history.ledger.transaction_rows import checked_transactions
from kundkarriar.history.purchase_days import PurchaseDays

ACTIONS = (
    kk.Action(
        name="letter",
        objective="grow",
        lever="information",
        cost=0.1,
        hours=0.01,
        effect=kk.Effect(on="purchases", mean=1.1, low=1, high=1.2, evidence="assumed", relative_to="no letter"),
    ),
)
BUDGET = kk.Budget(money=50, hours=10, period="1998-H2")


@pytest.fixture(scope="module")
def spec() -> kk.CustomerCareer:
    return kk.CustomerCareer(
        scorer=kk.ValueScorer(
            purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M", costs=kk.Costs(serve_per_year=0.5)
        )
    )


@pytest.fixture(scope="module")
def career(spec, cdnow_sample):
    return spec.fit(cdnow_sample, as_of="1998-06-30", seed=1, draws=30)


@pytest.fixture(scope="module")
def few_draws(spec, cdnow_sample):
    return spec.fit(cdnow_sample, as_of="1998-06-30", seed=1, draws=5)


@pytest.fixture(scope="module")
def before(spec, cdnow_sample):
    """The career of a quarter before."""
    return spec.fit(cdnow_sample, as_of="1998-03-31", seed=1, draws=5)


@pytest.fixture(scope="module")
def stored_career(career):
    return json.loads(json.dumps(career.to_dict()))


def test_every_customer_comes_out_once_in_the_order_given(career, cdnow_sample):
    """No customer is lost, repeated or moved."""
    assert career.customers()["customer_id"].tolist() == cdnow_sample["customer_id"].unique().tolist()


def test_the_ledger_ties_out(career, cdnow_sample):
    """The customers' total values are the purchases' total amount."""
    assert career.customers()["total_value"].sum() == pytest.approx(cdnow_sample["amount"].sum(), rel=1e-12)


def test_grid_counts_everyone_and_all_value(career):
    """The grid is the customers, added up."""
    grid, customers = career.grid(), career.customers()
    assert grid["customers"].sum() == len(customers)
    assert grid["value"].sum() == pytest.approx(customers["net_value"].sum())


def test_later_purchases_are_not_read(spec, before, cdnow_sample):
    """A career as of a date is the same whether or not the data go on."""
    cut = cdnow_sample[cdnow_sample["date"] <= "1998-03-31"]
    assert spec.fit(cut, as_of="1998-03-31", seed=1, draws=5).equals(before)


def test_row_order_changes_nothing(spec, few_draws, cdnow_sample):
    """Shuffled purchases give the same customers."""
    shuffled = spec.fit(cdnow_sample.sample(frac=1, random_state=4), as_of="1998-06-30", seed=1, draws=5)
    one, other = (each.customers().sort_values("customer_id", ignore_index=True) for each in (few_draws, shuffled))
    pd.testing.assert_frame_equal(one, other)


def test_frames_handed_out_are_new(career):
    """What a user does to a frame does not reach the career."""
    mine = career.customers()
    mine["clv"] = 0.0
    assert (career.customers()["clv"] > 0).any()


def test_bridge_adds_up(career):
    """Each krona once: the lines below are sums of the lines above."""
    plan = career.plan(actions=ACTIONS, budget=BUDGET, start="1998-07-01")
    bridge = career.bridge(plan)
    assert bridge["source"].str.len().min() > 0
    actual, today, new, together, contribution, cost, gain, spent, net = bridge["amount"]
    assert together == pytest.approx(today + new)
    assert contribution == pytest.approx(0.3 * together)
    assert net == pytest.approx(contribution + cost + gain + spent)
    assert cost == pytest.approx(-1.04 * career.customers()["cost"].sum(), rel=0.02)  # half a year of discount or so
    summary = plan.summary().set_index("item")["value"]
    assert gain == summary["incremental value"]
    assert spent == -summary["planned cost"]
    ends = [summary[f"incremental value, {end}"] for end in ("low", "high")]
    assert bridge.loc[6, ["low", "high"]].tolist() == ends
    totals = career.draws.measuring("sales").totals()
    assert bridge.loc[1, ["low", "high"]].tolist() == pytest.approx(np.quantile(totals, [0.05, 0.95]))
    both = totals + np.array(career.money.coming.drawn_sales)  # draw by draw
    assert bridge.loc[3, ["low", "high"]].tolist() == pytest.approx(np.quantile(both, [0.05, 0.95]))
    assert bridge.loc[1, "low"] < today < bridge.loc[1, "high"]
    assert actual > 0


def test_last_years_sales_by_hand(career, cdnow_sample):
    """The first line is the ledger of the twelve months up to the date."""
    last = cdnow_sample[cdnow_sample["date"] > "1997-06-30"]
    assert career.bridge().loc[0, "amount"] == pytest.approx(last["amount"].sum())


def test_newcomers_that_cannot_be_foreseen_are_not_included(spec, cdnow_sample):
    """Where the data are too short for arrivals, the line says why, and the total is without them."""
    early = spec.fit(cdnow_sample, as_of="1997-03-10", seed=1, draws=5).bridge()
    assert np.isnan(early.loc[2, "amount"])
    assert early.loc[2, "source"] == (
        "not included: Arrivals.fit needs 84 days or more in which newcomers are counted: counting begins on "
        "1997-01-01, and `as_of` is 1997-03-10"
    )
    assert early.loc[3, "amount"] == pytest.approx(early.loc[1, "amount"])


def test_a_few_newcomers_are_told_with_a_decimal(career):
    """Where arrivals have ended, half a customer is expected, and not none at a price."""
    line = career.bridge().loc[2]
    assert line["amount"] > 0
    assert line["source"].startswith("0.4 newcomers (0 to ")


def test_arrivals_of_an_empty_frame_are_refused_by_their_name(cdnow_sample):
    with pytest.raises(kk.DataError) as error:
        kk.Arrivals().fit(cdnow_sample.head(0), as_of="1998-06-30")
    assert str(error.value) == (
        "Arrivals.fit needs at least one transaction: the frame is empty.\n\n"
        "Hint: check the file or filter that the rows came through."
    )


@pytest.mark.weak_fit
def test_changes_are_those_who_moved(career, before):
    """Law: exactly the customers whose rung or class differs are listed."""
    changed = career.changed(before)
    one, other = before.customers().set_index("customer_id"), career.customers().set_index("customer_id")
    moved = (one["rung"] != other["rung"]) | (one["abc"] != other["abc"])
    assert set(changed["customer_id"]) == set(moved[moved].index)
    up = changed[changed["moved"] == "up"]["customer_id"]
    assert (other.loc[up, "rung_number"] > one.loc[up, "rung_number"]).all()


@pytest.mark.weak_fit
def test_newcomers_are_marked_new(spec, career, cdnow_sample):
    """A customer first seen between the two dates has no rung before."""
    before = spec.fit(cdnow_sample, as_of="1997-02-28", seed=1, draws=5)
    changed = career.changed(before)
    new = changed[changed["moved"] == "new"]
    assert len(new) == 2357 - len(before.customers())
    assert new["rung_before"].isna().all()


def test_changed_asks_for_an_earlier_career(career):
    with pytest.raises(kk.DataError) as error:
        career.changed(career)
    assert str(error.value) == (
        "the previous career is as of 1998-06-30, this one as of 1998-06-30.\n\nHint: later.changed(earlier)."
    )


def test_later_changes_of_the_input_do_not_matter(spec, cdnow_sample):
    """A career holds what it needs, not the user's frames."""
    mine = cdnow_sample.copy()
    career = spec.fit(mine, as_of="1998-06-30", seed=1, draws=5)
    before = career.bridge(), career.customers()
    mine["amount"] *= 10
    pd.testing.assert_frame_equal(career.bridge(), before[0])
    pd.testing.assert_frame_equal(career.customers(), before[1])


def test_models_that_cannot_draw_have_no_intervals(spec, career, cdnow_sample):
    """Given parameters have no known uncertainty: everything else of the career is there."""
    given = kk.FittedMBGNBD(params=career.scorer.purchases.params, period="W")
    typed = evolve(spec, scorer=evolve(spec.scorer, purchases=given)).fit(cdnow_sample, as_of="1998-06-30", seed=1)
    assert typed.draws is None
    assert "clv_low" not in typed.customers()
    assert typed.customers()["clv"].to_numpy() == pytest.approx(career.customers()["clv"].to_numpy())
    line = typed.bridge().iloc[1]
    assert np.isnan(line["low"])
    assert (
        line["source"]
        == "purchase and spend model; no interval: the models cannot draw futures, or their parameters were given"
    )
    assert "totals" not in typed.report()


@pytest.mark.weak_fit
def test_customers_who_are_gone_come_last(spec, few_draws, cdnow_sample):
    """A customer known before and no longer in the base does not vanish from the comparison."""
    known = pd.DataFrame({"customer_id": [0, *cdnow_sample["customer_id"].unique()]})
    before = spec.fit(cdnow_sample, as_of="1998-03-31", customers=known, seed=1, draws=5)
    last = few_draws.changed(before).iloc[-1]
    assert (last["customer_id"], last["rung_before"], last["moved"]) == (0, "prospect", "gone")
    assert pd.isna(last["rung_now"])


def test_careers_on_different_ladders_are_not_compared(spec, career, cdnow_sample):
    other = evolve(spec, ladder=kk.CustomerLadder.groups()).fit(cdnow_sample, as_of="1998-03-31", seed=1, draws=5)
    with pytest.raises(kk.DataError) as error:
        career.changed(other)
    assert str(error.value) == (
        "the two careers have different ladders or classifiers, so a change of rung or class means nothing.\n\n"
        "Hint: fit both with the same kk.CustomerCareer(...)."
    )


def test_a_plan_starts_after_the_career(career):
    with pytest.raises(kk.DataError) as error:
        career.plan(actions=ACTIONS, budget=kk.Budget(money=50, hours=10, period="1997"), start="1997-01-01")
    assert str(error.value) == (
        "the plan starts on 1997-01-01, and the career is as of 1998-06-30: that time is over.\n\n"
        "Hint: start the plan after as_of."
    )


def test_the_bridge_takes_a_plan(career):
    with pytest.raises(kk.DataError) as error:
        career.bridge("plan")
    assert str(error.value) == "`plan` must be a kk.Plan, got 'plan'.\n\nHint: career.bridge(career.plan(...))."


def test_prospects_stay_in_the_base(spec, cdnow_sample):
    """Someone known who never bought has a rung, no value, and a place in the plan."""
    known = pd.DataFrame({"customer_id": [0, *cdnow_sample["customer_id"].unique()]})
    career = spec.fit(cdnow_sample, as_of="1998-06-30", customers=known, seed=1, draws=5)
    first = career.customers().iloc[0]
    assert (first["customer_id"], first["rung"]) == (0, "prospect")
    assert pd.isna(first["clv"])
    assert pd.isna(first["abc"])
    plan = career.plan(actions=ACTIONS, budget=BUDGET, start="1998-07-01")
    assert len(plan.assignments()) == len(known)


def test_polars_gives_the_same(spec, career, cdnow_sample):
    """The kind of frame is the user's, the numbers are the same."""
    polar = spec.fit(pl.DataFrame(cdnow_sample.to_dict("list")), as_of="1998-06-30", seed=1, draws=30)
    one, other = career.customers(), polar.customers()
    assert isinstance(other, pl.DataFrame)
    assert other.columns == one.columns.tolist()
    assert other["rung"].to_list() == one["rung"].tolist()
    assert other["abc"].to_list() == one["abc"].tolist()
    for name in ("net_value", "clv_low", "clv_high", "value_at_risk"):
        assert_allclose(other[name].to_numpy(), one[name], rtol=1e-9)


def test_customers_older_than_the_data_are_flagged_and_still_valued(spec, cdnow_sample):
    """Customers first seen within the burn-in are fitted with the others, where the data tell no law of their own."""
    with pytest.warns(kk.DataWarning, match="first seen within 1 month of the start"):
        career = spec.fit(cdnow_sample, as_of="1998-06-30", burn_in="1M", seed=1, draws=5)
    customers = career.customers()
    assert (customers["entry"] == "unknown").sum() == (customers["first_purchase"] < "1997-02-01").sum() > 0
    assert customers["clv"].notna().all()
    assert career.scorer.purchases.n_customers == len(customers)
    assert career.scorer.purchases.older is None


def test_report_holds_the_frames(career):
    """One dict with everything that a report prints."""
    assert list(career.report()) == ["customers", "grid", "bridge", "checks", "totals"]


def test_returns_end_up_in_value(spec, few_draws, cdnow_sample):
    """A base that returns a tenth of its purchases is worth about a tenth less revenue."""
    back = cdnow_sample.assign(amount=-0.1 * cdnow_sample["amount"], date=cdnow_sample["date"] + pd.Timedelta(days=1))
    whole = pd.concat([cdnow_sample, back[back["amount"] < 0]], ignore_index=True)
    one, other = few_draws.customers(), spec.fit(whole, as_of="1998-06-30", seed=1, draws=5).customers()
    ratio = other["expected_sales"].sum() / one["expected_sales"].sum()
    assert ratio == pytest.approx(0.9, abs=0.02)


def test_a_career_needs_its_parts():
    with pytest.raises(ValueError) as error:
        kk.CustomerCareer(scorer=None)
    assert (
        str(error.value) == "`scorer` must be kk.ValueScorer(...), got None.\n\nHint: write scorer=kk.ValueScorer(...)."
    )


def test_to_and_from_json(spec, cdnow_sample, career):
    """A stored spec fits the same career."""
    again = kk.CustomerCareer.from_dict(json.loads(json.dumps(spec.to_dict())))
    assert again == spec
    assert again.fit(cdnow_sample, as_of="1998-06-30", seed=1, draws=30).equals(career)


def test_strategies_can_use_attributes_of_customers(spec, cdnow_sample):
    """A column of `customers=` stands in the career's customers, and in the playbook's conditions."""
    ids = cdnow_sample["customer_id"].unique()[1:]
    known = pd.DataFrame({"customer_id": ids, "city": ["Örebro", "Falun"] * (len(ids) // 2)})
    playbook = kk.Playbook(
        strategies=(
            kk.Strategy(name="here", when=kk.column("city").equals("Örebro"), objective="grow", reason="near"),
            kk.Strategy(name="there", when=kk.column("p_alive") >= 0, objective="harvest", reason="far"),
        )
    )
    career = evolve(spec, planner=kk.StrategyPlanner(playbook=playbook)).fit(
        cdnow_sample, as_of="1998-06-30", customers=known, seed=1, draws=5
    )
    customers = career.customers().set_index("customer_id")
    assert customers.loc[ids, "city"].tolist() == known["city"].tolist()
    assert customers["city"].isna().sum() == 1
    groups = career.plan(actions=ACTIONS, budget=BUDGET, start="1998-07-01").groups()
    assert groups.loc[groups["strategy"] == "here", "customers"].sum() == len(ids) // 2


def test_a_generator_is_read_once(spec, cdnow_sample):
    """A plan made twice is the same plan, whatever the seed was."""
    career = spec.fit(cdnow_sample, as_of="1998-06-30", seed=np.random.default_rng(1), draws=5)
    one, two = (career.plan(actions=ACTIONS, budget=BUDGET, start="1998-07-01") for _ in range(2))
    assert one.equals(two)


def test_a_plan_for_others_does_not_enter_the_bridge(spec, career, cdnow_sample):
    few = spec.fit(cdnow_sample[cdnow_sample["customer_id"] < 6000], as_of="1998-06-30", seed=1, draws=20)
    plan = few.plan(actions=ACTIONS, budget=BUDGET, start="1998-07-01")
    with pytest.raises(kk.DataError) as error:
        career.bridge(plan)
    assert str(error.value) == (
        "the plan is for other customers than this career's.\n\nHint: career.bridge(career.plan(...))."
    )


def test_a_plan_of_another_time_does_not_enter_the_bridge(spec, career, cdnow_sample, message_of):
    """Neither one of the far future, nor a later career's in an earlier one's bridge."""
    budget = kk.Budget(money=100, hours=1, period="2005")
    with pytest.warns(kk.DataWarning, match="the plan starts on 2005-01-01"):
        plan = career.plan(budget=budget, start="2005-01-01")
    assert message_of(kk.DataError, lambda: career.bridge(plan)) == (
        "the plan starts on 2005-01-01, and the bridge goes from 1998-06-30 to 1999-06-30.\n\n"
        "Hint: career.bridge(plan) of the career that the plan was made from, in the year that the plan is for."
    )
    later = career.plan(budget=kk.Budget(money=100, hours=1, period="1999"), start="1999-06-01")
    assert len(career.bridge(later)) == 9
    earlier = spec.fit(cdnow_sample, as_of="1997-12-31", seed=1, draws=2)
    message = message_of(kk.DataError, lambda: earlier.bridge(later))
    assert message.startswith("the plan starts on 1999-06-01, and the bridge goes from 1997-12-31 to 1998-12-31.")


def test_the_bridge_names_the_first_day_of_its_ledger(spec, career, cdnow_sample):
    """Where the data are shorter than the span, the first line does not pass for a whole year."""
    early = spec.fit(cdnow_sample, as_of="1997-06-30", seed=1, draws=5).bridge()
    assert early.loc[0, "source"] == "ledger, 1997-01-01 to 1997-06-30"
    assert career.bridge().loc[0, "source"] == "ledger, 1997-07-01 to 1998-06-30"


@pytest.mark.weak_fit
def test_ids_of_two_kinds_are_not_compared(spec, career, cdnow_sample):
    """Numbers and text never match: every customer would be new or gone."""
    text = cdnow_sample.assign(customer_id=cdnow_sample["customer_id"].astype(str))
    before = spec.fit(text, as_of="1998-03-31", seed=1, draws=5)
    with pytest.raises(kk.DataError) as error:
        career.changed(before)
    assert str(error.value) == (
        "changed needs ids of one kind: `customer_id` is Int64 in this career and String in the previous one, so no "
        "customer would be found again.\n\n"
        "Hint: make both of one kind: .astype(str) in pandas, .cast(pl.String) in polars."
    )


SEASON = "no season hides in what customers are expected to buy"


def test_the_checks_describe_the_season(career, spec, cdnow_sample):
    """78 weeks are no whole years and too short to tell a season; a given one is taken out, everywhere."""
    row = career.checks().set_index("check").loc[SEASON]
    assert (row["passed"], row["informative"], row["severity"]) == (False, True, "warning")
    assert row["message"] == (
        "no season taken out, and not whole years: a history of 1.5 years; two years would tell the season; one "
        "known from elsewhere goes in kk.ValueScorer(season=kk.Season(...))"
    )
    season = kk.Season(index=[1] * 10 + [1.5, 2.5])
    timed = evolve(spec, scorer=evolve(spec.scorer, season=season, drift=0.3))
    timed = timed.fit(cdnow_sample, as_of="1998-06-30", seed=1, draws=5)
    row = timed.checks().set_index("check").loc[SEASON]
    assert (row["passed"], row["severity"]) == (True, "info")
    assert row["message"] == "season taken out: 0.86 (January) to 2.14 (December) of the year's mean rate"
    assert timed.draws.drift == 0.3
    assert (timed.customers()["T"] != career.customers()["T"]).all()
    totals = timed.report()["totals"]
    assert totals["low"][0] < totals["expected"][0] < totals["high"][0]


def test_a_season_cancels_where_each_customer_was_seen_for_whole_years(spec, cdnow_sample):
    """A year of data is not enough: customers came over its first quarter, so most were not seen through it."""
    row = spec.fit(cdnow_sample, as_of="1997-12-31", seed=1, draws=2).checks().set_index("check").loc[SEASON]
    assert (row["passed"], row["informative"]) == (False, True)
    assert row["message"] == (
        "no season taken out, and not whole years: 13% of the time since the first purchases of the customers; two "
        "years would tell the season; one known from elsewhere goes in kk.ValueScorer(season=kk.Season(...))"
    )
    first = cdnow_sample.groupby("customer_id")["date"].transform("min")
    cohort = cdnow_sample[first <= "1997-01-20"]
    row = spec.fit(cohort, as_of="1998-01-07", seed=1, draws=2).checks().set_index("check").loc[SEASON]
    assert row["passed"]
    assert row["message"] == (
        "the horizon and the time since customers' first purchases are whole years; only the silence before as_of is "
        "judged as if every month were alike"
    )


def test_two_years_without_a_season_are_warned_of(spec):
    """From two years on a season can be estimated."""
    shop = kk.testing.make_transactions(customers=150, seed=2, start="2023-01-01", until="2025-06-30")
    with pytest.warns(kk.DataWarning, match="no season taken out, and not whole years: a history of 2.5 years"):
        career = spec.fit(shop, as_of="2025-06-30", seed=1, draws=2)
    message = career.checks().set_index("check").loc[SEASON, "message"]
    assert message.endswith("kk.Season.estimate(transactions) tells the season, for kk.ValueScorer(season=...)")


def counted(monkeypatch, name, function, *, only=lambda *_: True):
    """The calls of a function of the library, counted wherever a module holds it."""
    calls = []

    def counting(*given, **named):
        if only(*given):
            calls.append(name)
        return function(*given, **named)

    for module in [each for path, each in sys.modules.items() if path.startswith("kundkarriar.")]:
        for held in [held for held, what in vars(module).items() if what is function]:
            monkeypatch.setattr(module, held, counting)
    return calls


def test_what_is_given_is_read_once(spec, cdnow_sample, monkeypatch):
    """One fit enters each reader of transactions, customers and events once, and reads the ids of each row once."""
    customers = pd.DataFrame({"customer_id": cdnow_sample["customer_id"].unique()[::-1]})
    events = cdnow_sample[["customer_id", "date"]].head(3).assign(event="referral")
    rows, merged = len(cdnow_sample), PurchaseDays.of
    readers = {
        "ledger": counted(monkeypatch, "ledger", read_ledger),
        "transactions": counted(monkeypatch, "transactions", checked_transactions),
        "purchase days": [],
        "events": counted(monkeypatch, "events", read_events),
        "ids": counted(monkeypatch, "ids", ids_and_missing, only=lambda ids: len(ids) == rows),
    }
    monkeypatch.setattr(PurchaseDays, "of", lambda ledger: readers["purchase days"].append(0) or merged(ledger))
    spec.fit(cdnow_sample, as_of="1998-06-30", seed=1, draws=2, customers=customers, events=events)
    assert {name: len(calls) for name, calls in readers.items()} == dict.fromkeys(readers, 1)


def test_the_history_is_that_of_the_ladder(spec, career, cdnow_sample):
    """`career.history` has the careers and earlier positions of the career's ladder, without the frames."""
    assert career.history.as_of == career.as_of
    pd.testing.assert_frame_equal(
        career.history.careers(), spec.ladder.careers(cdnow_sample, as_of=career.as_of), check_exact=True
    )
    pd.testing.assert_frame_equal(
        career.history.before("6M").positions(), spec.ladder.place(cdnow_sample, as_of="1997-12-31"), check_exact=True
    )


def test_who_was_new_last_year_is_told_by_purchases_not_by_contacts(spec, cdnow_sample):
    """A first contact long ago makes no customer old in the bridge: sales of newcomers are of those first seen."""
    rows = cdnow_sample[(cdnow_sample["customer_id"] % 2 == 0) | (cdnow_sample["date"] > "1997-07-31")]
    contact = pd.DataFrame({"customer_id": rows["customer_id"].unique()})
    contact["first_contact"] = pd.Timestamp("1996-12-01")
    one, other = (
        spec.fit(rows, as_of="1998-06-30", seed=1, draws=2, customers=customers).bridge()
        for customers in (None, contact)
    )
    assert one["amount"][2] > 0
    pd.testing.assert_frame_equal(one, other)


def test_warnings_of_a_fit_name_the_line_that_called(spec, cdnow_sample):
    with pytest.warns(kk.DataWarning) as warned:
        spec.fit(cdnow_sample, as_of="1998-06-30", seed=1, draws=2, burn_in="1M")
    assert [one.filename for one in warned] == [__file__]


def read_back(career):
    return kk.FittedCareer.from_dict(json.loads(json.dumps(career.to_dict())))


@pytest.mark.parametrize("kind", [pd.DataFrame, lambda frame: pl.DataFrame(frame.to_dict("list"))])
def test_a_stored_career_says_what_it_said(spec, cdnow_sample, kind):
    """Customers, grid, bridge, checks and plans come back equal; what is drawn is left out."""
    career = spec.fit(kind(cdnow_sample), as_of="1998-03-31", seed=1, draws=5)
    back = read_back(career)
    assert back.equals(career)
    report, again = career.report(), back.report()
    assert set(report) - set(again) == {"totals"}
    assert all(report[name].equals(again[name]) for name in again)
    plans = [each.plan(actions=ACTIONS, budget=BUDGET, start="1998-07-01") for each in (career, back)]
    assert plans[0].equals(plans[1])
    assert back.bridge(plans[0]).equals(career.bridge(plans[0]))


@pytest.mark.weak_fit
def test_next_year_compares_with_what_was_stored(career, before):
    stored, held = career.changed(read_back(before)), career.changed(before)
    pd.testing.assert_frame_equal(stored.drop(columns="p_foreseen"), held.drop(columns="p_foreseen"))
    assert stored["p_foreseen"].isna().all()


@pytest.mark.weak_fit
def test_changes_stand_beside_what_was_foreseen(career, before):
    """The probability of the rung now is the share of the earlier career's draws that stand on it at this month end."""
    changed = career.changed(before)
    foreseen = before.forecast(horizon="3M").query("ahead == 3").groupby(["customer_id", "rung"])["probability"].sum()
    asked = pd.MultiIndex.from_frame(changed[["customer_id", "rung_now"]])
    np.testing.assert_allclose(changed["p_foreseen"], foreseen.reindex(asked).fillna(0.0))


@pytest.mark.weak_fit
def test_careers_of_two_libraries_are_compared(spec, career, before, cdnow_sample):
    """The answer is of the library of the later career."""
    polar = pl.DataFrame(cdnow_sample.to_dict("list"))
    polar_before = spec.fit(polar, as_of="1998-03-31", seed=1, draws=5)
    pd.testing.assert_frame_equal(career.changed(polar_before), career.changed(before))
    later = spec.fit(polar, as_of="1998-06-30", seed=1, draws=5)
    assert later.changed(before).equals(later.changed(polar_before))


def test_a_career_that_was_read_back_has_no_history(career):
    with pytest.raises(kk.CapabilityError) as caught:
        _ = read_back(career).history
    assert str(caught.value) == (
        "a career that was read back has no history: results are stored, not purchases.\n\n"
        "Hint: career.career.fit(transactions, as_of=career.as_of, seed=career.seed) of the same data, with "
        "customers= and events= as then, has it."
    )


def test_attributes_are_stored_as_what_they_are(spec, cdnow_sample):
    """Whole numbers of 64 bits, numbers, truth values, texts, categories and times, each with missing values."""
    ids = cdnow_sample["customer_id"].unique()
    some = np.arange(len(ids)) % 3 == 0
    known = pd.DataFrame({"customer_id": ids}).assign(
        account=pd.Series(2**62 + ids, dtype="Int64").mask(some),
        loyal=pd.Series(ids % 2 == 0, dtype="boolean").mask(some),
        city=pd.Series("Örebro", index=range(len(ids))).mask(some),
        since=pd.Series(pd.Timestamp("1996-02-29 12:30"), index=range(len(ids))).mask(some),
        age=pd.Series(ids / 7).mask(some),
    )
    career = spec.fit(cdnow_sample, as_of="1998-06-30", customers=known, seed=1, draws=5)
    back = read_back(career).customers()
    for name in ("account", "loyal", "city", "since", "age"):
        one, two = back[name], career.customers()[name]
        assert (one.isna() == two.isna()).all()
        assert (one.dropna() == two.dropna()).all()
    of_lists = spec.fit(
        cdnow_sample,
        as_of="1998-06-30",
        customers=known[["customer_id"]].assign(cities=[[1]] * len(ids)),
        seed=1,
        draws=5,
    )
    with pytest.raises(kk.CapabilityError, match=r"the column `cities` .* cannot be stored"):
        of_lists.to_dict()


def test_a_stored_career_is_checked_as_a_whole(career):
    """Its parts belong together: one date, rungs of the ladder, a row for each customer."""
    stored = career.to_dict()

    def column(name, values):
        columns = [{**each, "values": values} if each["name"] == name else each for each in stored["table"]["columns"]]
        return {"table": {**stored["table"], "columns": columns}}

    rungs = next(each["values"] for each in stored["table"]["columns"] if each["name"] == "rung")
    for change, named in (
        ({"as_of": "1998-06-29"}, "`money`"),
        (column("rung", ["client", *rungs[1:]]), "`rung_number`"),
        (column("customer_id", [1] * len(rungs)), "one row per customer in `customer_id`"),
        (column("rung", rungs[1:]), "`columns`"),
        (column("clv", ["x"] * len(rungs)), "`values`"),
    ):
        with pytest.raises(kk.DataError) as caught:
            kk.FittedCareer.from_dict({**stored, **change})
        assert named in str(caught.value)


ONE_CELL = {
    **dict.fromkeys(("p_alive", "p_leaves", "p_purchase"), (1.5, -0.5)),
    **dict.fromkeys(
        ("recency", "T", "days_since_purchase", "typical_gap", "regularity", "expected_purchases"), (-1.0,)
    ),
    **dict.fromkeys(("frequency", "purchase_days", "purchase_days_12M", "months_on_rung"), (-1, 0.5, None)),
    "quarters_active_12M": (5, None),
    **dict.fromkeys(("value_12M", "total_value"), (None,)),
    **dict.fromkeys(("rung", "highest_rung", "group", "entry"), ("no such word", None)),
    **dict.fromkeys(("previous_rung", "abc"), ("no such word",)),
    **dict.fromkeys(("evidence", "reason"), (None,)),
    "rung_number": (7, None),
}
"""Values that cannot stand in a column."""


@pytest.mark.parametrize("name", ONE_CELL)
def test_a_stored_table_keeps_the_laws_of_its_columns(stored_career, name):
    """A value out of range, a word that the column does not know, a missing value, no such column: each is named."""
    table = stored_career["table"]
    others = [each for each in table["columns"] if each["name"] != name]
    (column,) = [each for each in table["columns"] if each["name"] == name]
    given = [[value, *column["values"][1:]] for value in ONE_CELL[name]]
    kinds = ["number" if isinstance(values[0], float) else column["kind"] for values in given]
    broken = [[*others, {**column, "kind": kind, "values": each}] for kind, each in zip(kinds, given, strict=True)]
    for columns in (others, *broken):
        with pytest.raises(kk.DataError, match=f"`{name}`|'{name}'"):
            kk.FittedCareer.from_dict({**stored_career, "table": {**table, "columns": columns}})


def test_a_stored_table_has_rows(stored_career):
    columns = [{**each, "values": []} for each in stored_career["table"]["columns"]]
    with pytest.raises(kk.DataError, match="`table` needs at least one customer"):
        kk.FittedCareer.from_dict({**stored_career, "table": {**stored_career["table"], "columns": columns}})


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("money", "begins"), "1998-07-01", "`begins` must be a day up to `as_of`, 1998-06-30"),
        (("money", "as_of"), "1998-07-01", "`money.as_of` must be the date of the career"),
        (("money", "span"), {"count": 6.0, "unit": "M"}, "`money.span` must be the horizon of the scorer, 12 months"),
        (("money", "cost"), None, "`money.cost` must be there where the scorer has costs"),
        (("career", "scorer", "discount_rate"), 0.2, "`scorer` must be fitted from the scorer of `career`"),
        (("career", "period"), "D", "`scorer.purchases.period` must be of the period of the career, 'D'"),
    ],
)
def test_parts_of_a_stored_career_do_not_contradict_each_other(stored_career, path, value, named):
    changed = json.loads(json.dumps(stored_career))
    part = changed
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    with pytest.raises(kk.DataError) as caught:
        kk.FittedCareer.from_dict(changed)
    assert named in str(caught.value)


def test_a_career_prints_in_a_few_lines(spec, career):
    """Customers, date, rungs, totals."""
    assert repr(career) == (
        "FittedCareer(as_of='1998-06-30', customers=2,357, rungs={'trial buyer': 1,218, 'repeat buyer': 892, "
        "'client': 247},\n    net sales of the last 12 months=97,963.70, "
        "expected in the next 12 months=70,001.37, contribution=21,000.41)"
    )
    for part in (spec, spec.planner, spec.planner.playbook, *spec.planner.playbook.strategies):
        assert len(repr(part)) < 2000


def test_a_backtest_is_checked_by_kind_of_customer(career, cdnow_sample):
    """Without one nothing is; one of other models is refused."""
    kinds = "customers of every kind buy as expected"
    without = career.checks()["check"].tolist()
    assert without[-3:] == [SEASON, "spend is independent of frequency", kinds]
    backtest = kk.Backtest(scorer=career.career.scorer, horizon="6M", draws=5)
    checks = career.checks(backtest.run(cdnow_sample))
    assert checks["check"].tolist()[:-5] == without[:-1]
    silent = checks.set_index("check").loc["silent customers buy as expected"]
    assert not silent["passed"]
    other = evolve(backtest, scorer=evolve(career.career.scorer, purchases=kk.NBD()))
    with pytest.raises(kk.DataError) as error:
        career.checks(backtest=other.run(cdnow_sample))
    assert str(error.value) == (
        "the backtest tested FittedNBD and FittedGammaGamma, the career is of FittedMBGNBD and FittedGammaGamma.\n\n"
        "Hint: kk.Backtest(scorer=career.career.scorer, horizon=...).run(transactions)."
    )
    with pytest.raises(kk.DataError, match=r"^`backtest` must be a kk\.BacktestResult, got Backtest"):
        career.checks(backtest=backtest)
