"""Refusal of effects on leaving where, by the scores, nobody leaves."""

from collections.abc import Sequence

import numpy as np

from kundkarriar.errors import CapabilityError
from kundkarriar.models.interface.fit_report import DROPOUT_OPEN
from kundkarriar.strategy.plan.customer_table import CustomerTable
from kundkarriar.strategy.plan.options.effect_baseline import p_leaves
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.default_playbook import NOBODY

LEAVING = {"p_leaves", "value_at_risk"}
"""The columns that tell whether anybody leaves."""


def refuse_leaving_where_nobody_leaves(actions: Sequence[Action], customers: CustomerTable) -> None:
    """Refuse actions with an effect on leaving where there is none to prevent.

    Raises:
        CapabilityError: the model does not tell that anybody leaves.
    """
    for action in actions:
        if not any(each.on == "leaving" for each in action.effects):
            continue
        open_ = [note for note in customers.notes if any(phrase in note for phrase in DROPOUT_OPEN)]
        p = p_leaves(customers, need=f"the effect of {action.name!r} on leaving")
        most = np.nanmax(p, initial=0.0)
        if open_ or (most < NOBODY and np.isfinite(p).any()):
            why = (
                open_[0] if open_ else f"by the scores nobody leaves within the horizon (p_leaves at most {most:.2g})."
            )
            raise CapabilityError.because(
                f"the action {action.name!r} has an effect on leaving, and there is no leaving to prevent: {why}",
                hint="kk.compare_models([kk.BGNBD(), kk.MBGNBD(), kk.ParetoNBD()], summary) tells in its column "
                '`boundary` which models are not at one here; or state the effect as on="purchases" or on="value".',
            )
