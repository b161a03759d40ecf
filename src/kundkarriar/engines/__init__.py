"""Lazy frames of polars, DuckDB and Spark: blocks of rows, functions on blocks, and results that are kept."""
