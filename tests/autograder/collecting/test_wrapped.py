"""Folders around what an LMS gives out, from a zip packed or unpacked by hand, change nothing."""

import pytest

from autograder.collecting.collect import NOT_MATCHED, TAKEN
from tests.autograder.collecting.test_layouts import METADATA
from tests.tiny_course import TINY

pytestmark = pytest.mark.usefixtures("roster")

EXCHANGE = f"{TINY}+2026-10-03 20:00:00 UTC"
LAYOUTS = {
    "canvas": ("lovelaceada_101_9001_tiny.ipynb", "noetheremmy_LATE_102_9004_homework (3).ipynb"),
    "gradescope": ("submission_7/tiny.ipynb", "submission_7/models/g.json"),
    "moodle, folders": (
        "Ada Lovelace_11_assignsubmission_file_/tiny.ipynb",
        "Emmy Noether_12_assignsubmission_file_/work/tiny.ipynb",
    ),
    "moodle, files": (
        "Ada Lovelace_11_assignsubmission_file_tiny.ipynb",
        "Emmy Noether_12_assignsubmission_file_tiny.ipynb",
    ),
    "exchange": (f"ada+{EXCHANGE}/tiny.ipynb", f"emmy+{EXCHANGE}/tiny.ipynb"),
    "files": ("ada.ipynb", "emmy.ipynb"),
    "folders": ("ada/tiny.ipynb", "emmy/work/tiny.ipynb"),
    "submitted": (f"ada/{TINY}/tiny.ipynb", f"emmy/{TINY}/tiny.ipynb"),
}
EXPORT = "assignment_123_export"
AROUND = {
    "one": "week 3/",
    "two": "Downloads/week 3/",
    "the assignment": f"{TINY}/",
    "of the course": f"submitted/{TINY}/",
    "the export": f"{EXPORT}/",
    "the export, twice": f"{EXPORT}/{EXPORT}/",
    "the export in a folder": f"week 3/{EXPORT}/",
}


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_folder_around_it_changes_nothing(given, book, collected, layout, around):
    top = AROUND[around]
    content = {name: book(name) if name.endswith("ipynb") else b"{}" for name in LAYOUTS[layout]}
    if layout == "gradescope":
        content["submission_metadata.yml"] = METADATA.encode()
    files = {top + name: each for name, each in content.items()}
    done = collected(given(files | {"__MACOSX/._x": b"", f"{top}.DS_Store": b""}))
    for name in LAYOUTS[layout]:
        assert done.by_file[top + name][0] == TAKEN, (name, done.by_file, done.remarks)
    ada = done.there[f"ada/{TINY}/tiny.ipynb"]
    assert ada == content[LAYOUTS[layout][0]]
    second = done.there[f"emmy/{TINY}/tiny.ipynb"]
    assert second == content[LAYOUTS[layout][0 if layout == "gradescope" else 1]]


@pytest.mark.parametrize("mine", [
    "ada", "Ada Lovelace", "Ada Lovelace_11_assignsubmission_file_", f"ada+{EXCHANGE}",
])  # fmt: skip
def test_around_one_students_files_a_folder_is_his(given, book, collected, mine):
    """Her file that looks like Gradescope's hands in for nobody else."""
    named = METADATA.replace("Ada Lovelace", "Zoë de la Cruz").replace("ada@", "zoe@")
    files = {
        f"submissions/{mine}/submission_metadata.yml": named.encode(),
        f"submissions/{mine}/submission_7/tiny.ipynb": book("hers"),
    }
    done = collected(given(files))
    assert {student for _, student in done.by_file.values()} == {"ada"}
    assert sorted(done.nothing) == ["emmy", "lee1", "lee2", "zoe"]


@pytest.mark.parametrize("inside", [
    "ada/tiny.ipynb", "lovelaceada_101_99_tiny.ipynb", "submission_7/tiny.ipynb",
])  # fmt: skip
def test_the_folder_of_somebody_unknown_hands_in_for_nobody(given, book, collected, inside):
    """If it is the only one, it looks like a folder around the download."""
    files = {f"mallory/{inside}": book("not hers")}
    if inside.startswith("submission"):
        metadata = METADATA.replace("Emmy Noether", "N. N.").replace("emmy@", "nn@")
        files["mallory/submission_metadata.yml"] = metadata.encode()
    done = collected(given(files))
    assert done.there == {} and done.by_file[f"mallory/{inside}"] == (NOT_MATCHED, None)
    assert "lies in the folder 'mallory'" in done.remarks[f"mallory/{inside}"]


def test_two_exports_side_by_side(given, book, collected):
    files = {}
    for number in (1, 2):
        top = f"week 3/assignment_{number}_export/"
        files[f"{top}submission_metadata.yml"] = METADATA.encode()
        files[f"{top}submission_{5 + 2 * number}/tiny.ipynb"] = book(f"{number}")
    done = collected(given(files))
    # The second is Ada's alone, and a later one.
    for student, name in (
        ("ada", "assignment_2_export/submission_9"),
        ("emmy", "assignment_1_export/submission_7"),
    ):
        assert done.there[f"{student}/{TINY}/tiny.ipynb"] == files[f"week 3/{name}/tiny.ipynb"]
