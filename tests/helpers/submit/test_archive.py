"""The zip that is handed in, and the command that makes it."""

import hashlib
import json
import os
import subprocess
import sys
import types
import zipfile
from pathlib import Path

import pytest
import torch
from torch import nn

from helpers import bounds, submit
from helpers.errors import CourseError
from helpers.submit import __main__ as command

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
    assert "double (Part 1: doubling)" in capsys.readouterr().out
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
