"""A mutant and the tests that may kill it, and the ledger of what became of mutants."""

import json
import os
import shutil
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import attrs
import hypothesis
import pytest
from forks import Start, child, in_children, leave
from mutants import Mutant, difference, mutated_source
from project_copy import BUILD, ORIGINAL, SOURCE, digest, room
from reached_lines import QUIETLY, Reach, recorded

EQUIVALENT = Path(__file__).with_name("equivalent_mutants.json")
SLOW = 20.0  # seconds of a test that is not asked
FIRST = 8  # tests of the first process; most mutants are dead after it
PATIENCE = (30.0, 3.0)  # seconds, and times those that the tests take


class Killer:
    """A pytest plugin: writes down the first test that fails, without looking for the smallest example."""

    def __init__(self, out: Path) -> None:
        """Where to write."""
        self.out = out

    def pytest_sessionstart(self) -> None:
        """The profile of `tests/conftest.py` without shrinking."""
        phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
        hypothesis.settings.register_profile("mutation", hypothesis.settings(), phases=phases, database=None)
        hypothesis.settings.load_profile("mutation")

    def pytest_collectreport(self, report: Any) -> None:
        """A module that cannot be imported any more is a failure too."""
        self.pytest_runtest_logreport(report)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """The first failure."""
        if report.failed and not self.out.exists():
            self.out.write_text(report.nodeid)


@attrs.frozen
class Trial:
    """A mutant and the tests that may kill it: the first few, then the others, each in a process of its own."""

    mutant: Mutant
    source: str
    mutated: str
    stages: tuple[tuple[str, ...], ...]
    seconds: tuple[float, ...]

    def start(self, tree: Path, stage: int) -> int:
        """Put the fault into `tree`, and the id of the process that tries it."""
        path, killer = tree / self.mutant.file, killer_of(tree)
        path.write_text(self.mutated)
        os.utime(path, (10**9, 10**9))  # no compiled file is as old
        killer.unlink(missing_ok=True)

        def work() -> NoReturn:
            sys.dont_write_bytecode = True
            leave(int(pytest.main([*QUIETLY, "-x", *self.stages[stage]], plugins=[Killer(killer)])))

        return child(tree, work, seconds=PATIENCE[0] + PATIENCE[1] * self.seconds[stage])


def killer_of(tree: Path) -> Path:
    """The file that names the test which failed in a copy."""
    return BUILD / f"{tree.name}.killer"


def trial(mutant: Mutant, tests: Mapping[str, Reach], *, seconds: float, known: str) -> Trial:
    """The tests of a mutant, nearest and quickest first; `known` is one that killed it before."""
    source = (ORIGINAL / mutant.file).read_text()
    texts = {source.splitlines()[line - 1].strip() for line in mutant.lines}

    def sees(test: str) -> bool:
        lines = tests[test].lines.get(mutant.file, frozenset())
        if mutant.in_function:
            return bool(texts & lines)
        return bool(lines) or test.startswith(mirror)

    near = f"/{room(mutant.file)}/"
    mirror = str(Path("tests", Path(mutant.file).relative_to(SOURCE).parent, "test_"))
    order = sorted(
        (test for test, reach in tests.items() if reach.seconds < SLOW and sees(test)),
        key=lambda test: (test != known, near not in test, tests[test].seconds),
    )
    chosen: list[str] = []
    left = seconds
    for test in order:
        left -= tests[test].seconds
        if chosen and left < 0:
            break
        chosen.append(test)
    stages = tuple(tuple(stage) for stage in (chosen[:FIRST], chosen[FIRST:]) if stage) or (("--version",),)
    took = tuple(sum(tests[test].seconds for test in stage if test in tests) for stage in stages)
    return Trial(mutant, source, mutated_source(source, mutant.number), stages, took)


@attrs.frozen
class Ledger:
    """What became of mutants: a line each in a file, of which the last of a mutant holds."""

    path: Path
    lines: dict[tuple[str, str], dict[str, Any]]
    equivalent: frozenset[tuple[str, str, str]]

    @classmethod
    def read(cls, path: Path) -> "Ledger":
        """The ledger of a file, empty if there is none."""
        rows = map(json.loads, path.read_text().splitlines() if path.exists() else ())
        equivalent = frozenset((one["file"], one["was"], one["becomes"]) for one in json.loads(EQUIVALENT.read_text()))
        return cls(path, {(row["file"], row["key"]): row for row in rows}, equivalent)

    def of(self, mutant: Mutant) -> dict[str, Any]:
        """What became of a mutant; empty before it was tried."""
        return self.lines.get((mutant.file, mutant.key), {})

    def stands(self, mutant: Mutant, *, project: str, seconds: float) -> bool:
        """Whether trying a mutant again would not change what became of it."""
        row = self.of(mutant)
        if row.get("source") != digest((ORIGINAL / mutant.file).read_bytes()):
            return False
        return self.fate(mutant) != "survived" or (row["project"], row["seconds"]) == (project, seconds)

    def fate(self, mutant: Mutant) -> str:
        """What became of a mutant, "equivalent" where it survived and has a name."""
        row = self.of(mutant)
        named = (row["file"], row["was"], row["becomes"]) in self.equivalent
        return "equivalent" if row["fate"] == "survived" and named else str(row["fate"])

    def write(self, done: Trial, **known: Any) -> None:
        """A line more."""
        was, becomes = difference(done.source, done.mutated)
        mutant = {"file": done.mutant.file, "key": done.mutant.key, "was": was, "becomes": becomes}
        row = {**mutant, **known, "tests": sum(map(len, done.stages)), "source": digest(done.source.encode())}
        self.lines[done.mutant.file, done.mutant.key] = row
        with self.path.open("a") as lines:
            lines.write(json.dumps(row) + "\n")
        print(f"{row['fate']:9}{row['file']}: {was} -> {becomes}", flush=True)


def tried(drawn: Sequence[Mutant], rooms: Sequence[str], trees: Sequence[Path], *, seconds: float) -> Ledger:
    """What became of each mutant; those of which it is known are not tried again."""
    ledger = Ledger.read(BUILD / "tried.jsonl")
    files = [path for part in ("src", "tests") for path in sorted((ORIGINAL / part).rglob("*.py"))]
    project = digest(*(path.read_bytes() for path in files))
    unknown = [mutant for mutant in drawn if not ledger.stands(mutant, project=project, seconds=seconds)]
    tests = recorded(trees[0], rooms, len(trees)) if unknown else {}

    def first(mutant: Mutant) -> Start:
        def start(slot: int) -> tuple[tuple[Trial, int], int]:
            now = trial(mutant, tests, seconds=seconds, known=ledger.of(mutant).get("killer", ""))
            return (now, 0), now.start(trees[slot], 0)

        return start

    def next_stage(now: Trial, stage: int) -> Start:
        return lambda slot: ((now, stage), now.start(trees[slot], stage))

    queue = deque(first(mutant) for mutant in unknown)
    for (now, stage), slot, status in in_children(queue, len(trees)):
        tree = trees[slot]
        shutil.copy2(ORIGINAL / now.mutant.file, tree / now.mutant.file)
        if status == 0 and stage + 1 < len(now.stages):
            queue.appendleft(next_stage(now, stage + 1))
            continue
        fate = "survived" if status == 0 else "time" if status < 0 else "killed"
        killer = killer_of(tree).read_text() if killer_of(tree).exists() else ""
        ledger.write(now, fate=fate, killer=killer, project=project, seconds=seconds)
    return ledger
