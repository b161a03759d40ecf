"""Frames of every kind, and one Spark session for all tests of a process."""

import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

LAZY = ("polars lazy", "duckdb", "spark")
KINDS = ("pandas", "polars", "pyarrow", *LAZY)
HERE = Path(__file__).parent


def pytest_collection_modifyitems(config, items):
    """Spark takes seconds a call: `make engines` asks it everything, other runs its own room and its path."""
    if "ENGINES" in os.environ:
        return

    def later(item):
        slow = item.path.parent == HERE and item.path.name != "test_engines.py"
        return slow and "spark" in getattr(getattr(item, "callspec", None), "params", {}).values()

    config.hook.pytest_deselected(items=[item for item in items if later(item)])
    items[:] = [item for item in items if not later(item)]


@pytest.fixture(params=LAZY)
def lazy_kind(request):
    """The kinds of lazy frames, in turn."""
    return _present(request.param)


@pytest.fixture(params=KINDS)
def kind(request):
    """All kinds of frames, in turn."""
    return _present(request.param)


@pytest.fixture(scope="session")
def spark():
    """A session of Spark on this machine, which starts when the first test asks for it."""
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("Spark needs Java 17, and there is none")
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ["PYSPARK_PYTHON"] = sys.executable  # of workers too, where no environment is activated
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.memory": "3g",  # careers of 50,000 customers are collected
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
        "spark.default.parallelism": "2",
        "spark.sql.session.timeZone": "Europe/Stockholm",  # dates without a zone must not care
        "spark.log.level": "ERROR",
    }
    builder = sql.SparkSession.builder.master("local[2]").appName("kundkarriar")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture
def to_engine(request):
    """A function of a kind and a pandas DataFrame: the same rows as a frame of that kind.

    Integers, floats, texts, truth values and times without a zone keep their types; missing texts become null.
    """
    connections = []

    def made(kind, frame):
        if kind == "pandas":
            return frame
        if kind in ("polars", "polars lazy"):
            import polars as pl

            eager = pl.from_pandas(frame)
            return eager if kind == "polars" else eager.lazy()
        import pyarrow as pa

        rows = pa.Table.from_pandas(_in_microseconds(frame), preserve_index=False).replace_schema_metadata()
        if kind == "duckdb":
            import duckdb

            if not connections:
                connections.append(duckdb.connect())
                connections[0].execute("set threads = 2")
            number = len(connections[0].execute("show tables").fetchall())
            connections[0].execute(f"create table given_{number} as select * from rows")
            return connections[0].table(f"given_{number}")
        if kind == "spark":
            from pyspark.sql.pandas.types import from_arrow_schema

            schema = from_arrow_schema(rows.schema, prefer_timestamp_ntz=True)
            return request.getfixturevalue("spark").createDataFrame(rows, schema=schema)
        return rows

    yield made
    for connection in connections:
        connection.close()


@pytest.fixture
def from_engine():
    """A function of a frame of any kind: a pandas DataFrame sorted by customer_id, and by period_start where it is."""

    def read(result, *, by=None):
        frame = _as_pandas(result)
        keys = [name for name in ("customer_id", "period_start") if name in frame.columns] if by is None else list(by)
        return frame.sort_values(keys, kind="stable", ignore_index=True) if keys else frame.reset_index(drop=True)

    return read


@pytest.fixture
def same_rows(from_engine):
    """A function that asserts that two frames hold the same rows in any order: floats to 1e-9, all else exactly."""

    def compare(result, expected, *, by=None):
        found, due = from_engine(result, by=by), from_engine(expected, by=by)
        assert list(found.columns) == list(due.columns)
        assert len(found) == len(due)
        for name in due.columns:
            left, right = found[name], due[name]
            if pd.api.types.is_float_dtype(right) or pd.api.types.is_float_dtype(left):
                left, right = (each.astype(float).to_numpy() for each in (left, right))
                np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-12, err_msg=name)
            elif pd.api.types.is_datetime64_dtype(right):
                left, right = (each.astype("datetime64[us]") for each in (left, right))
                pd.testing.assert_series_equal(left, right, check_names=False, obj=name)
            else:
                left, right = (each.astype(object).where(each.notna(), None) for each in (left, right))
                assert left.tolist() == right.tolist(), name

    return compare


def _present(kind):
    """The kind, where what it needs is installed."""
    for name in {"polars": ("polars",), "polars lazy": ("polars",), "duckdb": ("duckdb", "pyarrow")}.get(
        kind, () if kind == "pandas" else ("pyarrow",)
    ):
        pytest.importorskip(name, reason=f"{name} is not installed")
    return kind


def _in_microseconds(frame):
    """Times in microseconds: Spark and DuckDB have no finer ones that they would keep."""
    return frame.astype(dict.fromkeys(frame.select_dtypes("datetime").columns, "datetime64[us]"))


def _as_pandas(result):
    """A frame of any kind as a pandas DataFrame."""
    if isinstance(result, pd.DataFrame):
        return result
    if hasattr(result, "collect_schema") and hasattr(result, "lazy"):  # polars
        return result.lazy().collect().to_pandas()
    for name in ("to_arrow_table", "toArrow"):  # DuckDB, Spark
        if hasattr(result, name):
            return getattr(result, name)().to_pandas()
    return result.to_pandas()
