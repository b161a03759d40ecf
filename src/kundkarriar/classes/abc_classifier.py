"""ABC classes: customers sorted into A, B, C and D by value, with draws by the value that they will realise."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from attrs import field, frozen
from attrs.validators import optional

from kundkarriar.arguments import COLUMN, Number, read_flag
from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.classes.kept_classes import classes_before, kept_classes
from kundkarriar.classes.lazy.lazy_classes import class_table_of_lazy, classes_of_lazy
from kundkarriar.classes.limits import CLASSES, STORED_LIMITS, Limits, class_of_value, places, read_limits
from kundkarriar.classes.realised_classes import PROBABILITIES, RealisedClasses, drawn_scores, ends_of, labels
from kundkarriar.classes.value_column import class_values, shares_of, value_column
from kundkarriar.engines.engine import engine_of
from kundkarriar.errors import warn
from kundkarriar.frames import FrameT, add_columns, narrow, new_frame, text_column
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.stored import Stored
from kundkarriar.stored_forms import LATER, written

NEED = "ABCClassifier"
EXPECTED = ("expected_customers", "expected_errors", "monte_carlo_error")


@frozen(kw_only=True)
class ABCClassifier(Stored):
    """The specification of ABC classes: customers are sorted into A, B, C and D by value.

    Shares are cumulative shares of the sum of positive values, from the most valuable customer down. A customer's class
    depends on the share of all *more valuable* customers, so A is not empty if any value is positive. Equal values have
    the same class. Class D has the values that are not positive.

    Classes by expected value say who is expected to bring most, and too many are in A: expected values differ less than
    those that customers realise, so that more customers make up a share of them. With draws the classes are of realised
    value, and have as many customers as will be in them.

    Attributes:
        limits: the cumulative shares at which A and B end; or "computed", over the positive values: A ends at the
            Pareto point (nearest to all value from no customers) or the break-even point (the last value not below the
            mean), whichever comes first, and B at the submarginal point (Ultsch and Lötsch 2015); or
            `kk.ClassLimits`, by shares of customers or by amounts.
        by: the column of values, any amount of money; None takes `net_value`, or `clv` without one, or
            `expected_purchases` of purchases without amounts.
        keep: how far beyond a limit a customer keeps the class of an earlier date: a probability, where classes are of
            realised value; else a cumulative share, of customers where the limits are. 0: nobody keeps one.

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
    limits: Limits = field(default=(0.8, 0.95), converter=read_limits, metadata=written(STORED_LIMITS))
    by: str | None = field(default=None, validator=optional(COLUMN))
    keep: float = field(default=0.0, validator=Number(least=0, below=1, example=0.05), metadata=LATER)

    def classify(
        self, scores: FrameT, *, draws: Any = None, previous: Any = None, cumulative_share: bool | None = None
    ) -> FrameT:
        """Add the class of each customer.

        With draws, the limits are drawn anew in each draw, and p_A, p_B and p_C are the shares of draws in which the
        customer's realised value is in A, in B, or in neither. A has the round(sum p_A) customers with the largest p_A;
        B is filled to round(sum(p_A + p_B)) by p_A + p_B among the others. Customers of equal probability stay
        together, so that a class may differ from that size by half of those at its border. A has the customers with the
        largest p_A, however many they are, where sum p_A is at least one half: customers who are all alike are all A. D
        has, with draws and without, whose expected value is not positive: the draws give them probabilities, and no
        other class. Where that is everybody, a warning says so, and the sizes of A and B are 0.

        Args:
            scores: one row per customer, with a column of values (missing for prospects; who has `p_first_purchase` is
                one, whatever the value). Classes of lazy scores are lazy: limits come from a few aggregates of all
                values; these are collected for `cumulative_share` and computed limits, the scores with `previous`.
            draws: of the same customers, from `fitted.draw`: realised values in the measure that `by` names.
            previous: classes of an earlier date, customer_id and abc, for `keep`: a customer between two classes keeps
                the earlier one up to so far beyond the limit. It never keeps anybody in D or out of it.
            cumulative_share: whether to add that column; None: but on a cluster, where it needs the values of all
                customers in one place.

        Returns:
            `scores` with `abc` ("A", "B", "C", "D"; missing without a value) and `cumulative_share` (share of the sum
            of positive values held by this customer and all at least as valuable; 1 in D; missing without a value, and
            if no value is positive). With draws also p_A, p_B, p_C, which sum to 1, and p_none, the probability of a
            realised value of at most 0, which counts as C and is part of p_C (all missing without a value); equal
            customers have equal ones. With `previous` also `abc_kept`: whether the class is the earlier one only
            because of `keep`.

        Raises:
            DataError: the column is missing, or holds text or infinite values; the draws are of other customers
                or of other values; `previous` has other classes.

        Warns:
            DataWarning: nobody has a positive value.

        >>> import kundkarriar as kk
        >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30")
        >>> scorer = kk.ValueScorer(margin=0.3, discount_rate=0.1, horizon="39W").fit(summary)
        >>> scores, draws = scorer.score(summary), scorer.draw(summary, draws=20, seed=1)
        >>> [(kk.ABCClassifier().classify(scores, draws=each)["abc"] == "A").sum().item() for each in (None, draws)]
        [562, 209]
        """
        wanted = None if cumulative_share is None else read_flag(cumulative_share, "cumulative_share")
        if (lazy := engine_of(scores)) is not None:
            given = {"draws": draws, "previous": previous, "cumulative_share": wanted}
            return cast("FrameT", classes_of_lazy(self, *lazy, **given))
        found = self._classes(scores, draws, previous)
        columns: dict[str, Any] = {"abc": text_column(CLASSES, found.abc, like=scores)}
        if wanted is not False:
            columns["cumulative_share"] = found.share
        if found.p is not None:
            columns |= dict(zip(PROBABILITIES, found.p.T, strict=True))
        if found.kept is not None:
            columns["abc_kept"] = found.kept
        return add_columns(scores, columns)

    def table(self, scores: FrameT, *, draws: Any = None, previous: Any = None) -> FrameT:
        """Size and value of each class; the arguments are those of `classify`.

        Returns:
            One row per class that occurs, A first: abc, smallest_value, customers, share_of_customers (of those
            with a value), value (their sum), share_of_value (of the sum of positive values; not positive for D;
            missing if no value is positive). With draws also expected_customers (sum of the probabilities of all
            customers: how many are expected in the class by realised value), expected_errors (how many customers of the
            class are expected to realise another one) and monte_carlo_error (standard error of expected_errors by the
            number of draws); missing for D.

        >>> import pandas as pd
        >>> scores = pd.DataFrame({"customer_id": [1, 2, 3, 4], "clv": [75.0, 12.0, 8.0, 5.0]})
        >>> ABCClassifier().table(scores)
          abc  smallest_value  customers  share_of_customers  value  share_of_value
        0   A            12.0          2                0.50   87.0            0.87
        1   B             8.0          1                0.25    8.0            0.08
        2   C             5.0          1                0.25    5.0            0.05
        """
        if (lazy := engine_of(scores)) is not None:
            return cast("FrameT", class_table_of_lazy(self, *lazy, draws=draws, previous=previous))
        found = self._classes(scores, draws, previous)
        places_held = [at for at in range(len(CLASSES)) if (found.abc == at).any()]
        held = [found.values[found.abc == at] for at in places_held]
        customers = np.array(list(map(len, held)), dtype=np.int64)
        value = np.array(list(map(total, held)))
        columns: dict[str, Any] = {
            "abc": text_column([CLASSES[at] for at in places_held], like=scores),
            "smallest_value": np.array([each.min() for each in held]),
            "customers": customers,
            "share_of_customers": customers / max(customers.sum(), 1),
            "value": value,
            "share_of_value": shares_of(value, values=found.values),
        }
        if found.errors is not None:
            of_classes = np.append(found.errors, np.full((3, 1), np.nan), axis=1)[:, places_held]
            columns |= dict(zip(EXPECTED, of_classes, strict=True))
        return new_frame(columns, like=scores)

    def _classes(self, scores: Any, draws: Any, previous: Any) -> _Classes:
        frame = narrow(scores, need=NEED)
        values = class_values(frame, self.by, need=NEED)
        abc, share = class_of_value(values, self.limits)
        if (abc == CLASSES.index("D")).any() and not (values > 0).any():
            warn(f"{NEED}: no customer has a positive value, so all who have one are in class D.")
        p = before = kept = errors = None
        if previous is not None:
            before = classes_before(previous, frame, need=NEED)
        if draws is not None:
            column = value_column(frame, self.by, need=NEED)
            own, rows = drawn_scores(draws, frame, values, column=column, need=NEED)
            realised = RealisedClasses.of(own, self.limits)
            p = np.full((len(values), len(PROBABILITIES)), np.nan)
            p[rows] = realised.probabilities
            abc[rows] = labels(p[rows], barred=values[rows] <= 0)
        if before is not None:
            place, limits = places(values, self.limits) if p is None else ends_of(p, abc)
            kept = kept_classes(abc, before, place=place, limits=limits, keep=self.keep)
            abc = np.where(kept, before, abc)
        if p is not None:
            errors = np.array([p[rows, :3].sum(axis=0), *realised.errors(abc[rows])])
        return _Classes(values=values, abc=abc, share=share, p=p, errors=errors, kept=kept)


@frozen(kw_only=True, eq=False)
class _Classes:
    """The class of each of n customers, and what it was made of.

    Attributes:
        values: (n,), NaN without a class.
        abc: position in `CLASSES`, -1 without a class, (n,).
        share: cumulative share, (n,).
        p: the `PROBABILITIES`, (n, 4); None without draws.
        errors: expected customers, expected errors and their Monte Carlo error of A, B and C, (3, 3); None without.
        kept: whose class is the earlier one, (n,); None without earlier ones.
    """

    values: Array
    abc: Whole
    share: Array
    p: Array | None
    errors: Array | None
    kept: Mask | None
