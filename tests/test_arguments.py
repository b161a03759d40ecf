"""Hostile values in every public argument: each is accepted, or refused in words that name the argument.

The callables and their parameters are read from the package, so a new public argument is tried as soon as it exists.
Of a new name, `PARAMETERS` must say what it takes and give a valid value; of a new class with methods, `objects` must
make one.
"""

import inspect
import re
import resource
import signal
import warnings
from functools import cache
from pathlib import Path

import attrs
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from attrs import frozen

import kundkarriar as kk

plt.switch_backend("Agg")

AS_OF, LATER = "2025-06-30", "2025-12-31"
N = 90
SECONDS = 3.0
"""Processor time of a call."""
MEMORY = 3 * 2**30
"""Bytes that a call may ask for."""

HOSTILE = {
    "True": lambda: True,
    "False": lambda: False,
    "''": lambda: "",
    "'nonsense'": lambda: "nonsense",
    "None": lambda: None,
    "1j": lambda: 1j,
    "10**400": lambda: 10**400,
    "-1": lambda: -1,
    "0": lambda: 0,
    "3": lambda: 3,
    "2.5": lambda: 2.5,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "-inf": lambda: float("-inf"),
    "1e300": lambda: 1e300,
    "10**9": lambda: 10**9,
    "b'x'": lambda: b"x",
    "{}": lambda: {},
    "{1: 0.8}": lambda: {1: 0.8},
    "[]": lambda: [],
    "[None]": lambda: [None],
    "object()": object,
    "a set": lambda: {1, "a"},
    "a function": lambda: lambda *_: None,
    "an array": lambda: np.array([0.5, 2.0]),
    "a Series": lambda: pd.Series([1.0, 2.0]),
    "NaT": lambda: pd.NaT,
    "a type": lambda: int,
    "...": lambda: ...,
    "a generator": lambda: (each for each in (1, 2)),
}
"""Values by the name under which they are reported."""

NEVER = {"1j", "object()", "a function", "a type", "...", "NaT"}
"""Values that no argument of numbers, text or sequences takes."""
NO_NUMBER = NEVER | {
    "True", "''", "'nonsense'", "None", "10**400", "nan", "-inf", "b'x'", "{}", "{1: 0.8}", "[]", "[None]", "a set",
    "a generator", "an array", "a Series",
}  # fmt: skip


@frozen
class Kind:
    """What an argument takes.

    Attributes:
        refused: names of the hostile values that must be refused; the others may be.
        shown: whether a refusal may show the value instead of the argument's name.
        words: a text that may stand for the argument's name in a refusal.
    """

    refused: frozenset = attrs.field(converter=frozenset)
    shown: bool = False
    words: str = ""


NUMBER = Kind(NO_NUMBER)
WHOLE = Kind(NO_NUMBER | {"2.5", "inf", "1e300", "-1"})
SEED = Kind(WHOLE.refused - {"10**400"})
FEW = Kind(WHOLE.refused | {"10**9"})
"""A whole number that costs time or memory, so that it has an upper limit."""
NUMBERS = Kind(NO_NUMBER - {"[]", "an array", "a Series", "a generator"})
FLAG = Kind(set(HOSTILE) - {"True", "False"})
TEXT = Kind(set(HOSTILE) - {"'nonsense'"})
WORD = Kind(set(HOSTILE))
"""One of several words."""
COLUMN = Kind(set(HOSTILE) - {"'nonsense'"}, shown=True)
NUMBER_OR_COLUMN = Kind(NO_NUMBER - {"'nonsense'"}, shown=True)
SPAN = Kind((NO_NUMBER | {"0", "-1", "10**9"}) - {"10**9"})
DAY = Kind(set(HOSTILE))
MANY = Kind(NEVER | {"True", "False", "None", "10**400", "nan", "inf", "b'x'", "{1: 0.8}"})
BY_NAME = Kind(NEVER | {"True", "'nonsense'", "10**400", "b'x'", "{1: 0.8}", "[None]"})
"""Numbers by name."""
FRAME = Kind(set(HOSTILE), words="DataFrame")
PART = Kind(set(HOSTILE))
"""An object of the package, or several."""
PARTS = Kind(set(HOSTILE) - {"[]"})
ANYTHING = Kind(())
HANDED = Kind(())
"""What one part of the package hands to another: a call that asks for it is none of a user's."""

HANDED_ON = {
    "seen", "panel", "facts_as_of", "rows", "base", "checked", "family", "generator", "posterior", "history", "money",
    "ledger", "reports", "like", "theta", "days_since_purchase", "typical_gap", "sources", "first", "chain", "columns",
    "calendar", "members", "pooled", "coefficients", "need", "steps", "visits", "covariance", "scale", "usual",
    "usual_share", "purchase_posterior", "spend_posterior", "order", "group", "purchase_days", "monetary_value",
}  # fmt: skip


@cache
def objects():
    """An object of every public class with methods or a constructor that takes something."""
    lines = kk.testing.make_transactions(customers=N, seed=1, start="2023-06-01", until=LATER)
    known, later = kk.split(lines, at=AS_OF)
    everyone = pd.DataFrame({"customer_id": np.arange(1, N + 1), "channel": np.where(np.arange(N) % 2, "web", "shop")})
    summary = kk.summarize(known, as_of=AS_OF, customers=everyone, regularity=True)
    members = everyone[["customer_id"]].assign(start=pd.Timestamp("2023-01-01"), end=pd.NaT)
    members.loc[::3, "end"] = pd.Timestamp("2024-06-30")
    rungs = [
        kk.Rung(name=name, when=kk.column("purchase_days") >= days)
        for name, days in (("new", 0), ("again", 2), ("often", 4))
    ]
    ladder = kk.CustomerLadder(rungs=rungs, lapse=None)
    mbg = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W")
    spend = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44))
    scorer = kk.ValueScorer(
        purchases=kk.NBD(),
        spend=kk.GammaGamma(),
        margin=0.3,
        discount_rate=0.1,
        horizon="12M",
        costs=kk.Costs(per_order=1),
    )
    season = kk.Season(index=[1.0] * 11 + [1.0])
    effect = kk.Effect(on="value", mean=3, low=1, high=5, evidence="assumed", relative_to="no letter")
    action = kk.Action(
        name="letter", objective="grow", lever="information", cost=1, hours=0.1, effect=effect, per_year=2
    )
    strategy = kk.Strategy(name="all", when=~kk.column("rung").is_missing(), objective="grow", reason="buys")
    playbook = kk.Playbook(strategies=(strategy,))
    planner = kk.StrategyPlanner(playbook=playbook, actions=(action,))
    budget = kk.Budget(money=20, hours=100, period="2026")
    groups = [
        kk.BuyerGroup(name="moving", weight=0.6, leaves=0.7, gap=20, regularity=1),
        kk.BuyerGroup(name="recurring", weight=0.3, leaves=0.1, gap=12, regularity=1),
        kk.BuyerGroup(name="exclusive", weight=0.1, leaves=0.02, gap=4, regularity=3),
    ]
    careers = ladder.careers(known, as_of=AS_OF)
    careers["mails"] = np.arange(len(careers)) % 3
    opportunities = kk.opportunities(known, as_of=AS_OF, every="M")
    movement = kk.ChainMixture(chains=1, mass=10, starts=1, seed=1, covariates=("channel",))
    by_channel = kk.Covariates(purchase=("channel",))
    hidden = kk.HiddenLadder(states=2, names=("new", "again"), contacts=("mails",), starts=1, seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = scorer.fit(summary)
        moved, uncovered = movement.fit(careers, customers=everyone), hidden.fit(careers)
        nbd = kk.NBD().fit(summary)
        draws = fitted.draw(summary, draws=10, seed=1)
        bgbb = kk.BGBB().fit(opportunities)
        mbg_fitted = kk.MBGNBD().fit(summary)
        guided = kk.MBGNBD(covariates=by_channel).fit(summary, customers=everyone)
        backtest = kk.Backtest(scorer=scorer, origins=1, horizon="3M", until=AS_OF, draws=2)
        tested = backtest.run(lines)
        career = kk.CustomerCareer(scorer=scorer, ladder=ladder, planner=planner)
        before = career.fit(known, as_of="2025-03-31", seed=1, draws=5)
        after = career.fit(known, as_of=AS_OF, seed=1, draws=5)
        base = after.customers()
        plan = planner.plan(base, budget=budget, start="2026-01-01", seed=1)
        purchase_days = ladder.history(known, as_of=AS_OF)
    change = kk.Change(rung="new", to="again", odds=1.5)
    made = [
        kk.ABCClassifier(), kk.After(rung="new", months=3), action, backtest, tested, budget, kk.Costs(per_order=1),
        kk.BGBB(), kk.BGBBParams(alpha=1.2, beta=0.75, gamma=0.66, delta=2.78), kk.BGCNBD(k=1), kk.BGNBD(),
        kk.MBGCNBD(k=1), kk.MBGNBD(covariates=by_channel), kk.NBD(), kk.ParetoNBD(), kk.GGompertzNBD(), kk.ShiftedBetaGeometric(),
        kk.GammaGamma(), guided, mbg.params, spend, spend.params, *groups[:1],
        bgbb,
        kk.FittedBGCNBD(params=kk.BGCNBDParams(k=2, r=0.2, alpha=2, a=0.8, b=2.4), period="W"),
        kk.FittedMBGCNBD(params=kk.MBGCNBDParams(k=3, r=0.5, alpha=2, a=0.9, b=1.6), period="W"),
        kk.FittedBGNBD(params=kk.BGNBDParams(r=0.2, alpha=4, a=0.8, b=2.4), period="W"),
        kk.FittedNBD(params=kk.NBDParams(r=0.4, alpha=12), period="W"),
        kk.FittedParetoNBD(params=kk.ParetoNBDParams(r=0.5, alpha=10, s=0.6, beta=12), period="W"),
        kk.FittedGGompertzNBD(params=kk.GGompertzNBDParams(r=0.5, alpha=10, b=0.01, s=0.6, beta=0.1), period="W"),
        kk.FittedShiftedBetaGeometric(params=kk.ShiftedBetaGeometricParams(alpha=1.0, beta=2.0), every="Y"),
        kk.BGCNBDParams(k=2, r=0.2, alpha=2, a=0.8, b=2.4), kk.MBGCNBDParams(k=3, r=0.5, alpha=2, a=0.9, b=1.6),
        kk.BGNBDParams(r=0.2, alpha=4, a=0.8, b=2.4), kk.NBDParams(r=0.4, alpha=12),
        kk.ParetoNBDParams(r=0.5, alpha=10, s=0.6, beta=12), kk.ShiftedBetaGeometricParams(alpha=1.0, beta=2.0),
        kk.GGompertzNBDParams(r=0.5, alpha=10, b=0.01, s=0.6, beta=0.1), change, movement, moved, hidden, uncovered,
        by_channel, kk.CovariateEffects(purchase={"age": 0.1}, spread={"age": 2.0}),
        kk.CustomerGroups(starts=1), kk.FittedCustomerGroups(
            spec=kk.CustomerGroups(), period="W", alike=2.0, groups=groups
        ),
        career, after, ladder, kk.DevelopmentPath(name="calls", shifts=[change], cost=1.0), effect, fitted, scorer,
        kk.FixedScores(model=mbg, horizon="12M"), kk.Hold(grace="3M"), kk.Lapse(), purchase_days,
        kk.LikelihoodRatio(
            smaller="NBD", larger="MBG/NBD", statistic=1.0, degrees_of_freedom=1, p_value=0.3, null="chi2"
        ),
        kk.Period.of("3M"), plan, planner, playbook, strategy, nbd.posterior(draws=10, seed=1), kk.Rung(name="own", when=kk.column("purchase_days") >= 2, hold=kk.Hold(grace="3M")),
        kk.Scenario(name="as now", shifts=[change]), season, draws, kk.WeakPrior(), kk.column("purchase_days") >= 2,
        kk.column("purchase_days"),
    ]  # fmt: skip
    by_class = {type(each).__name__: each for each in made}
    by_class["Condition"] = by_class.pop("Question")
    frames = {
        "lines": lines, "known": known, "later": later, "everyone": everyone, "summary": summary, "members": members,
        "careers": careers, "base": base, "before": before, "typed": mbg, "mbg": mbg_fitted, "nbd": nbd,
        "outcome": kk.holdout_table(summary, later, until=LATER),
        "opportunities": opportunities,
        "memberships": kk.memberships(members, as_of=AS_OF, every="Y"),
        "facts": kk.facts(known, as_of=AS_OF, customers=everyone),
        "events": everyone[["customer_id"]].assign(date=pd.Timestamp("2025-03-01"), event="referral", value=1.0),
        "promotions": base[["customer_id", "rung"]].assign(next="often", p_movement=0.1, p_model=0.2),
    }  # fmt: skip
    return by_class | frames


CONTRIBUTION = {"new": -1.0, "again": 2.0, "often": 3.0}


@cache
def parameters():
    """What parameters take, and a valid value for calls where one is needed; "class(name)" goes before a name."""
    of = objects()
    by_name = {
        # numbers
        "level": (NUMBER, 0.9),
        "discount_rate": (NUMBER, 0.1),
        "margin": (NUMBER, 0.3),
        "odds": (NUMBER, 1.5),
        "prospects": (NUMBER, 0.1),
        "returns": (NUMBER, 0.0),
        "threshold": (NUMBER, 0.0),
        "by": (NUMBER, 3),
        "after": (NUMBER, 0),
        "l2": (NUMBER, 0.1),
        "drift": (NUMBER, 0.1),
        "mass": (NUMBER, 3.0),
        "size": (FEW, 3),
        "cost": (NUMBER, 1.0),
        "hours": (NUMBER, 1.0),
        "reserve": (NUMBER, 0.1),
        "mean": (NUMBER, 1.0),
        "low": (NUMBER, 0.0),
        "high": (NUMBER, 2.0),
        "per_year": (NUMBER, 2),
        "benefit": (NUMBER, 0.1),
        "weight": (NUMBER, 0.5),
        "leaves": (NUMBER, 0.5),
        "gap": (NUMBER, 5.0),
        "share_of_wallet": (NUMBER, 0.5),
        "alike": (NUMBER, 2.0),
        "concentration": (NUMBER, 2.0),
        "inflow": (NUMBER, 0.0),
        "acquisition_cost": (NUMBER, 0.0),
        "monthly_cost": (NUMBER, 0.0),
        "days": (NUMBER, 180.0),
        "gaps": (NUMBER, 3.0),
        "single": (NUMBER, 270.0),
        "least_satisfaction": (NUMBER, 3.0),
        "k_hat": (NUMBER, 0.1),
        "effective_size": (NUMBER, 10.0),
        "statistic": (NUMBER, 1.0),
        "p_value": (NUMBER, 0.5),
        "return_mean": (NUMBER, 0.1),
        "return_mass": (NUMBER, 1.0),
        "observed": (NUMBER, 52.0),
        "rate": (NUMBER, 0.1),
        "years": (NUMBER, 1.0),
        "years_per_period": (NUMBER, 0.02),
        "count": (NUMBER, 3),
        "Budget(money)": (NUMBER, 20),
        **{name: (NUMBER, 1.0) for name in ("r", "alpha", "a", "b", "s", "beta", "p", "q", "gamma", "delta")},
        **{field.name: (NUMBER, 1.0) for field in attrs.fields(kk.WeakPrior)},
        **{name: (NUMBER_OR_COLUMN, 1.0) for name in ("serve_per_year", "market_per_year", "per_order")},
        "ValueScorer(margin)": (NUMBER_OR_COLUMN, 0.3),
        "vat_rate": (NUMBER_OR_COLUMN, None),
        # whole numbers
        "seed": (SEED, 1),
        "entropy": (WHOLE, 1),
        "draws": (FEW, 10),
        "periods": (FEW, 3),
        "up_to": (FEW, 2),
        "starts": (FEW, 1),
        "states": (FEW, 2),
        "chains": (FEW, 1),
        "origins": (FEW, 1),
        "months": (FEW, 3),
        "month": (WHOLE, 3),
        "regularity": (FEW, 1),
        "k": (FEW, 2),
        "n": (FEW, 30),
        "degrees_of_freedom": (FEW, 1),
        "n_customers": (WHOLE, 3),
        "n_months": (WHOLE, 3),
        **{
            name: (WHOLE, 4)
            for name in (
                "client_days", "client_quarters", "keep_days", "supporter_months", "proxy_days", "proxy_quarters",
                "most_complaints",
            )
        },  # fmt: skip
        # truth values
        "sample": (FLAG, True),
        "proxy": (FLAG, False),
        "answer": (FLAG, True),
        "opened": (FLAG, True),
        "summarize(regularity)": (FLAG, False),
        # texts
        "name": (TEXT, "name"),
        "rung": (TEXT, "again"),
        "to": (TEXT, "again"),
        "reason": (TEXT, "reason"),
        "goal": (TEXT, "goal"),
        "metric": (TEXT, "metric"),
        "owner": (TEXT, "owner"),
        "relative_to": (TEXT, "no letter"),
        "text": (TEXT, "rule"),
        "null": (TEXT, "chi2"),
        "on": (WORD, "value"),
        "evidence": (WORD, "assumed"),
        "lever": (WORD, "information"),
        "objective": (WORD, "grow"),
        "decide": (WORD, "first"),
        "merge": (WORD, "D"),
        "vat": (WORD, "excluded"),
        "missing": (WORD, "refuse"),
        "lost": (WORD, "lapsed"),
        "counts": (WORD, "poisson"),
        "of": (WORD, "outcome"),
        "measure": (WORD, "clv"),
        "measures": (MANY, ["clv"]),
        "unit": (WORD, "W"),
        "currency": (TEXT, "SEK"),
        "date_format": (TEXT, None),
        "time_zone": (WORD, None),
        "Budget(period)": (WORD, "2026"),
        "Period.of(text)": (SPAN, "3M"),
        # columns
        "customer_id": (COLUMN, "customer_id"),
        "date": (COLUMN, "date"),
        "amount": (COLUMN, "amount"),
        "kind": (COLUMN, None),
        "line_id": (COLUMN, None),
        "weights": (COLUMN, None),
        "share": (COLUMN, None),
        "start": (DAY, "2026-01-01"),
        "memberships(start)": (COLUMN, "start"),
        "memberships(end)": (COLUMN, "end"),
        "ABCClassifier(by)": (COLUMN, None),
        "grid(by)": (COLUMN, None),
        "lorenz(by)": (COLUMN, None),
        # spans and dates
        "horizon": (NUMBER, 3),
        "ValueScorer(horizon)": (SPAN, "12M"),
        "Backtest(horizon)": (SPAN, "3M"),
        "backtest(horizon)": (SPAN, "3M"),
        "FixedScores(horizon)": (SPAN, "12M"),
        "period": (WORD, "W"),
        "every": (WORD, "M"),
        "ShiftedBetaGeometric.fit(every)": (WORD, "Y"),
        "FittedShiftedBetaGeometric(every)": (WORD, "Y"),
        "memberships(every)": (WORD, "Y"),
        "span": (SPAN, "3M"),
        "grace": (Kind(SPAN.refused - {"None"}), "3M"),
        "burn_in": (SPAN, None),
        "joining": (SPAN, "3M"),
        "as_of": (DAY, AS_OF),
        "at": (DAY, AS_OF),
        "until": (DAY, LATER),
        "since": (DAY, "2025-01-01"),
        "origin": (DAY, "2025-03-31"),
        "earlier": (DAY, "2025-03-31"),
        "valid_from": (DAY, None),
        "valid_until": (DAY, None),
        "fitted_until": (DAY, None),
        "Plan.incremental_value_at(end)": (WORD, "low"),
        "Plan.explain(customer_id)": (Kind(set(HOSTILE) - {"3"}), 1),
        "Plan.for_customer(at)": (HANDED, None),
        "Plan.gain(action)": (HANDED, None),
        "Posterior.some(draws)": (HANDED, None),
        "BacktestResult.calibrated_total(draws)": (PART, of["ValueDraws"]),
        "BacktestResult.factor(measure)": (WORD, "sales"),
        "FittedValueScorer.score(draws)": (PART, None),
        "week": (DAY, "2026-W01"),
        "day": (DAY, "2026-01-01"),
        "make_transactions(start)": (DAY, "1997-01-01"),
        "make_transactions(until)": (DAY, "1998-06-30"),
        "Backtest(until)": (DAY, AS_OF),
        "backtest(until)": (DAY, AS_OF),
        "promotion_costs(until)": (DAY, None),
        "Season.estimate(until)": (DAY, None),
        "Period.after(day)": (DAY, np.datetime64("2026-01-01")),
        "Period.before(day)": (DAY, np.datetime64("2026-01-01")),
        # several
        "names": (MANY, None),
        "contacts": (MANY, ()),
        "covariates": (MANY, ()),
        "purchase": (MANY, ("channel",)),
        "dropout": (MANY, ()),
        "equal": (MANY, ()),
        "levels": (MANY, {}),
        "middle": (MANY, {}),
        "spread": (MANY, {}),
        "rungs": (MANY, None),
        "limits": (MANY, (0.8, 0.95)),
        "index": (MANY, [1.0] * 12),
        "std_errors": (MANY, ()),
        "purchases": (MANY, ()),
        "closed": (MANY, ()),
        "needs": (MANY, ["purchase_days"]),
        "kinds": (MANY, ["pandas"]),
        "also": (MANY, ()),
        "step": (MANY, None),
        "tried": (MANY, ()),
        "values": (MANY, [1, 2]),
        "Posterior(values)": (NUMBERS, None),
        "log_likelihoods": (MANY, ()),
        "judged": (MANY, ()),
        "shifts": (PART, [of["Change"]]),
        "Scenario(shifts)": (PARTS, [of["Change"]]),
        "T": (NUMBERS, [10.0, 20.0]),
        "frequency": (NUMBERS, [1, 2]),
        "renewals": (NUMBERS, [1, 2]),
        "n_opportunities": (NUMBERS, [1, 2]),
        # numbers by name
        "contribution": (BY_NAME, CONTRIBUTION),
        "harvest": (BY_NAME, {"new": 0.0}),
        "spend": (BY_NAME, {"new": 100.0}),
        "baseline": (BY_NAME, None),
        "referrals": (BY_NAME, {}),
        "profile": (BY_NAME, {"channel": "web"}),
        "FittedHiddenLadder.value(contribution)": (BY_NAME, 4.5),
        "FittedHiddenLadder.customer_value(contribution)": (BY_NAME, 4.5),
        "FittedHiddenLadder.seen(origin)": (Kind(DAY.refused - {"None"}), AS_OF),
        "FittedChainMixture.seen(origin)": (Kind(DAY.refused - {"None"}), AS_OF),
        "FittedHiddenLadder.forecast(contacts)": (BY_NAME, None),
        "FittedHiddenLadder.purchases(contacts)": (BY_NAME, None),
        # frames
        "transactions": (FRAME, of["lines"]),
        "orders": (FRAME, of["lines"]),
        "customers": (FRAME, of["everyone"]),
        "FittedMBGNBD.simulate(customers)": (FRAME, of["everyone"].head(2)),
        "events": (FRAME, None),
        "summary": (FRAME, of["summary"]),
        "careers": (FRAME, of["careers"]),
        "facts": (FRAME, of["facts"]),
        "scores": (FRAME, of["base"]),
        "classes": (FRAME, of["base"]),
        "frame": (FRAME, of["base"]),
        "members": (FRAME, of["members"]),
        "promotions": (FRAME, of["promotions"]),
        "table": (FRAME, of["opportunities"]),
        "holdout": (FRAME, of["later"]),
        "compare_models(holdout)": (FRAME, None),
        "promotion_costs(holdout)": (FRAME, None),
        "StrategyPlanner.plan(holdout)": (NUMBER, 0.1),
        "FittedCareer.plan(holdout)": (NUMBER, 0.1),
        "Plan(holdout)": (NUMBER, 0.1),
        **{f"{name}.{method}(table)": (FRAME, of["memberships"])
           for name in ("ShiftedBetaGeometric", "FittedShiftedBetaGeometric")
           for method in ("fit", "predict", "discounted", "log_likelihood_of")},
        **{f"{name}(customers)": (FRAME, of["base"])
           for name in ("plots.grid", "plots.ladder", "StrategyPlanner.plan", "group_checks", "group_breaks")},
        "make_transactions(customers)": (FEW, 30),
        **{f"{name}(scores)": (PART, None) for name in (
            "CustomerLadder.place", "CustomerLadder.careers", "LadderHistory.positions", "LadderHistory.careers",
            "LadderHistory.rung_history")},
        # objects of the package
        "ax": (PART, None),
        "backtest": (PART, None),
        "scorer": (PART, of["ValueScorer"]),
        "movement_total(scorer)": (PART, of["FittedValueScorer"]),
        "classifier": (PART, of["ABCClassifier"]),
        "ladder": (PART, of["CustomerLadder"]),
        "groups": (PART, of["CustomerLadder"]),
        "planner": (PART, of["StrategyPlanner"]),
        "playbook": (PART, of["Playbook"]),
        "budget": (PART, of["Budget"]),
        "plan": (PART, None),
        "previous": (PART, of["before"]),
        "career": (PART, of["CustomerCareer"]),
        "season": (PART, None),
        "lapse": (Kind(PART.refused - {"None"}), None),
        "hold": (PART, None),
        "Rung(after)": (PART, None),
        "keep": (PART, None),
        "when": (PART, of["Condition"]),
        "Rung(proxy)": (PART, None),
        "rule": (PART, of["Condition"]),
        "function": (Kind(PART.refused - {"a function", "a type"}), lambda frame: frame["purchase_days"] > 1),
        "model": (PART, of["typed"]),
        "check_purchase_model(model)": (PART, of["NBD"]),
        "models": (PART, [of["nbd"]]),
        "smaller": (PART, of["nbd"]),
        "larger": (PART, of["mbg"]),
        "fitted": (PART, of["typed"]),
        "fitter": (PART, kk.to_lifetimes(of["typed"])),
        "params": (PART, None),
        "prior": (PART, of["WeakPrior"]),
        "report": (PART, None),
        "effects": (PART, None),
        "effect": (PART, None),
        "costs": (PART, None),
        "spec": (PART, None),
        "movement": (PART, of["FittedChainMixture"]),
        "paths": (PART, [of["DevelopmentPath"]]),
        "scenarios": (PART, [of["Scenario"]]),
        "actions": (PARTS, of["Action"]),
        "action": (PART, of["Action"]),
        "strategies": (PART, of["Strategy"]),
        "ValueScorer(purchases)": (PART, None),
        "ValueScorer(spend)": (PART, None),
        "Covariates(purchase)": (MANY, ()),
        "other": (ANYTHING, None),
        "Condition.__and__(other)": (Kind(HOSTILE, words="condition"), of["Condition"]),
        "Condition.__or__(other)": (Kind(HOSTILE, words="condition"), of["Condition"]),
        "value": (ANYTHING, 3),
        "limit": (NUMBER, 2),
    }  # fmt: skip
    return {name: (HANDED, None) for name in HANDED_ON} | by_name


@frozen
class Callable:
    """A public function, constructor or method.

    Attributes:
        name: as it is called: summarize, Season, Season.estimate.
        owner: name of the class of its object; empty for functions.
        room: the folder of the package in which it stands.
    """

    name: str
    owner: str
    room: str
    names: tuple
    defaults: dict

    def __str__(self):
        return self.name

    @property
    def is_constructor(self):
        return self.name == self.owner

    def given(self, parameter):
        """What a parameter takes, and a valid value."""
        found = parameters()
        short = self.name.removeprefix("plots.").removeprefix("testing.")
        for name in (f"{self.name}({parameter})", f"{short}({parameter})", parameter):
            if name in found:
                return found[name]
        return None

    def valid(self):
        """Arguments that are accepted."""
        if self.is_constructor:
            made = objects()[self.owner]
            return {name: getattr(made, attribute_of(type(made), name)) for name in self.names}
        return {
            name: self.given(name)[1]
            for name in self.names
            if name not in self.defaults or self.given(name)[1] is not None
        }

    def __call__(self, **arguments):
        target = kk
        if self.is_constructor:
            return getattr(kk, self.owner)(**arguments)
        if self.owner:
            target = objects()[self.owner]
            return getattr(target, self.name.split(".")[-1])(**arguments)
        for part in self.name.split("."):
            target = getattr(target, part)
        return target(**arguments)


def attribute_of(cls, parameter):
    return next((each.name for each in attrs.fields(cls) if each.alias == parameter), parameter)


def read(name, function, owner=""):
    signature = inspect.signature(function)
    plain = [each for each in signature.parameters.values() if each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)]
    plain = plain[1:] if plain and plain[0].name == "self" else plain
    module = inspect.unwrap(getattr(function, "__func__", function)).__module__
    return Callable(
        name=name,
        owner=owner,
        room=module.removeprefix("kundkarriar.").split(".")[0],
        names=tuple(each.name for each in plain),
        defaults={each.name: each.default for each in plain if each.default is not each.empty},
    )


FIRST = ("MBGNBD", "FittedMBGNBD")
"""Classes whose objects are asked for the methods that others inherit too: these take covariates."""

RESULTS = {"BacktestResult", "FittedCareer", "LadderHistory", "LikelihoodRatio", "ValueDraws"}
"""Classes of what functions return, which nobody makes and which are not stored."""

SLOW = {
    "CustomerLadder.kundkarriar", "FittedHiddenLadder.calibration", "GGompertzNBD.fit", "HiddenLadder.fit", "backtest",
    "CustomerCareer.fit", "testing.make_customers", "testing.check_purchase_model",
}  # fmt: skip
"""Calls of more than a tenth of a second: only what must be refused is tried."""

ASKED = {"__ge__", "__gt__", "__le__", "__lt__", "__and__", "__or__"}


def public():
    """Every public callable that takes an argument."""
    names = re.findall(r" as (\w+)$", Path(kk.__file__).with_suffix(".pyi").read_text(), re.MULTILINE)
    owners = {name: getattr(kk, name) for name in dict.fromkeys([*FIRST, *sorted(names)])}
    for module in ("datasets", "plots", "testing"):
        for name, value in vars(owners.pop(module)).items():
            if inspect.isfunction(value) and not name.startswith("_") and value.__module__.startswith("kundkarriar."):
                owners[f"{module}.{name}"] = value
    del owners["errors"]
    owners["Column"] = type(kk.column("name"))
    walked = set()
    for name, owner in owners.items():
        if not inspect.isclass(owner):
            yield read(name, owner)
        elif not issubclass(owner, Warning | Exception) and not getattr(owner, "_is_protocol", False):
            if name not in {"Column", *RESULTS} and not inspect.isabstract(owner):
                yield read(name, owner, owner=name)
            asked = ASKED if name in {"Column", "Condition"} else set()
            for method in dir(owner):
                found = getattr(owner, method)
                if (
                    (method.startswith("_") and method not in asked)
                    or method == "from_dict"
                    or inspect.isclass(found)
                    or not callable(found)
                ):
                    continue
                function = inspect.unwrap(getattr(found, "__func__", found))
                if inspect.isfunction(function) and function not in walked:
                    walked.add(function)
                    yield read(f"{name}.{method}", found, owner=name)


PUBLIC = [each for each in public() if each.names]


class TooLong(BaseException):
    """More processor time than a call may take."""


def stop(*_):
    raise TooLong


def outcome_of(call, arguments):
    """Accepted (None), or what was raised, under limits of time and memory; every foreign warning is an error."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    signal.signal(signal.SIGPROF, stop)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", kk.DataWarning)
            resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, before[1]))
            signal.setitimer(signal.ITIMER_PROF, SECONDS, 1.0)
            try:
                call(**arguments)
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
    except BaseException as error:  # noqa: BLE001 - any error is an outcome
        return error
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
        plt.close("all")
    return None


def offence(tried, error, parameter, kind, label, value, default):
    """What is wrong with the outcome of a hostile value; empty where nothing is."""
    if error is None:
        must = label in kind.refused and not (default is not inspect.Parameter.empty and repr(default) == repr(value))
        return "accepted" if must else ""
    if isinstance(error, AssertionError) and tried.name.startswith("testing.check_"):
        return ""
    if not isinstance(error, kk.KundkarriarError):
        return f"{type(error).__name__}: {str(error)[:100]!r}"
    text = str(error)
    named = re.search(rf"\b{parameter}", text) or (kind.words and kind.words in text)
    named = named or (kind.shown and str(value) in text)
    return "" if named else f"does not name it: {str(error)[:100]!r}"


def offences(tried):
    for parameter in tried.names:
        kind, _ = tried.given(parameter)
        if kind is HANDED:
            continue
        for label, make in HOSTILE.items():
            if tried.name in SLOW and label not in kind.refused:
                continue
            value = make()
            error = outcome_of(tried, tried.valid() | {parameter: value})
            default = tried.defaults.get(parameter, inspect.Parameter.empty)
            wrong = offence(tried, error, parameter, kind, label, value, default)
            if wrong:
                yield f"{tried.name}({parameter}={label}) -> {wrong}"


def is_handed(tried):
    """Whether a method or function asks for what only other parts of the package have."""
    required = [name for name in tried.names if name not in tried.defaults]
    return not tried.is_constructor and any((tried.given(name) or (None,))[0] is HANDED for name in required)


def test_every_parameter_is_listed():
    lacking = [f"{each}({name})" for each in PUBLIC for name in each.names if each.given(name) is None]
    lacking += [each.owner for each in PUBLIC if each.owner and each.owner not in objects()]
    assert lacking == []


@pytest.mark.parametrize("tried", PUBLIC, ids=str)
def test_hostile_values(tried):
    if is_handed(tried):
        return
    error = outcome_of(tried, tried.valid())
    assert error is None, repr(error)
    found = list(offences(tried))
    assert found == [], "\n" + "\n".join(found)
