"""Law: one result in every library of frames: public calls give the rows that they give of pandas.

A row of `CALLS` is the name of a call and a function of a shop. The frames of the shop are its attributes, all of one
kind: orders, sold (standard transactions), known and later (its parts), customers, events, sent (quotes), members,
campaign, and what pandas makes of them: summary, gaps, months, terms, leads, actual, facts, scores, before, careers,
placed. An answer is a frame, or several by name. A row of `REFUSED` has besides the frame that is broken, and the
columns that are replaced in it.
"""

import os
import warnings
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import kundkarriar as kk

AS_OF, EARLIER, LATER = "2025-06-30", "2024-12-31", "2025-12-31"
CUSTOMERS = int(os.environ.get("MATRIX_CUSTOMERS", "5000"))
COLUMNS = {
    "customer_id": "id",
    "date": "day",
    "amount": "gross",
    "vat": "included",
    "vat_rate": 0.25,
    "currency": "SEK",
}
DAYS = kk.column("purchase_days")
LADDER = kk.CustomerLadder(
    rungs=[kk.Rung(name=name, when=days <= DAYS) for name, days in (("new", 0), ("again", 2), ("often", 4))], lapse=None
)
LOYALTY = kk.CustomerLadder.loyalty()
CLASSES = kk.ABCClassifier()
SCORER = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M")
CAREER = kk.CustomerCareer(scorer=SCORER, ladder=LADDER)
MAILING = kk.Experiment(treatment="arm", control="none", outcome="spend", outcome_is="revenue", by="channel")
EFFECT = kk.Effect(on="purchases", mean=1.3, low=1.1, high=1.5, evidence="assumed", relative_to="no letter")
ACTIONS = [kk.Action(name="letter", objective="repeat", lever="information", cost=0.2, hours=0.01, effect=EFFECT)]
BUDGET = kk.Budget(money=100, hours=20, period="2026", reserve=0)


def make_shop():
    """The frames of a shop, in pandas."""
    sold = kk.testing.make_transactions(customers=CUSTOMERS, seed=4, start="2023-06-01", until=LATER, returns=0.05)
    sold = sold.astype({"date": "datetime64[us]"})
    ids = np.arange(1, CUSTOMERS + 51)  # fifty have not bought yet
    customers = pd.DataFrame({"customer_id": ids, "channel": np.where(ids % 3, "web", "shop")})
    customers["first_contact"] = np.datetime64("2023-05-02", "us")
    events = sold.iloc[::7][["customer_id", "date"]].assign(event="referral", value=4.0).reset_index(drop=True)
    members = customers[["customer_id"]].assign(start=np.datetime64("2023-01-01", "us"))
    members["end"] = np.where(ids % 3, np.datetime64("NaT", "us"), np.datetime64("2024-06-30", "us"))
    orders = sold.rename(columns={"customer_id": "id", "date": "day", "amount": "gross"})
    known, later = (part.reset_index(drop=True) for part in kk.split(sold, at=AS_OF))
    summary = kk.summarize(known, as_of=AS_OF, customers=customers, regularity=True)
    scores = CLASSES.classify(SCORER.fit(summary).score(summary))
    return {
        "orders": orders,
        "sold": sold,
        "known": known,
        "later": later,
        "customers": customers,
        "events": events,
        "sent": events.assign(event="quote"),
        "members": members,
        "campaign": customers.assign(arm=np.where(ids % 4 < 2, "none", "mail"), spend=(ids * 7 % 13).astype(float)),
        "summary": summary,
        "gaps": kk.summarize(known, as_of=AS_OF, gaps=True),
        "months": kk.opportunities(known, as_of=AS_OF, every="M"),
        "terms": kk.memberships(members, as_of=AS_OF, every="Y"),
        "leads": kk.leads(customers, known, as_of=AS_OF),
        "actual": kk.holdout_table(summary, later, until=LATER),
        "facts": kk.facts(known, as_of=AS_OF),
        "scores": scores,
        "before": scores.assign(abc=scores["abc"].to_numpy()[::-1]),
        "careers": LADDER.careers(known, as_of=AS_OF),
        "placed": LADDER.place(known, as_of=AS_OF),
    }


def of_purchases(spec, name="summary", **given):
    """What a fitted purchase model tells of each customer."""

    def told(shop):
        summary = getattr(shop, name)
        of = {"customers": shop.customers} if given.get("customers") else {}
        fitted = spec.fit(summary, **of)
        return {
            "predict": fitted.predict(summary, horizon=26, **of),
            "discounted": fitted.discounted(summary, discount_rate=0.1, **of),
            "next": fitted.next_purchase(summary, by=8, **of),
            "counts": fitted.purchase_counts(summary, horizon=26, up_to=3, **of),
            "latent": fitted.latent(summary, **of),
        }

    return told


def fitted_and_predicted(spec, name, horizon):
    """The predictions of a model of another table."""
    return lambda shop: spec.fit(getattr(shop, name)).predict(getattr(shop, name), horizon=horizon)


def drawn(shop):
    """What draws of values tell of each customer."""
    values = SCORER.fit(shop.summary).draw(shop.summary, draws=20, seed=1)
    return {"interval": values.interval(), "above": values.p_above(), "top": values.p_top(k=50)}


def of_history(shop):
    """What a ladder's history tells, with attributes and events."""
    history = LOYALTY.history(shop.known, as_of=AS_OF, events=shop.events, customers=shop.customers, burn_in="1M")
    return {"place": history.positions(), "before": history.before(EARLIER).positions()}


def of_career(shop):
    """A career and a plan of it."""
    career = CAREER.fit(shop.known, as_of=AS_OF, seed=1, draws=5, customers=shop.customers)
    plan = career.plan(actions=ACTIONS, budget=BUDGET, start="2026-01-01", holdout=0.2)
    return {"customers": career.customers(), "assigned": plan.assignments(), "contacts": plan.contacts()}


def of_experiment(shop):
    """A policy learnt from a campaign."""
    return MAILING.fit(shop.campaign).policy(margin=0.4, cost=0.1).assign(shop.campaign)


def by_name(frames):
    """Frames in order, by number."""
    return {str(number): frame for number, frame in enumerate(frames)}


CALLS = {
    "transactions": lambda shop: kk.transactions(shop.orders, **COLUMNS),
    "data_report": lambda shop: kk.data_report(shop.orders, **COLUMNS),
    "split": lambda shop: by_name(kk.split(shop.sold, at=AS_OF)),
    "summarize": (
        lambda shop: kk.summarize(shop.sold, as_of=AS_OF, customers=shop.customers, regularity=True, burn_in="1M")
    ),
    "summarize with gaps": lambda shop: kk.summarize(shop.known, as_of=AS_OF, gaps=True),
    "summarize by month": lambda shop: kk.summarize(shop.known, as_of=AS_OF, period="M", merge="s"),
    "summarize in a season": (
        lambda shop: kk.summarize(shop.known, as_of=AS_OF, season=kk.Season.estimate(shop.known, until=AS_OF))
    ),
    "distinct_rows": lambda shop: kk.distinct_rows(shop.summary),
    "holdout_table": lambda shop: kk.holdout_table(shop.summary, shop.later, until=LATER),
    "newcomers": lambda shop: kk.newcomers(shop.summary, shop.later, until=LATER),
    "opportunities": lambda shop: kk.opportunities(shop.known, as_of=AS_OF, every="M", customers=shop.customers),
    "memberships": lambda shop: kk.memberships(shop.members, as_of=AS_OF, every="Y"),
    "leads": lambda shop: kk.leads(shop.customers, shop.known, as_of=AS_OF),
    "quotes": lambda shop: kk.quotes(shop.sent, shop.known, as_of=AS_OF),
    "facts": lambda shop: kk.facts(shop.known, as_of=AS_OF, customers=shop.customers, events=shop.events),
    "MBGNBD": of_purchases(kk.MBGNBD()),
    "ParetoNBD": of_purchases(kk.ParetoNBD()),
    "covariates": of_purchases(kk.MBGNBD(covariates=kk.Covariates(purchase="channel")), customers=True),
    "average": fitted_and_predicted(kk.ModelAverage(models=(kk.NBD(), kk.MBGNBD())), "summary", 12),
    "groups": lambda shop: kk.CustomerGroups(starts=1).fit(shop.summary).assign(shop.summary),
    "GammaGamma": lambda shop: kk.GammaGamma().fit(shop.summary).predict(shop.summary),
    "BGBB": fitted_and_predicted(kk.BGBB(), "months", 6),
    "ShiftedBetaGeometric": fitted_and_predicted(kk.ShiftedBetaGeometric(), "terms", 2),
    "FirstPurchase": fitted_and_predicted(kk.FirstPurchase(), "leads", 6),
    "drift": lambda shop: kk.NBD().fit(kk.summarize(shop.known, as_of=EARLIER)).drift_check(shop.gaps).table(),
    "compare_models": lambda shop: kk.compare_models([kk.NBD(), kk.BGNBD()], shop.summary, holdout=shop.actual),
    "score": lambda shop: SCORER.fit(shop.summary).score(shop.summary, rank=True),
    "draws": drawn,
    "classify": lambda shop: CLASSES.classify(shop.scores),
    "table of classes": lambda shop: CLASSES.table(shop.scores),
    "class_transitions": lambda shop: kk.class_transitions(shop.before, shop.scores),
    "concentration": lambda shop: kk.concentration(shop.scores),
    "judge_segments": lambda shop: kk.judge_segments(shop.placed, shop.actual, by=["rung"], repeats=10),
    "place": lambda shop: LADDER.place(shop.known, as_of=AS_OF, customers=shop.customers),
    "place_snapshot": lambda shop: LADDER.place_snapshot(shop.facts),
    "careers": lambda shop: LADDER.careers(shop.known, as_of=AS_OF),
    "moves": lambda shop: kk.moves(shop.careers),
    "history": of_history,
    "chains": lambda shop: kk.ChainMixture(chains=1, mass=10).fit(shop.careers).forecast(shop.careers, horizon="3M"),
    "backtest": lambda shop: kk.Backtest(scorer=SCORER, origins=1, horizon="3M").run(shop.sold).summary(),
    "experiment": lambda shop: MAILING.fit(shop.campaign).effects(),
    "policy": of_experiment,
    "career and plan": of_career,
}

LAZY_CALLS = {
    "transactions", "data_report", "split", "summarize", "summarize with gaps", "summarize by month", "holdout_table",
    "newcomers", "facts", "MBGNBD", "ParetoNBD", "average", "GammaGamma", "BGBB", "ShiftedBetaGeometric", "score",
    "classify", "table of classes", "place", "careers",
}  # fmt: skip
"""The calls that take lazy frames; any other refuses them, and says what to type."""

REFUSED = {
    "no dates": ("known", {"date": "soon"}, lambda shop: kk.summarize(shop.known, as_of=AS_OF)),
    "amounts of text": ("known", {"amount": "12"}, lambda shop: kk.summarize(shop.known, as_of=AS_OF)),
    "missing amounts": ("known", {"amount": np.nan}, lambda shop: kk.summarize(shop.known, as_of=AS_OF)),
    "blank ids": ("known", {"customer_id": " "}, lambda shop: kk.summarize(shop.known, as_of=AS_OF)),
    "fractions as ids": ("known", {"customer_id": 0.5}, lambda shop: LADDER.place(shop.known, as_of=AS_OF)),
    "unreadable dates": ("orders", {"day": "31/12/2025"}, lambda shop: kk.transactions(shop.orders, **COLUMNS)),
    "infinite amounts": ("orders", {"gross": np.inf}, lambda shop: kk.transactions(shop.orders, **COLUMNS)),
    "one customer": ("summary", {"customer_id": 7}, lambda shop: kk.MBGNBD().fit(shop.summary)),
    "ages below 0": ("summary", {"T": -1.0}, lambda shop: kk.MBGNBD().fit(shop.summary)),
    "another unit": ("summary", {"period": "D"}, fitted_and_predicted(kk.MBGNBD(), "summary", "1M")),
    "no values": ("scores", {"net_value": "much", "clv": "much"}, lambda shop: CLASSES.classify(shop.scores)),
    "text as days": ("facts", {"purchase_days": "often"}, lambda shop: LADDER.place_snapshot(shop.facts)),
    "unknown rungs": ("careers", {"rung": None}, lambda shop: kk.moves(shop.careers)),
    "missing arms": ("campaign", {"arm": None}, lambda shop: MAILING.fit(shop.campaign)),
}


def in_kind(frames, convert):
    """The frames of a shop, each converted when it is first read."""

    class Shop(SimpleNamespace):
        def __getattr__(self, name):
            setattr(self, name, convert(frames[name]))
            return getattr(self, name)

    return Shop()


OF_ARROW = "pandas of arrow"
EAGER = {"polars": "polars", "pyarrow": "pyarrow", OF_ARROW: "pandas"}
LAZY = {"polars lazy": "polars", "duckdb": "duckdb", "spark": "pyspark"}
IN_MEMORY = {"facts", "careers", "campaign"}
"""Frames whose calls take none that are lazy."""


@pytest.fixture(scope="session")
def frames():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make_shop()


@pytest.fixture(scope="session")
def usual(frames):
    """The answer of a call to pandas, made once for all kinds."""
    shop, kept = in_kind(frames, lambda frame: frame), {}

    def answer(name):
        if name not in kept:
            kept[name] = told(CALLS[name], shop)
        return kept[name]

    return answer


def told(call, shop):
    """The frames that a call gives, by name, and what it warned of; libraries' own warnings are theirs."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        answer = call(shop)
    ours = sorted(str(each.message) for each in caught if issubclass(each.category, kk.DataWarning))
    return answer if isinstance(answer, dict) else {"": answer}, ours


@pytest.fixture
def same(from_engine, same_rows):
    """A function that asserts that frames hold the same rows; lists of gaps are compared as the texts of pandas."""

    def compare(answer, expected):
        frame = from_engine(answer)
        if "gaps" in frame.columns and not isinstance(frame["gaps"].iloc[0], str):
            frame["gaps"] = [None if cell is None else " ".join(map(str, cell)) for cell in frame["gaps"]]
        same_rows(frame, expected)

    return compare


@pytest.fixture(params=[*EAGER, *LAZY])
def convert(request, to_engine):
    """The kind of frames, and a function of pandas frames to frames of it; tables of pyarrow have several chunks."""
    kind = request.param

    def made(frame):
        if kind == OF_ARROW:
            return frame.convert_dtypes(dtype_backend="pyarrow")
        native = to_engine(kind, frame)
        return pa.concat_tables([native[:1000], native[1000:]]) if kind == "pyarrow" else native

    made.lazy, made.library = kind in LAZY, {**EAGER, **LAZY}[kind]
    return made


@pytest.mark.parametrize("name", CALLS)
def test_every_kind_gives_the_rows_of_pandas(name, convert, frames, usual, same):
    """Law: integers and texts exactly, floats to 1e-9, the same warnings, and frames of the library given.

    A lazy frame is taken, or refused with what to type.
    """
    if convert.lazy and name not in LAZY_CALLS:
        with pytest.raises(kk.CapabilityError, match=r"got a lazy one.*\n\nHint: "):
            told(CALLS[name], in_kind(frames, convert))
        return
    answers, said = told(CALLS[name], in_kind(frames, convert))
    expected, due = usual(name)
    assert said == due
    assert list(answers) == list(expected)
    for part, answer in answers.items():
        same(answer, expected[part])
        assert type(answer).__module__.split(".")[0] == convert.library, part


@pytest.mark.parametrize("name", REFUSED)
def test_every_kind_is_refused_in_the_same_words(name, convert, frames):
    """Law: the same error in the same words, with the same rows, whatever the library."""
    broken, columns, call = REFUSED[name]
    wrong = frames[broken].head(60).assign(**{each: columns[each] for each in columns if each in frames[broken]})
    messages = []
    for made in (lambda frame: frame, convert):
        with pytest.raises(kk.KundkarriarError) as caught:
            call(in_kind({**frames, broken: wrong}, made))
        messages.append((type(caught.value), str(caught.value)))
    if convert.lazy and broken in IN_MEMORY:
        assert messages[1][0] is kk.CapabilityError
    else:
        assert messages[0] == messages[1]
