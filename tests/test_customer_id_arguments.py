"""Customer ids in every argument that takes a frame of customers: which ids are accepted, matched and refused.

The last test compares the list of arguments with the signatures of the package, so that no new argument is left out.
"""

import inspect
import re
import warnings
from decimal import Decimal

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from attrs import evolve, frozen

import kundkarriar as kk
from kundkarriar.classes.grid import grid
from kundkarriar.classes.value_concentration import gini, lorenz_curve

plt.switch_backend("Agg")

AS_OF, LATER = "2025-06-30", "2025-12-31"
N = 60


@frozen(eq=False)
class CustomerBase:
    """Frames of one base, from orders to a plan, all with the same ids."""

    orders: pd.DataFrame
    transactions: pd.DataFrame
    events: pd.DataFrame
    contacts: pd.DataFrame
    customers: pd.DataFrame
    campaign: pd.DataFrame
    members: pd.DataFrame
    summary: pd.DataFrame
    paused: pd.DataFrame
    since: pd.DataFrame
    later: pd.DataFrame
    outcome: pd.DataFrame
    opportunities: pd.DataFrame
    memberships: pd.DataFrame
    careers: pd.DataFrame
    facts: pd.DataFrame
    positions: pd.DataFrame
    scores: pd.DataFrame
    base: pd.DataFrame
    chosen: pd.DataFrame
    bought: pd.DataFrame
    needs: pd.DataFrame

    @classmethod
    def of(cls, id_of):
        """`id_of` makes the column of ids from the customers' numbers."""
        lines = kk.testing.make_transactions(customers=N, seed=1, start="2023-06-01", until=LATER)
        rows = lines.assign(customer_id=id_of(lines["customer_id"]))
        numbers = pd.Series(np.arange(1, N + 3))  # two prospects
        everyone = pd.DataFrame(
            {
                "customer_id": id_of(numbers),
                "channel": np.where(numbers % 2, "web", "shop"),
                "margin": 0.2 + numbers / 1000,
            }
        )
        events = everyone[["customer_id"]].assign(date=pd.Timestamp("2025-03-01"), event="referral", value=1.0)
        members = everyone[["customer_id"]].assign(start=pd.Timestamp("2023-01-01"), end=pd.NaT)
        members.loc[numbers % 3 == 0, "end"] = pd.Timestamp("2024-06-30")
        _, later = kk.split(rows, at=AS_OF)
        summary = kk.summarize(rows, as_of=AS_OF, customers=everyone, regularity=True)
        opened = kk.opportunities(rows, as_of=AS_OF, every="M")
        careers = LADDER.careers(rows, as_of=AS_OF)
        facts = kk.facts(rows, as_of=AS_OF, customers=everyone)
        placed = LADDER.place(rows, as_of=AS_OF, customers=everyone)
        scores = SCORER.score(summary)
        classes = kk.ABCClassifier().classify(scores)
        base = classes.assign(**{name: placed[name] for name in placed.columns if name not in classes}, group="moving")
        return cls(
            orders=rows,
            transactions=rows,
            events=events,
            contacts=events.rename(columns={"event": "action"}),
            customers=everyone,
            campaign=everyone.assign(arm=np.where(numbers % 4 < 2, "none", "mail"), spend=numbers * 7 % 13),
            members=members,
            summary=summary,
            since=kk.summarize(rows, as_of=LATER, gaps=True),
            paused=PAUSED.assign(customer_id=id_of(PAUSED["customer_id"])),
            later=later,
            outcome=kk.holdout_table(summary, later, until=LATER),
            opportunities=opened,
            memberships=kk.memberships(members, as_of=AS_OF, every="Y"),
            careers=careers,
            facts=facts,
            positions=placed,
            scores=scores,
            base=base,
            chosen=everyone[["customer_id"]].head(20),
            bought=rows.assign(category=np.where(rows["amount"] > 20, "gifts", "cards")),
            needs=everyone[["customer_id"]].assign(need=np.where(numbers % 3, "cheap", "safe"), weight=1.0),
        )

    def but(self, name, id_of):
        """The same base, with other ids in one of its frames."""
        frame = getattr(self, name)
        return evolve(self, **{name: frame.assign(customer_id=id_of(frame["customer_id"]).set_axis(frame.index))})

    def twice(self, name):
        """The same base, with the first customer of one of its frames twice."""
        frame = getattr(self, name)
        return evolve(self, **{name: pd.concat([frame, frame.head(1)], ignore_index=True)})


LADDER = kk.CustomerLadder(
    rungs=(
        kk.Rung(name="new", when=kk.column("purchase_days") >= 0),
        kk.Rung(name="again", when=kk.column("purchase_days") >= 2),
        kk.Rung(name="often", when=kk.column("purchase_days") >= 4),
    ),
    lapse=None,
)
MAILING = kk.Experiment(treatment="arm", control="none", outcome="spend", outcome_is="revenue", by="channel")
MBG = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W")
SPEND = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44))
SPENDING = kk.FittedGammaGamma(
    params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44, c=1.2),
    effects=kk.SpendEffects(coefficients={"channel=web": 0.1}, levels={"channel": ("shop", "web")}),
)
OWN = kk.FittedOwnPrice(mean_price=14.9)
BB = kk.FittedBGBB(params=kk.BGBBParams(alpha=1.2, beta=0.75, gamma=0.66, delta=2.78), every="M")
SBG = kk.FittedShiftedBetaGeometric(params=kk.ShiftedBetaGeometricParams(alpha=1.0, beta=2.0), every="Y")
VALUE = kk.ValueScorer(purchases=MBG, spend=SPEND, margin=0.3, discount_rate=0.1, horizon="12M")
LINES = kk.testing.make_transactions(customers=N, seed=1, start="2023-06-01", until=LATER)
SUMMARY = kk.summarize(LINES, as_of=AS_OF)
PAUSES = kk.ReturningNBDParams(m1=-1.5, s1=0.8, m2=-2.5, s2=0.6, nu=0.05)
PAUSED = kk.FittedReturningNBD(params=PAUSES, period="W").simulate([104.0] * N, seed=1)
SCORER = VALUE.fit(SUMMARY)
GROUPS = kk.FittedCustomerGroups(
    spec=kk.CustomerGroups(),
    period="W",
    alike=2.0,
    groups=[
        kk.BuyerGroup(name="moving", weight=0.6, leaves=0.7, gap=20, regularity=1),
        kk.BuyerGroup(name="recurring", weight=0.3, leaves=0.1, gap=12, regularity=1),
        kk.BuyerGroup(name="exclusive", weight=0.1, leaves=0.02, gap=4, regularity=3),
    ],
)
BY_CUSTOMER = evolve(VALUE, margin="margin").fit(SUMMARY, customers=None)
CAREERS = LADDER.careers(LINES, as_of=AS_OF)
CHANNEL = pd.DataFrame(
    {"customer_id": np.arange(1, N + 1), "channel": np.where(np.arange(1, N + 1) % 2, "web", "shop")}
)
MOVEMENT = kk.ChainMixture(chains=1, mass=10, starts=1, seed=1).fit(CAREERS)
GUIDED = kk.ChainMixture(chains=2, mass=10, starts=1, seed=1, covariates=("channel",))
GUIDED_MOVEMENT = GUIDED.fit(CAREERS, customers=CHANNEL)
COVARIATES = kk.Covariates(purchase=("channel",))
BY_CHANNEL = kk.MBGNBD(covariates=COVARIATES)
HIDDEN = kk.HiddenLadder(states=2, starts=1, seed=1)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    DRAWING, DRAWING_SPEND = kk.NBD().fit(SUMMARY), kk.GammaGamma().fit(SUMMARY)
    FITTED_CHANNEL = BY_CHANNEL.fit(SUMMARY, customers=CHANNEL)
    RETURNING = kk.ReturningNBD().fit(PAUSED)
    TWO, TWO_BY_CHANNEL = (kk.NBD(), kk.MBGNBD()), (kk.NBD(covariates=COVARIATES), BY_CHANNEL)
    AVERAGE = kk.ModelAverage(models=TWO).fit(SUMMARY)
    AVERAGE_BY_CHANNEL = kk.ModelAverage(models=TWO_BY_CHANNEL).fit(SUMMARY, customers=CHANNEL)
    HIDDEN_MOVEMENT = HIDDEN.fit(CAREERS)


@frozen
class FrameArgument:
    """An argument that takes a frame of customers.

    Attributes:
        name: function(parameter), as the package has them.
        frame: the frame of the base that is given there.
        call: the call.
        once: whether each customer has one row there.
        slow: whether the call fits something.
        long: whether it takes seconds: then only what it refuses is tried.
    """

    name: str
    frame: str
    call: object
    once: bool = True
    slow: bool = False
    long: bool = False

    def __str__(self):
        return self.name


def on_transactions(name, call, **more):
    return FrameArgument(f"{name}(transactions)", "transactions", call, once=False, **more)


def on_bought(name, call):
    return FrameArgument(f"{name}(transactions)", "bought", call, once=False)


def chosen_for_an_offer(w):
    return kk.select(w.customers, offer=["gifts", "cheap"], needs=w.needs, transactions=w.bought)


def on_careers(name, call, *, parameter="history", **more):
    return FrameArgument(f"{name}({parameter})", "careers", call, once=False, **more)


def classed(w):
    """The scores with classes."""
    return kk.ABCClassifier().classify(w.scores)


KEPT = kk.ABCClassifier(keep=0.1)
BACKTEST = {"origins": 1, "horizon": "3M", "until": AS_OF, "draws": 2}
CHOICE = {"origins": 1, "horizon": "3M", "as_of": AS_OF}
ORDERS = {"customer_id": "customer_id", "date": "date", "amount": "amount", "vat": "excluded", "currency": "SEK"}
CONTRIBUTION = {"contribution": {"new": 1.0, "again": 2.0, "often": 3.0}, "discount_rate": 0.1}
DATED = {"horizon": "12M", "draws": 3, "seed": 1}
ORIGIN = {"origin": "2025-03-31", "horizon": "3M"}
FEW = {"level": 0.9, "draws": 20, "seed": 1}
CHANGED = CONTRIBUTION | FEW | {"changes": kk.Change(rung="new", to="again", odds=1.5), "horizon": "3M"}
PLAYBOOK = kk.Playbook(
    strategies=(kk.Strategy(name="all", when=~kk.column("rung").is_missing(), objective="grow", reason="buys"),)
)
PLANNER = kk.StrategyPlanner(
    playbook=PLAYBOOK,
    actions=(
        kk.Action(
            name="letter",
            objective="grow",
            lever="information",
            cost=1,
            hours=0.1,
            effect=kk.Effect(on="value", mean=3, low=1, high=5, evidence="assumed", relative_to="no letter"),
        ),
    ),
)
GIFT = kk.Effect(on="value", mean=9, low=8, high=10, evidence="assumed", relative_to="none")
TERMS = {"budget": kk.Budget(money=20, hours=100, period="2026"), "start": "2026-01-01", "holdout": 0.2, "seed": 1}
WINDOW = {"as_of": AS_OF}
PURCHASE_MODELS = {
    model.__name__: model
    for model in (kk.MBGCNBD, kk.BGCNBD, kk.GGompertzNBD, kk.NBD, kk.MBGNBD, kk.BGNBD, kk.ParetoNBD)
}


def on_summary(name, call, **more):
    return FrameArgument(f"{name}(summary)", "summary", call, **more)


def as_frame(arrays):
    """Numbers of rows, (n,) and (n, k), as a frame."""
    return pd.DataFrame(np.column_stack(arrays))


def leads_of(w):
    """All customers as leads from the day before their first order on."""
    contacted = w.customers.assign(first_contact=pd.Timestamp("2023-05-31"))
    return kk.leads(contacted, w.transactions, as_of=AS_OF, events=w.events)


def first_purchase(leads):
    """The estimates of a fit to a table of leads."""
    return kk.FirstPurchase().fit(leads)


def on_customers(name, call, **more):
    return FrameArgument(f"{name}(customers)", "customers", call, **more)


def fitted_model_arguments(owner, model, drawing, by_channel, *, without=()):
    """Arguments of the methods of a fitted purchase model, and of an average of several."""
    methods = {
        "predict": {"horizon": 12},
        "discounted": {"horizon": 12, "discount_rate": 0.1},
        "log_likelihood_of": {},
        "next_purchase": {"by": 0.5},
        "purchase_counts": {"horizon": 12, "up_to": 2},
        "latent": {},
        "read": {"need": "this test", "customers": None},
    }
    for name in [each for each in methods if each not in without]:
        given = methods[name]
        others = {key: value for key, value in given.items() if key != "customers"}
        yield on_summary(f"{owner}.{name}", lambda w, n=name, g=given: getattr(model, n)(w.summary, **g))
        yield on_customers(
            f"{owner}.{name}",
            lambda w, n=name, g=others: getattr(by_channel, n)(w.summary.head(N), customers=w.customers, **g),
        )
    yield on_summary(f"{owner}.draw_purchases", lambda w: drawing.draw_purchases(w.summary, **DATED).frame())
    yield on_customers(
        f"{owner}.draw_purchases",
        lambda w: by_channel.draw_purchases(w.summary.head(N), customers=w.customers, **DATED).frame(),
    )
    yield FrameArgument(
        f"{owner}.drift_check(summary)", "since", lambda w: model.drift_check(w.since, as_of=AS_OF).table()
    )
    yield FrameArgument(
        f"{owner}.drift_check(customers)",
        "customers",
        lambda w: by_channel.drift_check(w.since, as_of=AS_OF, customers=w.customers).table(),
    )


def dated(w):
    spec = evolve(BY_CUSTOMER.scorer, purchases=DRAWING, spend=DRAWING_SPEND)
    return evolve(BY_CUSTOMER, scorer=spec, purchases=DRAWING, spend=DRAWING_SPEND).draw_purchases(
        w.summary, customers=w.customers, draws=3, seed=1
    )


def increments(w):
    effect = kk.Effect(on="leaving", mean=0.8, low=0.7, high=1, evidence="assumed", relative_to="nothing")
    spans = (("2025-07-01", "2025-09-30"),)
    return BY_CUSTOMER.increments(w.summary, customers=w.customers, effects=effect, treated=spans)


def counted(w):
    more = kk.Effect(on="purchases", mean=1.2, low=1, high=1.3, evidence="assumed", relative_to="no letter")
    letter = kk.Action(name="letter", objective="grow", lever="information", cost=1, hours=0, effect=more)
    when = {"budget": TERMS["budget"], "start": TERMS["start"]}
    return PLANNER.increments(BY_CUSTOMER, w.summary, customers=w.customers, actions=letter, **when)


def counted_after_contacts(w):
    more = kk.Effect(on="purchases", mean=1.2, low=1, high=1.3, evidence="assumed", relative_to="no letter", lasts=None)
    terms = {"objective": "grow", "lever": "information", "cost": 1, "hours": 0, "effect": more}
    letters = [kk.Action(name=each, **terms) for each in ("referral", "visit")]
    when = {"budget": TERMS["budget"], "start": TERMS["start"]}
    return PLANNER.increments(
        BY_CUSTOMER, w.summary, customers=w.customers, actions=letters, contacts=w.contacts, **when
    )


def counted_after_events(w):
    more = kk.Effect(on="purchases", mean=1.2, low=1, high=1.3, evidence="assumed", relative_to="no letter")
    terms = {"objective": "grow", "lever": "information", "cost": 1, "hours": 0, "effect": more}
    guide = kk.Action(name="guide", after="referral", after_days=310, **terms)
    when = {"budget": TERMS["budget"], "start": TERMS["start"]}
    return PLANNER.increments(
        BY_CUSTOMER, w.summary, customers=w.customers, actions=guide, planned=w.base, events=w.events, **when
    )


def drawn(w):
    spec = evolve(BY_CUSTOMER.scorer, purchases=DRAWING, spend=DRAWING_SPEND)
    return evolve(BY_CUSTOMER, scorer=spec, purchases=DRAWING, spend=DRAWING_SPEND).draw(
        w.summary, customers=w.customers, draws=10, seed=1
    )


def read_base(w):
    return BY_CUSTOMER.base(w.summary, customers=w.customers).summary.to_native()


def in_history(w):
    return LADDER.history(w.transactions, customers=w.customers, events=w.events, **WINDOW).positions()


def contacted(w):
    given = LADDER.history(w.transactions, customers=w.customers, **WINDOW).with_contacts(w.contacts).contacts
    return pd.DataFrame({"customer_id": given.ids.to_native(), "month": given.month})


def after_contacts(w):
    return PLANNER.plan(w.base, contacts=w.contacts.assign(action="letter"), **TERMS).contacts()


def after_events(w):
    guide = kk.Action(
        name="guide", objective="grow", lever="service", cost=1, hours=0, after="referral", after_days=310, effects=GIFT
    )
    return PLANNER.plan(w.base, actions=[guide], events=w.events, **TERMS).contacts()


def fitted_to_contacts(w):
    history = LADDER.history(w.transactions, customers=w.customers, **WINDOW)
    return kk.HiddenLadder(states=2, starts=1, contacts=("referral",)).fit(history, contacts=w.contacts).states()


def placed(w):
    return LADDER.place(w.transactions, customers=w.customers, events=w.events, **WINDOW)


def careers_of(w):
    return LADDER.careers(w.transactions, customers=w.customers, events=w.events, **WINDOW)


def guided(w, name, **given):
    return getattr(GUIDED_MOVEMENT, name)(history=w.careers, customers=w.customers, **given)


def judged(w, *, spec=MOVEMENT.spec, customers=None):
    return kk.backtest_movement([spec], w.careers, origins=1, horizon="1M", customers=customers).table()


def costs_of(w):
    return kk.promotion_costs(w.careers, spend={"new": 100.0}, since="2025-01-01", holdout=w.chosen)


def career(w):
    fitted = kk.CustomerCareer(scorer=VALUE, ladder=LADDER).fit(
        w.transactions, customers=w.customers, events=w.events, seed=1, **WINDOW
    )
    return fitted.customers()


def drawn_as(axes):
    """What a picture shows, as far as it depends on customers."""
    shown = [text.get_text() for text in axes.texts]
    plt.close(axes.figure)
    return shown


ARGUMENTS = [
    # history
    FrameArgument("transactions(orders)", "orders", lambda w: kk.transactions(w.orders, **ORDERS), once=False),
    FrameArgument("data_report(orders)", "orders", lambda w: kk.data_report(w.orders, **ORDERS), once=False),
    on_transactions("split", lambda w: [len(part) for part in kk.split(w.transactions, at=AS_OF)]),
    on_transactions("summarize", lambda w: kk.summarize(w.transactions, customers=w.customers, **WINDOW)),
    on_customers("summarize", lambda w: kk.summarize(w.transactions, customers=w.customers, **WINDOW)),
    on_transactions("opportunities", lambda w: kk.opportunities(w.transactions, every="M", **WINDOW)),
    on_customers(
        "opportunities", lambda w: kk.opportunities(w.transactions, every="M", customers=w.customers, **WINDOW)
    ),
    on_transactions("facts", lambda w: kk.facts(w.transactions, events=w.events, customers=w.customers, **WINDOW)),
    on_customers("facts", lambda w: kk.facts(w.transactions, events=w.events, customers=w.customers, **WINDOW)),
    FrameArgument(
        "facts(events)",
        "events",
        lambda w: kk.facts(w.transactions, events=w.events, customers=w.customers, **WINDOW),
        once=False,
    ),
    *(
        FrameArgument(f"{name}({frame})", frame, call, once=frame == "customers", slow=name == "FirstPurchase.fit")
        for name, call in (("leads", leads_of), ("FirstPurchase.fit", lambda w: first_purchase(leads_of(w))))
        for frame in ("customers", "transactions", "events")
    ),
    *(
        FrameArgument(
            f"quotes({frame})",
            frame,
            lambda w: kk.quotes(w.events, w.transactions, event="referral", as_of=AS_OF),
            once=False,
        )
        for frame in ("events", "transactions")
    ),
    on_transactions("Arrivals.fit", lambda w: kk.Arrivals().fit(w.transactions, as_of=AS_OF)),
    on_transactions("Season.estimate", lambda w: kk.Season.estimate(w.transactions)),
    FrameArgument("memberships(members)", "members", lambda w: kk.memberships(w.members, every="Y", **WINDOW)),
    on_summary("holdout_table", lambda w: kk.holdout_table(w.summary, w.later, until=LATER)),
    FrameArgument(
        "holdout_table(holdout)", "later", lambda w: kk.holdout_table(w.summary, w.later, until=LATER), once=False
    ),
    on_summary("newcomers", lambda w: kk.newcomers(w.summary, w.later, until=LATER)),
    FrameArgument("newcomers(holdout)", "later", lambda w: kk.newcomers(w.summary, w.later, until=LATER), once=False),
    # models
    on_summary("PurchaseDraws.of", lambda w: kk.PurchaseDraws.of(DRAWING, w.summary, **DATED).frame()),
    on_customers(
        "PurchaseDraws.of",
        lambda w: kk.PurchaseDraws.of(FITTED_CHANNEL, w.summary.head(N), customers=w.customers, **DATED).frame(),
    ),
    *fitted_model_arguments("FittedPurchases", MBG, DRAWING, FITTED_CHANNEL),
    *fitted_model_arguments(
        "FittedModelAverage", AVERAGE, AVERAGE, AVERAGE_BY_CHANNEL, without=("log_likelihood_of", "latent")
    ),
    *(
        argument
        for name, model in PURCHASE_MODELS.items()
        for argument in (
            on_summary(f"{name}.fit", lambda w, m=model: m().fit(w.summary), slow=True, long=name == "GGompertzNBD"),
            on_customers(
                f"{name}.fit",
                lambda w, m=model: m(covariates=COVARIATES).fit(w.summary, customers=w.customers),
                slow=True,
                long=name == "GGompertzNBD",
            ),
        )
    ),
    FrameArgument("ReturningNBD.fit(summary)", "paused", lambda w: kk.ReturningNBD().fit(w.paused), slow=True),
    FrameArgument(
        "FittedReturningNBD.returns_test(summary)", "paused", lambda w: RETURNING.returns_test(w.paused), slow=True
    ),
    on_summary("ModelAverage.fit", lambda w: kk.ModelAverage(models=TWO).fit(w.summary), slow=True),
    on_customers(
        "ModelAverage.fit",
        lambda w: kk.ModelAverage(models=TWO_BY_CHANNEL).fit(w.summary, customers=w.customers),
        slow=True,
    ),
    on_summary("GammaGamma.fit", lambda w: kk.GammaGamma().fit(w.summary), slow=True),
    on_customers(
        "GammaGamma.fit", lambda w: kk.GammaGamma(columns="channel").fit(w.summary, customers=w.customers), slow=True
    ),
    on_summary("FittedGammaGamma.predict", lambda w: SPEND.predict(w.summary)),
    on_summary("FittedGammaGamma.log_likelihood_of", lambda w: SPEND.log_likelihood_of(w.summary)),
    on_summary("FittedGammaGamma.read_spend", lambda w: as_frame(SPEND.read_spend(w.summary))),
    on_summary("FittedGammaGamma.first_order_test", lambda w: SPEND.first_order_test(w.summary), slow=True),
    on_customers("FittedGammaGamma.predict", lambda w: SPENDING.predict(w.summary, customers=w.customers)),
    on_customers(
        "FittedGammaGamma.log_likelihood_of", lambda w: SPENDING.log_likelihood_of(w.summary, customers=w.customers)
    ),
    on_customers(
        "FittedGammaGamma.read_spend", lambda w: as_frame(SPENDING.read_spend(w.summary, customers=w.customers))
    ),
    on_customers(
        "FittedGammaGamma.first_order_test",
        lambda w: SPENDING.first_order_test(w.summary, customers=w.customers),
        slow=True,
    ),
    on_summary("OwnPrice.fit", lambda w: kk.OwnPrice().fit(w.summary)),
    on_summary("FittedOwnPrice.predict", lambda w: OWN.predict(w.summary)),
    on_summary("FittedOwnPrice.read_spend", lambda w: as_frame(OWN.read_spend(w.summary))),
    on_summary("FixedPrice.fit", lambda w: kk.FixedPrice().fit(w.summary.assign(first_value=9.9, monetary_value=9.9))),
    on_summary("FittedFixedPrice.predict", lambda w: kk.FittedFixedPrice(price=9.9).predict(w.summary)),
    FrameArgument("BGBB.fit(table)", "opportunities", lambda w: kk.BGBB().fit(w.opportunities), slow=True),
    FrameArgument("FittedBGBB.predict(table)", "opportunities", lambda w: BB.predict(w.opportunities, horizon=3)),
    FrameArgument(
        "FittedBGBB.discounted(table)", "opportunities", lambda w: BB.discounted(w.opportunities, discount_rate=0.1)
    ),
    FrameArgument(
        "FittedBGBB.log_likelihood_of(table)", "opportunities", lambda w: BB.log_likelihood_of(w.opportunities)
    ),
    FrameArgument(
        "FittedBGBB.next_purchase(table)", "opportunities", lambda w: BB.next_purchase(w.opportunities, by=3)
    ),
    FrameArgument(
        "FittedBGBB.purchase_counts(table)",
        "opportunities",
        lambda w: BB.purchase_counts(w.opportunities, horizon=3, up_to=2),
    ),
    FrameArgument(
        "ShiftedBetaGeometric.fit(table)",
        "memberships",
        lambda w: kk.ShiftedBetaGeometric().fit(w.memberships),
        slow=True,
    ),
    FrameArgument(
        "FittedShiftedBetaGeometric.predict(table)", "memberships", lambda w: SBG.predict(w.memberships, horizon=3)
    ),
    FrameArgument(
        "FittedShiftedBetaGeometric.discounted(table)",
        "memberships",
        lambda w: SBG.discounted(w.memberships, discount_rate=0.1),
    ),
    FrameArgument(
        "FittedShiftedBetaGeometric.log_likelihood_of(table)",
        "memberships",
        lambda w: SBG.log_likelihood_of(w.memberships),
    ),
    FrameArgument("Experiment.fit(campaign)", "campaign", lambda w: MAILING.fit(w.campaign).effects()),
    FrameArgument(
        "Policy.value(frame)",
        "campaign",
        lambda w: MAILING.fit(w.campaign).policy(margin=0.4, cost=1).value(w.campaign),
    ),
    on_summary("distinct_rows", lambda w: kk.distinct_rows(w.summary)),
    on_summary("compare_models", lambda w: kk.compare_models([MBG], w.summary, holdout=w.outcome)),
    FrameArgument(
        "compare_models(holdout)", "outcome", lambda w: kk.compare_models([MBG], w.summary, holdout=w.outcome)
    ),
    # scoring
    on_summary("ValueScorer.fit", lambda w: VALUE.fit(w.summary)),
    on_customers(
        "ValueScorer.fit",
        lambda w: evolve(VALUE, purchases=BY_CHANNEL).fit(w.summary, customers=w.customers),
        slow=True,
    ),
    on_summary("FittedValueScorer.score", lambda w: BY_CUSTOMER.score(w.summary, customers=w.customers)),
    on_customers("FittedValueScorer.score", lambda w: BY_CUSTOMER.score(w.summary, customers=w.customers)),
    on_summary("CountsIncrements.increments", increments),
    on_customers("CountsIncrements.increments", increments),
    on_summary(
        "FittedValueScorer.base", lambda w: BY_CUSTOMER.base(w.summary, customers=w.customers).summary.to_native()
    ),
    on_customers(
        "FittedValueScorer.base", lambda w: BY_CUSTOMER.base(w.summary, customers=w.customers).summary.to_native()
    ),
    on_summary("FittedValueScorer.draw", lambda w: drawn(w).interval(), slow=True),
    on_customers("FittedValueScorer.draw", lambda w: drawn(w).interval(), slow=True),
    on_summary("FittedValueScorer.draw_purchases", lambda w: dated(w).frame()),
    on_customers("FittedValueScorer.draw_purchases", lambda w: dated(w).frame()),
    on_transactions("backtest", lambda w: kk.backtest(VALUE, w.transactions, **BACKTEST), slow=True),
    on_transactions(
        "choose_model", lambda w: kk.choose_model(w.transactions, models=[kk.NBD()], **CHOICE).table(), slow=True
    ),
    on_customers(
        "choose_model",
        lambda w: kk.choose_model(w.transactions, models=[BY_CHANNEL], customers=w.customers, **CHOICE).table(),
        slow=True,
    ),
    on_transactions("Backtest.run", lambda w: kk.Backtest(scorer=VALUE, **BACKTEST).run(w.transactions), slow=True),
    on_customers(
        "backtest",
        lambda w: kk.backtest(evolve(VALUE, purchases=BY_CHANNEL), w.transactions, customers=w.customers, **BACKTEST),
        slow=True,
        long=True,
    ),
    on_customers(
        "Backtest.run",
        lambda w: kk.Backtest(scorer=evolve(VALUE, purchases=BY_CHANNEL), **BACKTEST).run(
            w.transactions, customers=w.customers
        ),
        slow=True,
        long=True,
    ),
    # grading
    FrameArgument("ABCClassifier.classify(scores)", "scores", lambda w: kk.ABCClassifier().classify(w.scores)),
    FrameArgument("ABCClassifier.table(scores)", "scores", lambda w: kk.ABCClassifier().table(w.scores)),
    FrameArgument("ABCClassifier.classify(previous)", "base", lambda w: KEPT.classify(w.scores, previous=w.base)),
    FrameArgument("ABCClassifier.table(previous)", "base", lambda w: KEPT.table(w.scores, previous=w.base)),
    FrameArgument("class_transitions(before)", "base", lambda w: kk.class_transitions(w.base, classed(w))),
    FrameArgument("class_transitions(after)", "base", lambda w: kk.class_transitions(classed(w), w.base)),
    FrameArgument("gain_split(before)", "base", lambda w: kk.gain_split(w.base, w.scores)),
    FrameArgument("gain_split(after)", "base", lambda w: kk.gain_split(w.scores, w.base)),
    FrameArgument("grid(customers)", "base", lambda w: grid(w.base)),
    FrameArgument("gini(customers)", "scores", lambda w: gini(w.scores)),
    FrameArgument("lorenz_curve(customers)", "scores", lambda w: lorenz_curve(w.scores)),
    FrameArgument("plots.grid(customers)", "base", lambda w: drawn_as(kk.plots.grid(w.base)), slow=True),
    FrameArgument("plots.ladder(customers)", "positions", lambda w: drawn_as(kk.plots.ladder(w.positions)), slow=True),
    FrameArgument("plots.lorenz(classes)", "base", lambda w: drawn_as(kk.plots.lorenz(w.base)), slow=True),
    # ladder
    on_transactions("CustomerLadder.history", in_history, slow=True),
    on_customers("CustomerLadder.history", in_history, slow=True),
    FrameArgument("CustomerLadder.history(events)", "events", in_history, once=False, slow=True),
    on_transactions("CustomerLadder.place", placed, slow=True),
    on_customers("CustomerLadder.place", placed, slow=True),
    FrameArgument("CustomerLadder.place(events)", "events", placed, once=False, slow=True),
    on_transactions("CustomerLadder.careers", careers_of, slow=True),
    on_customers("CustomerLadder.careers", careers_of, slow=True),
    FrameArgument("CustomerLadder.careers(events)", "events", careers_of, once=False, slow=True),
    FrameArgument("CustomerLadder.place_snapshot(facts)", "facts", lambda w: LADDER.place_snapshot(w.facts)),
    on_summary("CustomerGroups.fit", lambda w: kk.CustomerGroups(starts=1).fit(w.summary), slow=True),
    on_summary("FittedCustomerGroups.assign", lambda w: GROUPS.assign(w.summary)),
    on_careers("ChainMixture.fit", lambda w: kk.ChainMixture(chains=1, mass=10, starts=1).fit(w.careers), slow=True),
    on_customers("ChainMixture.fit", lambda w: GUIDED.fit(w.careers, customers=w.customers), slow=True),
    on_careers("ChainMovement.forecast", lambda w: MOVEMENT.forecast(w.careers, **ORIGIN)),
    on_careers("ChainMovement.memberships", lambda w: MOVEMENT.memberships(w.careers)),
    on_careers("ChainMovement.sizes", lambda w: MOVEMENT.sizes(w.careers, **ORIGIN, **FEW)),
    on_careers("ChainMovement.duration", lambda w: MOVEMENT.duration(w.careers)),
    on_careers("ChainMovement.time_to", lambda w: MOVEMENT.time_to("again", w.careers, **ORIGIN, **FEW)),
    on_careers("backtest_movement", judged, slow=True),
    on_customers("backtest_movement", lambda w: judged(w, spec=GUIDED, customers=w.customers), slow=True),
    on_careers("ChainMovement.order", lambda w: MOVEMENT.order(w.careers)),
    on_careers("ChainMovement.seen", lambda w: MOVEMENT.seen(w.careers, origin=None).lengths),
    on_careers("ValuedMovement.contribution", lambda w: MOVEMENT.contribution(w.careers, margin=0.3)),
    on_careers("ChainMovement.scenario", lambda w: MOVEMENT.scenario(w.careers, **CHANGED)),
    *(
        on_customers(f"{owner}.{name}", lambda w, n=name, g=given: guided(w, n, **g), slow=True)
        for owner, name, given in (
            ("ChainMovement", "forecast", ORIGIN),
            ("ChainMovement", "memberships", {}),
            ("ChainMovement", "sizes", ORIGIN | FEW),
            ("ChainMovement", "duration", {}),
            ("ChainMovement", "time_to", ORIGIN | FEW | {"rung": "again"}),
            ("ChainMovement", "scenario", CHANGED),
        )
    ),
    FrameArgument("LadderHistory.with_contacts(contacts)", "contacts", contacted, once=False),
    FrameArgument("HiddenLadder.fit(contacts)", "contacts", fitted_to_contacts, once=False, slow=True),
    on_careers("HiddenLadder.fit", lambda w: HIDDEN.fit(w.careers), slow=True),
    on_careers("HiddenForecast.forecast", lambda w: HIDDEN_MOVEMENT.forecast(w.careers, **ORIGIN)),
    on_careers("HiddenForecast.purchases", lambda w: HIDDEN_MOVEMENT.purchases(w.careers, **ORIGIN)),
    on_careers("HiddenForecast.sizes", lambda w: HIDDEN_MOVEMENT.sizes(w.careers, **ORIGIN, **FEW)),
    on_careers("HiddenForecast.time_to", lambda w: HIDDEN_MOVEMENT.time_to("state 2", w.careers, **ORIGIN, **FEW)),
    on_careers("HiddenMovement.place", lambda w: HIDDEN_MOVEMENT.place(w.careers)),
    on_careers("HiddenForecast.seen", lambda w: HIDDEN_MOVEMENT.seen(w.careers, origin=None).y),
    on_careers("FittedHiddenLadder.calibration", lambda w: HIDDEN_MOVEMENT.calibration(w.careers, **ORIGIN), slow=True),
    on_careers(
        "HiddenMovement.customer_value",
        lambda w: HIDDEN_MOVEMENT.customer_value(w.careers, contribution=4.5, discount_rate=0.1),
    ),
    on_careers("moves", lambda w: kk.moves(w.careers), parameter="careers"),
    on_careers("promotion_costs", costs_of),
    FrameArgument("promotion_costs(holdout)", "chosen", costs_of, once=False),
    # strategy
    FrameArgument("Playbook.assign(frame)", "base", lambda w: PLAYBOOK.assign(w.base)),
    FrameArgument("Playbook.first_match(frame)", "base", lambda w: PLAYBOOK.first_match(w.base)),
    FrameArgument("Playbook.overlaps(frame)", "base", lambda w: PLAYBOOK.overlaps(w.base)),
    FrameArgument("StrategyPlanner.plan(customers)", "base", lambda w: PLANNER.plan(w.base, **TERMS)),
    FrameArgument("StrategyPlanner.plan(contacts)", "contacts", after_contacts, once=False),
    FrameArgument("StrategyPlanner.plan(events)", "events", after_events, once=False),
    on_summary("PlannerSpec.increments", counted),
    on_customers("PlannerSpec.increments", counted),
    FrameArgument("PlannerSpec.increments(events)", "events", counted_after_events, once=False),
    FrameArgument("PlannerSpec.increments(contacts)", "contacts", counted_after_contacts, once=False),
    on_customers("judge_segments", lambda w: kk.judge_segments(w.customers, w.outcome, by="channel")),
    FrameArgument(
        "judge_segments(holdout)", "outcome", lambda w: kk.judge_segments(w.base, w.outcome, by=["rung", "group"])
    ),
    # products
    on_customers("profile", lambda w: kk.profile(w.customers, w.bought, by="channel")),
    on_bought("profile", lambda w: kk.profile(w.customers, w.bought, by="channel")),
    on_customers("next_category", lambda w: kk.next_category(w.customers, w.bought)),
    on_bought("next_category", lambda w: kk.next_category(w.customers, w.bought)),
    FrameArgument("needs_profile(customers)", "base", lambda w: kk.needs_profile(w.base, w.needs, by="rung")),
    FrameArgument("needs_profile(needs)", "needs", lambda w: kk.needs_profile(w.base, w.needs, by="rung"), once=False),
    on_customers("select", chosen_for_an_offer),
    on_bought("select", chosen_for_an_offer),
    FrameArgument("select(needs)", "needs", chosen_for_an_offer, once=False),
    FrameArgument("group_checks(customers)", "base", lambda w: kk.group_checks(w.base)),
    FrameArgument("group_breaks(customers)", "base", lambda w: kk.group_breaks(w.base)),
    # the whole way
    on_transactions("CustomerCareer.fit", career, slow=True),
    on_customers("CustomerCareer.fit", career, slow=True),
    FrameArgument("CustomerCareer.fit(events)", "events", career, once=False, slow=True),
]


NUMBERS = {
    "Int16 that may be missing": lambda ids: ids.astype("Int16"),
    "float32": lambda ids: ids.astype("float32"),
    "objects of several types of number": lambda ids: pd.Series(
        [(int, float, np.int8, np.uint64)[at % 4](value) for at, value in enumerate(ids)], dtype=object
    ),
    "categories of floats": lambda ids: ids.astype(float).astype("category"),
}
BEYOND = {
    "uint64": lambda ids: ids.astype("uint64"),
    "objects": lambda ids: pd.Series(ids.tolist(), dtype=object),
}
TEXTS = {
    "categories": lambda ids: ids.astype("category"),
    "objects": lambda ids: ids.astype(object),
}
ID_TYPES = {
    "numbers": (lambda ids: ids.astype("int64"), NUMBERS),
    "numbers beyond 2**53": (lambda ids: ids.astype("int64") + 2**60, BEYOND),
    "text": (lambda ids: pd.Series([f"c{value}" for value in ids], dtype="str"), TEXTS),
}


@pytest.fixture(scope="module")
def bases():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {name: CustomerBase.of(id_of) for name, (id_of, _) in ID_TYPES.items()}


def plain_values(answer):
    """An answer as Python values, whatever the type of its id column."""
    if isinstance(answer, pd.DataFrame):
        return {name: plain_values(answer[name]) for name in answer.columns}
    if isinstance(answer, pd.Series | np.ndarray | list | tuple):
        return [None if each is pd.NA or each != each else each for each in list(answer)]  # noqa: PLR0124 - not a number
    if hasattr(answer, "to_dict"):
        return answer.to_dict()
    return repr(answer)


def answer_of(argument, base):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return plain_values(argument.call(base))


def some(kinds, argument):
    """All kinds, or two of them where a call is slow: one reader checks ids everywhere."""
    return list(kinds.values())[: 2 if argument.slow else None]


def but_ids(bases, argument, id_of, name="numbers"):
    return bases[name].but(argument.frame, id_of)


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        (name, argument)
        for name in ID_TYPES
        for argument in ARGUMENTS
        if not (argument.long or (argument.slow and name != "numbers"))
    ],
    ids=str,
)
def test_ids_match_whatever_their_type_of_column(bases, argument, name):
    """Law: the same ids in another type of column change no answer."""
    expected = answer_of(argument, bases[name])
    for id_of in some(ID_TYPES[name][1], argument)[argument.slow :]:
        assert answer_of(argument, but_ids(bases, argument, id_of, name)) == expected


NO_IDS = {
    "bytes": (lambda ids: pd.Series([str(value).encode() for value in ids]), "bytes"),
    "fractions": (lambda ids: ids + 0.5, "fractions"),
    "infinity": (lambda ids: ids.astype(float).where(ids > ids.min(), np.inf), "fractions"),
    "truth values": (lambda ids: ids > 1, "bool"),
    "dates": (lambda ids: pd.Timestamp("2025-01-01") + pd.to_timedelta(ids, unit="D"), "Timestamp"),
    "decimals": (lambda ids: pd.Series([Decimal(value) for value in ids], dtype=object), "Decimal"),
    "tuples": (lambda ids: pd.Series([(value, 1) for value in ids]), "tuple"),
    "truth among numbers": (lambda ids: pd.Series([True, *ids.tolist()[1:]], dtype=object), "bool"),
    "categories of dates": (
        lambda ids: (pd.Timestamp("2025-01-01") + pd.to_timedelta(ids, unit="D")).astype("category"),
        "Timestamp",
    ),
}


def refused(argument, base):
    """The message; it shows rows."""
    with pytest.raises(kk.DataError) as caught:
        answer_of(argument, base)
    plt.close("all")
    assert re.search(r"^ *row +customer_id", str(caught.value), re.MULTILINE)
    return str(caught.value)


@pytest.mark.parametrize("argument", ARGUMENTS, ids=str)
def test_invalid_ids_are_refused_in_the_same_words(bases, argument):
    """Law: the message names the type, the number of rows and the first rows, for every argument."""
    for id_of, kind in some(NO_IDS, argument):
        message = refused(argument, but_ids(bases, argument, id_of))
        law = f"needs text or whole numbers as ids in `customer_id`, found {kind}"
        assert re.match(rf".+ {law}: broken by [\d,]+ of [\d,]+ rows\.\n", message), message
        assert message.endswith(
            "Hint: make ids text or whole numbers, alike in every frame: .astype(str) in pandas, .cast(pl.String) in "
            "polars."
        )


@pytest.mark.parametrize("argument", ARGUMENTS, ids=str)
def test_two_kinds_in_a_column_are_refused(bases, argument):
    """7 and "7" in one column would be two customers."""
    last_is_text = but_ids(
        bases, argument, lambda ids: pd.Series([*map(int, ids[:-1]), str(ids.iloc[-1])], dtype=object)
    )
    message = refused(argument, last_is_text)
    assert (
        'needs ids of one kind in `customer_id`, found text among numbers (17 is not "17"): broken by 1 of' in message
    )
    assert message.endswith("Hint: make them one kind: .astype(str) in pandas, .cast(pl.String) in polars.")


@pytest.mark.parametrize("argument", ARGUMENTS, ids=str)
def test_floats_too_large_to_tell_ids_apart_are_refused(bases, argument):
    """From 2**53 on, neighbours are one float; of 32 bits, from 2**24 on."""
    for kind, bits in (("float64", 53), ("float32", 24)):
        far = but_ids(bases, argument, lambda ids, b=bits, k=kind: (ids + 2**b).astype(k))
        assert f"needs ids below 2**{bits} in `customer_id` where they are floats (from there on" in refused(
            argument, far
        )


@pytest.mark.parametrize("argument", ARGUMENTS, ids=str)
def test_rows_without_an_id_are_refused(bases, argument):
    """Blank text is no id, and a missing number is not 0."""
    for name, missing in (("text", None), ("text", " \t"), ("numbers", None)):
        lacking = but_ids(
            bases, argument, lambda ids, gap=missing: pd.Series([gap, *ids.tolist()[1:]], dtype=object), name
        )
        if argument.name == "data_report(orders)":  # which never refuses a row
            assert answer_of(argument, lacking)["rows"][1] == 1
            continue
        message = refused(argument, lacking)
        text = "must name a customer" if argument.name == "transactions(orders)" else "needs an id"
        assert re.match(rf".+ {text} (in `customer_id` )?on every row: broken by 1 of", message), message


@pytest.mark.parametrize("argument", [each for each in ARGUMENTS if each.once], ids=str)
def test_a_second_row_is_refused(bases, argument):
    """Where an argument takes one row per customer, no customer counts twice."""
    message = refused(argument, bases["numbers"].twice(argument.frame))
    assert "needs one row per customer in `customer_id`: broken by 2 of" in message


BESIDE = [each for each in ARGUMENTS if each.frame in {"customers", "events", "contacts", "later", "outcome", "chosen"}]


@pytest.mark.parametrize("argument", BESIDE, ids=str)
def test_numbers_are_not_found_in_text(bases, argument):
    """Two frames with ids of different kinds match no customer, and are refused."""
    with pytest.raises(kk.DataError, match=r"needs ids of one kind: `customer_id` is \w+ in .+ and \w+ in .+, so no"):
        argument.call(but_ids(bases, argument, lambda ids: ids.astype(str)))


TAKES_CUSTOMERS = {
    "orders", "transactions", "members", "customers", "events", "summary", "holdout", "table", "careers", "facts",
    "history", "scores", "classes", "frame", "positions", "previous", "contacts", "campaign",
}  # fmt: skip
"""Names of parameters that take a frame of customers."""

SATISFACTION = ("satisfaction_effects", "CareerWorth.satisfaction_effects")
WITHOUT_IDS = {
    "CustomerCareer.fit(previous)": "what ABCClassifier.classify(previous) reads",
    **{
        f"DrawnRungs.{name}(history)": "a history, not a frame"
        for name in ("ahead", "at_end", "counted_events", "drawn", "until", "within")
    },
    "DrawnEquity.equity(history)": "a history, not a frame",
    "DrawnDiscounts.climb_factors(history)": "a history, not a frame",
    "DrawnDiscounts.discount_path(history)": "a history, not a frame",
    "DrawnClasses.class_forecast(history)": "a history, not a frame",
    "FittedCustomerGroups.repetition(history)": "a history, not a frame",
    "forecast_group_checks(history)": "a history, not a frame",
    "CustomerGroups.fit_if_able(summary)": "what CustomerGroups.fit reads",
    "make_transactions(customers)": "a number of customers",
    **{
        f"HiddenForecast.{name}(contacts)": "numbers by action, not a frame"
        for name in ("ahead", "forecast", "purchases", "sizes", "time_to")
    },
    "CustomerLadder.place(scores)": "a model, not a frame",
    "CustomerLadder.careers(scores)": "a model, not a frame",
    "LadderHistory.positions(scores)": "a model, not a frame",
    "LadderHistory.careers(scores)": "a model, not a frame",
    "LadderHistory.panel(scores)": "a model, not a frame",
    "LadderHistory.rung_history(scores)": "a model, not a frame",
    **{f"{name}(history)": "a history, not a frame" for name in ("check_movement", "development", "movement_total")},
    "Microsimulation.fit(history)": "a history, not a frame",
    "satisfaction_effects(history)": "a history, not a frame",
    **{f"{name}(events)": "names of events, not a frame" for name in SATISFACTION},
    **{f"BlendedMovement.{name}(history)": "a history, not a frame" for name in ("fit", "weighted")},
    **{
        f"BlendedForecast.{name}(history)": "a history, not a frame"
        for name in ("forecast", "sizes", "time_to", "at_end")
    },
    **{
        f"FittedMicrosimulation.{name}(history)": "a history, not a frame"
        for name in ("forecast", "sizes", "time_to", "p_reached", "flows", "value", "scenario")
    },
    "check_rule(frame)": "any frame that a rule asks about",
    "check_playbook(frame)": "any frame that a playbook asks about",
    "check_planner(customers)": "what StrategyPlanner.plan reads",
    "StrategyPlanner.plan(holdout)": "a share",
    "CareerPlans.plan(holdout)": "a share",
    **{f"CareerPlans.plan({name})": "what StrategyPlanner.plan reads" for name in ("contacts", "events", "previous")},
    "StrategyPlanner.plan(previous)": "a plan",
    "StrategyPlanner.review(customers)": "what StrategyPlanner.plan reads",
    "Plan.add(customers)": "ids, not a frame",
    "FittedValueScorer.draw_base(scores)": "arrays that score_base hands on",
    "CareerChanges.changed(previous)": "a fitted career",
    "CareerChanges.drift(previous)": "a fitted career",
    "CountsIncrements.increments(previous)": "spans of time",
    "PlannerSpec.increments(previous)": "a plan",
    "Policy.assign(frame)": "any frame with the columns of the groups",
    "ReturningNBD.fit(customers)": "any frame: no column of it is read",
    "FittedOwnPrice.predict(customers)": "any frame: no column of it is read",
    "FittedOwnPrice.read_spend(customers)": "any frame: no column of it is read",
    "FittedPurchases.simulate(customers)": "rows by position, of customers yet to be made",
    "CovariateEffects.covariates_of(customers)": "rows by position, of customers yet to be made",
    "FittedFirstPurchase.simulate(customers)": "rows by position, of leads yet to be made",
    "LeadEffects.of_rows(customers)": "rows by position, of leads yet to be made",
    "FittedGammaGamma.simulate(customers)": "rows by position, of customers yet to be made",
    "SpendEffects.of_rows(customers)": "rows by position, of customers yet to be made",
    "SpendEffects.covariates(customers)": "what FittedGammaGamma hands on",
    "SpendEffects.covariates(summary)": "what FittedGammaGamma hands on",
    "CovariateEffects.add_covariates(customers)": "what FittedPurchases.read hands on",
    "CovariateEffects.add_covariates(summary)": "what FittedPurchases.read hands on",
    "ChainMovement.ahead(customers)": "what ChainMovement.forecast hands on",
    "ChainMovement.counts(customers)": "what ChainMovement.forecast hands on",
    "ChainMixture.fit_panel(customers)": "what ChainMixture.fit hands on",
}
"""Parameters with such a name in which no customer is looked up, and why."""


def offered():
    """Every parameter of a public function or method that takes a frame of customers."""
    owners = [getattr(kk, name) for name in dir(kk)]
    modules = [each for each in owners if inspect.ismodule(each)]
    owners += [getattr(each, name) for each in modules for name in vars(each) if not name.startswith("_")]
    owners = [each for each in owners if getattr(each, "__module__", "").startswith("kundkarriar")]
    for owner in owners:
        if inspect.isclass(owner) and issubclass(owner, kk.Condition):
            continue  # conditions take any frame
        if inspect.isclass(owner) and not getattr(owner, "_is_protocol", False):
            functions = [inspect.getattr_static(owner, name) for name in dir(owner) if not name.startswith("_")]
            functions = [getattr(each, "__func__", each) for each in functions]
        else:
            functions = [owner]
        for each in functions:
            function = inspect.unwrap(each) if callable(each) else None
            if not inspect.isfunction(function) or issubclass(
                owner if inspect.isclass(owner) else object, kk.Condition
            ):
                continue  # conditions take any frame
            beside = "plots." if function.__module__.startswith("kundkarriar.plots") else ""
            # each model is listed with the `fit` that it inherits
            name = f"{owner.__name__}.fit" if function.__name__ == "fit" else function.__qualname__
            for parameter in TAKES_CUSTOMERS & set(inspect.signature(function).parameters):
                yield f"{beside}{name}({parameter})"


def test_every_argument_is_listed():
    """Every parameter of such a name is in the list above, or among those that look up no customer."""
    listed = [argument.name for argument in ARGUMENTS]
    assert len(set(listed)) == len(listed)
    public = set(offered())
    assert public - set(listed) - set(WITHOUT_IDS) == set()
    assert set(WITHOUT_IDS) - public == set()
    behind = {"grid(customers)", "gini(customers)", "lorenz_curve(customers)"}  # what plots and careers are drawn from
    # names that elsewhere are of no frame
    behind |= {"needs_profile(needs)", "select(needs)"}
    behind |= {f"{name}({side})" for name in ("class_transitions", "gain_split") for side in ("before", "after")}
    assert set(listed) - public == behind
