"""A folder's files stay as they were, whatever a test cell does to them."""

import os
import shutil

import pytest

from autograder.sandbox.inside import home
from autograder.sandbox.inside.home import Home


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "in" / "deep" / "b.txt").write_text("b")
    return tmp_path


def seen(folder):
    return {
        str(path.relative_to(folder)): path.read_text() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def taken(folder):
    kept = Home(str(folder))
    kept.take()
    before = seen(folder)
    yield folder, kept
    kept.restore()
    assert seen(folder) == before


def test_a_changed_file_is_as_before_with_its_time(taken):
    folder, kept = taken
    os.utime(folder / "a.txt", (1, 1))
    kept.take()
    (folder / "a.txt").write_text("other")
    kept.restore()
    assert (folder / "a.txt").read_text() == "a" and os.stat(folder / "a.txt").st_mtime == 1


def test_what_was_removed_comes_back(taken):
    folder, _ = taken
    (folder / "in" / "deep" / "b.txt").unlink()
    (folder / "in" / "deep").rmdir()
    (folder / "empty").rmdir()


def test_what_is_new_goes(taken):
    folder, _ = taken
    (folder / "new" / "inner").mkdir(parents=True)
    (folder / "new" / "inner" / "x").touch()
    (folder / "in" / "y").touch()


def test_a_file_of_the_same_size_and_time_is_another(taken):
    folder, kept = taken
    about = os.stat(folder / "a.txt")
    (folder / "z").write_text("z")
    os.utime(folder / "z", ns=(about.st_mtime_ns, about.st_mtime_ns))
    os.replace(folder / "z", folder / "a.txt")


def test_only_what_changed_is_read_again(folder, monkeypatch):
    kept, read = Home(str(folder)), []
    own = home.Path.read_bytes
    monkeypatch.setattr(home.Path, "read_bytes", lambda path: read.append(path.name) or own(path))
    kept.take()
    assert sorted(read) == ["a.txt", "b.txt"]
    (folder / "a.txt").write_text("longer")
    kept.take()
    assert read[2:] == ["a.txt"]
    (folder / "in" / "deep" / "b.txt").write_text("other")
    kept.restore()
    kept.restore()
    kept.take()
    assert read[3:] == []


def test_links_are_neither_followed_nor_kept(taken, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "x").write_text("x")
    folder, _ = taken
    (folder / "link").symlink_to(outside)
    (folder / "link").unlink()
    assert (outside / "x").read_text() == "x"


def put(kind, path, target):
    """Something of this kind at `path`."""
    if kind == "file":
        path.write_text("other")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
        (path / "x").touch()
        (path / "link").symlink_to(target)
    else:
        path.symlink_to(target if kind == "link" else "/no/where")


@pytest.mark.parametrize("kind", ["file", "pipe", "folder", "link", "broken link"])
@pytest.mark.parametrize("name", ["a.txt", "empty", "in"])
def test_what_stands_in_the_place_of_another_goes(taken, tmp_path_factory, kind, name):
    folder, _ = taken
    outside = tmp_path_factory.mktemp("outside")
    (outside / "x").write_text("x")
    if (folder / name).is_file():
        (folder / name).unlink()
    else:
        shutil.rmtree(folder / name)
    # A folder in the place of a folder is the same one; but for a new one.
    same = kind == "folder" and name != "a.txt"
    put(kind, folder / ("new" if same else name), outside)
    assert (outside / "x").read_text() == "x"


@pytest.mark.parametrize("name, most, kept", [
    ("MOST_FILES", 1, False), ("MOST_FILES", 2, True), ("MOST_BYTES", 1, False),
    ("MOST_BYTES", 2, True),
])  # fmt: skip
def test_beyond_a_bound_nothing_is_put_back(folder, monkeypatch, name, most, kept):
    monkeypatch.setattr(home, name, most)
    taken = Home(str(folder))
    taken.take()
    (folder / "a.txt").write_text("c")
    taken.restore()
    assert ((folder / "a.txt").read_text() == "a") is kept


def test_a_file_that_cannot_be_read_does_not_keep_the_others(folder, monkeypatch):
    own, refused = home.Path.read_bytes, set()

    def read(path):
        if path.name in refused:
            raise PermissionError(path)
        return own(path)

    monkeypatch.setattr(home.Path, "read_bytes", read)
    for name, other in (("a.txt", "in/deep/b.txt"), ("b.txt", "a.txt")):
        refused.clear()
        refused.add(name)
        kept = Home(str(folder))
        kept.take()
        before = (folder / other).read_text()
        (folder / other).write_text("other")
        kept.restore()
        assert (folder / other).read_text() == before
        assert (folder / "a.txt").exists()  # though nobody knows what was in it


def test_a_folder_that_cannot_be_read_does_not_hide_the_others(folder, monkeypatch):
    own = os.scandir

    def scan(path):
        if path.endswith("empty"):
            raise PermissionError(path)
        return own(path)

    monkeypatch.setattr(home.os, "scandir", scan)
    stamps, folders = home._look(str(folder))
    assert {os.path.relpath(path, folder) for path in stamps} == {"a.txt", "in/deep/b.txt"}
    assert {os.path.relpath(path, folder) for path in folders} == {"in", "in/deep", "empty"}
    about = os.stat(folder / "a.txt")
    assert stamps[str(folder / "a.txt")] == (1, about.st_mtime_ns, about.st_ino)


def test_too_many_files_are_not_all_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(home, "MOST_FILES", 3)
    for number in range(9):
        (tmp_path / f"d{number}").mkdir()
        (tmp_path / f"d{number}" / "x").touch()
    assert len(home._look(str(tmp_path))[0]) == 4


def test_what_was_too_much_is_not_taken_for_what_is_there(folder, monkeypatch):
    """After it, all files are read anew; before, none is put back."""
    kept = Home(str(folder))
    kept.restore()
    assert (folder / "a.txt").read_text() == "a"
    kept.take()
    monkeypatch.setattr(home, "MOST_FILES", 1)
    kept.take()
    (folder / "a.txt").write_text("new")
    kept.restore()
    assert (folder / "a.txt").read_text() == "new"
    monkeypatch.undo()
    kept.take()
    (folder / "a.txt").unlink()
    kept.restore()
    assert (folder / "a.txt").read_text() == "new"
