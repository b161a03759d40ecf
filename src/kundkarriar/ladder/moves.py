"""Number of moves of each customer: promotions, skips, demotions, returns."""

import numpy as np

from kundkarriar.arrays import Mask, Whole
from kundkarriar.frames import FrameT, new_frame, numbers
from kundkarriar.ladder.career_panel import complete_rows, read_careers, refuse_rows

NEED = "kk.moves"
MOST_RUNGS = 1_000


def moves(careers: FrameT) -> FrameT:
    """The moves of each customer, counted over complete months.

    A customer near the border of a rung has many returns; a grace or a lower bar (`kk.Hold`) reduces them.

    Args:
        careers: customer_id, period_start, rung, rung_number, and complete where there is one: as from
            `CustomerLadder.careers`.

    Returns:
        One row per customer with a complete month, in their order: customer_id; months; promotions; skips
        (promotions past one rung or more); demotions; returns (moves, up or down, to a rung that the customer had
        left).

    Raises:
        DataError: a column is missing; a customer has a month twice, out of order, or a month left out.

    >>> import kundkarriar as kk
    >>> for grace in (None, "3M"):
    ...     ladder = kk.CustomerLadder.kundkarriar(grace=grace)
    ...     counted = moves(ladder.careers(kk.datasets.load_cdnow(sample=True), as_of="1998-06-30"))
    ...     print(counted[["promotions", "demotions", "returns"]].sum().to_dict())
    {'promotions': 1473, 'demotions': 419, 'returns': 622}
    {'promotions': 1272, 'demotions': 137, 'returns': 139}
    """
    panel = read_careers(careers)
    frame = complete_rows(careers, columns=["rung_number"], need=NEED)
    number = numbers(frame, "rung_number", need=NEED)
    odd = (number < 0) | (number > MOST_RUNGS) | (number != np.floor(number))
    law = f"`rung_number` is a whole number from 0 to {MOST_RUNGS:,}"
    refuse_rows(frame, odd, law, "as from ladder.careers(...).", column="rung_number")
    rung = number[panel.row].astype(np.int64)
    before, after = panel.steps()
    step = rung[after] - rung[before]
    owner, n = panel.owner[after], len(panel)

    def count(which: Mask) -> Whole:
        return np.bincount(owner[which], minlength=n)

    return new_frame(
        {
            "customer_id": panel.customers,
            "months": panel.lengths,
            "promotions": count(step > 0),
            "skips": count(step > 1),
            "demotions": count(step < 0),
            "returns": count((step != 0) & (_first_on_rung(panel.owner, rung)[after] < after)),
        },
        like=careers,
    )


def _first_on_rung(owner: Whole, rung: Whole) -> Whole:
    """The first row of the same customer on the same rung, for each row, (rows,)."""
    if not len(rung):
        return rung
    place = owner * (rung.max() + 1) + rung
    first = np.zeros(int(place.max()) + 1, np.int64)
    first[place[::-1]] = np.arange(len(place))[::-1]  # the last one written is the first row
    answer: Whole = first[place]
    return answer
