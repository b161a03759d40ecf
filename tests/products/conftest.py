"""A base with planted affinities, and its frames in every library."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

KINDS = {"pandas": lambda rows: rows, "polars": pl.DataFrame, "pyarrow": pa.Table.from_pandas}
KINDS["lazy"] = lambda rows: pl.DataFrame(rows).lazy()


def as_pandas(frame):
    frame = frame.collect() if isinstance(frame, pl.LazyFrame) else frame
    return frame if isinstance(frame, pd.DataFrame) else frame.to_pandas()


@pytest.fixture(params=KINDS)
def kind(request):
    """A maker of frames of one library."""
    return KINDS[request.param]


@pytest.fixture(scope="session")
def base():
    """Customers of two groups, of whom the clients like gifts, and their purchases, one category a line."""
    random = np.random.default_rng(3)
    n = 800
    group = np.where(np.arange(n) % 2, "client", "trial buyer")
    lines = 1 + random.poisson(4, n)
    customer = np.repeat(np.arange(n), lines)
    shares = {"client": [0.6, 0.2, 0.2], "trial buyer": [0.2, 0.5, 0.3]}
    chosen = [random.choice(3, p=shares[group[each]]) for each in customer]
    rows = pd.DataFrame(
        {
            "customer_id": customer,
            "date": pd.Timestamp("2025-01-01") + pd.to_timedelta(random.integers(0, 300, len(customer)), unit="D"),
            "amount": random.gamma(4, 5, len(customer)).round(2),
            "category": np.array(["gifts", "cards", "toys"])[chosen],
            "channel": random.choice(["web", "shop"], len(customer)),
        }
    )
    return pd.DataFrame({"customer_id": np.arange(n), "rung": group}), rows
