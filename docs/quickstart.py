"""The quickstart: from 69,659 purchases to a plan, and whether the forecast would have been right.

The purchases are real: everyone who first bought music at CDNOW in the first quarter of 1997, followed to June 1998.
What a data set cannot know is ASSUMED here and printed as such: margin, discount rate, costs, effects, budget.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import kundkarriar as kk

if TYPE_CHECKING:
    import pandas as pd

AS_OF, SPLIT, END, START = "1998-06-30", "1997-09-30", "1998-06-30", "1998-07-01"
MARGIN, DISCOUNT_RATE = 0.30, 0.10
COSTS = kk.Costs(serve_per_year=0.50, market_per_year=0.20)
BUDGET = kk.Budget(money=3_000, hours=60, period="1998-H2", reserve=0.1)


def assumed(on: str, mean: float, low: float, high: float) -> kk.Effect:
    """An effect that nobody measured, and that says so wherever it is printed."""
    return kk.Effect(on=on, mean=mean, low=low, high=high, evidence="assumed", relative_to="no contact")


ACTIONS = (
    kk.Action(
        name="tips for your taste",
        objective="grow",
        lever="service",
        cost=0.80,
        hours=0.01,
        benefit=2,
        effect=assumed("purchases", 1.08, 1.02, 1.15),
    ),
    kk.Action(
        name="thank-you record",
        objective="appreciate",
        lever="reputation",
        cost=3.00,
        hours=0.02,
        benefit=3,
        effect=assumed("leaving", 0.60, 0.40, 0.90),
    ),
    kk.Action(
        name="we miss you, by phone",
        objective="win_back",
        when=kk.column("lapsed").equals(True),
        lever="influence",
        cost=0.50,
        hours=0.05,
        benefit=2,
        effect=assumed("purchases", 1.10, 1.0, 1.2),
    ),
)


def main() -> None:
    """Print the quickstart."""
    begun = time.perf_counter()
    orders = kk.datasets.load_cdnow()
    transactions = kk.transactions(
        orders, customer_id="customer_id", date="date", amount="amount", vat="excluded", currency="USD"
    )
    heading("The data")
    show(kk.data_report(transactions)[["check", "rows", "amount"]])

    heading("Assumed: not in the data, yours to replace")
    print(f"margin {MARGIN:.0%}, discount rate {DISCOUNT_RATE:.0%} a year, {COSTS}")
    for action in ACTIONS:
        print(f"{action.name}: {action.effect}; cost {action.cost:g}, {action.hours:g} hours")

    scorer = kk.ValueScorer(margin=MARGIN, discount_rate=DISCOUNT_RATE, horizon="12M", costs=COSTS)
    career = kk.CustomerCareer(scorer=scorer).fit(transactions, as_of=AS_OF, seed=1)
    heading(f"Where the customers stand on {AS_OF}: rung x class, value over the next 12 months (net, USD)")
    show(career.grid().drop(columns="priority"))  # without a potential of your own it is the value
    clients = career.customers().query("rung == 'client'")
    held = clients["reason"].str.startswith("held by grace").sum()
    print(f"{len(clients) - held:,} clients meet the definition today, {held:,} are held by 3 months' grace")

    heading("Where they will stand in half a year, and how many come to be clients by then")
    sizes = career.sizes(horizon="6M").query("ahead == 6 and high > 0")
    show(sizes[["rung", "lapsed", "expected", "low", "high"]])
    reached = career.time_to("client", horizon="6M").query("ahead == 6 and rung != 'client'")
    show(reached[["rung", "lapsed", "customers", "reached", "low", "high"]])

    plan = career.plan(actions=ACTIONS, budget=BUDGET, start=START)
    heading("The plan: what to do with whom")
    show(plan.summary())
    show(plan.shadow_prices())
    columns = ["strategy", "rung", "abc", "customers", "treated", "cost", "hours", "incremental_value", "net"]
    groups = plan.groups()
    show(groups[columns])
    against_other_ways(plan, career, transactions)

    heading("Why: the reason of each strategy")
    show(groups[["strategy", "objective", "reason"]].drop_duplicates())
    heading("One customer, explained")
    print(plan.explain(plan.worklist(week="1998-W28", hours=8)["customer_id"].iloc[0]))

    heading("Portfolio checks")
    show(plan.checks()[["check", "passed", "informative", "severity", "message"]])

    heading("From last year to next year (USD, undiscounted)")
    show(career.bridge(plan))

    heading(f"Would it have been right? Forecast on {SPLIT}, held against what happened until {END}")
    tested = kk.backtest(scorer, transactions, horizon="39W", until=END)
    show(tested.drop(columns=["until", "note"]).set_index("rule").T.reset_index(names=""))

    heading("Three forecasts of six months: what a total made today should allow for")
    several = kk.Backtest(scorer=scorer, origins=3, horizon="6M").run(transactions)
    columns = ["measure", "origin", "predicted", "low", "high", "actual", "ratio", "factor", "log_spread"]
    show(several.totals()[columns])
    show(career.draws.total(backtest=several).drop(columns="note"))
    print(f"\n{time.perf_counter() - begun:.0f} seconds")


def against_other_ways(plan: kk.Plan, career: kk.FittedCareer, transactions: pd.DataFrame) -> None:
    """Print what else the budget could do, and what it costs to thank the best before anything is sold to them."""
    heading("Against other ways to use the same money and hours")
    ways = plan.against()
    show(ways.drop(columns="kind"))
    best = ways[ways["kind"] == "single action"].nlargest(1, "net").iloc[0]
    held = "is not below" if ways.loc[0, "net"] >= best["net"] else "is BELOW"
    print(f"The default plan, with nobody held out, {held} the best single action: {ways.loc[0, 'net']:,.0f} USD net")
    print(f"against {best['net']:,.0f} of {best['way']}")

    heading("The price of rules: class A is thanked, and nothing is sold to it (without those below 1)")
    planner = kk.StrategyPlanner.default(actions=ACTIONS, care=True)
    customers, summary = career.customers(), kk.summarize(transactions, as_of=AS_OF, gaps=True)
    added = planner.increments(career.scorer, summary, budget=BUDGET, start=START, planned=customers)
    ways = planner.plan(customers, budget=BUDGET, start=START, increments=added).against()
    rules = ways["kind"].isin(["plan", "free choice"]) | (ways["kind"].eq("without rule") & (ways["difference"] >= 1))
    show(ways.loc[rules, ["way", "treated", "net", "difference"]])


def heading(text: str) -> None:
    """Print a line to find one's way by."""
    print(f"\n== {text} ==")


def show(frame: pd.DataFrame) -> None:
    """Print a frame whole."""
    print(frame.to_string(index=False, float_format=lambda value: f"{value:,.2f}", na_rep=""))


if __name__ == "__main__":
    main()
