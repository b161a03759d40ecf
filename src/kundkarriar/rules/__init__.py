"""Rules: conditions on the columns of customers, which rungs and strategies are made of."""

# Each file registers the readers of its stored conditions on import, so all are imported here.
from kundkarriar.rules import column as column
from kundkarriar.rules import condition as condition
from kundkarriar.rules import function_condition as function_condition
