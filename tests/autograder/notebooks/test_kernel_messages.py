"""Of what a kernel sends, only plain content of bounded size comes through."""

import time

import pytest
from nbformat import validate
from nbformat.v4 import new_code_cell, new_notebook, output_from_msg

from autograder.course.terminal_text import plain
from autograder.notebooks import kernel_messages
from autograder.notebooks.sanitize import harmless


def message(kind, **content):
    return {"msg_type": kind, "header": {"msg_type": kind}, "content": content}


def said(kind, **content):
    return kernel_messages.plain(message(kind, **content))["content"]


def test_an_honest_picture_comes_through():
    data = {"image/png": "aGVsbG8=\n", "text/plain": "<Figure size 640x480>"}
    sizes = {"image/png": {"width": 40, "height": 30}}
    content = said("display_data", data=data, metadata=sizes, transient={"display_id": "a"})
    assert (content["data"], content["metadata"]) == (data, sizes)
    assert content["transient"] == {"display_id": "a"}


@pytest.mark.parametrize(
    "kind, content",
    [
        ("stream", {}),
        ("stream", {"name": 5, "text": ["x"]}),
        ("display_data", {"data": 5, "metadata": [], "transient": "x"}),
        ("display_data", {"data": {"text/plain": {"a": [1]}, "image/png": '"><script>'}}),
        ("display_data", {"data": {"application/json": [[[]]]}, "metadata": {"image/png": 1}}),
        ("display_data", {"data": {}, "metadata": {"image/png": {"width": '"><script>'}}}),
        ("execute_result", {"execution_count": "x"}),
        ("error", {"ename": [], "evalue": {}, "traceback": 5}),
    ],
)
def test_whatever_comes_makes_an_output_that_a_notebook_can_hold(kind, content):
    made = kernel_messages.plain(message(kind, **content))
    cell = new_code_cell("1", outputs=[output_from_msg(made)])
    validate(new_notebook(cells=[cell]))
    assert "script" not in str(cell.outputs)


@pytest.mark.parametrize("kind", ["comm_open", "nothing", "input_request"])
def test_what_shows_nothing_is_left_out(kind):
    assert kernel_messages.plain(message(kind)) is None


def test_lines_and_characters_are_bounded():
    text = said("stream", name="stdout", text="x" * 10_000 + "\x00\x08\ud800")["text"]
    assert max(map(len, text.split("\n"))) == kernel_messages.LONGEST_LINE
    assert text.replace("\n", "") == "x" * 10_000 + "?"


def test_an_empty_message_counts():
    assert (
        kernel_messages.size(said("display_data", data={"text/plain": ""}))
        == kernel_messages.OVERHEAD
    )


@pytest.mark.parametrize(
    "kind, text",
    [
        ("text/html", "<div>" * 18_000),
        ("text/markdown", "](" * 40_000),
        ("text/markdown", "](" + " " * 90_000),
        ("text/latex", "](x" * 30_000),
    ],
)
def test_cleaning_takes_no_time_to_speak_of(kind, text):
    content = said("display_data", data={kind: text})
    cell = new_code_cell("1", outputs=[output_from_msg(message("display_data", **content))])
    start = time.process_time()
    harmless(new_notebook(cells=[cell]))
    assert time.process_time() - start < 5


def test_a_terminal_gets_ordinary_characters():
    assert plain("a\x1b[2Jb\u202ec\ud800\td\ne") == "a\ufffd[2Jb\ufffdc\ufffd d\ne"
