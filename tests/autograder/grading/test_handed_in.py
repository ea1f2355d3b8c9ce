"""Which notebook of a folder counts, and what is said of the others."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook, writes

from autograder.course import walk
from autograder.grading.preparing import handed_in
from autograder.grading.preparing.handed_in import find_notebook, notebooks_in
from autograder.notebooks.cells import new_marks
from helpers.errors import CourseError


def book(answer="# your code", name="one"):
    made = new_notebook(cells=[new_code_cell(answer, id=name)])
    made.cells[0].metadata["nbgrader"] = new_marks(name, answer=True)
    return made


RELEASED = {"hw": book()}
TWO = {"one": book(name="one"), "two": book(name="two")}


@pytest.fixture
def found(tmp_path):
    """found({path: notebook or text}, name, released): (path, remark), in a folder of its own."""

    def found(files, name="hw", released=RELEASED):
        for path, content in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            text = content if isinstance(content, str) else writes(content)
            (tmp_path / path).write_text(text)
        result = find_notebook(tmp_path, name, released)
        return result and (result[0].relative_to(tmp_path).as_posix(), result[1])

    return found


def test_the_notebook_with_its_own_name_needs_no_remark(found):
    assert found({"hw.ipynb": book("x"), ".ipynb_checkpoints/hw.ipynb": book("old")}) == (
        *("hw.ipynb", None),
    )


def test_another_name_is_remarked_on(found):
    assert found({"d/my.ipynb": book("x")}) == ("d/my.ipynb", "It was handed in as d/my.ipynb.")


def test_work_counts_before_a_blank_and_what_cannot_be_read(found):
    path, remark = found({"hw.ipynb": book(), "a.ipynb": book("x"), "b.ipynb": "{"})
    assert path == "a.ipynb"
    assert remark == (
        "It was handed in as a.ipynb. 'hw.ipynb' was left out: it is as it was handed out. "
        "'b.ipynb' was left out: it cannot be read."
    )


def test_without_what_was_handed_out_the_name_decides(found):
    files = {"hw.ipynb": book(), "a.ipynb": book("x"), "b.ipynb": book("y")}
    assert found(files, released={"hw": None}) == (
        *("hw.ipynb", "More notebooks are beside it (2); they were ignored."),
    )


def test_several_that_could_count_are_named(found, tmp_path):
    files = {f"{n}.ipynb": book(f"x = {n}") for n in range(6)}
    with pytest.raises(CourseError) as caught:
        found(files)
    assert str(caught.value) == (
        f"{tmp_path} should contain one notebook 'hw.ipynb' and contains '0.ipynb', '1.ipynb', "
        "'2.ipynb', '3.ipynb', '4.ipynb'; ask which one counts."
    )


def test_several_that_cannot_be_read_are_named_as_well(found):
    with pytest.raises(CourseError, match="contains 'a.ipynb', 'b.ipynb'; ask"):
        found({"a.ipynb": "{", "b.ipynb": "["})


def test_none_is_said_with_what_was_not_looked_at(found):
    deep = "/".join("d" * 13)
    words = r"contains none \('d/d/.*: .*\); ask which one counts"
    with pytest.raises(CourseError, match=words) as caught:
        found({f"{deep}/hw.ipynb": book("x"), "readme.md": ""})
    shown = str(caught.value).partition("(")[2].partition(":")[0]
    assert len(shown) <= handed_in.LONGEST_SHOWN + 2


def test_a_link_is_not_opened(found, tmp_path):
    (tmp_path / "hw.ipynb").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CourseError, match="hw.ipynb is a link or not an ordinary file"):
        found({})


def test_a_large_one_is_not_read(found, monkeypatch):
    size = len(writes(book("x")))
    monkeypatch.setattr(handed_in, "LARGEST_NOTEBOOK", size)
    assert found({"hw.ipynb": book("x")})
    monkeypatch.setattr(handed_in, "LARGEST_NOTEBOOK", size - 1)
    with pytest.raises(CourseError, match="hw.ipynb has 0 MB, more than the 0 MB allowed; clear"):
        found({})


def test_more_files_than_are_looked_at(found, tmp_path, monkeypatch):
    def many(folder):
        raise walk.TooMany("more than 3 files")

    monkeypatch.setattr(walk, "entries", many)
    words = f"{tmp_path} holds more than 3 files; ask for the notebook 'hw.ipynb' alone."
    with pytest.raises(CourseError) as caught:
        found({"a.ipynb": book("x")})
    assert str(caught.value) == words
    assert found({"hw.ipynb": book("x")}) == ("hw.ipynb", None)


def test_of_two_notebooks_each_is_found_by_its_cells(found):
    files = {"a.ipynb": book("x", "two"), "b.ipynb": book("y", "one")}
    assert found(files, "one", TWO) == ("b.ipynb", "It was handed in as b.ipynb.")
    assert found({}, "two", TWO) == ("a.ipynb", "It was handed in as a.ipynb.")


def test_of_two_notebooks_one_may_be_missing_or_be_a_stray(found, tmp_path):
    assert found({"one.ipynb": book("x", "one")}, "two", TWO) is None
    stray = {"mine.ipynb": book("x", "other")}
    with pytest.raises(CourseError) as caught:
        found(stray, "two", TWO)
    assert str(caught.value) == (
        f"{tmp_path} contains no two.ipynb, and 'mine.ipynb', which may be meant; ask which one "
        "counts."
    )
    told = "'mine.ipynb': none of the notebooks handed out; left out."
    assert found({}, "one", TWO) == ("one.ipynb", told)
    # It is told once, of the first.
    assert found({"two.ipynb": book("y", "two")}, "two", TWO) == ("two.ipynb", None)


@pytest.mark.parametrize(
    "files, names",
    [
        ({"a.ipynb": "{", "b.ipynb.txt": book(), "c.json": book()}, ["a.ipynb", "b.ipynb.txt"]),
        ({"c.json": book(), "d.TXT": book(), "e.md": book()}, ["c.json", "d.TXT"]),
        ({"c.json": "{}", "empty.json": "", "d.txt": "text"}, []),
        ({".a.ipynb": book(), ".d/b.ipynb": book(), ".d/e/c.ipynb": book()}, [".d/e/c.ipynb"]),
    ],
)
def test_what_is_a_notebook(found, tmp_path, files, names):
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content if isinstance(content, str) else writes(content))
    assert [path.relative_to(tmp_path).as_posix() for path in notebooks_in(tmp_path)] == names


@pytest.mark.parametrize("size, there", [(0, False), (1, True), (50, True), (51, False)])
def test_files_of_a_sensible_size_are_read(monkeypatch, size, there):
    monkeypatch.setattr(handed_in, "LARGEST_NOTEBOOK", 50)
    assert handed_in.could_be_notebook("a.json", size) is there


def test_what_was_not_looked_at_is_said_once_and_only_where_there_is_any(found, tmp_path):
    with pytest.raises(CourseError) as caught:
        found({"readme.md": ""})
    told = f"{tmp_path} should contain one notebook 'hw.ipynb' and contains none"
    assert str(caught.value) == f"{told}; ask which one counts."
    for n in "ab":
        (tmp_path / n / ("d/" * 12)).mkdir(parents=True)
    with pytest.raises(CourseError) as caught:
        found({})
    assert str(caught.value).startswith(f"{told} (") and str(caught.value).count("too deeply") == 1


def test_so_many_that_do_not_count_are_named(found):
    _, remark = found({"hw.ipynb": book("x")} | {f"{n}.ipynb": "{" for n in range(7)})
    told = [f"'{n}.ipynb' was left out: it cannot be read." for n in range(5)]
    assert remark == " ".join(told)


def test_of_equal_ones_that_of_its_own_name_counts(found):
    path, remark = found({"a.ipynb": book("x"), "hw.ipynb": book("x")})
    assert (path, remark) == ("hw.ipynb", "'a.ipynb' was left out: it holds the same answers.")


def test_a_stray_is_told_with_the_first_notebook_that_is_there(found):
    files = {"two.ipynb": book("y", "two"), "odd.ipynb": book("x", "other"), "b.ipynb": "{"}
    told = "'b.ipynb', 'odd.ipynb': none of the notebooks handed out; left out."
    assert found(files, "two", TWO) == ("two.ipynb", told)
    found_one = found({"one.ipynb": book("x", "one")}, "two", TWO)
    assert found_one == ("two.ipynb", None)


@pytest.mark.parametrize(
    "name, could",
    [("a.json", True), ("A.JSON", True), ("a.txt", True), ("a.ipynb.Txt", True), ("a.md", False)],
)
def test_browsers_save_a_notebook_as_these(name, could):
    assert handed_in.could_be_notebook(name, 5) is could
