"""Small faults that tests should notice, one at a time: the mutants of a source file.

mutmut writes most of them. It cannot run them here: its trampolines skip decorated functions, so every property and
class method, and whatever stands outside functions. So its operators are taken, and `mutation.py` runs them.

What is mutated: numbers (n + 1), `True` and `False`, arithmetic, comparisons, `and`/`or`/`not`, `in`, `is`, unary
minus, `+=`, both arms of a conditional expression, cases of a match, `break`/`continue`, strings that are data, and
`if` guards (never entered). Defaults, constants and class bodies are mutated as functions are.

What is not, and why:

- *annotations, imports, casts, `Literal`, `TYPE_CHECKING`*: nothing happens there at run time, mypy reads them;
- *decorators*: `frozen(kw_only=False)` is a question of style for most of them;
- *docstrings, strings in `raise`, in `warn` and in an error's constructor, strings of four words or more, f-strings'
  texts, `__repr__`*: wording. Whole messages are quoted by tests, and whether one is raised is asked by its guard;
- *an argument left out or None, a value or a lambda made None* (mutmut's own operators): nearly any call breaks, so
  they would raise the score and teach nothing;
- *a string in lower and upper case*: `XX` around it asks the same;
- *`|` outside functions*: types are joined there.
"""

import difflib
import hashlib
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import libcst as cst
from libcst.metadata import MetadataWrapper, ParentNodeProvider, PositionProvider
from mutmut.mutation import mutators

OPERATORS = {
    mutators.operator_number,
    mutators.operator_name,
    mutators.operator_remove_unary_ops,
    mutators.operator_keywords,
    mutators.operator_swap_op,
    mutators.operator_augmented_assignment,
    mutators.operator_symmetric_string_methods_swap,
    mutators.operator_unsymmetrical_string_methods_swap,
    mutators.operator_match,
    mutators.operator_if_exp,
    mutators.operator_string,
}
UNTOUCHED = (cst.Annotation, cst.Decorator, cst.Import, cst.ImportFrom)
NUMBERS = (cst.Float, cst.Integer)
SENTENCE = 4  # words
NOT_RUN = {"cast", "TypeVar", "ParamSpec", "Literal", "NewType"}
WORDING = {"warn", "__repr__", "_repr_html_"}


@attrs.frozen
class Mutant:
    """One fault: what of which file, and where.

    Attributes:
        file: path under the root of the project.
        number: position among all mutants of the file.
        key: what is changed to what, and the how-manieth of its kind in the file; stays as other lines change.
        lines: numbers of the lines of the statement, from 1; of a compound one those of its head.
        in_function: it runs when a function is called, not at import.
    """

    file: str
    number: int
    key: str
    lines: tuple[int, ...]
    in_function: bool

    def rank(self, seed: int) -> str:
        """A mutant's place in the draw: the same for a seed whatever happens to other files."""
        return hashlib.sha256(f"{seed}/{self.file}/{self.key}".encode()).hexdigest()


def of_file(path: Path, *, root: Path) -> list[Mutant]:
    """All mutants of a source file, in the order of their places."""
    wrapper = MetadataWrapper(cst.parse_module(path.read_text()))
    parents: Any = wrapper.resolve(ParentNodeProvider)
    positions: Any = wrapper.resolve(PositionProvider)
    seen: Counter[str] = Counter()
    found = []
    for number, (node, changed) in enumerate(changes(wrapper.module, parents)):
        text = f"{type(node).__name__}: {code(node)} -> {code(changed)}"
        seen[text] += 1
        around = list(ancestors(node, parents))
        found.append(
            Mutant(
                file=str(path.relative_to(root)),
                number=number,
                key=f"{text} #{seen[text]}",
                lines=lines(node, around, positions),
                in_function=in_function([node, *around]),
            )
        )
    return found


def mutated_source(source: str, number: int) -> str:
    """The source with its mutant `number`."""
    wrapper = MetadataWrapper(cst.parse_module(source))
    parents: Any = wrapper.resolve(ParentNodeProvider)
    for here, (node, changed) in enumerate(changes(wrapper.module, parents)):
        if here == number:
            module = wrapper.module.deep_replace(node, changed)
            return module.code if isinstance(module, cst.Module) else source
    msg = f"no mutant {number}"
    raise IndexError(msg)


def difference(source: str, mutated: str) -> tuple[str, str]:
    """The lines that were, and the lines that stand there now."""
    lines = list(difflib.ndiff(source.splitlines(), mutated.splitlines()))
    was, becomes = ("\n".join(line[2:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    return was, becomes


def changes(module: cst.Module, parents: Any) -> Iterator[tuple[cst.CSTNode, cst.CSTNode]]:
    """Each node that is mutated, and what takes its place."""
    for node in nodes(module):
        around = [node, *ancestors(node, parents)]
        if any(isinstance(place, UNTOUCHED) or name_of(place) in NOT_RUN for place in around):
            continue
        if any(isinstance(place, cst.FunctionDef) and place.name.value in WORDING for place in around):
            continue
        if isinstance(node, cst.If) and code(node.test) != "TYPE_CHECKING":
            yield node.test, cst.Name("False")
        if isinstance(node, cst.BaseString) and (is_wording(around) or isinstance(around[1], cst.Expr)):
            continue
        if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.BitOr) and not in_function(around):
            continue
        for kind, operator in mutators.mutation_operators:
            if isinstance(node, kind) and operator in OPERATORS:
                every = [changed for changed in operator(node) if not same_number(node, changed)]
                yield from ((node, changed) for changed in (every[:1] if isinstance(node, cst.BaseString) else every))


def is_wording(around: Sequence[cst.CSTNode]) -> bool:
    """Whether a string is read by people only: it stands in a `raise`, a warning or an error."""
    text = around[0].evaluated_value if isinstance(around[0], cst.SimpleString) else ""
    if len(text.split()) >= SENTENCE:
        return True
    names = [name_of(place) for place in around if isinstance(place, cst.Call)]
    return any(isinstance(place, cst.Raise) for place in around) or any(
        name in WORDING or name.split(".")[0].endswith(("Error", "Warning")) for name in names
    )


def same_number(node: cst.CSTNode, changed: cst.CSTNode) -> bool:
    """Whether one more is the same number: 1e100 + 1 is 1e100."""
    numbers = cst.Float | cst.Integer
    return (
        isinstance(node, numbers) and isinstance(changed, numbers) and node.evaluated_value == changed.evaluated_value
    )


def name_of(node: cst.CSTNode) -> str:
    """What a call calls or a subscript indexes, empty for other nodes."""
    if isinstance(node, cst.Call):
        return code(node.func)
    return code(node.value) if isinstance(node, cst.Subscript) else ""


def nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and all below it, in the order of the text."""
    yield node
    for child in node.children:
        yield from nodes(child)


def ancestors(node: cst.CSTNode, parents: Any) -> Iterator[cst.CSTNode]:
    """The nodes around a node, nearest first."""
    while (node := parents.get(node)) is not None:
        yield node


def code(node: cst.CSTNode) -> str:
    """The text of a node."""
    return str(cst.Module([]).code_for_node(node)).strip()


def lines(node: cst.CSTNode, around: Sequence[cst.CSTNode], positions: Any) -> tuple[int, ...]:
    """Lines of the statement, of a compound one its head."""
    statement = next(
        place for place in (node, *around) if isinstance(place, cst.BaseStatement | cst.SimpleStatementLine)
    )
    span, body = positions[statement], getattr(statement, "body", None)
    last = positions[body].start.line - 1 if isinstance(body, cst.IndentedBlock) else span.end.line
    return tuple(range(span.start.line, max(last, span.start.line) + 1))


def in_function(path: Sequence[cst.CSTNode]) -> bool:
    """Whether a node, with those around it, stands in a function's body; its defaults are made at import."""
    steps = itertools.pairwise(path)
    return any(isinstance(place, cst.FunctionDef) and below is place.body for below, place in steps)
