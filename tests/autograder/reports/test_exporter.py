"""Pages of feedback for a class in memory: by our command and by nbgrader's."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_notebook
from traitlets.config import Config

from autograder.course.roster import Person, Roster
from autograder.grading.result import GRADED, NO_SUBMISSION, UNREADABLE, Result
from autograder.reports import exporter, feedback
from autograder.reports.points import Mark, Marks
from helpers.errors import CourseError


def result(student, status=GRADED, **options):
    return Result(student, status, 1.0, 2.0, **options)


class Known(SimpleNamespace):
    """As Results: {student: {notebook: Result or None}}."""

    def each(self, student):
        return self.by_student.get(student, dict.fromkeys(self.notebooks))


@pytest.fixture
def graded(monkeypatch, tmp_path):
    """graded(results, late, notebooks): a course; its pages say what they were made of."""

    def make(results, late=(), notebooks=("ps1",)):
        known = Known(notebooks=list(notebooks), by_student=results)
        blueprints = [
            SimpleNamespace(name="ps1", notebook=n, label=f"ps1/{n}", points=None, released=None)
            for n in notebooks
        ]
        marks = {s: Marks(s, "", {"t": Mark(1.0, 2.0)}, {}) for s in results}
        roster = Roster()
        roster.people = {s: Person(s, f"Name of {s}") for s in results}

        @contextmanager
        def gradebook():
            yield "gradebook"

        def place(kind):
            return lambda student, assignment, notebook=None: (
                tmp_path / kind / student / assignment / f"{notebook or assignment}.html"
            )

        course = SimpleNamespace(
            root=tmp_path,
            results=lambda assignment, notebook=None: tmp_path / ".autograder" / assignment,
            students=lambda assignment: {"ps1": [s for s in results if s != "gone"]}[assignment],
            gradebook=gradebook,
            feedback=place("feedback"),
            submitted=place("submitted"),
            autograded=place("autograded"),
        )
        settled = []
        for module in (exporter, feedback):
            monkeypatch.setattr(module.jobs, "blueprints", lambda *_: blueprints)
            monkeypatch.setattr(
                module.jobs,
                "blueprint",
                lambda course, assignment, notebook: next(
                    each for each in blueprints if each.notebook == notebook
                ),
            )
            monkeypatch.setattr(module, "results_of", lambda course, assignment: known)
            monkeypatch.setattr(module, "settle", lambda *given: settled.append(given[1:]))
            monkeypatch.setattr(module, "late_students", lambda course, book, name: set(late))
            monkeypatch.setattr(module.Roster, "of", lambda course: roster)
        monkeypatch.setattr(
            feedback, "notebook_marks", lambda book, assignment, notebook: dict(marks)
        )
        monkeypatch.setattr(
            exporter, "marks_of", lambda book, assignment, student, notebook: marks.get(student)
        )
        monkeypatch.setattr(feedback, "page_of", lambda released, nb, own: "page")
        monkeypatch.setattr(feedback, "read_graded", lambda path: path.read_text())
        monkeypatch.setattr(
            feedback.pages,
            "render",
            lambda template, **values: f"{template} {sorted(values.items(), key=str)}",
        )
        for student in results:
            for notebook in notebooks:
                path = course.autograded(student, "ps1", notebook)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f"graded {student}")
        course.settled = settled
        return course

    return make


def test_everybody_graded_has_a_page_for_each_notebook(graded):
    course = graded(
        {
            "ada": {"one": result("ada"), "two": result("ada", NO_SUBMISSION)},
            "bob": {"one": result("bob", UNREADABLE, problem="x"), "two": None},
            "gone": {"one": result("gone"), "two": None},
        },
        late=("ada",),
        notebooks=("one", "two"),
    )
    paths = feedback.feedback(course, "ps1")
    places = [path.relative_to(course.root / "feedback").as_posix() for path in paths]
    assert places == [
        *("ada/ps1/one.html", "ada/ps1/two.html", "bob/ps1/one.html", "bob/ps1/two.html"),
        *("gone/ps1/one.html", "gone/ps1/two.html"),
    ]
    ada, bob = paths[0].read_text(), paths[2].read_text()
    assert "('name', 'Name of ada')" in ada and "('late', True)" in ada
    assert "('assignment', 'ps1/one')" in ada and "('student', 'ada')" in ada
    assert "'one: 1 of 2 points'" in ada and "'two: not handed in, 1 of 2 points'" in ada
    assert "('problem', 'x')" in bob and "('late', False)" in bob and "('student', 'bob')" in bob
    assert "('name', 'Name of bob')" in bob and "('page'" not in bob
    assert course.settled == [("gradebook", ["ps1"])]
    for path in paths:
        secret = (path.parent / feedback.SECRET).read_text()
        assert len(secret) == 128 and (path.parent / "timestamp.txt").is_file()


def test_the_students_own_secret_is_used_and_a_new_one_is_kept(graded):
    course = graded({"ada": {"ps1": result("ada")}, "bob": {"ps1": result("bob")}})
    handed_in = course.submitted("ada", "ps1").parent
    handed_in.mkdir(parents=True)
    (handed_in / feedback.SECRET).write_text("mine")
    (handed_in / "timestamp.txt").write_text("2026-10-01 10:00:00 UTC")
    ada, bob = feedback.feedback(course, "ps1")
    assert (ada.parent / feedback.SECRET).read_text() == "mine"
    assert (ada.parent / "timestamp.txt").read_text() == "2026-10-01 10:00:00 UTC"
    secret = (bob.parent / feedback.SECRET).read_text()
    kept = course.root / ".autograder" / "ps1" / "secrets" / "bob.txt"  # a later kit finds it
    assert kept.read_text() == secret
    feedback.feedback(course, "ps1")
    assert (bob.parent / feedback.SECRET).read_text() == secret != ""


def test_who_was_not_judged_has_no_page_and_a_progress_bar_sees_everybody(graded):
    course = graded({"ada": {"ps1": Result("ada", "could not be judged")}, "bob": {"ps1": None}})
    course.autograded("bob", "ps1").unlink()
    seen = []
    with pytest.raises(
        CourseError, match=f"{course.root / 'autograded'}; run `autograder grade ps1`"
    ):
        feedback.feedback(course, "ps1", lambda who: seen.append([*who]) or who)
    assert seen == [["ada", "bob"]] and not (course.root / "feedback").exists()


@pytest.mark.parametrize("late", [(), ("ada",)])
def test_nbgraders_exporter_makes_the_same_page(graded, monkeypatch, late):
    ran = result("ada", stopped="at x", remarks=("one remark",))
    results = {"ada": {"one": result("ada", NO_SUBMISSION), "two": ran}}
    course = graded(results, late, ("one", "two"))
    ours = feedback.feedback(course, "ps1")[1].read_text()
    made = exporter.FeedbackPage(config=Config({"CourseDirectory": {"root": "there"}}))
    monkeypatch.setattr(
        exporter,
        "CourseDirectory",
        lambda config: SimpleNamespace(root=config["CourseDirectory"]["root"]),
    )
    monkeypatch.setattr(exporter.Course, "at", lambda root: course if root == "there" else None)
    of = {"assignment": "ps1", "student": "ada", "notebook": "two"}
    page, resources = made.from_notebook_node(
        new_notebook(), {"nbgrader": of, "metadata": {"name": "two"}}
    )
    assert page == ours and f"('late', {bool(late)})" in page
    assert "('stopped', 'at x')" in page and "one remark" in page
    assert resources["nbgrader"] == of
    assert exporter.FeedbackPage.file_extension == ".html"
    assert exporter.FeedbackPage.output_mimetype == "text/html"
    assert (course.feedback("ada", "ps1").parent / feedback.SECRET).is_file()


def test_a_path_of_the_teachers_machine_is_not_shown(graded, tmp_path):
    problem = f"{tmp_path}/submitted/ada/x.ipynb is no notebook"
    course = graded({"ada": {"ps1": result("ada", UNREADABLE, problem=problem)}})
    (path,) = feedback.feedback(course, "ps1")
    assert "('problem', 'submitted/ada/x.ipynb is no notebook')" in path.read_text()


@pytest.mark.parametrize(
    ("result", "marks", "there", "made"),
    [
        (result("ada"), True, True, True),
        (None, True, True, True),
        (result("ada"), False, True, False),
        (result("ada"), True, False, False),
        (Result("ada", "could not be judged"), True, True, False),
        (Result("ada", UNREADABLE, problem=None), False, False, True),
    ],
)
def test_when_there_is_something_to_say(monkeypatch, tmp_path, result, marks, there, made):
    path = tmp_path / "x.ipynb"
    if there:
        path.write_text("graded")
    own = Marks("ada", "Ada of the gradebook", {"t": Mark(1.0, 2.0)}, {}) if marks else None
    plan = SimpleNamespace(name="ps1", notebook="ps1", label="PS1", released="released")
    course = SimpleNamespace(root=tmp_path, autograded=lambda *_: path)
    monkeypatch.setattr(feedback, "read_graded", lambda path: path.read_text())
    monkeypatch.setattr(feedback, "page_of", lambda *given: given[:2])
    monkeypatch.setattr(feedback.pages, "render", lambda template, **values: values)
    about = {"name": "", "late": True, "whole": ["w"]}
    page = feedback._page(course, plan, own, result, "ada", about)
    assert (page is not None) is made
    if made and marks:
        assert page["page"] == ("released", "graded") and page["problem"] is None
        assert page["name"] == "Ada of the gradebook" and page["late"] and page["whole"] == ["w"]
        assert page["assignment"] == "PS1" and page["marks"] is own
    elif made:
        assert page["problem"] == "" and page["student"] == "ada"


@pytest.mark.parametrize(
    ("status", "shown"), [(GRADED, ("at x", ("r",))), ("settled by hand", (None, ()))]
)
def test_what_a_run_said_is_shown_while_it_counts(monkeypatch, status, shown):
    """What a teacher has settled is not what ran."""
    monkeypatch.setattr(feedback, "page_of", lambda *given: "page")
    monkeypatch.setattr(feedback.pages, "render", lambda template, **values: values)
    own = Marks("ada", "", {}, {})
    plan = SimpleNamespace(label="PS1", released=None)
    made = Result("ada", status, 1.0, 2.0, stopped="at x", remarks=("r",))
    page = feedback.student_page(plan, None, own, made, "Ada")
    assert (page["stopped"], tuple(page["remarks"])) == shown
    assert (page["name"], page["late"], page["whole"]) == ("Ada", False, ())
    assert feedback.student_page(plan, None, own, None)["name"] == ""


@pytest.mark.parametrize("module", [exporter, feedback])
def test_no_page_is_made_of_points_that_have_changed_since(graded, monkeypatch, module):
    course = graded({"ada": {"ps1": result("ada")}})
    asked = []

    def refuse(blueprint, each):
        asked.append((blueprint.notebook, [*each]))
        raise CourseError("points changed")

    monkeypatch.setattr(module, "require_current", refuse)
    monkeypatch.setattr(exporter, "CourseDirectory", lambda config: SimpleNamespace(root="there"))
    monkeypatch.setattr(exporter.Course, "at", lambda root: course)
    with pytest.raises(CourseError, match="points changed"):
        if module is feedback:
            feedback.feedback(course, "ps1")
        of = {"assignment": "ps1", "student": "ada", "notebook": "ps1"}
        about = {"nbgrader": of, "metadata": {"name": "ps1"}}
        exporter.FeedbackPage().from_notebook_node(new_notebook(), about)
    assert asked == [("ps1", [result("ada")])]
    assert not (course.root / "feedback").exists()
