"""The battery as a course, for nbgrader alone and for the kit, and the points that each gives."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook

from autograder.course.course import Course, read_notebook
from autograder.grading.grade import grade
from autograder.notebooks.cells import new_marks
from autograder.notebooks.fill_answers import fill
from autograder.releasing.release import release
from tests.autograder.beside.battery import FILES

ROOT = Path(__file__).parents[3]
ANSWERS = ("right", "wrong", "blank")


def source_notebook(cases):
    """The instructor's notebook of these cases."""
    cells = [new_markdown_cell("# Exercises", id="title")]
    for case in cases:
        if case.given:
            cells.append(new_code_cell(case.given, id=f"given-{case.name}".replace("_", "-")))
        solution = f"### BEGIN SOLUTION\n{case.right}\n### END SOLUTION"
        cells.append(_cell(solution, case.name, answer=True))
        cells.append(_cell(case.test, f"test_{case.name}", points=case.points))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def _cell(source, name, **marks):
    return new_code_cell(
        source, id=name.replace("_", "-"), metadata={"nbgrader": new_marks(name, **marks)}
    )


def answers(cases, answer):
    """{grade_id: source} of one student."""
    if answer == "blank":
        return {}
    return {c.name: c.right if answer == "right" or not c.wrong else c.wrong for c in cases}


def points(database):
    """{(group, case, student): points} of every test cell in a gradebook."""
    with Gradebook(f"sqlite:///{database}") as gradebook:
        return {
            (
                assignment.name,
                given.cell.name.removeprefix("test_"),
                submission.student.id,
            ): given.auto_score
            for assignment in gradebook.assignments
            for submission in gradebook.assignment_submissions(assignment.name)
            for notebook in submission.notebooks
            for given in notebook.grades
        }


def _write(folder, name, groups, files):
    for group, cases in groups.items():
        path = folder / name / group / f"{group}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(source_notebook(cases), path)
        for file, text in files.items():
            (path.parent / file).write_text(text)


def _hand_in(folder, released, groups):
    for group, cases in groups.items():
        blank = read_notebook(folder / released / group / f"{group}.ipynb")
        for answer in ANSWERS:
            path = folder / "submitted" / answer / group / f"{group}.ipynb"
            path.parent.mkdir(parents=True)
            nbformat.write(fill(blank, answers(cases, answer)), path)


def points_of_nbgrader(folder, groups, files=FILES):
    """What `nbgrader autograde` gives, without anything of the kit."""
    folder.mkdir()
    (folder / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'x'\n"
    )
    _write(folder, "source", groups, files)
    _nbgrader(folder, "generate_assignment", "--assignment", groups)
    _hand_in(folder, "release", groups)
    _nbgrader(folder, "autograde", "--assignment", groups)
    return points(folder / "gradebook.db")


def _nbgrader(folder, command, option, groups):
    for group in groups:
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", command, option, group],
            cwd=folder,
            capture_output=True,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        assert done.returncode == 0, done.stderr[-3000:]


def points_of_kit(folder, groups, files=FILES):
    """What `autograder grade` gives."""
    folder.mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    _write(folder, "solutions", groups, files)
    course = Course.at(folder)
    for group in groups:
        release(course, group)
    _hand_in(folder, "notebooks", groups)
    for group in groups:
        for result in grade(course, group):
            assert result.status == "graded", result
    return points(folder / "gradebook.db")
