"""Tables of what customers are worth, as methods of a fitted career."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic

from kundkarriar.arguments import LEVEL
from kundkarriar.career.bridge import Bridge
from kundkarriar.career.no_amounts import sums_of
from kundkarriar.career.worth.acquisition_vs_retention import AcquisitionVsRetention
from kundkarriar.career.worth.first_orders import first_orders
from kundkarriar.career.worth.order_value import order_value_table, rank_differences
from kundkarriar.career.worth.realised_profit import profit_by_group
from kundkarriar.classes.grid import RUNG_AND_CLASS, grid
from kundkarriar.frames import FrameT
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.satisfaction.satisfaction_effects import SatisfactionEffects, satisfaction_effects
from kundkarriar.scoring.draws.value_draws import ValueDraws
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.scoring.without_spend import without_spend


class CareerWorth(Generic[FrameT]):
    """What customers are worth; a final class holds scorer, draws and history: see `FittedCareer`."""

    __slots__ = ()

    as_of: str
    seed: int
    scorer: FittedValueScorer
    draws: ValueDraws | None
    money: Bridge | None
    _table: FrameT
    _summary: Any

    @property
    def history(self) -> LadderHistory[FrameT]:
        """What was read of purchases and events."""
        raise NotImplementedError

    def customers(self) -> FrameT:
        """The table of customers."""
        raise NotImplementedError

    def grid(self, *, by: str | Sequence[str] = RUNG_AND_CLASS, value: str | None = None) -> FrameT:
        """Number of customers and sums of their values, one row per combination of columns that occurs.

        Args:
            by: columns of `customers()`, such as rung and abc, the default, or group, lapsed, or an attribute.
            value: the column of values; None takes `net_value`, or `clv` where there are no costs.

        Returns:
            The columns of `by`, customers, value, share_of_value, mean_value, and the sums of net_value, priority,
            value_at_risk and win_back_value that are not the value. Rungs from the lowest, classes from A, others by
            size or alphabet, missing values last. Customers without a class have a cell of their own.

        Raises:
            DataError: a column is not there, has values without an order, or is one that the grid makes.
        """
        return grid(self._table, by=by, value=value)

    def acquisition_vs_retention(
        self, *, cost_acquisition: Any, cost_retention: Any, by: str | None = None, level: float = 0.9
    ) -> FrameT:
        """Whether keeping customers pays more than acquiring others, on your own costs.

        A newcomer is worth what the latest ones (of the last year, or the last hundred) are expected to bring from the
        first purchase on: the first order that they brought, then repeat purchases by the purchase model, at their
        expected order values, less the scorer's costs, and discounted to that first purchase, when the cost of
        acquisition is due. Of a customer, value at risk is counted: what is lost if those who are expected to leave
        within the horizon do. It is the ceiling of keeping, reached if every loss is prevented; what share an action
        prevents only an experiment tells, so the table says what share it must prevent.

        Args:
            cost_acquisition: cost of a new customer: a number, a mapping by channel, with `by`, or a column of
                customers with what each cost. It has no default.
            cost_retention: cost of keeping a customer over the scorer's horizon, beyond the scorer's costs: a number,
                or a mapping by rung; rungs without a cost are left out. It has no default.
            by: the column of `customers=` that has the channel; None: all newcomers are one group.
            level: level of the intervals, of parameters, order values and the level of forecasts, and of which
                newcomers came; from at most 50 draws.

        Returns:
            Rows of part "acquire", by channel and for all newcomers, and of part "keep", by rung and for all buyers on
            these; `who` names the channel or rung, or "all". Columns, per customer unless said otherwise, and missing
            where they are of the other part:

            customers: the newcomers, or the buyers on the rung. cost: as given, or the mean.
            value, low, high: within the horizon, expected net value of a newcomer with the first order, or value at
            risk; this is also the break-even cost. net: value - cost. value_per_cost: their ratio.
            acquire: value_lifelong (the lifelong break-even cost), net_lifelong; share_beyond_data, the share of
            lifelong orders later than anybody was observed: above one half, lifelong values decide nothing.
            payback_months: whole months until the expected net value has paid the cost, 0 if the first order does;
            missing if ten years do not.
            keep: total, value at risk of all; p_leaves and retention_value of a customer who is with us;
            cost_per_kept, cost of keeping over expected losses: the least that preventing one loss costs, beside the
            cost of acquiring one. share_to_pay: share of losses that an action must prevent to pay its cost, missing
            where nothing is at risk. cost_ratio: cost of acquiring over cost of keeping. share_to_beat,
            share_to_beat_low, share_to_beat_high: share of losses that an action must prevent to bring more per unit of
            money than acquiring (all channels), infinite where nothing is at risk.
            verdict: whether the acquisition pays; whether keeping pays more: "open" where the interval includes 1.
            note: fewer than 20 newcomers of a channel, which then has the value of all; that the purchase model reads
            no columns, so that channels differ in order values alone; how many newcomers have no channel, and so no
            row but "all"; that the mean of the draws is another value.

        Raises:
            CapabilityError: purchases without amounts, or a scorer without a spend model; a career that was read back.
            DataError: a negative cost; a channel or rung that is not there; no column of channels; no newcomers.

        Warns:
            DataWarning: many of the latest newcomers may be older than the data (`burn_in`).

        >>> import kundkarriar as kk
        >>> scorer = kk.ValueScorer(margin=0.3, discount_rate=0.1, horizon="12M")
        >>> transactions = kk.datasets.load_cdnow(sample=True)
        >>> career = kk.CustomerCareer(scorer=scorer).fit(transactions, as_of="1997-12-31", seed=1, draws=20)
        >>> table = career.acquisition_vs_retention(cost_acquisition=15, cost_retention={"client": 10})
        >>> table[["part", "who", "value", "cost", "net"]].round(2)
              part     who  value  cost   net
        0  acquire     all  24.60  15.0  9.60
        1     keep  client  13.15  10.0  3.15
        2     keep     all  13.15  10.0  3.15
        >>> print(table["verdict"].iloc[-1])
        acquiring pays more, even where every loss were prevented
        """
        sums_of(self.money, scorer=self.scorer, need="career.acquisition_vs_retention")
        compared = AcquisitionVsRetention.of(
            self.scorer,
            draws=self.draws,
            history=self.history,
            summary=self._summary,
            table=self._table,
            cost_acquisition=cost_acquisition,
            cost_retention=cost_retention,
            by=by,
        )
        table: FrameT = compared.frame(level=LEVEL.read(level, "level"), by=by, like=self._table)
        return table

    def first_orders(self, *, within: str = "6M", level: float = 0.9) -> FrameT:
        """What first orders foretell: how many customers bought again, by what their first order was like.

        Association, not cause: who complains is another customer than who does not, beside the complaint. Only
        customers whose first order lies the whole span before `as_of` are counted, so that nobody's second purchase is
        yet to come; so are not those who may be older than the data (`burn_in`).

        A return or an event counts if it is of the day of the first order or of the 60 days after it. Whoever buys
        again at once has less time to complain of the first order alone. So these rows are of customers who did not buy
        again within the 60 days, and say what they did from then to the end of the span.

        Args:
            within: the span after the first order, more than 60 days.
            level: level of the intervals.

        Returns:
            predictor: "all", "size", "returned" (any return), and each event by its name; predictors by which
            customers do not differ are left out. group: thirds of the amount (equal amounts are in one), or "yes" and
            "no". customers; first_value, the mean of their first orders; share of them who bought again within the
            span, low, high (Wilson's interval); difference of that share to the other groups of the predictor together,
            difference_low, difference_high (Newcombe's); later_value, the mean spend of later purchases within the
            span, net of returns on the day of purchase, later_low, later_high (Student's t). Without amounts there are
            no sizes, and no columns of money.

        Raises:
            CapabilityError: a career that was read back.
            DataError: a span of 60 days or less; no first order lies the span before `as_of`.

        Warns:
            DataWarning: many customers may be older than the data (`burn_in`), and their first orders are ordinary.

        >>> import kundkarriar as kk
        >>> scorer = kk.ValueScorer(margin=0.3, discount_rate=0.1, horizon="12M")
        >>> transactions = kk.datasets.load_cdnow(sample=True)
        >>> career = kk.CustomerCareer(scorer=scorer).fit(transactions, as_of="1997-12-31", seed=1, draws=2)
        >>> career.first_orders()[["predictor", "group", "customers", "share", "low", "high"]].round(3)
          predictor           group  customers  share    low   high
        0       all             all       2357  0.378  0.362  0.395
        1      size  smallest third        831  0.318  0.292  0.345
        2      size    middle third        740  0.380  0.351  0.409
        3      size   largest third        786  0.441  0.413  0.471
        """
        table: FrameT = first_orders(self.history, within=within, level=LEVEL.read(level, "level"), like=self._table)
        return table

    def satisfaction_effects(
        self, *, events: Any = None, origins: int = 3, horizon: str = "6M", process: Any = None, level: float = 0.9
    ) -> SatisfactionEffects:
        """How leaving and promotion go with satisfaction, complaints and other events, beyond what purchases tell.

        Association, not cause: see `kk.satisfaction_effects`, which this asks of the career's history.

        Args:
            events: names of events, of any kind; None: "satisfaction" and "complaint", as far as there are any.
            origins: number of origins, month ends half a horizon apart.
            horizon: whole months, as text with a unit ("6M").
            process: a purchase model, not fitted; None: `kk.MBGNBD()`. The scorer's own has seen what came.
            level: level of the intervals.

        Raises:
            CapabilityError: a career that was read back; `process` is no purchase model.
            DataError: as `kk.satisfaction_effects`.
        """
        return satisfaction_effects(
            self.history, events=events, origins=origins, horizon=horizon, process=process, level=level
        )

    def profit(self, *, by: str | Sequence[str] = "rung") -> FrameT:
        """Profit of the last span by group of customers, beside what the next span is expected to bring.

        Both spans have the length of the scorer's horizon, and no amount is discounted, as in `bridge`. Realised are
        net sales, with returns on their own day, the scorer's margin on them, and its costs: per_order for each
        purchase day; market_per_year from the first purchase on; serve_per_year from the first purchase to the last,
        and after it with the probability p_alive, because nobody sees when a customer leaves. Costs are 0 where the
        scorer has none.

        Args:
            by: columns of `customers()`: rung, or others such as abc, group, or an attribute. They are as of today, so
                customers who bought much in the last span stand high because of it: what a group will bring is in
                the expected columns.

        Returns:
            One row per group, as in `grid`: the columns of `by`, customers, net_sales, margin, cost, profit;
            expected_sales and expected_profit of today's customers; share_of_net_sales, share_of_profit and
            share_of_expected_profit (missing where their sum is not positive). Over all groups net_sales is the actual
            amount of `bridge`, and expected_profit its contribution less cost, without newcomers, plan and backtest.

        Raises:
            CapabilityError: the purchases have no amounts, or the career was read back and has no history.
            DataError: a column is not there, has values without an order, or is one that the table makes.

        >>> import kundkarriar as kk
        >>> costs = kk.Costs(per_order=1, market_per_year=0.5)
        >>> scorer = kk.ValueScorer(
        ...     purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M", costs=costs
        ... )
        >>> transactions = kk.datasets.load_cdnow(sample=True)
        >>> career = kk.CustomerCareer(scorer=scorer).fit(transactions, as_of="1998-06-30", seed=1, draws=5)
        >>> career.profit()[["rung", "customers", "net_sales", "cost", "profit", "expected_profit"]].round()
                   rung  customers  net_sales    cost   profit  expected_profit
        0   trial buyer       1218        0.0   609.0   -609.0            600.0
        1  repeat buyer        892    34464.0  1384.0   8955.0           6045.0
        2        client        247    63499.0  1792.0  17257.0          11235.0
        """
        self._refuse_without_amounts("career.profit")
        return profit_by_group(
            self._table, by=by, scorer=self.scorer, summary=self._summary, facts=self.history.facts_as_of
        )

    def order_value_vs_lifetime_value(self, *, share: float = 0.2, by: str | None = None) -> FrameT:
        """What the customers with the largest orders are worth, beside those who are worth most.

        The order value of a customer is what he or she has spent on a purchase day so far, the first included, net of
        returns. Prospects, who have none, are left out.

        Args:
            share: the share of customers that is looked at, between 0 and 1: a fifth.
            by: the column of lifetime values; None takes net_value, or clv where there are no costs: within the
                horizon. "clv_lifelong" has no horizon, and may lie mostly beyond what the data show
                (share_beyond_data).

        Returns:
            Four rows. part: "largest 20 % by order value", "largest 20 % by lifetime value", "both", "everyone".
            customers (equal customers share the last places, so that a fraction may come; of unrelated rankings
            share x share of all would be in both), share_of_customers, mean_order_value, mean_value, value (their sum),
            share_of_value (of the sum of positive values), rank_correlation (Spearman's, in the row "everyone").
            See `rank_differences` for the customers.

        Raises:
            CapabilityError: the purchases have no amounts.
            DataError: a share outside its limits, or a column that is not there.

        >>> import kundkarriar as kk
        >>> scorer = kk.ValueScorer(
        ...     purchases=kk.MBGNBD(), spend=kk.GammaGamma(), margin=0.3, discount_rate=0.1, horizon="12M"
        ... )
        >>> transactions = kk.datasets.load_cdnow(sample=True)
        >>> career = kk.CustomerCareer(scorer=scorer).fit(transactions, as_of="1998-06-30", seed=1, draws=5)
        >>> table = career.order_value_vs_lifetime_value(by="clv_lifelong")
        >>> table[["part", "customers", "share_of_value"]].round(2)
                                     part  customers  share_of_value
        0     largest 20 % by order value      471.0            0.38
        1  largest 20 % by lifetime value      471.0            0.80
        2                            both      161.0            0.35
        3                        everyone     2357.0            1.00
        """
        self._refuse_without_amounts("career.order_value_vs_lifetime_value")
        return order_value_table(self._table, share=share, by=by)

    def rank_differences(self, *, n: int = 20, by: str | None = None) -> FrameT:
        """The customers whose rank by order value differs most from their rank by lifetime value.

        Args:
            n: how many customers.
            by: the column of lifetime values, as in `order_value_vs_lifetime_value`.

        Returns:
            One row per customer, the largest difference first: customer_id, order_value, the value under its own
            name, order_value_rank and value_rank (1 for the highest; ties share the best), difference (the first less
            the second: positive where the customer is worth more than the orders suggest). Prospects are left out.

        Raises:
            CapabilityError: the purchases have no amounts.
            DataError: `n` is no whole number from 1, or a column that is not there.
        """
        self._refuse_without_amounts("career.rank_differences")
        return rank_differences(self._table, n=n, by=by)

    def _refuse_without_amounts(self, need: str) -> None:
        if self.scorer.spend is None:
            raise without_spend(need, spend=self.scorer.scorer.spend)
