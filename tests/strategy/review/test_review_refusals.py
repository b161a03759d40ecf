"""What a review refuses, with the whole message."""

import attrs
import pandas as pd
import pytest
from tests.strategy.review.conftest import make_orders, make_plan, make_planner, orders_of

import kundkarriar as kk

HINT = 'write actuals={"transactions": transactions, "contacts": contacts}; contacts may be left out.'


def refused(*args, **kwargs):
    with pytest.raises(kk.DataError) as raised:
        make_planner().review(*args, **kwargs)
    return str(raised.value)


def test_actuals_of_another_kind(plan, orders):
    law = "`actuals` must be a mapping of frames: 'transactions', and 'contacts' if they are known"
    assert refused(plan, orders) == f"{law}, got a DataFrame.\n\nHint: {HINT}"
    assert refused(plan, {"orders": orders}) == f"{law}, got ['orders'].\n\nHint: {HINT}"
    none = "`actuals` has no 'transactions': nothing can be measured without them."
    assert refused(plan, {"contacts": plan.contacts()}) == f"{none}\n\nHint: {HINT}"
    empty = refused(plan, {"transactions": orders.iloc[:0]})
    assert empty.startswith("StrategyPlanner.review needs at least one transaction: the frame is empty.")


def test_actuals_of_another_plan(plan):
    others = make_orders([f"x{at}" for at in range(50)], 3.0)
    number = others["customer_id"].nunique()
    assert refused(plan, {"transactions": others}) == (
        f"0 of the {number} customers in the actuals are among the 600 of the plan: they are the actuals of another"
        " plan.\n\nHint: pass the plan that was made for these customers, or their transactions under the same ids."
    )
    mixed = make_orders([f"x{at}" for at in range(99)] + [f"c{at}" for at in range(40)], 9.0)
    with pytest.warns(kk.DataWarning) as told:
        make_planner().review(plan, {"transactions": mixed})
    assert "only 40 of the 139 customers in the actuals are among the 600 of the plan" in str(told[0].message)


def test_actuals_before_the_plan(plan, scores):
    before = make_orders(scores["customer_id"], 5.0, first=pd.Timestamp("2026-01-01"))
    assert refused(plan, {"transactions": before}) == (
        "the actuals end on 2026-12-31, before the plan's first day, 2027-01-01: they tell nothing of the plan.\n\n"
        "Hint: pass the transactions of the plan's time; those before it may be among them."
    )


def test_as_of_before_the_plan(plan, orders):
    assert refused(plan, {"transactions": orders}, as_of="2026-12-31") == (
        "`as_of` 2026-12-31 lies before the plan's first day, 2027-01-01: nothing of it has come yet.\n\nHint: pass the"
        " last day on which the actuals are complete, or leave as_of out."
    )


def test_as_of_long_after_the_last_purchase(plan, orders):
    early = orders[orders["date"] < "2027-10-01"]
    with pytest.warns(kk.DataWarning, match="the last purchase is on 2027-09-30 and as_of is 2027-12-31"):
        make_planner().review(plan, {"transactions": early}, as_of="2027-12-31")


def test_contacts_of_another_plan(plan, orders):
    log = plan.contacts().iloc[:3].assign(action=["letter", "call", "call"])
    assert refused(plan, {"transactions": orders, "contacts": log}).splitlines()[0] == (
        "StrategyPlanner.review: contacts must be by an action of the plan, which are ['letter']: broken by 2 of 3"
        " rows."
    )
    costly = plan.contacts().iloc[:2].assign(cost=[1.0, -1.0])
    assert refused(plan, {"transactions": orders, "contacts": costly}).splitlines()[0] == (
        "StrategyPlanner.review needs amounts of at least 0 in `cost` of contacts: broken by 1 of 2 rows."
    )
    twice = pd.concat([plan.contacts(), plan.contacts().iloc[:1]])
    with pytest.warns(kk.DataWarning, match="contacts are in the log already"):
        found = make_planner().review(plan, {"transactions": orders, "contacts": twice})
    assert found.contacts()["made"].tolist() == found.contacts()["planned"].tolist()


def test_no_plan(orders):
    hint = "pass a plan from planner.plan(...), or the dict of its to_dict()."
    for given, shown in ((None, "None"), (orders, "a DataFrame"), ("plan", "'plan'")):
        assert refused(given, {"transactions": orders}) == (
            f"`plan` must be a plan, or its dict, got {shown}.\n\nHint: {hint}"
        )
    assert refused({"schema": 1}, {"transactions": orders}).startswith("`plan`: a stored plan lacks ")


def test_other_customers_a_year_later(plan, orders, scores):
    later = scores.assign(customer_id=[f"x{at}" for at in range(len(scores))])
    assert refused(plan, {"transactions": orders}, customers=later) == (
        "StrategyPlanner.review: `customers`: none of the 600 in `customers` is a customer of the plan.\n\nHint: pass"
        " career.customers() of the same firm, with the same ids, a year later."
    )


def test_no_level(plan, orders):
    assert refused(plan, {"transactions": orders}, level=1).startswith("`level` must be a number above 0 and below 1")


def test_actuals_after_the_plan_or_of_a_part_of_its_time(plan, scores, orders):
    later = make_orders(scores["customer_id"], 5.0, first=pd.Timestamp("2028-01-01"))
    assert refused(plan, {"transactions": later}) == (
        "the actuals begin on 2028-01-01, after the plan's last day, 2027-12-31: they tell nothing of the plan.\n\n"
        "Hint: pass the transactions of the plan's time; those before it may be among them."
    )
    second = orders[orders["date"] >= "2027-07-01"]
    days = (second["date"].max() - second["date"].min()).days + 1
    number = round(len(second.drop_duplicates(["customer_id", "date"])) / days * 181)
    assert refused(plan, {"transactions": second}) == (
        f"the actuals begin on 2027-07-01, after the plan's first day, 2027-01-01: at their pace {number:,} purchases "
        "would be expected between them, and would count as none.\n\n"
        "Hint: pass the transactions of the plan's whole time; those before it may be among them."
    )


def test_returns_alone(plan, orders):
    assert refused(plan, {"transactions": orders.assign(amount=-1.0)}) == (
        "there are no purchases among the actuals, only returns.\n\nHint: pass what was bought as amounts above 0."
    )


def test_a_plan_for_a_part_of_the_base_is_reviewed_by_all_purchases(scores):
    """Law: thousands of buyers whom the plan does not know change nothing, and need not be told."""
    plan = make_plan(scores)
    own, others = (make_orders(ids, 2.0) for ids in (scores["customer_id"], [f"x{at}" for at in range(9000)]))
    alone, among = (make_planner().review(plan, {"transactions": each}, as_of="2027-12-31") for each in (
        own, pd.concat([own, others])
    ))  # fmt: skip
    pd.testing.assert_frame_equal(alone.strategies(), among.strategies())


def test_contacts_of_another_year(plan, orders):
    log = plan.contacts()
    for other in (log.assign(date=log["date"] - pd.DateOffset(years=1)), log.iloc[:0]):
        assert refused(plan, {"transactions": orders, "contacts": other}) == (
            f"StrategyPlanner.review: none of {len(other):,} contacts is with a customer of the plan from 2027-01-01 "
            "to 2027-12-31: it would count as if nobody had been contacted.\n\nHint: pass the log of the plan's time, "
            "or leave contacts out where there is none."
        )


@pytest.mark.parametrize(("arm", "name"), [("treated", "treated"), ("held_out", "held out")])
def test_an_arm_without_purchases(plan, scores, orders, arm, name):
    """An export of one arm alone has no verdict, whatever demand does; one that lacks nobody has, whatever it does."""
    rows = plan.assignments().set_index("customer_id")
    missing = rows.index[rows[arm]]
    kept = orders[~orders["customer_id"].isin(missing)]
    bought, p = scores["customer_id"].isin(kept["customer_id"]), scores["p_purchase"]
    number = p[scores["customer_id"].isin(missing)].sum() * bought.sum() / p.sum()
    assert refused(plan, {"transactions": kept}, as_of="2027-12-31") == (
        f"StrategyPlanner.review: none of {len(missing)} customers {name} bought anything, where {number:,.0f} buyers "
        "would be expected at the pace of all: their purchases are missing.\n\nHint: pass the transactions of all "
        "customers of the plan, of those treated and of those held out."
    )


def test_an_arm_of_a_strategy_without_purchases(scores):
    """It is refused also where the other strategies have both arms."""
    client = kk.column("rung").equals("client")
    two = tuple(kk.Strategy(name=name, when=when, objective="grow") for name, when in (("a", client), ("b", ~client)))
    planner = attrs.evolve(make_planner(), playbook=kk.Playbook(strategies=two))
    plan = make_plan(scores, planner=planner)
    rows = plan.assignments().set_index("customer_id")
    missing = rows.index[rows["held_out"] & (rows["strategy"] == "b")]
    orders = orders_of(plan, scores)
    with pytest.raises(kk.DataError, match=f"none of {len(missing)} customers held out of 'b' bought anything"):
        planner.review(plan, {"transactions": orders[~orders["customer_id"].isin(missing)]}, as_of="2027-12-31")


def test_far_fewer_or_more_purchases_than_expected(plan, scores):
    """A tenth of the export, or of the demand, is told with its numbers, and compared; half of one arm is told too."""
    few, many = (orders_of(plan, scores) for _ in range(2))
    few = few[few["customer_id"].isin(scores["customer_id"].iloc[::10])]
    many = pd.concat([many.assign(date=many["date"] + pd.Timedelta(days=at)) for at in range(3)])
    many = many[many["date"] <= "2027-12-31"]
    for orders, words in ((few, ("treated", "not treated")), (many, ("not treated",))):
        with pytest.warns(kk.DataWarning) as told:
            make_planner().review(plan, {"transactions": orders}, as_of="2027-12-31")
        days = orders.drop_duplicates(["customer_id", "date"])["customer_id"]
        for word, each in zip(words, told, strict=True):
            own = plan.ledger.treated == (word == "treated")
            came = days.isin(scores["customer_id"][own]).sum()
            expected = scores["expected_purchases"][own].sum()
            assert str(each.message).startswith(
                f"StrategyPlanner.review: the {own.sum()} customers who were {word} made {came:,} purchases, and "
                f"{expected:,.0f} were expected without the plan ({came / expected:.0%}): "
            )


def test_copies_of_transactions(plan, orders):
    """A part of the export that is there twice is told, with the rows, and a few equal baskets are not."""
    twice = pd.concat([orders, orders.iloc[:100]])
    made_twice = int(twice.duplicated().sum())
    with pytest.warns(kk.DataWarning) as told:
        make_planner().review(plan, {"transactions": twice})
    assert str(told[0].message).startswith(
        f"StrategyPlanner.review: {made_twice} of {len(twice):,} transactions are the same as an earlier one in every "
        "column: their amounts count again."
    )
    make_planner().review(plan, {"transactions": pd.concat([orders, orders.iloc[:5]])})


def test_another_kind_of_amounts(plan, orders):
    assert refused(plan, {"transactions": orders}, amounts_at="gross").startswith(
        "`amounts_at` must be one of 'paid', 'list', got 'gross'."
    )
