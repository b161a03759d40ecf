"""The columns of a frame of orders by their meaning."""

from __future__ import annotations

from attrs import frozen


@frozen(kw_only=True)
class OrderColumns:
    """The meaning of the columns of a frame of orders: the arguments of `kk.transactions`."""

    customer_id: str
    date: str
    amount: str
    kind: str | None = None
    line_id: str | None = None
    vat: str | None = None
    vat_rate: float | str | None = None
    currency: str | None = None
    date_format: str | None = None
    time_zone: str | None = None

    @property
    def roles(self) -> dict[str, str]:
        """The column of each standard name, if one was given."""
        given = {
            "customer_id": self.customer_id,
            "date": self.date,
            "amount": self.amount,
            "kind": self.kind,
            "line_id": self.line_id,
        }
        return {role: column for role, column in given.items() if column is not None}
