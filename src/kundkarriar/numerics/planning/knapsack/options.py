"""What each customer may get, what it is worth and what it uses; and each customer's best option at given prices."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.threads import in_threads

AT_ONCE = 8192
"""Customers that are compared together: as many as a processor's cache holds."""
MANY = 2**16
"""Customers from which several threads are worth their start."""


class Options(NamedTuple):
    """The options of n customers.

    Attributes:
        value: value of each customer and option, (n, B); minus infinity where it is not possible.
        uses: what each constraint counts, >= 0: (B,) where an option uses the same for every customer, else (n, B).
    """

    value: Array
    uses: tuple[Array, ...]

    def rows(self, at: Whole | Mask | slice) -> "Options":
        """The options of some of the customers."""
        return Options(self.value[at], tuple(use if use.ndim == 1 else use[at] for use in self.uses))

    def of_chosen(self, use: Array, choice: Whole) -> Array:
        """What the chosen options use, (m,), in the order of the customers that get one."""
        treated = np.flatnonzero(choice >= 0)
        picked = choice[treated]
        return use[picked] if use.ndim == 1 else use[treated, picked]


class Best(NamedTuple):
    """The best options at given prices.

    Attributes:
        choice: the best option, (n,); -1 for none, which is worth 0.
        value: its value less the price of what it uses, (n,), >= 0.
        second: the same of the next best, (n,); minus infinity without one.
    """

    choice: Whole
    value: Array
    second: Array


def best_options(options: Options, prices: Array) -> Best:
    """Best option of each customer at the prices (R,) of what the constraints count."""
    n = len(options.value)
    best = Best(np.full(n, -1), np.zeros(n), np.full(n, -np.inf))

    def compare(rows: slice) -> None:
        choice, value, second = (each[rows] for each in best)
        for option, reduced in enumerate(_reduced(options, prices, rows)):
            np.maximum(second, np.minimum(reduced, value), out=second)
            np.copyto(choice, option, where=reduced > value)
            np.maximum(value, reduced, out=value)

    _in_pieces(compare, n)
    return best


def gains_by_option(options: Options, prices: Array) -> Array:
    """Summed positive reduced value of each option alone, (B,): its part of the dual of that option alone."""
    pieces = (
        [np.maximum(reduced, 0.0).sum() for reduced in _reduced(options, prices, rows)]
        for rows in _pieces(len(options.value))
    )
    return np.sum(list(pieces), axis=0) if len(options.value) else np.zeros(options.value.shape[1])


def undecided(options: Options, best: Best, prices: Array, width: Array) -> Mask:
    """Customers whose best option may be another one at prices within `width` (R,) of `prices`, (n,)."""
    answer = np.empty(len(options.value), dtype=bool)

    def compare(rows: slice) -> None:
        picked = best.choice[rows]
        none = picked < 0
        at = np.maximum(picked, 0)[:, None]
        rival = np.full(len(picked), -np.inf)
        mine = [
            np.where(none, 0.0, use[at[:, 0]] if use.ndim == 1 else np.take_along_axis(use[rows], at, axis=1)[:, 0])
            for use in options.uses
        ]
        for option, reduced in enumerate(_reduced(options, prices, rows)):
            for use, own, off in zip(options.uses, mine, width, strict=True):
                if off:
                    reduced += off * np.abs((use[option] if use.ndim == 1 else use[rows, option]) - own)  # noqa: PLW2901
            np.copyto(rival, reduced, where=(picked != option) & (reduced > rival))
        none_instead = sum(off * own for own, off in zip(mine, width, strict=True))
        np.maximum(rival, np.where(none, -np.inf, none_instead), out=rival)
        answer[rows] = rival >= best.value[rows]

    _in_pieces(compare, len(answer))
    return answer


def used(options: Options, choice: Whole) -> Array:
    """What a choice uses of each constraint, (R,)."""
    # counts times use, where it is common: the order of rows changes no digit
    count = np.bincount(choice[choice >= 0], minlength=options.value.shape[1])
    return np.array(
        [use @ count if use.ndim == 1 else options.of_chosen(use, choice).sum() for use in options.uses]
    ).reshape(len(options.uses))


def _reduced(options: Options, prices: Array, rows: slice) -> Iterator[Array]:
    """Value less the price of what is used, option by option, (m,) each, of the customers `rows`."""
    charge = np.zeros(options.value.shape[1])
    own = []
    for use, price in zip(options.uses, prices.tolist(), strict=True):
        if price and use.ndim == 1:
            charge = charge + price * use
        elif price:
            own.append((use, price))
    for option, common in enumerate(charge.tolist()):
        reduced = options.value[rows, option] - common
        for use, price in own:
            reduced -= price * use[rows, option]
        yield reduced


def _pieces(n: int) -> list[slice]:
    return [slice(start, start + AT_ONCE) for start in range(0, n, AT_ONCE)]


def _in_pieces(compare: Callable[[slice], None], n: int) -> None:
    for _ in in_threads(compare, _pieces(n), many=n >= MANY, of="blocks of customers compared"):
        pass
