"""Bars of progress, and work that is interrupted."""

import sys
import threading
import types

import pandas as pd
import pytest

from kundkarriar.engines import progress
from kundkarriar.engines.engine import engine_of
from kundkarriar.threads import in_threads

ROWS = pd.DataFrame({"customer_id": range(60), "amount": 1.0})


class Bar:
    """A bar that remembers what it was told."""

    made = ()

    def __init__(self, **settings):
        self.settings, self.done, self.closed = settings, 0, False
        Bar.made.append(self)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closed = True

    def update(self, number):
        self.done += number


@pytest.fixture
def bars(monkeypatch):
    """The bars that are made where somebody looks."""
    module = types.ModuleType("tqdm")
    module.tqdm, module.__spec__ = Bar, types.SimpleNamespace()
    monkeypatch.setitem(sys.modules, "tqdm", module)
    monkeypatch.setattr(progress, "_seen", lambda: True)
    monkeypatch.setattr(Bar, "made", [])
    return Bar.made


def test_a_bar_counts_items(bars):
    """Contract: the bar knows the number of items, counts each when its work is done, and waits three seconds."""
    for number, _ in enumerate(progress.told(range(4), of="blocks")):
        assert bars[0].done == number
    assert (bars[0].done, bars[0].closed) == (4, True)
    assert bars[0].settings == {"total": 4, "desc": "kundkarriar: blocks", "delay": 3.0, "leave": False}


def test_a_bar_closes_where_work_is_interrupted(bars):
    """Contract: no bar stays where work ends in the middle."""
    items = progress.told(range(4), of="blocks")
    next(items)
    with pytest.raises(KeyboardInterrupt):
        items.throw(KeyboardInterrupt)
    assert bars[0].closed


def test_no_bar_for_a_single_item(bars):
    """Contract: a single block has no bar."""
    assert [list(progress.told([1], of="blocks")), bars] == [[1], []]


def test_no_bar_where_nobody_looks(bars, monkeypatch):
    """Contract: output that goes to no terminal and no notebook has no bar; nor is one without tqdm."""
    monkeypatch.setattr(progress, "_seen", lambda: False)
    assert [list(progress.told(range(4), of="blocks")), bars] == [[0, 1, 2, 3], []]
    monkeypatch.setattr(progress, "_seen", lambda: True)
    monkeypatch.setattr(progress, "find_spec", lambda _: None)
    assert [list(progress.told(range(4), of="blocks")), bars] == [[0, 1, 2, 3], []]


def test_interrupted_threads_end(bars):
    """Law: where work on threads is interrupted, no thread goes on, and what waits is not begun."""
    before, begun, go = threading.active_count(), [], threading.Event()

    def work(item):
        begun.append(item)
        go.wait(5)
        return item

    def items():
        yield from range(2)
        go.set()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(in_threads(work, items(), of="items"))
    assert (threading.active_count(), set(begun) <= {0, 1}, bars[0].closed) == (before, True, True)


@pytest.mark.parametrize("way", ["mapped", "mapped_by"])
def test_interrupted_blocks_leave_no_table(to_engine, way, monkeypatch):
    """Law: what DuckDB has of an interrupted result is dropped."""
    pytest.importorskip("duckdb", reason="duckdb is not installed")
    given = to_engine("duckdb", ROWS)
    engine, frame = engine_of(given)
    monkeypatch.setattr("kundkarriar.engines.duckdb_engine.BLOCK_ROWS", 20)
    blocks = []

    def function(block):
        blocks.append(block)
        if len(blocks) == 2:
            raise KeyboardInterrupt
        return block

    before = sorted(given.query("rows", "show tables").fetchall())
    more = {"by": "customer_id", "blocks": 3} if way == "mapped_by" else {}
    with pytest.raises(KeyboardInterrupt):
        getattr(engine, way)(frame, function, **more)
    assert sorted(given.query("rows", "show tables").fetchall()) == before
