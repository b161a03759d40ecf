"""The shifted beta-geometric model of contract renewals, where dropout (churn) is observed."""

import math
from functools import partial
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from attrs import asdict, field, frozen
from numpy.random import Generator

from kundkarriar.arguments import read_generator, to_float
from kundkarriar.arrays import Array
from kundkarriar.fields import PARAMETER, instance_of
from kundkarriar.frames import FrameT, add_columns
from kundkarriar.models.fitting.likelihood_fit import LikelihoodFit, objective_of, refuse_too_little
from kundkarriar.models.interface.argument_checks import (
    STEPS,
    STEPS_AFTER,
    as_step_length,
    rate_per_step,
    read_lifelong,
    read_numbers,
)
from kundkarriar.models.interface.columns_read import membership_columns
from kundkarriar.models.interface.fitted_model import FittedModel
from kundkarriar.models.uncertainty.posterior_draws import LoglikBatch
from kundkarriar.numerics.optimize.parameter_blocks import LEAVING
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.numerics.shifted_beta_geometric import expectation, likelihood, simulate
from kundkarriar.numerics.special.beta_geometric_survival import log_survival, survival_sum
from kundkarriar.stored import Stored
from kundkarriar.summaries.discrete_time.membership_rows import MembershipRows, read_membership_rows
from kundkarriar.summaries.lazy.fit_on_distinct import fit_on_distinct
from kundkarriar.summaries.lazy.row_by_row import row_by_row

NAME = "ShiftedBetaGeometric"
PARAMETERS = ("alpha", "beta")
UNIDENTIFIED = {
    "logit_leaves": "the chance of leaving is not identifiable: more members or more renewals.",
    "log_kappa_leaves": "how much the chance of leaving differs between members is not identifiable: all may leave "
    "alike, with a retention that stays the same, or some at once and the others never.",
}


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


@frozen(kw_only=True, repr=False)
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

    unconstrained: ClassVar[UnconstrainedParameters] = UnconstrainedParameters(blocks=(LEAVING,))

    def _loglik_batch_of(self, rows: MembershipRows) -> LoglikBatch:
        """The log-likelihood of distinct rows at many unconstrained parameter vectors, (S, 2) to (S,)."""
        ended_at, faced = rows.counts()

        def at(theta: Array) -> Array:
            alpha, beta = self.unconstrained.natural(theta).T
            return likelihood.loglik_batch(ended_at=ended_at, faced=faced, alpha=alpha, beta=beta)

        return at

    def log_likelihood_of(self, table: Any, *, weights: str | None = None) -> float:
        """The log-likelihood of `table` at these parameters.

        `weights` is the column with the number of members of a row.
        """
        rows = self._read(table, verb="log_likelihood_of", weights=weights)
        values = likelihood.log_likelihood(k=rows.k, ended=rows.ended, **asdict(self.params))
        return float(np.sum(rows.weights * values))

    @row_by_row(membership_columns)
    def predict(self, table: FrameT, *, horizon: int) -> FrameT:
        """Add each member's probability of being retained and expected renewals.

        Args:
            table: one row per member, as from `kk.memberships`: renewals, ended (and every).
            horizon: number of renewals ahead, a whole number >= 0.

        Returns:
            `table` with `p_alive` (1 for a member, 0 for a former member: contracts are observed), `p_alive_later`
            (probability of being a member after `horizon` more renewals; the retention rate for horizon=1) and
            `expected_renewals` (within the horizon, >= 0) added; rows, their order and a pandas index are kept.

        Raises:
            DataError: impossible rows, another table, or a horizon that is not a whole number.
        """
        ahead, rows = STEPS.read(horizon, "horizon"), self._read(table, verb="predict")
        is_member, churn = np.where(rows.ended, 0.0, 1.0), {"a": self.params.alpha, "b": self.params.beta + rows.k}
        later, renewals = np.exp(log_survival(ahead, **churn)), survival_sum(ahead, **churn)
        return add_columns(
            table,
            {"p_alive": is_member, "p_alive_later": is_member * later, "expected_renewals": is_member * renewals},
        )

    @row_by_row(membership_columns)
    def discounted(self, table: FrameT, *, discount_rate: float, horizon: float = math.inf) -> FrameT:
        """Add `discounted_renewals`, the expected present value of future renewals, each counted as 1.

        The value is that just before the next renewal, which is not discounted. Without a horizon this is DERL, the
        discounted expected residual lifetime (Fader & Hardie 2010, eq. 6).

        `table` and errors are as in `predict`. The `horizon` is a whole number of renewals >= 0; the `discount_rate`
        yearly and effective, 0.10, and above 0 for a lifetime.

        Returns:
            `table` with `p_alive` (1 or 0) and `discounted_renewals` (>= 0) added.
        """
        rate = rate_per_step(discount_rate, every=self.every)
        ahead = read_lifelong(horizon, law=STEPS, discount_rate=rate)
        rows = self._read(table, verb="discounted")
        is_member = np.where(rows.ended, 0.0, 1.0)
        renewed, inverse = np.unique(rows.k, return_inverse=True)
        worth = expectation.discounted_renewals(ahead, discount_rate=rate, k=renewed, **asdict(self.params))
        return add_columns(table, {"p_alive": is_member, "discounted_renewals": is_member * worth[inverse]})

    def retention(self, horizon: int) -> pd.DataFrame:
        """The survival and retention curves of new members.

        Returns renewal (1, 2, ..., `horizon`); survival (share of new members who are still members after it; eq. 6);
        retention (share of the members before it who renew; eq. 8).
        """
        k = np.arange(1, STEPS.read(horizon, "horizon") + 1)
        alpha, beta = self.params.alpha, self.params.beta
        survival = np.exp(log_survival(k, a=alpha, b=beta))
        retention = expectation.retention(k - 1.0, alpha=alpha, beta=beta)
        return pd.DataFrame({"renewal": k, "survival": survival, "retention": retention})

    def new_customer(self, *, discount_rate: float, horizon: float = math.inf) -> float:
        """Expected present value of the periods that a new member pays for, each counted as 1, the first undiscounted.

        `discount_rate` and `horizon`, the number of renewals after the first period, are those of `discounted`.
        """
        rate = rate_per_step(discount_rate, every=self.every)
        ahead = read_lifelong(horizon, law=STEPS, discount_rate=rate)
        renewals = expectation.discounted_renewals(ahead, discount_rate=rate, k=np.zeros(1), **asdict(self.params))
        return float(1 + renewals[0] / (1 + rate))

    def simulate(self, renewals: Any, *, seed: int | Generator) -> pd.DataFrame:
        """Simulate new members.

        `renewals` is the number of renewals that each member could reach while observed, (n,), whole numbers >= 0;
        `seed` a whole number >= 0, or a numpy Generator. Returns a table: customer_id (1 to n), renewals, ended, every.
        """
        most = read_numbers(renewals, "renewals", law=STEPS_AFTER, example="renewals=[6] * 1000")
        k, ended = simulate.draw_histories(most=most, **asdict(self.params), generator=read_generator(seed))
        ids = np.arange(1, len(most) + 1)
        return pd.DataFrame({"customer_id": ids, "renewals": k.astype(np.int64), "ended": ended, "every": self.every})

    def _read(self, table: Any, *, verb: str, weights: str | None = None) -> MembershipRows:
        return read_membership_rows(table, need=f"{NAME}.{verb}", every=self.every, weights=weights)


@frozen(kw_only=True)
class ShiftedBetaGeometric(Stored):
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

    @fit_on_distinct(membership_columns)
    def fit(self, table: Any, *, weights: str | None = None, every: str | None = None) -> FittedShiftedBetaGeometric:
        """Estimate the parameters by maximum likelihood.

        Args:
            table: one row per member, as from `kk.memberships`: renewals, ended, every.
            weights: column with the number of members of a row.
            every: time from one renewal to the next, for a table without a column `every`.

        Raises:
            DataError: impossible rows, another table, too few members, no member who churned or none who renewed.
            ConvergenceError: the search did not reach a maximum.

        Warns:
            DataWarning: the model's `weaknesses`, such as a boundary.
        """
        rows = read_membership_rows(table, need=f"{NAME}.fit", every=every, weights=weights).distinct()
        n, (ended_at, faced) = int(rows.weights.sum()), rows.counts()
        refuse_too_little(
            NAME,
            n,
            parameters=len(PARAMETERS),
            typed=f"Fitted{NAME}(params=..., every=...)",
            who="members",
            cases=[
                (
                    not ended_at.any(),
                    f"none of the {n:,} members has left (`ended` False for all).",
                    "take a later as_of: kk.memberships(members, as_of=..., every=...).",
                ),
                (
                    bool((ended_at == faced).all()),
                    f"none of the {n:,} members has renewed (`renewals` 0 for all).",
                    "take a later as_of, or check `every`: it is the period that members sign for.",
                ),
            ],
        )
        values, report = likelihood_of(rows).fitted(distinct_rows=rows)
        params = ShiftedBetaGeometricParams(**values)
        return FittedShiftedBetaGeometric(params=params, every=rows.every, report=report).warned()


def likelihood_of(rows: MembershipRows) -> LikelihoodFit:
    """The likelihood of distinct rows, with all that its maximisation needs."""
    ended_at, faced = rows.counts()
    share = float(ended_at.sum() / faced.sum())
    unconstrained = FittedShiftedBetaGeometric.unconstrained
    total = partial(likelihood.total, ended_at=ended_at, faced=faced)
    return LikelihoodFit(
        name=NAME,
        parameters=PARAMETERS,
        unconstrained=unconstrained,
        objective=objective_of(total, unconstrained, PARAMETERS),
        starts=[np.array([np.log(share / (1 - share)), log_kappa]) for log_kappa in (0.0, 1.5, 4.0)],
        n=float(rows.weights.sum()),
        scale=1.0,
        hint="look at the counts: table.groupby(['renewals', 'ended']).size().",
        sentences=UNIDENTIFIED,
    )
