"""What is just as many or as large as a bound is taken or shown; one more is not."""

from types import SimpleNamespace

import pytest

from autograder.course import walk
from autograder.grading import result
from autograder.grading.preparing import jobs
from autograder.grading.recording import nbgrader_export
from helpers.errors import CourseError


@pytest.mark.parametrize("count, more", [(20, None), (21, 1), (25, 5)])
def test_remarks_on_files(tmp_path, count, more):
    for n in range(count):
        (tmp_path / f"{n:02}").symlink_to("elsewhere")
    files, remarks = jobs.further_files(tmp_path)
    assert files == {} and remarks[19] == "'19' is not an ordinary file; it was left out."
    assert remarks[20:] == ([f"There are {more} more such remarks on files."] if more else [])


def test_files_beside_a_notebook(tmp_path, monkeypatch):
    for name, size in ("a", 3), ("b", 4), ("c", 5):
        (tmp_path / name).write_bytes(b"x" * size)
    (tmp_path / "hw.ipynb").write_bytes(b"x" * 99)
    (tmp_path / "timestamp.txt").touch()
    every = {name: tmp_path / name for name in "abc"}
    monkeypatch.setattr(jobs, "MOST_BYTES", 12)
    left = "Too many or too large files: {} and later ones left out."
    monkeypatch.setattr(jobs, "MOST_FILES", 4)
    assert jobs.further_files(tmp_path) == (every, [])
    monkeypatch.setattr(jobs, "MOST_FILES", 2)
    del every["c"]
    assert jobs.further_files(tmp_path) == (every, [left.format("'c'")])
    monkeypatch.setattr(jobs, "MOST_FILES", 4)
    monkeypatch.setattr(jobs, "MOST_BYTES", 11)
    assert jobs.further_files(tmp_path) == (every, [left.format("'c'")])


def test_more_files_than_are_looked_at(tmp_path, monkeypatch):
    def many(folder):
        raise walk.TooMany("more than 3 files")

    monkeypatch.setattr(walk, "entries", many)
    told = "There are more than 3 files beside the notebook; all of them were left out."
    assert jobs.further_files(tmp_path) == ({}, [told])


@pytest.mark.parametrize("length, read", [(0, True), (999, True), (1000, False)])
def test_a_timestamp(tmp_path, length, read):
    (tmp_path / "timestamp.txt").write_text("x" * length)
    assert jobs.timestamp_text(tmp_path) == "x" * length * read


def test_a_timestamp_that_is_no_text_or_no_file(tmp_path):
    assert jobs.timestamp_text(tmp_path) == ""
    (tmp_path / "real").write_bytes(b"\xff2026")
    (tmp_path / "timestamp.txt").symlink_to(tmp_path / "real")
    assert jobs.timestamp_text(tmp_path) == ""
    (tmp_path / "real").rename(tmp_path / "timestamp.txt")
    assert jobs.timestamp_text(tmp_path) == "\ufffd2026"


def test_what_belongs_to_an_assignment(tmp_path):
    """Not what the instructor has trained, nor the checks."""
    for name in ("data.csv", "models/a.safetensors", "checkpoints/b", "checks/c.py", "d/models/e"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert set(jobs.given_files(tmp_path)) == {"data.csv", "d/models/e"}


EIGHT = "s0, s1, s2, s3, s4, s5, s6, s7"


@pytest.mark.parametrize("count, more", [(8, ""), (9, " and 1 more"), (11, " and 3 more")])
def test_students_that_are_named(count, more):
    blueprint = SimpleNamespace(name="hw", points="new")
    old = [SimpleNamespace(student=f"s{n}", points="old") for n in range(count)]
    with pytest.raises(CourseError) as caught:
        result.require_current(blueprint, [None, *old, SimpleNamespace(student="t", points=None)])
    assert str(caught.value) == (
        f"The points of hw changed after {EIGHT}{more} were graded; run `autograder grade hw` "
        "first."
    )
    result.require_current(blueprint, [SimpleNamespace(student="t", points="new")])
    names, each = EIGHT.replace(",", ""), " ".join(f"--without s{n}" for n in range(8))
    assert nbgrader_export._stuck("hw", [f"s{n}" for n in range(count)]) == (
        f"hw could not be judged for {EIGHT}{more}, in several runs: nothing was exported; settle "
        f"that with `autograder settle hw {names}`, or export the others with `{each}`."
    )


def test_a_name_with_a_space_is_quoted():
    told = nbgrader_export._stuck("hw", ["a b"])
    assert "settle hw 'a b'`" in told and "`--without 'a b'`" in told
