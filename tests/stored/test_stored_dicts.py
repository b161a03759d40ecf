"""What an earlier version stored is read by this one: the dicts in dicts.json, as make_stored.py wrote them.

They are never written again to make a test pass: who kept such a dict has only the dict. Those of a class that is gone
(Scenario), and of paths whose changes were steps between rungs, are gone with it.
"""

import inspect
import json
import math
import pkgutil
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

STORED = json.loads((Path(__file__).parent / "dicts.json").read_text(encoding="utf-8"))
RENAMED = {"Shift": "Change"}
"""Public names that have changed since, from what they were called when the dicts were written to what they are now."""

SUMMARY = pd.DataFrame(
    {
        "customer_id": [1, 2, 3],
        "frequency": [0, 2, 7],
        "recency": [0.0, 10.0, 30.0],
        "T": [39.0, 38.0, 35.0],
        "monetary_value": [0.0, 20.0, 35.5],
        "n_transactions": [1, 3, 8],
        "total_value": [9.0, 61.0, 280.0],
        "returns_value": [0.0, 0.0, 12.5],
        "gap_log_sum": [0.0, 3.0, 9.5],
        "gaps": ["", "42 28", "7 7 14 7 77 49 49"],
    }
)
PEOPLE = pd.DataFrame(
    {
        "customer_id": [1, 2, 3],
        "web": [True, False, True],
        "age": [1.0, -0.5, 0.0],
        "margin": [0.2, 0.3, 0.4],
        "cost_to_serve": [1.0, 0.0, 2.5],
    }
)
FIRST = SUMMARY.assign(first_value=[9.0, 21.0, 31.5], web=PEOPLE["web"], age=PEOPLE["age"])
OPPORTUNITIES = pd.DataFrame({"customer_id": [1, 2, 3], "frequency": [0, 2, 3], "recency": [0.0, 3.0, 6.0]})
LEADS = pd.DataFrame(
    {
        "months": [0.0, 12.0, 3.0],
        "bought": [False, False, True],
        "web": [True, False, True],
        "age": [30.0, 40.0, 50.0],
        "quote_after": [None, 2.0, None],
    }
)
MEMBERS = pd.DataFrame({"customer_id": [1, 2, 3], "renewals": [0, 2, 4], "ended": [True, True, False]})
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": [1, 2, 3, 4, 5],
        "purchase_days": [0.0, 1.0, 4.0, 9.0, None],
        "p_alive": [0.1, 0.5, None, 0.9, 0.25],
        "abc": ["A", "B", None, "C", "D"],
        "lapsed": [True, False, True, False, None],
    }
)
GRID = ["rung", "rung_number", "abc", "customers", "value", "share_of_value", "mean_value"]
SCORES = pd.DataFrame(
    {"customer_id": range(6), "clv": [75.0, 12.0, 8.0, 5.0, 0.0, -3.0], "net_value": [60.0, 2.0, 8.0, 5.0, 0.0, -9.0]}
)


def public(name):
    """The class that had this public name when the dicts were written."""
    return getattr(kk, RENAMED.get(name, name))


def read(kept):
    return public(kept["type"]).from_dict(kept["dict"])


def as_json(value):
    """JSON types only; of a frame its columns as lists."""
    if isinstance(value, pd.DataFrame):
        return {name: as_json(value[name].tolist()) for name in value.columns}
    if isinstance(value, pd.Series | np.ndarray | list | tuple):
        return [as_json(each) for each in value]
    if isinstance(value, str | bool | int | np.bool_ | np.integer):
        return value.item() if isinstance(value, np.generic) else value
    if value is None or pd.isna(value):
        return None
    return str(value) if math.isinf(value) else float(value)


def answers(part):
    """Results of a part's methods, in JSON types, by name; {} where it computes nothing by itself."""
    ask = next((ask for kind, ask in QUESTIONS if isinstance(part, kind)), lambda _: {})
    fit = (
        {"fit": part.estimates()[["parameter", "estimate", "std_error"]]}
        if hasattr(part, "estimates") and hasattr(part, "report")
        else {}
    )
    return {question: as_json(answer) for question, answer in {**ask(part), **fit}.items()}


def of_model(model):
    season = None if isinstance(model, kk.FittedModelAverage) else model.report.season
    summary = in_its_time(SUMMARY.assign(period=model.period), season=season)
    return {"predict": model.predict(summary, horizon=20.0, customers=PEOPLE)[["p_alive", "expected_purchases"]]}


def of_scorer(fitted):
    season = fitted.scorer.season
    summary = SUMMARY.assign(period=fitted.purchases.period)
    summary = in_its_time(summary, season=None if season is None else season.key)
    wanted = ["p_alive", "expected_purchases", "expected_order_value", "clv", "clv_lifelong"]
    return {"score": fitted.score(summary, customers=PEOPLE)[wanted]}


def of_groups(fitted):
    share = {} if fitted.spec.share is None else {fitted.spec.share: [0.1, None, 0.9]}
    assigned = fitted.assign(SUMMARY.assign(period=fitted.period, **share))
    return {
        "estimates": fitted.estimates(),
        "assign": assigned[["p_moving", "p_recurring", "p_exclusive", "group"]],
    }


def of_plan(plan):
    assigned, summary = in_pandas(plan.assignments()), in_pandas(plan.summary())
    # these were not there when plans were stored
    kept = assigned.drop(columns=["contacts", "first_contact", "selected"])
    return {"says": repr(plan), "assignments": kept, "summary": summary[["item", "value"]]}


def of_review(review):
    moved = {} if review.standing is None else {"moved": in_pandas(review.moved())}
    return {
        "strategies": in_pandas(review.strategies()).drop(columns="note"),
        "contacts": in_pandas(review.contacts()),
        "effects": in_pandas(review.effects())[["planned", "measured", "standard_error", "mean", "low", "high"]],
        **moved,
    }


def of_condition(condition):
    return {"says": str(condition), "holds": condition.holds(CUSTOMERS), "denied": (~condition).holds(CUSTOMERS)}


def of_action(action):
    year = kk.Budget(money=1, hours=1, period="2027")
    if isinstance(action.cost, str):  # each customer's own
        return {"in 2027": [action.times_in(year)]}
    return {"in 2027": [action.times_in(year), action.cost_in(year), action.hours_in(year)]}


def in_its_time(summary, *, season):
    """The customers marked with the season that a model counts time by."""
    return summary if season is None else summary.assign(season=season, as_of=pd.Timestamp("2026-06-30"))


def in_pandas(frame):
    return frame if isinstance(frame, pd.DataFrame) else pd.DataFrame(frame.to_dict(as_series=False))


QUESTIONS = [
    (
        kk.FittedBGBB,
        lambda part: {"predict": part.predict(OPPORTUNITIES.assign(n_opportunities=6.0, every=part.every), horizon=5)},
    ),
    (kk.FittedFirstPurchase, lambda part: {"predict": part.predict(LEADS, horizon="12M")}),
    (
        kk.FittedShiftedBetaGeometric,
        lambda part: {"predict": part.predict(MEMBERS.assign(every=part.every), horizon=3)},
    ),
    (
        kk.FittedGammaGamma,
        lambda part: {"predict": part.predict(FIRST if part.params.c else SUMMARY)["expected_order_value"]},
    ),
    (
        (kk.FittedOwnPrice, kk.FittedFixedPrice),
        lambda part: {"predict": part.predict(FIRST)["expected_order_value"]},
    ),
    (kk.SpendEffects, lambda part: {"values": list(part.values().items())}),
    (kk.FittedPurchaseModel, of_model),
    (kk.FittedValueScorer, of_scorer),
    (kk.FittedCustomerGroups, of_groups),
    (
        kk.FittedChainMixture,
        lambda part: {"transitions": part.transitions()["probability"], "season": part.season()["factor"]},
    ),
    (kk.FittedHiddenLadder, lambda part: {"moves": part.moves, "p_purchase": part.p_purchase}),
    (kk.CovariateEffects, lambda part: {"coefficients": list(part.coefficients().items())}),
    (kk.Season, lambda part: {"key": part.key, "ahead": part.ahead("6M", as_of="2026-06-30", period="W")}),
    (kk.FittedArrivals, lambda part: {"expected": part.expected("6M")[["month", "expected"]]}),
    (kk.ABCClassifier, lambda part: {"classify": part.classify(SCORES)[["abc", "cumulative_share"]]}),
    (
        kk.Lapse,
        lambda part: {"allowed": part.allowed(purchase_days=np.array([1, 5]), typical_gap=np.array([np.nan, 90.0]))},
    ),
    (kk.FittedExperiment, lambda part: {"effects": part.effects()[["effect", "std_error", "shrunk", "low", "high"]]}),
    (kk.Policy, lambda part: {"table": part.table()[["action", "gain"]], "differs": part.differs}),
    (kk.Plan, of_plan),
    (kk.Review, of_review),
    (kk.FittedCareer, lambda part: {"grid": part.grid()[GRID], "bridge": part.bridge()[["amount", "low", "high"]]}),
    (kk.Condition, of_condition),
    (kk.Action, of_action),
    (kk.Budget, lambda part: {"to plan": [part.days, part.months, part.money_to_plan, part.hours_to_plan]}),
    (kk.Playbook, lambda part: {"says": part.sentences()}),
    ((kk.CustomerLadder, kk.Rung, kk.Strategy, kk.Effect, kk.Discount), lambda part: {"says": str(part)}),
]


def near(one, other):
    """The same to nine digits: the last ones are the machine's."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(near(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(near, one, other))
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12) if isinstance(one, float) else one == other


def text(stored):
    """JSON text: unlike dicts it tells 1 from 1.0 and from True."""
    return json.dumps(stored, sort_keys=True, allow_nan=False)


def parts_of(part):
    """The part and all parts inside it."""
    yield part
    inside = ()
    if attrs.has(type(part)):
        inside = [getattr(part, each.name) for each in attrs.fields(type(part))]
    elif isinstance(part, Mapping):
        inside = part.values()
    elif isinstance(part, tuple | list):
        inside = part
    for each in inside:
        yield from parts_of(each)


def classes():
    """Every class that the package defines, private ones too, wherever it lies."""
    for found in pkgutil.walk_packages(kk.__path__, prefix="kundkarriar."):
        module = import_module(found.name)
        yield from (each for each in vars(module).values() if inspect.isclass(each) and each.__module__ == found.name)


every = pytest.mark.parametrize("kept", STORED.values(), ids=STORED)


@every
def test_what_was_stored_is_read_as_what_it_was(kept):
    """from_dict of the public class takes the dict, and gives an object of that class."""
    assert isinstance(read(kept), public(kept["type"]))


@every
def test_what_was_read_is_stored_as_before(kept):
    """to_dict undoes from_dict, to the last digit: nothing was lost, added or renamed on the way."""
    assert text(read(kept).to_dict()) == text(kept["dict"])


@every
def test_what_was_read_answers_as_before(kept):
    """It computes and says what the object that was stored did."""
    now = answers(read(kept))
    assert now.keys() == kept["answers"].keys()
    for question, before in kept["answers"].items():
        assert near(before, now[question]), question


def test_every_public_kind_was_stored():
    """Every public class that can be read from a dict is among those kept, whatever it was called then."""
    readable = {
        name for name in dir(kk) if inspect.isclass(getattr(kk, name)) and hasattr(getattr(kk, name), "from_dict")
    }
    assert readable == {public(kept["type"]).__name__ for kept in STORED.values()}


def test_every_class_with_a_dict_was_stored():
    """Private ones too, as a part of others; but for a user's own function, which has no dict."""
    seen = {base for kept in STORED.values() for part in parts_of(read(kept)) for base in type(part).__mro__}
    has_dict = {each for each in classes() if "to_dict" in vars(each) and not getattr(each, "_is_protocol", False)}
    function = kk.condition(lambda frame: frame["age"] > 1, needs=["age"], text="is old")
    assert {each.__name__ for each in has_dict - seen} == {type(function).__name__}
    with pytest.raises(kk.CapabilityError, match="Python function, which has no dict"):
        (function & (kk.column("age") > 3)).to_dict()


@pytest.mark.parametrize("name", ["Hold", "After", "Change", "BuyerGroup"])
def test_public_parts_without_a_dict_of_their_own_were_stored(name):
    """They are written inside others, and read back as themselves."""
    assert any(isinstance(part, public(name)) for kept in STORED.values() for part in parts_of(read(kept)))


def test_the_comparisons_detect_each_kind_of_change():
    """Another digit, name, length or kind of number."""
    kept = {"a": [1.0, None, "x"]}
    assert near(kept, {"a": [1.0 + 1e-13, None, "x"]})
    others = [{"b": [1.0, None, "x"]}, *({"a": each} for each in ([1.000001, None, "x"], [1.0, None], [1, None, "x"]))]
    assert not any(near(kept, other) for other in others)
    assert len({text(each) for each in ({"a": 1}, {"a": 1.0}, {"a": True})}) == 3
