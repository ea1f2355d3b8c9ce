"""Links in a submission, by nbgrader's own step: nothing that they point to is copied or read."""

import pytest

from tests.tiny_course import TINY, submit, tiny_course

pytestmark = pytest.mark.sandbox

SECRET = "the gradebook of everybody"


@pytest.fixture
def course(tmp_path):
    course = tiny_course(tmp_path / "course")
    (course.root / "secret.txt").write_text(SECRET)
    return course


def everything_below(folder):
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def test_a_linked_file_stays_where_it_is(course):
    folder = submit(course, "linked").parent
    (folder / "inner").mkdir()
    for place in (folder / "data.txt", folder / "inner" / "data.txt"):
        place.symlink_to(course.root / "secret.txt")
    (folder / "own.txt").write_text("hers")
    api = course.api()
    assert api.autograde(TINY, "linked")["success"]
    assert api.generate_feedback(TINY, "linked")["success"]
    for stage in ("autograded", "feedback"):
        found = everything_below(course.root / stage / "linked")
        assert found and not any(SECRET.encode() in content for content in found)
    copies = course.autograded("linked", TINY).parent
    assert (copies / "own.txt").read_text() == "hers"
    assert (folder / "data.txt").is_symlink()


def test_a_linked_notebook_is_not_graded(course):
    other = submit(course, "worked")
    path = submit(course, "copying")
    path.unlink()
    path.symlink_to(other)
    api = course.api()
    done = api.autograde(TINY, "copying")
    assert not done["success"] and "is a link; it was not opened" in done["log"]
    assert not course.autograded("copying", TINY).exists()
    assert api.autograde(TINY, "worked")["success"]
