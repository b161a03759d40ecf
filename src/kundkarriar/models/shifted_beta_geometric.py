"""The shifted beta-geometric model of contract renewals, where dropout (churn) is observed."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from attrs import asdict, field, frozen
from numpy.random import Generator

from kundkarriar.arguments import to_float
from kundkarriar.fields import PARAMETER, instance_of
from kundkarriar.frames import FrameT, add_columns
from kundkarriar.models.fitting.membership_fit import NAME, UNCONSTRAINED, fit_memberships, loglik_batch_of
from kundkarriar.models.interface.argument_checks import as_generator
from kundkarriar.models.interface.discrete_horizon import as_step_counts, as_step_length, rate_per_step, whole_horizon
from kundkarriar.models.interface.fit_report import GIVEN, FitReport
from kundkarriar.models.interface.fitted_model import FittedModel, LogLikelihoodBatch
from kundkarriar.models.interface.spec import Spec
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.numerics.shifted_beta_geometric import expectation, likelihood, simulate
from kundkarriar.numerics.special.beta_geometric_survival import log_survival, survival_sum
from kundkarriar.summaries.discrete_time.membership_rows import MembershipRows, read_membership_rows

UNIT = "renewals"


@frozen(kw_only=True)
class ShiftedBetaGeometricParams:
    """The two parameters of the shifted beta-geometric, both from e^-28 to e^28.

    Attributes:
        alpha, beta: parameters of the beta distribution of the churn probability at a renewal; mean at the first
            renewal alpha / (alpha + beta).

    >>> ShiftedBetaGeometricParams(alpha=0.668, beta=3.806).beta
    3.806
    """

    alpha: float = field(converter=to_float, validator=PARAMETER)
    beta: float = field(converter=to_float, validator=PARAMETER)


@frozen(kw_only=True)
class FittedShiftedBetaGeometric(FittedModel):
    """The shifted beta-geometric with fitted or given parameters.

    Attributes:
        params: the two parameters.
        every: time from one renewal to the next: "Y", "M", "4W".
        report: the report of the fit; `GIVEN` for parameters typed in.

    Retention increases with the number of renewals, because members with a high churn probability churn first:

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
    every: str = field(converter=as_step_length)
    report: FitReport = GIVEN

    @property
    def unconstrained(self) -> UnconstrainedParameters:
        """The unconstrained parameters in which the likelihood was maximised."""
        return UNCONSTRAINED

    def loglik_batch(self) -> LogLikelihoodBatch | None:
        """The log-likelihood of the fitted rows at many unconstrained parameter vectors, (S, k) to (S,).

        None after `from_dict`.
        """
        rows = self.report.distinct_rows
        return None if rows is None else loglik_batch_of(rows)

    def log_likelihood_of(self, table: Any, *, weights: str | None = None) -> float:
        """The log-likelihood of `table` at these parameters.

        `weights` is the column with the number of members of a row.
        """
        rows = self._read(table, verb="log_likelihood_of", weights=weights)
        values = likelihood.log_likelihood(k=rows.k, ended=rows.ended, **asdict(self.params))
        return float(np.sum(rows.weights * values))

    def predict(self, table: FrameT, *, horizon: int) -> FrameT:
        """Add each member's probability of being retained and expected renewals.

        Args:
            table: one row per member, as from `kk.memberships`: renewals, ended (and every).
            horizon: number of renewals ahead, a whole number >= 1.

        Returns:
            `table` with `p_alive` (1 for a member, 0 for a former member: contracts are observed), `p_alive_later`
            (probability of being a member after `horizon` more renewals; the retention rate for horizon=1) and
            `expected_renewals` (within the horizon, >= 0) added; rows, their order and a pandas index are kept.

        Raises:
            DataError: impossible rows, another table, or a horizon that is not a whole number.
        """
        ahead = int(whole_horizon(horizon, need=f"{NAME}.predict", unit=UNIT))
        rows = self._read(table, verb="predict")
        is_member = np.where(rows.ended, 0.0, 1.0)
        churn = {"a": self.params.alpha, "b": self.params.beta + rows.k}
        return add_columns(
            table,
            {
                "p_alive": is_member,
                "p_alive_later": is_member * np.exp(log_survival(ahead, **churn)),
                "expected_renewals": is_member * survival_sum(ahead, **churn),
            },
        )

    def discounted(self, table: FrameT, *, discount_rate: float, horizon: float = math.inf) -> FrameT:
        """Add `discounted_renewals`, the expected present value of future renewals, each counted as 1.

        The value is that just before the next renewal, which is not discounted. Without a horizon this is DERL, the
        discounted expected residual lifetime (Fader & Hardie 2010, eq. 6).

        Args:
            table: one row per member: renewals, ended (and every).
            discount_rate: effective yearly rate: 0.10; above 0 for an infinite horizon.
            horizon: number of renewals ahead, a whole number >= 1; lifelong by default.

        Returns:
            `table` with `p_alive` (1 or 0) and `discounted_renewals` (>= 0) added.

        Raises:
            DataError: as `predict`, or an invalid discount rate.
        """
        need = f"{NAME}.discounted"
        ahead = whole_horizon(horizon, need=need, unit=UNIT, endless=True)
        rate = rate_per_step(discount_rate, every=self.every, horizon=ahead, need=need)
        rows = self._read(table, verb="discounted")
        is_member = np.where(rows.ended, 0.0, 1.0)
        renewed, inverse = np.unique(rows.k, return_inverse=True)
        worth = expectation.discounted_renewals(ahead, discount_rate=rate, k=renewed, **asdict(self.params))
        return add_columns(table, {"p_alive": is_member, "discounted_renewals": is_member * worth[inverse]})

    def retention(self, horizon: int) -> pd.DataFrame:
        """The survival and retention curves of new members.

        Args:
            horizon: number of renewals, a whole number >= 1.

        Returns:
            renewal (1, 2, ..., `horizon`); survival (share of new members who are still members after it; eq. 6);
            retention (share of the members before it who renew; eq. 8).
        """
        import pandas as pd  # noqa: PLC0415 - frames are made at the boundary only

        k = np.arange(1, int(whole_horizon(horizon, need=f"{NAME}.retention", unit=UNIT)) + 1)
        alpha, beta = self.params.alpha, self.params.beta
        return pd.DataFrame(
            {
                "renewal": k,
                "survival": np.exp(log_survival(k, a=alpha, b=beta)),
                "retention": expectation.retention(k - 1.0, alpha=alpha, beta=beta),
            }
        )

    def new_customer(self, *, discount_rate: float, horizon: float = math.inf) -> float:
        """Expected present value of the periods that a new member pays for, each counted as 1, the first undiscounted.

        Args:
            discount_rate: effective yearly rate; above 0 for an infinite horizon.
            horizon: number of renewals after the first period; lifelong by default.

        Raises:
            DataError: an invalid horizon or discount rate.
        """
        need = f"{NAME}.new_customer"
        ahead = whole_horizon(horizon, need=need, unit=UNIT, endless=True)
        rate = rate_per_step(discount_rate, every=self.every, horizon=ahead, need=need)
        renewals = expectation.discounted_renewals(ahead, discount_rate=rate, k=np.zeros(1), **asdict(self.params))
        return float(1 + renewals[0] / (1 + rate))

    def simulate(self, renewals: Any, *, seed: int | Generator) -> pd.DataFrame:
        """Simulate new members.

        Args:
            renewals: number of renewals that each member could reach while observed, (n,), whole numbers >= 0.
            seed: a whole number >= 0, or a numpy Generator.

        Returns:
            A table: customer_id (1 to n), renewals, ended, every.
        """
        import pandas as pd  # noqa: PLC0415 - frames are made at the boundary only

        most = as_step_counts(renewals, need=f"{NAME}.simulate", unit=UNIT)
        k, ended = simulate.draw_histories(most=most, **asdict(self.params), generator=as_generator(seed))
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
    """The specification of the shifted beta-geometric; `fit` estimates its parameters.

    Fader & Hardie (2007), Journal of Interactive Marketing 21(1). For customers under contract, whose churn is
    observed. At each renewal a member churns with an individual, beta-distributed probability.

    The paper's cohort "High End", with 1,000 members at the start and 869, 743, ... after each renewal, as counts of
    members who churned at each renewal and of those who remain:

    >>> import numpy as np, pandas as pd
    >>> members = np.array([1000, 869, 743, 653, 593, 551, 517, 491])
    >>> left = pd.DataFrame({"renewals": range(7), "ended": True, "n_customers": members[:-1] - members[1:]})
    >>> cohort = pd.concat([left, pd.DataFrame({"renewals": [7], "ended": False, "n_customers": members[-1:]})])
    >>> fitted = ShiftedBetaGeometric().fit(cohort, weights="n_customers", every="Y")
    >>> round(fitted.params.alpha, 3), round(fitted.params.beta, 3), round(fitted.log_likelihood, 4)
    (0.668, 3.806, -1611.1581)
    """

    def fit(self, table: Any, *, weights: str | None = None, every: str | None = None) -> FittedShiftedBetaGeometric:
        """Estimate the parameters by maximum likelihood.

        Args:
            table: one row per member, as from `kk.memberships`: renewals, ended, every.
            weights: column with the number of members of a row.
            every: time from one renewal to the next, for a table without a column `every`.

        Raises:
            DataError: impossible rows, another table, too few members, no member who churned or none who renewed.
            ConvergenceError: the search did not reach a maximum.
        """
        params, span, report = fit_memberships(table, weights=weights, every=every)
        return FittedShiftedBetaGeometric(params=ShiftedBetaGeometricParams(**params), every=span, report=report)
