"""ABC classes: the few customers who carry most of the value, the many who carry little, those who cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import field, fields_dict, frozen
from attrs.validators import optional

from kundkarriar.classes.limits import CLASSES, Limits, as_limits, classify, increasing_shares
from kundkarriar.classes.value_column import values_of
from kundkarriar.errors import CapabilityError
from kundkarriar.fields import instance_of
from kundkarriar.frames import add_columns, narrow, new_frame, text_column
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.stored import SCHEMA, fields_of, reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kundkarriar.frames import FrameT
    from kundkarriar.scoring.value_draws import ValueDraws

NEED = "ABCClassifier"


@frozen(kw_only=True)
class ABCClassifier:
    """How customers are sorted into A, B, C and D by what they are worth.

    The shares are shares of the sum of the positive values, cumulated from the most valuable customer down.
    A customer's class is where the share of all *more valuable* customers ends, so that A is never empty
    while anybody's value is positive. Equal values share a class. D: the value is not positive.

    Attributes:
        limits: the shares at which A and B end; or "computed": A ends where the next customer brings no more than
            a mean customer, or where the curve comes nearest to "everything from nobody", whichever is first, and
            B where what is left is hardly worth the round (Ultsch and Lötsch 2015; over the positive values).
        by: the column of values, any amount of money; None takes `net_value`, or `clv` where there is none.

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

    limits: Limits = field(default=(0.8, 0.95), converter=as_limits, validator=increasing_shares)
    by: str | None = field(default=None, validator=optional(instance_of(str)))

    def classify(self, scores: FrameT, *, draws: ValueDraws | None = None) -> FrameT:
        """Add each customer's class.

        Args:
            scores: one row per customer, with a column of values (missing for prospects).
            draws: must be None; classes from draws are not there yet.

        Returns:
            `scores` with `abc` ("A", "B", "C", "D"; missing where the value is) and `cumulative_share` (share
            of the sum of positive values held by this customer and all at least as valuable; 1 in D; missing
            where the value is, and where nobody's is positive).

        Raises:
            DataError: no such column; text or infinite values in it.
            CapabilityError: `draws` were given.
        """
        if draws is not None:
            raise CapabilityError.because(
                "ABCClassifier cannot classify by draws yet.",
                hint="leave draws=None: classes by expected value.",
            )
        frame = narrow(scores, need=NEED)
        grade, share = classify(values_of(frame, self.by, need=NEED), self.limits)
        return add_columns(scores, {"abc": text_column(CLASSES, grade, like=scores), "cumulative_share": share})

    def table(self, scores: FrameT) -> FrameT:
        """What each class holds, and the value it begins with.

        Returns:
            A row per class that occurs, A first: abc, smallest_value, customers, share_of_customers (of those
            with a value), value (their sum), share_of_value (of the sum of positive values: D's is a loss,
            missing where nobody's value is positive).

        >>> import pandas as pd
        >>> scores = pd.DataFrame({"customer_id": [1, 2, 3, 4], "clv": [75.0, 12.0, 8.0, 5.0]})
        >>> ABCClassifier().table(scores)
          abc  smallest_value  customers  share_of_customers  value  share_of_value
        0   A            12.0          2                0.50   87.0            0.87
        1   B             8.0          1                0.25    8.0            0.08
        2   C             5.0          1                0.25    5.0            0.05
        """
        values = values_of(narrow(scores, need=NEED), self.by, need=NEED)
        grade, _ = classify(values, self.limits)
        members = {name: values[grade == at] for at, name in enumerate(CLASSES) if (grade == at).any()}
        customers = np.array([len(held) for held in members.values()], dtype=np.int64)
        value = np.array([total(held) for held in members.values()])
        positive = total(values[values > 0])
        return new_frame(
            {
                "abc": text_column(members, like=scores),
                "smallest_value": np.array([held.min() for held in members.values()]),
                "customers": customers,
                "share_of_customers": customers / max(customers.sum(), 1),
                "value": value,
                "share_of_value": value / positive if positive > 0 else np.full(len(value), np.nan),
            },
            like=scores,
        )

    def to_dict(self) -> dict[str, Any]:
        """The choices as JSON types.

        >>> ABCClassifier(by="clv").to_dict()
        {'schema': 1, 'limits': [0.8, 0.95], 'by': 'clv'}
        """
        limits = self.limits if isinstance(self.limits, str) else list(self.limits)
        return {"schema": SCHEMA, "limits": limits, "by": self.by}

    @classmethod
    @reading("classifier")
    def from_dict(cls, stored: Mapping[str, Any]) -> ABCClassifier:
        """The classifier that `to_dict` stored.

        Raises:
            DataError: not a stored classifier.
        """
        return cls(**fields_of(stored, kind="classifier", names=fields_dict(cls)))
