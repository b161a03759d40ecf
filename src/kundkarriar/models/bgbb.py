"""BG/BB: the purchase model where purchases come at opportunities, one a year, a month, a season."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from attrs import asdict, field, frozen

from kundkarriar.errors import DataError
from kundkarriar.fields import instance_of, within_efolds
from kundkarriar.frames import add_columns
from kundkarriar.history.discrete_time.opportunity_rows import MOST, CheckedOpportunities, read_opportunity_rows
from kundkarriar.models.fitting.opportunity_fit import COORDINATES, fit_opportunities, heights_of
from kundkarriar.models.interface.coherence import refuse_counts_beyond_expected, refuse_more_buyers_than_purchases
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
from kundkarriar.numerics.beta_bernoulli import likelihood

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from numpy.random import Generator
    from numpy.typing import NDArray

    from kundkarriar.frames import FrameT
    from kundkarriar.history.discrete_time.opportunity_rows import OpportunityRows
    from kundkarriar.models.interface.fitted_model import Heights
    from kundkarriar.numerics.optimize.unconstrained_parameters import Coordinates

    Array = NDArray[np.float64]

UNIT = "opportunities"
ALSO = ("p_alive_later", "p_purchase", "log_p_alive")
"""What `predict` adds where it is asked by name."""


@frozen(kw_only=True)
class BGBBParams:
    """A whole customer base in four numbers.

    Attributes:
        alpha, beta: the beta over the chance of buying at an opportunity, alpha / (alpha + beta) on average.
        gamma, delta: the beta over the chance of leaving before one, gamma / (gamma + delta) on average.

    >>> BGBBParams(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783).alpha
    1.204
    """

    alpha: float = field(converter=float, validator=within_efolds)
    beta: float = field(converter=float, validator=within_efolds)
    gamma: float = field(converter=float, validator=within_efolds)
    delta: float = field(converter=float, validator=within_efolds)


@frozen(kw_only=True)
class FittedBGBB(FittedModel):
    """BG/BB with its parameters settled, by a fit or by hand.

    Attributes:
        params: the four parameters.
        every: the length of an opportunity: "Y", "M", "3M", "4W".
        report: how the fit went; `GIVEN` for parameters typed in.

    Donors of 1995 as of 2001: of three, the one that gave every year will give the most, and the one silent since the
    first gift is probably gone (Fader, Hardie & Shang 2010):

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
    params: BGBBParams = field(validator=instance_of(BGBBParams))
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
        """The log-likelihood of `table` at these parameters, fitted or given.

        Left out, as a fit leaves them out: prospects, and customers whose `entry` is "unknown".
        """
        checked = self._read(table, verb="log_likelihood_of", weights=weights)
        rows = checked.to_fit().distinct()[0]
        heights = likelihood.log_likelihood(x=rows.x, t_x=rows.t_x, n=rows.n, **asdict(self.params))
        return float(np.sum(rows.weights * heights))

    def predict(self, table: FrameT, *, horizon: float, after: int = 0, also: Iterable[str] = ()) -> FrameT:
        """Add what each customer will do, as far as one can know.

        Args:
            table: frequency, recency, n_opportunities (and every): one row per customer, as from `kk.opportunities`.
            horizon: opportunities ahead, a whole number of at least 1.
            after: opportunities from now at which the horizon begins.
            also: further columns by name: "p_alive_later" (alive at the last opportunity of the horizon),
                "p_purchase" (at least one purchase before the horizon ends, counted from now), "log_p_alive".

        Returns:
            `table` with `p_alive` (whether the customer will be there at the next opportunity, 0 to 1; eq. 11) and
            `expected_purchases` (opportunities taken of the horizon; eq. 13) added, and what was asked for; rows,
            their order and a pandas index stay. All are missing for prospects.

        Raises:
            DataError: rows that no customer can have, another table, or a horizon that is no whole number.
        """
        need = "BG/BB.predict"
        ahead = int(whole_horizon(horizon, need=need, unit=UNIT))
        skipped = int(whole_horizon(after, need=f"{need} (`after`)", unit=UNIT, least=0))
        wanted = (also,) if isinstance(also, str) else tuple(also)
        if unknown := [name for name in wanted if name not in ALSO]:
            raise DataError.because(f"{need} does not know {unknown}.", hint=f"also= takes {list(ALSO)}.")
        checked = self._read(table, verb="predict")
        rows, inverse = checked.rows.distinct()
        params, end = asdict(self.params), skipped + ahead
        until_end = likelihood.expected_purchases(end, x=rows.x, n=rows.n, **params)
        purchases = until_end - likelihood.expected_purchases(skipped, x=rows.x, n=rows.n, **params)
        at_last = np.exp(self._log_p_alive(rows, ahead=0))
        log_next = self._log_p_alive(rows, ahead=1)
        columns = {"p_alive": np.exp(log_next), "expected_purchases": at_last * purchases}
        if "p_alive_later" in wanted:
            columns["p_alive_later"] = np.exp(self._log_p_alive(rows, ahead=end))
        if "p_purchase" in wanted:
            buys = likelihood.p_purchase(end, x=rows.x, n=rows.n, **params)
            refuse_more_buyers_than_purchases(buys, until_end, need=need)
            columns["p_purchase"] = at_last * buys
        if "log_p_alive" in wanted:
            columns["log_p_alive"] = log_next
        return self._added(table, checked, {name: part[inverse] for name, part in columns.items()})

    def discounted(self, table: FrameT, *, discount_rate: float, horizon: float = math.inf) -> FrameT:
        """Add `discounted_purchases`: the purchases that lie ahead of each customer, each at its present worth.

        The next opportunity lies one opportunity ahead. Lifelong it is DERT, the discounted expected residual
        transactions (eq. 14).

        Args:
            table: frequency, recency, n_opportunities (and every): one row per customer.
            discount_rate: yearly and effective: 0.10; above 0 where the horizon has no end.
            horizon: opportunities ahead, a whole number; without it lifelong.

        Returns:
            `table` with `p_alive` and `discounted_purchases` (>= 0) added; missing for prospects.

        Raises:
            DataError: as `predict`, or a discount rate that is none.
        """
        need = "BG/BB.discounted"
        ahead = whole_horizon(horizon, need=need, unit=UNIT, endless=True)
        rate = rate_per_step(discount_rate, every=self.every, horizon=ahead, need=need)
        checked = self._read(table, verb="discounted")
        rows, inverse = checked.rows.distinct()
        worth = likelihood.discounted_purchases(ahead, discount_rate=rate, x=rows.x, n=rows.n, **asdict(self.params))
        columns = {
            "p_alive": np.exp(self._log_p_alive(rows, ahead=1)),
            "discounted_purchases": np.exp(self._log_p_alive(rows, ahead=0)) * worth,
        }
        return self._added(table, checked, {name: part[inverse] for name, part in columns.items()})

    def purchase_counts(self, table: FrameT, *, horizon: int, up_to: int = 10) -> FrameT:
        """Add the probability of each number of purchases: `p_0`, `p_1`, ... `p_<up_to>` and `p_more`, summing to 1.

        Args:
            table: frequency, recency, n_opportunities (and every): one row per customer.
            horizon: opportunities ahead, a whole number of at least 1.
            up_to: the largest number told by itself.

        Raises:
            DataError: as `predict`, or `up_to` is no whole number.
        """
        need = "BG/BB.purchase_counts"
        ahead = int(whole_horizon(horizon, need=need, unit=UNIT))
        most: int = int(whole_horizon(up_to, need=f"{need} (`up_to`)", unit="purchases", least=0))
        checked = self._read(table, verb="purchase_counts")
        rows, inverse = checked.rows.distinct()
        alive = np.exp(self._log_p_alive(rows, ahead=0))[:, None]
        counts = alive * likelihood.p_counts(ahead, most=most, x=rows.x, n=rows.n, **asdict(self.params))
        counts[:, 0] += 1 - alive[:, 0]
        counts = np.hstack([counts, np.maximum(1 - counts.sum(axis=1, keepdims=True), 0.0)])
        expected = likelihood.expected_purchases(ahead, x=rows.x, n=rows.n, **asdict(self.params))
        refuse_counts_beyond_expected(counts, alive[:, 0] * expected, need=need)
        names = [*(f"p_{j}" for j in range(most + 1)), "p_more"]
        return self._added(table, checked, {name: counts[inverse, at] for at, name in enumerate(names)})

    def next_purchase(self, table: FrameT, *, by: int) -> FrameT:
        """Add when each customer buys next: `p_next_purchase` and `next_purchase_median`.

        Args:
            table: frequency, recency, n_opportunities (and every): one row per customer.
            by: opportunities ahead, a whole number of at least 1.

        Returns:
            `table` with `p_next_purchase`, the probability that the next purchase comes at one of the next `by`
            opportunities, and `next_purchase_median`, the number of opportunities within which it comes with
            probability 1/2: infinite for a customer who more likely never buys again. Missing for prospects.

        Raises:
            DataError: as `predict`.
        """
        ahead = int(whole_horizon(by, need="BG/BB.next_purchase", unit=UNIT))
        checked = self._read(table, verb="next_purchase")
        rows, inverse = checked.rows.distinct()
        alive, params = np.exp(self._log_p_alive(rows, ahead=0)), asdict(self.params)
        columns = {
            "p_next_purchase": alive * likelihood.p_purchase(ahead, x=rows.x, n=rows.n, **params),
            "next_purchase_median": likelihood.median_wait(alive, x=rows.x, n=rows.n, most=MOST, **params),
        }
        return self._added(table, checked, {name: part[inverse] for name, part in columns.items()})

    def new_customer(self, horizon: int) -> float:
        """Opportunities that a customer takes, of the first `horizon` after the first purchase, in expectation."""
        ahead = whole_horizon(horizon, need="BG/BB.new_customer", unit=UNIT)
        new = np.zeros(1)
        return float(likelihood.expected_purchases(ahead, x=new, n=new, **asdict(self.params))[0])

    def new_customer_counts(self, horizon: int, *, up_to: int = 10) -> pd.DataFrame:
        """How many of the first `horizon` opportunities after the first purchase a customer takes. Eq. 7.

        Returns:
            purchases (0, 1, ..., `up_to`) and probability; the rest to 1 is the probability of more.
        """
        need = "BG/BB.new_customer_counts"
        ahead = int(whole_horizon(horizon, need=need, unit=UNIT))
        most = int(whole_horizon(up_to, need=f"{need} (`up_to`)", unit="purchases", least=0))
        import pandas as pd  # noqa: PLC0415 - frames are made at the boundary only

        new = np.zeros(1)
        counts = likelihood.p_counts(ahead, most=most, x=new, n=new, **asdict(self.params))[0]
        return pd.DataFrame({"purchases": np.arange(most + 1), "probability": counts})

    def simulate(self, n_opportunities: Any, *, seed: int | Generator) -> pd.DataFrame:
        """New customers of these parameters: what a fit should find again.

        Args:
            n_opportunities: how many each has after the first purchase, (n,), whole numbers.
            seed: a number, or a numpy Generator.

        Returns:
            A table: customer_id (1 to n), frequency, recency, n_opportunities, n_transactions, every.
        """
        import pandas as pd  # noqa: PLC0415 - frames are made at the boundary only

        n = as_counts(n_opportunities, need="BG/BB.simulate", unit=UNIT)
        x, t_x = likelihood.simulate(n=n, **asdict(self.params), generator=as_generator(seed))
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
        return likelihood.log_p_alive(x=rows.x, t_x=rows.t_x, n=rows.n, ahead=ahead, **asdict(self.params))

    def _added(self, table: FrameT, checked: CheckedOpportunities, columns: dict[str, Array]) -> FrameT:
        return add_columns(table, {name: checked.spread(part) for name, part in columns.items()})


@frozen(kw_only=True)
class BGBB(Spec):
    """How to fit BG/BB: at each opportunity a chance of one's own to buy, and before it one to leave.

    For purchases that can come only so often, such as a donation a year or a cruise a season, and for data that say no
    more than whether a customer bought in a year. Fader, Hardie & Shang (2010), Marketing Science 29(6).

    >>> params = BGBBParams(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
    >>> donors = FittedBGBB(params=params, every="Y").simulate([6] * 11_104, seed=1)
    >>> fitted = BGBB().fit(donors)
    >>> fitted.boundary is None, round(fitted.new_customer(6) / FittedBGBB(params=params, every="Y").new_customer(6), 2)
    (True, 1.0)
    """

    def fit(self, table: Any, *, weights: str | None = None, every: str | None = None) -> FittedBGBB:
        """The parameters under which the customers' histories are the most likely.

        Args:
            table: frequency, recency, n_opportunities, every, as from `kk.opportunities`; prospects and customers
                whose beginning lies before the data are left out and counted in `.report`.
            weights: the column that counts customers, where a row stands for several alike.
            every: the length of an opportunity, for a hand-made table without a column `every`.

        Raises:
            DataError: rows that no customer can have, another table, too few customers, or customers who all took
                every opportunity or none.
            ConvergenceError: the search did not reach an optimum.
        """
        params, span, report = fit_opportunities(table, weights=weights, every=every)
        return FittedBGBB(params=BGBBParams(**params), every=span, report=report)
