"""`Spec`, the base class of all model specifications."""

from __future__ import annotations

from kundkarriar.stored import Stored


class Spec(Stored):
    """The specification of a model: its options, without data. Each final class is a frozen attrs type."""

    __slots__ = ()
