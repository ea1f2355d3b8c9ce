"""One week of a class, from Canvas's zip to Canvas's gradebook, reckoned a second time by hand.

What each student does and what it is worth is written down here, without any code of the grader's.
"""

import copy
import csv
import io
import json
import zipfile
from dataclasses import dataclass

import nbformat
import pytest

from autograder.collecting.collect import NOT_MATCHED, NOTHING, collect
from autograder.course.course import read_notebook
from autograder.grading.grade import grade
from autograder.grading.result import UNREADABLE
from autograder.notebooks.fill_answers import fill
from autograder.releasing.release import release
from autograder.reports.exports import export_canvas, export_csv
from autograder.reports.feedback import feedback
from tests.tiny_course import RIGHT, TINY, tiny_course

pytestmark = pytest.mark.sandbox

DUE = "2026-10-01 12:00 UTC"
SAME_DOUBLE = "def double(x):\n    return x"
NEGATIVE = RIGHT["bce_loss"].replace("return ", "return -")


@dataclass(frozen=True)
class Kind:
    """What a student does. double, loss: whether it is right. late: as Canvas says."""

    name: str
    double: bool = True
    loss: bool = True
    late: bool = False


KINDS = (
    Kind("right"),
    Kind("double is wrong", double=False),
    Kind("late", late=True),
    Kind("resubmitted", loss=False),  # the first one had nothing right
    Kind("split cell"),
    Kind("other editor", double=False),
    Kind("late, with an extension", late=True),
    Kind("excused"),
    Kind("nothing handed in", double=False, loss=False),
    Kind("unreadable", double=False, loss=False),
    Kind("left as given", double=False, loss=False),
    Kind("own name"),  # Copy of tiny.ipynb
)
NO_SCORE = ("nothing handed in", "unreadable")


@dataclass(frozen=True)
class Student:
    number: int
    kind: Kind

    @property
    def id(self) -> str:
        return f"student{self.number}"

    @property
    def canvas(self) -> str:
        return str(2000 + self.number)

    @property
    def by_hand(self) -> float | None:
        """Points for the written answer; None: nobody has marked it. An answer left as given: 0."""
        if self.kind.name == "left as given":
            return 0.0
        return None if self.number % 5 == 3 else self.number % 3 / 2

    def points(self, double: float, loss: float) -> float:
        """The reckoning: what the exercises and the written answer are worth."""
        right = double * self.kind.double + loss * self.kind.loss
        return right + (self.by_hand or 0.0)


class Week:
    def __init__(self, root, count):
        self.students = [Student(n, KINDS[n % len(KINDS)]) for n in range(count)]
        self.course = tiny_course(root)
        self.blank = read_notebook(self.course.released(TINY))
        rows = [f'{s.id};"Family{s.number}, Given";{s.canvas}.0\n' for s in self.students]
        (root / "roster.csv").write_text("".join(["id;name;canvas id\n", *rows]))

    def notebook(self, **sources):
        made = fill(self.blank, RIGHT | {"why": "Because of this."} | sources)
        return json.loads(nbformat.writes(made))

    def files(self, student):
        """[(name in Canvas's zip, content)] of a student."""
        kind = student.kind
        late = "_LATE" if kind.late else ""
        start = f"family{student.number}given{late}_{student.canvas}_90{student.number:02d}"
        wrong = {} if kind.double else {"double": SAME_DOUBLE}
        wrong |= {} if kind.loss else {"bce_loss": NEGATIVE}
        made = self.notebook(**wrong)
        if kind.name == "nothing handed in":
            return []
        if kind.name == "unreadable":
            return [(f"{start}1_tiny.ipynb", b"{")]
        if kind.name == "left as given":
            return [(f"{start}1_tiny.ipynb", nbformat.writes(self.blank).encode())]
        if kind.name == "resubmitted":
            first = self.notebook(double=SAME_DOUBLE, bce_loss=NEGATIVE)
            return [
                (f"{start}1_tiny.ipynb", json.dumps(first)),
                (f"{start}2_tiny-1.ipynb", json.dumps(made)),
            ]
        if kind.name == "split cell":
            _split(made)
        if kind.name == "other editor":
            _as_another_editor(made)
        if kind.name == "own name":
            return [(f"{start}1_Copy of tiny.ipynb", json.dumps(made))]
        return [(f"{start}1_tiny.ipynb", json.dumps(made))]

    def zip(self, path):
        with zipfile.ZipFile(path, "w") as archive:
            for student in self.students:
                for name, content in self.files(student):
                    archive.writestr(name, content)
            archive.writestr("stranger_1999_1_tiny.ipynb", json.dumps(self.notebook()))
        return path

    def of(self, *names):
        return {student.id for student in self.students if student.kind.name in names}

    def mark(self):
        """Each written answer that is marked, by hand, as in formgrader."""
        with self.course.gradebook() as gradebook:
            for student in self.students:
                if student.kind.name in (*NO_SCORE, "left as given") or student.by_hand is None:
                    continue
                found = gradebook.find_grade("why", TINY, TINY, student.id)
                found.manual_score, found.needs_manual_grade = student.by_hand, False
            gradebook.db.commit()

    def require(self, tmp_path, double, loss, marked):
        """Both tables hold what is reckoned here.

        double, loss: what a right answer gets. marked: whether the written answers are.
        """
        maximum = 3.0 + loss + 2.0
        table = export_csv(self.course, tmp_path / "grades.csv", [TINY])
        rows = {row["student"]: row for row in csv.DictReader(table.open(newline=""))}
        assert set(rows) == {student.id for student in self.students}
        for student in self.students:
            row, waits = rows[student.id], self.waits(student, marked)
            assert row["name"] == f"Family{student.number}, Given"
            assert bool(row["tiny late"]) == (student.kind.name == "late"), student
            if student.kind.name in NO_SCORE:
                status = "no submission" if student.kind.name == NO_SCORE[0] else UNREADABLE
                assert (row["tiny status"], row["tiny points"]) == (status, "")
                continue
            by_hand = 0.0 if marked else student.by_hand or 0.0
            reckoned = student.points(double, loss) - by_hand
            assert float(row["tiny points"]) == reckoned, student
            assert float(row["tiny maximum"]) == maximum
            assert int(row["tiny not marked yet"]) == waits, student
            assert (row["why"] == "") == bool(waits)
        self.require_canvas(tmp_path, double, loss, marked, maximum)

    def waits(self, student, marked):
        if student.kind.name in (*NO_SCORE, "left as given"):
            return 0
        return int(student.by_hand is None or not marked)

    def require_canvas(self, tmp_path, double, loss, marked, maximum):
        """With two names, a decimal comma, excused students and the waiting ones held."""
        template, to = tmp_path / "canvas.csv", tmp_path / "import.csv"
        lines = ["LastName;FirstName;ID;SIS Login ID;Section;Tiny (501)"]
        lines += [f"    Points Possible;;;;;{maximum:.2f}".replace(".", ",")]
        for student in self.students:
            there = "EX" if student.kind.name == "excused" else ""
            lines.append(
                f"Family{student.number};Given;{student.canvas};x{student.number};S;{there}"
            )
        template.write_text("\n".join([*lines, "Student;Test;2999;t;S;", ""]))
        done = export_canvas(self.course, to, TINY, template, hold=True)
        told = {who for who, _, _ in done.notes}
        rows = list(csv.reader(io.StringIO(to.read_text()), delimiter=";"))[2:-1]
        for student, row in zip(self.students, rows, strict=True):
            if student.kind.name == "excused":
                assert row[-1] == "EX" and student.id in told
            elif student.kind.name in NO_SCORE or self.waits(student, marked):
                assert row[-1] == "" and student.id in told
            else:
                reckoned = f"{student.points(double, loss):g}".replace(".", ",")
                assert row[-1] == reckoned, student


def _split(content):
    """JupyterLab's Split Cell: both halves have the marks."""
    (place,) = [n for n, cell in enumerate(content["cells"]) if cell["id"] == "double"]
    first = content["cells"][place]
    second = copy.deepcopy(first) | {"id": "second-half"}
    first["source"] = "FACTOR = 2"
    second["source"] = "def double(x):\n    return FACTOR * x"
    content["cells"].insert(place + 1, second)


def _as_another_editor(content):
    for cell in content["cells"]:
        cell["id"] = f"#VSC-{cell['id']}"
        cell.pop("outputs", None)
        cell.pop("execution_count", None)


def change(course, cell_id, edit):
    """The instructor edits a cell of the solution notebook."""
    path = course.source(TINY)
    notebook = nbformat.read(path, 4)
    (cell,) = [cell for cell in notebook.cells if cell.id == cell_id]
    edit(cell)
    nbformat.write(notebook, path)


@pytest.mark.parametrize(
    "count", [pytest.param(len(KINDS), id="12"), pytest.param(60, marks=pytest.mark.deep)]
)
def test_every_number_of_a_week(tmp_path, count):
    week = Week(tmp_path / "course", count)
    course = week.course
    # The test of one exercise asks for the wrong thing: everybody loses these points at first.
    change(course, "test_double", lambda cell: cell.update(
        source=cell.source.replace("2 * number", "3 * number")))  # fmt: skip
    release(course, TINY, proof=False)
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(TINY, duedate=DUE)

    rows = collect(course, TINY, week.zip(tmp_path / "submissions.zip"))
    assert {row.student for row in rows if row.status == NOTHING} == week.of("nothing handed in")
    assert [row.file for row in rows if row.status == NOT_MATCHED] == ["stranger_1999_1_tiny.ipynb"]
    results = {result.student: result for result in grade(course, TINY)}
    assert {s for s, r in results.items() if r.status == UNREADABLE} == week.of("unreadable")
    with course.gradebook() as gradebook:
        for student in week.of("late, with an extension"):
            gradebook.grant_extension(TINY, student, days=1)
    week.require(tmp_path, double=0.0, loss=5.0, marked=False)

    week.mark()
    change(course, "test_double", lambda cell: cell.update(
        source=cell.source.replace("3 * number", "2 * number")))  # fmt: skip
    release(course, TINY)
    grade(course, TINY)
    week.require(tmp_path, double=3.0, loss=5.0, marked=True)

    change(course, "test_bce_loss", lambda cell: cell.metadata.nbgrader.update(points=7.5))
    release(course, TINY)
    grade(course, TINY)
    week.require(tmp_path, double=3.0, loss=7.5, marked=True)

    pages = {page.parent.parent.name: page.read_text() for page in feedback(course, TINY)}
    assert set(pages) == {s.id for s in week.students if s.kind.name != "nothing handed in"}
    for student in week.students:
        if student.kind.name not in NO_SCORE:
            total = f"{student.points(3.0, 7.5):g} of 12.5 points"
            assert total in pages[student.id], student
            assert ("Handed in late" in pages[student.id]) == (student.kind.name == "late")
