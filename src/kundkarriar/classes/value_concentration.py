"""How much of the value hangs on how few customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kundkarriar.classes.value_column import value_column, values_of
from kundkarriar.errors import DataError
from kundkarriar.frames import narrow, new_frame
from kundkarriar.numerics.money import lorenz_gini as numerics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.frames import FrameT


def lorenz_curve(customers: FrameT, *, by: str | None = None) -> FrameT:
    """How much of the value the most valuable customers hold together.

    Args:
        customers: one row per customer, with a column of values (missing for prospects, who are left out).
        by: the column of values; None takes `net_value`, or `clv` where there is none.

    Returns:
        share_of_customers and share_of_value from (0, 0), the most valuable customer first. The value's unit
        is the sum of the positive values: the curve falls below 1 by the share of loss, where there is one.

    Raises:
        DataError: no such column, text or infinite values, or nobody's value is positive.

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
    """How unequal the customers' values are: 0 all alike, near 1 one customer holds everything.

    With negative values the sum of absolute values takes the place of the sum, which keeps it within 0 to 1.

    Args:
        customers: one row per customer, with a column of values (missing for prospects, who are left out).
        by: the column of values; None takes `net_value`, or `clv` where there is none.

    Raises:
        DataError: no such column, text or infinite values, or nobody's value is positive.

    Source: Raffinetti, Siletti and Vernizzi (2015), Statistical Methods & Applications 24.

    >>> import pandas as pd
    >>> gini(pd.DataFrame({"clv": [0.0, 0.0, 0.0, 8.0]}))
    0.75
    """
    return numerics.gini(v=_known_values(customers, by, need="The Gini coefficient"))


def _known_values(customers: FrameT, by: str | None, *, need: str) -> NDArray[np.float64]:
    frame = narrow(customers, need=need)
    values = values_of(frame, by, need=need)
    if not (values > 0).any():
        raise DataError.because(
            f"{need} needs a customer whose `{value_column(frame, by, need=need)}` is positive.",
            hint="without a positive value there is nothing to share out.",
        )
    return values[np.isfinite(values)]
