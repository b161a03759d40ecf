"""Mutation testing: small faults put into the source one at a time, and which of them no test notices.

make mutation
python benchmarks/mutation/mutation.py [numerics models ...] [--size 300] [--seed 11] [--processes 1] [--seconds 30]

A seeded sample of `--size` mutants is drawn from numerics, and another from models, ladder, scoring, classes and
strategy together; `mutants.py` says what a mutant is. Each is tried by the tests that see it, in a copy of the project:

- every test file and all doctests are run once under coverage, which tells the lines that each test reaches, by its
  own hands or by a fixture that it shares, and how long it takes;
- a mutant in a function is tried by the tests that reach its line, those of its own room first and the quick before
  the slow, up to `--seconds` of them; one outside functions by those that reach anything of its file, and those of
  the folder that mirrors its own;
- a process that runs on is stopped at half a minute of a processor and three times what the tests took; the mutant is
  counted as killed by time.

What is found is kept in build/mutation, so a command that was interrupted goes on, and only what a change could alter
is tried again: survivors when a test or the source has changed, killed mutants when their file has. Survivors that
nothing could kill are named in `equivalent_mutants.json`, with the reason: they leave the count, and are tried again
only when their file has changed.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import attrs
import mutants
from mutants import Mutant
from project_copy import BUILD, ORIGINAL, ROOMS, SOURCE, copied, digest, room
from trials import Ledger, tried

SAMPLES = {"numerics": ROOMS[:1], "elsewhere": ROOMS[1:]}


def sample(rooms: Sequence[str], *, size: int, seed: int) -> list[Mutant]:
    """The mutants that the seed draws from all of `rooms`."""
    files = [path for name in rooms for path in sorted((ORIGINAL / SOURCE / name).rglob("*.py"))]
    every = [mutant for path in files for mutant in all_of(path)]
    print(f"{len(every)} mutants in {', '.join(rooms)}", flush=True)
    return sorted(every, key=lambda mutant: mutant.rank(seed))[:size]


def all_of(path: Path) -> list[Mutant]:
    """All mutants of a file, kept until it changes."""
    file = str(path.relative_to(ORIGINAL))
    kept = BUILD / "mutants" / f"{digest(file.encode(), path.read_bytes(), Path(mutants.__file__).read_bytes())}.json"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps([attrs.asdict(mutant) for mutant in mutants.of_file(path, root=ORIGINAL)]))
    return [Mutant(**one | {"lines": tuple(one["lines"])}) for one in json.loads(kept.read_text())]


def report(name: str, drawn: Sequence[Mutant], ledger: Ledger) -> None:
    """The survivors, and the share killed room by room."""
    fates: dict[str, Counter[str]] = defaultdict(Counter)
    for mutant in drawn:
        row, fate = ledger.of(mutant), ledger.fate(mutant)
        fates[room(mutant.file)][fate] += 1
        if fate == "survived":
            print(f"\n{row['file']}, {row['tests']} tests\n- {row['was']}\n+ {row['becomes']}")
    heads = ("mutants", "killed", "by time", "survived", "equivalent")
    print(f"\n{name:12}" + "".join(f"{head:>12}" for head in heads) + "   killed of those not equivalent")
    for place, of in (*sorted(fates.items()), ("all", sum(fates.values(), Counter[str]()))):
        noticed, others = of["killed"] + of["time"], of.total() - of["equivalent"]
        numbers = (of.total(), of["killed"], of["time"], of["survived"], of["equivalent"])
        print(f"{place:12}" + "".join(f"{number:12}" for number in numbers) + f"{noticed / max(others, 1):12.1%}")


def main() -> None:
    """Draw, try, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rooms", nargs="*", help="draw from these alone, in one sample")
    parser.add_argument("--size", type=int, default=300)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=30.0, help="of tests, at most, for one mutant")
    asked = parser.parse_args()
    samples = {"asked": tuple(asked.rooms)} if asked.rooms else SAMPLES
    BUILD.mkdir(parents=True, exist_ok=True)
    copied(ORIGINAL.name)
    trees = [copied(f"tree{slot}") for slot in range(asked.processes)]
    for name, rooms in samples.items():
        drawn = sample(rooms, size=asked.size, seed=asked.seed)
        report(name, drawn, tried(drawn, rooms, trees, seconds=asked.seconds))


if __name__ == "__main__":
    main()
