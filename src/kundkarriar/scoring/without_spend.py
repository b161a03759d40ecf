"""The error of what counts money, asked of a scorer that has no spend model."""

from __future__ import annotations

from typing import Any

from kundkarriar.errors import CapabilityError
from kundkarriar.history.ledger.transaction_rows import lacks_amounts


def without_spend(need: str, *, spend: Any) -> CapabilityError:
    """The error of `need`, which counts money, where no spend model is fitted.

    `spend` is the model of the scorer's spec: None, or one that the purchases had no amounts for.
    """
    if spend is not None:
        return lacks_amounts(need)
    return CapabilityError.because(
        f"{need} counts money, and the scorer counts purchases alone (spend=None).",
        hint="kk.ValueScorer(spend=kk.GammaGamma(first_order=True), ...) values them in money.",
    )
