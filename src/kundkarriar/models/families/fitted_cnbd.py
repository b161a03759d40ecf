"""`FittedCNBD`, the base class of fitted BG/CNBD-k and MBG/CNBD-k: the family at k, and the k that the fit tried."""

from typing import ClassVar

import numpy as np
from attrs import evolve, field, frozen

from kundkarriar.engines.frame_kinds import OwnFrame, frame_of_kind
from kundkarriar.models.families.bgnbd_family import BGNBDFamily
from kundkarriar.models.families.fitted_purchases import FittedPurchases
from kundkarriar.models.fitting.number_of_stages import as_trials, trials


@frozen(kw_only=True, repr=False)
class FittedCNBD(FittedPurchases):
    """A model with Erlang-k intervals and fitted or given parameters.

    Each final class sets `kind`, the family whose k is replaced by that of the parameters, and its parameters.
    """

    kind: ClassVar[BGNBDFamily]
    tried: tuple[tuple[int, float], ...] = field(default=(), converter=as_trials, validator=trials)

    @property
    def family(self) -> BGNBDFamily:  # type: ignore[override]  # of other models a constant
        """The family at the k of the parameters."""
        return evolve(self.kind, k=self.params.k)

    @property
    def n_parameters(self) -> int:
        """The number of estimated parameters, of all laws; k counts once where it was chosen by likelihood."""
        return sum(len(law.free_parameters()) for law in self.laws.values()) + (len(self.tried) > 1)

    def regularity(self) -> OwnFrame:
        """The log-likelihood for each number of stages k that the fit tried.

        k is the regularity of the whole customer base, as `regularity` of `kk.facts` is that of one customer (Wheat and
        Morrison): 1 for random (Poisson) purchases, larger for more evenly spaced ones. Customers who buy evenly are,
        as a rule, customers who buy nowhere else.

        Returns:
            k, log_likelihood (of all purchase times, so comparable between k and with other models), chosen (True for
            the fitted k); one row for each k tried, one row where k was given, none where all parameters were given.
        """
        k = np.array([k for k, _ in self.tried], dtype=np.int64)
        values = np.array([log_likelihood for _, log_likelihood in self.tried], dtype=np.float64)
        return frame_of_kind({"k": k, "log_likelihood": values, "chosen": k == self.params.k}, self.frame_kind)
