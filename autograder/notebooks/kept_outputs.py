"""Keep the outputs that were handed in for cells that only show something.

An author tags a given cell "as-handed-in" (training, pictures, tables) if no answer and no test
needs what it defines. Grading does not run it again, so a marker sees what the student saw after
full training.
"""

import json
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output, output_from_msg

from autograder.notebooks import kernel_messages
from autograder.notebooks.cells import is_answer, is_graded

TAG = "as-handed-in"
# Characters of output kept for one cell; a large figure needs a tenth of this.
LONGEST = 3_000_000
SAID = "As handed in; this cell is not run again for grading.\n"
NOTHING = "Handed in without output; this cell is not run again for grading.\n"
TOO_LONG = "What was handed in here is too long to keep; this cell is not run for grading.\n"


def is_shown_only(cell: NotebookNode) -> bool:
    """Whether this is a given code cell that has the tag and earns no points."""
    counts = is_graded(cell) or is_answer(cell)
    return cell.cell_type == "code" and TAG in cell.metadata.get("tags", ()) and not counts


def carry_over(given: NotebookNode, handed_in: NotebookNode | None) -> None:
    """Copy to the given cell the outputs of its counterpart in the submission, if it has one."""
    outputs = handed_in.get("outputs", ()) if handed_in is not None else ()
    if len(json.dumps(outputs)) > LONGEST:
        given.outputs = [new_output("stream", text=TOO_LONG)]
        return
    kept = [output for output in map(_rebuilt, outputs) if output]
    given.outputs = [new_output("stream", text=SAID if kept else NOTHING), *kept]


def _rebuilt(output: dict[str, Any]) -> NotebookNode | None:
    """The output rebuilt from plain values; None if nothing in it can be shown."""
    kind = output.get("output_type")
    message = {"msg_type": kind, "header": {"msg_type": kind}, "content": dict(output)}
    plain = kernel_messages.plain(message) if kind in kernel_messages.SHOWN else None
    return output_from_msg(plain) if plain else None
