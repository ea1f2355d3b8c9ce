"""A class whose written answers wait for a person: graded, without running anything."""

import base64
import contextlib
import io
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image, ImageDraw

from autograder.course.course import Course, read_notebook
from autograder.grading.grade import GRADED, Result
from autograder.grading.preparing.jobs import blueprint, with_hidden
from autograder.grading.recording.record import automatic_points, record
from autograder.grading.recording.store import Store
from autograder.notebooks.cells import new_marks
from autograder.notebooks.fill_answers import fill, write_submission
from autograder.releasing.release import release

ROOT = Path(__file__).parents[1]
ESSAYS = "essays"
AUTOGRADER = [sys.executable, "-m", "autograder"]
SCHEME = """**Question {number}.** Why does $\\log x$ have the slope $\\frac{{1}}{{x}}$?

<!-- BEGIN MARK SCHEME -->
**Marking scheme**

- 1 point: the quotient $\\frac{{\\log(x + h) - \\log x}}{{h}}$.
- 2 points: the limit (1 point); what it needs (1 point).
- 1 point: a check with numbers.
- "It is known" without a reason: 0.
<!-- END MARK SCHEME -->"""
STUB = "*Your answer here.*"
SAME = "By the chain rule, since $e^{\\log x} = x$, the slope is one over $x$ here, as claimed."
NEAR = SAME.replace("as claimed", "as was claimed")
WORDS = "slope limit quotient number growth curve point tangent inverse series proof step".split()


def source(questions: int):
    """The source notebook: a picture, then so many questions of 4 points."""
    cells = [
        new_markdown_cell("# Essays", id="title"),
        new_code_cell("1 + 1", id="picture", metadata={"tags": ["as-handed-in"]}),
    ]
    for number in range(1, questions + 1):
        given = {"nbgrader": new_marks(f"ask_{number}")}
        own = {"nbgrader": new_marks(f"q_{number}", answer=True, points=4)}
        title = f"## Logarithm {number}\n\n" + SCHEME.format(number=number)
        cells.append(new_markdown_cell(title, id=f"ask_{number}", metadata=given))
        cells.append(new_markdown_cell("Because.", id=f"q_{number}", metadata=own))
    notebook = new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    return notebook


def written(student: int, question: int) -> str:
    """An answer: in each class some are blank, some equal, some nearly equal."""
    if student % 10 == 0:
        return "  "
    if student % 10 == 1:
        return SAME
    if student % 10 == 2 and student < 20:
        return NEAR
    chosen = random.Random(1000 * question + student)
    words = " ".join(chosen.choices(WORDS, k=30))
    return f"It is {student * question} by $x^{{{student}}}$: {words}.\n\n- so\n- it goes"


def essays(
    root: Path, students: int, questions: int, db: str | None = None, pixels: int = 200
) -> Course:
    """A graded course of so many students, s000 and on, in the folder `root`."""
    root.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    path = root / "solutions" / ESSAYS / f"{ESSAYS}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(source(questions), path)
    course = Course.at(root, db)
    release(course, ESSAYS, proof=False)
    for student in range(students):
        answers = {f"q_{n}": written(student, n) for n in range(1, questions + 1)}
        hand_in(course, f"s{student:03d}", answers, pixels)
    return course


def hand_in(course: Course, student: str, answers: Mapping[str, str], pixels: int = 200) -> None:
    """Hand in and record, as `autograder grade` does after running a notebook."""
    released = read_notebook(course.released(ESSAYS))
    write_submission(course, student, ESSAYS, fill(released, answers))
    plan = blueprint(course, ESSAYS)
    graded = with_hidden(plan, fill(released, answers))
    (cell,) = [cell for cell in graded.cells if cell.id == "picture"]
    cell.outputs = [
        new_output("display_data", {"image/png": picture(student, pixels), "text/plain": "x"})
    ]
    with course.gradebook() as gradebook:
        record(gradebook, course, plan, student, graded, {})
    result = Result(student, GRADED, *automatic_points(graded), gradebook=course.gradebook_name())
    Store.of(course, ESSAYS).save_status(student, result.as_row())


def picture(name: str, pixels: int = 200) -> str:
    """base64 of a PNG with some noise and a name on it."""
    image = Image.effect_noise((pixels, pixels // 2), 60).convert("RGB")
    ImageDraw.Draw(image).text((10, 10), name, fill="red")
    raw = io.BytesIO()
    image.save(raw, "PNG")
    return base64.b64encode(raw.getvalue()).decode()


@contextlib.contextmanager
def marking(course: Course, *options: str, assignment: str = ESSAYS) -> Iterator[str]:
    """The address of a running `autograder mark`; it ends with the context."""
    words = ["mark", assignment, "--no-browser", "--port", "0", *options]
    where = ["--course", str(course.root), *(["--db", course.db] if course.db else [])]
    server = subprocess.Popen(
        [*AUTOGRADER, *words, *where],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    try:
        said = ""
        while not (match := re.search(r"http://127\.0\.0\.1:\d+/\S+", said)):
            line = server.stdout.readline()
            assert line, f"autograder mark ended: {said}"
            said += line
        yield match[0]
    finally:
        server.terminate()
        server.wait(600)
        server.stdout.close()
