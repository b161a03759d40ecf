"""Laws of threads: calls at once say what calls one by one say, also where they are the first of a process."""

import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

THREADS, EACH, FEW = 20, 4, 5


def test_twenty_threads_say_what_one_says(laws):
    """Law: the same calls from 20 threads at once, each by two of them, give the answers of one by one."""
    names = [name for name in laws.calls if name not in laws.slow]
    usual = {name: laws.usual(name, 1) for name in names}
    shop, start = laws.shop(1), threading.Barrier(THREADS)

    def work(thread):
        start.wait()
        # neighbours ask the same, a little later
        mine = [names[(thread * EACH // 2 + at) % len(names)] for at in range(EACH)]
        return [(name, laws.plain(laws.calls[name](shop))) for name in mine]

    filters = list(warnings.filters)
    with warnings.catch_warnings():  # filters are of the whole process: they are set once, outside of the threads
        warnings.simplefilter("ignore")
        within = list(warnings.filters)
        with ThreadPoolExecutor(THREADS) as pool:
            told = [each for of_thread in pool.map(work, range(THREADS)) for each in of_thread]
        assert warnings.filters == within
    assert warnings.filters == filters
    assert {name for name, _ in told} == set(names)
    for name, answer in told:
        assert laws.differences({**answer, "warnings": usual[name]["warnings"]}, usual[name]) == [], name


@pytest.mark.parametrize("name", ["MBGNBD", "scores", "draws", "career", "ladder steps"])
@pytest.mark.filterwarnings("ignore::kundkarriar.DataWarning")
def test_threads_share_one_object(laws, name):
    """Law: 5 threads that ask one object at once, all of its answers for the first time, get what one gets."""
    shop, start = laws.shop(1), threading.Barrier(FEW)
    usual = {key: each for key, each in laws.usual(name, 1).items() if key not in {"made", "warnings"}}
    made = laws.calls[name].make(shop)

    def work(_):
        start.wait()
        return laws.plain(laws.calls[name].ask(made, shop))

    with ThreadPoolExecutor(FEW) as pool:
        for answer in pool.map(work, range(FEW)):
            assert laws.differences(usual, answer) == []


FIRST = """
import sys, threading
import kundkarriar as kk
names = [name for name in kk.__all__ if not name.startswith("__")]
start, found, failed = threading.Barrier(20), [], []
sys.setswitchinterval(1e-5)

def work(thread):
    start.wait()
    try:
        mine = [(name, id(getattr(kk, name))) for name in names[thread:] + names[:thread]]
        mine += [("fit", str(fitted()))]
        found.append(dict(mine))
    except BaseException as error:
        failed.append(repr(error))

def fitted():
    orders = kk.testing.make_transactions(customers=60, seed=1)
    return kk.NBD().fit(kk.summarize(orders, as_of="1998-06-30")).params

threads = [threading.Thread(target=work, args=(k,)) for k in range(20)]
[each.start() for each in threads]
[each.join() for each in threads]
assert not failed, failed
assert len(found) == 20 and all(each == found[0] for each in found)
"""


def test_the_first_use_may_come_from_twenty_threads(laws):
    """Law: all public names, first asked for by 20 threads of a fresh process, load once and work."""
    laws.run(FIRST)
