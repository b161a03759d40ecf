"""What a customer's explanation says line by line: value, the deciding clause, the decision, what was turned down."""

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk


def lines_of(plan, customer, *beginnings):
    """The lines that begin with one of the `beginnings`."""
    return [line for line in plan.explain(customer).splitlines() if line.startswith(beginnings)]


def test_an_added_value_pays_for_itself_from_its_cost(base, actions):
    evening = [each for each in actions if each.name == "evening"]
    budget = kk.Budget(money=1000, hours=25, period="2027")
    plan = kk.StrategyPlanner.default().plan(base, actions=evening, budget=budget, start="2027-01-01", seed=1)
    evenings = plan.assignments().query("treated")["customer_id"]
    begins = ("Planned", "It ", "That effect", "Expected", "At most", "Turned down", "Recommended", "Without")
    lines = lines_of(plan, evenings.iloc[0], *begins)
    assert [each for each in lines if not each.startswith("It would be another strategy")] == [
        "Planned: evening, once in 2027, for 20.00 and 1 hour.",
        "It adds 30 (10 to 45) per treated customer, relative to no contact.",
        "That effect is assumed, not measured.",
        "Expected to add 30.00 (10.00 to 45.00), which is 10.00 more than it costs.",
        "It pays for itself here from an added value of 20.00.",
        "At most 30.00 is justified: what the best action is expected to add.",
    ]


def planned_of(customers, strategies, actions, **more):
    """The plan for everyone in the first of `strategies` that fits, with no holdout."""
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=tuple(strategies)), actions=tuple(actions))
    budget = kk.Budget(**{"money": 1e6, "hours": 1e4, "period": "2027", "reserve": 0} | more)
    return planner.plan(customers, budget=budget, start="2027-01-01", holdout=0)


@pytest.fixture(scope="module")
def four():
    """Two customers of each class; the classes do not overlap in value."""
    return pd.DataFrame(
        {
            "customer_id": range(4),
            "clv": [200.0, 121.0, 100.0, 60.0],
            "abc": ["A", "A", "B", "B"],
            "p_purchase": [0.9, 0.3, 0.5, 0.2],
        }
    )


BEST = kk.Strategy(name="best", when=kk.column("abc").equals("A"), objective="retain", reason="they bring most")
LIKELY = kk.Strategy(name="likely", when=kk.column("p_purchase") >= 0.5, objective="grow", reason="they will buy")
REST = kk.Strategy(name="rest", when=kk.column("clv") > 0, objective="develop", reason="they bring something")
CLAUSE = ("The clause that decided", "It would be another strategy")


def test_the_clause_that_decided_has_the_values_of_the_customer(four):
    """And the nearest limits: of classes that do not overlap in value, and of numbers as the playbook says."""
    plan = planned_of(four, (BEST, LIKELY, REST), [])
    assert lines_of(plan, 0, *CLAUSE) == [
        "The clause that decided: abc is A.",
        "It would be another strategy, all else equal: likely with class B, clv below 121.",
    ]
    assert lines_of(plan, 2, *CLAUSE) == [
        "The clause that decided: p_purchase is 0.5 (at least 0.5).",
        (
            "It would be another strategy, all else equal: rest with p_purchase less than 0.5; best with class A, clv "
            "above 100."
        ),
    ]
    assert lines_of(plan, 3, *CLAUSE) == [
        "The clause that decided: clv is 60 (more than 0).",
        (
            "It would be another strategy, all else equal: best with class A, clv above 100; likely with p_purchase at "
            "least 0.5."
        ),
    ]


@settings(max_examples=25)
@given(
    value=st.floats(0, 1),
    limits=st.lists(st.sampled_from([0.1, 0.25, 0.5, 0.75, 0.9]), min_size=1, max_size=3, unique=True),
)
def test_the_change_that_is_named_takes_the_customer_to_another_strategy(value, limits):
    """At the limit, or just beyond it, the playbook gives the strategy that the explanation names."""
    column, rest = kk.column("p_purchase"), kk.Strategy(name="rest", when=kk.column("clv") > 0, objective="develop")
    several = [
        kk.Strategy(name=f"from {limit}", when=column >= limit, objective="grow") for limit in sorted(limits)[::-1]
    ]
    customer = pd.DataFrame({"customer_id": [1], "clv": [100.0], "p_purchase": [value]})
    plan = planned_of(customer, (*several, rest), [])
    (line,) = lines_of(plan, 1, "It would be another strategy")
    name, words = line.removeprefix("It would be another strategy, all else equal: ").rstrip(".").split(" with ")
    below, limit = "less than" in words, float(words.split()[-1])
    there = customer.assign(p_purchase=np.nextafter(limit, -1) if below else limit)
    assert plan.playbook.assign(there)["strategy"].tolist() == [name] != plan.assignments()["strategy"].tolist()


def test_no_more_is_said_than_the_plan_knows(four):
    """Of a column that the plan does not keep nothing is said; nor of a condition on everyone."""
    own = kk.Strategy(name="ours", when=kk.column("city").equals("Lund"), objective="retain")
    plan = planned_of(four.assign(city="Lund"), (own, REST), [])
    assert lines_of(plan, 0, *CLAUSE) == []
    everyone = kk.Strategy(name="all", when=~kk.column("customer_id").is_missing(), objective="grow")
    assert lines_of(planned_of(four, (everyone,), []), 0, *CLAUSE) == []
    overlapping = four.assign(clv=[200.0, 90.0, 100.0, 60.0])
    (line,) = lines_of(planned_of(overlapping, (BEST, REST), []), 0, "It would be another strategy")
    assert line == "It would be another strategy, all else equal: rest with class B."


def offers(**more):
    effect = {"evidence": "assumed", "relative_to": "none", "on": "value"}
    return [
        kk.Action(name=name, objective=objective, lever="product", cost=cost, hours=0.5, effect=kk.Effect(
            mean=mean, low=1, high=99, **effect), **more)
        for name, objective, cost, mean in (("thanks", "appreciate", 2, 10), ("offer", "grow", 2, 30))
    ]  # fmt: skip


def test_the_rule_that_forbids_is_named_and_what_would_be_without_it(four):
    quiet = attrs.evolve(BEST, forbids=("selling",))
    plan = planned_of(four, (quiet, REST), offers())
    rule = "best: forbids selling"
    assert lines_of(plan, 0, "Turned down", "Without") == [
        f"Turned down: offer would add 30.00 for 2.00 and 0.5 hours: a rule forbids it here ({rule}).",
        f"Without the rule that forbids ({rule}) it would be offer: 28.00 net.",
    ]
    assert lines_of(plan, 3, "Without") == []
    free = planned_of(four, (BEST, REST), offers()).assignments().set_index("customer_id")["action"]
    assert free[0] == "offer"


def test_priced_hours_and_the_hurdle_are_said(four):
    plan = planned_of(four, (REST,), offers(), hour_cost=10, hurdle=4)
    assert lines_of(plan, 0, "Expected", "Turned down") == [
        "Expected to add 30.00 (1.00 to 99.00), which is 23.00 more than it costs, hours counted at 10.00 each.",
        (
            "Turned down: thanks would add 10.00 for 2.00 and 0.5 hours: nets 1.50 for each 1 spent, and the hurdle "
            "asks for more than 4."
        ),
    ]
    none = planned_of(four, (REST,), offers()[:1], hour_cost=10, hurdle=4).assignments()
    assert none["reason"].str.endswith("nets less for the money than the hurdle of the budget asks").all()


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


def test_every_other_action_that_may_serve_here_is_turned_down_for_a_reason(plan):
    """Every one by whose own conditions it is known what it adds, but for the one that is planned; and no other."""
    for at, customer, action in plan.assignments()[["customer_id", "action"]].iloc[::40].itertuples():
        known = [each.name for each, gain in zip(plan.actions, plan.ledger.gain[at], strict=True) if not np.isnan(gain)]
        told = [line.split(" would add ")[0] for line in lines_of(plan, customer, "Turned down")]
        assert told == [f"Turned down: {name}" for name in known if name != action]


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
    recommended = (
        plan.assignments().drop_duplicates(["strategy", "recommended"]).set_index("customer_id")["recommended"]
    )
    assert 0 < recommended.notna().sum() < len(recommended)
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
