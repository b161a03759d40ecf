"""Checks of your own rules, strategies, purchase models and movements, and simulated customers to try them on.

>>> import kundkarriar as kk
>>> customers = kk.testing.make_customers(50, seed=1)
>>> len(customers)
50
"""

from kundkarriar.testing.boundaries.boundary_customers import boundary_customers as boundary_customers
from kundkarriar.testing.boundaries.truth_table import truth_table as truth_table
from kundkarriar.testing.check_movement import check_movement as check_movement
from kundkarriar.testing.check_planner import check_planner as check_planner
from kundkarriar.testing.check_playbook import check_playbook as check_playbook
from kundkarriar.testing.check_purchase_model import check_purchase_model as check_purchase_model
from kundkarriar.testing.check_rule import check_rule as check_rule
from kundkarriar.testing.customers import customers as customers
from kundkarriar.testing.make_customers import make_customers as make_customers
from kundkarriar.testing.make_transactions import make_transactions as make_transactions
