"""Similar ids in the data report: ids that differ only in Unicode form, case or surrounding blanks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from unicodedata import normalize

import numpy as np
import pandas as pd

from kundkarriar.arrays import Whole
from kundkarriar.history.ledger.ledger import Ledger

SHOWN = 3
NONE = "none: no two ids differ only in Unicode form, case or blanks around them"


def _form(text: str) -> str:
    return text if text.isascii() else normalize("NFKC", text)


ASPECTS: dict[str, Callable[[str], str]] = {"Unicode form": _form, "case": str.casefold, "blanks": str.strip}
"""Easily overlooked aspects of an id, and the function that removes each."""


def similar_ids(ledger: Ledger, code: Whole) -> tuple[str, int, float, str]:
    """The finding for `kk.data_report` about ids similar to another: (check, rows, amount, message).

    Args:
        ledger: the ledger of the kept rows.
        code: customer of each row, (r,).
    """
    if ledger.customers.dtype.is_integer():
        return "similar ids", 0, 0.0, NONE
    ids = ledger.customers.to_list()
    group, names = pd.factorize(np.array([_folded(text) for text in ids], dtype=object))
    alike = np.bincount(group, minlength=len(names))[group] > 1
    if not alike.any():
        return "similar ids", 0, 0.0, NONE
    several = list(dict.fromkeys(group[alike].tolist()))
    shown = "; ".join(_described([ids[at] for at in np.flatnonzero(group == each)]) for each in several[:SHOWN])
    message = (
        f"{alike.sum():,} ids are like another but for {', '.join(ASPECTS)}, and count as customers of their own:"
        f" {shown}{', ...' if len(several) > SHOWN else ''}"
    )
    return "similar ids", int(alike[code].sum()), float(ledger.net[alike].sum()), message


def _folded(text: str, *, but: str | None = None) -> str:
    """The id without easily overlooked aspects, except `but`."""
    for name, taken in ASPECTS.items():
        text = text if name == but else taken(text)
    return text if but == "Unicode form" else _form(text)  # folding the case may undo the form


def _described(alike: Sequence[str]) -> str:
    """Similar ids and the aspects in which they differ; letters that look the same are escaped."""
    differ = [name for name in ASPECTS if len({_folded(text, but=name) for text in alike}) > 1]
    differ = differ or ["Unicode form"]  # a ligature, which folding the case takes apart as well
    spelt = ascii if "Unicode form" in differ else repr
    return f"{' and '.join(map(spelt, alike))} ({', '.join(differ)})"
