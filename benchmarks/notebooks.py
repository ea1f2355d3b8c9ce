"""A solution notebook as a student's session just before the first training run."""

import ast
import contextlib
import io
import json
import os
from pathlib import Path
from typing import Any

import matplotlib

SOLUTIONS = Path(__file__).parent.parent / "solutions"
# The last cell that is run whole; of those after it, functions and classes are taken.
LOOP = "training-loop"


def session(assignment: str, budget: str = "full") -> dict[str, Any]:
    """The notebook's names: data loaded, functions and training loop defined, nothing trained."""
    matplotlib.use("agg")
    os.environ["COURSE_BUDGET"] = budget
    notebook = json.loads((SOLUTIONS / assignment / f"{assignment}.ipynb").read_text("utf-8"))
    cells = [cell for cell in notebook["cells"] if _is_own_code(cell)]
    ids = [cell["id"] for cell in cells]
    names = {"__name__": f"session_{assignment.replace('-', '_')}"}
    with contextlib.redirect_stdout(io.StringIO()):
        for position, cell in enumerate(cells):
            tree = ast.parse("".join(cell["source"]))
            if position > ids.index(LOOP):
                tree.body = [n for n in tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef))]
            exec(compile(tree, f"{assignment}, cell {cell['id']}", "exec"), names)
    return names


def _is_own_code(cell):
    tags = cell["metadata"].get("tags", [])
    return (
        cell["cell_type"] == "code"
        and "as-handed-in" not in tags
        and not cell["id"].startswith("test_")
    )
