"""Hostile values in every public argument: each is accepted, or refused in words that name the argument.

The callables and their parameters are read from the package, so a new argument is tried as soon as it exists. What it
takes, and a valid value, stand under its name in `parameters`; an object of each class in `objects`.
"""

import inspect
import re
import signal
import warnings
from enum import Enum
from functools import cache
from operator import attrgetter
from pathlib import Path

import attrs
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from attrs import frozen

import kundkarriar as kk
from kundkarriar.arguments import as_shown

resource = pytest.importorskip("resource", reason="memory is limited through Linux")
plt.switch_backend("Agg")

SECONDS = 2.0
MEMORY = 3 * 2**30
"""Processor time that a call may take, and bytes that it may ask for."""

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
    "{}": dict,
    "{1: 0.8}": lambda: {1: 0.8},
    "[]": list,
    "[None]": lambda: [None],
    "object()": object,
    "a set": lambda: {1, "a"},
    "a function": lambda: lambda *_: None,
    "an array": lambda: np.array([0.5, 2.0]),
    "a Series": lambda: pd.Series([1.0, 2.0]),
    "NaT": lambda: pd.NaT,
    "a timedelta64": lambda: np.timedelta64(90, "D"),
    "an enum": lambda: Enum("Words", {"ONE": "nonsense"}, type=str).ONE,
    "a type": lambda: int,
    "...": lambda: ...,
    "a generator": lambda: (each for each in (1, "a")),
}
"""Makers of the values, each under the name by which it is reported."""


# ---------------------------------------------------------------------------------------------------------------------
# What arguments take
# ---------------------------------------------------------------------------------------------------------------------


@frozen
class Kind:
    """What an argument takes.

    Attributes:
        refused: the hostile values that must be refused; a default value never must.
        shows: whether the refusal shows the value.
        instead: a word that a refusal may hold instead of the argument's name.
        or_shows: whether showing the value is as good as naming the argument.
    """

    refused: frozenset = attrs.field(converter=frozenset)
    shows: bool = False
    instead: str = ""
    or_shows: bool = False

    def but(self, *accepted):
        """The same kind, except that some values may be accepted."""
        return attrs.evolve(self, refused=self.refused - set(accepted))


ALL = Kind(HOSTILE)
NO_NUMBER = ALL.but("False", "-1", "0", "3", "2.5", "inf", "1e300", "10**9")

NUMBER = attrs.evolve(NO_NUMBER, shows=True)
NUMBERS = NO_NUMBER.but("True", "[]", "an array", "a Series", "a generator")
WHOLE = Kind(NUMBER.refused | {"2.5", "inf", "1e300", "-1"}, shows=True)
FEW = Kind(WHOLE.refused | {"10**9"}, shows=True)  # it costs time or memory, and so has an upper limit
FLAG = attrs.evolve(ALL.but("True", "False"), shows=True)
TEXT = attrs.evolve(ALL.but("'nonsense'"), shows=True)
WORD = attrs.evolve(ALL, shows=True)  # one of several
COLUMN = attrs.evolve(ALL.but("'nonsense'"), or_shows=True)
NUMBER_OR_COLUMN = attrs.evolve(NO_NUMBER.but("'nonsense'"), or_shows=True)
SPAN = attrs.evolve(ALL.but("3", "2.5", "10**9"), shows=True)
DAY = attrs.evolve(ALL, shows=True)
MANY = ALL.but("''", "'nonsense'", "{}", "[]", "[None]", "a set", "an array", "a Series", "a generator")
BY_NAME = ALL.but("''", "{}", "[]", "0", "-1", "3", "2.5", "10**9", "1e300", "False", "an array", "a Series")
FRAME = attrs.evolve(ALL, instead="DataFrame")
PART = ALL  # an object of the package
PARTS = ALL.but("[]")
ANYTHING = Kind(())
HANDED = Kind(())  # parts of a fitted object that have no public type


# ---------------------------------------------------------------------------------------------------------------------
# Objects and valid arguments
# ---------------------------------------------------------------------------------------------------------------------

AS_OF, LATER, N = "2025-06-30", "2025-12-31", 90


@cache
def frames():
    """Frames of one small base, by name."""
    orders = kk.testing.make_transactions(customers=N, seed=1, start="2023-06-01", until=LATER)
    known, later = kk.split(orders, at=AS_OF)
    customers = pd.DataFrame({"customer_id": np.arange(1, N + 1), "channel": np.where(np.arange(N) % 2, "web", "shop")})
    members = customers[["customer_id"]].assign(start=pd.Timestamp("2023-01-01"), end=pd.NaT)
    members.loc[::3, "end"] = pd.Timestamp("2024-06-30")
    contacted = customers.assign(first_contact=pd.Timestamp("2023-01-01"))
    summary = kk.summarize(known, as_of=AS_OF, customers=customers, regularity=True)
    careers = ladder().careers(known, as_of=AS_OF)
    paused = next(each for each in typed_models() if isinstance(each, kk.FittedReturningNBD))
    return {
        "orders": orders,
        "known": known,
        "later": later,
        "customers": customers,
        "bought": orders.assign(category=np.where(orders["amount"] > 20, "gifts", "cards"), channel="web"),
        "needs": customers[["customer_id"]].assign(need=np.where(np.arange(N) % 3, "cheap", "safe"), weight=1.0),
        "events": customers[["customer_id"]].assign(date=pd.Timestamp("2025-03-01"), event="referral", value=1.0),
        "members": members,
        "summary": summary,
        "paused": paused.simulate([104.0] * 40, seed=1),
        "since": kk.summarize(orders, as_of=LATER, customers=customers, gaps=True),
        "outcome": kk.holdout_table(summary, later, until=LATER),
        "opportunities": kk.opportunities(known, as_of=AS_OF, every="M"),
        "contacted": contacted,
        "leads": kk.leads(contacted, known, as_of=AS_OF),
        "memberships": kk.memberships(members, as_of=AS_OF, every="Y"),
        "facts": kk.facts(known, as_of=AS_OF, customers=customers),
        "careers": careers.assign(mails=np.arange(len(careers)) % 3),
        "campaign": customers.assign(
            arm=["none", "mail", "mail", "none"] * 22 + ["none", "mail"], spend=np.arange(N) % 7.0
        ),
    }


@cache
def ladder():
    rungs = [
        kk.Rung(name=name, when=kk.column("purchase_days") >= days)
        for name, days in (("new", 0), ("again", 2), ("often", 4))
    ]
    return kk.CustomerLadder(rungs=rungs, lapse=None)


def complaints():
    """A complaint with every third order."""
    return frames()["known"].iloc[::3][["customer_id", "date"]].assign(event="complaint")


def complaining():
    """A history with complaints."""
    return ladder().history(frames()["known"], as_of=AS_OF, events=complaints())


def groups_ahead():
    """A movement over the groups, with its history, and without a scorer."""
    history = kk.CustomerLadder.groups().history(frames()["known"], as_of=AS_OF)
    return {"movement": kk.Microsimulation(process=kk.NBD(), draws=5).fit(history), "history": history, "scorer": None}


def specs():
    """Objects that hold no data."""
    scorer = kk.ValueScorer(purchases=kk.NBD(), spend=kk.GammaGamma(), margin=0.3, discount_rate=0.1, horizon="12M")
    effect = kk.Effect(on="value", mean=3, low=1, high=5, evidence="assumed", relative_to="no letter")
    action = kk.Action(
        name="letter", objective="grow", lever="information", cost=1, hours=0.1, per_year=2, effect=effect
    )
    asks = kk.column("purchase_days") >= 2
    strategy = kk.Strategy(name="all", when=~kk.column("rung").is_missing(), objective="grow", reason="buys")
    playbook = kk.Playbook(strategies=strategy)
    planner = kk.StrategyPlanner(playbook=playbook, actions=action)
    change = kk.Change(rung="new", to="again", odds=1.5)
    more = kk.Effect(on="purchases", mean=2, low=1, high=3, evidence="assumed", relative_to="no calls")
    better = kk.Change(effect=more)
    by_channel = kk.Covariates(purchase=("channel",))
    hidden = kk.HiddenLadder(states=2, names=("new", "again"), contacts=("mails",), starts=1)
    yield from (scorer, effect, action, strategy, playbook, planner, change, by_channel, hidden, ladder(), asks)
    yield kk.ClassLimits(of="customers", at=(0.2, 0.5))
    yield from (kk.Benefit(value_to_customer=3, cost_to_firm=1), kk.SpendLimit(of="all", money=10))
    yield kk.Target(metric="share that buys", value=0.2, until="2026-12-31")
    yield kk.Discount(share=0.1, escalation=0.2)
    yield from (kk.ABCClassifier(), kk.After(rung="new", months=3), kk.Budget(money=20, hours=100, period="2026"))
    yield from (kk.Backtest(scorer=scorer, origins=1, horizon="3M", until=AS_OF, draws=2), kk.Costs(per_order=1))
    micro = kk.Microsimulation(process=kk.NBD(), draws=5)
    blend = kk.BlendedMovement(parts=(kk.ChainMixture(chains=1, mass=10), micro), origin="2M", horizon="2M")
    yield from (kk.Level(), kk.Arrivals(), kk.Referrals(conversion=0.2), micro, blend)
    yield from (kk.BGBB(), kk.BGCNBD(k=1), kk.BGNBD(), kk.GGompertzNBD(), kk.GammaGamma(), kk.MBGCNBD(k=1), kk.NBD())
    yield kk.ModelAverage(models=(kk.MBGNBD(), kk.ParetoNBD()))
    yield from (kk.OwnPrice(), kk.FittedOwnPrice(mean_price=14.9), kk.FixedPrice(), kk.FittedFixedPrice(price=9.9))
    yield kk.SpendEffects(coefficients={"age": 0.1}, spread={"age": 2.0})
    yield from (kk.MBGNBD(covariates=by_channel), kk.ParetoNBD(), kk.ReturningNBD(), kk.ShiftedBetaGeometric())
    yield from (kk.FirstPurchase(), kk.LeadEffects(pace={"channel=web": 0.1}, levels={"channel": ("shop", "web")}))
    yield from (kk.ChainMixture(chains=1, mass=10, starts=1, covariates=("channel",)), kk.column("purchase_days"))
    yield from (kk.CovariateEffects(purchase={"age": 0.1}, spread={"age": 2.0}), kk.CustomerGroups(starts=1))
    yield from (kk.CustomerCareer(scorer=scorer, ladder=ladder(), planner=planner), kk.Hold(grace="3M"), kk.Lapse())
    yield from (kk.DevelopmentPath(name="calls", changes=[better], cost=1.0), kk.Period.of("3M"), kk.WeakPrior())
    yield from (kk.Rung(name="own", when=asks), kk.Season(index=[1.0] * 12))
    yield kk.Experiment(treatment="arm", control="none", outcome="spend", outcome_is="revenue", by="channel")


def typed_models():
    """Models whose parameters are typed in, with these."""
    rates = {"r": 0.5, "alpha": 6}
    for name, params in {
        "BGCNBD": {"k": 2, **rates, "a": 0.9, "b": 1.6},
        "BGNBD": {**rates, "a": 0.9, "b": 1.6},
        "GGompertzNBD": {**rates, "b": 0.01, "s": 0.6, "beta": 0.1},
        "MBGCNBD": {"k": 2, **rates, "a": 0.9, "b": 1.6},
        "MBGNBD": {**rates, "a": 0.9, "b": 1.6},
        "NBD": rates,
        "ParetoNBD": {**rates, "s": 0.6, "beta": 12},
        "BGBB": {"alpha": 1.2, "beta": 0.75, "gamma": 0.66, "delta": 2.78},
        "ShiftedBetaGeometric": {"alpha": 1.0, "beta": 2.0},
        "ReturningNBD": {"m1": -1.5, "s1": 0.8, "m2": -2.5, "s2": 0.6, "nu": 0.05},
        "GammaGamma": {"p": 6.25, "q": 3.74, "gamma": 15.44},
        "FirstPurchase": {"alpha": 1.0, "beta": 8.0, "never": 0.3},
    }.items():
        typed = getattr(kk, f"{name}Params")(**params)
        unit = {"BGBB": {"every": "M"}, "ShiftedBetaGeometric": {"every": "Y"}, "GammaGamma": {}}
        by_channel = kk.LeadEffects(pace={"channel=web": 0.1}, levels={"channel": ("shop", "web")})
        unit["FirstPurchase"] = {"effects": by_channel}
        yield from (typed, getattr(kk, f"Fitted{name}")(params=typed, **unit.get(name, {"period": "W"})))


def fitted(spec_of):
    """What the specs make of the frames; these replace models typed in, which know no uncertainty."""
    of = frames()
    summary, customers, careers = of["summary"], of["customers"], of["careers"]
    nbd = kk.NBD().fit(summary)
    scorer = spec_of["ValueScorer"].fit(summary)
    moved = spec_of["ChainMixture"].fit(careers, customers=customers)
    career = spec_of["CustomerCareer"].fit(of["known"], as_of=AS_OF, events=complaints(), seed=1, draws=5)
    groups = [
        kk.BuyerGroup(name="moving", weight=0.6, leaves=0.7, gap=20, regularity=1),
        kk.BuyerGroup(name="recurring", weight=0.3, leaves=0.1, gap=12, regularity=1),
        kk.BuyerGroup(name="exclusive", weight=0.1, leaves=0.02, gap=4, regularity=3),
    ]
    yield from (nbd, scorer, moved, career, nbd.posterior(draws=10, seed=1), scorer.draw(summary, draws=10, seed=1))
    yield from (kk.BGBB().fit(of["opportunities"]), spec_of["MBGNBD"].fit(summary, customers=customers))
    yield from (kk.ReturningNBD().fit(of["paused"]), kk.ModelAverage(models=(kk.NBD(), kk.MBGNBD())).fit(summary))
    yield kk.Arrivals().fit(of["known"], as_of=AS_OF)
    yield kk.GammaGamma(first_order=True, columns="channel").fit(summary, customers=customers)
    yield from (spec_of["HiddenLadder"].fit(careers), spec_of["Backtest"].run(of["orders"]), groups[0])
    yield kk.FittedCustomerGroups(spec=kk.CustomerGroups(), period="W", alike=2.0, groups=groups)
    yield kk.FixedScores(
        model=kk.FittedMBGNBD(params=kk.MBGNBDParams(r=1, alpha=6, a=1, b=2), period="W"), horizon="3M"
    )
    yield from (ladder().history(of["known"], as_of=AS_OF), kk.likelihood_ratio(nbd, kk.MBGNBD().fit(summary)))
    yield kk.Microsimulation(process=scorer, draws=5).fit(ladder().history(of["known"], as_of=AS_OF))
    yield spec_of["BlendedMovement"].fit(ladder().history(of["known"], as_of=AS_OF))
    yield nbd.drift_check(of["since"])
    yield (effects := spec_of["Experiment"].fit(of["campaign"]))
    yield effects.policy(margin=0.4, cost=0.1)
    yield kk.backtest_movement([kk.ChainMixture(chains=1, mass=10)], careers, origins=1, horizon="1M")
    yield kk.satisfaction_effects(complaining(), origins=1, horizon="3M", process=kk.NBD())
    planner = spec_of["StrategyPlanner"]
    plan = planner.plan(career.customers(), budget=spec_of["Budget"], start="2026-01-01", seed=1)
    yield from (plan, planner.review(plan, actuals_of(plan), as_of="2026-12-31"))


def actuals_of(plan):
    """A purchase of each customer in the plan's period."""
    ids = list(plan.customers.ids)
    dates = pd.date_range("2026-01-02", periods=len(ids))
    return {"transactions": pd.DataFrame({"customer_id": ids, "date": dates, "amount": 10.0})}


@cache
def objects():
    """An object of every public class, by the name of the class."""
    by_class = {type(each).__name__: each for each in (*specs(), *typed_models())}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kk.DataWarning)
        by_class |= {type(each).__name__: each for each in fitted(by_class)}
    return by_class | {"Condition": by_class["Question"]}


def chains_of(history):
    """Chains that ask for no columns of customers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kk.DataWarning)
        return kk.ChainMixture(chains=1, mass=10, starts=1).fit(history)


def costly(scorer):
    """A scorer by which some customers cost more than they bring."""
    return attrs.evolve(scorer, scorer=attrs.evolve(scorer.scorer, costs=kk.Costs(serve_per_year=99)))


@cache
def parameters():
    """What parameters take, and a valid value where calls need one that no ready object has.

    A name with its callable goes before the name alone: "Season.ahead(span)", "Season(index)".
    """
    of, frame = objects(), frames()
    base = of["FittedCareer"].customers()
    numbers = {
        "level": 0.9, "discount_rate": 0.1, "margin": 0.3, "odds": 1.5, "prospects": 0.1, "returns": 0.0,
        "threshold": 0.0, "by": 3, "after": 0, "horizon": 3, "low": 0, "high": 2, "hours": 1.0,
        "conversion": None, "units": -1, "FittedMicrosimulation.equity(acquisition_cost)": 2.0,
        "theta": None, "rho": None, "FittedExperiment.profits(cost)": 0.1,
        "FittedExperiment.policy(cost)": 0.1, "Policy(t)": None, "value_of_differing": None, "differing_low": None,
        "differing_high": None,
        "FittedCareer.plan(holdout)": 0.1, "StrategyPlanner.plan(holdout)": 0.1, "Plan(holdout)": None,
    }  # fmt: skip
    fields = (
        "l2", "drift", "mass", "cost", "reserve", "mean", "per_year", "benefit", "weight", "leaves", "gap", "count",
        "share_of_wallet", "alike", "concentration", "days", "gaps",
        "single", "Budget(money)", "effective_size", "return_mean", "return_mass", "observed", "r", "alpha", "sd",
        "a", "b", "s", "beta", "p", "q", "gamma", "delta", "m1", "s1", "m2", "s2", "nu", "least_satisfaction",
        "FirstPurchaseParams(never)", "BuyerGroup(regularity)", "mean_price", "price", "prior_sd",
        "beyond_whole_years", "cost_of_spend", "value_to_customer", "cost_to_firm", "hurdle",
        "Discount(share)", "escalation", "margin_floor", "mix_mass",
        *(each.name for each in attrs.fields(kk.WeakPrior)),
    )  # fmt: skip
    numbers |= dict.fromkeys(fields) | {"ABCClassifier(keep)": None}
    or_columns = dict.fromkeys((
        "serve_per_year", "market_per_year", "per_order", "ValueScorer(margin)", "vat_rate", "Action(cost)",
        "Action(hours)",
    ))  # fmt: skip
    of_each = {
        "ages": [0, 1],
        "FittedFirstPurchase.simulate(months)": [10.0, 20.0],
        "T": [10.0, 20.0],
        "frequency": [1, 2],
        "renewals": [1, 2],
        "n_opportunities": [1, 2],
    }
    whole = dict.fromkeys((
        "client_days", "client_quarters", "keep_days", "supporter_months", "proxy_days", "proxy_quarters",
        "most_complaints", "n_customers", "n_months", "n_judged", "Level(origins)",
        "after_days", "most_actions", "select(most)",
    ))  # fmt: skip
    few = {
        "draws": 10, "up_to": 2, "starts": 1, "states": 2, "chains": 1, "origins": 1, "months": 3,
        "repeats": 10, "next_category(most)": 1,
        "FittedCustomerGroups.repetition(origins)": 2,
        "most_contacts": 3, "k": 2, "n": 30, "make_transactions(customers)": 30, "min_size": 1, "max_size": 5,
    }  # fmt: skip
    flags = {
        "sample": True,
        "first_order": None,
        "match_objectives": None,
        "care": None,
        "keep_holdout": None,
        "proxy": False,
        "newcomers": True,
        "answer": True,
        "shrunk": True,
        "opened": None,
        "ABCClassifier.classify(cumulative_share)": None,
        "FittedValueScorer.score(rank)": None,
        "summarize(regularity)": False,
        "summarize(gaps)": False,
        "summarize(mix)": False,
    }
    texts = {
        "name": "column",
        "Plan.add(reason)": "a fair",
        "force": None,
        "rung": "again",
        "development(by)": "rung",
        "text": "rule",
        "currency": "SEK",
        "event": "referral",
    }
    texts |= dict.fromkeys((
        "to", "relative_to", "evidence", "date_format", "channel", "Action(after)", "SpendLimit(of)",
        "Target(metric)",
    ))  # fmt: skip
    may_be_empty = dict.fromkeys(("goal", "metric", "owner", "reason", "Plan(horizon)"))
    words = {
        "amounts_at": "paid",
        "merge": "D", "vat": "excluded", "missing": "refuse", "lost": "lapsed", "of": "outcome", "measure": "clv",
        "BacktestResult.factor(measure)": "sales", "unit": "W", "period": "W", "every": "M", "memberships(every)": "Y",
        "Experiment(outcome_is)": None, "FittedExperiment.effect(on)": "value", "FittedExperiment.effect(arm)": "mail",
        "Policy(outcome_is)": None, "best_single": None,
        "ShiftedBetaGeometric.fit(every)": "Y", "ClassLimits(of)": "customers", "Target(metric)": "spend",
        "Review.effect(action)": next(each.name for each in of["Plan"].actions if each.effects),
        "Plan.incremental_value_at(end)": "low", "customers(kind)": "pandas",
        "SatisfactionEffects.effect(event)": "complaint", "SatisfactionEffects.effect(on)": "leaving",
        "SatisfactionEffects.effect(measure)": None,
    }  # fmt: skip
    words |= dict.fromkeys(("on", "lever", "objective", "decide", "counts", "time_zone", "frame_kind"))
    columns = {"customer_id": "customer_id", "date": "date", "amount": "amount"}
    columns |= {
        "FittedFirstPurchase.conversion(by)": "channel",
        "class_transitions(by)": "clv",
        "referred_by": "channel",
        "profile(of)": "category",
        "next_category(of)": "category",
        "needs_profile(value)": "clv",
        "memberships(start)": "start",
        "memberships(end)": "end",
    }
    columns |= dict.fromkeys(
        (
            "kind",
            "line_id",
            "category",
            "transactions(channel)",
            "data_report(channel)",
            "order_id",
            "weights",
            "share",
            "ABCClassifier(by)",
            "plots.grid(value)",
            "plots.lorenz(by)",
            "FittedCareer.grid(value)",
            "treatment",
            "outcome",
            "Experiment(before)",
        )
    )
    spans = {"span": "3M", "joining": "3M", "burn_in": None, "backtest(every)": "1M", "Backtest(every)": None}
    spans |= {"backtest_movement(horizon)": "1M", "backtest_movement(every)": "1M", "lag": "1M"} | {
        "FittedCustomerGroups.repetition(every)": "3M",
        "satisfaction_effects(horizon)": "3M",
    }
    spans |= dict.fromkeys(
        ("FittedMicrosimulation.discount_path(period)", "BlendedMovement(origin)", "BlendedMovement(horizon)", "window")
    )
    of_others = (
        "FittedArrivals.expected", "FittedArrivals.draw", "FittedMBGNBD.draw_purchases",
        "FittedModelAverage.draw_purchases", "backtest", "choose_model", "forecast_group_checks",
    )  # fmt: skip
    spans |= dict.fromkeys((f"{name}(horizon)" for name in (*of_others, *OF_MOVEMENTS)), "3M")
    spans |= dict.fromkeys(
        (
            "FittedMicrosimulation.scenario(horizon)",
            "FittedMicrosimulation.equity(horizon)",
            "ValueScorer(horizon)",
            "Backtest(horizon)",
            "FixedScores(horizon)",
        )
    )
    days = {
        "as_of": AS_OF, "at": AS_OF, "until": LATER, "since": "2025-01-01", "origin": "2025-03-31",
        "earlier": "2025-03-31", "week": "2026-W01", "start": "2026-01-01", "backtest(until)": AS_OF,
        "make_transactions(start)": "1997-01-01", "make_transactions(until)": "1998-06-30", "day": "2026-01-01",
        "Period.after(day)": np.datetime64("2026-01-01"), "Period.before(day)": np.datetime64("2026-01-01"),
    }  # fmt: skip
    days |= dict.fromkeys(("begins", "last", "StrategyPlanner.increments(until)"))
    days |= {
        "Plan.add(on)": "2026-03-01",
        "StrategyPlanner.review(as_of)": "2026-12-31",
        "FittedCareer.review(as_of)": "2026-12-31",
    }
    days |= dict.fromkeys(("valid_from", "valid_until", "fitted_until", "promotion_costs(until)", "Backtest(until)"))
    many = dict.fromkeys(("Plan.without(ids)", "Plan.add(customers)"), base["customer_id"].head(1).tolist()) | {
        "Plan(since)": None,
        "needs": ["purchase_days"],
        "offer": "cheap",
        "satisfaction_effects(events)": ["complaint"],
        "kinds": ["pandas"],
        "values": [1, 2],
        "also": (),
    }
    many |= dict.fromkeys(("FittedArrivals(counts)", "ClassLimits(at)")) | {
        "FittedCareer.grid(by)": ["rung"],
        "Plan.groups(by)": ["lever"],
    }
    many |= dict.fromkeys((
        "names", "contacts", "covariates", "purchase", "dropout", "equal", "levels", "middle", "spread", "rungs",
        "limits", "index", "std_errors", "purchases", "closed", "step", "tried", "log_likelihoods", "judged",
        "columns", "coefficients", "shares", "log_scores", "parts", "pace", "never", "FirstPurchase(events)",
        "balance", "arms", "FittedExperiment(groups)", "Policy(groups)", "shrunken", "gain", "Policy(margin)",
        "Policy(cost)",
        "LeadEffects(events)", "may_lack", "forbids", "prefers", "mix",
    ))  # fmt: skip
    contribution = {"new": -1.0, "again": 2.0, "often": 3.0}
    by_name = {
        "contribution": contribution, "spend": {"new": 100.0}, "baseline": None, "monotone": None,
        "profile": {"channel": "web"},
        "FittedModelAverage.new_customer(profile)": None, "FittedModelAverage.new_customer_counts(profile)": None,
        "FittedHiddenLadder.value(contribution)": 4.5,
        "FittedHiddenLadder.customer_value(contribution)": 4.5, "FittedHiddenLadder.forecast(contacts)": None,
        "FittedHiddenLadder.purchases(contacts)": None, "FittedHiddenLadder.sizes(contacts)": None,
        "FittedHiddenLadder.time_to(contacts)": None,
    }  # fmt: skip
    of_customers = {
        "transactions": frame["orders"], "orders": frame["orders"], "customers": frame["customers"], "events": None,
        "StrategyPlanner.increments(leads)": None, "FittedValueScorer.increments(leads)": None,
        "StrategyPlanner.increments(planned)": None, "StrategyPlanner.increments(contacts)": None,
        "ValueScorer.fit(leads)": None, "FittedValueScorer.score(leads)": None, "FittedValueScorer.base(leads)": None,
        "StrategyPlanner.plan(increments)": None, "HiddenLadder.fit(contacts)": None,
        "StrategyPlanner.plan(contacts)": None, "FittedCareer.plan(contacts)": None,
        "StrategyPlanner.increments(climbs)": None, "FittedCareer.plan(climbs)": None, "Plan.assignments(like)": None,
        "LadderHistory.with_contacts(contacts)": frame["orders"].assign(action="mail"),
        "summary": frame["summary"], "careers": frame["careers"], "facts": frame["facts"], "scores": base,
        "history": frame["careers"],
        "classes": base, "frame": base, "members": frame["members"], "table": frame["opportunities"],
        "holdout": frame["later"], "compare_models(holdout)": None, "judge_segments(holdout)": frame["outcome"],
        "promotion_costs(holdout)": frame["customers"].iloc[::2],
        "FittedMBGNBD.simulate(customers)": frame["customers"].head(2),
        "FittedFirstPurchase.simulate(customers)": frame["customers"].head(2),
        "leads": frame["leads"], "leads(customers)": frame["contacted"],
        "FirstPurchase.fit(customers)": frame["contacted"],
        "quotes(events)": frame["events"],
        "FittedGammaGamma.simulate(customers)": frame["customers"].head(2),
        "FixedPrice.fit(summary)": frame["summary"].assign(first_value=9.9, monetary_value=9.9),
        "FittedReturningNBD.returns_test(summary)": frame["paused"],
        "FittedMBGNBD.drift_check(summary)": frame["since"],
        "FittedModelAverage.drift_check(summary)": frame["since"],
        "campaign": frame["campaign"],
        **{f"{name}(transactions)": frame["bought"] for name in ("profile", "next_category", "select")},
        **{f"{name}(needs)": frame["needs"] for name in ("needs_profile", "select")},
        "needs_profile(customers)": base,
        "Policy.assign(frame)": frame["campaign"], "Policy.value(frame)": frame["campaign"],
    }  # fmt: skip
    on_base = (
        "check_planner", "plots.grid", "plots.ladder", "StrategyPlanner.plan", "StrategyPlanner.review",
        "group_checks", "group_breaks",
    )  # fmt: skip
    of_customers |= dict.fromkeys((*(f"{name}(customers)" for name in on_base), *OF_CLASSES), base)
    on_members = ("predict", "discounted", "log_likelihood_of")
    of_customers |= dict.fromkeys(
        ("ShiftedBetaGeometric.fit(table)", *(f"FittedShiftedBetaGeometric.{name}(table)" for name in on_members)),
        frame["memberships"],
    )
    mbgnbd = kk.FittedMBGNBD(params=of["MBGNBDParams"], period="W")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kk.DataWarning)
        wider = kk.MBGNBD().fit(frame["summary"])
        before = of["CustomerCareer"].fit(frame["known"], as_of="2025-03-31", seed=1, draws=5)
    parts = {
        "StrategyPlanner.increments(scorer)": of["FittedValueScorer"], "StrategyPlanner.increments(previous)": None,
        "scorer": of["ValueScorer"], "movement_total(scorer)": of["FittedValueScorer"], "budget": of["Budget"],
        **{f"forecast_group_checks({name})": given for name, given in groups_ahead().items()},
        "previous": before, "rule": of["Condition"], "model": mbgnbd, "check_purchase_model(model)": kk.NBD(),
        "check_playbook(playbook)": of["Playbook"], "check_planner(planner)": of["StrategyPlanner"],
        "check_movement(spec)": kk.ChainMixture(chains=1, mass=10), "check_movement(history)": of["LadderHistory"],
        "specs": [of["ChainMixture"]],
        "models": [of["FittedNBD"]], "choose_model(models)": [kk.NBD()], "smaller": of["FittedNBD"],
        "larger": wider, "fitted": mbgnbd, "fitter": kk.to_lifetimes(mbgnbd),
        "prior": of["WeakPrior"], "movement": chains_of(of["LadderHistory"]),
        "paths": [of["DevelopmentPath"]], "harvest": of["DevelopmentPath"].changes,
        "micro": of["FittedMicrosimulation"], "promotion_costs(micro)": None,
        "satisfaction_effects(history)": complaining(),
        "development(scorer)": costly(of["FittedValueScorer"]),
        "action": of["Action"],
        "StrategyPlanner.review(plan)": of["Plan"], "StrategyPlanner.review(actuals)": actuals_of(of["Plan"]),
        "FittedCareer.review(plan)": of["Plan"], "FittedCareer.review(actuals)": actuals_of(of["Plan"]),
        "FittedCareer.plan(planner)": None, "FittedCareer.review(planner)": None,
        "Plan.add(action)": kk.Action(name="fair", objective="grow", lever="service", cost=0, hours=0),
        "StrategyPlanner.plan(previous)": None, "FittedCareer.plan(previous)": None,
        "ladder": of["CustomerLadder"], "BacktestResult.calibrated_total(draws)": of["ValueDraws"],
        "ABCClassifier.classify(draws)": None, "ABCClassifier.table(draws)": None,
        "segmenters": {"all": lambda frame: ["all"] * len(frame)}, "strategies": None,
        "FittedValueScorer.score(draws)": None, "concentration(draws)": None, "ax": None, "backtest": None,
    }  # fmt: skip
    parts |= dict.fromkeys(OF_HISTORY, of["LadderHistory"]) | {"arrivals": of["Arrivals"], "discount": of["Discount"]}
    parts |= dict.fromkeys((
        "process", "microsimulation", "FittedMicrosimulation(events)", "FittedMicrosimulation.value(scorer)",
        "FittedMicrosimulation.class_forecast(scorer)",
        "FittedMicrosimulation.discount_path(scorer)", "FittedMicrosimulation.climb_factors(scorer)",
        "FittedMicrosimulation.equity(scorer)", "FittedMicrosimulation.equity(referrals)",
        "classifier", "groups", "planner", "playbook", "plan", "season", "hold", "Rung(after)", "keep", "when",
        "Rung(proxy)", "where", "target", "exclude", "Action(discount)",
        "params", "report", "effects", "effect", "costs", "spec", "older", "ValueScorer(purchases)",
        "CustomerLadder(rungs)",
        *(f"{name}(scores)" for name in (
            "CustomerLadder.place", "CustomerLadder.careers", "LadderHistory.positions", "LadderHistory.careers",
            "LadderHistory.rung_history",
        )),
    ))  # fmt: skip
    handed = (
        *(f"FittedHiddenLadder({name})" for name in (
            "chain", "covariance", "scale", "usual", "usual_share", "steps", "visits",
        )),
        *(f"FittedChainMixture({name})" for name in (
            "columns", "calendar", "states", "members", "pooled", "steps", "visits",
        )),
        "Plan(customers)", "Plan(schedule)", "Plan(ledger)", "Plan(like)", "FittedMBGNBD.read(need)",
        "FittedModelAverage(left_out)", "FittedGammaGamma.read_spend(need)", "FittedOwnPrice.read_spend(need)",
        "Plan(additions)", "FittedExperiment(sums)", "FittedExperiment(tests)",
        "Review(plan)", "Review(actuals)", "Review(standing)",
    )  # fmt: skip
    joined = dict.fromkeys(("Condition.__and__(other)", "Condition.__or__(other)"), of["Condition"])
    of_kind = [
        (NUMBER, numbers),
        (NUMBER.but("-inf"), {"k_hat": None}),
        (NUMBER.but("None"), {"c": None}),
        (attrs.evolve(NUMBER, instead="number"), {"limit": 2}),
        (NUMBER, dict.fromkeys(("hour_cost", "SpendLimit(money)", "SpendLimit(hours)", "SpendLimit(share)"))),
        (BY_NAME.but("None"), {"floors": None, "caps": None, "responses": None}),
        (NUMBER, {"Target(value)": None}),
        (DAY, {"Target(until)": None}),
        (NUMBER_OR_COLUMN, or_columns | {"cost_acquisition": 5.0}),
        (NUMBER, {"cost_retention": 1.0}),
        (COLUMN, {"acquisition_vs_retention(by)": None}),
        (SPAN, {"within": "3M"}),
        (NUMBERS, of_each | {"Posterior(values)": None}),
        (WHOLE, whole | {"seed": 1, "climbs": 2}),
        (FEW, few),
        (FEW.but("-1"), {"FittedChainMixture(until)": None, "FittedHiddenLadder(until)": None}),
        (FLAG, flags),
        (TEXT, texts),
        (TEXT.but("''", "an enum"), may_be_empty),
        (WORD, words),
        (COLUMN, columns | {"judge_segments(value)": "value"}),
        (COLUMN.but("[]"), {"judge_segments(by)": "channel", "Experiment(by)": None, "Policy(by)": None}),
        (PART.but("'nonsense'"), {"Experiment(probability)": None, "Policy(probability)": None}),
        (PART, {"experiment": None, "FittedExperiment.effect(group)": "web"}),
        (ALL.but("True", "False", "'nonsense'", "-1", "0", "3", "2.5", "1e300", "10**9"), {"control": None}),
        (SPAN, spans),
        (SPAN.but("None"), {"lasts": None}),
        (SPAN.but("None"), {"grace": "3M"}),
        (attrs.evolve(SPAN, instead="span"), {"Period.of(text)": "3M"}),
        (DAY, days),
        (DAY.but("None"), {"FittedChainMixture.seen(origin)": AS_OF, "FittedHiddenLadder.seen(origin)": AS_OF}),
        (MANY, many),
        (BY_NAME, by_name),
        (FRAME, of_customers),
        (FRAME.but("an array", "a Series"), {"concentration(values)": base}),
        (COLUMN, dict.fromkeys(f"{name}(by)" for name in ("concentration", *RANKINGS))),
        (attrs.evolve(MANY, or_shows=True), {"FittedCareer.profit(by)": "rung", "gain_split(by)": None}),
        (attrs.evolve(MANY, or_shows=True), {"profile(by)": "channel", "needs_profile(by)": "rung"}),
        (NUMBER, {"FittedCareer.order_value_vs_lifetime_value(share)": 0.2}),
        (WHOLE, {"FittedCareer.rank_differences(n)": 20}),
        (PART, parts),
        (
            PART.but("None"),
            {
                "lapse": None,
                "FittedValueScorer(spend)": None,
                "ValueScorer(spend)": None,
                "FittedValueScorer(first_purchase)": None,
                "ValueScorer(first_purchase)": None,
            },
        ),
        (PART.but("0", "3", "2.5", "1e300"), {"ValueScorer(level)": kk.Level(), "Microsimulation(level)": None}),
        (PART, {"changes": [kk.Change(effect=of["Effect"])], "FittedChainMixture.scenario(changes)": [of["Change"]]}),
        (PART.but("a function", "a type"), {"function": lambda given: given["purchase_days"] > 1}),
        (PARTS, {"FittedMicrosimulation.equity(changes)": [kk.Change(effect=of["Effect"])]}),
        (PART.but("None"), {"FittedMicrosimulation.equity(arrivals)": of["Arrivals"]}),
        (PARTS, {"actions": of["Action"], "Action(effects)": None}),
        (PART, {"FittedValueScorer.increments(effects)": of["Effect"]}),
        (PARTS, {"treated": [("2025-07-01", "2025-09-30")], "FittedValueScorer.increments(previous)": ()}),
        (SPAN, {"FittedValueScorer.increments(horizon)": None}),
        (attrs.evolve(PART, instead="condition"), joined),
        (ALL.but("3"), {"Plan.explain(customer_id)": 1}),
        (ANYTHING, {"other": None, "value": 3}),
        (HANDED, dict.fromkeys(handed)),
    ]
    return {name: (kind, value) for kind, given in of_kind for name, value in given.items()}


# ---------------------------------------------------------------------------------------------------------------------
# What is public
# ---------------------------------------------------------------------------------------------------------------------

FIRST = ("MBGNBD", "FittedMBGNBD")
"""Classes on which methods that several classes inherit are tried: the ones with covariates."""

RESULTS = {
    "BacktestResult", "DriftCheck", "FirstOrderTest", "FittedCareer", "LadderHistory", "LikelihoodRatio", "ModelChoice",
    "MovementBacktest", "PurchaseDraws", "SatisfactionEffects", "ValueDraws",
}  # fmt: skip
"""Classes of what functions return; they are neither made by users nor read from dicts."""

OF_HISTORY = (
    "Microsimulation.fit(history)", "BlendedMovement.fit(history)", "FittedCustomerGroups.repetition(history)",
    *(f"FittedBlendedMovement.{name}(history)" for name in ("forecast", "sizes", "time_to")),
    *(f"FittedMicrosimulation.{name}(history)" for name in (
        "forecast", "sizes", "time_to", "p_reached", "flows", "value", "scenario", "equity",
        "class_forecast", "discount_path", "climb_factors",
    )),
    "development(history)", "movement_total(history)",
)  # fmt: skip
"""Histories for which no careers may stand."""

RANKINGS = ("FittedCareer.order_value_vs_lifetime_value", "FittedCareer.rank_differences")
OF_CLASSES = (
    "ABCClassifier.classify(previous)", "ABCClassifier.table(previous)", "CustomerCareer.fit(previous)",
    "class_transitions(before)", "class_transitions(after)", "gain_split(before)", "gain_split(after)",
)  # fmt: skip
OF_EACH = ("forecast", "sizes", "time_to")
OF_MOVEMENTS = (
    *(f"FittedMicrosimulation.{name}" for name in (*OF_EACH, "p_reached", "flows")),
    *(f"{owner}.{name}" for owner in ("FittedCareer", "FittedBlendedMovement") for name in OF_EACH),
    *(f"FittedChainMixture.{name}" for name in (*OF_EACH, "scenario")),
    *(f"FittedHiddenLadder.{name}" for name in ("forecast", "sizes", "time_to", "purchases", "calibration")),
)
"""Methods whose horizon is a text."""

BETWEEN_ROOMS = {
    "FittedMBGNBD.at_draw", "FittedMBGNBD.treated_changes", "FittedModelAverage.at_draw",
    "FittedModelAverage.treated_changes", "FittedModelAverage.draw_dated", "FittedModelAverage.draw_expectations",
    "FittedModelAverage.draw_futures", "FittedModelAverage.draw_outcomes", "FittedModelAverage.read",
    "FittedModelAverage.residual", "FittedModelAverage.residuals", "FittedReturningNBD.draw_dated",
    "FittedCareer.foreseen", "FittedBlendedMovement.at_end", "BlendedMovement.weighted",
    *(f"FittedMicrosimulation.{name}" for name in (
        "ahead", "at_end", "blocks", "counted_events", "drawn", "events_ahead", "paths", "tallied", "until", "within",
    )),
    "Arrivals.of", "FittedArrivals.ahead", "FittedArrivals.drawn", "FittedArrivals.mean",
    "BacktestResult.calibration_note", "BacktestResult.known_factor",
    "BacktestResult.refuse_other_models",
    "LadderHistory.panel",
    "ChainMixture.fit_panel", "CovariateEffects.add_covariates", "CovariateEffects.covariates_of",
    "CovariateEffects.covariates_of_profile", "CovariateEffects.design_matrix", "CovariateEffects.extend",
    "Condition.sentences", "FittedFixedPrice.draw_order_value", "FittedFixedPrice.draw_spend",
    "FittedFixedPrice.price_of", "FittedOwnPrice.price_of", "SpendEffects.covariates", "SpendEffects.factors",
    "SpendEffects.of_profile", "SpendEffects.of_rows", "SpendEffects.with_values",
    "CovariateEffects.row_params", "CovariateEffects.with_coefficients", "CustomerLadder.history_of",
    "FittedChainMixture.ahead", "FittedChainMixture.counts", "FittedChainMixture.drawn",
    "FittedGammaGamma.draw_order_value", "FittedGammaGamma.draw_spend", "FittedHiddenLadder.ahead",
    "FittedHiddenLadder.drawn", "FittedHiddenLadder.filtered", "FittedMBGNBD.draw_expectations",
    "FittedMBGNBD.draw_dated", "FittedMBGNBD.draw_futures", "FittedMBGNBD.draw_outcomes", "FittedMBGNBD.residual",
    "FittedMBGNBD.residuals",
    "FittedValueScorer.draw_base",
    "FittedValueScorer.draw_if_able", "FittedValueScorer.score_base", "FittedValueScorer.scores_and_nominal",
    "FixedScores.at", "FixedScores.check_older_than",
    "HiddenLadder.fit_panel", "HiddenLadder.unconstrained", "Lapse.allowed", "Lapse.of",
    "FittedMBGNBD.counts_within", "FittedMBGNBD.evaluated", "FittedMBGNBD.expected_within",
    "FittedMBGNBD.log_likelihood_of_rows", "FittedMBGNBD.of_own_law", "FittedMBGNBD.p_purchase_within",
    "WeakPrior.scales",
    *(f"FittedFirstPurchase.{name}" for name in ("draw_months", "exposure", "p_within", "read")),
    *(f"LeadEffects.{name}" for name in (
        "columns_of", "design", "of_profile", "of_rows", "split", "with_values",
    )),
    "Plan.added", "Plan.for_customer", "Plan.by_increments", "Plan.actions_of", "Action.is_named_by",
    "StrategyPlanner.listed",
    "Plan.gain_at", "Plan.is_curved", "Posterior.some", "PurchaseDraws.of",
    "PurchaseDraws.block", "PurchaseDraws.tiles", "ValueDraws.around_expected", "ValueDraws.blocks",
    "ValueDraws.bounds", "ValueDraws.of_all",
    "ValueDraws.together",
    "ValueDraws.expected_total", "WeakPrior.draw", "WeakPrior.log_densities", "WeakPrior.log_density",
}  # fmt: skip
"""Methods by which one room of the package asks another, with what nobody else has, and which was read before."""

OPERATORS = {"Column": {"__ge__", "__gt__", "__le__", "__lt__"}, "Condition": {"__and__", "__or__"}}

SLOW = {
    "CustomerCareer.fit", "CustomerLadder.kundkarriar", "FittedCareer.acquisition_vs_retention",
    "FittedMicrosimulation.equity",
    "FittedHiddenLadder.calibration", "GGompertzNBD.fit",
    "FittedReturningNBD.returns_test", "HiddenLadder.fit", "backtest", "choose_model", "testing.check_movement",
    "testing.check_planner", "testing.check_playbook", "testing.check_purchase_model", "testing.customers",
    "testing.make_customers",
}  # fmt: skip
"""Calls of more than a tenth of a second, with which only what must be refused is tried."""


@frozen
class PublicCall:
    """A public function, constructor or method.

    Attributes:
        name: how it is called: summarize, Season, Season.estimate.
        owner: the class that makes the object; empty for a function.
        defaults: each parameter with its default, `inspect.Parameter.empty` where it has none.
    """

    name: str
    owner: str
    defaults: dict

    @classmethod
    def of(cls, function, name, owner=""):
        given = [each for each in inspect.signature(function).parameters.values() if each.name != "self"]
        named = {each.name: each.default for each in given if each.kind not in {each.VAR_POSITIONAL, each.VAR_KEYWORD}}
        return cls(name=name, owner=owner, defaults=named)

    def __str__(self):
        return self.name

    @property
    def is_constructor(self):
        return self.name == self.owner

    def key(self, parameter):
        """Under which name `parameters` has it."""
        named = (f"{self.name}({parameter})", f"{self.name.split('.')[-1]}({parameter})", parameter)
        return next((name for name in named if name in parameters()), None)

    def takes(self, parameter):
        return parameters()[self.key(parameter)][0]

    def valid(self):
        """Arguments that are accepted: of a constructor those of the ready object."""
        if self.is_constructor:
            made = objects()[self.owner]
            fields = {each.alias: each.name for each in attrs.fields(type(made))}
            return {name: getattr(made, fields.get(name, name)) for name in self.defaults}
        values = {name: parameters()[self.key(name)][1] for name in self.defaults}
        empty = inspect.Parameter.empty
        return {name: value for name, value in values.items() if value is not None or self.defaults[name] is empty}

    def __call__(self, **arguments):
        made = objects()[self.owner] if self.owner else kk
        path = self.name.removeprefix(f"{self.owner}.")
        called = type(made) if self.is_constructor else attrgetter(path)(made)
        return called(**arguments)


def public_owners():
    """Public functions and classes by name."""
    names = re.findall(r" as (\w+)$", Path(kk.__file__).with_suffix(".pyi").read_text(), re.MULTILINE)
    for name in dict.fromkeys((*FIRST, *sorted(names))):
        owner = getattr(kk, name)
        if not inspect.ismodule(owner):
            yield name, owner
        elif name != "errors":
            functions = {each: value for each, value in vars(owner).items() if inspect.isfunction(value)}
            for each, function in functions.items():
                if not each.startswith("_") and function.__module__.startswith(owner.__name__):
                    yield f"{name}.{each}", function
    yield "Column", type(kk.column("name"))


def public_calls():
    """Everything public that takes an argument; an inherited method once."""
    walked = set()
    for name, owner in public_owners():
        if not inspect.isclass(owner):
            yield PublicCall.of(owner, name)
            continue
        if issubclass(owner, Warning | Exception) or getattr(owner, "_is_protocol", False):
            continue
        if attrs.has(owner) and name not in {"Column", *RESULTS}:
            yield PublicCall.of(owner, name, owner=name)
        for method in dir(owner):
            found = getattr(owner, method)
            function = inspect.unwrap(getattr(found, "__func__", found))
            offered = not method.startswith("_") or method in OPERATORS.get(name, ())
            if offered and method != "from_dict" and inspect.isfunction(function) and function not in walked:
                walked.add(function)
                yield PublicCall.of(found, f"{name}.{method}", owner=name)


WALKED = [each for each in public_calls() if each.defaults]
PUBLIC = [each for each in WALKED if each.name not in BETWEEN_ROOMS]


# ---------------------------------------------------------------------------------------------------------------------
# The tests
# ---------------------------------------------------------------------------------------------------------------------


class TooLong(BaseException):
    """More processor time than a call may take."""


def _stop(*_):
    raise TooLong


def raised_by(call, arguments):
    """What a call raises, None where it is accepted; foreign warnings are errors, time and memory are limited."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    signal.signal(signal.SIGPROF, _stop)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", kk.DataWarning)
            resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, before[1]))
            signal.setitimer(signal.ITIMER_PROF, SECONDS, SECONDS)
            try:
                call(**arguments)
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
    except (Exception, TooLong) as error:  # noqa: BLE001 - whatever it is, it is reported
        return error
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
        plt.close("all")
    return None


def hostile_calls(call):
    """The parameters of a callable, each with the names of the hostile values that are tried."""
    for parameter in call.defaults:
        kind = call.takes(parameter)
        if kind is not HANDED:
            yield from ((parameter, name) for name in HOSTILE if name in kind.refused or call.name not in SLOW)


def names(message, parameter):
    """Whether a message names a parameter; "a" and "T" are words of any sentence, and must be marked as names."""
    marked = re.search(rf"[`'\"]{parameter}[`'\"]|\b{parameter}=", message)
    return marked or (len(parameter) > 2 and re.search(rf"\b{parameter}", message))


def shows(message, value):
    """Whether a message shows a value; None, which was left out, need not be shown, and a number may be rounded."""
    forms = {as_shown(value).removesuffix("...")}
    if isinstance(value, int | float) and abs(value) <= 1e300:
        forms |= {f"{value:g}", f"{value:,}", as_shown(int(value)).removesuffix("...")}
    return value is None or any(form in message for form in forms)


def offence(call, parameter, name):
    """What is wrong with the answer to a hostile value; empty where nothing is."""
    kind, value = call.takes(parameter), HOSTILE[name]()
    must = name in kind.refused and name != repr(call.defaults[parameter])
    error = raised_by(call, call.valid() | {parameter: value})
    if error is None:
        return "accepted" if must else ""
    if isinstance(error, AssertionError) and call.name.startswith("testing.check_"):
        return ""  # this is how they say that a law is broken
    message = str(error)
    if not isinstance(error, kk.KundkarriarError):
        return f"{type(error).__name__}: {message[:100]!r}"
    # a value that is possible alone may not go with the other arguments
    possible = (parameter,) if must else tuple(call.defaults)
    named = any(names(message, each) for each in possible) or (kind.instead and kind.instead in message)
    if not (named or (kind.or_shows and shows(message, value))):
        return f"does not name it: {message[:100]!r}"
    return "" if not kind.shows or shows(message, value) else f"does not show it: {message[:100]!r}"


def test_every_argument_is_listed():
    """Of each public argument it is known what it takes, and no other is listed."""
    lacking = [f"{call}({name})" for call in PUBLIC for name in call.defaults if call.key(name) is None]
    lacking += [f"an object of {call.owner}" for call in PUBLIC if call.owner not in {"", *objects()}]
    assert lacking == []
    assert set(parameters()) - {call.key(name) for call in PUBLIC for name in call.defaults} == set()
    assert BETWEEN_ROOMS - {call.name for call in WALKED} == set()


def test_enough_is_tried():
    """The number of calls."""
    assert sum(len(list(hostile_calls(call))) for call in PUBLIC) > 10_000


@pytest.mark.parametrize("call", PUBLIC, ids=str)
def test_hostile_values(call):
    """Law: a hostile value is accepted, or refused with a `KundkarriarError` that names the argument; some must be."""
    error = raised_by(call, call.valid())
    assert error is None, f"not a valid call: {error!r}"
    answers = {f"{call}({parameter}={name})": offence(call, parameter, name) for parameter, name in hostile_calls(call)}
    offences = [f"{tried} -> {answer}" for tried, answer in answers.items() if answer]
    assert not offences, "\n" + "\n".join(offences)
