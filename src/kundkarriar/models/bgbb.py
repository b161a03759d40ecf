"""BG/BB: the beta-geometric/beta-binomial model of purchases at discrete opportunities, such as one a year."""

import math
from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from attrs import asdict, field, frozen
from numpy.random import Generator

from kundkarriar.arguments import read_generator, read_names, to_float
from kundkarriar.arrays import Array
from kundkarriar.fields import PARAMETER, instance_of
from kundkarriar.frames import FrameT
from kundkarriar.models.fitting.opportunity_fit import UNCONSTRAINED, fit_opportunities, loglik_batch_of
from kundkarriar.models.interface.argument_checks import (
    FURTHER_COLUMN,
    STEPS,
    STEPS_AFTER,
    UP_TO,
    as_step_length,
    rate_per_step,
    read_lifelong,
    read_numbers,
)
from kundkarriar.models.interface.columns_read import opportunity_columns
from kundkarriar.models.interface.fitted_model import FittedModel
from kundkarriar.models.interface.prediction_columns import (
    add_expanded,
    count_columns,
    one_by_one,
    refuse_more_buyers_than_purchases,
    unconditional_counts,
)
from kundkarriar.models.uncertainty.posterior_draws import LoglikBatch
from kundkarriar.numerics.bgbb import expectation, likelihood, simulate
from kundkarriar.numerics.bgbb.likelihood import log_p_alive
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.stored import Stored
from kundkarriar.summaries.discrete_time.opportunity_rows import (
    MOST,
    CheckedOpportunities,
    OpportunityRows,
    read_opportunity_rows,
)
from kundkarriar.summaries.lazy.fit_on_distinct import fit_on_distinct
from kundkarriar.summaries.lazy.row_by_row import row_by_row


@frozen(kw_only=True)
class BGBBParams:
    """The four parameters of BG/BB, all from e^-28 to e^28.

    Attributes:
        alpha, beta: parameters of the beta distribution of the purchase probability at an opportunity while alive, mean
            alpha / (alpha + beta).
        gamma, delta: parameters of the beta distribution of the dropout probability before an opportunity, mean
            gamma / (gamma + delta).

    >>> BGBBParams(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783).alpha
    1.204
    """

    alpha: float = field(converter=to_float, validator=PARAMETER)
    beta: float = field(converter=to_float, validator=PARAMETER)
    gamma: float = field(converter=to_float, validator=PARAMETER)
    delta: float = field(converter=to_float, validator=PARAMETER)


@frozen(kw_only=True, repr=False)
class FittedBGBB(FittedModel):
    """BG/BB with fitted or given parameters.

    Attributes:
        params: the four parameters.
        every: time from one opportunity to the next: "Y", "M", "3M", "4W".
        report: the report of the fit; `GIVEN` for parameters typed in.

    Three donors of the 1995 cohort as of 2001 (Fader, Hardie & Shang 2010). The one who gave every year is expected to
    give most; the one who never gave again has probably dropped out:

    >>> import pandas as pd
    >>> paper = FittedBGBB(params=BGBBParams(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783), every="Y")
    >>> three = pd.DataFrame({"frequency": [0, 2, 6], "recency": [0, 4, 6], "n_opportunities": 6})
    >>> paper.predict(three, horizon=5).round(2)
       frequency  recency  n_opportunities  p_alive  expected_purchases
    0          0        0                6     0.11                0.07
    1          2        4                6     0.59                1.06
    2          6        6                6     0.93                3.75
    """

    params_type: ClassVar[type[BGBBParams]] = BGBBParams
    unconstrained: ClassVar[UnconstrainedParameters] = UNCONSTRAINED
    params: BGBBParams = field(validator=instance_of(BGBBParams))
    every: str = field(converter=as_step_length)

    def _loglik_batch_of(self, rows: OpportunityRows) -> LoglikBatch:
        """The log-likelihood of distinct rows at many unconstrained parameter vectors, (S, 4) to (S,)."""
        return loglik_batch_of(rows)

    def log_likelihood_of(self, table: Any, *, weights: str | None = None) -> float:
        """The log-likelihood of `table` at these parameters.

        As in a fit, it leaves out prospects and customers whose `entry` is "unknown". `weights` is the column with the
        number of customers of a row.
        """
        checked = self._read(table, verb="log_likelihood_of", weights=weights)
        rows = checked.to_fit().distinct()[0]
        values = likelihood.log_likelihood(x=rows.x, t_x=rows.t_x, n=rows.n, **asdict(self.params))
        return float(np.sum(rows.weights * values))

    @row_by_row(opportunity_columns)
    def predict(self, table: FrameT, *, horizon: float, after: int = 0, also: Iterable[str] = ()) -> FrameT:
        """Add each customer's probability of being alive and expected purchases.

        Args:
            table: one row per customer, as from `kk.opportunities`: frequency, recency, n_opportunities (and every).
            horizon: number of opportunities in the prediction window, a whole number >= 0.
            after: number of opportunities from now to the beginning of the window, >= 0.
            also: names of further columns: "p_alive_later" (alive at the last opportunity of the window), "p_purchase"
                (at least one purchase from now to the end of the window), "log_p_alive".

        Returns:
            `table` with `p_alive` (alive at the next opportunity, 0 to 1; eq. 11), `expected_purchases` (in the
            window, >= 0; eq. 13) and the columns in `also`; rows, their order and a pandas index are kept. All are
            missing for prospects.

        Raises:
            DataError: impossible rows, another table, an invalid horizon, an unknown name.
            ConvergenceError: P(at least one purchase) exceeds the expected purchases.
        """
        skipped = STEPS_AFTER.read(after, "after")
        end = skipped + STEPS.read(horizon, "horizon")
        wanted = read_names(also, "also", law=FURTHER_COLUMN)
        checked = self._read(table, verb="predict")
        rows, inverse = checked.rows.distinct()
        given = {"x": rows.x, "n": rows.n, **asdict(self.params)}
        at_last, log_next = np.exp(self._log_p_alive(rows, ahead=0)), self._log_p_alive(rows, ahead=1)
        until_end = expectation.expected_purchases(end, **given)
        ahead = until_end - expectation.expected_purchases(skipped, **given)
        columns = {"p_alive": np.exp(log_next), "expected_purchases": at_last * ahead}
        if "p_alive_later" in wanted:
            columns["p_alive_later"] = np.exp(self._log_p_alive(rows, ahead=end))
        if "p_purchase" in wanted:
            buys = expectation.p_purchase(end, **given)
            refuse_more_buyers_than_purchases(buys, until_end, need="BG/BB.predict")
            columns["p_purchase"] = at_last * buys
        if "log_p_alive" in wanted:
            columns["log_p_alive"] = log_next
        return add_expanded(table, columns, inverse, checked)

    @row_by_row(opportunity_columns)
    def discounted(self, table: FrameT, *, discount_rate: float, horizon: float = math.inf) -> FrameT:
        """Add `discounted_purchases`, the expected present value of future purchases, each counted as 1.

        The next opportunity is discounted by one step. Without a horizon this is DERT, the discounted expected residual
        transactions (eq. 14).

        `table` and errors are as in `predict`. The `horizon` is a whole number of opportunities >= 0; the
        `discount_rate` yearly and effective, 0.10, and above 0 for a lifetime.

        Returns:
            `table` with `p_alive` (0 to 1) and `discounted_purchases` (>= 0) added; missing for prospects.
        """
        rate = rate_per_step(discount_rate, every=self.every)
        ahead = read_lifelong(horizon, law=STEPS, discount_rate=rate)
        checked = self._read(table, verb="discounted")
        rows, inverse = checked.rows.distinct()
        worth = expectation.discounted_purchases(ahead, discount_rate=rate, x=rows.x, n=rows.n, **asdict(self.params))
        at_last, at_next = (np.exp(self._log_p_alive(rows, ahead=ahead)) for ahead in (0, 1))
        columns = {"p_alive": at_next, "discounted_purchases": at_last * worth}
        return add_expanded(table, columns, inverse, checked)

    @row_by_row(opportunity_columns)
    def purchase_counts(self, table: FrameT, *, horizon: int, up_to: int = 10, after: int = 0) -> FrameT:
        """Add the probability of each number of purchases: `p_0`, `p_1`, ... `p_<up_to>` and `p_more`, summing to 1.

        `table`, `horizon`, `after` and errors are as in `predict`; `up_to` is the largest number with a column of its
        own, 0 to 10,000.

        Raises:
            ConvergenceError: the mean of the counts exceeds the expected purchases.
        """
        ahead, most = STEPS.read(horizon, "horizon"), UP_TO.read(up_to, "up_to")
        skipped, checked = STEPS_AFTER.read(after, "after"), self._read(table, verb="purchase_counts")
        rows, inverse = checked.rows.distinct()
        columns = self._counts(rows, ahead, most, skipped=skipped, verb="purchase_counts")
        return add_expanded(table, columns, inverse, checked)

    @row_by_row(opportunity_columns)
    def next_purchase(self, table: FrameT, *, by: int) -> FrameT:
        """Add the distribution of the time to the next purchase: `p_next_purchase` and `next_purchase_median`.

        `table` and errors are as in `predict`; `by` is a whole number of opportunities >= 0.

        Returns:
            `table` with `p_next_purchase`, the probability of a purchase at one of the next `by` opportunities, and
            `next_purchase_median`, the median number of opportunities to the next purchase, infinite where the
            probability of ever buying again is below 1/2. Missing for prospects.
        """
        ahead, checked = STEPS.read(by, "by"), self._read(table, verb="next_purchase")
        rows, inverse = checked.rows.distinct()
        alive, given = np.exp(self._log_p_alive(rows, ahead=0)), {"x": rows.x, "n": rows.n, **asdict(self.params)}
        columns = {
            "p_next_purchase": alive * expectation.p_purchase(ahead, **given),
            "next_purchase_median": expectation.median_wait(alive, most=MOST, **given),
        }
        return add_expanded(table, columns, inverse, checked)

    def new_customer(self, horizon: int) -> float:
        """Expected purchases of a new customer at the first `horizon` opportunities after the first purchase."""
        ahead = STEPS.read(horizon, "horizon")
        return float(expectation.expected_purchases(ahead, x=NEW.x, n=NEW.n, **asdict(self.params))[0])

    def new_customer_counts(self, horizon: int, *, up_to: int = 10) -> pd.DataFrame:
        """The distribution of a new customer's purchases at the first `horizon` opportunities. Eq. 7.

        Returns purchases (0, 1, ..., `up_to`, at most 10,000) and probability; what is missing to 1 is the
        probability of more.
        """
        ahead, most = STEPS.read(horizon, "horizon"), UP_TO.read(up_to, "up_to")
        return one_by_one(self._counts(NEW, ahead, most, verb="new_customer_counts"))

    def simulate(self, n_opportunities: Any, *, seed: int | Generator) -> pd.DataFrame:
        """Simulate new customers from the first purchase on.

        `n_opportunities` is the number of opportunities of each after the first purchase, (n,), whole numbers >= 0;
        `seed` a whole number >= 0, or a numpy Generator. Returns a table: customer_id (1 to n), frequency, recency,
        n_opportunities, n_transactions, every.
        """
        n = read_numbers(n_opportunities, "n_opportunities", law=STEPS_AFTER, example="n_opportunities=[6] * 1000")
        x, t_x = simulate.draw_histories(n=n, **asdict(self.params), generator=read_generator(seed))
        return pd.DataFrame(
            {
                "customer_id": np.arange(1, len(n) + 1),
                "frequency": x.astype(np.int64),
                "recency": t_x,
                "n_opportunities": n,
                "n_transactions": x.astype(np.int64) + 1,
                "every": self.every,
            }
        )

    def _read(self, table: Any, *, verb: str, weights: str | None = None) -> CheckedOpportunities:
        return read_opportunity_rows(table, need=f"BG/BB.{verb}", every=self.every, weights=weights)

    def _log_p_alive(self, rows: OpportunityRows, *, ahead: int) -> Array:
        return log_p_alive(x=rows.x, t_x=rows.t_x, n=rows.n, ahead=ahead, **asdict(self.params))

    def _counts(self, rows: OpportunityRows, ahead: int, most: int, *, verb: str, skipped: int = 0) -> dict[str, Array]:
        """Columns of counts; who is alive after `skipped` opportunities has survived as many more, seen by nobody."""
        given = {"x": rows.x, "n": rows.n, **asdict(self.params)}
        given["delta"] += skipped
        alive = np.exp(self._log_p_alive(rows, ahead=skipped))
        return count_columns(
            unconditional_counts(alive, expectation.p_counts(ahead, up_to=most, **given)),
            expected=alive * expectation.expected_purchases(ahead, **given),
            need=f"BG/BB.{verb}",
        )


NEW = OpportunityRows(x=0, t_x=0, n=0, weights=1)
"""A customer whose first purchase is the last opportunity."""


@frozen(kw_only=True)
class BGBB(Stored):
    """The specification of BG/BB; `fit` estimates its parameters.

    Fader, Hardie & Shang (2010), Marketing Science 29(6). Before each opportunity a customer may drop out, and at each
    opportunity while alive may buy once, with individual, beta-distributed probabilities. Use it for purchases that are
    possible only now and then, such as a donation a year or a cruise a season, and for data that say only whether a
    customer bought in a year.

    >>> params = BGBBParams(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
    >>> donors = FittedBGBB(params=params, every="Y").simulate([6] * 11_104, seed=1)
    >>> fitted = BGBB().fit(donors)
    >>> fitted.boundary is None, round(fitted.new_customer(6) / FittedBGBB(params=params, every="Y").new_customer(6), 2)
    (True, 1.0)
    """

    @fit_on_distinct(opportunity_columns)
    def fit(self, table: Any, *, weights: str | None = None, every: str | None = None) -> FittedBGBB:
        """Estimate the parameters by maximum likelihood.

        Args:
            table: one row per customer, as from `kk.opportunities`: frequency, recency, n_opportunities, every.
                Prospects and customers whose first purchase may lie before the data are left out and counted in
                `.report`.
            weights: column with the number of customers of a row.
            every: time from one opportunity to the next, for a table without a column `every`.

        Raises:
            DataError: impossible rows, another table, too few customers, or customers who all bought at every
                opportunity or at none.
            ConvergenceError: the search did not reach a maximum.

        Warns:
            DataWarning: the model's `weaknesses`, such as a boundary.
        """
        params, span, report = fit_opportunities(table, weights=weights, every=every)
        return FittedBGBB(params=BGBBParams(**params), every=span, report=report).warned()
