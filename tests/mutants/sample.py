"""Draw mutants: the kit with one place changed. The operators are mutmut's and one of ours."""

import ast
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

PACKAGES = (
    "autograder/sandbox",
    "autograder/grading",
    "autograder/judging",
    "autograder/checks",
    "autograder/reports",
    "autograder/collecting",
    "helpers",
)


class Mutant(NamedTuple):
    """`was` becomes `now` at `line` of `file`, in a statement that starts at `statement`.

    in_function: False for what runs when the module is imported. text: of the line, as it was.
    source: the changed module.
    """

    file: str
    line: int
    statement: int
    in_function: bool
    was: str
    now: str
    text: str
    source: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: `{self.was}` becomes `{self.now}`"


def one_less(display: cst.Tuple | cst.List | cst.Set | cst.Dict) -> Iterator[cst.CSTNode]:
    """A literal collection without one of its elements: a row missing from a table."""
    for n in range(len(display.elements)) if len(display.elements) > 2 else ():
        yield display.with_changes(elements=[*display.elements[:n], *display.elements[n + 1 :]])


OPERATORS = [*mutation_operators, ((cst.Tuple, cst.List, cst.Set, cst.Dict), one_less)]


def replacements(node: cst.CSTNode) -> list[cst.CSTNode]:
    """What the operators make of a node. Prose is left alone: any wording would be as right."""
    if isinstance(node, cst.SimpleString) and " " in node.value:
        return []
    return [new for kind, made in OPERATORS if isinstance(node, kind) for new in made(node)]


class _Places(cst.CSTVisitor):
    """found: (node, its line) wherever an operator applies."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        self.found: list[tuple[cst.CSTNode, int]] = []
        self._prose: set[cst.CSTNode] = set()  # words without a space that end a sentence

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.Annotation | cst.Import | cst.ImportFrom):
            return False
        if isinstance(node, cst.ConcatenatedString):
            self._prose |= {node.left, node.right}
        if node not in self._prose and replacements(node):
            self.found.append((node, self.get_metadata(PositionProvider, node).start.line))
        return True


def draw(root: Path, seed: int, size: int, only: Sequence[str] = ("",)) -> list[Mutant]:
    """`size` mutants, as many of each package, each in another place; those of some of them alone.

    What is drawn depends on the code at the place and not on what stands around it: where the
    kit changes, other mutants are drawn, and elsewhere the same ones.

    only: what their files begin with; as many are drawn of these packages as of all together.
    """
    mutants = []
    for n, package in enumerate(PACKAGES):
        if not is_wanted(package, only):
            continue
        lots = []
        for path in sorted((root / package).rglob("*.py")):
            module, visitor = cst.parse_module(path.read_text("utf-8")), _Places()
            wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
            wrapper.visit(visitor)
            name, seen = str(path.relative_to(root)), Counter[str]()
            for node, line in visitor.found:
                code = _code(module, node)
                lot = random.Random(f"{seed} {name} {code} {seen[code]}")
                seen[code] += 1
                lots.append((lot.random(), lot, name, module, node, line))
        share = size * (n + 1) // len(PACKAGES) - size * n // len(PACKAGES)
        for _, lot, name, module, node, line in sorted(lots, key=lambda each: each[0])[:share]:
            new = lot.choice(replacements(node))
            was, now = _code(module, node)[:90], _code(module, new)[:90]
            changed = module.deep_replace(node, new).code
            where = _surroundings(ast.parse(module.code), line)
            text = module.code.splitlines()[line - 1].strip()
            mutants.append(Mutant(name, line, *where, was, now, text, changed))
    return [mutant for mutant in mutants if mutant.file.startswith(tuple(only))]


def is_wanted(package: str, only: Sequence[str]) -> bool:
    """Whether it, or a file of it, begins with one of these."""
    return any(each.startswith(package) or package.startswith(each) for each in only)


def _code(module: cst.Module, node: cst.CSTNode) -> str:
    return " ".join(module.code_for_node(node).split())


def _surroundings(tree: ast.Module, line: int) -> tuple[int, bool]:
    """The line where the statement around a line starts, and whether a function runs it."""
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    around = [node for node in statements if node.lineno <= line <= node.end_lineno]
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    inside = any(isinstance(f, functions) and f.body[0].lineno <= line for f in around)
    return max((node.lineno for node in around), default=line), inside
