"""Values of one tile of draws: some customers in some draws, realised and expected, in several measures."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.random import Generator

from kundkarriar.arrays import Array, Whole
from kundkarriar.models.interface.futures import FutureDraws
from kundkarriar.models.uncertainty.posterior import Posterior
from kundkarriar.numerics.forecast.rate_drift import drift_factors
from kundkarriar.numerics.money.net_value import NetValue, net_value
from kundkarriar.scoring.residual.expected_outcomes import draw_both
from kundkarriar.scoring.residual.future_draws import calendar_futures, changed_expectations, changed_outcomes
from kundkarriar.scoring.terms import Terms

TILE_CUSTOMERS = 4096
TILE_DRAWS = 100
OUTCOME_STREAM, EXPECTATION_STREAM, DRIFT_STREAM = 0, 1, 2
"""Stream keys: of latent states and realised futures, of expected order values, of changes of rates; the level has 3
(`level_error.py`)."""

Of = Literal["outcome", "expectation"]
Measure = Literal["net_value", "clv", "sales", "purchases"]
Wanted: TypeAlias = Sequence[tuple[Of, Measure]]
OUTCOME, EXPECTATION = get_args(Of)


def tile_values(draws: Any, wanted: Wanted, first: int, start: int) -> list[Array]:
    """The values of a tile of `ValueDraws`, (customers, draws) for each of `wanted`.

    `first` and `start` are its first customer, in the order of the draws, and its first draw. Its random streams depend
    on the tile and on the seed only, and so on nothing else that is wanted: outcomes and expectations of a customer in
    a draw are of the same parameters and latent state, whether they are drawn together or apart.
    """
    tile, drawn = (first // TILE_CUSTOMERS, start // TILE_DRAWS), slice(start, start + TILE_DRAWS)
    rows = draws.order[first : first + TILE_CUSTOMERS]

    def stream(kind: int) -> Generator:
        return np.random.default_rng(np.random.SeedSequence(draws.entropy, spawn_key=(kind, *tile)))

    generator, changes = stream(OUTCOME_STREAM), stream(DRIFT_STREAM)
    asked = {of for of, _ in wanted}
    own = {"rows": rows, "posterior": draws.purchase_posterior.some(drawn)}
    futures = _futures(draws, asked, **own, generator=generator, again=stream(OUTCOME_STREAM))
    futures = _changed(draws, asked, futures, changes, level=draws.levels[drawn])
    given, x, m = {"posterior": draws.spend_posterior.some(drawn)}, draws.base.orders[rows], draws.base.spent[rows]
    gross = {}
    if OUTCOME in asked:
        bought = futures[OUTCOME].purchases
        gross[OUTCOME] = draws.spend.draw_spend(x, m, purchases=bought, generator=generator, **given)
    if EXPECTATION in asked:
        value = draws.spend.draw_order_value(x, m, generator=stream(EXPECTATION_STREAM), **given)
        gross[EXPECTATION] = value * futures[EXPECTATION].purchases
    terms = {name: values[rows, None] for name, values in draws.base.terms.items()}
    return [_values(draws, measure, futures[of], gross[of], terms) for of, measure in wanted]


def _futures(
    draws: Any, asked: set[Of], *, rows: Whole, posterior: Posterior, generator: Generator, again: Generator
) -> dict[Of, FutureDraws]:
    """Futures in calendar time, of what is asked; of outcomes that change also those expected.

    `again` is equal to `generator`: what is expected has the latent states of the outcomes.
    """
    clock, own, model = draws.base.clock, draws.base.rows.at(rows), draws.purchases
    horizon = clock.warped(draws.horizon) if clock else draws.horizon
    given: dict[str, Any] = {"posterior": posterior, "horizon": horizon, "discount_rate": draws.rate}
    futures: dict[Of, FutureDraws] = {}
    if OUTCOME not in asked:
        futures[EXPECTATION] = model.draw_expectations(own, generator=again, **given)
    elif EXPECTATION in asked or draws.level.sd > 0 or draws.drift > 0:
        both = draw_both(model, own, generator=generator, again=again, **given)
        futures[OUTCOME], futures[EXPECTATION] = both
    else:
        futures[OUTCOME] = model.draw_outcomes(own, generator=generator, **given)
    if not clock:
        return futures
    convert = partial(calendar_futures, ahead=clock.months(draws.horizon), rate=draws.rate)
    return {of: convert(future) for of, future in futures.items()}


def _changed(
    draws: Any, asked: set[Of], futures: dict[Of, FutureDraws], changes: Generator, *, level: Array
) -> dict[Of, FutureDraws]:
    """The futures at changed rates: times the level of each draw, (S,), and of outcomes times the drift of the rate."""
    changed = dict(futures)
    if OUTCOME in asked and (draws.level.sd > 0 or draws.drift > 0):
        factor = np.broadcast_to(level, futures[OUTCOME].purchases.shape)
        if draws.drift > 0:
            years = draws.horizon * draws.years_per_period
            factor = factor * drift_factors(changes, factor.shape, drift=draws.drift, years=years)
        changed[OUTCOME] = changed_outcomes(changes, futures[OUTCOME], expected=futures[EXPECTATION], factor=factor)
    if EXPECTATION in asked and draws.level.sd > 0:
        changed[EXPECTATION] = changed_expectations(futures[EXPECTATION], factor=level[None, :])
    return changed


def _values(draws: Any, measure: Measure, future: FutureDraws, gross: Array, terms: Terms) -> Array:
    if measure == "purchases":
        return future.purchases
    if measure == "sales":
        return gross * (1 - terms["returned"])
    some = future.purchases > 0
    discount = np.divide(future.discounted_purchases, future.purchases, out=np.zeros_like(gross), where=some)
    counted: NetValue = net_value(
        spend=gross * discount,
        orders=future.discounted_purchases,
        years_alive=future.discounted_alive * draws.years_per_period,
        years=draws.years,
        **terms,
    )
    return counted.net if measure == "net_value" else counted.clv
