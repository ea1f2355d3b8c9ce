"""Files of an archive or a folder: their paths, their bounds, and what is refused."""

import io
import os
import stat
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path
from unittest import mock

import pytest

from autograder.collecting import tree
from autograder.collecting.tree import File, FileRefused
from autograder.course import walk
from helpers.bounds import DEEPEST_PATH
from helpers.errors import CourseError
from tests.autograder.collecting.conftest import folder, zipped


def of(files, most=100, change=None):
    """{name: File} of an archive in memory; change: done to each of its entries."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            if change:
                change(entry)
            archive.writestr(entry, content)
    return {file.name: file for file in tree.in_zip(io.BytesIO(buffer.getvalue()), most)}


def refusal(call):
    with pytest.raises(FileRefused) as caught:
        call()
    return str(caught.value)


def test_files_are_read_up_to_a_limit():
    file = of({"a/b.txt": b"12345", "a/": b""})["a/b.txt"]
    assert (file.parts, file.size, file.refused, file.owner) == (("a", "b.txt"), 5, None, None)
    assert file.read(5) == file.read(6) == b"12345"
    assert refusal(lambda: file.read(4)) == "0 MB, more than the 0 MB taken"
    big = File(("x",), 2_500_000, lambda most: b"x" * most)
    assert refusal(lambda: big.read(2_000_000)) == "2 MB, more than the 2 MB taken"
    # One that says it is small and is not.
    lying = File(("x",), 3, lambda most: b"x" * most)
    assert refusal(lambda: lying.read(3_900_000)) == "it unpacks to more than the 3 MB taken"
    assert refusal(lambda: File(("x",), 0, lambda most: b"", "no").read(4)) == "no"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError("gone\nfor ever"), "it cannot be read (gone)"),
        (zipfile.BadZipFile("x" * 100), f"it cannot be read ({'x' * 80})"),
        (EOFError(), "it cannot be read (EOFError)"),
        (RuntimeError("password"), "it cannot be read (password)"),
        (MemoryError(), "it cannot be read (MemoryError)"),
        (LookupError("x"), "it cannot be read (x)"),
        (ValueError("x"), "it cannot be read (x)"),
        (OverflowError("x"), "it cannot be read (x)"),
        (zlib.error("x"), "it cannot be read (x)"),
        (struct.error("x"), "it cannot be read (x)"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_line(error, words):
    def read(most):
        raise error

    assert refusal(lambda: File(("x",), 1, read).read(9)) == words


def test_an_archive_may_hold_so_many_files():
    three = {f"{n}.txt": b"" for n in range(3)}
    assert len(of(three, most=3)) == 3
    assert refusal(lambda: of(three, most=2)) == "the archive holds 3 files, more than 2"


def test_as_many_as_are_announced_are_counted_before_they_are_listed(tmp_path):
    path = zipped({f"{n}.txt": b"" for n in range(3)}, tmp_path / "x.zip")
    assert len(tree.in_zip(path, 3)) == 3
    assert refusal(lambda: tree.in_zip(path, 2)) == "the archive holds 3 files, more than 2"
    broken = io.BytesIO(b"PK\x03\x04 and nothing else")
    assert refusal(lambda: tree.in_zip(broken, 9)).startswith("the archive cannot be read (")
    many = io.BytesIO(tree.ENTRY * 10)
    assert refusal(lambda: tree.in_zip(many, 9)) == "the archive holds 10 files, more than 9"


def kind(mode):
    return lambda entry: setattr(entry, "external_attr", mode << 16)


def packed(how):
    return lambda entry: setattr(entry, "compress_type", how)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (kind(stat.S_IFREG | 0o644), None),
        (kind(0), None),
        (kind(stat.S_IFLNK | 0o777), tree.NOT_ORDINARY),
        (kind(stat.S_IFIFO), tree.NOT_ORDINARY),
        (packed(zipfile.ZIP_STORED), None),
        (packed(zipfile.ZIP_DEFLATED), None),
        (
            packed(zipfile.ZIP_BZIP2),
            "it is packed in an unusual way; pack it again as an ordinary zip",
        ),
        (
            packed(zipfile.ZIP_LZMA),
            "it is packed in an unusual way; pack it again as an ordinary zip",
        ),
    ],
)
def test_what_an_entry_may_be(change, why):
    assert of({"x": b"1"}, change=change)["x"].refused == why


def test_a_password_is_said():
    raw = bytearray(zipped({"x": b"1"}))
    raw[raw.index(tree.ENTRY) + 8] |= tree.ENCRYPTED_FLAG
    (file,) = tree.in_zip(io.BytesIO(bytes(raw)), 9)
    assert file.refused == "it has a password"


@pytest.mark.parametrize(
    ("name", "parts", "why"),
    [
        ("a/./b", ("a", "b"), None),
        ("a\\b", ("a", "b"), None),
        ("a//b", ("a", "b"), None),
        ("/etc/x", ("etc", "x"), "its path leads out of the archive"),
        ("../x", ("..", "x"), "its path leads out of the archive"),
        ("a\\..\\x", ("a", "..", "x"), "its path leads out of the archive"),
        ("C:/x", ("C:", "x"), "its path leads out of the archive"),
        ("a..b/x", ("a..b", "x"), None),
        (".", ("'.'",), None),
        ("zoë.txt", ("zoë.txt",), None),
    ],
)
def test_the_path_of_an_entry(name, parts, why):
    (file,) = of({name: b""}).values()
    assert (file.parts, file.refused) == (parts, why)


def test_a_name_in_utf8_without_its_flag_is_read():
    raw = zipped({"zo__.txt": b"1"}).replace(b"zo__.txt", "zoë.txt".encode())
    (file,) = tree.in_zip(io.BytesIO(raw), 9)
    assert file.name == "zoë.txt"
    # 0x89 alone is no UTF-8: it is what it is in the old alphabet of zip files.
    (file,) = tree.in_zip(io.BytesIO(zipped({"zo_.txt": b""}).replace(b"zo_", b"zo\x89")), 9)
    assert file.name == "zo\u00eb.txt"


@pytest.mark.parametrize("name", ["\0.txt", "\0", "\0/"])
def test_an_entry_without_a_name_costs_nobody_else(name):
    """zipfile cuts it at the NUL."""
    stand_in = b"#" * len(name)
    raw = zipped({stand_in.decode(): b"1", "b.txt": b"2"}).replace(stand_in, name.encode())
    found = tree.in_zip(io.BytesIO(raw), 9)
    assert {file.name: file.read(9) for file in found}["b.txt"] == b"2"
    assert len(found) == 2


def test_a_path_that_is_too_deep_or_long_is_shortened_and_refused():
    for depth, why in ((DEEPEST_PATH, None), (DEEPEST_PATH + 1, walk.TOO_DEEP)):
        (file,) = of({"/".join(["d"] * depth): b""}).values()
        assert (file.refused, len(file.parts)) == (why, DEEPEST_PATH)
    (file,) = of({"d/" + "x" * 300: b""}).values()
    assert file.refused == walk.TOO_LONG
    assert file.parts == ("d", "x" * 100)
    (file,) = of({"/".join(f"{n}" for n in range(20)): b""}).values()
    assert file.parts == (*(f"{n}" for n in range(11)), "19")  # with its own name
    # A path of nothing but points, as deep, stops nobody else's collection.
    (file,) = of({"./" * 20 + ".": b""}).values()
    assert (file.refused, len(file.parts)) == (walk.TOO_DEEP, 1)


def test_litter_is_what_systems_leave_behind():
    for parts in (
        ("__MACOSX", "a"),
        ("a", ".DS_Store"),
        ("._a",),
        ("a", ".ipynb_checkpoints", "b"),
    ):
        assert tree.is_litter(parts)
    for parts in (("a",), (".a",), ("desktop", "ini"), ("MACOSX", "Thumbs")):
        assert not tree.is_litter(parts)
    assert tree.is_litter(("Thumbs.db",)) and tree.is_litter(("desktop.ini",))


def test_a_folder_and_an_archive_have_the_same_files(tmp_path):
    files = {"top/ada/a.txt": b"1", "top/b.txt": b"22", "top/.DS_Store": b"x"}
    of_zip = tree.files_of(zipped(files, tmp_path / "x.zip"))
    of_folder = tree.files_of(folder(files, tmp_path / "x"))
    for found in (of_zip, of_folder):
        assert {f.name: f.read(9) for f in found} == {"top/ada/a.txt": b"1", "top/b.txt": b"22"}
        assert {f.refused for f in found} == {None}


@pytest.fixture
def as_anybody():
    """A folder that all may enter, visited as a user who is not root."""
    with tempfile.TemporaryDirectory() as made:
        os.chmod(made, 0o755)
        yield Path(made)
        os.seteuid(os.getuid())
        for path in Path(made).rglob("*"):
            path.chmod(0o700)


@pytest.mark.parametrize("mode", [0o000, 0o300, 0o600, 0o200])
@pytest.mark.parametrize("around", ["", "eve/", "eve/work/"])
def test_a_locked_folder_is_said_and_costs_nobody_else(as_anybody, mode, around):
    """Also one in a folder that is not, and one with a folder in it."""
    root = as_anybody
    files = {"ada/tiny.ipynb": b"1", "zoe.ipynb": b"2"}
    folder(files | {f"{around}eve/a.txt": b"3", f"{around}eve/x/b.txt": b"4"}, root)
    for path in root.rglob("*"):
        os.chown(path, *([12345] * 2 if not os.getuid() else [-1] * 2))
    (root / around / "eve").chmod(mode)
    if not os.getuid():
        os.seteuid(12345)
    found = {file.name: file for file in tree.files_of(root)}
    assert {name: found.pop(name).read(9) for name in files} == files
    (locked,) = found.values()
    assert locked.refused == (walk.UNENTERED if mode == 0o600 else walk.UNLISTED)
    assert locked.name.startswith("eve/") and locked.owner == (root / "zoe.ipynb").stat().st_uid


@pytest.mark.parametrize("mode", [0o000, 0o600])
def test_a_locked_folder_alone_is_said(as_anybody, mode):
    folder({"eve/a.txt": b"3"}, as_anybody)
    for path in as_anybody.rglob("*"):
        os.chown(path, *([12345] * 2 if not os.getuid() else [-1] * 2))
    (as_anybody / "eve").chmod(mode)
    if not os.getuid():
        os.seteuid(12345)
    (file,) = tree.files_of(as_anybody)
    assert file.parts[0] == "eve" and file.refused in (walk.UNENTERED, walk.UNLISTED)


def test_what_vanishes_while_a_folder_is_listed_is_left_out(tmp_path, monkeypatch):
    root = folder({"ada/a.txt": b"1", "ada/b.txt": b"2", "zoe.ipynb": b"3"}, tmp_path / "x")
    scandir = os.scandir

    def listed(path):
        with scandir(path) as entries:
            found = list(entries)
        (root / "ada" / "b.txt").unlink(missing_ok=True)
        whole = mock.MagicMock()
        whole.__iter__.return_value = found
        return whole

    monkeypatch.setattr(walk.os, "scandir", listed)
    assert [entry.name for entry in walk.entries(root / "ada")] == ["a.txt"]


def test_links_and_pipes_in_a_folder_are_listed_and_not_followed(tmp_path):
    root = folder({"a/x.txt": b"1", "b.txt": b"2"}, tmp_path / "x")
    (root / "link").symlink_to(root / "b.txt")
    (root / "a" / "link").symlink_to("/etc")
    os.mkfifo(root / "pipe")
    found = {file.name: file.refused for file in tree.files_of(root)}
    assert found.pop("a/x.txt") is None and found.pop("b.txt") is None
    assert set(found) == {"link", "a/link", "pipe"}
    assert {found["link"], found["pipe"]} == {tree.NOT_ORDINARY} and found["a/link"]
    # A file that a link has replaced since.
    (file,) = [each for each in tree.files_of(root) if each.name == "b.txt"]
    (root / "b.txt").unlink()
    (root / "b.txt").symlink_to(root / "a" / "x.txt")
    assert refusal(lambda: file.read(9)).startswith("it cannot be read (")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path, "There is no .*: name the folder or the zip that you downloaded"),
        (lambda path: path.write_text("x") and path, "is neither a folder nor a zip archive; down"),
    ],
)
def test_what_is_neither_is_said_in_a_sentence(tmp_path, make, words):
    with pytest.raises(CourseError, match=words):
        tree.files_of(make(tmp_path / "class.zip"))


def test_an_archive_that_cannot_be_used_is_said_in_a_sentence(tmp_path, monkeypatch):
    path = zipped({"a": b"", "b": b""}, tmp_path / "class.zip")
    monkeypatch.setattr(tree, "MOST_ENTRIES", 1)
    with pytest.raises(
        CourseError, match="class.zip cannot be used: the archive holds 2 files, mo"
    ):
        tree.files_of(path)


def test_too_many_files_of_one_person_cost_nobody_else(tmp_path, monkeypatch):
    monkeypatch.setattr(tree, "MOST_OF_ONE", 2)
    files = {f"top/ada/{n}.txt": b"" for n in range(3)} | {f"top/bob/{n}.txt": b"" for n in (1, 2)}
    found = {f.name: f for f in tree.files_of(zipped(files, tmp_path / "x.zip"))}
    assert [*found] == ["top/bob/1.txt", "top/bob/2.txt", "top/ada/..."]
    refused = found["top/ada/..."]
    assert refused.refused == "more than 2 files: none of them was looked at"
    assert (refused.size, refused.reader(9)) == (0, b"")


def test_the_download_of_a_class_may_hold_half_a_million_files(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(tree, "in_zip", lambda path, most: asked.append((path, most)) or [])
    path = zipped({"a": b""}, tmp_path / "class.zip")
    assert tree.files_of(str(path)) == [] and asked == [(path, 500_000)]


def test_too_many_files_of_one_person_in_a_folder_cost_nobody_else(tmp_path, monkeypatch):
    root = folder({"ada/1.txt": b"1", "ada/2.txt": b"2", "bob/1.txt": b"1"}, tmp_path / "x")
    entries = walk.entries
    monkeypatch.setattr(walk, "entries", lambda path: entries(path, 1))
    found = {file.name: file for file in tree.files_of(root)}
    assert [*found] == ["ada/...", "bob/1.txt"]
    assert found["ada/..."].refused.endswith(" files: none of them was looked at")
    assert found["ada/..."].owner == os.getuid()


def test_what_is_gone_before_it_is_looked_at_is_left_out(tmp_path, monkeypatch):
    root = folder({"a.txt": b"1", "b.txt": b"2"}, tmp_path / "x")
    lstat = Path.lstat

    def gone(path):
        if path.name == "a.txt":
            raise FileNotFoundError(path)
        return lstat(path)

    monkeypatch.setattr(Path, "lstat", gone)
    assert [file.name for file in tree.files_of(root)] == ["b.txt"]


def test_folders_around_a_folder_are_looked_through_so_far_only(tmp_path):
    """And what a system leaves beside a folder does not make it two."""
    for depth, deeper in ((3, False), (DEEPEST_PATH + 2, True)):
        top = tmp_path / f"{depth}"
        inner = "/".join("d" * depth)
        root = folder({f"{inner}/ada/x": b"1", f"{inner}/bob/y": b"2", "d/._z": b""}, top)
        found = {file.name: file.refused for file in tree.files_of(root)}
        assert (set(found.values()) == {None}) is not deeper
        assert deeper or [*found] == [f"{inner}/ada/x", f"{inner}/bob/y"]


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("a/b.txt", None),
        ("con.txt", "its name is one that Windows does not accept"),
        ("a/LPT1", "its name is one that Windows does not accept"),
        *(
            (name, "its name is one that Windows does not accept")
            for name in ("PRN.x", "aux", "nul.tar.gz", "com¹", "COM0.txt", "lpt³", "lpt9")
        ),
        *((name, None) for name in ("con1", "xcon", "com", "lpt.txt", "aux-1", "a.con")),
        *(
            (f"a{letter}b", "its name has characters that not every system accepts")
            for letter in '<>"|?\0'
        ),
        ("com10", None),
        ("console", None),
        ("a./b", "its name is one that Windows does not accept"),
        ("a ", "its name is one that Windows does not accept"),
        (" a", None),
        ("a:b", "its name has characters that not every system accepts"),
        ("a\x1fb", "its name has characters that not every system accepts"),
        ("a\x7f", "its name has characters that not every system accepts"),
        ("a\ud800", "its name has characters that not every system accepts"),
        ("a*/b", "its name has characters that not every system accepts"),
    ],
)
def test_a_name_that_not_every_system_takes(path, why):
    assert tree.odd_name(path.split("/")) == why


def test_paths_that_are_one_file_on_some_disks():
    assert tree.key(("A", "zoe\u0308")) == tree.key(("a", "zo\u00eb")) == "a/zo\u00eb"
    assert tree.key(("a", "b")) != tree.key(("ab",))
