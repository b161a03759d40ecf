"""The order of customers in draws: by distinct row and, within one, by a stable hash of the id."""

import numpy as np

from kundkarriar.arrays import Whole
from kundkarriar.customer_ids import with_plain_ids
from kundkarriar.frames import NarrowFrame
from kundkarriar.numerics.sampling.stable_hash import stable_hash
from kundkarriar.summaries.checked_summary import CheckedSummary


def draw_order(summary: NarrowFrame, checked: CheckedSummary, *, need: str) -> Whole:
    """The places of the buyers in that order, (n,); it does not depend on the order of the rows."""
    rows = checked.rows
    patterns = () if rows.gaps is None else (rows.gaps.pattern(),)
    older = () if rows.older is None else (rows.older,)
    ids = with_plain_ids(summary, need=need)["customer_id"].to_numpy()[checked.position]
    return np.lexsort((stable_hash(ids=ids), *rows.covariates.T, *older, *patterns, rows.t_x, rows.x, rows.T))
