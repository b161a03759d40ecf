"""Writes dicts.json: what objects of every kind are stored as, and what they answer.

Run with the version whose dicts are to be kept: python tests/stored/make_stored.py (half a minute). A later version
only reads them (test_stored_dicts.py); new kinds are added with the version that brings them, and none is written anew:
the script leaves what the file has as it is.
"""

import json
import warnings
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import polars as pl

import kundkarriar as kk

FILE = Path(__file__).parent / "dicts.json"
AS_OF = "1997-09-30"


def named(**parts):
    yield from parts.items()


def conditions():
    days, alive, grade = kk.column("purchase_days"), kk.column("p_alive"), kk.column("abc")
    yield from named(
        at_least=days >= 4,
        more=days > 1,
        at_most=days <= 1,
        less=alive < 0.5,
        between=alive.between(0.2, 0.5),
        equals_text=grade.equals("A"),
        equals_number=days.equals(4),
        equals_truth=kk.column("lapsed").equals(True),
        isin_texts=grade.isin(["A", "B"]),
        isin_numbers=days.isin([0, 9.0]),
        missing=alive.is_missing(),
        negated=~grade.equals("C"),
        not_missing=~alive.is_missing(),
        all=(days >= 1) & (alive > 0.2) & ~grade.isin(["D"]),
        any=(days >= 9) | alive.is_missing(),
        nested=~((days >= 1) & ((alive < 0.3) | grade.equals("B"))) | kk.column("lapsed").equals(False),
    )


def rungs():
    days, lately = kk.column("purchase_days"), kk.column("purchase_days_12M")
    return (
        kk.Rung(name="newcomer", when=days <= 1),
        kk.Rung(name="regular", when=days >= 2, hold=kk.Hold(keep=lately >= 1)),
        kk.Rung(name="friend", when=lately >= 4, hold=kk.Hold(grace="1Y", keep=lately >= 2)),
        kk.Rung(
            name="ally",
            when=kk.column("events_referral_24M") >= 1,
            hold=kk.Hold(grace="3M"),
            after=kk.After(rung="friend", months=6),
            proxy=(lately >= 8) & (kk.column("quarters_active_12M") >= 4),
        ),
    )


def ladders():
    asleep = kk.Rung(name="asleep", when=kk.column("purchase_days") >= 0)
    by_model = (asleep, kk.Rung(name="awake", when=kk.column("p_alive") > 0.5))
    yield from named(
        kundkarriar=kk.CustomerLadder.kundkarriar(),
        kundkarriar_strict=kk.CustomerLadder.kundkarriar(
            proxy=True, keep_days=2, grace="1Y", most_complaints=0, least_satisfaction=3.5, lapse=kk.Lapse(days=90)
        ),
        loyalty=kk.CustomerLadder.loyalty(),
        groups=kk.CustomerLadder.groups(),
        own=kk.CustomerLadder(rungs=rungs(), lapse=kk.Lapse(days=100, gaps=2, single=50)),
        asking_a_model=kk.CustomerLadder(rungs=by_model, lapse=None),
    )
    for rung in rungs():
        yield f"rung_{rung.name}", rung
    yield from named(lapse=kk.Lapse(), lapse_own=kk.Lapse(days=90.5, gaps=0, single=1))


def specs():
    web = kk.Covariates(purchase=("web", "age"), dropout="web", l2=0.1, equal="web")
    yield from named(
        covariates=web,
        covariates_none=kk.Covariates(),
        mbgnbd=kk.MBGNBD(),
        mbgnbd_covariates=kk.MBGNBD(covariates=web),
        bgnbd=kk.BGNBD(),
        bgnbd_covariates=kk.BGNBD(covariates=kk.Covariates(dropout="age")),
        pareto_nbd=kk.ParetoNBD(),
        pareto_nbd_covariates=kk.ParetoNBD(covariates=web),
        mbgcnbd=kk.MBGCNBD(),
        mbgcnbd_k=kk.MBGCNBD(k=3),
        bgcnbd=kk.BGCNBD(),
        bgcnbd_k=kk.BGCNBD(k=2),
        nbd=kk.NBD(),
        ggompertz_nbd=kk.GGompertzNBD(),
        returning_nbd=kk.ReturningNBD(),
        bgbb=kk.BGBB(),
        shifted_beta_geometric=kk.ShiftedBetaGeometric(),
        first_purchase=kk.FirstPurchase(),
        first_purchase_columns=kk.FirstPurchase(pace=("web", "age"), never="web", events=("interest", "quote")),
        gamma_gamma=kk.GammaGamma(),
    )


def lead_effects():
    return kk.LeadEffects(
        pace={"web=True": 0.2}, events={"quote": 1.1}, never={"age": -0.01}, levels={"web": (False, True)}
    )


def effects():
    return kk.CovariateEffects(
        purchase={"age": 0.1, "web=True": 0.2},
        dropout={"age": -1, "web=True": 0.2},
        levels={"web": (False, True)},
        equal=("web=True",),
        middle={"age": 0.5},
        spread={"age": 2},
    )


def given_models():
    """Models whose parameters were typed in."""
    mbgnbd = kk.MBGNBDParams(r=0.5, alpha=6, a=0.9, b=1.6)
    yield from named(
        effects=effects(),
        effects_none=kk.CovariateEffects(),
        given_mbgnbd=kk.FittedMBGNBD(params=mbgnbd, period="W"),
        given_mbgnbd_effects=kk.FittedMBGNBD(params=mbgnbd, period="W", effects=effects()),
        given_bgnbd=kk.FittedBGNBD(params=kk.BGNBDParams(r=0.2, alpha=4, a=0.8, b=2.4), period="D"),
        given_mbgcnbd=kk.FittedMBGCNBD(params=kk.MBGCNBDParams(k=3, r=0.5, alpha=2, a=0.9, b=1.6), period="W"),
        given_bgcnbd=kk.FittedBGCNBD(
            params=kk.BGCNBDParams(k=2, r=0.2, alpha=2, a=0.8, b=2.4), period="D", tried=[[1, -12.5], [2, -11]]
        ),
        given_nbd=kk.FittedNBD(params=kk.NBDParams(r=0.4, alpha=12), period="M"),
        given_pareto_nbd=kk.FittedParetoNBD(params=kk.ParetoNBDParams(r=0.5, alpha=10, s=0.6, beta=12), period="W"),
        given_ggompertz_nbd=kk.FittedGGompertzNBD(
            params=kk.GGompertzNBDParams(r=0.5, alpha=10, b=0.01, s=0.6, beta=0.1), period="Y"
        ),
        given_returning_nbd=kk.FittedReturningNBD(
            params=kk.ReturningNBDParams(m1=-3.4, s1=1.15, m2=-2.7, s2=1.2, nu=0.027), period="W"
        ),
        given_bgbb=kk.FittedBGBB(params=kk.BGBBParams(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8), every="Y"),
        lead_effects=lead_effects(),
        given_first_purchase=kk.FittedFirstPurchase(
            params=kk.FirstPurchaseParams(alpha=1.2, beta=8, never=0.4), effects=lead_effects()
        ),
        given_shifted_beta_geometric=kk.FittedShiftedBetaGeometric(
            params=kk.ShiftedBetaGeometricParams(alpha=0.7, beta=3.8), every="3M"
        ),
        given_gamma_gamma=kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44)),
    )


def later_covariates():
    """Models that took covariates later than the others: specs, and typed in with effects."""
    web = kk.Covariates(purchase=("web", "age"), dropout="web", l2=0.1, equal="web")
    purchases = kk.CovariateEffects(purchase={"age": 0.1, "web=True": 0.2}, levels={"web": (False, True)})
    yield from named(
        nbd_covariates=kk.NBD(covariates=kk.Covariates(purchase="age")),
        ggompertz_nbd_covariates=kk.GGompertzNBD(covariates=web),
        mbgcnbd_covariates=kk.MBGCNBD(covariates=web),
        bgcnbd_covariates=kk.BGCNBD(k=2, covariates=web),
        given_nbd_effects=kk.FittedNBD(params=kk.NBDParams(r=0.4, alpha=12), period="M", effects=purchases),
        given_ggompertz_nbd_effects=kk.FittedGGompertzNBD(
            params=kk.GGompertzNBDParams(r=0.5, alpha=10, b=0.01, s=0.6, beta=0.1), period="Y", effects=effects()
        ),
        given_mbgcnbd_effects=kk.FittedMBGCNBD(
            params=kk.MBGCNBDParams(k=3, r=0.5, alpha=2, a=0.9, b=1.6), period="W", effects=effects()
        ),
        given_bgcnbd_effects=kk.FittedBGCNBD(
            params=kk.BGCNBDParams(k=2, r=0.2, alpha=2, a=0.8, b=2.4), period="D", effects=effects()
        ),
    )


def first_orders():
    """Spend models that count first orders, with columns, and those of constant prices."""
    effects = kk.SpendEffects(coefficients={"age": 0.1, "web=True": 0.2}, levels={"web": (False, True)})
    yield from named(
        gamma_gamma_first_order=kk.GammaGamma(first_order=True, columns=("web", "age"), l2=0.1),
        spend_effects=effects,
        given_gamma_gamma_first_order=kk.FittedGammaGamma(
            params=kk.GammaGammaParams(p=3.85, q=4.5, gamma=29.8, c=1.4), effects=effects
        ),
        own_price=kk.OwnPrice(),
        given_own_price=kk.FittedOwnPrice(mean_price=14.9),
        fixed_price=kk.FixedPrice(),
        given_fixed_price=kk.FittedFixedPrice(price=9.9),
        scorer_without_spend=kk.ValueScorer(spend=None, margin=0.3, discount_rate=0.1, horizon="6M"),
    )


def people(summary):
    """Made covariates: a truth value and a number that have something to do with buying."""
    ids, often = summary["customer_id"], summary["frequency"].to_numpy()
    turn = np.arange(len(ids))
    return pd.DataFrame({"customer_id": ids, "web": (often + turn) % 3 == 0, "age": np.sqrt(often) - turn % 5})


def fitted_models(sample):
    summary = kk.summarize(sample, as_of=AS_OF, regularity=True)
    known = people(summary)
    plain = (kk.MBGNBD, kk.BGNBD, kk.ParetoNBD, kk.NBD, kk.GGompertzNBD, kk.MBGCNBD, kk.BGCNBD, kk.GammaGamma)
    for model in plain:  # GGompertz/NBD ends at a boundary, and its report has a sentence on it
        yield f"fitted_{model.__name__}", model().fit(summary)
    yield "fitted_ReturningNBD", kk.ReturningNBD().fit(kk.summarize(sample, as_of=AS_OF, gaps=True))
    yield "fitted_MBGCNBD_k", kk.MBGCNBD(k=2).fit(summary)
    yield "fitted_by_day", kk.MBGNBD().fit(kk.summarize(sample, as_of=AS_OF, period="D"))
    for model in (kk.MBGNBD, kk.BGNBD, kk.ParetoNBD):
        both = kk.Covariates(purchase=("web", "age"), dropout="age")
        yield f"fitted_{model.__name__}_covariates", model(covariates=both).fit(summary, customers=known)
    penalised = kk.Covariates(purchase=("web", "age"), dropout="web", equal="web", l2=0.01)
    yield "fitted_covariates_penalised", kk.MBGNBD(covariates=penalised).fit(summary, customers=known)
    table = kk.opportunities(sample, as_of="1998-06-30", every="M")
    yield "fitted_BGBB", kk.BGBB().fit(table)
    left = [131, 126, 90, 60, 42, 34, 26]
    cohort = pd.DataFrame({"renewals": range(8), "ended": [True] * 7 + [False], "n_customers": [*left, 491]})
    leads = pd.DataFrame({"months": np.arange(1, 61) / 2, "bought": np.arange(60) % 3 < 2})
    yield "fitted_FirstPurchase", kk.FirstPurchase().fit(leads)
    yield "fitted_ShiftedBetaGeometric", kk.ShiftedBetaGeometric().fit(cohort, weights="n_customers", every="Y")


def seasons():
    christmas = kk.Season(index=(0.8, 0.7, 0.9, 1, 1, 0.8, 0, 0.8, 1, 1.1, 1.3, 2))
    shop = kk.testing.make_transactions(
        customers=400, seed=1, start="2023-01-01", until="2026-06-30", joining="24M", season=christmas, returns=0.05
    )
    estimated = kk.Season.estimate(shop, closed=(7,))
    yield from named(season=christmas, season_estimated=estimated, season_flat=kk.Season(index=[1] * 12))
    summary = kk.summarize(shop, as_of="2026-06-30", season=estimated)
    scorer = kk.ValueScorer(
        purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="61D", season=estimated, drift=0.4
    )
    yield "scorer_season", scorer
    yield "fitted_scorer_season", scorer.fit(summary)
    yield "fitted_by_season", kk.MBGNBD().fit(summary)


def scorers(sample):
    costs = kk.Costs(serve_per_year="cost_to_serve", market_per_year=0.2, per_order=1)
    scorer = kk.ValueScorer(
        purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M", costs=kk.Costs(per_order=2)
    )
    given = dict(given_models())
    typed_in = kk.ValueScorer(
        purchases=given["given_pareto_nbd"],
        spend=given["given_gamma_gamma"],
        margin="margin",
        discount_rate=0,
        horizon="52W",
        costs=costs,
    )
    summary = kk.summarize(sample, as_of=AS_OF)
    yield from named(
        costs=kk.Costs(),
        costs_named=costs,
        scorer=scorer,
        scorer_plain=kk.ValueScorer(purchases=kk.BGCNBD(k=2), margin=0.3, discount_rate=0.1, horizon="6M"),
        scorer_typed_in=typed_in,
        fitted_scorer=scorer.fit(summary),
        fitted_scorer_typed_in=kk.FittedValueScorer(
            scorer=typed_in,
            purchases=typed_in.purchases,
            spend=typed_in.spend,
            return_mean=0.1,
            return_mass=2.0,
            observed=52.0,
        ),
        backtest=kk.Backtest(scorer=scorer, horizon="6M"),
        backtest_told=kk.Backtest(
            scorer=scorer, origins=2, horizon="39W", until="1998-06-30", period="D", draws=50, seed=7
        ),
        classifier=kk.ABCClassifier(),
        classifier_limits=kk.ABCClassifier(limits=(0.5, 0.9), by="clv"),
        classifier_computed=kk.ABCClassifier(limits="computed"),
        classifier_amounts=kk.ABCClassifier(limits=kk.ClassLimits(of="amount", at=(50, 10)), keep=0.1),
        class_limits=kk.ClassLimits(of="customers", at=(0.2, 0.5)),
    )


def few_careers(n=6, months=4):
    """Made careers of a few customers, with a covariate and contacts that vary."""
    turn = np.arange(n * months)
    frame = pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(n), months),
            "period_start": np.tile(pd.date_range("2026-01-01", periods=months, freq="MS"), n),
            "purchases": (turn * 7 + turn // months * 5) % 11 % 4 * (turn // months % 3),
            "mails": turn * 5 % 7 % 3,
        }
    )
    rung = np.where(frame["purchases"] > 1, "client", "trial buyer")
    return frame.assign(rung=rung, lapsed=(turn % 5 == 0) & (frame["purchases"] == 0))


def movement(sample):
    groups = kk.CustomerLadder(rungs=kk.CustomerLadder.groups().rungs, lapse=None)
    careers = groups.careers(sample, as_of="1998-06-30")
    few = few_careers()
    channel = pd.DataFrame({"customer_id": np.arange(6), "channel": list("ababab"), "age": [1.0, 2, 3, 5, 8, 13]})
    shop = kk.testing.make_transactions(customers=40, seed=1, start="2023-01-01", until="2026-06-30", joining="12M")
    specs = named(
        chains=kk.ChainMixture(),
        chains_told=kk.ChainMixture(chains=2, mass=10, starts=2, seed=3),
        chains_rungs=kk.ChainMixture(
            chains=2, mass=3, starts=1, rungs=("trial buyer", "client", "partner"), covariates=("channel", "age")
        ),
        chains_auto=kk.ChainMixture(mass=3, starts=1),
        hidden=kk.HiddenLadder(),
        hidden_named=kk.HiddenLadder(states=2, names=("cold", "warm"), counts="poisson", starts=1, seed=2),
        hidden_contacts=kk.HiddenLadder(states=2, contacts=("mails",), starts=1),
        hidden_auto=kk.HiddenLadder(states="auto", contacts=("mails", "visits")),
    )
    specs = dict(specs)
    yield from specs.items()
    yield "fitted_chains", specs["chains_told"].fit(careers)
    yield "fitted_chains_rungs", specs["chains_rungs"].fit(few, customers=channel)
    yield "fitted_chains_auto", specs["chains_auto"].fit(few_careers(24))
    one = kk.ChainMixture(chains=1, mass=3, seed=1)
    yield "fitted_chains_calendar", one.fit(groups.careers(shop, as_of="2026-06-30"))
    yield "fitted_hidden_named", specs["hidden_named"].fit(few_careers(60, 8))
    yield "fitted_hidden_contacts", specs["hidden_contacts"].fit(few_careers(60, 8))
    yield "fitted_hidden_cdnow", kk.HiddenLadder(states=2, starts=1).fit(careers)


def buyer_groups(sample):
    summary = kk.summarize(sample, as_of="1998-06-30", regularity=True)
    yield from named(
        buyer_groups=kk.CustomerGroups(),
        buyer_groups_share=kk.CustomerGroups(share="share_of_wallet", starts=1, seed=2),
        fitted_buyer_groups=kk.CustomerGroups(starts=1).fit(summary),
        given_buyer_groups=kk.FittedCustomerGroups(
            spec=kk.CustomerGroups(share="share_of_wallet"),
            period="W",
            groups=[
                kk.BuyerGroup(name="moving", weight=0.6, leaves=0.7, gap=20, regularity=1, share_of_wallet=0.2),
                kk.BuyerGroup(name="recurring", weight=0.3, leaves=0.1, gap=12, regularity=1, share_of_wallet=0.5),
                kk.BuyerGroup(name="exclusive", weight=0.1, leaves=0.02, gap=4, regularity=3, share_of_wallet=0.9),
            ],
            alike=2,
            concentration=3,
        ),
    )


def actions():
    def assumed(on, *, mean, low, high):
        return kk.Effect(on=on, mean=mean, low=low, high=high, evidence="assumed", relative_to="no contact")

    yield from named(
        effect_promotion=assumed("promotion", mean=1.5, low=1.0, high=2.0),
        effect_leaving=assumed("leaving", mean=0.6, low=0.4, high=0.9),
        effect_purchases=assumed("purchases", mean=1.1, low=1.0, high=1.2),
        effect_spend=kk.Effect(
            on="spend", mean=1.05, low=1, high=1.1, evidence="A/B test 2026, 4,000 customers", relative_to="a mail"
        ),
        effect_value=assumed("value", mean=3, low=-1, high=6),
        discount=kk.Discount(share=0.1, escalation=0.2),
    )


def strategy():
    effect = dict(actions())
    yield from effect.items()
    call = kk.Action(
        name="call",
        objective="appreciate",
        lever="service",
        cost=0.2,
        hours=0.02,
        per_year=2,
        benefit=3,
        effect=effect["effect_leaving"],
    )
    letter = kk.Action(
        name="letter",
        objective="repeat",
        lever="information",
        step=("trial buyer", "repeat buyer"),
        cost=0.2,
        hours=0.01,
        effect=effect["effect_value"],
    )
    rebate = kk.Action(
        name="rebate", objective="grow", lever="price", cost=1, hours=0, benefit=1, effect=effect["effect_purchases"]
    )
    bare = kk.Action(name="talk", objective="win_back", lever="influence", cost=0, hours=0.5)
    budget = kk.Budget(money=4, hours=0.06, period="1999", reserve=0.1)
    told = kk.Strategy(
        name="call the best",
        when=(kk.column("abc").equals("A")) & (kk.column("value_at_risk") > 1),
        objective="appreciate",
        actions=(call,),
        goal="nobody of them leaves",
        metric="share that bought again",
        owner="Ada",
        valid_from="1998-07-01",
        valid_until="1999-12-31",
        reason="much to lose",
    )
    rest = kk.Strategy(name="rest", when=~kk.column("customer_id").is_missing(), objective="harvest")
    playbook = kk.Playbook(strategies=(told, rest))
    default = kk.StrategyPlanner.default(actions=(call, letter, rebate, bare))
    own = kk.StrategyPlanner(playbook=playbook)
    yield from named(
        action=call,
        action_step=letter,
        action_price=rebate,
        action_bare=bare,
        budget=budget,
        budget_hours=kk.Budget(money=0, hours=3.5, period="2027-Q2", reserve=0),
        budget_span=kk.Budget(money=1000, hours=1, period="2027-07/2028-06"),
        strategy=told,
        strategy_short=rest,
        playbook=playbook,
        planner=own,
        planner_default=kk.StrategyPlanner.default(),
    )
    customers = kk.testing.make_customers(40, seed=3)
    shown = [
        "customer_id",
        "rung",
        "highest_rung",
        "lapsed",
        "abc",
        "value_at_risk",
        "p_purchase",
        "p_alive",
        "p_leaves",
    ]
    shown += ["clv", "contribution", "net_value", "retention_value", "expected_purchases", "rung_number"]
    held_out = default.plan(customers[shown], budget=budget, start="1999-01-01", holdout=0.3, seed=1)
    few = customers[shown].sort_values("clv", ascending=False, ignore_index=True).head(8)
    as_text = few.assign(customer_id=[f"k{each}" for each in few["customer_id"]], currency="SEK")
    hours = kk.Budget(money=100, hours=0.06, period="1999-H1", reserve=0)
    yield "plan_held_out", held_out  # both budgets bind
    yield "plan_of_hours", own.plan(as_text, budget=hours, start="1999-01-01", holdout=0)
    yield "plan_without_actions", own_without_actions().plan(few, budget=budget, start="1999-02-01", holdout=0)
    in_polars = pl.DataFrame(few.to_dict(orient="list"))
    yield "plan_polars", own.plan(in_polars, budget=hours, start="1999-01-01", holdout=0)


def rules():
    """Actions of their own conditions, strategies that forbid and prefer, limits of spend, and a plan with them."""
    benefit = kk.Benefit(value_to_customer=3, cost_to_firm=1)
    stated = {"evidence": "assumed", "relative_to": "no contact"}
    fewer_leave = kk.Effect(on="leaving", mean=0.6, low=0.4, high=0.9, **stated)
    buy_more = kk.Effect(on="purchases", mean=1.1, low=1.0, high=1.2, **stated)
    call = kk.Action(
        name="call", objective="appreciate", lever="service", cost=0.2, hours=0.02, per_year=4, benefit=benefit,
        effect=fewer_leave, when=kk.column("clv") > 1, channel="phone",
    )  # fmt: skip
    tips = kk.Action(
        name="tips", objective="grow", lever="information", cost="tips_cost", hours="tips_hours", effect=buy_more
    )
    voucher = kk.Action(
        name="voucher", objective="grow", lever="price", cost=0.1, hours=0, effect=buy_more, after="first purchase",
        after_days=14, cost_of_spend=0.05,
    )  # fmt: skip
    target = kk.Target(metric="share that buys", value=0.2, until="1999-12-31")
    best = kk.Strategy(
        name="the best", when=kk.column("abc").equals("A"), objective="appreciate", owner="Ada", prefers="appreciate",
        forbids=("selling", "price"), target=target,
    )  # fmt: skip
    rest = kk.Strategy(name="rest", when=~kk.column("customer_id").is_missing(), objective="grow", forbids="price")
    limits = {"floors": {"tips": 1}, "caps": {"call": 2, "rest": {"hours": 1}, "Ada": {"share": 0.5}}}
    budget = kk.Budget(money=6, hours=0.5, period="1999", reserve=0.1, hour_cost=2, hurdle=0.1, **limits)
    matching = kk.StrategyPlanner(
        playbook=kk.Playbook(strategies=(best, rest)), actions=(call, tips), match_objectives=True
    )
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(best, rest)), actions=(call, tips))
    customers = kk.testing.make_customers(40, seed=3).assign(tips_cost=0.2, tips_hours=0.01)
    yield from named(
        benefit=benefit,
        target=target,
        spend_limit=budget.floors[0],
        spend_limit_week=kk.SpendLimit(of="week", hours=30),
        action_own_conditions=call,
        action_of_columns=tips,
        action_after=voucher,
        strategy_rules=best,
        budget_limits=budget,
        planner_matching=matching,
        planner_several=kk.StrategyPlanner(playbook=planner.playbook, most_actions=2),
        plan_of_rules=planner.plan(customers, budget=budget, start="1999-02-01", holdout=0.3, seed=1),
        plan_of_rules_without_actions=kk.StrategyPlanner(playbook=planner.playbook).plan(
            customers.head(8), budget=kk.Budget(money=6, hours=1, period="1999"), start="1999-01-01", holdout=0
        ),
        plan_matching=matching.plan(customers, budget=budget, start="1999-01-01", holdout=0),
    )


def years():
    """A plan that changed a strategy of the plan before by force, an action with a discount, and a plan with it."""
    stated = {"evidence": "assumed", "relative_to": "no contact"}
    buy_more = kk.Effect(on="purchases", mean=1.8, low=1.4, high=2.2, lasts="6M", **stated)
    tips = kk.Action(name="tips", objective="grow", lever="information", cost=0.1, hours=0.01, effect=buy_more)
    voucher = kk.Action(
        name="voucher", objective="grow", lever="price", cost=0.1, hours=0, effect=buy_more,
        discount=kk.Discount(share=0.05, escalation=0.02),
    )  # fmt: skip
    best = kk.Strategy(name="the best", when=kk.column("abc").equals("A"), objective="grow")
    rest = kk.Strategy(name="rest", when=~kk.column("customer_id").is_missing(), objective="grow")
    before, after = (
        kk.StrategyPlanner(playbook=kk.Playbook(strategies=(each, rest)), actions=(tips,))
        for each in (best, attrs.evolve(best, forbids="price"))
    )
    customers = kk.testing.make_customers(30, seed=3)
    budget = kk.Budget(money=2, hours=1, period="1999")
    earlier = before.plan(customers, budget=budget, start="1999-01-01", holdout=0.2, seed=1)
    yield "action_discount", voucher
    yield "plan_before", earlier
    yield (
        "plan_forced",
        after.plan(
            customers,
            budget=budget,
            start="1999-03-01",
            holdout=0.2,
            seed=1,
            previous=earlier,
            force="a new law on prices",
        ),
    )
    scorer = kk.ValueScorer(purchases=kk.NBD(), margin=0.4, discount_rate=0.1, horizon="12M")
    summary = kk.summarize(kk.testing.make_transactions(customers=60, seed=1), as_of="1998-06-30")
    fitted, planner = (
        scorer.fit(summary),
        kk.StrategyPlanner(playbook=kk.Playbook(strategies=rest), actions=(voucher, tips)),
    )
    dated = {"budget": kk.Budget(money=100, hours=0.1, period="1998-H2"), "start": "1998-07-01"}
    climbs = summary[["customer_id"]].assign(climb_factor=1.01)
    more = planner.increments(fitted, summary, climbs=climbs, **dated)
    yield "plan_discount", planner.plan(fitted.score(summary), increments=more, **dated, holdout=0.2, seed=1)


def own_without_actions():
    everyone = kk.Strategy(name="everyone", when=kk.column("clv") >= -1000, objective="grow", reason="buys")
    return kk.StrategyPlanner(playbook=kk.Playbook(strategies=everyone))


def careers():
    scorer = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M")
    yield from named(
        career=kk.CustomerCareer(scorer=scorer),
        career_own=kk.CustomerCareer(
            scorer=scorer,
            classifier=kk.ABCClassifier(by="clv"),
            ladder=kk.CustomerLadder(rungs=rungs()),
            groups=kk.CustomerLadder.groups(),
            planner=own_without_actions(),
            period="D",
        ),
        fitted_career=fitted_career(),
        career_groups=kk.CustomerCareer(scorer=scorer, groups=kk.CustomerGroups(share="wallet")),
    )


def fitted_career():
    """Few customers, one without a purchase, with attributes of every kind."""
    shop = kk.testing.make_transactions(customers=12, seed=1)
    known = pd.DataFrame({"customer_id": range(13), "city": [None, *"abcabcabcabc"], "staff": [True] * 13})
    known = known.assign(age=[None, *range(12)], first_contact=pd.Timestamp("1997-01-01"))
    scorer = kk.ValueScorer(
        purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="6M", costs=kk.Costs(per_order=1)
    )
    spec = kk.CustomerCareer(scorer=scorer)
    return spec.fit(shop, as_of="1998-06-30", customers=known, seed=1, draws=20)


def arrivals():
    """Newcomers by month, with and without a season."""
    shop = kk.testing.make_transactions(customers=120, seed=1, start="1996-07-01", joining="24M")
    christmas = kk.Season(index=(0.8, 0.7, 0.9, 1, 1, 0.8, 0.5, 0.8, 1, 1.1, 1.3, 2))
    yield "arrivals", kk.Arrivals()
    yield "referrals", kk.Referrals(conversion=0.2, cost=15)
    yield "referrals_learned", kk.Referrals(referred_by="recommended_by", lag="6W")
    yield "arrivals_season", kk.Arrivals(season=christmas)
    yield "fitted_arrivals", kk.Arrivals().fit(shop, as_of="1998-06-30", burn_in="3M")
    yield "fitted_arrivals_season", kk.Arrivals(season=christmas).fit(shop, as_of="1998-05-31")


def averages():
    """Averages of models, and a model with a law of its own for customers older than the data."""
    newcomers, others = (kk.FittedNBD(params=kk.NBDParams(r=r, alpha=12), period="W") for r in (0.4, 0.9))
    typed = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.5, alpha=6, a=0.9, b=1.6), period="W")
    yield from named(
        model_average=kk.ModelAverage(),
        model_average_of_two=kk.ModelAverage(models=(kk.MBGNBD(), kk.NBD()), weights=(0.25, 0.75)),
        model_average_holdout=kk.ModelAverage(weights="holdout", horizon="6M"),
        given_model_average=kk.FittedModelAverage(members=(typed, newcomers), weights=(0.25, 0.75)),
        given_nbd_older=kk.FittedNBD(params=newcomers.params, period="W", older=others),
    )


def levels():
    learnt = kk.Level(sd=0.11, origins=3)
    yield from named(level=kk.Level(), level_learnt=learnt)
    yield "scorer_level", kk.ValueScorer(purchases=kk.NBD(), margin=0.3, discount_rate=0.1, horizon="6M", level=learnt)


def one_process():
    """Microsimulations of a model, of a scorer, and of an average beside rates of events; effects for a time."""
    typed = kk.FittedNBD(params=kk.NBDParams(r=0.4, alpha=12), period="W")
    fitted_scorer = kk.FittedValueScorer(
        scorer=kk.ValueScorer(purchases=kk.NBD(), margin=0.3, discount_rate=0.1, horizon="6M", level=kk.Level(sd=0.2)),
        purchases=typed,
        spend=kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44)),
        return_mean=0.0,
        return_mass=1.0,
        observed=52.0,
    )
    shop = kk.testing.make_transactions(customers=80, seed=1)
    happened = shop.iloc[::5][["customer_id", "date"]].reset_index(drop=True)
    happened["event"] = np.where(happened.index % 3 == 0, "referral", "complaint")
    ladder = kk.CustomerLadder.kundkarriar()
    alone, history = (ladder.history(shop, as_of="1998-06-30", events=each) for each in (None, happened))
    average = kk.ModelAverage(models=(kk.MBGNBD(), kk.NBD()))
    yield from named(
        microsimulation=kk.Microsimulation(),
        microsimulation_of_scorer=kk.Microsimulation(process=fitted_scorer, draws=30, seed=5),
        microsimulation_level=kk.Microsimulation(process=kk.MBGNBD(), level=0.1),
        fitted_microsimulation=kk.Microsimulation(process=typed, draws=20).fit(alone),
        fitted_microsimulation_events=kk.Microsimulation(process=average, draws=20).fit(history),
    )
    parts = (kk.ChainMixture(chains=2, mass=10, starts=1), kk.Microsimulation(process=kk.NBD(), draws=20))
    margins = {"margin": 0.3, "discount_rate": 0.1, "horizon": "6M"}
    of_scorer = kk.Microsimulation(process=kk.ValueScorer(purchases=kk.NBD(), **margins), draws=20)
    monthly = kk.CustomerLadder(
        rungs=[
            kk.Rung(name=name, when=kk.column("purchase_days_1M") >= least)
            for least, name in enumerate(("none", "some"))
        ],
        lapse=None,
    )
    yield from named(
        monthly_ladder=monthly,
        blended=kk.BlendedMovement(parts=(*parts, kk.HiddenLadder(states=2)), origin="3M", horizon="2M"),
        blended_of_scorer=kk.BlendedMovement(parts=(parts[0], of_scorer)),
        fitted_blended=kk.BlendedMovement(parts=parts).fit(monthly.history(shop, as_of="1998-06-30")),
    )
    evidence = {"evidence": "assumed", "relative_to": "no call"}
    fewer = kk.Effect(on="leaving", mean=0.8, low=0.7, high=0.9, lasts="6M", level=0.8, window="26W", **evidence)
    more = kk.Effect(on="spend", mean=1.1, low=1, high=1.2, lasts="6M", **evidence)
    back = kk.Effect(on="returning", mean=1.5, low=1.2, high=2, lasts=None, **evidence)
    yield from named(
        effect_window=fewer,
        effect_returning=back,
        action_of_effects=kk.Action(
            name="visit", objective="appreciate", lever="service", cost=5, hours=1, effects=(fewer, more)
        ),
    )
    less = kk.Effect(on="cost", mean=0.9, low=0.8, high=1, lasts=None, **evidence)
    changes = [kk.Change(effect=each) for each in (back, less)]
    yield "path_of_effects", kk.DevelopmentPath(name="calls", changes=changes, cost=12)


def experiments():
    """Experiments of every form, and what a small one found."""
    mailing = {"treatment": "arm", "control": "none", "outcome": "spend", "outcome_is": "revenue"}
    n = np.arange(48)
    campaign = pd.DataFrame({"arm": np.where(n % 3, "mail", "none"), "channel": np.where(n % 4, "web", "shop")})
    campaign = campaign.assign(spend=(n * 7 % 13) * 1.5, past=n * 5 % 11)
    shares = kk.Experiment(**mailing, by="channel", before="past", probability={"none": 1 / 3, "mail": 2 / 3})
    yield from named(
        experiment=kk.Experiment(**mailing),
        experiment_shares=shares,
        experiment_propensities=kk.Experiment(
            **mailing, by=("age", "channel"), probability="chance", balance="past", window="2W", level=0.8, seed=3
        ),
        fitted_experiment=shares.fit(campaign),
        policy=shares.fit(campaign).policy(margin=0.4, cost=0.5),
    )


def reviews():
    """Reviews of a plan with a holdout: with contacts and customers a year later, and of its purchases alone."""
    more = kk.Effect(on="purchases", mean=1.5, low=1, high=2, evidence="assumed", relative_to="no letter")
    letter = kk.Action(name="letter", objective="grow", lever="information", cost=0.1, hours=0.01, effect=more)
    target = kk.Target(metric="spend", value=20, until="1999-12-31")
    best = kk.Strategy(name="the best", when=kk.column("clv") > 3, objective="grow", target=target)
    rest = kk.Strategy(name="rest", when=~kk.column("customer_id").is_missing(), objective="grow", reason="buys")
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(best, rest)), actions=letter)
    shown = ["customer_id", "rung", "abc", "clv", "p_purchase", "expected_purchases", "expected_order_value"]
    customers = kk.testing.make_customers(24, seed=3)[shown]
    year = {"budget": kk.Budget(money=10, hours=1, period="1999"), "holdout": 0.4, "seed": 1}
    plan = planner.plan(customers, start="1999-01-01", **year)
    turn = np.arange(60)
    bought = pd.DataFrame(
        {
            "customer_id": customers["customer_id"].to_numpy()[turn * 7 % 23],
            "date": pd.Timestamp("1998-07-01") + pd.to_timedelta(turn * 9, "D"),
            "amount": np.where(turn % 8 == 3, -5.0, 10.0 + turn % 6),
        }
    )
    actuals = {"transactions": bought, "contacts": plan.contacts().iloc[1:].assign(cost=0.2)}
    later = customers.iloc[2:].assign(abc="A", clv=customers["clv"] * 2)
    yield from named(
        review=planner.review(plan, actuals, as_of="1999-12-31", customers=later),
        review_of_purchases=planner.review(plan, {"transactions": bought}, as_of="1999-09-30", level=0.9),
    )


def every_part():
    sample = kk.datasets.load_cdnow(sample=True)
    for name, condition in conditions():
        yield f"condition_{name}", condition, "Condition"
    for name, ladder in ladders():
        yield name, ladder, None
    for made in (specs(), given_models(), fitted_models(sample), seasons(), scorers(sample), movement(sample)):
        for name, part in made:
            yield name, part, None
    later = (later_covariates(), first_orders(), levels(), arrivals(), averages(), one_process(), rules(), years())
    for made in (buyer_groups(sample), strategy(), careers(), *later, experiments(), reviews()):
        for name, part in made:
            yield name, part, None


def main():
    from test_stored_dicts import answers  # noqa: PLC0415 - it stands beside this script, and is no package

    kept, seen = json.loads(FILE.read_text(encoding="utf-8")), set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kk.DataWarning)
        for name, part, kind in every_part():
            assert name not in seen, name
            seen.add(name)
            if name not in kept:
                kept[name] = {"type": kind or type(part).__name__, "dict": part.to_dict(), "answers": answers(part)}
    lines = [f"{json.dumps(name)}: {json.dumps(each, allow_nan=False)}" for name, each in kept.items()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
