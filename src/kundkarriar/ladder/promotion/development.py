"""Development or harvest: for customers who cost more than they bring, the value of the best development path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice, pairwise
from typing import Any, Self

import numpy as np
from attrs import Attribute, field, frozen

from kundkarriar.arguments import COLUMN, LEVEL, NAME, NOT_NEGATIVE, read_many, read_object, refusal, to_float
from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.period import DAYS, Period
from kundkarriar.effects.change import Change
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.fields import all_instances_of
from kundkarriar.frames import FrameT, NarrowFrame, narrow, new_frame, nulls, text_column
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.microsimulation.changed_world import ChangedWorld, sizes_drawn
from kundkarriar.ladder.microsimulation.drawn_money import DrawnMoney
from kundkarriar.ladder.microsimulation.microsimulation import FittedMicrosimulation
from kundkarriar.ladder.microsimulation.process import foresees_first_purchases, model_of, scorer_of
from kundkarriar.ladder.microsimulation.rungs_ahead import RungsAhead
from kundkarriar.ladder.microsimulation.scenario import customers_of, read_changes, world_of
from kundkarriar.numerics.money.discount import discounted_years
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.stored import Stored
from kundkarriar.threads import in_threads

NEED = "development"
MICRO = "kk.Microsimulation(process=fitted_scorer).fit(history)."
DEVELOP, HARVEST, UNCLEAR = "develop", "harvest", "unclear"


def _as_changes(given: Any) -> Any:
    hint = "write changes=[kk.Change(effect=kk.Effect(...))]."
    return (given,) if isinstance(given, Change) else read_many(given, "changes", law="kk.Change objects", hint=hint)


def _of_the_process(_: object, attribute: Attribute[Any], value: tuple[Change, ...]) -> None:
    if not value or any(change.is_step for change in value):
        law = "kk.Change objects of the process, at least one, and no steps between rungs"
        hint = 'write changes=[kk.Change(effect=kk.Effect(on="purchases", ...), where=...)].'
        raise refusal(value, attribute.name, law=law, hint=hint)


@frozen(kw_only=True)
class DevelopmentPath(Stored):
    """Measures that may make customers profitable, and what they cost.

    Attributes:
        name: name of the path.
        changes: the effects of the measures on how customers buy, leave, return, spend and cost, at least one, each
            with the customers whom it concerns and its time: results of an experiment, or assumptions.
        cost: monthly cost of each customer while a change concerns them, whether or not they still buy.

    >>> import kundkarriar as kk
    >>> more = kk.Effect(on="purchases", mean=1.5, low=1.2, high=1.8, evidence="assumed", relative_to="no calls")
    >>> DevelopmentPath(name="calls", changes=[kk.Change(effect=more, until="2027-06-30")], cost=12).cost
    12.0
    """

    name: str = field(validator=NAME)
    changes: tuple[Change, ...] = field(converter=_as_changes, validator=(all_instances_of(Change), _of_the_process))
    cost: float = field(converter=to_float, validator=NOT_NEGATIVE)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """The path from a dict made by `to_dict`; see `Stored.from_dict`."""
        if isinstance(stored, Mapping) and "shifts" in stored:
            raise DataError.because(
                "a path is stored with `shifts` of steps between rungs, and paths change the process of purchases.",
                hint="kk.DevelopmentPath(name=..., changes=[kk.Change(effect=kk.Effect(...))], cost=...).",
            )
        return super().from_dict(stored)


def development(
    micro: FittedMicrosimulation,
    history: LadderHistory[FrameT],
    paths: Sequence[DevelopmentPath],
    *,
    harvest: Any,
    by: str = "rung",
    scorer: Any = None,
    origin: Any = None,
    level: float = 0.9,
) -> FrameT:
    """For each rung that costs more than it brings: develop its customers by the best path, or harvest them.

    To harvest is to serve at a minimum: `harvest` says what is left of the cost to serve, and what customers do about
    it. Under a path, customers whom its changes concern are served as usual and developed; the others are harvested.
    All values are net, within the scorer's horizon, of the same draws as usual, under harvest and under each path, so
    that differences are of the changes alone; in each draw an effect has one size for all customers. Effects and costs
    are inputs, and the horizon limits what a path can bring: take one as long as customers are developed for.

    Args:
        micro: a fitted microsimulation.
        history: as `micro.value`.
        paths: the paths, each with a name of its own.
        harvest: `kk.Change`s of minimum service, at least one: an effect on cost, and with it on leaving, purchases
            and so on, where less service costs customers.
        by: the column that groups customers: "rung", or of positions, attributes or scores, as `kk.Change(where=)`.
        scorer: as `micro.value`; with costs, without which nobody costs more than they bring.
        origin: as `micro.value`.
        level: level of the interval.

    Returns:
        A row for each rung, or group, with a value below 0: rung (or the column), customers, value (as usual, of all of
        them together), harvest_value, treated (customers whom the best path concerns), path_value (of all of them, the
        others harvested, net of its cost), gain (path less harvest), low, high (of the gain), path (the best that
        concerns any of them; missing where none does, and its numbers with it), decision ("develop": the whole interval
        lies above 0; "harvest": the gain is not above 0; "unclear": otherwise), reason. Empty where every value is at
        least 0.

    Raises:
        CapabilityError: a scorer without spend or costs; a change that the process does not have.
        DataError: no path, two of one name; errors of `micro.scenario`.

    >>> import kundkarriar as kk
    >>> transactions = kk.datasets.load_cdnow(sample=True)
    >>> history = kk.CustomerLadder.groups().history(transactions, as_of="1998-06-30")
    >>> spec = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M",
    ...                       costs=kk.Costs(serve_per_year=8))
    >>> scorer = spec.fit(kk.summarize(transactions, as_of="1998-06-30"))
    >>> micro = kk.Microsimulation(process=scorer, draws=40, seed=1).fit(history)
    >>> assumed = {"evidence": "assumed", "relative_to": "as now"}
    >>> less = kk.Change(effect=kk.Effect(on="cost", mean=0.9, low=0.85, high=0.95, **assumed))
    >>> more = kk.Change(effect=kk.Effect(on="purchases", mean=3, low=2.5, high=3.5, **assumed),
    ...                  where=kk.column("rung").equals("moving") & (kk.column("p_alive") > 0.5))
    >>> found = development(micro, history, [kk.DevelopmentPath(name="club", changes=more, cost=0.05)], harvest=less)
    >>> found[["rung", "customers", "treated", "path", "decision"]].values.tolist()
    [['moving', 1721, 136, 'club', 'develop']]
    """
    micro = read_object(micro, "micro", kind=FittedMicrosimulation, hint=MICRO)
    scorer, level = scorer_of(micro.process, scorer), LEVEL.read(level, "level")
    if scorer.scorer.costs is None:
        raise CapabilityError.because(
            f"{NEED} needs a scorer with costs: without them nobody costs more than they bring.",
            hint="kk.ValueScorer(costs=kk.Costs(serve_per_year=...), ...).",
        )
    paths, by = _read_paths(paths), COLUMN.read(by, "by")
    named = [("harvest", harvest), *(("changes", path.changes) for path in paths)]
    ways = [read_changes(each, model=model_of(scorer), priced=True, name=name) for name, each in named]
    whole, days = micro.until(history, origin), Period.of(scorer.scorer.horizon).days
    ahead = RungsAhead.over(whole, days=days)
    drawn = micro.drawn(scorer, whole, days=max(days, ahead.days))
    money = DrawnMoney.by(scorer, ahead, days=days)
    table = customers_of(ahead, money)
    names, group = _groups(narrow(table, need=NEED), by, rungs=[rung.name for rung in whole.rungs])
    # drawn together, effects of different ways are independent
    sizes = iter(
        sizes_drawn([change for way in ways for change in way], draws=len(drawn), seed=micro.microsimulation.seed)
    )
    worlds = [
        world_of(
            way,
            table,
            sizes=list(islice(sizes, len(way))),
            ahead=ahead,
            drawn=drawn,
            foreseen=foresees_first_purchases(scorer),
            need=NEED,
        )
        for way in ways
    ]
    concerned = np.array([world.group > 0 for world in worlds[1:]])
    sums = np.zeros((1 + len(worlds), len(drawn), len(names)))  # as usual, harvested, under each path
    for at, world in enumerate(worlds, start=1):  # one by one, so that no path changes what is drawn of another
        for block in in_threads(
            lambda draw: draw(), micro.blocks(ahead, drawn, treatments=world.treatments(), money=money)
        ):
            for tile in block.tiles:
                of_group = group[tile.at][:, None] == np.arange(len(names))
                developed = concerned[:, tile.at, None]
                value = world.net_value(world.merged(tile), money).sum(axis=2).T
                if at == 1:
                    sums[0, tile.draws] += money.of_tile(tile, world=0).sum(axis=2).T @ of_group
                    sums[1, tile.draws] += value @ of_group
                    sums[2:, tile.draws] += value @ (of_group & ~developed)
                else:
                    sums[at, tile.draws] += value @ (of_group & developed[at - 2])
    for at, (path, world) in enumerate(zip(paths, worlds[1:], strict=True), start=2):
        paid = path.cost * _months_treated(world, scorer, horizon=money.edges[-1])
        sums[at] -= np.bincount(group, weights=paid, minlength=len(names))
    losing = np.flatnonzero(sums[0].mean(axis=0) < 0)
    treated = np.array([np.bincount(group[some], minlength=len(names)) for some in concerned])
    best = np.where(treated > 0, sums[2:].mean(axis=1), -np.inf).argmax(axis=0)[losing]
    some = treated[best, losing] > 0
    of_path = np.where(some[:, None], sums[2 + best, :, losing], np.nan)
    gain = of_path - sums[1][:, losing].T
    low, high = np.quantile(gain, [(1 - level) / 2, (1 + level) / 2], axis=1)
    columns = {
        "customers": np.bincount(group, minlength=len(names))[losing],
        "value": sums[0].mean(axis=0)[losing],
        "harvest_value": sums[1].mean(axis=0)[losing],
        "treated": treated[best, losing],
        "path_value": of_path.mean(axis=1),
        "gain": gain.mean(axis=1),
        "low": low,
        "high": high,
    }
    chosen = [paths[path].name if any_of_them else None for path, any_of_them in zip(best, some, strict=True)]
    shown = zip(chosen, columns["gain"], low, high, columns["path_value"], strict=True)
    told = [
        _decision(name, gain=gain, low=low, high=high, worth=worth, level=level)
        for name, gain, low, high, worth in shown
    ]
    texts: dict[str, list[str | None]] = {
        "path": chosen,
        "decision": [each for each, _ in told],
        "reason": [each for _, each in told],
    }
    like = whole.like
    return new_frame(
        {
            by: text_column([names[at] for at in losing], like=like),
            **columns,
            **{name: text_column(words, like=like) for name, words in texts.items()},
        },
        like=like,
    )


def _read_paths(given: Any) -> tuple[DevelopmentPath, ...]:
    """Paths, at least one, each with a name of its own; a single one is a tuple of one."""
    law = "kk.DevelopmentPath objects with names of their own, at least one"
    hint = 'write paths=[kk.DevelopmentPath(name="calls", ...), ...].'
    paths = (given,) if isinstance(given, DevelopmentPath) else read_many(given, "paths", law=law, hint=hint)
    if not paths or not all(isinstance(each, DevelopmentPath) for each in paths):
        raise refusal(given, "paths", law=law, hint=hint)
    if len({path.name for path in paths}) < len(paths):
        raise refusal([path.name for path in paths], "paths", law=law, hint=hint)
    return paths


def _groups(table: NarrowFrame, by: str, *, rungs: Sequence[str]) -> tuple[list[str | None], Whole]:
    """The groups that a column of text makes, rungs from low to high, and the group of each customer, (n,)."""
    if by not in table.columns:
        law = "a column of positions, of customers or of scores"
        raise refusal(by, "by", law=law, hint=f"they have {list(table.columns)}.")
    values = [None if gone else value for gone, value in zip(nulls(table[by]), table[by].to_list(), strict=True)]
    found: set[Any] = set(values) - {None}
    if not all(isinstance(each, str) for each in found):
        law = f"{NEED} groups customers by a column of text, and `{by}` has other values"
        raise DataError.because(f"{law}.", hint='by="rung", or a column of text of the customers.')
    names: list[str | None] = [*(name for name in rungs if name in found), *sorted(found - set(rungs))]
    names += [None] * (None in values)
    at = {name: place for place, name in enumerate(names)}
    return names, np.array([at[value] for value in values], dtype=np.int64)


def _months_treated(world: ChangedWorld, scorer: FittedValueScorer, *, horizon: float) -> Array:
    """The discounted months up to the horizon for which some change concerns each customer, (n,)."""
    years = np.minimum(world.edges, horizon) * DAYS[scorer.purchases.period] / DAYS["Y"]
    until = [discounted_years(years=each, yearly_rate=scorer.scorer.discount_rate) for each in years]
    acting = [
        [change.begins <= start and end <= change.ends for start, end in pairwise(world.edges)]
        for change in world.changes
    ]
    return ((world.members @ np.array(acting, dtype=np.int64) > 0) @ (12 * np.diff(until)))[world.group]


def _decision(name: str | None, *, gain: float, low: float, high: float, worth: float, level: float) -> tuple[str, str]:
    """The decision, and why."""
    if name is None:
        return HARVEST, "no path concerns any of these customers"
    span = f"{level:.0%} interval {low:,.2f} to {high:,.2f}"
    if gain <= 0:
        shortfall = f"the nearest, {name!r}, falls short by {-gain:,.2f}"
        return HARVEST, f"no path brings more than harvesting; {shortfall} ({span})"
    still = "" if worth >= 0 else f"; they still cost {-worth:,.2f} more than they bring"
    if low > 0:
        return DEVELOP, f"{name!r} brings {gain:,.2f} more than harvesting ({span}){still}"
    return UNCLEAR, f"{name!r} may bring {gain:,.2f} more than harvesting, but not surely ({span}){still}"
