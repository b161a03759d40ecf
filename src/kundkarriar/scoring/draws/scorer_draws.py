"""What a scorer takes from draws: intervals of scores, and the expected values that draws stand beside."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from kundkarriar.arguments import refusal
from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.draws.value_draws import Measure, ValueDraws


def refuse_other_draws(draws: Any, base: CustomerBase, *, own: tuple[Any, ...]) -> None:
    """Refuse draws of other customers than `base`, or of another scorer than the one whose models and terms are `own`.

    `own` are purchase model, spend model, horizon in periods, discount rate per period, drift and level.
    """
    if not isinstance(draws, ValueDraws):
        raise refusal(draws, "draws", law="what fitted.draw(summary, seed=1) gives", hint="leave it out, or draw.")
    if own != (draws.purchases, draws.spend, draws.horizon, draws.rate, draws.drift, draws.level):
        raise DataError.because(
            "the draws are of another scorer: its models, horizon, discount rate, drift or level differ.",
            hint="fitted.score(summary, draws=fitted.draw(summary, seed=1)) with the same fitted scorer.",
        )
    if not draws.base.equals(base):
        raise DataError.because(
            "the draws are of other customers (or of another order of rows) than the summary.",
            hint="fitted.score(summary, draws=fitted.draw(summary, seed=1)) with the same summary and customers.",
        )


def expected_by_measure(scores: Mapping[str, Array], base: CustomerBase) -> dict[Measure, Array]:
    """The columns of `score` of the buyers by measure of drawn values; without costs the net value is the clv."""
    names: dict[Measure, str] = {"clv": "clv", "sales": "expected_sales", "purchases": "expected_purchases"}
    names["net_value"] = "net_value" if "net_value" in scores else "clv"
    return {measure: scores[name][base.buyers] for measure, name in names.items()}


@frozen(kw_only=True, eq=False)
class DrawnSales:
    """Total sales in each draw, (S,) each.

    Attributes:
        outcomes: realised, with the error of the level.
        alone: realised, of parameters and futures alone: the outcomes over the level of their draw.
        expectations: expected, of parameters and latent states alone.
    """

    outcomes: Array
    alone: Array
    expectations: Array


def intervals_and_sales(draws: ValueDraws) -> tuple[dict[str, Array], DrawnSales]:
    """The intervals of `score`, by column, and total sales in each draw."""
    clv = draws.measuring("clv")
    realised, sales = clv.drawing("outcome").bounds_and_totals(0.9, measure="sales")
    expected, expected_sales = clv.drawing("expectation").bounds_and_totals(0.9, measure="sales")
    bounds = dict(zip(("clv_low", "clv_high", "expected_low", "expected_high"), (*realised, *expected), strict=True))
    levels = draws.levels
    return bounds, DrawnSales(outcomes=sales, alone=sales / levels, expectations=expected_sales / levels)
