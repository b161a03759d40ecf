"""Classes of a career: of realised value where values are drawn, and kept from an earlier career near a limit."""

import pandas as pd
import pytest
from attrs import evolve

import kundkarriar as kk

P = ["p_A", "p_B", "p_C"]


@pytest.fixture(scope="module")
def spec():
    scorer = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="6M")
    return kk.CustomerCareer(scorer=scorer, classifier=kk.ABCClassifier(keep=0.1))


@pytest.fixture(scope="module")
def some(cdnow_sample):
    return cdnow_sample[cdnow_sample["customer_id"] % 5 == 0]


@pytest.fixture(scope="module")
def earlier(spec, some):
    return spec.fit(some, as_of="1997-12-31", seed=2, draws=20)


def test_classes_are_those_of_the_drawn_values(spec, earlier):
    """Law: the classifier gives the career's scores and draws the career's classes and probabilities."""
    customers = earlier.customers()
    again = spec.classifier.classify(customers[["customer_id", "clv"]], draws=earlier.draws)
    pd.testing.assert_frame_equal(again[["abc", *P, "p_none"]], customers[["abc", *P, "p_none"]])
    assert customers[P].sum(axis=1).to_numpy() == pytest.approx(1.0)
    assert abs((customers["abc"] == "A").sum() - customers["p_A"].sum()) < 0.1 * len(customers)


def test_a_customer_near_a_limit_keeps_the_earlier_class(spec, some, earlier):
    """With a band some are kept whom the limits alone would move, and the grid counts them where they are kept."""
    now = spec.fit(some, as_of="1998-01-31", seed=2, draws=20, previous=earlier)
    plain = spec.fit(some, as_of="1998-01-31", seed=2, draws=20)
    kept = now.customers()["abc_kept"]
    assert kept.any()
    assert "abc_kept" not in plain.customers()
    differs = now.customers()["abc"] != plain.customers()["abc"]
    pd.testing.assert_series_equal(differs, kept, check_names=False)
    transitions = kk.class_transitions(earlier.customers(), now.customers())
    assert transitions["customers"].sum() == len(kept)
    by_class = now.grid().groupby("abc")["customers"].sum()
    assert by_class.to_dict() == now.customers()["abc"].value_counts().to_dict()
    frame = spec.fit(some, as_of="1998-01-31", seed=2, draws=20, previous=earlier.customers())
    pd.testing.assert_frame_equal(frame.customers(), now.customers())


def test_a_later_career_has_no_earlier_classes(spec, some, earlier):
    with pytest.raises(kk.DataError) as caught:
        spec.fit(some, as_of="1997-12-31", seed=2, draws=20, previous=earlier)
    assert str(caught.value) == (
        "`previous` is a career as of 1997-12-31, and this one is as of 1997-12-31.\n\n"
        "Hint: pass the career of an earlier date."
    )


def test_values_that_are_not_drawn_give_classes_without_probabilities(spec, some):
    """Lifelong value lies beyond the draws' horizon: its classes are by expected value."""
    lifelong = evolve(spec, classifier=kk.ABCClassifier(by="clv_lifelong"))
    customers = lifelong.fit(some, as_of="1997-12-31", seed=2, draws=20).customers()
    assert not {*P, "p_none"} & {*customers}
    assert customers["abc"].notna().all()


def test_a_read_back_career_has_its_probabilities(earlier):
    back = kk.FittedCareer.from_dict(earlier.to_dict())
    pd.testing.assert_frame_equal(back.customers()[P], earlier.customers()[P])
