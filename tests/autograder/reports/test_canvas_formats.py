"""Canvas's gradebook as its exporter writes it, in any language and with any option."""

import zipfile

import pytest

from autograder.cli import main
from autograder.collecting.receipts import Receipt
from autograder.reports import numbers
from autograder.reports.canvas_feedback import pack
from autograder.reports.class_report import report
from autograder.reports.exports import export_canvas, export_csv, export_nbgrader
from autograder.reports.feedback import feedback
from helpers.errors import CourseError
from tests.tiny_course import TINY

ROSTER = 'id,name,canvas_id\namara,Amara Obi,2001\nchiara,"Ricci, Chiara",2002.0\n'


@pytest.mark.parametrize(
    ("text", "decimal", "number"),
    [
        ("5.00", None, 5),
        ("5,00", None, 5),
        ("1,000", None, 1000),
        ("1,000", ",", 1),
        ("1,000", ".", 1000),
        ("1,234,567", ",", 1234567),
        ("1.234,5", ".", 1234.5),
        ("-0,5", None, -0.5),
        (".5", None, 0.5),
        ("EX", None, None),
        ("", None, None),
        ("-", None, None),
        ("1e3", None, None),
        ("5 0 x", None, None),
        ("1,234.567", None, 1234.567),
        ("1.234.567,8", None, 1234567.8),
        ("12,3456", None, 12.3456),
        ("1,23", ".", 1.23),
        ("1.234.567", ".", 1234567),
        ("1,234,567", ",", 1234567),
        ("+7", None, 7),
        (" 12 ", ",", 12),
        ("5,", None, 5),
        ("1\u2019000.5", None, 1000.5),
        ("--5", None, None),
        ("12,34,567", None, 1234567),
        ("1,23,45", None, 12345),
    ],
)
def test_numbers_in_any_language(text, decimal, number):
    assert numbers.parse(text, decimal) == number


def test_the_decimal_sign_of_a_file():
    assert numbers.decimal_sign(["10", "1,000", "x", "90,00%", "1.5 h"]) == ","
    assert numbers.decimal_sign(["10", "1,000", "(read only)"]) is None
    assert numbers.decimal_sign(["1,5", "2.5", "3.25", "x.5"]) == "."
    assert numbers.decimal_sign(["1.234.567", "1.000"]) is None
    assert numbers.decimal_sign(["1.234,567"]) == ","
    assert numbers.decimal_sign([" 0,5 "]) == ","


@pytest.fixture
def two(course, graded):
    """Of 10 points amara has 8 and chiara 3; the written answers are not marked yet."""
    graded("amara")
    graded("chiara", wrong=["bce_loss"])
    (course.root / "roster.csv").write_text(ROSTER)
    return course


@pytest.fixture
def filled(two, tmp_path):
    """filled(text, **options): (the file with scores, {student: what was told})."""

    def fill(text, **options):
        template, to = tmp_path / "canvas.csv", tmp_path / "out.csv"
        template.write_bytes(text.encode())
        done = export_canvas(two, to, TINY, template, **options)
        return to.read_bytes().decode(), {who: what for who, _, what in done.notes}

    return fill


def test_last_and_first_name(filled):
    text = (
        "LastName,FirstName,ID,SIS Login ID,Section,Tiny (501)\r\n"
        ",,,,,Manual Posting\r\n"
        "    Points Possible,,,,,10.00\r\n"
        "Obi,Amara,2001,aobi,S,\r\n"
        "Ricci,Chiara,2002,cricci,S,5.00\r\n"
        "Student,Test,2099,0123,S,\r\n"
        "Away,Gone,2098,gone,S,\r\n"
    )
    got, told = filled(text)
    assert got == text.replace("aobi,S,", "aobi,S,8").replace("cricci,S,5.00", "cricci,S,3")
    assert "gone" in told and "0123" not in told


SEMICOLONS = (
    "Student;ID;SIS Login ID;Section;Tiny (501);Tiny, part 2 (502);Final Score\n"
    "    Points Possible;;;;{possible};5,00;(schreibgeschützt)\n"
    "Obi, Amara;2001;amara;S;;4,50;90,00\n"
    "Ricci, Chiara;2002;chiara;S;;-;\n"
)


def test_the_decimal_comma_is_read_and_written(filled):
    got, _ = filled(SEMICOLONS.format(possible="12,50"), scale=True)
    assert "Obi, Amara;2001;amara;S;10;4,50;90,00\n" in got
    assert "Ricci, Chiara;2002;chiara;S;3,75;-;\n" in got


@pytest.mark.parametrize("possible", ["10,00", "10", "10.0", " 10,000 "])
def test_the_same_points_in_another_spelling(filled, possible):
    got, _ = filled(SEMICOLONS.format(possible=possible))
    assert "amara;S;8;4,50" in got


@pytest.mark.parametrize(
    ("possible", "points"),
    [
        ("5,00", "5"),
        ("1.000,00", "1000"),
        ("1 000,00", "1000"),
        ("1\u202f000,00", "1000"),
        ("1'000,00", "1000"),
        ("1.000", "1000"),
        ("10.000", "10000"),
    ],
)
def test_other_points_are_refused_in_any_language(filled, possible, points):
    with pytest.raises(CourseError, match=f"has {points} points in Canvas and 10 here"):
        filled(SEMICOLONS.format(possible=possible))


@pytest.mark.parametrize("possible", ["(schreibgeschützt)", "ten", "10 points"])
def test_points_that_are_no_number_are_refused(filled, possible):
    with pytest.raises(CourseError, match="which is no number"):
        filled(SEMICOLONS.format(possible=possible))


def test_a_column_without_points_cannot_be_scaled(filled):
    assert "amara;S;8;" in filled(SEMICOLONS.format(possible=""))[0]
    for possible in ("", "0,00"):
        with pytest.raises(CourseError, match="has no points in Canvas"):
            filled(SEMICOLONS.format(possible=possible), scale=True)


def test_commas_between_fields_and_in_numbers(filled):
    text = (
        '"Student","ID","SIS Login ID","Section","Tiny (501)"\r\n'
        '"    Points Possible","","","","12,50"\r\n'
        '"Obi, Amara","2001","amara","S",""\r\n'
        '"Ricci, Chiara","2002","chiara","S","1,50"\r\n'
    )
    got, _ = filled(text, scale=True)
    assert '"amara","S",10\r\n' in got and '"chiara","S","3,75"\r\n' in got


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("EX", "excused in Canvas"),
        ("ex", "excused in Canvas"),
        ("N/A", "not assigned to them in Canvas"),
        ("incomplete", "may be a decision"),
    ],
)
def test_what_canvas_has_decided_is_never_overwritten(filled, cell, words):
    text = (
        "Student,ID,SIS User ID,SIS Login ID,Section,Tiny (501)\n    Points Possible,,,,,10.00\n"
        f'"Obi, Amara",2001,S1,amara,S,{cell}\n"Ricci, Chiara",2002,S2,chiara,S,85%\n'
    )
    got, told = filled(text)
    assert got == text.replace("85%", "3")
    assert words in told["amara"] and "left as it was, not 8" in told["amara"]


def test_a_folder_that_has_the_number_of_another_student(course, graded, filled):
    """The folder 2002 is not Chiara, whose number in Canvas that is."""
    graded("2002", wrong=["double"])
    (course.root / "roster.csv").write_text(ROSTER + "2002,Kwame Mensah,2005\n")
    text = (
        "Student,ID,SIS Login ID,Section,Tiny (501)\n    Points Possible,,,,10.00\n"
        "C,2002,cricci3,S,\nK,2005,kmensah3,S,\n"
    )
    got, _ = filled(text)
    assert "C,2002,cricci3,S,3\n" in got and "K,2005,kmensah3,S,5\n" in got


def test_who_waits_for_a_person_is_held(two, filled, tmp_path):
    with two.gradebook() as gradebook:
        grade = gradebook.find_grade("why", TINY, TINY, "amara")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.db.commit()
    text = (
        "Student,ID,SIS Login ID,Section,Tiny (501)\n    Points Possible,,,,10.00\n"
        "A,2001,amara,S,\nC,2002,chiara,S,2\n"
    )
    got, told = filled(text, hold=True)
    assert got == text.replace("amara,S,", "amara,S,9.5")
    assert told == {"chiara": "1 answer is not marked yet: held, left as it was"}
    rows = export_csv(two, tmp_path / "x.csv", hold=True).read_text().splitlines()
    assert rows[1] == "amara,Amara Obi,graded,,9.5,10,0,3,5,1.5"
    assert rows[2] == 'chiara,"Ricci, Chiara",graded,,,10,1,3,0,'
    rows = export_csv(two, tmp_path / "x.csv").read_text().splitlines()
    assert rows[2] == 'chiara,"Ricci, Chiara",graded,,3,10,1,3,0,'
    rows = export_nbgrader(two, tmp_path / "x.csv", hold=True).read_text().splitlines()
    assert len(rows) == 2 and rows[1].startswith("tiny,,,amara,Obi,Amara,")
    options = ["--hold", "--to", str(tmp_path / "y.csv"), "--course", str(two.root)]
    with pytest.raises(SystemExit):
        main(["export", "--format", "csv", *options])
    assert "graded,,,10,1" in (tmp_path / "y.csv").read_text()


def test_names_and_lateness_reach_every_page_and_table(two, tmp_path):
    Receipt(late=True).save(two, TINY, "chiara")
    (two.root / "roster.csv").write_text(ROSTER + "jonas,Jonas Weiss,2003\n")
    shown = {path.parent.parent.name: path.read_text() for path in feedback(two, TINY)}
    assert "tiny: Amara Obi" in shown["amara"] and "Handed in late" not in shown["amara"]
    assert "tiny: Ricci, Chiara" in shown["chiara"] and "Handed in late" in shown["chiara"]
    page = report(two, TINY)
    assert "Amara Obi" in page and "graded, late" in page and "jonas (Jonas Weiss)" in page
    rows = export_csv(two, tmp_path / "x.csv").read_text().splitlines()
    assert rows[0].startswith("student,name,tiny status,tiny late,tiny points")
    assert rows[2].startswith('chiara,"Ricci, Chiara",graded,late,3')
    assert rows[3].startswith("jonas,Jonas Weiss,no submission,,,")


def test_the_gradebooks_times_say_who_is_late(two, tmp_path):
    """An extension is no lateness, whatever the LMS said."""
    Receipt(late=True).save(two, TINY, "chiara")
    with two.gradebook() as gradebook:
        gradebook.update_or_create_assignment(TINY, duedate="2026-10-01 12:00 UTC")
        for student in ("amara", "chiara"):
            when = "2026-10-01 12:00:01 UTC"
            gradebook.update_or_create_submission(TINY, student, timestamp=when)
        gradebook.grant_extension(TINY, "chiara", hours=2)
    rows = export_csv(two, tmp_path / "x.csv").read_text().splitlines()
    assert [row.split(",")[-7] for row in rows[1:]] == ["late", ""]


def test_pages_go_back_through_canvas(two, graded, tmp_path):
    """Under the names of the files that they answer; a group has one page."""
    graded("esther")
    roster = "id,canvas_id\namara,2001\nchiara,2002\nesther,2003\n"
    (two.root / "roster.csv").write_text(roster)
    Receipt(False, "obiamara_2001_9001_Copy of tiny.v2.ipynb", "2001").save(two, TINY, "amara")
    for student in ("chiara", "esther"):
        Receipt(True, "team1_LATE_2003_9002_tiny.zip", "2003").save(two, TINY, student)
    graded("kwame")
    packed = pack(two, TINY, feedback(two, TINY), tmp_path / "pages.zip")
    with zipfile.ZipFile(tmp_path / "pages.zip") as archive:
        assert sorted(archive.namelist()) == [
            "obiamara_2001_9001_Copy of tiny.v2.html",
            "team1_LATE_2003_9002_tiny.html",
        ]
        assert b"esther" in archive.read("team1_LATE_2003_9002_tiny.html")
    told = {who: what for who, _, what in packed.notes}
    assert "the page of esther" in told["chiara"] and "another way" in told["kwame"]


def test_pages_for_canvas_need_submissions_from_canvas(two, tmp_path, capsys):
    for to, words in (
        (tmp_path / "x.zip", "No submission of tiny was collected from Canvas's zip"),
        (tmp_path / "x.html", "end it in .zip"),
        (tmp_path / "no" / "x.zip", "There is no folder"),
    ):
        with pytest.raises(SystemExit) as ended:
            main(["feedback", TINY, "--canvas", str(to), "--course", str(two.root)])
        assert ended.value.code == 2 and words in capsys.readouterr().err
    assert not (tmp_path / "x.zip").exists()
