"""What each test reaches, and how long it takes: which tests can notice that a line is wrong."""

import json
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import attrs
import coverage
import hypothesis
import pytest
from forks import Start, child, in_children, leave
from project_copy import BUILD, ROOMS, SOURCE, digest, room

QUIETLY = ("-q", "--tb=short", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")
EXAMPLES = 5
SECONDS = 1200.0  # of a processor, for a file of tests
SEEN_BY = {"numerics": ROOMS[1:]}  # whose tests are asked too


@attrs.frozen
class Reach:
    """Seconds of a processor that a test takes, and the lines that it runs: their texts, file by file."""

    seconds: float
    lines: dict[str, frozenset[str]]


class Recorder:
    """A pytest plugin: lines and seconds of each test, told apart from those of fixtures that tests share."""

    def __init__(self, tree: Path) -> None:
        """Look at the files of a copy of the project."""
        self.tree = tree
        self.coverage = coverage.Coverage(source=[str(tree / SOURCE)], data_file=None, config_file=False)
        self.seconds: dict[str, float] = {}
        self.times: dict[str, float] = {}
        self.fixtures: dict[str, list[str]] = {}
        self.failed: set[str] = set()

    def pytest_collection_modifyitems(self, items: Sequence[Any]) -> None:
        """A few examples of a property reach what all of them reach."""
        for item in items:
            asked = getattr(getattr(item, "obj", None), "_hypothesis_internal_use_settings", None)
            if asked is not None and asked.max_examples > EXAMPLES:
                self.times[item.nodeid] = asked.max_examples / EXAMPLES
                fewer = hypothesis.settings(asked, max_examples=EXAMPLES)
                item.obj._hypothesis_internal_use_settings = fewer  # noqa: SLF001 - no public place

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: Any) -> Any:
        """What runs from here on is this test's."""
        self.coverage.switch_context(item.nodeid)
        before = time.process_time()
        try:
            return (yield)
        finally:
            self.seconds[item.nodeid] = (time.process_time() - before) * self.times.get(item.nodeid, 1.0)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Any:
        """What a shared fixture reaches is reached by every test that asks for it."""
        if fixturedef.scope == "function":
            return (yield)
        self.coverage.switch_context(f"fixture {fixturedef.argname}")
        try:
            return (yield)
        finally:
            self.coverage.switch_context(request._pyfuncitem.nodeid)  # noqa: SLF001 - public for functions only

    def pytest_runtest_setup(self, item: Any) -> None:
        """The fixtures of this test, also those that fixtures ask for."""
        self.fixtures[item.nodeid] = list(getattr(item, "fixturenames", ()))

    def pytest_runtest_logreport(self, report: Any) -> None:
        """A test that does not pass here is of no use."""
        if report.outcome != "passed":
            self.failed.add(report.nodeid)

    def found(self) -> dict[str, Any]:
        """Of each passed test what it reaches, to be written."""
        data = self.coverage.get_data()
        reached: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for path in data.measured_files():
            file = str(Path(path).relative_to(self.tree))
            if room(file) in ROOMS:
                source = Path(path).read_text().splitlines()
                for number, contexts in data.contexts_by_lineno(path).items():
                    for context in contexts:
                        reached[context][file].add(source[number - 1].strip())
        tests = {}
        for test in self.seconds.keys() - self.failed:
            lines: dict[str, set[str]] = defaultdict(set)
            for context in (test, *(f"fixture {name}" for name in self.fixtures.get(test, ()))):
                for file, texts in reached.get(context, {}).items():
                    lines[file] |= texts
            tests[test] = {
                "seconds": self.seconds[test],
                "lines": {file: sorted(texts) for file, texts in lines.items()},
            }
        return tests


def record(tree: Path, files: Sequence[str], out: Path) -> NoReturn:
    """Run tests and write what they reach; this is the last that the process does."""
    recorder = Recorder(tree)
    recorder.coverage.start()
    pytest.main([*QUIETLY, *files], plugins=[recorder])
    recorder.coverage.stop()
    out.write_text(json.dumps(recorder.found()))
    leave(0)


def recorded(tree: Path, rooms: Sequence[str], processes: int) -> dict[str, Reach]:
    """What the tests of some rooms reach: test files are run one by one, doctests a folder at once, when they change.

    A line is known by its text, so that what was recorded stays true when lines are put above it.
    """
    folder = BUILD / "reached"
    folder.mkdir(parents=True, exist_ok=True)
    together: dict[str, list[str]] = defaultdict(list)
    for file in test_files(tree, rooms):
        together[file if file.startswith("tests") else str(Path(file).parent)].append(file)
    outs = {
        name: folder / f"{digest(name.encode(), *((tree / file).read_bytes() for file in files))}.json"
        for name, files in together.items()
    }
    missing = [name for name, out in outs.items() if not out.exists()]

    def started(number: int, name: str) -> Start:
        def start(_: int) -> tuple[str, int]:
            print(f"reached by {name} ({number} of {len(missing)})", flush=True)
            return name, child(tree, lambda: record(tree, together[name], outs[name]), seconds=SECONDS)

        return start

    for name, _, _ in in_children(deque(started(number, name) for number, name in enumerate(missing, 1)), processes):
        if not outs[name].exists():
            print(f"{name}: could not be run", flush=True)
    return {
        test: Reach(one["seconds"], {file: frozenset(texts) for file, texts in one["lines"].items()})
        for out in outs.values()
        if out.exists()
        for test, one in json.loads(out.read_text()).items()
    }


def test_files(tree: Path, rooms: Sequence[str]) -> list[str]:
    """Test files, and source files with doctests, of the rooms and of those whose tests are asked too."""
    asked = [wider for name in rooms for wider in (name, *SEEN_BY.get(name, ()))]
    files = {path for name in asked for path in (tree / "tests" / name).glob("**/test_*.py")}
    sources = {path for name in asked for path in (tree / SOURCE / name).rglob("*.py")}
    files |= {path for path in sources if ">>> " in path.read_text()}
    return sorted(str(path.relative_to(tree)) for path in files)
