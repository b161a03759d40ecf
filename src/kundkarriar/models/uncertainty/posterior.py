"""`Posterior`: draws of a fitted model's parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import Attribute, evolve, field, frozen
from attrs.validators import optional

from kundkarriar.arguments import NOT_NEGATIVE, Number, as_tuple, read_names, refusal, to_float
from kundkarriar.arrays import Array
from kundkarriar.engines.frame_kinds import OwnFrame, frame_of_kind, kind_field
from kundkarriar.errors import CapabilityError
from kundkarriar.fields import as_floats


def _table(given: Any) -> Any:
    values = as_floats(given)
    return np.atleast_2d(values) if isinstance(values, np.ndarray) else values


@frozen(kw_only=True, eq=False)
class Posterior:
    """S draws of the parameters from their posterior; each draw applies to all customers.

    The draws are unweighted and in random order. They may repeat: a point with a large importance weight is drawn
    several times.

    Attributes:
        names: the parameters, in the model's order.
        values: the draws, (S, number of parameters).
        k_hat: Pareto k of the importance weights behind the draws: up to .7 the draws are reliable, above it they
            are rough. None where the draws are normal approximations.
        effective_size: effective sample size of the weighted points, in independent draws; None without weights.
        frame_kind: the kind of frame that `frame` gives.

    >>> posterior = Posterior(names=("r", "alpha"), values=np.array([[0.5, 6.0], [0.6, 6.2]]))
    >>> posterior.frame()
         r  alpha
    0  0.5    6.0
    1  0.6    6.2
    """

    names: tuple[str, ...] = field(converter=as_tuple)
    values: Array = field(converter=_table, repr=lambda values: f"{len(values):,} draws")
    k_hat: float | None = field(default=None, converter=to_float, validator=optional(Number(least=-100, infinite=True)))
    effective_size: float | None = field(default=None, converter=to_float, validator=optional(NOT_NEGATIVE))
    frame_kind: str = kind_field()

    @names.validator
    def _names_of_parameters(self, attribute: Attribute[Any], names: tuple[Any, ...]) -> None:
        read_names(names, attribute.name, empty=False)

    @values.validator
    def _column_of_each_name(self, attribute: Attribute[Any], values: Any) -> None:
        shaped = isinstance(values, np.ndarray) and values.dtype.kind == "f" and values.ndim == 2
        shaped = shaped and values.shape[1] == len(self.names)
        if not (shaped and np.isfinite(values).all()):
            law = f"finite numbers of shape (S, {len(self.names)}), a column for each of {list(self.names)}"
            raise refusal(values, attribute.name, law=law, hint="take the draws of a fit: fitted.posterior(seed=1).")

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, name: str) -> Array:
        """The draws of one parameter, (S,)."""
        return self.values[:, self.names.index(name)]

    def params(self) -> dict[str, Array]:
        """The draws of every parameter, each (S,), as keyword arguments for a function of `numerics/`."""
        return {name: self[name] for name in self.names}

    def some(self, draws: slice) -> Posterior:
        """The draws of a slice, in order."""
        return evolve(self, values=self.values[draws])

    def frame(self) -> OwnFrame:
        """One row for each draw, one column for each parameter; of the kind that the model was fitted to."""
        return frame_of_kind(self.params(), self.frame_kind)

    def equals(self, other: Any) -> bool:
        """Whether `other` holds the same draws of the same parameters."""
        return (
            isinstance(other, Posterior)
            and self.names == other.names
            and (self.k_hat, self.effective_size) == (other.k_hat, other.effective_size)
            and np.array_equal(self.values, other.values)
        )


def side_by_side(posteriors: Sequence[Posterior]) -> Posterior:
    """Independent draws of different parameters beside each other, as many of each, with the worse of their k-hats."""
    k_hats, sizes = ([getattr(each, name) for each in posteriors] for name in ("k_hat", "effective_size"))
    return Posterior(
        names=[name for each in posteriors for name in each.names],
        values=np.hstack([each.values for each in posteriors]),
        k_hat=None if None in k_hats else max(k_hats),
        effective_size=None if None in sizes else min(sizes),
        frame_kind=posteriors[0].frame_kind,
    )


def draws_of_parameters(posterior: Any, *, names: tuple[str, ...], model: str) -> dict[str, Array]:
    """The draws of each of a model's parameters `names`, (S,); a posterior of another model is refused."""
    hint = "use the posterior of the same model: fitted.posterior(draws=200, seed=1)."
    if not isinstance(posterior, Posterior):
        raise refusal(posterior, "posterior", law="draws of the parameters", hint=hint)
    if posterior.names != names:
        raise CapabilityError.because(f"{model} draws from a posterior of {names}, got {posterior.names}.", hint=hint)
    return posterior.params()
