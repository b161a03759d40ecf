"""The intervals that stand beside scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kundkarriar.frames import narrow, numbers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kundkarriar.scoring.value_draws import Of, ValueDraws


def value_intervals(draws: ValueDraws, *, need: str) -> dict[str, NDArray[np.float64]]:
    """clv_low, clv_high of realised clv, expected_low, expected_high of expected clv: central 90 %, each (n,)."""
    found = {}
    kinds: tuple[tuple[Of, str], ...] = (("outcome", "clv"), ("expectation", "expected"))
    for of, name in kinds:
        interval = narrow(draws.measuring("clv").drawing(of).interval(), need=need)
        for bound in ("low", "high"):
            found[f"{name}_{bound}"] = numbers(interval, bound, need=need, nullable=True)
    return found
