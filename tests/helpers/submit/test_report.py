"""What is seen in a notebook before it is handed in."""

import copy
import os
import time
from types import SimpleNamespace

import pytest
from torch import nn

from helpers.errors import CourseError
from helpers.notebook_file import LARGEST_NOTEBOOK, parse, read
from helpers.submit import Finding, look, report, save_model


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
    with pytest.raises(CourseError, match="has 50 MB and the grader reads up to 50: clear the out"):
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


def test_up_to_thirty_findings_of_a_kind_are_listed(book):
    listed = book.answer().content["metadata"]["course"]["cells"]
    listed += [[f"lost{i}", "code", ""] for i in range(30)]
    assert [line for line in seen(book).lines() if " more" in line] == []
    listed.append(["last", "text", ""])
    lines = seen(book).lines()
    assert lines[0] == "2 of 33 answers are there." and lines[1] == ""
    assert lines[2].startswith("✗ Cells that were removed") and lines[2].endswith(":")
    assert lines[3] == "    lost0" and lines[-1] == "    and 1 more" and len(lines) == 3 + 30 + 1


def test_problems_come_before_hints_in_an_order_of_their_own(book):
    book["setup"]["source"] = "changed"
    book.cells.remove(book["test_double"])
    lines = seen(book.answer(q_why=""), remark="It was repaired").lines()
    titles = [line[:14] for line in lines if line[:1] in "✗·" and line]
    assert titles == [
        *("✗ Cells that w", "✗ Code that is", "✗ Answer cells"),
        *("· Given cells ", "· Worth a look"),
    ]
    assert lines[-1] == "    It was repaired"
    assert lines.count("") == 5


@pytest.mark.parametrize(("age", "hints"), [(3600.0, 0), (3601.0, 1), (None, 0)])
def test_a_file_is_old_after_an_hour(book, monkeypatch, age, hints):
    now = SimpleNamespace(time=lambda: 9e5, strftime=time.strftime, localtime=time.gmtime)
    monkeypatch.setattr(report, "time", now)
    found = seen(book.answer(), saved=None if age is None else 9e5 - age).findings
    said = "The file was last saved on 11 January, 08:59: is it the version you mean?"
    assert found == (Finding("hint", said),) * hints


@pytest.mark.parametrize(("length", "kind"), [(39, "blank"), (40, None)])
def test_a_question_is_blank_while_next_to_nothing_is_beside_the_words(book, length, kind):
    source = "Your answer here".ljust(length, "x")
    found = seen(book.answer().answer(q_why=f" {source}\n\n")).findings
    assert [finding.kind for finding in found] == ([kind] if kind else [])


def test_the_sum_of_a_source_knows_all_but_the_ends_of_lines():
    assert report.digest("a\nb") == report.digest("\n a  \nb\t\n\n".replace(" a", "a"))
    others = ["a\n b", "a\n\nb", "ab", "A\nb", "a\nb\nc", "é", "\ud800", ""]
    sums = {report.digest(source) for source in ["a\nb", *others]}
    assert len(sums) == 9 and {len(each) for each in sums} == {12}
    # As it is in notebooks that have been released.
    assert report.digest("import torch") == "cf1070d3a16f"


def test_of_two_cells_of_one_name_one_answer_is_enough(book):
    book.answer()
    book.cells.append(copy.deepcopy(book["double"]) | {"source": ""})
    found = seen(book)
    assert found.answered == 2
    assert found.findings == (Finding("twice", "double (Part 1: doubling)"),)
    book.answer(double="def double(x:")
    # One that cannot be read is none; the other one is empty.
    assert [each.kind for each in seen(book).findings] == ["twice"]
    book.cells[-1]["source"] = "def double(:"
    assert [each.kind for each in seen(book).findings] == ["twice", "broken"]


def test_a_given_cell_that_is_there_twice_and_changed_once_is_both(book):
    book.answer().cells.append(copy.deepcopy(book["setup"]) | {"source": "other"})
    assert [each.kind for each in seen(book).findings] == ["twice", "changed"]


def test_every_name_that_a_stub_defines_is_looked_for(book):
    listed = book.content["metadata"]["course"]["cells"]
    listed[[name for name, _, _ in listed].index("double")][2] = "double,half,,third"
    book.answer()
    (finding,) = seen(book).findings
    assert finding.text == "double (Part 1: doubling): nothing is called half, third"
    assert seen(book).answered == 1
    book["setup"]["source"] = "from mine import *"  # may define anything
    assert [each.kind for each in seen(book).findings] == ["changed"]


def test_a_place_is_the_last_heading_above_of_the_first_three_levels(book):
    def place(text):
        book.cells[0]["source"] = text
        return seen(book).findings[0].text.removeprefix("double")

    assert place("# One\n\n### Two  \n\n#### Three") == " (Two)"
    assert place("#No heading") == "" == place("text # One")
    assert place("## " + "x" * 70) == f" ({'x' * 60})"
    book.cells.insert(1, {"cell_type": "markdown", "source": "no heading", "metadata": {}})
    assert place("# One") == " (One)"
    book.cells[1] = {"cell_type": "code", "source": "# Code", "metadata": {}}
    assert place("# One") == " (One)"


def test_rows_of_the_list_that_are_none_of_a_cell_are_left_out(book):
    listed = book.answer().content["metadata"]["course"]["cells"]
    listed += [["a", "code"], ["b", "sound", ""], ["c", "code", 3], "d", ["e", "code", "", ""]]
    assert seen(book).is_complete
    del book.content["metadata"]["course"]["cells"]
    texts = [each.text for each in seen(book).findings]
    assert texts == ["The notebook has lost its list of cells: a removed one goes unnoticed"]


def test_how_many_cells_were_run(book):
    book.answer()
    book.cells.append({"cell_type": "code", "source": " \n", "metadata": {}})  # an empty one
    for name in ("setup", "double"):
        book[name]["execution_count"] = None
    (finding,) = seen(book).findings
    assert finding.text == "2 of 3 code cells were never run, or were cleared"
    book["test_double"]["execution_count"] = None
    (finding,) = seen(book).findings
    assert finding.text == "No cell was run: pictures and tables are marked as you hand them in"


def test_models_of_other_names_are_three_at_most_and_none_that_is_used(book, tmp_path):
    book.answer()["setup"]["source"] = "submit.save_model('one', a); submit.save_model('two', b)"
    book.content["metadata"]["course"]["cells"][0][2] = ""
    for name in ("two", "d", "c", "b", "a"):
        save_model(name, nn.Linear(1, 1))
    (finding,) = seen(book, folder=tmp_path).findings
    others = "a.safetensors, b.safetensors, c.safetensors"
    assert finding == Finding(
        "model",
        f"one: run the cells that train and save it (is it {others} under another name?)",
    )


@pytest.mark.parametrize(
    ("budget", "tried"), [("full", False), ("short", False), ("quick", True), ("other", True)]
)
def test_a_model_of_a_quick_budget_is_only_a_try(book, tmp_path, monkeypatch, budget, tried):
    monkeypatch.setenv("COURSE_BUDGET", "full")
    book.answer()["setup"]["source"] = "submit.save_model('vanilla', net)"
    book.content["metadata"]["course"]["cells"][0][2] = ""
    save_model("vanilla", nn.Linear(2, 3))
    _card(tmp_path / "models" / "vanilla.safetensors", budget)
    texts = [each.text for each in seen(book, folder=tmp_path).findings]
    said = f"The model vanilla is only a try (its budget was {budget})"
    assert texts == [said] * tried


@pytest.mark.parametrize("longer", [0, 1, -1])
def test_a_model_is_whole_to_the_byte(longer):
    header = b'{"__metadata__": {"a": "b"}, "w": {"data_offsets": [0, 4]}, "v": {"data_offsets": [4, 6]}}'  # noqa: E501
    raw = len(header).to_bytes(8, "little") + header + bytes(6 + longer)
    assert report._is_whole(raw) is (longer == 0)
    for other in (b"{}", b'{"w": 3}', b'{"w": {}}', b'{"w": {"data_offsets": [1]}}', b"3"):
        assert not report._is_whole(len(other).to_bytes(8, "little") + other)


def test_a_long_name_of_another_assignment_is_cut(book):
    book.content["metadata"]["course"]["assignment"] = "x" * 99
    with pytest.raises(CourseError, match=f"notebook of '{'x' * 60}', not of 'tiny'"):
        seen(book)


def _without_card(path, content):
    path.with_suffix(".json").unlink()
    path.write_bytes(content)


def _card(path, budget):
    card = path.with_suffix(".json")
    card.write_text(card.read_text().replace('"full"', f'"{budget}"'))


def test_an_answer_without_a_source_is_empty(book):
    del book.answer()["q_why"]["source"]
    (finding,) = seen(book).findings
    assert finding.kind == "empty"
