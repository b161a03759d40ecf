"""The position of each rung of a ladder: 0 before the first purchase, then evenly up to 1 on the highest rung."""

from collections.abc import Sequence

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.ladder.rungs.rung import Rung
from kundkarriar.ladder.rungs.unreachable_rungs import shadowed_rungs
from kundkarriar.rules.column import column


def rung_positions(rungs: Sequence[Rung]) -> Array:
    """The position of each rung, (rungs,), from 0 to 1: the share of the rungs for buyers that are no higher.

    It makes ladders comparable whatever their rungs are called and however many there are. The lowest rungs on which
    nobody can be who has bought are 0. A rung that asks a user's function may hold for a buyer, and where conditions
    distinguish too many cases to be examined, every rung may.

    >>> import kundkarriar as kk
    >>> ladder = kk.CustomerLadder.loyalty()
    >>> dict(zip(ladder.names, rung_positions(ladder.rungs).round(2).tolist(), strict=True))
    {'lead': 0.0, 'prospect': 0.0, 'customer': 0.33, 'repurchaser': 0.67, 'ambassador': 1.0}
    """
    without_buyers = {each.at for each in shadowed_rungs(rungs, among=column("purchase_days") >= 1)}
    before = min(set(range(len(rungs))).difference(without_buyers), default=len(rungs))
    steps = np.maximum(np.arange(1, len(rungs) + 1) - before, 0)
    return steps / max(len(rungs) - before, 1)
