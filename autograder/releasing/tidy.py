"""A source notebook as it is committed, whatever an editor has left in it.

Whoever adds an exercise writes its cells in Jupyter and clicks no metadata together: a cell that
defines the exercise's function between the marks of a solution is its answer, a cell that calls
judge with its id is its test.
"""

import ast
import re
from collections import defaultdict

import nbformat

from autograder.checks import find
from autograder.course.course import read_notebook
from autograder.notebooks import cells
from helpers.errors import CourseError
from helpers.files import whole

SOLUTION = "### BEGIN SOLUTION"
JUDGED = re.compile(r"^judge\(\"([\w.-]+)\"", re.MULTILINE)
# A heading of one exercise or more: ### Exercise 5.1 and 5.2: least squares losses
EXERCISE = re.compile(r"^#+ +(?P<title>Exercises? +(?P<numbers>\d[^:\n]*).*)$", re.MULTILINE)
NUMBER = re.compile(r"\d+(?:\.\d+)*")
# In the line below a heading, a number for each exercise there: *... · 10 minutes · 2 + 4 points*
SAID = re.compile(r"(?<= · )\d+(?: \+ \d+)* points?(?=\*)")
FULL = 100


def tidy(course, assignment):
    """Put solutions/NAME/NAME.ipynb in order; returns sentences about points and numbers.

    Marks the cells of every exercise for nbgrader, with the Exercise's points, also in the line
    below its heading; gives marked cells their grade_id for an id; takes out outputs. Raises
    CourseError, and changes nothing, where an exercise has no cells or has them twice.
    """
    path = course.source(assignment)
    notebook = read_notebook(path)
    said = defaultdict(list)
    for exercise in find.of_assignment(course.root, assignment).exercises:
        answer = _only(notebook, exercise, _defines, f"defines it between marks ({SOLUTION})")
        test = _only(notebook, exercise, _judges, f'calls judge("{exercise.id}", ...)')
        marks = cells.new_marks(exercise.name, answer=True)
        notebook.cells[answer].metadata["nbgrader"] = marks
        marks = cells.new_marks(f"{cells.TEST}{exercise.name}", points=exercise.points)
        notebook.cells[test].metadata["nbgrader"] = marks
        said[_heading(notebook.cells[:answer])].append(str(exercise.points))
    for index, numbers in said.items():
        _say_points(notebook.cells[index], numbers)
    for cell in notebook.cells:
        cell.id = cells.grade_id(cell) or cell.id
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            cell.metadata.pop("execution", None)
    with whole(path) as file:
        file.write((nbformat.writes(notebook).rstrip("\n") + "\n").encode())
    return [*_about_points(path, notebook), *_about_numbers(notebook)]


def _only(notebook, exercise, fits, words):
    """The index of the one cell that fits."""
    found = [i for i, cell in enumerate(notebook.cells) if fits(cell, exercise)]
    if len(found) != 1:
        raise CourseError(
            f"{exercise.id} needs one code cell that {words}, and the notebook has {len(found)}."
        )
    return found[0]


def _defines(cell, exercise):
    if cell.cell_type != "code" or SOLUTION not in cell.source:
        return False
    try:
        body = ast.parse(cell.source).body
    except SyntaxError:
        return False
    return exercise.name in [getattr(node, "name", None) for node in body]


def _judges(cell, exercise):
    return cell.cell_type == "code" and exercise.id in JUDGED.findall(cell.source)


def _heading(before):
    """The index of the text nearest above an answer that tells points; the first cell's if none."""
    told = [i for i, cell in enumerate(before) if cell.cell_type == "markdown"]
    return max((i for i in told if SAID.search(before[i].source)), default=0)


def _say_points(cell, numbers):
    unit = "point" if numbers == ["1"] else "points"
    cell.source = SAID.sub(f"{' + '.join(numbers)} {unit}", cell.source)


def _about_points(path, notebook):
    graded = [cell for cell in notebook.cells if cells.is_graded(cell)]
    by_hand = sum(cells.marks(cell)["points"] for cell in graded if cells.is_answer(cell))
    automatic = sum(cells.marks(cell)["points"] for cell in graded) - by_hand
    sentences = [f"{path.name}: {automatic} points by checks, {by_hand} by hand"]
    if automatic + by_hand != FULL:
        sentences.append(
            f"These are {automatic + by_hand} points and should be {FULL}: change those of an "
            "exercise (points= of its Exercise) or of a question (Create Assignment), and tidy "
            "again."
        )
    return sentences


def _about_numbers(notebook):
    """A sentence for each exercise number that several headings have."""
    headings = defaultdict(list)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for heading in EXERCISE.finditer(cell.source):
                for number in NUMBER.findall(heading["numbers"]):
                    headings[number].append(f"'{heading['title']}'")
    return [
        f"{len(same)} headings have the number {number}: {' and '.join(same)}; renumber one."
        for number, same in headings.items()
        if len(same) > 1
    ]
