"""Grades for elsewhere: what was there stays byte for byte, and nobody is mistaken for another."""

import csv
import io
import random
import shutil

import pytest

from autograder.cli import main
from autograder.course import csv_text
from autograder.grading.grade import grade
from autograder.grading.recording.store import Store
from autograder.grading.result import COULD_NOT_BE_JUDGED, Result
from autograder.reports.exports import export_canvas, export_csv, export_nbgrader
from autograder.reports.raw_csv import RawCsv
from helpers.errors import CourseError
from tests.tiny_course import TINY, submit, tiny_course

# As Canvas writes it: a mark for spreadsheets, CRLF, a posting policy, points, read-only columns.
CANVAS = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,HW 0 (1001),Tiny (1002),"
    "Homework Current Score,Final Score\r\n"
    ",,,,,,Manual Posting,(read only),(read only)\r\n"
    "    Points Possible,,,,,5.00,10.00,(read only),(read only)\r\n"
    '"Lovelace, Ada",11,9001,ada,"Sec A, ""early""",4.5,,90.00,"90.00"\r\n'
    '"Byron, ""B""",12,9002,BOB,Sec B,,3,,\r\n'
    '"Élève, Zoë",13,9003,zoe@school.example,Sec B,"1\r\n2",,,\r\n'
    "Gone,14,9004,gone,Sec B,,7.00,,\r\n"
    '"Student, Test",15,,0123456789abcdef,Sec B,,,,\r\n'
)


@pytest.fixture
def template(tmp_path):
    path = tmp_path / "canvas.csv"
    path.write_bytes(CANVAS.encode())
    return path


@pytest.fixture
def to(tmp_path):
    return tmp_path / "out.csv"


@pytest.fixture
def three(course, graded):
    graded("ada")
    graded("bob", wrong=["bce_loss"])
    graded("zoe", wrong=["double"])
    (course.root / "roster.csv").write_text("id,email\nada,\nbob,\nzoe,zoe@school.example\n")
    return course


def test_any_csv_goes_through_unchanged(tmp_path):
    draw, path = random.Random(5), tmp_path / "x.csv"
    signs = ["a", ",", '"', "\n", "\r\n", " ", "", "é", ";", "=1"]
    for _ in range(300):
        rows = [["".join(draw.choices(signs, k=3)) for _ in range(4)] for _ in range(3)]
        out = io.StringIO(newline="")
        end = draw.choice(["\n", "\r\n"])
        quoting = draw.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
        csv.writer(out, lineterminator=end, quoting=quoting).writerows([["h,"] * 4, *rows])
        path.write_bytes(out.getvalue().encode())
        table = RawCsv.read(path)
        assert table.text().encode() == path.read_bytes()
        assert table.rows()[1:] == rows
        table.put(2, 1, 'new, "one"')
        assert list(csv.reader(io.StringIO(table.text(), newline="")))[2][1] == 'new, "one"'


def test_canvas_scores_go_in_and_all_else_stays(three, template, to):
    filled = export_canvas(three, to, TINY, template)
    expected = (
        CANVAS.replace("4.5,,90.00", "4.5,8,90.00")
        .replace("Sec B,,3,,", "Sec B,,3,,")
        .replace('2",,,', '2",5,,')
    )
    assert to.read_bytes() == expected.encode()
    assert filled.written == 3
    assert [note for note in filled.notes if "not in this course" in note[2]] == [
        ("gone", "Canvas, Gone", "not in this course: left as it was")
    ]
    assert sum("not marked yet" in note[2] for note in filled.notes) == 3


def test_a_second_round_changes_nothing(three, template, to):
    export_canvas(three, to, TINY, template)
    once = to.read_bytes()
    export_canvas(three, to, TINY, to)
    assert to.read_bytes() == once


def test_who_is_only_here_or_has_handed_in_nothing_is_told(three, graded, template, to):
    graded("stranger")
    graded.unreadable("gone")
    (three.root / "roster.csv").write_text("id,SIS Login ID\nzoe,ZOE@school.example\n")
    filled = export_canvas(three, to, TINY, template)
    assert ("stranger", "here", "not in Canvas: 8 not written") in filled.notes
    assert ("gone", "here", "unreadable: left as it was") in filled.notes
    assert b"gone,Sec B,,7.00,," in to.read_bytes()


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        (("Tiny (1002)", "Other (1002)"), {}, "has no column for tiny: .*HW 0 .1001.; Other"),
        (("HW 0 (1001)", "tiny (1001)"), {}, "has several columns for tiny"),
        (("Tiny (1002)", "Tiny"), {}, "has no column for tiny"),
        (("10.00", "20.00"), {}, "has 20 points in Canvas and 10 here"),
        (("10.00", "(read only)"), {}, "Canvas computes"),
        (("BOB", "ada"), {}, "rows 4 and 5 both match the student ada"),
        (("Student,ID", "Name,Number"), {}, "is not a Canvas gradebook: the column 'Student'"),
        (('"Sec A, ', '"Sec A"x, '), {}, "is not a CSV file: a quote is out of place in line 4"),
        (('"Sec A, ', '"Sec A", '), {}, "row 4 has 10 fields and the header 9"),
        ((CANVAS, ""), {}, "is not a Canvas gradebook"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_and_nothing_written(
    three, template, to, change, options, words
):
    template.write_bytes(CANVAS.replace(*change).encode())
    with pytest.raises(CourseError, match=words):
        export_canvas(three, to, TINY, template, **options)
    assert not to.exists()


def test_files_that_cannot_be_read(three, template, to, tmp_path):
    with pytest.raises(CourseError, match="There is no file"):
        export_canvas(three, to, TINY, tmp_path / "no.csv")
    template.write_bytes(CANVAS.encode("utf-16"))
    with pytest.raises(CourseError, match="is not in UTF-8"):
        export_canvas(three, to, TINY, template)


def test_points_are_converted_on_demand_and_another_column_chosen(three, template, to):
    template.write_bytes(CANVAS.replace("10.00", "20.00").encode())
    export_canvas(three, to, TINY, template, scale=True)
    assert b"4.5,16,90.00" in to.read_bytes()
    export_canvas(three, to, TINY, template, column="HW 0 (1001)", scale=True)
    assert b'early""",4,,90.00' in to.read_bytes()


def test_semicolons_are_kept(three, template, to):
    said = "Student;ID;SIS Login ID;tiny (7)\nPoints Possible;;;10\nA;1;ada;\n"
    template.write_text(said)
    export_canvas(three, to, TINY, template)
    assert to.read_text() == said.replace("ada;", "ada;8")


@pytest.mark.parametrize("form", ["csv", "nbgrader", "canvas"])
def test_no_table_while_a_status_is_missing(three, template, to, capsys, form):
    row = Result("bob", COULD_NOT_BE_JUDGED).as_row()
    Store.of(three, TINY).save_status("bob", row)
    arguments = ["export", "--course", str(three.root), "--to", str(to), "--format", form]
    if form == "canvas":
        arguments += ["--canvas", str(template), "--assignment", TINY]
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "no final status for bob: nothing was exported" in capsys.readouterr().err
    assert not to.exists()


def test_a_plain_table(three, graded, to):
    graded.absent("cy")
    with three.gradebook() as gradebook:
        gradebook.update_or_create_student("ada", first_name="=cmd|' /C calc'!A0", last_name="")
    (three.root / "roster.csv").write_text("id\ncy\n-1\n")
    export_csv(three, to)
    rows = {row["student"]: row for row in csv.DictReader(to.open(newline=""))}
    assert rows["bob"]["tiny points"] == "3" and rows["bob"]["test_bce_loss"] == "0"
    assert rows["bob"]["tiny maximum"] == "10" and rows["bob"]["tiny not marked yet"] == "1"
    assert rows["cy"]["tiny status"] == "no submission" and rows["cy"]["tiny points"] == ""
    assert rows["ada"]["name"].startswith("'=cmd")
    assert set(rows) == {"ada", "bob", "zoe", "cy", "-1"}


def test_nbgraders_table_stays(three, to):
    export_nbgrader(three, to, [TINY])
    rows = {row["student_id"]: row for row in csv.DictReader(to.open())}
    assert float(rows["bob"]["score"]) == 3


def test_a_mark_that_nobody_has_settled_yet_is_no_reason_to_wait(three, to):
    """One that came into the gradebook by nbgrader's API, with its flag as it was."""
    with three.gradebook() as gradebook:
        page = gradebook.find_submission_notebook(TINY, TINY, "bob")
        (grade,) = [each for each in page.grades if each.name == "why"]
        assert grade.needs_manual_grade
        grade.manual_score = 2
        gradebook.db.commit()
    export_nbgrader(three, to, [TINY], hold=True)
    rows = {row["student_id"]: row for row in csv.DictReader(to.open())}
    assert float(rows["bob"]["score"]) == 5 and "ada" not in rows


NAMES = {
    "ada": '=HYPERLINK("http://x")',
    "bob": 'O"Neil, Bob',
    "zoe": "two\nlines",
    "cy": "@SUM(A1)",
    "-1": "+cmd plus",
}


@pytest.mark.parametrize("hold", [False, True])
def test_no_table_holds_a_formula_or_a_shifted_row(three, graded, to, hold):
    graded("cy")
    graded("-1")
    with open(three.root / "roster.csv", "w", newline="") as file:
        rows = [{"id": student, "name": name} for student, name in NAMES.items()]
        writer = csv.DictWriter(file, ["id", "name"])
        writer.writeheader()
        writer.writerows(rows)
    for write in (export_csv, export_nbgrader):
        write(three, to, [TINY], hold=hold)
        header, *table = csv.reader(to.open(newline=""))
        assert {len(row) for row in table} <= {len(header)} and (table or hold)
        cells = {cell for row in table for cell in row}
        assert {cell for cell in cells if cell.startswith(csv_text.FORMULA)} <= {"-1"}
        if not hold:
            assert '\'=HYPERLINK("http://x")' in cells and "-1" in cells


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--format", "canvas"], "For Canvas, name one assignment"),
        (["--format", "csv", "--scale"], "go with --format canvas"),
        (["--format", "csv", "--assignment", "tinny"], "no assignment 'tinny'"),
        (["--to", "no/such/grades.csv"], "There is no folder no/such"),
        (["--to", "."], "is a folder"),
    ],
)
def test_mistakes_are_told_in_a_sentence(course, capsys, arguments, words):
    with pytest.raises(SystemExit) as ended:
        main(["export", "--course", str(course.root), *arguments])
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.sandbox
def test_an_assignment_that_cannot_be_graded_does_not_hold_up_the_others(tmp_path, capsys):
    course = tiny_course(tmp_path / "course")
    path = submit(course, "amara")
    grade(course, TINY)
    with course.gradebook() as gradebook:
        gradebook.add_assignment("ps1")
    shutil.copytree(path.parent, path.parents[1] / "ps1")
    for form in ("csv", "nbgrader"):
        to = tmp_path / f"{form}.csv"
        options = ["--to", str(to), "--format", form, "--course", str(course.root)]
        with pytest.raises(SystemExit) as exit_code:
            main(["export", *options])
        assert exit_code.value.code == 0
        assert "ps1 is left out" in capsys.readouterr().out
        assert "amara" in to.read_text() and "ps1" not in to.read_text()
