"""Laws of the process: no files, sockets or other programs, no growing memory, no warning on the ordinary way."""

import gc
import re
import tracemalloc
import warnings
from pathlib import Path

import pytest

import kundkarriar as kk

README = Path(__file__).parents[2] / "README.md"
REPEATS = 3
QUIET = """
import io, sys, warnings
import kundkarriar as kk

def whole_way():
    orders = kk.testing.make_transactions(customers=80, seed=1, start="2023-06-01", until="2025-12-31", returns=0.05)
    known = kk.transactions(orders, customer_id="customer_id", date="date", amount="amount", vat="excluded",
        currency="SEK")
    kk.data_report(orders)
    scorer = kk.ValueScorer(margin=0.3, discount_rate=0.1, horizon="12M")
    career = kk.CustomerCareer(scorer=scorer).fit(known, as_of="2025-06-30", seed=1, draws=10)
    frames = career.report()
    kk.Backtest(scorer=scorer, origins=1, horizon="3M", draws=4).run(known).totals()
    effect = kk.Effect(on="value", mean=3, low=1, high=5, evidence="assumed", relative_to="no letter")
    letter = kk.Action(name="letter", objective="grow", lever="information", cost=1, hours=0.1, effect=effect)
    budget = kk.Budget(money=20, hours=100, period="2026")
    plan = career.plan(actions=[letter], budget=budget, start="2026-01-01")
    plan.summary(), plan.checks(), plan.worklist(week="2026-W02", hours=1), plan.explain(1)
    summary = kk.summarize(known, as_of="2025-06-30", regularity=True)
    for spec in (kk.BGNBD(), kk.NBD(), kk.ParetoNBD(), kk.MBGCNBD(k=2), kk.CustomerGroups(starts=1)):
        fitted = spec.fit(summary)
        type(fitted).from_dict(fitted.to_dict())
        fitted.predict(summary, horizon=4) if hasattr(fitted, "predict") else fitted.assign(summary)
    careers = kk.CustomerLadder.groups().careers(known, as_of="2025-06-30")
    kk.ChainMixture(chains=2, mass=10, starts=1).fit(careers).forecast(careers, horizon="2M")
    kk.HiddenLadder(states=2, starts=1).fit(careers).forecast(careers, horizon="2M")
    kk.FittedCareer.from_dict(career.to_dict()), kk.Plan.from_dict(plan.to_dict())
    try:
        kk.summarize(orders.assign(date="nonsense"), as_of="2025-06-30")
    except kk.DataError as error:
        str(error)

OUTSIDE = (
    "open", "os.", "shutil.", "tempfile.", "glob.", "socket.", "subprocess.", "pickle.", "exec", "compile", "import",
    "ctypes.dlopen", "marshal.", "urllib.", "http.", "webbrowser.", "sqlite3.", "code.__new__", "builtins.input",
)
seen = []
"""
AUDITED = (
    QUIET
    + """
warnings.simplefilter("ignore")
whole_way()
watching = True
sys.addaudithook(lambda event, given: watching and event.startswith(OUTSIDE) and seen.append((event, str(given)[:200])))
whole_way()
watching = False
assert not seen, "\\n".join(map(str, dict.fromkeys(seen)))
"""
)


def test_nothing_outside_is_touched(laws):
    """Law: after a warm-up call no file is opened, nothing sent, started, imported, compiled, executed or pickled."""
    laws.run(AUDITED)


CATCHES = (
    QUIET
    + """
watching = True
sys.addaudithook(lambda event, given: watching and event.startswith(OUTSIDE) and seen.append(event))
open(__import__("os").devnull).close()
exec("1")
__import__("pickle").loads(__import__("pickle").dumps(print))
__import__("socket").socket().close()
watching = False
assert {"open", "exec", "pickle.find_class", "socket.__new__"} <= set(seen), seen
"""
)


def test_the_watch_would_see_it(laws):
    """So that the law above can fail."""
    laws.run(CATCHES)


def test_the_ordinary_way_gives_no_warning(laws):
    """Law: with every warning an error, the fifteen lines of the README run, on CDNOW's sample; their plan too."""
    lines = re.search(r"## Fifteen lines\n\n```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)[1]
    assert len(lines.splitlines()) > 10
    small = lines.replace("load_cdnow()", "load_cdnow(sample=True)").replace('"10703"', "4")
    assert small.count("sample=True") == 1
    laws.run(small)


@pytest.mark.parametrize("name", ["tables", "MBGNBD", "chains", "groups", "draws", "career"])
@pytest.mark.filterwarnings("ignore::kundkarriar.DataWarning")
def test_memory_is_flat(laws, name):
    """Law: repeated calls keep nothing of 400 customers: after a warm-up each leaves less than five of their columns.

    pandas keeps weak references to views for a while, some 5 kB for each call.
    """

    def once():
        laws.calls[name](laws.make_shop(1, 400))
        gc.collect()

    once()
    tracemalloc.start()
    try:
        once()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(REPEATS):
            once()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < REPEATS * 16_000


def test_warnings_do_not_pile_up(laws):
    """Law: a call that warns leaves the filters as they were, and warns again when it is called again."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        filters = list(warnings.filters)
        for _ in range(2):
            kk.summarize(laws.shop(1)["orders"], as_of="2026-06-30", burn_in="3M")
        assert warnings.filters == filters
    told = [str(each.message) for each in caught]
    assert told
    assert told[: len(told) // 2] == told[len(told) // 2 :]
