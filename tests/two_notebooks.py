"""A course whose assignment ps1 has two notebooks, with plain tests and a data file for both."""

import shutil
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.course.course import Course, read_notebook
from autograder.notebooks.cells import new_marks
from autograder.notebooks.fill_answers import fill
from autograder.releasing.release import release

ROOT = Path(__file__).parents[1]
PS1 = "ps1"
ONE, TWO = "problem1", "problem2"
DATA = "numbers.csv"
READ = f"open({DATA!r}).read().split(',')"

# Both have a cell "name" and a cell "squares", as a notebook that began as a copy of another.
RIGHT = {
    ONE: {
        "squares": "def squares(n):\n    return [i * i for i in range(n)]",
        "total": f"total = sum(map(int, {READ}))",
        "why": "Because it is so.",
    },
    TWO: {
        "squares": "def squares(n):\n    return sum(i * i for i in range(n))",
        "largest": f"largest = max(map(int, {READ}))",
    },
}
TESTS = {
    ONE: {"squares": "assert squares(3) == [0, 1, 4]", "total": "assert total == 12"},
    TWO: {
        "squares": "3 if squares(3) == 5 else 1.5 if squares(0) == 0 else 0",
        "largest": "assert largest == 7",
    },
}
POINTS = {ONE: {"squares": 2, "total": 1, "why": 4}, TWO: {"squares": 3, "largest": 5}}


def source(name):
    """The instructor's notebook of this name."""
    cells = [new_markdown_cell(f"# {name}"), _cell("NAME = ''", "name", answer=True)]
    for own, right in RIGHT[name].items():
        if own == "why":
            question = {"points": POINTS[name][own], "make": new_markdown_cell}
            cells.append(_cell("Because ...", own, answer=True, **question))
            continue
        marked = f"### BEGIN SOLUTION\n{right}\n### END SOLUTION"
        cells.append(_cell(marked, own, answer=True))
        cells.append(_cell(TESTS[name][own], f"test_{own}", points=POINTS[name][own]))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def _cell(text, name, make=new_code_cell, **marks):
    metadata = {"nbgrader": new_marks(name, **marks)}
    return make(text, id=name.replace("_", "-"), metadata=metadata)


def write_source(folder):
    """Write both notebooks and the data file."""
    folder.mkdir(parents=True)
    for name in RIGHT:
        nbformat.write(source(name), folder / f"{name}.ipynb")
    (folder / DATA).write_text("2,3,7")


def two_notebooks(root):
    """A released course in the folder `root`; returns the Course."""
    root.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    write_source(root / "solutions" / PS1)
    course = Course.at(root)
    release(course, PS1)
    return course


def book(released, notebook, /, **sources):
    """A notebook with right answers, except for these sources; released: the folder with both."""
    return fill(read_notebook(released / f"{notebook}.ipynb"), RIGHT[notebook] | sources)


def blank(released, name):
    """The notebook as it was handed out."""
    return read_notebook(released / f"{name}.ipynb")


def hand_in(folder, student, assignment=PS1, **notebooks):
    """Write {name: notebook or bytes} to submitted/STUDENT/ps1; __ in a name is a space."""
    target = folder / "submitted" / student / assignment
    target.mkdir(parents=True, exist_ok=True)
    for name, content in notebooks.items():
        path = target / f"{name.replace('__', ' ')}.ipynb"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            nbformat.write(content, path)
