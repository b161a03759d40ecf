"""Processes forked from this one: what takes long to import is imported once, and what is tested is not."""

import os
import resource
import signal
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

import hypothesis.strategies
import mpmath
import narwhals
import pandas as pd
import scipy.integrate
import scipy.optimize
import scipy.stats
from project_copy import BUILD

PRELOADED = (pd, narwhals, mpmath, scipy.integrate, scipy.optimize, scipy.stats, hypothesis.strategies)
MEMORY = 8 * 2**30
WAITING = 1800  # seconds; a process that waits uses no processor, and has no other end
BROKEN = 70  # status of a process that raised

Start = Callable[[int], tuple[Any, int]]  # starts a work in a slot, gives what it is and its process


def child(tree: Path, work: Callable[[], NoReturn], *, seconds: float) -> int:
    """The id of a process that works in `tree`, for so many seconds of a processor."""
    pid = os.fork()
    if pid:
        return pid
    try:
        log = os.open(BUILD / f"{tree.name}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 5))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        os.chdir(tree)
        sys.path.insert(0, str(tree / "src"))
        os.environ["PYTHONPATH"] = str(tree / "src")
        work()
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        leave(BROKEN)


def leave(status: int) -> NoReturn:
    """End a forked process, and leave to its parent what the parent has to tidy."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def in_children(queue: deque[Start], processes: int) -> Iterator[tuple[Any, int, int]]:
    """Start what is queued, each in a free slot; give each with its slot and status, below 0 for a signal."""
    running: dict[int, tuple[Any, int, float]] = {}
    free = list(range(processes))
    while queue or running:
        while queue and free:
            slot = free.pop()
            what, pid = queue.popleft()(slot)
            running[pid] = (what, slot, time.monotonic())
        for pid in list(running):
            what, slot, since = running[pid]
            done, status = os.waitpid(pid, os.WNOHANG)
            if not done and time.monotonic() - since > WAITING:
                os.kill(pid, signal.SIGKILL)
                done, status = os.waitpid(pid, 0)
            if done:
                del running[pid]
                yield what, slot, os.waitstatus_to_exitcode(status)
                free.append(slot)
        time.sleep(0.02)
