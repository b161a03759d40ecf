"""Shifted beta-geometric: the model of contracts that are renewed or not, and so of who is known to have left."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from attrs import asdict, field, frozen

from kundkarriar.fields import instance_of, within_efolds
from kundkarriar.frames import add_columns
from kundkarriar.history.discrete_time.membership_rows import MembershipRows, read_membership_rows
from kundkarriar.models.fitting.membership_fit import COORDINATES, NAME, fit_memberships, heights_of
from kundkarriar.models.interface.discrete_horizon import (
    as_counts,
    as_generator,
    as_typed,
    rate_per_step,
    whole_horizon,
)
from kundkarriar.models.interface.fit_report import GIVEN, FitReport
from kundkarriar.models.interface.fitted_model import FittedModel
from kundkarriar.models.interface.spec import Spec
from kundkarriar.numerics.shifted_beta_geometric import likelihood
from kundkarriar.numerics.special.beta_geometric_survival import expected_stays
from kundkarriar.numerics.special.gamma_ratio import log_stays

if TYPE_CHECKING:
    import pandas as pd
    from numpy.random import Generator
    from numpy.typing import NDArray

    from kundkarriar.frames import FrameT
    from kundkarriar.models.interface.fitted_model import Heights
    from kundkarriar.numerics.optimize.unconstrained_parameters import Coordinates

    Array = NDArray[np.float64]

UNIT = "renewals"


@frozen(kw_only=True)
class ShiftedBetaGeometricParams:
    """All members in two numbers.

    Attributes:
        alpha, beta: the beta over the chance of leaving at a renewal, alpha / (alpha + beta) on average at the first.

    >>> ShiftedBetaGeometricParams(alpha=0.668, beta=3.806).beta
    3.806
    """

    alpha: float = field(converter=float, validator=within_efolds)
    beta: float = field(converter=float, validator=within_efolds)


@frozen(kw_only=True)
class FittedShiftedBetaGeometric(FittedModel):
    """The shifted beta-geometric with its parameters settled, by a fit or by hand.

    Attributes:
        params: the two parameters.
        every: the period from one renewal to the next: "Y", "M", "4W".
        report: how the fit went; `GIVEN` for parameters typed in.

    The longer somebody has been a member, the likelier they stay:

    >>> import pandas as pd
    >>> paper = FittedShiftedBetaGeometric(params=ShiftedBetaGeometricParams(alpha=0.668, beta=3.806), every="Y")
    >>> three = pd.DataFrame({"renewals": [0, 6, 2], "ended": [False, False, True]})
    >>> paper.predict(three, horizon=5).round(3)
       renewals  ended  p_alive  p_alive_later  expected_renewals
    0         0  False      1.0          0.562              3.439
    1         6  False      1.0          0.757              4.202
    2         2   True      0.0          0.000              0.000
    """

    params_type: ClassVar[type[ShiftedBetaGeometricParams]] = ShiftedBetaGeometricParams
    params: ShiftedBetaGeometricParams = field(validator=instance_of(ShiftedBetaGeometricParams))
    every: str = field(converter=as_typed)
    report: FitReport = GIVEN

    @property
    def coordinates(self) -> Coordinates:
        """In which the likelihood was searched."""
        return COORDINATES

    def heights(self) -> Heights | None:
        """The log-likelihood of what the fit saw, for many points of the coordinates; None after `from_dict`."""
        rows = self.report.evidence
        return None if rows is None else heights_of(rows)

    def log_likelihood_of(self, table: Any, *, weights: str | None = None) -> float:
        """The log-likelihood of `table` at these parameters, fitted or given."""
        rows = self._read(table, verb="log_likelihood_of", weights=weights)
        heights = likelihood.log_likelihood(k=rows.k, ended=rows.ended, **asdict(self.params))
        return float(np.sum(rows.weights * heights))

    def predict(self, table: FrameT, *, horizon: int) -> FrameT:
        """Add what each member will do, as far as one can know.

        Args:
            table: renewals, ended (and every): one row per member, as from `kk.memberships`.
            horizon: renewals ahead, a whole number of at least 1.

        Returns:
            `table` with `p_alive` (1 for a member, 0 for who left: contracts tell), `p_alive_later` (still a member
            after `horizon` renewals more; with 1 the retention rate) and `expected_renewals` (of those) added; rows,
            their order and a pandas index stay.

        Raises:
            DataError: rows that no member can have, another table, or a horizon that is no whole number.
        """
        ahead = int(whole_horizon(horizon, need=f"{NAME}.predict", unit=UNIT))
        rows = self._read(table, verb="predict")
        here = np.where(rows.ended, 0.0, 1.0)
        chance = {"a": self.params.alpha, "b": self.params.beta + rows.k}
        return add_columns(
            table,
            {
                "p_alive": here,
                "p_alive_later": here * np.exp(log_stays(ahead, **chance)),
                "expected_renewals": here * expected_stays(ahead, **chance),
            },
        )

    def discounted(self, table: FrameT, *, discount_rate: float, horizon: float = math.inf) -> FrameT:
        """Add `discounted_renewals`: the renewals to come of each member, each at its present worth.

        It is asked just before the next renewal, which therefore counts in full; lifelong it is DERL, the discounted
        expected residual lifetime (Fader & Hardie 2010, eq. 6).

        Args:
            table: renewals, ended (and every): one row per member.
            discount_rate: yearly and effective: 0.10; above 0 where the horizon has no end.
            horizon: renewals ahead, a whole number; without it lifelong.

        Returns:
            `table` with `p_alive` (1 or 0) and `discounted_renewals` (>= 0) added.

        Raises:
            DataError: as `predict`, or a discount rate that is none.
        """
        need = f"{NAME}.discounted"
        ahead = whole_horizon(horizon, need=need, unit=UNIT, endless=True)
        rate = rate_per_step(discount_rate, every=self.every, horizon=ahead, need=need)
        rows = self._read(table, verb="discounted")
        here = np.where(rows.ended, 0.0, 1.0)
        renewed, inverse = np.unique(rows.k, return_inverse=True)
        worth = likelihood.discounted_renewals(ahead, discount_rate=rate, k=renewed, **asdict(self.params))
        return add_columns(table, {"p_alive": here, "discounted_renewals": here * worth[inverse]})

    def retention(self, horizon: int) -> pd.DataFrame:
        """How many of 1 new member stay, and who stays of those who came so far.

        Args:
            horizon: renewals ahead, a whole number of at least 1.

        Returns:
            renewal (1, 2, ..., `horizon`); survival (share of new members who are there after it; eq. 6); retention
            (share that renews of those who come to it; eq. 8).
        """
        import pandas as pd  # noqa: PLC0415 - frames are made at the boundary only

        k = np.arange(1, int(whole_horizon(horizon, need=f"{NAME}.retention", unit=UNIT)) + 1)
        alpha, beta = self.params.alpha, self.params.beta
        return pd.DataFrame(
            {
                "renewal": k,
                "survival": np.exp(log_stays(k, a=alpha, b=beta)),
                "retention": likelihood.retention(k - 1.0, alpha=alpha, beta=beta),
            }
        )

    def new_customer(self, *, discount_rate: float, horizon: float = math.inf) -> float:
        """Periods that a new member stays and pays for, the first counted in full and each at its present worth.

        Args:
            discount_rate: yearly and effective; above 0 where the horizon has no end.
            horizon: renewals counted after the first period; without it lifelong.
        """
        need = f"{NAME}.new_customer"
        ahead = whole_horizon(horizon, need=need, unit=UNIT, endless=True)
        rate = rate_per_step(discount_rate, every=self.every, horizon=ahead, need=need)
        renewals = likelihood.discounted_renewals(ahead, discount_rate=rate, k=np.zeros(1), **asdict(self.params))
        return float(1 + renewals[0] / (1 + rate))

    def simulate(self, renewals: Any, *, seed: int | Generator) -> pd.DataFrame:
        """New members of these parameters: what a fit should find again.

        Args:
            renewals: how many each could come to, (n,), whole numbers.
            seed: a number, or a numpy Generator.

        Returns:
            A table: customer_id (1 to n), renewals, ended, every.
        """
        import pandas as pd  # noqa: PLC0415 - frames are made at the boundary only

        most = as_counts(renewals, need=f"{NAME}.simulate", unit=UNIT)
        k, ended = likelihood.simulate(most=most, **asdict(self.params), generator=as_generator(seed))
        return pd.DataFrame(
            {
                "customer_id": np.arange(1, len(most) + 1),
                "renewals": k.astype(np.int64),
                "ended": ended,
                "every": self.every,
            }
        )

    def _read(self, table: Any, *, verb: str, weights: str | None = None) -> MembershipRows:
        return read_membership_rows(table, need=f"{NAME}.{verb}", every=self.every, weights=weights)


@frozen(kw_only=True)
class ShiftedBetaGeometric(Spec):
    """How to fit the shifted beta-geometric: at each renewal a chance of one's own to leave.

    For customers under contract, who say so when they leave. Fader & Hardie (2007), Journal of Interactive
    Marketing 21(1). Their cohort "High End", of which 1,000 were there at the start and 869, 743, ... after each
    renewal, as counts of members who left at each, and of those who are still there:

    >>> import numpy as np, pandas as pd
    >>> there = np.array([1000, 869, 743, 653, 593, 551, 517, 491])
    >>> left = pd.DataFrame({"renewals": range(7), "ended": True, "n_customers": there[:-1] - there[1:]})
    >>> cohort = pd.concat([left, pd.DataFrame({"renewals": [7], "ended": False, "n_customers": there[-1:]})])
    >>> fitted = ShiftedBetaGeometric().fit(cohort, weights="n_customers", every="Y")
    >>> round(fitted.params.alpha, 3), round(fitted.params.beta, 3), round(fitted.log_likelihood, 4)
    (0.668, 3.806, -1611.1581)
    """

    def fit(self, table: Any, *, weights: str | None = None, every: str | None = None) -> FittedShiftedBetaGeometric:
        """The parameters under which the members' renewals are the most likely.

        Args:
            table: renewals, ended, every, as from `kk.memberships`.
            weights: the column that counts members, where a row stands for several alike.
            every: the period from one renewal to the next, for a hand-made table without a column `every`.

        Raises:
            DataError: rows that no member can have, another table, too few members, or members of whom none left or
                none renewed.
            ConvergenceError: the search did not reach an optimum.
        """
        params, span, report = fit_memberships(table, weights=weights, every=every)
        return FittedShiftedBetaGeometric(params=ShiftedBetaGeometricParams(**params), every=span, report=report)
