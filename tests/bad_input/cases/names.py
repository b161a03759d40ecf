# ruff: noqa: F401 - cases use these names
"""The names with which cases are written: frames of one small base, what is fitted to it, and ways to spoil a frame."""

import datetime as dt
import json
from decimal import Decimal
from enum import StrEnum

import numpy as np
import pandas as pd
import polars as pl

import kundkarriar as kk

inf, nan = np.inf, np.nan
DAY, LATER = "2025-06-30", "2025-12-31"
HALF_PAIR = "\ud800"

everything = kk.testing.make_transactions(customers=60, seed=1, start="2023-06-01", until=LATER)
orders, later = kk.split(everything, at=DAY)
customers = pd.DataFrame({"customer_id": np.arange(1, 61), "channel": np.where(np.arange(60) % 2, "web", "shop")})
customers["age"] = 20.0 + np.arange(60) % 7
events = pd.DataFrame({"customer_id": [1, 2], "date": pd.Timestamp("2025-03-01"), "event": "referral", "value": 1.0})
members = customers[["customer_id"]].assign(start=pd.Timestamp("2023-01-01"), end=pd.NaT)
members.loc[::3, "end"] = pd.Timestamp("2024-06-30")
summary = kk.summarize(orders, as_of=DAY, regularity=True)
gapped = kk.summarize(orders, as_of=DAY, gaps=True)
table = kk.opportunities(orders, as_of=DAY, every="M")
membership_table = kk.memberships(members, as_of=DAY, every="Y")
facts = kk.facts(orders, as_of=DAY)

rules = {"new": 0, "again": 2, "often": 4}
rungs = [kk.Rung(name=name, when=kk.column("purchase_days") >= days) for name, days in rules.items()]
ladder = kk.CustomerLadder(rungs=rungs, lapse=None)
careers = ladder.careers(orders, as_of=DAY)
moved = kk.ChainMixture(chains=1, mass=10.0).fit(careers)
hidden = kk.HiddenLadder(states=2, names=("new", "again"), starts=1)

nbd = kk.NBD().fit(summary)
mbgnbd = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W")
pareto = kk.FittedParetoNBD(params=kk.ParetoNBDParams(r=0.55, alpha=10.6, s=0.6, beta=11.7), period="W")
pauses = {"m1": -3.4, "s1": 1.15, "m2": -2.7, "s2": 1.2, "nu": 0.027}
returning = kk.FittedReturningNBD(params=kk.ReturningNBDParams(**pauses), period="W")
bgnbd = kk.FittedBGNBD(params=kk.BGNBDParams(r=0.243, alpha=4.414, a=0.793, b=2.426), period="W")
gamma_gamma = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44))
counted = kk.GammaGamma(first_order=True)
bgbb = kk.FittedBGBB(params=kk.BGBBParams(alpha=1.2, beta=0.75, gamma=0.66, delta=2.78), every="M")
sbg = kk.FittedShiftedBetaGeometric(params=kk.ShiftedBetaGeometricParams(alpha=1.0, beta=2.0), every="Y")
by_age = kk.MBGNBD(covariates=kk.Covariates(purchase=("age",)))
by_channel = kk.MBGNBD(covariates=kk.Covariates(purchase=("channel",)))

terms = {"margin": 0.3, "discount_rate": 0.1, "horizon": "12M"}
scorer = kk.ValueScorer(purchases=nbd, spend=gamma_gamma, **terms)
scored = scorer.fit(summary)
effect = kk.Effect(on="purchases", mean=1.1, low=1, high=1.2, evidence="assumed", relative_to="no letter")
QUARTER = ("2025-07-01", "2025-09-30")
unfitted = kk.ValueScorer(purchases=kk.NBD(), spend=kk.GammaGamma(), **terms)
scores = scored.score(summary)
classifier = kk.ABCClassifier()
career = kk.CustomerCareer(scorer=scorer, ladder=ladder).fit(orders, as_of=DAY, seed=1, draws=5)
base = career.customers()

effect = kk.Effect(on="value", mean=3, low=1, high=5, evidence="assumed", relative_to="no letter")
letter = {"name": "letter", "objective": "grow", "lever": "information", "cost": 1, "hours": 0.1, "per_year": 2}
action = kk.Action(**letter, effect=effect)
everyone = kk.Strategy(name="all", when=~kk.column("rung").is_missing(), objective="grow", reason="buys")
planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=everyone), actions=action)
budget = kk.Budget(money=20, hours=100, period="2026")
plan = planner.plan(base, budget=budget, start="2026-01-01", seed=1)
next_year = orders.assign(date=orders["date"] + pd.Timedelta(days=540))
members_of_a_shop = pd.DataFrame({"customer_id": np.arange(1, 201), "rung": "again", "clv": 30.0})
members_of_a_shop = members_of_a_shop.assign(expected_purchases=1.0, p_purchase=0.6, expected_order_value=10.0)
enough = kk.Budget(money=1000, hours=100, period="2026")
halved = planner.plan(members_of_a_shop, budget=enough, start="2026-01-01", seed=1, holdout=0.5)
days = pd.to_timedelta(np.arange(200) * 97 % 365, "D")
export = pd.DataFrame({"customer_id": np.arange(1, 201), "date": pd.Timestamp("2026-01-01") + days, "amount": 10.0})
treated_alone = export[halved.assignments()["treated"]]
campaign = customers.assign(arm=np.where(np.arange(60) % 4 < 2, "none", "mail"), spend=np.arange(60) * 7 % 13 * 1.0)
mailing = kk.Experiment(treatment="arm", control="none", outcome="spend", outcome_is="revenue")
groups = kk.FittedCustomerGroups(
    spec=kk.CustomerGroups(),
    period="W",
    alike=2.0,
    groups=[
        kk.BuyerGroup(name="moving", weight=0.6, leaves=0.7, gap=20, regularity=1),
        kk.BuyerGroup(name="recurring", weight=0.3, leaves=0.1, gap=12, regularity=1),
        kk.BuyerGroup(name="exclusive", weight=0.1, leaves=0.02, gap=4, regularity=3),
    ],
)

read_as = {"customer_id": "customer_id", "date": "date", "amount": "amount", "vat": "excluded", "currency": "SEK"}


class Raises:
    """A foreign object that raises whatever it is asked."""

    def __getattr__(self, name):
        raise RuntimeError(name)

    def __iter__(self):
        raise RuntimeError

    def __float__(self):
        raise RuntimeError

    def __eq__(self, other):
        raise RuntimeError

    def __hash__(self):
        raise RuntimeError

    def __str__(self):
        raise RuntimeError

    __repr__ = __str__


class RaisingFloat(float):
    """A number that cannot be converted."""

    def __float__(self):
        raise RuntimeError


class RaisingText(str):
    """A text without a hash."""

    __slots__ = ()

    def __hash__(self):
        raise RuntimeError


class Colour(StrEnum):
    """Texts that are members of an enumeration."""

    RED = "red"


def all_(frame, column, value):
    """The frame with one value on every row of a column."""
    return frame.assign(**{column: pd.Series([value] * len(frame), index=frame.index, dtype=object).infer_objects()})


def one(frame, column, value, *, row=0):
    """The frame with another value on one row of a column."""
    values = frame[column].tolist()
    values[row] = value
    made = pd.Series(values, index=frame.index, dtype=object)
    return frame.assign(**{column: made if isinstance(value, str) else made.infer_objects()})


def as_objects(frame, column):
    """The frame with a column of Python objects."""
    return frame.assign(**{column: pd.Series(frame[column].tolist(), index=frame.index, dtype=object)})


def as_days(frame, column, *, missing=False):
    """The frame with a column of days of Arrow, the first of them missing or not."""
    days = pd.Series(frame[column].dt.date.tolist(), index=frame.index, dtype="date32[pyarrow]")
    days.iloc[: int(missing)] = pd.NA
    return frame.assign(**{column: days})


def twice(frame):
    """The frame below itself."""
    return pd.concat([frame, frame], ignore_index=True)


def beside(frame, name, values=0):
    """The frame with a further column, whose name may be anything."""
    further = pd.DataFrame({"further": values}, index=frame.index)
    return pd.concat([frame, further.set_axis(pd.Index([name], tupleize_cols=False), axis=1)], axis=1)


def indexed(frame, index):
    """The frame with another index."""
    return frame.set_axis(index, axis=0)


def levels(frame):
    """The frame with two levels of columns."""
    return frame.set_axis(pd.MultiIndex.from_product([["a"], frame.columns]), axis=1)


def rows_index(frame):
    """The frame with two levels of rows."""
    return indexed(frame, pd.MultiIndex.from_arrays([range(len(frame)), ["x"] * len(frame)]))


def stored(spec, *path, to):
    """The dict of an object with another value at a path; `to` may be a function of the value there."""
    written = json.loads(json.dumps(spec.to_dict()))
    *before, last = path
    place = written
    for step in before:
        place = place[step]
    place[last] = to(place[last]) if callable(to) else to
    return written


def nested(word, times):
    """The dict of a condition in many layers."""
    made = (kk.column("T") > 1).to_dict()
    for _ in range(times):
        made = {word: made if word == "not" else [made, made]}
    return made


def layered(times):
    """A condition in many layers."""
    made = kk.column("T") > 1
    for _ in range(times):
        made = (made & (kk.column("recency") > 2)) | (kk.column("T") > 3)
    return made


def seen(*rows):
    """A summary by hand: frequency, recency, T and monetary_value of each customer."""
    columns = ("frequency", "recency", "T", "monetary_value")
    made = pd.DataFrame([(*row, *(0.0,) * (4 - len(row))) for row in rows], columns=columns).astype(float)
    return made.assign(customer_id=range(1, len(made) + 1), period="W")


def bought(*rows):
    """Transactions by hand: customer, date and amount."""
    made = pd.DataFrame([(*row, 10.0)[:3] for row in rows], columns=["customer_id", "date", "amount"])
    return made.assign(date=pd.to_datetime(made["date"]))
