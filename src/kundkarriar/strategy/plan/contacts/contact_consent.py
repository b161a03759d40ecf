"""Consent to contacts: the columns `may_contact` and `may_contact_<channel>` of customers, as truth values."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals.stable.v2 as nw
import numpy as np

from kundkarriar.arrays import Mask
from kundkarriar.frames import NarrowFrame, is_missing, refuse_rows

MAY_CONTACT = "may_contact"
Consent = Mapping[str, Mask]
"""Whether each customer may be contacted, (n,), by column; the names are as `consent_column` writes them."""


def consent_column(channel: str | None = None) -> str:
    """The column that tells who may be contacted by a channel, or by any.

    >>> consent_column("Direct mail"), consent_column()
    ('may_contact_direct_mail', 'may_contact')
    """
    return MAY_CONTACT if channel is None else _plain(f"{MAY_CONTACT}_{channel.strip()}")


def read_consent(frame: NarrowFrame, *, need: str) -> Consent:
    """The columns of consent that a frame has; upper and lower case are the same, and so are a space, "-" and "_".

    A missing value means that the customer may be contacted.

    Raises:
        DataError: a value that is neither true, nor false, nor missing.
    """
    consent: dict[str, Mask] = {}
    for name in frame.columns:
        if (plain := _plain(name)) != MAY_CONTACT and not plain.startswith(f"{MAY_CONTACT}_"):
            continue
        if frame[name].dtype == nw.Boolean:
            may = frame[name].fill_null(True).to_numpy().astype(bool)
        else:
            may = _truths(frame, name, need=need)
        consent[plain] = consent.get(plain, np.ones(len(may), dtype=bool)) & may
    return consent


def may_be_contacted(consent: Consent, channel: str | None, *, n: int) -> Mask:
    """Whether each of n customers may be contacted at all and by a channel, (n,)."""
    may = np.ones(n, dtype=bool)
    for column in {consent_column(), consent_column(channel)}:
        may &= consent.get(column, True)
    return may


def _truths(frame: NarrowFrame, name: str, *, need: str) -> Mask:
    """A column of other values than truth values, (n,); 1 and 0 are some, and a missing one is True."""
    values = frame[name].to_list()
    unread = np.array([not _is_truth(each) for each in values], dtype=bool)
    law = f"{need} needs True or False in `{name}`, or nothing where it is not known"
    hint = f"make `{name}` truth values; who refuses contacts has False."
    refuse_rows(frame, unread, law, hint=hint, shown=["customer_id", name])
    return np.array([is_missing(each) or bool(each) for each in values], dtype=bool)


def _plain(name: str) -> str:
    return name.lower().replace(" ", "_").replace("-", "_")


def _is_truth(value: object) -> bool:
    if is_missing(value):
        return True
    return isinstance(value, bool | int | float | np.generic) and value in (0, 1)
