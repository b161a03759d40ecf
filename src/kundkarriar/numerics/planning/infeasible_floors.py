"""The error of floors that cannot be met within the caps, with the smallest relaxation."""

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.errors import DataError


class InfeasibleFloorsError(DataError):
    """Floors that no allocation meets within the caps. The caller, who knows what they are of, names them.

    Attributes:
        share: share of every floor that can be met at once, in [0, 1].
        reachable: the largest floor that each constraint can have alone, (R,); NaN where it has none.

    >>> error = InfeasibleFloorsError.of(least=np.array([0.0, 9.0]), share=0.5, reachable=np.array([np.nan, 6.0]))
    >>> error.share, error.reachable.tolist()
    (0.5, [nan, 6.0])
    >>> print(error)
    the floors cannot all be met within the caps: of constraint 1 at most 6 of 9 alone, of all floors 0.5 at once.
    <BLANKLINE>
    Hint: lower the floors, or raise the caps.
    """

    share: float = 0.0
    reachable: Array = np.zeros(0)

    @classmethod
    def of(cls, *, least: Array, share: float, reachable: Array) -> "InfeasibleFloorsError":
        """The error, by the floors (R,) and what can be reached of them."""
        alone = ", ".join(
            f"of constraint {at} at most {reachable[at]:.6g} of {least[at]:.6g}" for at in np.flatnonzero(least > 0)
        )
        error = cls.because(
            f"the floors cannot all be met within the caps: {alone} alone, of all floors {share:.6g} at once.",
            hint="lower the floors, or raise the caps.",
        )
        error.share, error.reachable = share, reachable
        return error
