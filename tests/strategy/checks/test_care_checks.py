"""Benefits that never fall, borders without a cliff, promises kept, and no contradictions."""

import attrs
import numpy as np
import pytest

import kundkarriar as kk
from kundkarriar.strategy.plan.previous_plan import treatment_before

EVERYBODY = ~kk.column("customer_id").is_missing()
BY_RUNG = "benefits never fall as the rung rises"
BY_CLASS = "benefits never fall as the class rises"
BORDER = "customers on both sides of a class border are treated alike"
CONTRADICTS = "no action contradicts another, or the strategy of its customer"
LOSES = "nobody loses a benefit of the plan before"
DISCOUNT = "no discount of the plan before is taken back"
RUNGS = ("prospect", "trial buyer", "repeat buyer", "client", "supporter")


def action(name, *, when=None, benefit=None, **more):
    adds = kk.Effect(on="value", mean=5, low=4, high=9, evidence="assumed", relative_to="nothing")
    given = {"objective": "grow", "lever": "service", "cost": 1, "hours": 0, **more}
    return kk.Action(name=name, when=when, benefit=benefit, effect=adds, **given)


def gifts(*values):
    """A gift for each rung, of this worth; None for none."""
    on = [(rung, value) for rung, value in zip(RUNGS, values, strict=True) if value is not None]
    return [action(f"gift to {rung}", when=kk.column("rung").equals(rung), benefit=value) for rung, value in on]


def planned(base, *actions, strategies=None, **more):
    everyone = kk.Strategy(name="all", when=EVERYBODY, objective="grow")
    playbook = kk.Playbook(strategies=strategies or (everyone,))
    planner = kk.StrategyPlanner(playbook=playbook, actions=actions, **more)
    budget = kk.Budget(money=1e6, hours=0, period="2027")
    return planner.plan(base, budget=budget, start="2027-01-01", holdout=0)


def check(plan, name):
    table = plan.checks().set_index("check")
    assert name in table.index
    return table.loc[name]


def test_benefits_that_fall_are_found_with_those_who_get_less(base):
    row = check(planned(base, *gifts(0, 1, 3, 2, 3)), BY_RUNG)
    assert not row["passed"]
    assert row["informative"]
    assert row["customers"] == base.loc[base["rung"] == "client", "customer_id"].tolist()
    assert row["message"].startswith(
        "worth of the benefits to a customer, in the mean of all, from the lowest: prospect 0.00, trial buyer 1.00, "
        "repeat buyer 3.00, client 2.00, supporter 3.00; they cost 0.00 together"
    )
    assert row["value"] == -1.0


def test_those_who_get_nothing_count(base):
    """A rung without a benefit, between two that have one, is a fall: over all customers, not only the treated."""
    row = check(planned(base, *gifts(None, 1, None, 2, 2)), BY_RUNG)
    assert not row["passed"]
    assert row["customers"] == base.loc[base["rung"] == "repeat buyer", "customer_id"].tolist()


def test_benefits_that_rise_pass(base):
    plan = planned(base, *gifts(0, 1, 1, 2, 5))
    assert check(plan, BY_RUNG)["passed"]
    by_class = [action(f"for {each}", when=kk.column("abc").equals(each), benefit=at) for at, each in enumerate("DCBA")]
    assert check(planned(base, *by_class), BY_CLASS)["passed"]


def test_benefits_are_counted_by_contact_and_have_a_cost(base):
    gift = kk.Benefit(value_to_customer=3, cost_to_firm=2)
    plan = planned(base, action("gift", benefit=gift, per_year=2))
    message = check(plan, BY_RUNG)["message"]
    assert "supporter 6.00" in message
    assert message.endswith(f"they cost {4 * len(base):,} together")


def test_a_cliff_at_a_border_is_found(base):
    """An action for A alone treats all just above the border and nobody just below it."""
    only = kk.Strategy(name="rest", when=EVERYBODY, objective="harvest", forbids=("lunch",))
    best = kk.Strategy(name="best", when=kk.column("abc").equals("A"), objective="grow")
    row = check(planned(base, action("lunch"), strategies=(best, only)), BORDER)
    assert (row["passed"], row["value"]) == (False, 1.0)
    assert row["message"].startswith("of the ")
    assert "customers of A nearest to B 100% are treated, of the " in row["message"]
    assert row["informative"]
    assert check(planned(base, action("lunch"), strategies=(best, attrs.evolve(only, forbids=("price",)))), BORDER)[
        "passed"
    ]


def test_without_rules_a_border_tells_nothing(base):
    """The same cliff, by the action's own condition: what is added decides, and the check says so."""
    row = check(planned(base, action("lunch", when=kk.column("abc").equals("A"))), BORDER)
    assert (row["passed"], row["informative"], row["value"]) == (True, False, 1.0)
    assert "customers of A nearest to B 100% are treated, of the " in row["message"]
    assert row["message"].endswith("; the plan has no rules, so what is added decides, and not the class")
    assert not row["customers"]


def test_customers_beside_a_border_are_about_equal_in_value(base):
    """Classes of realised value overlap in expected value: those of about equal value are held against each other.

    B is worth 0 to 99 and A 10 to 109, and who is worth 55 or more gets the action. The 50 highest of B would nearly
    all have it, and the 50 lowest of A hardly any.
    """
    size = 100
    value = np.concatenate([np.arange(size), np.arange(size) + 10.0])
    both = base.iloc[np.arange(2 * size) % len(base)].assign(
        customer_id=np.arange(2 * size), abc=np.repeat(["B", "A"], size), clv=value, net_value=value
    )
    row = check(planned(both, action("lunch", when=kk.column("clv") >= 55)), BORDER)
    assert (row["passed"], row["value"]) == (True, pytest.approx(0, abs=0.05))


@pytest.mark.parametrize(
    ("strategy", "actions", "words"),
    [
        (
            {"objective": "appreciate"},
            [action("tips")],
            "the strategy is to appreciate, and the action is one of selling",
        ),
        ({"objective": "harvest"}, [action("call")], "the strategy is to harvest, and the action is one of selling"),
        ({"objective": "reprice"}, [action("cut", lever="price", objective="retain")], "the action is one of price"),
        ({"objective": "appreciate"}, [action("thanks", objective="appreciate")], ""),
        ({"objective": "grow"}, [action("tips")], ""),
    ],
)
def test_contradictions_are_told(base, strategy, actions, words):
    own = kk.Strategy(name="own", when=EVERYBODY, **strategy)
    row = check(planned(base, *actions, strategies=(own,)), CONTRADICTS)
    assert row["passed"] == (not words)
    assert words in row["message"]
    assert words == "" or row["value"] == len(base)


def test_promises_of_the_plan_before_are_kept_or_told(base):
    """Who had a gift and gets none loses it; who had a discount and gets none, too."""
    gift = action("gift", benefit=4, per_year=2, cost=1)
    cut = action("cut", lever="price", cost=1, when=kk.column("clv") > 50)
    before = planned(base, action("gift", benefit=4, per_year=2, cost=1, when=kk.column("clv") <= 50), cut)
    now = planned(base.iloc[::-1], attrs.evolve(gift, when=kk.column("clv") > 20))
    with_past = attrs.evolve(now, previous=treatment_before(before, ids=now.customers.ids, bundles=now.bundles))
    had = set(base.loc[base["clv"] <= 50, "customer_id"])
    lost = set(base.loc[base["clv"] <= 20, "customer_id"])
    row = check(with_past, LOSES)
    assert set(row["customers"]) == lost
    assert row["message"] == f"{len(lost)} customers of {len(had)} with a benefit in 2027 get less now"
    cheap = check(with_past, DISCOUNT)
    assert set(cheap["customers"]) == set(base.loc[base["clv"] > 50, "customer_id"])
    again = with_past.against().set_index("kind").loc["previous plan"]
    assert again["way"] == "as in 2027"
    assert again["treated"] == len(had - lost)
    assert again["net"] == pytest.approx(3.0 * len(had - lost))
    assert kk.Plan.from_dict(with_past.to_dict()).equals(with_past)


@pytest.mark.parametrize(("per_year", "loses"), [(1, False), (2, True)])
def test_what_comes_once_a_year_is_not_lost_in_the_half_year_after_it(base, per_year, loses):
    """A gift or discount that is not due again is not taken back; what comes twice a year is, where it does not."""
    gift = action("gift", benefit=4, per_year=per_year, lever="price")
    everyone = kk.Strategy(name="all", when=EVERYBODY, objective="grow")
    planner = kk.StrategyPlanner(
        playbook=kk.Playbook(strategies=(everyone,)), actions=(gift, action("letter", cost=0.5))
    )
    first, second = (kk.Budget(money=1e6, hours=0, period=f"2027-H{half}") for half in (1, 2))
    before = planner.plan(base, actions=[gift], budget=first, start="2027-01-01", holdout=0)
    more = {"previous": before, "force": "letters are new"}
    after = planner.plan(base, budget=second, start="2027-07-01", holdout=0, **more)
    for row in (check(after, LOSES), check(after, DISCOUNT)):
        assert (row["passed"], row["value"]) == (not loses, len(base) * loses)
