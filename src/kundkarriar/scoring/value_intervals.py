"""Intervals of scores, from draws."""

from __future__ import annotations

from kundkarriar.arrays import Array
from kundkarriar.frames import narrow, numbers
from kundkarriar.scoring.value_draws import Of, ValueDraws


def value_intervals(draws: ValueDraws, *, need: str) -> dict[str, Array]:
    """Central 90 % intervals, (n,): clv_low, clv_high of realised clv; expected_low, expected_high of expected clv."""
    columns = {}
    kinds: tuple[tuple[Of, str], ...] = (("outcome", "clv"), ("expectation", "expected"))
    for of, name in kinds:
        interval = narrow(draws.measuring("clv").drawing(of).interval(), need=need)
        for bound in ("low", "high"):
            columns[f"{name}_{bound}"] = numbers(interval, bound, need=need, nullable=True)
    return columns
