"""Future purchases and time alive of customers: expected (`ResidualExpectation`) and drawn (`FutureDraws`)."""

from attrs import frozen

from kundkarriar.arrays import Array


@frozen(kw_only=True, eq=False)
class ResidualExpectation:
    """Expectations for each distinct row of a summary; all but `p_alive` are *conditional on being alive now*.

    Attributes:
        p_alive: probability of being alive now, (n,), 0 to 1.
        purchases: expected purchases within the horizon, (n,), >= 0; infinite where a lifelong sum diverges.
        p_purchase: probability of at least one purchase within the horizon, (n,), 0 to 1.
        discounted_purchases: expected sum of exp(-rate t) over purchases at times t within the horizon, (n,), >= 0.
        discounted_alive: expected integral of exp(-rate t) over the time alive within the horizon, in periods, (n,).
        p_leaves: probability of dropping out within the horizon, (n,), 0 to 1.
    """

    p_alive: Array
    purchases: Array
    p_purchase: Array
    discounted_purchases: Array
    discounted_alive: Array
    p_leaves: Array


@frozen(kw_only=True, eq=False)
class FutureDraws:
    """Draws of the futures of n customers, one for each of S parameter draws; zeros where the customer is inactive.

    Attributes:
        purchases: purchases within the horizon, (n, S): counts, or expectations given the drawn latent state.
        discounted_purchases: sum of exp(-rate t) over the same purchases, at times t, (n, S).
        discounted_alive: integral of exp(-rate t) over the time alive within the horizon, in periods, (n, S).
    """

    purchases: Array
    discounted_purchases: Array
    discounted_alive: Array
