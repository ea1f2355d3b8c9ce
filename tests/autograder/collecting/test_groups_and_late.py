"""Groups, lateness and hidden names, as Canvas and Moodle write them into file names."""

import pytest

from autograder.collecting.collect import LEFT_OUT, NOT_MATCHED, TAKEN
from autograder.collecting.receipts import Receipt
from autograder.grading.preparing.jobs import timestamp_text
from helpers.errors import CourseError
from tests.autograder.collecting.conftest import ROSTER, write_roster
from tests.tiny_course import TINY

pytestmark = pytest.mark.usefixtures("roster")

# People, the group set, Download Course Roster CSV.
CANVAS_GROUPS = """\
name,canvas_user_id,user_id,login_id,sections,group_name,canvas_group_id,group_id
"Lovelace, Ada",101,S1,ada,A,Team 1,7,
Emmy Noether,102,S2,emmy,A,Team 1,7,
Zoë de la Cruz,103,S3,zoe,A,Team_2,8,
Jo Lee,,,lee1,A,Team_2,8,
Jo Lee,,,lee2,A,,,
Somebody else,999,S9,else,A,Team_2,8,
"""


@pytest.fixture
def groups(course):
    (course.root / "groups.csv").write_text(CANVAS_GROUPS, encoding="utf-8")


def taken(done):
    return {student for status, student in done.by_file.values() if status == TAKEN}


def students_of(done):
    return {name.split("/")[0] for name in done.there}


def test_a_group_in_canvas_is_named_and_represented_by_one(given, book, collected, groups):
    done = collected(
        given(
            {
                "team1_102_9001_tiny.ipynb": book("of team 1"),
                "team_2_LATE_103_9002_tiny.ipynb": book("of team 2"),
                "leejo_105_9003_tiny.ipynb": book("alone"),
            }
        )
    )
    assert students_of(done) == {"ada", "emmy", "zoe", "lee1"}
    assert done.there["ada/tiny/tiny.ipynb"] == done.there["emmy/tiny/tiny.ipynb"]
    assert b"of team 2" in done.there["lee1/tiny/tiny.ipynb"]
    # Two of this name, neither of whose numbers is known.
    assert done.by_file["leejo_105_9003_tiny.ipynb"] == (NOT_MATCHED, None)
    assert done.nothing == ["lee2"]


def test_groups_may_be_a_column_of_the_roster(course, given, book, collected):
    teams = {"ada": "Blue", "emmy": "blue!", "zoe": "Red", "lee1": "Red", "lee2": ""}
    write_roster(course.root / "roster.csv", [row | {"Group": teams[row["id"]]} for row in ROSTER])
    done = collected(given({"red_103_9001_tiny.ipynb": book()}))
    assert students_of(done) == {"zoe", "lee1"}
    # Of two groups whose names Canvas writes alike, the one of who represents it.
    done = collected(given({"blue_101_9002_tiny.ipynb": book()}))
    assert students_of(done) == {"zoe", "lee1", "ada"}


def test_a_file_of_groups_that_is_named_counts_before_the_courses_own(
    course, given, book, collected, groups, tmp_path
):
    (tmp_path / "mine.csv").write_text("group,id\nTeam 1,zoe\n")
    done = collected(given({"team1_999_9001_tiny.ipynb": book()}), groups=tmp_path / "mine.csv")
    assert students_of(done) == {"zoe"}
    with pytest.raises(CourseError, match="nowhere.csv"):
        collected(given({"team1_999_9001_tiny.ipynb": book()}), groups=tmp_path / "nowhere.csv")


def test_a_group_of_unknown_members_is_told(given, book, collected):
    done = collected(given({"team1_101_9001_tiny.ipynb": book()}))
    assert students_of(done) == {"ada"}
    assert "Handed in as 'team1': if that is a group" in done.remarks["team1_101_9001_tiny.ipynb"]


def test_a_name_in_a_students_file_makes_nobody_else_of_it(given, book, collected, groups):
    name = "strangera_999_9001_noetheremmy_102_9002_tiny.ipynb"
    done = collected(given({name: book()}))
    assert done.by_file == {name: (NOT_MATCHED, None)}


def test_groups_in_moodle(given, book, collected, groups):
    done = collected(
        given(
            {
                "Team 1_31_assignsubmission_file/tiny.ipynb": book("of team 1"),
                "Team 2_32_assignsubmission_file_/tiny.ipynb": book("of team 2"),
                "Default group_assignsubmission_file/tiny.ipynb": book("of no team"),
            }
        )
    )
    assert students_of(done) == {"ada", "emmy", "zoe", "lee1"}
    unknown = "Default group_assignsubmission_file/tiny.ipynb"
    assert done.by_file[unknown] == (NOT_MATCHED, None)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("id,name\nada,x\n", "has no column 'group'"),
        ("id,group\nnobody,Team 1\n", "puts nobody on the roster into a group"),
    ],
)
def test_a_file_of_groups_that_is_none(course, given, book, collected, content, words):
    (course.root / "groups.csv").write_text(content)
    with pytest.raises(CourseError, match=words):
        collected(given({"team1_101_9001_tiny.ipynb": book()}))


MOODLE = {
    "Ada Lovelace_100_assignsubmission_file/tiny.ipynb": "ada",
    "Ada Lovelace_100_assignsubmission_file/my data/x.csv": "ada",
    "Lovelace Ada_100_assignsubmission_file_/tiny.ipynb": "ada",
    "Ada Lovelace_100_assignsubmission_file_tiny.ipynb": "ada",
    "ada Ada Lovelace_100_assignsubmission_file/tiny.ipynb": "ada",
    "Zoe de la Cruz zoe_100_assignsubmission_file/tiny.ipynb": "zoe",
    "Ada Lovelace ada@school.edu_100_assignsubmission_file/tiny.ipynb": "ada",
    "emmy Ada Lovelace_100_assignsubmission_file/tiny.ipynb": None,
    "Jo Lee_100_assignsubmission_file/tiny.ipynb": None,
    "Jo Lee_502_assignsubmission_file/tiny.ipynb": "lee2",
    "Participant_501_assignsubmission_file/tiny.ipynb": "lee1",
    "Participant_777_assignsubmission_file/tiny.ipynb": None,
}


@pytest.mark.parametrize("name", MOODLE)
def test_moodles_names_with_its_numbers(course, given, book, collected, name):
    """The number is in Moodle's grading worksheet, in the column Identifier."""
    numbers = {"lee1": "Participant 501", "lee2": "Participant 502"}
    rows = [row | {"Identifier": numbers.get(row["id"], "")} for row in ROSTER]
    write_roster(course.root / "roster.csv", rows)
    files = {name: book()}
    if not name.endswith("tiny.ipynb"):
        files[name.split("/")[0] + "/tiny.ipynb"] = book()
    done = collected(given(files))
    assert students_of(done) == ({MOODLE[name]} if MOODLE[name] else set())
    if "777" in name:
        assert "hides the name" in done.remarks[name]


def test_moodles_typed_text_stays_out(given, book, collected):
    done = collected(
        given(
            {
                "Ada Lovelace_100_assignsubmission_onlinetext/onlinetext.html": b"<p>",
                "Emmy Noether_101_assignsubmission_onlinetext_onlinetext.html": b"<p>",
                "Zoë de la Cruz_102_assignsubmission_file/tiny.ipynb": book(),
            }
        )
    )
    assert [status for status, _ in done.by_file.values()].count(LEFT_OUT) == 2
    assert students_of(done) == {"zoe"}


def test_two_of_one_name_are_told_apart_by_number(course, given, book, collected):
    numbers = {"lee1": "104", "lee2": "0105.0"}
    rows = [row | {"canvas_id": numbers.get(row["id"], row["canvas_id"])} for row in ROSTER]
    write_roster(course.root / "roster.csv", rows)
    files = {"leejo_104_9001_tiny.ipynb": book("one"), "leejo_105_9002_tiny.ipynb": book("two")}
    done = collected(given(files))
    assert b"one" in done.there["lee1/tiny/tiny.ipynb"]
    assert b"two" in done.there["lee2/tiny/tiny.ipynb"]
    # One number is enough: the other Jo Lee has it not.
    rows = [row | {"canvas_id": "104" if row["id"] == "lee1" else ""} for row in rows]
    write_roster(course.root / "roster.csv", rows)
    done = collected(given({"leejo_105_9003_tiny.ipynb": book("three")}))
    assert b"three" in done.there["lee2/tiny/tiny.ipynb"]


@pytest.mark.parametrize("name", ["anon_x1y2z_9001_tiny.ipynb", "LATE_anon_x1y2z_9001_tiny.ipynb"])
def test_anonymous_work_is_told(given, book, collected, name):
    done = collected(given({name: book()}))
    assert done.by_file == {name: (NOT_MATCHED, None)} and "hides the name" in done.remarks[name]


@pytest.mark.parametrize("late", ["LATE", "late"])
def test_late_reaches_the_timestamp(course, given, book, collected, late):
    name = f"lovelaceada_{late}_101_9001_tiny.ipynb"
    done = collected(given({name: book()}))
    folder = course.submitted("ada", TINY).parent
    assert done.remarks[name] == "late" and timestamp_text(folder) == ""
    assert Receipt.of(course, TINY, "ada").late
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(TINY, duedate="2026-10-01 12:00 UTC")
    collected(given({name: book()}))
    assert timestamp_text(folder) == "2026-10-01 12:00:01 UTC\n"


def test_what_is_handed_in_again_in_time_is_not_late(course, given, book, collected):
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(TINY, duedate="2026-10-01 12:00 UTC")
    collected(given({"lovelaceada_LATE_101_9001_tiny.ipynb": book("late")}))
    collected(given({"lovelaceada_101_9002_tiny-1.ipynb": book("extended")}))
    assert not Receipt.of(course, TINY, "ada").late
    assert timestamp_text(course.submitted("ada", TINY).parent) == ""
