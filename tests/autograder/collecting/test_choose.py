"""What counts in a submission, from files in memory."""

import dataclasses
import hashlib
import json

import pytest
from nbformat.v4 import new_code_cell, new_notebook, writes

from autograder.collecting import choose as choosing
from autograder.collecting import tree
from autograder.collecting.choose import Unclear, choose
from autograder.collecting.collect import Collected
from autograder.collecting.layouts import Submission, canvas_name
from autograder.collecting.receipts import Receipt
from autograder.collecting.tree import File
from autograder.notebooks import several
from autograder.notebooks.cells import new_marks
from tests.autograder.collecting.conftest import zipped


def book(answer="x = 1", name="one", **metadata):
    """A notebook with one answer cell."""
    made = new_notebook(cells=[new_code_cell(answer, id=name)], metadata=metadata)
    made.cells[0].metadata["nbgrader"] = new_marks(name, answer=True)
    return made


def raw(*arguments, **options):
    return writes(book(*arguments, **options)).encode()


BLANK = "# your code"
RELEASED = {"ps1": book(BLANK)}
TWO = {"one": book(BLANK, "one"), "two": book(BLANK, "two")}


def file(name, content, **options):
    return File((name,), len(content), lambda most: content[:most], **options)


def chosen(files, released=RELEASED, assignment="ps1"):
    """The Choice for {path: bytes or File}; its Files are known by their names."""
    given = [
        (tuple(path.split("/")), it if isinstance(it, File) else file(path, it))
        for path, it in files.items()
    ]
    return choose(assignment, Submission([], (0.0, 0), files=given), released)


def unclear(*arguments, **options):
    with pytest.raises(Unclear) as caught:
        chosen(*arguments, **options)
    return caught.value


def names(files):
    return [each.name for each in files]


def test_a_notebook_and_what_is_beside_it():
    made = chosen({"my/hw.ipynb": raw(), "my/data/x.csv": b"1", "readme.txt": b"r"})
    assert made.content == {"ps1.ipynb": raw(), "data/x.csv": b"1", "readme.txt": b"r"}
    assert names(made.used) == ["my/hw.ipynb", "my/data/x.csv", "readme.txt"]
    assert (made.replaced, made.left, made.remarks, made.lacking) == ([], [], [], set())
    assert made.notebooks["ps1"].name == "my/hw.ipynb" and not made.untouched


def test_a_blank_is_lacking():
    made = chosen({"ps1.ipynb": raw(BLANK)})
    assert made.lacking == {"ps1"} and made.untouched
    assert chosen({"ps1.ipynb": raw(BLANK)}, {"ps1": None}).lacking == set()


def test_a_notebook_in_a_zip_brings_its_files():
    inner = zipped({"d/ps1.ipynb": raw(), "d/m/w.bin": b"w", "__MACOSX/x": b"", "up.txt": b"u"})
    made = chosen({"hw.zip": inner, "w.txt": b"t"})
    assert made.content == {"ps1.ipynb": raw(), "m/w.bin": b"w", "up.txt": b"u", "w.txt": b"t"}
    assert names(made.used) == ["hw.zip", "w.txt"]


def test_work_counts_before_a_blank_and_equal_ones_are_one():
    made = chosen({"a.ipynb": raw(BLANK), "b.ipynb": raw(), "c.ipynb": raw()})
    assert made.content == {"ps1.ipynb": raw()}
    assert names(made.used) == ["b.ipynb"] and names(made.replaced) == ["c.ipynb"]
    ((left, why),) = made.left
    assert left.name == "a.ipynb" and why
    # The expected name, and one with files beside it, before others that are equal.
    assert chosen({"a.ipynb": raw(), "ps1.ipynb": raw()}).notebooks["ps1"].name == "ps1.ipynb"
    both = {"ps1.ipynb": raw(), "x.zip": zipped({"ps1.ipynb": raw(), "w": b"1"})}
    assert chosen(both).notebooks["ps1"].name == "x.zip"


def test_a_zip_whose_notebook_does_not_count_is_named_as_a_whole():
    made = chosen({"ps1.ipynb": raw(), "old.zip": zipped({"ps1.ipynb": raw(BLANK)})})
    assert names(file for file, _ in made.left) == ["old.zip"]
    inside = zipped({"a.ipynb": raw(BLANK), "b.ipynb": raw()})
    assert names(file for file, _ in chosen({"hw.zip": inside}).left) == ["hw.zip/a.ipynb"]


def test_several_that_could_be_meant_are_named():
    many = {f"d{n}/{n}.ipynb": raw(f"x = {n}") for n in (3, 1, 2, 5, 4)}
    error = unclear(many)
    assert str(error) == (
        "it holds 5 notebooks (d1/1.ipynb, d2/2.ipynb, d3/3.ipynb, d4/4.ipynb): "
        "ask which one counts"
    )
    assert sorted(error.notebooks) == [f"{n}.ipynb" for n in range(1, 6)]
    same = unclear(
        {"a/x.ipynb": raw("x = 1"), "b/X.ipynb": raw("x = 2"), "c/con.ipynb": raw("x = 3")}
    )
    assert [*same.notebooks] == ["x.ipynb", "notebook-2.ipynb", "notebook-3.ipynb"]


def test_of_canvas_numbered_ones_the_last_counts():
    first, second = "a_1_11_hw.ipynb", "a_1_9_hw-1.ipynb"
    given = {"hw.ipynb": file(first, raw("x = 1")), "hw-1.ipynb": file(second, raw("x = 2"))}
    made = chosen(given)
    assert made.content["ps1.ipynb"] == raw("x = 1") and names(made.replaced) == [second]
    other = {"hw.ipynb": file(first, raw("x = 1")), "new.ipynb": file(second, raw("x = 2"))}
    assert "2 notebooks" in str(unclear(other))
    plain = {"hw.ipynb": raw("x = 1"), "hw-1.ipynb": raw("x = 2")}
    assert "2 notebooks" in str(unclear(plain))


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a.pdf": b"", "b.pdf": b""}, "there is no notebook in it (a.pdf, b.pdf)"),
        (
            {f"{n}.pdf": b"" for n in range(6)},
            "there is no notebook in it (0.pdf, 1.pdf, 2.pdf, 3.pdf)",
        ),
        (
            {"a.pdf": file("a.pdf", b"", refused="it is a link")},
            "there is no notebook in it (a.pdf); a.pdf: it is a link",
        ),
        ({"x.zip": b"no zip"}, "x.zip: the archive cannot be read (File is not a zip file)"),
        (
            {"vae.ipynb": raw(course={"assignment": "vae"})},
            "vae.ipynb is the notebook of vae",
        ),
        ({"x" * 99 + ".pdf": b""}, f"there is no notebook in it ({'x' * 80})"),
    ],
)
def test_why_no_notebook_can_be_taken(files, words):
    assert str(unclear(files)) == words


def test_what_is_broken_is_said_by_its_own_reader():
    assert str(unclear({"ps1.ipynb": b"{"})).startswith("ps1.ipynb is not a notebook")
    assert str(unclear({"ps1.ipynb": b"{", "z.zip": b"no"})).startswith("z.zip: the archive")


def test_another_assignment_beside_the_right_one_is_left_out():
    made = chosen({"a.ipynb": raw(), "vae.ipynb": raw(course={"assignment": "v" * 70})})
    assert [(f.name, why) for f, why in made.left] == [
        ("vae.ipynb", f"it is the notebook of {'v' * 60}")
    ]
    own = chosen({"a.ipynb": raw(course={"assignment": "ps1"})})
    assert own.content["ps1.ipynb"] == raw(course={"assignment": "ps1"})
    odd = chosen({"a.ipynb": raw(course={"assignment": 5})})
    assert odd.notebooks


def test_a_notebook_that_a_browser_saved_as_text():
    made = chosen({"ps1.ipynb.txt": raw(), "notes.json": b"{}"})
    assert made.content == {"ps1.ipynb": raw(), "notes.json": b"{}"} and made.left == []


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("timestamp.txt", "the system sets the time"),
        ("d/Timestamp.TXT", "the system sets the time"),
        ("a:b.txt", "its name has characters that not every system accepts"),
        ("PS1.IPYNB/x", "another file has its name"),
        ("ok.txt", None),
    ],
)
def test_files_that_are_left_out_and_why(path, why):
    made = chosen({"ps1.ipynb": raw(), path: b"1"})
    assert (path in made.content) is (why is None)
    assert made.remarks == ([] if why is None else [f"{path!r} was left out: {why}."])
    assert [(f.name, told) for f, told in made.left] == ([] if why is None else [(path, why)])


def test_an_archive_in_an_archive_is_left_out():
    inner = zipped({"ps1.ipynb": raw(), "more.zip": zipped({"x": b"1"})})
    made = chosen({"hw.zip": inner})
    assert made.remarks == ["'more.zip' was left out: an archive in an archive."]
    assert made.left == [] and [*made.content] == ["ps1.ipynb"]


def test_of_two_files_of_a_name_the_one_beside_the_notebook_counts():
    made = chosen({"a.txt": b"beside", "hw.zip": zipped({"ps1.ipynb": raw(), "a.txt": b"inside"})})
    assert made.content["a.txt"] == b"inside"
    assert made.remarks == ["'a.txt' was left out: another file has its name."]


def test_bounds_on_files_and_bytes(monkeypatch):
    monkeypatch.setattr(choosing, "MOST_FILES", 2)
    made = chosen({"ps1.ipynb": raw(), "1": b"", "2": b"", "3": b""})
    assert [*made.content] == ["ps1.ipynb", "1", "2"]
    assert made.remarks == ["'3' was left out: more than the 2 files taken."]
    monkeypatch.setattr(choosing, "MOST_FILES", 20)
    monkeypatch.setattr(choosing, "MOST_BYTES", 3_000_000)
    big = b"x" * 2_000_000
    made = chosen({"ps1.ipynb": raw(), "1": big, "2": big, "3": b"y"})
    assert [*made.content] == ["ps1.ipynb", "1", "3"]
    assert made.remarks == ["'2' was left out: 2 MB, more than the 1 MB taken."]
    monkeypatch.setattr(choosing, "MOST_WORK", 3_000_000)
    made = chosen({"ps1.ipynb": raw(), "1": big, "2": big, "3": b"y"})
    assert made.remarks == [
        "'2' was left out: all files together unpack to more than 3 MB."
    ] or made.remarks == ["'2' was left out: 2 MB, more than the 1 MB taken."]
    assert "3" in made.content
    monkeypatch.setattr(choosing, "MOST_WORK", 1_000_000)
    made = chosen({"ps1.ipynb": raw(), "1": big})
    assert made.remarks == ["'1' was left out: all files together unpack to more than 1 MB."]


def manifest(**files):
    listed = {name: {"sha256": hashlib.sha256(it).hexdigest()} for name, it in files.items()}
    return json.dumps({"files": listed}).encode()


def test_what_was_packed_is_compared_with_its_manifest():
    long = "n" * 90
    there = "t" * 90
    listed = manifest(**{"ps1.ipynb": raw(), "gone": b"", "other": b"1", long: b"", there: b"1"})
    made = chosen({"ps1.ipynb": raw(), "other": b"2", there: b"2", "manifest.json": listed})
    assert made.remarks == [
        "'gone' is in the manifest but missing.",
        "'other' was changed after it was packed.",
        f"{long[:80]!r} is in the manifest but missing.",
        f"{there[:80]!r} was changed after it was packed.",
    ]
    assert (
        chosen({"ps1.ipynb": raw(), "manifest.json": manifest(**{"ps1.ipynb": raw()})}).remarks
        == []
    )
    for odd in (b"{", b"[]", b'{"files": 5}', b'{"files": {"a": 1}}', b"[" * 2000):
        assert chosen({"ps1.ipynb": raw(), "manifest.json": odd}).remarks == []


def test_a_manifest_of_absurd_size_is_not_read(monkeypatch):
    listed = manifest(gone=b"")
    for most, count in ((len(listed) + 1, 1), (len(listed), 0)):
        monkeypatch.setattr(choosing, "LARGEST_MANIFEST", most)
        assert len(chosen({"ps1.ipynb": raw(), "manifest.json": listed}).remarks) == count


def test_many_remarks_are_counted():
    for count in (20, 21, 25):
        listed = manifest(**{f"{n:02}": b"" for n in range(count)})
        made = chosen({"ps1.ipynb": raw(), "manifest.json": listed})
        assert made.remarks[19] == "'19' is in the manifest but missing."
        more = [f"There are {count - 20} more such remarks."] if count > 20 else []
        assert made.remarks[20:] == more


def test_each_notebook_of_several_is_found_by_its_cells_or_its_name():
    given = {"a.ipynb": raw("x = 1", "one"), "b.ipynb": raw("x = 2", "two")}
    made = chosen(given, TWO)
    assert made.content == {"one.ipynb": given["a.ipynb"], "two.ipynb": given["b.ipynb"]}
    assert made.lacking == set() and names(made.used) == ["a.ipynb", "b.ipynb"]
    half = chosen({"a.ipynb": raw("x = 1", "one"), "b.ipynb": raw(BLANK, "two")}, TWO)
    assert half.lacking == {"two"} and not half.untouched
    alone = chosen({"a.ipynb": raw("x = 1", "one")}, TWO)
    assert alone.lacking == {"two"} and [*alone.notebooks] == ["one"]


def test_one_of_several_that_cannot_be_read_counts_where_nothing_else_does():
    made = chosen({"one.ipynb": raw("x = 1", "one"), "two.ipynb": b"{"}, TWO)
    assert made.content["two.ipynb"] == b"{" and made.lacking == {"two"}
    assert made.remarks == ["'two.ipynb': it cannot be read."] and made.left == []
    both = {"one.ipynb": raw("x = 1", "one"), "d/two.ipynb": b"{", "b.ipynb": raw("x", "two")}
    made = chosen(both, TWO)
    assert made.content["two.ipynb"] == both["b.ipynb"]
    assert [(f.name, why) for f, why in made.left] == [("d/two.ipynb", "it cannot be read")]


def test_a_notebook_that_is_none_of_several_may_be_the_one_that_is_missing():
    own = {"one.ipynb": raw("x = 1", "one"), "mine.ipynb": raw("y = 1", "odd")}
    made = chosen(own, TWO)
    assert made.content["mine.ipynb"] == own["mine.ipynb"] and "two" in made.lacking
    assert made.remarks == ["'mine.ipynb': it is none of the notebooks that were handed out."]
    complete = own | {"two.ipynb": raw("x = 2", "two")}
    made = chosen(complete, TWO)
    assert [(f.name, why) for f, why in made.left] == [
        ("mine.ipynb", "it is none of the notebooks that were handed out")
    ]


def test_a_name_that_is_littered_or_likely():
    assert tree.is_litter((".DS_Store",))
    made = chosen({"x.zip": zipped({"ps1.ipynb": raw(), ".ipynb_checkpoints/ps1.ipynb": raw("z")})})
    assert made.content == {"ps1.ipynb": raw()}


def test_the_likeliest_are_read_first_where_there_are_too_many(monkeypatch):
    """More notebooks than are read: the expected name, then one that has the assignment's."""
    monkeypatch.setattr(several, "MOST_NOTEBOOKS", 1)
    for best in ("ps1.ipynb", "my-PS1-final.ipynb"):
        made = chosen({f"{n}.ipynb": raw(f"x = {n}") for n in range(3)} | {best: raw("x = 9")})
        assert made.content["ps1.ipynb"] == raw("x = 9")
        assert [(f.name, why) for f, why in made.left] == [
            (f"{n}.ipynb", several.NOT_READ) for n in range(3)
        ]
        assert made.remarks == [f"{n}.ipynb: {several.NOT_READ}" for n in range(3)]


def test_all_that_is_unpacked_counts_together(monkeypatch):
    """Also what a student's zip holds, and what is left out in the end."""
    monkeypatch.setattr(choosing, "MOST_WORK", 5_000_000)
    big = b"x" * 2_000_000
    made = chosen({"ps1.ipynb": raw(), "1": big, "2": big, "3": big, "4": b"y"})
    assert [*made.content] == ["ps1.ipynb", "1", "2", "4"]
    told = "was left out: all files together unpack to more than 5 MB."
    assert made.remarks == [f"'3' {told}"]
    inner = zipped({"ps1.ipynb": raw(), "a": big, "b": big, "c": big})
    made = chosen({"hw.zip": inner, "other.zip": b"not a zip"})
    assert made.remarks == [f"'c' {told}", "other.zip: the archive cannot be read (File is not a "
        "zip file)"]  # fmt: skip
    lying = File(("1",), 2_000_000, lambda most: b"x" * 2_000_000, None)
    refused = File(("0",), 2_000_000, lambda most: b"x" * most)  # it unpacks to more
    monkeypatch.setattr(choosing, "MOST_BYTES", 2_500_000)
    made = chosen({"ps1.ipynb": raw(), "0": refused, "1": lying, "2": lying})
    assert [*made.content] == ["ps1.ipynb", "1"]


def test_four_times_as_much_as_is_taken_is_unpacked():
    """So many bytes say that they are; a zip that says so is read to find out."""
    zips = {f"{n}.zip": File((f"{n}.zip",), 99_999_000, lambda most: b"no") for n in range(5)}
    made = chosen({**zips, "ps1.ipynb": raw()})
    why = "the archive cannot be read (File is not a zip file)"
    last = "4.zip: all files together unpack to more than 400 MB"
    assert made.remarks == [*(f"{n}.zip: {why}" for n in range(4)), last]
    big = File(("x.zip",), 100_000_001, lambda most: b"no")
    made = chosen({"x.zip": big, "ps1.ipynb": raw()})
    assert made.remarks == ["x.zip: 100 MB, more than the 100 MB taken"]


def test_only_the_first_problems_are_told_where_there_is_no_notebook():
    files = {f"{n}.zip": b"no" for n in range(5)}
    why = "the archive cannot be read (File is not a zip file)"
    assert str(unclear(files)) == "; ".join(f"{n}.zip: {why}" for n in range(3))


def test_what_cannot_be_read_beside_a_notebook_is_told():
    made = chosen({"ps1.ipynb": raw(), "b.ipynb": b"{", "c.zip": b"no"})
    assert [(f.name, why) for f, why in made.left] == [("b.ipynb", "it cannot be read")]
    assert made.remarks == ["c.zip: the archive cannot be read (File is not a zip file)"]
    inside = zipped({"ps1.ipynb": raw(), "d/b.ipynb": b"{"})
    made = chosen({"hw.zip": inside})
    assert made.remarks == ["'d/b.ipynb' was left out: it cannot be read."] and made.left == []
    large = file("b.ipynb", b"", refused="it is a link")
    assert chosen({"ps1.ipynb": raw(), "b.ipynb": large}).remarks == ["b.ipynb: it is a link"]


def test_of_several_broken_ones_of_a_name_the_first_is_taken():
    given = {"one.ipynb": raw("x = 1", "one"), "a/two.ipynb": b"{", "b/two.ipynb": b"{}"}
    made = chosen(given, TWO)
    assert made.content["two.ipynb"] == b"{" and made.lacking == {"two"}
    assert [(f.name, why) for f, why in made.left] == [("b/two.ipynb", "it cannot be read")]


def test_all_that_could_be_meant_is_kept_where_one_of_several_is_unclear():
    """Grading then finds each of them."""
    given = {"a.ipynb": raw("x", "one"), "b.ipynb": raw("y", "one"), "c.ipynb": raw("z", "two")}
    error = unclear(given, TWO)
    assert str(error) == "it holds 2 notebooks (a.ipynb, b.ipynb): ask which one counts"
    assert error.notebooks == given
    # Those that do not count are not among them.
    blank = {"a.ipynb": raw("x"), "b.ipynb": raw("y"), "c.ipynb": raw(BLANK)}
    assert set(unclear(blank).notebooks) == {"a.ipynb", "b.ipynb"}


def test_a_stray_notebook_whose_name_no_system_takes_is_left_out():
    own = {"one.ipynb": raw("x = 1", "one"), "a:b.ipynb": raw("y = 1", "odd")}
    made = chosen(own, TWO)
    assert [(f.name, why) for f, why in made.left] == [
        ("a:b.ipynb", "it is none of the notebooks that were handed out")
    ]
    assert [*made.content] == ["one.ipynb"] and made.lacking == {"two"}


def test_each_of_several_notebooks_brings_the_files_of_its_own_folder():
    given = {"d/a.ipynb": raw("x", "one"), "d/e/b.ipynb": raw("y", "two")}
    made = chosen(given | {"d/e/x.csv": b"e", "d/y.csv": b"d", "z/d/v.csv": b"z"}, TWO)
    assert {name: it for name, it in made.content.items() if name.endswith("csv")} == {
        "x.csv": b"e", "y.csv": b"d", "z/d/v.csv": b"z",
    }  # fmt: skip


def test_without_what_was_handed_out_only_equal_files_are_one():
    unknown = {"ps1": None}
    made = chosen({"a.ipynb": raw("x"), "b.ipynb": raw("x")}, unknown)
    assert names(made.used) == ["a.ipynb"] and names(made.replaced) == ["b.ipynb"]
    assert made.left == [] and not made.untouched
    assert "2 notebooks" in str(unclear({"a.ipynb": raw("x"), "b.ipynb": raw(BLANK)}, unknown))


@pytest.mark.parametrize(
    "first, second, counts",
    [
        ("a_1_8_HW.ipynb", "a_1_9_hw-12.ipynb", True),
        ("a_1_8_hw-1.ipynb", "a_1_9_hw-2.ipynb", True),
        (f"a_1_{'1' * 18}8_hw.ipynb", f"a_1_{'1' * 18}9_hw-1.ipynb", False),  # no such numbers
        ("a_1_8_hw.ipynb", "hw-1.ipynb", False),
        ("a_1_9_hw.ipynb", "b_2_9_hw-1.ipynb", False),
        ("a_1_8_hw.ipynb", "a_1_9_hw-x.ipynb", False),
        ("a_1_8_hw.ipynb", "a_1_9_hw-1.ipynb.json", False),
    ],
)
def test_the_later_number_of_canvas_counts_for_names_that_differ_by_its_own_alone(
    first, second, counts
):
    def path(name):
        return (canvas_name(name) or {"name": name})["name"]

    files = {path(name): file(name, raw(name)) for name in (first, second)}
    if counts:
        made = chosen(files)
        assert names(made.used) == [second] and names(made.replaced) == [first]
    else:
        assert "2 notebooks" in str(unclear(files))


def test_what_a_file_is_does_not_change_while_it_is_chosen():
    """Several rows, and a row for each notebook in a zip, are of one File."""
    for kind in (File, choosing._Part, choosing._Read, Receipt, Collected):
        for each in dataclasses.fields(kind):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(object.__new__(kind), each.name, None)
