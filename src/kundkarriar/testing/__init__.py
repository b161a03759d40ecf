"""Checks for your own parts, and made customers to try them on.

A rule, a strategy or a purchase model of your own is held to the laws that ours keep:

>>> import kundkarriar as kk
>>> customers = kk.testing.make_customers(50, seed=1)
>>> len(customers)
50
"""

from kundkarriar.testing.make_customers import make_customers as make_customers
from kundkarriar.testing.make_transactions import make_transactions as make_transactions
