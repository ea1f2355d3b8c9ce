"""Names, paths and ids that are just as long as a bound are taken; one byte more is refused."""

import pytest

from autograder.course import roster, walk
from helpers.bounds import DEEPEST_PATH, LONGEST_ID, LONGEST_NAME, LONGEST_PATH


def long_path(size):
    """Names whose path, with a separator for each, has `size` bytes."""
    whole, rest = divmod(size, LONGEST_NAME + 1)
    return ("n" * LONGEST_NAME,) * whole + (("r" * (rest - 1),) if rest else ())


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ((), None),
        (("é" * (LONGEST_NAME // 2),), None),
        (("é" * (LONGEST_NAME // 2) + "e",), walk.TOO_LONG),
        (long_path(LONGEST_PATH), None),
        (long_path(LONGEST_PATH + 1), walk.TOO_LONG),
        (("a",) * DEEPEST_PATH, None),
        (("a",) * (DEEPEST_PATH + 1), walk.TOO_DEEP),
    ],
    ids=range(7),
)
def test_a_path(parts, why):
    assert walk.refused(parts) == why


def test_the_files_of_a_folder(tmp_path):
    for name in "abc":
        (tmp_path / name).touch()
    assert [entry.name for entry in walk.entries(tmp_path, most=3)] == ["a", "b", "c"]
    with pytest.raises(walk.TooMany, match="more than 2 files and folders"):
        walk.entries(tmp_path, most=2)


def test_what_is_in_the_deepest_folder(tmp_path):
    for depth, why in ((DEEPEST_PATH - 1, None), (DEEPEST_PATH, walk.TOO_DEEP)):
        folder = tmp_path / str(depth)
        file = folder.joinpath(*"d" * depth, "file")
        file.parent.mkdir(parents=True)
        file.touch()
        (found,) = walk.entries(folder)
        assert found.refused == why
        assert len(found.parts) == DEEPEST_PATH


@pytest.mark.parametrize("letter", ["a", "é"])
def test_an_id(letter):
    just = letter * (LONGEST_ID // len(letter.encode()))
    assert roster.is_id(just) and roster.file_stem(just) == just
    assert not roster.is_id(just + "a") and not roster.is_id("")
    short = roster.file_stem(just + "a")
    assert len(short.encode()) < LONGEST_ID and short != roster.file_stem(just + "b")
