"""Rules: conditions on the columns of customers, which rungs and strategies are made of."""

# Each file enters its readers of stored conditions when it is loaded, so that all must be.
from kundkarriar.rules import column as column
from kundkarriar.rules import condition as condition
from kundkarriar.rules import function_condition as function_condition
