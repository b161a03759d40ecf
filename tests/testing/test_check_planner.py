"""`check_planner` accepts planners of ours, and finds each violation of a planner that tampers with its plans."""

from typing import Any

import attrs
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.errors import DataError
from kundkarriar.testing import check_planner, make_customers
from kundkarriar.testing.frame_libraries import as_pandas, columns_of
from kundkarriar.testing.money_scale import scaled_columns, scaled_planner

CLV = kk.column("clv")
BUYS = kk.Effect(on="purchases", mean=1.2, low=1.0, high=1.4, evidence="assumed", relative_to="no letter")
GIVES = kk.Effect(on="value", mean=9, low=0, high=18, evidence="assumed", relative_to="no gift")
LETTER = kk.Action(name="letter", objective="grow", lever="information", cost=0.5, hours=0.1, effect=BUYS, when=CLV > 5)
GIFT = kk.Action(
    name="gift",
    objective="repeat",
    lever="price",
    cost=6,
    hours=0.1,
    effect=GIVES,
    step=("trial buyer", "repeat buyer"),
)
PLAYBOOK = kk.Playbook(
    strategies=(
        kk.Strategy(name="low", when=CLV < 10, objective="repeat"),
        kk.Strategy(name="high", when=(CLV >= 10) | CLV.is_missing(), objective="grow", forbids=("price",)),
    )
)
PLANNER = kk.StrategyPlanner(playbook=PLAYBOOK, actions=(LETTER, GIFT))
CUSTOMERS = make_customers(60, seed=1)
BUDGET = kk.Budget(money=20, hours=3, period="2027", reserve=0)


def test_good_planners_pass():
    check_planner(kk.StrategyPlanner.default(actions=[attrs.evolve(LETTER, when=None)]))
    check_planner(PLANNER, CUSTOMERS, budget=kk.Budget(money=20, hours=2, period="2027", hour_cost=0.5, hurdle=0.1))
    check_planner(attrs.evolve(PLANNER, match_objectives=True, most_actions=2), CUSTOMERS)


def test_costs_by_column_and_polars():
    """A column of costs is money too."""
    frame = CUSTOMERS.assign(stamp=0.5 + CUSTOMERS["customer_id"] % 3 / 10)
    by_column = attrs.evolve(PLANNER, actions=(attrs.evolve(LETTER, cost="stamp"), GIFT))
    polars = pytest.importorskip("polars")
    made = {name: polars.Series(name, values, strict=False) for name, values in columns_of(frame).items()}
    check_planner(by_column, polars.DataFrame(made))


@attrs.frozen
class Assignments:
    """A plan of which only the assignments, and what is held against them, are asked."""

    told: pd.DataFrame
    beside: Any

    def assignments(self):
        return self.told

    def against(self):
        return self.beside


@attrs.frozen(eq=False)
class Case:
    """What the assignments of a plan say, and what it was made of."""

    told: pd.DataFrame
    customers: Any
    budget: kk.Budget
    holdout: float
    actions: Any


class Tampering(kk.StrategyPlanner):
    """Plans as ours do, and changes what is said of it."""

    def tamper(self, case):
        return case.told

    def beside(self, table):
        return table

    def plan(self, customers, *, actions=None, budget, start, holdout=0.1, seed=None):
        plan = super().plan(customers, actions=actions, budget=budget, start=start, holdout=holdout, seed=seed)
        told = as_pandas(columns_of(plan.assignments())).reset_index(drop=True)
        told["action"] = told["action"].astype(object).where(told["action"].notna(), None)
        case = Case(told, customers, budget, holdout, actions)
        return Assignments(self.tamper(case), self.beside(plan.against()))


def tampering(tamper=lambda case: case.told, beside=lambda table: table):
    methods = {"tamper": lambda _, case: tamper(case), "beside": lambda _, table: beside(table)}
    return type("Tampers", (Tampering,), methods)(playbook=PLAYBOOK, actions=(LETTER, GIFT))


def gives_a_step_to_all(case):
    return case.told.assign(action="gift", treated=True)


def gives_a_letter_to_all(case):
    return case.told.assign(action="letter", treated=True, strategy="low")


def forgets_what_is_forbidden(case):
    gifts = ["gift" if rung == "trial buyer" else None for rung in columns_of(case.customers)["rung"]]
    return case.told.assign(action=gifts, strategy="high")


def overspends(case):
    return case.told.assign(cost=case.told["cost"] * 3)


def overworks(case):
    return case.told.assign(hours=case.told["hours"] * 300)


def treats_at_a_loss(case):
    return case.told.assign(net=case.told["net"].where(~case.told["treated"], -1.0))


def spends_on_others(case):
    idle = case.told.index[~case.told["treated"]]
    case.told.loc[idle[:1], "cost"] = 0.001
    return case.told


def wastes_money(case):
    return case.told.assign(net=case.told["net"] / case.budget.money)


def likes_it_dear(case):
    dear = [f"{each}, dearer" if each == "letter" and case.actions else each for each in case.told["action"]]
    return case.told.assign(action=dear)


def holds_out_others(case):
    return case.told.assign(held_out=~case.told["treated"]) if case.holdout else case.told


def pays_for_the_holdout(case):
    return case.told.assign(cost=case.told["cost"].where(~case.told["held_out"], 0.01))


def looks_at_places(case):
    case.told.loc[0, "net"] += 1.0
    return case.told


def knows_libraries(case):
    return case.told if isinstance(case.customers, pd.DataFrame) else case.told.assign(net=0.0)


def likes_numbers(case):
    return case.told.assign(net=case.told["net"] + case.told["customer_id"] / 1e3)


def counts_in_kronor(case):
    return case.told.assign(net=case.told["net"] + 1.0)


def forgets_single_actions(table):
    net = table["net"].where(table["kind"] != "single action", 1e6)
    return table.assign(net=net)[table["kind"] != "without rule"]


WRONG = {
    "step": (gives_a_step_to_all, "give nobody an action that is not for them, but it does for", "a step from 'trial"),
    "when": (gives_a_letter_to_all, "give nobody an action that is not for them, but it does for", "'letter' is for"),
    "forbids": (forgets_what_is_forbidden, "give nobody an action", "'high' does not allow 'gift'"),
    "money": (overspends, "spend no more money than there is, but it does.", "planned:"),
    "hours": (overworks, "spend no more hours than there is, but it does.", "planned:"),
    "loss": (treats_at_a_loss, "treat nobody at a loss, but", "net:     -1.0"),
    "idle": (spends_on_others, "spend nothing on those who are not treated, but 1 of them cost", "cost:    0.001"),
    "more money": (wastes_money, "bring no less with more money and hours, but it does.", "net "),
    "dearer": (likes_it_dear, "never choose an action that costs more than another", "planned: letter, dearer"),
    "other held out": (holds_out_others, "hold out of those selected, and leave the others as they are", "held out:"),
    "paid holdout": (pays_for_the_holdout, "leave those held out untreated, but", "held out:"),
    "order": (looks_at_places, "plan the same in any order of the rows, but 2 customers differ.", "in reverse order:"),
    "libraries": (knows_libraries, "plan alike in pandas and polars, but", "in polars:"),
    "ids": (likes_numbers, "bring the same whatever the ids are, but it does not.", "with other ids: net"),
    "unit": (counts_in_kronor, "plan the same with all money in another unit (x 100), but", "in the other unit:"),
}  # fmt: skip


@pytest.mark.parametrize(("tamper", "sentence", "shown"), WRONG.values(), ids=WRONG)
def test_each_wrong_planner_is_seen(tamper, sentence, shown):
    with pytest.raises(AssertionError) as caught:
        check_planner(tampering(tamper), CUSTOMERS, budget=BUDGET)
    text = str(caught.value)
    assert text.startswith(f"the planner must {sentence}")
    assert shown in text


def test_a_plan_below_a_single_action_is_seen():
    with pytest.raises(AssertionError) as caught:
        check_planner(tampering(beside=forgets_single_actions), CUSTOMERS)
    text = str(caught.value)
    assert text.startswith("the planner must bring no less than any single action within the budget, but it does.")
    assert "for all who may have it: net 1,000,000.0000" in text


def test_the_whole_text():
    """The law, the values that strategies, steps and conditions read, and what was planned."""
    with pytest.raises(AssertionError) as caught:
        check_planner(tampering(gives_a_step_to_all), CUSTOMERS)
    told = [row for row, rung in enumerate(CUSTOMERS["rung"]) if rung != "trial buyer"]
    first, text = CUSTOMERS.iloc[told[0]], str(caught.value)
    assert text.startswith(f"the planner must give nobody an action that is not for them, but it does for {len(told)}")
    lines = text.split("\n")
    assert lines[2].split() == ["customer_id", "rung", "clv"]
    assert str(first["customer_id"]) == lines[3].split()[0]
    assert lines[5:] == ["    forbidden: 'gift' is a step from 'trial buyer'", "    planned:   gift"]


def test_nothing_to_check(message_of):
    dear = attrs.evolve(PLANNER, actions=(attrs.evolve(LETTER, cost=1e6),))
    assert message_of(DataError, lambda: check_planner(dear, CUSTOMERS)) == (
        "no action of the planner pays for any of the customers: there is no plan to check.\n\n"
        "Hint: pass customers to whom some action adds more than it costs."
    )


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (["default"], {}, "`planner` must be a kk.StrategyPlanner, got 'default'.\n\nHint: kk.StrategyPlanner("),
        ([PLANNER], {"budget": 100}, "`budget` must be a kk.Budget, got 100.\n\nHint: write budget=kk.Budget("),
        (
            [PLANNER],
            {"budget": kk.Budget(money=9, hours=9, period="2027", caps={"low": 5})},
            "`budget` must be a budget without floors and caps, got Budget(",
        ),
    ],
)
def test_arguments_that_are_refused(arguments, options, message):
    with pytest.raises(DataError) as caught:
        check_planner(*arguments, **options)
    assert str(caught.value).startswith(message)


def test_money_in_another_unit():
    """Limits on money, costs, and stated money are converted, and nothing else."""
    likely = (kk.column("p_alive") >= 0.5) & CLV.between(10, 20) & ~kk.column("clv").isin([12, 15])
    either = kk.Strategy(name="either", when=likely | ~CLV.is_missing(), objective="grow", actions=(GIFT,))
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(either,)), actions=(LETTER,))
    other = scaled_planner(planner, 100)
    assert str(other.playbook.strategies[0].when) == (
        "(p_alive is at least 0.5 and clv is between 1,000 and 2,000 and clv is not 1,200 or 1,500) or clv is not "
        "missing"
    )
    assert str(other.actions[0].when) == "clv is more than 500"
    assert (other.actions[0].cost, other.actions[0].effects) == (50, (BUYS,))
    gift = other.playbook.strategies[0].actions[0]
    assert (gift.cost, gift.effects[0].mean, gift.effects[0].high) == (600, 900, 1800)
    local = kk.condition(lambda frame: frame["clv"] > 5, needs=["clv"], text="more than 5")
    assert scaled_planner(attrs.evolve(planner, actions=(attrs.evolve(LETTER, when=local),)), 100) is None
    assert scaled_columns({"a": [1], "fee": [2.0]}, 10, more={"fee"}) == {"a": [1], "fee": [20.0]}
