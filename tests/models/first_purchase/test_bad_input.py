# ruff: noqa: E501, ISC004 - messages stand line by line, as they are printed
"""What the model of first purchases refuses, with whole messages."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

LEADS = pd.DataFrame(
    {
        "customer_id": list("abcd"),
        "months": [1.0, 2.0, 3.0, 4.0],
        "bought": [True, False, True, False],
        "months_known": [5.0, 2.0, 6.0, 4.0],
        "channel": ["web", "shop", "web", "shop"],
    }
)
MODEL = kk.FittedFirstPurchase(
    params=kk.FirstPurchaseParams(alpha=1, beta=9, never=0.3),
    effects=kk.LeadEffects(pace={"channel=web": 0.2}, levels={"channel": ("shop", "web")}),
)
BY_EVENT = kk.FittedFirstPurchase(params=MODEL.params, effects=kk.LeadEffects(events={"quote": 1.0}))
SEE = "\n\nHint: see kk.leads(customers, transactions, as_of=...)."


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: kk.FirstPurchase().fit(LEADS.assign(bought=False, months_known=LEADS["months"])),
            "FirstPurchase cannot be fitted: none of the 4 leads has bought (`bought` False for all).\n\n"
            "Hint: who is first contacted on the day of the first purchase was no lead; take a later as_of, or type in "
            "what is known of others: kk.FittedFirstPurchase(params=...).",
        ),
        (
            lambda: kk.FirstPurchase().fit(LEADS.head(3)),
            "FirstPurchase has 3 parameters and needs more leads than that, got 3.\n\n"
            "Hint: fit to more leads; published parameters can be typed in: kk.FittedFirstPurchase(params=...).",
        ),
        (
            lambda: kk.FirstPurchase().fit(LEADS.drop(columns="bought")),
            "FirstPurchase.fit needs columns that are not there: ['bought'].\n\n"
            "Hint: the DataFrame has ['customer_id', 'months', 'months_known', 'channel'].",
        ),
        (
            lambda: kk.FirstPurchase().fit(LEADS.head(0)),
            "FirstPurchase.fit needs leads, got an empty table.\n\n"
            "Hint: check the dates given to kk.leads(customers, transactions, as_of=...).",
        ),
        (
            lambda: kk.FirstPurchase(events="quote").fit(LEADS),
            "FirstPurchase.fit reads the events 'quote', and the leads have no column `quote_after`.\n\n"
            "Hint: kk.leads(customers, transactions, as_of=..., events=events) makes it where such events occur.",
        ),
        (
            lambda: kk.FirstPurchase(pace="branch").fit(LEADS),
            "FirstPurchase.fit needs the covariates ['branch'], which the summary does not have.\n\n"
            "Hint: customers=... with customer_id and ['branch']; the summary has ['customer_id', 'months', 'bought', 'months_known', 'channel'].",
        ),
        (
            lambda: kk.FirstPurchase().fit(LEADS, as_of="2026-06-30"),
            "FirstPurchase.fit reads `as_of` with `transactions`, which are not there.\n\n"
            "Hint: give all three, or a table of leads alone: kk.leads(customers, transactions, as_of=...).",
        ),
        (
            lambda: MODEL.predict(LEADS.assign(months=[0.0, 2.0, 3.0, 4.0]), horizon="12M"),
            "FirstPurchase.predict: a lead who has bought did so after the first contact: `months` is above 0: broken by 1 of 4 rows.\n\n"
            "row  customer_id  months  bought  months_known\n"
            "  0            a       0    True             5\n\n"
            "Hint: who bought on that day was never a lead.",
        ),
        (
            lambda: MODEL.predict(LEADS.assign(months_known=[0.5, 2.0, 6.0, 9.0]), horizon="12M"),
            "FirstPurchase.predict: `months_known` is at least `months`, and equal to it where nobody bought: broken by 2 of 4 rows.\n\n"
            "row  customer_id  months  bought  months_known\n"
            "  0            a       1    True           0.5\n"
            "  3            d       4   False             9" + SEE,
        ),
        (
            lambda: MODEL.predict(LEADS.assign(months=[-1.0, 2.0, 3.0, 4.0]), horizon="12M"),
            "FirstPurchase.predict: `months` counts months since the first contact: from 0 to 120,000: broken by 1 of 4 rows.\n\n"
            "row  customer_id  months  bought  months_known\n"
            "  0            a      -1    True             5" + SEE,
        ),
        (
            lambda: MODEL.predict(LEADS.assign(channel=["web", "fax", "web", "shop"]), horizon="12M"),
            "FirstPurchase.predict: `channel` holds levels that the fit did not see, ['fax']: broken by 1 of 4 rows.\n\n"
            "row  customer_id  channel\n"
            "  1            b      fax\n\n"
            "Hint: its levels are ['shop', 'web']: give these customers one of them, or fit again.",
        ),
        (
            lambda: BY_EVENT.predict(LEADS.assign(quote_after=[2.0, 1.0, np.nan, np.nan]), horizon="12M"),
            "FirstPurchase.predict: `quote_after` counts months from the first contact to an event before `months`, or is missing: broken by 1 of 4 rows.\n\n"
            "row  customer_id  months  bought  months_known  quote_after\n"
            "  0            a       1    True             5            2" + SEE,
        ),
        (
            lambda: MODEL.predict(LEADS, horizon="a year"),
            "`horizon` must be a span of time: a number above 0, then D, W, M or Y, got 'a year'.\n\n"
            'Hint: write "12M" or "90D".',
        ),
        (
            lambda: MODEL.conversion(LEADS, by="branch"),
            "FirstPurchase.conversion needs columns that are not there: ['branch'].\n\n"
            "Hint: the DataFrame has ['customer_id', 'months', 'bought', 'months_known', 'channel'].",
        ),
        (
            lambda: MODEL.new_lead("12M", profile={"branch": "north"}),
            "FirstPurchase.new_lead has no covariates ['branch'], which stand in `profile`.\n\n"
            "Hint: its covariates are ['channel'].",
        ),
        (
            lambda: MODEL.simulate([0.0], seed=1),
            "`months` must be for each customer a number of months above 0 and of at most 1.44626e+12, got [0.0].\n\n"
            "Hint: write months=[12.0] * 1000.",
        ),
        (
            lambda: kk.FirstPurchase(pace=["channel", "months"]),
            "`pace` must be columns known at the first contact, not what leads did, got ('channel', 'months').\n\n"
            "Hint: leave out ['months']; events go into `events`.",
        ),
        (
            lambda: kk.FirstPurchase(events="Quote"),
            "`events` must be names of events in lower case, as they are read, got ('Quote',).\n\nHint: write ['quote'].",
        ),
        (
            lambda: kk.FirstPurchaseParams(alpha=1, beta=2, never=1.5),
            "`never` must be a number from 0 to 1, got 1.5.\n\nHint: write never=0.2.",
        ),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(kk.DataError) as error:
        call()
    assert str(error.value) == message


def test_other_models_name_this_one():
    """A table of leads is no summary, and the model of first purchases no model of repeat buying."""
    with pytest.raises(kk.DataError, match="this is a table of leads"):
        kk.MBGNBD().fit(LEADS)
    with pytest.raises(kk.CapabilityError, match="reads a table of leads, because it counts first purchases"):
        kk.ValueScorer(purchases=kk.FirstPurchase(), margin=0.3, discount_rate=0.1, horizon="12M")
