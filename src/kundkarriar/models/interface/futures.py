"""Future purchases and time alive of customers: expected (`ResidualExpectation`) and drawn (`FutureDraws`)."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from attrs import fields_dict, frozen

from kundkarriar.arrays import Array

Ahead: TypeAlias = Sequence[tuple[float, float]]
"""Horizons in periods, each with a continuous discount rate per period."""


@frozen(kw_only=True, eq=False)
class Returning:
    """What lies ahead of customers who are inactive now and may return, and what being active is worth; each (n,).

    Attributes:
        p_returns: probability of being active again at some time within the horizon, 0 to 1.
        purchases, p_purchase, discounted_purchases, discounted_alive: as in `ResidualExpectation`, but given inactive
            now.
        kept_purchases, kept_alive: discounted purchases and time of a customer who is active now, less those of one who
            is inactive now and equal in all else: the mean over customers like this one *given active now*.
        won_purchases, won_alive: the same differences, the mean over customers like this one *given inactive now*.
    """

    p_returns: Array
    purchases: Array
    p_purchase: Array
    discounted_purchases: Array
    discounted_alive: Array
    kept_purchases: Array
    kept_alive: Array
    won_purchases: Array
    won_alive: Array

    def at(self, index: Any) -> "Returning":
        """The rows at `index`."""
        return Returning(**{name: getattr(self, name)[index] for name in fields_dict(Returning)})


@frozen(kw_only=True, eq=False)
class ResidualExpectation:
    """Expectations for each distinct row of a summary; all but `p_alive` are *conditional on being alive now*.

    Who is alive but may pause is *active* or *inactive*, and "alive" reads as "active" here.

    Attributes:
        p_alive: probability of being alive now, (n,), 0 to 1.
        purchases: expected purchases within the horizon, (n,), >= 0; infinite where a lifelong sum diverges.
        p_purchase: probability of at least one purchase within the horizon, (n,), 0 to 1.
        discounted_purchases: expected sum of exp(-rate t) over purchases at times t within the horizon, (n,), >= 0.
        discounted_alive: expected integral of exp(-rate t) over the time alive within the horizon, in periods, (n,).
        p_leaves: probability of dropping out within the horizon, (n,), 0 to 1.
        returning: what lies ahead of those who are inactive now; None where they never return.
    """

    p_alive: Array
    purchases: Array
    p_purchase: Array
    discounted_purchases: Array
    discounted_alive: Array
    p_leaves: Array
    returning: Returning | None = None

    def at(self, index: Any) -> "ResidualExpectation":
        """The rows at `index`."""
        parts = {name: getattr(self, name)[index] for name in RESIDUAL_PARTS}
        return ResidualExpectation(**parts, returning=self.returning and self.returning.at(index))

    def at_once(self) -> "ResidualExpectation":
        """The same customers within a horizon of 0, in which nothing happens."""
        nothing = np.zeros(len(self.p_alive))
        parts = dict.fromkeys(RESIDUAL_PARTS, nothing) | {"p_alive": self.p_alive}
        returning = self.returning and Returning(**dict.fromkeys(fields_dict(Returning), nothing))
        return ResidualExpectation(**parts, returning=returning)

    def unconditional(self, part: str) -> Array:
        """The expectation of a part whether alive now or not, (n,): the mean of both, weighted by `p_alive`.

        The part is "purchases", "p_purchase", "discounted_purchases" or "discounted_alive".
        """
        whole = _weighted(self.p_alive, getattr(self, part))
        if self.returning is None:
            return whole
        return whole + _weighted(1 - self.p_alive, getattr(self.returning, part))


RESIDUAL_PARTS = tuple(name for name in fields_dict(ResidualExpectation) if name != "returning")


def _weighted(p: Array, part: Array) -> Array:
    """The part times its probability; 0 where that is 0, also of what is infinite."""
    return np.multiply(p, part, out=np.zeros(np.shape(part)), where=p != 0)


@frozen(kw_only=True, eq=False)
class FutureDraws:
    """Draws of the futures of n customers, one for each of S parameter draws; zeros while a customer is inactive.

    Attributes:
        purchases: purchases within the horizon, (n, S): counts, or expectations given the drawn latent state.
        discounted_purchases: sum of exp(-rate t) over the same purchases, at times t, (n, S).
        discounted_alive: integral of exp(-rate t) over the time alive within the horizon, in periods, (n, S).
    """

    purchases: Array
    discounted_purchases: Array
    discounted_alive: Array


FUTURE_PARTS = tuple(fields_dict(FutureDraws))
