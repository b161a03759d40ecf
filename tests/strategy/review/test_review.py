"""Reviews of plans: what came, verdicts, contacts and money, who moved, and the effects for the next plan."""

import json

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pytest
from tests.strategy.review.conftest import make_effect, make_orders, make_plan, make_planner, make_scores, orders_of

import kundkarriar as kk


def row_of(review, strategy="clients"):
    rows = review.strategies()
    return rows[rows["strategy"] == strategy].iloc[0]


def reviewed(plan, transactions, planner=None, **fields):
    return (planner or make_planner()).review(plan, {"transactions": transactions}, **fields)


def test_the_row_of_a_strategy(review, plan, scores, orders):
    """Every column, by hand."""
    rows = review.strategies()
    assert list(rows) == [
        "strategy", "customers", "treated", "held_out", "metric", "span", "target", "planned", "actual",
        "expected_without", "before", "incremental", "low", "high", "smallest_visible", "target_reached",
        "money_planned", "money", "hours_planned", "hours", "net", "net_low", "net_high", "verdict", "note",
    ]  # fmt: skip
    assert rows["strategy"].tolist() == ["clients", "others", "the whole plan"]
    row, mine = row_of(review), (scores["rung"] == "client").to_numpy()
    days = orders.drop_duplicates(["customer_id", "date"])
    purchases = days.groupby("customer_id").size().reindex(scores["customer_id"], fill_value=0).to_numpy()
    expected = scores["expected_purchases"].to_numpy()
    assert row["actual"] == pytest.approx(purchases[mine].mean())
    assert row["expected_without"] == pytest.approx(expected[mine].mean())
    treated, held = plan.ledger.treated & mine, plan.ledger.held_out & mine
    selected = treated | held
    assert row["planned"] == pytest.approx(0.5 * expected[selected].mean())
    theta = np.cov(purchases[selected], expected[selected])[0, 1] / np.var(expected[selected], ddof=1)
    free = purchases - theta * expected
    d = treated[selected] - np.cov(treated[selected], expected[selected])[0, 1] / np.var(expected[selected], ddof=1) * (
        expected[selected] - expected[selected].mean()
    )
    shift = d[treated[selected]].mean() - d[held[selected]].mean()
    assert row["incremental"] == pytest.approx((free[treated].mean() - free[held].mean()) / shift)
    assert row["low"] < row["incremental"] < row["high"]
    assert (row["verdict"], row["target_reached"]) == ("worked", "yes")
    assert row["money"] == row["money_planned"] == 4 * treated.sum()
    assert row["hours"] == pytest.approx(0.04 * treated.sum())
    assert np.isnan(row["before"])
    assert row_of(review, "others")["note"] == "nobody was treated"


def test_before_shows_the_naive_difference(plan, scores, orders):
    """Of transactions that reach back a year, `before` has what was bought in as many days before the plan."""
    past = make_orders(scores["customer_id"], 3.0, first=pd.Timestamp("2026-01-01"), seed=3)
    row = row_of(reviewed(plan, pd.concat([past, orders])))
    clients = scores.loc[scores["rung"] == "client", "customer_id"]
    mine = past[past["customer_id"].isin(clients)].drop_duplicates(["customer_id", "date"])
    assert row["before"] == pytest.approx(len(mine) / len(clients))
    assert row["verdict"] == "worked"


def test_a_stored_plan_and_other_frames_give_the_same(review, plan, orders):
    """A plan through JSON, and polars, change nothing; nor does the review through JSON."""
    stored = json.loads(json.dumps(plan.to_dict()))
    other = reviewed(stored, pl.from_pandas(orders))
    again = kk.Review.from_dict(json.loads(json.dumps(review.to_dict())))
    assert other.equals(review)
    assert again.equals(review)
    for one in (other, again):
        pd.testing.assert_frame_equal(one.strategies(), review.strategies())
        pd.testing.assert_frame_equal(one.effects(), review.effects())
    of_polars = reviewed(make_plan(pl.from_pandas(make_scores())), orders).strategies()
    assert isinstance(of_polars, pl.DataFrame)
    assert of_polars["low"].to_list()[0] == row_of(review)["low"]


@pytest.mark.parametrize(
    ("fields", "because"),
    [
        ({"holdout": 0}, "nobody was held out, so what came cannot be told from what would have come anyway"),
        ({"as_of": "2027-09-30"}, "it is judged on 2027-12-31, and the actuals are complete to 2027-09-30"),
        ({"days": 250}, "it is judged on 2027-12-31, and the actuals are complete to 2027-09-0"),
    ],
)
def test_no_verdict(scores, fields, because):
    """Without a holdout, before the year is out, and where the data end early: "cannot tell", with the reason."""
    plan = make_plan(scores, holdout=fields.get("holdout", 0.25))
    orders = orders_of(plan, scores, factor=3.0, days=fields.get("days", 365))
    row = row_of(reviewed(plan, orders, as_of=fields.get("as_of")))
    assert row["verdict"] == "cannot tell"
    assert because in row["note"]


def test_what_was_planned_is_excluded(scores):
    """Nothing came where much was planned: it did not."""
    planner = make_planner(mean=3.0)
    plan = make_plan(scores, planner=planner)
    found = reviewed(plan, orders_of(plan, scores), planner)
    row = row_of(found)
    assert row["high"] < row["planned"]
    assert row["verdict"] == "did not"
    assert found.next()["next"].iloc[0] in {"stop", "redesign"}


@pytest.mark.parametrize("metric", ["share that buys", "purchases", "spend", "net value"])
def test_every_metric(scores, metric):
    """Three times the purchases are seen by each metric; net value is margin times spend, less what came back."""
    planner = make_planner(metric=metric, value=0.5, mean=3.0)
    plan = make_plan(scores, planner=planner, holdout=0.4)
    orders = orders_of(plan, scores, factor=3.0)
    row = row_of(reviewed(plan, orders, planner))
    assert (row["metric"], row["verdict"]) == (metric, "worked")
    clients = scores["rung"] == "client"
    if metric == "net value":
        spend = orders[orders["customer_id"].isin(scores.loc[clients, "customer_id"])]["amount"].sum()
        assert row["actual"] == pytest.approx(0.4 * spend / clients.sum())


def test_purchases_without_amounts(scores):
    """They are counted; what is of money cannot be told."""
    for metric, verdict in (("purchases", "worked"), ("spend", "cannot tell")):
        planner = make_planner(metric=metric)
        plan = make_plan(scores, planner=planner)
        unpriced = orders_of(plan, scores, factor=2.0).drop(columns="amount").assign(kind="purchase")
        row = row_of(reviewed(plan, unpriced, planner))
        assert row["verdict"] == verdict
        assert np.isnan(row["net"])


def test_returns_count_as_far_as_they_are_not_usual(scores):
    """All return a tenth: net value stays margin times spend. Where those treated return all, little is left of it."""
    planner = make_planner(metric="net value", value=0.5, mean=3.0)
    plan = make_plan(scores, planner=planner, holdout=0.4)
    orders = orders_of(plan, scores, factor=3.0)
    later = (orders["date"] + pd.Timedelta(days=30)).clip(upper=pd.Timestamp("2027-12-31"))
    back = orders.assign(amount=-4.0, date=later)
    usual, alike = (row_of(reviewed(plan, each, planner)) for each in (orders, pd.concat([orders, back])))
    assert alike["actual"] == pytest.approx(usual["actual"], rel=0.01)  # some come back on the day of a purchase
    assert alike["incremental"] == pytest.approx(usual["incremental"], rel=0.03)
    treated = scores["customer_id"][plan.ledger.treated]
    gone = back[back["customer_id"].isin(treated)].assign(amount=-39.0)
    row = row_of(reviewed(plan, pd.concat([orders, gone]), planner))
    assert (row["verdict"], row["high"] < 0) == ("did not", True)


@pytest.mark.parametrize(("as_of", "days"), [("2027-12-31", 365), ("2027-06-30", 181)])
def test_plans_with_increments_are_compared_over_the_days_that_count(scores, as_of, days):
    """What was expected and planned has the share of the horizon's days that have come; without increments neither."""
    given = pd.DataFrame({"customer_id": scores["customer_id"], "letter": 0.5 * scores["clv"], "until": "2027-12-31"})
    plan = make_plan(scores, increments=given)
    row = row_of(reviewed(plan, orders_of(plan, scores), as_of=as_of))
    mine = scores["rung"] == "client"
    selected = (plan.ledger.selected >= 0) & mine
    expected = scores["expected_purchases"]
    assert row["expected_without"] == pytest.approx(expected[mine].mean() * days / 365)
    assert row["planned"] == pytest.approx(0.5 * expected[selected].mean() * days / 365)
    blind = row_of(reviewed(make_plan(scores), orders_of(plan, scores), as_of=as_of))
    assert np.isnan(blind["planned"]) == (days < 365)


def test_contacts_and_money_beside_planned(scores, plan, orders):
    """Missed contacts, contacts with the holdout and with others, and stated costs."""
    log, ids = plan.contacts(), scores["customer_id"].to_numpy()
    missed = ids[plan.ledger.treated][:2]
    made = log[~log["customer_id"].isin(missed)].assign(cost=np.nan)
    made.loc[made.index[0], "cost"] = 10.0
    extra = pd.DataFrame(
        {
            "customer_id": [ids[plan.ledger.held_out][0], ids[plan.ledger.selected < 0][0]],
            "date": pd.Timestamp("2027-05-05"), "action": "letter",
        }
    )  # fmt: skip
    found = make_planner().review(plan, {"transactions": orders, "contacts": pd.concat([made, extra])})
    row = found.contacts().iloc[0]
    treated = int(plan.ledger.treated.sum())
    assert row.to_dict() == {
        "action": "letter", "planned": 4 * treated, "made": 4 * treated - 6, "customers_planned": treated,
        "customers_contacted": treated - 2, "to_held_out": 1, "to_others": 1, "money_planned": 4.0 * treated,
        "money": 4.0 * treated + 3, "hours_planned": pytest.approx(0.04 * treated),
        "hours": pytest.approx(0.04 * treated - 0.06),
    }  # fmt: skip
    note = row_of(found)["note"]
    assert "2 treated customers got no contact (counted as treated)" in note
    assert "1 customer of the holdout got contacts, which hide some of the effect" in note


def test_who_moved(scores, plan, orders):
    """Counts of each step, new customers and those who are gone; strategies by the reviewing planner."""
    later = scores.iloc[1:].assign(rung="client")
    later = pd.concat([later, later.iloc[:1].assign(customer_id="new")])
    moved = reviewed(plan, orders, customers=later).moved().replace({np.nan: None})
    got = {(what, one, other): n for what, one, other, n in moved.itertuples(index=False)}
    clients = int((scores["rung"].iloc[1:] == "client").sum())
    gone = scores["rung"].iloc[0]
    steps = {("client", "client"): clients, ("trial buyer", "client"): 599 - clients, (gone, None): 1}
    assert {key[1:]: n for key, n in got.items() if key[0] == "rung"} == {**steps, (None, "client"): 1}
    assert got["strategy", "others", "clients"] == 599 - clients
    assert got["strategy", None, "clients"] == 1
    with pytest.raises(kk.CapabilityError, match="does not know where customers stand a year later"):
        reviewed(plan, orders).moved()


def test_effects_go_into_the_next_plan(review, plan, scores):
    """The posterior lies between stated and measured, is narrower, and a planner plans with it, by increments too."""
    row, effect = review.effects().iloc[0], review.effect("letter")
    stated = make_effect()
    measured = np.exp(np.log(stated.mean) * row["measured"] / row["planned"])
    assert min(stated.mean, measured) - 0.05 < effect.mean < max(stated.mean, measured) + 0.05
    assert effect.high - effect.low < stated.high - stated.low
    assert effect.evidence.startswith("measured: review of 2027, ")
    assert not effect.is_assumed
    assert review.actions()[0].effects == (effect,)
    planner = make_planner(until="2028-12-31")
    planner = attrs.evolve(planner, actions=review.actions())
    again = make_plan(scores, planner=planner, period="2028", start="2028-01-01", previous=plan)
    assert again.actions == review.actions()
    assert again.ledger.treated.any()


def test_a_measured_action_has_increments(review, orders):
    """Next year's increments are those of the measured effect, and a plan on them treats."""
    summary = kk.summarize(orders, as_of="2027-12-31")
    models = {
        "purchases": kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.9, alpha=20, a=0.5, b=4), period="W"),
        "spend": kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44)),
    }
    scorer = kk.ValueScorer(**models, margin=0.4, discount_rate=0.1, horizon="12M").fit(summary)
    frame = scorer.score(summary).assign(rung="client")
    terms = {"budget": kk.Budget(money=5000, hours=50, period="2028"), "start": "2028-01-01"}
    planner, stated = make_planner(until="2028-12-31"), make_effect()
    added, before = (
        planner.increments(scorer, summary, actions=each, planned=frame, **terms)
        for each in (review.actions(), planner.actions)
    )
    bonus = (review.effect("letter").mean - 1) / (stated.mean - 1)
    np.testing.assert_allclose(added["letter"], bonus * before["letter"], rtol=1e-9)
    planner = attrs.evolve(planner, actions=review.actions())
    plan = planner.plan(frame, increments=added, holdout=0.2, **terms)
    assert plan.ledger.treated.sum() > 100
    with pytest.raises(kk.DataError, match="increments"):
        make_planner(until="2028-12-31").plan(frame, increments=added, holdout=0.2, **terms)


def test_what_was_not_measured_stays_as_stated(scores, orders):
    """Without a holdout, and of effects that purchases do not show."""
    assert reviewed(make_plan(scores, holdout=0), orders).effect("letter") == make_effect()
    cheaper = make_effect(0.9, on="marketing", low=0.8, high=1.0)
    planner = make_planner(effect=cheaper)
    given = pd.DataFrame({"customer_id": scores["customer_id"], "letter": 9.0, "until": "2027-12-31"})
    plan = make_plan(scores, planner=planner, increments=given)
    assert plan.ledger.treated.any()
    found = reviewed(plan, orders, planner)
    assert found.effect("letter") == cheaper
    assert found.effects()["note"].tolist() == ["what it acts on does not show in purchases"]


def test_of_several_effects_one_scale_is_measured(scores, orders):
    """All move by it, in logarithms; `effect` refuses, as there is no one to tell, and so it does without any."""
    several = (make_effect(1.3), make_effect(1.2, on="spend", high=1.4))
    planner = make_planner(effect=None, effects=several)
    ids, added = scores["customer_id"], 0.5 * scores["clv"]
    sizes = {"letter": 1.0, "letter, low": 0.0, "letter, high": 2.0, "letter, half": 0.5, "letter, fourfold": 9.0}
    given = pd.DataFrame({"customer_id": ids, **{name: size * added for name, size in sizes.items()}})
    plan = make_plan(scores, planner=planner, increments=given.assign(until="2027-12-31"))
    found = reviewed(plan, orders_of(plan, scores, factor=1.5), planner)
    (action,) = found.actions()
    logs = [np.log(new.mean) / np.log(old.mean) for old, new in zip(several, action.effects, strict=True)]
    assert found.effects()["effect_on"].tolist() == ["purchases", "spend"]
    assert logs == pytest.approx(found.effects()["scale"].tolist(), rel=0.1)
    bare = reviewed(make_plan(scores, planner=make_planner(effect=None)), orders)
    hint = "Hint: review.actions() has it with all of them."
    several_told = f"the action 'letter' has 2 effects, and not one.\n\n{hint}"
    for review, law in ((found, several_told), (bare, "the action 'letter' states no effect.")):
        with pytest.raises(kk.CapabilityError) as raised:
            review.effect("letter")
        assert str(raised.value).startswith(law)


def test_an_action_that_the_plan_does_not_have_has_no_effect(review):
    with pytest.raises(kk.DataError, match="`action` must be one of 'letter', got 'call'"):
        review.effect("call")


def test_what_comes_next(review, scores, orders):
    """Keep what worked; where nothing can be told, the holdout that would tell."""
    assert review.next()["next"].tolist() == ["keep", "keep"]
    few = reviewed(make_plan(scores, holdout=0), orders).next().iloc[0]
    assert few["next"] == "measure"
    assert few["sentence"].startswith(f"Measure 'clients': a holdout of {few['holdout']:.0%} shows ")
    target = make_plan(scores, holdout=float(few["holdout"]) + 0.01).targets().iloc[0]
    assert target["verdict_possible"]


def test_customers_left_out_are_compared_as_assigned(plan, scores, orders):
    """Law: leaving customers out of either arm changes no difference, and the plan still leaves them out.

    What was planned is less by the share of those treated who left.
    """
    rows = plan.assignments().set_index("customer_id")
    gone = [*rows.query("treated").index[:20], *rows.query("held_out").index[:5]]
    less = plan.without(gone[:10]).without(gone[10:])
    assert less.assignments().set_index("customer_id").loc[gone, "cost"].sum() == 0
    one, other = (row_of(reviewed(each, orders)) for each in (plan, json.loads(json.dumps(less.to_dict()))))
    same = ["treated", "held_out", "actual", "incremental", "low", "high", "verdict"]
    assert one[same].to_dict() == other[same].to_dict()
    treated, still = plan.ledger.treated.sum(), less.ledger.treated.sum()
    kept = (less.ledger.selected >= 0) & (scores["rung"] == "client").to_numpy()
    assert other["planned"] == pytest.approx(still / treated * 0.5 * scores["expected_purchases"][kept].mean())
    assert (one["money"], other["money"]) == (4 * treated, 4 * still)
    assert "25 customers left out after the assignment (plan.without) are compared as assigned" in other["note"]
    log = {"transactions": orders, "contacts": plan.contacts()}
    made = make_planner().review(less, log).contacts().iloc[0]
    assert made[["planned", "made", "to_held_out", "to_others"]].tolist() == [4 * still, 4 * treated, 0, 0]


def test_plans_that_forgot_the_assignment_say_so(plan, orders):
    """A plan that was stored before the assignment of those left out was kept has a note of it."""
    treated = plan.assignments().query("treated")["customer_id"].iloc[:5].tolist()
    stored = json.loads(json.dumps(plan.without(treated).to_dict()))
    for name in ("withdrawn", "withdrawn_from_holdout"):
        del stored["ledger"][name]
    assert "and the arms may differ by them" in row_of(reviewed(stored, orders))["note"]


def test_money_is_of_the_days_of_the_value(scores):
    """Judged in the middle of the year, money and hours are those of the contacts to that day, planned and made."""
    planner = make_planner(until="2027-06-30")
    plan = make_plan(scores, planner=planner)
    log = {"transactions": orders_of(plan, scores), "contacts": plan.contacts()}
    for actuals in (log, {"transactions": log["transactions"]}):
        found = planner.review(plan, actuals, as_of="2027-12-31")
        row, treated = row_of(found), int(plan.ledger.treated.sum())
        assert row["span"] == "2027-01-01 to 2027-06-30"
        money = row[["money_planned", "money", "hours_planned", "hours"]].tolist()
        assert money == pytest.approx([2 * treated, 2 * treated, 0.02 * treated, 0.02 * treated])
        contacts = found.contacts().iloc[0]
        assert contacts[["planned", "made", "money_planned", "money"]].tolist() == [2 * treated] * 4


@pytest.mark.parametrize("lever", ["price", "service"])
def test_a_price_cut_counts_once(scores, lever):
    """Law: net is the same of amounts paid after a voucher as of list amounts that are said to be so.

    What costs a share of spend without a cut of the price leaves the amounts as they are, and costs all of it.
    """
    orders = make_orders(scores["customer_id"], scores["expected_purchases"])
    spent = orders.groupby("customer_id")["amount"].sum().reindex(scores["customer_id"], fill_value=0).to_numpy()
    planner = make_planner(lever=lever, cost_of_spend=0.1)
    given = {"letter": 0.5 * scores["clv"] + 20, "letter, cost of spend": 0.1 * spent, "until": "2027-12-31"}
    plan = make_plan(scores, planner=planner, increments=pd.DataFrame({"customer_id": scores["customer_id"], **given}))
    treated = plan.ledger.treated
    assert treated.sum() > 100
    off = orders["customer_id"].isin(scores["customer_id"][treated]) & (lever == "price")
    paid = orders.assign(amount=orders["amount"] * np.where(off, 0.9, 1.0))
    row = row_of(reviewed(plan, paid, planner, as_of="2027-12-31"))
    other = row_of(reviewed(plan, orders, planner, as_of="2027-12-31", amounts_at="list"))
    money = 4 * treated.sum() + 0.1 * spent[treated].sum()
    assert [row["money_planned"], row["money"], other["money"]] == pytest.approx([money] * 3)
    assert row[["net", "net_low", "net_high"]].tolist() == pytest.approx(other[["net", "net_low", "net_high"]].tolist())
    assert ("amounts_at='list'" in row["note"]) == (lever == "price")
    half = row_of(reviewed(plan, paid, planner, as_of="2027-07-02"))
    assert half["money_planned"] == pytest.approx(3 * treated.sum() + 0.1 * spent[treated].sum() * 183 / 365)


@pytest.mark.parametrize(("effect", "metric"), [({}, "purchases"), ({"on": "spend"}, "spend")])
def test_the_whole_plan_is_judged_by_the_metric_that_shows_most_of_what_was_planned(scores, effect, metric):
    """Where targets differ: by the largest planned effect beside its spread; it has more power than the share."""
    client = kk.column("rung").equals("client")
    metrics = ("share that buys", "net value")
    two = tuple(
        kk.Strategy(name=name, when=when, objective="grow", target=kk.Target(metric=name, value=1, until="2027-12-31"))
        for name, when in zip(metrics, (client, ~client), strict=True)
    )
    planner = make_planner(effect=make_effect(1.5, **effect))
    planner = attrs.evolve(planner, playbook=kk.Playbook(strategies=two))
    plan = make_plan(scores, planner=planner)
    whole = row_of(reviewed(plan, orders_of(plan, scores), planner), "the whole plan")
    assert (whole["metric"], whole["planned"] > 0) == (metric, True)
