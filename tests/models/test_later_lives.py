"""Lives that begin later: nothing before the first purchase, and what a life from now on has after it."""

import numpy as np

from kundkarriar.models.drawn.later_lives import SPANS, BegunLives
from kundkarriar.models.interface.dated_purchases import DatedPurchases

HORIZON = 48.0


def lives(until: np.ndarray) -> DatedPurchases:
    """Lives of n customers in S draws with a purchase at 1 and at 20, active until a time, (n, S)."""
    row, draw = (np.repeat(each.ravel(), 2) for each in np.indices(until.shape))
    time = np.tile([1.0, 20.0], until.size)

    def active(edges: np.ndarray) -> np.ndarray:
        return np.diff(np.minimum(until[..., None], edges), axis=2)

    return DatedPurchases(row=row, draw=draw, time=time, active=active)


def test_a_life_begins_with_its_first_purchase_and_ends_at_the_horizon() -> None:
    """Purchases are shifted by the start; those after the horizon, and lives that never begin, are not there."""
    start = np.array([[10.0, 40.0, np.inf]])
    begun = BegunLives.of(lives(np.full((1, 3), HORIZON)), start=start, horizon=HORIZON)
    then = begun.from_now()
    assert begun.life.time.tolist() == [0.0, 1.0, 20.0, 0.0, 1.0]
    assert (then.draw.tolist(), then.time.tolist()) == ([0, 0, 0, 1, 1], [10.0, 11.0, 30.0, 40.0, 41.0])


def test_time_active_is_that_since_the_start() -> None:
    """Between edges: none before the start, all while alive, and the whole is what is left or the life's length."""
    start = np.array([[0.5, 10.0, 30.0, np.inf]])
    until = np.array([[HORIZON, 12.0, HORIZON, HORIZON]])  # 12 is an end of a span
    assert until[0, 1] % (HORIZON / SPANS) == 0
    edges = np.array([0.0, 7.0, 11.0, 33.5, HORIZON])
    active = BegunLives.of(lives(until), start=start, horizon=HORIZON).active(edges)
    ends = np.minimum(start + until, HORIZON)
    expected = np.clip(np.minimum(edges[1:], ends[..., None]) - np.maximum(edges[:-1], start[..., None]), 0.0, None)
    np.testing.assert_allclose(active, np.where(np.isfinite(start[..., None]), expected, 0.0), atol=1e-12)
