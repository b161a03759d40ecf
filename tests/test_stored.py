"""What is stored comes back equal, and what is no such thing is refused in words: every public `to_dict`."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from attrs import evolve

import kundkarriar as kk
from kundkarriar.ladder.events_ahead.event_rates import EventRate, EventRates

EFFECT = kk.Effect(on="purchases", mean=1.1, low=1.0, high=1.2, evidence="assumed", relative_to="no letter")
ACTION = kk.Action(
    name="letter",
    objective="repeat",
    lever="information",
    step=("trial buyer", "client"),
    cost=1,
    hours=0,
    effect=EFFECT,
)
PLANNER = kk.StrategyPlanner.default(actions=[ACTION])
LADDER = kk.CustomerLadder.kundkarriar(proxy=True)
BENEFIT = kk.Benefit(value_to_customer=30, cost_to_firm=12)
TARGET = kk.Target(metric="share that buys", value=0.2, until="2027-12-31")
OWN_CONDITIONS = kk.Action(
    name="voucher",
    objective="win_back",
    lever="price",
    cost="letter_cost",
    hours="letter_hours",
    benefit=BENEFIT,
    effect=EFFECT,
    when=kk.column("clv") > 10,
    channel="post",
    after="purchase",
    after_days=14,
    cost_of_spend=0.1,
    discount=kk.Discount(share=0.1, escalation=0.02),
)
RULES = kk.Strategy(
    name="peace",
    when=kk.column("clv") >= 0,
    objective="appreciate",
    forbids=("selling", "price"),
    prefers="voucher",
    target=TARGET,
)
BUDGET = kk.Budget(money=100, hours=1, period="2027-H1")
SCORER = kk.ValueScorer(
    purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M", costs=kk.Costs(per_order=2)
)
SEASON = kk.Season(index=(1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1.5, 3), std_errors=[0.1] * 12, purchases=range(12))
MODELS = {
    kk.FittedMBGNBD: kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.5, alpha=6, a=0.9, b=1.6), period="W"),
    kk.FittedBGNBD: kk.FittedBGNBD(params=kk.BGNBDParams(r=0.2, alpha=4, a=0.8, b=2.4), period="D"),
    kk.FittedMBGCNBD: kk.FittedMBGCNBD(params=kk.MBGCNBDParams(k=3, r=0.5, alpha=2, a=0.9, b=1.6), period="W"),
    kk.FittedBGCNBD: kk.FittedBGCNBD(
        params=kk.BGCNBDParams(k=2, r=0.2, alpha=2, a=0.8, b=2.4), period="D", tried=[[1, -12.5], [2, -11]]
    ),
    kk.FittedNBD: kk.FittedNBD(params=kk.NBDParams(r=0.4, alpha=12), period="M"),
    kk.FittedParetoNBD: kk.FittedParetoNBD(params=kk.ParetoNBDParams(r=0.5, alpha=10, s=0.6, beta=12), period="W"),
    kk.FittedGGompertzNBD: kk.FittedGGompertzNBD(
        params=kk.GGompertzNBDParams(r=0.5, alpha=10, b=0.01, s=0.6, beta=0.1), period="Y"
    ),
    kk.FittedReturningNBD: kk.FittedReturningNBD(
        params=kk.ReturningNBDParams(m1=-3.4, s1=1.15, m2=-2.7, s2=1.2, nu=0.027), period="W"
    ),
    kk.FittedBGBB: kk.FittedBGBB(params=kk.BGBBParams(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8), every="Y"),
    kk.FittedShiftedBetaGeometric: kk.FittedShiftedBetaGeometric(
        params=kk.ShiftedBetaGeometricParams(alpha=0.7, beta=3.8), every="3M"
    ),
    kk.FittedGammaGamma: kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44)),
    kk.FittedOwnPrice: kk.FittedOwnPrice(mean_price=14.9),
    kk.FittedFixedPrice: kk.FittedFixedPrice(price=9.9),
}
CAREERS = pd.DataFrame(
    {
        "customer_id": np.repeat(np.arange(6), 4),
        "period_start": np.tile(pd.date_range("2026-01-01", periods=4, freq="MS"), 6),
        "purchases": [1, 0, 0, 0, 4, 5, 3, 6, 1, 0, 2, 0, 1, 0, 0, 0, 2, 3, 0, 5, 1, 1, 0, 0],
    }
)
CAREERS["rung"] = np.where(CAREERS["purchases"] > 1, "client", "trial buyer")
MOVEMENTS = [
    kk.ChainMixture(chains=2, mass=3, starts=1, rungs=("trial buyer", "client")),
    kk.HiddenLadder(states=2, names=("cold", "warm"), counts="poisson", starts=1),
    kk.HiddenLadder(states="auto", contacts=("mails", "visits")),
]
with warnings.catch_warnings(action="ignore", category=kk.DataWarning):  # few customers
    MOVEMENTS += [spec.fit(CAREERS) for spec in MOVEMENTS[:2]]
GROUPS = kk.FittedCustomerGroups(
    spec=kk.CustomerGroups(),
    period="W",
    groups=[
        kk.BuyerGroup(name="moving", weight=0.6, leaves=0.7, gap=20, regularity=1),
        kk.BuyerGroup(name="recurring", weight=0.3, leaves=0.1, gap=12, regularity=1, share_of_wallet=0.5),
        kk.BuyerGroup(name="exclusive", weight=0.1, leaves=0.02, gap=4, regularity=3),
    ],
    alike=2,
)
with warnings.catch_warnings(action="ignore", category=kk.DataWarning):
    FITTED_CAREER = kk.CustomerCareer(scorer=SCORER).fit(
        kk.testing.make_transactions(customers=30, seed=1), as_of="1998-06-30", seed=1, draws=20
    )
MAILING = kk.Experiment(treatment="arm", control="none", outcome="spend", outcome_is="revenue", by="channel")
FITTED_MAILING = MAILING.fit(
    pd.DataFrame({"arm": ["none", "mail"] * 9, "spend": range(18), "channel": ["web", "web", "shop"] * 6})
)
FIRST_PURCHASE = kk.FittedFirstPurchase(params=kk.FirstPurchaseParams(alpha=0.8, beta=4.0, never=0.4))
PARTS = [
    kk.MBGNBD(),
    kk.BGNBD(),
    kk.MBGCNBD(),
    kk.BGCNBD(k=2),
    kk.NBD(),
    kk.ParetoNBD(),
    kk.GGompertzNBD(),
    kk.ReturningNBD(),
    kk.BGBB(),
    kk.ShiftedBetaGeometric(),
    kk.FirstPurchase(pace="web", never="web", events=("quote",)),
    kk.LeadEffects(pace={"web=True": 0.2}, events={"quote": 1.1}, never={"age": -1}, levels={"web": (False, True)}),
    kk.FittedFirstPurchase(params=kk.FirstPurchaseParams(alpha=1.2, beta=8, never=0.4)),
    kk.GammaGamma(),
    kk.ModelAverage(models=(kk.MBGNBD(), kk.NBD()), weights=(0.25, 0.75)),
    kk.FittedModelAverage(members=(MODELS[kk.FittedMBGNBD], MODELS[kk.FittedParetoNBD]), weights=(0.5, 0.5)),
    kk.OwnPrice(),
    kk.FixedPrice(),
    kk.SpendEffects(coefficients={"age": 0.1, "web=True": 0.2}, levels={"web": (False, True)}, spread={"age": 2}),
    kk.Covariates(purchase=("web", "age"), dropout="web", l2=0.1, equal="web"),
    kk.CovariateEffects(
        purchase={"age": 0.1, "web=True": 0.2}, dropout={"age": -1}, levels={"web": (False, True)}, spread={"age": 2}
    ),
    *MODELS.values(),
    kk.Costs(per_order=3, serve_per_year="cost_to_serve"),
    SCORER,
    kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="6M", season=SEASON, drift=0.3),
    kk.ValueScorer(purchases=kk.NBD(), margin=0.3, discount_rate=0.1, horizon="6M", level=kk.Level(sd=0.11, origins=3)),
    evolve(SCORER, first_purchase=kk.FirstPurchase(pace="channel")),
    kk.Level(),
    SEASON,
    kk.FittedValueScorer(
        scorer=evolve(SCORER, margin={"gifts": 0.4, "cards": 0.2}),
        purchases=MODELS[kk.FittedMBGNBD],
        spend=MODELS[kk.FittedGammaGamma],
        return_mean=0.1,
        return_mass=2.0,
        observed=0.0,
        mix=(("cards", 0.25), ("gifts", 0.75)),
        mix_mass=4.0,
    ),
    kk.FittedValueScorer(
        scorer=evolve(SCORER, first_purchase=FIRST_PURCHASE),
        purchases=MODELS[kk.FittedMBGNBD],
        spend=MODELS[kk.FittedGammaGamma],
        return_mean=0.1,
        return_mass=2.0,
        observed=0.0,
        first_purchase=FIRST_PURCHASE,
    ),
    kk.FittedValueScorer(
        scorer=SCORER,
        purchases=MODELS[kk.FittedMBGNBD],
        spend=MODELS[kk.FittedGammaGamma],
        return_mean=0.1,
        return_mass=2.0,
        observed=52.0,
    ),
    kk.Backtest(scorer=SCORER, origins=2, horizon="6M", until="1998-06-30"),
    kk.Arrivals(season=SEASON),
    kk.Referrals(conversion=0.2, cost=15),
    kk.Referrals(referred_by="recommended_by", lag="6W"),
    kk.FittedArrivals(
        arrivals=kk.Arrivals(), begins="2026-01-05", as_of="2026-04-30", last="2026-04-28", counts=(9, 0, 7, 5)
    ),
    kk.ABCClassifier(by="clv"),
    kk.ABCClassifier(),
    kk.ABCClassifier(limits=kk.ClassLimits(of="amount", at=(500, 100)), keep=0.1),
    kk.ClassLimits(of="customers", at=(0.2, 0.5)),
    LADDER,
    LADDER.rungs[-2],
    LADDER.rungs[0],
    kk.CustomerGroups(share="share_of_wallet"),
    GROUPS,
    *MOVEMENTS,
    kk.Microsimulation(process=MODELS[kk.FittedMBGNBD], draws=20, level=0.1),
    kk.FittedMicrosimulation(
        microsimulation=kk.Microsimulation(process=kk.MBGNBD()),
        process=MODELS[kk.FittedMBGNBD],
        events=EventRates(rates=[EventRate(event="referral", of="buyers", per_day=0.01, spread=(0.1, 0, 0.2))]),
    ),
    kk.BlendedMovement(parts=(MOVEMENTS[0], MOVEMENTS[1], kk.Microsimulation(process=SCORER)), origin="3M"),
    kk.FittedBlendedMovement(
        spec=kk.BlendedMovement(parts=(MOVEMENTS[0], kk.Microsimulation(process=kk.NBD()))),
        parts=(
            MOVEMENTS[3],
            kk.FittedMicrosimulation(
                microsimulation=kk.Microsimulation(process=kk.NBD()), process=MODELS[kk.FittedNBD]
            ),
        ),
        shares=[0.25, 0.75],
        log_scores=[-0.5, -0.4],
        n_judged=12,
    ),
    MAILING,
    evolve(MAILING, probability={"none": 0.25, "mail": 0.75}, by=("channel", "age"), before="past", window="2W"),
    FITTED_MAILING,
    FITTED_MAILING.policy(margin=0.4, cost=1),
    kk.DevelopmentPath(name="calls", changes=[kk.Change(effect=EFFECT, where=kk.column("clv") < 0)], cost=12),
    kk.Lapse(days=90),
    EFFECT,
    ACTION,
    OWN_CONDITIONS,
    BENEFIT,
    TARGET,
    kk.Discount(share=0.1, escalation=0.2),
    RULES,
    kk.SpendLimit(of="week", hours=30),
    BUDGET,
    evolve(BUDGET, hour_cost=40, hurdle=0.5, floors={"A": 20}, caps={"week": {"hours": 1}, "price": {"share": 0.3}}),
    PLANNER.playbook.strategies[0],
    PLANNER.playbook,
    PLANNER,
    kk.StrategyPlanner(playbook=PLANNER.playbook, actions=ACTION, match_objectives=True, most_actions=2),
    kk.CustomerCareer(scorer=SCORER),
    FITTED_CAREER,
]
LATER = {kk.Backtest: ["burn_in", "every"], kk.ValueScorer: ["level", "first_purchase"], kk.ABCClassifier: ["keep"]}
LATER |= {kk.FittedValueScorer: ["first_purchase", "mix", "mix_mass"], kk.Playbook: ["may_lack"]}
LATER |= {spec: ["covariates"] for spec in (kk.NBD, kk.GGompertzNBD, kk.BGCNBD, kk.MBGCNBD)}
LATER |= {fit: ["effects", "older"] for fit in (kk.FittedNBD, kk.FittedBGCNBD, kk.FittedMBGCNBD)}
LATER |= {fit: ["older"] for fit in (kk.FittedMBGNBD, kk.FittedBGNBD, kk.FittedParetoNBD, kk.FittedReturningNBD)}
LATER |= {kk.FittedGGompertzNBD: ["effects"]}
LATER |= {kk.Action: ["when", "channel", "after", "after_days", "cost_of_spend", "discount"]}
LATER |= {kk.Budget: ["hour_cost", "hurdle", "floors", "caps"], kk.Strategy: ["forbids", "prefers", "target"]}
LATER |= {kk.StrategyPlanner: ["match_objectives", "most_actions", "most_contacts", "exclude", "responses"]}
LATER |= {kk.GammaGamma: ["first_order", "columns", "l2"], kk.FittedGammaGamma: ["effects"]}
LATER |= {kk.Effect: ["lasts", "level", "window"], kk.FittedCareer: ["summary", "groups", "leads"]}
LATER |= {kk.Season: ["frame_kind"], kk.FittedArrivals: ["frame_kind"], kk.FittedCustomerGroups: ["frame_kind"]}
LATER |= {fit: ["frame_kind"] for fit in (kk.FittedOwnPrice, kk.FittedFixedPrice, kk.FittedExperiment, kk.Policy)}
LATER |= {fit: ["frame_kind"] for fit in (kk.FittedChainMixture, kk.FittedHiddenLadder, kk.FittedBlendedMovement)}
"""Fields that dicts of earlier versions do not have: left out at their default, and then not missed."""
INNER_LATER = {
    "paused",
    "by_size",
    "best",
    "low",
    "high",
    "cost",
    "hours",
    "limit_prices",
    "excluded",
    "contacts_made",
    "freed",
    "spend_cost",
    "later_cost",
    "margin",
    "withdrawn",
    "withdrawn_from_holdout",
    "amounts_at",
}
"""What the customers and the decisions of plans of earlier versions lack."""
parts = pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)


@pytest.fixture(scope="module")
def plan():
    return PLANNER.plan(kk.testing.make_customers(40, seed=1), budget=BUDGET, start="2027-01-01", seed=1)


@pytest.fixture(scope="module")
def fitted(cdnow_sample):
    """Fits, whose reports hold more than those of given parameters."""
    summary = kk.summarize(cdnow_sample, as_of="1997-09-30", period="W", gaps=True)
    return [spec.fit(summary) for spec in (kk.MBGNBD(), kk.ReturningNBD(), kk.GammaGamma(), SCORER)]


def read_back(part):
    return type(part).from_dict(json.loads(json.dumps(part.to_dict())))


def refused(part, stored):
    """The lines of the message."""
    with pytest.raises(kk.DataError) as raised:
        type(part).from_dict(stored)
    return str(raised.value).splitlines()


def fields_of(part):
    """Its stored fields in their order, with those that are left out at their default."""
    fields = [name for name in part.to_dict() if name not in {"schema", "type"}]
    return fields + [name for name in LATER.get(type(part), []) if name not in fields]


def test_every_public_part_is_tested():
    public = {value for name in dir(kk) if isinstance(value := getattr(kk, name), type) and hasattr(value, "from_dict")}
    assert public - {kk.Condition} == {type(part) for part in PARTS} | {kk.Plan, kk.Review}


@parts
def test_from_dict_undoes_to_dict(part):
    assert read_back(part).equals(part) if hasattr(part, "equals") else read_back(part) == part


def test_fits_and_plans_come_back_too(fitted, plan):
    assert [read_back(model) for model in fitted] == fitted
    assert read_back(plan).equals(plan)


@parts
def test_another_schema_is_refused(part):
    kind = kind_in_messages(part)
    assert refused(part, {**part.to_dict(), "schema": 99}) == [
        f"a stored {kind} of schema 1 is needed, got schema 99.",
        "",
        "Hint: read it with the version of kundkarriar that wrote it, or write it again with to_dict().",
    ]


@parts
def test_a_missing_field_is_refused(part):
    stored = part.to_dict()
    fields = [name for name in stored if name not in {"schema", "type"}]
    for name in [each for each in fields if each not in LATER.get(type(part), [])]:
        assert refused(part, {key: value for key, value in stored.items() if key != name}) == [
            f"a stored {kind_in_messages(part)} lacks ['{name}'].",
            "",
            f"Hint: its fields are {fields_of(part)}; write it again with to_dict().",
        ]


@parts
def test_an_unknown_field_is_refused(part):
    assert refused(part, {**part.to_dict(), "colour": "red"}) == [
        f"a stored {kind_in_messages(part)} has no fields ['colour'].",
        "",
        f"Hint: its fields are {fields_of(part)}.",
    ]


@parts
@pytest.mark.parametrize("stored", [None, [], "{}", 7], ids=repr)
def test_what_is_no_dict_is_refused(part, stored):
    assert refused(part, stored) == [
        f"a stored {kind_in_messages(part)} is a dict, got {type(stored).__name__}.",
        "",
        "Hint: pass what to_dict() gave, read back with json.loads(...) where it was text.",
    ]


@parts
def test_no_value_breaks_the_reader(part):
    """Whatever stands in a field: read, or refused by a ValueError (DataError is one) or a CapabilityError.

    Of a fitted career the spec and the scorer are parts of their own, and tried as such.
    """
    stored = json.loads(json.dumps(part.to_dict()))
    tried = ("career", "scorer") if isinstance(part, kk.FittedCareer) else ()
    for path in (each for each in paths(stored) if len(each) == 1 or each[0] not in tried):
        for value in (None, True, -1, "x", [], ["x"], [[]], {}, {"schema": 1}):
            try:
                type(part).from_dict(changed(stored, path, value))
            except (ValueError, kk.CapabilityError):
                continue


def test_a_plan_is_read_with_the_same_care(plan):
    stored = plan.to_dict()
    later = {"horizon", *LATER[kk.StrategyPlanner], "earlier", "additions", "schedule", "previous"}
    fields = [name for name in stored if name not in {"schema", *later}]
    for wrong in (None, {**stored, "schema": 99}, {**stored, "colour": "red"}, *(without(stored, n) for n in fields)):
        assert refused(plan, wrong)[0].startswith("a stored plan ")
    for name in ("customers", "ledger"):
        for inner in set(stored[name]) - INNER_LATER:
            assert refused(plan, {**stored, name: without(stored[name], inner)})[0].endswith(f"lacks ['{inner}'].")


def test_what_is_wrong_inside_is_named():
    stored = MODELS[kk.FittedNBD].to_dict()
    assert refused(MODELS[kk.FittedNBD], {**stored, "params": {"r": 1, "alpha": 2, "a": 3}}) == [
        "a stored NBDParams has no fields ['a'].",
        "",
        "It stands at `params`.",
        "",
        "Hint: its fields are ['r', 'alpha'].",
    ]
    assert refused(MODELS[kk.FittedNBD], {**stored, "report": {}})[0].startswith("a stored fit report lacks ['fitted'")
    assert refused(MODELS[kk.FittedNBD], {**stored, "params": {"r": [], "alpha": 2}}) == [
        "a stored NBDParams holds a value that to_dict() never writes in `r`: a finite number is needed, got [].",
        "",
        "It stands at `params`.",
        "",
        "Hint: write it again with to_dict().",
    ]


def kind_in_messages(part):
    """The kind of a stored part in messages: its type where that is stored, else plain words."""
    plain = {
        kk.Costs: "cost table",
        kk.ValueScorer: "scorer",
        kk.FittedValueScorer: "fitted scorer",
        kk.Backtest: "backtest",
        kk.ABCClassifier: "classifier",
        kk.CustomerLadder: "ladder",
        kk.StrategyPlanner: "planner",
        kk.SpendLimit: "limit of spend",
        kk.CustomerCareer: "career",
        kk.FittedMicrosimulation: "fitted microsimulation",
        kk.BlendedMovement: "blended movement",
        kk.FittedBlendedMovement: "fitted blended movement",
        kk.FittedCareer: "fitted career",
    }
    return part.to_dict().get("type") or plain.get(type(part)) or type(part).__name__.lower()


def without(stored, name):
    return {key: value for key, value in stored.items() if key != name}


def paths(stored, before=()):
    """Paths to the values of a stored dict, down to the second level."""
    inside = stored.items() if isinstance(stored, dict) else enumerate(stored) if isinstance(stored, list) else ()
    for key, value in inside:
        yield (*before, key)
        if len(before) < 1:  # what lies deeper is a part of its own
            yield from paths(value, (*before, key))


def changed(stored, path, value):
    """A copy with another value at one path."""
    copy = json.loads(json.dumps(stored))
    at = copy
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return copy


def test_fields_that_came_one_after_the_other_may_lack_from_the_last_on():
    """A dict from between two of them has the first alone; one that lacks the first has lost it."""
    spec = kk.Backtest(scorer=SCORER, horizon="6M", burn_in="3M", every="1M")
    stored = spec.to_dict()
    assert type(spec).from_dict(without(stored, "every")) == kk.Backtest(scorer=SCORER, horizon="6M", burn_in="3M")
    assert "every" not in kk.Backtest(scorer=SCORER, horizon="6M", burn_in="3M").to_dict()
    assert kk.Backtest(scorer=SCORER, horizon="6M", every="1M").to_dict()["burn_in"] is None
    assert refused(spec, without(stored, "burn_in"))[0] == "a stored backtest lacks ['burn_in']."
