"""Checks of a customer base, as one table.

A check that cannot fail, by definition or because a column is missing, is not informative; its message says why.
"""

from collections.abc import Sequence

from kundkarriar.frames import FrameT
from kundkarriar.strategy.checks.check import Check, as_frame
from kundkarriar.strategy.checks.group_checks import all_group_checks, one_group_each
from kundkarriar.strategy.plan.customer_table import CustomerTable


def portfolio_checks(customers: FrameT, *, also: Sequence[Check] = ()) -> FrameT:
    """Checks of a customer base: groups, their sizes and their purchasing power.

    Args:
        customers: customer_id, group ("moving", "recurring", "exclusive"), value_12M or total_value (past value),
            net_value or clv (expected value). Checks of missing columns are not informative.
        also: further checks to append.

    Returns:
        check, passed, informative, severity, value, limit, customers, message.

    >>> import pandas as pd
    >>> base = pd.DataFrame({"customer_id": [1, 2, 3], "group": ["moving", "moving", "exclusive"],
    ...                      "value_12M": [10.0, 20.0, 5.0]})
    >>> portfolio_checks(base)[["passed", "customers"]].head(3)
       passed customers
    0    True        []
    1    True        []
    2   False       [3]
    """
    table: CustomerTable = CustomerTable.read(customers, need="portfolio_checks")
    checks = [*customer_base_checks(table), *also]
    return as_frame(checks, ids=table.ids, like=customers)


def customer_base_checks(table: CustomerTable) -> list[Check]:
    """The checks of the customers, one by one."""
    return [one_group_each(table), *all_group_checks(table)]
