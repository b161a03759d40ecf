"""Posterior probabilities of the components of a mixture."""

import numpy as np

from kundkarriar.arrays import Array


def component_probabilities(log_joint: Array, *, axis: int) -> tuple[Array, Array]:
    """Probability of each component along `axis`, and the log-likelihood, without that axis.

    `log_joint` is the log of weight times density.

    >>> component_probabilities(np.log([[0.1, 0.3]]), axis=1)[0].round(2)
    array([[0.25, 0.75]])
    """
    largest = log_joint.max(axis=axis, keepdims=True)
    shares = np.exp(log_joint - largest)
    total = shares.sum(axis=axis, keepdims=True)
    return shares / total, (largest + np.log(total)).squeeze(axis)
