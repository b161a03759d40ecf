"""Data sets of real purchases, read from the files of the installed package `lifetimes`, which is not imported."""

from importlib import metadata
from pathlib import Path

import pandas as pd

from kundkarriar.arguments import read_flag
from kundkarriar.errors import CapabilityError


def load_cdnow(*, sample: bool = False) -> pd.DataFrame:
    """Purchases of music by the customers who first bought at CDNOW in the first quarter of 1997, to June 1998.

    Every line of the file is kept: 255 exact duplicates (21 in the sample) and 80 purchases of amount zero.

    Args:
        sample: the 1/10 sample that the literature fits (6,919 purchases of 2,357 customers) instead of all
            69,659 purchases of 23,570 customers.

    Returns:
        customer_id (int), date (midnight), quantity (int), amount (US dollars).

    Source: Fader, P. S. and Hardie, B. G. S. (2001), "Forecasting repeat sales at CDNOW", Interfaces 31(3).

    >>> load_cdnow(sample=True).head(2)
       customer_id       date  quantity  amount
    0            4 1997-01-01         2   29.33
    1            4 1997-01-18         2   29.73
    """
    sample = read_flag(sample, "sample")
    path = _file("CDNOW_sample.txt" if sample else "CDNOW_master.txt")
    names = ["customer_id", *(["sample_id"] if sample else []), "date", "quantity", "amount"]
    heading = None if sample else 0
    lines = pd.read_csv(path, sep=r"\s+", header=heading, names=names, dtype={"date": str})
    lines["date"] = pd.to_datetime(lines["date"], format="%Y%m%d")
    return lines[["customer_id", "date", "quantity", "amount"]]


def _file(name: str) -> Path:
    for file in metadata.files("lifetimes") or ():
        if file.name == name:
            return Path(str(file.locate()))
    raise CapabilityError.because(
        f"{name} was not found inside the installed package `lifetimes`.",
        hint='install it: pip install "lifetimes>=0.11.3".',
    )
