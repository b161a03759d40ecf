"""`truth_table`: every combination of values around the limits of a rule, playbook or ladder, and what it says."""

from itertools import product
from math import prod
from typing import Any

import pandas as pd

from kundkarriar.errors import CapabilityError
from kundkarriar.testing.boundaries.decider import decider_of
from kundkarriar.testing.boundaries.tried_values import MOST_ROWS, frame_of_rows, tried_values


def truth_table(rule: Any) -> pd.DataFrame:
    """Every combination of values around the rule's limits, and whether the rule holds for it.

    For each column that the rule reads: values just below, at and above each limit, each text it names and one
    it does not, and a missing value. The step is 1 around a whole limit, and a hundredth of any other.

    The table of a playbook says which strategy the combination gets, the table of a ladder which rung: the highest one
    whose condition holds. Combinations that no customer can have are left out of them: more active quarters than
    purchase days, a probability above 1. Of a ladder the facts of one day are told apart: time on lower rungs is taken
    as served, and grace is not counted.

    Args:
        rule: a condition, or what has one as its `when` (a strategy, a rung); a playbook; a ladder.

    Returns:
        A row per combination: the columns that the rule reads, and `holds`; `strategy` and `objective` of a playbook;
        `rung` of a ladder. They are missing where no strategy and no rung holds.

    Raises:
        CapabilityError: a function in place of `kk.column(...)`, whose limits cannot be seen; more than 20,000
            combinations.

    >>> import kundkarriar as kk
    >>> truth_table((kk.column("age") >= 18) & kk.column("city").equals("Örebro"))
         age            city  holds
    0   17.0          Örebro  False
    1   17.0  something else  False
    2   17.0            None  False
    3   18.0          Örebro   True
    4   18.0  something else  False
    5   18.0            None  False
    6   19.0          Örebro   True
    7   19.0  something else  False
    8   19.0            None  False
    9    NaN          Örebro  False
    10   NaN  something else  False
    11   NaN            None  False
    >>> clv = kk.column("clv")
    >>> playbook = kk.Playbook(strategies=[
    ...     kk.Strategy(name="thank", when=clv >= 500, objective="appreciate"),
    ...     kk.Strategy(name="rest", when=(clv < 500) | clv.is_missing(), objective="develop"),
    ... ])
    >>> truth_table(playbook)
         clv strategy   objective
    0  499.0     rest     develop
    1  500.0    thank  appreciate
    2  501.0    thank  appreciate
    3    NaN     rest     develop
    """
    decider = decider_of(rule)
    values = tried_values(decider.questions())
    rows = prod(map(len, values.values()))
    if rows > MOST_ROWS:
        name = "the " + ("playbook" if "strategy" in decider.verdicts else "ladder")
        raise CapabilityError.because(
            f"a truth table has at most {MOST_ROWS:,} rows, and "
            f"{name if decider.one_of_many else f'`{decider.conditions[0][0]}`'} makes {rows:,}.",
            hint="ask for the table of its parts, or kk.testing.boundary_customers(rule).",
        )
    table = frame_of_rows(values, list(product(*values.values())))
    return decider.told(table[decider.can_be(table)].reset_index(drop=True))
