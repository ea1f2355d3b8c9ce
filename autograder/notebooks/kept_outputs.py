"""Cells that only show something: they are not run again, and keep the outputs handed in.

An author tags a given cell "as-handed-in" (training, pictures, tables) when no answer and no test
needs what it defines. Whoever marks then sees what the student saw, after full training.
"""

import json

from nbformat.v4 import new_output, output_from_msg

from autograder.notebooks import kernel_messages
from autograder.notebooks.cells import is_answer, is_graded

TAG = "as-handed-in"
# Characters of output kept for one cell; a large figure has a tenth of this.
LONGEST = 3_000_000
SAID = "As handed in; this cell is not run again for grading.\n"
NOTHING = "Handed in without output; this cell is not run again for grading.\n"
TOO_LONG = "What was handed in here is too long to keep; this cell is not run for grading.\n"


def is_shown_only(cell):
    """Whether a given code cell carries the tag and counts for nothing."""
    counts = is_graded(cell) or is_answer(cell)
    return cell.cell_type == "code" and TAG in cell.metadata.get("tags", ()) and not counts


def carry_over(given, handed_in):
    """Give the cell the outputs of its copy in the submission (None where there is none)."""
    outputs = handed_in.get("outputs", ()) if handed_in is not None else ()
    if len(json.dumps(outputs)) > LONGEST:
        given.outputs = [new_output("stream", text=TOO_LONG)]
        return
    kept = [output for output in map(_put_together, outputs) if output]
    given.outputs = [new_output("stream", text=SAID if kept else NOTHING), *kept]


def _put_together(output):
    """The output made anew from plain parts; None where nothing of it can be shown."""
    kind = output.get("output_type")
    message = {"msg_type": kind, "header": {"msg_type": kind}, "content": dict(output)}
    plain = kernel_messages.plain(message) if kind in kernel_messages.SHOWN else None
    return output_from_msg(plain) if plain else None
