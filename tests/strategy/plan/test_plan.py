"""The plan: laws, frames, and errors for bad input."""

import json
import re

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.numerics.planning.treatment_effect import gain
from kundkarriar.numerics.sampling.stable_hash import stable_hash
from kundkarriar.stored import part
from kundkarriar.strategy.plan.customer_table import CustomerTable
from kundkarriar.strategy.plan.plan_data import PlanData


def planned(base, actions, budget, **more):
    return kk.StrategyPlanner.default().plan(
        base, actions=actions, budget=budget, **{"start": "2027-01-01", "seed": 1, **more}
    )


def as_polars(frame):
    plain = {name: [None if pd.isna(value) else value for value in frame[name]] for name in frame}
    return pl.DataFrame(plain)


def lines(plan):
    summary = plan.summary()
    return dict(zip(summary["item"], summary["value"], strict=True))


def test_everyone_comes_out_once_in_the_order_given(base, plan):
    assignments = plan.assignments()
    assert assignments["customer_id"].tolist() == base["customer_id"].tolist()
    assert not assignments[["strategy", "objective", "reason"]].isna().any().any()


def test_the_plan_spends_within_both_budgets_and_only_where_it_pays(plan, budget):
    a = plan.assignments()
    assert 0 < a["cost"].sum() <= budget.money * 0.9 * (1 + 1e-9)
    assert 0 < a["hours"].sum() <= budget.hours * 0.9 * (1 + 1e-9)
    treated = a[a["treated"]]
    assert (treated["net"] > 0).all()
    assert (treated["cost"] <= treated["incremental_value"]).all()
    assert (treated["incremental_value"] <= treated["max_justified_spend"] + 1e-9).all()
    assert (a["max_justified_spend"] >= 0).all()
    untreated = a[~a["treated"]]
    assert untreated["action"].isna().all()
    assert (untreated[["cost", "hours", "incremental_value", "net"]] == 0).all().all()


def test_actions_go_to_customers_of_their_step_and_where_asked_for_of_their_objective(base, actions, budget, plan):
    by_name = {action.name: action for action in actions}
    matching = attrs.evolve(kk.StrategyPlanner.default(), match_objectives=True)
    strict = matching.plan(base, actions=actions, budget=budget, start="2027-01-01", seed=1)
    for own, same in ((plan, False), (strict, True)):
        a = own.assignments().merge(base[["customer_id", "rung"]])
        chosen = a[a["treated"]]
        matches = [by_name[row.action].objective == row.objective for row in chosen.itertuples()]
        assert all(matches) == same
        letters = a[a["action"] == "second-order letter"]
        assert len(letters) > 0
        assert (letters["rung"] == "trial buyer").all()
    price = strict.against().set_index("way").loc["without: an action serves the strategies with its objective"]
    net = plan.against().set_index("way")["net"]
    assert price["net"] == pytest.approx(net["the plan"]) == pytest.approx(net["free choice among all actions"])
    assert price["difference"] > 0


@settings(max_examples=15)
@given(random=st.randoms(use_true_random=False))
def test_row_order_changes_nothing(base, actions, budget, random):
    """Shuffled customers get the same decisions, to the last digit, and the same totals."""
    order = list(range(len(base)))
    random.shuffle(order)
    straight = planned(base, actions, budget).assignments()
    shuffled = planned(base.iloc[order], actions, budget).assignments()
    pd.testing.assert_frame_equal(straight.iloc[order].reset_index(drop=True), shuffled)


@settings(max_examples=15)
@given(money=st.floats(10, 3000), hours=st.floats(0, 60), more_money=st.floats(0, 500), more_hours=st.floats(0, 10))
def test_more_budget_is_never_worse(base, actions, *, money, hours, more_money, more_hours):
    """Without a holdout the expected net gain never falls when a budget grows (to a millionth of a gain)."""
    small, large = (
        planned(base, actions, kk.Budget(money=m, hours=h, period="2027"), holdout=0)
        for m, h in ((money, hours), (money + more_money, hours + more_hours))
    )
    last = float(np.nanmax(small.ledger.gain))
    assert large.assignments()["net"].sum() >= small.assignments()["net"].sum() - last * 1e-6
    assert large.cost.sum() <= (money + more_money) * 0.9 * (1 + 1e-9)
    assert large.hours.sum() <= (hours + more_hours) * 0.9 * (1 + 1e-9)


def test_decisions_count_each_krona_once(plan):
    """Groups, assignments, summary and sensitivity add up to the same money, hours and value."""
    a, g, s = plan.assignments(), plan.groups(), lines(plan)
    for column, item in (("cost", "planned cost"), ("hours", "planned hours"), ("net", "net")):
        assert a[column].sum() == pytest.approx(s[item])
        assert g[column].sum() == pytest.approx(s[item])
    assert g["customers"].sum() == len(a)
    assert g["treated"].sum() == a["treated"].sum() == s["treated"]
    mean = plan.sensitivity().query("end == 'mean'")
    assert mean["incremental_value"].sum() == pytest.approx(s["incremental value"])
    assert mean["change"].tolist() == pytest.approx([0.0] * len(mean), abs=1e-9)
    assert s["incremental value, low"] < s["incremental value"] < s["incremental value, high"]
    assert s["distance to the best plan"] >= 0


def responded(effect, group):
    """The size of an effect on a customer of a group, by the default planner's prior."""
    power = 0.8 if effect.is_assumed and group == "moving" else 1.0
    return effect.mean**power if effect.multiplies else effect.mean * power


def test_increments_are_what_the_definitions_say(base, actions, plan):
    """Each effect by its own formula, from the frame's columns; the moving respond to the power of 0.8."""
    a = plan.assignments().merge(base, on="customer_id", suffixes=("", "_in"))
    effects = {action.name: action.effect for action in actions}

    def odds(p, m):
        return m * p / (1 - p + m * p)

    for row in a[a["treated"]].itertuples():
        effect = effects[row.action]
        expected = {
            "leaving": lambda r, m: r.value_at_risk * (1 - odds(r.p_leaves, m) / r.p_leaves),
            "promotion": lambda r, m: r.clv * (odds(r.p_purchase, m) / r.p_purchase - 1),
            "purchases": lambda r, m: (m - 1) * r.clv,
            "spend": lambda r, m: (m - 1) * r.clv,
            "value": lambda _, m: m,
        }[effect.on](row, responded(effect, row.group))
        assert row.incremental_value == pytest.approx(expected, rel=1e-9)
    assert set(a["action"].dropna()) >= {"call", "catalogue", "second-order letter"}


def one_action(on, *, mean, **more):
    """A playbook for everyone with one action that costs nothing."""
    effect = kk.Effect(on=on, mean=mean, low=1, high=2 * mean, evidence="assumed", relative_to="no contact")
    action = kk.Action(
        name="it", objective="grow", lever="information", effect=effect, **{"cost": 0, "hours": 0, **more}
    )
    everyone = kk.Strategy(name="all", when=~kk.column("customer_id").is_missing(), objective="grow")
    return kk.StrategyPlanner(playbook=kk.Playbook(strategies=(everyone,)), actions=(action,))


def gains(planner, customers, *, period="2027"):
    budget = kk.Budget(money=1e9, hours=0, period=period)
    plan = planner.plan(customers, budget=budget, start=budget.first_day, holdout=0)
    return plan.ledger.gain[:, 0]


STEP = ("trial buyer", "repeat buyer")


@pytest.mark.parametrize(
    ("planner", "column"),
    [
        (one_action("purchases", mean=1.2), "contribution"),
        (one_action("spend", mean=1.2), "clv"),
        (one_action("promotion", mean=1.5, step=STEP), "contribution"),
    ],
)
def test_more_purchases_are_more_orders_to_handle_and_more_spend_is_not(base, planner, column):
    """The increment is on contribution where there is one; to spend, and without costs, on clv."""
    both = base.assign(contribution=base["clv"] * 0.7 - 3)
    only = both.assign(clv=both[column]).drop(columns="contribution")
    expected = gains(planner, only)
    assert np.nansum(np.abs(expected)) > 0
    assert gains(planner, both) == pytest.approx(expected, rel=1e-12, nan_ok=True)
    other = {"contribution": "clv", "clv": "contribution"}[column]
    changed = both.assign(**{other: both[other] + 50})
    assert gains(planner, changed) == pytest.approx(expected, rel=1e-12, nan_ok=True)


def test_a_quarter_gets_a_quarter_of_the_times(base, actions):
    """The catalogue, four times a year: once in a quarter, for a quarter of the cost and hours."""
    everyone = kk.Strategy(name="all", when=~kk.column("customer_id").is_missing(), objective="grow")
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(everyone,)), actions=(actions[3],))
    a, sentences, contacts = {}, {}, {}
    for period in ("2027", "2027-Q2"):
        budget = kk.Budget(money=1e6, hours=1000, period=period)
        plan = planner.plan(base, budget=budget, start=budget.first_day, holdout=0)
        a[period] = plan.assignments().query("treated")
        top = a[period].sort_values("net")["customer_id"].iloc[-1]
        sentences[period] = next(line for line in plan.explain(top).splitlines() if line.startswith("Planned"))
        contacts[period] = set(plan.worklist(week="2027-W13")["of"])
        note = plan.summary().set_index("item")["note"]["incremental value"]
        assert note.startswith(f"of the treatment in {period}, over the horizon of the scores")
    assert contacts == {"2027": {4}, "2027-Q2": {1}}
    assert set(a["2027"]["cost"]) == {24.0}
    assert set(a["2027-Q2"]["cost"]) == {6.0}
    assert a["2027-Q2"]["hours"].to_numpy() == pytest.approx(0.02)
    assert sentences == {
        "2027": "Planned: catalogue, 4 times in 2027, for 24.00 and 0.08 hours.",
        "2027-Q2": "Planned: catalogue, once in 2027-Q2, for 6.00 and 0.02 hours.",
    }


def test_what_pays_in_a_quarter_is_judged_by_the_cost_of_a_quarter(base):
    """An action adds 10 and costs 4 a time: once is worth it, but without money it is outbid; four times is not."""
    planner = one_action("value", mean=10, cost=4, per_year=4)
    for period, words in (("2027-Q2", "would pay, but the money"), ("2027", "no action adds more than it costs")):
        budget = kk.Budget(money=1, hours=1, period=period)
        reasons = planner.plan(base, budget=budget, start=budget.first_day, holdout=0).assignments()["reason"]
        assert reasons.str.contains(words).all()


def test_one_customer_is_explained_from_their_own_row(plan, monkeypatch):
    """An explanation computes on a single row, whatever the number of customers."""
    seen = []
    real = PlanData.incremental_value_at
    monkeypatch.setattr(
        PlanData, "incremental_value_at", lambda self, end: seen.append(len(self.customers)) or real(self, end)
    )
    treated = plan.assignments().query("treated")["customer_id"]
    for customer in treated.head(3):
        plan.explain(customer)
    assert set(seen) == {1}


def test_the_plan_of_one_customer_agrees_with_the_whole(plan):
    def plain(frame):
        return frame.astype(object).where(frame.notna(), None).to_dict("records")

    whole = plain(plan.assignments())
    for at in (0, 7, 399):
        assert plain(plan.for_customer(at).assignments()) == whole[at : at + 1]


def test_a_number_is_found_by_its_text_and_text_by_itself(base, actions, budget):
    """Numeric ids may be given as the text they print as; text ids are not found by a number."""
    plan = planned(base, actions, budget)
    assert plan.explain("10002") == plan.explain(10_002) == plan.explain(np.uint16(10_002)) == plan.explain(10_002.0)
    text = planned(base.assign(customer_id=base["customer_id"].astype(str)), actions, budget)
    assert text.explain("10002").startswith("Customer 10002 ")
    for written, where in (("010002", plan), ("10002.0", plan), (10_002, text)):
        with pytest.raises(kk.DataError, match=r"the plan has no customer .*10002"):
            where.explain(written)


def test_more_purchases_add_what_a_score_of_more_purchases_adds(cdnow_sample):
    """With costs per order, the gain of 20 % more purchases is the difference of two scores, and 0.2 x contribution.

    A customer with 20 % more of the same purchases brings 1.2 times the margin and has 1.2 times the handling.
    """
    summary = kk.summarize(cdnow_sample, as_of="1997-09-30", period="W")

    def score(factor):
        scorer = kk.ValueScorer(
            purchases=kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.5, alpha=6.0, a=0.4, b=1.2), period="W"),
            spend=kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.0, q=4.0, gamma=15.0)),
            margin=0.3 * factor,
            discount_rate=0.1,
            horizon="12M",
            costs=kk.Costs(serve_per_year=2.0, market_per_year=0.5, per_order=4.0 * factor),
        )
        return scorer.fit(summary).score(summary)

    usual, more = score(1.0), score(1.2)
    found = gains(one_action("purchases", mean=1.2), usual)
    assert (usual["clv"] - usual["contribution"] > 0.01).any()
    assert found == pytest.approx((more["net_value"] - usual["net_value"]).to_numpy(), rel=1e-9, abs=1e-9)
    assert found == pytest.approx(0.2 * usual["contribution"].to_numpy(), rel=1e-9)


def test_p_leaves_follows_from_value_at_risk_where_it_is_no_column(base, actions, budget, plan):
    without = planned(base.drop(columns="p_leaves"), actions, budget)
    assert without.ledger.gain == pytest.approx(plan.ledger.gain, rel=1e-9, nan_ok=True)


def test_the_holdout_is_left_alone_and_says_so(base, actions, budget):
    plan = planned(base, actions, budget, holdout=0.3)
    a = plan.assignments()
    held = a[a["held_out"]]
    assert len(held) > 10
    assert not (plan.ledger.held_out & plan.ledger.treated).any()
    assert not held["treated"].any()
    assert held["reason"].str.endswith("held out, so that the plan's effect can be measured").all()
    assert "the customer is held out" in plan.explain(held["customer_id"].iloc[0])
    assert held["action"].isna().all()
    would = "; would get " + held["selected"] + ", and is held out, so that"
    assert all(words in reason for words, reason in zip(would, held["reason"], strict=True))
    assert f"at random); otherwise it would be {held['selected'].iloc[0]}." in plan.explain(held["customer_id"].iloc[0])
    assert not plan.assignments().query("not held_out")["reason"].str.contains("would get").any()
    assert not planned(base, actions, budget, holdout=0).assignments()["held_out"].any()


def test_an_action_without_effect_is_only_recommended(plan):
    a = plan.assignments()
    cards = a[a["recommended"] == "thank-you card"]
    assert len(cards) > 0
    assert (cards["objective"] == "appreciate").all()
    assert (a["action"] != "thank-you card").all()
    assert "no value is claimed" in plan.explain(cards["customer_id"].iloc[0])


def test_without_actions_there_are_strategies_and_no_money(base, budget):
    plan = kk.StrategyPlanner.default().plan(base, budget=budget, start="2027-01-01")
    assert plan.assignments()["cost"].sum() == 0
    assert plan.assignments()["strategy"].nunique() > 5
    assert len(plan.sensitivity()) == len(plan.discounts()) == len(plan.worklist(week="2027-W10")) == 0
    assert lines(plan)["treated"] == 0


@pytest.mark.parametrize("method", ["summary", "groups", "assignments", "shadow_prices", "sensitivity", "discounts"])
def test_polars_in_polars_out_with_the_same_content(base, actions, budget, plan, method):
    there = planned(as_polars(base), actions, budget)
    frame = getattr(there, method)()
    assert isinstance(frame, pl.DataFrame)
    expected = getattr(plan, method)().to_dict("list")
    found = frame.to_dict(as_series=False)
    assert list(found) == list(expected)
    for name, values in expected.items():
        assert found[name] == [None if pd.isna(value) else value for value in values], name


def test_results_are_new_frames(plan):
    spoilt, prices = plan.assignments(), plan.shadow_prices()
    spoilt["cost"] = 0.0
    prices["shadow_price"] = 99.0
    assert plan.assignments()["cost"].sum() > 0
    assert (plan.shadow_prices()["shadow_price"] < 99).all()


def test_what_is_left_is_what_is_not_planned(plan, budget):
    """Of the budget without its reserve, money and hours."""
    prices, assigned = plan.shadow_prices().set_index("budget"), plan.assignments()
    for name, whole in (("money", budget.money), ("hours", budget.hours)):
        spent = assigned["cost" if name == "money" else "hours"].sum()
        row = prices.loc[name, ["available", "planned", "left"]]
        there = whole * (1 - budget.reserve)
        assert row.tolist() == pytest.approx([there, spent, there - spent])


def test_a_plan_survives_json(plan, base, actions, budget):
    stored = json.loads(json.dumps(plan.to_dict()))
    back = kk.Plan.from_dict(stored)
    assert back.equals(plan)
    pd.testing.assert_frame_equal(back.assignments(), plan.assignments())
    assert back.explain("10001") == plan.explain(10001)
    assert planned(as_polars(base), actions, budget).equals(plan)
    assert not planned(base, actions, budget, seed=2).equals(plan)
    assert not plan.equals("a plan")


def test_discounts_stand_beside_what_keeps_the_price(base, actions):
    plan = planned(base, actions, kk.Budget(money=10_000, hours=100, period="2027"))
    row = plan.discounts().iloc[0]
    assert row["action"] == "welcome discount"
    assert row["alternative"] == "evening"
    assert row["net"] > row["alternative_net"] > 0
    assert row["one_period_cost"] == 8 * row["customers"]
    assert row["note"].startswith("the cost of this period only: a discount tends to follow the customer")


def test_of_equal_offers_the_one_that_keeps_the_price_is_taken(base, budget):
    same = {"objective": "repeat", "cost": 1, "hours": 0}
    more = kk.Effect(on="value", mean=5, low=1, high=9, evidence="assumed", relative_to="nothing")
    cut = kk.Action(name="cut", lever="price", effect=more, **same)
    note = kk.Action(name="note", lever="information", effect=more, **same)
    assert set(planned(base, (cut, note), budget).assignments()["action"].dropna()) == {"note"}


def test_sensitivity_and_break_even(plan):
    table = plan.sensitivity()
    catalogue = table[table["action"] == "catalogue"].set_index("end")
    assert catalogue.loc["low", "change"] < 0 < catalogue.loc["high", "change"]
    planned_net = plan.assignments()["net"].sum()
    assert table.loc[table["end"] == "mean", "plan_net"].to_numpy() == pytest.approx(planned_net)
    assert (table["plan_net"] - table["change"]).to_numpy() == pytest.approx(planned_net)
    at = plan.actions.index(next(each for each in plan.actions if each.name == "catalogue"))
    mine = plan.ledger.bundle == at
    pays_from = catalogue["break_even"].iloc[0]
    added = gain(on="spend", m=pays_from, base=plan.ledger.base[mine], p=plan.ledger.p[mine])
    assert added.sum() == pytest.approx(catalogue["cost"].iloc[0])


def test_an_action_planned_for_nobody_says_what_it_would_take(base, actions):
    """At the break-even effect its best customer is worth it, just below nobody is."""
    dear = attrs.evolve(actions[3], cost=2000.0)
    rows = planned(base, (dear,), kk.Budget(money=1e6, hours=10, period="2027"), holdout=0).sensitivity()
    assert rows["customers"].tolist() == [0, 0, 0]
    assert (rows[["incremental_value", "cost", "net", "plan_net", "change"]] == 0).all().all()
    pays_from = rows["break_even"].iloc[0]
    for size, treated in ((pays_from * 1.001, 1), (pays_from * 0.999, 0)):
        effect = attrs.evolve(dear.effect, mean=size, high=size, low=0.1)
        plan = planned(
            base, (attrs.evolve(dear, effect=effect),), kk.Budget(money=1e6, hours=10, period="2027"), holdout=0
        )
        assert plan.ledger.treated.sum() == treated


def test_explain_says_where_what_why_and_what_not(plan):
    a = plan.assignments()
    row = a[(a["action"] == "second-order letter")].iloc[0]
    text = plan.explain(str(row["customer_id"]))
    assert text == plan.explain(row["customer_id"])
    for words in (
        "stands on the rung trial buyer",
        "Strategy: win the second purchase (repeat), because",
        "Planned: second-order letter, 2 times in 2027, for 4.00 and 0.02 hours.",
        "It multiplies the odds of taking the step by 1.5 (1.1 to 2), relative to no contact.",
        "That effect is assumed, not measured.",
        "It pays for itself here from an effect of",
        "Turned down: welcome discount would add",
    ):
        assert words in text


NONE_SEEN = "The model sees no leaving here, so what may be lost is not known."
NO_LOSS = "Nothing is at risk: losing them would cost nothing."
AT_RISK = "At risk of being lost: 3.00. This decides what may be lost, not what to spend."


@pytest.mark.parametrize(
    ("value", "at_risk", "p_leaves", "sentence"),
    [
        (100.0, 0.0, 0.0, NONE_SEEN),
        (100.0, 1e-7, 1e-9, NONE_SEEN),
        (100.0, 0.0, None, NONE_SEEN),
        (100.0, 3.0, 1e-4, AT_RISK),
        (100.0, 3.0, None, AT_RISK),
        (0.0, 0.0, 0.0, NO_LOSS),
        (-5.0, -1.0, 0.3, NO_LOSS),
        (100.0, None, None, None),
    ],
)
def test_where_no_leaving_is_seen_nothing_is_said_of_a_loss(*, value, at_risk, p_leaves, sentence):
    customers = equals(1).assign(clv=value, value_at_risk=at_risk, p_leaves=p_leaves).astype(float)
    lines = treated_of(customers.astype({"customer_id": int}), money=1, cost=50).explain(0).splitlines()
    assert [each for each in lines if each in {NONE_SEEN, NO_LOSS} or "At risk" in each] == [sentence] * bool(sentence)


@pytest.mark.parametrize(
    ("evidence", "sentences"),
    [
        ("assumed", ("relative to none.", "That effect is assumed, not measured.")),
        ("A/B test of 2026", ("relative to none; A/B test of 2026.",)),
        ("assumed by the sales team", ("relative to none; assumed by the sales team.",)),
    ],
)
def test_an_assumption_is_said_once(evidence, sentences):
    plan = treated_of(equals(1), money=1, evidence=evidence)
    lines = plan.explain(0).splitlines()
    at = next(at for at, line in enumerate(lines) if line.startswith("It multiplies"))
    said = (
        f"It multiplies the purchases by 1.1 (1 to 1.2) for 3 months from each contact, {sentences[0]}",
        *sentences[1:],
    )
    assert tuple(lines[at : at + len(said)]) == said
    assert lines[at + len(said)].startswith("Expected to add")


@pytest.mark.parametrize(("name", "text"), [("grow", "grow"), ("win back", "win back (grow)"), ("Grow", "Grow (grow)")])
def test_an_objective_that_is_the_name_is_not_repeated(name, text):
    plan = treated_of(equals(1), money=1, strategy=name)
    assert f"\nStrategy: {text}, because " in plan.explain(0)


def test_amounts_carry_the_currency(base, actions, budget):
    plan = planned(base.assign(currency="SEK"), actions, budget)
    assert "SEK" in plan.explain(10_001)
    assert set(plan.summary()["unit"]) >= {"SEK", "hours", "customers"}
    assert plan.shadow_prices()["meaning"].str.contains("SEK").any()


def test_prospects_take_part_where_a_value_is_known(base, budget):
    step = {"objective": "activate", "lever": "information", "step": ("prospect", "trial buyer"), "cost": 1}
    won = kk.Effect(on="promotion", mean=2, low=1, high=3, evidence="assumed", relative_to="nothing")
    mail = kk.Action(name="mail", hours=0, effect=won, **step)
    unknown = planned(base, (mail,), budget).assignments()
    prospects = unknown[unknown["objective"] == "activate"]
    assert not prospects["treated"].any()
    assert prospects[~prospects["held_out"]]["reason"].str.contains("no value is known for this customer").all()
    known = base.assign(p_promotion=0.1, promotion_value=50.0)
    a = planned(known, (mail,), budget, holdout=0).assignments()
    assert a[a["objective"] == "activate"]["treated"].all()
    assert a.loc[a["treated"], "incremental_value"].tolist() == pytest.approx(
        [50 * (0.1 * 2**0.8 / (0.9 + 0.1 * 2**0.8) - 0.1)] * int(a["treated"].sum())
    )


REFUSED = [
    (
        {"start": "2028-01-01"},
        kk.DataError,
        (
            "the plan starts on 2028-01-01, outside the budget's period 2027 (2027-01-01 to 2027-12-31).\n\n"
            'Hint: write start="2027-01-01", or budget another period.'
        ),
    ),
    (
        {"budget": 1000},
        kk.DataError,
        (
            "`budget` must be a kk.Budget, got 1000.\n\n"
            'Hint: write budget=kk.Budget(money=250_000, hours=400, period="2027").'
        ),
    ),
    (
        {"holdout": 1.0},
        kk.DataError,
        (
            "`holdout` must be a number of at least 0 and below 1, got 1.0.\n\n"
            "Hint: write holdout=0.1 for one customer in ten, 0 for none."
        ),
    ),
    (
        {"holdout": "a tenth"},
        kk.DataError,
        (
            "`holdout` must be a number of at least 0 and below 1, got 'a tenth'.\n\n"
            "Hint: write holdout=0.1 for one customer in ten, 0 for none."
        ),
    ),
    (
        {"seed": "lucky"},
        kk.DataError,
        "`seed` must be a whole number of at least 0 or a numpy Generator, got 'lucky'.\n\nHint: write seed=1.",
    ),
    (
        {"actions": 5},
        kk.DataError,
        "`actions` must be a kk.Action, got 5.\n\nHint: write actions=[kk.Action(name=..., ...)].",
    ),
    (
        {"actions": "mail"},
        kk.DataError,
        "`actions` must be a kk.Action, got 'mail'.\n\nHint: write actions=[kk.Action(name=..., ...)].",
    ),
]


@pytest.mark.parametrize(("change", "error", "message"), REFUSED)
def test_plans_refuse(base, actions, budget, *, change, error, message):
    with pytest.raises(error) as caught:
        planned(base, **{"actions": actions, "budget": budget, **change})
    assert str(caught.value) == message


def test_two_actions_of_one_name(base, actions, budget):
    with pytest.raises(kk.DataError) as caught:
        planned(base, (*actions, actions[2]), budget)
    assert str(caught.value) == (
        "every action needs a name of its own, these stand more than once: ['call'].\n\n"
        "Hint: rename one of them, or leave it out."
    )


def test_actions_that_serve_no_strategy_are_left_out_and_named(base, actions, budget):
    """Where objectives must match; the plan is the one without them, though their effects lack columns."""
    assumed = {"evidence": "assumed", "relative_to": "no fair"}
    promotion = kk.Effect(on="promotion", mean=1.2, low=1, high=2, **assumed)
    fair = kk.Action(
        name="fair", objective="acquire", lever="price", cost=1, hours=1, step=("lead", "client"), effect=promotion
    )
    stand = kk.Action(name="stand", objective="acquire", lever="influence", cost=1, hours=1)
    text = (
        "StrategyPlanner.plan: no strategy of the playbook allows 2 actions, left out: 'fair' (acquire), 'stand' "
        "(acquire); their objectives are ['activate', 'appreciate', 'develop', 'grow', 'harvest', 'refer', 'repeat', "
        "'reprice', 'retain', 'win_back']."
    )
    planner = attrs.evolve(kk.StrategyPlanner.default(), match_objectives=True)
    when = {"budget": budget, "start": "2027-01-01"}
    with pytest.warns(kk.DataWarning, match=f"^{re.escape(text)}$"):
        plan = planner.plan(base, actions=(fair, *actions, stand), **when)
    assert plan.equals(planner.plan(base, actions=actions, **when))


def test_an_action_that_every_strategy_forbids_is_left_out(base, budget):
    letter, call = (
        kk.Action(name=name, objective="grow", lever="information", cost=1, hours=0) for name in ("letter", "call")
    )
    everyone = kk.Strategy(name="all", when=kk.column("clv") > -1e9, objective="grow", actions=(letter,))
    when = ~kk.column("customer_id").is_missing()
    rest = kk.Strategy(name="rest", when=when, objective="harvest", forbids=("call",))
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(everyone, rest)), actions=(call,))
    text = "allows 1 action, left out: 'call' (grow); they forbid them, or name others."
    with pytest.warns(kk.DataWarning, match=re.escape(text)):
        plan = planner.plan(base, budget=budget, start="2027-01-01")
    assert [each.name for each in plan.actions] == ["letter"]


@pytest.mark.parametrize(("actions", "lacking"), [((), "there is no action"), (None, "no action states an effect")])
def test_a_plan_without_an_effect_says_what_to_write(base, budget, actions, lacking):
    told = kk.Action(name="call", objective="grow", lever="service", cost=1, hours=0)
    plan = planned(base, (told,) if actions is None else actions, budget)
    assert plan.summary().set_index("item")["note"]["treated"] == (
        f"{lacking}, so no money is planned and no value is claimed: actions=[kk.Action(..., effect=kk.Effect(...))]"
    )


def test_missing_columns_name_the_effect(base, actions, budget):
    with pytest.raises(kk.DataError) as caught:
        planned(base.drop(columns="clv"), actions[3], budget)
    assert str(caught.value).startswith(
        "the effect of 'catalogue' on spend needs columns that are not there: ['clv'].\n\nHint: the DataFrame has"
    )


def test_a_step_of_several_purchases_needs_its_own_columns(base, actions, budget):
    step = {"step": ("repeat buyer", "client"), "objective": "grow", "lever": "service", "cost": 1, "hours": 0}
    climb = kk.Action(name="club", effect=actions[0].effect, **step)
    with pytest.raises(kk.CapabilityError) as caught:
        planned(base, (climb,), budget)
    assert str(caught.value) == (
        "the effect of 'club' on promotion: it is not known that one purchase takes the step repeat buyer -> client, "
        "so p_purchase may say too little.\n\n"
        "Hint: add the columns p_promotion (probability of the step within the horizon) and promotion_value "
        '(what the step is worth), or state the effect as on="purchases" or on="value".'
    )
    plan = planned(base.assign(p_promotion=0.2, promotion_value=80.0), (climb,), budget)
    assert plan.assignments()["treated"].any()


def test_impossible_probabilities_are_shown(base, actions, budget):
    wrong = base.assign(p_leaves=base["p_leaves"].where(base["customer_id"] != 10_004, 1.4))
    with pytest.raises(kk.DataError) as caught:
        planned(wrong, actions[2], budget)
    assert str(caught.value) == (
        "StrategyPlanner.plan needs a number from 0 to 1 in `p_leaves`: broken by 1 of 400 rows.\n\n"
        "row  customer_id  p_leaves\n  4        10004       1.4\n\n"
        "Hint: repair these rows, or leave `p_leaves` empty where it is not known."
    )
    implied = base.assign(p_alive=1.0, retention_value=100.0, value_at_risk=50.0).drop(columns="p_leaves")
    with pytest.raises(kk.DataError) as caught:
        planned(implied.assign(value_at_risk=[140.0] + [50.0] * 399), actions[2], budget)
    assert str(caught.value) == (
        "the effect of 'call' on leaving needs probabilities in `p_leaves`: broken by 1 of 400 customers.\n\n"
        "customer_id  p_leaves\n      10000       1.4\n\n"
        "Hint: probabilities lie between 0 and 1; p_leaves, where it is not a column, is value_at_risk / "
        "(p_alive x retention_value)."
    )


@pytest.mark.parametrize(
    ("column", "value", "law"),
    [
        ("p_purchase", 1e300, "a number from 0 to 1"),
        ("p_leaves", 5.0, "a number from 0 to 1"),
        ("p_alive", -3.0, "a number from 0 to 1"),
        ("rung_number", 1.5, "a whole number from 0 to 1e+15"),
        ("purchase_days", -4.0, "a whole number from 0 to 1e+15"),
        ("days_since_purchase", -7.0, "a number from 0 to 1e+15"),
        ("clv", -1e300, "a number from -1e+15 to 1e+15"),
    ],
)
def test_columns_have_laws_also_where_they_are_stored(base, actions, budget, *, column, value, law):
    wide = base.assign(rung_number=1, purchase_days=1, days_since_purchase=1.0)
    stored = planned(wide, actions, budget).to_dict()
    assert kk.Plan.from_dict(stored).to_dict() == stored
    stored["customers"]["numbers"][column][0] = value
    with pytest.raises(kk.DataError) as caught:
        kk.Plan.from_dict(stored)
    assert str(caught.value) == (
        f"a stored customer table holds a value that to_dict() never writes in `numbers`: `{column}` must be {law}, "
        f"got {value}.\n\nIt stands at `customers`.\n\nHint: repair the column."
    )
    given = law if column != "clv" else "amounts of at most 1e+15"
    with pytest.raises(kk.DataError, match=rf"plan needs {re.escape(given)} in `{column}`: broken by 400 of 400 rows"):
        planned(wide.assign(**{column: value}), actions, budget)


def test_an_unknown_customer(plan):
    with pytest.raises(kk.DataError) as caught:
        plan.explain("nobody")
    assert str(caught.value) == (
        "the plan has no customer 'nobody'; it has 400 customers.\n\n"
        "Hint: the first ids are 10000, 10001, 10002; see plan.assignments()['customer_id']."
    )


def test_repeated_missing_and_no_customers(base, actions, budget):
    with pytest.raises(kk.DataError, match="needs one row per customer in `customer_id`: broken by 2 of 401"):
        planned(pd.concat([base, base.head(1)]), actions, budget)
    with pytest.raises(kk.DataError, match="needs at least one customer, the frame is empty"):
        planned(base.head(0), actions, budget)
    with pytest.raises(kk.DataError, match=r"needs finite numbers or missing values in `clv`"):
        planned(base.assign(clv=np.inf), actions, budget)
    two = base.assign(currency=["SEK", "EUR"] * 200)
    with pytest.raises(kk.DataError, match=r"needs one currency, found \['EUR', 'SEK'\]"):
        planned(two, actions, budget)


def test_a_strategy_out_of_date(base, budget):
    old = kk.Strategy(name="old", when=kk.column("rung").equals("client"), objective="grow", valid_until="2026-12-31")
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(old,)))
    with pytest.raises(kk.DataError) as caught:
        planner.plan(base, budget=budget, start="2027-01-01")
    assert str(caught.value) == (
        "the strategy 'old' does not hold on 2027-01-01: it is valid from None until 2026-12-31.\n\n"
        "Hint: review it and give it new dates, or start the plan within them."
    )


def test_a_strategy_that_names_its_actions_uses_only_those(base, actions, budget):
    """Its customers get no other; others may have them."""
    call, catalogue = actions[2], actions[3]
    when = ~kk.column("customer_id").is_missing()
    own = kk.Strategy(name="own", when=kk.column("abc").equals("A") & when, objective="grow", actions=(call,))
    rest = kk.Strategy(name="rest", when=when, objective="grow")
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(own, rest)), actions=(catalogue,))
    a = planner.plan(base, budget=budget, start="2027-01-01", holdout=0).assignments()
    assert set(a.loc[a["strategy"] == "own", "action"].dropna()) == {"call"}
    assert set(a.loc[a["strategy"] == "rest", "action"].dropna()) == {"call", "catalogue"}


def test_nullable_columns_give_the_same_plan(base, actions, budget, plan):
    """Float64, string and boolean of pandas, with their own missing values."""
    assert planned(base.convert_dtypes(), actions, budget).equals(plan)


def test_a_generator_draws_the_seed_of_the_random_assignment(base, actions, budget):
    one, two = (planned(base, actions, budget, seed=np.random.default_rng(5)) for _ in range(2))
    assert one.equals(two)
    assert planned(base, actions, budget, seed=None).seed == 0


def test_planning_again_from_text_ids_decides_the_same_way_in_any_order(base, actions, budget):
    text = base.assign(customer_id="K" + base["customer_id"].astype(str))
    one = planned(text, actions, budget).assignments().set_index("customer_id")
    two = planned(text.iloc[::-1], actions, budget).assignments().set_index("customer_id")
    pd.testing.assert_frame_equal(one, two.loc[one.index])


SENTENCES = {
    "planned: adds more than it costs": "more than it costs.",
    "held out, so that the plan's effect can be measured": "Nothing is planned: the customer is held out",
    "no action was given for this": "Nothing is planned: no action with a cost and an effect is for this customer",
    "recommended only: no effect was stated for it, so no money is planned": "Recommended without money: ",
    "no value is known for this customer, so no money is planned": "No spend is justified by what is known",
    "no action adds more than it costs": "not worth it short of an effect of",
    "would pay, but the money or the hours bring more elsewhere": "net with other customers.",
    "would pay, but a rule of the plan forbids it": "a rule forbids it here (",
}


def test_every_reason_is_explained(base, actions):
    """Each reason occurs where objectives must match, and each has its sentences."""
    activate = {"objective": "activate", "lever": "information", "step": ("prospect", "trial buyer"), "cost": 1}
    mail = kk.Action(name="mail", hours=0, effect=actions[0].effect, **activate)
    dear = [attrs.evolve(each, when=kk.column("clv").between(0, 150)) for each in actions[:-1]]  # not for the very best
    dear[4] = attrs.evolve(actions[4], when=kk.column("clv").between(60, 150))
    planner = attrs.evolve(kk.StrategyPlanner.default(), match_objectives=True)
    budget = kk.Budget(money=600, hours=10, period="2027")
    plan = planner.plan(base, actions=(*dear, actions[-1], mail), budget=budget, start="2027-01-01", seed=1)
    a = plan.assignments()
    reason = a["reason"].str.rsplit("; ", n=1).str[-1].str.replace("would get .*, and is ", "", regex=True)
    assert set(reason) == set(SENTENCES)
    for words, sentence in SENTENCES.items():
        assert sentence in plan.explain(a.loc[reason == words, "customer_id"].iloc[-1]), words


def test_a_lapsed_customer_with_a_past_is_told_so(base, actions, budget):
    placed = base.assign(reason="purchase_days is 2 (at least 2)", days_since_purchase=200.0)
    plan = planned(placed, actions, budget)
    at = base.index[base["lapsed"] & (base["rung"] == "repeat buyer") & (base["net_value"] > 0)][0]
    assert plan.explain(base["customer_id"][at]).splitlines()[:2] == [
        (
            f"Customer {base['customer_id'][at]} stands on the rung repeat buyer (was once client) and has been silent "
            "for longer than usual: purchase_days is 2 (at least 2)."
        ),
        "The last purchase was 200 days before the plan's figures were taken.",
    ]


def test_random_assignment_and_ties_depend_on_the_ids_exactly():
    """Small numbers beside those that need all 64 bits: no float stands between an id and its hash."""
    ids = np.array([1, 2, 2**63 + 1, 2**63 + 2, 2**64 - 1], dtype=np.uint64)
    for values in (ids, [int(each) for each in ids]):
        table = CustomerTable.read(pd.DataFrame({"customer_id": pd.Series(values, dtype=object)}))
        assert table.ids == tuple(int(each) for each in ids)
        assert table.hashes().tolist() == stable_hash(ids=ids).tolist()
        assert table.hashes(np.array([3, 0])).tolist() == stable_hash(ids=ids[[3, 0]]).tolist()
        assert part(CustomerTable).read(json.loads(json.dumps(part(CustomerTable).write(table)))).ids == table.ids


def equals(n, *, first=0, kind=np.int64):
    """Equal customers with consecutive ids."""
    return pd.DataFrame({"customer_id": np.arange(first, first + n).astype(kind), "clv": 100.0})


def treated_of(
    customers, *, money, period="2027", seed=None, cost=0.1, holdout=0.0, evidence="assumed", strategy="all", **more
):
    effect = kk.Effect(on="purchases", mean=1.1, low=1, high=1.2, evidence=evidence, relative_to="none")
    action = kk.Action(name="letter", objective="grow", lever="information", cost=cost, hours=0, effect=effect, **more)
    everyone = kk.Strategy(name=strategy, when=~kk.column("customer_id").is_missing(), objective="grow")
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(everyone,)), actions=(action,))
    budget = kk.Budget(money=money, hours=0, period=period, reserve=0)
    return planner.plan(customers, budget=budget, start=budget.first_day, holdout=holdout, seed=seed)


def test_which_of_equal_customers_are_treated_depends_on_seed_and_period_alone():
    """Money for a quarter of 20,000: a random quarter, not by row or by id, another for another seed or period."""
    customers = equals(20_000)
    plan = treated_of(customers, money=500)
    won = plan.ledger.treated
    assert won.sum() == 5000
    order = np.random.default_rng(3).permutation(20_000)
    again = treated_of(customers.iloc[order], money=500).ledger.treated
    np.testing.assert_array_equal(again, won[order])
    assert abs(np.flatnonzero(won).mean() - 10_000) < 5 * 20_000 / np.sqrt(12 * 5000)
    for other in ({"seed": 1}, {"period": "2028"}):
        both = (treated_of(customers, money=500, **other).ledger.treated & won).sum()
        assert abs(both - 1250) < 5 * np.sqrt(20_000 / 16)
    same = treated_of(customers, money=500, seed=0, period="2027-01/2027-12").ledger.treated
    np.testing.assert_array_equal(same, won)


@pytest.mark.parametrize(("cost", "per_year", "money"), [(0.1, 3, 0.3), (0.3, 1, 0.1 + 0.2), (0.07, 3, 0.21)])
def test_an_action_fits_a_budget_of_just_its_cost(cost, per_year, money):
    """A tenth three times is three tenths."""
    plan = treated_of(equals(5), money=money, cost=cost, per_year=per_year)
    assert plan.ledger.treated.sum() == 1


@settings(max_examples=10)
@given(random=st.randoms(use_true_random=False))
def test_row_order_changes_no_digit_of_any_total(base, actions, random):
    """Sums over customers in summary, groups, discounts and sensitivity, to the last bit."""
    budget = kk.Budget(money=1e5, hours=1e4, period="2027")  # for everyone, so that there is much to add up
    order = list(range(len(base)))
    random.shuffle(order)
    straight, shuffled = planned(base, actions, budget), planned(base.iloc[order], actions, budget)
    for view in ("summary", "groups", "discounts", "sensitivity", "shadow_prices"):
        pd.testing.assert_frame_equal(getattr(straight, view)(), getattr(shuffled, view)(), check_exact=True)


@settings(max_examples=25)
@given(
    n=st.integers(2, 30),
    money=st.integers(1, 40),
    share=st.floats(0.001, 0.999),
    seed=st.none() | st.integers(0, 5),
    random=st.randoms(use_true_random=False),
)
def test_the_holdout_is_drawn_among_those_to_be_treated_at_least_one_and_not_all(*, n, money, share, seed, random):
    """Held-out customers have an action in the plan without a holdout; nobody is treated in their place."""
    customers = equals(n).assign(clv=lambda each: 50.0 + 10 * (each["customer_id"] % 7))
    would_be = treated_of(customers, money=money, cost=1, seed=seed).ledger.treated
    if would_be.sum() < 2:
        return
    plan = treated_of(customers, money=money, cost=1, seed=seed, holdout=share)
    held, treated = plan.ledger.held_out, plan.ledger.treated
    np.testing.assert_array_equal(held | treated, would_be)
    assert not (held & treated).any()
    assert 1 <= held.sum() < would_be.sum()
    assert abs(held.sum() - share * would_be.sum()) <= 0.5 or held.sum() in {1, would_be.sum() - 1}
    order = list(range(n))
    random.shuffle(order)
    again = treated_of(customers.iloc[order], money=money, cost=1, seed=seed, holdout=share)
    np.testing.assert_array_equal(again.ledger.held_out, held[order])


@pytest.mark.parametrize("seed", [None, 1])
def test_another_period_holds_others_out(seed):
    """Holdouts of two periods are independent: about a tenth of a tenth is held out in both."""
    customers = equals(10_000)
    one, same, other = (
        treated_of(customers, money=1e6, period=period, seed=seed, holdout=0.1).ledger.held_out
        for period in ("2027", "2027-01/2027-12", "2028")
    )
    assert one.sum() == other.sum() == 1000
    np.testing.assert_array_equal(one, same)
    assert abs((one & other).sum() - 100) < 50


def test_a_single_customer_is_not_held_out_in_silence():
    text = (
        "StrategyPlanner.plan: holdout=0.1 holds nobody out: 1 of 5 customers would be treated, and with nobody left "
        "to compare with, the effect cannot be measured. holdout=0 says that it need not be."
    )
    with pytest.warns(kk.DataWarning, match=f"^{re.escape(text)}$"):
        plan = treated_of(equals(5), money=1, cost=1, holdout=0.1)
    assert plan.ledger.treated.sum() == 1
    notes = plan.summary().set_index("item")["note"]
    assert notes["held out"] == "nobody of 1 customer to be treated: the effect of this plan cannot be measured"


def test_the_summary_says_how_many_are_held_out_of_how_many():
    plan = treated_of(equals(40), money=30, cost=1, holdout=0.1)
    line = plan.summary().set_index("item").loc["held out"]
    assert line["value"] == 3
    assert line["note"] == (
        "of 30 customers to be treated, 10% by lot (seed 0), so that the effect can be measured; "
        "what they would have cost stays unspent"
    )
    assert lines(plan)["distance to the best plan"] == pytest.approx(0.0, abs=1e-9)
    assert lines(plan)["planned cost"] == 27


@pytest.fixture(scope="module")
def stored(base, actions, budget):
    return planned(base, actions, budget, holdout=0.3).to_dict()


CONTRADICTIONS = {
    "an `action` of each of `held_out`": ("action", -1),
    "a `gain` of each planned `action`": ("gain", None),
    "a `base` for each planned `action`, and for no other customer": ("base", None),
    "a `p` for each planned `action`, and for no other customer": ("p", None),
    "a `p` of at most 1": ("p", 1.5),
}


@pytest.mark.parametrize("law", CONTRADICTIONS)
def test_a_ledger_that_contradicts_itself_is_refused(stored, law):
    """Which law, in how many rows, and the first of them; as constructed as read."""
    own = json.loads(json.dumps(stored["ledger"]))
    name, value = CONTRADICTIONS[law]
    held = name == "action"
    row = next(at for at, action in enumerate(own["action"]) if action >= 0 and own["held_out"][at] == held)
    column = own["gain"][own["action"][row]] if name == "gain" else own[name]
    column[row] = value
    where = f"broken by 1 of 400 customers, first in row {row}, customer {stored['customers']['ids'][row]}"
    with pytest.raises(kk.DataError) as caught:
        kk.Plan.from_dict({**stored, "ledger": own})
    assert f"`ledger` must have {law}: {where}." in str(caught.value)


def test_a_ledger_beyond_its_bound_or_budget_is_refused(plan):
    for changes, law in (
        ({"ledger": attrs.evolve(plan.ledger, bound=0.0)}, "`ledger` must have a `bound` of at least the plan's own"),
        ({"budget": attrs.evolve(plan.budget, hours=0.5)}, "`ledger` must have an `action` of each customer within"),
        ({"actions": plan.actions[::-1]}, "`ledger` must have a `gain` only of actions that have an effect"),
    ):
        with pytest.raises(kk.DataError, match=re.escape(law)):
            attrs.evolve(plan, **changes)


@pytest.mark.parametrize(("part", "column"), [("numbers", "rung"), ("words", "clv"), ("numbers", "clv")])
def test_customers_have_each_column_once_and_as_long_as_ids(stored, part, column):
    """No text among numbers and no number among words, and a value for each customer."""
    customers = {**stored["customers"], part: {**stored["customers"][part], column: [None]}}
    law = f"`{part}` must be columns of plans, with a value for each of 400 ids, got ['{column}']."
    with pytest.raises(kk.DataError, match=re.escape(law)):
        kk.Plan.from_dict({**stored, "customers": customers})


def test_positions_ends_and_sizes_are_read(plan):
    """What looks into a single action or customer is refused by name where there is none."""
    for ask, law in (
        (lambda: plan.for_customer(400), "`at` must be a whole number from 0 to 399, got 400."),
        (lambda: plan.for_customer(True), "`at` must be a whole number from 0 to 399, got True."),
        (lambda: plan.gain_at(-1, "low"), "`bundle` must be a whole number from 0 to 5, got -1."),
        (lambda: plan.gain_at(0, "weak"), "`end` must be one of 'low', 'mean', 'high', got 'weak'."),
        (lambda: plan.incremental_value_at("weak"), "`end` must be one of 'low', 'mean', 'high', got 'weak'."),
        (lambda: plan.worklist(week=None), "`week` must be a text that is not empty, got None."),
    ):
        with pytest.raises(kk.DataError, match=re.escape(law)):
            ask()


@pytest.mark.parametrize("column", ["rung", "abc", "currency", "clv", "lapsed"])
@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
def test_columns_of_lists_are_refused_in_words(base, actions, budget, column, kind):
    """Flags are the exception: what is no truth value is no flag."""
    odd = {name: base[name].tolist() for name in ("customer_id", "clv", "rung", "abc", "lapsed")}
    odd = kind({**odd, "currency": ["SEK"] * len(base), column: [[1]] * len(base)})
    everyone = kk.Strategy(name="all", when=~kk.column("customer_id").is_missing(), objective="grow")
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=everyone), actions=actions[3])
    if column == "lapsed":
        assert not planner.plan(odd, budget=budget, start="2027-01-01").customers.lapsed.any()
    else:
        with pytest.raises(kk.DataError, match=rf"needs (text|numbers) in `{column}`"):
            planner.plan(odd, budget=budget, start="2027-01-01")
