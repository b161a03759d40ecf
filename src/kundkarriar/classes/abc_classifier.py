"""ABC classes: customers sorted into A, B, C and D by their share of the cumulative value."""

import numpy as np
from attrs import field, frozen
from attrs.validators import optional

from kundkarriar.arguments import COLUMN
from kundkarriar.classes.limits import CLASSES, Limits, class_of_value, read_limits
from kundkarriar.classes.value_column import class_values, shares_of
from kundkarriar.frames import FrameT, add_columns, narrow, new_frame, text_column
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.stored import Stored

NEED = "ABCClassifier"


@frozen(kw_only=True)
class ABCClassifier(Stored):
    """The specification of ABC classes: customers are sorted into A, B, C and D by value.

    Shares are cumulative shares of the sum of positive values, from the most valuable customer down. A customer's class
    depends on the share of all *more valuable* customers, so A is not empty if any value is positive. Equal values have
    the same class. Class D has the values that are not positive.

    Attributes:
        limits: the cumulative shares at which A and B end; or "computed", over the positive values: A ends at the
            Pareto point (nearest to all value from no customers) or the break-even point (the last value not below the
            mean), whichever comes first, and B at the submarginal point (Ultsch and Lötsch 2015).
        by: the column of values, any amount of money; None takes `net_value`, or `clv` without one, or
            `expected_purchases` of purchases without amounts.

    >>> import pandas as pd
    >>> scores = pd.DataFrame({"customer_id": [1, 2, 3, 4, 5], "clv": [75.0, 12.0, 8.0, 5.0, -3.0]})
    >>> ABCClassifier().classify(scores)
       customer_id   clv abc  cumulative_share
    0            1  75.0   A              0.75
    1            2  12.0   A              0.87
    2            3   8.0   B              0.95
    3            4   5.0   C              1.00
    4            5  -3.0   D              1.00
    """

    stored_as = "classifier"
    limits: Limits = field(default=(0.8, 0.95), converter=read_limits)
    by: str | None = field(default=None, validator=optional(COLUMN))

    def classify(self, scores: FrameT) -> FrameT:
        """Add the class of each customer.

        Args:
            scores: one row per customer, with a column of values (missing for prospects; who has `p_first_purchase` is
                a prospect, and has no class).

        Returns:
            `scores` with `abc` ("A", "B", "C", "D"; missing without a value) and `cumulative_share` (share of the sum
            of positive values held by this customer and all at least as valuable; 1 in D; missing without a value, and
            if no value is positive).

        Raises:
            DataError: the column is missing, or holds text or infinite values.
        """
        abc, share = class_of_value(class_values(narrow(scores, need=NEED), self.by, need=NEED), self.limits)
        return add_columns(scores, {"abc": text_column(CLASSES, abc, like=scores), "cumulative_share": share})

    def table(self, scores: FrameT) -> FrameT:
        """Size and value of each class.

        Returns:
            One row per class that occurs, A first: abc, smallest_value, customers, share_of_customers (of those
            with a value), value (their sum), share_of_value (of the sum of positive values; not positive for D;
            missing if no value is positive).

        >>> import pandas as pd
        >>> scores = pd.DataFrame({"customer_id": [1, 2, 3, 4], "clv": [75.0, 12.0, 8.0, 5.0]})
        >>> ABCClassifier().table(scores)
          abc  smallest_value  customers  share_of_customers  value  share_of_value
        0   A            12.0          2                0.50   87.0            0.87
        1   B             8.0          1                0.25    8.0            0.08
        2   C             5.0          1                0.25    5.0            0.05
        """
        values = class_values(narrow(scores, need=NEED), self.by, need=NEED)
        abc, _ = class_of_value(values, self.limits)
        held = {name: values[abc == at] for at, name in enumerate(CLASSES) if (abc == at).any()}
        customers = np.array(list(map(len, held.values())), dtype=np.int64)
        value = np.array(list(map(total, held.values())))
        return new_frame(
            {
                "abc": text_column(held, like=scores),
                "smallest_value": np.array([each.min() for each in held.values()]),
                "customers": customers,
                "share_of_customers": customers / max(customers.sum(), 1),
                "value": value,
                "share_of_value": shares_of(value, values=values),
            },
            like=scores,
        )
