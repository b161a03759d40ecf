"""A wrong kind of table is refused with its name and the call that makes the right one."""

import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.history.ledger.transaction_rows import AMOUNTS

ORDERS = pd.DataFrame({"customer_id": [1, 1, 2, 3], "date": ["2024-01-05", "2024-02-01", "2024-01-20", "2024-01-09"]})
ORDERS = ORDERS.assign(date=pd.to_datetime(ORDERS["date"]), amount=[10.0, 20, 15, 12])
KNOWN = kk.facts(ORDERS, as_of="2024-03-31")
AFTER = pd.DataFrame({"customer_id": [1, 2, 3], "purchases": [0, 2, 1], "value": [0.0, 9, 8], "duration": 39.0})
CHANCES = kk.opportunities(ORDERS, as_of="2024-03-31", every="M")
MEMBERS = pd.DataFrame({"renewals": [1, 0], "ended": [True, False]})

MODEL = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W")
SPEND = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44))
SCORER = kk.ValueScorer(margin=0.3, discount_rate=0.1, horizon="12M", purchases=MODEL, spend=SPEND)
TAKEN = "a table of opportunities (frequency, recency, n_opportunities)"
SUMMARIZE = "Hint: kk.summarize(transactions, as_of=...) makes the table."
INSTEAD = "this table; a summary is made by kk.summarize(transactions, as_of=...)."

CASES = {
    "orders, fit": (
        lambda: kk.MBGNBD().fit(ORDERS),
        "MBG/NBD.fit reads a summary (frequency, recency, T), this is a table of transactions.",
        SUMMARIZE,
    ),
    "orders, predict": (
        lambda: MODEL.predict(ORDERS, horizon=39),
        "MBG/NBD.predict reads a summary (frequency, recency, T), this is a table of transactions.",
        SUMMARIZE,
    ),
    "orders, scorer": (
        lambda: SCORER.fit(ORDERS),
        "ValueScorer reads a summary (frequency, recency, T), this is a table of transactions.",
        SUMMARIZE,
    ),
    "orders, scores": (
        lambda: SCORER.fit(kk.summarize(ORDERS, as_of="2024-03-31")).score(ORDERS),
        "ValueScorer reads a summary (frequency, recency, T), this is a table of transactions.",
        SUMMARIZE,
    ),
    "orders, comparison": (
        lambda: kk.compare_models([kk.NBD()], ORDERS),
        "compare_models reads a summary (frequency, recency, T), this is a table of transactions.",
        SUMMARIZE,
    ),
    "orders, spend": (
        lambda: kk.GammaGamma().fit(ORDERS),
        "Gamma-Gamma.fit reads a summary (frequency, monetary_value), this is a table of transactions.",
        SUMMARIZE,
    ),
    "orders, opportunities": (
        lambda: kk.BGBB().fit(ORDERS),
        f"BG/BB.fit reads {TAKEN}, this is a table of transactions.",
        "Hint: kk.opportunities(transactions, as_of=...) makes the table.",
    ),
    "facts": (
        lambda: kk.MBGNBD().fit(KNOWN),
        "MBG/NBD.fit reads a summary (frequency, recency, T), this is a table of facts.",
        f"Hint: rules and strategies read {INSTEAD}",
    ),
    "facts, spend": (
        lambda: kk.GammaGamma().fit(KNOWN),
        "Gamma-Gamma.fit reads a summary (frequency, monetary_value), this is a table of facts.",
        f"Hint: rules and strategies read {INSTEAD}",
    ),
    "holdout": (
        lambda: MODEL.predict(AFTER, horizon=39),
        "MBG/NBD.predict reads a summary (frequency, recency, T), this is a table of what was bought afterwards.",
        f"Hint: kk.compare_models(models, summary, holdout=...) reads {INSTEAD}",
    ),
    "opportunities, spend": (
        lambda: kk.GammaGamma().fit(CHANCES),
        "Gamma-Gamma.fit reads a summary (frequency, monetary_value), this is a table of opportunities.",
        f"Hint: kk.BGBB() reads {INSTEAD}",
    ),
    "memberships, spend": (
        lambda: SPEND.predict(MEMBERS),
        "Gamma-Gamma.predict reads a summary (frequency, monetary_value), this is a table of memberships.",
        f"Hint: kk.ShiftedBetaGeometric() reads {INSTEAD}",
    ),
    "a summary without spend is still a summary": (
        lambda: kk.GammaGamma().fit(pd.DataFrame({"frequency": [1], "recency": [3.0], "T": [9.0]})),
        "Gamma-Gamma.fit needs columns that are not there: ['monetary_value'].",
        f"Hint: the DataFrame has ['frequency', 'recency', 'T']; kk.summarize makes it of {AMOUNTS}",
    ),
}


@pytest.mark.parametrize(("call", "law", "hint"), CASES.values(), ids=CASES)
def test_the_wrong_table_is_named_with_the_right_call(call, law, hint):
    with pytest.raises(kk.DataError) as raised:
        call()
    assert str(raised.value).splitlines() == [law, "", hint]
