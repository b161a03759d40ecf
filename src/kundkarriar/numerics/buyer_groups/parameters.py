"""Parameters of the mixture of buyer groups, and the unconstrained parameters that its likelihood is maximised over.

What tells the groups apart is ordered, so that a label means the same in every fit: from the first group to the last,
the dropout probability and the mean gap fall, regularity and the share of wallet rise. Each ordered parameter is given
by its value in the first group and by its increments, which are softplus of unconstrained numbers.
"""

import numpy as np
from attrs import field, frozen
from scipy.special import expit, softmax

from kundkarriar.arrays import Array
from kundkarriar.fields import as_floats

GROUPS = 3
STEP = 1e-6
"""Step of numerical derivatives in parameters of about 1."""
ORDERED = ("retention", "activity", "regularity", "share")
PRIOR_MEAN = {
    "retention": (-0.5, 0.8, 0.8),
    "activity": (0.5, 0.8, 0.8),
    "regularity": (-0.1, -1.0, -1.0),
    "share": (-0.5, 0, 0),
}
SIZE = 2 + 3 * len(ORDERED) + 2
"""Unconstrained parameters: two log weights, the ordered parameters, ln r and ln concentration."""


@frozen(kw_only=True, eq=False)
class GroupParams:
    """Parameters of the groups, from moving to exclusive.

    Attributes:
        weights: mixture weights, (G,).
        dropout: probability of dropping out after a purchase, (G,).
        gap: mean gap between purchases, in the unit of T, about, (G,).
        k: regularity: shape of the gaps, (G,).
        r: homogeneity: shape of the gamma over purchase rates within a group.
        share: mean share of wallet, (G,).
        concentration: of the beta over shares of wallet, the sum of its two parameters.
    """

    weights: Array = field(converter=as_floats)
    dropout: Array = field(converter=as_floats)
    gap: Array = field(converter=as_floats)
    k: Array = field(converter=as_floats)
    r: float
    share: Array = field(converter=as_floats)
    concentration: float


def prior_mean() -> Array:
    """Prior mean of the unconstrained parameters, (16,)."""
    return np.array([0.0, 0.0, *(value for name in ORDERED for value in PRIOR_MEAN[name]), 0.5, 1.0])


def transformed(theta: Array) -> Array:
    """Log weights, the ordered parameters of each group by logit or log, ln r and ln concentration, (17,)."""
    weights = np.array([0.0, *theta[:2]])
    ordered = [_ordered(theta[2 + 3 * at : 5 + 3 * at]) for at in range(len(ORDERED))]
    return np.concatenate([weights - np.logaddexp.reduce(weights), *ordered, theta[-2:]])


def jacobian(theta: Array) -> Array:
    """Derivative of each number of `transformed`, (17,), in each unconstrained parameter, (16,): (17, 16)."""
    found = np.zeros((SIZE + 1, SIZE))
    found[:3, :2] = np.eye(3)[:, 1:] - softmax([0.0, *theta[:2]])[1:]
    for at in range(2, SIZE - 2, 3):
        found[at + 1 : at + 4, at : at + 3] = np.tri(3) * [1.0, *expit(theta[at + 1 : at + 3])]
    found[-2:, -2:] = np.eye(2)
    return found


def group_params(whole: Array, *, unit: float = 1.0) -> GroupParams:
    """Parameters from the numbers of `transformed`, with gaps in units of `unit`."""
    retention, activity, regularity, share = whole[3:15].reshape(4, 3)
    return GroupParams(
        weights=np.exp(whole[:3]),
        dropout=expit(-retention),
        gap=unit * np.exp(-activity),
        k=np.exp(regularity),
        r=float(np.exp(whole[15])),
        share=expit(share),
        concentration=float(np.exp(whole[16])),
    )


def _ordered(three: Array) -> Array:
    return np.asarray(np.cumsum([three[0], *np.logaddexp(0.0, three[1:])]))
