"""Who is in a course: roster.csv as people and spreadsheets write it, read by one rule."""

import csv
import io

import pytest

from autograder.collecting.people import People, normal
from autograder.course.course import Course
from autograder.course.roster import Roster, is_id
from autograder.grading.grade import _roster as expected_by_grade
from autograder.reports.canvas import _other_names
from helpers.errors import CourseError


@pytest.fixture
def roster(tmp_path):
    """Writes roster.csv and reads it."""
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()")

    def write_and_read(content):
        raw = content if isinstance(content, bytes) else content.encode()
        (tmp_path / "roster.csv").write_bytes(raw)
        return Roster.of(Course.at(tmp_path))

    return write_and_read


@pytest.mark.parametrize(
    "content",
    [
        "id,name,canvas_id\namara,Amara Obi,2001\n",
        "ID,Name,Canvas ID\namara,Amara Obi,2001\n",
        "id;name;canvas_id\r\namara;Amara Obi;2001\r\n",
        "\ufeffId; Name ;canvasId\r\namara;Amara Obi;2001\r\n;;\r\n",
        '\r\n"id","first name","last-name","Canvas_ID"\r"amara","Amara","Obi","2001"\r\r',
        "id,name,canvas_id,section\n\n  amara ,Amara Obi,2001,A\namara,,2001,,\n,,\n",
        "ID\tName\tCanvas ID\namara\tAmara Obi\t2001\n",
        "\ufeffsep=;\r\nid;name;canvas id\r\namara;Amara Obi;2001\r\n",
        "id,name,canvas_id\namara,Amara Obi,2001.0\n",
        "id;name;canvas_id\namara;Amara Obi;2001,0\n",
        'id;name;canvas_id;"section, or group"\namara;Amara Obi;2001;A\n',
    ],
)
def test_one_roster_in_many_spellings(roster, content):
    (person,) = read = roster(content)
    assert read.ids == ["amara"] and len(read) == 1
    known = {kind: values for kind, values in person.known.items() if values}
    assert known == {"name": ["Amara Obi"], "canvas": ["2001"]}


@pytest.mark.parametrize(
    "content",
    ["ID,Name,Canvas ID\namara,Amara Obi,2001\n", "id;name;canvas_id\namara;Amara Obi;2001\n"],
)
def test_collect_grade_and_canvas_judge_it_alike(tmp_path, roster, content):
    read = roster(content)
    course = Course.at(tmp_path)
    assert People(read).find([(("canvas",), "2001"), (("name",), "obiamara")]) == ("amara", None)
    assert expected_by_grade(course, "tiny", None) == ["amara"]
    assert _other_names(read) == {("ID", "2001"): "amara"}


@pytest.mark.parametrize(
    "content",
    [
        "id,first name,last name,section,email\namara,Amara,Obi,A,amara@school.example\n",
        "id,last name,first name,SIS Login ID,section,email\namara,Obi,Amara,aobi,A,amara@x.y\n",
        "Student,ID,Section,Email\nAmara Obi,amara,A,amara@school.example\n",
    ],
)
def test_a_roster_with_sections_is_not_taken_for_one_from_canvas(roster, content):
    (person,) = read = roster(content)
    assert read.ids == ["amara"] and read.name("amara") == "Amara Obi"
    assert person.known["email"] and not person.known.get("canvas")


@pytest.mark.parametrize(
    ("content", "ids"),
    [
        ("First Name,Last Name,SID,Email Address\nAmara,Obi,0007,a@b.example\n", ["0007"]),
        ("Name,NetID,SID\nAmara Obi,aobi,7\n", ["aobi"]),
    ],
)
def test_without_an_id_the_login_or_the_number_is_one(roster, content, ids):
    assert roster(content).ids == ids


def test_ids_that_a_spreadsheet_made_numbers_of(roster):
    read = roster("id,sid,name\n2001.0,0007,Amara Obi\n2002.0,8.0,Chiara Ricci\n1.5,,x\n")
    assert read.ids == ["1.5", "2001", "2002"]
    assert People(read).find([(("sid",), "7")]) == ("2001", None)
    assert People(read).find([(("sid",), "08")]) == ("2002", None)


CANVAS = """\
{names},ID,SIS User ID,SIS Login ID,Section,Email,Tiny (501),Final Score
{blank},,,,,,Manual Posting,
    Points Possible{comma},,,,,,10.00,(read only)
{amara},2001,S1,amara,S,x,8.00,80
{chiara},2002,S2,,S,y,EX,
{test},2099,,0123abcd,S,,,
"""


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize(
    "form",
    [
        {"names": "Student", "blank": "", "comma": "", "amara": '"Obi, Amara"',
         "chiara": '"Ricci, Chiara"', "test": '"Student, Test"'},
        {"names": "LastName,FirstName", "blank": ",", "comma": ",", "amara": "Obi,Amara",
         "chiara": "Ricci,Chiara", "test": "Student,Test"},
    ],
)  # fmt: skip
def test_a_gradebook_from_canvas_is_a_roster(roster, form, bom, separator):
    rows = csv.reader(io.StringIO(CANVAS.format(**form)))
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(rows)
    read = roster(bom + out.getvalue())
    # The login, or Canvas's number where there is none; what comes after the section is no name.
    assert read.ids == ["2002", "amara"]
    amara = read.people["amara"]
    assert amara.known["canvas"] == ["2001"] and amara.known["sid"] == ["S1"]
    assert not amara.known.get("email")
    names = [normal("name", name) for name in (read.name("amara"), read.name("2002"))]
    assert names in (["obiamara", "riccichiara"], ["amaraobi", "chiararicci"])
    assert People(read).find([(("canvas",), "2002"), (("name",), "riccichiara")]) == ("2002", None)


def test_the_name_to_show_is_the_files_before_the_gradebooks(tmp_path, roster):
    read = roster("id,name\nada,Ada King\nbob,\n")
    with Course.at(tmp_path).gradebook() as gradebook:
        gradebook.add_student("ada", first_name="Ada", last_name="Lovelace")
        gradebook.add_student("bob", last_name="Byron")
        gradebook.add_student("emmy")
        read = Roster.of(Course.at(tmp_path))
        assert [read.name(one) for one in ("ada", "bob", "emmy", "x")] == [
            "Ada King",
            "Byron",
            "",
            "",
        ]
        (tmp_path / "roster.csv").write_text('id,name\nemmy,"Noether, Emmy Amalie"\nada,X Y\n')
        Roster.of(Course.at(tmp_path)).name_in(gradebook)
        told = {each.id: (each.first_name, each.last_name) for each in gradebook.students}
    assert told["emmy"] == ("Emmy Amalie", "Noether") and told["ada"] == ("Ada", "Lovelace")


def test_a_value_of_two_people_is_nobodys_name_in_canvas(roster):
    read = roster("id,email\nada,ask@school.example\nbob,ask@school.example\n")
    assert _other_names(read) == {}


def test_the_gradebook_and_the_file_are_one_roster(tmp_path, roster):
    read = roster("id,email\nada,ada@school.example\n")
    with Course.at(tmp_path).gradebook() as gradebook:
        gradebook.add_student("ada", first_name="Ada", last_name="Lovelace")
        gradebook.add_student("emmy")
    read = Roster.of(Course.at(tmp_path))
    assert read.ids == ["ada", "emmy"]
    assert read.people["ada"].known["name"] == ["Ada Lovelace"]
    assert read.people["ada"].known["email"] == ["ada@school.example"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("id\n../x\n", "'../x', which cannot be a folder; correct it in line 2"),
        ("id\nada\n.ada\n", "'.ada', which cannot be a folder; correct it in line 3"),
        ("id\n\x07\n", "which cannot be a folder"),
        ("id\nada\nCON\n", "'CON', which cannot be a folder; correct it in line 3"),
        ("id\naux.txt\n", "no name that Windows reserves"),
        ("id\nLpt1\n", "which cannot be a folder"),
        ("id\nada.\n", "no dot at either end"),
        ("id\nZoë\n".encode("cp1252"), "not in UTF-8; save it as CSV UTF-8"),
        ("id,name\nada,x\n".encode("utf-16"), "not in UTF-8; save it as CSV UTF-8"),
        ("", "no column 'id'"),
        ("name\nx\n", "no column 'id'"),
        ("id,ID\nada,11\n", "several columns 'id'"),
        ("id,name\nada,Lovelace, Ada\n", "3 fields in line 2 and 2 in its header"),
        ("id,name\n,Ada\n", "no id in line 2"),
        ('id,name\nada,"Lovelace\nbob,Bob\n', "is not a CSV file .*line 3"),
    ],
)
def test_a_roster_that_cannot_be_read_is_told_in_a_sentence(roster, content, words):
    with pytest.raises(CourseError, match=words) as raised:
        roster(content)
    assert "roster.csv" in str(raised.value) and "\n" not in str(raised.value)


def test_a_file_that_is_not_there_and_one_that_is_none(tmp_path, roster):
    roster("id\na\n")
    with pytest.raises(CourseError, match="There is no roster .*nobody.csv"):
        Roster.of(Course.at(tmp_path), tmp_path / "nobody.csv")
    (tmp_path / "roster.csv").unlink()
    (tmp_path / "roster.csv").mkdir()
    with pytest.raises(CourseError, match="roster.csv cannot be read"):
        Roster.of(Course.at(tmp_path))


def test_what_can_be_an_id():
    assert all(map(is_id, ("ada", "a:b", "Zoë", "gburdell3", "-1", "a b")))
    assert not any(map(is_id, ("", ".", "..", ".ada", "a/b", "a\0b", "a\n", " a", "x" * 201)))


@pytest.mark.parametrize(
    "name", ["Connie", "com10", "auxiliary", "nully.x", "a.con", "o'hara", "a.b"]
)
def test_names_that_only_look_reserved_are_ids(name):
    assert is_id(name)


@pytest.mark.parametrize("name", ["con", "Nul .x", "COM¹", "conin$", "a..", "ada "])
def test_names_that_no_folder_has_on_windows_are_none(name):
    assert not is_id(name)
