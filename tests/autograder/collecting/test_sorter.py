"""Whose each file is, by the names that each system gives: sorted in memory."""

import datetime
from types import SimpleNamespace

import pytest

from autograder.collecting import layouts
from autograder.collecting.layouts import Sorter, canvas_name
from autograder.collecting.people import People
from autograder.collecting.tree import File
from autograder.course.roster import Person, Roster
from helpers.errors import CourseError

KNOWN = {
    "ada": {"name": ["Ada Lovelace"], "canvas": ["101"], "sid": ["S7"], "email": ["ada@x.edu"]},
    "bob": {"name": ["Bob Lee"], "canvas": ["102"], "group": ["team_2"], "login": ["blee"]},
    "cy": {"name": ["Cy Young"], "group": ["team_2"], "moodle": ["5"]},
}


def people(known=KNOWN):
    roster = Roster()
    roster.people = {name: Person(name, "", values) for name, values in known.items()}
    return People(roster)


def sorted_files(*names, known=KNOWN, others=(), notebooks=("ps1",), content=b"", assignment="ps1"):
    """The Sorter of files with these paths."""
    files = [
        File(tuple(name.split("/")), len(content), lambda most: content, None) for name in names
    ]
    return Sorter(files, assignment, others, people(known), notebooks)


def handed_in(sorter):
    """{(students): [(path, name)]} of the submissions."""
    found = {}
    for each in sorter.submissions.values():
        who = tuple(sorter.people.find(one)[0] for one in each.who)
        found[who] = [("/".join(path), file.name) for path, file in each.files]
    return found


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("ada.ipynb", "ada.ipynb"),
        ("ada.zip", "ada.zip"),
        ("ADA.v2.zip", None),
        ("Ada Lovelace.ipynb", "Ada Lovelace.ipynb"),
        ("ada (2).zip", "ada (2).zip"),
        ("ada-1.ipynb", "ada-1.ipynb"),
        ("ps1_ada.zip", "ps1_ada.zip"),
        ("ada-ps1.ipynb", "ada-ps1.ipynb"),
        ("ada/x/y.ipynb", "x/y.ipynb"),
        ("ada/ps1/y.ipynb", "y.ipynb"),
        ("ada/ps1", "ps1"),
        ("ada/vae/y.ipynb", None),
        ("nobody/y.ipynb", None),
        ("nobody.ipynb", None),
    ],
)
def test_plain_names(name, path):
    sorter = sorted_files(name, "bob.ipynb", others=("vae",))
    assert handed_in(sorter).get(("ada",)) == (None if path is None else [(path, name)])
    if path is None:
        ((left, why),) = sorter.left
        assert left.name == name and why == ("of the assignment vae" if "vae" in name else None)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("adalovelace_101_9_x.ipynb", ("adalovelace", None, "101", "9", "x.ipynb")),
        ("a_LATE_1_2_x_y.ipynb", ("a", "LATE_", "1", "2", "x_y.ipynb")),
        ("a_late_1_2_x", ("a", "late_", "1", "2", "x")),
        ("a_b_1_2_x", ("a_b", None, "1", "2", "x")),
        ("a_1_x", None),
        ("_1_2_x", None),
        ("a_1_2_", None),
    ],
)
def test_the_parts_of_a_name_of_canvas(name, parts):
    match = canvas_name(name)
    found = match and match.group("who", "late", "user", "attachment", "name")
    assert found == parts
    assert canvas_name("a_1_2_b_3_4_x", 2)["who"] == "a_1_2_b"


def test_canvas_sorts_by_user_lateness_and_attachment():
    sorter = sorted_files(
        "adalovelace_101_7_x.ipynb", "adalovelace_LATE_101_9_x-1.ipynb", "bobg_102_3_y.ipynb"
    )
    ada, bob = sorter.submissions.values()
    assert (ada.order, ada.late, ada.user, ada.remark) == ((0.0, 9), True, "101", "")
    assert [path for path, _ in ada.files] == [("x.ipynb",), ("x-1.ipynb",)]
    assert (bob.late, bob.order) == (False, (0.0, 3))
    assert bob.remark == (
        "Handed in as 'bobg': if that is a group, name its members in groups.csv and collect again."
    )
    assert handed_in(sorted_files("stranger_101_1_x"))[("ada",)]


def test_a_group_of_canvas_hands_in_for_each_member_even_if_its_name_ends_in_a_number():
    sorter = sorted_files("team_2_102_7_x.ipynb")
    assert [*handed_in(sorter)] == [("bob", "cy")]
    (group,) = sorter.submissions.values()
    assert (group.user, group.remark, group.files[0][0]) == ("102", "", ("x.ipynb",))
    # Whom Canvas names is in it, whatever the roster says.
    crew = {**KNOWN, "dee": {"group": ["crew"]}}
    assert [*handed_in(sorted_files("crew_101_7_x.ipynb", known=crew))] == [("ada", "dee")]
    # What follows may be the student's choice.
    sorter = sorted_files("adalovelace_101_3_boblee_102_4_x.ipynb")
    assert [*handed_in(sorter)] == [("ada",)]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("adalovelace_101_text.html", layouts.LEFT_TYPED),
        ("adalovelace_LATE_101_link.html", layouts.LEFT_TYPED),
        ("Ada Lovelace_3_assignsubmission_onlinetext_/onlinetext.html", layouts.LEFT_TYPED),
        ("ada+vae+2026-10-01 10:00:00 UTC/x.ipynb", "of the assignment vae"),
    ],
)
def test_what_is_left_and_why(name, why):
    sorter = sorted_files(name, "bob.ipynb")
    assert [(file.name, told) for file, told in sorter.left] == [(name, why)]


def test_names_that_are_hidden():
    names = ("anon_ab1_102_3_x.ipynb", "LATE_anon_ab1_text.html")
    sorter = sorted_files(*names, "Participant 7_8_assignsubmission_file_/x", "bob.ipynb")
    assert len(sorter.hidden) + len(sorter.left) == 3 and len(sorter.submissions) == 1
    known = sorted_files("Participant 7_5_assignsubmission_file_/x", "bob.ipynb")
    assert ("cy",) in handed_in(known)  # Moodle's number of a participant is in the roster


@pytest.mark.parametrize(
    ("name", "who", "path"),
    [
        ("Ada Lovelace_9_assignsubmission_file_/d/x.ipynb", "ada", "d/x.ipynb"),
        ("Ada Lovelace_9_assignsubmission_file_x_y.ipynb", "ada", "x_y.ipynb"),
        ("Ada Lovelace_assignsubmission_file_x.ipynb", "ada", "x.ipynb"),
        ("blee Bob Lee_9_assignsubmission_file_/x", "bob", "x"),
        ("Bob Lee blee_9_assignsubmission_file_/x", "bob", "x"),
        ("Somebody_5_assignsubmission_file_/x", "cy", "x"),
        ("Ada Lovelace_9_assignsubmission_file_", "ada", "Ada Lovelace_9_assignsubmission_file_"),
    ],
)
def test_names_of_moodle(name, who, path):
    assert handed_in(sorted_files(name, "zed.txt"))[(who,)] == [(path, name)]


def test_two_students_of_moodle_stay_two():
    names = [
        f"{who}_{n}_assignsubmission_file_/x" for n, who in enumerate(("Ada Lovelace", "Bob Lee"))
    ]
    assert [*handed_in(sorted_files(*names))] == [("ada",), ("bob",)]
    sorter = sorted_files("team_2_77_assignsubmission_file_/x", "zed")
    assert [*handed_in(sorter)] == [("bob", "cy")]


def test_the_times_of_nbgraders_exchange():
    sorter = sorted_files(
        "ada+ps1+2026-10-01 12:00:00.5 +0200+r/x.ipynb", "bob+ps1+2026-10-01_12_00_00 UTC/x.ipynb"
    )
    ada, *rest = sorter.submissions.values()
    assert ada.when == datetime.datetime(2026, 10, 1, 10, 0, 0, 500_000)
    stamp = datetime.datetime(2026, 10, 1, 10, 0, 0, 500_000, datetime.UTC).timestamp()
    assert ada.order == (stamp, 0) and not ada.late
    assert not rest  # that is no time


def test_whose_name_a_file_of_the_exchange_has_and_who_made_it(monkeypatch):
    """Everybody can write there: the system's owner counts, not the name alone."""
    monkeypatch.setattr(layouts.os, "getuid", lambda: 7)
    monkeypatch.setattr(layouts, "_user", {8: "ada", 9: "bob"}.__getitem__)
    for owner, said in ((8, None), (9, "named for ada, but made by bob")):
        name = "ada+ps1+2026-10-01 12:00:00 UTC"
        file = File((name, "x.ipynb"), 0, lambda most: b"", None, owner)
        sorter = Sorter([file], "ps1", [], people())
        assert [why for _, why in sorter.left] == ([said] if said else [])


METADATA = """
submission_12:
  :submitters:
  - :name: A. L.
    :sid: S7
  :created_at: 2026-10-03 20:00:00 +0200
submission_3:
  submitters:
  - name: Bob Lee
    email: blee@y.edu
  - name: Cy Young
  created_at: 2026-10-03 20:00:00
"""


def gradescope(content, *names):
    files = [File(("submission_metadata.yml",), 9, lambda most: content.encode())]
    files += [File(tuple(name.split("/")), 0, lambda most: b"") for name in names]
    return Sorter(files, "ps1", [], people())


def test_gradescopes_metadata_names_the_submitters():
    sorter = gradescope(METADATA, "submission_12/x.ipynb", "submission_3/d/y", "submission_5/z")
    assert handed_in(sorter) == {
        ("ada",): [("x.ipynb", "submission_12/x.ipynb")],
        ("bob", "cy"): [("d/y", "submission_3/d/y")],
    }
    ada, _ = sorter.submissions.values()
    assert ada.when == datetime.datetime(2026, 10, 3, 18) and ada.order[1] == 12
    assert [(file.name, why) for file, why in sorter.left] == [
        ("submission_5/z", "submission_metadata.yml does not name the folder submission_5")
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("- 1", "submission_metadata.yml lists no submissions; export them from Gradescope again"),
        ("a: b: c", "submission_metadata.yml cannot be read .*; export the submissions"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", "it merges mappings"),
        ("[" * 51 + "]" * 51, "it is nested too deeply"),
        ("a: !!python/name:os.system", "cannot be read"),
    ],
)
def test_gradescopes_metadata_that_cannot_be_used(content, words):
    with pytest.raises(CourseError, match=words):
        gradescope(content, "submission_1/x")


@pytest.mark.parametrize(
    "name",
    [
        "!!str '<<'", "'<<'", "\"<<\"", "! '<<'", "!!str |-\n      <<", "<<",
        "=", "2026-02-31", "2026-13-45 10:00:00", "0x_", "0b_", "'*x'", "1:99e999", "!!int ''",
        "!!bool maybe", "!!timestamp soon",
    ],
)  # fmt: skip
def test_a_name_of_any_form_costs_nobody_else(name):
    """Gradescope shows the name that a student has chosen."""
    chosen = METADATA.replace("A. L.", name)
    sorter = gradescope(chosen, "submission_12/x.ipynb", "submission_3/y")
    before = gradescope(METADATA, "submission_12/x.ipynb", "submission_3/y")
    assert handed_in(sorter) == handed_in(before) and set(handed_in(sorter)) == {
        ("ada",), ("bob", "cy"),
    }  # fmt: skip
    told = [(each.when, each.order) for each in sorter.submissions.values()]
    assert told == [(each.when, each.order) for each in before.submissions.values()]


@pytest.mark.parametrize("key", ["<<", "!!merge x", "? <<\n  "])
def test_a_key_that_merges_is_refused_wherever_it_is(key):
    for above in ("c:\n  ", "c:\n  a: [1, {b: 2}]\n  "):
        with pytest.raises(CourseError, match="it merges mappings"):
            gradescope(f"a: &x {{b: 1}}\n{above}{key}: *x\n", "submission_1/x")
    assert gradescope("a:\n- <<\n- {b: <<}\n'<<': c\n", "submission_1/x").left


def test_metadata_may_be_fifty_deep():
    deep = "[" * 49 + "]" * 49
    assert handed_in(gradescope(METADATA + f"x: {deep}\n", "submission_12/x"))


def test_without_a_roster_a_name_is_an_id_unless_it_is_the_assignments():
    sorter = sorted_files("grace.ipynb", "ps1.ipynb", "hopper/x", known={})
    assert [each.who[0][0][1] for each in sorter.submissions.values()] == ["grace", "hopper"]
    assert [file.name for file, _ in sorter.left] == ["ps1.ipynb"]
    several = sorted_files("one_grace.ipynb", "two.ipynb", known={}, notebooks=("one", "two"))
    assert [each.who[0][0][1] for each in several.submissions.values()] == ["grace"]


def test_folders_around_all_files_name_nobody():
    for top in ("", "download/", "a/b/"):
        sorter = sorted_files(f"{top}ada/x", f"{top}bob/y")
        assert {*handed_in(sorter)} == {("ada",), ("bob",)} and sorter.top == top.count("/")
    # One student's folder alone is that student's.
    assert handed_in(sorted_files("submitted/ada/x", "submitted/ada/y"))[("ada",)]


@pytest.mark.parametrize("inside", [
    "ada/ps1.ipynb", "lovelaceada_101_9_ps1.ipynb", "ada+ps1+2026-10-03 20:00:00 UTC/ps1.ipynb",
    "Ada Lovelace_9_assignsubmission_file_/ps1.ipynb", "ada.ipynb", "work/ada/ps1.ipynb",
    "submitted/ada/ps1.ipynb", "assignment_7_export/ada/ps1.ipynb",
])  # fmt: skip
@pytest.mark.parametrize(
    "top", ["mallory", "submissions (2)", "ps1", "download", "assignment_1_export"]
)
def test_in_one_folder_with_one_students_work_nobody_can_tell_whose_it_is(top, inside):
    """Unless it has the name of what holds a download; not so if others are beside it."""
    mine, beside = (
        File(tuple(name.split("/")), 0, lambda most: b"")
        for name in (f"{top}/{inside}", "bob/ps1.ipynb")
    )
    sorter = Sorter([mine], "ps1", ["vae"], people(), ["ps1"], "download")
    if top == "mallory" or inside.startswith("work/"):
        told = layouts.ONE_FOLDER.format("mallory" if top == "mallory" else "work")
        assert sorter.doubtful == [(mine, told)] and not sorter.submissions
    else:
        assert set(handed_in(sorter)) == {("ada",)} and not sorter.doubtful
    sorter = Sorter([mine, beside], "ps1", ["vae"], people(), ["ps1"], "download")
    assert set(handed_in(sorter)) == {("bob",)} and not sorter.doubtful


def test_metadata_in_the_one_folder_of_somebody_hands_in_for_nobody():
    content = METADATA.split("submission_3")[0].encode()
    for top in ("mallory", "mallory/assignment_7_export", "assignment_7_export"):
        files = [
            File((*top.split("/"), *name.split("/")), len(content), lambda most: content)
            for name in ("submission_metadata.yml", "submission_12/x.ipynb")
        ]
        sorter = Sorter(files, "ps1", [], people())
        assert bool(sorter.submissions) == (top == "assignment_7_export")
        assert len(sorter.doubtful) == (top != "assignment_7_export")


IN_CANVAS = ("lovelaceada_101_1_ps1.ipynb", "leebob_102_2_ps1.ipynb")
IN_MOODLE = (
    "Ada Lovelace_9_assignsubmission_file_ps1.ipynb",
    "Bob Lee_8_assignsubmission_file_x/y",
)


@pytest.mark.parametrize(
    ("others", "name", "student"),
    [
        (IN_CANVAS, "youngcy_103_3_Ada Lovelace_5_assignsubmission_file_ps1.ipynb", "cy"),
        (IN_CANVAS, "youngcy_103_3_x_5_assignsubmission_file_ps1.ipynb", "cy"),
        (IN_CANVAS, "youngcy_LATE_103_3_x_5_assignsubmission_file_1.html", "cy"),
        # A group may call itself like this.
        (IN_CANVAS, "Ada Lovelace_assignsubmission_file_103_3_ps1.ipynb", None),
        (IN_MOODLE, "Cy Young_5_assignsubmission_file_hw_1_2_x.ipynb", "cy"),
        (IN_MOODLE, "Cy Young_5_assignsubmission_file_lovelaceada_101_2_x.ipynb", "cy"),
        (IN_MOODLE, "lovelaceada_101_2_Cy_5_assignsubmission_file_x.ipynb", "cy"),
        ((), "Cy Young_5_assignsubmission_file_hw_1_2_x.ipynb", "cy"),
    ],
)
def test_a_file_name_is_read_as_the_others_are(others, name, student):
    sorter = sorted_files(*others, name)
    before = handed_in(sorted_files(*others))
    found = handed_in(sorter)
    assert {who: found.pop(who) for who in before} == before
    assert [who[0] for who in found] == [student]
    if others:
        typed = sorted_files(*others, "Ada Lovelace_assignsubmission_file_103_text.html")
        assert len(typed.left) == (others == IN_CANVAS)
    if others == IN_CANVAS:
        assert {each.user for each in sorter.submissions.values()} == {"101", "102", "103"}


@pytest.mark.parametrize("others", [(), (*IN_CANVAS[:1], *IN_MOODLE[:1])])
def test_a_name_that_two_systems_may_have_given_is_said(others):
    name = "youngcy_101_3_x_5_assignsubmission_file_ps1.ipynb"
    sorter = sorted_files(*others, name)
    assert [(file.name, why) for file, why in sorter.doubtful] == [(name, layouts.TWO_SYSTEMS)]
    assert set(handed_in(sorter)) == ({("ada",)} if others else set())


def test_a_student_whose_name_ends_in_a_number_is_found_as_a_group_is():
    known = {"xy": {"name": ["X 102"], "canvas": ["101"]}, **KNOWN}
    del known["ada"]
    sorter = sorted_files("x_102_101_3_ps1.ipynb", known=known)
    assert handed_in(sorter) == {("xy",): [("ps1.ipynb", "x_102_101_3_ps1.ipynb")]}
    # Not where the later number is somebody's of another name.
    known["xy"]["name"] = ["X"]
    (found,) = sorted_files("x_102_101_3_ps1.ipynb", known=known).submissions.values()
    assert (found.user, found.files[0][0]) == ("102", ("3_ps1.ipynb",))


@pytest.mark.parametrize("name", ["Dr Bob Lee", "Bob Lee Dr", "ada Bob Lee", "Bob Lee ada"])
def test_a_word_beside_a_name_of_moodle_is_a_login_of_the_same_student_or_nothing(name):
    sorter = sorted_files(f"{name}_9_assignsubmission_file_/x", "zed")
    assert [*handed_in(sorter)] == [(None,)]


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        *((each, True) for each in ("Submission", "SUBMISSIONS", "submitted(1)", "inbound-12")),
        *((each, True) for each in ("submissions (12)", "submission-3", "assignment_12_export")),
        *((each, True) for each in ("assignment_1_export (2)", "assignment_1_export-2")),
        *((each, False) for each in ("submissionsx", "my submissions", "submissions (x)")),
        *((each, False) for each in ("assignment_export", "assignment_x_export", "export")),
    ],
)
def test_folders_that_hold_a_download_by_their_names(name, holds):
    sorter = sorted_files(f"{name}/ada/x")
    assert bool(sorter.submissions) is holds and len(sorter.doubtful) == (not holds)


def test_what_is_beside_the_folders_of_an_export_is_nobodys():
    sorter = gradescope(METADATA, "readme.txt", "submission_12/x", "submission_3/y")
    assert [(file.name, why) for file, why in sorter.left] == [("readme.txt", None)]
    assert len(sorter.submissions) == 2


@pytest.mark.parametrize(("size", "read"), [(50_000_000, True), (50_000_001, False)])
def test_so_much_metadata_is_read(size, read):
    metadata = File(("submission_metadata.yml",), size, lambda most: METADATA.encode())
    files = [metadata, File(("submission_12", "x"), 0, lambda most: b"")]
    if read:
        assert set(handed_in(Sorter(files, "ps1", [], people()))) == {("ada",)}
        return
    with pytest.raises(CourseError, match=r"cannot be read \(50 MB, more than the 50 MB taken\)"):
        Sorter(files, "ps1", [], people())


def test_what_is_wrong_with_metadata_is_told_in_a_few_words():
    with pytest.raises(CourseError) as caught:
        gradescope(f"a: !!{'x' * 300} b", "submission_1/x")
    told = str(caught.value).partition("(")[2].partition("); export")[0]
    assert len(told) == 100


def test_a_submission_without_people_or_time_is_nobodys_and_the_first():
    content = (
        "submission_5:\n  :submitters: 7\n  :created_at: soon\n"
        "submission_6:\n  :submitters:\n  - 8\n  - :name: Bob Lee\n    :sid:\n  :created_at: 9\n"
        f"submission_{'1' * 20}:\n  :submitters: []\nsubmission_x: 4\n"
    )
    names = ["submission_5/x", "submission_6/x", f"submission_{'1' * 20}/x", "submission_x/x"]
    sorter = gradescope(content, *names)
    found = [(each.who, each.when, each.order) for each in sorter.submissions.values()]
    assert found == [
        ([], None, (0.0, 5)),
        ([[(("name",), "Bob Lee")]], None, (0.0, 6)),
        ([], None, (0.0, int("1" * 18))),
    ]
    assert [why for _, why in sorter.left] == [
        "submission_metadata.yml does not name the folder submission_x"
    ]


@pytest.mark.parametrize("seconds, taken", [(0, True), (86_400, True), (86_401, False)])
def test_a_time_may_be_a_day_ahead_since_clocks_differ(monkeypatch, seconds, taken):
    noon = datetime.datetime(2026, 10, 1, 12)

    class Clock(datetime.datetime):
        @classmethod
        def now(cls, zone):
            return noon.replace(tzinfo=zone)

    stands_in = SimpleNamespace(datetime=Clock, UTC=datetime.UTC)
    monkeypatch.setattr(layouts, "datetime", stands_in)
    when = noon + datetime.timedelta(seconds=seconds)
    sorter = sorted_files(f"ada+ps1+{when:%Y-%m-%d %H:%M:%S} UTC/x.ipynb", "bob.ipynb")
    assert (("ada",) in handed_in(sorter)) is taken
    told = [f"its name is of the future, {when:%Y-%m-%d %H:%M}"] * (not taken)
    assert [why for _, why in sorter.left] == told


@pytest.mark.parametrize(
    ("name", "who"),
    [
        ("ps1 ada.ipynb", "ada"),
        ("ada ps1.ipynb", "ada"),
        ("ps1-_ ada.ipynb", "ada"),
        ("ps1-more-ada.ipynb", "ada"),  # of two names of notebooks the longer one
        ("ada(3).ipynb", "ada"),
        ("ada (x).ipynb", None),
        ("ps1ada.ipynb", None),
        ("ps1.ipynb", None),
        ("ada.x.ipynb", None),
        ("ada@x.edu.ipynb", "ada"),
        ("ada.ipynb.txt", "ada"),
        (".ipynb", None),
    ],
)
def test_what_may_stand_beside_a_students_name(name, who):
    sorter = sorted_files(name, "bob.ipynb", notebooks=("ps1", "ps1-more"))
    assert [key[0] for key in handed_in(sorter)] == [*([who] if who else []), "bob"]
    assert [(file.name, why) for file, why in sorter.left] == ([] if who else [(name, None)])
