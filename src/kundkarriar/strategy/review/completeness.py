"""Completeness of the actuals of a plan: customers whose purchases seem to be missing, arm by arm."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kundkarriar.arrays import Mask
from kundkarriar.errors import DataError, warn
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.strategy.amount_text import quantity
from kundkarriar.strategy.review.actuals import NEED, SURELY_MISSING
from kundkarriar.strategy.review.comparison import Comparisons

IMPLAUSIBLE = 0.6
"""Share of what was expected below which purchases are told, and above its inverse. Demand moves so far in few."""
STANDARD_ERRORS = 3.0
"""By how many of its own the number of purchases must differ besides."""


def check_completeness(known: Comparisons) -> None:
    """Refuse an arm whose customers bought nothing at all; tell purchases far from what was expected.

    A change in demand is common to both arms, which are then compared as ever: it is told, and not refused.

    Raises:
        DataError: an arm, of all or of a strategy, has no purchase where at least 20 buyers would be expected, at the
            pace of all customers of the plan.

    Warns:
        DataWarning: those who were treated, or who were not, bought implausibly little, or the latter much.
    """
    expected, came = known.usual["share that buys"].mean, known.actuals.bought.purchases > 0
    told = ~np.isnan(expected)
    expected = np.where(told, expected, total(expected[told]) / told.sum() if told.any() else 1.0)
    buyers = expected * (came.sum() / total(expected)) if expected.any() else expected
    for arm, where, rows in _arms(known):
        if not came[rows].any() and total(buyers[rows]) >= SURELY_MISSING:
            raise DataError.because(
                f"{NEED}: none of {quantity(rows.sum(), 'customer')} {arm}{where} bought anything, where "
                f"{total(buyers[rows]):,.0f} buyers would be expected at the pace of all: their purchases are missing.",
                hint="pass the transactions of all customers of the plan, of those treated and of those held out.",
            )
    treated = known.ledger.treated
    _tell_implausible(known, treated, "treated", least_only=True)
    _tell_implausible(known, ~treated, "not treated", least_only=False)


def _arms(known: Comparisons) -> Iterator[tuple[str, str, Mask]]:
    """The arms of all, and of each strategy that has both: what they are called, where they are, and who they are."""
    ledger, strategies = known.ledger, known.plan.playbook.strategies
    everyone = np.ones(len(ledger.strategy), dtype=bool)
    own = [(f" of {strategies[at].name!r}", ledger.strategy == at) for at in np.unique(ledger.strategy).tolist()]
    for where, rows in (("", everyone), *own):
        if (ledger.treated & rows).any() and (ledger.held_out & rows).any():
            yield "held out", where, ledger.held_out & rows
            yield "treated", where, ledger.treated & rows


def _tell_implausible(known: Comparisons, rows: Mask, arm: str, *, least_only: bool) -> None:
    usual = known.usual["purchases"]
    rows = rows & known.comparable() & ~np.isnan(usual.mean + usual.variance)
    came, expected = int(known.actuals.bought.purchases[rows].sum()), total(usual.mean[rows])
    if expected < SURELY_MISSING or abs(came - expected) < STANDARD_ERRORS * np.sqrt(total(usual.variance[rows])):
        return
    if came < IMPLAUSIBLE * expected or (came > expected / IMPLAUSIBLE and not least_only):
        cause = "do the actuals hold a part of the customers" if came < expected else "are they of another time"
        warn(
            f"{NEED}: the {quantity(rows.sum(), 'customer')} who were {arm} made {came:,} purchases, and "
            f"{expected:,.0f} were expected without the plan ({came / expected:.0%}): {cause}, or did demand change? "
            "A change that is common to both arms leaves the comparison right; missing purchases of one do not."
        )
