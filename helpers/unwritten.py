"""One line instead of a traceback where a cell needs an answer that is not written yet."""

import sys
from types import TracebackType


def install() -> None:
    """In a notebook, say in one line which answer a cell needs; elsewhere, do nothing."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None and not shell.custom_exceptions:
        shell.set_custom_exc((NotImplementedError,), _show)


def sentence(error: BaseException, trace: TracebackType | None) -> str | None:
    """Return what to say of a stub's exception; None where something else is not implemented."""
    if error.args or trace is None:
        return None
    while trace.tb_next is not None:
        trace = trace.tb_next
    name = trace.tb_frame.f_code.co_qualname
    if name == "<module>":
        return "✗ this cell is not written yet"
    return f"✗ {name.rpartition('<locals>.')[2]} is not written yet, and this cell needs it"


def _show(shell, kind, error, trace, tb_offset=None):
    line = sentence(error, trace)
    if line is not None:
        # IPython asks an exception how to show it; the cell still counts as failed.
        error._render_traceback_ = lambda: [line]
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
    return [line] if line else None
