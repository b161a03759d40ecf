"""What each bundle of actions adds to each customer, at the stated effects and at their ends."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from kundkarriar.arrays import Array, Mask
from kundkarriar.errors import CapabilityError
from kundkarriar.strategy.increments.action_increments import ActionIncrements
from kundkarriar.strategy.increments.effect_sizes import is_linear
from kundkarriar.strategy.plan.customer_table import CustomerTable
from kundkarriar.strategy.plan.options.bundles import Bundle
from kundkarriar.strategy.plan.options.effect_baseline import Baseline, baseline
from kundkarriar.strategy.specs.action import Action


class BundleGains(NamedTuple):
    """Expected incremental values, before costs.

    Attributes:
        gain: by the stated effects, (n, B); NaN where the bundle is not possible or nothing is known.
        low, high: at the weak and at the strong end of all effects, (n, B); NaN also where the ends are not known.
        baselines: by bundle, what its effect acts on, where that tells its value at any size.
        by_size: by bundle, the increments at `SIZES`, (n, 5), where it does not.
    """

    gain: Array
    low: Array
    high: Array
    baselines: Mapping[int, Baseline]
    by_size: Mapping[int, Array]


def bundle_gains(
    bundles: Sequence[Bundle],
    *,
    actions: Sequence[Action],
    customers: CustomerTable,
    possible: Mask,
    increments: ActionIncrements | None,
    claimed: Mask | None = None,
    powers: Array | None = None,
) -> BundleGains:
    """The gains of bundles where they are `possible`, (n, B).

    `powers` (n,) are those to which assumed effects act on each customer. Increments are counted with them; where there
    are none, the value that an effect acts on is taken smaller in proportion. At the ends the effect there is raised.
    Where the stated money of an action is `claimed` (n, A) by an earlier contact, it adds nothing again.

    Raises:
        CapabilityError: a bundle of several actions without increments.
    """
    given = {} if increments is None else increments.by_bundle
    values, weak, strong = np.full((3, *possible.shape), np.nan)
    baselines: dict[int, Baseline] = {}
    for at, bundle in enumerate(bundles):
        action, rows = actions[bundle.actions[0]], possible[:, at]
        if not action.effects:
            continue
        if len(bundle.actions) > 1 and at not in given:
            raise CapabilityError.because(
                f"what {bundle.name!r} adds together is not known: increments of several actions do not add.",
                hint="plan(customers, increments=planner.increments(fitted_scorer, summary, ...), ...), or "
                "career.plan(...).",
            )
        if at not in given:
            own = baseline(action, customers).responding(powers)
            if claimed is not None and own.effect.on == "value":
                own = own._replace(base=np.where(claimed[:, bundle.actions[0]], 0.0, own.base))
            baselines[at] = own
            sizes = np.stack([own.gain_at(size) for size in ("mean", "low", "high")])
        else:
            sizes = given[at][:, :3].T
            if len(bundle.actions) == 1 and is_linear(action):
                effect = action.effects[0]
                own = baselines[at] = Baseline.of_increments(effect, sizes[0], powers)
                sizes = np.stack([sizes[0], own.gain_at("low"), own.gain_at("high")])
        values[rows, at] = sizes[0, rows]
        weak[rows, at], strong[rows, at] = np.sort(sizes[1:, rows], axis=0)
    curved = {at: increments for at, increments in given.items() if at not in baselines}
    return BundleGains(values, weak, strong, baselines, curved)
