"""What is seen in a notebook before it is handed in."""

import copy
import os
import time

import pytest
from torch import nn

from helpers.errors import CourseError
from helpers.notebook_file import LARGEST_NOTEBOOK, parse, read
from helpers.submit import Finding, look, save_model


def seen(book, **options):
    return look(book.content, "tiny", **options)


def test_a_complete_notebook(book):
    report = seen(book.answer())
    assert report.is_complete and report.findings == ()
    assert report.lines() == ["✓ All 2 answers are there, and every cell is in its place."]


def test_a_fresh_notebook(book):
    report = seen(book)
    assert (report.answered, report.expected, report.is_complete) == (0, 2, False)
    assert report.findings == (
        Finding("unwritten", "double (Part 1: doubling)"),
        Finding("blank", "q_why (Part 1: doubling)"),
    )
    assert report.lines()[0] == "0 of 2 answers are there."


def test_what_was_removed_doubled_emptied_or_changed_is_named(book):
    book.answer()
    book.cells.remove(book["test_double"])
    book.cells.append(copy.deepcopy(book["double"]))
    book["q_why"]["source"] = " \n"
    book["setup"]["source"] = "import torch, os"
    kinds = {finding.kind: finding.text for finding in seen(book).findings}
    assert kinds == {
        "missing": "test_double",
        "twice": "double (Part 1: doubling)",
        "empty": "q_why (Part 1: doubling)",
        "changed": "setup (Part 1: doubling)",
    }


def test_spaces_at_line_ends_are_no_change(book):
    book.answer()["setup"]["source"] = ["import torch  \r\n", "\n"]
    assert seen(book).findings == ()


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("def double(x):\n    raise NotImplementedError", "unwritten"),
        ("def double(x):\n    # YOUR CODE HERE\n    return 2 * x", None),
        ("text = 'raise NotImplementedError()'", None),
        ("", "empty"),
        ("\n  \n", "empty"),
    ],
)
def test_when_code_counts_as_unwritten(book, source, kind):
    found = [finding.kind for finding in seen(book.answer().answer(double=source)).findings]
    assert found == ([kind] if kind else [])


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("YOUR ANSWER HERE", None),
        ("Your answer here.", "blank"),
        ("*Your answer here.*\n\nThe logits are unbounded, so the sigmoid belongs to it.", None),
    ],
)
def test_when_a_question_counts_as_blank(book, source, kind):
    found = [finding.kind for finding in seen(book.answer().answer(q_why=source)).findings]
    assert found == ([kind] if kind else [])


def test_never_run_is_a_hint_only(book):
    book.answer()
    for cell in book.cells:
        cell["execution_count"] = None
    report = seen(book)
    assert report.is_complete
    assert [finding.kind for finding in report.findings] == ["hint"]
    book["setup"]["execution_count"] = 3
    assert seen(book).findings[0].text.startswith("2 of 3 code cells were never run")


def test_the_cell_that_hands_in_need_not_have_ended(book):
    book.answer()["hand-in"]["execution_count"] = None
    assert seen(book).findings == ()


def test_an_old_file_is_a_hint_only(book):
    report = seen(book.answer(), saved=time.time() - 2 * 86400)
    assert report.is_complete and "last saved on" in report.findings[0].text
    assert seen(book, saved=time.time() - 60).findings == ()


def test_without_the_list_the_cells_themselves_are_taken(book):
    book.content["metadata"] = {}
    book.answer(double="def double(x):\n    return 2 * x")
    report = seen(book)
    assert (report.answered, report.expected) == (1, 2)
    assert "a removed one goes unnoticed" in report.findings[-1].text + report.findings[0].text


@pytest.mark.parametrize(
    "spoil",
    [
        lambda c: c.update(metadata=None),
        lambda c: c["metadata"].update(course=[]),
        lambda c: c["metadata"]["course"].update(cells=[1, ["a"], ["b", 2, 3], ["c", "d", "e"]]),
        lambda c: c["cells"].insert(0, {}),
        lambda c: c["cells"].insert(0, {"source": 3, "metadata": [], "cell_type": 5}),
        lambda c: c["cells"][1].update(source=None, metadata={"nbgrader": {"grade_id": ["x"]}}),
        lambda c: c["cells"][1].update(source=[None, 1, "x"]),
    ],
)
def test_odd_contents_raise_no_traceback(book, spoil):
    spoil(book.content)
    try:
        seen(book).lines()
    except CourseError as error:
        assert "hand in the one that you were given" in str(error)


def test_the_notebook_of_another_assignment(book):
    with pytest.raises(CourseError, match="the notebook of 'tiny', not of 'gan-mnist'"):
        look(book.content, "gan-mnist")


def test_no_notebook_of_the_course(book):
    book.content.update(metadata={}, cells=[])
    with pytest.raises(CourseError, match="no cell of tiny"):
        seen(book)


@pytest.mark.parametrize(
    "raw",
    [b"", b"not json", b"[]", b'{"cells": 3}', b'{"cells": [1]}', b"\xff\x00", b"[" * 100_000],
)
def test_what_is_no_notebook(raw):
    with pytest.raises(CourseError, match="x.ipynb is not a notebook"):
        parse(raw, "x.ipynb")


def test_a_file_that_the_grader_would_not_read(book):
    os.truncate(book.path, LARGEST_NOTEBOOK + 1)
    with pytest.raises(CourseError, match="clear the outputs"):
        read(book.path)


def test_many_findings_are_counted_not_listed(book):
    row = ["answer", "code", ""]
    book.content["metadata"]["course"]["cells"] += [[f"{row[0]}{i}", *row[1:]] for i in range(99)]
    lines = seen(book.answer()).lines()
    assert "    and 69 more" in lines and len(lines) < 40


def test_code_that_python_cannot_read(book):
    book.answer(double="def double(x:\n    return 2 * x", q_why="Because.")
    report = seen(book)
    (finding,) = report.findings
    assert finding.kind == "broken" and finding.text.startswith("double (Part 1: doubling): line 1")
    assert report.answered == 1 and not report.is_complete


def test_an_answer_under_another_name(book):
    listed = book.content["metadata"]["course"]["cells"]
    listed[[name for name, _, _ in listed].index("double")][2] = "double"
    assert seen(book.answer()).is_complete
    book.answer(double="def twice(x):\n    return 2 * x")
    (finding,) = seen(book).findings
    assert finding == Finding("renamed", "double (Part 1: doubling): nothing is called double")
    book.cells.insert(0, {"cell_type": "code", "source": "double = twice", "metadata": {}})
    assert not [each for each in seen(book).findings if each.kind == "renamed"]


@pytest.mark.parametrize(
    "harm, kind, said",
    [
        (lambda path: None, None, ""),
        (lambda path: path.unlink(), "model", "run the cells that train and save it"),
        (lambda path: path.write_bytes(b"x"), "model", "save it again"),
        (lambda path: _card(path, "quick"), "hint", "only a try"),
        (lambda path: _without_card(path, path.read_bytes()), None, ""),
        (lambda path: _without_card(path, b"not a model"), "model", "holds no weights, or not all"),
        (lambda path: _without_card(path, b""), "model", "save it again"),
        (lambda path: _without_card(path, path.read_bytes()[:-4]), "model", "save it again"),
    ],
)
def test_the_models_that_the_notebook_saves(book, tmp_path, monkeypatch, harm, kind, said):
    monkeypatch.setenv("COURSE_BUDGET", "full")
    book["setup"]["source"] = "submit.save_model('vanilla', net)"
    book.content["metadata"]["course"]["cells"][0][2] = ""
    save_model("vanilla", nn.Linear(2, 3))
    harm(tmp_path / "models" / "vanilla.safetensors")
    report = seen(book.answer(), folder=tmp_path)
    assert [finding.kind for finding in report.findings] == [kind] * bool(kind)
    assert all(said in finding.text for finding in report.findings)
    assert report.is_complete is (kind != "model")


def test_a_model_under_another_name(book, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_BUDGET", "full")
    book["setup"]["source"] = "submit.save_model('vanilla', net)"
    book.content["metadata"]["course"]["cells"][0][2] = ""
    save_model("vanila", nn.Linear(2, 3))
    (finding,) = seen(book.answer(), folder=tmp_path).findings
    assert finding.text.endswith("(is it vanila.safetensors under another name?)")


def test_cells_without_their_names_are_one_problem(book):
    for cell in book.answer().cells:
        cell["metadata"] = {}
    (finding,) = [each for each in seen(book).findings if each.kind == "missing"]
    assert "the cells have lost their names" in finding.text


def _without_card(path, content):
    path.with_suffix(".json").unlink()
    path.write_bytes(content)


def _card(path, budget):
    card = path.with_suffix(".json")
    card.write_text(card.read_text().replace('"full"', f'"{budget}"'))
