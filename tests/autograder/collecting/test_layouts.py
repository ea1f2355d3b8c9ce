"""What each LMS gives out, taken for the right people."""

import json
import os
import pwd
from pathlib import Path

import pytest
from nbgrader.utils import parse_utc

from autograder.collecting import layouts
from autograder.collecting.collect import (
    LEFT_OUT,
    NOT_MATCHED,
    REPLACED,
    TAKEN,
    UNREADABLE,
    collect,
)
from autograder.collecting.people import People
from autograder.collecting.tree import File, files_of
from autograder.course.roster import Roster
from autograder.grading.grade import grade
from autograder.grading.preparing.jobs import timestamp_text
from helpers import submit
from helpers.errors import CourseError
from tests.autograder.collecting.conftest import ROSTER, write_roster, zipped
from tests.tiny_course import POINTS, TINY

pytestmark = pytest.mark.usefixtures("roster")


def test_canvas(given, book, collected):
    done = collected(
        given(
            {
                "lovelaceada_101_9001_tiny.ipynb": book("first"),
                "lovelaceada_101_9002_tiny-1.ipynb": book("second"),
                "lovelaceada_101_9003_extra.csv": b"1,2",
                "noetheremmy_LATE_102_9004_homework (3).ipynb": book("late"),
                "delacruzzoe_LATE_103_9005_tiny-2.ipynb": b"{",
                "leejo_104_9006_tiny.ipynb": book(),
                "strangera_105_9007_tiny.ipynb": book(),
                "lovelaceada_101_text.html": b"<p>typed",
            }
        )
    )
    assert done.by_file == {
        "lovelaceada_101_9002_tiny-1.ipynb": (TAKEN, "ada"),
        "lovelaceada_101_9003_extra.csv": (TAKEN, "ada"),
        "noetheremmy_LATE_102_9004_homework (3).ipynb": (TAKEN, "emmy"),
        "lovelaceada_101_9001_tiny.ipynb": (REPLACED, "ada"),
        "leejo_104_9006_tiny.ipynb": (NOT_MATCHED, None),
        "strangera_105_9007_tiny.ipynb": (NOT_MATCHED, None),
        "delacruzzoe_LATE_103_9005_tiny-2.ipynb": (UNREADABLE, "zoe"),
        "lovelaceada_101_text.html": (LEFT_OUT, None),
    }
    assert done.remarks["leejo_104_9006_tiny.ipynb"] == "fits lee1 and lee2"
    assert done.remarks["noetheremmy_LATE_102_9004_homework (3).ipynb"] == "late"
    assert b"second" in done.there["ada/tiny/tiny.ipynb"]
    assert done.there["ada/tiny/extra.csv"] == b"1,2"
    # What cannot be read lies there too, for grading to say so.
    assert done.there["zoe/tiny/tiny.ipynb"] == b"{"
    assert done.nothing == ["lee1", "lee2"]


def test_a_canvas_number_of_somebody_else_decides_against_a_name(given, book, collected):
    done = collected(given({"lovelaceada_999_1_tiny.ipynb": book()}))
    assert done.by_file == {"lovelaceada_999_1_tiny.ipynb": (NOT_MATCHED, None)}
    assert "whose number is not 999" in done.remarks["lovelaceada_999_1_tiny.ipynb"]
    done = collected(given({"lovelaceada_102_1_tiny.ipynb": book()}))
    assert "fits emmy by '102', but ada" in done.remarks["lovelaceada_102_1_tiny.ipynb"]


WITHOUT_NUMBERS = [{"id": "ada", "name": "Ada Lovelace", "email": "ada@school.edu"}]
EXPORTED = """
submission_7:
  :submitters:
  - :name: Ada Lovelace
    :email: {mine}
  :created_at: 2026-10-03 20:00:00 Z
submission_8:
  :submitters:
  - :name: ada lovelace
    :email: mallory@elsewhere.org
  :created_at: 2026-10-04 20:00:00 Z
"""


@pytest.mark.parametrize("names", [
    ("lovelaceada_101_1_tiny.ipynb", "lovelaceada_999_2_tiny.ipynb"),
    ("Ada Lovelace_11_assignsubmission_file_/tiny.ipynb",
     "Ada Lovelace_12_assignsubmission_file_/tiny.ipynb"),
])  # fmt: skip
def test_two_accounts_of_one_name_are_nobodys(given, book, collected, course, names):
    """Without the numbers nobody can tell which of them the student's is."""
    write_roster(course.root / "roster.csv", WITHOUT_NUMBERS)
    done = collected(given({name: book(name) for name in names}))
    assert done.by_file == {name: (NOT_MATCHED, None) for name in names}
    assert all("another account has that name" in told for told in done.remarks.values())
    assert done.there == {} and done.nothing == ["ada"]


@pytest.mark.parametrize("mine, taken", [("ada@school.edu", True), ("ada@home.org", False)])
def test_the_name_of_an_account_takes_nobodys_place(given, book, collected, course, mine, taken):
    write_roster(course.root / "roster.csv", WITHOUT_NUMBERS)
    files = {
        "submission_metadata.yml": EXPORTED.format(mine=mine).encode(),
        "submission_7/tiny.ipynb": book("hers"),
        "submission_8/tiny.ipynb": book("somebody else's, and later"),
    }
    done = collected(given(files))
    assert done.by_file["submission_8/tiny.ipynb"] == (NOT_MATCHED, None)
    assert "mallory@elsewhere.org" in done.remarks["submission_8/tiny.ipynb"]
    assert done.by_file["submission_7/tiny.ipynb"][0] == (TAKEN if taken else NOT_MATCHED)
    assert [*done.there] == (["ada/tiny/timestamp.txt", "ada/tiny/tiny.ipynb"] if taken else [])


def test_one_account_that_hands_in_twice_is_known_by_its_name(given, book, collected, course):
    write_roster(course.root / "roster.csv", WITHOUT_NUMBERS)
    names = ("lovelaceada_101_1_tiny.ipynb", "lovelaceada_101_2_tiny-1.ipynb")
    done = collected(given({name: book(name) for name in names}))
    assert [status for status, _ in done.by_file.values()] == [TAKEN, REPLACED]


METADATA = """\
submission_7:
  :submitters:
  - :name: Ada Lovelace
    :sid: '0099'
    :email: ada@school.edu
  - :name: Emmy Noether
    :email: emmy@school.edu
  :created_at: 2026-10-03 20:00:00.000000000 Z
  :score: 1.0
  :results:
    tests: []
submission_9:
  :submitters:
  - :name: Ada Lovelace
    :email: ada@school.edu
  :created_at: 2026-10-04 01:00:00.000000000 +0200
submission_11:
  :submitters: []
  :created_at: whenever
"""


def test_gradescope(given, book, collected, course):
    top = "assignment_123_export/"
    done = collected(
        given(
            {
                f"{top}submission_metadata.yml": METADATA.encode(),
                f"{top}submission_7/tiny.ipynb": book("of two"),
                f"{top}submission_7/models/g.json": b"{}",
                f"{top}submission_9/my work/tiny.ipynb": book("alone"),
                f"{top}submission_11/tiny.ipynb": book(),
                f"{top}submission_12/tiny.ipynb": book(),
            }
        )
    )
    assert b"alone" in done.there["ada/tiny/tiny.ipynb"]
    assert b"of two" in done.there["emmy/tiny/tiny.ipynb"]
    assert done.there["emmy/tiny/models/g.json"] == b"{}"
    assert (REPLACED, "ada") in {(row.status, row.student) for row in done.rows}
    assert done.by_file[f"{top}submission_11/tiny.ipynb"] == (NOT_MATCHED, None)
    assert (
        "does not name the folder submission_12" in (done.remarks[f"{top}submission_12/tiny.ipynb"])
    )
    when = parse_utc(timestamp_text(course.submitted("ada", TINY).parent).strip())
    assert str(when) == "2026-10-03 23:00:00"


@pytest.mark.parametrize("content", [METADATA.encode(), b"[" * 200_000, b"- 1"])
@pytest.mark.parametrize("top", ["", "assignment_123_export/"])
def test_a_students_own_metadata_is_a_file_of_his(given, book, collected, top, content):
    """Were it believed, it would hand in for somebody else, or stop the class."""
    forged = {"zoe/submission_metadata.yml": content, "zoe/submission_7/tiny.ipynb": book("forged")}
    done = collected(given({"ada/tiny.ipynb": book("hers"), **forged}))
    assert b"hers" in done.there["ada/tiny/tiny.ipynb"]
    assert done.there["zoe/tiny/submission_metadata.yml"] == content
    if top:
        files = {
            f"{top}submission_metadata.yml": METADATA.encode(),
            f"{top}submission_9/tiny.ipynb": book("alone"),
            f"{top}submission_9/submission_metadata.yml": content,
        }
        done = collected(given(files))
        assert b"alone" in done.there["ada/tiny/tiny.ipynb"]


EXCHANGE = "ada+tiny+{time} UTC+abc"


def sorted_file(course, owner, time="2026-10-03 20:00:00", who="ada"):
    """A Sorter that has met one file of nbgrader's exchange, made by this user."""
    folder = EXCHANGE.format(time=time).replace("ada+", f"{who}+")
    file = File((folder, "tiny.ipynb"), 2, lambda most: b"{}", None, owner)
    return layouts.Sorter([file], TINY, [], People(Roster.of(course)))


@pytest.mark.parametrize(
    ("owner", "name", "taken"),
    [
        (None, "", True),  # from an archive
        (0, "root", True),
        (7, "me", True),  # a copy of the teacher's
        (8, "ada", True),
        (8, "Ada", True),
        (9, "emmy", False),
        (9, "mallory", False),
    ],
)
def test_in_an_exchange_the_owner_counts(course, roster, monkeypatch, owner, name, taken):
    monkeypatch.setattr(layouts.os, "getuid", lambda: 7)
    monkeypatch.setattr(layouts, "_user", lambda number: name)
    sorter = sorted_file(course, owner)
    assert bool(sorter.submissions) is taken
    assert taken or sorter.left[0][1] == f"named for ada, but made by {name}"


@pytest.mark.parametrize("who, owner", [("lee1", "jo.lee"), ("jo.lee", "lee1")])
def test_the_owner_may_have_another_name_of_the_same_student(
    course, roster, monkeypatch, who, owner
):
    monkeypatch.setattr(layouts.os, "getuid", lambda: 7)
    monkeypatch.setattr(layouts, "_user", lambda number: owner)
    assert sorted_file(course, 8, who=who).submissions
    assert not sorted_file(course, 8, who="lee2").submissions


def test_the_owner_in_a_folder_is_the_systems(tmp_path):
    folder = tmp_path / "exchange"
    folder.mkdir()
    (folder / "x").write_text("")
    assert [file.owner for file in files_of(folder)] == [os.getuid()]
    assert layouts._user(os.getuid()) == pwd.getpwuid(os.getuid()).pw_name
    assert layouts._user(2**31 - 7) == f"user {2**31 - 7}"


def test_a_time_of_the_future_is_no_later_submission(course, roster):
    sorter = sorted_file(course, None, time="2099-10-03 20:00:00")
    assert not sorter.submissions
    assert sorter.left[0][1] == "its name is of the future, 2099-10-03 20:00"


@pytest.mark.parametrize(
    "content", [b"[1, 2]", b"a: b: c", b"\xff\xfe\x00", b"[" * 200_000, b"", b"x: !!python/name:os"]
)
def test_gradescopes_metadata_broken(given, book, collected, content):
    files = {"submission_metadata.yml": content, "submission_1/tiny.ipynb": book()}
    with pytest.raises(CourseError, match="submission_metadata.yml .*from Gradescope again"):
        collected(given(files))


def test_moodle(given, book, collected):
    done = collected(
        given(
            {
                "Ada Lovelace_5001_assignsubmission_file_/tiny.ipynb": book("a"),
                "Ada Lovelace_5001_assignsubmission_file_/data/x.csv": b"x",
                "Zoe De La Cruz_5002_assignsubmission_file_work.ipynb": book("z"),
                "Emmy Noether_5003_assignsubmission_onlinetext_/onlinetext.html": b"<p>",
                "Participant 12_5004_assignsubmission_file_/tiny.ipynb": book(),
            }
        )
    )
    assert set(done.there) == {"ada/tiny/data/x.csv", "ada/tiny/tiny.ipynb", "zoe/tiny/tiny.ipynb"}
    statuses = [done.by_file[name][0] for name in sorted(done.by_file)]
    assert statuses == [TAKEN, TAKEN, LEFT_OUT, NOT_MATCHED, TAKEN]


def test_moodle_where_the_name_is_an_id(given, book, collected):
    done = collected(given({"lee2_5006_assignsubmission_file_/tiny.ipynb": book("l")}))
    assert set(done.there) == {"lee2/tiny/tiny.ipynb"}


def test_nbgraders_exchange(given, book, collected, course):
    inbound = "exchange/dgm/inbound/"
    done = collected(
        given(
            {
                f"{inbound}ada+tiny+2026-10-01 10:00:00.000001 UTC/tiny.ipynb": book("early"),
                f"{inbound}ada+tiny+2026-10-01 10:00:00.000002 UTC+abc1/tiny.ipynb": book("then"),
                f"{inbound}ada+tiny+2026-10-01 10:00:00.000002 UTC+abc1/timestamp.txt": b"1999",
                f"{inbound}emmy+other+2026-10-01 10:00:00 UTC/other.ipynb": book(),
                f"{inbound}emmy+tiny+2026-10-01 12:00:00 +0200/tiny.ipynb": book("e"),
                f"{inbound}nobody+tiny+2026-10-01 12:00:00 UTC/tiny.ipynb": book(),
            }
        )
    )
    assert b"then" in done.there["ada/tiny/tiny.ipynb"]
    assert done.there["ada/tiny/timestamp.txt"] == b"2026-10-01 10:00:00.000002 UTC\n"
    assert done.there["emmy/tiny/timestamp.txt"] == b"2026-10-01 10:00:00 UTC\n"
    kinds = sorted(status for status, _ in done.by_file.values())
    assert kinds == sorted([TAKEN, TAKEN, REPLACED, LEFT_OUT, LEFT_OUT, NOT_MATCHED])


@pytest.mark.parametrize(
    "name",
    [
        "ada.ipynb",
        "ADA.IPYNB",
        "ada@school.edu.ipynb",
        "Ada Lovelace.ipynb",
        "ada_tiny.ipynb",
        "tiny-ada.ipynb",
        "ada (1).ipynb",
        "ada/tiny.ipynb",
        "ada/anything.ipynb",
        "ada/tiny/tiny.ipynb",
        "Lovelace, Ada/sub/folder/tiny.ipynb",
    ],
)
@pytest.mark.parametrize("top", ["", "submitted/"])
def test_plain_files(given, book, collected, name, top):
    done = collected(given({top + name: book("plain"), f"{top}emmy/tiny.ipynb": book()}))
    assert done.by_file[top + name] == (TAKEN, "ada")
    assert b"plain" in done.there["ada/tiny/tiny.ipynb"]


def test_nbgraders_own_folder_with_several_assignments(given, book, collected, course):
    (course.root / "solutions" / "vae").mkdir()
    files = {"ada/tiny/tiny.ipynb": book(), "ada/vae/vae.ipynb": book()}
    done = collected(given({f"submitted/{name}": raw for name, raw in files.items()}))
    assert done.remarks["submitted/ada/vae/vae.ipynb"] == "of the assignment vae"
    assert set(done.there) == {"ada/tiny/tiny.ipynb"}


def test_the_zip_of_helpers_submit(given, book, collected, tmp_path, monkeypatch):
    """Taken with its models, also when the notebook is handed in beside it once more."""
    desk = tmp_path / "desk"
    (desk / "models").mkdir(parents=True)
    (desk / "tiny.ipynb").write_bytes(book("packed"))
    (desk / "models" / "g.json").write_text("{}")
    monkeypatch.chdir(desk)
    submit.check_and_pack("tiny")
    raw = Path("tiny.zip").read_bytes()
    monkeypatch.chdir(tmp_path)
    done = collected(
        given(
            {
                "lovelaceada_101_1_tiny.zip": raw,
                "noetheremmy_102_2_tiny.zip": raw,
                "noetheremmy_102_3_tiny.ipynb": book("packed"),
                "delacruzzoe_103_4_tiny.zip": raw,
                "delacruzzoe_103_5_tiny.ipynb": book("changed later"),
            }
        )
    )
    assert {status for status, _ in done.by_file.values()} == {TAKEN, REPLACED}
    for student in ("ada", "emmy", "zoe"):
        assert done.there[f"{student}/tiny/models/g.json"] == b"{}"
        assert json.loads(done.there[f"{student}/tiny/manifest.json"])["assignment"] == "tiny"
    assert done.by_file["noetheremmy_102_3_tiny.ipynb"] == (REPLACED, "emmy")
    assert b"changed later" in done.there["zoe/tiny/tiny.ipynb"]
    assert "'tiny.ipynb' was changed after it was packed." in " ".join(done.remarks.values())


def test_the_notebook_of_another_assignment(given, book, collected):
    wrong = book(metadata={"course": {"assignment": "vae"}})
    done = collected(given({"ada.ipynb": wrong}))
    assert done.by_file == {"ada.ipynb": (UNREADABLE, "ada")}
    assert done.remarks["ada.ipynb"] == "ada.ipynb is the notebook of vae"


def test_two_notebooks_that_could_be_meant(given, book, collected):
    files = {"ada/draft.ipynb": book("1"), "ada/final.ipynb": book("2")}
    done = collected(given(files))
    assert "2 notebooks (draft.ipynb, final.ipynb): ask" in done.remarks["ada/draft.ipynb"]
    assert set(done.there) == {"ada/tiny/draft.ipynb", "ada/tiny/final.ipynb"}
    done = collected(
        given(
            {f"emmy/{name[4:]}": raw for name, raw in files.items()}
            | {"emmy/tiny.ipynb": book("3")}
        )
    )
    assert (
        "3 notebooks (draft.ipynb, final.ipynb, tiny.ipynb): ask"
        in (done.remarks["emmy/tiny.ipynb"])
    )


def test_no_notebook_at_all(given, collected):
    done = collected(given({"ada/report.pdf": b"%PDF"}))
    assert done.remarks["ada/report.pdf"] == "there is no notebook in it (report.pdf)"


@pytest.mark.parametrize(
    "path",
    [
        "Ada Lovelace_1_assignsubmission_file_/emmy+tiny+2026-10-01 12:00:00 UTC/tiny.ipynb",
        "Ada Lovelace_1_assignsubmission_file_/noetheremmy_102_3_tiny.ipynb",
        "Ada Lovelace_1_assignsubmission_file_Emmy Noether_2_assignsubmission_file_tiny.ipynb",
        "ada/emmy/tiny.ipynb",
        "ada/Emmy Noether_1_assignsubmission_file_/tiny.ipynb",
        "lovelaceada_101_3_noetheremmy_102_4_tiny.ipynb",
    ],
)
def test_nobody_hands_in_for_somebody_else(given, book, collected, path):
    other = path.replace("Ada Lovelace", "Zoë de la Cruz").replace("lovelaceada_101", "x_103")
    other = other.replace("ada/", "zoe/")
    done = collected(given({path: book(), other: book("z")}))
    assert {student for _, student in done.by_file.values()} <= {"ada", "zoe", None}
    assert "emmy" not in " ".join(done.there)


def test_without_a_roster_names_are_taken_only_where_they_are_ids(course, given, book, collected):
    (course.root / "roster.csv").unlink()
    done = collected(given({"grace.ipynb": book(), "hopperg_1_2_tiny.ipynb": book()}))
    assert done.by_file["grace.ipynb"] == (TAKEN, "grace")
    assert done.by_file["hopperg_1_2_tiny.ipynb"] == (NOT_MATCHED, None)
    assert collected(given({"tiny.ipynb": book()})).by_file["tiny.ipynb"] == (NOT_MATCHED, None)
    assert "write roster.csv" in done.remarks["hopperg_1_2_tiny.ipynb"]


def test_students_of_the_gradebook_count_as_well(course, given, book, collected):
    with course.gradebook() as gradebook:
        gradebook.add_student("grace", first_name="Grace", last_name="Hopper", lms_user_id="7")
    done = collected(given({"hoppergrace_7_2_tiny.ipynb": book()}))
    assert done.by_file == {"hoppergrace_7_2_tiny.ipynb": (TAKEN, "grace")}


def test_a_roster_of_another_name(course, given, book, collected, tmp_path):
    write_roster(tmp_path / "class.csv", [{"ID": "x1", "Full Name": "Ada Byron"}])
    done = collected(given({"byronada_5_6_tiny.ipynb": book()}), roster=tmp_path / "class.csv")
    assert done.by_file == {"byronada_5_6_tiny.ipynb": (TAKEN, "x1")}
    with pytest.raises(CourseError, match="There is no roster"):
        collect(course, TINY, tmp_path, roster=tmp_path / "nowhere.csv")


@pytest.mark.parametrize("name", ["..", "a/b", ".x", "bell\x07"])
def test_a_roster_with_an_id_that_cannot_be_a_folder(course, tmp_path, name):
    write_roster(course.root / "roster.csv", [{"id": name}])
    with pytest.raises(CourseError, match="roster.csv names the student .*cannot be a folder"):
        collect(course, TINY, tmp_path)


@pytest.mark.slow
@pytest.mark.sandbox
def test_what_was_collected_is_graded(given, book, collected, course):
    files = {"lovelaceada_101_9001_tiny-1.ipynb": book(), "noetheremmy_102_2_t.ipynb": b"x"}
    collected(given(files))
    results = {each.student: each for each in grade(course, TINY)}
    assert results["ada"].score == sum(POINTS.values()) and results["ada"].remarks == ()
    assert results["emmy"].status == "unreadable"
    assert results["zoe"].status == "no submission"


def test_litter_is_nobodys(given, book, collected):
    files = {"ada.ipynb": book(), "__MACOSX/._ada.ipynb": b"x", ".DS_Store": b"x"}
    assert list(collected(given(files)).by_file) == ["ada.ipynb"]


def test_everything_is_accounted_for(given, book, collected):
    """As many rows as files, whatever they are."""
    files = {f"{row['id']}/tiny.ipynb": book(row["id"]) for row in ROSTER}
    files |= {"readme.txt": b"x", "ada/a.zip": b"no zip", "emmy/b.zip": zipped({"x/y.txt": b"1"})}
    files |= {"lee1/c/d/e.txt": b"x", "stranger/tiny.ipynb": book()}
    done = collected(given(files))
    assert set(done.by_file) == set(files)
    assert done.by_file["ada/a.zip"][0] == LEFT_OUT
    assert done.there["emmy/tiny/x/y.txt"] == b"1"


@pytest.mark.parametrize("eve", [
    {"name": "emmy", "email": "eve@school.edu"},
    {"name": "Eve E", "email": "emmy@evil.example"},
])  # fmt: skip
@pytest.mark.parametrize("name", ["{}.ipynb", "{}/tiny.ipynb", EXCHANGE.replace("ada", "{}", 1)])
def test_a_name_that_is_a_classmates_id_costs_nobody(course, given, book, collected, eve, name):
    write_roster(course.root / "roster.csv", [*ROSTER, {"id": "eve", **eve, "canvas_id": ""}])
    name = name.replace("{time}", "2026-10-01 10:00:00")
    name = name if name.endswith("ipynb") else f"{name}/tiny.ipynb"
    files = {name.replace("{}", who): book(who) for who in ("ada", "emmy", "eve")}
    done = collected(given(files))
    assert done.by_file == {name.replace("{}", who): (TAKEN, who) for who in ("ada", "emmy", "eve")}


@pytest.mark.parametrize("name", ["Jo Lee.ipynb", "Jo Lee/tiny.ipynb", "tiny_Jo Lee.zip"])
def test_a_name_of_two_is_said_to_be_one(given, book, collected, name):
    done = collected(given({name: book("j"), "ada.ipynb": book()}))
    assert done.by_file == {name: (NOT_MATCHED, None), "ada.ipynb": (TAKEN, "ada")}
    assert done.remarks[name] == "fits lee1 and lee2"
