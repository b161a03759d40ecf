"""Small purchase histories and events."""

import pandas as pd
import polars as pl
import pytest


@pytest.fixture(scope="session")
def history():
    """A function that makes transactions of 10.0 each from dates: history(a=["2026-01-05", ...], b=[...])."""

    def make(**days):
        rows = [(who, pd.Timestamp(day), 10.0) for who, dates in days.items() for day in dates]
        return pd.DataFrame(rows, columns=["customer_id", "date", "amount"])

    return make


@pytest.fixture(scope="session")
def happened():
    """A function that makes events: happened(("a", "2026-01-05", "referral"), ...)."""

    def make(*rows):
        table = pd.DataFrame(rows, columns=["customer_id", "date", "event"])
        return table.assign(date=pd.to_datetime(table["date"]))

    return make


@pytest.fixture(scope="session")
def in_polars():
    """A function that converts a pandas frame to polars without pyarrow."""

    def make(rows):
        schema = {
            "date": pl.Datetime("us"),
            "first_contact": pl.Datetime("us"),
            "amount": pl.Float64,
            "value": pl.Float64,
        }
        given = {name: schema.get(name, pl.String) for name in rows.columns}
        plain = {name: [None if pd.isna(v) else v for v in rows[name]] for name in rows.columns}
        return pl.DataFrame(plain, schema=given)

    return make
