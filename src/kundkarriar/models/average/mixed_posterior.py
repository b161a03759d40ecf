"""Posterior draws of an average of models: in each draw one member, and parameters of every member."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.random import Generator

from kundkarriar.arguments import refusal
from kundkarriar.arrays import Array, Whole
from kundkarriar.errors import CapabilityError
from kundkarriar.models.uncertainty.posterior import Posterior

MEMBER = "member"
"""The column of a draw's member, from 0; a member's parameters are columns such as "MBGNBD: r"."""
AGAIN = "use the posterior of the same average: fitted.posterior(draws=200, seed=1)."


def mixed_posterior(
    posteriors: Sequence[Posterior], *, labels: Sequence[str], weights: Sequence[float], generator: Generator
) -> Posterior:
    """The posterior of an average from those of its members, S draws each.

    The members' shares of the draws are their weights, to within one draw; which draw is whose is random.
    """
    n = len(posteriors[0])
    quantiles = (generator.random() + np.arange(n)) / n
    limits = np.cumsum(weights)
    member = np.minimum(np.searchsorted(limits / limits[-1], quantiles, side="right"), len(weights) - 1)
    generator.shuffle(member)
    known = [each.k_hat for each in posteriors if each.k_hat is not None]
    sizes = [each.effective_size for each in posteriors if each.effective_size is not None]
    return Posterior(
        names=(
            MEMBER,
            *(f"{label}: {name}" for label, each in zip(labels, posteriors, strict=True) for name in each.names),
        ),
        values=np.column_stack([member, *(each.values for each in posteriors)]),
        k_hat=max(known) if len(known) == len(posteriors) else None,
        effective_size=min(sizes) if len(sizes) == len(posteriors) else None,
    )


def draws_by_member(posterior: Any, *, labels: Sequence[str]) -> Iterator[tuple[int, Whole, Posterior]]:
    """The members that have draws: the place of each, its draws' columns, (S_k,), and their parameters.

    Raises:
        CapabilityError: the posterior is of another model.
    """
    if not isinstance(posterior, Posterior):
        raise refusal(posterior, "posterior", law="draws of the parameters", hint=AGAIN)
    names = posterior.names
    own = [[at for at, name in enumerate(names) if name.startswith(f"{label}: ")] for label in labels]
    if names[:1] != (MEMBER,) or not all(own) or sum(map(len, own)) != len(names) - 1:
        law = f"an average of {', '.join(labels)} draws from its own posterior, got {names}."
        raise CapabilityError.because(law, hint=AGAIN)
    member: Array = posterior[MEMBER]
    for place, (label, columns) in enumerate(zip(labels, own, strict=True)):
        at = np.flatnonzero(member == place)
        if len(at):
            plain = tuple(names[column].removeprefix(f"{label}: ") for column in columns)
            yield place, at, Posterior(names=plain, values=posterior.values[at][:, columns], k_hat=posterior.k_hat)
