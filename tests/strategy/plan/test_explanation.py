"""What a customer's explanation says line by line: value, what is at risk, the decision, and what was turned down."""

import numpy as np
import pytest

import kundkarriar as kk


def lines_of(plan, customer, *beginnings):
    """The lines that begin with one of the `beginnings`."""
    return [line for line in plan.explain(customer).splitlines() if line.startswith(beginnings)]


def test_an_added_value_pays_for_itself_from_its_cost(plan):
    evenings = plan.assignments().query("action == 'evening' and treated")["customer_id"]
    begins = ("Planned", "It ", "That effect", "Expected", "At most", "Turned down", "Recommended")
    assert lines_of(plan, evenings.iloc[0], *begins) == [
        "Planned: evening, once in 2027, for 20.00 and 1 hour.",
        "It adds 30 (10 to 45) per treated customer, relative to no contact.",
        "That effect is assumed, not measured.",
        "Expected to add 30.00 (10.00 to 45.00), which is 10.00 more than it costs.",
        "It pays for itself here from an added value of 20.00.",
        "At most 30.00 is justified: what the best action is expected to add.",
    ]


def test_what_is_at_risk_is_said_where_it_is_known(base, actions, budget):
    at = base.index[base["clv"] > 150][:3]
    altered = base.assign(p_leaves=base["p_leaves"])
    altered.loc[at, "value_at_risk"] = [0.0, np.nan, 0.5]
    plan = kk.StrategyPlanner.default().plan(altered, actions=actions, budget=budget, start="2027-01-01", seed=1)
    nothing, unknown, little = base.loc[at, "customer_id"]
    assert lines_of(plan, nothing, "Nothing is at risk", "At risk") == [
        "Nothing is at risk: losing them would cost nothing."
    ]
    assert lines_of(plan, unknown, "Nothing is at risk", "At risk") == []
    assert lines_of(plan, little, "Nothing is at risk", "At risk") == [
        "At risk of being lost: 0.50. This decides what may be lost, not what to spend."
    ]


def test_a_pause_is_said_where_customers_return(base, actions, budget):
    """With p_paused alone there is no money to tell; where it is 0 or missing, as where nobody returns, nothing is."""
    at = base.index[base["clv"] > 150][:4]
    altered = base.assign(p_paused=0.0, win_back_value=40.0)
    altered.loc[at, "p_paused"] = [0.29, 0.29, 0.0, np.nan]
    altered.loc[at[1], "win_back_value"] = np.nan
    plan = kk.StrategyPlanner.default().plan(altered, actions=actions, budget=budget, start="2027-01-01", seed=1)
    likely = (
        "The probability that they are between two spells of buying, and that the next begins within the horizon, is "
        "29%; a purchase may still come after the horizon."
    )
    worth = "Active again from today, they would be expected to bring 40.00 more, before what that costs."
    begins = ("The probability that they are", "Active again")
    said = [lines_of(plan, customer, *begins) for customer in base.loc[at, "customer_id"]]
    assert said == [[likely, worth], [likely], [], []]


def test_every_other_action_that_serves_here_is_turned_down_for_a_reason(plan):
    """And no other: neither the one that is planned, nor one that does not serve the customer's objective."""
    for customer, own in plan.assignments().set_index("customer_id").iterrows():
        turned_down = lines_of(plan, customer, "Turned down")
        serving = [
            each for each in plan.actions
            if each.objective == own["objective"] and each.effect is not None and each.name != own["action"]
        ]  # fmt: skip
        assert len(turned_down) <= len(serving)
        for line in turned_down:
            assert any(line.startswith(f"Turned down: {each.name} would add ") for each in serving), line


def test_money_and_hours_that_bring_more_elsewhere_have_a_price(base, actions):
    """Without a price, where what is left is too little for anybody, the budget is the reason."""
    calls = [each for each in actions if each.name == "call"]
    scarce = kk.StrategyPlanner.default().plan(
        base, actions=calls, budget=kk.Budget(money=0, hours=3, period="2027"), start="2027-01-01", seed=1
    )
    price = float(scarce.shadow_prices().set_index("budget").loc["hours", "shadow_price"])
    passed = scarce.assignments().query("reason.str.endswith('bring more elsewhere')")["customer_id"]
    (line,) = lines_of(scarce, passed.iloc[0], "Turned down")
    assert line.endswith(f": pays, but the 0.5 hours bring {0.5 * price:.2f} net with other customers.")
    none = kk.StrategyPlanner.default().plan(
        base, actions=calls, budget=kk.Budget(money=0, hours=0.4, period="2027"), start="2027-01-01", seed=1
    )
    assert not none.assignments()["treated"].any()
    assert lines_of(none, passed.iloc[0], "Turned down")[0].endswith(": more than the budget allows.")


def test_only_what_has_no_effect_is_recommended(plan):
    recommended = plan.assignments().set_index("customer_id")["recommended"]
    for customer, name in recommended.items():
        expected = [] if name is None or name != name else [  # noqa: PLR0124 - NaN in pandas
            f"Recommended without money: {name}; its effect is not stated, so no value is claimed."
        ]  # fmt: skip
        assert lines_of(plan, customer, "Recommended") == expected


def test_the_first_action_may_be_the_recommended_one(base, budget, actions):
    card = [each for each in actions if each.name == "thank-you card"]
    alone = kk.StrategyPlanner.default().plan(base, actions=card, budget=budget, start="2027-01-01", seed=1)
    thanked = alone.assignments().query("recommended == 'thank-you card'")["customer_id"].iloc[0]
    assert lines_of(alone, thanked, "Recommended") == [
        "Recommended without money: thank-you card; its effect is not stated, so no value is claimed."
    ]


@pytest.mark.parametrize("known", [True, False])
def test_a_value_that_is_not_known_ends_the_figures(plan, base, known):
    customer = base.loc[base["net_value"].notna() == known, "customer_id"].iloc[0]
    figures = lines_of(plan, customer, "They are expected", "What they will bring", "The probability", "At risk")
    if known:
        assert [line.split(" of ")[0].split(" to bring ")[0] for line in figures] == [
            "They are expected",
            "The probability that they buy at all within the horizon is 9%.",
            "At risk",
        ]
    else:
        assert figures == ["What they will bring is not known: there is no purchase to judge from."]
