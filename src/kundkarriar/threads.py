"""Work on several threads: numpy lets others go on while it draws and adds."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from os import cpu_count
from typing import TypeVar

from kundkarriar.engines.progress import told

Item = TypeVar("Item")
Result = TypeVar("Result")
DRAWN = "blocks of customers drawn"
"""What a bar of progress calls the blocks of a simulation."""


def in_threads(
    function: Callable[[Item], Result], items: Iterable[Item], *, many: bool = True, of: str = ""
) -> Iterator[Result]:
    """`function` of each item, in their order, on as many threads as there are processors, and not far ahead.

    Where the work is not `many` numbers at a time, threads would wait for each other: it is done on this one. Items
    with a name, `of`, have a bar of progress. Where the work is interrupted, what has not begun is left, and no thread
    goes on.
    """
    if of:
        yield from told(in_threads(function, items, many=many), of=of)
        return
    if not many:
        yield from map(function, items)
        return
    most = cpu_count() or 1
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(max_workers=most) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > most:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BaseException:  # of KeyboardInterrupt too
            pool.shutdown(wait=False, cancel_futures=True)  # which the end of the block waits for
            raise
