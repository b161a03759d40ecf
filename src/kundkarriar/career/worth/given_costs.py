"""Costs of acquiring and of keeping a customer, as given: one number, by channel, by rung, or a column of customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arguments import AMOUNT, COLUMN, as_shown, refusal
from kundkarriar.arrays import Array, Whole
from kundkarriar.errors import DataError
from kundkarriar.foreign_objects import is_text
from kundkarriar.frames import NarrowFrame, is_missing, numbers, refuse_rows
from kundkarriar.ladder.movement.value.contribution import by_rung

ACQUIRING, KEEPING = "cost_acquisition", "cost_retention"
NEED = "career.acquisition_vs_retention"
GIVE = "cost_acquisition=300, cost_acquisition={'web': 200, 'shop': 450} with by=\"channel\", or a column of customers."
GIVE_BY_RUNG = 'cost_retention=25, or by rung: cost_retention={"client": 50}.'


@frozen(kw_only=True, eq=False)
class AcquisitionCosts:
    """The channels of newcomers, and what each newcomer costs.

    Attributes:
        channels: the names of the channels of all customers, sorted; none without a column of channels.
        channel: the channel of each newcomer, a place among them, (m,); -1 where it is missing.
        cost: cost of each newcomer, (m,); NaN where costs are by channel and the channel is missing.
        by_channel: cost of each channel as given; NaN where it is that of its newcomers.
    """

    channels: tuple[str, ...]
    channel: Whole
    cost: Array
    by_channel: Array

    @classmethod
    def read(cls, given: Any, *, by: Any, summary: NarrowFrame, columns: Sequence[str], at: Whole) -> AcquisitionCosts:
        """The costs of the newcomers in the rows `at` of a summary, of which `columns` are attributes of customers.

        Raises:
            DataError: no number, mapping or column; a negative cost; a column that is not there; a channel that no
                customer has; a channel of newcomers without a cost; costs by channel without the column of channels.
        """
        label: list[str | None] = [None] * len(summary)
        if by is not None:
            name = _column(COLUMN.read(by, "by"), "by", columns=columns)
            label = [None if is_missing(value) else as_label(value) for value in summary[name].to_list()]
        channels = tuple(sorted({each for each in label if each is not None}))
        place: dict[str | None, int] = {name: code for code, name in enumerate(channels)}
        channel = np.array([place.get(label[row], -1) for row in at.tolist()], dtype=np.int64)
        by_channel = np.full(len(channels), np.nan)
        if isinstance(given, Mapping):
            by_channel = _by_channel(given, by=by, channels=channels, needed=np.unique(channel[channel >= 0]))
            cost = np.append(by_channel, np.nan)[channel]
        elif is_text(given):
            cost = _own_cost(_column(given, ACQUIRING, columns=columns), summary=summary, at=at)
        else:
            cost = np.full(len(at), _number(given, ACQUIRING, hint=GIVE))
            by_channel = np.full(len(channels), float(given))
        return cls(channels=channels, channel=channel, cost=cost, by_channel=by_channel)


def read_retention(given: Any, *, rungs: Sequence[str]) -> dict[str, float]:
    """The cost of keeping a customer by rung; a number is that of every rung.

    Raises:
        DataError: no number or mapping, a negative cost, a rung that the ladder does not have.
    """
    if not isinstance(given, Mapping):
        return dict.fromkeys(rungs, _number(given, KEEPING, hint=GIVE_BY_RUNG))
    if unknown := [name for name in given if name not in rungs]:
        raise DataError.because(
            f"`{KEEPING}` names rungs that the ladder does not have: {unknown} of {as_shown(given)}.",
            hint=f"its rungs are {list(rungs)}.",
        )
    return by_rung(given, KEEPING, rungs=rungs, law=AMOUNT)


def as_label(value: Any) -> str:
    """The value of a column as text; whole numbers are floats where some are missing.

    >>> as_label("web"), as_label(3.0), as_label(3)
    ('web', '3', '3')
    """
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _number(given: Any, name: str, *, hint: str) -> float:
    if given is None:
        raise DataError.because(f"`{name}` has no default: what that costs is known to you alone.", hint=hint)
    return AMOUNT.read(given, name, hint=hint)


def _column(name: str, argument: str, *, columns: Sequence[str]) -> str:
    if name in columns:
        return name
    have = f"found {list(columns)}" if columns else "and the career was fitted without `customers`"
    raise DataError.because(
        f"`{argument}` of {NEED} names a column that `customers` does not have: {name!r}, {have}.",
        hint=f"fit(transactions, customers=customers, ...) with a column {name!r} by customer_id.",
    )


def _by_channel(given: Mapping[Any, Any], *, by: Any, channels: Sequence[str], needed: Whole) -> Array:
    if by is None:
        raise DataError.because(
            f"`{ACQUIRING}` is by channel, and `by` does not say which column of customers has the channel.",
            hint='add by="channel", the name of that column.',
        )
    costs = {as_label(name): value for name, value in given.items()}
    if not costs or len(costs) < len(given):
        raise refusal(given, ACQUIRING, law="costs by channel, each channel once", hint=GIVE)
    if unknown := [name for name in costs if name not in channels]:
        raise DataError.because(
            f"`{ACQUIRING}` names values that no customer has in `{by}`: {unknown}.",
            hint=f"there are {list(channels)}.",
        )
    if lacking := [channels[code] for code in needed.tolist() if channels[code] not in costs]:
        raise DataError.because(
            f"`{ACQUIRING}` lacks {lacking}, from which newcomers came.",
            hint="give their cost too; 0 states that it is none.",
        )
    return np.array(
        [AMOUNT.read(costs[name], f"{ACQUIRING}[{name!r}]") if name in costs else np.nan for name in channels]
    )


def _own_cost(name: str, *, summary: NarrowFrame, at: Whole) -> Array:
    values = numbers(summary, name, need=NEED, nullable=True)
    law = f"{NEED} needs a cost of at least 0 in `{name}` of every newcomer"
    wrong = ~((values[at] >= AMOUNT.least) & (values[at] <= AMOUNT.most))
    hint = "write what each cost; 0 states that it is none."
    refuse_rows(summary, wrong, law, hint=hint, shown=["customer_id", name], at=at)
    return values[at]
