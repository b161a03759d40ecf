"""Law of two bases: what is said of a customer does not depend on who else is in the file."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk

pytestmark = pytest.mark.filterwarnings("ignore:the rungs ask for")  # events that random ones leave out
START, AS_OF = pd.Timestamp("2024-01-01"), "2025-12-31"
ROW = st.tuples(st.integers(1, 5), st.integers(0, 720), st.sampled_from([-20.0, 5.0, 10.0, 19.99, 300.0]))
BASE = st.lists(ROW, min_size=1, max_size=25).filter(lambda rows: any(amount > 0 for *_, amount in rows))
HAPPENED = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 720), st.sampled_from(["referral", "contract"])))
ROUNDING = 1e-11
"""Bisections and interpolations end at another last digit beside other customers."""
MODELS = [
    kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.5, alpha=6, a=0.9, b=1.6), period="W"),
    kk.FittedBGCNBD(params=kk.BGCNBDParams(k=2, r=0.2, alpha=2, a=0.8, b=2.4), period="W"),
    kk.FittedNBD(params=kk.NBDParams(r=0.4, alpha=12), period="W"),
    kk.FittedParetoNBD(params=kk.ParetoNBDParams(r=0.5, alpha=10, s=0.6, beta=12), period="W"),
    kk.FittedGGompertzNBD(params=kk.GGompertzNBDParams(r=0.5, alpha=10, b=0.01, s=0.6, beta=0.1), period="W"),
]
SPEND = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44))
SCORER = kk.FittedValueScorer(
    scorer=kk.ValueScorer(
        purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M", costs=kk.Costs(serve_per_year=2)
    ),
    purchases=MODELS[0],
    spend=SPEND,
    return_mean=0.1,
    return_mass=2.0,
    observed=104.0,
)
GROUPS = kk.FittedCustomerGroups(
    spec=kk.CustomerGroups(),
    period="W",
    alike=2,
    groups=[
        kk.BuyerGroup(name="moving", weight=0.6, leaves=0.7, gap=20, regularity=1),
        kk.BuyerGroup(name="recurring", weight=0.3, leaves=0.1, gap=12, regularity=1),
        kk.BuyerGroup(name="exclusive", weight=0.1, leaves=0.02, gap=4, regularity=3),
    ],
)
LADDER = kk.CustomerLadder.kundkarriar(client_days=3, client_quarters=2, supporter_months=3)


def base_of(rows, happened, *, after=0):
    """The frames of a base, with ids above `after`; every customer is known, also who has not bought."""
    orders = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    happened = [*happened, (1, 0, "referral"), (2, 0, "contract")]  # facts have a column for each event that is there
    events = pd.DataFrame(happened, columns=["customer_id", "date", "event"])
    for frame in (orders, events):
        frame["customer_id"] = frame["customer_id"].astype("int64") + after
        frame["date"] = START + pd.to_timedelta(frame["date"].astype("int64"), unit="D")
    return {"orders": orders, "events": events, "customers": pd.DataFrame({"customer_id": range(1 + after, 6 + after)})}


def answers_of(base):
    """What is said of each customer, by name of the call."""
    of = {"as_of": AS_OF, "customers": base["customers"]}
    summary = kk.summarize(base["orders"], regularity=True, **of)
    facts = kk.facts(base["orders"], events=base["events"], **of)
    answers = {"summary": summary, "facts": facts, "groups": GROUPS.assign(summary), "scores": SCORER.score(summary)}
    answers["scores"] = answers["scores"].drop(columns="rank")  # among all
    answers["groups"] = answers["groups"].drop(columns="group")  # as many as are expected of all
    answers["opportunities"] = kk.opportunities(base["orders"], every="M", start=START, **of)
    for model in MODELS:
        answers[type(model).__name__] = model.predict(summary, horizon=26)
    answers["discounted"] = MODELS[0].discounted(summary, discount_rate=0.1)
    answers["next"] = MODELS[0].next_purchase(summary, by=8)
    history = LADDER.history(base["orders"], events=base["events"], **of)
    return {**answers, "place": history.positions(), "careers": history.careers()}


@settings(max_examples=4)
@given(bases=st.tuples(BASE, BASE), happened=st.tuples(HAPPENED, HAPPENED))
def test_two_bases_together_give_the_rows_of_each(laws, bases, happened):
    """Law: facts, places, careers, predictions and scores at given parameters of A and B are those of A, then of B."""
    one, other = (base_of(*each, after=1_000 * at) for at, each in enumerate(zip(bases, happened, strict=True)))
    both = {name: pd.concat([one[name], other[name]], ignore_index=True) for name in one}
    apart = [answers_of(each) for each in (one, other)]
    for name, together in answers_of(both).items():
        expected = pd.concat([each[name] for each in apart], ignore_index=True)
        rows = (laws.by_row(laws.plain(each)) for each in (expected, together))
        assert laws.differences(*rows, within=ROUNDING) == [], name
