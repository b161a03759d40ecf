"""The rules that hold the code together, read from the code itself.

Each rule is a function from a source tree to the places that break it; each is run on the library, and on a
small tree that breaks it, because a rule that cannot fail protects nothing.
"""

from __future__ import annotations

import ast
import graphlib
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

import kundkarriar

SOURCE = Path(kundkarriar.__file__).parent

FLOORS = {
    "arguments": 0, "arrays": 0, "customer_codes": 0, "customer_ids": 0, "engines": 0, "errors": 0, "fields": 0,
    "foreign_objects": 0, "frames": 0, "id_kinds": 0, "stored": 0, "stored_forms": 0, "threads": 0,
    "rules": 1,
    "numerics": 2,
    "dates": 3,
    "effects": 4, "history": 4,
    "experiments": 5, "season": 5,
    "orders": 6, "summaries": 6,
    "models": 7,
    "scoring": 8,
    "classes": 9,
    "ladder": 10,
    "strategy": 11,
    "career": 12, "products": 12,
}  # fmt: skip
# They may look at every floor, and no floor looks at them.
BESIDE = {"datasets", "plots", "testing"}
FRAME_LIBRARIES = {"pandas", "polars", "narwhals", "pyarrow", "duckdb"}
GRAB_BAGS = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "shared"}
LONGEST = 400
USUAL = 110
MOST_FILES = 14
# Protocols have no example of their own: what fulfils one is shown, and checked, by kk.testing.
PROTOCOLS = "models/interface/protocols.py"


def files(root):
    return sorted(root.rglob("*.py"))


def tree(file):
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def at(root, file, line):
    return f"{root.name}/{file.relative_to(root)}:{line}"


def imports(file):
    """(line, dotted module, names) of every import anywhere in the file, `if TYPE_CHECKING` too."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or ""), tuple(a.name for a in node.names)


def own_imports(file):
    """(line, top-level part of kundkarriar) of every import of the package's own."""
    for line, module, names in imports(file):
        parts = module.split(".")
        if module.startswith("."):
            yield line, "."
        elif parts[0] == "kundkarriar":
            for part in parts[1:2] or names or ("",):
                yield line, part


def not_down(root):
    """Imports that do not go to a lower floor, or stay on their own.

    Rooms of one floor do not import each other either: a class is about money and a rung about history, and neither
    may come to depend on the other. The files of the ground may: they are one floor of single files.
    """
    for file in files(root):
        here = file.relative_to(root).parts[0].removesuffix(".py")
        if here == "__init__" or here in BESIDE:
            continue
        if here not in FLOORS:
            yield f"{at(root, file, 1)} stands on no floor: name it in FLOORS"
            continue
        for line, part in own_imports(file):
            if part in BESIDE or part not in FLOORS:
                yield f"{at(root, file, line)} imports `{part or 'the whole package'}`, which is no floor"
            elif FLOORS[part] > FLOORS[here]:
                yield f"{at(root, file, line)} imports up: `{here}` is floor {FLOORS[here]}, `{part}` {FLOORS[part]}"
            elif FLOORS[part] == FLOORS[here] > 0 and part != here:
                yield f"{at(root, file, line)} imports sideways: `{here}` and `{part}` share floor {FLOORS[here]}"


def frames_in_numerics(root):
    """Frame libraries, and the frame boundary, where only arrays belong."""
    for file in files(root / "numerics"):
        for line, module, names in imports(file):
            parts = module.split(".")
            boundary = "kundkarriar" in parts and "frames" in (*parts, *names)
            if parts[0] in FRAME_LIBRARIES or boundary:
                yield f"{at(root, file, line)} imports `{module}`: numerics/ takes and gives arrays"


def second_lifetimes(root):
    """More than one file that imports lifetimes."""
    found = {}
    for file in files(root):
        for line, module, _ in imports(file):
            if module.split(".")[0] == "lifetimes":
                found.setdefault(file, line)
    if len(found) > 1:
        yield from (f"{at(root, file, line)} imports lifetimes: one file may" for file, line in found.items())


def too_long(root):
    for file in files(root):
        lines = len(file.read_text(encoding="utf-8").splitlines())
        if lines > LONGEST:
            yield f"{at(root, file, lines)} has {lines} lines, {LONGEST} are the wall: split it by its nouns"


def grab_bags(root):
    for path in sorted(root.rglob("*")):
        if path.stem.strip("_") in GRAB_BAGS and (path.is_dir() or path.suffix == ".py"):
            yield f"{root.name}/{path.relative_to(root)} is named after nothing: name it after what it defines"


def prints(root):
    for file in files(root):
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                yield f"{at(root, file, node.lineno)} prints: return it, or raise it"


def clocks(root):
    """Calls that read the clock: every date is an argument."""
    for file in files(root):
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.Attribute) and node.attr in {"now", "today", "utcnow"}:
                yield f"{at(root, file, node.lineno)} reads the clock (`.{node.attr}`): take as_of"


def undocumented(root):
    """Public names without a docstring, or without an example that runs."""
    for name, module in sorted(lazy_names(root).items()):
        file = root / (module.replace(".", "/") + ".py")
        if not file.exists():
            yield f"{root.name}/__init__.pyi names `{name}`, but {module.replace('.', '/')}.py is not there"
            continue
        found = [
            node for node in tree(file).body if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name
        ]
        if not found:
            yield f"{at(root, file, 1)} does not define `{name}`"
            continue
        yield from missing_words(root, file, found[0])


def undocumented_beside(root):
    """The same for what `kundkarriar.plots`, `.testing` and `.datasets` offer."""
    for folder in ("plots", "testing"):
        for _, module, names in imports(root / folder / "__init__.py"):
            file = root.joinpath(*module.split(".")[1:]).with_suffix(".py")
            for node in tree(file).body:
                if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name in names:
                    yield from missing_words(root, file, node)
    for node in tree(root / "datasets.py").body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield from missing_words(root, root / "datasets.py", node)


def missing_words(root, file, node):
    words = ast.get_docstring(node) or ""
    methods = [part for part in ast.walk(node) if isinstance(part, ast.FunctionDef)]
    examples = [words, *(ast.get_docstring(method) or "" for method in methods)]
    if not words:
        yield f"{at(root, file, node.lineno)} `{node.name}` has no docstring"
    elif str(file.relative_to(root)) != PROTOCOLS and not any(">>>" in text for text in examples):
        yield f"{at(root, file, node.lineno)} `{node.name}` has no example (`>>>`)"


def lazy_names(root):
    """Name to module, as the stub of the package says; modules that are public themselves are left out."""
    stub = root / "__init__.pyi"
    statements = tree(stub).body if stub.exists() else []
    return {
        alias.name: node.module
        for node in statements
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


def rooms_named_like_functions(root):
    """Top-level rooms with the name of a public function: importing the room would put it in the function's place."""
    public = lazy_names(root)
    for path in sorted(root.iterdir()):
        if path.stem in public:
            yield f"{root.name}/{path.name} has the name of the public `{path.stem}`: name the room otherwise"


def modules_imported(root, file):
    """Modules of the package that the file imports, whether the module itself or something out of it."""
    for _, module, names in imports(file):
        first, *rest = module.split(".")
        for name in names if first == root.name else ():
            found = next((m for m in ([*rest, name], rest) if root.joinpath(*m).with_suffix(".py").exists()), None)
            if found:
                yield ".".join(found)


def circles(root):
    """Files that import each other in a ring, also inside functions and for types only."""
    imported = {
        str(file.relative_to(root).with_suffix("")).replace("/", "."): set(modules_imported(root, file))
        for file in files(root)
    }
    sorter = graphlib.TopologicalSorter({module: sorted(imported[module]) for module in sorted(imported)})
    try:
        sorter.prepare()
    except graphlib.CycleError as ring:
        yield " <- ".join(ring.args[1]) + ": a ring of imports; what both need belongs in a file of its own"


def too_full(root):
    for folder in sorted({file.parent for file in files(root)}):
        number = len(list(folder.glob("*.py")))
        if number > MOST_FILES:
            yield f"{root.name}/{folder.relative_to(root)} has {number} files, {MOST_FILES} are the most: give it rooms"


def too_long_in_the_median(root):
    lengths = [len(file.read_text(encoding="utf-8").splitlines()) for file in files(root) if file.stem != "__init__"]
    if lengths and (median := statistics.median(lengths)) > USUAL:
        yield f"{root.name}/: half of the files have more than {median:.0f} lines, {USUAL} are usual"


RULES = [
    not_down, circles, frames_in_numerics, second_lifetimes, too_long, too_long_in_the_median, too_full, grab_bags,
    prints, clocks, undocumented, undocumented_beside, rooms_named_like_functions,
]  # fmt: skip


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule(rule):
    broken = list(rule(SOURCE))
    assert not broken, "\n" + "\n".join(broken)


BREAKS = {
    "not_down up": (not_down, {"history/split.py": "from kundkarriar.scoring.costs import Costs\n"}),
    "not_down up for types": (
        not_down,
        {"numerics/nbd.py": "if TYPE_CHECKING:\n    from kundkarriar.models import nbd\n"},
    ),
    "not_down in a function": (not_down, {"frames.py": "def f():\n    import kundkarriar.rules\n"}),
    "not_down sideways": (not_down, {"orders/a.py": "from kundkarriar.summaries.summarize import summarize\n"}),
    "not_down whole package": (not_down, {"career/bridge.py": "import kundkarriar as kk\n"}),
    "not_down beside": (not_down, {"career/bridge.py": "from kundkarriar import plots\n"}),
    "not_down relative": (not_down, {"career/bridge.py": "from .classes import grid\n"}),
    "not_down no floor": (not_down, {"attic/chest.py": ""}),
    "frames_in_numerics": (frames_in_numerics, {"numerics/nbd.py": "import pandas as pd\n"}),
    "frames_in_numerics ours": (
        frames_in_numerics,
        {"numerics/nbd.py": "from kundkarriar.frames import narrow\n"},
    ),
    "second_lifetimes": (
        second_lifetimes,
        {"models/a.py": "import lifetimes\n", "models/b.py": "from lifetimes.utils import x\n"},
    ),
    "too_long": (too_long, {"career/bridge.py": "x = 1\n" * 401}),
    "grab_bags": (grab_bags, {"history/_utils.py": ""}),
    "grab_bags folder": (grab_bags, {"common/dates.py": ""}),
    "prints": (prints, {"career/bridge.py": "def f():\n    print('x')\n"}),
    "clocks": (clocks, {"career/bridge.py": "from datetime import date\nday = date.today()\n"}),
    "undocumented": (
        undocumented,
        {"__init__.pyi": "from .career import Career as Career\n", "career.py": "class Career:\n    pass\n"},
    ),
    "undocumented no example": (
        undocumented,
        {"__init__.pyi": "from .career import f as f\n", "career.py": 'def f():\n    """Words."""\n'},
    ),
    "undocumented not there": (undocumented, {"__init__.pyi": "from .career import Career as Career\n"}),
    "undocumented elsewhere": (
        undocumented,
        {"__init__.pyi": "from .career import Career as Career\n", "career.py": "x = 1\n"},
    ),
    "undocumented_beside": (
        undocumented_beside,
        {
            "plots/__init__.py": "from kundkarriar.plots.grid import grid as grid\n",
            "plots/grid.py": "def grid():\n    pass\n",
            "testing/__init__.py": "",
            "datasets.py": "",
        },
    ),
    "rooms_named_like_functions": (
        rooms_named_like_functions,
        {"__init__.pyi": "from .history.facts import facts as facts\n", "facts/__init__.py": ""},
    ),
    "circles": (
        circles,
        {
            "history/a.py": "from kundkarriar.history.b import x\n",
            "history/b.py": "def f():\n    from kundkarriar.history import a\n",
        },
    ),
    "circles for types": (
        circles,
        {
            "history/a.py": "from kundkarriar.history.b import x\n",
            "history/b.py": "from kundkarriar.history.c import y\n",
            "history/c.py": "if TYPE_CHECKING:\n    from kundkarriar.history.a import z\n",
        },
    ),
    "too_full": (too_full, {f"history/{letter}.py": "" for letter in "abcdefghijklmno"}),
    "too_long_in_the_median": (too_long_in_the_median, {"history/a.py": "x = 1\n" * 111}),
}


@pytest.mark.parametrize(("rule", "code"), BREAKS.values(), ids=BREAKS)
def test_every_rule_can_fail(rule, code, tmp_path):
    root = tmp_path / "kundkarriar"
    (root / "numerics").mkdir(parents=True)
    for name, text in code.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    assert list(rule(root))


def test_what_goes_down_is_allowed(tmp_path):
    """The import rule does not refuse everything."""
    root = tmp_path / "kundkarriar"
    (root / "classes").mkdir(parents=True)
    (root / "classes" / "grid.py").write_text(
        "from kundkarriar.scoring.costs import Costs\nfrom kundkarriar import errors\n"
        "from kundkarriar.classes.limits import CLASSES\nimport numpy as np\n"
    )
    assert not list(not_down(root))


def loaded_by(statement):
    """What a fresh interpreter has in sys.modules after `statement`."""
    command = f"import sys; {statement}; print(*sorted(sys.modules))"
    return subprocess.run(  # noqa: S603 - our own interpreter, our own words
        [sys.executable, "-c", command], capture_output=True, text=True, check=True, cwd=SOURCE.parent
    ).stdout.split()


def test_importing_the_package_loads_nothing_else():
    """The cost of `import kundkarriar`, stated as what it loads: no floor, no numpy, no scipy."""
    loaded = loaded_by("import kundkarriar")
    assert "kundkarriar" in loaded
    heavy = {"numpy", "pandas", "scipy", "narwhals", "attrs", "lifetimes", "matplotlib", "polars"}
    assert [m for m in loaded if m.startswith("kundkarriar.") or m.split(".")[0] in heavy] == []


def test_what_is_loaded_is_seen():
    """The test above would notice."""
    loaded = loaded_by("import kundkarriar; kundkarriar.DataError")
    assert "kundkarriar.errors" in loaded


def test_every_public_name_loads():
    """Each name of the package is there, and nothing else answers."""
    for name in dir(kundkarriar):
        assert getattr(kundkarriar, name) is not None
    with pytest.raises(AttributeError, match="No kundkarriar attribute Nothing"):
        kundkarriar.Nothing  # noqa: B018 - asking is the test
