"""Spend and frequency: told where they are correlated, with what it does to expected sales."""

import numpy as np
import pandas as pd
import pytest
from attrs import evolve

import kundkarriar as kk
from kundkarriar.strategy.checks.spend_check import spend_check

SCORER = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M")
CHECK = "spend is independent of frequency"


@pytest.fixture(scope="module")
def fitted(cdnow_sample):
    return SCORER.fit(kk.summarize(cdnow_sample, as_of="1997-09-30"))


def table(*, slope=0.0, n=3000, seed=1, spend=None):
    """Customers of independent spend, times frequency to the power of `slope`, as a career has them; and the model."""
    g = np.random.default_rng(seed)
    x = g.negative_binomial(0.8, 0.2, n)
    m = g.gamma(4.0 * np.maximum(x, 1)) / (g.gamma(4.0, 1 / 15, n) * np.maximum(x, 1)) * np.maximum(x, 1.0) ** slope
    base = pd.DataFrame({"frequency": x, "monetary_value": np.where(x > 0, m, np.nan)})
    spend = spend or kk.GammaGamma().fit(base)
    return spend.predict(base).assign(expected_purchases=0.5), spend


def test_independent_spend_passes(fitted):
    customers, spend = table()
    check = spend_check(evolve(fitted, spend=spend), customers)
    assert (check.check, check.passed, check.informative) == (CHECK, True, True)
    assert check.message == (
        "frequency and mean spend of 2,179 repeat buyers: a rank correlation of 0.05, and of -0.01 beyond what means "
        "of few purchases have anyway (p 0.769); with what customers of each frequency spent, expected sales are +0.2% "
        "(standard error at most 1.3%)"
    )


@pytest.mark.parametrize(("slope", "severity"), [(0.5, "warning"), (0.2, "info")])
def test_dependence_fails_and_says_what_it_does_to_sales(fitted, slope, severity):
    """A warning where totals move by more than 3 %; an info where not, as where only frequent buyers will buy."""
    customers, spend = table(slope=slope)
    if severity == "info":
        customers["expected_purchases"] = customers["frequency"] ** 2.0
    check = spend_check(evolve(fitted, spend=spend), customers)
    assert (check.passed, check.severity, check.limit) == (False, severity, 0.1)
    assert check.value > 0.1
    assert check.message.endswith(
        "); it matters little to totals, more where rare and frequent buyers are compared"
        if severity == "info"
        else "); Gamma-Gamma takes them for independent: score rare and frequent buyers apart, or write a "
        "kk.SpendModel that knows"
    )
    assert ("expected sales are -" in check.message) or severity == "info"


def test_rows_without_numbers_do_not_count(fitted):
    """Prospects, and repeat buyers whose purchases were free."""
    customers, spend = table()
    scorer = evolve(fitted, spend=spend)
    more = pd.DataFrame({"frequency": [0, 3], "monetary_value": [np.nan, 0.0], "expected_purchases": [np.nan, 1.0]})
    with_more = pd.concat([customers, more.assign(expected_order_value=[np.nan, 20.0])], ignore_index=True)
    assert spend_check(scorer, with_more).message == spend_check(scorer, customers).message


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ({"frequency": [0, 2, 3], "monetary_value": [np.nan, 5.0, 7.0]}, "fewer than three repeat buyers"),
        ({"frequency": [2, 2, 2], "monetary_value": [4.0, 5.0, 7.0]}, "all repeat buyers have one frequency or spend"),
        ({"frequency": [2, 3, 4], "monetary_value": [5.0, 5.0, 5.0]}, "all repeat buyers have one frequency or spend"),
    ],
)
def test_what_cannot_be_told_is_not_checked(fitted, rows, why):
    customers = pd.DataFrame(rows).assign(expected_order_value=5.0, expected_purchases=1.0)
    check = spend_check(fitted, customers)
    assert (check.passed, check.informative, check.message) == (True, False, f"not checked: {why}")


def test_other_spend_models_are_not_checked(fitted):
    class Flat:
        def predict(self, summary):
            return summary.assign(expected_order_value=9.0)

    customers, _ = table()
    flat = Flat()
    check = spend_check(evolve(fitted, scorer=evolve(fitted.scorer, spend=flat), spend=flat), customers)
    assert check.message == "not checked: the spend model is Flat, not Gamma-Gamma"
