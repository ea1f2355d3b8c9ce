"""Archives and files that are made, or happen, to do harm."""

import hashlib
import io
import json
import os
import stat
import struct
import zipfile

import pytest

from autograder.collecting import choose, tree
from autograder.collecting.collect import LEFT_OUT, NOT_MATCHED, TAKEN, UNREADABLE, collect
from helpers.errors import CourseError
from tests.autograder.collecting.conftest import zipped
from tests.tiny_course import TINY

pytestmark = pytest.mark.usefixtures("roster")


@pytest.fixture
def outside(course, roster, tmp_path):
    """Nothing but submitted/ and .autograder/ changes, here or above."""

    def everything():
        return {
            path: path.lstat().st_mtime_ns
            for folder in (tmp_path, tmp_path.parent)
            for path in folder.glob("*" if folder != tmp_path else "**/*")
            if not {"submitted", ".autograder", "class.zip"} & {*path.parts} and path.is_file()
        }

    before = everything()
    yield
    assert everything() == before


EVIL = [
    "../../evil.txt",
    "/tmp/evil.txt",
    "..\\..\\evil.txt",
    "C:\\evil.txt",
    "C:evil.txt",
    "a/../../evil.txt",
    "..",
    "\\\\server\\share\\evil.txt",
    "x/" * 50 + "deep.txt",
    "long" * 100 + ".txt",
    "nul",
    "CON.txt",
    "a/COM1",
    "lpt9.ipynb.txt",
    "trailing. ",
    "question?.txt",
    "new\nline.txt",
    "bell\x07.txt",
    "quote\".txt",
]  # fmt: skip


@pytest.mark.parametrize("name", EVIL)
@pytest.mark.usefixtures("outside")
def test_a_name_in_a_students_zip(collected, book, tmp_path, name):
    raw = zipped({"tiny.ipynb": book(), name: b"evil", "good.txt": b"good"})
    done = collected(zipped({"ada/work.zip": raw}, tmp_path / "class.zip"))
    assert done.by_file == {"ada/work.zip": (TAKEN, "ada")}
    assert set(done.there) == {"ada/tiny/tiny.ipynb", "ada/tiny/good.txt"}
    assert "was left out" in done.remarks["ada/work.zip"]


@pytest.mark.parametrize("name", EVIL)
@pytest.mark.usefixtures("outside")
def test_a_name_in_the_outer_zip(collected, book, tmp_path, name):
    files = {"ada/tiny.ipynb": book(), name: b"evil"}
    if name[0] not in "/\\":
        files[f"ada/{name}"] = b"evil"
    done = collected(zipped(files, tmp_path / "class.zip"))
    assert set(done.there) == {"ada/tiny/tiny.ipynb"}
    assert {status for status, _ in done.by_file.values()} <= {TAKEN, LEFT_OUT, NOT_MATCHED}


@pytest.mark.parametrize("evil", ["../../evil.ipynb", "/tmp/evil.ipynb"])
@pytest.mark.usefixtures("outside")
def test_a_notebook_that_leads_out(collected, book, tmp_path, evil):
    raw = zipped({evil: book()})
    done = collected(zipped({"ada/work.zip": raw}, tmp_path / "class.zip"))
    assert done.by_file == {"ada/work.zip": (UNREADABLE, "ada")}
    assert "its path leads out of the archive" in done.remarks["ada/work.zip"]


def entry(name, mode):
    about = zipfile.ZipInfo(name)
    about.external_attr = mode << 16
    return about


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_a_link_or_device_in_a_zip(collected, book, tmp_path, kind):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(entry("secret.txt", kind | 0o777), "/etc/passwd")
        archive.writestr(entry("tiny.ipynb", stat.S_IFREG | 0o777), book())
    done = collected(zipped({"ada/work.zip": buffer.getvalue()}, tmp_path / "class.zip"))
    assert set(done.there) == {"ada/tiny/tiny.ipynb"}
    assert "it is a link or not an ordinary file" in done.remarks["ada/work.zip"]
    mode = os.stat(tmp_path / "course" / "submitted" / "ada" / "tiny" / "tiny.ipynb").st_mode
    assert not mode & 0o111


def test_links_pipes_and_loops_in_a_folder(collected, book, tmp_path):
    (tmp_path / "secret").write_text("secret")
    folder = tmp_path / "class" / "ada"
    folder.mkdir(parents=True)
    (folder / "tiny.ipynb").write_bytes(book())
    (folder / "link.txt").symlink_to(tmp_path / "secret")
    (folder / "loop").symlink_to(folder.parent)
    os.mkfifo(folder / "pipe")
    (tmp_path / "class" / "emmy").symlink_to(folder)
    (tmp_path / "class" / "zoe.ipynb").symlink_to(folder / "tiny.ipynb")
    done = collected(tmp_path / "class")
    assert set(done.there) == {"ada/tiny/tiny.ipynb"}
    assert done.by_file["ada/pipe"] == (LEFT_OUT, "ada")
    assert done.by_file["zoe.ipynb"] == (UNREADABLE, "zoe")


@pytest.fixture
def small_limits(monkeypatch):
    monkeypatch.setattr(choose, "MOST_BYTES", 1_000_000)
    monkeypatch.setattr(choose, "LARGEST_NOTEBOOK", 1_000_000)


@pytest.mark.usefixtures("small_limits")
def test_a_zip_bomb(collected, book, tmp_path):
    bomb = zipped({"tiny.ipynb": book(), "zeros.bin": b"\0" * 30_000_000})
    assert len(bomb) < 100_000
    done = collected(zipped({"ada/work.zip": bomb}, tmp_path / "class.zip"))
    assert set(done.there) == {"ada/tiny/tiny.ipynb"}
    assert "more than the 1 MB taken" in done.remarks["ada/work.zip"]


@pytest.mark.usefixtures("small_limits")
def test_many_small_files_that_make_a_bomb(collected, book, tmp_path):
    files = {"tiny.ipynb": book()} | {f"{i}.bin": b"\0" * 400_000 for i in range(9)}
    done = collected(zipped({"ada/work.zip": zipped(files)}, tmp_path / "class.zip"))
    assert set(done.there) == {"ada/tiny/0.bin", "ada/tiny/1.bin", "ada/tiny/tiny.ipynb"}


@pytest.mark.usefixtures("small_limits")
def test_a_size_that_is_a_lie(collected, book, tmp_path):
    """The directory says 10 bytes, the data unpack to 30 MB."""
    bomb = bytearray(zipped([("tiny.ipynb", book()), ("zeros.bin", b"\0" * 30_000_000)]))
    true = struct.pack("<L", 30_000_000)
    assert bomb.count(true) == 2
    bomb = bytes(bomb).replace(true, struct.pack("<L", 10))
    done = collected(zipped({"ada/work.zip": bomb}, tmp_path / "class.zip"))
    assert set(done.there) == {"ada/tiny/tiny.ipynb"}
    assert "'zeros.bin' was left out: it cannot be read" in done.remarks["ada/work.zip"]


def test_a_notebook_that_is_too_large(collected, book, tmp_path, monkeypatch):
    monkeypatch.setattr(choose, "LARGEST_NOTEBOOK", 1_000_000)
    large = book("x" * 2_000_000)
    done = collected(zipped({"ada.ipynb": large}, tmp_path / "class.zip"))
    assert done.by_file == {"ada.ipynb": (UNREADABLE, "ada")}
    assert done.remarks["ada.ipynb"] == "ada.ipynb: 2 MB, more than the 1 MB taken"


def test_archives_in_archives_are_not_opened(collected, book, tmp_path):
    inner = zipped({"deep.txt": b"x", "tiny.ipynb": book()})
    middle = zipped({"tiny.ipynb": book(), "more.ZIP": inner})
    done = collected(zipped({"ada/work.zip": middle}, tmp_path / "class.zip"))
    assert set(done.there) == {"ada/tiny/tiny.ipynb"}
    assert "an archive in an archive" in done.remarks["ada/work.zip"]
    done = collected(zipped({"emmy/work.zip": zipped({"a.zip": middle})}, tmp_path / "class.zip"))
    assert done.by_file == {"emmy/work.zip": (UNREADABLE, "emmy")}


def test_huge_counts(collected, book, tmp_path, monkeypatch):
    files = {"tiny.ipynb": book()} | {f"f{i}.txt": b"x" for i in range(choose.MOST_IN_ZIP)}
    done = collected(zipped({"ada/work.zip": zipped(files)}, tmp_path / "class.zip"))
    assert done.by_file == {"ada/work.zip": (UNREADABLE, "ada")}
    assert "holds 2,001 files, more than 2,000" in done.remarks["ada/work.zip"]
    files.pop("f1.txt")
    done = collected(zipped({"ada/work.zip": zipped(files)}, tmp_path / "class.zip"))
    assert len(done.there) == choose.MOST_FILES + 1
    monkeypatch.setattr(tree, "MOST_ENTRIES", 3)
    with pytest.raises(CourseError, match="holds 2,000 files, more than 3"):
        collected(zipped(files, tmp_path / "class.zip"))


def test_names_that_are_one_name_on_some_disks(collected, book, tmp_path):
    files = [
        ("tiny.ipynb", book("one")),
        ("a.txt", b"1"),
        ("A.TXT", b"2"),
        ("é.txt", b"1"),
        ("e\u0301.txt", b"2"),
        ("dir", b"1"),
        ("dir/file.txt", b"2"),
        ("TINY.IPYNB/x.txt", b"2"),
        ("timestamp.txt", b"1999-01-01 00:00:00 UTC"),
        ("Timestamp.TXT", b"1999-01-01 00:00:00 UTC"),
    ]
    done = collected(zipped({"ada/w.zip": zipped(files)}, tmp_path / "class.zip"))
    assert set(done.there) == {
        "ada/tiny/tiny.ipynb", "ada/tiny/a.txt", "ada/tiny/é.txt", "ada/tiny/dir"
    }  # fmt: skip
    assert done.there["ada/tiny/a.txt"] == b"1"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_one_name_twice(collected, book, tmp_path):
    same = [("tiny.ipynb", book("one")), ("tiny.ipynb", book("one"))]
    done = collected(zipped({"ada/w.zip": zipped(same)}, tmp_path / "class.zip"))
    assert done.by_file == {"ada/w.zip": (TAKEN, "ada")}
    other = [("tiny.ipynb", book("one")), ("tiny.ipynb", book("two"))]
    done = collected(zipped({"emmy/w.zip": zipped(other)}, tmp_path / "class.zip"))
    assert "it holds 2 notebooks" in done.remarks["emmy/w.zip"]


def flagged(raw, flag):
    """The zip with a flag set in every header."""
    raw = bytearray(raw)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = raw.find(signature)
        while at >= 0:
            raw[at + offset] |= flag
            at = raw.find(signature, at + 4)
    return bytes(raw)


def test_a_password(collected, book, tmp_path):
    locked = flagged(zipped({"tiny.ipynb": book()}), 1)
    done = collected(zipped({"ada/w.zip": locked}, tmp_path / "class.zip"))
    assert done.remarks["ada/w.zip"] == "tiny.ipynb: it has a password"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_unusual_compression(collected, book, tmp_path, method):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("tiny.ipynb", book())
    done = collected(zipped({"ada/w.zip": buffer.getvalue()}, tmp_path / "class.zip"))
    assert "packed in an unusual way" in done.remarks["ada/w.zip"]


@pytest.mark.parametrize("cut", [0, 1, 30, 200, -1, -30])
def test_a_truncated_zip(collected, book, tmp_path, cut):
    raw = zipped({"tiny.ipynb": book()})[:cut]
    done = collected(zipped({"ada/w.zip": raw, "emmy.ipynb": book()}, tmp_path / "class.zip"))
    assert done.by_file["emmy.ipynb"] == (TAKEN, "emmy")
    assert done.by_file["ada/w.zip"] == (UNREADABLE, "ada")
    (tmp_path / "class.zip").write_bytes(raw)
    with pytest.raises(CourseError, match="class.zip (is neither|cannot be used)"):
        collected(tmp_path / "class.zip")


def test_damaged_content(collected, book, tmp_path):
    raw = bytearray(zipped({"tiny.ipynb": book()}))
    raw[200:300] = bytes(100)
    done = collected(zipped({"ada/w.zip": bytes(raw)}, tmp_path / "class.zip"))
    assert "tiny.ipynb: it cannot be read" in done.remarks["ada/w.zip"]


def test_every_single_damaged_byte_is_a_sentence(tmp_path):
    """No byte of an archive's directory makes another error than FileRefused."""
    raw = zipped({"tiny.ipynb": b"{}" * 50, "a/b.txt": b"text"})
    for place in range(len(raw)):
        spoilt = bytearray(raw)
        spoilt[place] ^= 0xFF
        try:
            for file in tree.in_zip(io.BytesIO(bytes(spoilt)), 100):
                file.read(1000)
        except tree.FileRefused:
            pass


def test_names_in_utf_8_that_the_archive_does_not_announce(collected, book, tmp_path):
    raw = zipped({"Zoë de la Cruz.ipynb": book()}, tmp_path / "class.zip").read_bytes()
    flag = 0x800 >> 8
    raw = bytearray(raw)
    for signature, offset in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
        at = raw.find(signature)
        raw[at + offset] &= ~flag
    (tmp_path / "class.zip").write_bytes(raw)
    done = collected(tmp_path / "class.zip")
    assert done.by_file == {"Zoë de la Cruz.ipynb": (TAKEN, "zoe")}


def test_half_characters_in_a_folder(collected, book, tmp_path):
    folder = tmp_path / "class" / "ada"
    folder.mkdir(parents=True)
    (folder / "tiny.ipynb").write_bytes(book())
    (folder / os.fsdecode(b"caf\xe9.txt")).write_bytes(b"x")
    done = collected(tmp_path / "class")
    assert set(done.there) == {"ada/tiny/tiny.ipynb"}
    json.dumps([row.as_row() for row in done.rows]).encode()


@pytest.mark.parametrize(
    "manifest",
    [b"", b"[]", b'{"files": 3}', b'{"files": {"x": 1}}', b'{"files": {"a": {"sha256": 3}}}'],
)
def test_a_manifest_of_any_form(collected, book, tmp_path, manifest):
    raw = zipped({"tiny.ipynb": book(), "manifest.json": manifest})
    done = collected(zipped({"ada/w.zip": raw}, tmp_path / "class.zip"))
    assert done.by_file == {"ada/w.zip": (TAKEN, "ada")}


def test_a_manifest_tells_what_was_changed_or_left_out(collected, book, tmp_path):
    files = {"tiny.ipynb": book(), "same.txt": b"1", "changed.txt": b"2"}
    sums = {name: {"sha256": hashlib.sha256(raw).hexdigest()} for name, raw in files.items()}
    sums["gone.txt"] = sums["same.txt"]
    files |= {"changed.txt": b"3", "manifest.json": json.dumps({"files": sums}).encode()}
    done = collected(zipped({"ada/w.zip": zipped(files)}, tmp_path / "class.zip"))
    assert done.remarks["ada/w.zip"] == (
        "'changed.txt' was changed after it was packed. 'gone.txt' is in the manifest but missing."
    )


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"<html>", b"\x00", b'{"nbformat": 5}'])
def test_what_is_no_notebook(collected, tmp_path, content, course):
    done = collected(zipped({"ada.ipynb": content}, tmp_path / "class.zip"))
    assert done.by_file == {"ada.ipynb": (UNREADABLE, "ada")}
    assert str(course.root) not in done.remarks["ada.ipynb"]
    assert done.there == {"ada/tiny/tiny.ipynb": content}


@pytest.mark.parametrize("name", ["..", ".", "a/b", ".hidden", "bell\x07"])
def test_an_exchange_folder_names_no_student_that_is_a_path(collected, course, tmp_path, name):
    (course.root / "roster.csv").unlink()
    raw = {f"{name}+tiny+2026-10-01 10:00:00 UTC/tiny.ipynb": b"{}", "x.ipynb": b"{}"}
    done = collected(zipped(raw, tmp_path / "class.zip"))
    assert "x" in {path.split("/")[0] for path in done.there}
    folders = {path.split("/")[0] for path in done.there} - {"x"}
    assert folders <= {"a"}


def test_neither_folder_nor_zip(course, tmp_path):
    (tmp_path / "class.tar").write_bytes(b"no zip")
    with pytest.raises(CourseError, match="neither a folder nor a zip"):
        collect(course, TINY, tmp_path / "class.tar")
    with pytest.raises(CourseError, match="There is no .*name the folder or the zip"):
        collect(course, TINY, tmp_path / "nowhere")
