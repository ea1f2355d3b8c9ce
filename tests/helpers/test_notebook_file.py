"""A notebook that any editor wrote: sources, types and marks are kept, the rest is made valid."""

import copy
import json
import random

import nbformat
import pytest

from helpers import notebook_file
from helpers.errors import CourseError
from helpers.notebook_file import is_notebook_name, parse, read, rebuild
from tests.processor_time import at_most

MARK = {"grade_id": "double", "solution": True, "grade": False, "locked": False}
CODE = "def double(x):\n    return 2 * x  # é"
TEXT = "# Title\nand text"


def notebook():
    """As JupyterLab writes it."""
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python", "codemirror_mode": {"name": "ipython"}},
            "course": {"assignment": "tiny"},
        },
        "cells": [
            {"id": "a", "cell_type": "markdown", "metadata": {}, "source": TEXT.splitlines(True)},
            {
                "id": "b",
                "cell_type": "code",
                "metadata": {"nbgrader": MARK, "tags": ["keep"]},
                "source": CODE.splitlines(True),
                "execution_count": 3,
                "outputs": [
                    {"output_type": "stream", "name": "stdout", "text": ["1\n", "2"]},
                    {
                        "output_type": "execute_result",
                        "data": {"text/plain": "3", "application/json": {"a": [1.5, None]}},
                        "metadata": {},
                        "execution_count": 3,
                    },
                    {"output_type": "error", "ename": "E", "evalue": "", "traceback": ["t"]},
                ],
            },
            {"id": "c", "cell_type": "raw", "metadata": {}, "source": "raw"},
        ],
    }


def kept(found):
    """Checks that it is valid and holds the sources and marks; returns its cells."""
    nbformat.validate(nbformat.from_dict(copy.deepcopy(found.content)))
    cells = found.content["cells"]
    sources = [cell["source"] for cell in cells]
    assert [TEXT, CODE] == [source for source in sources if source in (TEXT, CODE)]
    code = cells[sources.index(CODE)]
    assert code["cell_type"] == "code" and code["metadata"]["nbgrader"] == MARK
    return cells


def test_what_jupyter_writes_is_unchanged():
    found = parse(json.dumps(notebook()).encode(), "x.ipynb")
    assert found.remark is None
    assert found.content == json.loads(json.dumps(notebook()), object_hook=_joined)


def _joined(cell):
    lines = {
        key: "".join(cell[key]) for key in ("source", "text") if isinstance(cell.get(key), list)
    }
    return cell | lines


def every_cell(**entries):
    def change(content):
        for cell in content["cells"]:
            cell.update(copy.deepcopy(entries))

    return change


def code_cell(*, without=(), **entries):
    def change(content):
        cell = content["cells"][1]
        cell.update(copy.deepcopy(entries))
        for key in without:
            del cell[key]

    return change


def top(*, without=(), **entries):
    def change(content):
        content.update(copy.deepcopy(entries))
        for key in without:
            del content[key]

    return change


def cell_metadata(**entries):
    return lambda content: content["cells"][1]["metadata"].update(copy.deepcopy(entries))


def ids(*names):
    def change(content):
        for cell, name in zip(content["cells"], names, strict=True):
            cell["id"] = name

    return change


def no_ids(content):
    content["nbformat_minor"] = 0
    for cell in content["cells"]:
        del cell["id"]


def colab(content):
    """Format 4.0; the id in the metadata, a template's cells, an execution's time."""
    no_ids(content)
    content["metadata"]["colab"] = {"provenance": []}
    for number, cell in enumerate(content["cells"]):
        cell["metadata"] |= {"id": f"Xy_{number}", "executionInfo": {"status": "ok", "user": {}}}


def deepnote(content):
    no_ids(content)
    content["metadata"] |= {"deepnote": {}, "deepnote_notebook_id": "9f", "orig_nbformat": 2}
    for cell in content["cells"]:
        cell["metadata"] |= {"cell_id": "00000-1", "deepnote_cell_type": cell["cell_type"]}
    content["cells"][1]["metadata"] |= {"source_hash": "b3", "execution_millis": 4, "tags": []}
    content["cells"][1]["outputs"] = []
    content["cells"].append(
        {"cell_type": "sql", "metadata": {"deepnote_cell_type": "sql"}, "source": "SELECT 1"}
    )


def databricks(content):
    no_ids(content)
    content["metadata"]["application/vnd.databricks.v1+notebook"] = {"dashboards": []}
    del content["metadata"]["kernelspec"]
    for cell in content["cells"]:
        cell["metadata"]["application/vnd.databricks.v1+cell"] = {"title": "", "inputWidgets": {}}
    content["cells"][1]["outputs"] = [
        {"output_type": "display_data", "metadata": {"application/vnd.databricks.v1+output": {}},
         "data": {"text/html": ["<b>", "x</b>"]}}
    ]  # fmt: skip


def vs_code(content):
    ids("#VSC-0a1b2c3d", "#VSC-1a1b2c3d", "#VSC-2a1b2c3d")(content)
    content["cells"][1]["metadata"]["vscode"] = {"languageId": "python"}
    content["cells"][0]["metadata"]["language"] = "markdown"
    content["metadata"]["language_info"] = {"name": "python", "version": "3.11"}


def pycharm(content):
    content["cells"][1]["metadata"] |= {"collapsed": None, "pycharm": {"name": "#%%\n"}}
    del content["cells"][1]["execution_count"]
    content["cells"][0]["metadata"]["pycharm"] = {"name": "#%% md\n"}
    content["metadata"]["language_info"] = {"codemirror_mode": {"name": "ipython"}, "version": 3}


def azure(content):
    no_ids(content)
    content["metadata"]["kernelspec"] = {"display_name": "Python 3 - AzureML"}
    content["metadata"]["kernel_info"] = {"name": "python38-azureml"}
    for key in ("execution_count", "outputs"):
        del content["cells"][1][key]
    content["cells"][1]["metadata"]["gather"] = {"logged": 1}


def otter(content):
    content["metadata"]["otter"] = {"OK_FORMAT": True, "tests": {"q1": {"name": "q1"}}}
    content["cells"][1]["metadata"]["tags"] = ["otter_answer_cell", "otter_answer_cell"]
    content["cells"][1]["attachments"] = {}


def format_3(content):
    cells = [
        {"cell_type": "heading", "level": 1, "metadata": {}, "source": "Title\nand text"},
        {"cell_type": "code", "collapsed": False, "input": CODE.splitlines(True),
         "language": "python", "metadata": {"nbgrader": MARK}, "prompt_number": 3,
         "outputs": [
             {"output_type": "stream", "stream": "stderr", "text": "x"},
             {"output_type": "pyout", "prompt_number": 3, "metadata": {}, "text": ["3"],
              "png": "iVBO"},
             {"output_type": "pyerr", "ename": "E", "evalue": "v", "traceback": []},
         ]},
        {"cell_type": "html", "metadata": {}, "source": "<b>x</b>"},
    ]  # fmt: skip
    content.clear()
    content.update(
        nbformat=3, nbformat_minor=0, metadata={"name": ""}, worksheets=[{"cells": cells}]
    )


FILES = {
    "ids in format 4.4": (top(nbformat_minor=4), None),
    "no ids": (no_ids, None),
    "no ids where they are wanted": (lambda content: content["cells"][0].pop("id"), None),
    "a minor format to come": (top(nbformat_minor=10), None),
    "further entries in every metadata": (cell_metadata(anything={"a": [1]}), None),
    "Colab": (colab, None),
    "Databricks": (databricks, None),
    "no kernelspec": (lambda content: content["metadata"].pop("kernelspec"), None),
    "VS Code": (vs_code, "ids replaced (3)"),
    "Deepnote": (deepnote, "unknown types of cells"),
    "PyCharm": (
        pycharm,
        "the metadata 'collapsed', execution counts missing, the metadata 'language_info'",
    ),
    "Azure": (azure, "execution counts missing, outputs missing, the metadata 'kernelspec'"),
    "otter": (otter, "the metadata 'tags', attachments of code cells"),
    "format 3": (format_3, None),
    "nbformat as a text": (top(nbformat="4"), "the format's number"),
    "nbformat as a broken number": (top(nbformat=4.0), None),
    "nbformat_minor as a text": (top(nbformat_minor="2"), None),
    "nbformat left out": (top(without=["nbformat", "nbformat_minor"]), None),
    "ids too long": (ids("x" * 65, "y", "z"), "ids replaced"),
    "ids empty or no texts": (ids("", 5, None), "ids replaced (2)"),
    "one id three times": (ids("a", "a", "a"), "ids replaced (2)"),
    "metadata missing": (lambda content: content["cells"][0].pop("metadata"), "metadata missing"),
    "metadata null": (
        lambda content: content["cells"][0].update(metadata=None),
        "metadata missing",
    ),
    "metadata a list": (lambda content: content["cells"][0].update(metadata=[]), "metadata"),
    "the notebook's metadata missing": (top(without=["metadata"]), None),
    "the notebook's metadata null": (top(metadata=None), "metadata"),
    "kernelspec without a name": (
        top(metadata={"kernelspec": {"display_name": "P"}}),
        "the metadata 'kernelspec'",
    ),
    "kernelspec without a display name": (
        top(metadata={"kernelspec": {"name": "p"}}),
        "the metadata 'kernelspec'",
    ),
    "kernelspec a text": (top(metadata={"kernelspec": "python3"}), "the metadata 'kernelspec'"),
    "language_info without a name": (
        top(metadata={"language_info": {}}),
        "the metadata 'language_info'",
    ),
    "authors and title": (
        top(metadata={"authors": "me", "title": 3}),
        "the metadata 'title', the metadata 'authors'",
    ),
    "orig_nbformat null": (top(metadata={"orig_nbformat": None}), "the metadata 'orig_nbformat'"),
    "no outputs": (code_cell(without=["outputs"]), "outputs missing"),
    "outputs null": (code_cell(outputs=None), "outputs missing"),
    "outputs a dict": (code_cell(outputs={}), "outputs"),
    "no execution_count": (code_cell(without=["execution_count"]), "execution counts missing"),
    "execution_count a text": (code_cell(execution_count="3"), "execution counts"),
    "execution_count negative": (code_cell(execution_count=-1), "execution counts"),
    "attachments on a code cell": (code_cell(attachments={}), "attachments of code cells"),
    "attachments a list": (
        every_cell(attachments=[]),
        "attachments (2), attachments of code cells",
    ),
    "attachments null": (every_cell(attachments=None), None),
    "tags a text": (cell_metadata(tags="a, b"), "the metadata 'tags'"),
    "tags with commas and numbers": (cell_metadata(tags=["a,b", 3, "a"]), "the metadata 'tags'"),
    "collapsed a text": (cell_metadata(collapsed="false"), "the metadata 'collapsed'"),
    "scrolled null": (cell_metadata(scrolled=None), "the metadata 'scrolled'"),
    "jupyter null": (cell_metadata(jupyter=None), "the metadata 'jupyter'"),
    "execution with numbers": (cell_metadata(execution={"busy": 3}), "the metadata 'execution'"),
    "name empty": (cell_metadata(name=""), "the metadata 'name'"),
    "further entries of cells": (
        every_cell(isInEditMode=False, uuid="1"),
        "unknown entries of cells (3)",
    ),
    "further entries of the file": (top(extra={"a": 1}), None),
    "an unknown type of output": (
        code_cell(outputs=[{"output_type": "update"}]),
        "unknown outputs",
    ),
    "an output without a type": (code_cell(outputs=[{"text": "1"}]), "unknown outputs"),
    "an output that is none": (code_cell(outputs=["1", None]), "outputs (2)"),
    "an output with further entries": (
        code_cell(outputs=[{"output_type": "stream", "text": "1", "_uuid": 1}]),
        None,
    ),
    "an output with null data": (
        code_cell(outputs=[{"output_type": "display_data", "data": None, "metadata": None}]),
        None,
    ),
    "an output with numbers for texts": (
        code_cell(outputs=[{"output_type": "display_data", "data": {"text/plain": 3}}]),
        "outputs that are not texts",
    ),
    "NaN in an output": (
        code_cell(
            outputs=[{"output_type": "display_data", "data": {"application/json": float("nan")}}]
        ),
        None,
    ),
    "cells that are none": (
        lambda content: content["cells"].extend([1, None, "x"]),
        "entries that are no cells (3)",
    ),
    "a type in capitals": (code_cell(cell_type="Code"), None),
    "a cell without a type": (
        lambda content: content["cells"].append({"source": "1", "outputs": []}),
        "unknown types of cells, metadata missing",
    ),
    "a cell without a source": (
        lambda content: content["cells"].append({"cell_type": "code"}),
        "sources missing, metadata missing, execution counts missing, outputs missing",
    ),
    "a source with nulls": (
        code_cell(source=[*CODE.splitlines(True), None]),
        "sources that are not texts",
    ),
    "a source as one text": (code_cell(source=CODE), None),
    "Windows' ends of lines": (code_cell(source=CODE.replace("\n", "\r\n")), None),
    "half a character": (lambda content: content["metadata"].update(a="\ud800"), None),
    "deep metadata": (
        lambda content: content["metadata"].update(a=json.loads("[" * 500 + "]" * 500)),
        "values nested too deeply",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_editor(name):
    change, remark = FILES[name]
    content = notebook()
    change(content)
    found = parse(json.dumps(content).encode(), "x.ipynb")
    kept(found)
    if remark is None:
        assert found.remark is None
    else:
        was = "The file was not as Jupyter writes it and was repaired"
        assert found.remark == f"{was}: {remark}."
    # What was repaired once is valid.
    assert rebuild(found.content, "x.ipynb") == type(found)(found.content)


def test_what_was_repaired_more_than_once_is_counted():
    cells = [{"cell_type": kind, "source": "x"} for kind in ("sql", "code", "chart")]
    found = rebuild({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}, "x.ipynb")
    assert "unknown types of cells (2)" in found.repairs and "outputs missing" in found.repairs
    cells = [{"cell_type": "code", "source": "x", "outputs": "text"}]
    found = rebuild({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}, "x.ipynb")
    assert "outputs" in found.repairs and "outputs missing" not in found.repairs


WHOLE = json.dumps(notebook(), ensure_ascii=False)


@pytest.mark.parametrize(
    "raw",
    [
        WHOLE.encode("utf-8-sig"),
        WHOLE.encode("utf-16"),
        WHOLE.encode("utf-16-le"),
        WHOLE.encode("utf-32"),
        WHOLE.encode() + b"\0" * 99 + b"\n",
        WHOLE.replace(",", ",\r\n").encode(),
        WHOLE.encode("cp1252"),
        WHOLE.replace("}]", "},\n]").replace("]}", "],}").encode(),
        WHOLE.replace("\\n", "\n").encode(),
    ],
    ids=["BOM", "UTF-16", "UTF-16 LE", "UTF-32", "NULs", "CRLF", "ANSI", "commas", "raw lines"],
)  # fmt: skip
def test_any_encoding(raw):
    kept(parse(raw, "x.ipynb"))


def test_commas_within_texts_are_kept():
    content = notebook()
    content["cells"][1]["outputs"][0]["text"] = 'a = [1, 2, ]\n\\",}'
    text = json.dumps(content).replace("}]", "},]")
    found = parse(text.encode(), "x.ipynb")
    assert found.content["cells"][1]["outputs"][0]["text"] == 'a = [1, 2, ]\n\\",}'
    assert "commas too many" in found.remark


@pytest.mark.parametrize(
    "raw",
    ["", " \n", "[]", "3", "{}", '{"cells": 3}', '{"cells": [1]}', "<html>", '{"cells": [',
     "[" * 100_000, '{"a": ' * 100_000, '"\\"' * 300_000, ", " * 300_000, "1" * 5000,
     '{"worksheets": [3], "nbformat": 3, "cells": 1', '{"nbformat": 1e999, "cells": []'],
)  # fmt: skip
def test_what_is_no_notebook_is_a_sentence_and_soon(raw):
    with at_most(5), pytest.raises(CourseError, match="x.ipynb is not a notebook"):
        parse(raw.encode(), "x.ipynb")


def test_a_format_to_come_is_named():
    with pytest.raises(CourseError, match="notebook format 5; save it in format 4"):
        rebuild(notebook() | {"nbformat": 5}, "x.ipynb")


def test_a_missing_file_is_a_sentence(tmp_path):
    with pytest.raises(CourseError, match="cannot be read"):
        read(tmp_path / "none.ipynb")


def test_ids_that_are_given_are_the_same_for_whoever_reads_it():
    content = notebook()
    no_ids(content)
    content["cells"].append(content["cells"][0])
    one, two = (rebuild(content, "x").content for _ in range(2))
    assert one == two and len({cell["id"] for cell in one["cells"]}) == 4
    # A cell keeps its id when another one is put before it.
    more = rebuild(content | {"cells": [{"cell_type": "code"}, *content["cells"]]}, "x").content
    assert [cell["id"] for cell in more["cells"][1:]] == [cell["id"] for cell in one["cells"]]


def test_names_of_notebooks():
    good = ("a.ipynb", "A.IPYNB", "a.ipynb.json", "a.b.ipynb.txt")
    assert all(map(is_notebook_name, good))
    assert not any(map(is_notebook_name, ("a.json", "a.txt", "a.ipynb.py", "ipynb", "a.ipynb.bak")))


ODD = (None, True, -1, 3, 1e999, "", "x", "é\ud800", [], [None], ["a", 3], {}, {"a": [1]}, [[]])


def test_whatever_a_file_holds_it_is_valid_or_one_sentence():
    chance = random.Random(0)
    for _ in range(3000):
        content = notebook()
        for _ in range(chance.randint(1, 4)):
            place = content
            while True:
                keys = list(place) if isinstance(place, dict) else range(len(place))
                key = chance.choice(list(keys)) if keys else None
                inner = place[key] if key is not None else None
                if key is None or not isinstance(inner, dict | list) or chance.random() < 0.3:
                    break
                place = inner
            if key is None:
                continue
            if isinstance(place, dict) and chance.random() < 0.3:
                del place[key]
            else:
                place[key] = copy.deepcopy(chance.choice(ODD))
        try:
            found = parse(json.dumps(content).encode(), "x.ipynb")
        except CourseError:
            continue
        nbformat.validate(nbformat.from_dict(found.content))


def test_pictures_that_are_attached_to_a_text_stay():
    content = notebook()
    content["cells"][0]["attachments"] = {
        "a.png": {"image/png": ["iVB", "O"]}, "b.png": "no bundle", "\ud800": {"text/plain": "x"},
    }  # fmt: skip
    found = parse(json.dumps(content).encode(), "x.ipynb")
    assert found.content["cells"][0]["attachments"] == {
        "a.png": {"image/png": "iVBO"}, "?": {"text/plain": "x"},
    }  # fmt: skip
    assert "attachments" not in found.content["cells"][1]


def outputs_of(*outputs):
    content = notebook()
    content["cells"][1]["outputs"] = copy.deepcopy([*outputs])
    found = rebuild(content, "x.ipynb")
    return found.content["cells"][1]["outputs"], found.repairs


@pytest.mark.parametrize(
    ("given", "built"),
    [
        ({"name": "stderr", "text": "x"}, {"name": "stderr", "text": "x"}),
        ({"stream": "stderr", "text": ["x", "y"]}, {"name": "stderr", "text": "xy"}),
        ({"name": "stdout"}, {"name": "stdout", "text": ""}),
        ({"name": "other", "stream": "stderr", "text": "x"}, {"name": "stdout", "text": "x"}),
        ({"text": "x"}, {"name": "stdout", "text": "x"}),
    ],
)
def test_where_a_stream_went(given, built):
    expected = ([{"output_type": "stream"} | built], ())
    assert outputs_of({"output_type": "stream"} | given) == expected


def test_errors_and_results_of_older_formats_become_those_of_today():
    made, repairs = outputs_of(
        {"output_type": "pyerr", "ename": ["E"], "traceback": ["a", 3, "b"]},
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": "text"},
        {"output_type": "pyout", "prompt_number": 7, "text": "3", "html": ["<b>", "3</b>"]},
        {"output_type": "execute_result", "data": {"text/plain": "3"}, "execution_count": -1},
        {"output_type": "display_data", "svg": "<svg>", "png": "iV", "jpeg": "/9", "latex": "$x$",
         "json": {"a": 1}, "javascript": "x()", "metadata": {"a": float("inf")}},
    )  # fmt: skip
    assert made == [
        {"output_type": "error", "ename": "E", "evalue": "", "traceback": ["a", "b"]},
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": []},
        {
            "output_type": "execute_result",
            "data": {"text/plain": "3", "text/html": "<b>3</b>"},
            "metadata": {},
            "execution_count": 7,
        },
        {
            "output_type": "execute_result",
            "data": {"text/plain": "3"},
            "metadata": {},
            "execution_count": None,
        },
        {
            "output_type": "display_data",
            "data": {
                "image/svg+xml": "<svg>",
                "image/png": "iV",
                "image/jpeg": "/9",
                "text/latex": "$x$",
                "application/json": {"a": 1},
                "application/javascript": "x()",
            },
            "metadata": {"a": None},
        },
    ]
    assert repairs == ()


def test_of_a_bundle_only_json_holds_anything():
    data = {
        "application/vnd.plotly.v1+json": {"x": [1, None]},
        "application/json": None,
        "application/jsonish": {"x": 1},
        "text/plain": None,
        "text/html": ["a", "b"],
    }
    (made,), repairs = outputs_of({"output_type": "display_data", "data": data})
    assert made["data"] == {
        "application/vnd.plotly.v1+json": {"x": [1, None]},
        "application/json": None,
        "application/jsonish": "",
        "text/html": "ab",
    }
    assert repairs == ("outputs that are not texts",)


def cell_of(**cell):
    content = notebook()
    content["cells"] = [cell]
    found = rebuild(content, "x.ipynb")
    return found.content["cells"][0], found.repairs


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ({"cell_type": "sql", "outputs": [{}]}, "code"),
        ({"cell_type": "sql", "execution_count": 3}, "code"),
        ({"cell_type": "sql", "input": "x"}, "code"),
        ({"cell_type": "sql", "outputs": []}, "raw"),
        ({"cell_type": None, "source": "x"}, "raw"),
        ({"cell_type": "MD"}, "markdown"),
        *(({"cell_type": name}, "markdown") for name in ("text", "heading", "html", "markdown")),
        *(({"cell_type": name}, "raw") for name in ("raw", "rawcell")),
    ],
)
def test_what_kind_a_cell_is(cell, kind):
    made, repairs = cell_of(**{"source": "x"} | cell)
    assert made["cell_type"] == kind
    unknown = cell["cell_type"] in ("sql", None)
    assert ("unknown types of cells" in repairs) is unknown


@pytest.mark.parametrize(
    ("cell", "source"),
    [
        ({"source": None, "input": "a", "code": "b"}, "a"),
        ({"code": "b", "text": "c"}, "b"),
        ({"text": "c"}, "c"),
        ({"source": "", "input": "a"}, ""),
        ({"source": "a\r\nb\rc"}, "a\nb\nc"),
    ],
)
def test_the_text_of_a_cell_has_had_several_names(cell, source):
    assert cell_of(cell_type="code", metadata={}, **cell)[0]["source"] == source


@pytest.mark.parametrize(
    ("level", "signs"), [(1, 1), (3, 3), (6, 6), (7, 1), (0, 1), (None, 1), ("2", 1), (True, 1)]
)
def test_a_heading_of_format_3_is_one_of_markdown(level, signs):
    made, _ = cell_of(cell_type="heading", level=level, source="Title", metadata={})
    assert made["source"] == "#" * signs + " Title"


@pytest.mark.parametrize(
    ("count", "kept"),
    [(0, 0), (2**53 - 1, 2**53 - 1), (2**53, None), (True, None), (1.0, None)],
)
def test_which_counts_are_counts(count, kept):
    made, repairs = cell_of(
        cell_type="code", source="x", metadata={}, outputs=[], execution_count=count
    )
    assert made["execution_count"] == kept
    assert repairs == (() if kept is not None else ("execution counts",))


def language(**entries):
    content = notebook()
    content["metadata"]["language_info"] = entries
    found = rebuild(content, "x.ipynb")
    return found.content["metadata"].get("language_info"), found.repairs


@pytest.mark.parametrize(
    ("entries", "kept"),
    [
        ({"name": "p", "version": 3}, True),
        ({"name": "p", "codemirror_mode": "x", "file_extension": ".py"}, True),
        ({"name": "p", "codemirror_mode": 3}, False),
        ({"name": "p", "file_extension": 3}, False),
        ({"name": "p", "mimetype": None}, False),
        ({"name": "p", "pygments_lexer": []}, False),
    ],
)
def test_what_a_notebook_says_of_its_language(entries, kept):
    made, repairs = language(**entries)
    assert made == (entries if kept else {"name": "p"})
    assert repairs == (() if kept else ("the metadata 'language_info'",))
    assert language(version=3)[0] is None


@pytest.mark.parametrize(("value", "stays"), [(1, True), (0, False), (-1, False), ("4", False)])
def test_the_format_that_a_notebook_had(value, stays):
    content = notebook()
    content["metadata"]["orig_nbformat"] = value
    found = rebuild(content, "x.ipynb")
    assert ("orig_nbformat" in found.content["metadata"]) is stays


@pytest.mark.parametrize(
    ("tags", "kept"),
    [
        (["a"], ["a"]),
        ("a, b", ["a", "b"]),
        (["a,b", "b", 3, " c "], ["a", "b", "c"]),
        ([], None),
        (["", "x\ny"], None),
        (3, None),
    ],
)
def test_tags_are_words_each_once(tags, kept):
    made, repairs = cell_of(cell_type="raw", source="x", metadata={"tags": tags})
    assert made["metadata"].get("tags") == (tags if tags == [] else kept)
    assert ("the metadata 'tags'" in repairs) is (made["metadata"].get("tags") != tags)


@pytest.mark.parametrize(
    ("entries", "stay"),
    [
        ({"name": "x", "format": "text/x", "collapsed": True, "scrolled": "auto"}, True),
        ({"scrolled": False, "jupyter": {"source_hidden": True}}, True),
        ({"execution": {"iopub.status.busy": "2026"}}, True),
        *(({key: 3}, False) for key in ("name", "format", "collapsed", "scrolled", "jupyter")),
        *(({key: 3}, False) for key in ("execution",)),
        ({"scrolled": "no"}, False),
    ],
)
def test_metadata_that_the_format_allows_stays(entries, stay):
    made, repairs = cell_of(cell_type="raw", source="x", metadata=entries)
    assert made["metadata"] == (entries if stay else {}) and bool(repairs) is not stay


def test_the_words_of_a_file_that_cannot_be_read():
    for raw, words in (
        (b"", r"\(it is empty\): open it in Jupyter and save it again, or download it again"),
        (b"[]", r"\(its JSON holds no cells\)"),
        (b'{"cells": [1]}', r"\(nothing in its list of cells is a cell\)"),
        (b"{", r"\(Expecting property name"),
    ):
        with pytest.raises(CourseError, match=f"x.ipynb is not a notebook {words}"):
            parse(raw, "x.ipynb")
    with pytest.raises(CourseError) as caught:
        parse(b'{"' + b"x" * 200, "x.ipynb")
    assert len(str(caught.value)) < 250
    for number in (0, 5, "6"):
        with pytest.raises(CourseError, match=f"has notebook format {number}; save it in"):
            rebuild(notebook() | {"nbformat": number}, "x.ipynb")
    assert rebuild(notebook() | {"nbformat": 1}, "x.ipynb").repairs == ()


def test_no_bound_holds_for_what_the_grader_wrote(monkeypatch):
    raw = json.dumps(notebook()).encode()
    for name in ("MOST_CELLS", "MOST_CODE", "MOST_TEXT", "MOST_VALUES", "DEEPEST_JSON"):
        monkeypatch.setattr(notebook_file, name, 0)
    found = parse(raw, "x.ipynb", bounded=False)
    assert len(found.content["cells"]) == 3 and found.values == 0
    with pytest.raises(CourseError):
        parse(raw, "x.ipynb")
    with pytest.raises(CourseError, match="x.ipynb has 3 cells and up to 0 are read: take out"):
        rebuild(notebook(), "x.ipynb")


def test_pasted_pictures_are_no_text(monkeypatch):
    """Colab writes them into it."""
    content = notebook()
    content["cells"][0]["source"] = "ab![x](data:image/png;base64," + "A" * 500 + ")"
    monkeypatch.setattr(notebook_file, "MOST_TEXT", len("ab![x]()raw"))
    assert rebuild(content, "x.ipynb").content["cells"]
    monkeypatch.setattr(notebook_file, "MOST_TEXT", len("ab![x]()raw") - 1)
    with pytest.raises(CourseError, match="x.ipynb has 11 characters of text and up to 10"):
        rebuild(content, "x.ipynb")


@pytest.mark.parametrize(("digits", "kept"), [(4000, True), (4001, False)])
def test_a_number_of_thousands_of_digits_is_left_out(digits, kept):
    content = json.dumps(notebook())[:-1] + f', "metadata": {{"n": {"9" * digits}}}}}'
    found = parse(content.encode(), "x.ipynb").content["metadata"]
    assert (found["n"] is not None) is kept


def test_an_id_that_a_cell_has_is_not_given_to_another():
    cells = [{"cell_type": "raw", "source": "x", "metadata": {}} for _ in range(2)]
    first, second = (cell["id"] for cell in rebuild({"cells": cells}, "x").content["cells"])
    assert first.endswith("-1") and second == first[:-1] + "2" and len(first) == 14
    taken = [*cells, {"cell_type": "raw", "source": "y", "metadata": {}, "id": second}]
    made = [cell["id"] for cell in rebuild({"cells": taken}, "x").content["cells"]]
    assert made == [first, f"{second}-", second]
    within = [{"cell_type": "raw", "source": "x", "metadata": {"id": name}} for name in ("a", "b!")]
    found = rebuild({"cells": within}, "x")
    assert found.content["cells"][0]["id"] == "a" and found.content["cells"][1]["id"] == first
    assert found.repairs == ()  # nobody but Colab had looked there
