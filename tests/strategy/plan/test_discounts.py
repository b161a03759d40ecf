"""Plans with discounts: chosen by their path, not by their period; refusals beside what keeps the price."""

import json

import attrs
import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.strategy.plan.views.outcomes import outcomes

AS_OF, START = "2026-12-31", "2027-01-01"
LINES = kk.testing.make_transactions(customers=24, seed=1, start="2024-06-01", until=AS_OF)
SUMMARY = kk.summarize(LINES, as_of=AS_OF)
PARETO = kk.FittedParetoNBD(params=kk.ParetoNBDParams(r=0.55, alpha=10.6, s=0.61, beta=11.7), period="W")
SPEND = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44))
SCORER = kk.ValueScorer(purchases=PARETO, spend=SPEND, margin=0.4, discount_rate=0.1, horizon="12M").fit(SUMMARY)
SCORES = SCORER.score(SUMMARY)
EVERY = kk.Strategy(name="all", when=kk.column("p_alive") >= 0, objective="grow", reason="buys")
QUARTER = kk.Budget(money=1e6, hours=0, period="2027-Q1", reserve=0.5)
UNKNOWN = "every action that changes the price tells what it costs on its path"


def act(name="voucher", on="spend", mean=1.5, *, lever="price", **more):
    adds = kk.Effect(on=on, mean=mean, low=mean, high=mean, lasts="3M", evidence="assumed", relative_to="none")
    return kk.Action(
        **{"name": name, "objective": "grow", "lever": lever, "cost": 0.5, "hours": 0, "effects": adds, **more}
    )


def counted(*actions, budget=QUARTER, most_actions=1, **given):
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(EVERY,)), actions=actions, most_actions=most_actions)
    return planner, planner.increments(SCORER, SUMMARY, budget=budget, start=START, **given)


def made(*actions, budget=QUARTER, holdout=0, increments=None, scores=SCORES, **given):
    planner, own = counted(*actions, budget=budget, **given)
    table = own if increments is None else increments(own)
    return planner.plan(scores, budget=budget, start=START, increments=table, holdout=holdout)


VOUCHER = act(cost=0.01, discount=kk.Discount(share=0.1))
LETTER = act("letter", mean=1.1, lever="information", cost=0.5)


def by_its_period_alone(frame):
    """Increments in which a discount ends with the period."""
    ends = {
        name: frame[name.replace("path cost", "path cost in the period")]
        for name in frame
        if name.endswith("path cost")
    }
    return frame.assign(**ends)


def test_net_is_less_the_whole_path():
    """Law: a plan's net takes off the whole path, its money the part in the period alone; over a period as long as the
    horizon and an effect that lasts to its end, it is the plan of the same share of spend."""
    plan, (_, table) = made(VOUCHER), counted(VOUCHER)
    gross, path, period = (table[each].to_numpy() for each in (
        "voucher", "voucher, path cost", "voucher, path cost in the period"
    ))  # fmt: skip
    np.testing.assert_allclose(plan.bundle_net[:, 0], gross - path - 0.01, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(plan.bundle_cost[:, 0], period + 0.01, rtol=1e-12)
    assert (path > 2 * period).all()
    year = kk.Budget(money=1e6, hours=0, period="2027")
    lasting = attrs.evolve(VOUCHER, effects=(attrs.evolve(VOUCHER.effect, lasts=None),))
    share = attrs.evolve(lasting, discount=None, cost_of_spend=0.1)
    one, other = (made(each, budget=year) for each in (lasting, share))
    np.testing.assert_allclose(one.bundle_net, other.bundle_net, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(one.bundle_cost, other.bundle_cost, rtol=1e-9)
    assert one.ledger.selected.tolist() == other.ledger.selected.tolist()


def test_who_is_refused_for_the_path_would_get_it_by_the_period():
    """Law: those refused are those who get it in the plan that counts its period alone, and not in this one."""
    plan, naive = made(VOUCHER, LETTER), made(VOUCHER, LETTER, increments=by_its_period_alone)
    at = [each.name for each in plan.bundles].index("voucher")
    refused = (naive.ledger.selected == at) & (plan.ledger.selected != at)
    table = plan.discounts().set_index("verdict")
    row = table.loc["refused for its path"]
    assert row["customers"] == refused.sum() > 3
    later = plan.ledger.later_cost[refused, at].sum()
    money = plan.bundle_cost[refused, at].sum()
    assert row["one_period_cost"] == pytest.approx(money)
    assert row["path_cost"] == pytest.approx(money + later)
    assert row["hidden_multiple"] == pytest.approx(1 + later / money)
    assert row["net"] == pytest.approx(row["incremental_value"] - row["path_cost"])
    assert row["net"] < row["alternative_net"]
    assert row["break_even_volume"] == pytest.approx(0.1 / (0.4 - 0.1))
    assert row["alternative"] == "letter"
    assert row["alternative_net"] == pytest.approx(np.fmax(plan.bundle_net[refused, 1 - at], 0).sum())
    assert row["note"] == (
        f"by its cost in the period it would be best; who gets it keeps it, and it costs {row['path_cost']:.2f} to "
        f"2027-12-31, and {row['one_period_cost']:.2f} of it in the period; letter keeps the price and would bring "
        f"{row['alternative_net']:.2f} net"
    )


def test_who_gets_it_and_nobody():
    cheap, dear = attrs.evolve(VOUCHER, cost=0.0, discount=kk.Discount(share=0.01)), act("dear", mean=1.01, cost=900.0)
    table = made(cheap, dear).discounts()
    assert table["action"].tolist() == ["voucher", "dear"]
    assert table["verdict"].tolist() == ["planned", "for nobody"]
    planned, nobody = (table.iloc[at] for at in (0, 1))
    assert planned["note"].startswith("who gets it keeps it: it costs ")
    assert planned["note"].endswith("no action that keeps the price was given for these customers")
    assert planned["break_even_volume"] == pytest.approx(0.01 / 0.39)
    assert nobody["customers"] == 0
    assert nobody[["one_period_cost", "path_cost", "net", "break_even_volume"]].isna().all()
    assert nobody["note"] == "nobody gets it, and nobody would by its cost in the period alone"


def test_a_price_cut_that_says_no_share_has_no_path():
    cut, voucher = act("cut"), act("voucher", cost_of_spend=0.05)
    plan = made(cut)
    row = plan.discounts().iloc[0]
    assert row["customers"] > 3
    assert np.isnan(row["path_cost"])
    assert np.isnan(row["hidden_multiple"])
    assert row["note"].startswith("the cost of this period only")
    check = plan.checks().set_index("check").loc[UNKNOWN]
    assert not check["passed"]
    assert check["message"] == (
        f"{row['customers']} customers of the plan may keep a price cut whose later cost is not known, by cut: write "
        "discount=kk.Discount(share=...) where it is kept, cost_of_spend where it is not"
    )
    assert check["customers"] == [plan.customers.ids[at] for at in np.flatnonzero(plan.ledger.selected == 0)]
    for known in (VOUCHER, voucher):
        check = made(known).checks().set_index("check").loc[UNKNOWN]
        assert check["passed"]
        assert check["informative"]
    check = made(LETTER).checks().set_index("check").loc[UNKNOWN]
    assert not check["informative"]
    assert check["message"] == "not checked: no action changes the price"
    row = made(voucher).discounts().iloc[0]
    assert row["path_cost"] == pytest.approx(row["one_period_cost"])
    assert row["note"].startswith("a voucher for the time that it treats")


def test_explanations_tell_the_path_and_what_instead():
    plan = made(VOUCHER, LETTER)
    at = [each.name for each in plan.bundles].index("voucher")
    worse = np.flatnonzero((plan.bundle_net[:, at] < 0) & (plan.bundle_net[:, at] + plan.later_cost[:, at] > 0))
    one = int(worse[plan.bundle_net[worse, 1 - at] > 0][0])
    path = plan.bundle_cost[one, at] + plan.later_cost[one, at]
    text = plan.explain(plan.customers.ids[one])
    assert (
        f"by its cost in the period it would pay, and not by its path, {path:,.2f}: who gets it keeps it; letter keeps "
        f"the price and would bring {plan.bundle_net[one, 1 - at]:,.2f} net."
    ) in text
    cheap = made(attrs.evolve(VOUCHER, discount=kk.Discount(share=0.01)))
    one = int(np.flatnonzero(cheap.ledger.treated)[0])
    later, period = cheap.later_cost[one, 0], cheap.bundle_cost[one, 0]
    lines = cheap.explain(cheap.customers.ids[one]).splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("It takes "))
    assert lines[at : at + 3] == [
        (
            f"It takes 1% off the list price, and the customer keeps that: it costs {later + period:,.2f} to "
            f"2027-12-31, {(later + period) / period:,.1f} times the {period:,.2f} of the period alone."
        ),
        "What it brings is stated for 3 months from each contact, and the discount goes on after that.",
        f"To leave the contribution as it was, the price cut has to sell {0.01 / 0.39:.1%} more.",
    ]
    assert f"{later:,.2f} that its discount costs after the period taken off" in cheap.explain(cheap.customers.ids[one])
    line = cheap.summary().set_index("item").loc["discounts after the period"]
    assert line["value"] == pytest.approx(cheap.ledger.of_bundle(cheap.later_cost).sum())


def test_an_effect_as_long_as_the_discount_needs_no_word():
    effects = [attrs.evolve(each, lasts=None) for each in VOUCHER.effects]
    plan = made(attrs.evolve(VOUCHER, discount=kk.Discount(share=0.01), effects=effects))
    text = plan.explain(plan.customers.ids[int(np.flatnonzero(plan.ledger.treated)[0])])
    assert "It takes 1% off the list price" in text
    assert "the discount goes on" not in text


def test_a_plan_with_discounts_is_stored():
    plan = made(VOUCHER, act("club", discount=kk.Discount(share=0.01)), holdout=0.2)
    back = kk.Plan.from_dict(json.loads(json.dumps(plan.to_dict())))
    assert back.equals(plan)
    pd.testing.assert_frame_equal(back.discounts(), plan.discounts())
    one = int(np.flatnonzero(plan.ledger.treated)[0])
    assert plan.for_customer(one).net[0] == pytest.approx(plan.net[one])
    rest = plan.without([plan.customers.ids[one]])
    assert rest.discounts()["customers"].iloc[-1] < plan.discounts()["customers"].sum()


def test_polars():
    pl = pytest.importorskip("polars")
    scores = pl.from_pandas(SCORES)
    found, expected = made(VOUCHER, LETTER, scores=scores).discounts(), made(VOUCHER, LETTER).discounts()
    assert isinstance(found, pl.DataFrame)
    assert found["note"].to_list() == expected["note"].tolist()


def test_what_it_adds_to_purchases_is_not_less_for_its_cost():
    """Law: a target's planned purchases are those of the same action at the list price."""
    aim = attrs.evolve(EVERY, target=kk.Target(metric="purchases", value=5, until="2027-12-31"))
    adds = act(on="purchases", mean=3.0)

    def planned(action):
        planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(aim,)), actions=(action,))
        table = planner.increments(SCORER, SUMMARY, budget=QUARTER, start=START)
        plan = planner.plan(SCORES, budget=QUARTER, start=START, increments=table, holdout=0)
        return plan.targets().iloc[0]

    cut, plain = (planned(attrs.evolve(adds, cost=0.0, discount=each)) for each in (kk.Discount(share=0.001), None))
    assert cut["treated"] == plain["treated"]
    assert cut["planned"] == pytest.approx(plain["planned"], rel=1e-9)
    assert cut["net"] < plain["net"]


def test_a_discount_is_not_taken_back():
    """A discount of the plan before is kept and paid for; it costs nothing to give it again."""
    cheap = attrs.evolve(VOUCHER, discount=kk.Discount(share=0.01), per_year=2)
    first = made(cheap, LETTER)
    planner, half = first_planner(cheap, LETTER), kk.Budget(money=1e6, hours=0, period="2027-H2")
    later = {"budget": half, "start": "2027-07-01", "previous": first}
    table = planner.increments(SCORER, SUMMARY, **later)
    second = planner.plan(SCORES, increments=table, holdout=0, **later)
    had = first.ledger.treated & (first.ledger.bundle == [each.name for each in first.bundles].index("voucher"))
    np.testing.assert_allclose(table["voucher, path cost"][had], 0.0, atol=1e-12)
    assert (table["voucher, path cost"][~had] > 0).all()
    assert had.any()
    check = second.checks().set_index("check").loc["no discount of the plan before is taken back"]
    assert check["message"] == "not checked: the plan before changed no price, or by discounts that are kept"


@pytest.mark.parametrize("on", ["spend", "purchases"])
def test_targets_plan_what_the_effect_adds_and_not_less_for_the_path(on):
    """Law: planned purchases, spend and share that buys are those of the same effect without a discount; the net value
    is less the path's cost after the period."""
    given = {"on": on, "mean": 1.5, "cost": 0.0}
    with_path, without = act(discount=kk.Discount(share=0.01), **given), act(lever="information", **given)
    (one, later), (other, _) = (
        (outcomes(plan), plan.later_cost[:, 0]) for plan in (made(each) for each in (with_path, without))
    )
    both = one["spend"].planned > 0
    assert both.sum() > 10
    for name in ("share that buys", "purchases", "spend"):
        np.testing.assert_allclose(one[name].planned[both], other[name].planned[both], rtol=1e-9, atol=1e-12)
    less = other["net value"].planned - one["net value"].planned
    np.testing.assert_allclose(less[both], later[both], rtol=1e-9)
    assert (later[both] > 0).all()


def first_planner(*actions):
    return kk.StrategyPlanner(playbook=kk.Playbook(strategies=(EVERY,)), actions=actions)


def test_refused():
    with pytest.raises(kk.CapabilityError) as caught:
        first_planner(VOUCHER).plan(SCORES, budget=QUARTER, start=START)
    assert str(caught.value) == (
        "what 'voucher' costs as a share of spend is not known without increments.\n\nHint: plan(customers, "
        "increments=planner.increments(fitted_scorer, summary, ...), ...), or career.plan(...); its effect must be on "
        "the purchase process."
    )
    planner, table = counted(VOUCHER)
    with pytest.raises(kk.DataError, match=r"that of 'voucher, path cost' is not there\."):
        planner.plan(
            SCORES, budget=QUARTER, start=START, increments=table.drop(columns=["voucher, path cost", "counted_for"])
        )
    with pytest.raises(kk.CapabilityError, match="needs a cost and hours in numbers, which 'club' does not have"):
        made(LETTER, budget=attrs.evolve(QUARTER, reserve=0.5)).add(
            act("club", "value", 3.0, discount=kk.Discount(share=0.1)), [SCORES["customer_id"][0]], "fair"
        )
