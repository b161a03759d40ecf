"""Work on several threads: numpy lets others go on while it draws and adds."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from os import cpu_count
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_threads(function: Callable[[Item], Result], items: Iterable[Item], *, many: bool = True) -> Iterator[Result]:
    """`function` of each item, in their order, on as many threads as there are processors, and not far ahead.

    Where the work is not `many` numbers at a time, threads would wait for each other: it is done on this one.
    """
    if not many:
        yield from map(function, items)
        return
    most = cpu_count() or 1
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(max_workers=most) as pool:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > most:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
