"""Filling Canvas's export, with marks and a roster that are made up: quick, and every branch."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from autograder.course.roster import Person, Roster
from autograder.grading.result import GRADED, NO_SUBMISSION, SETTLED, UNREADABLE, Result
from autograder.reports import canvas
from autograder.reports.points import Mark, Marks
from helpers.errors import CourseError

HEADER = "Student,ID,SIS User ID,SIS Login ID,Section,Tiny (501),Final Score\n"
POSSIBLE = "    Points Possible,,,,,10.00,(read only)\n"
ADA, BOB, CY = "Ada,101,S1,ada,A,,90\n", "Bob,102,S2,bob,A,7,80\n", "Cy,103,S3,cy,A,,70\n"


def marks(student, points, waiting=0):
    waits = {f"q{n}": Mark(None, 1.0) for n in range(waiting)}
    return Marks(student, "", {"test": Mark(points, 10.0 - waiting), **waits}, {})


@pytest.fixture
def fill(monkeypatch, tmp_path):
    """fill(text, results, known, **options): the Filled; known: {student: {kind: values}}.

    results: {student: (status, points) or (status, points, waiting)}.
    """

    def run(text, results, known=None, assignment="tiny", **options):
        own = {s: marks(s, *rest) for s, (_, *rest) in results.items() if rest}
        found = {s: Result(s, status) for s, (status, *_) in results.items()}
        roster = Roster()
        for student, values in (known or dict.fromkeys(results, {})).items():
            roster.people[student] = Person(student, "", values)
        monkeypatch.setattr(canvas, "class_marks", lambda gradebook, name: own)
        monkeypatch.setattr(canvas, "results_of", lambda *_: SimpleNamespace(of=found.get))
        monkeypatch.setattr(canvas.Roster, "of", lambda course: roster)
        template = tmp_path / "canvas.csv"
        template.write_bytes(text.encode())
        course = SimpleNamespace(students=lambda name: [*results])
        return canvas.fill_in(course, None, assignment, template, **options)

    return run


def test_each_student_is_written_or_told(fill):
    extra = "Student; Test,199,,,A,,\nDan,104,S4,dan,A,3,60\nEve,105,S5,eve,A,3,60\n"
    results = {
        "ada": (GRADED, 8.25),
        "bob": (NO_SUBMISSION,),
        "cy": (UNREADABLE,),
        "fay": (GRADED, 4.0),
        "gil": (UNREADABLE,),
        "hal": (NO_SUBMISSION,),
        "dan": (SETTLED, 5.0, 2),
    }
    text = (
        HEADER
        + POSSIBLE
        + ADA
        + BOB
        + CY
        + extra.replace(";", ",", 1).replace("Student, Test", '"Student, Test"')
    )
    done = fill(text, results)
    assert done.written == 2
    assert done.text == text.replace("ada,A,,", "ada,A,8.25,").replace("dan,A,3", "dan,A,5")
    assert done.notes == [
        ("eve", "Canvas, Eve", "not in this course: left as it was"),
        ("bob", "here", "no submission: left as it was"),
        ("cy", "here", "unreadable: left as it was"),
        ("dan", "both", "2 answers are not marked yet"),
        ("fay", "here", "not in Canvas: 4 not written"),
        ("gil", "here", "unreadable: left as it was"),
    ]


def test_who_waits_is_held_on_demand_and_who_is_left_out_is_told(fill):
    results = {"ada": (GRADED, 8.0, 1), "bob": (GRADED, 6.0), "cy": (GRADED, 5.0)}
    text = HEADER + POSSIBLE + ADA + BOB + CY
    done = fill(text, results, hold=True, without=("bob",))
    assert done.written == 1 and done.text == text.replace("cy,A,,", "cy,A,5,")
    assert done.notes == [
        ("ada", "both", "1 answer is not marked yet: held, left as it was"),
        ("bob", "here", "graded, left out by --without: left as it was"),
    ]
    assert fill(text, {"ada": ("given up",)}).notes[-1] == (
        *("ada", "here", "not graded: left as it was"),
    )


@pytest.mark.parametrize(
    ("cell", "kept"),
    [("", False), ("-", False), ("5", False), ("5%", False), ("EX", True), ("done", True)],
)
def test_what_canvas_says_is_kept_unless_it_is_a_number(fill, cell, kept):
    text = HEADER + POSSIBLE + ADA.replace("A,,", f"A,{cell},")
    done = fill(text, {"ada": (GRADED, 8.0)})
    assert (done.text == text) is kept and done.written == (not kept)
    assert bool(done.notes) is kept


@pytest.mark.parametrize(
    ("row", "known", "fits"),
    [
        # A number or a login of Canvas's, whatever the folder is called.
        ("A,101,,,A,,\n", {"canvas": ["101"]}, True),
        ("A,9,S1,,A,,\n", {"sid": ["S1"]}, True),
        ("A,9,,Ada@School.edu,A,,\n", {"email": ["ada@school.edu"]}, True),
        ("A,9,,x7,A,,\n", {"login": ["x7"]}, True),
        ("A,9,,FOLDER,A,,\n", {}, True),
        ("A,0101.0,,,A,,\n", {"canvas": ["101"]}, True),
        ("A,9,,x7,A,,\n", {"login": ["x8"]}, False),
        # The right login with another number is somebody else.
        ("A,102,,folder,A,,\n", {"canvas": ["101"]}, False),
        ("A,9,S2,folder,A,,\n", {"sid": ["S1"]}, False),
        ("A,9,,folder,A,,\n", {"sid": ["S1"]}, True),
    ],
)
def test_whose_a_row_is(fill, row, known, fits):
    done = fill(HEADER + POSSIBLE + row, {"folder": (GRADED, 8.0)}, {"folder": known})
    assert done.written == fits
    assert ("not in Canvas: 8 not written" in str(done.notes)) is not fits


def test_a_login_that_two_students_share_is_nobodys(fill):
    known = {"a1": {"email": ["x@y.edu"]}, "a2": {"email": ["x@y.edu"]}}
    done = fill(HEADER + POSSIBLE + "A,9,,x@y.edu,A,,\n", {"a1": (GRADED, 8.0)}, known)
    assert done.written == 0


def test_two_rows_of_one_student_are_refused(fill):
    text = HEADER + POSSIBLE + ADA + "Ada again,999,,ada,B,,\n"
    with pytest.raises(CourseError, match="rows 3 and 4 both match the student ada; give each"):
        fill(text, {"ada": (GRADED, 8.0)})


def test_a_row_of_another_length_is_refused(fill):
    with pytest.raises(CourseError, match="row 3 has 6 fields and the header 7; export it"):
        fill(HEADER + POSSIBLE + ADA.replace(",90", ""), {"ada": (GRADED, 8.0)})


COLUMNS = "Student,ID,SIS User ID,SIS Login ID,Section,Tiny (501),tiny! (502),Quiz 1 (503)\n"
THREE = "    Points Possible,,,,,10,10,10\nAda,101,S1,ada,A,,,\n"


@pytest.mark.parametrize(
    ("column", "place"),
    [("Tiny (501)", 5), ("tiny! (502)", 6), ("quiz 1", 7), ("QUIZ-1", 7)],
)
def test_the_column_that_is_named_is_filled(fill, column, place):
    done = fill(COLUMNS + THREE, {"ada": (GRADED, 8.0)}, column=column)
    assert done.text.splitlines()[-1].split(",").index("8") == place


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (
            COLUMNS + THREE,
            {},
            r"canvas.csv has several columns for tiny: choose one with --column, of "
            r"Tiny \(501\); tiny! \(502\)\.",
        ),
        (
            COLUMNS + THREE,
            {"column": "vae"},
            r"has no column for vae: name the one .* are: Tiny \(501\); tiny! \(502\); Quiz 1",
        ),
        ("Student,ID,Section\nA,1,S\n", {}, "has no column for tiny: .* are: none"),
        ("ID,Section,Tiny (1)\n", {}, "is not a Canvas gradebook: the column 'Student' is missing"),
        ("Student,Tiny (1)\n", {}, "the column 'ID' is missing; export it in Canvas"),
        ("LastName,ID,Tiny (1)\n", {}, "the column 'FirstName' is missing"),
        ("FirstName,ID,Tiny (1)\n", {}, "the column 'LastName' is missing"),
        (
            HEADER + POSSIBLE.replace("10.00", "(read only)") + ADA,
            {},
            r"Canvas computes 'Tiny \(501\)' itself; choose another column",
        ),
        (
            HEADER + POSSIBLE.replace("10.00", "20") + ADA,
            {},
            r"'Tiny \(501\)' has 20 points in Canvas and 10 here: change one of the two",
        ),
        (
            HEADER + POSSIBLE.replace("10.00", "0") + ADA,
            {},
            "has no points in Canvas and 10 here: give it points",
        ),
        (
            HEADER + POSSIBLE.replace("10.00", "many") + ADA,
            {},
            "the points possible of .* are 'many', which is no number",
        ),
    ],
)
def test_a_template_that_does_not_fit_is_refused_in_a_sentence(fill, text, options, words):
    with pytest.raises(CourseError, match=words):
        fill(text, {"ada": (GRADED, 8.0)}, **options)


def test_names_in_two_columns_are_one_name(fill):
    text = (
        "LastName,FirstName,ID,Section,Tiny (5)\n    Points Possible,,,,10\nLo,Ann,7,S,\n,Bo,8,S,\n"
    )
    done = fill(text, {"ada": (GRADED, 8.0)}, {"ada": {"canvas": ["6"]}})
    assert [where for _, where, _ in done.notes] == ["Canvas, Lo, Ann", "Canvas, Bo", "here"]
    assert [who for who, *_ in done.notes] == ["7", "8", "ada"]


@pytest.mark.parametrize(
    ("possible", "written"), [("20", "16"), ("5", "4"), ("12.5", "10"), ("10", "8")]
)
def test_points_are_converted_to_the_maximum_of_canvas(fill, possible, written):
    text = HEADER + POSSIBLE.replace("10.00", possible) + ADA
    done = fill(text, {"ada": (GRADED, 8.0)}, scale=True)
    assert done.text == text.replace("ada,A,,", f"ada,A,{written},")


def test_the_decimal_sign_of_the_export_is_written(fill):
    text = (HEADER + POSSIBLE).replace(",", ";").replace("10.00", "10,00") + "Ada;101;;;A;;9,50\n"
    assert fill(text, {"ada": (GRADED, 8.25)}, {"ada": {"canvas": ["101"]}}).text == text.replace(
        "A;;", "A;8,25;"
    )


def test_an_export_without_points_possible_takes_the_points_as_they_are(fill):
    assert fill(HEADER + ADA, {"ada": (GRADED, 8.0)}).written == 1
    assert fill(HEADER + POSSIBLE.replace("10.00", "") + ADA, {"ada": (GRADED, 8.0)}).written == 1
    with pytest.raises(CourseError, match="has no points in Canvas and 10 here"):
        fill(HEADER + ADA, {"ada": (GRADED, 8.0)}, scale=True)


def test_notes_and_scores_have_two_decimals_at_most(fill):
    text = HEADER + POSSIBLE + ADA + BOB
    done = fill(text, {"ada": (GRADED, 8.125), "fay": (GRADED, 2.0), "bob": (GRADED, 1 / 3, 1)})
    assert "ada,A,8.12," in done.text and "bob,A,0.33," in done.text
    assert done.written == 2


def test_a_student_of_the_roster_without_any_result_is_told_where_canvas_has_them(fill):
    """Nobody has run the grader since they came: neither a status nor marks."""
    text = HEADER + POSSIBLE + ADA + BOB
    done = fill(text, {"ada": (GRADED, 8.0)}, {"ada": {}, "bob": {}, "cy": {}})
    assert done.notes == [("bob", "here", "no submission: left as it was")]


def test_who_is_graded_without_marks_is_left_as_they_were(fill):
    done = fill(HEADER + POSSIBLE + ADA, {"ada": (GRADED,)})
    assert done.written == 0 and done.notes == [("ada", "here", "graded: left as it was")]


def test_a_cell_that_is_kept_is_told_as_it_stands_there(fill):
    text = HEADER + POSSIBLE + ADA.replace("A,,", "A, n/a ,")
    (note,) = fill(text, {"ada": (GRADED, 8.0, 1)}, hold=True).notes
    why = "not assigned to them in Canvas"
    assert note == ("ada", "both", f"'n/a' ({why}): left as it was, not 8")
    text = HEADER + POSSIBLE + ADA.replace("A,,", "A,later,")
    (note,) = fill(text, {"ada": (GRADED, 8.0)}).notes
    assert "'later' (no number, which may be a decision): left as it was" in note[2]


def test_possible_points_count_to_the_cent_and_of_several_maxima_the_highest(fill, monkeypatch):
    text = HEADER + POSSIBLE.replace("10.00", "10.0060") + ADA + BOB
    with pytest.raises(CourseError, match="has 10.01 points in Canvas and 10 here"):
        fill(text, {"ada": (GRADED, 8.0)})
    real = marks

    def differ(student, points, waiting=0):
        made = real(student, points, waiting)
        return replace(made, marks={"t": Mark(points, 20.0 if student == "bob" else 10.0)})

    monkeypatch.setitem(globals(), "marks", differ)
    text = HEADER + POSSIBLE + ADA + BOB
    results = {"ada": (GRADED, 8.0), "bob": (GRADED, 20.0)}
    with pytest.raises(CourseError, match="has 10 points in Canvas and 20 here"):
        fill(text, results)
    done = fill(text, results, scale=True)
    assert "ada,A,4," in done.text and "bob,A,10," in done.text


def test_a_possible_row_that_is_short_is_none(fill):
    short = "    Points Possible,,,,\n"
    assert fill(HEADER + short + ADA, {"ada": (GRADED, 8.0)}).written == 1
    # Canvas writes it before the students; a row of that name after them is none of theirs.
    done = fill(HEADER + POSSIBLE + ADA + "Points Possible,7,,,,5,\n", {"ada": (GRADED, 8.0)})
    assert done.written == 1 and done.notes == []


def test_rows_without_an_id_are_no_students(fill):
    text = HEADER + ",,,,,Manual Posting,\n" + POSSIBLE + ADA + "Nobody,,S9,nn,A,5,\n"
    done = fill(text, {"ada": (GRADED, 8.0)})
    assert done.notes == [] and done.text == text.replace("ada,A,,", "ada,A,8,")


@pytest.mark.parametrize(("tie", "who"), [("S2", "b"), ("S1", "a")])
def test_a_number_counts_more_than_a_name_that_another_has(fill, tie, who):
    """The login is a's folder, and the number b's: the row is whose number it is."""
    known = {"a": {"sid": ["S1"]}, "b": {"sid": ["S2"]}}
    done = fill(
        HEADER + POSSIBLE + f"X,9,{tie},a,A,,\n", {"a": (GRADED, 8.0), "b": (GRADED, 6.0)}, known
    )
    assert f"a,A,{8 if who == 'a' else 6}," in done.text


def test_scores_after_the_section_tell_the_decimal_sign(fill):
    """A section called 1,5 says nothing about it."""
    header = "Student;ID;SIS Login ID;Section;Tiny (5)\n    Points Possible;;;;10\n"
    done = fill(header + "Ada;101;ada;1,5;\n", {"ada": (GRADED, 8.25)})
    assert done.text.endswith("Ada;101;ada;1,5;8.25\n")


@pytest.mark.parametrize("status", [NO_SUBMISSION, UNREADABLE])
def test_marks_of_an_earlier_hand_in_do_not_count_once_it_is_another(fill, status):
    """The gradebook still has them; what was handed in since cannot be read, or is gone."""
    text = HEADER + POSSIBLE + ADA
    done = fill(text, {"ada": (status, 5.0)})
    assert done.text == text and done.written == 0
    assert done.notes == [("ada", "here", f"{status}: left as it was")]
