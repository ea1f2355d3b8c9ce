"""The command `autograder`. A user's mistake ends with one sentence and exit code 2."""

import errno
import gc
import json
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

import autograder.skipped_imports  # noqa: F401 (before anything that imports jsonschema)
from autograder.course.terminal_text import plain
from helpers.errors import CourseError

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__
)
# A name such as :bomb: is shown as it is.
console = Console(emoji=False)
# So that an answer which asks for a GPU by itself is judged on a computer without one.
WITHOUT_GPU = "autograder.sandbox.inside.cuda:fall_back"

CourseOption = Annotated[Path, typer.Option("--course", help="The course directory.")]
DbOption = Annotated[
    str | None,
    typer.Option("--db", envvar="COURSE_DB", help="URL of the gradebook; default: SQLite here."),
]
Assignment = Annotated[str, typer.Argument(help="Such as gan-mnist.")]


class Format(StrEnum):
    """Formats of a table of grades."""

    NBGRADER = "nbgrader"
    CSV = "csv"
    CANVAS = "canvas"


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the new assignment, such as flows.")],
    course: CourseOption = Path("."),
) -> None:
    """Write solutions/NAME: a small working assignment to start from. For authors."""
    from autograder.releasing.new import new as write

    for sentence in write(course, name):
        print(plain(sentence))


@app.command()
def release(
    assignment: Assignment,
    proof: Annotated[
        bool, typer.Option("--proof/--no-proof", help="Grade the solution and the stub first.")
    ] = True,
    drop: Annotated[
        list[str] | None,
        typer.Option(help="A cell whose marks by hand may be deleted (repeatable)."),
    ] = None,
    rename: Annotated[
        list[str] | None, typer.Option(help="OLD=NEW: a cell with another name (repeatable).")
    ] = None,
    course: CourseOption = Path("."),
    db: DbOption = None,
) -> None:
    """Make the student notebook notebooks/NAME from solutions/NAME, and prove that it grades."""
    from autograder.course.course import Course
    from autograder.releasing.release import release as make

    pairs = dict(each.partition("=")[::2] for each in rename or ())
    if not all(pairs.values()):
        raise CourseError("--rename takes two names: write --rename OLD=NEW.")
    here, tell = Course.at(course, db), lambda note: print(plain(note))
    path = make(here, assignment, proof, tell, drop or (), pairs)
    print(f"released {path}")


@app.command()
def check(assignment: Assignment, course: CourseOption = Path("."), db: DbOption = None) -> None:
    """Grade the solution, which must get every automatic point, and the stub, which gets none."""
    from autograder.course.course import Course
    from autograder.grading.preparing.jobs import blueprints
    from autograder.releasing.prove import require

    here = Course.at(course, db)
    for blueprint in blueprints(here, assignment):
        for note in require(here, blueprint).notes:
            print(f"not proved: {plain(note)}")
    print(f"{assignment}: the solution gets every automatic point, the stub none")


@app.command()
def tidy(assignment: Assignment, course: CourseOption = Path(".")) -> None:
    """Set the cell metadata and points in solutions/NAME; remove outputs. For authors."""
    from autograder.course.course import Course
    from autograder.releasing.tidy import tidy as put_in_order

    for sentence in put_in_order(Course.at(course), assignment):
        print(sentence)


@app.command()
def kit(
    to: Annotated[Path, typer.Argument(help="The zip to write.")] = Path("build/kit.zip"),
    course: CourseOption = Path("."),
) -> None:
    """Pack what students need, helpers and the released notebooks, for pip or a repository."""
    from autograder.course.course import Course
    from autograder.releasing.kit import kit as pack

    print(pack(Course.at(course), to))


@app.command()
def collect(
    assignment: Assignment,
    path: Annotated[Path, typer.Argument(help="A folder or zip from an LMS, or plain files.")],
    roster: Annotated[Path | None, typer.Option(help="Default: roster.csv.")] = None,
    groups: Annotated[
        Path | None, typer.Option(help="Who is in which group; default: groups.csv.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    course: CourseOption = Path("."),
    db: DbOption = None,
) -> None:
    """Sort a download from Canvas, Gradescope, Moodle or nbgrader's exchange into submitted/."""
    from autograder.collecting.collect import collect as run
    from autograder.course.course import Course
    from autograder.reports import tables

    rows = run(Course.at(course, db), assignment, path, roster, groups)
    if as_json:
        print(json.dumps([row.as_row() for row in rows], indent=2))
    else:
        console.print(tables.collection_table(assignment, rows))
        console.print(tables.collection_sum(rows), highlight=False)


@app.command()
def grade(
    assignment: Assignment,
    student: Annotated[
        list[str] | None, typer.Option(help="Only this student (repeatable).")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Default: by cores, memory.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    allow_unsandboxed: Annotated[
        bool, typer.Option("--allow-unsandboxed", help="Run even if nothing isolates submissions.")
    ] = False,
    cluster: Annotated[
        str | None, typer.Option(help="local, slurm or the address of a Dask scheduler.")
    ] = None,
    nodes: Annotated[int | None, typer.Option(min=1, help="Slurm jobs; default 1.")] = None,
    sbatch: Annotated[
        list[str] | None, typer.Option(help="An option for the Slurm jobs (repeatable).")
    ] = None,
    course: CourseOption = Path("."),
    db: DbOption = None,
) -> None:
    """Grade submitted/ and show the class; unchanged submissions are not run again."""
    from autograder.grading.running.pool import Pool
    from autograder.grading.running.workers import Workers, somebody_new

    if cluster is None and (nodes or sbatch):
        raise CourseError("--nodes and --sbatch go with --cluster slurm; add that option.")
    if cluster is None:
        pool: Pool = Workers(count=workers, allow_unsandboxed=allow_unsandboxed)
    else:
        from autograder.cluster.cluster import Cluster

        folder = course / ".autograder" / "nodes"
        pool = Cluster(
            cluster,
            allow_unsandboxed=allow_unsandboxed,
            workers=workers,
            nodes=nodes,
            sbatch=sbatch or (),
            folder=folder,
        )
    with pool:
        if cluster is None and somebody_new(course, assignment):
            pool.begin()  # its processes start during the imports below
        from autograder.course.course import Course
        from autograder.grading.grade import grade as run
        from autograder.reports import tables
        from autograder.reports.progress import Live

        screen = Console(stderr=True) if as_json else console
        with Live(screen, assignment) as watcher:
            pool.tell = watcher.tells
            results = run(Course.at(course, db), assignment, student, watcher=watcher, pool=pool)
    if as_json:
        rows = [result.as_row() for result in results]
        print(json.dumps(rows, indent=2))
    else:
        console.print(tables.class_table(assignment, results))


@app.command()
def settle(
    assignment: Assignment,
    students: Annotated[list[str], typer.Argument(help="Whose hand-in could not be judged.")],
    again: Annotated[
        bool, typer.Option("--again", help="Have the next run try once more instead.")
    ] = False,
    course: CourseOption = Path("."),
    db: DbOption = None,
) -> None:
    """Settle hand-ins that could not be judged: final, without automatic points."""
    from autograder.course.course import Course
    from autograder.grading.recording.given_up import settle_by_hand

    for result in settle_by_hand(Course.at(course, db), assignment, students, again):
        print(f"{plain(result.student)}: {'the next run tries again' if again else result.status}")


@app.command()
def mark(
    assignment: Assignment,
    marker: Annotated[
        str | None, typer.Option("--as", help="Who marks; default: your name on this machine.")
    ] = None,
    part: Annotated[str | None, typer.Option(help="A share of the students, such as 2/4.")] = None,
    question: Annotated[
        list[str] | None, typer.Option(help="Only this question, by its grade_id (repeatable).")
    ] = None,
    names: Annotated[bool, typer.Option("--names", help="Show who wrote what.")] = False,
    second: Annotated[
        float | None,
        typer.Option(help="Mark this share of the marked answers a second time, such as 0.1."),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Or the next free one.")] = 8870,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open it in the browser.")
    ] = True,
    course: CourseOption = Path("."),
    db: DbOption = None,
) -> None:
    """Mark written answers in the browser, one question for the whole class at a time."""
    from autograder.course.course import Course
    from autograder.marking.command import mark as run

    run(
        Course.at(course, db),
        assignment,
        marker=marker,
        part=part,
        questions=tuple(question or ()),
        names=names,
        second=second,
        port=port,
        browser=browser,
    )


@app.command()
def export(
    to: Annotated[Path, typer.Option(help="The CSV file to write.")] = Path("grades.csv"),
    form: Annotated[Format, typer.Option("--format", help="Of the file.")] = Format.NBGRADER,
    assignment: Annotated[
        list[str] | None, typer.Option(help="Only this assignment (repeatable).")
    ] = None,
    canvas: Annotated[
        Path | None, typer.Option(help="The gradebook as exported from Canvas.")
    ] = None,
    column: Annotated[str | None, typer.Option(help="The assignment's name in Canvas.")] = None,
    scale: Annotated[bool, typer.Option("--scale", help="Convert to Canvas's points.")] = False,
    hold: Annotated[
        bool,
        typer.Option("--hold", help="No points for anyone whose answers still wait for a person."),
    ] = False,
    without: Annotated[
        list[str] | None,
        typer.Option(help="A student to leave out, final status or not (repeatable)."),
    ] = None,
    course: CourseOption = Path("."),
    db: DbOption = None,
) -> None:
    """Write a table of grades; refused while somebody has no final status."""
    from autograder.course.course import Course
    from autograder.reports import exports, tables

    chosen, out = assignment or [], without or []
    for student in out:
        print(f"{plain(student)} is left out: there are no points of theirs in {to}")
    if form is not Format.CANVAS:
        if canvas or column or scale:
            raise CourseError("--canvas, --column and --scale go with --format canvas; add that.")
        write = exports.export_csv if form is Format.CSV else exports.export_nbgrader
        for name in () if chosen else exports.left_out(Course.at(course, db)):
            print(f"{plain(name)} is left out: it cannot be graded here")
        print(write(Course.at(course, db), to, chosen, hold, out))
        return
    if canvas is None or len(chosen) != 1:
        raise CourseError(
            "For Canvas, name one assignment and the file that Canvas exported: `autograder "
            "export --format canvas --assignment NAME --canvas FILE.csv`."
        )
    here = Course.at(course, db)
    filled = exports.export_canvas(here, to, chosen[0], canvas, column, scale, hold, out)
    if filled.notes:
        console.print(tables.notes_table(filled.notes))
    print(f"{to}: {filled.written} scores written")


@app.command()
def feedback(
    assignment: Assignment,
    canvas: Annotated[
        Path | None, typer.Option(help="Also a zip of the pages, to upload to Canvas.")
    ] = None,
    course: CourseOption = Path("."),
    db: DbOption = None,
) -> None:
    """Write a feedback page for every student who has been graded."""
    from rich.progress import track

    from autograder.course.course import Course
    from autograder.reports.feedback import feedback as write

    here, bar = Course.at(course, db), Console(stderr=True)
    pages = write(
        here,
        assignment,
        lambda students: track(
            students, "Pages", console=bar, transient=True, disable=not bar.is_terminal
        ),
    )
    for page in pages:
        print(plain(str(page)))
    if canvas is not None:
        from autograder.reports import tables
        from autograder.reports.canvas_feedback import pack

        packed = pack(here, assignment, pages, canvas)
        if packed.notes:
            console.print(tables.notes_table(packed.notes))
        print(f"{canvas}: {len(packed.pages)} pages")


@app.command()
def report(
    assignment: Assignment,
    out: Annotated[
        Path | None, typer.Option(help="The page to write.", show_default="reports/NAME.html")
    ] = None,
    course: CourseOption = Path("."),
    db: DbOption = None,
) -> None:
    """Write one page about the class: scores, exercises, misconceptions, problems."""
    from autograder.course.course import Course
    from autograder.reports.class_report import write_report

    print(write_report(Course.at(course, db), assignment, out))


@app.command()
def gradescope(
    assignment: Assignment,
    out: Annotated[Path, typer.Option(help="The zip to write.")] = Path("gradescope.zip"),
    index_url: Annotated[str | None, typer.Option(help="A further package index.")] = None,
    course: CourseOption = Path("."),
) -> None:
    """Write the autograder zip for Gradescope: the same grading, in a container there."""
    from autograder.course.course import Course
    from autograder.reports.gradescope.build import write_zip

    print(write_zip(Course.at(course), assignment, out, index_url))


@app.command()
def judge(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Python files or notebooks with answers, or folders of them."),
    ] = None,
    assignment: Annotated[
        str | None, typer.Option(help="Only exercises of this assignment.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    seconds: Annotated[float, typer.Option(min=0.1, help="Time limit per exercise.")] = 30.0,
    list_exercises: Annotated[
        bool, typer.Option("--list", help="Show every exercise and the misconceptions it knows.")
    ] = False,
    course: Annotated[
        Path | None,
        typer.Option("--course", help="The course directory; default: the one around this folder."),
    ] = None,
) -> None:
    """Judge each known function or class that FILES define. Runs them without a sandbox."""
    from autograder.checks.folders import course_around
    from autograder.checks.judge_file import judge_files

    root = course_around(course)
    if list_exercises:
        from autograder.checks.judging_process import judged
        from autograder.reports.verdict_tables import misconception_table

        known = [exercise for _, exercise in judged(root, assignment)]
        console.print(misconception_table(known))
        return
    if not files:
        raise CourseError("Which file? Run `autograder judge FILE.py`, or add --list.")
    from autograder.reports.verdict_tables import escape, verdict_table

    rows = []
    for file in judge_files(root, files, assignment, seconds, WITHOUT_GPU):
        if file.problem and len(files) == 1 and files[0].is_file():
            raise CourseError(file.problem)
        if as_json:
            rows += [{**each.as_row(), "file": str(file.path)} for each in file.verdicts]
            notes = [*file.notes, file.problem]
            told = [plain(f"{file.path}: {note}") for note in notes if note]
            print(*told, sep="\n", file=sys.stderr)
            continue
        if len(files) > 1 or not files[0].is_file():
            console.print(f"[bold]{escape(str(file.path))}[/bold]")
        if file.verdicts:
            console.print(verdict_table(file.verdicts))
        for note in (*file.notes, file.problem):
            if note:
                console.print(escape(note))
    if as_json:
        print(json.dumps(rows, indent=2))


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Replaced each time.")] = Path("build/demo"),
    assignments: Annotated[
        list[str] | None, typer.Argument(help="Default: every assignment with a sample class.")
    ] = None,
    course: CourseOption = Path("."),
) -> None:
    """Release, grade a sample class of twelve, show the table and the pages."""
    from autograder.demo.run import run

    run(course, folder, console, tuple(assignments or ()))


@app.command()
def doctor(
    course: CourseOption = Path("."),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what the sandbox of this machine blocks; exit code 1 if it lets something through."""
    from autograder.sandbox import doctor as examine
    from autograder.sandbox import isolation
    from autograder.sandbox.template import Template

    if not course.is_dir():
        raise CourseError(f"{course} is not a folder; name the course directory with --course.")
    here = isolation.best()
    try:
        with Template(here, preload=()) as template:
            rows, counting = examine.probe(template, course), template.counting
    except RuntimeError as error:
        raise CourseError(f"No kernel runs on this machine ({here.kind.value}): {error}") from error
    if as_json:
        about = {**here.as_row(), "counting": counting.meaning}
        print(json.dumps({**about, "probes": [row.as_row() for row in rows]}, indent=2))
    else:
        console.print(examine.table(here, counting, rows))
    if not all(row.enforced for row in rows):
        sys.exit(1)


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the console script; arguments replace sys.argv[1:]."""
    # What a command imports stays: to look through it again and again takes an eighth of its time.
    gc.set_threshold(50_000)
    try:
        app(arguments)
    except CourseError as error:
        _refuse(str(error))
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS) or not error.filename:
            raise
        _refuse(
            f"{error.filename} cannot be read or written: {error.strerror}. Change its permissions "
            "or work in a folder of your own."
        )


def _refuse(sentence: str) -> NoReturn:
    print(f"autograder: {plain(sentence)}", file=sys.stderr)
    sys.exit(2)
