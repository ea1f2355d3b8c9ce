"""Put source notebooks in the form in which they are committed.

An author writes the cells of an exercise in Jupyter and sets no metadata by hand: the cell that
defines the exercise's function between solution marks is its answer, and the cell that calls judge
with its id is its test.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.checks import find, folders
from autograder.course.course import Course, read_notebook
from autograder.judging import Exercise
from autograder.notebooks import cells
from helpers.errors import CourseError
from helpers.files import whole

SOLUTION = "### BEGIN SOLUTION"
JUDGED = re.compile(r"^judge\(\"([\w.-]+)\"", re.MULTILINE)
# A heading of one or more exercises: ### Exercises 5.1 and 5.2: least squares losses
EXERCISE = re.compile(r"^#+ +(?P<title>Exercises? +(?P<numbers>\d[^:\n]*).*)$", re.MULTILINE)
NUMBER = re.compile(r"\d+(?:\.\d+)*")
# In the line below a heading, the points of its exercises: *... · 10 minutes · 2 + 4 points*
POINTS = re.compile(r"(?<= · )\d+(?: \+ \d+)* points?(?=\*)")
FULL = 100
# The first line of a cell that Colab folds; a comment elsewhere.
TITLE = "#@title"


def tidy(course: Course, assignment: str) -> list[str]:
    """Put the notebooks in solutions/NAME in order; returns sentences about points and numbers.

    Sets nbgrader's metadata on the cells of every exercise, and its points there and in the line
    below its heading; folds checks; makes the grade_id of a cell its id, too; removes outputs.
    Raises CourseError, and changes nothing, if an exercise has no answer or test cell, or several.
    """
    paths = folders.notebooks(course.root, assignment)
    there = {path: read_notebook(path) for path in paths}
    points: dict[tuple[Path, int], list[str]] = defaultdict(list)
    for exercise in find.of_assignment(course.root, assignment).exercises:
        path, answer = _only(there, exercise, _defines, f"defines it between marks ({SOLUTION})")
        where, test = _only(there, exercise, _judges, f'calls judge("{exercise.id}", ...)')
        if where != path:
            raise CourseError(
                f"{exercise.id} is defined in {path.name} and judged in {where.name}; put both "
                "cells in one of them."
            )
        notebook = there[path]
        marks = cells.new_marks(exercise.name, answer=True)
        notebook.cells[answer].metadata["nbgrader"] = marks
        marks = cells.new_marks(f"{cells.TEST}{exercise.name}", points=exercise.points)
        notebook.cells[test].metadata["nbgrader"] = marks
        points[path, _heading(notebook.cells[:answer])].append(str(exercise.points))
    for (path, index), numbers in points.items():
        _say_points(there[path].cells[index], numbers)
    if len(there) > 1:  # one without points is no part of the assignment
        there = {p: each for p, each in there.items() if any(cells.worth(each).values())} or there
    for path, notebook in there.items():
        _clean(notebook)
        with whole(path) as file:
            file.write((nbformat.writes(notebook).rstrip("\n") + "\n").encode())
    every = [cell for notebook in there.values() for cell in notebook.cells]
    return [*_about_points(there), *_about_numbers(every)]


def _clean(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        cell.id = cells.grade_id(cell) or cell.id
        if cells.is_test(cell):
            _fold(cell)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            cell.metadata.pop("execution", None)


def _only(
    there: Mapping[Path, NotebookNode],
    exercise: Exercise,
    fits: Callable[[NotebookNode, Exercise], bool],
    words: str,
) -> tuple[Path, int]:
    """(notebook, index) of the one cell that fits. Raises CourseError unless there is just one."""
    found = [
        (path, index)
        for path, notebook in there.items()
        for index, cell in enumerate(notebook.cells)
        if fits(cell, exercise)
    ]
    if len(found) != 1:
        what = "the notebook has" if len(there) == 1 else "the notebooks have"
        raise CourseError(
            f"{exercise.id} needs one code cell that {words}, and {what} {len(found)}."
        )
    return found[0]


def _defines(cell: NotebookNode, exercise: Exercise) -> bool:
    if cell.cell_type != "code" or SOLUTION not in cell.source:
        return False
    try:
        body = ast.parse(cell.source).body
    except SyntaxError:
        return False
    return exercise.name in [getattr(node, "name", None) for node in body]


def _judges(cell: NotebookNode, exercise: Exercise) -> bool:
    return cell.cell_type == "code" and exercise.id in JUDGED.findall(cell.source)


def _fold(cell: NotebookNode) -> None:
    """Fold a check, so that it does not drown the text; it stays in the notebook, whole.

    Jupyter and VS Code read the first mark. Colab reads the second, and shows the title.
    """
    cell.metadata.setdefault("jupyter", {})["source_hidden"] = True
    cell.metadata["cellView"] = "form"
    if not cell.source.startswith(TITLE):
        name = cells.exercise_name(cells.grade_id(cell) or "")
        cell.source = f"{TITLE} Check: {name}\n{cell.source}"


def _heading(before: Sequence[NotebookNode]) -> int:
    """The index of the last text cell here that states points; 0 if none does."""
    texts = [i for i, cell in enumerate(before) if cell.cell_type == "markdown"]
    return max((i for i in texts if POINTS.search(before[i].source)), default=0)


def _say_points(cell: NotebookNode, numbers: list[str]) -> None:
    unit = "point" if numbers == ["1"] else "points"
    cell.source = POINTS.sub(f"{' + '.join(numbers)} {unit}", cell.source)


def _about_points(there: Mapping[Path, NotebookNode]) -> list[str]:
    sentences, total = [], 0
    for path, notebook in there.items():
        graded = [cell for cell in notebook.cells if cells.is_graded(cell)]
        by_hand = sum(cells.marks(cell)["points"] for cell in graded if cells.is_answer(cell))
        automatic = sum(cells.marks(cell)["points"] for cell in graded) - by_hand
        sentences.append(f"{path.name}: {automatic} points by checks, {by_hand} by hand")
        total += automatic + by_hand
    if total != FULL:
        sentences.append(
            f"The sum is {total} points and should be {FULL}: change those of an "
            "exercise (points= of its Exercise) or of a question (Create Assignment), and tidy "
            "again."
        )
    return sentences


def _about_numbers(every: Sequence[NotebookNode]) -> list[str]:
    """A sentence for each exercise number that several headings have."""
    headings: dict[str, list[str]] = defaultdict(list)
    for cell in every:
        if cell.cell_type == "markdown":
            for heading in EXERCISE.finditer(cell.source):
                for number in NUMBER.findall(heading["numbers"]):
                    headings[number].append(f"'{heading['title']}'")
    return [
        f"{len(same)} headings have the number {number}: {' and '.join(same)}; renumber one."
        for number, same in headings.items()
        if len(same) > 1
    ]
