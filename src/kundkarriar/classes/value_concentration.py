"""Concentration of value: what hangs on the largest customers, the Lorenz curve and the Gini coefficient."""

from __future__ import annotations

import math
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from kundkarriar.arguments import LEVEL, refusal
from kundkarriar.arrays import Array
from kundkarriar.classes.measured_draws import MEASURES, PLAIN, measured_draws
from kundkarriar.classes.value_column import SMALLEST, class_values, refuse_no_gains, value_column
from kundkarriar.errors import DataError
from kundkarriar.foreign_objects import array_from
from kundkarriar.frames import FrameT, NarrowFrame, narrow, new_frame, text_column
from kundkarriar.numerics.money import lorenz_gini as numerics
from kundkarriar.scoring.draws.drawn_total import central, in_one_line
from kundkarriar.scoring.draws.value_draws import ValueDraws

NEED = "kk.concentration"
SHARES = (0.01, 0.1, 0.2)
"""Largest shares of customers that are looked at, beside the largest customer."""
EXPECTED = (*MEASURES, "expected_revenue", "contribution", "clv_lifelong", "net_value_lifelong")
"""Columns of expected values."""
UNDERSTATED = "of expected values: realised ones are more concentrated"


def concentration(values: Any, draws: ValueDraws | None = None, *, by: str | None = None, level: float = 0.9) -> Any:
    """How concentrated value is: what hangs on the largest customers, and how much losses take.

    The expected value of a customer is a mean over what may happen. What does happen differs more between customers,
    so expected values understate how concentrated value will be. With `draws` the realised values are shown beside
    them, as the model has them: on CDNOW they were more concentrated than what came.

    Args:
        values: a frame with one row per customer and a column of values; or the values alone, as an array, a list or a
            Series. Prospects are left out: customers without a value, or with `p_first_purchase`.
        draws: optional, `kk.ValueDraws` of these customers. The values are then the expected ones of the same scorer:
            the column net_value, clv, expected_sales or expected_purchases of its scores, of all or of some customers.
        by: the column of a frame; None: net_value, clv, or expected_purchases where there is no money.
        level: of the interval, between 0 and 1.

    Returns:
        A frame of the kind of the values (of pandas for arrays and lists) with a row for each measure: measure,
        customers (the number it is about), value, note; with draws, before the note, realised (mean over draws), low
        and high (central interval of the measure, computed draw by draw).
        "Gini coefficient": 0 where all are equal, near 1 where one customer holds everything; normalised by the sum of
        absolute values, so that it stays at most 1 where some are negative.
        "largest customer", "largest 1 %", "largest 10 %", "largest 20 %" (as many whole customers as fit
        in, at least one): the share that they hold of the sum of positive values, 0 to 1.
        "lost to negative values": the sum of losses as a share of the sum of positive values, at least 0.

    Raises:
        DataError: nobody's value is positive; values that are no numbers, or infinite; a column that is not there, or
            of which there are no draws; draws of other customers or of another scorer.

    Source: Raffinetti, Siletti and Vernizzi (2015), Statistical Methods & Applications 24, for negative values.

    >>> import kundkarriar as kk
    >>> kk.concentration([50.0, 20.0, 20.0, 10.0, -5.0])[["measure", "customers", "value"]].round(3)
                       measure  customers  value
    0         Gini coefficient          5  0.457
    1         largest customer          1  0.500
    2              largest 1 %          1  0.500
    3             largest 10 %          1  0.500
    4             largest 20 %          1  0.500
    5  lost to negative values          1  0.050
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30")
    >>> scorer = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.10, horizon="12M").fit(summary)
    >>> scores, draws = scorer.score(summary), scorer.draw(summary, draws=20, seed=1)
    >>> kk.concentration(scores, draws)[["measure", "value", "realised", "low", "high"]].round(2).head(4)
                measure  value  realised   low  high
    0  Gini coefficient   0.67      0.89  0.88  0.90
    1  largest customer   0.02      0.03  0.02  0.04
    2       largest 1 %   0.18      0.27  0.25  0.30
    3      largest 10 %   0.58      0.80  0.78  0.83
    """
    frame, column = _frame_of(values, by)
    level = LEVEL.read(level, "level")
    wide = _with_gains(frame, column, need=NEED)
    known = np.flatnonzero(np.isfinite(wide))
    counts = [1, *(largest_count(share, of=len(known)) for share in SHARES)]
    shown = np.array([len(known), *counts, np.count_nonzero(wide < 0)])
    columns: dict[str, Any] = {"customers": shown, "value": _measures(wide[known], counts)}
    note = UNDERSTATED if column in EXPECTED else ""
    if draws is not None:
        drawn, row = measured_draws(draws, frame, column, values=wide, need=NEED)
        of_draws = np.array([_measures(each[row[known]], counts) for each in drawn.by_draw()])
        some = ~np.isnan(of_draws[:, 0])
        if not some.any():
            raise DataError.because(
                f"{NEED} needs a draw in which somebody's value is positive, and {len(draws):,} of {len(draws):,} have"
                " none.",
                hint="leave draws= out: then the expected values are told alone.",
            )
        low, high = central(of_draws[some].T, level)
        columns |= {"realised": of_draws[some].mean(axis=0), "low": low, "high": high}
        empty = len(some) - np.count_nonzero(some)
        left_out = f"{empty:,} of {len(some):,} draws left out, as nobody's value is positive in them" if empty else ""
        note = in_one_line(f"value is {UNDERSTATED}", left_out)
    names = ["Gini coefficient", "largest customer", *(f"largest {share:.0%}".replace("%", " %") for share in SHARES)]
    names.append("lost to negative values")
    like = frame.to_native()
    told = {"measure": text_column(names, like=like), **columns, "note": text_column([note] * len(names), like=like)}
    return new_frame(told, like=like)


def lorenz_curve(customers: FrameT, *, by: str | None = None) -> FrameT:
    """Lorenz curve: cumulative share of value by cumulative share of customers, the most valuable first, from (0, 0).

    Shares of value are relative to the sum of positive values: with losses the curve ends below its maximum of 1.
    Prospects are left out: customers without a value, or with `p_first_purchase`.

    >>> import pandas as pd
    >>> lorenz_curve(pd.DataFrame({"clv": [1.0, 6.0, 3.0, -1.0]}))
       share_of_customers  share_of_value
    0                0.00             0.0
    1                0.25             0.6
    2                0.50             0.9
    3                0.75             1.0
    4                1.00             0.9
    """
    p, Y = numerics.curve(v=_known_values(customers, by, need="The Lorenz curve"))
    return new_frame({"share_of_customers": p, "share_of_value": Y}, like=customers)


def gini(customers: FrameT, *, by: str | None = None) -> float:
    """Gini coefficient of customer values: 0 if all are equal, near 1 if one customer holds everything.

    With negative values it is normalised by the sum of absolute values, and stays between 0 and 1.

    Source: Raffinetti, Siletti and Vernizzi (2015), Statistical Methods & Applications 24.

    >>> import pandas as pd
    >>> gini(pd.DataFrame({"clv": [0.0, 0.0, 0.0, 8.0]}))
    0.75
    """
    return numerics.gini(v=_known_values(customers, by, need="The Gini coefficient"))


def _known_values(customers: FrameT, by: str | None, *, need: str) -> Array:
    values = _with_gains(narrow(customers, need=need), by, need=need)
    return values[np.isfinite(values)]


def _with_gains(frame: NarrowFrame, by: str | None, *, need: str) -> Array:
    """The value of each customer, (n,), NaN where it is missing; refused where nobody's is positive."""
    values = class_values(frame, by, need=need)
    refuse_no_gains(values, frame, by, need=need)
    return values


def largest_count(share: float, *, of: int) -> int:
    """How many customers are the largest `share` of so many: as many as fit in, at least one.

    >>> largest_count(0.2, of=2469), largest_count(0.1, of=30), largest_count(0.01, of=3)
    (493, 3, 1)
    """
    return max(math.floor(share * of + 1e-9), 1)


def _measures(v: Array, counts: list[int]) -> Array:
    """The measures of values (n,), in the order of the rows; NaN where no value is positive."""
    if not v.max(initial=0.0) > SMALLEST:
        return np.full(len(counts) + 2, np.nan)
    held = numerics.held_by_largest(v=v, counts=counts)
    return np.array([numerics.gini(v=v), *held, numerics.lost_to_negative_values(v=v)])


def _frame_of(values: Any, by: str | None) -> tuple[NarrowFrame, str]:
    """A frame that holds the values, and the name of their column."""
    if hasattr(type(values), "columns"):
        frame = narrow(values, need=NEED)
        return frame, value_column(frame, by, need=NEED)
    if by is not None:
        raise refusal(by, "by", law="left out where the values are no DataFrame", hint="kk.concentration(values).")
    wrapped = nw.from_native(values, pass_through=True, allow_series=True)
    if isinstance(wrapped, nw.Series):
        return nw.maybe_reset_index(wrapped.alias(PLAIN)).to_frame(), PLAIN
    array = array_from(values)
    if array is None or array.ndim != 1 or array.dtype.kind == "V":
        law = "a DataFrame with a value per customer, or an array of the values"
        raise refusal(values, PLAIN, law=law, hint="kk.concentration(career.customers()), or kk.concentration([3, 1]).")
    return narrow(pd.DataFrame({PLAIN: array}), need=NEED), PLAIN
