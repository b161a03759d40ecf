"""Number of dropout opportunities of a customer with x repeat purchases, by model."""

from __future__ import annotations

import numpy as np

from kundkarriar.arrays import Array


def none(x: Array) -> Array:
    """Dropout opportunities in NBD, (n,): 0, as customers never drop out."""
    return np.zeros_like(x)


def after_repeat_purchases(x: Array) -> Array:
    """Dropout opportunities in BG/NBD, (n,): one after each repeat purchase.

    Fader, P. S., Hardie, B. G. S. & Lee, K. L. (2005), "Counting your customers the easy way: an alternative to the
    Pareto/NBD model", Marketing Science 24(2).
    """
    return x


def after_all_purchases(x: Array) -> Array:
    """Dropout opportunities in MBG/NBD, (n,): one after each purchase, the first included.

    Batislam, E. P., Denizel, M. & Filiztekin, A. (2007), "Empirical validation and comparison of models for customer
    base analysis", International Journal of Research in Marketing 24(3).
    """
    return x + 1
