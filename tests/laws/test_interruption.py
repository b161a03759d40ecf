"""Law of interruption: what ends in the middle leaves nothing behind."""

import locale
import os
import random
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import kundkarriar as kk

LIBRARY = str(Path(kk.__file__).parent)


class Interrupter:
    """Trace function that counts calls of the library's functions, and interrupts the one of number `at`."""

    def __init__(self, at=None):
        self.at, self.seen = at, 0

    def __call__(self, frame, event, _):
        if event == "call" and frame.f_code.co_filename.startswith(LIBRARY):
            self.seen += 1
            if self.seen == self.at:
                raise KeyboardInterrupt


def traced(interrupter, call, shop):
    before = sys.gettrace()
    sys.settrace(interrupter)
    try:
        call(shop)
    finally:
        sys.settrace(before)


def state_of_the_process():
    """What a call could change for everyone."""
    options = {name: pd.get_option(name) for name in ("display.max_rows", "display.precision")}
    return {
        "warnings": list(warnings.filters),
        "errors": np.geterr(),
        "print": str(np.get_printoptions()),
        "random": random.getstate(),
        "numpy": str(np.random.get_state()),  # noqa: NPY002
        "locale": locale.setlocale(locale.LC_ALL),
        "pandas": str(options),
        "place": os.getcwd(),  # noqa: PTH109
        "environment": dict(os.environ),
        "recursion": sys.getrecursionlimit(),
    }


AT_FIRST = state_of_the_process()
"""Before any call, apart from what pytest and Hypothesis set for each test."""
OF_EACH_TEST = {"warnings", "random", "numpy", "environment", "recursion"}


@settings(max_examples=1)
@given(share=st.floats(0.05, 0.95))
@example(share=0.5)
@pytest.mark.filterwarnings("ignore")
def test_an_interrupted_call_leaves_nothing_behind(quick, laws, share):
    """Law: after a KeyboardInterrupt anywhere in a call, process and frames are as before, and it answers as ever."""
    usual, call = laws.usual(quick, 1), laws.calls[quick]
    counter = laws.keep(("calls", quick), Interrupter)
    shop = {name: frame.copy() for name, frame in laws.shop(1).items()}
    if not counter.seen:
        traced(counter, call, shop)
    before = state_of_the_process()
    with pytest.raises(KeyboardInterrupt):
        traced(Interrupter(max(int(share * counter.seen), 1)), call, shop)
    after = state_of_the_process()
    assert after == before
    assert {name for name in after if after[name] != AT_FIRST[name]} <= OF_EACH_TEST
    for name, frame in laws.shop(1).items():
        pd.testing.assert_frame_equal(shop[name], frame)
    assert laws.differences(usual, laws.answers(quick, shop)) == []


def test_a_model_that_raises_leaves_nothing_behind(laws):
    """Law: an error inside a user's own model comes through as it is, and the next call answers as ever."""

    class Broken:
        def fit(self, summary):  # noqa: ARG002 - the protocol
            raise ZeroDivisionError("mine")

    usual, orders = laws.usual("scores", 1), laws.shop(1)["orders"]
    scorer = kk.ValueScorer(purchases=Broken(), margin=0.3, discount_rate=0.1, horizon="12M")
    summary = kk.summarize(orders, as_of="2025-06-30")
    for _ in range(2):  # scipy sets filters when parts of it are first imported
        before = state_of_the_process()
        refused(scorer, summary, orders)
    assert state_of_the_process() == before
    assert laws.differences(usual, laws.answers("scores", laws.shop(1))) == []


def refused(scorer, summary, orders):
    """Every way on which a scorer is fitted ends with the model's own error."""
    for call in (
        lambda: scorer.fit(summary),
        lambda: kk.CustomerCareer(scorer=scorer).fit(orders, as_of="2025-06-30", seed=1),
        lambda: kk.backtest(scorer, orders, horizon="3M"),
    ):
        with pytest.raises(ZeroDivisionError, match="mine"):
            call()
