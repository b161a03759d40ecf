"""Expected and actual totals of one kind of customer at an origin."""

from attrs import frozen

from kundkarriar.numerics.forecast.total_error import TotalError


@frozen(kw_only=True)
class KindReport:
    """Expected and actual totals of the customers of one kind, with the error that chance would give them.

    Attributes:
        kind, definition: as of a `CustomerKind`.
        customers: number of customers of the kind.
        purchases, sales: the totals of both measures.
    """

    kind: str
    definition: str
    customers: int
    purchases: TotalError
    sales: TotalError

    def of(self, measure: str) -> TotalError:
        """The totals of "purchases" or "sales"."""
        return self.purchases if measure == "purchases" else self.sales
