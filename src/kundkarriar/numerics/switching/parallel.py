"""Work on parts at the same time: numpy's loops and matrix products let other threads run."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_parallel(function: Callable[[Item], Result], items: Sequence[Item], *, work: float) -> list[Result]:
    """`function` of each item, in their order, on as many threads as there are processors.

    `work` is the number of rows of all items: for few of them it would take as long to start the threads.
    """
    if work < WORTH_IT or len(items) < 2:
        return [function(item) for item in items]
    with ThreadPoolExecutor(max_workers=cpu_count()) as pool:
        return list(pool.map(function, items))


WORTH_IT = 500
"""Rows for which threads are worth starting."""
