"""Classes of lazy scores are those of pandas, ties at the limits too."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.classes.lazy import lazy_classes, value_brackets

LIMITS = {
    "shares": (0.8, 0.95),
    "customers": kk.ClassLimits(of="customers", at=(0.2, 0.5)),
    "amounts": kk.ClassLimits(of="amount", at=(50.0, 10.0)),
    "computed": "computed",
}


def scores(n, *, seed=1):
    """Values over many sizes, with losses, missing ones, equal ones and some that differ by a rounding."""
    generator = np.random.default_rng(seed)
    values = np.round(generator.lognormal(3.0, 2.0, n), 2)
    values[generator.random(n) < 0.1] *= -1
    values[generator.random(n) < 0.05] = np.nan
    again = generator.choice(n, n // 3)
    values[: n // 3] = values[again] * np.where(generator.random(n // 3) < 0.3, 1 + 3e-16, 1.0)
    return pd.DataFrame({"customer_id": np.arange(n), "clv": values})


@pytest.mark.parametrize("name", LIMITS)
def test_lazy_scores_get_the_classes_of_pandas(name, lazy_kind, to_engine, same_rows):
    """The brackets of the limits narrow to the customer at whom a limit is reached, on every engine."""
    rows = scores(3000)
    classifier, lazy = kk.ABCClassifier(limits=LIMITS[name]), to_engine(lazy_kind, rows)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lazy_classes, "eagerly", None)
        patched.setattr(value_brackets, "MOST_COLLECTED", 10)
        patched.setattr(value_brackets, "BINS", 8)
        answer = classifier.classify(lazy, cumulative_share=False)
        assert type(answer) is type(lazy)
        same_rows(answer, classifier.classify(rows, cumulative_share=False))
        same_rows(classifier.table(lazy), classifier.table(rows), by=["abc"])


@pytest.mark.parametrize("kind", ["polars lazy", "duckdb"])
def test_the_cumulative_share_is_that_of_pandas(kind, to_engine, same_rows):
    """It is there on one machine, and comes from the sorted values."""
    rows = scores(3000, seed=2).assign(p_first_purchase=lambda table: np.where(table.index % 9 == 0, 0.1, np.nan))
    for limits in LIMITS.values():
        classifier = kk.ABCClassifier(limits=limits)
        same_rows(classifier.classify(to_engine(kind, rows)), classifier.classify(rows))


@pytest.mark.parametrize("values", [[4.0] * 5 + [1.0] * 5, [1.0], [0.1 + 0.2, 0.3, 0.3], [5.0, 0.0, -1.0, np.nan]])
def test_a_limit_that_is_reached_exactly_is_reached_lazily_too(values, to_engine, same_rows):
    """Half of the customers hold exactly .8 of all value, so the others are B, however sums are rounded."""
    rows = pd.DataFrame({"customer_id": np.arange(len(values)), "clv": values})
    for limits in ((0.8, 0.95), (0.5, 1.0), LIMITS["customers"]):
        classifier = kk.ABCClassifier(limits=limits)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(value_brackets, "MOST_COLLECTED", 1)
            found = classifier.classify(to_engine("polars lazy", rows), cumulative_share=False)
        same_rows(found, classifier.classify(rows, cumulative_share=False))


def test_errors_and_earlier_classes_are_those_of_pandas(lazy_kind, to_engine, same_rows):
    """What is wrong is said in the same words; earlier classes are read in memory."""
    rows, classifier = scores(200), kk.ABCClassifier(keep=0.05)
    broken = {
        "infinite": rows.assign(clv=rows["clv"].where(rows.index != 5, np.inf)),
        "twice": rows.assign(customer_id=0),
        "text": rows.assign(clv="much"),
        "column": rows.rename(columns={"clv": "worth"}),
    }
    for table in broken.values():
        with pytest.raises(kk.DataError) as expected:
            classifier.classify(table)
        with pytest.raises(kk.DataError) as found:
            classifier.classify(to_engine(lazy_kind, table))
        assert str(found.value) == str(expected.value)
    previous = classifier.classify(rows.assign(clv=rows["clv"] * 1.02))
    answer = classifier.classify(to_engine(lazy_kind, rows), previous=previous, cumulative_share=True)
    same_rows(answer, classifier.classify(rows, previous=previous))
    with pytest.warns(kk.DataWarning, match="no customer has a positive value"):
        classifier.classify(to_engine(lazy_kind, rows.assign(clv=-1.0)))
    with pytest.raises(kk.CapabilityError, match="leave draws= out"):
        classifier.classify(to_engine(lazy_kind, rows), draws=object())
