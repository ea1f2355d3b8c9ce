"""Read and write marks in nbgrader's gradebook, and never over a change that was not seen."""

import functools
import hashlib
import json
import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    SolutionCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from sqlalchemy import bindparam, func, select, text
from sqlalchemy.engine import Engine, RowMapping
from sqlalchemy.orm import Session

from autograder.marking.log import FIRST, LOG, SECOND
from autograder.marking.questions import Question
from helpers.errors import CourseError

LONGEST_COMMENT = 20_000
WRITE = re.compile(r"[0-9A-Za-z-]{0,40}")


@dataclass(frozen=True)
class Change:
    """What a marker decides. points: None takes the mark away. given: ids of the scheme's lines.

    write: the name of this write, "" if it has none.
    """

    points: float | None
    given: tuple[str, ...] = ()
    own: str = ""
    flag: bool = False
    write: str = ""

    @classmethod
    def of(cls, row: Any, question: Question) -> "Change":
        """The Change that a browser sent. Raises CourseError if it cannot be a mark."""
        row = row if isinstance(row, dict) else {}
        points, given, own = row.get("points"), row.get("given", []), row.get("own", "")
        if points is not None:
            number = isinstance(points, int | float) and not isinstance(points, bool)
            if not number or not math.isfinite(points) or not 0 <= points <= question.most:
                raise CourseError(
                    f"{question.name}: points must be a number from 0 to {question.most:g}."
                )
        lines = {line.id for line in question.scheme.lines}
        if not isinstance(given, list) or not set(map(str, given)) <= lines:
            raise CourseError(f"{question.name}: the marking scheme has changed; reload the page.")
        if not isinstance(own, str) or len(own) > LONGEST_COMMENT:
            raise CourseError(
                f"{question.name}: a comment has at most {LONGEST_COMMENT:,} characters."
            )
        clean = own.encode("utf-8", "replace").decode().replace("\0", "")
        write = row.get("write", "")
        if not isinstance(write, str) or not WRITE.fullmatch(write):
            raise CourseError(f"{question.name}: this is no mark; reload the page.")
        return cls(
            None if points is None else float(points),
            tuple(map(str, given)),
            clean,
            row.get("flag") is True,
            write,
        )

    def comment(self, question: Question) -> str | None:
        """The comment for the student: the sentences of the given lines, and the marker's own."""
        sentences = [
            f"+{line.points:g}: {line.sentence}"
            for line in question.scheme.lines
            if line.id in self.given
        ]
        return "\n".join(filter(None, [*sentences, self.own.strip()])) or None


@dataclass(frozen=True)
class Seen:
    """What a marker saw when he decided. version: of the mark; text: of the answer.

    unheard: names of the writes that his browser sent and has no reply to.
    """

    version: str
    text: str = ""
    unheard: frozenset[str] = frozenset()

    @classmethod
    def of(cls, row: Any) -> "Seen":
        """As a browser sent it."""
        row = row if isinstance(row, dict) else {}
        sent = row.get("sent")
        unheard = map(str, sent) if isinstance(sent, list) else ()
        return cls(str(row.get("version")), str(row.get("text")), frozenset(unheard) - {""})

    def is_of(self, mark: "Mark") -> bool:
        """Whether the mark is what the marker saw, or what he himself made of it since."""
        return mark.version == self.version or (
            mark.write in self.unheard and mark.text == self.text
        )


@dataclass(frozen=True)
class Mark:
    """One answer's mark. id: of nbgrader's Grade.

    auto: automatic points, of an answer left as given. extra: formgrader's extra credit. outdated:
    the answer or the maximum changed after it was marked. given, own, flag, marker, at: from the
    log; marker is None for a mark that formgrader gave. old_scheme: whether the scheme has changed
    since. text: changes with the answer. write: the name of the write that left it so. version:
    changes with everything that a marker sees.
    """

    id: str
    student: str
    points: float | None
    auto: float | None
    extra: float
    outdated: bool
    comment: str
    given: tuple[str, ...]
    own: str
    flag: bool
    marker: str | None
    at: float | None
    old_scheme: bool
    text: str
    write: str = field(compare=False)
    version: str = field(compare=False)

    @property
    def change(self) -> Change:
        """The Change that makes it so."""
        return Change(self.points, self.given, self.own, self.flag, self.write)

    @property
    def waits(self) -> bool:
        """Whether a person has to mark it."""
        return self.outdated or (self.points is None and self.auto is None)

    def as_row(self) -> dict[str, Any]:
        """Plain JSON values for a browser, without the student."""
        return {
            "id": self.id,
            "points": self.points,
            "auto": self.auto,
            "extra": self.extra,
            "outdated": self.outdated,
            "waits": self.waits,
            "given": list(self.given),
            "own": self.own,
            "flag": self.flag,
            "marker": self.marker,
            "at": self.at,
            "oldScheme": self.old_scheme,
            "text": self.text,
            "write": self.write,
            "version": self.version,
        }


class Conflict(Exception):
    """Somebody else changed the mark, or the student the answer. now: the Mark as it is."""

    def __init__(self, now: Mark) -> None:
        super().__init__(now.marker)
        self.now = now


class Marks:
    """The marks of one assignment. digest: gives the digest of (student, question)'s answer."""

    def __init__(
        self,
        engine: Engine,
        assignment: str,
        digest: Callable[[str, Question], str],
        turn: str = FIRST,
    ) -> None:
        self.engine, self.assignment, self.digest, self.turn = engine, assignment, digest, turn

    def of(self, question: Question) -> list[Mark]:
        """The marks of every answer to a question, by student."""
        with Session(self.engine) as session:
            return self._read(session, question)

    def one(self, question: Question, id: str) -> Mark | None:
        """The mark with this id; None if it is no answer to the question."""
        with Session(self.engine) as session:
            return next(iter(self._read(session, question, id)), None)

    def students(self) -> list[str]:
        """Everybody who has been graded, sorted."""
        query = (
            _graded(select(Student.id).select_from(Grade), self.assignment)
            .distinct()
            .order_by(Student.id)
        )
        with Session(self.engine) as session:
            return list(session.execute(query).scalars())

    def save(
        self,
        question: Question,
        id: str,
        change: Change,
        seen: Seen,
        marker: str,
        mine: Callable[[str], bool] = lambda student: True,
    ) -> Mark:
        """Write a mark and its comment; the Mark as it is then.

        mine: whether the marker marks a student. Raises Conflict if the mark is not the one that he
        saw, and CourseError if there is no such answer.
        """
        with Session(self.engine) as session:
            if self.engine.dialect.name == "sqlite":
                # Otherwise SQLite lets others write between our reading and our writing.
                session.execute(text("BEGIN IMMEDIATE"))
            session.execute(select(Grade.id).where(Grade.id == id).with_for_update())
            found = self._read(session, question, id)
            if not found or not mine(found[0].student):
                raise CourseError(f"{question.name}: this answer is not here to be marked.")
            if not seen.is_of(found[0]):
                raise Conflict(found[0])
            if change.write and change == found[0].change:
                return found[0]  # it had arrived before
            comment = change.comment(question)
            if self.turn == FIRST:
                self._write(session, question, id, change.points, comment)
            session.execute(
                LOG.insert().values(
                    grade=id,
                    turn=self.turn,
                    marker=marker[:100],
                    at=time.time(),
                    points=change.points,
                    given=json.dumps(change.given),
                    own=change.own,
                    comment=comment,
                    flag=change.flag,
                    scheme=question.scheme.digest,
                    write=change.write,
                )
            )
            session.flush()
            now = self._read(session, question, id)[0]
            session.commit()
            return now

    def question_of(self, id: str) -> str | None:
        """The grade_id of the cell whose Grade this is, if it is of this assignment."""
        with Session(self.engine) as session:
            values = {"assignment": self.assignment, "id": id}
            return session.execute(_name_of(), values).scalar()

    def names(self) -> dict[str, int]:
        """{grade_id: answers that nobody has given points for, and no test} of the assignment."""
        waits = Grade.auto_score.is_(None)
        with Session(self.engine) as session:
            query = _graded(select(BaseCell.name, func.count()).select_from(Grade), self.assignment)
            rows = session.execute(query.where(waits).group_by(BaseCell.name))
            return {name: count for name, count in rows}

    def log(self, turn: str | None = None) -> list[RowMapping]:
        """Rows of the log with the cell and the student of each, oldest first."""
        with Session(self.engine) as session:
            columns = (LOG, BaseCell.name.label("cell"), Student.id.label("student"))
            query = _graded(select(*columns).select_from(Grade), self.assignment)
            query = query.join(LOG, LOG.c.grade == Grade.id).order_by(LOG.c.id)
            if turn:
                query = query.where(LOG.c.turn == turn)
            return list(session.execute(query).mappings())

    def history(self, id: str) -> list[RowMapping]:
        """The rows of the log of one answer, oldest first."""
        query = select(LOG).where(LOG.c.grade == id, LOG.c.turn == self.turn).order_by(LOG.c.id)
        with Session(self.engine) as session:
            return list(session.execute(query).mappings())

    def _write(
        self,
        session: Session,
        question: Question,
        id: str,
        points: float | None,
        comment: str | None,
    ) -> None:
        grade = session.get_one(Grade, id)
        grade.manual_score = points
        # As formgrader: whoever marks has looked.
        grade.needs_manual_grade = points is None and grade.auto_score is None
        of_page = _queries(True)[1]
        page = {"comment": question.comment, "page": grade.notebook_id}
        row = session.execute(of_page, page).scalar()
        if row is not None:
            row.manual_comment = comment

    def _read(self, session: Session, question: Question, id: str | None = None) -> list[Mark]:
        # Made once: SQLAlchemy takes longer to put a query together than SQLite to answer it.
        of_grades, of_comments, of_log = _queries(id is not None)
        values = {"assignment": self.assignment, "cell": question.name, "id": id}
        rows = session.execute(of_grades, values).all()
        page = rows[0][0].notebook_id if rows else None
        said = session.execute(of_comments, {"comment": question.comment, "page": page})
        comments = {each.notebook_id: each for each in said.scalars()}
        logged = session.execute(of_log, {**values, "turn": self.turn})
        log = {row["grade"]: row for row in logged.mappings()}
        return [
            self._mark(question, grade, student, comments.get(grade.notebook_id), log.get(grade.id))
            for grade, student in rows
        ]

    def _mark(
        self,
        question: Question,
        grade: Grade,
        student: str,
        comment: Comment | None,
        row: RowMapping | None,
    ) -> Mark:
        said = (comment.manual_comment if comment is not None else None) or ""
        points, outdated = grade.manual_score, False
        if self.turn == SECOND:
            points, said = (row["points"], row["comment"] or "") if row else (None, "")
        else:
            outdated = points is not None and bool(grade.needs_manual_grade)
        # What formgrader changed is not what the log says.
        ours = row is not None and row["points"] == points and (row["comment"] or "") == said
        given, own, marker, at, old, write = [], said, None, None, False, ""
        if ours and row is not None:
            write = row["write"] or ""
            given, own = json.loads(row["given"]), row["own"]
            marker, at = row["marker"], row["at"]
            old = points is not None and row["scheme"] != question.scheme.digest
        text = self.digest(student, question)
        extra = float(grade.extra_credit or 0) if self.turn == FIRST else 0.0
        seen = [points, extra, said, outdated, row and row["id"], write, text]
        return Mark(
            id=grade.id,
            student=student,
            points=points,
            auto=grade.auto_score if self.turn == FIRST else None,
            extra=extra,
            outdated=outdated,
            comment=said,
            given=tuple(given),
            own=own,
            flag=bool(row and row["flag"]),
            marker=marker,
            at=at,
            old_scheme=old,
            text=text,
            write=write,
            version=hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:16],
        )


def _graded(query: Any, assignment: Any) -> Any:
    """A query over Grade, BaseCell and Student, of one assignment."""
    return (
        query.join(BaseCell, Grade.cell_id == BaseCell.id)
        .join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Student, SubmittedAssignment.student_id == Student.id)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .where(Assignment.name == assignment)
    )


@functools.cache
def _queries(one: bool) -> tuple[Any, Any, Any]:
    """The queries for the grades, the comments and the last rows of the log, of one or all answers.

    Their parameters: assignment, cell, comment, turn; id and page, of one answer.
    """
    of_cell = [BaseCell.name == bindparam("cell"), *([Grade.id == bindparam("id")] if one else [])]
    graded = _graded(select(Grade, Student.id), bindparam("assignment")).where(*of_cell)
    commented = _commented()
    if one:
        commented = commented.where(Comment.notebook_id == bindparam("page"))
        of_grade: Any = LOG.c.grade == bindparam("id")
    else:
        ids = _graded(select(Grade.id), bindparam("assignment")).where(*of_cell)
        of_grade = LOG.c.grade.in_(ids)
    last = select(func.max(LOG.c.id)).where(LOG.c.turn == bindparam("turn"), of_grade)
    logged = select(LOG).where(LOG.c.id.in_(last.group_by(LOG.c.grade)))
    return graded.order_by(Student.id), commented, logged


@functools.cache
def _commented() -> Any:
    """The query for Comments. Its parameter: comment, the grade_id that has them."""
    cell = BaseCell.type.in_([SolutionCell.__name__, TaskCell.__name__])
    query = select(Comment).join(BaseCell, Comment.cell_id == BaseCell.id)
    return query.where(BaseCell.name == bindparam("comment"), cell)


@functools.cache
def _name_of() -> Any:
    """The query for the grade_id of a cell. Its parameters: assignment, id of a Grade."""
    query = _graded(select(BaseCell.name).select_from(Grade), bindparam("assignment"))
    return query.where(Grade.id == bindparam("id"))
