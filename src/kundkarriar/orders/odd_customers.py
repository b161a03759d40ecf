"""Conspicuous customers in the data report: similar ids, counter-sale ids, giants, customers older than the data."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias
from unicodedata import normalize

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.period import Period
from kundkarriar.history.first_month import first_month, most_in_a_first_month
from kundkarriar.history.ledger.ledger import Ledger
from kundkarriar.numerics.money.exact_sums import total

Finding: TypeAlias = tuple[str, int, float, str]
"""A check, the number of rows it concerns, their amount, and a message."""

LARGE_SHARE = 0.05
TIMES_THE_MEAN = 10
"""An id is conspicuous with 5 % of the total, if that is also ten times the mean per customer."""

SHOWN = 3
NONE = "none: no two ids differ only in Unicode form, case or blanks around them"


def _form(text: str) -> str:
    return text if text.isascii() else normalize("NFKC", text)


ASPECTS: dict[str, Callable[[str], str]] = {"Unicode form": _form, "case": str.casefold, "blanks": str.strip}
"""Easily overlooked aspects of an id, and the function that removes each."""


def odd_customers(ledger: Ledger, code: Whole, amount: Array) -> list[Finding]:
    """Findings for `kk.data_report`, of the ledger of the kept rows; customer `code` and `amount` of each row, (r,)."""
    rows = np.bincount(code, minlength=len(ledger.customers))
    counter = "looks like a counter-sale id, not a customer: leave it out"
    giant = "a giant: look at values with and without it"
    return [
        _similar_ids(ledger, code),
        _largest("rows", rows, ledger, rows=rows, suspicion=counter),
        _largest("purchase days", ledger.purchases.count, ledger, rows=rows, suspicion=counter),
        _largest("amount", np.maximum(ledger.net, 0.0), ledger, rows=rows, suspicion=giant),
        _possibly_older(ledger, code, amount),
    ]


def _largest(what: str, has: NDArray[Any], ledger: Ledger, *, rows: Whole, suspicion: str) -> Finding:
    """The id with the largest share (of equal ones the smallest id), and whether it is conspicuous."""
    most = np.flatnonzero(has == has.max())
    ids = ledger.customers[most].to_list()
    at = int(most[ids.index(min(ids))])
    everything = total(has.astype(np.float64))
    share = float(has[at]) / everything if everything > 0 else 0.0
    odd = share >= LARGE_SHARE and share * len(has) >= TIMES_THE_MEAN
    said = f"{ledger.customers[at]} has {share:.1%} of the {what}"
    return f"largest id by {what}", int(rows[at]), float(ledger.net[at]), f"{said}: {suspicion}" if odd else said


def _possibly_older(ledger: Ledger, code: Whole, amount: Array) -> Finding:
    """Number of customers first seen in the first month, and whether it exceeds the usual number of newcomers."""
    first = ledger.known_since
    early, usual = first_month(first)
    said = f"{early.sum():,} customers ({early.mean():.1%}) were first seen in the first month"
    settled = Period.of("3M").after(np.datetime64(int(first.min()) - 1, "D")).astype(np.int64)
    if early.sum() > most_in_a_first_month(usual):
        said += (
            f", against {usual:,.1f} in a later month: many may be older than the data;"
            " burn_in matters here, for without it newcomers are taken for as loyal as they are;"
            f' kk.summarize(..., burn_in="3M") marks {(first <= settled).sum():,} customers, beside'
            f" {(first > settled).sum():,} who came later, and fits give them a law of their own where the data tell it"
            " apart"
        )
    return "possibly older customers", int(early.sum()), total(amount[early[code]]), said


def _similar_ids(ledger: Ledger, code: Whole) -> Finding:
    """Ids that differ from another only in Unicode form, case or surrounding blanks."""
    if ledger.customers.dtype.is_integer():
        return "similar ids", 0, 0.0, NONE
    ids = pd.Series(ledger.customers.to_list(), dtype=object)
    folded = ids.map(_folded)
    alike = folded.duplicated(keep=False).to_numpy()
    if not alike.any():
        return "similar ids", 0, 0.0, NONE
    several = folded[alike].unique()
    shown = "; ".join(_described(ids[folded == each].to_list()) for each in several[:SHOWN])
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
