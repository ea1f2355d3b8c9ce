"""The marker's desk: what the pages show of a class, and what becomes of a mark."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from nbgrader.api import Gradebook
from sqlalchemy.exc import DBAPIError

from autograder.course.course import Course
from autograder.course.database import reopened
from autograder.course.roster import Roster
from autograder.grading.preparing import jobs
from autograder.grading.recording.settle import settle
from autograder.marking import agreement, answer_page, groups, log, progress, similar
from autograder.marking.log import FIRST, SECOND
from autograder.marking.marks import Change, Mark, Marks, Seen
from autograder.marking.questions import Question, questions
from autograder.marking.submissions import Submissions
from autograder.notebooks import cells
from autograder.notebooks.of_assignment import graded_notebooks
from helpers.errors import CourseError


@dataclass(frozen=True)
class Options:
    """How somebody marks.

    marker: who it is. part: (2, 4) for the second of four shares of the students, or None. only:
    grade_ids of questions, or none for all. names: whether students are named. second: the share of
    marked answers that are marked a second time, or None for the first time.
    """

    marker: str
    part: tuple[int, int] | None = None
    only: tuple[str, ...] = ()
    names: bool = False
    second: float | None = None


class Desk:
    """One marker's view of one assignment. Raises CourseError if there is nothing to mark."""

    def __init__(
        self, course: Course, gradebook: Gradebook, assignment: str, options: Options
    ) -> None:
        if (names := graded_notebooks(course, assignment)) != [assignment]:
            files = ", ".join(f"{name}.ipynb" for name in names)
            raise CourseError(
                f"solutions/{assignment} is graded by {files}, and "
                f"`autograder mark` shows {assignment}.ipynb alone: mark this one in formgrader."
            )
        self.course, self.assignment = course, assignment
        self.options = options
        self.submissions = Submissions(course, assignment)
        self.roster = Roster.of(course)
        self.engine = reopened(gradebook.engine)
        log.create(self.engine)
        turn = FIRST if options.second is None else SECOND
        self.marks = Marks(self.engine, assignment, self._digest, turn)
        self.first = Marks(self.engine, assignment, self._digest)
        settle(course, gradebook, [assignment])
        gradebook.db.close()  # nothing of it is to be held while somebody marks
        self._groups: dict[str, tuple[tuple[Any, ...], list[groups.Group]]] = {}
        self.refresh()

    def reconnect(self) -> None:
        """After a failure of the gradebook, which may be another one by now, from a backup."""
        self.engine.dispose()
        with contextlib.suppress(DBAPIError):
            log.create(self.engine)

    def refresh(self) -> None:
        """Read the questions and their schemes again, as they are in solutions/ now."""
        blueprints = jobs.blueprints(self.course, self.assignment)
        if len(blueprints) > 1:
            raise CourseError(
                f"{self.assignment} has several notebooks, which are not marked here yet; mark it "
                "in formgrader."
            )
        (self.blueprint,) = blueprints
        waits = self.first.names()
        if not self.first.students():
            raise CourseError(
                f"Nothing of {self.assignment} has been graded in {self.course.root}; run "
                f"`autograder grade {self.assignment}` first."
            )
        tests = {name for name in self.blueprint.tests if name in waits}
        self.questions = questions(self.blueprint, filter(None, tests))
        unknown = set(self.options.only) - set(self.questions)
        if unknown:
            raise CourseError(
                f"{self.assignment} has no question {sorted(unknown)[0]!r} to mark; there are "
                f"{', '.join(self.questions) or 'none'}."
            )
        if self.options.only:
            self.questions = {
                name: each for name, each in self.questions.items() if name in self.options.only
            }
        if not self.questions:
            raise CourseError(f"{self.assignment} has no answers that a person marks.")

    @property
    def id(self) -> str:
        """What marks, for whom: pages of another desk are no pages of this one."""
        return f"{self.assignment} {self.marks.turn} {self.options.marker}"

    def question(self, name: str) -> Question:
        """The question with this grade_id. Raises CourseError if there is none."""
        try:
            return self.questions[name]
        except KeyError:
            raise CourseError(f"There is no question {name} here to mark.") from None

    def mine(self, question: Question) -> list[Mark]:
        """The marks of the answers that this marker is to see."""
        marks = [mark for mark in self.marks.of(question) if self._is_mine(mark.student)]
        sample = self._sample(question)
        return marks if sample is None else [each for each in marks if each.id in sample]

    def overview(self) -> list[dict[str, Any]]:
        """A row for each question: its title, and how far it is."""
        rows = []
        entries = self.marks.log(self.marks.turn)
        for number, question in enumerate(self.questions.values(), 1):
            mine = self.mine(question)
            found = progress.of(question, mine, entries)
            rows.append({"number": number, "question": question, "progress": found})
        return rows

    def answers(self, name: str) -> dict[str, Any]:
        """All that the page of a question needs but the answers' text, as JSON values."""
        question = self.question(name)
        marks = {mark.id: mark for mark in self.mine(question)}
        ordered, listed = self._ordered(question, marks), []
        for group_number, group in enumerate(ordered):
            for id in group.members:
                mark = marks[id]
                row = {**mark.as_row(), "group": group_number, "kind": group.kind}
                listed.append({**row, "name": self._name(mark.student)})
        for number, row in enumerate(listed, 1):
            row["number"] = number
        return {"answers": listed, **self.state(name, marks)}

    def state(self, name: str, marks: Mapping[str, Mark] | None = None) -> dict[str, Any]:
        """What changes while others mark: every mark, progress, comments given before."""
        question = self.question(name)
        marks = marks if marks is not None else {mark.id: mark for mark in self.mine(question)}
        entries = [row for row in self.marks.log(self.marks.turn) if row["cell"] == name]
        return {
            "marks": [mark.as_row() for mark in marks.values()],
            "progress": progress.of(question, list(marks.values()), entries).as_row(),
            "comments": progress.comments(marks.values()),
        }

    def answer(self, id: str) -> dict[str, Any]:
        """The text of one answer as HTML, and who has marked it."""
        question = self._question_of(id)
        mark = self._mark(question, id)
        notebook = self.submissions.notebook(mark.student)
        page = answer_page.render(question, notebook, self.blueprint.released)
        history = [
            {key: row[key] for key in ("marker", "at", "points")} for row in self.marks.history(id)
        ]
        return {"html": page, "history": history, "version": mark.version}

    def save(self, id: str, row: Any) -> dict[str, Any]:
        """Save what a browser sent; the mark as it is now. Raises Conflict or CourseError."""
        question = self._question_of(id)
        self._require_sampled(question, id)
        sent_from = row.get("desk", self.id) if isinstance(row, dict) else self.id
        if sent_from != self.id:  # a page that was left open, of another server at this address
            raise CourseError(
                f"this page is not {self.options.marker}'s; open the address that its marker's "
                "`autograder mark` printed."
            )
        change, seen = Change.of(row, question), Seen.of(row)
        marker = self.options.marker
        return self.marks.save(question, id, change, seen, marker, self._is_mine).as_row()

    def similar(self) -> tuple[list[similar.Alike], list[similar.Pair]]:
        """Whose answers, code included, are alike."""
        stubs = {
            name: cell.source
            for name, cell in cells.named(self.blueprint.released).items()
            if cells.is_answer(cell)
        }
        students = self.first.students()
        work = {student: self.submissions.code(student) for student in students}
        found = similar.alike(work, stubs)
        return found, similar.pairs(found)

    def agreements(self) -> list[agreement.Agreement]:
        """How far second marks agree with the first ones."""
        return agreement.agreements(self.first, self.questions)

    def sheet(self) -> dict[str, str]:
        """{cell id: heading} of the cells of which somebody handed in a picture."""
        return answer_page.picture_cells(self.blueprint.released)

    def picture(self, student: str, cell: str) -> str | None:
        """The address, with the data in it, of the first picture of a student's cell, or None."""
        try:
            return answer_page.first_picture(self.submissions.notebook(student), cell)
        except CourseError:  # settled without a notebook that could be read
            return None

    def students(self) -> list[str]:
        """The students of this marker's part, in the order of a shuffle that stays the same."""
        students = self.first.students()
        if self.options.part:
            part, parts = self.options.part
            students = [
                each for each in students if agreement.part_of(self.assignment, each, parts) == part
            ]
        chosen = agreement.shuffled(self.assignment, students)
        return sorted(chosen) if self.options.names else chosen

    def shown_name(self, student: str) -> str:
        """The student's name if names are shown, or a number that tells nothing."""
        if self.options.names:
            return self._name(student) or student
        everybody = agreement.shuffled(self.assignment, self.first.students())
        return f"Student {everybody.index(student) + 1}"

    def heading(self, question: Question) -> Markup:
        """The text of a question as HTML."""
        return answer_page.heading(question, self.course.released(self.assignment).parent)

    def _ordered(self, question: Question, marks: Mapping[str, Mark]) -> list[groups.Group]:
        """The groups of the answers, in an order that is another one for each question."""
        ids = agreement.shuffled(question.name, list(marks))
        written = {id: self.submissions.written(marks[id].student, question) for id in ids}
        key = tuple((id, each and each.digest) for id, each in written.items())
        kept = self._groups.get(question.name)
        if kept is None or kept[0] != key:
            sources = {id: each.source for id, each in written.items() if each}
            pictures = [id for id, each in written.items() if each and each.pictures]
            kept = (key, groups.grouped(sources, question.stub, pictures))
            self._groups[question.name] = kept
        return kept[1]

    def _question_of(self, id: str) -> Question:
        return self.question(self.first.question_of(id) or "?")

    def _mark(self, question: Question, id: str) -> Mark:
        """The mark with this id, if this marker is to see it."""
        self._require_sampled(question, id)
        mark = self.marks.one(question, id)
        if mark is None or not self._is_mine(mark.student):
            raise CourseError(f"There is no answer {id} here to mark.")
        return mark

    def _sample(self, question: Question) -> set[str] | None:
        """The ids of the answers that are marked a second time; None for the first time."""
        if self.options.second is None:
            return None
        marked = sorted(each.id for each in self.first.of(question) if each.points is not None)
        return agreement.sampled(self.assignment, marked, self.options.second)

    def _require_sampled(self, question: Question, id: str) -> None:
        """CourseError if a second marker asks for an answer that is not in the sample."""
        sample = self._sample(question)
        if sample is not None and id not in sample:
            raise CourseError(f"There is no answer {id} here to mark a second time.")

    def _is_mine(self, student: str) -> bool:
        """Whether the student is in this marker's part."""
        part, parts = self.options.part or (1, 1)
        return agreement.part_of(self.assignment, student, parts) == part

    def _name(self, student: str) -> str | None:
        if not self.options.names:
            return None
        return self.roster.name(student) or student

    def _digest(self, student: str, question: Question) -> str:
        written = self.submissions.written(student, question)
        return written.digest if written else ""
