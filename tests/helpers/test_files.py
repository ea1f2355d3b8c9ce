"""Files that are written whole or not at all, by a file object and by a path."""

import os
import signal
import stat
import subprocess
import sys

import pytest

from helpers.files import whole, write_whole


def by_file(path, content):
    with whole(path) as file:
        file.write(content)


def by_path(path, content):
    write_whole(path, lambda beside: beside.write_bytes(content))


@pytest.fixture(params=[by_file, by_path])
def write(request):
    return request.param


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_and_its_folder_are_made(tmp_path, write):
    path = tmp_path / "new" / "runs" / "a.bin"
    write(path, b"one")
    write(path, b"two")
    assert path.read_bytes() == b"two"
    assert names(path.parent) == ["a.bin"]


def test_it_appears_at_the_end_only(tmp_path):
    path = tmp_path / "a.bin"
    with whole(path) as file:
        file.write(b"half")
        file.flush()
        assert not path.exists()
    assert path.read_bytes() == b"half"


def test_a_library_that_goes_by_the_ending_sees_it(tmp_path):
    seen = []
    write_whole(tmp_path / "a.png", lambda beside: (seen.append(beside), beside.touch()))
    assert seen[0].suffix == ".png" and seen[0].parent == tmp_path


def test_an_error_while_writing_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.bin"
    by_file(path, b"old")

    def half(beside):
        beside.write_bytes(b"half")
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        write_whole(path, half)
    with pytest.raises(KeyboardInterrupt), whole(path) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.bin"]


def test_a_disk_that_is_full_at_the_last_moment_leaves_the_old_file(tmp_path, write, monkeypatch):
    path = tmp_path / "a.bin"
    write(path, b"old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write(path, b"new")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.bin"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_who_may_read_it_is_what_the_user_has_set(tmp_path, write):
    before = os.umask(0o022)
    try:
        write(tmp_path / "open.zip", b"")
        os.umask(0o077)
        write(tmp_path / "closed.zip", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "open.zip").stat().st_mode) == 0o644
    assert stat.S_IMODE((tmp_path / "closed.zip").stat().st_mode) == 0o600


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_process_that_is_killed_while_it_writes_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.bin"
    by_file(path, b"old")
    code = (
        "import sys, time; from pathlib import Path; from helpers.files import whole\n"
        "with whole(Path(sys.argv[1])) as file:\n"
        "    file.write(b'half'); file.flush(); print('writing', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"writing\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert path.read_bytes() == b"old"


def test_two_who_write_at_once_do_not_mix(tmp_path):
    path = tmp_path / "a.bin"
    with whole(path) as one:
        one.write(b"one")
        with whole(path) as other:
            other.write(b"other")
        assert path.read_bytes() == b"other"
    assert path.read_bytes() == b"one"
    assert names(tmp_path) == ["a.bin"]
