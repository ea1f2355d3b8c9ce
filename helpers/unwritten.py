"""One line instead of a traceback where a cell needs an answer that is not written yet."""

import ast
import sys
from types import TracebackType

# {name: what is not written yet}, of names that a cell would have bound had it not stopped there.
_never_bound: dict[str, str] = {}
# Source of the cell that is running.
_cell = ""


def install() -> None:
    """In a notebook, say in one line which answer a cell needs; elsewhere, do nothing."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None and not shell.custom_exceptions:
        shell.set_custom_exc((NotImplementedError, NameError), _show)
        shell.events.register("pre_run_cell", _begin)


def sentence(error: BaseException, trace: TracebackType | None) -> str | None:
    """Return what to say of a stub's exception; None where something else is not implemented."""
    name = _stub(error, trace)
    if name == "<module>":
        return "✗ this cell is not written yet"
    return f"✗ {name} is not written yet, and this cell needs it" if name else None


def _stub(error, trace):
    """The name of the function that raised a stub's exception; None for another one."""
    if not isinstance(error, NotImplementedError) or error.args or trace is None:
        return None
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame.f_code.co_qualname.rpartition("<locals>.")[2]


def _begin(info):
    global _cell
    _cell = info.raw_cell


def _show(shell, kind, error, trace, tb_offset=None):
    if isinstance(error, NameError):
        cause = _never_bound.get(error.name)
        line = f"✗ {error.name} is missing: the cell that makes it needs {cause}" if cause else None
    else:
        line, name = sentence(error, trace), _stub(error, trace)
        cause = f"{name}, which is not written yet" if name != "<module>" else "an answer"
    if line is not None:
        _never_bound.update(dict.fromkeys(_bound_by(_cell), cause))
        # IPython asks an exception how to show it; the cell still counts as failed.
        error._render_traceback_ = lambda: [line]
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
    return [line] if line else None


def _bound_by(source):
    """Names that the statements of a cell bind, outside functions and classes."""
    try:
        body = ast.parse(source).body
    except SyntaxError:  # magics
        return set()
    inside = [
        node
        for statement in body
        if not isinstance(statement, (ast.FunctionDef, ast.ClassDef))
        for node in ast.walk(statement)
    ]
    names = {n.id for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return names | {each.name for each in body if isinstance(each, (ast.FunctionDef, ast.ClassDef))}
