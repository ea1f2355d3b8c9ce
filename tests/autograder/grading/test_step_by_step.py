"""Grading after each of many edits gives what grading once, at the end, gives.

An edit changes points, tests, texts, the date due, an extension, the late plugin's option, an
installed package, a submission or a mark by hand.
"""

import random
import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from autograder.course.course import Course, read_notebook
from autograder.grading.grade import grade
from autograder.grading.preparing import jobs
from autograder.grading.recording.store import Store
from autograder.grading.result import Result, result_of
from autograder.grading.running.workers import Workers
from autograder.notebooks.cells import named, new_marks
from autograder.releasing.release import release
from autograder.reports.class_report import report
from autograder.reports.exports import export_canvas, export_csv, export_nbgrader
from autograder.reports.feedback import feedback
from tests.autograder.grading.in_process import InProcess
from tests.tiny_course import RIGHT, TEST_DOUBLE, TINY, submit, tiny_course

STUDENTS = ("ada", "bob", "cy")
CODE = (RIGHT["double"], "def double(x):\n    return x", "def double(x):\n    return 3 * x", None)
TEXTS = (RIGHT["why"], "Another reason.", None)
TESTS = (
    TEST_DOUBLE,
    TEST_DOUBLE.replace("117.0", "118.0"),
    TEST_DOUBLE.replace("2 * number", "3 * number"),  # wrong, and then corrected
)
TIMES = ("2026-01-09 12:00:00 UTC", "2026-01-10 06:00:00 UTC", "2026-01-12 00:00:00 UTC")
PLUGIN = """
from nbgrader.plugins import LateSubmissionPlugin


class ByTheDay(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return PER_DAY * total_seconds_late / 86400


get_config().AssignLatePenalties.plugin_class = ByTheDay
"""
EXTRA = "test_more"


class Semester:
    """A course, what is done to it, and what a mark was given for."""

    def __init__(self, folder, chance, packages, pool=InProcess):
        self.course, self.chance, self.packages = tiny_course(folder), chance, packages
        self.pool, self.ran, self.log = pool, [], []
        self.plain_config = self.config.read_text()
        self.marks, self.extensions = {}, {}
        for student in STUDENTS:
            submit(self.course, student)

    @property
    def config(self):
        return self.course.root / "nbgrader_config.py"

    def grade(self):
        with self.pool() as pool:
            grade(self.course, TINY, pool=pool)
            self.ran += getattr(pool, "ran", [])

    def edit(self):
        """Do one thing, chosen by chance."""
        edits = [self.points, self.test, self.text, self.cell, self.date, self.extension]
        edits += [self.penalty, self.package, self.resubmit, self.resubmit, self.mark, self.mark]
        chosen = self.chance.choice(edits)
        self.log.append((chosen.__name__, chosen()))

    def points(self):
        name = self.chance.choice(["test_double", "test_bce_loss", "why"])
        worth = self.chance.choice([1, 2, 4])
        self._release(lambda cells: cells[name].metadata.nbgrader.update(points=worth))
        return name, worth

    def test(self):
        source = self.chance.choice(TESTS)
        self._release(lambda cells: cells["test_double"].update(source=source))
        return TESTS.index(source)

    def text(self):
        number = self.chance.random()
        path = self.course.source(TINY)
        notebook = read_notebook(path)
        notebook.cells[0].source = f"# Two exercises, version {number}"
        nbformat.write(notebook, path)
        release(self.course, TINY)

    def cell(self):
        """A test more, or less."""
        path = self.course.source(TINY)
        notebook = read_notebook(path)
        if EXTRA in named(notebook):
            notebook.cells = [cell for cell in notebook.cells if cell.id != EXTRA]
        else:
            marks = {"nbgrader": new_marks(EXTRA, points=1)}
            source = "assert double(1) in (2, 3)"
            notebook.cells.append(new_code_cell(source, id=EXTRA, metadata=marks))
        nbformat.write(notebook, path)
        release(self.course, TINY)

    def date(self):
        when = self.chance.choice([None, "2026-01-10 00:00:00 UTC", "2026-01-11 00:00:00 UTC"])
        with self.course.gradebook() as gradebook:
            gradebook.update_or_create_assignment(TINY, duedate=when)
        return when

    def extension(self):
        student, hours = self.chance.choice(STUDENTS), self.chance.choice([0, 12, 48])
        self.extensions[student] = hours
        self.extend(self.course)
        return student, hours

    def extend(self, course):
        with course.gradebook() as gradebook:
            for student, hours in self.extensions.items():
                gradebook.grant_extension(TINY, student, hours=hours)

    def penalty(self):
        per_day = self.chance.choice([None, 1, 2.5])
        plugin = PLUGIN.replace("PER_DAY", str(per_day)) if per_day else ""
        self.config.write_text(self.plain_config + plugin)
        return per_day

    def package(self):
        version = f"{self.chance.randrange(100)}.0"
        shutil.rmtree(self.packages, ignore_errors=True)
        made = self.packages / f"something-{version}.dist-info"
        made.mkdir(parents=True)
        (made / "METADATA").write_text(f"Name: something\nVersion: {version}\n")
        jobs.take_environment({})
        return version

    def resubmit(self):
        student, code = self.chance.choice(STUDENTS), self.chance.choice(CODE)
        text, when = self.chance.choice(TEXTS), self.chance.choice([None, *TIMES])
        stubs = {n: c.source for n, c in named(read_notebook(self.course.released(TINY))).items()}
        path = submit(
            self.course, student, double=code or stubs["double"], why=text or stubs["why"]
        )
        (path.parent / "timestamp.txt").unlink(missing_ok=True)
        if when:
            (path.parent / "timestamp.txt").write_text(when)
        return student, code, text, when

    def mark(self):
        """As in formgrader, which shows what was graded last."""
        student, name = self.chance.choice(STUDENTS), self.chance.choice(["why", "test_double"])
        shown = read_notebook(self.course.autograded(student, TINY))
        points = self.chance.choice([0, 0.5, 1])
        with self.course.gradebook() as gradebook:
            give(gradebook, student, name, points)
            most = gradebook.find_grade(name, TINY, TINY, student).max_score
        self.marks[student, name] = (points, self.seen(shown, name, most))
        return student, name, points

    @staticmethod
    def seen(notebook, name, most=None):
        """What a mark is given for, reckoned here anew. most: None for that in the notebook."""
        cells = named(notebook)
        most = cells[name].metadata.nbgrader.points if most is None else most
        if name == "why":
            return cells[name].source, most
        failed = any(output.output_type == "error" for output in cells[name].outputs)
        return cells["double"].source, most, failed

    def outdated(self):
        """The (student, cell) of marks for something else than is there now."""
        return {
            (student, name)
            for (student, name), (_, seen) in self.marks.items()
            if seen != self.seen(read_notebook(self.course.autograded(student, TINY)), name)
        }

    def _release(self, change):
        path = self.course.source(TINY)
        notebook = read_notebook(path)
        change(named(notebook))
        nbformat.write(notebook, path)
        release(self.course, TINY)

    def at_once(self, folder):
        """A new course with the same files, graded once, then marked."""
        for name in ("solutions", "submitted"):
            shutil.copytree(self.course.root / name, folder / name)
        shutil.copy(self.config, folder)
        course = Course.at(folder)
        release(course, TINY)
        with self.course.gradebook() as gradebook:
            due = gradebook.find_assignment(TINY).duedate
        with course.gradebook() as gradebook:
            gradebook.update_or_create_assignment(TINY, duedate=due)
        with self.pool() as pool:
            grade(course, TINY, pool=pool)
        self.extend(course)
        with course.gradebook() as gradebook:
            for (student, name), (points, _) in self.marks.items():
                give(gradebook, student, name, points)
        store = Store.of(course, TINY)
        for student, name in self.outdated():
            with course.gradebook() as gradebook:
                gradebook.find_grade(name, TINY, TINY, student).needs_manual_grade = True
                gradebook.db.commit()
            rows = store.marks(student)
            rows[name] |= {"mark": self.marks[student, name][0], "marked": None}
            store.save_marks(student, rows)
        return course


def give(gradebook, student, name, points):
    found = gradebook.find_grade(name, TINY, TINY, student)
    found.manual_score, found.needs_manual_grade = points, False
    gradebook.find_comment(name.removeprefix("test_"), TINY, TINY, student).manual_comment = "Seen."
    gradebook.db.commit()


def everything(course):
    """{name: what anybody can see} of a course."""
    csv = export_csv(course, course.root / "grades.csv", [TINY]).read_text()
    found = {"csv": csv, "nbgrader": export_nbgrader(course, course.root / "n.csv").read_text()}
    most = next(line for line in csv.splitlines() if line.startswith("ada,")).split(",")[5]
    template = course.root / "canvas.csv"
    rows = [f"{student},{number},,{student},A," for number, student in enumerate(STUDENTS)]
    head = ["Student,ID,SIS User ID,SIS Login ID,Section,tiny (7)", f"Points Possible,,,,,{most}"]
    template.write_text("\n".join([*head, *rows]) + "\n")
    filled = export_canvas(course, course.root / "filled.csv", TINY, template)
    found |= {"canvas": filled.text, "notes": filled.notes}
    feedback(course, TINY)
    for student in STUDENTS:
        found[f"page of {student}"] = course.feedback(student, TINY).read_text()
        own: Result = result_of(Store.of(course, TINY), student)
        found[f"result of {student}"] = (own.status, own.score, own.max_score, own.verdicts)
        found[f"remarks on {student}"] = own.remarks
        notebook = read_notebook(course.autograded(student, TINY))
        found[f"notebook of {student}"] = [
            (c.id, c.source, c.metadata.get("nbgrader"), c.get("outputs")) for c in notebook.cells
        ]
    page = report(course, TINY)
    before, _, rest = page.partition("<h2>Slowest cells</h2>")
    found["report"] = (before, rest.partition("<h2>Students</h2>")[2])  # without times
    with course.gradebook() as gradebook:
        for each in gradebook.assignment_submissions(TINY):
            (page,) = each.notebooks
            found[f"gradebook of {each.student_id}"] = (
                each.timestamp, each.extension, page.late_submission_penalty or 0.0,
                page.score, page.max_score, page.needs_manual_grade,
                sorted((c.name, c.comment or "") for c in page.comments),
                sorted(
                    (g.name, g.auto_score, g.manual_score, g.max_score, g.needs_manual_grade)
                    for g in page.grades
                ),
            )  # fmt: skip
    return found


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """A folder of installed packages."""
    monkeypatch.syspath_prepend(tmp_path / "packages")
    yield tmp_path / "packages"
    jobs.take_environment({})


def compare(semester, folder):
    step_by_step, at_once = everything(semester.course), everything(semester.at_once(folder))
    for name, value in at_once.items():
        assert step_by_step[name] == value, (name, semester.log)
    outdated = semester.outdated()
    with semester.course.gradebook() as gradebook:
        for student, name in semester.marks:
            found = gradebook.find_grade(name, TINY, TINY, student).needs_manual_grade
            assert found == ((student, name) in outdated), (student, name, semester.log)


def play(semester, edits):
    semester.grade()
    for _ in range(edits):
        semester.edit()
        if semester.chance.random() < 0.6:
            semester.grade()
    semester.grade()


MORE = [pytest.param(seed, marks=pytest.mark.deep) for seed in range(2, 40)]


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow), *MORE])
def test_step_by_step_is_as_at_once(tmp_path, packages, seed):
    semester = Semester(tmp_path / "course", random.Random(seed), packages)
    play(semester, 14)
    compare(semester, tmp_path / "new")
    before = list(semester.ran)
    semester.grade()
    assert semester.ran == before  # nothing is left to do


@pytest.mark.deep
@pytest.mark.sandbox
@pytest.mark.parametrize("seed", [0, 1])
def test_in_sandboxes_too(tmp_path, packages, seed):
    chance = random.Random(seed)
    semester = Semester(tmp_path / "course", chance, packages, lambda: Workers(count=1))
    play(semester, 8)
    compare(semester, tmp_path / "new")
