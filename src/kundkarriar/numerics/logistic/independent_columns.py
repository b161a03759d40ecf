"""Which columns of a design matrix are no linear combinations of earlier ones."""

import numpy as np

from kundkarriar.arrays import Array, Mask

TOLERANCE = 1e-7
"""A column is a combination of others if what they leave of it is shorter than this, relative to itself."""


def independent_columns(X: Array) -> Mask:
    """Whether each column of X (m, k) is no linear combination of those before it, (k,).

    By the Gram-Schmidt process, twice over each column, so that rounding leaves nothing of what was taken out. A
    pivoted QR would choose the longest columns; here the order says which of two equal ones is kept.

    >>> independent_columns(np.array([[1.0, 2.0, 0.0], [1.0, 2.0, 1.0], [1.0, 2.0, 5.0]])).tolist()
    [True, False, True]
    """
    basis = np.empty((len(X), 0))
    kept = np.zeros(X.shape[1], dtype=bool)
    for at, column in enumerate(X.T):
        left = column - basis @ (basis.T @ column)
        left = left - basis @ (basis.T @ left)
        length = float(np.linalg.norm(left))
        kept[at] = length > TOLERANCE * max(float(np.linalg.norm(column)), np.finfo(float).tiny)
        if kept[at]:
            basis = np.column_stack([basis, left / length])
    return kept
