"""Keep the tests that nbgrader's InstantiateTests makes from `### AUTOTEST` lines.

They depend on what the solution computes, so they exist only from a release on. They are in
autotest.json among the results of the assignment (Course.results), which students never get;
nbgrader's own place for them, the gradebook, is not at hand where a container or a cluster's node
grades.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from nbformat import NotebookNode

from autograder.notebooks import cells
from helpers.errors import CourseError
from helpers.files import whole

MARK = "AUTOTEST"
FILE = "autotest.json"


def keep(folder: Path, made: Mapping[str, tuple[str, str]]) -> None:
    """Write {grade_id: (source in solutions/, source with the tests made)}; no file for none.

    folder: of the notebook's results, as in Store.root.
    """
    path = folder / FILE
    if not made:
        path.unlink(missing_ok=True)
        return
    rows = {
        name: {"of": _digest(before), "source": after} for name, (before, after) in made.items()
    }
    with whole(path) as file:
        file.write(json.dumps(rows, indent=1).encode())


def with_tests(folder: Path, assignment: str, source: NotebookNode) -> dict[str, str]:
    """{grade_id: source} of the given cells of a source notebook, with the tests that were made.

    folder: as for keep().
    Raises CourseError if a cell with an AUTOTEST line has changed since the release.
    """
    try:
        rows = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        rows = {}
    found = {}
    for name, cell in cells.named(source).items():
        if not cells.is_given(cell):
            continue
        row = rows.get(name)
        if row and row["of"] == _digest(cell.source):
            found[name] = row["source"]
        elif MARK in cell.source and cells.is_test(cell):
            raise CourseError(
                f"The tests of the {MARK} lines in the cell {name} of {assignment} have not been "
                f"made: run `autograder release {assignment}` first."
            )
        else:
            found[name] = cell.source
    return found


def _digest(source: str) -> str:
    return hashlib.sha256(source.encode("utf-8", "replace")).hexdigest()
