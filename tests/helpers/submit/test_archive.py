"""The zip that is handed in, and the command that makes it."""

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import time
import types
import zipfile
from pathlib import Path

import pytest
import torch
from torch import nn

from helpers import bounds, submit
from helpers.errors import CourseError
from helpers.submit import __main__ as command
from helpers.submit import archive, find
from helpers.submit import command as command_module

ROOT = Path(__file__).parents[3]


def content(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_notebook_models_and_manifest(book, capsys):
    book.answer().save()
    submit.save_model("vanilla", nn.Linear(2, 3), steps=10)
    submit.check_and_pack("tiny")
    files = content("tiny.zip")
    assert list(files) == [
        "tiny.ipynb",
        "models/vanilla.json",
        "models/vanilla.safetensors",
        "manifest.json",
    ]
    assert files["tiny.ipynb"] == book.path.read_bytes()
    manifest = json.loads(files.pop("manifest.json"))
    assert manifest["assignment"] == "tiny" and manifest["kit"]
    assert manifest["files"] == {
        name: {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}
        for name, raw in files.items()
    }
    said = capsys.readouterr().out
    assert "✓ All 2 answers are there" in said
    assert "Hand in this file: tiny.zip" in said and "1 model)" in said


def test_the_same_content_gives_the_same_zip(book):
    submit.check_and_pack("tiny")
    before = Path("tiny.zip").read_bytes()
    os.utime(book.path, (0, 0))
    submit.check_and_pack("tiny")
    assert Path("tiny.zip").read_bytes() == before


def test_an_unfinished_notebook_is_packed_and_the_gaps_are_named(book, capsys):
    submit.check_and_pack("tiny", out="to/hand/in")
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:3] == ["0 of 2 answers are there.", ""]
    assert "    double (Part 1: doubling)" in lines
    assert "tiny.ipynb" in content("to/hand/in/tiny.zip")


def test_the_notebook_under_another_name(book):
    book.path = book.path.rename("my attempt (2).ipynb")
    submit.check_and_pack("tiny")
    assert "tiny.ipynb" in content("tiny.zip")


def test_only_models_come_along(book, tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    for name in ("a.safetensors", "a.json", "b.pt", ".hidden.json", "notes.txt"):
        (folder / name).write_text("{}")
    (folder / "c.json").mkdir()
    submit.check_and_pack("tiny")
    assert set(content("tiny.zip")) == {
        "tiny.ipynb", "models/a.safetensors", "models/a.json", "manifest.json"
    }  # fmt: skip


def test_models_beyond_what_is_taken(book, tmp_path, monkeypatch):
    submit.save_model("a", nn.Linear(2, 3))
    monkeypatch.setattr("helpers.submit.archive.MOST_BYTES", 10)
    with pytest.raises(CourseError, match="remove what you do not hand in"):
        submit.check_and_pack("tiny")
    assert not Path("tiny.zip").exists()


@pytest.mark.parametrize("choice", ["", "quick", "full"])
def test_while_it_is_graded_or_validated_nothing_happens(book, monkeypatch, capsys, choice):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    monkeypatch.setenv("COURSE_BUDGET", choice)
    submit.check_and_pack("tiny")
    submit.save_model("a", nn.Linear(2, 3))
    assert os.listdir() == ["tiny.ipynb"] and not capsys.readouterr().out


def test_a_failed_write_leaves_the_old_zip(book, monkeypatch):
    submit.check_and_pack("tiny")
    before = Path("tiny.zip").read_bytes()
    book.answer().save()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CourseError, match="could not be written: No space left"):
        submit.check_and_pack("tiny")
    assert Path("tiny.zip").read_bytes() == before
    assert sorted(os.listdir()) == ["tiny.ipynb", "tiny.zip"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gan-mnist"], "Which notebook is gan-mnist? There is none in this folder"),
        (["tiny", "--notebook", "nowhere.ipynb"], "There is no notebook nowhere.ipynb"),
        (["../tiny"], "is not the name of an assignment"),
        (["tiny", "--notebook", "broken.ipynb"], "broken.ipynb is not a notebook"),
        (["tiny", "--out", "tiny.ipynb"], "could not be written"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(book, capsys, arguments, words):
    Path("broken.ipynb").write_text("{")
    assert command.main(arguments) == 2
    said = capsys.readouterr()
    assert words in said.err and said.err.startswith("submit: ") and said.err.count("\n") == 1
    assert sorted(os.listdir()) == ["broken.ipynb", "tiny.ipynb"]


def test_two_notebooks_that_could_be_meant(book):
    for name, line_end in (("a.ipynb", b""), ("b.ipynb", b"\n")):
        Path(name).write_bytes(book.path.read_bytes() + line_end)
    book.path.unlink()
    with pytest.raises(CourseError, match="more than one notebook of it here: a.ipynb, b.ipynb"):
        submit.check_and_pack("tiny")


def test_the_work_is_packed_not_the_blank_beside_it(book, capsys):
    """Jupyter's Duplicate, and the original next to it."""
    Path("tiny-Copy1.ipynb").write_bytes(book.answer().save().path.read_bytes())
    book.answer(double="", q_why="").save()
    submit.check_and_pack("tiny")
    assert content("tiny.zip")["tiny.ipynb"] == Path("tiny-Copy1.ipynb").read_bytes()
    assert "tiny-Copy1.ipynb, as the grader will see it" in capsys.readouterr().out


@pytest.mark.parametrize("folder", ["tiny", "notebooks/tiny"])
def test_it_is_so_from_the_folders_above(book, folder):
    Path(folder).mkdir(parents=True)
    worked = Path(folder, "tiny-Copy1.ipynb")
    worked.write_bytes(book.answer().save().path.read_bytes())
    book.answer(double="", q_why="").save().path.rename(Path(folder, "tiny.ipynb"))
    submit.check_and_pack("tiny")
    assert content(f"{folder}/tiny.zip")["tiny.ipynb"] == worked.read_bytes()


def test_the_open_notebook_is_packed(book, monkeypatch):
    Path("tiny-Copy1.ipynb").write_bytes(book.path.read_bytes())
    book.answer().save()
    monkeypatch.setenv("JPY_SESSION_NAME", "/somewhere/tiny-Copy1.ipynb")
    submit.check_and_pack("tiny")
    assert content("tiny.zip")["tiny.ipynb"] == Path("tiny-Copy1.ipynb").read_bytes()


def test_two_with_answers_are_asked_about(book):
    book.answer().save()
    Path("tiny-Copy1.ipynb").write_bytes(book.path.read_bytes() + b"\n")
    with pytest.raises(CourseError, match="more than one notebook of it here: .*tiny-Copy1.ipynb"):
        submit.check_and_pack("tiny")


def test_equal_copies_are_one(book, capsys):
    book.answer().save()
    Path("tiny-Copy1.ipynb").write_bytes(book.path.read_bytes())
    submit.check_and_pack("tiny")
    assert "tiny.ipynb, as the grader will see it" in capsys.readouterr().out


def test_the_file_name_stands_for_the_assignment(book):
    submit.check_and_pack("tiny.ipynb")
    assert Path("tiny.zip").is_file()


def test_another_name_is_told_which_are_here(book):
    with pytest.raises(CourseError, match="Which notebook is tyni.*but those of tiny: name it"):
        submit.check_and_pack("tyni")


def test_the_command_from_the_course_folder(book, tmp_path):
    folder = tmp_path / "notebooks" / "tiny"
    folder.mkdir(parents=True)
    book.path.rename(folder / "tiny.ipynb")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "helpers.submit", "tiny"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "0 of 2 answers are there." in done.stdout
    assert (folder / "tiny.zip").is_file()


def test_a_reader_who_has_gone_gets_no_traceback(book):
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "helpers.submit", "tiny"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def test_handing_in_needs_no_torch():
    code = "import sys, helpers.submit.__main__; sys.exit('torch' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 0


class Colab:
    """Stands in for google.colab: hands over a notebook, remembers downloads."""

    def __init__(self, monkeypatch, answer):
        self.downloads = []

        def blocking_request(name, request, timeout_sec):
            assert (name, request) == ("get_ipynb", "")
            if isinstance(answer, Exception):
                raise answer
            return answer

        colab = types.ModuleType("google.colab")
        colab._message = types.SimpleNamespace(blocking_request=blocking_request)
        colab.files = types.SimpleNamespace(download=self.downloads.append)
        google = types.ModuleType("google")
        google.colab = colab
        monkeypatch.setitem(sys.modules, "google", google)
        monkeypatch.setitem(sys.modules, "google.colab", colab)


def test_on_colab_the_open_notebook_is_packed_and_downloaded(book, monkeypatch):
    shown = book.answer().content
    book.path.unlink()
    colab = Colab(monkeypatch, {"ipynb": shown})
    submit.check_and_pack("tiny")
    assert json.loads(content("tiny.zip")["tiny.ipynb"]) == shown
    assert colab.downloads == ["tiny.zip"]


@pytest.mark.parametrize("answer", [None, {}, {"ipynb": {"cells": 1}}, TimeoutError()])
def test_colab_that_does_not_answer(book, monkeypatch, answer):
    Colab(monkeypatch, answer)
    with pytest.raises(CourseError, match="download it with File, Download"):
        submit.check_and_pack("tiny")


def test_limits_are_the_graders(monkeypatch):
    from autograder.grading.preparing import jobs

    for name in ("MOST_FILES", "MOST_BYTES"):
        assert getattr(jobs, name) == getattr(bounds, name)


def test_torch_is_there():
    assert torch.__version__  # save_model is imported on first use
    assert submit.save_model


def test_what_is_in_a_zip_may_be_read_by_everybody_and_is_compressed(tmp_path):
    path, names = archive.pack("tiny", {"a.ipynb": b"a" * 999}, tmp_path, tmp_path / "new")
    assert path == tmp_path / "new" / "tiny.zip" and names == ["a.ipynb", "manifest.json"]
    with zipfile.ZipFile(path) as packed:
        for about in packed.infolist():
            assert about.external_attr >> 16 == 0o100644  # an ordinary file, when it is unpacked
            assert about.date_time == (1980, 1, 1, 0, 0, 0)
            assert about.compress_type == zipfile.ZIP_DEFLATED
        assert packed.getinfo("a.ipynb").compress_size < 100
        assert packed.read("manifest.json").startswith(b'{\n  "assignment"')


def test_a_model_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    path = tmp_path / "models" / "a.json"
    monkeypatch.setattr(archive, "models", lambda folder: [path])
    with pytest.raises(CourseError, match=f"{path} cannot be read: No such file"):
        archive.pack("tiny", {}, tmp_path, tmp_path)
    assert os.listdir(tmp_path) == []


def several(book, *names):
    """A folder with these notebooks of one assignment, which has one, two and three."""
    about = book.answer().content["metadata"]["course"]
    about["notebooks"] = ["one", "two", "three"]
    raws = {}
    for name in names:
        stem, _, copy = name.partition("-")
        about["notebook"] = stem
        book["q_why"]["source"] = f"Because it is {stem}{'' if copy == 'same' else copy}."
        raws[name] = book.save().path.read_bytes()
        Path(f"{name}.ipynb").write_bytes(raws[name])
    book.path.unlink()
    return raws


def test_all_notebooks_of_an_assignment_are_packed_and_the_missing_one_is_told(book, capsys):
    raws = several(book, "two", "one")
    submit.save_model("a", nn.Linear(2, 3))
    submit.save_model("b", nn.Linear(2, 3))
    capsys.readouterr()
    submit.check_and_pack("tiny", notebook="two.ipynb")
    packed = content("tiny.zip")
    assert [name for name in packed if name.endswith(".ipynb")] == ["one.ipynb", "two.ipynb"]
    assert packed["one.ipynb"] == raws["one"] and packed["two.ipynb"] == raws["two"]
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "one.ipynb, as the grader will see it" and lines[2] == ""
    assert lines[3] == "two.ipynb, as the grader will see it" and lines[5] == ""
    assert lines[6] == f"✗ three.ipynb is not in {Path.cwd()}: it is not handed in."
    assert lines[8] == "Hand in this file: tiny.zip (0.0 MB: 2 notebooks, 2 models)"
    for name, line in zip(("one", "two"), lines[9:], strict=True):
        pattern = (
            rf"It holds {name}.ipynb as saved at \d\d:\d\d:\d\d. Changed since\? Save, then do"
        )
        assert re.match(pattern, line)


def test_one_notebook_without_models_is_told_so(book, capsys):
    book.answer().save()
    os.utime(book.path, (0, time.mktime((2026, 10, 1, 9, 8, 7, 0, 0, -1))))
    submit.check_and_pack("tiny")
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2] == "Hand in this file: tiny.zip (0.0 MB: notebook)"
    assert lines[-1].startswith("It holds the notebook as saved at 09:08:07. Changed since? Save")
    assert lines[-3] == "" and lines[-4] != ""


def test_copies_of_another_notebook_of_the_assignment_are_asked_about(book):
    several(book, "one", "two-a", "two-b")
    with pytest.raises(CourseError, match="Which notebook is two. There are two-a.ipynb, two-b"):
        submit.check_and_pack("tiny", notebook="one.ipynb")
    Path("two.ipynb").write_bytes(Path("two-b.ipynb").read_bytes())
    submit.check_and_pack("tiny", notebook="one.ipynb")  # the one of its own name
    assert content("tiny.zip")["two.ipynb"] == Path("two.ipynb").read_bytes()


def test_equal_copies_of_another_notebook_are_one(book):
    raws = several(book, "one", "two-same")
    Path("two-again.ipynb").write_bytes(raws["two-same"])
    submit.check_and_pack("tiny", notebook="one.ipynb")
    assert content("tiny.zip")["two.ipynb"] == raws["two-same"]


@pytest.mark.parametrize(
    ("notebook", "notebooks", "own", "together"),
    [
        ("one", ["one", 3, "two", "../x", "a/b"], "one", ["one", "two"]),
        (None, ["one"], None, []),
        ("one", None, "one", []),
        (3, ["one"], None, []),
    ],
)
def test_what_a_notebook_says_of_the_others(notebook, notebooks, own, together):
    about = {"notebook": notebook, "notebooks": notebooks}
    for course in (about, None, [1]):
        made = find.Found("n", {"metadata": {"course": course}}, b"", Path(), None, None)
        expected = (own, together) if course is about else (None, [])
        assert (made.own, made.together) == expected


def test_a_notebook_that_is_too_large_is_refused_by_a_byte(book, monkeypatch):
    size = book.path.stat().st_size
    monkeypatch.setattr(command_module, "LARGEST_NOTEBOOK", size)
    submit.check_and_pack("tiny")
    monkeypatch.setattr(command_module, "LARGEST_NOTEBOOK", size - 1)
    with pytest.raises(CourseError, match="tiny.ipynb has 0 MB and the grader reads up to 0: cle"):
        submit.check_and_pack("tiny")


@pytest.mark.parametrize("name", ["", "-a", ".a", "a b", "a/b", "ä"])
def test_what_is_no_name_of_an_assignment(book, name):
    with pytest.raises(CourseError, match="is not the name of an assignment; use one such as"):
        submit.check_and_pack(name)


def test_the_options_of_the_command_reach_what_packs(monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(command, "check_and_pack", lambda *a, **k: asked.append((a, k)))
    assert command.main(["tiny"]) == 0
    assert command.main(["tiny", "--notebook", "n", "--out", "o"]) == 0
    assert asked == [
        (("tiny",), {"notebook": None, "out": None}),
        (("tiny",), {"notebook": "n", "out": "o"}),
    ]
    with pytest.raises(SystemExit):
        command.main(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    for words in (
        "usage: python -m helpers.submit",
        "Look at a notebook as the grader will, and pack it in one zip",
        "such as gan-mnist",
        "the file, if it has another name or place",
        "folder for the zip; by default the notebook's own",
    ):
        assert words in said


def test_the_open_notebook_counts_only_if_it_is_here_and_of_the_assignment(book, monkeypatch):
    book.answer().save()
    Path("other.ipynb").write_text('{"cells": [], "metadata": {}}')
    for session in ("/x/other.ipynb", "/x/gone.ipynb", "/x/tiny.py", "console"):
        monkeypatch.setenv("JPY_SESSION_NAME", session)
        assert find.find("tiny").name == "tiny.ipynb"


def test_a_folder_stands_for_the_notebook_of_its_name_in_it(book):
    Path("there").mkdir()
    book.path.rename("there/tiny.ipynb")
    found = find.find("tiny", "there")
    assert found.name == "there/tiny.ipynb" and found.folder == Path("there")
    assert found.raw == Path("there/tiny.ipynb").read_bytes() and found.remark is None
    assert found.saved == Path("there/tiny.ipynb").stat().st_mtime
    Path("there/tiny.ipynb").rename("there/x.ipynb")
    with pytest.raises(CourseError, match="There is no notebook there/tiny.ipynb: name yours"):
        find.find("tiny", "there")


def test_the_blank_of_the_right_name_is_taken_where_nothing_was_written(book):
    Path("a copy.ipynb").write_bytes(book.path.read_bytes() + b"\n")
    assert find.find("tiny").name == "tiny.ipynb"


def test_a_notebook_without_any_mark_is_found_by_its_name_in_three_places(book):
    book.content["metadata"] = {}
    book.save()
    raw = book.path.read_bytes()
    book.path.unlink()
    for place in ("notebooks/tiny", "tiny", "."):
        Path(place).mkdir(parents=True, exist_ok=True)
        Path(place, "tiny.ipynb").write_bytes(raw)
        assert find.find("tiny").folder == Path(place)


def test_on_colab_what_the_browser_shows_is_kept_with_its_remark(book, monkeypatch):
    shown = book.answer().content
    del shown["cells"][0]["metadata"]
    Colab(monkeypatch, {"ipynb": shown})
    found = find.find("tiny")
    assert found.name == "tiny, open in Colab" and found.saved is None
    assert "metadata missing" in found.remark and found.folder == Path()
    assert found.raw.startswith(b'{\n "nbformat"') and json.loads(found.raw) == shown


def test_a_console_that_lacks_a_letter_shows_a_question_mark(book, monkeypatch):
    console = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", console)
    book.answer().save()
    assert command.main(["tiny"]) == 0
    assert b"? All 2 answers are there" in console.buffer.getvalue()
