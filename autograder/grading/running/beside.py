"""Run a test cell that does not use judge beside the student's code, with nbgrader's rules.

Each such cell runs in a fork of the kernel, for its points. If it ended there, the submission then
runs it once more in the kernel itself, for its effects alone: later cells see its variables, as
they do in nbgrader, and nothing that this second run shows is looked at.
"""

import textwrap

from nbformat import NotebookNode
from nbformat.v4 import new_output, output_from_msg

from autograder.grading.running import visible_check
from autograder.judging.time_limit import TimedOut
from autograder.notebooks import kernel_messages
from autograder.sandbox.remote import KernelLost, KernelStopped, RemoteRaised, Session
from autograder.sandbox.remote.beside import CellResult, Raised
from helpers.expect import Mismatch


def run_beside(
    cell: NotebookNode, session: Session, seconds: float, stopped: str | None = None
) -> bool:
    """Execute one test cell within `seconds`: fills cell.outputs; returns whether it has effects.

    It has none if it did not end. stopped: why the kernel has already ended, or None. Raises
    KernelLost if somebody killed the process that ran it.
    """
    if stopped:
        cell.outputs = [_error("NotRun", f"not reached: {stopped}")]
        return False
    try:
        result = session.run_beside(cell.source, seconds)
    except TimedOut:
        cell.outputs = [_error("CellTimeoutError", f"no answer within {seconds:.0f} s")]
        return False
    except (KernelStopped, RemoteRaised) as error:
        cell.outputs = [_error("KernelStopped", str(error))]
        return False
    if result.killed:
        raise KernelLost("the process that ran a test cell was killed")
    cell.outputs = _outputs(result)
    if result.ended:
        cell.outputs.append(_error("TestEnded", result.ended))
    elif result.raised:
        shown = _visible(cell.source, session, seconds, result)
        if shown:
            cell.outputs.append(new_output("display_data", visible_check.bundle(shown)))
        cell.outputs.append(_shown(result.raised, cell.source))
    return not result.ended


def _outputs(result: CellResult) -> list[NotebookNode]:
    """What the cell shows, sanitised. From the value of its last line nbgrader takes points."""
    messages = [
        ("stream", {"name": "stdout", "text": each["text"]})
        if "text" in each
        else ("display_data", {"data": each.get("data")})
        for each in result.shown
    ]
    if result.value is not None:
        messages.append(("execute_result", {"data": {"text/plain": result.value}}))
    found = []
    for kind, content in messages:
        message = {"msg_type": kind, "header": {"msg_type": kind}, "content": content}
        plain = kernel_messages.plain(message)
        if plain is not None:
            found.append(output_from_msg(plain))
    return found


def _visible(
    source: str, session: Session, seconds: float, result: CellResult
) -> visible_check.Visible | None:
    """The Visible of the part of the cell that students have; None if that does not end."""
    if visible_check.BEGIN in source:
        try:
            result = session.run_beside(visible_check.visible_part(source), seconds)
        except (TimedOut, KernelStopped, RemoteRaised):
            return None
        if result.killed:
            raise KernelLost("the process that ran a test cell was killed")
        if result.ended:
            return None
    printed = "".join(each["text"] for each in result.shown if "text" in each)
    return visible_check.of_run(printed, _exception(result.raised))


def _exception(raised: Raised | None) -> BaseException | None:
    """An exception here that says the same as one in the kernel."""
    if raised is None:
        return None
    if raised.mismatch is not None:
        label, *rest = raised.mismatch
        return Mismatch(label or "", *rest)
    return type(raised.type, (Exception,), {})(raised.text)


def _shown(raised: Raised, source: str) -> NotebookNode:
    """The error output for an exception: its message, and the visible line that raised it."""
    if raised.mismatch is not None:
        return _error(raised.type, raised.text, raised.text.splitlines())
    where = visible_check.visible_line(source, raised.line) if raised.line else []
    message = f"{raised.type}: {raised.text}"[:2000]
    return _error(raised.type, raised.text[:2000], [*where, *textwrap.wrap(message, 100)])


def _error(name: str, text: str, lines: list[str] | None = None) -> NotebookNode:
    return new_output("error", ename=name, evalue=text, traceback=lines or [f"{name}: {text}"])
