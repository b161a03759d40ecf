"""Paths over the rungs: the month in which the present rung was taken, the previous rung, the highest rung so far.

A path is an array of rungs, (steps, n), 0 being the lowest. A customer is on `NO_RUNG` until known, and on some rung
at every step from then on. The values at a step depend on the steps up to it alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NO_RUNG = -1


def since(path: NDArray[np.int8], *, month: NDArray[np.int32]) -> NDArray[np.int32]:
    """The month in which the rung of each step was taken, (steps, n); arbitrary until a customer is known.

    Args:
        path: rungs, (steps, n).
        month: the month of each step, (steps,).

    >>> since(np.array([[-1], [0], [0], [1]], dtype=np.int8), month=np.array([0, 1, 2, 9], dtype=np.int32)).ravel()
    array([0, 1, 1, 9], dtype=int32)
    """
    answer = np.full(path.shape, month[0], dtype=np.int32)
    for step in range(1, len(path)):
        answer[step] = np.where(path[step] == path[step - 1], answer[step - 1], month[step])
    return answer


def previous(path: NDArray[np.int8]) -> NDArray[np.int8]:
    """The rung before that of each step, (steps, n); `NO_RUNG` on a customer's first.

    >>> previous(np.array([[0], [2], [2], [0]], dtype=np.int8)).ravel()
    array([-1,  0,  0,  2], dtype=int8)
    """
    answer = np.full(path.shape, NO_RUNG, dtype=np.int8)
    for step in range(1, len(path)):
        answer[step] = np.where(path[step] == path[step - 1], answer[step - 1], path[step - 1])
    return answer


def highest(path: NDArray[np.int8]) -> NDArray[np.int8]:
    """The highest rung up to each step, (steps, n).

    >>> highest(np.array([[0], [2], [1]], dtype=np.int8)).ravel()
    array([0, 2, 2], dtype=int8)
    """
    answer: NDArray[np.int8] = np.maximum.accumulate(path, axis=0)
    return answer
