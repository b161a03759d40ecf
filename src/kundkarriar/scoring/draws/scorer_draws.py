"""Draws of a scorer: of values and of dated purchases, intervals of scores, and the expected values beside them."""

from collections.abc import Mapping
from functools import partial
from typing import Any, get_args

import numpy as np
from attrs import evolve, frozen

from kundkarriar.arguments import WholeNumber, read_seed, refusal
from kundkarriar.arrays import Array
from kundkarriar.dates.period import DAYS, Period
from kundkarriar.errors import DataError
from kundkarriar.models.drawn.purchase_draws import PurchaseDraws, refuse_undatable
from kundkarriar.models.uncertainty.posterior import Posterior
from kundkarriar.numerics.money.discount import discounted_years, rate_per_period
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.draws.drawn_amounts import DrawnAmounts
from kundkarriar.scoring.draws.drawn_total import central
from kundkarriar.scoring.draws.pooled_draws import PooledStatistics
from kundkarriar.scoring.draws.tile_values import Measure, Of
from kundkarriar.scoring.draws.value_draws import ValueDraws, refuse_undrawable

DRAWS = WholeNumber(least=2, most=100_000, example=200)
"""The law of a number of draws: two or more have a spread, 200 settle 90 percent intervals."""


def drawn_posteriors(purchases: Any, spend: Any, *, draws: int, entropy: int) -> dict[str, Posterior]:
    """Parameter draws of both models; those of spend are left out where there is no spend model."""
    models = {"purchases": purchases, "spend": spend}
    return {
        name: model.posterior(draws=draws, seed=np.random.default_rng([entropy, place]))
        for place, (name, model) in enumerate(models.items(), start=1)
        if model is not None
    }


def drawn_values(
    fitted: Any, base: CustomerBase, *, scores: Mapping[str, Array] | None, draws: Any, seed: Any, of: Of
) -> ValueDraws:
    """Draws of the values of a fitted scorer's customers, beside the columns of its scores."""
    refuse_undrawable(fitted.purchases, place="purchases")
    refuse_undrawable(fitted.spend, place="spend")
    entropy, drawn, scorer = read_seed(seed), DRAWS.read(draws, "draws"), fitted.scorer
    posteriors = drawn_posteriors(fitted.purchases, fitted.spend, draws=drawn, entropy=entropy)
    horizon, days = Period.of(scorer.horizon), DAYS[fitted.purchases.period]
    return ValueDraws(
        base=base,
        like=base.summary.to_native(),
        purchases=fitted.purchases,
        spend=fitted.spend,
        purchase_posterior=posteriors["purchases"],
        spend_posterior=posteriors["spend"],
        expected=expected_by_measure(scores, base) if scores else None,
        entropy=entropy,
        horizon=horizon.in_units(fitted.purchases.period),
        rate=rate_per_period(scorer.discount_rate, days=days),
        years_per_period=days / DAYS["Y"],
        years=discounted_years(years=horizon.years, yearly_rate=scorer.discount_rate),
        drift=scorer.drift,
        level=scorer.level,
        of=of,
        measure="net_value" if scorer.costs else "clv",
    )


def drawn_purchases(fitted: Any, base: CustomerBase, *, draws: Any, seed: Any) -> PurchaseDraws:
    """Dated draws of the purchases of a fitted scorer's customers, with amounts where it has a spend model."""
    refuse_undatable(fitted.purchases)
    if fitted.spend is not None:
        refuse_undrawable(fitted.spend, place="spend")
    entropy, scorer = read_seed(seed), fitted.scorer
    posteriors = drawn_posteriors(fitted.purchases, fitted.spend, draws=DRAWS.read(draws, "draws"), entropy=entropy)
    amounts = None
    if fitted.spend is not None:
        amounts = DrawnAmounts(spend=fitted.spend, posterior=posteriors["spend"], base=base)
    return PurchaseDraws(
        purchases=fitted.purchases,
        posterior=posteriors["purchases"],
        checked=base.checked,
        like=base.summary.select("customer_id").to_native(),
        entropy=entropy,
        horizon=Period.of(scorer.horizon).in_units(fitted.purchases.period),
        level_sd=scorer.level.sd,
        clock=base.clock,
        drift=scorer.drift,
        amounts=amounts,
    )


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


MOST_HELD = 150_000_000
"""Most numbers that are held for a second reading: 1.2 GB."""


def intervals_and_sales(
    draws: ValueDraws, *, hold: Measure | None = None
) -> tuple[dict[str, Array], DrawnSales, ValueDraws]:
    """The intervals of `score`, by column, and total sales in each draw, from one pass over the futures.

    The third are the same draws. They hold the outcomes of the measure `hold`, where these are not too many numbers, so
    that a second reading, draw by draw, does not make them again.
    """
    clv = draws.measuring("clv")
    wanted: list[tuple[Of, Measure]] = [(of, measure) for of in get_args(Of) for measure in ("clv", "sales")]
    kept: dict[tuple[Of, Measure], Array] = {}
    if hold is not None and len(draws.base) * len(draws) <= MOST_HELD:
        kept["outcome", hold] = np.empty((len(draws), len(draws.base)))
    wanted += [each for each in kept if each not in wanted]
    central_90 = partial(central, level=0.9)
    pooled = {of: PooledStatistics(central_90, 2, group=draws.group) for of in get_args(Of)}
    sales = {of: np.zeros(len(draws)) for of in get_args(Of)}
    for some, blocks in clv.blocks(wanted):
        values = dict(zip(wanted, blocks, strict=True))
        for of in get_args(Of):
            pooled[of].add(values[of, "clv"])
            sales[of] += values[of, "sales"].sum(axis=0)
        for each, whole in kept.items():
            whole[:, some] = values[each].T
    realised, expected = (clv.around_expected(clv.of_all(pooled[of].result)) for of in get_args(Of))
    bounds = dict(zip(("clv_low", "clv_high", "expected_low", "expected_high"), (*realised, *expected), strict=True))
    levels = draws.levels
    of_sales = DrawnSales(
        outcomes=sales["outcome"], alone=sales["outcome"] / levels, expectations=sales["expectation"] / levels
    )
    return bounds, of_sales, evolve(draws, held=kept)
