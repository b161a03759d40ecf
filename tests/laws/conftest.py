"""Public calls as functions of the frames of one shop, so that a law is tried on all of them."""

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import attrs
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import kundkarriar as kk

AS_OF, EARLIER, LATER, N = "2025-06-30", "2024-12-31", "2025-12-31", 90
DAYS = kk.column("purchase_days")
STEPS = kk.CustomerLadder(
    rungs=[kk.Rung(name=name, when=days <= DAYS) for name, days in (("new", 0), ("again", 2), ("often", 4))], lapse=None
)
LADDERS = {
    "kundkarriar": kk.CustomerLadder.kundkarriar(client_days=3, client_quarters=2, supporter_months=3),
    "loyalty": kk.CustomerLadder.loyalty(),
    "steps": STEPS,
}
SCORER = kk.ValueScorer(
    purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M", costs=kk.Costs(serve_per_year=2, per_order=1)
)
CAREER = kk.CustomerCareer(scorer=SCORER, ladder=LADDERS["kundkarriar"])
EFFECT = kk.Effect(on="purchases", mean=1.3, low=1.1, high=1.5, evidence="assumed", relative_to="no letter")
ACTIONS = (
    kk.Action(name="letter", objective="repeat", lever="information", cost=0.2, hours=0.01, effect=EFFECT),
    kk.Action(name="tips", objective="grow", lever="information", cost=0.1, hours=0, effect=EFFECT),
)
BUDGET = kk.Budget(money=6, hours=1, period="2026", reserve=0)
CONTRIBUTION = {"new": -1.0, "again": 2.0, "often": 3.0}


@attrs.frozen
class Call:
    """A public call in two steps: what is made of a shop, and the answers that this gives about the shop.

    Attributes:
        make: from the frames of a shop to an object; None where nothing is made.
        ask: from the object and the frames to answers by name.
    """

    make: object
    ask: object

    def __call__(self, shop):
        made = self.make(shop) if self.make else None
        return {**({} if made is None else {"made": made}), **self.ask(made, shop)}


CALLS = {}


def asked_of(make=None):
    """Register a function from what `make` makes, and the shop, to answers."""

    def register(ask):
        CALLS[ask.__name__] = Call(make, ask)
        return ask

    return register


def make_shop(seed, customers=N):
    """The frames of one shop, in pandas."""
    orders = kk.testing.make_transactions(customers=customers, seed=seed, start="2023-06-01", until=LATER, returns=0.05)
    ids = np.arange(1, customers + 4)  # three have not bought yet
    known = pd.DataFrame(
        {"customer_id": ids, "channel": np.where(ids % 2, "web", "shop"), "first_contact": pd.Timestamp("2023-05-02")}
    )
    happened = orders.iloc[::7].assign(event=["referral", "contract", "interest"][seed % 3], value=4.0)
    members = known[["customer_id"]].assign(start=pd.Timestamp("2023-01-01"), end=pd.NaT)
    members.loc[::3, "end"] = pd.Timestamp("2024-06-30")
    return {
        "orders": orders,
        "customers": known,
        "events": happened[["customer_id", "date", "event", "value"]].reset_index(drop=True),
        "members": members,
        "campaign": known.assign(arm=np.where(ids % 4 < 2, "none", "mail"), spend=ids * 7 % 13),
    }


# ---------------------------------------------------------------------------------------------------------------------
# The calls
# ---------------------------------------------------------------------------------------------------------------------


def handed(shop, frame):
    """A frame that the library made, as the shop hands its frames on."""
    return shop.get("as", lambda same: same)(frame)


def summary_of(shop):
    return handed(shop, kk.summarize(shop["orders"], as_of=AS_OF, customers=shop["customers"], regularity=True))


@asked_of()
def orders(_, shop):
    lines = {"customer_id": "customer_id", "date": "date", "amount": "amount", "currency": "SEK", "vat": "excluded"}
    standard = kk.transactions(shop["orders"], **lines)
    before, after = kk.split(standard, at=AS_OF)
    return {"transactions": standard, "report": kk.data_report(shop["orders"]), "before": before, "after": after}


@asked_of()
def tables(_, shop):
    known, later = kk.split(shop["orders"], at=AS_OF)
    of = {"customers": shop["customers"]}
    summary = kk.summarize(known, as_of=AS_OF, regularity=True, burn_in="1M", **of)
    return {
        "summary": summary,
        "distinct": kk.distinct_rows(summary),
        "monthly": kk.summarize(known, as_of=AS_OF, period="M", merge="s"),
        "holdout": kk.holdout_table(summary, later, until=LATER),
        "newcomers": kk.newcomers(summary, later, until=LATER),
        "opportunities": kk.opportunities(known, as_of=AS_OF, every="M", **of),
        "memberships": kk.memberships(shop["members"], as_of=AS_OF, every="Y"),
    }


@asked_of()
def facts(_, shop):
    return {"facts": kk.facts(shop["orders"], as_of=AS_OF, customers=shop["customers"], events=shop["events"])}


def placed(name):
    """Call of one ladder: its history, and what that tells."""

    def history_of(shop):
        return LADDERS[name].history(
            shop["orders"], as_of=AS_OF, events=shop["events"], customers=shop["customers"], burn_in="1M"
        )

    def told(history, _):
        careers = history.careers()
        before = history.before(EARLIER).positions()
        return {"place": history.positions(), "careers": careers, "before": before, "moves": kk.moves(careers)}

    return Call(history_of, told)


CALLS |= {f"ladder {name}": placed(name) for name in LADDERS}


@asked_of(lambda shop: kk.Season.estimate(shop["orders"], until=AS_OF))
def season(estimated, shop):
    return {"summary": kk.summarize(shop["orders"], as_of=AS_OF, season=estimated)}


@asked_of(lambda shop: kk.Arrivals().fit(shop["orders"], as_of=AS_OF))
def arrivals(fitted, _):
    return {"expected": fitted.expected("6M"), "draws": fitted.draw("2M", draws=5, seed=1)}


def purchases(spec, *, customers=False):
    """Call of a repeat-buying model."""

    def of(shop):
        return {"customers": shop["customers"]} if customers else {}

    def told(fitted, shop):
        summary = summary_of(shop)
        return {
            "estimates": fitted.estimates(),
            "predict": fitted.predict(summary, horizon=26, **of(shop)),
            "discounted": fitted.discounted(summary, discount_rate=0.1, **of(shop)),
            "next": fitted.next_purchase(summary, by=8, **of(shop)),
            "counts": fitted.purchase_counts(summary, horizon=26, up_to=3, **of(shop)),
            "later": fitted.purchase_counts(summary, horizon=26, up_to=3, after=13, **of(shop)),
            "latent": fitted.latent(summary, **of(shop)),
            "vcov": fitted.vcov(),
        }

    return Call(lambda shop: spec.fit(summary_of(shop), **of(shop)), told)


PURCHASE_MODELS = (kk.MBGNBD(), kk.BGNBD(), kk.NBD(), kk.ParetoNBD(), kk.GGompertzNBD(), kk.MBGCNBD(k=2), kk.BGCNBD())
CALLS |= {type(spec).__name__: purchases(spec) for spec in PURCHASE_MODELS}
CALLS["covariates"] = purchases(kk.MBGNBD(covariates=kk.Covariates(purchase="channel")), customers=True)


@asked_of(lambda shop: kk.MBGNBD().fit(summary_of(shop)).posterior(draws=50, seed=1))
def posterior(drawn, _):
    return {"draws": drawn.frame()}


def monthly(shop):
    return handed(shop, kk.opportunities(shop["orders"], as_of=AS_OF, every="M"))


@asked_of(lambda shop: kk.BGBB().fit(monthly(shop)))
def opportunities(fitted, shop):
    table = monthly(shop)
    return {
        "estimates": fitted.estimates(),
        "predict": fitted.predict(table, horizon=6),
        "discounted": fitted.discounted(table, discount_rate=0.1),
    }


@asked_of(lambda shop: kk.ShiftedBetaGeometric().fit(kk.memberships(shop["members"], as_of=AS_OF, every="Y")))
def members(fitted, shop):
    table = kk.memberships(shop["members"], as_of=AS_OF, every="Y")
    return {
        "estimates": fitted.estimates(),
        "predict": fitted.predict(table, horizon=2),
        "retention": fitted.retention(3),
    }


@asked_of(lambda shop: kk.GammaGamma().fit(summary_of(shop)))
def spend(fitted, shop):
    return {"estimates": fitted.estimates(), "predict": fitted.predict(summary_of(shop))}


@asked_of(lambda shop: kk.likelihood_ratio(kk.NBD().fit(summary_of(shop)), kk.BGNBD().fit(summary_of(shop))))
def comparison(ratio, shop):
    known, later = kk.split(shop["orders"], at=AS_OF)
    summary = kk.summarize(known, as_of=AS_OF)
    actual = kk.holdout_table(summary, later, until=LATER)
    compared = kk.compare_models([kk.NBD(), kk.BGNBD()], summary, holdout=actual)
    return {"compared": compared, "ratio": attrs.asdict(ratio, recurse=False)}


@asked_of(lambda shop: kk.NBD().fit(kk.summarize(shop["orders"], as_of=EARLIER)))
def drift(fitted, shop):
    later = kk.summarize(shop["orders"], as_of=AS_OF, customers=shop["customers"], gaps=True)
    return {"drift": fitted.drift_check(handed(shop, later)).table()}


@asked_of(lambda shop: kk.choose_model(shop["orders"], as_of=AS_OF, horizon="3M", models=[kk.MBGNBD(), kk.NBD()]))
def choice(made, _):
    return {"table": made.table(), "chosen": made.chosen, "how": repr(made)}


@asked_of(lambda shop: kk.ModelAverage(models=(kk.NBD(), kk.MBGNBD())).fit(summary_of(shop)))
def average(fitted, shop):
    return {"estimates": fitted.estimates(), "predict": fitted.predict(summary_of(shop), horizon=12)}


@asked_of(lambda shop: kk.CustomerGroups(starts=2).fit(summary_of(shop)))
def groups(fitted, shop):
    return {"estimates": fitted.estimates(), "assigned": fitted.assign(summary_of(shop))}


def careers_of(shop):
    return handed(shop, STEPS.careers(shop["orders"], as_of=AS_OF))


CHAINS = kk.ChainMixture(chains=2, mass=10, starts=1, covariates=("channel",))


@asked_of(lambda shop: CHAINS.fit(careers_of(shop), customers=shop["customers"]))
def chains(fitted, shop):
    careers, of = careers_of(shop), {"customers": shop["customers"]}
    return {
        "transitions": fitted.transitions(),
        "by_chain": fitted.by_chain(),
        "forecast": fitted.forecast(careers, horizon="3M", **of),
        "memberships": fitted.memberships(careers, **of),
        "value": fitted.value(contribution=CONTRIBUTION, discount_rate=0.1, draws=10),
        "sizes": fitted.sizes(careers, horizon="3M", draws=10, **of),
    }


@asked_of(lambda shop: kk.ChainMixture(chains="auto", mass=10, starts=1).fit(careers_of(shop)))
def chosen_chains(fitted, shop):
    return {"choices": fitted.choices(), "forecast": fitted.forecast(careers_of(shop), horizon="3M")}


@asked_of(
    lambda shop: kk.backtest_movement(kk.ChainMixture(chains=1, mass=10), careers_of(shop), origins=1, horizon="2M")
)
def judged_movements(result, _):
    frames = {"table": result.table(), "reliability": result.reliability(), "sizes": result.sizes()}
    return {name: rounded(frame) for name, frame in frames.items()}


def told_of(shop):
    """Effects of the events of a shop, without their values, which are all equal."""
    happened = nw.from_native(shop["events"]).select("customer_id", "date", "event").to_native()
    history = LADDERS["steps"].history(shop["orders"], as_of=AS_OF, events=happened)
    events = sorted(history.facts_as_of.events.keys)
    return kk.satisfaction_effects(history, events=events, origins=1, horizon="3M", process=kk.NBD())


@asked_of(told_of)
def satisfaction(found, _):
    return {"table": rounded(found.table())}


def rounded(table):
    """Values without their last digits: sums over customers round by the order of these."""
    columns = plain(table)
    return {
        name: [round(each, 9) if isinstance(each, float) else each for each in values]
        for name, values in columns.items()
    }


BLEND = kk.BlendedMovement(
    parts=(kk.ChainMixture(chains=1, mass=10), kk.Microsimulation(process=kk.NBD(), draws=5)), origin="2M", horizon="2M"
)


MONTH = kk.column("purchase_days_1M")
OF_THE_MONTH = kk.CustomerLadder(
    rungs=[kk.Rung(name="none", when=MONTH <= 0), kk.Rung(name="some", when=MONTH >= 1)], lapse=None
)


@asked_of(lambda shop: BLEND.fit(OF_THE_MONTH.history(shop["orders"], as_of=AS_OF)))
def blend(fitted, shop):
    history = OF_THE_MONTH.history(shop["orders"], as_of=AS_OF)
    return {"forecast": fitted.forecast(history, horizon="2M"), "sizes": fitted.sizes(history, horizon="2M")}


@asked_of(
    lambda shop: kk.Microsimulation(process=kk.NBD(), draws=5).fit(
        LADDERS["kundkarriar"].history(shop["orders"], as_of=AS_OF, events=shop["events"], customers=shop["customers"])
    )
)
def microsimulation(fitted, shop):
    of = {"events": shop["events"], "customers": shop["customers"]}
    history = LADDERS["kundkarriar"].history(shop["orders"], as_of=AS_OF, **of)
    return {"forecast": fitted.forecast(history, horizon="2M"), "sizes": fitted.sizes(history, horizon="2M")}


@asked_of(lambda shop: kk.HiddenLadder(states=2, starts=1).fit(careers_of(shop)))
def hidden(fitted, shop):
    careers = careers_of(shop)
    return {
        "states": fitted.states(),
        "place": fitted.place(careers),
        "forecast": fitted.forecast(careers, horizon="3M"),
        "purchases": fitted.purchases(careers, horizon="3M"),
    }


@asked_of(lambda shop: SCORER.fit(summary_of(shop)))
def scores(fitted, shop):
    classified = kk.ABCClassifier().classify(fitted.score(summary_of(shop)))
    return {"scores": classified, "classes": kk.ABCClassifier().table(classified)}


@asked_of(lambda shop: SCORER.fit(summary_of(shop)))
def gain_split(fitted, shop):
    of = {"customers": shop["customers"]}
    days = (handed(shop, kk.summarize(shop["orders"], as_of=day, **of)) for day in (EARLIER, AS_OF))
    before, after = (handed(shop, fitted.score(summary)) for summary in days)
    return {"split": kk.gain_split(before, after)}


@asked_of()
def products(_, shop):
    orders = shop["orders"]
    dear = np.asarray(orders["amount"].to_numpy()) > 20
    bought = kk.frames.add_columns(orders, {"category": np.where(dear, "gifts", "cards").tolist()})
    known = shop["customers"]
    wanted = np.where(
        np.array([len(str(each)) % 2 for each in known["customer_id"].to_numpy().tolist()]), "cheap", "safe"
    ).tolist()
    needs = kk.frames.add_columns(known, {"need": wanted, "weight": np.ones(len(known))})
    valued = kk.frames.add_columns(known, {"clv": np.ones(len(known))})
    return {
        "profile": kk.profile(known, bought, by="channel"),
        "next": kk.next_category(known, bought),
        "needs": kk.needs_profile(valued, needs, by="channel"),
        "list": kk.select(known, offer=["gifts", "cheap"], needs=needs, transactions=bought),
        "mix": kk.summarize(bought, as_of=AS_OF, mix=True),
    }


@asked_of()
def judged_segments(_, shop):
    known, later = kk.split(shop["orders"], at=AS_OF)
    actual = kk.holdout_table(summary_of(shop), later, until=LATER)
    of = {"customers": shop["customers"], "events": shop["events"]}
    placed = handed(shop, LADDERS["steps"].place(known, as_of=AS_OF, **of))
    schemes = ["rung", ("rung", "rung_number")]
    return {"judged": kk.judge_segments(placed, handed(shop, actual), by=schemes, repeats=10)}


@asked_of(lambda shop: SCORER.fit(summary_of(shop)).draw(summary_of(shop), draws=20, seed=1))
def draws(drawn, _):
    return {"interval": drawn.interval(), "total": drawn.total(), "p_above": drawn.p_above(), "p_top": drawn.p_top(k=5)}


@asked_of(lambda shop: kk.NBD().fit(summary_of(shop)).draw_purchases(summary_of(shop), draws=3, seed=1))
def dated_draws(drawn, _):
    return {"frame": drawn.frame()}


@asked_of(lambda shop: kk.Backtest(scorer=SCORER, origins=2, horizon="3M", draws=4).run(shop["orders"]))
def backtest(told, _):
    return {"summary": told.summary(), "totals": told.totals(), "tracking": told.tracking(), "tenths": told.by_decile()}


MAILING = kk.Experiment(treatment="arm", control="none", outcome="spend", outcome_is="revenue", by="channel")


@asked_of(lambda shop: MAILING.fit(shop["campaign"]))
def experiment(fitted, _):
    effects = {"mail": fitted.effect("mail"), "profits": fitted.profits(margin=0.4, cost=0.1)}
    return {**effects, "effects": fitted.effects(), "randomised": fitted.checks()}


@asked_of(lambda shop: MAILING.fit(shop["campaign"]).policy(margin=0.4, cost=0.1))
def policy(learnt, shop):
    return {
        "profits": learnt.table(),
        "assigned": learnt.assign(shop["campaign"]),
        "value": learnt.value(shop["campaign"]),
    }


def career_of(shop, as_of=AS_OF):
    return CAREER.fit(shop["orders"], as_of=as_of, seed=1, draws=10, customers=shop["customers"], events=shop["events"])


@asked_of(career_of)
def career(now, shop):
    parts = {"customers": now.customers(), "grid": now.grid(), "bridge": now.bridge(), "checks": now.checks()}
    before = shop["before"] if "before" in shop else career_of(shop, EARLIER)
    return {**parts, "changed": now.changed(before)}


def review_of(shop):
    """The review of a year in which those held out bought nothing."""
    made = career_of(shop).plan(actions=ACTIONS, budget=BUDGET, start="2026-01-01", holdout=0.2)
    treated = made.assignments()
    table = nw.from_native(treated)
    ids = table.filter(table["treated"])["customer_id"].to_list()
    dates = pd.date_range("2026-01-02", periods=len(ids))
    orders = pd.DataFrame({"customer_id": ids, "date": dates, "amount": 100.0, "currency": "SEK"})
    frame = nw.from_dict({name: orders[name].to_list() for name in orders}, backend=table.implementation)
    actuals = {"transactions": frame.to_native(), "contacts": made.contacts()}
    return kk.StrategyPlanner.default().review(made, actuals, as_of="2026-12-31")


@asked_of(review_of)
def review(made, _):
    parts = {"strategies": made.strategies(), "contacts": made.contacts(), "effects": made.effects()}
    return {**parts, "next": made.next(), "actions": made.actions()}


@asked_of(lambda shop: career_of(shop).plan(actions=ACTIONS, budget=BUDGET, start="2026-01-01", holdout=0.2))
def plan(made, _):
    return {
        "summary": made.summary(),
        "assignments": made.assignments(),
        "worklist": made.worklist(week="2026-W02", hours=1),
        "explained": [made.explain(customer) for customer in (1, 2, 3)],
        "checks": made.checks(),
        "sensitivity": made.sensitivity(),
    }


SLOW = {"GGompertzNBD", "ParetoNBD", "hidden", "ladder kundkarriar", "ladder loyalty", "chosen_chains"}
"""Calls that take more than a quarter of a second, which the laws that call often leave out."""


# ---------------------------------------------------------------------------------------------------------------------
# Answers that can be compared
# ---------------------------------------------------------------------------------------------------------------------

READINGS = (
    kk.FittedCareer, kk.Plan, kk.LadderHistory, kk.BacktestResult, kk.ValueDraws, kk.Posterior, kk.ModelChoice,
    kk.MovementBacktest, kk.PurchaseDraws, kk.Review, kk.SatisfactionEffects,
)  # fmt: skip
"""What is known by its answers, which are compared."""


def plain(value):  # noqa: PLR0911 - a kind of value each
    """An answer as Python values; frames as columns of lists, what is missing as None."""
    if isinstance(value, pd.DataFrame | pl.DataFrame | pa.Table):
        frame = nw.from_native(value)
        return {name: [plain(each) for each in frame.get_column(name).to_list()] for name in frame.columns}
    if isinstance(value, dict):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, READINGS):
        return type(value).__name__
    if isinstance(value, kk.LikelihoodRatio):
        return str(value)
    if hasattr(value, "to_dict"):
        return without_kind(value.to_dict())
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    return str(pd.Timestamp(value)) if hasattr(value, "isoformat") else value


def without_kind(stored):
    """A stored object without the kind of frame that it was fitted on, and without what is null only before it."""
    if isinstance(stored, list):
        return [without_kind(each) for each in stored]
    if not isinstance(stored, dict):
        return stored
    return {name: without_kind(each) for name, each in stored.items() if name != "frame_kind" and each is not None}


def by_row(answer):
    """A plain answer with the rows of every frame sorted, and the ids that a cell lists."""
    if not isinstance(answer, dict):
        return answer
    columns = list(answer.values())
    if columns and all(isinstance(each, list) for each in columns) and len(set(map(len, columns))) == 1:
        columns = [[sorted(cell, key=repr) if isinstance(cell, list) else cell for cell in each] for each in columns]
        rows = sorted(zip(*columns, strict=True), key=repr)
        return dict(zip(answer, map(list, zip(*rows, strict=True)), strict=True)) if rows else answer
    return {name: by_row(each) for name, each in answer.items()}


def differences(one, other, *, within=0.0, at=""):
    """Where two plain answers differ, in words; `within` is a relative tolerance."""
    if isinstance(one, dict) and isinstance(other, dict) and list(one) == list(other):
        pairs = [(name, one[name], other[name]) for name in one]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(place, *both) for place, both in enumerate(zip(one, other, strict=True))]
    elif isinstance(one, float) and isinstance(other, int | float):
        near = one == other or abs(one - other) <= within * max(abs(one), abs(other), 1e-3)
        return [] if near else [f"{at}: {one!r} and {other!r}"]
    else:
        same = type(one) is type(other) and one == other
        return [] if same else [f"{at}: {one!r:.80} and {other!r:.80}"]
    return [found for name, x, y in pairs for found in differences(x, y, within=within, at=f"{at}/{name}")]


def through_json(made):
    """What was written to JSON, read back."""
    return type(made).from_dict(json.loads(json.dumps(made.to_dict())))


def run(script, *arguments):
    """Run a script in a process of its own, with warnings as errors; what it prints."""
    where = {**os.environ, "PYTHONPATH": str(Path(kk.__file__).parents[1])}
    command = [sys.executable, "-W", "error", "-c", script, *arguments]
    done = subprocess.run(command, env=where, capture_output=True, text=True, check=False)  # noqa: S603 - our own text
    assert done.returncode == 0, done.stderr
    return done.stdout


class Laws:
    """What the laws share: the calls, how answers are compared, and the usual answers, which are kept."""

    calls, slow = CALLS, SLOW
    make_shop, plain, by_row = map(staticmethod, (make_shop, plain, by_row))
    differences, through_json, run = map(staticmethod, (differences, through_json, run))

    def __init__(self):
        self.kept = {}

    def shop(self, seed):
        """The frames of a shop, made once: a call that changes them breaks the laws after it."""
        return self.keep(("shop", seed), lambda: make_shop(seed))

    def made(self, call, seed):
        return self.keep(("made", call, seed), lambda: silent(CALLS[call].make, self.shop(seed)))

    def usual(self, call, seed):
        """The answers to the usual frames."""
        return self.keep(("usual", call, seed), lambda: self.answers(call, self.shop(seed)))

    def keep(self, key, make):
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]

    def natively(self, call, shop):
        """The answers of a call as they are, and as plain ones with what it warned of."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            answers = CALLS[call](shop)
        return answers, {**plain(answers), "warnings": sorted(str(each.message) for each in caught)}

    def answers(self, call, shop):
        """The plain answers of a call, and what it warned of."""
        return self.natively(call, shop)[1]

    def ask(self, call, made, shop):
        """The plain answers of what was made.

        Copies are asked about one shop: the earlier career that they are compared with is made once.
        """
        if call == "career" and shop is self.shop(1):
            shop = {**shop, "before": self.keep("before", lambda: silent(career_of, shop, EARLIER))}
        return plain(silent(CALLS[call].ask, made, shop))


def silent(function, *given):
    """The answer of a function without its warnings, which are compared elsewhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*given)


@pytest.fixture(scope="session")
def laws():
    return Laws()


def pytest_generate_tests(metafunc):
    """A test with the argument `call` runs for every call, with `made` for those that make an object, `quick`."""
    chosen = {
        "call": list(CALLS),
        "quick": [name for name in CALLS if name not in SLOW],
        "making": [name for name, call in CALLS.items() if call.make],
    }
    for argument, names in chosen.items():
        if argument in metafunc.fixturenames:
            metafunc.parametrize(argument, names)
