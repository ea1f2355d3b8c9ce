"""The class report: one page for the teacher, with the names of students."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from autograder.checks import folders
from autograder.course.course import Course
from autograder.course.roster import Roster
from autograder.grading.preparing import jobs
from autograder.grading.recording.settle import settle
from autograder.grading.recording.store import write_whole
from autograder.grading.result import (
    GRADED,
    NO_SUBMISSION,
    Result,
    Results,
    require_current,
    results_of,
)
from autograder.judging import Status
from autograder.notebooks import cells
from autograder.notebooks.of_assignment import label
from autograder.reports import charts, pages
from autograder.reports.late import late_students
from autograder.reports.points import Marks, class_marks
from autograder.reports.statistics import BINS, Difficulty, difficulties, histogram, summary
from autograder.reports.tables import beside
from autograder.reports.verdict_tables import SIGNS
from helpers.errors import CourseError

SLOWEST = 12
NOT_RUN = "handed in, not graded yet"


@dataclass(frozen=True)
class Misunderstanding:
    """A named wrong answer, its explanation, and the students who gave it."""

    exercise: str
    name: str
    sentence: str
    students: tuple[str, ...]


def write_report(course: Course, assignment: str, to: Path | None = None) -> Path:
    """Write the page; returns its path. to: a path, or None for reports/ASSIGNMENT.html.

    Raises CourseError if `to` cannot be written, and as report() does.
    """
    folders.notebooks(course.root, assignment)
    to = to or course.root / "reports" / f"{assignment}.html"
    if to.is_dir():
        raise CourseError(f"{to} is a folder; name the file to write.")
    if not to.parent.is_dir() and to.parent != course.root / "reports":
        raise CourseError(f"There is no folder {to.parent}; make it, or write somewhere else.")
    write_whole(to, report(course, assignment))
    return to


def report(course: Course, assignment: str) -> str:
    """The page as HTML. Raises CourseError if nobody has been graded yet, or points changed."""
    blueprints, known = jobs.blueprints(course, assignment), results_of(course, assignment)
    results = _results(course, known)
    for blueprint in blueprints:
        each = (known.each(result.student)[blueprint.notebook] for result in results)
        require_current(blueprint, each)
    graded = [result for result in results if result.status == GRADED]
    if not graded:
        raise CourseError(
            f"Nobody has been graded for {assignment} yet; run `autograder grade {assignment}` "
            "first."
        )
    with course.gradebook() as gradebook:
        settle(course, gradebook, [assignment])
        marks = class_marks(gradebook, assignment)
        late = late_students(course, gradebook, assignment)
    roster = Roster.of(course)
    shares = [result.score / result.max_score for result in graded if result.max_score]
    return pages.render(
        "class.html.j2",
        assignment=assignment,
        results=results,
        statuses=Counter(result.status for result in results),
        most=max(result.max_score or 0.0 for result in graded),
        summary=summary([result.score for result in graded]),
        chart=_distribution(shares),
        exercises=_exercises(blueprints, graded, marks),
        beside=beside(graded),
        share=charts.share,
        signs={str(status): sign for status, sign in SIGNS.items()},
        misunderstandings=misunderstandings(graded),
        absent=[
            f"{r.student} ({name})" if (name := roster.name(r.student)) else r.student
            for r in results
            if r.status == NO_SUBMISSION
        ],
        troubles=[(r.student, trouble) for r in results for trouble in _troubles(r)],
        remarks=[(r.student, remark) for r in results for remark in r.remarks],
        isolations=Counter(r.isolation["meaning"] for r in graded if r.isolation),
        slowest=_slowest(graded),
        seconds=sum(result.seconds or 0.0 for result in graded),
        marks=marks,
        names={result.student: roster.name(result.student) for result in results},
        late=late,
    )


def misunderstandings(results: Iterable[Result]) -> list[Misunderstanding]:
    """Every Misunderstanding in these results, the most frequent first."""
    students, sentences = defaultdict(list), {}
    for result in results:
        for verdict in result.verdicts:
            for name, sentence in verdict.misconceptions:
                students[verdict.name, name].append(result.student)
                sentences[verdict.name, name] = sentence
    named = [Misunderstanding(*key, sentences[key], tuple(who)) for key, who in students.items()]
    return sorted(named, key=lambda each: (-len(each.students), each.exercise, each.name))


def _results(course: Course, known: Results) -> list[Result]:
    """A Result for everybody on the roster and everybody who handed in, graded or not."""
    handed_in = set(course.students(known.assignment))
    results = []
    for student in sorted({*Roster.of(course).ids, *handed_in}):
        result = known.of(student)
        if result is None or (result.status == NO_SUBMISSION and student in handed_in):
            result = Result(student, NOT_RUN if student in handed_in else NO_SUBMISSION)
        results.append(result)
    return results


def _distribution(shares: Iterable[float]) -> Markup:
    step = 100 // BINS
    labels = [f"{index * step}–{(index + 1) * step}" for index in range(BINS)]
    axis = "automatic points, % of the maximum"
    return charts.bars(histogram(shares), labels, "Number of students by score", axis)


def _exercises(
    blueprints: Iterable[jobs.Blueprint], graded: Iterable[Result], marks: Mapping[str, Marks]
) -> list[Difficulty]:
    """A Difficulty for each test cell, from the points in the gradebook."""
    names, short = {}, {}
    for blueprint in blueprints:
        for cell in cells.tests(blueprint.released):
            name = cells.grade_id(cell) or ""
            test = label(blueprint.name, blueprint.notebook, name)
            names[test] = cells.points(cell)
            short[test] = label(blueprint.name, blueprint.notebook, cells.exercise_name(name))
    points, states = {}, {}
    for result in graded:
        own = marks[result.student].marks if result.student in marks else {}
        points[result.student] = {
            short[name]: own[name].points or 0.0 for name in names if name in own
        }
        states[result.student] = {v.name: str(v.status) for v in result.verdicts}
    most = {short[name]: maximum for name, maximum in names.items()}
    return difficulties(list(most), most, points, states)


def _troubles(result: Result) -> Iterator[str]:
    if result.status not in (GRADED, NO_SUBMISSION):
        yield f"{result.status}: {result.problem}" if result.problem else result.status
    if result.stopped:
        yield f"stopped {result.stopped}"
    for verdict in result.verdicts:
        if verdict.status in (Status.TIMED_OUT, Status.COULD_NOT_BE_JUDGED):
            yield f"{verdict.name}: {verdict.status}: {verdict.message}"


def _slowest(graded: Sequence[Result]) -> list[tuple[float, str, str]]:
    rows = [(r.slowest[1], r.slowest[0], r.student) for r in graded if r.slowest]
    return sorted(rows, key=lambda row: -row[0])[:SLOWEST]
