"""The groups of a career: by the mixture fitted to its summary, by rules where it cannot be fitted, by a ladder."""

import json

import numpy as np
import pandas as pd
import pytest
from attrs import evolve

import kundkarriar as kk

AS_OF = "1998-06-30"
SCORER = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M")
SPEC = kk.CustomerCareer(scorer=SCORER)
P = ["p_moving", "p_recurring", "p_exclusive"]


def fit(spec, bought, **given):
    return spec.fit(bought, as_of=AS_OF, seed=1, draws=2, **given)


@pytest.fixture(scope="module")
def cdnow_sample(cdnow_sample):
    """A third of the sample."""
    return cdnow_sample[cdnow_sample["customer_id"] % 3 == 0].reset_index(drop=True)


@pytest.fixture(scope="module")
def career(cdnow_sample):
    return fit(SPEC, cdnow_sample)


def test_groups_are_those_of_the_mixture_of_the_summary(career, cdnow_sample):
    summary = kk.summarize(cdnow_sample, as_of=AS_OF, regularity=True)
    fitted = kk.CustomerGroups().fit(summary)
    assert career.groups == fitted
    expected = fitted.assign(summary)
    pd.testing.assert_frame_equal(career.customers()[[*P, "group"]], expected[[*P, "group"]])
    counts = career.customers()["group"].value_counts()[["moving", "recurring", "exclusive"]]
    assert counts.to_numpy() == pytest.approx(expected[P].sum().to_numpy(), abs=10)
    assert career.checks()["message"][0].endswith("by the probabilities of kk.CustomerGroups")


def test_too_few_customers_are_grouped_by_rules(cdnow_sample):
    few = cdnow_sample[cdnow_sample["customer_id"] < 1_500]
    career = fit(SPEC, few)
    rules = kk.CustomerLadder.groups().place(few, as_of=AS_OF)
    assert career.groups is None
    assert career.customers()["group"].tolist() == rules["rung"].tolist()
    assert not set(P) & set(career.customers())
    assert career.checks()["message"][0].startswith("true by definition: the groups are the rungs of one ladder")


def test_groups_may_be_a_ladder_of_ones_own(cdnow_sample):
    career = fit(evolve(SPEC, groups=kk.CustomerLadder.groups()), cdnow_sample)
    assert career.groups is None
    rules = kk.CustomerLadder.groups().place(cdnow_sample, as_of=AS_OF)
    assert career.customers()["group"].tolist() == rules["rung"].tolist()


def test_a_share_of_wallet_is_read_from_the_customers(cdnow_sample):
    known = cdnow_sample[["customer_id"]].drop_duplicates(ignore_index=True)
    known["wallet"] = np.random.default_rng(1).uniform(0.1, 0.9, len(known))
    career = fit(evolve(SPEC, groups=kk.CustomerGroups(share="wallet", starts=1)), cdnow_sample, customers=known)
    assert career.groups.estimates()["share_of_wallet"].between(0.1, 0.9).all()


def test_the_mixture_is_stored_and_belongs_to_the_specification(career):
    stored = json.loads(json.dumps(career.to_dict()))
    again = kk.FittedCareer.from_dict(stored)
    assert again.groups == career.groups
    assert again.equals(career)
    with pytest.raises(kk.DataError, match="fitted from `groups` of `career`, in its period"):
        evolve(career, groups=evolve(career.groups, spec=kk.CustomerGroups(seed=9)))


def test_a_stored_buyer_without_a_group_is_refused(career):
    stored = career.to_dict()
    (column,) = [each for each in stored["table"]["columns"] if each["name"] == "group"]
    column["values"] = [None, *column["values"][1:]]
    with pytest.raises(kk.DataError, match="`table` needs a group in `group` of everyone who bought"):
        kk.FittedCareer.from_dict(stored)


def test_whether_groups_become_more_repetitive_is_read_off_the_history_of_a_career(career):
    table = career.groups.repetition(career.history, origins=2, every="4M")
    assert table["verdict"].dropna().isin(["more repetitive", "less repetitive", "cannot tell"]).sum() == 3


def test_groups_are_a_mixture_or_a_ladder():
    with pytest.raises(kk.DataError) as raised:
        kk.CustomerCareer(scorer=SCORER, groups="exclusive")
    assert str(raised.value) == (
        "`groups` must be kk.CustomerGroups(...) or a kk.CustomerLadder, got 'exclusive'.\n\n"
        "Hint: write groups=kk.CustomerGroups(share=...)."
    )
