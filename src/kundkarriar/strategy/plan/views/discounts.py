"""Actions that change a price, what they cost on their whole path, and the best alternative that keeps the price."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from kundkarriar.arrays import Array, Mask
from kundkarriar.effects.effect import ends_within
from kundkarriar.frames import FrameT, new_frame, text_column
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.numerics.planning.discount_path import break_even_volume, hidden_multiple
from kundkarriar.strategy.amount_text import amount
from kundkarriar.strategy.increments.action_increments import gives_discount
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.prices.priced_net import priced_net

PLANNED, REFUSED, NOBODY = "planned", "refused for its path", "for nobody"
INHERITED = "the cost of this period only: a discount tends to follow the customer up the ladder and to grow"
TIE = 1e-9
"""Share of what a bundle brings within which another one is as good."""


class Line(NamedTuple):
    """A row of the table, but for its note.

    Attributes:
        at: position of the bundle.
        verdict: `PLANNED`, `REFUSED` or `NOBODY`.
        rows: the customers, (n,).
    """

    at: int
    verdict: str
    rows: Mask


def discounts(plan: PlanData[FrameT]) -> FrameT:
    """Each price action with its path cost and the best non-price action for the same customers: `Plan.discounts`."""
    lines = [line for at in range(len(plan.bundles)) if changes_price(plan, at) for line in _lines(plan, at)]
    found = [_figures(plan, line) for line in lines]
    alternatives = [_alternative(plan, line.rows) for line in lines]
    columns = {name: np.array([each[name] for each in found], dtype=np.float64) for name in COLUMNS}
    notes = [_note(plan, *each) for each in zip(lines, found, alternatives, strict=True)]
    return new_frame(
        {
            "action": text_column([plan.bundles[line.at].name for line in lines], like=plan.like),
            "verdict": text_column([line.verdict for line in lines], like=plan.like),
            "customers": np.array([line.rows.sum() for line in lines], dtype=np.int64),
            **columns,
            "alternative": text_column([name for name, _ in alternatives], like=plan.like),
            "alternative_net": np.array([net for _, net in alternatives], dtype=np.float64),
            "note": text_column(notes, like=plan.like),
        },
        like=plan.like,
    )


COLUMNS = ("one_period_cost", "path_cost", "hidden_multiple", "incremental_value", "net", "break_even_volume")


def changes_price(plan: PlanData[Any], at: int) -> bool:
    """Whether any action of the bundle at a position changes the price."""
    return any(each.changes_price for each in plan.actions_of(at))


def refused_for_path(plan: PlanData[Any], at: int) -> Mask:
    """Who would be best given the bundle at a position by its cost in the period, and is not by its path, (n,).

    Best is what brings most at the plan's shadow prices, as its rules allow; the others count with their path.
    """
    value = priced_net(plan)
    value = np.where(np.isnan(value), -np.inf, value)
    later = np.broadcast_to(plan.later_cost[:, at], len(value))
    others = np.maximum(np.delete(value, at, axis=1).max(axis=1, initial=0.0), 0.0)
    tie = TIE * np.maximum(later, 1.0)
    alone, path = value[:, at] + later - others, value[:, at] - others
    return np.asarray((alone > tie) & (path < -tie) & (plan.ledger.selected != at))


def path_is_known(plan: PlanData[Any], at: int) -> bool:
    """Whether it is known what the price actions of a bundle cost on their path: as a discount, or while treated."""
    return all(not each.changes_price or each.costs_spend for each in plan.actions_of(at))


def _lines(plan: PlanData[Any], at: int) -> Iterator[Line]:
    """The customers who get a bundle, and those to whom it is refused for its path; nobody where there are none."""
    planned, several = plan.ledger.bundle == at, len(plan.bundles[at].actions) > 1
    refused = np.zeros(len(planned), dtype=bool) if several else refused_for_path(plan, at)
    for verdict, rows in ((PLANNED, planned), (REFUSED, refused)):
        if rows.any():
            yield Line(at, verdict, rows)
    if not several and not planned.any() and not refused.any():
        yield Line(at, NOBODY, planned)


def _figures(plan: PlanData[Any], line: Line) -> dict[str, float]:
    """The figures of a line, by the name of their column; NaN where they are not known, or there is nobody."""
    if line.verdict == NOBODY:
        return dict.fromkeys(COLUMNS, np.nan)

    def of(values: Array) -> float:
        """The sum of a column of bundles, (n, B) or (1, B), over the line's customers."""
        return total(np.broadcast_to(values[:, line.at], len(line.rows))[line.rows])

    one_period, later = of(plan.bundle_cost), of(plan.later_cost)
    path = one_period + later if path_is_known(plan, line.at) else np.nan
    return {
        "one_period_cost": one_period,
        "path_cost": path,
        "hidden_multiple": float(hidden_multiple(path=np.array(path), naive=np.array(one_period))),
        "incremental_value": of(plan.ledger.gain) + later,
        "net": of(plan.bundle_net),
        "break_even_volume": _break_even(plan, line),
    }


def _break_even(plan: PlanData[Any], line: Line) -> float:
    """Lift of the volume that leaves the contribution as it was, D / (m - D); NaN where the margin is not known.

    m is that of all the customers, weighted by what the price cut takes of each: by their spend at the list price.
    """
    shares = [
        each.cost_of_spend if each.discount is None else each.discount.share
        for each in plan.actions_of(line.at)
        if each.changes_price
    ]
    ledger = plan.ledger
    if ledger.margin is None or ledger.spend_cost is None or not all(shares):
        return np.nan
    spend = (ledger.spend_cost[:, line.at] + plan.later_cost[:, line.at])[line.rows]
    if not spend.sum() > 0:
        return np.nan
    margin = np.array(total(spend * ledger.margin[line.rows]) / total(spend))
    return float(break_even_volume(share=max(shares), margin=margin))


def _alternative(plan: PlanData[Any], rows: Mask) -> tuple[str | None, float]:
    """The non-price action with the largest net for the customers of a discount, and that net."""
    best: tuple[str | None, float] = (None, np.nan)
    for at, bundle in enumerate(plan.bundles):
        gains = plan.bundle_net[rows, at]
        if changes_price(plan, at) or np.isnan(gains).all():
            continue
        net = total(np.fmax(gains, 0.0))
        if best[0] is None or net > best[1]:
            best = (bundle.name, net)
    return best


def discount_sentences(own: PlanData[Any], at: int) -> Iterator[str]:
    """What the discount of a bundle costs on its path, in the plan of the one customer who gets it."""
    if not gives_discount(own.bundles[at], own.actions):
        return
    given = [each for each in own.actions_of(at) if each.discount is not None]
    found, currency = _figures(own, Line(at, PLANNED, np.ones(1, dtype=bool))), own.customers.currency
    path, naive = (amount(found[name], currency) for name in ("path_cost", "one_period_cost"))
    times = found["hidden_multiple"]
    beside = (
        f"{times:,.1f} times the {naive} of the period alone" if np.isfinite(times) else "all of it after the period"
    )
    off = " and ".join(str(each.discount) for each in given)
    yield f"It takes {off}, and the customer keeps that: it costs {path} {own.horizon}, {beside}."
    if span := ends_within(effect for each in given for effect in each.effects):
        yield f"What it brings is stated for {span} from each contact, and the discount goes on after that."
    volume = found["break_even_volume"]
    if np.isfinite(volume):
        yield f"To leave the contribution as it was, the price cut has to sell {volume:.1%} more."
    elif volume > 0:
        yield "The price cut takes the whole margin: no volume makes up for it."


def _note(plan: PlanData[Any], line: Line, figures: dict[str, float], alternative: tuple[str | None, float]) -> str:
    """What the path costs, and what keeps the price instead."""
    if line.verdict == NOBODY:
        return "nobody gets it, and nobody would by its cost in the period alone"
    (name, net), currency = alternative, plan.customers.currency
    kept = f"{name} keeps the price and would bring {amount(net, currency)} net"
    if name is None:
        kept = "no action that keeps the price was given for these customers"
    return f"{_path_note(plan, line, figures)}; {kept}"


def _path_note(plan: PlanData[Any], line: Line, figures: dict[str, float]) -> str:
    own = plan.bundles[line.at]
    if not path_is_known(plan, line.at):
        return INHERITED
    if not gives_discount(own, plan.actions):
        return "a voucher for the time that it treats: it is taken not to be asked for again"
    path, naive = (amount(figures[name], plan.customers.currency) for name in ("path_cost", "one_period_cost"))
    told = f"{path} {plan.horizon}, and {naive} of it in the period"
    if line.verdict == REFUSED:
        return f"by its cost in the period it would be best; who gets it keeps it, and it costs {told}"
    return f"who gets it keeps it: it costs {told}"
