"""Check that spend per purchase is independent of purchase frequency, which Gamma-Gamma assumes."""

from typing import Any

import numpy as np

from kundkarriar.frames import narrow, numbers
from kundkarriar.models.gamma_gamma import FittedGammaGamma
from kundkarriar.numerics.gamma_gamma.independence import spearman, spend_dependence, spend_quantile
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.strategy.checks.check import Check

CHECK = "spend is independent of frequency"
NEED = "CustomerCareer.checks"
COLUMNS = ("frequency", "monetary_value", "expected_order_value", "expected_purchases")
SIGNIFICANCE = 0.01
STRONG = 0.1
"""Correlation from which on values of rare and of frequent buyers are off, whatever the total says."""
TOTAL = 0.03
"""Change of expected sales from which on totals are off."""
ADVICE = (
    "Gamma-Gamma takes them for independent: score rare and frequent buyers apart, or write a kk.SpendModel that knows"
)
LITTLE = "it matters little to totals, more where rare and frequent buyers are compared"


def spend_check(scorer: FittedValueScorer, customers: Any) -> Check:
    """Check that spend and frequency of repeat buyers are not correlated, and say what it does to expected sales.

    The correlation is Spearman's, of frequency and the quantile of the mean spend among customers of that frequency
    (`numerics/gamma_gamma/independence.py`). It fails if it is significant, and either .1 or stronger, or moves
    expected sales by more than 3 %; below that it is an info.

    Args:
        scorer: with a fitted Gamma-Gamma; no other spend model is checked.
        customers: frequency, monetary_value, expected_order_value and expected_purchases, one row per customer.
    """
    spend = scorer.spend
    if spend is None:
        why = "the scorer has no spend model" if scorer.scorer.spend is None else "the purchases have no amounts"
        return Check.impossible(CHECK, why=why)
    if not isinstance(spend, FittedGammaGamma):
        return Check.impossible(CHECK, why=f"the spend model is {type(spend).__name__}, not Gamma-Gamma")
    if spend.effects.columns:  # the quantiles are of customers who are alike
        return Check.impossible(CHECK, why=f"order values depend on {list(spend.effects.columns)}")
    if spend.boundary is not None:  # quantiles of a model without scatter tell of rounding
        return Check.impossible(CHECK, why=spend.boundary)
    table = narrow(customers, need=NEED)
    x, m, expected, purchases = (numbers(table, name, need=NEED, nullable=True) for name in COLUMNS)
    known = np.isfinite(expected) & np.isfinite(purchases) & ((x == 0) | (m > 0))
    x, m, expected, purchases = (values[known] for values in (x, m, expected, purchases))
    repeat = x > 0
    plain = spearman(x[repeat], m[repeat])
    p, q, gamma = spend.params.p, spend.params.q, spend.params.gamma
    found = spearman(x[repeat], spend_quantile(x=x[repeat], m=m[repeat], p=p, q=q, gamma=gamma))
    if plain is None or found is None:
        why = "fewer than three repeat buyers" if repeat.sum() < 3 else "all repeat buyers have one frequency or spend"
        return Check.impossible(CHECK, why=why)
    text = (
        f"frequency and mean spend of {int(repeat.sum()):,} repeat buyers: a rank correlation of {plain.rho:.2f}, and "
        f"of {found.rho:.2f} beyond what means of few purchases have anyway (p {_rounded(found.p_value)})"
    )
    change = 0.0
    if purchases @ expected > 0:
        change, error = spend_dependence(x=x, m=m, expected=expected, purchases=purchases)
        text += "; with what customers of each frequency spent, expected sales are "
        text += f"{change:+.1%} (standard error at most {error:.1%})"
    moves = abs(change) > TOTAL
    failed = found.p_value < SIGNIFICANCE and (abs(found.rho) >= STRONG or moves)
    return Check(
        check=CHECK,
        passed=not failed,
        severity="warning" if moves else "info",
        value=found.rho,
        limit=STRONG,
        message=f"{text}; {ADVICE if moves else LITTLE}" if failed else text,
    )


def _rounded(p_value: float) -> str:
    return f"{p_value:.3f}" if p_value >= 0.001 else "below 0.001"
