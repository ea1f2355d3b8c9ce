"""A hash of what code does: comments, docstrings and layout leave it as it is."""

import ast
import functools
import hashlib
import marshal
from collections.abc import Collection
from types import CodeType

_HAVE_DOCSTRINGS = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
# Fields of a node that hold statements, or what holds some.
_HAVE_STATEMENTS = ("body", "orelse", "finalbody", "handlers", "cases")


@functools.lru_cache(maxsize=4096)
def code_digest(name: str, content: bytes, without: Collection[tuple[str, str]] = ()) -> str:
    """SHA-256 of a file: of its byte code without docstrings and line numbers, or of its bytes.

    The latter for what is not Python or does not parse. Two Python versions give two digests.
    without: pairs (callable, keyword); that argument of its calls is left out where it is written
    as a number.
    """
    if name.endswith(".py"):
        try:
            tree = _without_arguments(_without_docstrings(ast.parse(content)), without)
            code = compile(tree, "", "exec", dont_inherit=True)
            # Version 2: later ones write how often an object is referred to, which varies.
            content = marshal.dumps(_bare(code), 2)
        except (SyntaxError, ValueError):
            pass
    return hashlib.sha256(content).hexdigest()


def _without_docstrings(tree: ast.Module) -> ast.Module:
    left: list[ast.AST] = [tree]
    for node in left:  # statements alone: a docstring is never within an expression
        if isinstance(node, _HAVE_DOCSTRINGS) and ast.get_docstring(node, clean=False) is not None:
            node.body[0] = ast.copy_location(ast.Expr(ast.Constant("")), node.body[0])
            ast.fix_missing_locations(node.body[0])
        for name in _HAVE_STATEMENTS:
            left += getattr(node, name, ())
    return tree


def _without_arguments(tree: ast.Module, pairs: Collection[tuple[str, str]]) -> ast.Module:
    for node in ast.walk(tree) if pairs else ():
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
            called = called.id if isinstance(called, ast.Name) else called
            node.keywords = [
                each
                for each in node.keywords
                if (called, each.arg) not in pairs or not isinstance(each.value, ast.Constant)
            ]
    return tree


def _bare(code: CodeType) -> CodeType:
    """The code without its file's name and its lines, and so for all code within it."""
    inner = tuple(_bare(each) if isinstance(each, CodeType) else each for each in code.co_consts)
    return code.replace(co_filename="", co_firstlineno=1, co_linetable=b"", co_consts=inner)
