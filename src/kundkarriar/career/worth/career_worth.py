"""Tables of what customers are worth, as methods of a fitted career."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic

from kundkarriar.career.worth.order_value import order_value_table, rank_differences
from kundkarriar.career.worth.realised_profit import profit_by_group
from kundkarriar.classes.grid import RUNG_AND_CLASS, grid
from kundkarriar.frames import FrameT
from kundkarriar.ladder.ladder_history import LadderHistory
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
