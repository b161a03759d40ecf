"""What fitted BG/CNBD-k and MBG/CNBD-k have in common beyond all fitted repeat-buying models: their k."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from attrs import evolve

from kundkarriar.models.families.fitted_purchases import FittedPurchases

if TYPE_CHECKING:
    import pandas as pd

    from kundkarriar.models.families.erlang_family import RegularFamily


class FittedRegular(FittedPurchases):
    """A model of regular buying with its parameters settled; each final class names its kind and parameters."""

    __slots__ = ()

    kind: ClassVar[RegularFamily]
    tried: tuple[tuple[int, float], ...]

    @property
    def family(self) -> RegularFamily:  # type: ignore[override]  # of other models a constant
        """The mathematics at this k."""
        return evolve(self.kind, k=self.params.k)

    @property
    def n_parameters(self) -> int:
        """How many parameters a fit settles: k is one where it was chosen by likelihood."""
        return len(self.searched()) + (len(self.tried) > 1)

    def regularity(self) -> pd.DataFrame:
        """How well each number of stages k describes the customers' purchase moments.

        k is the regularity of the whole customer base, as `regularity` of `kk.facts` is that of one customer (Wheat and
        Morrison): 1 where purchases come at random, larger the more evenly they come. A customer who buys evenly is, as
        a rule, one who buys nowhere else.

        Returns:
            k, log_likelihood (of all purchase moments, so comparable between k and with models of other kinds), chosen;
            one row for each k that was tried: one alone where k was given, none where all parameters were.
        """
        import pandas as pd  # noqa: PLC0415 - frames are made at the boundary only

        return pd.DataFrame(
            {
                "k": [k for k, _ in self.tried],
                "log_likelihood": [height for _, height in self.tried],
                "chosen": [k == self.params.k for k, _ in self.tried],
            }
        )
