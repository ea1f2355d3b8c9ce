"""Several notebooks of one assignment on a page, and the small files beside it."""

import pytest

from autograder.grading.result import GRADED, NO_SUBMISSION, UNREADABLE, Result
from autograder.reports import feedback
from autograder.reports.exports import require_place
from autograder.reports.points import Mark, Marks
from helpers.errors import CourseError


def marks(points, most, penalty=0.0):
    return Marks("ada", "", {"t": Mark(points, most)}, {}, penalty)


def test_each_notebook_has_its_line_and_all_of_them_a_sum():
    results = {
        "one": Result("ada", GRADED),
        "two": Result("ada", NO_SUBMISSION),
        "three": Result("ada", UNREADABLE),
        "four": None,
    }
    own = {"one": marks(4.5, 6.0, 0.5), "two": marks(0.0, 3.0), "three": None, "four": None}
    assert feedback.the_whole(results, own) == [
        "one: 4 of 6 points",
        "two: not handed in, 0 of 3 points",
        "three: unreadable",
        "four: not graded yet",
        "together 4 of 9 points",
    ]


def test_one_notebook_is_the_whole_by_itself():
    assert feedback.the_whole({"one": Result("ada", GRADED)}, {"one": marks(1.0, 2.0)}) == []


def test_only_a_small_ordinary_file_is_read_beside_a_page(tmp_path):
    secret = tmp_path / "secret.txt"
    assert feedback._small_text(secret) == ""
    secret.write_bytes(b"\xff" + b"s" * (feedback.LONGEST_SECRET - 1))
    assert feedback._small_text(secret) == "\ufffd" + "s" * 999
    secret.write_bytes(b"s" * (feedback.LONGEST_SECRET + 1))
    assert feedback._small_text(secret) == ""
    (tmp_path / "link").symlink_to(tmp_path / "secret.txt")
    secret.write_text("mine")
    assert feedback._small_text(secret) == "mine"
    assert feedback._small_text(tmp_path / "link") == "" == feedback._small_text(tmp_path)


def test_where_a_table_may_go(tmp_path):
    assert require_place(tmp_path / "x.csv") == tmp_path / "x.csv"
    with pytest.raises(CourseError, match=f"{tmp_path} is a folder; name the file to write"):
        require_place(tmp_path)
    with pytest.raises(CourseError, match=f"There is no folder {tmp_path / 'no'}; make it"):
        require_place(tmp_path / "no" / "x.csv")
