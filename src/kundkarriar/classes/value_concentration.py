"""Concentration of value: the Lorenz curve and the Gini coefficient of customer values."""

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.classes.value_column import refuse_no_gains, values_of
from kundkarriar.frames import FrameT, narrow, new_frame
from kundkarriar.numerics.money import lorenz_gini as numerics


def lorenz_curve(customers: FrameT, *, by: str | None = None) -> FrameT:
    """Lorenz curve: cumulative share of value by cumulative share of customers, the most valuable first, from (0, 0).

    Shares of value are relative to the sum of positive values: with losses the curve ends below its maximum of 1.
    Customers without a value, the prospects, are left out.

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
    frame = narrow(customers, need=need)
    values = values_of(frame, by, need=need)
    refuse_no_gains(values, frame, by, need=need)
    return values[np.isfinite(values)]
