"""Who moved: rung, class and strategy of the customers of a plan, then and a year later."""

from __future__ import annotations

from collections import Counter
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from kundkarriar.customer_ids import ONE_ROW_HINT, positions, unique_ids
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, narrow, new_frame, text_column
from kundkarriar.stored_forms import by_name, written
from kundkarriar.strategy.plan.customer_table import IDS, WORDS_OR_MISSING, CustomerTable
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.specs.playbook import Playbook

WHAT = ("rung", "abc", "strategy")


@frozen(kw_only=True, eq=False)
class Standing:
    """Where customers stand a year later.

    Attributes:
        ids: their ids, as far as they are known then.
        words: rung, abc and strategy of each, as far as they are known; None where missing.
    """

    stored_as = "standing"
    ids: tuple[Any, ...] = field(converter=tuple, metadata=written(IDS))
    words: dict[str, NDArray[Any]] = field(metadata=written(by_name(WORDS_OR_MISSING)))

    @classmethod
    def read(cls, customers: Any, *, playbook: Playbook, plan: PlanData[Any], need: str) -> Standing:
        """The standing of customers by a playbook.

        Raises:
            DataError: none of them is a customer of the plan; otherwise as `CustomerTable.read` and `Playbook.assign`.
        """
        table = CustomerTable.read(customers, need=need)
        at = _places(plan, customers, need=need)
        if (at < 0).all():
            raise DataError.because(
                f"{need}: none of the {len(at):,} in `customers` is a customer of the plan.",
                hint="pass career.customers() of the same firm, with the same ids, a year later.",
            )
        names = np.array([each.name for each in playbook.strategies], dtype=object)
        words = {name: table.word(name) for name in WHAT if name in table.words}
        return cls(ids=table.ids, words={**words, "strategy": names[playbook.first_match(customers)]})


def _places(plan: PlanData[Any], customers: Any, *, need: str) -> Any:
    """The position in the plan of each of the customers, -1 for new ones."""
    frame = narrow(customers, need=need)
    known = nw.new_series("customer_id", list(plan.customers.ids), backend=frame.implementation)
    return positions(
        unique_ids(frame, need=need, hint=ONE_ROW_HINT), among=known, need=need, frame_name="`customers`",
        among_name="the plan",
    )  # fmt: skip


def moved_frame(plan: PlanData[FrameT], standing: Standing) -> FrameT:
    """A row for each step that was taken: see `Review.moved`."""
    counts = _steps(plan, standing)
    keys = sorted(counts, key=lambda key: (WHAT.index(key[0]), *((each is None, each or "") for each in key[1:])))
    words = dict(zip(("what", "from", "to"), zip(*keys, strict=True), strict=True))
    return new_frame(
        {
            **{name: text_column(list(each), like=plan.like) for name, each in words.items()},
            "customers": np.array([counts[key] for key in keys], dtype=np.int64),
        },
        like=plan.like,
    )


def _steps(plan: PlanData[Any], standing: Standing) -> Counter[tuple[str, str | None, str | None]]:
    """The number of customers by what is told, where they stood and where they stand."""
    place = {each: at for at, each in enumerate(standing.ids)}
    at = [place.get(each, -1) for each in plan.customers.ids]
    new = sorted(set(place.values()) - set(at))
    names = np.array([each.name for each in plan.playbook.strategies], dtype=object)
    counts: Counter[tuple[str, str | None, str | None]] = Counter()
    for what, words in standing.words.items():
        if what != "strategy" and what not in plan.customers.words:
            continue
        before = names[plan.ledger.strategy] if what == "strategy" else plan.customers.word(what)
        then, now = [*before.tolist(), *[None] * len(new)], [*words.tolist(), None]
        counts.update((what, one, now[other]) for one, other in zip(then, [*at, *new], strict=True))
    return counts
