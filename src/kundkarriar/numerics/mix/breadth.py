"""How many different categories customers buy on an order."""

from __future__ import annotations

import numpy as np

from kundkarriar.arrays import Whole


def categories_on_orders(*, customer: Whole, order: Whole, category: Whole, customers: int) -> tuple[Whole, Whole]:
    """Different categories on the orders of each customer, summed over the orders, and the number of orders, (n,) each.

    `customer`, `order` and `category` are those of each row, (r,); orders may be days, or any whole numbers.

    >>> rows = {"customer": np.array([0, 0, 0, 1]), "order": np.array([5, 5, 7, 5]), "category": np.array([0, 1, 1, 1])}
    >>> [each.tolist() for each in categories_on_orders(**rows, customers=2)]
    [[3, 1], [2, 1]]
    """
    if not len(customer):
        return np.zeros(customers, dtype=np.int64), np.zeros(customers, dtype=np.int64)
    since, several = order - order.min(), int(category.max()) + 1
    span = int(since.max()) + 1
    lines = np.sort((customer * span + since) * several + category)  # far faster than numpy's unique, which hashes
    lines = lines[np.append(True, lines[1:] != lines[:-1])]
    orders = lines // several
    orders_once = orders[np.append(True, orders[1:] != orders[:-1])]
    return np.bincount(orders // span, minlength=customers), np.bincount(orders_once // span, minlength=customers)
